// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device show-os-version
 *
 * The answer is CBOR, uapi/ops/system.cddl.
 */
#include <cbor.h>

#include "svcgate.h"

static const struct version_field {
	u64 key;
	const char *json;
	const char *label;
} fields[] = {
	{ 1, "name", "Name" },
	{ 2, "version", "Version" },
	{ 3, "kernel", "Kernel" },
	{ 4, "machine", "Machine" },
	{ 5, "svcgate", "svcgate" },
};

static const struct version_field *find_field(u64 key)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fields); i++)
		if (fields[i].key == key)
			return &fields[i];
	return NULL;
}

/* Later versions may add keys, also of another type; those are skipped. */
static const struct version_field *field_of(const cbor_item_t *key)
{
	return cbor_isa_uint(key) ? find_field(cbor_get_int(key)) : NULL;
}

/* Look before anything is printed: a broken answer gives no half a result. */
static bool is_good(const cbor_item_t *map)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);
	const struct version_field *field;
	u64 seen = 0;
	size_t i;

	for (i = 0; i < cbor_map_size(map); i++) {
		field = field_of(pairs[i].key);
		if (!field)
			continue;
		if (seen & BIT_ULL(field->key) || !cbor_isa_string(pairs[i].value) ||
		    !cbor_string_is_definite(pairs[i].value))
			return false;
		seen |= BIT_ULL(field->key);
	}
	return true;
}

static void put_map(struct output *out, const cbor_item_t *map)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);
	const struct version_field *field;
	size_t i;

	for (i = 0; i < cbor_map_size(map); i++) {
		field = field_of(pairs[i].key);
		if (field)
			output_text(out, field->json, field->label,
				    cbor_string_handle(pairs[i].value),
				    cbor_string_length(pairs[i].value));
	}
}

static int put_versions(const struct options *options, const struct device *device,
			const struct svcgate_link_response *response)
{
	struct cbor_load_result result;
	cbor_item_t *map;
	struct output out;
	int r;

	map = cbor_load(response->payload, response->length, &result);
	if (!map || !cbor_isa_map(map) || result.read != response->length || !is_good(map)) {
		r = device_short_answer(device);
	} else {
		output_begin(&out, options->json);
		output_object(&out, NULL);
		put_map(&out, map);
		output_close(&out);
		r = output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
	}
	if (map)
		cbor_decref(&map);
	return r;
}

/**
 * cmd_show_os_version() - svcgate device show-os-version
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_show_os_version(const struct options *options)
{
	static const u8 empty_map[] = { 0xa0 };
	static const struct ask ask = {
		.op = SVCGATE_OP_OS_VERSION,
		.payload = empty_map,
		.length = sizeof(empty_map),
	};
	struct svcgate_link_response response;
	struct device device;
	int r;

	r = device_open(options, &device);
	if (r)
		return r;
	r = device_ask(&device, &ask, &response);
	if (!r)
		r = put_versions(options, &device, &response);
	device_close(&device);
	return r;
}
