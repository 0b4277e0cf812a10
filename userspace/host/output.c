// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results, for people or for scripts, from one walk.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "hex.h"
#include "names.h"
#include "output.h"

#define LABEL_WIDTH	21
#define LINE_WIDTH	79

/* Nothing sensible is left to do without memory for a line of text. */
static void *checked(void *memory)
{
	if (!memory) {
		fputs("svcgate: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

/* Characters that reorder or hide what is beside them on a terminal. */
static bool hides(const u8 *p, size_t length)
{
	u32 code;

	if (length == 2)
		return p[0] == 0xc2 && p[1] < 0xa0;
	if (length != 3)
		return false;
	code = (p[0] & 0xf) << 12 | (p[1] & 0x3f) << 6 | (p[2] & 0x3f);
	return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

/**
 * text_escape() - make a text from outside fit for a terminal
 * @text: any bytes
 * @length: how many
 *
 * Return: the text with \xNN for what is no visible character; for free().
 */
char *text_escape(const void *text, size_t length)
{
	char *escaped = checked(malloc(4 * length + 1)), *out = escaped;
	const u8 *p = text;
	size_t n, i;

	for (; length; p += n, length -= n) {
		n = svcgate_utf8_length(p, length);
		if (n == 1 ? *p >= ' ' && *p != 0x7f && *p != '\\' : n && !hides(p, n)) {
			memcpy(out, p, n);
			out += n;
			continue;
		}
		n = n ?: 1;
		for (i = 0; i < n; i++)
			out += sprintf(out, "\\x%02x", p[i]);
	}
	*out = '\0';
	return escaped;
}

static size_t width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n;
}

static void put_padded(const char *text, size_t to)
{
	size_t n = width(text);

	fputs(text, stdout);
	for (; n < to; n++)
		putchar(' ');
}

/* Takes @value over. */
static void put_value(struct output *out, const char *label, char *value)
{
	if (!out->in_rows) {
		put_padded(label, LABEL_WIDTH);
		puts(value);
		free(value);
		return;
	}
	if (out->cells == out->size) {
		out->size = out->size ? 2 * out->size : 64;
		out->labels = checked(realloc(out->labels,
					      out->size * sizeof(*out->labels)));
		out->values = checked(realloc(out->values,
					      out->size * sizeof(*out->values)));
	}
	out->labels[out->cells] = label;
	out->values[out->cells++] = value;
}

static void put_line(struct output *out, const char * const *cells, const size_t *widths)
{
	size_t i;

	for (i = 0; i + 1 < out->columns; i++) {
		put_padded(cells[i], widths[i]);
		fputs("  ", stdout);
	}
	puts(cells[i]);
}

static void put_table(struct output *out)
{
	size_t *widths, i, n, total = 0;

	widths = checked(calloc(out->columns, sizeof(*widths)));
	for (i = 0; i < out->columns; i++)
		widths[i] = width(out->labels[i]);
	for (i = 0; i < out->cells; i++) {
		n = width(out->values[i]);
		if (widths[i % out->columns] < n)
			widths[i % out->columns] = n;
	}
	put_line(out, out->labels, widths);
	for (i = 0; i < out->columns; i++)
		total += widths[i] + (i ? 2 : 0);
	for (i = 0; i < total; i++)
		putchar('-');
	putchar('\n');
	for (i = 0; i < out->cells; i += out->columns)
		put_line(out, (const char * const *)out->values + i, widths);
	free(widths);
}

/**
 * output_begin() - begin a result
 * @out: the result
 * @as_json: for scripts
 */
void output_begin(struct output *out, bool as_json)
{
	*out = (struct output){ .as_json = as_json };
	svcgate_json_begin(&out->json, stdout);
}

/**
 * output_end() - end a result
 * @out: the result
 *
 * Return: 0, or -EIO when it could not be written.
 */
int output_end(struct output *out)
{
	if (out->as_json)
		svcgate_json_end(&out->json);
	return fflush(stdout) || ferror(stdout) ? -EIO : 0;
}

/**
 * output_object() - begin an object
 * @out: the result
 * @key: as in json.h
 */
void output_object(struct output *out, const char *key)
{
	if (out->as_json)
		svcgate_json_object(&out->json, key);
}

/**
 * output_rows() - begin a table
 * @out: the result
 * @key: as in json.h
 */
void output_rows(struct output *out, const char *key)
{
	if (out->as_json)
		svcgate_json_array(&out->json, key);
	out->in_rows = true;
	out->columns = 0;
	out->cells = 0;
}

/**
 * output_row() - begin a row; each has the same values in the same order
 * @out: the result
 */
void output_row(struct output *out)
{
	if (out->as_json)
		svcgate_json_object(&out->json, NULL);
	else if (!out->columns)
		out->columns = out->cells;
}

static void close_rows(struct output *out)
{
	size_t i;

	out->in_rows = false;
	if (!out->columns)
		out->columns = out->cells;
	if (out->cells)
		put_table(out);
	for (i = 0; i < out->cells; i++)
		free(out->values[i]);
	free(out->values);
	free(out->labels);
	out->values = NULL;
	out->labels = NULL;
	out->size = 0;
	out->cells = 0;
}

/**
 * output_close() - end the innermost object or row
 * @out: the result
 */
void output_close(struct output *out)
{
	if (out->as_json)
		svcgate_json_close(&out->json);
}

/**
 * output_rows_end() - end a table
 * @out: the result
 */
void output_rows_end(struct output *out)
{
	if (out->as_json)
		svcgate_json_close(&out->json);
	close_rows(out);
}

/**
 * output_text() - a text from outside
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @text: any bytes
 * @length: how many
 */
void output_text(struct output *out, const char *key, const char *label,
		 const void *text, size_t length)
{
	if (out->as_json)
		svcgate_json_text(&out->json, key, text, length);
	else
		put_value(out, label, text_escape(text, length));
}

/**
 * output_string() - a string
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @value: NULL is "-", and null in JSON
 */
void output_string(struct output *out, const char *key, const char *label,
		   const char *value)
{
	if (out->as_json)
		svcgate_json_string(&out->json, key, value);
	else
		put_value(out, label, text_escape(value ?: "-", strlen(value ?: "-")));
}

/**
 * output_hex() - bytes as hex digits
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @data: bytes
 * @length: how many
 */
void output_hex(struct output *out, const char *key, const char *label,
		const void *data, size_t length)
{
	char *text = checked(malloc(SVCGATE_HEX_SIZE(length)));

	svcgate_hex_encode(data, length, text);
	output_string(out, key, label, text);
	free(text);
}

/**
 * output_number() - a number
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @value: the number
 */
void output_number(struct output *out, const char *key, const char *label, u64 value)
{
	char text[24];

	if (out->as_json) {
		svcgate_json_number(&out->json, key, value);
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64, value);
	output_string(out, key, label, text);
}

/**
 * output_bool() - yes or no
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @value: which
 */
void output_bool(struct output *out, const char *key, const char *label, bool value)
{
	if (out->as_json)
		svcgate_json_bool(&out->json, key, value);
	else
		output_string(out, key, label, value ? "yes" : "no");
}

/* Long lists go on below, under their beginning. */
static void put_list(const char *label, const char * const *items, size_t count)
{
	size_t i, used = LABEL_WIDTH;

	put_padded(label, LABEL_WIDTH);
	for (i = 0; i < count; i++) {
		size_t length = width(items[i]) + 2;

		if (i && used + length > LINE_WIDTH) {
			printf(",\n%*s", LABEL_WIDTH, "");
			used = LABEL_WIDTH;
		} else if (i) {
			fputs(", ", stdout);
		}
		fputs(items[i], stdout);
		used += length;
	}
	puts(count ? "" : "none");
}

static char *join(const char * const *items, size_t count)
{
	size_t i, length = 1;
	char *text, *end;

	for (i = 0; i < count; i++)
		length += strlen(items[i]) + 2;
	text = checked(malloc(length));
	end = text;
	*end = '\0';
	for (i = 0; i < count; i++)
		end += sprintf(end, "%s%s", i ? ", " : "", items[i]);
	return text;
}

/**
 * output_list() - some strings of our own
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @items: the strings
 * @count: how many
 */
void output_list(struct output *out, const char *key, const char *label,
		 const char * const *items, size_t count)
{
	size_t i;

	if (!out->as_json && !out->in_rows) {
		put_list(label, items, count);
		return;
	}
	if (!out->as_json) {
		put_value(out, label, count ? join(items, count) :
					      checked(strdup("none")));
		return;
	}
	svcgate_json_array(&out->json, key);
	for (i = 0; i < count; i++)
		svcgate_json_string(&out->json, NULL, items[i]);
	svcgate_json_close(&out->json);
}

/* Last of the ids from @id on that are all in @mask and all without a name. */
static unsigned int end_of_run(u64 mask, unsigned int id)
{
	while (id < SVCGATE_CAPABILITY_ID_MAX && mask & BIT_ULL(id + 1) &&
	       !svcgate_capability_name(id + 1))
		id++;
	return id;
}

/**
 * output_capabilities() - capabilities by name
 * @out: the result
 * @key: for JSON
 * @label: for people
 * @mask: bit n for id n
 *
 * Ids without a name are numbers; people get a range for several in a row.
 */
void output_capabilities(struct output *out, const char *key, const char *label, u64 mask)
{
	const char *items[SVCGATE_CAPABILITY_ID_MAX + 1];
	char numbers[SVCGATE_CAPABILITY_ID_MAX + 1][8];
	unsigned int id, last;
	size_t count = 0;

	for (id = 0; id <= SVCGATE_CAPABILITY_ID_MAX; id++) {
		if (!(mask & BIT_ULL(id)))
			continue;
		items[count] = svcgate_capability_name(id) ?: numbers[id];
		snprintf(numbers[id], sizeof(numbers[id]), "%u", id);
		last = end_of_run(mask, id);
		if (!out->as_json && items[count] == numbers[id] && last > id) {
			snprintf(numbers[id], sizeof(numbers[id]), "%u-%u", id, last);
			id = last;
		}
		count++;
	}
	output_list(out, key, label, items, count);
}
