/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the fork to the door process.
 */
#ifndef _SVCGATED_DOOR_CHILD_H
#define _SVCGATED_DOOR_CHILD_H

#include "server.h"

__attribute__((noreturn)) void door_child(const struct server *server, int pair);

#endif /* _SVCGATED_DOOR_CHILD_H */
