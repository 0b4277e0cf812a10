// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Contents of all kinds: a whole file, as it came, or any bytes as the content
 * of each kind. What a parser says lies inside of what it was given.
 */
#include "blob.h"
#include "content.h"
#include "fuzz.h"

static void capability(const u8 *c, size_t length)
{
	struct svcgate_capability cap;
	u16 detail = 0;

	if (svcgate_capability_parse(c, length, &cap, &detail)) {
		MUST(detail < SVCGATE_FIELD_CRITICAL);
		return;
	}
	MUST(within(cap.serial, SVCGATE_SERIAL_SIZE, c, length));
	MUST(within(cap.device, cap.device_length, c, length));
	MUST(cap.device_length >= SVCGATE_DEVICE_ID_MIN);
	MUST(cap.device_length <= SVCGATE_DEVICE_ID_MAX);
	MUST(cap.states && cap.states < 8);
	MUST(!cap.challenge || within(cap.challenge, SVCGATE_NONCE_SIZE, c, length));
	MUST(!cap.holder || within(cap.holder, SVCGATE_SHA256_SIZE, c, length));
	MUST(!cap.label || within(cap.label, cap.label_length, c, length));
	MUST(cap.label_length <= SVCGATE_LABEL_MAX);
	MUST(!memchr(cap.label ? (const void *)cap.label : "", 0x1b, cap.label_length));
	/* What belongs to one use can never be stored. */
	MUST(!cap.lease || cap.challenge);
	if (cap.challenge || cap.holder)
		MUST(cap.flags & SVCGATE_CAPABILITY_NO_SIDELOAD);
	if (cap.challenge || cap.holder || cap.lease || cap.not_before || cap.not_after)
		MUST(svcgate_capability_enforceable(&cap, &detail));
}

static void keystore(const u8 *c, size_t length)
{
	struct svcgate_keystore_content ks;
	unsigned int i;
	u16 detail = 0;

	if (svcgate_keystore_parse(c, length, &ks, &detail)) {
		MUST(detail < SVCGATE_FIELD_CRITICAL);
		return;
	}
	MUST(ks.version);
	MUST(within(ks.audience, SVCGATE_AUDIENCE_SIZE, c, length));
	MUST(ks.key_count >= 1 && ks.key_count <= SVCGATE_KEYS_MAX);
	for (i = 0; i < ks.key_count; i++) {
		MUST(within(ks.keys[i].certificate, ks.keys[i].certificate_length, c,
			    length));
		MUST(ks.keys[i].certificate_length >= 1);
		MUST(ks.keys[i].certificate_length <= SVCGATE_CERTIFICATE_MAX);
	}
	MUST(ks.revoked_count <= SVCGATE_REVOKED_MAX);
	MUST(ks.floor_count <= SVCGATE_FLOORS_MAX);
	/* These read every field; the first one is found. */
	for (i = 0; i < ks.revoked_count; i++)
		MUST(svcgate_keystore_revokes(&ks, ks.revoked + 20 * i + 4));
	svcgate_keystore_revokes(&ks, ks.audience);
	for (i = 0; i < ks.floor_count; i++)
		MUST(svcgate_keystore_floor(&ks, ks.floors + 28 * i + 4) ==
		     svcgate_get_le64(ks.floors + 28 * i + 20));
	svcgate_keystore_floor(&ks, ks.audience);
}

static void manifest(const u8 *c, size_t length)
{
	struct svcgate_manifest m;
	u16 detail = 0;

	if (svcgate_manifest_parse(c, length, &m, &detail)) {
		MUST(detail < SVCGATE_FIELD_CRITICAL);
		return;
	}
	MUST(m.type == SVCGATE_IMAGE_APPLICATION || m.type == SVCGATE_IMAGE_SYSTEM);
	MUST(within(m.component, SVCGATE_UUID_SIZE, c, length));
	MUST(within(m.image, SVCGATE_UUID_SIZE, c, length));
	MUST(within(m.sha256, SVCGATE_SHA256_SIZE, c, length));
	MUST(within(m.name, m.name_length, c, length));
	MUST(m.name_length >= 1 && m.name_length <= SVCGATE_NAME_MAX);
	MUST(!memchr(m.name, 0x1b, m.name_length));
	MUST(m.flags <= 3);
}

static void delegation(const u8 *c, size_t length)
{
	const u8 *device;
	struct svcgate_delegation d;
	unsigned int i;
	u16 detail = 0, n;

	if (svcgate_delegation_parse(c, length, &d, &detail)) {
		MUST(detail < SVCGATE_FIELD_CRITICAL);
		return;
	}
	MUST(within(d.certificate, d.certificate_length, c, length));
	MUST(d.lease);
	MUST(d.device_count >= 1 && d.device_count <= SVCGATE_DELEGATION_DEVICES_MAX);
	for (device = d.devices, i = 0; i < d.device_count; i++, device += 4 + n) {
		MUST(within(device, 4, c, length));
		n = svcgate_get_le16(device + 2);
		MUST(n >= SVCGATE_DEVICE_ID_MIN && n <= SVCGATE_DEVICE_ID_MAX);
		MUST(within(device + 4, n, c, length));
	}
}

static void (*const parse[])(const u8 *, size_t) = {
	[SVCGATE_KIND_CAPABILITY] = capability,
	[SVCGATE_KIND_KEYSTORE] = keystore,
	[SVCGATE_KIND_MANIFEST] = manifest,
	[SVCGATE_KIND_DELEGATION] = delegation,
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct svcgate_blob blob;
	unsigned int kind;
	u16 detail;
	u8 *c;

	for (kind = 1; kind < ARRAY_SIZE(parse); kind++) {
		parse[kind](data, size);
		if (svcgate_blob_parse(data, size, kind, &blob, &detail))
			continue;
		c = exact_copy(blob.content, blob.content_length);
		parse[kind](c, blob.content_length);
		free(c);
	}
	return 0;
}
