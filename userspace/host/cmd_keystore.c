// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device keystore show
 */
#include "svcgate.h"

static void put_key(struct output *out, const u8 *data)
{
	struct svcgate_keystore_key key;
	char number[16];

	memcpy(&key, data, sizeof(key));
	snprintf(number, sizeof(number), "unknown (%u)", key.purpose);
	output_row(out);
	output_string(out, "purpose", "Purpose", svcgate_purpose_name(key.purpose) ?: number);
	output_capabilities(out, "mayGrant", "May grant",
			    svcgate_get_le64((u8 *)&key.mask));
	output_bool(out, "usable", "Usable", key.usable);
	output_hex(out, "keyId", "Key ID", key.key_id, sizeof(key.key_id));
	output_close(out);
}

static int put_keystore(const struct options *options, const struct device *device,
			const struct svcgate_link_response *response)
{
	const u8 *key = response->payload + sizeof(struct svcgate_keystore_list);
	struct svcgate_keystore_list list;
	struct output out;
	unsigned int count;

	if (response->length < sizeof(list))
		return device_short_answer(device);
	memcpy(&list, response->payload, sizeof(list));
	count = svcgate_get_le16((u8 *)&list.key_count);
	if (count > (response->length - sizeof(list)) / sizeof(struct svcgate_keystore_key))
		return device_short_answer(device);

	output_begin(&out, options->json);
	output_object(&out, NULL);
	output_number(&out, "version", "Version", svcgate_get_le32((u8 *)&list.version));
	output_number(&out, "epoch", "Epoch", svcgate_get_le32((u8 *)&list.epoch));
	output_hex(&out, "audience", "Audience", list.audience, sizeof(list.audience));
	output_number(&out, "revokedSerials", "Revoked serials",
		      svcgate_get_le16((u8 *)&list.revoked_count));
	output_rows(&out, "keys");
	for (; count; count--, key += sizeof(struct svcgate_keystore_key))
		put_key(&out, key);
	output_rows_end(&out);
	output_close(&out);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

/* That there is none is an answer, not an error. */
static int put_none(const struct options *options)
{
	struct output out;

	output_begin(&out, options->json);
	if (options->json)
		output_string(&out, NULL, NULL, NULL);
	else
		puts("The device has no trusted keystore.");
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

/**
 * cmd_keystore_show() - svcgate device keystore show
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_keystore_show(const struct options *options)
{
	static const struct ask ask = { .op = SVCGATE_OP_KEYSTORE_SHOW };
	struct svcgate_link_response response;
	struct svcgate_reason_context context;
	struct device device;
	int r;

	r = device_open(options, &device);
	if (r)
		return r;
	r = device_try(&device, &ask, &response, &context);
	if (!r && response.reason == SVCGATE_REASON_NO_KEYSTORE && !context.file)
		r = put_none(options);
	else if (!r && response.reason)
		r = report_reason(response.reason, &context);
	else if (!r)
		r = put_keystore(options, &device, &response);
	device_close(&device);
	return r;
}
