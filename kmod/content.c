// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * What a verified envelope contains. Pure.
 *
 * One walker bounds every field of every kind by a table; what is left to the
 * kinds is what a table cannot say.
 */
#include "content.h"

#define FIELD_HEADER	sizeof(struct svcgate_field)
#define NUMBER(type)	((type) & ~SVCGATE_FIELD_CRITICAL)
#define HAS(type)	(1U << NUMBER(type))

enum spec_flag {
	MANDATORY = 1,
};

/* One known field: its type, bounds of its value, how often it may be there. */
struct spec {
	u16 type;
	u16 shortest;
	u16 longest;
	u16 most;
	u16 flags;
};

/* What the walker saw of a known field: its first value, and how many. */
struct seen {
	const u8 *value;
	u16 length;
	u16 count;
};

#define ONE(t, bytes, f) \
	{ .type = (t), .shortest = (bytes), .longest = (bytes), .most = 1, .flags = (f) }
#define RANGE(t, low, high, n, f) \
	{ .type = (t), .shortest = (low), .longest = (high), .most = (n), .flags = (f) }

static int find_spec(const struct spec *specs, unsigned int count, u16 number)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (NUMBER(specs[i].type) == number)
			return i;
	return -1;
}

static enum svcgate_reason see(const struct spec *spec, struct seen *seen, u16 type,
			       const u8 *value, u16 length)
{
	if (type != spec->type || length < spec->shortest || length > spec->longest)
		return SVCGATE_REASON_FIELD_VALUE;
	if (seen->count >= spec->most)
		return spec->most > 1 ? SVCGATE_REASON_FIELD_VALUE :
					SVCGATE_REASON_FIELD_ORDER;
	if (!seen->count) {
		seen->value = value;
		seen->length = length;
	}
	seen->count++;
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason walk(const u8 *content, size_t length,
				const struct spec *specs, unsigned int spec_count,
				struct seen *seen, u16 *ret_detail)
{
	enum svcgate_reason reason;
	u16 type, value_length, last = 0;
	unsigned int i;
	int at;

	while (length) {
		*ret_detail = last;
		if (length < FIELD_HEADER)
			return SVCGATE_REASON_CONTENT;
		type = svcgate_get_le16(content);
		value_length = svcgate_get_le16(content + 2);
		content += FIELD_HEADER;
		length -= FIELD_HEADER;

		*ret_detail = NUMBER(type);
		if (value_length > length)
			return SVCGATE_REASON_CONTENT;
		at = find_spec(specs, spec_count, NUMBER(type));
		if (NUMBER(type) < last || !NUMBER(type) ||
		    (NUMBER(type) == last && at < 0))
			return SVCGATE_REASON_FIELD_ORDER;
		if (at < 0 && (type & SVCGATE_FIELD_CRITICAL))
			return SVCGATE_REASON_FIELD_UNKNOWN;
		if (at >= 0) {
			reason = see(&specs[at], &seen[at], type, content, value_length);
			if (reason)
				return reason;
		}
		last = NUMBER(type);
		content += value_length;
		length -= value_length;
	}

	for (i = 0; i < spec_count; i++) {
		*ret_detail = NUMBER(specs[i].type);
		if ((specs[i].flags & MANDATORY) && !seen[i].count)
			return SVCGATE_REASON_FIELD_MISSING;
	}
	*ret_detail = 0;
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason bad_value(u16 type, u16 *ret_detail)
{
	*ret_detail = NUMBER(type);
	return SVCGATE_REASON_FIELD_VALUE;
}

/* Bytes of one UTF-8 character that a terminal may print, 0 if there is none. */
static size_t printable(const u8 *s, size_t length)
{
	static const u32 lowest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 :
		   s[0] < 0xf0 ? 3 : s[0] < 0xf8 ? 4 : 0;
	u32 c;
	size_t i;

	if (!n || n > length)
		return 0;
	c = n == 1 ? s[0] : s[0] & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < lowest[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return 0;
	return n;
}

/**
 * svcgate_text_valid() - may this text be shown to people?
 * @text: the text; NULL when @length is 0
 * @length: its bytes
 *
 * Return: true if it is UTF-8 without control characters.
 */
bool svcgate_text_valid(const u8 *text, size_t length)
{
	size_t at = 0, n;

	while (at < length) {
		n = printable(text + at, length - at);
		if (!n)
			return false;
		at += n;
	}
	return true;
}

static bool is_text(const struct seen *seen)
{
	return svcgate_text_valid(seen->value, seen->length);
}

/* Repeated fields stand in a row, so the next one begins where this one ends. */
static const u8 *next_value(const u8 *value, u16 length, u16 *ret_length)
{
	*ret_length = svcgate_get_le16(value + length + 2);
	return value + length + FIELD_HEADER;
}

/* Are the first @key bytes of each of the repeated, equally long fields rising? */
static bool ascending(const struct seen *seen, size_t key)
{
	const u8 *value = seen->value;
	unsigned int i;

	for (i = 1; i < seen->count; i++) {
		if (memcmp(value, value + seen->length + FIELD_HEADER, key) >= 0)
			return false;
		value += seen->length + FIELD_HEADER;
	}
	return true;
}

enum {
	CAP_SERIAL, CAP_DEVICE, CAP_MASK, CAP_GENERATION, CAP_EPOCH, CAP_FLAGS,
	CAP_STATES, CAP_CHALLENGE, CAP_LEASE, CAP_HOLDER, CAP_NOT_BEFORE,
	CAP_NOT_AFTER, CAP_LABEL, CAP_COUNT
};

static const struct spec capability_specs[CAP_COUNT] = {
	[CAP_SERIAL] = ONE(SVCGATE_CAPABILITY_SERIAL, SVCGATE_SERIAL_SIZE, MANDATORY),
	[CAP_DEVICE] = RANGE(SVCGATE_CAPABILITY_DEVICE, SVCGATE_DEVICE_ID_MIN,
			     SVCGATE_DEVICE_ID_MAX, 1, MANDATORY),
	[CAP_MASK] = ONE(SVCGATE_CAPABILITY_MASK, 8, MANDATORY),
	[CAP_GENERATION] = ONE(SVCGATE_CAPABILITY_GENERATION, 4, MANDATORY),
	[CAP_EPOCH] = ONE(SVCGATE_CAPABILITY_EPOCH, 4, MANDATORY),
	[CAP_FLAGS] = ONE(SVCGATE_CAPABILITY_FLAGS, 4, 0),
	[CAP_STATES] = ONE(SVCGATE_CAPABILITY_STATES, 1, 0),
	[CAP_CHALLENGE] = ONE(SVCGATE_CAPABILITY_CHALLENGE, SVCGATE_NONCE_SIZE, 0),
	[CAP_LEASE] = ONE(SVCGATE_CAPABILITY_LEASE, 4, 0),
	[CAP_HOLDER] = ONE(SVCGATE_CAPABILITY_HOLDER, SVCGATE_SHA256_SIZE, 0),
	[CAP_NOT_BEFORE] = ONE(SVCGATE_CAPABILITY_NOT_BEFORE, 8, 0),
	[CAP_NOT_AFTER] = ONE(SVCGATE_CAPABILITY_NOT_AFTER, 8, 0),
	[CAP_LABEL] = RANGE(SVCGATE_CAPABILITY_LABEL, 1, SVCGATE_LABEL_MAX, 1, 0),
};

#define ALL_STATES	((1 << (SVCGATE_STATE_DEVICE_COMPLETE + 1)) - 1)

/* Challenge, lease and holder belong to one use; none of them can be stored. */
static enum svcgate_reason capability_limits(const struct svcgate_capability *cap,
					     u16 *ret_detail)
{
	if (cap->flags & ~SVCGATE_CAPABILITY_NO_SIDELOAD)
		return bad_value(SVCGATE_CAPABILITY_FLAGS, ret_detail);
	if (!cap->states || (cap->states & ~ALL_STATES))
		return bad_value(SVCGATE_CAPABILITY_STATES, ret_detail);
	if (cap->challenge && !(cap->flags & SVCGATE_CAPABILITY_NO_SIDELOAD))
		return bad_value(SVCGATE_CAPABILITY_CHALLENGE, ret_detail);
	if ((cap->has & HAS(SVCGATE_CAPABILITY_LEASE)) &&
	    (!cap->lease || !cap->challenge))
		return bad_value(SVCGATE_CAPABILITY_LEASE, ret_detail);
	if (cap->holder && !(cap->flags & SVCGATE_CAPABILITY_NO_SIDELOAD))
		return bad_value(SVCGATE_CAPABILITY_HOLDER, ret_detail);
	if ((cap->has & HAS(SVCGATE_CAPABILITY_NOT_AFTER)) &&
	    cap->not_after <= cap->not_before)
		return bad_value(SVCGATE_CAPABILITY_NOT_AFTER, ret_detail);
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_capability_parse() - content of kind capability
 * @content: verified content
 * @length: its bytes
 * @ret: what it says; points into @content
 * @ret_detail: field that the reason is about
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_capability_parse(const u8 *content, size_t length,
					     struct svcgate_capability *ret,
					     u16 *ret_detail)
{
	struct svcgate_capability cap = { .states = ALL_STATES };
	struct seen seen[CAP_COUNT] = { };
	enum svcgate_reason reason;
	unsigned int i;

	reason = walk(content, length, capability_specs, CAP_COUNT, seen, ret_detail);
	if (reason)
		return reason;

	for (i = 0; i < CAP_COUNT; i++)
		if (seen[i].count)
			cap.has |= HAS(capability_specs[i].type);
	cap.serial = seen[CAP_SERIAL].value;
	cap.device = seen[CAP_DEVICE].value;
	cap.device_length = seen[CAP_DEVICE].length;
	cap.mask = svcgate_get_le64(seen[CAP_MASK].value);
	cap.generation = svcgate_get_le32(seen[CAP_GENERATION].value);
	cap.epoch = svcgate_get_le32(seen[CAP_EPOCH].value);
	if (seen[CAP_FLAGS].count)
		cap.flags = svcgate_get_le32(seen[CAP_FLAGS].value);
	if (seen[CAP_STATES].count)
		cap.states = seen[CAP_STATES].value[0];
	cap.challenge = seen[CAP_CHALLENGE].value;
	if (seen[CAP_LEASE].count)
		cap.lease = svcgate_get_le32(seen[CAP_LEASE].value);
	cap.holder = seen[CAP_HOLDER].value;
	if (seen[CAP_NOT_BEFORE].count)
		cap.not_before = svcgate_get_le64(seen[CAP_NOT_BEFORE].value);
	if (seen[CAP_NOT_AFTER].count)
		cap.not_after = svcgate_get_le64(seen[CAP_NOT_AFTER].value);
	cap.label = seen[CAP_LABEL].value;
	cap.label_length = seen[CAP_LABEL].length;

	reason = capability_limits(&cap, ret_detail);
	if (reason)
		return reason;
	if (!is_text(&seen[CAP_LABEL]))
		return bad_value(SVCGATE_CAPABILITY_LABEL, ret_detail);
	*ret = cap;
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_capability_enforceable() - does this version enforce all its limits?
 * @cap: a parsed capability
 * @ret_detail: the first field that it does not enforce
 *
 * A limit that is not enforced would open more than its signer meant.
 *
 * Return: %SVCGATE_REASON_DONE or %SVCGATE_REASON_FIELD_NOT_ENFORCED.
 */
enum svcgate_reason svcgate_capability_enforceable(const struct svcgate_capability *cap,
						   u16 *ret_detail)
{
	static const u16 not_yet[] = {
		SVCGATE_CAPABILITY_CHALLENGE, SVCGATE_CAPABILITY_LEASE,
		SVCGATE_CAPABILITY_HOLDER, SVCGATE_CAPABILITY_NOT_BEFORE,
		SVCGATE_CAPABILITY_NOT_AFTER,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(not_yet); i++) {
		if (cap->has & HAS(not_yet[i])) {
			*ret_detail = NUMBER(not_yet[i]);
			return SVCGATE_REASON_FIELD_NOT_ENFORCED;
		}
	}
	return SVCGATE_REASON_DONE;
}

enum {
	KS_VERSION, KS_AUDIENCE, KS_EPOCH, KS_KEY, KS_REVOKED, KS_FLOOR, KS_COUNT
};

#define KEY_HEADER	9	/* purpose and mask */
#define FLOOR_SIZE	(SVCGATE_UUID_SIZE + 8)

static const struct spec keystore_specs[KS_COUNT] = {
	[KS_VERSION] = ONE(SVCGATE_KEYSTORE_VERSION, 4, MANDATORY),
	[KS_AUDIENCE] = ONE(SVCGATE_KEYSTORE_AUDIENCE, SVCGATE_AUDIENCE_SIZE, MANDATORY),
	[KS_EPOCH] = ONE(SVCGATE_KEYSTORE_EPOCH, 4, MANDATORY),
	[KS_KEY] = RANGE(SVCGATE_KEYSTORE_KEY, KEY_HEADER + 1,
			 KEY_HEADER + SVCGATE_CERTIFICATE_MAX, SVCGATE_KEYS_MAX,
			 MANDATORY),
	[KS_REVOKED] = RANGE(SVCGATE_KEYSTORE_REVOKED, SVCGATE_SERIAL_SIZE,
			     SVCGATE_SERIAL_SIZE, SVCGATE_REVOKED_MAX, 0),
	[KS_FLOOR] = RANGE(SVCGATE_KEYSTORE_FLOOR, FLOOR_SIZE, FLOOR_SIZE,
			   SVCGATE_FLOORS_MAX, 0),
};

static bool key_parse(const u8 *value, u16 length, struct svcgate_keystore_entry *ret)
{
	ret->purpose = value[0];
	ret->mask = svcgate_get_le64(value + 1);
	ret->certificate = value + KEY_HEADER;
	ret->certificate_length = length - KEY_HEADER;
	if (ret->purpose < SVCGATE_PURPOSE_CAPABILITY ||
	    ret->purpose > SVCGATE_PURPOSE_KEYSTORE)
		return false;
	return ret->purpose == SVCGATE_PURPOSE_CAPABILITY || !ret->mask;
}

/* The keys, into @keys; or, when it is NULL, only whether they are good. */
static bool keys_parse(const struct seen *seen, struct svcgate_keystore_entry *keys)
{
	struct svcgate_keystore_entry entry;
	const u8 *value = seen->value;
	u16 length = seen->length;
	unsigned int i;

	for (i = 0; i < seen->count; i++) {
		if (i)
			value = next_value(value, length, &length);
		if (!key_parse(value, length, keys ? &keys[i] : &entry))
			return false;
	}
	return true;
}

static enum svcgate_reason keystore_values(const struct seen *seen, u16 *ret_detail)
{
	if (!svcgate_get_le32(seen[KS_VERSION].value))
		return bad_value(SVCGATE_KEYSTORE_VERSION, ret_detail);
	if (!keys_parse(&seen[KS_KEY], NULL))
		return bad_value(SVCGATE_KEYSTORE_KEY, ret_detail);
	if (!ascending(&seen[KS_REVOKED], SVCGATE_SERIAL_SIZE))
		return bad_value(SVCGATE_KEYSTORE_REVOKED, ret_detail);
	if (!ascending(&seen[KS_FLOOR], SVCGATE_UUID_SIZE))
		return bad_value(SVCGATE_KEYSTORE_FLOOR, ret_detail);
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_keystore_parse() - content of kind keystore
 * @content: verified content
 * @length: its bytes
 * @ret: what it says; points into @content
 * @ret_detail: field that the reason is about
 *
 * The result is too large for another one on the stack, so that the keys are
 * judged first and then read again.
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_keystore_parse(const u8 *content, size_t length,
					   struct svcgate_keystore_content *ret,
					   u16 *ret_detail)
{
	struct seen seen[KS_COUNT] = { };
	enum svcgate_reason reason;

	reason = walk(content, length, keystore_specs, KS_COUNT, seen, ret_detail);
	if (reason)
		return reason;
	reason = keystore_values(seen, ret_detail);
	if (reason)
		return reason;

	ret->version = svcgate_get_le32(seen[KS_VERSION].value);
	ret->audience = seen[KS_AUDIENCE].value;
	ret->epoch = svcgate_get_le32(seen[KS_EPOCH].value);
	ret->key_count = seen[KS_KEY].count;
	keys_parse(&seen[KS_KEY], ret->keys);
	ret->revoked_count = seen[KS_REVOKED].count;
	ret->revoked = seen[KS_REVOKED].count ?
		       seen[KS_REVOKED].value - FIELD_HEADER : NULL;
	ret->floor_count = seen[KS_FLOOR].count;
	ret->floors = seen[KS_FLOOR].count ? seen[KS_FLOOR].value - FIELD_HEADER : NULL;
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_keystore_revokes() - is this serial revoked?
 * @keystore: a parsed keystore
 * @serial: %SVCGATE_SERIAL_SIZE bytes
 *
 * Return: true if it is.
 */
bool svcgate_keystore_revokes(const struct svcgate_keystore_content *keystore,
			      const u8 *serial)
{
	const u8 *field = keystore->revoked;
	unsigned int i;

	for (i = 0; i < keystore->revoked_count; i++) {
		if (!memcmp(field + FIELD_HEADER, serial, SVCGATE_SERIAL_SIZE))
			return true;
		field += FIELD_HEADER + SVCGATE_SERIAL_SIZE;
	}
	return false;
}

/**
 * svcgate_keystore_floor() - lowest version of a component
 * @keystore: a parsed keystore
 * @component: %SVCGATE_UUID_SIZE bytes
 *
 * Return: the version, 0 when the keystore demands none.
 */
u64 svcgate_keystore_floor(const struct svcgate_keystore_content *keystore,
			   const u8 *component)
{
	const u8 *field = keystore->floors;
	unsigned int i;

	for (i = 0; i < keystore->floor_count; i++) {
		if (!memcmp(field + FIELD_HEADER, component, SVCGATE_UUID_SIZE))
			return svcgate_get_le64(field + FIELD_HEADER + SVCGATE_UUID_SIZE);
		field += FIELD_HEADER + FLOOR_SIZE;
	}
	return 0;
}

enum {
	MF_TYPE, MF_COMPONENT, MF_IMAGE, MF_NAME, MF_VERSION, MF_FLAGS, MF_SIZE,
	MF_SHA256, MF_COUNT
};

static const struct spec manifest_specs[MF_COUNT] = {
	[MF_TYPE] = ONE(SVCGATE_MANIFEST_TYPE, 2, MANDATORY),
	[MF_COMPONENT] = ONE(SVCGATE_MANIFEST_COMPONENT, SVCGATE_UUID_SIZE, MANDATORY),
	[MF_IMAGE] = ONE(SVCGATE_MANIFEST_IMAGE, SVCGATE_UUID_SIZE, MANDATORY),
	[MF_NAME] = RANGE(SVCGATE_MANIFEST_NAME, 1, SVCGATE_NAME_MAX, 1, MANDATORY),
	[MF_VERSION] = ONE(SVCGATE_MANIFEST_VERSION, 8, MANDATORY),
	[MF_FLAGS] = ONE(SVCGATE_MANIFEST_FLAGS, 4, MANDATORY),
	[MF_SIZE] = ONE(SVCGATE_MANIFEST_SIZE, 8, MANDATORY),
	[MF_SHA256] = ONE(SVCGATE_MANIFEST_SHA256, SVCGATE_SHA256_SIZE, MANDATORY),
};

#define MANIFEST_FLAGS	(SVCGATE_IMAGE_TEMPORARY | SVCGATE_IMAGE_REMOVE_AT_BOOT)

/**
 * svcgate_manifest_parse() - content of kind manifest
 * @content: verified content
 * @length: its bytes
 * @ret: what it says; points into @content
 * @ret_detail: field that the reason is about
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_manifest_parse(const u8 *content, size_t length,
					   struct svcgate_manifest *ret,
					   u16 *ret_detail)
{
	struct svcgate_manifest manifest;
	struct seen seen[MF_COUNT] = { };
	enum svcgate_reason reason;

	reason = walk(content, length, manifest_specs, MF_COUNT, seen, ret_detail);
	if (reason)
		return reason;

	manifest.type = svcgate_get_le16(seen[MF_TYPE].value);
	manifest.component = seen[MF_COMPONENT].value;
	manifest.image = seen[MF_IMAGE].value;
	manifest.name = seen[MF_NAME].value;
	manifest.name_length = seen[MF_NAME].length;
	manifest.version = svcgate_get_le64(seen[MF_VERSION].value);
	manifest.flags = svcgate_get_le32(seen[MF_FLAGS].value);
	manifest.size = svcgate_get_le64(seen[MF_SIZE].value);
	manifest.sha256 = seen[MF_SHA256].value;

	if (manifest.type < SVCGATE_IMAGE_APPLICATION ||
	    manifest.type > SVCGATE_IMAGE_SYSTEM)
		return bad_value(SVCGATE_MANIFEST_TYPE, ret_detail);
	if (!is_text(&seen[MF_NAME]))
		return bad_value(SVCGATE_MANIFEST_NAME, ret_detail);
	if (manifest.flags & ~MANIFEST_FLAGS)
		return bad_value(SVCGATE_MANIFEST_FLAGS, ret_detail);
	*ret = manifest;
	return SVCGATE_REASON_DONE;
}

enum {
	DG_CERTIFICATE, DG_MASK, DG_DEVICE, DG_LEASE, DG_GENERATION, DG_EPOCH, DG_COUNT
};

static const struct spec delegation_specs[DG_COUNT] = {
	[DG_CERTIFICATE] = RANGE(SVCGATE_DELEGATION_CERTIFICATE, 1,
				 SVCGATE_CERTIFICATE_MAX, 1, MANDATORY),
	[DG_MASK] = ONE(SVCGATE_DELEGATION_MASK, 8, MANDATORY),
	[DG_DEVICE] = RANGE(SVCGATE_DELEGATION_DEVICE, SVCGATE_DEVICE_ID_MIN,
			    SVCGATE_DEVICE_ID_MAX, SVCGATE_DELEGATION_DEVICES_MAX,
			    MANDATORY),
	[DG_LEASE] = ONE(SVCGATE_DELEGATION_LEASE, 4, MANDATORY),
	[DG_GENERATION] = ONE(SVCGATE_DELEGATION_GENERATION, 4, MANDATORY),
	[DG_EPOCH] = ONE(SVCGATE_DELEGATION_EPOCH, 4, MANDATORY),
};

/* Device IDs differ in length: compare the common part, then the shorter first. */
static bool devices_ascending(const struct seen *seen)
{
	const u8 *a = seen->value, *b;
	u16 a_length = seen->length, b_length;
	unsigned int i;
	int order;

	for (i = 1; i < seen->count; i++) {
		b = next_value(a, a_length, &b_length);
		order = memcmp(a, b, min_t(u16, a_length, b_length));
		if (order > 0 || (!order && a_length >= b_length))
			return false;
		a = b;
		a_length = b_length;
	}
	return true;
}

/**
 * svcgate_delegation_parse() - content of kind delegation
 * @content: verified content
 * @length: its bytes
 * @ret: what it says; points into @content
 * @ret_detail: field that the reason is about
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_delegation_parse(const u8 *content, size_t length,
					     struct svcgate_delegation *ret,
					     u16 *ret_detail)
{
	struct seen seen[DG_COUNT] = { };
	enum svcgate_reason reason;

	reason = walk(content, length, delegation_specs, DG_COUNT, seen, ret_detail);
	if (reason)
		return reason;
	if (!devices_ascending(&seen[DG_DEVICE]))
		return bad_value(SVCGATE_DELEGATION_DEVICE, ret_detail);
	if (!svcgate_get_le32(seen[DG_LEASE].value))
		return bad_value(SVCGATE_DELEGATION_LEASE, ret_detail);

	ret->certificate = seen[DG_CERTIFICATE].value;
	ret->certificate_length = seen[DG_CERTIFICATE].length;
	ret->mask = svcgate_get_le64(seen[DG_MASK].value);
	ret->device_count = seen[DG_DEVICE].count;
	ret->devices = seen[DG_DEVICE].value - FIELD_HEADER;
	ret->lease = svcgate_get_le32(seen[DG_LEASE].value);
	ret->generation = svcgate_get_le32(seen[DG_GENERATION].value);
	ret->epoch = svcgate_get_le32(seen[DG_EPOCH].value);
	return SVCGATE_REASON_DONE;
}
