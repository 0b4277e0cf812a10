// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UUIDs: the 16 bytes of RFC 4122 and their text.
 */
#include <errno.h>

#include "hex.h"
#include "uuid.h"

/* The text has a dash before these bytes. */
static bool dash_before(size_t byte)
{
	return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

/**
 * svcgate_uuid_parse() - read the text of a UUID
 * @text: 8-4-4-4-12 hex digits of either case
 * @out: its 16 bytes in the order of the text; untouched on failure
 *
 * Return: 0, or -EINVAL when @text is no UUID.
 */
int svcgate_uuid_parse(const char *text, u8 out[SVCGATE_UUID_SIZE])
{
	char digits[SVCGATE_HEX_SIZE(SVCGATE_UUID_SIZE)];
	size_t length, i;

	if (strlen(text) != SVCGATE_UUID_TEXT_SIZE - 1)
		return -EINVAL;
	for (i = 0; i < SVCGATE_UUID_SIZE; i++) {
		if (dash_before(i) && *text++ != '-')
			return -EINVAL;
		digits[2 * i] = *text++;
		digits[2 * i + 1] = *text++;
	}
	digits[2 * i] = '\0';
	return svcgate_hex_decode(digits, out, SVCGATE_UUID_SIZE, &length);
}

/**
 * svcgate_uuid_format() - write the text of a UUID
 * @uuid: its 16 bytes
 * @out: 8-4-4-4-12 lower-case hex digits, NUL-terminated
 */
void svcgate_uuid_format(const u8 uuid[SVCGATE_UUID_SIZE],
			 char out[SVCGATE_UUID_TEXT_SIZE])
{
	size_t i;

	for (i = 0; i < SVCGATE_UUID_SIZE; i++) {
		if (dash_before(i))
			*out++ = '-';
		svcgate_hex_encode(&uuid[i], 1, out);
		out += 2;
	}
}
