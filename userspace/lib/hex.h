/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Bytes as lower-case hex digits and back.
 */
#ifndef _SVCGATE_HEX_H
#define _SVCGATE_HEX_H

#include <stddef.h>

/* Room for n bytes in hex, NUL included. */
#define SVCGATE_HEX_SIZE(n)	(2 * (n) + 1)

void svcgate_hex_encode(const void *data, size_t length, char *out);
int svcgate_hex_decode(const char *text, void *out, size_t size, size_t *ret_length);

#endif /* _SVCGATE_HEX_H */
