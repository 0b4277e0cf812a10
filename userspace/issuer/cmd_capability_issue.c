// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer capability issue: a capability file for one device.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "keyset.h"
#include "options.h"
#include "output.h"
#include "registry.h"
#include "sign.h"

struct issue_options {
	const char *device;
	struct option_list capabilities;
	struct option_list states;
	bool no_sideload;
	const char *label;
	struct option_number epoch;
	const char *challenge;
	struct option_number lease;
	const char *holder;
	const char *not_before;
	const char *not_after;
	const char *key;
	const char *output_file;
};

/* What the file's content points to while it is built. */
struct issue {
	struct svcgate_capability cap;
	u8 serial[SVCGATE_SERIAL_SIZE];
	u8 challenge[SVCGATE_NONCE_SIZE];
	struct certificate holder;
	struct device device;
};

static u64 read_capabilities(struct invocation *inv, const struct option_list *list)
{
	unsigned int i;
	u64 all = 0, mask;

	if (!list->count)
		usage(inv->command, "--capability is wanted; none makes a blank file");
	for (i = 0; i < list->count; i++) {
		if (svcgate_capabilities_parse(list->values[i], &mask))
			usage(inv->command, "--capability %s: appDevelopment, enableRfTestMode, fieldServicing, a maker's number from 32 to 63, commas between them, or none",
			      list->values[i]);
		if (list->count > 1 && !mask)
			usage(inv->command, "--capability none: nothing beside it");
		all |= mask;
	}
	return all;
}

static u8 read_states(struct invocation *inv, const struct option_list *list)
{
	u8 states = 0, state;
	unsigned int i;

	for (i = 0; i < list->count; i++) {
		if (svcgate_state_parse(list->values[i], &state))
			usage(inv->command, "--state %s: Blank, Module1Complete or DeviceComplete is wanted",
			      list->values[i]);
		states |= 1 << state;
	}
	return states;
}

/* Seconds since 1970, or a date in UTC, with or without a time. */
static u64 read_time(struct invocation *inv, const char *option, const char *text)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d" };
	const char *end;
	unsigned int i;
	struct tm tm;
	u64 value;

	if (!parse_u64(text, INT64_MAX, &value))
		return value;
	for (i = 0; i < ARRAY_SIZE(forms); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		if (end && !*end && tm.tm_year >= 70)
			return timegm(&tm);
	}
	usage(inv->command, "%s %s: YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ or seconds since 1970 are wanted",
	      option, text);
}

static void read_challenge(struct invocation *inv, const char *text,
			   u8 challenge[SVCGATE_NONCE_SIZE])
{
	size_t length;

	if (svcgate_hex_decode(text, challenge, SVCGATE_NONCE_SIZE, &length) ||
	    length != SVCGATE_NONCE_SIZE)
		usage(inv->command, "--challenge: %d bytes in hex are wanted, as svcgate device capability challenge prints them",
		      SVCGATE_NONCE_SIZE);
}

/* A file that is bound to one use cannot be stored: it never may be sideloaded. */
static void read_binding(struct invocation *inv, const struct issue_options *options,
			 struct issue *issue)
{
	struct svcgate_capability *cap = &issue->cap;

	if (options->lease.given && !options->challenge)
		usage(inv->command, "--lease needs --challenge: without one a power cut would renew the lease");
	if (options->lease.given && !options->lease.value)
		usage(inv->command, "--lease 0: a lease has seconds");
	if (options->challenge) {
		read_challenge(inv, options->challenge, issue->challenge);
		cap->challenge = issue->challenge;
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_CHALLENGE);
	}
	if (options->lease.given) {
		cap->lease = options->lease.value;
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_LEASE);
	}
	if (options->holder)
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_HOLDER);
	if (options->no_sideload || options->challenge || options->holder) {
		cap->flags = SVCGATE_CAPABILITY_NO_SIDELOAD;
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_FLAGS);
	}
	if (cap->flags && !cap->mask)
		usage(inv->command, "A blank file only works by being sideloaded: --no-sideload, --challenge and --holder do not go with it");
}

static void read_limits(struct invocation *inv, const struct issue_options *options,
			struct svcgate_capability *cap)
{
	if (options->states.count) {
		cap->states = read_states(inv, &options->states);
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_STATES);
	}
	if (options->not_before) {
		cap->not_before = read_time(inv, "--not-before", options->not_before);
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_NOT_BEFORE);
	}
	if (options->not_after) {
		cap->not_after = read_time(inv, "--not-after", options->not_after);
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_NOT_AFTER);
		if (cap->not_after <= cap->not_before)
			usage(inv->command, "--not-after must be later than --not-before");
	}
	if (options->label) {
		cap->label = (const u8 *)options->label;
		cap->label_length = strlen(options->label);
		cap->has |= SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_LABEL);
		if (!cap->label_length || cap->label_length > SVCGATE_LABEL_MAX ||
		    !svcgate_text_valid(cap->label, cap->label_length))
			usage(inv->command, "--label: 1 to %d bytes of UTF-8 without control characters are wanted",
			      SVCGATE_LABEL_MAX);
	}
}

