/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our readers found in a vector's bytes, in the words of its .json.
 */
#ifndef _SVCGATE_TESTS_CONTRACTS_TOLD_H
#define _SVCGATE_TESTS_CONTRACTS_TOLD_H

#include <endian.h>
#include <openssl/evp.h>

#include "content.h"
#include "contracts_vectors.h"
#include "frame.h"
#include "reason.h"

static int sha256(void *context, const void *data, size_t length, u8 ret[32])
{
	return EVP_Digest(data, length, ret, NULL, EVP_sha256(), NULL) == 1 ? 0 : -EIO;
}

static void told_digest(struct told *t, const char *key, const u8 *data, size_t length)
{
	u8 digest[32];

	if (sha256(NULL, data, length, digest))
		abort();
	told_hex(t, key, digest, sizeof(digest));
}

static void told_reason(struct told *t, enum svcgate_reason reason, u16 detail)
{
	told_text(t, "reason", "%s", svcgate_reason_name(reason));
	told_number(t, "reason_number", reason);
	told_number(t, "detail", detail);
}

static void told_ack(struct told *t, const u8 *data, size_t length)
{
	char key[32];
	size_t i;

	if (!length)
		return;
	told_number(t, "ack_window", svcgate_get_le32(data) & ~SVCGATE_ACK_COMPLETE);
	told_text(t, "ack_complete", "%s",
		  svcgate_get_le32(data) & SVCGATE_ACK_COMPLETE ? "true" : "false");
	data += sizeof(struct svcgate_ack);
	length -= sizeof(struct svcgate_ack);
	told_number(t, "range_count", length / 8);
	for (i = 0; i < length / 8; i++) {
		snprintf(key, sizeof(key), "range%zu_start", i);
		told_number(t, key, svcgate_get_le32(data + 8 * i));
		snprintf(key, sizeof(key), "range%zu_end", i);
		told_number(t, key, svcgate_get_le32(data + 8 * i + 4));
	}
}

static void told_welcome(struct told *t, const struct svcgate_welcome *w)
{
	told_number(t, "welcome_version", w->version);
	told_number(t, "welcome_flags", w->flags);
	told_number(t, "welcome_transactions_max", le16toh(w->transactions_max));
	told_number(t, "welcome_message_max", le32toh(w->message_max));
	told_number(t, "welcome_frame_max", le16toh(w->frame_max));
	told_number(t, "welcome_silence_ms", le16toh(w->silence_ms));
	told_number(t, "welcome_output_bound", le32toh(w->output_bound));
	told_u64(t, "welcome_session", le64toh(w->session));
	told_hex(t, "welcome_nonce", w->nonce, sizeof(w->nonce));
}

static void told_body(struct told *t, const u8 *body, size_t length)
{
	const struct svcgate_frame *frame = (const void *)body;
	const struct svcgate_hello *hello = (const void *)(frame + 1);
	const struct svcgate_close *end = (const void *)(frame + 1);
	const u8 *data = body + sizeof(*frame);

	told_hex(t, "body", body, length);
	if (length < sizeof(*frame))
		return;
	length -= sizeof(*frame);
	told_number(t, "wire_version", frame->kind >> 4);
	told_number(t, "frame_kind", frame->kind & 15);
	told_number(t, "flags", frame->flags);
	told_number(t, "transaction", le16toh(frame->transaction));
	told_number(t, "offset", le32toh(frame->offset));
	told_u64(t, "session", le64toh(frame->session));
	told_number(t, "data_length", length);
	switch (frame->kind & 15) {
	case SVCGATE_FRAME_HELLO:
		if (length != sizeof(*hello))
			return;
		told_number(t, "hello_lowest", hello->lowest);
		told_number(t, "hello_highest", hello->highest);
		told_number(t, "hello_frame_max", le16toh(hello->frame_max));
		return;
	case SVCGATE_FRAME_WELCOME:
		if (length == sizeof(struct svcgate_welcome))
			told_welcome(t, (const void *)data);
		return;
	case SVCGATE_FRAME_ACK:
		if (svcgate_frame_ack_fits(length))
			told_ack(t, data, length);
		return;
	case SVCGATE_FRAME_CLOSE:
		if (length != sizeof(*end))
			return;
		told_number(t, "close_reason", le16toh(end->reason));
		told_number(t, "close_total", le32toh(end->total));
	}
}

