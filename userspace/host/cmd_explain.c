// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device capability explain
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "format.h"
#include "svcgate.h"

#define OPS_MAX	128

static bool has(const struct svcgate_capability *cap, u16 field)
{
	return cap->has & SVCGATE_FIELD_BIT(field);
}

static void put_time(struct output *out, const char *key, const char *label, u64 seconds)
{
	time_t time = seconds;
	struct tm tm;
	char text[32];

	/* Beyond what a calendar holds the number says more. */
	if (seconds > INT64_MAX || !gmtime_r(&time, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		output_number(out, key, label, seconds);
	else
		output_string(out, key, label, text);
}

static void put_states(struct output *out, u8 states)
{
	const char *names[8];
	size_t count = 0;
	u8 state;

	for (state = 0; state < 8; state++)
		if (states & 1 << state && svcgate_state_name(state))
			names[count++] = svcgate_state_name(state);
	output_list(out, "states", "Only in state", names, count);
}

static void put_limits(struct output *out, const struct svcgate_capability *cap)
{
	output_bool(out, "maySideload", "May be stored",
		    !(cap->flags & SVCGATE_CAPABILITY_NO_SIDELOAD));
	if (has(cap, SVCGATE_CAPABILITY_STATES))
		put_states(out, cap->states);
	if (cap->challenge)
		output_hex(out, "challenge", "Only for challenge", cap->challenge,
			   SVCGATE_NONCE_SIZE);
	if (cap->lease)
		output_number(out, "lease", "Lease in seconds", cap->lease);
	if (cap->holder)
		output_hex(out, "holder", "Only with key of", cap->holder,
			   SVCGATE_SHA256_SIZE);
	if (cap->not_before)
		put_time(out, "notBefore", "Not before", cap->not_before);
	if (cap->not_after)
		put_time(out, "notAfter", "Not after", cap->not_after);
}

/* A blank file opens nothing; what it does is to take a stored one's place. */
static void put_file(struct output *out, const struct capability_file *file)
{
	const struct svcgate_capability *cap = &file->capability;
	char device[DEVICE_ID_TEXT];

	file_device(file, device);
	output_string(out, "capabilityFile", "Capability file", file->path);
	output_string(out, "deviceId", "For device", device);
	output_capabilities(out, "capabilities", "Capabilities", cap->mask);
	output_bool(out, "blank", "Blank", !cap->mask);
	output_hex(out, "serial", "Serial", cap->serial, SVCGATE_SERIAL_SIZE);
	output_number(out, "generation", "Generation", cap->generation);
	output_number(out, "epoch", "Epoch", cap->epoch);
	if (cap->label)
		output_text(out, "label", "Label", cap->label, cap->label_length);
	output_hex(out, "keyId", "Signed by key", file->key_id, SVCGATE_KEY_ID_SIZE);
	put_limits(out, cap);
}

static void put_ops(struct output *out, const char *key, const char *label, u64 mask,
		    bool by_image, u8 flag)
{
	const char *names[OPS_MAX];
	size_t count = 0;
	unsigned int i;

	for (i = 0; i < svcgate_policy_count && count < OPS_MAX; i++) {
		const struct svcgate_rule *rule = &svcgate_policy[i];
		bool any = rule->mask & mask;

		if (by_image ? !any && rule->image_mask & mask && rule->flags & flag : any)
			names[count++] = rule->name;
	}
	if (count || out->as_json)
		output_list(out, key, label, names, count);
}

static void put_opens(struct output *out, u64 mask)
{
	put_ops(out, "opens", "Opens", mask, false, 0);
	put_ops(out, "opensForProductionImages", "Production images", mask, true,
		SVCGATE_ROW_INSTALL);
	put_ops(out, "opensForTemporaryImages", "Temporary images", mask, true,
		SVCGATE_ROW_TEMPORARY);
	if (out->as_json)
		return;
	if (!mask)
		puts("\n"
		     "Blank: it opens nothing. Stored on a device, it takes the place of a file "
		     "that does.");
	else
		puts("\nProduction images: signed for production, in place of nothing newer.\n"
		     "Temporary images: signed for production and marked temporary.");
}

/*
 * "can" with the file as its credential: a file that the device does not accept
 * refuses the request, whatever the verdict would be.
 */
static int ask_device(const struct options *options, const struct capability_file *file,
		      struct output *out)
{
	u8 payload[sizeof(struct svcgate_can)] = { 0 };
	struct ask ask = {
		.op = SVCGATE_OP_CAN,
		.payload = payload,
		.length = sizeof(payload),
		.file = file,
	};
	struct svcgate_link_response response;
	struct svcgate_reason_context context;
	struct device device;
	char *text;
	int r;

	svcgate_put_le16(payload, SVCGATE_OP_CAPABILITY_LIST);
	r = device_open(options, &device);
	if (r)
		return r;
	r = device_try(&device, &ask, &response, &context);
	if (!r && response.reason && !svcgate_reason_is_file(response.reason))
		r = report_reason(response.reason, &context);
	if (!r && svcgate_reason_sentence(response.reason, &context, &text) < 0)
		r = report_memory();
	if (r)
		goto close;

	output_begin(out, options->json);
	output_object(out, NULL);
	put_file(out, file);
	output_bool(out, "accepted", "Device accepts it", !response.reason);
	if (response.reason)
		output_string(out, "reason", "Reason", options->json ?
			      svcgate_reason_name(response.reason) : text);
	free(text);
	r = svcgate_reason_exit(response.reason);
close:
	device_close(&device);
	return r;
}

/**
 * cmd_capability_explain() - svcgate device capability explain FILE
 * @options: of the command line
 *
 * Return: an exit code; "rejected" when the device was asked and refuses.
 */
int cmd_capability_explain(const struct options *options)
{
	const char *path = options->operands[0];
	struct capability_file *file;
	struct output out;
	int r;

	r = file_read(path, &file);
	if (r == -ENOMEM)
		return report_memory();
	if (r < 0)
		return report(r == -EFBIG ? SVCGATE_EXIT_REJECTED : SVCGATE_EXIT_FAILED, "file",
			      "Check the name.", "%s is not a capability file: %s.", path,
			      strerror(-r));
	r = file_parse(file, false);
	if (r)
		goto free_file;
	if (options->given & OPTION_PORT) {
		r = ask_device(options, file, &out);
		if (r && r != SVCGATE_EXIT_REJECTED)
			goto free_file;
	} else {
		output_begin(&out, options->json);
		output_object(&out, NULL);
		put_file(&out, file);
	}
	put_opens(&out, file->capability.mask);
	output_close(&out);
	if (output_end(&out) < 0)
		r = SVCGATE_EXIT_FAILED;
	if (!(options->given & OPTION_PORT))
		note("The signature was not checked: only the device knows which keys it trusts "
		     "(--port PORT asks it).");
free_file:
	file_free(file);
	return r;
}
