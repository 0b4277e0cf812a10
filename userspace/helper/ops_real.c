// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outside as it is: struct helper_ops on system calls and netlink.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "device_netlink_event.h"
#include "files.h"
#include "log.h"
#include "ops_real.h"
#include "process.h"

/* Between two looks for a module that is not loaded yet. */
#define LOOK_MS		100

/**
 * struct real - what the calls need
 * @gate: the connection to the kernel's family, NULL before it is made
 * @events: its events, NULL while nobody listens
 */
struct real {
	struct device_netlink *gate;
	struct device_events *events;
};

static struct real real;

static int64_t real_now(void *context)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int gate_device(void *context, struct device_info *ret_info)
{
	return device_netlink_get_device(real.gate, ret_info);
}

static int gate_ports(void *context, struct device_port *ret_ports, size_t size,
		      size_t *ret_count)
{
	return device_netlink_get_ports(real.gate, ret_ports, size, ret_count);
}

static int gate_attach(void *context, const struct device_port_request *request)
{
	return device_netlink_attach(real.gate, request);
}

static int gate_set_device(void *context, const u8 *id, size_t length, const u8 *audience)
{
	return device_netlink_set_device(real.gate, id, length, audience);
}

static int gate_set_floors(void *context, const struct device_floors *floors)
{
	return device_netlink_set_floors(real.gate, floors);
}

static int gate_set_state(void *context, u8 state)
{
	return device_netlink_set_state(real.gate, state);
}

static int gate_set_keystore(void *context, const void *file, size_t length,
			     struct device_verdict *ret_verdict)
{
	return device_netlink_set_keystore(real.gate, file, length, ret_verdict);
}

static int gate_set_capability(void *context, const void *file, size_t length,
			       struct device_verdict *ret_verdict)
{
	return device_netlink_set_capability(real.gate, file, length, ret_verdict);
}

static int gate_rules(void *context, struct device_rule *ret_rules, size_t size,
		      size_t *ret_count)
{
	return device_netlink_get_policy(real.gate, ret_rules, size, ret_count);
}

static int gate_set_rule(void *context, const struct device_rule *rule)
{
	return device_netlink_set_rule(real.gate, rule->op, rule->name, rule->mask);
}

static int gate_seal(void *context)
{
	return device_netlink_seal(real.gate);
}

static int gate_load_keystore(void *context, const void *file, size_t length,
			      struct device_verdict *ret_verdict)
{
	return device_netlink_load_keystore(real.gate, file, length, ret_verdict);
}

static int gate_load_capability(void *context, const void *file, size_t length,
				struct device_verdict *ret_verdict)
{
	return device_netlink_load_capability(real.gate, file, length, ret_verdict);
}

static void gate_wait(void *context, int timeout_ms)
{
	int64_t end = real_now(NULL) + timeout_ms;
	struct device_event event = {};
	int r = -ETIMEDOUT;

	/* What cannot be heard is asked for when the time is over. */
	if (!real.events)
		poll(NULL, 0, timeout_ms);
	while (real.events && timeout_ms > 0) {
		r = device_events_wait(real.events, timeout_ms, &event);
		if (r < 0 || event.kind == SVCGATE_EVENT_CHANGED)
			return;
		timeout_ms = (int)(end - real_now(NULL));
	}
}

static const char *gate_message(void *context)
{
	return device_netlink_message(real.gate);
}

static bool tty_exists(void *context, const char *name)
{
	char path[sizeof("/sys/class/tty/") + SVCGATE_PORT_NAME_SIZE];
	struct stat status;

	snprintf(path, sizeof(path), "/sys/class/tty/%s", name);
	return !strchr(name, '/') && !stat(path, &status);
}

/**
 * ops_real_connect() - connect to the kernel module
 * @wait_seconds: how long to wait for it
 *
 * Init may start the helper before it has loaded the module. Says itself what
 * is wrong.
 *
 * Return: 0 or a negative errno.
 */
int ops_real_connect(unsigned int wait_seconds)
{
	const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000L };
	int64_t end = real_now(NULL) + (int64_t)wait_seconds * 1000;
	bool told = false;
	int r;

	for (;;) {
		r = device_netlink_open(&real.gate);
		if (r != -ENOENT || real_now(NULL) >= end)
			break;
		if (!told)
			log_notice("waiting for the kernel module svcgate");
		told = true;
		nanosleep(&pause, NULL);
	}
	if (r == -ENOENT)
		log_error("the kernel module svcgate is not loaded; load it with modprobe svcgate or insmod svcgate.ko before svcgated starts");
	else if (r < 0)
		log_error("cannot speak to the kernel over generic netlink: %s",
			  strerror(-r));
	return r;
}

/**
 * ops_real_listen() - hear of the gate's events, for gate_wait
 */
void ops_real_listen(void)
{
	int r = device_events_open(&real.events);

	if (r < 0)
		log_warning("cannot listen for the kernel's events: %s; asking once a second",
			    strerror(-r));
}

/**
 * ops_real_disconnect() - end the connection
 */
void ops_real_disconnect(void)
{
	device_events_close(real.events);
	real.events = NULL;
	device_netlink_close(real.gate);
	real.gate = NULL;
}

const struct helper_ops helper_ops_real = {
	.now = real_now,
	.file_read = files_read,
	.file_write = files_write,
	.file_rename = files_rename,
	.file_remove = files_remove,
	.dir_sync = files_sync_dir,
	.cell_read = files_cell_read,
	.cell_write = files_cell_write,
	.cell_sync = files_cell_sync,
	.gate_device = gate_device,
	.gate_ports = gate_ports,
	.gate_attach = gate_attach,
	.gate_set_device = gate_set_device,
	.gate_set_floors = gate_set_floors,
	.gate_set_state = gate_set_state,
	.gate_set_keystore = gate_set_keystore,
	.gate_set_capability = gate_set_capability,
	.gate_rules = gate_rules,
	.gate_set_rule = gate_set_rule,
	.gate_seal = gate_seal,
	.gate_load_keystore = gate_load_keystore,
	.gate_load_capability = gate_load_capability,
	.gate_wait = gate_wait,
	.gate_message = gate_message,
	.tty_exists = tty_exists,
	.process_start = process_start,
	.process_kill = process_kill,
};
