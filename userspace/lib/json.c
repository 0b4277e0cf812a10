// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A small JSON writer: one value to a stream, indented, always well-formed.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>

#include "json.h"

/**
 * svcgate_json_begin() - begin a value
 * @json: the writer
 * @out: where it goes
 */
void svcgate_json_begin(struct svcgate_json *json, FILE *out)
{
	*json = (struct svcgate_json){ .out = out };
}

/**
 * svcgate_json_end() - end a value
 * @json: the writer; every object and array is closed
 *
 * Return: 0 or -EIO.
 */
int svcgate_json_end(struct svcgate_json *json)
{
	assert(!json->depth);
	fputc('\n', json->out);
	return ferror(json->out) ? -EIO : 0;
}

/**
 * svcgate_utf8_length() - bytes of the character at the beginning of a text
 * @text: any bytes
 * @length: how many, at least 1
 *
 * Return: 1 to 4, or 0 when they are not UTF-8.
 */
size_t svcgate_utf8_length(const void *text, size_t length)
{
	const u8 *p = text;
	size_t need, i;
	u32 code;

	if (p[0] < 0x80)
		return 1;
	need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (p[0] < 0xc2 || p[0] > 0xf4 || need > length)
		return 0;
	code = p[0] & (0x7f >> need);
	for (i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if ((need == 3 && code < 0x800) || (need == 4 && code < 0x10000) ||
	    (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff)
		return 0;
	return need;
}

static void put_string(FILE *out, const u8 *text, size_t length)
{
	size_t n;

	fputc('"', out);
	for (; length; text += n, length -= n) {
		n = svcgate_utf8_length(text, length);
		if (!n) {
			fputs("\\ufffd", out);
			n = 1;
		} else if (n == 1 && (*text == '"' || *text == '\\')) {
			fprintf(out, "\\%c", *text);
		} else if (n == 1 && (*text < 0x20 || *text == 0x7f)) {
			fprintf(out, "\\u%04x", *text);
		} else {
			fwrite(text, 1, n, out);
		}
	}
	fputc('"', out);
}

static void new_line(struct svcgate_json *json)
{
	fprintf(json->out, "\n%*s", 2 * (int)json->depth, "");
}

static void begin_value(struct svcgate_json *json, const char *name)
{
	u32 level = 1U << json->depth;

	if (json->depth) {
		assert(!name == !!(json->array & level));
		if (json->filled & level)
			fputc(',', json->out);
		json->filled |= level;
		new_line(json);
	}
	if (name) {
		put_string(json->out, (const u8 *)name, strlen(name));
		fputs(": ", json->out);
	}
}

static void open_level(struct svcgate_json *json, const char *name, bool array)
{
	u32 level;

	begin_value(json, name);
	assert(json->depth + 1 < SVCGATE_JSON_DEPTH);
	level = 1U << ++json->depth;
	json->array = array ? json->array | level : json->array & ~level;
	json->filled &= ~level;
	fputc(array ? '[' : '{', json->out);
}

/**
 * svcgate_json_object() - begin an object
 * @json: the writer
 * @name: see json.h
 */
void svcgate_json_object(struct svcgate_json *json, const char *name)
{
	open_level(json, name, false);
}

/**
 * svcgate_json_array() - begin an array
 * @json: the writer
 * @name: see json.h
 */
void svcgate_json_array(struct svcgate_json *json, const char *name)
{
	open_level(json, name, true);
}

/**
 * svcgate_json_close() - end the innermost object or array
 * @json: the writer
 */
void svcgate_json_close(struct svcgate_json *json)
{
	u32 level = 1U << json->depth;

	assert(json->depth);
	json->depth--;
	if (json->filled & level)
		new_line(json);
	fputc(json->array & level ? ']' : '}', json->out);
}

/**
 * svcgate_json_text() - a string of any bytes
 * @json: the writer
 * @name: see json.h
 * @text: what is not UTF-8 becomes U+FFFD
 * @length: its bytes
 */
void svcgate_json_text(struct svcgate_json *json, const char *name, const void *text,
		       size_t length)
{
	begin_value(json, name);
	put_string(json->out, text, length);
}

/**
 * svcgate_json_string() - a string
 * @json: the writer
 * @name: see json.h
 * @value: NULL becomes null
 */
void svcgate_json_string(struct svcgate_json *json, const char *name, const char *value)
{
	if (value)
		svcgate_json_text(json, name, value, strlen(value));
	else
		svcgate_json_null(json, name);
}

/**
 * svcgate_json_number() - a number
 * @json: the writer
 * @name: see json.h
 * @value: readers with doubles lose digits above 2^53
 */
void svcgate_json_number(struct svcgate_json *json, const char *name, u64 value)
{
	begin_value(json, name);
	fprintf(json->out, "%" PRIu64, value);
}

/**
 * svcgate_json_bool() - true or false
 * @json: the writer
 * @name: see json.h
 * @value: which
 */
void svcgate_json_bool(struct svcgate_json *json, const char *name, bool value)
{
	begin_value(json, name);
	fputs(value ? "true" : "false", json->out);
}

/**
 * svcgate_json_null() - null
 * @json: the writer
 * @name: see json.h
 */
void svcgate_json_null(struct svcgate_json *json, const char *name)
{
	begin_value(json, name);
	fputs("null", json->out);
}
