// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one device: who it is, its manufacturing state, whom it trusts, which
 * capability it stores. Everything here begins locked: no ID, DeviceComplete,
 * no keystore, no capability, not sealed (P2).
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/rwsem.h>
#include <linux/slab.h>

#include "compat.h"
#include "device.h"
#include "event.h"
#include "keystore.h"
#include "roots.h"
#include "verify.h"
#include "cache.h"

/*
 * Lock order: a port's lock, then this one. It is held for reading while a
 * signature is checked, so that the keystore stays; nothing waits for a port,
 * a tty or the helper under it.
 *
 * @lock protects all that follows.
 * @state: in force; DeviceComplete until told otherwise
 * @state_set: told otherwise; from then on forward only (P5)
 * @keystore: owned; replaced whole
 * @sideloaded: a reference; NULL: none stored or none in force
 * @sideloaded_reason: why the stored file gives nothing
 * @generation: lowest that counts; set by the stored file
 * @rule_count: entries of @rules
 * @rules: the maker's, room for %SVCGATE_RULES_MAX; NULL until there is one
 */
static struct {
	struct rw_semaphore lock;
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t id_length;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	u8 state;
	bool state_set;
	bool sealed;
	struct svcgate_keystore *keystore;
	struct svcgate_credential *sideloaded;
	u16 sideloaded_reason;
	u32 generation;
	unsigned int rule_count;
	struct svcgate_maker_rule *rules;
} device = {
	.lock = __RWSEM_INITIALIZER(device.lock),
	.state = SVCGATE_STATE_DEVICE_COMPLETE,
};

/* A blank fuse row reads all 00 or all ff: that is no identity. */
static bool unfused(const u8 *id, size_t length)
{
	return !memchr_inv(id, 0x00, length) || !memchr_inv(id, 0xff, length);
}

/**
 * svcgate_device_set_id() - tell who this device is, once a boot
 * @id: device ID
 * @length: its bytes
 * @audience: %SVCGATE_AUDIENCE_SIZE bytes, or NULL: known later
 * @ret_text: what is wrong
 *
 * An ID that is known already may be said again with the audience, if that was
 * missing.
 *
 * Return: 0, -EINVAL, -EEXIST.
 */
int svcgate_device_set_id(const u8 *id, size_t length, const u8 *audience,
			  const char **ret_text)
{
	static const u8 none[SVCGATE_AUDIENCE_SIZE];
	int error = 0;

	if (length < SVCGATE_DEVICE_ID_MIN || length > SVCGATE_DEVICE_ID_MAX) {
		*ret_text = "device ID must have 8 to 64 bytes";
		return -EINVAL;
	}
	if (unfused(id, length)) {
		*ret_text = "device ID is all 00 or all ff: not fused";
		return -EINVAL;
	}
	if (audience && !memcmp(audience, none, sizeof(none))) {
		*ret_text = "audience is all 00: not set";
		return -EINVAL;
	}

	down_write(&device.lock);
	if (device.id_length &&
	    (device.id_length != length || memcmp(device.id, id, length) ||
	     memcmp(device.audience, none, sizeof(none)))) {
		*ret_text = "device ID was set already; it is told once a boot";
		error = -EEXIST;
	} else {
		memcpy(device.id, id, length);
		device.id_length = length;
		if (audience)
			memcpy(device.audience, audience, sizeof(device.audience));
	}
	up_write(&device.lock);
	return error;
}

static int may_configure(const char **ret_text)
{
	static const u8 none[SVCGATE_AUDIENCE_SIZE];

	lockdep_assert_held_write(&device.lock);
	if (device.sealed) {
		*ret_text = "the device is sealed; configuration comes before the seal";
		return -EPERM;
	}
	if (!device.id_length || !memcmp(device.audience, none, sizeof(none))) {
		*ret_text = "device ID and audience come first";
		return -EINVAL;
	}
	return 0;
}

/**
 * svcgate_device_set_state() - tell the manufacturing state
 * @state: &enum svcgate_state
 * @ret_text: what is wrong
 *
 * Return: 0, -EINVAL, -EPERM.
 */
