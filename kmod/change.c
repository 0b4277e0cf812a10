// SPDX-License-Identifier: GPL-2.0-only
/*
 * Changes of trust: manufacturing state, stored capability, keystore. One at a
 * time for the whole device.
 *
 * What a change takes away is gone when it begins; what it gives comes when the
 * helper says that it is durable (P6, P8). All that can fail is done before it
 * begins, so that its end cannot.
 */
#include <linux/mm.h>

#include "cache.h"
#include "device_state.h"
#include "outcome.h"

/* A capability record's content begins with le16 delegation length, le16 0. */
#define CAPABILITY_HEAD		4

/**
 * svcgate_device_turn() - has anything changed that may have ended a permission?
 *
 * Return: another number than before, if so.
 */
int svcgate_device_turn(void)
{
	return atomic_read(&svcgate_device.turn);
}

/**
 * svcgate_change_copy() - a copy of a file
 * @file: it
 * @length: its bytes
 *
 * Return: the copy, kvmalloc; or NULL.
 */
u8 *svcgate_change_copy(const u8 *file, size_t length)
{
	u8 *copy = kvmalloc(length, GFP_KERNEL);

	if (copy)
		memcpy(copy, file, length);
	return copy;
}

/* Whatever else is right: may a change begin now? */
static enum svcgate_reason may_begin(const struct svcgate_asker *asker)
{
	lockdep_assert_held_write(&svcgate_device.lock);
	if (!svcgate_device.sealed)
		return SVCGATE_REASON_NOT_SEALED;
	if (!asker->helper)
		return SVCGATE_REASON_NO_HELPER;
	if (asker->bucket && !svcgate_bucket_take(asker->bucket))
		return SVCGATE_REASON_CHANGE_RATE;
	return SVCGATE_REASON_DONE;
}

/* An authentic file ends those of a lower generation. */
static void take_generation(const struct svcgate_credential *credential)
{
	struct svcgate_device *device = &svcgate_device;

	device->taken.generation = max3(device->generation, device->taken.generation,
					credential->cap.generation);
}

/* The lowest that counts when @credential is the stored one, or none is. */
static u32 generation_with(const struct svcgate_credential *credential)
{
	u32 generation = svcgate_device.generation;

	return credential ? max(generation, credential->cap.generation) : generation;
}

/* How things will be when @pending is done: for a backend that can count. */
static void describe(struct svcgate_pending *pending, u8 state,
		     const struct svcgate_keystore *keystore, u32 generation)
{
	pending->change.state = state;
	pending->change.generation = generation;
	if (!keystore)
		return;
	pending->change.version = keystore->content.version;
	pending->change.epoch = keystore->content.epoch;
}

/* Nothing can fail any more; what is to be taken away is gone already. */
static void begin(struct svcgate_pending *pending, u64 *ret_number)
{
	struct svcgate_device *device = &svcgate_device;

	pending->head.number = ++device->changes;
	WRITE_ONCE(device->pending, pending);
	atomic_inc(&device->turn);
	if (pending->outcome)
		svcgate_outcome_set(pending->session, pending->transaction,
				    SVCGATE_OUTCOME_PENDING, 0, 0);
	*ret_number = pending->head.number;
}

/* A stored file that nobody can read now, or that nobody knows, may be any. */
static bool stored_may_open(void)
{
	const struct svcgate_device *device = &svcgate_device;

	if (device->taken.doubt)
		return true;
	return device->stored_length && !(device->sideloaded && !device->sideloaded->cap.mask);
}

