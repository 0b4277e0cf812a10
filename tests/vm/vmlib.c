// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the tests in the VM share, first part: time, files, the module, ports and
 * the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmlib.h"

int64_t vm_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void vm_pause(void)
{
	usleep(5000);
}

int vm_read_file(const char *path, char *ret_text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (used + 1 < size && (n = read(fd, ret_text + used, size - 1 - used)) > 0)
		used += n;
	n = n < 0 ? -errno : 0;
	ret_text[used] = '\0';
	close(fd);
	return n;
}

int vm_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return r;
}

bool vm_exists(const char *path)
{
	return !access(path, F_OK);
}

int vm_insmod(const char *parameters)
{
	const char *path = getenv("SVCGATE_KO");
	int fd = open(path ? path : "/lib/modules/svcgate.ko", O_RDONLY | O_CLOEXEC);
	int r;

	if (fd < 0)
		return -errno;
	r = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return r;
}

int vm_rmmod(void)
{
	return syscall(SYS_delete_module, "svcgate", O_NONBLOCK) ? -errno : 0;
}

bool vm_is_loaded(void)
{
	return vm_exists("/sys/module/svcgate/initstate");
}

/* A port that a process held may still be on its way out. */
void vm_clean(void)
{
	struct device_port ports[SVCGATE_PORTS_MAX];
	struct device_netlink *netlink;
	size_t i, count;

	if (!vm_is_loaded())
		return;
	if (!device_netlink_open(&netlink)) {
		if (!device_netlink_get_ports(netlink, ports, SVCGATE_PORTS_MAX, &count))
			for (i = 0; i < count; i++)
				device_netlink_detach(netlink, ports[i].name);
		device_netlink_close(netlink);
	}
	if (!VM_UNTIL(!vm_rmmod() || !vm_is_loaded()))
		fprintf(stderr, "# vm_clean: the module cannot be removed\n");
}

int vm_attach_with(const struct device_port_request *request, char *ret_text, size_t size)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = device_netlink_attach(netlink, request);
	if (ret_text)
		snprintf(ret_text, size, "%s", r ? device_netlink_message(netlink) : "");
	device_netlink_close(netlink);
	return r;
}

int vm_attach(const char *name)
{
	struct device_port_request request = {};

	snprintf(request.name, sizeof(request.name), "%s", name);
	return vm_attach_with(&request, NULL, 0);
}

int vm_detach_text(const char *name, char *ret_text, size_t size)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = device_netlink_detach(netlink, name);
	if (ret_text)
		snprintf(ret_text, size, "%s", r ? device_netlink_message(netlink) : "");
	device_netlink_close(netlink);
	return r;
}

int vm_detach(const char *name)
{
	return vm_detach_text(name, NULL, 0);
}

static int get_ports(struct device_port *ret_ports, size_t *ret_count)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = device_netlink_get_ports(netlink, ret_ports, SVCGATE_PORTS_MAX, ret_count);
	device_netlink_close(netlink);
	return r;
}

int vm_port(const char *name, struct device_port *ret_port)
{
	struct device_port ports[SVCGATE_PORTS_MAX];
	size_t i, count;
	int r = get_ports(ports, &count);

	if (r)
		return r;
	for (i = 0; i < count; i++) {
		if (!strcmp(ports[i].name, name)) {
			*ret_port = ports[i];
			return 0;
		}
	}
	return -ENODEV;
}

bool vm_is_held(const char *name)
{
	struct device_port port;

	return !vm_port(name, &port);
}

size_t vm_ports(void)
{
	struct device_port ports[SVCGATE_PORTS_MAX];
	size_t count;

	return get_ports(ports, &count) ? 0 : count;
}

u64 vm_counter(const char *name, enum svcgate_counter which)
{
	struct device_port port;

	return vm_port(name, &port) ? 0 : port.counters[which];
}

int vm_open_door(const char *name)
{
	struct device_port port;
	char path[32];
	int fd, r = vm_port(name, &port);

	if (r)
		return r;
	snprintf(path, sizeof(path), "/dev/svcgate%u", port.number);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int set_device(struct device_netlink *netlink)
{
	return device_netlink_set_device(netlink, VM_DEVICE_ID, strlen(VM_DEVICE_ID),
					 (const u8 *)VM_AUDIENCE);
}

int vm_set_device(void)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = set_device(netlink);
	device_netlink_close(netlink);
	return r;
}

int vm_configure(u8 state)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = set_device(netlink);
	if (!r)
		r = device_netlink_set_state(netlink, state);
	if (!r)
		r = device_netlink_seal(netlink);
	device_netlink_close(netlink);
	return r;
}
