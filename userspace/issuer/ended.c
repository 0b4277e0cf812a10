// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which capability files a keystore ends: those that the one before let live.
 */
#include <errno.h>
#include <stdlib.h>

#include "keystore.h"

/**
 * struct trust - what a keystore says about capability files
 * @epoch: lowest one
 * @count: its capability keys
 * @key_ids: of these
 * @masks: what they may grant
 */
struct trust {
	u32 epoch;
	unsigned int count;
	char key_ids[SVCGATE_KEYS_MAX][SVCGATE_HEX_SIZE(SVCGATE_KEY_ID_SIZE)];
	u64 masks[SVCGATE_KEYS_MAX];
};

/**
 * struct ended - the walk over issued files
 * @out: where the ended ones are shown
 * @last_content: keystore before
 * @last: what it says
 * @next: what the new one says
 * @revoked: serials on the new one
 * @first_key: id of the key that signed before keys were written down
 */
struct ended {
	struct output *out;
	struct svcgate_keystore_content last_content;
	struct trust last;
	struct trust next;
	const struct revoked *revoked;
	char first_key[SVCGATE_HEX_SIZE(SVCGATE_KEY_ID_SIZE)];
};

static int take_trust(const struct svcgate_keystore_entry *keys, unsigned int count,
		      u32 epoch, struct trust *trust)
{
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	unsigned int i;
	int r;

	trust->epoch = epoch;
	trust->count = 0;
	for (i = 0; i < count; i++) {
		if (keys[i].purpose != SVCGATE_PURPOSE_CAPABILITY)
			continue;
		r = crypto_sha256(NULL, keys[i].certificate, keys[i].certificate_length,
				  key_id);
		if (r < 0)
			return r;
		svcgate_hex_encode(key_id, sizeof(key_id), trust->key_ids[trust->count]);
		trust->masks[trust->count++] = keys[i].mask;
	}
	return 0;
}

static enum svcgate_reason judge(const struct trust *trust, const struct issued *issued,
				 const char *key_id, bool is_revoked)
{
	unsigned int i;

	for (i = 0; i < trust->count; i++)
		if (!strcmp(trust->key_ids[i], key_id))
			break;
	if (i == trust->count)
		return SVCGATE_REASON_UNKNOWN_KEY;
	if (issued->mask & ~trust->masks[i])
		return SVCGATE_REASON_GRANT;
	if (issued->epoch < trust->epoch)
		return SVCGATE_REASON_EPOCH;
	return is_revoked ? SVCGATE_REASON_REVOKED : SVCGATE_REASON_DONE;
}

static void show_one(struct ended *ended, const struct issued *issued,
		     enum svcgate_reason reason)
{
	struct output *out = ended->out;

	output_open(out, NULL, "Ends a capability file");
	output_text(out, "serial", "Serial", issued->serial);
	output_text(out, "deviceId", "Device ID", issued->device);
	output_capabilities(out, "capabilities", "Capabilities", issued->mask);
	if (*issued->label)
		output_text(out, "label", "Label", issued->label);
	output_text(out, "reason", "Because of", svcgate_reason_name(reason));
	output_close(out);
}

static int look_at(const struct issued *issued, void *context)
{
	struct ended *ended = context;
	const char *key_id = *issued->key_id ? issued->key_id : ended->first_key;
	u8 serial[SVCGATE_SERIAL_SIZE];
	enum svcgate_reason reason;
	int r;

	r = serial_parse(issued->serial, serial);
	if (r < 0)
		return r;
	if (judge(&ended->last, issued, key_id,
		  svcgate_keystore_revokes(&ended->last_content, serial)))
		return 0;
	reason = judge(&ended->next, issued, key_id, revoked_has(ended->revoked, serial));
	if (reason)
		show_one(ended, issued, reason);
	return 0;
}

/* Files that were issued before keys were written down have the first one. */
static int take_first_key(const struct store *store, struct ended *ended)
{
	struct certificate certificate;
	int r;

	r = key_certificate(store, KEY_CAPABILITY, &certificate);
	if (r < 0)
		return r;
	svcgate_hex_encode(certificate.key_id, sizeof(certificate.key_id),
			   ended->first_key);
	certificate_free(&certificate);
	return 0;
}

/**
 * keystore_show_ended() - show the capability files that a keystore ends
 * @store: the directory
 * @out: where
 * @build: the keystore, and the one before it
 *
 * Return: 0 or a negative errno, already said.
 */
int keystore_show_ended(const struct store *store, struct output *out,
			const struct keystore_build *build)
{
	struct ended ended = { .out = out, .revoked = &build->revoked };
	int r;

	output_open_list(out, "ended");
	r = keystore_parse_last(build, &ended.last_content);
	if (r > 0) {
		r = take_first_key(store, &ended);
		if (!r)
			r = take_trust(ended.last_content.keys,
				       ended.last_content.key_count,
				       ended.last_content.epoch, &ended.last);
		if (!r)
			r = take_trust(build->keys, build->plan.key_count,
				       build->plan.epoch, &ended.next);
		if (!r)
			r = issued_each(store, look_at, &ended);
	}
	output_close_list(out);
	return r;
}