int svcgate_device_set_state(u8 state, const char **ret_text)
{
	int error;

	if (state > SVCGATE_STATE_DEVICE_COMPLETE) {
		*ret_text = "unknown manufacturing state";
		return -EINVAL;
	}
	down_write(&device.lock);
	error = may_configure(ret_text);
	if (!error && device.state_set && state < device.state) {
		*ret_text = "the manufacturing state never goes back";
		error = -EPERM;
	}
	if (!error) {
		device.state = state;
		device.state_set = true;
	}
	up_write(&device.lock);
	return error;
}

/* Does the new keystore belong here, and is it not older than any floor? (P4, P5) */
static enum svcgate_reason accept_keystore(const struct svcgate_keystore_content *new)
{
	u32 version = svcgate_floor_version, epoch = svcgate_floor_epoch;

	lockdep_assert_held(&device.lock);
	if (memcmp(new->audience, device.audience, sizeof(device.audience)))
		return SVCGATE_REASON_AUDIENCE;
	if (device.keystore) {
		version = max(version, device.keystore->content.version);
		epoch = max(epoch, device.keystore->content.epoch);
		if (new->version > device.keystore->content.version &&
		    new->version - device.keystore->content.version > SVCGATE_KEYSTORE_JUMP)
			return SVCGATE_REASON_KEYSTORE_JUMP;
	}
	if (new->version < version)
		return SVCGATE_REASON_KEYSTORE_VERSION;
	if (new->epoch < epoch)
		return SVCGATE_REASON_KEYSTORE_EPOCH;
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_device_set_keystore() - put the stored keystore in force
 * @file: the signed keystore
 * @length: its bytes
 * @ret_reason: %SVCGATE_REASON_DONE, or why it is not in force
 * @ret_detail: detail of the reason
 * @ret_text: what is wrong with the call
 *
 * Before the seal there is no keystore in force that could vouch for another
 * one: only a root counts.
 *
 * Return: 0 when @ret_reason says it all, -EINVAL, -EPERM.
 */
int svcgate_device_set_keystore(const u8 *file, size_t length,
				enum svcgate_reason *ret_reason, u16 *ret_detail,
				const char **ret_text)
{
	struct svcgate_keystore *keystore = NULL;
	struct svcgate_verified verified;
	enum svcgate_reason reason;
	int error;

	down_write(&device.lock);
	error = may_configure(ret_text);
	if (error)
		goto unlock;

	reason = svcgate_verify_envelope(svcgate_keystore_roots(), SVCGATE_KIND_KEYSTORE,
					 SVCGATE_PURPOSE_KEYSTORE, file, length,
					 &verified, ret_detail);
	if (!reason)
		reason = svcgate_keystore_create(verified.blob.content,
						 verified.blob.content_length,
						 &keystore, ret_detail);
	if (!reason)
		reason = accept_keystore(&keystore->content);
	if (!reason) {
		swap(device.keystore, keystore);
		svcgate_cache_flush();
	}
	*ret_reason = reason;
unlock:
	up_write(&device.lock);
	svcgate_keystore_free(keystore);
	return error;
}

/* What every use of a credential must ask, also of a cached or stored one. */
static enum svcgate_reason judge(const struct svcgate_credential *credential,
				 u16 *ret_detail)
{
	const struct svcgate_capability *cap = &credential->cap;

	lockdep_assert_held(&device.lock);
	if (!device.keystore)
		return SVCGATE_REASON_NO_KEYSTORE;
	if (cap->device_length != device.id_length ||
	    memcmp(cap->device, device.id, device.id_length))
		return SVCGATE_REASON_DEVICE;
	if (cap->epoch < device.keystore->content.epoch)
		return SVCGATE_REASON_EPOCH;
	if (svcgate_keystore_revokes(&device.keystore->content, cap->serial))
		return SVCGATE_REASON_REVOKED;
	if (cap->generation < device.generation)
		return SVCGATE_REASON_SUPERSEDED;
	if (!(cap->states & BIT(device.state))) {
		*ret_detail = device.state;
		return SVCGATE_REASON_STATE;
	}
	return SVCGATE_REASON_DONE;
}

/* Signature, content, grant: what holds as long as the keystore does. */
static enum svcgate_reason verify(const u8 *file, size_t length, const u8 *digest,
				  struct svcgate_credential **ret, u16 *ret_detail)
{
	struct svcgate_credential *credential;
	struct svcgate_verified verified;
	enum svcgate_reason reason;

