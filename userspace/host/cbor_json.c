// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any CBOR as JSON: what a maker's operation answers, of which nothing is known.
 *
 * Bytes become hex digits; keys that are no texts become texts. What has no likeness
 * in JSON (tags, floats, endless strings) is null, and so is what is nested deeper
 * than anybody reads.
 */
#include <cbor.h>
#include <inttypes.h>
#include <stdlib.h>

#include "svcgate.h"

#define DEPTH_MAX	8

static void put_bytes(struct svcgate_json *json, const char *name, const u8 *data,
		      size_t length)
{
	char *hex = malloc(SVCGATE_HEX_SIZE(length));

	if (hex)
		svcgate_hex_encode(data, length, hex);
	svcgate_json_string(json, name, hex);
	free(hex);
}

static void put(struct svcgate_json *json, const char *name, const cbor_item_t *item,
		unsigned int depth);

static void put_key(char *out, size_t size, const cbor_item_t *key)
{
	if (cbor_isa_uint(key))
		snprintf(out, size, "%" PRIu64, cbor_get_int(key));
	else if (cbor_isa_string(key) && cbor_string_is_definite(key))
		snprintf(out, size, "%.*s", (int)cbor_string_length(key),
			 cbor_string_handle(key));
	else
		snprintf(out, size, "?");
}

static void put_map(struct svcgate_json *json, const char *name, const cbor_item_t *map,
		    unsigned int depth)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);
	char key[SVCGATE_RESPONSE_MAX];
	size_t i;

	svcgate_json_object(json, name);
	for (i = 0; i < cbor_map_size(map); i++) {
		put_key(key, sizeof(key), pairs[i].key);
		put(json, key, pairs[i].value, depth + 1);
	}
	svcgate_json_close(json);
}

static void put_array(struct svcgate_json *json, const char *name, const cbor_item_t *array,
		      unsigned int depth)
{
	cbor_item_t **items = cbor_array_handle(array);
	size_t i;

	svcgate_json_array(json, name);
	for (i = 0; i < cbor_array_size(array); i++)
		put(json, NULL, items[i], depth + 1);
	svcgate_json_close(json);
}

static void put_negative(struct svcgate_json *json, const char *name, u64 value)
{
	char text[24];

	/* Minus one minus the value; the lowest has no room in 64 bits. */
	if (value == UINT64_MAX)
		snprintf(text, sizeof(text), "-18446744073709551616");
	else
		snprintf(text, sizeof(text), "-%" PRIu64, value + 1);
	svcgate_json_string(json, name, text);
}

static void put(struct svcgate_json *json, const char *name, const cbor_item_t *item,
		unsigned int depth)
{
	if (depth > DEPTH_MAX)
		svcgate_json_null(json, name);
	else if (cbor_isa_uint(item))
		svcgate_json_number(json, name, cbor_get_int(item));
	else if (cbor_isa_negint(item))
		put_negative(json, name, cbor_get_int(item));
	else if (cbor_isa_string(item) && cbor_string_is_definite(item))
		svcgate_json_text(json, name, cbor_string_handle(item),
				  cbor_string_length(item));
	else if (cbor_isa_bytestring(item) && cbor_bytestring_is_definite(item))
		put_bytes(json, name, cbor_bytestring_handle(item),
			  cbor_bytestring_length(item));
	else if (cbor_isa_map(item))
		put_map(json, name, item, depth);
	else if (cbor_isa_array(item))
		put_array(json, name, item, depth);
	else if (cbor_is_bool(item))
		svcgate_json_bool(json, name, cbor_get_bool(item));
	else
		svcgate_json_null(json, name);
}

/**
 * cbor_json() - put an answer into JSON
 * @json: where
 * @name: of the member, or NULL
 * @data: the answer; what is no CBOR becomes hex digits, nothing becomes null
 * @length: its bytes
 */
void cbor_json(struct svcgate_json *json, const char *name, const u8 *data, size_t length)
{
	struct cbor_load_result result;
	cbor_item_t *item;

	if (!length) {
		svcgate_json_null(json, name);
		return;
	}
	item = cbor_load(data, length, &result);
	if (item && result.read == length)
		put(json, name, item, 0);
	else
		put_bytes(json, name, data, length);
	if (item)
		cbor_decref(&item);
}
