/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing all of it.
 */
#ifndef _SVCGATE_WRITE_H
#define _SVCGATE_WRITE_H

#include <stddef.h>

int svcgate_write_all(int fd, const void *data, size_t length);

#endif /* _SVCGATE_WRITE_H */