	lockdep_assert_held(&device.lock);
	if (!device.keystore)
		return SVCGATE_REASON_NO_KEYSTORE;
	reason = svcgate_verify_envelope(device.keystore, SVCGATE_KIND_CAPABILITY,
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
	memcpy(credential->content, verified.blob.content, verified.blob.content_length);

	reason = svcgate_capability_parse(credential->content,
					  verified.blob.content_length,
					  &credential->cap, ret_detail);
	if (!reason)
		reason = svcgate_capability_enforceable(&credential->cap, ret_detail);
	if (!reason && (credential->cap.mask & ~verified.mask)) {
		*ret_detail = __ffs64(credential->cap.mask & ~verified.mask);
		reason = SVCGATE_REASON_GRANT;
	}
	if (reason) {
		svcgate_credential_put(credential);
		return reason;
	}
	*ret = credential;
	return SVCGATE_REASON_DONE;
}

/*
 * An authentic file of this device ends every file with a lower generation,
 * also when it gives nothing itself (P5).
 */
static enum svcgate_reason store_credential(struct svcgate_credential *credential,
					    u16 *ret_detail)
{
	const struct svcgate_capability *cap = &credential->cap;
	enum svcgate_reason reason;

	lockdep_assert_held_write(&device.lock);
	reason = judge(credential, ret_detail);
	if (reason == SVCGATE_REASON_DEVICE || reason == SVCGATE_REASON_SUPERSEDED)
		return reason;
	if (cap->flags & SVCGATE_CAPABILITY_NO_SIDELOAD)
		return SVCGATE_REASON_NO_SIDELOAD;
	device.generation = max(device.generation, cap->generation);
	svcgate_credential_put(device.sideloaded);
	kref_get(&credential->ref);
	device.sideloaded = credential;
	return reason;
}

/**
 * svcgate_device_set_capability() - put the stored capability file in force
 * @file: the signed capability
 * @length: its bytes
 * @ret_reason: %SVCGATE_REASON_DONE, or why it gives nothing now
 * @ret_detail: detail of the reason
 * @ret_text: what is wrong with the call
 *
 * Return: 0 when @ret_reason says it all, -EINVAL, -EPERM.
 */
int svcgate_device_set_capability(const u8 *file, size_t length,
				  enum svcgate_reason *ret_reason, u16 *ret_detail,
				  const char **ret_text)
{
	struct svcgate_credential *credential = NULL;
	u8 digest[SVCGATE_SHA256_SIZE];
	enum svcgate_reason reason;
	int error;

	svcgate_cache_digest(file, length, digest);
	down_write(&device.lock);
	error = may_configure(ret_text);
	if (error)
		goto unlock;
	reason = verify(file, length, digest, &credential, ret_detail);
	if (!reason)
		reason = store_credential(credential, ret_detail);
	device.sideloaded_reason = reason;
	*ret_reason = reason;
unlock:
	up_write(&device.lock);
	svcgate_credential_put(credential);
	return error;
}

/**
 * svcgate_device_set_rule() - add a row of the maker's
 * @op: its number
 * @name: its name; letters, digits and dashes
 * @mask: ids that allow it
 * @ret_text: what is wrong
 *
 * Return: 0, -EINVAL, -EEXIST, -ENOSPC, -EPERM.
 */
int svcgate_device_set_rule(u16 op, const char *name, u64 mask, const char **ret_text)
{
	struct svcgate_maker_rule *maker;
	unsigned int i;
	int error;

	if (op < SVCGATE_OP_MAKER || !mask || !*name) {
		*ret_text = "a maker's rule needs an op from 0x8000 on, a name and a mask";
		return -EINVAL;
	}
	down_write(&device.lock);
	error = may_configure(ret_text);
	for (i = 0; !error && i < device.rule_count; i++) {
		if (device.rules[i].rule.op == op) {
			*ret_text = "this op has a rule already";
			error = -EEXIST;
		}
	}
	if (!error && device.rule_count >= SVCGATE_RULES_MAX) {
		*ret_text = "too many rules";
		error = -ENOSPC;
	}
	if (!error && !device.rules) {
		device.rules = kcalloc(SVCGATE_RULES_MAX, sizeof(*device.rules), GFP_KERNEL);
		error = device.rules ? 0 : -ENOMEM;
	}
	if (!error) {
		maker = &device.rules[device.rule_count++];
		maker->rule.op = op;
		maker->rule.mask = mask;
		strscpy(maker->name, name, sizeof(maker->name));
	}
	up_write(&device.lock);
	return error;
}

/**
 * svcgate_device_seal() - end of configuration; from now on only forward
 * @ret_text: what is wrong
 *
 * Return: 0, -EINVAL, -EALREADY.
 */
int svcgate_device_seal(const char **ret_text)
{
	struct svcgate_event event = { .kind = SVCGATE_EVENT_SEALED };
	int error;

	down_write(&device.lock);
	error = may_configure(ret_text);
	if (error == -EPERM)
		error = -EALREADY;
	if (!error)
		device.sealed = true;
	up_write(&device.lock);
	if (!error)
		svcgate_event_emit(&event);
	return error;
}

/* Ids that the stored file gives now: it is judged at each use, as any other. */
static u64 sideloaded_now(u16 *ret_reason)
{
	u16 detail;

	lockdep_assert_held(&device.lock);
	*ret_reason = device.sideloaded_reason;
	if (!device.sideloaded)
		return 0;
	*ret_reason = judge(device.sideloaded, &detail);
	return *ret_reason ? 0 : device.sideloaded->cap.mask;
}

/**
 * svcgate_device_look() - what a decision needs to know
 * @ret: it
 *
 * Before the seal nothing is in force, whatever was configured so far.
 */
void svcgate_device_look(struct svcgate_device_view *ret)
{
	u16 reason;

	down_read(&device.lock);
	ret->configured = device.id_length;
	ret->sealed = device.sealed;
	ret->keystore = device.keystore;
	ret->state = device.state;
	ret->by_state = device.sealed ? svcgate_policy_defaults(device.state) : 0;
	ret->sideloaded = device.sealed ? sideloaded_now(&reason) : 0;
	up_read(&device.lock);
}

/**
 * svcgate_device_info() - what the device tells about itself
 * @ret: it
 */
void svcgate_device_info(struct svcgate_device_info *ret)
{
	memset(ret, 0, sizeof(*ret));
	down_read(&device.lock);
	memcpy(ret->id, device.id, device.id_length);
	ret->id_length = device.id_length;
	memcpy(ret->audience, device.audience, sizeof(ret->audience));
	ret->state = device.state;
	ret->sealed = device.sealed;
	ret->generation = device.generation;
	if (device.keystore) {
		ret->has_keystore = true;
		ret->keystore_version = device.keystore->content.version;
		ret->epoch = device.keystore->content.epoch;
	}
	up_read(&device.lock);
}

/**
 * svcgate_device_rules() - the maker's rules one by one
 * @at: which, from 0
 * @ret: a copy of it
 *
 * Return: how many there are; @ret is set if @at is below.
 */
unsigned int svcgate_device_rules(unsigned int at, struct svcgate_maker_rule *ret)
{
	unsigned int count;

	down_read(&device.lock);
	count = device.rule_count;
	if (at < count) {
		*ret = device.rules[at];
		ret->rule.name = ret->name;
	}
	up_read(&device.lock);
	return count;
}

/**
 * svcgate_device_rule() - the maker's row of an op
 * @op: its number
 * @ret: a copy of it
 *
 * Return: true if there is one.
 */
bool svcgate_device_rule(u16 op, struct svcgate_maker_rule *ret)
{
	unsigned int i;

	for (i = 0; i < svcgate_device_rules(i, ret); i++)
		if (ret->rule.op == op)
			return true;
	return false;
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
	down_read(&device.lock);
	ret->by_state = cpu_to_le64(svcgate_policy_defaults(device.state));
	ret->sideloaded = cpu_to_le64(sideloaded_now(&reason));
	ret->sideloaded_reason = cpu_to_le16(reason);
	ret->generation = cpu_to_le32(device.generation);
	if (device.sideloaded)
		memcpy(ret->sideloaded_serial, device.sideloaded->cap.serial,
		       SVCGATE_SERIAL_SIZE);
	up_read(&device.lock);
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

	down_read(&device.lock);
	if (!device.keystore || size < SVCGATE_RESPONSE_MAX)
		goto unlock;
	list->version = cpu_to_le32(device.keystore->content.version);
	list->epoch = cpu_to_le32(device.keystore->content.epoch);
	memcpy(list->audience, device.audience, sizeof(list->audience));
	list->key_count = cpu_to_le16(device.keystore->key_count);
	list->revoked_count = cpu_to_le16(device.keystore->content.revoked_count);
	for (i = 0; i < device.keystore->key_count; i++, key++) {
		from = &device.keystore->keys[i];
		memcpy(key->key_id, from->key_id, sizeof(key->key_id));
		key->mask = cpu_to_le64(from->mask);
		key->purpose = from->purpose;
		key->usable = from->key ? 1 : 0;
	}
	length = (u8 *)key - ret;
unlock:
	up_read(&device.lock);
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

	down_read(&device.lock);
	reason = verify(file, length, digest, ret, ret_detail);
	if (!reason)
		svcgate_cache_add(*ret);
	up_read(&device.lock);
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

	down_read(&device.lock);
	reason = judge(credential, ret_detail);
	up_read(&device.lock);
	return reason;
}

/**
 * svcgate_device_image() - verify an image manifest
 * @file: the signed manifest
 * @length: its bytes
 * @component: component that it must be of
 * @ret_image: what the decision needs of it
 * @ret_floor: lowest version of the component
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_device_image(const u8 *file, size_t length,
					 const u8 *component,
					 struct svcgate_image *ret_image,
					 u64 *ret_floor, u16 *ret_detail)
{
	u8 purpose = SVCGATE_PURPOSE_IMAGE_PRODUCTION;
	struct svcgate_verified verified;
	struct svcgate_manifest manifest;
	enum svcgate_reason reason = SVCGATE_REASON_NO_KEYSTORE;

	down_read(&device.lock);
	if (!device.keystore)
		goto unlock;
	reason = svcgate_verify_envelope(device.keystore, SVCGATE_KIND_MANIFEST, purpose,
					 file, length, &verified, ret_detail);
	if (reason == SVCGATE_REASON_PURPOSE) {
		purpose = SVCGATE_PURPOSE_IMAGE_SDK;
		reason = svcgate_verify_envelope(device.keystore, SVCGATE_KIND_MANIFEST,
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
	ret_image->purpose = purpose;
	ret_image->temporary = manifest.flags & SVCGATE_IMAGE_TEMPORARY;
	ret_image->version = manifest.version;
	*ret_floor = svcgate_keystore_floor(&device.keystore->content, component);
unlock:
	up_read(&device.lock);
	return reason;
}

/**
 * svcgate_device_init() - begin locked
 * @id_hex: device ID by module parameter, or empty
 *
 * Return: 0, -EINVAL.
 */
int __init svcgate_device_init(const char *id_hex)
{
	size_t length = strlen(id_hex);
	u8 id[SVCGATE_DEVICE_ID_MAX];
	const char *text;
	int error;

	if (!length)
		return 0;
	if (length % 2 || length > 2 * sizeof(id) || hex2bin(id, id_hex, length / 2)) {
		pr_err("device_id= is not hex of 8 to 64 bytes\n");
		return -EINVAL;
	}
	error = svcgate_device_set_id(id, length / 2, NULL, &text);
	if (error)
		pr_err("device_id= refused: %s\n", text);
	return error;
}

void svcgate_device_exit(void)
{
	svcgate_cache_flush();
	svcgate_credential_put(device.sideloaded);
	svcgate_keystore_free(device.keystore);
	kfree(device.rules);
}
