// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who the device is: device ID and audience, from the command line or from the
 * file that the hardware's driver shows them in. Never from the store.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "files.h"
#include "hex.h"
#include "log.h"
#include "options.h"

/* Longest file that may hold an ID: hex, and what text files end with. */
#define ID_FILE_MAX	(2 * SVCGATE_DEVICE_ID_MAX + 16)

/* Text files end with a newline, device-tree strings with a NUL. */
static size_t trimmed(const char *text, size_t length)
{
	while (length && (!text[length - 1] || isspace((unsigned char)text[length - 1])))
		length--;
	return length;
}

static int hex_of_file(const char *path, void *out, size_t size, size_t *ret_length)
{
	void *data;
	size_t length;
	char *text;
	int r;

	r = files_read_path(path, ID_FILE_MAX, &data, &length);
	if (r < 0)
		return r;
	length = trimmed(data, length);
	text = strndup(data, length);
	free(data);
	if (!text)
		return -ENOMEM;
	/* A NUL inside is no hex digit, and must not end the ID early either. */
	r = strlen(text) == length ? svcgate_hex_decode(text, out, size, ret_length) : -EINVAL;
	free(text);
	return r;
}

static int bytes_of_file(const char *path, bool trim, void *out, size_t size,
			 size_t *ret_length)
{
	void *data;
	size_t length;
	int r;

	r = files_read_path(path, ID_FILE_MAX, &data, &length);
	if (r < 0)
		return r;
	if (trim)
		length = trimmed(data, length);
	if (length > size)
		r = -EMSGSIZE;
	else
		memcpy(out, data, length);
	free(data);
	if (!r)
		*ret_length = length;
	return r;
}

static const char *error_text(int r)
{
	switch (r) {
	case -EINVAL:
		return "not hex digits, two a byte";
	case -EMSGSIZE:
	case -EFBIG:
		return "too long";
	default:
		return strerror(-r);
	}
}

/* A part that was never fused reads as all zeros or all ones. */
static bool unfused(const u8 *id, size_t length)
{
	return !memchr_inv(id, 0x00, length) || !memchr_inv(id, 0xff, length);
}

/**
 * options_device_id() - the device ID that the options name
 * @options: the options
 * @ret_id: the ID
 * @ret_length: its bytes
 *
 * Says itself what is wrong.
 *
 * Return: 0 or a negative errno.
 */
int options_device_id(const struct options *options, u8 ret_id[SVCGATE_DEVICE_ID_MAX],
		      size_t *ret_length)
{
	const char *path = options->device_id_file;
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t length = 0;
	int r;

	if (!path)
		r = svcgate_hex_decode(options->device_id, id, sizeof(id), &length);
	else if (options->device_id_format == OPTIONS_ID_HEX)
		r = hex_of_file(path, id, sizeof(id), &length);
	else
		r = bytes_of_file(path, options->device_id_format == OPTIONS_ID_TEXT, id,
				  sizeof(id), &length);
	if (r < 0) {
		log_error("cannot take the device ID from %s: %s", path ? path : "--device-id",
			  error_text(r));
		return r;
	}
	if (length < SVCGATE_DEVICE_ID_MIN || unfused(id, length)) {
		log_error("the device ID from %s is %s; it must be %d-%d bytes that the hardware gives to this device only",
			  path ? path : "--device-id",
			  length < SVCGATE_DEVICE_ID_MIN ? "too short" : "all zeros or all ones",
			  SVCGATE_DEVICE_ID_MIN, SVCGATE_DEVICE_ID_MAX);
		return -EINVAL;
	}
	memcpy(ret_id, id, length);
	*ret_length = length;
	return 0;
}

/**
 * options_audience() - the audience that the options name
 * @options: the options
 * @ret_audience: the audience
 *
 * Says itself what is wrong.
 *
 * Return: 0 or a negative errno.
 */
int options_audience(const struct options *options, u8 ret_audience[SVCGATE_AUDIENCE_SIZE])
{
	const char *path = options->audience_file;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	size_t length = 0;
	int r;

	if (path)
		r = hex_of_file(path, audience, sizeof(audience), &length);
	else
		r = svcgate_hex_decode(options->audience, audience, sizeof(audience), &length);
	if (!r && length != sizeof(audience))
		r = -EINVAL;
	if (r < 0) {
		log_error("cannot take the audience from %s: %s; it is %d hex digits",
			  path ? path : "--audience", error_text(r), 2 * SVCGATE_AUDIENCE_SIZE);
		return r;
	}
	memcpy(ret_audience, audience, sizeof(audience));
	return 0;
}
