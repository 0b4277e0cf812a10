/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * UUIDs: the 16 bytes of RFC 4122 and their text.
 */
#ifndef _SVCGATE_UUID_H
#define _SVCGATE_UUID_H

#include "pure.h"

/* 8-4-4-4-12 digits and the NUL. */
#define SVCGATE_UUID_TEXT_SIZE	37

int svcgate_uuid_parse(const char *text, u8 out[SVCGATE_UUID_SIZE]);
void svcgate_uuid_format(const u8 uuid[SVCGATE_UUID_SIZE],
			 char out[SVCGATE_UUID_TEXT_SIZE]);

#endif /* _SVCGATE_UUID_H */
