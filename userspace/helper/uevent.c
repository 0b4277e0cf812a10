// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's word that a device has come. The socket of udev, without udev:
 * the helper may start before it, or on a device that has none.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uevent.h"

/* The group that the kernel sends to; udev sends to another one. */
#define GROUP_KERNEL	1

/* The kernel's own bound of an event, and its header. */
#define EVENT_SIZE	(2048 + 256)

/**
 * uevent_open() - listen
 * @ret_fd: non-blocking socket
 *
 * Return: 0 or a negative errno.
 */
int uevent_open(int *ret_fd)
{
	const struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = GROUP_KERNEL,
	};
	int fd, r;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
		    NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

/**
 * uevent_parse() - what an event says
 * @event: "action@path", then "KEY=value"; each ends with a NUL
 * @length: its bytes
 * @ret_name: name of the device, for a tty
 *
 * Return: &enum uevent_kind.
 */
enum uevent_kind uevent_parse(const char *event, size_t length,
			      char ret_name[SVCGATE_PORT_NAME_SIZE])
{
	const char *end = event + length, *at, *action = "", *subsystem = "", *name = "";

	if (!length || event[length - 1])
		return UEVENT_OTHER;
	for (at = event + strlen(event) + 1; at < end; at += strlen(at) + 1) {
		if (!strncmp(at, "ACTION=", 7))
			action = at + 7;
		else if (!strncmp(at, "SUBSYSTEM=", 10))
			subsystem = at + 10;
		else if (!strncmp(at, "DEVNAME=", 8))
			name = at + 8;
	}
	if (strcmp(action, "add") && strcmp(action, "change"))
		return UEVENT_OTHER;
	if (!strcmp(subsystem, "virtio-ports"))
		return UEVENT_VIRTIO;
	if (!strcmp(subsystem, "misc") && !strncmp(name, "svcgate", 7))
		return UEVENT_DOOR;
	if (strcmp(subsystem, "tty") || !*name || strlen(name) >= SVCGATE_PORT_NAME_SIZE)
		return UEVENT_OTHER;
	strcpy(ret_name, name);
	return UEVENT_TTY;
}

/**
 * uevent_receive() - take one event
 * @fd: from uevent_open()
 * @ret_kind: what it means
 * @ret_name: name of the device, for a tty
 *
 * Return: 0; -EAGAIN when there is none; -ENOBUFS when events were lost, and
 * anything may have come; or another negative errno.
 */
int uevent_receive(int fd, enum uevent_kind *ret_kind, char ret_name[SVCGATE_PORT_NAME_SIZE])
{
	struct sockaddr_nl from = {};
	socklen_t from_length = sizeof(from);
	char event[EVENT_SIZE];
	ssize_t n;

	n = recvfrom(fd, event, sizeof(event), 0, (struct sockaddr *)&from, &from_length);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	/* Programs may send here too; the kernel's address is 0. */
	if (from_length != sizeof(from) || from.nl_pid)
		*ret_kind = UEVENT_OTHER;
	else
		*ret_kind = uevent_parse(event, (size_t)n, ret_name);
	return 0;
}
