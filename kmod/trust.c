// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom the device trusts now: credentials, stored files and images are verified
 * under its keystore and judged by its ID, state and floors.
 */
#include <linux/slab.h>

#include "cache.h"
#include "device_state.h"
#include "verify.h"

/* May the key that signed the file grant its ids? */
static enum svcgate_reason may_grant(const struct svcgate_keystore *keystore,
				     const struct svcgate_credential *credential,
				     u16 *ret_detail)
{
	const struct svcgate_key *key;

	key = svcgate_keystore_find(keystore, credential->key_id, SVCGATE_PURPOSE_CAPABILITY);
	if (!key)
		return SVCGATE_REASON_UNKNOWN_KEY;
	if (!key->key)
		return SVCGATE_REASON_ALGORITHM;
	if (credential->cap.mask & ~key->mask) {
		*ret_detail = __ffs64(credential->cap.mask & ~key->mask);
		return SVCGATE_REASON_GRANT;
	}
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason vouches(const struct svcgate_keystore *keystore,
				   const struct svcgate_credential *credential,
				   u16 *ret_detail)
{
	enum svcgate_reason reason = may_grant(keystore, credential, ret_detail);

	if (reason)
		return reason;
	if (credential->cap.epoch < keystore->content.epoch)
		return SVCGATE_REASON_EPOCH;
	if (svcgate_keystore_revokes(&keystore->content, credential->cap.serial))
		return SVCGATE_REASON_REVOKED;
	return SVCGATE_REASON_DONE;
}

static bool is_for_us(const struct svcgate_capability *cap)
{
	return cap->device_length == svcgate_device.id_length &&
	       !memcmp(cap->device, svcgate_device.id, svcgate_device.id_length);
}

/**
 * svcgate_trust_storable() - may this file be the stored one?
 * @credential: it
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_trust_storable(const struct svcgate_credential *credential)
{
	lockdep_assert_held(&svcgate_device.lock);
	if (!is_for_us(&credential->cap))
		return SVCGATE_REASON_DEVICE;
	return credential->cap.flags & SVCGATE_CAPABILITY_NO_SIDELOAD ?
	       SVCGATE_REASON_NO_SIDELOAD : SVCGATE_REASON_DONE;
}

/* A file counts in every state that is in question, or not at all. */
static enum svcgate_reason judge_states(const struct svcgate_capability *cap, u16 *ret_detail)
{
	u8 wrong = svcgate_device.taken.states & ~cap->states;

	if (!wrong)
		return SVCGATE_REASON_DONE;
	*ret_detail = __ffs(wrong);
	return SVCGATE_REASON_STATE;
}

static enum svcgate_reason judge(const struct svcgate_credential *credential, u32 generation,
				 u16 *ret_detail)
{
	const struct svcgate_capability *cap = &credential->cap;
	const struct svcgate_device *device = &svcgate_device;
	enum svcgate_reason reason;

	lockdep_assert_held(&device->lock);
	if (!device->keystore)
		return SVCGATE_REASON_NO_KEYSTORE;
	if (!is_for_us(cap))
		return SVCGATE_REASON_DEVICE;
	reason = vouches(device->keystore, credential, ret_detail);
	if (!reason && device->taken.keystore)
		reason = vouches(device->taken.keystore, credential, ret_detail);
	if (reason)
		return reason;
	if (cap->generation < generation)
		return SVCGATE_REASON_SUPERSEDED;
	return judge_states(cap, ret_detail);
}

/**
 * svcgate_trust_judge() - what every use of a credential must ask
 * @credential: cached or fresh
 * @ret_detail: detail of the reason
 *
 * What a change takes away counts from its beginning, what it gives from its end.
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_trust_judge(const struct svcgate_credential *credential,
					u16 *ret_detail)
{
	return judge(credential, max(svcgate_device.generation, svcgate_device.taken.generation),
		     ret_detail);
}

/**
 * svcgate_trust_by_state() - ids that the manufacturing state gives now
 *
 * Return: mask of ids.
 */
u64 svcgate_trust_by_state(void)
{
	u64 mask = svcgate_policy_defaults(svcgate_device.state);
	u8 state;

	lockdep_assert_held(&svcgate_device.lock);
	for (state = 0; state <= SVCGATE_STATE_DEVICE_COMPLETE; state++)
		if (svcgate_device.taken.states & BIT(state))
			mask &= svcgate_policy_defaults(state);
	return mask;
}

/**
 * svcgate_trust_verify() - signature, content, and what no keystore can change
 * @keystore: keys to trust
 * @file: the signed capability
 * @length: its bytes
 * @digest: its SHA-256
 * @ret: a reference to it
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE: signature, content and grant are good. Else the
 * reason.
 */
enum svcgate_reason svcgate_trust_verify(const struct svcgate_keystore *keystore,
					 const u8 *file, size_t length, const u8 *digest,
					 struct svcgate_credential **ret, u16 *ret_detail)
{
	struct svcgate_credential *credential;
	struct svcgate_verified verified;
	enum svcgate_reason reason;

	lockdep_assert_held(&svcgate_device.lock);
	if (!keystore)
		return SVCGATE_REASON_NO_KEYSTORE;
	reason = svcgate_verify_envelope(keystore, SVCGATE_KIND_CAPABILITY,
					 SVCGATE_PURPOSE_CAPABILITY, file, length,
					 &verified, ret_detail);
	if (reason)
		return reason;

	credential = kzalloc(struct_size(credential, content,
					 verified.blob.content_length), GFP_KERNEL);
	if (!credential)
		return SVCGATE_REASON_NO_MEMORY;
	kref_init(&credential->ref);
	memcpy(credential->digest, digest, SVCGATE_SHA256_SIZE);
	memcpy(credential->key_id, verified.blob.key_id, SVCGATE_KEY_ID_SIZE);
	memcpy(credential->content, verified.blob.content, verified.blob.content_length);

	reason = svcgate_capability_parse(credential->content,
					  verified.blob.content_length,
					  &credential->cap, ret_detail);
	if (!reason)
		reason = svcgate_capability_enforceable(&credential->cap, ret_detail);
	if (!reason)
		reason = may_grant(keystore, credential, ret_detail);
	if (reason) {
		svcgate_credential_put(credential);
		return reason;
	}
	*ret = credential;
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_trust_sideloaded() - ids that the stored file gives now
 * @ret_reason: why it gives nothing
 *
 * It is judged at each use, as any other. One that is about to be replaced keeps
 * what its successor will have, too.
 *
 * Return: mask of ids.
 */
u64 svcgate_trust_sideloaded(u16 *ret_reason)
{
	u16 detail;

	lockdep_assert_held(&svcgate_device.lock);
	*ret_reason = svcgate_device.sideloaded_reason;
	if (!svcgate_device.sideloaded)
		return 0;
	*ret_reason = judge(svcgate_device.sideloaded, svcgate_device.generation, &detail);
	if (*ret_reason)
		return 0;
	return svcgate_device.sideloaded->cap.mask & svcgate_device.taken.sideloaded;
}

/**
 * svcgate_device_list() - answer to capability-list
 * @passed: the request's credential, judged good, or NULL
 * @ret: the answer
 */
void svcgate_device_list(const struct svcgate_credential *passed,
			 struct svcgate_capability_list *ret)
{
	u16 reason;

	memset(ret, 0, sizeof(*ret));
	down_read(&svcgate_device.lock);
	ret->by_state = cpu_to_le64(svcgate_trust_by_state());
	ret->sideloaded = cpu_to_le64(svcgate_trust_sideloaded(&reason));
	ret->sideloaded_reason = cpu_to_le16(reason);
	ret->generation = cpu_to_le32(svcgate_device.generation);
	if (svcgate_device.sideloaded)
		memcpy(ret->sideloaded_serial, svcgate_device.sideloaded->cap.serial,
		       SVCGATE_SERIAL_SIZE);
	up_read(&svcgate_device.lock);
	if (!passed)
		return;
	ret->passed = cpu_to_le64(passed->cap.mask);
	memcpy(ret->passed_serial, passed->cap.serial, SVCGATE_SERIAL_SIZE);
}

/**
 * svcgate_device_keystore_list() - answer to keystore-show
 * @ret: where it goes
 * @size: bytes of @ret, at least %SVCGATE_RESPONSE_MAX
 *
 * Return: bytes of the answer; 0 when no keystore is in force.
 */
size_t svcgate_device_keystore_list(u8 *ret, size_t size)
{
	struct svcgate_keystore_list *list = (void *)ret;
	struct svcgate_keystore_key *key = (void *)(list + 1);
	const struct svcgate_key *from;
	size_t length = 0;
	unsigned int i;

	BUILD_BUG_ON(sizeof(*list) + SVCGATE_KEYS_MAX * sizeof(*key) > SVCGATE_RESPONSE_MAX);

	down_read(&svcgate_device.lock);
	if (!svcgate_device.keystore || size < SVCGATE_RESPONSE_MAX)
		goto unlock;
	list->version = cpu_to_le32(svcgate_device.keystore->content.version);
	list->epoch = cpu_to_le32(svcgate_device.keystore->content.epoch);
	memcpy(list->audience, svcgate_device.audience, sizeof(list->audience));
	list->key_count = cpu_to_le16(svcgate_device.keystore->key_count);
	list->revoked_count = cpu_to_le16(svcgate_device.keystore->content.revoked_count);
	for (i = 0; i < svcgate_device.keystore->key_count; i++, key++) {
		from = &svcgate_device.keystore->keys[i];
		memcpy(key->key_id, from->key_id, sizeof(key->key_id));
		key->mask = cpu_to_le64(from->mask);
		key->purpose = from->purpose;
		key->usable = from->key ? 1 : 0;
	}
	length = (u8 *)key - ret;
unlock:
	up_read(&svcgate_device.lock);
	return length;
}

/**
 * svcgate_device_cached() - was this credential verified before?
 * @file: the signed capability
 * @length: its bytes
 * @ret_digest: its SHA-256
 *
 * Return: a reference to it, or NULL: a signature has to be checked.
 */
struct svcgate_credential *svcgate_device_cached(const u8 *file, size_t length,
						 u8 *ret_digest)
{
	svcgate_cache_digest(file, length, ret_digest);
	return svcgate_cache_find(ret_digest);
}

/**
 * svcgate_device_verify() - verify a credential and remember it
 * @file: the signed capability
 * @length: its bytes
 * @digest: its SHA-256
 * @ret: a reference to it
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_device_verify(const u8 *file, size_t length,
					  const u8 *digest,
					  struct svcgate_credential **ret,
					  u16 *ret_detail)
{
	enum svcgate_reason reason;

	down_read(&svcgate_device.lock);
	reason = svcgate_trust_verify(svcgate_device.keystore, file, length, digest, ret,
				      ret_detail);
	if (!reason)
		svcgate_cache_add(*ret);
	up_read(&svcgate_device.lock);
	return reason;
}

/**
 * svcgate_device_judge() - does a verified credential count here and now?
 * @credential: it
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_device_judge(const struct svcgate_credential *credential,
					 u16 *ret_detail)
{
	enum svcgate_reason reason;

	down_read(&svcgate_device.lock);
	reason = svcgate_trust_judge(credential, ret_detail);
	up_read(&svcgate_device.lock);
	return reason;
}

/* Does each keystore that counts still have the key for its purpose? */
static bool trusts(const struct svcgate_signer *signer, const u8 *component, u64 *ret_floor)
{
	const struct svcgate_keystore *keystores[] = {
		svcgate_device.keystore, svcgate_device.taken.keystore,
	};
	u64 floor = 0;
	size_t i;

	lockdep_assert_held(&svcgate_device.lock);
	for (i = 0; i < ARRAY_SIZE(keystores); i++) {
		if (!keystores[i])
			continue;
		if (!svcgate_keystore_find(keystores[i], signer->key_id, signer->purpose))
			return false;
		floor = max(floor, svcgate_keystore_floor(&keystores[i]->content, component));
	}
	*ret_floor = floor;
	return true;
}

/**
 * svcgate_device_trusts() - is an image that was verified before still trusted?
 * @signer: who signed it
 * @component: its component
 * @ret_floor: lowest version of the component now
 *
 * Return: false when a change of the keystore ended that.
 */
bool svcgate_device_trusts(const struct svcgate_signer *signer, const u8 *component,
			   u64 *ret_floor)
{
	bool result;

	down_read(&svcgate_device.lock);
	result = trusts(signer, component, ret_floor);
	up_read(&svcgate_device.lock);
	return result;
}

/**
 * svcgate_device_image() - verify an image manifest
 * @file: the signed manifest
 * @length: its bytes
 * @component: component that it must be of
 * @ret_image: what the decision needs of it
 * @ret_signer: who signed it
 * @ret_floor: lowest version of the component
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_device_image(const u8 *file, size_t length,
					 const u8 *component,
					 struct svcgate_image *ret_image,
					 struct svcgate_signer *ret_signer,
					 u64 *ret_floor, u16 *ret_detail)
{
	struct svcgate_signer signer = { };
	u8 purpose = SVCGATE_PURPOSE_IMAGE_PRODUCTION;
	struct svcgate_verified verified;
	struct svcgate_manifest manifest;
	enum svcgate_reason reason = SVCGATE_REASON_NO_KEYSTORE;

	down_read(&svcgate_device.lock);
	if (!svcgate_device.keystore)
		goto unlock;
	reason = svcgate_verify_envelope(svcgate_device.keystore, SVCGATE_KIND_MANIFEST, purpose,
					 file, length, &verified, ret_detail);
	if (reason == SVCGATE_REASON_PURPOSE) {
		*ret_detail = 0;
		purpose = SVCGATE_PURPOSE_IMAGE_SDK;
		reason = svcgate_verify_envelope(svcgate_device.keystore, SVCGATE_KIND_MANIFEST,
						 purpose, file, length, &verified,
						 ret_detail);
	}
	if (!reason)
		reason = svcgate_manifest_parse(verified.blob.content,
						verified.blob.content_length,
						&manifest, ret_detail);
	if (!reason && memcmp(manifest.component, component, SVCGATE_UUID_SIZE))
		reason = SVCGATE_REASON_OBJECT;
	if (reason)
		goto unlock;
	signer.purpose = purpose;
	memcpy(signer.key_id, verified.blob.key_id, sizeof(signer.key_id));
	if (!trusts(&signer, component, ret_floor)) {
		reason = SVCGATE_REASON_UNKNOWN_KEY;
		goto unlock;
	}
	*ret_signer = signer;
	ret_image->purpose = purpose;
	ret_image->temporary = manifest.flags & SVCGATE_IMAGE_TEMPORARY;
	ret_image->version = manifest.version;
unlock:
	up_read(&svcgate_device.lock);
	return reason;
}