static void read_options(struct invocation *inv, struct issue_options *options,
			 struct issue *issue)
{
	const struct option_row rows[] = {
		{ "device", OPTION_TEXT, &options->device, "ID",
		  "device that the file is for; registered" },
		{ "capability", OPTION_LIST, &options->capabilities, "NAME[,...]",
		  "what it opens; none makes a blank file" },
		{ "state", OPTION_LIST, &options->states, "STATE",
		  "only in this manufacturing state; may be repeated" },
		{ "no-sideload", OPTION_FLAG, &options->no_sideload, NULL,
		  "it may be passed with operations, not stored" },
		{ "label", OPTION_TEXT, &options->label, "TEXT",
		  "what people see of it" },
		{ "epoch", OPTION_U32, &options->epoch, "N",
		  "a later epoch than the directory's" },
		{ "challenge", OPTION_TEXT, &options->challenge, "HEX",
		  "only as answer to this challenge" },
		{ "lease", OPTION_U32, &options->lease, "SECONDS",
		  "ends so long after its challenge was answered" },
		{ "holder", OPTION_TEXT, &options->holder, "CERTIFICATE",
		  "only with the private key of this certificate" },
		{ "not-before", OPTION_TEXT, &options->not_before, "TIME",
		  "not earlier, where the device knows the time" },
		{ "not-after", OPTION_TEXT, &options->not_after, "TIME",
		  "not later, where the device knows the time" },
		{ "key", OPTION_TEXT, &options->key, "NAME",
		  "signing key (the newest for capabilities)" },
		{ "output-file", OPTION_TEXT, &options->output_file, "FILE",
		  "where the capability file goes" },
	};

	options_parse(inv, rows, ARRAY_SIZE(rows));
	if (!options->device)
		usage(inv->command, "--device is wanted");
	if (!options->output_file)
		usage(inv->command, "--output-file is wanted");
	issue->cap.mask = read_capabilities(inv, &options->capabilities);
	read_binding(inv, options, issue);
	read_limits(inv, options, &issue->cap);
}

static int take_epoch(const struct store *store, const struct option_number *wanted,
		      u32 *ret_epoch)
{
	u32 epoch;
	int r;

	r = store_read_number(store, "epoch", &epoch);
	if (r < 0)
		return r;
	if (wanted->given && wanted->value < epoch)
		return report(-EINVAL, "Epoch %u is over: devices with the newest keystore refuse files below %u",
			      (u32)wanted->value, epoch);
	*ret_epoch = wanted->given ? wanted->value : epoch;
	return 0;
}

/* Numbers that only the directory knows; a blank file ends what was before it. */
static int complete(const struct store *store, const struct issue_options *options,
		    struct issue *issue)
{
	struct svcgate_capability *cap = &issue->cap;
	int r;

	r = device_load(store, options->device, &issue->device);
	if (!r)
		r = take_epoch(store, &options->epoch, &cap->epoch);
	if (!r)
		r = crypto_random(issue->serial, sizeof(issue->serial));
	if (!r && options->holder)
		r = certificate_read(options->holder, &issue->holder);
	if (!r && !cap->mask)
		r = device_next_generation(store, &issue->device);
	if (r < 0)
		return r;
	cap->serial = issue->serial;
	cap->device = issue->device.bytes;
	cap->device_length = issue->device.length;
	cap->generation = issue->device.generation;
	cap->holder = options->holder ? issue->holder.key_id : NULL;
	return 0;
}

static int remember(const struct store *store, const struct signer *signer,
		    const struct issue *issue)
{
	const struct svcgate_capability *cap = &issue->cap;
	struct issued issued = {
		.mask = cap->mask,
		.generation = cap->generation,
		.epoch = cap->epoch,
	};

	svcgate_hex_encode(cap->serial, SVCGATE_SERIAL_SIZE, issued.serial);
	svcgate_hex_encode(signer->certificate.key_id, SVCGATE_KEY_ID_SIZE, issued.key_id);
	strcpy(issued.device, issue->device.id);
	if (cap->label_length)
		memcpy(issued.label, cap->label, cap->label_length);
	return issued_save(store, &issued);
}

/* Remembered before it is written: a file that nobody knows cannot be revoked. */
static int write_capability(const struct store *store, const struct signer *signer,
			    const struct issue *issue, const char *path)
{
	u8 content[SVCGATE_CAPABILITY_MAX], file[FILE_MAX];
	size_t content_length, length;
	int r;

	r = svcgate_capability_build(&issue->cap, content, sizeof(content),
				     &content_length);
	if (r < 0)
		return report(r, "The capability file is too long");
	r = sign_file(signer, SVCGATE_KIND_CAPABILITY, content, content_length, file,
		      &length);
	if (!r)
		r = remember(store, signer, issue);
	if (!r)
		r = file_write(path, file, length);
	return r;
}

int cmd_capability_issue(struct invocation *inv)
{
	struct issue_options options = { };
	char key[KEY_NAME_SIZE];
	struct issue issue = { };
	struct signer signer;
	struct output out;
	struct store store;
	int r;

	read_options(inv, &options, &issue);
	r = store_open(inv->dir, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	r = options.key ? 0 : keyset_signer(&store, SVCGATE_PURPOSE_CAPABILITY, key);
	if (!r)
		r = key_load(&store, options.key ?: key, &signer);
	if (r < 0)
		goto out_close;
	r = complete(&store, &options, &issue);
	if (!r)
		r = write_capability(&store, &signer, &issue, options.output_file);
	signer_free(&signer);
out_close:
	store_close(&store);
	certificate_free(&issue.holder);
	if (r < 0)
		return r;

	output_begin(&out, inv->json);
	output_text(&out, "file", "File", options.output_file);
	output_hex(&out, "serial", "Serial", issue.serial, sizeof(issue.serial));
	output_text(&out, "deviceId", "Device ID", issue.device.id);
	output_capabilities(&out, "capabilities", "Capabilities", issue.cap.mask);
	output_number(&out, "generation", "Generation", issue.cap.generation);
	output_number(&out, "epoch", "Epoch", issue.cap.epoch);
	output_end(&out);
	return SVCGATE_EXIT_DONE;
}