static enum svcgate_reason begin_state(const struct svcgate_asker *asker, u8 target,
				       bool keep, u64 *ret_number)
{
	struct svcgate_device *device = &svcgate_device;
	struct svcgate_pending *pending;
	enum svcgate_reason reason;

	/* What is so now is nothing to promise while that changes. */
	if (device->pending)
		return SVCGATE_REASON_CHANGE_PENDING;
	/* What permitted the request may have been taken away since (P8). */
	if (asker->turn != svcgate_device_turn())
		return SVCGATE_REASON_CHANGE_PENDING;
	if (target == device->state)
		return SVCGATE_REASON_DONE;
	if (target < device->state)
		return SVCGATE_REASON_BACKWARDS;
	if (target == SVCGATE_STATE_DEVICE_COMPLETE && !keep && stored_may_open())
		return SVCGATE_REASON_CAPABILITY_STORED;
	reason = may_begin(asker);
	if (reason)
		return reason;
	pending = svcgate_pending_new(asker, SVCGATE_RECORD_STATE, sizeof(target));
	if (!pending)
		return SVCGATE_REASON_NO_MEMORY;
	pending->content[0] = target;
	describe(pending, target, device->keystore, device->generation);
	device->taken.states |= BIT(target);
	begin(pending, ret_number);
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_change_state() - the next manufacturing state
 * @asker: who asks
 * @target: &enum svcgate_state
 * @keep: also with a stored file that is not blank
 * @ret_number: number of the change; 0: it is so already
 *
 * Return: %SVCGATE_REASON_DONE: it has begun, or it is so. Else the reason.
 */
enum svcgate_reason svcgate_change_state(const struct svcgate_asker *asker, u8 target,
					 bool keep, u64 *ret_number)
{
	enum svcgate_reason reason;

	*ret_number = 0;
	if (target > SVCGATE_STATE_DEVICE_COMPLETE)
		return SVCGATE_REASON_PAYLOAD;
	down_write(&svcgate_device.lock);
	reason = begin_state(asker, target, keep, ret_number);
	up_write(&svcgate_device.lock);
	return reason;
}

/* And is that durable? */
static bool is_stored(const u8 *file, size_t length)
{
	const struct svcgate_device *device = &svcgate_device;

	return !device->taken.doubt && device->sideloaded &&
	       device->stored_length == length && !memcmp(device->stored, file, length);
}

static enum svcgate_reason begin_capability(const struct svcgate_asker *asker,
					    struct svcgate_credential *credential,
					    const u8 *file, size_t length,
					    u64 *ret_number, u16 *ret_detail)
{
	struct svcgate_device *device = &svcgate_device;
	struct svcgate_pending *pending;
	enum svcgate_reason reason;

	if (device->pending)
		return SVCGATE_REASON_CHANGE_PENDING;
	/* The keystore may be another one since the signature was checked. */
	reason = svcgate_trust_judge(credential, ret_detail);
	if (reason)
		return reason;
	reason = svcgate_trust_storable(credential);
	if (reason)
		return reason;
	if (is_stored(file, length))
		return SVCGATE_REASON_DONE;
	reason = may_begin(asker);
	if (reason)
		return reason;
	pending = svcgate_pending_new(asker, SVCGATE_RECORD_CAPABILITY, CAPABILITY_HEAD + length);
	if (!pending)
		return SVCGATE_REASON_NO_MEMORY;
	pending->file = svcgate_change_copy(file, length);
	if (!pending->file) {
		svcgate_pending_put(pending);
		return SVCGATE_REASON_NO_MEMORY;
	}
	pending->file_length = length;
	memcpy(pending->content + CAPABILITY_HEAD, file, length);
	kref_get(&credential->ref);
	pending->credential = credential;
	device->taken.sideloaded &= credential->cap.mask;
	take_generation(credential);
	describe(pending, device->state, device->keystore, generation_with(credential));
	begin(pending, ret_number);
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_change_capability() - another stored capability file
 * @asker: who asks
 * @credential: the file, verified
 * @file: the file
 * @length: its bytes
 * @ret_number: number of the change; 0: it is so already
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE: it has begun, or it is so. Else the reason.
 */
enum svcgate_reason svcgate_change_capability(const struct svcgate_asker *asker,
					      struct svcgate_credential *credential,
					      const u8 *file, size_t length,
					      u64 *ret_number, u16 *ret_detail)
{
	enum svcgate_reason reason;

	*ret_number = 0;
	down_write(&svcgate_device.lock);
	reason = begin_capability(asker, credential, file, length, ret_number, ret_detail);
	up_write(&svcgate_device.lock);
	return reason;
}

/**
 * svcgate_change_is_keystore() - is this keystore file in force already?
 * @file: the signed keystore
 * @length: its bytes
 *
 * Return: true if so, and no change is on its way; then no signature has to be
 * checked.
 */
bool svcgate_change_is_keystore(const u8 *file, size_t length)
{
	u8 digest[SVCGATE_SHA256_SIZE];
	bool result;

	svcgate_cache_digest(file, length, digest);
	down_read(&svcgate_device.lock);
	result = svcgate_device.keystore && !svcgate_device.pending &&
		 !memcmp(digest, svcgate_device.keystore_digest, sizeof(digest));
	up_read(&svcgate_device.lock);
	return result;
}

/* The stored file, verified again under the keystore that will be in force (P8). */
static enum svcgate_reason verify_stored(const struct svcgate_keystore *keystore,
					 struct svcgate_pending *pending)
{
	const struct svcgate_device *device = &svcgate_device;
	u8 digest[SVCGATE_SHA256_SIZE];
	enum svcgate_reason reason;
	u16 detail;

	if (!device->stored_length)
		return SVCGATE_REASON_DONE;
	svcgate_cache_digest(device->stored, device->stored_length, digest);
	reason = svcgate_trust_verify(keystore, device->stored, device->stored_length, digest,
				      &pending->credential, &detail);
	if (reason == SVCGATE_REASON_NO_MEMORY)
		return reason;
	if (!reason)
		reason = svcgate_trust_storable(pending->credential);
	if (reason) {
		svcgate_credential_put(pending->credential);
		pending->credential = NULL;
	}
	pending->credential_reason = reason;
	return SVCGATE_REASON_DONE;
}

/* What to store: the file that a root signed, and this one behind it if it is another. */
static enum svcgate_reason prepare_keystore(const struct svcgate_asker *asker,
					    const struct svcgate_keystore *keystore,
					    bool by_root, const u8 *file, size_t length,
					    struct svcgate_pending **ret)
{
	const struct svcgate_device *device = &svcgate_device;
	size_t base_length = by_root ? 0 : device->base_length;
	struct svcgate_pending *pending;

	pending = svcgate_pending_new(asker, SVCGATE_RECORD_KEYSTORE, base_length + length);
	if (!pending)
		return SVCGATE_REASON_NO_MEMORY;
	memcpy(pending->content, device->base, base_length);
	memcpy(pending->content + base_length, file, length);
	svcgate_cache_digest(file, length, pending->digest);
	pending->file_length = length;
	pending->file = by_root ? svcgate_change_copy(file, length) : NULL;
	if ((by_root && !pending->file) || verify_stored(keystore, pending)) {
		svcgate_pending_put(pending);
		return SVCGATE_REASON_NO_MEMORY;
	}
	*ret = pending;
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason begin_keystore(const struct svcgate_asker *asker,
					  const u8 *file, size_t length,
					  struct svcgate_keystore **ret_unused,
					  u64 *ret_number, u16 *ret_detail)
{
	struct svcgate_device *device = &svcgate_device;
	struct svcgate_pending *pending;
	enum svcgate_reason reason;
	bool by_root;

	if (!device->sealed)
		return SVCGATE_REASON_NOT_SEALED;
	if (device->pending)
		return SVCGATE_REASON_CHANGE_PENDING;
	reason = svcgate_accept_keystore(file, length, ret_unused, &by_root, ret_detail);
	if (!reason)
		reason = may_begin(asker);
	if (!reason)
		reason = prepare_keystore(asker, *ret_unused, by_root, file, length, &pending);
	if (reason)
		return reason;
	/* What an earlier one took that could not be stored: this one says it anew. */
	swap(device->taken.keystore, *ret_unused);
	/* A stored file that nobody could read before is read again. */
	if (pending->credential)
		take_generation(pending->credential);
	describe(pending, device->state, device->taken.keystore,
		 generation_with(pending->credential));
	begin(pending, ret_number);
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_change_keystore() - another trusted keystore
 * @asker: who asks
 * @file: the signed keystore
 * @length: its bytes
 * @ret_number: number of the change
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE: it has begun. Else the reason.
 */
enum svcgate_reason svcgate_change_keystore(const struct svcgate_asker *asker,
					    const u8 *file, size_t length,
					    u64 *ret_number, u16 *ret_detail)
{
	struct svcgate_keystore *unused = NULL;
	enum svcgate_reason reason;

	*ret_number = 0;
	down_write(&svcgate_device.lock);
	reason = begin_keystore(asker, file, length, &unused, ret_number, ret_detail);
	up_write(&svcgate_device.lock);
	svcgate_keystore_free(unused);
	return reason;
}
