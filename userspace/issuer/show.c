// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Showing what a parsed content says.
 */
#include "crypto.h"
#include "names.h"
#include "show.h"

#define HAS(cap, field)	((cap)->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_##field))

static void show_limits(struct output *out, const struct svcgate_capability *cap)
{
	if (HAS(cap, STATES))
		output_states(out, "states", "Only in states", cap->states);
	if (HAS(cap, CHALLENGE))
		output_hex(out, "challenge", "Challenge", cap->challenge,
			   SVCGATE_NONCE_SIZE);
	if (HAS(cap, LEASE))
		output_number(out, "leaseSeconds", "Lease, seconds", cap->lease);
	if (HAS(cap, HOLDER))
		output_hex(out, "holder", "Holder", cap->holder, SVCGATE_SHA256_SIZE);
	if (HAS(cap, NOT_BEFORE))
		output_number(out, "notBefore", "Not before", cap->not_before);
	if (HAS(cap, NOT_AFTER))
		output_number(out, "notAfter", "Not after", cap->not_after);
	if (HAS(cap, LABEL))
		output_bytes(out, "label", "Label", cap->label, cap->label_length);
}

/**
 * show_capability() - show a capability
 * @out: where
 * @cap: what
 */
void show_capability(struct output *out, const struct svcgate_capability *cap)
{
	output_hex(out, "serial", "Serial", cap->serial, SVCGATE_SERIAL_SIZE);
	output_hex(out, "deviceId", "Device ID", cap->device, cap->device_length);
	output_capabilities(out, "capabilities", "Capabilities", cap->mask);
	output_number(out, "generation", "Generation", cap->generation);
	output_number(out, "epoch", "Epoch", cap->epoch);
	output_bool(out, "mayBeSideloaded", "May be sideloaded",
		    !(cap->flags & SVCGATE_CAPABILITY_NO_SIDELOAD));
	show_limits(out, cap);
}

static int show_certificate(struct output *out, const u8 *der, size_t length)
{
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	int r;

	r = crypto_sha256(NULL, der, length, key_id);
	if (r < 0)
		return r;
	output_hex(out, "keyId", "Key ID", key_id, sizeof(key_id));
	output_number(out, "certificateLength", "Certificate, bytes", length);
	return 0;
}

static int show_keys(struct output *out, const struct svcgate_keystore_content *keystore)
{
	unsigned int i;
	int r = 0;

	output_open_list(out, "keys");
	for (i = 0; i < keystore->key_count && !r; i++) {
		const struct svcgate_keystore_entry *key = &keystore->keys[i];

		output_open(out, NULL, "Key");
		output_text(out, "purpose", "Purpose", svcgate_purpose_name(key->purpose));
		if (key->purpose == SVCGATE_PURPOSE_CAPABILITY)
			output_capabilities(out, "mayGrant", "May grant", key->mask);
		r = show_certificate(out, key->certificate, key->certificate_length);
		output_close(out);
	}
	output_close_list(out);
	return r;
}

/**
 * show_keystore() - show a keystore
 * @out: where
 * @keystore: what
 *
 * Return: 0 or a negative errno, already said.
 */
int show_keystore(struct output *out, const struct svcgate_keystore_content *keystore)
{
	const u8 *field;
	unsigned int i;
	int r;

	output_number(out, "version", "Version", keystore->version);
	output_hex(out, "audience", "Audience", keystore->audience,
		   SVCGATE_AUDIENCE_SIZE);
	output_number(out, "epoch", "Epoch", keystore->epoch);
	r = show_keys(out, keystore);
	if (r < 0)
		return r;

	output_open_list(out, "revoked");
	field = keystore->revoked;
	for (i = 0; i < keystore->revoked_count; i++) {
		output_hex(out, NULL, "Revoked", field + sizeof(struct svcgate_field),
			   SVCGATE_SERIAL_SIZE);
		field += sizeof(struct svcgate_field) + SVCGATE_SERIAL_SIZE;
	}
	output_close_list(out);

	output_open_list(out, "floors");
	field = keystore->floors;
	for (i = 0; i < keystore->floor_count; i++) {
		field += sizeof(struct svcgate_field);
		output_open(out, NULL, "Component floor");
		output_uuid(out, "componentId", "Component ID", field);
		output_number(out, "version", "Lowest version",
			      svcgate_get_le64(field + SVCGATE_UUID_SIZE));
		output_close(out);
		field += SVCGATE_UUID_SIZE + 8;
	}
	output_close_list(out);
	return 0;
}

/**
 * show_manifest() - show an image manifest
 * @out: where
 * @manifest: what
 */
void show_manifest(struct output *out, const struct svcgate_manifest *manifest)
{
	output_text(out, "imageType", "Image type",
		    svcgate_image_type_name(manifest->type));
	output_uuid(out, "componentId", "Component ID", manifest->component);
	output_uuid(out, "imageId", "Image ID", manifest->image);
	output_bytes(out, "name", "Name", manifest->name, manifest->name_length);
	output_number(out, "version", "Version", manifest->version);
	output_bool(out, "temporary", "Temporary",
		    manifest->flags & SVCGATE_IMAGE_TEMPORARY);
	output_bool(out, "removeAtBoot", "Remove at boot",
		    manifest->flags & SVCGATE_IMAGE_REMOVE_AT_BOOT);
	output_number(out, "size", "Payload bytes", manifest->size);
	output_hex(out, "sha256", "Payload SHA-256", manifest->sha256,
		   SVCGATE_SHA256_SIZE);
}

/**
 * show_delegation() - show a delegation
 * @out: where
 * @delegation: what
 *
 * Return: 0 or a negative errno, already said.
 */
int show_delegation(struct output *out, const struct svcgate_delegation *delegation)
{
	const u8 *field = delegation->devices;
	unsigned int i;
	u16 length;
	int r;

	r = show_certificate(out, delegation->certificate,
			     delegation->certificate_length);
	if (r < 0)
		return r;
	output_capabilities(out, "mayGrant", "May grant", delegation->mask);
	output_number(out, "longestLeaseSeconds", "Longest lease, s",
		      delegation->lease);
	output_number(out, "generation", "Generation", delegation->generation);
	output_number(out, "epoch", "Epoch", delegation->epoch);
	output_open_list(out, "deviceIds");
	for (i = 0; i < delegation->device_count; i++) {
		length = svcgate_get_le16(field + 2);
		field += sizeof(struct svcgate_field);
		output_hex(out, NULL, "Device ID", field, length);
		field += length;
	}
	output_close_list(out);
	return 0;
}