static void told_capability(struct told *t, const struct svcgate_capability *c)
{
	told_hex(t, "serial", c->serial, SVCGATE_SERIAL_SIZE);
	told_hex(t, "device", c->device, c->device_length);
	told_u64(t, "mask", c->mask);
	told_number(t, "generation", c->generation);
	told_number(t, "epoch", c->epoch);
	if (c->has & 1 << 6)
		told_number(t, "capability_flags", c->flags);
	if (c->has & 1 << 7)
		told_number(t, "states", c->states);
	if (c->challenge)
		told_hex(t, "challenge", c->challenge, SVCGATE_NONCE_SIZE);
	if (c->has & 1 << 9)
		told_number(t, "lease", c->lease);
	if (c->holder)
		told_hex(t, "holder", c->holder, SVCGATE_SHA256_SIZE);
	if (c->has & 1 << 11)
		told_u64(t, "not_before", c->not_before);
	if (c->has & 1 << 12)
		told_u64(t, "not_after", c->not_after);
	if (c->label)
		told_hex(t, "label", c->label, c->label_length);
}

static void told_keystore(struct told *t, const struct svcgate_keystore_content *k)
{
	const u8 *last = k->revoked + 20 * (k->revoked_count - 1), *floor = k->floors;
	unsigned int i;
	char key[32];

	told_number(t, "version", k->version);
	told_hex(t, "audience", k->audience, SVCGATE_AUDIENCE_SIZE);
	told_number(t, "epoch", k->epoch);
	told_number(t, "key_count", k->key_count);
	told_number(t, "revoked_count", k->revoked_count);
	told_number(t, "floor_count", k->floor_count);
	for (i = 0; i < k->key_count; i++) {
		snprintf(key, sizeof(key), "key%u_purpose", i);
		told_number(t, key, k->keys[i].purpose);
		snprintf(key, sizeof(key), "key%u_mask", i);
		told_u64(t, key, k->keys[i].mask);
		snprintf(key, sizeof(key), "key%u_id", i);
		told_digest(t, key, k->keys[i].certificate, k->keys[i].certificate_length);
	}
	if (k->revoked_count) {
		told_hex(t, "revoked_first", k->revoked + 4, SVCGATE_SERIAL_SIZE);
		told_hex(t, "revoked_last", last + 4, SVCGATE_SERIAL_SIZE);
	}
	for (i = 0; i < k->floor_count && i < 2; i++, floor += 28) {
		snprintf(key, sizeof(key), "floor%u_component", i);
		told_hex(t, key, floor + 4, SVCGATE_UUID_SIZE);
		snprintf(key, sizeof(key), "floor%u_version", i);
		told_u64(t, key, svcgate_keystore_floor(k, floor + 4));
	}
}

static void told_manifest(struct told *t, const struct svcgate_manifest *m)
{
	told_number(t, "image_type", m->type);
	told_hex(t, "component", m->component, SVCGATE_UUID_SIZE);
	told_hex(t, "image", m->image, SVCGATE_UUID_SIZE);
	told_hex(t, "name", m->name, m->name_length);
	told_u64(t, "version", m->version);
	told_number(t, "manifest_flags", m->flags);
	told_u64(t, "size", m->size);
	told_hex(t, "sha256", m->sha256, SVCGATE_SHA256_SIZE);
}

static void told_delegation(struct told *t, const struct svcgate_delegation *d)
{
	const u8 *device = d->devices;
	unsigned int i;
	char key[32];

	told_digest(t, "certificate_id", d->certificate, d->certificate_length);
	told_u64(t, "mask", d->mask);
	told_number(t, "device_count", d->device_count);
	told_number(t, "lease", d->lease);
	told_number(t, "generation", d->generation);
	told_number(t, "epoch", d->epoch);
	for (i = 0; i < d->device_count && i < 2; i++) {
		snprintf(key, sizeof(key), "device%u", i);
		told_hex(t, key, device + 4, svcgate_get_le16(device + 2));
		device += 4 + svcgate_get_le16(device + 2);
	}
}

static enum svcgate_reason told_content(struct told *t, u8 kind, const u8 *content,
					size_t length, u16 *detail)
{
	struct svcgate_keystore_content keystore;
	struct svcgate_capability capability;
	struct svcgate_delegation delegation;
	struct svcgate_manifest manifest;
	enum svcgate_reason reason = SVCGATE_REASON_KIND;

	switch (kind) {
	case SVCGATE_KIND_CAPABILITY:
		reason = svcgate_capability_parse(content, length, &capability, detail);
		if (!reason)
			told_capability(t, &capability);
		break;
	case SVCGATE_KIND_KEYSTORE:
		reason = svcgate_keystore_parse(content, length, &keystore, detail);
		if (!reason)
			told_keystore(t, &keystore);
		break;
	case SVCGATE_KIND_MANIFEST:
		reason = svcgate_manifest_parse(content, length, &manifest, detail);
		if (!reason)
			told_manifest(t, &manifest);
		break;
	case SVCGATE_KIND_DELEGATION:
		reason = svcgate_delegation_parse(content, length, &delegation, detail);
		if (!reason)
			told_delegation(t, &delegation);
	}
	return reason;
}

#endif /* _SVCGATE_TESTS_CONTRACTS_TOLD_H */
