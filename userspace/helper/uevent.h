/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's word that a device has come.
 */
#ifndef _SVCGATED_UEVENT_H
#define _SVCGATED_UEVENT_H

#include "pure.h"

/**
 * enum uevent_kind - what an event means to us
 * @UEVENT_OTHER: nothing
 * @UEVENT_TTY: a tty came or changed
 * @UEVENT_VIRTIO: a virtio console port came: some hvc is there again
 * @UEVENT_DOOR: a door came
 */
enum uevent_kind {
	UEVENT_OTHER,
	UEVENT_TTY,
	UEVENT_VIRTIO,
	UEVENT_DOOR,
};

int uevent_open(int *ret_fd);
int uevent_receive(int fd, enum uevent_kind *ret_kind, char ret_name[SVCGATE_PORT_NAME_SIZE]);
enum uevent_kind uevent_parse(const char *event, size_t length,
			      char ret_name[SVCGATE_PORT_NAME_SIZE]);

#endif /* _SVCGATED_UEVENT_H */
