// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which keystores the device accepts: signed by a root, or by a keystore key of
 * the one in force; for this audience; not older than any floor (P4, P5).
 */
#include "device_state.h"
#include "roots.h"
#include "verify.h"

/* Is this a keystore key of it? The key's certificate says so, by its digest. */
static bool has_keystore_key(const struct svcgate_keystore *keystore, const u8 *key_id)
{
	return svcgate_keystore_find(keystore, key_id, SVCGATE_PURPOSE_KEYSTORE);
}

static bool has_keystore_keys_of(const struct svcgate_keystore *keystore,
				 const struct svcgate_keystore *other)
{
	unsigned int i;

	for (i = 0; i < other->key_count; i++)
		if (other->keys[i].purpose == SVCGATE_PURPOSE_KEYSTORE &&
		    !has_keystore_key(keystore, other->keys[i].key_id))
			return false;
	return true;
}

/* Who signed it? Without a keystore in force only a root counts. */
static enum svcgate_reason verify(const u8 *file, size_t length,
				  const struct svcgate_keystore *vouching,
				  struct svcgate_verified *ret, bool *ret_by_root,
				  u16 *ret_detail)
{
	enum svcgate_reason reason;

	reason = svcgate_verify_envelope(svcgate_keystore_roots(), SVCGATE_KIND_KEYSTORE,
					 SVCGATE_PURPOSE_KEYSTORE, file, length, ret,
					 ret_detail);
	*ret_by_root = reason != SVCGATE_REASON_UNKNOWN_KEY;
	if (*ret_by_root || !vouching)
		return reason;
	return svcgate_verify_envelope(vouching, SVCGATE_KIND_KEYSTORE,
				       SVCGATE_PURPOSE_KEYSTORE, file, length, ret,
				       ret_detail);
}

static enum svcgate_reason build(const u8 *file, size_t length,
				 const struct svcgate_keystore *vouching,
				 struct svcgate_keystore **ret, bool *ret_by_root,
				 u16 *ret_detail)
{
	struct svcgate_keystore *keystore;
	struct svcgate_verified verified;
	enum svcgate_reason reason;

	reason = verify(file, length, vouching, &verified, ret_by_root, ret_detail);
	if (reason)
		return reason;
	reason = svcgate_keystore_create(verified.blob.content,
					 verified.blob.content_length, &keystore,
					 ret_detail);
	if (reason)
		return reason;
	if (!*ret_by_root && (!has_keystore_keys_of(keystore, vouching) ||
			      !has_keystore_keys_of(vouching, keystore))) {
		svcgate_keystore_free(keystore);
		return SVCGATE_REASON_KEYSTORE_KEYS;
	}
	*ret = keystore;
	return SVCGATE_REASON_DONE;
}

/* Does it belong here, and is it not older than any floor? */
static enum svcgate_reason check_floors(const struct svcgate_keystore_content *new)
{
	lockdep_assert_held(&svcgate_device.lock);
	if (memcmp(new->audience, svcgate_device.audience, sizeof(svcgate_device.audience)))
		return SVCGATE_REASON_AUDIENCE;
	if (new->version < svcgate_device.floor_version)
		return SVCGATE_REASON_KEYSTORE_VERSION;
	if (new->epoch < svcgate_device.floor_epoch)
		return SVCGATE_REASON_KEYSTORE_EPOCH;
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason check_forward(const struct svcgate_keystore_content *new,
					 const struct svcgate_keystore_content *old)
{
	if (new->version <= old->version)
		return SVCGATE_REASON_KEYSTORE_VERSION;
	if (new->epoch < old->epoch)
		return SVCGATE_REASON_KEYSTORE_EPOCH;
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason check_jump(const struct svcgate_keystore_content *new,
				      const struct svcgate_keystore_content *old)
{
	return new->version - old->version > SVCGATE_KEYSTORE_JUMP ?
	       SVCGATE_REASON_KEYSTORE_JUMP : SVCGATE_REASON_DONE;
}

/**
 * svcgate_accept_keystore() - may this file become the keystore in force?
 * @file: the signed keystore
 * @length: its bytes
 * @ret: the keystore; the caller's
 * @ret_by_root: a root signed it
 * @ret_detail: detail of the reason
 *
 * A keystore key that was taken away cannot sign any more, durable or not, and what
 * a keystore took that could not be stored no older one gives back.
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_accept_keystore(const u8 *file, size_t length,
					    struct svcgate_keystore **ret,
					    bool *ret_by_root, u16 *ret_detail)
{
	const struct svcgate_keystore *taken = svcgate_device.taken.keystore;
	const struct svcgate_keystore *old = svcgate_device.keystore;
	struct svcgate_keystore *keystore;
	enum svcgate_reason reason;

	lockdep_assert_held_write(&svcgate_device.lock);
	reason = build(file, length, old, &keystore, ret_by_root, ret_detail);
	if (reason)
		return reason;
	if (!*ret_by_root && taken &&
	    !has_keystore_key(taken, ((const struct svcgate_envelope *)file)->key_id))
		reason = SVCGATE_REASON_UNKNOWN_KEY;
	if (!reason)
		reason = check_floors(&keystore->content);
	if (!reason && taken && keystore->content.version < taken->content.version)
		reason = SVCGATE_REASON_KEYSTORE_VERSION;
	if (!reason && old)
		reason = check_forward(&keystore->content, &old->content);
	if (!reason && old)
		reason = check_jump(&keystore->content, &old->content);
	if (reason)
		svcgate_keystore_free(keystore);
	else
		*ret = keystore;
	return reason;
}

/**
 * svcgate_accept_record() - may the stored keystore be in force?
 * @record: content of a keystore record: a file that a root signed, and behind it
 *	one that a keystore key of the first signed, if that is the one in force
 * @length: its bytes
 * @ret: the keystore; the caller's
 * @ret_base_length: bytes of the first file
 * @ret_detail: detail of the reason
 *
 * Only the one that would be in force has to keep to the floors. As many small
 * steps as one likes may lie between the two.
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_accept_record(const u8 *record, size_t length,
					  struct svcgate_keystore **ret,
					  size_t *ret_base_length, u16 *ret_detail)
{
	size_t base_length = svcgate_blob_length(record, length);
	struct svcgate_keystore *keystore, *next = NULL;
	enum svcgate_reason reason;
	bool by_root;

	lockdep_assert_held_write(&svcgate_device.lock);
	/* What is not an envelope gets its own reason from build(). */
	if (!base_length)
		base_length = length;
	reason = build(record, base_length, NULL, &keystore, &by_root, ret_detail);
	if (reason)
		return reason;
	if (base_length < length)
		reason = build(record + base_length, length - base_length, keystore, &next,
			       &by_root, ret_detail);
	if (!reason && next) {
		reason = check_forward(&next->content, &keystore->content);
		swap(keystore, next);
	}
	if (!reason)
		reason = check_floors(&keystore->content);
	svcgate_keystore_free(next);
	if (reason) {
		svcgate_keystore_free(keystore);
		return reason;
	}
	*ret = keystore;
	*ret_base_length = base_length;
	return SVCGATE_REASON_DONE;
}
