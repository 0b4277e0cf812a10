/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Messages at the door, /dev/svcgateN: one read and one write each.
 */
#ifndef _SVCGATE_DEVICE_DOOR_H
#define _SVCGATE_DEVICE_DOOR_H

#include "pure.h"

int device_door_open(u32 number, int *ret_fd);
int device_door_read(int fd, struct svcgate_door *message, size_t size);
int device_door_write(int fd, const struct svcgate_door *message);
int device_door_check(const struct svcgate_door *message, size_t length);

static inline const u8 *device_door_payload(const struct svcgate_door *message)
{
	return (const u8 *)(message + 1);
}

static inline size_t device_door_payload_length(const struct svcgate_door *message)
{
	return message->length - sizeof(*message);
}

#endif /* _SVCGATE_DEVICE_DOOR_H */
