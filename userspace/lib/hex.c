// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Bytes as lower-case hex digits and back.
 */
#include <errno.h>
#include <string.h>

#include "hex.h"

static int digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * svcgate_hex_encode() - write bytes as lower-case hex digits
 * @data: bytes
 * @length: how many
 * @out: %SVCGATE_HEX_SIZE(@length) characters, NUL-terminated afterwards
 */
void svcgate_hex_encode(const void *data, size_t length, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = data;

	for (; length; length--, p++) {
		*out++ = digits[*p >> 4];
		*out++ = digits[*p & 15];
	}
	*out = '\0';
}

/**
 * svcgate_hex_decode() - read hex digits as bytes
 * @text: digits of either case, two a byte, nothing between them
 * @out: where the bytes go; untouched on failure
 * @size: room in @out
 * @ret_length: how many bytes there were
 *
 * Return: 0; -EINVAL for an odd number of digits or another character;
 * -EMSGSIZE when there are more than @size bytes.
 */
int svcgate_hex_decode(const char *text, void *out, size_t size, size_t *ret_length)
{
	size_t digits = strlen(text);
	unsigned char *p = out;
	size_t i;

	for (i = 0; i < digits; i++)
		if (digit_value(text[i]) < 0)
			return -EINVAL;
	if (digits % 2)
		return -EINVAL;
	if (digits / 2 > size)
		return -EMSGSIZE;

	for (i = 0; i < digits; i += 2)
		*p++ = digit_value(text[i]) << 4 | digit_value(text[i + 1]);
	*ret_length = digits / 2;
	return 0;
}
