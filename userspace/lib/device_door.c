// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Messages at the door. The kernel gives and takes whole messages only, so a
 * message is one piece of memory: header, then payload.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "device_door.h"
#include "frame.h"

/**
 * device_door_open() - open the door of a port
 * @number: N of /dev/svcgateN
 * @ret_fd: the door, non-blocking
 *
 * Return: 0, -EBUSY when somebody has it open, -ENOENT when there is no such
 * door, or another negative errno.
 */
int device_door_open(u32 number, int *ret_fd)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/svcgate%u", number);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* Longest payload of what the kernel sends; -1 for what it never sends. */
static ssize_t payload_max(u16 kind)
{
	switch (kind) {
	case SVCGATE_DOOR_REQUEST:
		return SVCGATE_MESSAGE_MAX;
	case SVCGATE_DOOR_CHANGE:
		return SVCGATE_DOOR_MAX - sizeof(struct svcgate_door);
	case SVCGATE_DOOR_DATA:
		return SVCGATE_FRAME_DATA_MAX;
	case SVCGATE_DOOR_ACK:
		return sizeof(struct svcgate_ack) +
		       SVCGATE_ACK_RANGES_MAX * sizeof(struct svcgate_range);
	case SVCGATE_DOOR_END:
	case SVCGATE_DOOR_OBJECT:
		return 0;
	default:
		return -1;
	}
}

/**
 * device_door_check() - does a message from the kernel keep the contract?
 * @message: the message
 * @length: bytes that were read
 *
 * Return: 0 or -EPROTO.
 */
int device_door_check(const struct svcgate_door *message, size_t length)
{
	ssize_t max;

	if (length < sizeof(*message) || message->length != length)
		return -EPROTO;
	max = payload_max(message->kind);
	if (max < 0 || device_door_payload_length(message) > (size_t)max)
		return -EPROTO;
	if (message->kind == SVCGATE_DOOR_ACK &&
	    !svcgate_frame_ack_fits(device_door_payload_length(message)))
		return -EPROTO;
	return 0;
}

/**
 * device_door_read() - read one message
 * @fd: the door
 * @message: room for it
 * @size: bytes of room; %SVCGATE_DOOR_MAX is always enough
 *
 * Return: 1 when there is a message, 0 when the port is gone, -EAGAIN when
 * nothing waits, -EPROTO for a message that breaks the contract, or another
 * negative errno.
 */
int device_door_read(int fd, struct svcgate_door *message, size_t size)
{
	ssize_t n;
	int r;

	do {
		n = read(fd, message, size);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (!n)
		return 0;
	r = device_door_check(message, (size_t)n);
	return r < 0 ? r : 1;
}

/**
 * device_door_write() - write one message
 * @fd: the door
 * @message: the message; its length says how long it is
 *
 * Return: 0, -EAGAIN while the port's queue is full, -EPIPE when the port is
 * gone, or another negative errno.
 */
int device_door_write(int fd, const struct svcgate_door *message)
{
	ssize_t n;

	do {
		n = write(fd, message, message->length);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == message->length ? 0 : -EPROTO;
}
