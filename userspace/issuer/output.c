// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Results, for people and as JSON, from one walk.
 */
#include <stdio.h>

#include "hex.h"
#include "names.h"
#include "output.h"
#include "uuid.h"

#define LABEL_WIDTH	20

static void put_label(const struct output *out, const char *label)
{
	int indent = 2 * out->depth;

	printf("%*s%-*s ", indent, "", LABEL_WIDTH - indent,
	       label ? label : "");
}

/**
 * output_begin() - start a result
 * @out: the result
 * @as_json: as JSON
 */
void output_begin(struct output *out, bool as_json)
{
	out->as_json = as_json;
	out->depth = 0;
	if (!as_json)
		return;
	svcgate_json_begin(&out->json, stdout);
	svcgate_json_object(&out->json, NULL);
}

/**
 * output_end() - end a result
 * @out: the result
 */
void output_end(struct output *out)
{
	if (!out->as_json)
		return;
	svcgate_json_close(&out->json);
	svcgate_json_end(&out->json);
}

/**
 * output_open() - begin an object inside
 * @out: the result
 * @key: its name in JSON, NULL in a list
 * @label: its heading for people
 */
void output_open(struct output *out, const char *key, const char *label)
{
	if (out->as_json)
		svcgate_json_object(&out->json, key);
	else
		printf("%*s%s\n", 2 * (int)out->depth++, "", label);
}

/**
 * output_close() - end an object inside
 * @out: the result
 */
void output_close(struct output *out)
{
	if (out->as_json)
		svcgate_json_close(&out->json);
	else
		out->depth--;
}

/**
 * output_open_list() - begin a list; for people its items just follow
 * @out: the result
 * @key: its name in JSON
 */
void output_open_list(struct output *out, const char *key)
{
	if (out->as_json)
		svcgate_json_array(&out->json, key);
}

/**
 * output_close_list() - end a list
 * @out: the result
 */
void output_close_list(struct output *out)
{
	if (out->as_json)
		svcgate_json_close(&out->json);
}

/**
 * output_bytes() - a text that is not NUL-terminated
 * @out: the result
 * @key: its name in JSON, NULL in a list
 * @label: its name for people
 * @text: the text
 * @length: its bytes
 */
void output_bytes(struct output *out, const char *key, const char *label,
		  const void *text, size_t length)
{
	if (out->as_json) {
		svcgate_json_text(&out->json, key, text, length);
		return;
	}
	put_label(out, label);
	printf("%.*s\n", (int)length, (const char *)text);
}

/**
 * output_text() - a text
 * @out: the result
 * @key: its name in JSON, NULL in a list
 * @label: its name for people
 * @text: the text
 */
void output_text(struct output *out, const char *key, const char *label,
		 const char *text)
{
	output_bytes(out, key, label, text, strlen(text));
}

/**
 * output_number() - a number
 * @out: the result
 * @key: its name in JSON
 * @label: its name for people
 * @value: the number
 */
void output_number(struct output *out, const char *key, const char *label, u64 value)
{
	if (out->as_json) {
		svcgate_json_number(&out->json, key, value);
		return;
	}
	put_label(out, label);
	printf("%llu\n", (unsigned long long)value);
}

/**
 * output_bool() - yes or no
 * @out: the result
 * @key: its name in JSON
 * @label: its name for people
 * @value: which
 */
void output_bool(struct output *out, const char *key, const char *label, bool value)
{
	if (out->as_json)
		svcgate_json_bool(&out->json, key, value);
	else
		output_text(out, key, label, value ? "yes" : "no");
}

/**
 * output_hex() - bytes as hex digits
 * @out: the result
 * @key: their name in JSON, NULL in a list
 * @label: their name for people
 * @data: the bytes
 * @length: how many, at most %OUTPUT_HEX_MAX
 */
void output_hex(struct output *out, const char *key, const char *label,
		const void *data, size_t length)
{
	char text[SVCGATE_HEX_SIZE(OUTPUT_HEX_MAX)];

	svcgate_hex_encode(data, min_t(size_t, length, OUTPUT_HEX_MAX), text);
	output_text(out, key, label, text);
}

/**
 * output_uuid() - a UUID
 * @out: the result
 * @key: its name in JSON
 * @label: its name for people
 * @uuid: its 16 bytes
 */
void output_uuid(struct output *out, const char *key, const char *label,
		 const u8 *uuid)
{
	char text[SVCGATE_UUID_TEXT_SIZE];

	svcgate_uuid_format(uuid, text);
	output_text(out, key, label, text);
}

/**
 * output_capabilities() - the capabilities of a mask: a list in JSON
 * @out: the result
 * @key: their name in JSON
 * @label: their name for people
 * @mask: bit n for id n
 */
void output_capabilities(struct output *out, const char *key, const char *label,
			 u64 mask)
{
	char text[SVCGATE_CAPABILITIES_TEXT_SIZE];
	unsigned int id;

	if (!out->as_json) {
		svcgate_capabilities_format(mask, text);
		output_text(out, key, label, text);
		return;
	}
	output_open_list(out, key);
	for (id = 0; id <= SVCGATE_CAPABILITY_ID_MAX; id++) {
		if (!(mask & BIT_ULL(id)))
			continue;
		svcgate_capabilities_format(BIT_ULL(id), text);
		output_text(out, NULL, NULL, text);
	}
	output_close_list(out);
}

/**
 * output_states() - the states of a mask: a list in JSON
 * @out: the result
 * @key: their name in JSON
 * @label: their name for people
 * @states: bit n for state n
 */
void output_states(struct output *out, const char *key, const char *label, u8 states)
{
	char text[64] = "";
	u8 state;

	output_open_list(out, key);
	for (state = 0; state <= SVCGATE_STATE_DEVICE_COMPLETE; state++) {
		if (!(states & (1 << state)))
			continue;
		if (out->as_json) {
			output_text(out, NULL, NULL, svcgate_state_name(state));
			continue;
		}
		if (*text)
			strcat(text, ",");
		strcat(text, svcgate_state_name(state));
	}
	output_close_list(out);
	if (!out->as_json)
		output_text(out, key, label, text);
}
