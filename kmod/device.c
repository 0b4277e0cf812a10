// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one device: who it is, its manufacturing state, whom it trusts, which
 * capability it stores. Everything here begins locked: no ID, DeviceComplete,
 * no keystore, no capability, not sealed (P2).
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/slab.h>

#include "cache.h"
#include "device_state.h"
#include "event.h"
#include "roots.h"

struct svcgate_device svcgate_device = {
	.lock = __RWSEM_INITIALIZER(svcgate_device.lock),
	.state = SVCGATE_STATE_DEVICE_COMPLETE,
	.taken = {
		.states = BIT(SVCGATE_STATE_DEVICE_COMPLETE),
		.sideloaded = ~0ULL,
	},
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

	down_write(&svcgate_device.lock);
	if (svcgate_device.id_length &&
	    (svcgate_device.id_length != length || memcmp(svcgate_device.id, id, length) ||
	     memcmp(svcgate_device.audience, none, sizeof(none)))) {
		*ret_text = "device ID was set already; it is told once a boot";
		error = -EEXIST;
	} else {
		memcpy(svcgate_device.id, id, length);
		svcgate_device.id_length = length;
		if (audience)
			memcpy(svcgate_device.audience, audience, sizeof(svcgate_device.audience));
	}
	up_write(&svcgate_device.lock);
	return error;
}

static int may_configure(const char **ret_text)
{
	static const u8 none[SVCGATE_AUDIENCE_SIZE];

	lockdep_assert_held_write(&svcgate_device.lock);
	if (svcgate_device.sealed) {
		*ret_text = "the device is sealed; configuration comes before the seal";
		return -EPERM;
	}
	if (!svcgate_device.id_length || !memcmp(svcgate_device.audience, none, sizeof(none))) {
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
	down_write(&svcgate_device.lock);
	error = may_configure(ret_text);
	if (!error && svcgate_device.state_set && state < svcgate_device.state) {
		*ret_text = "the manufacturing state never goes back";
		error = -EPERM;
	}
	if (!error) {
		svcgate_device.state = state;
		svcgate_device.state_set = true;
		svcgate_device.taken.states = BIT(state);
	}
	up_write(&svcgate_device.lock);
	return error;
}

/*
 * Whoever vouched for the stored capability may be out of the new keystore: it
 * is to be verified again, so it has to be told again (P8). Its generation stays.
 */
static void forget_sideloaded(void)
{
	svcgate_credential_put(svcgate_device.sideloaded);
	svcgate_device.sideloaded = NULL;
	svcgate_device.sideloaded_reason = SVCGATE_REASON_DONE;
	kvfree(svcgate_device.stored);
	svcgate_device.stored = NULL;
	svcgate_device.stored_length = 0;
}

/**
 * svcgate_device_set_floors() - tell what the state backend counted
 * @version: lowest keystore version
 * @epoch: lowest epoch
 * @generation: lowest generation
 * @ret_text: what is wrong
 *
 * Each can only raise a floor (P5).
 *
 * Return: 0, -EINVAL, -EPERM.
 */
int svcgate_device_set_floors(u32 version, u32 epoch, u32 generation,
			      const char **ret_text)
{
	struct svcgate_device *device = &svcgate_device;
	int error;

	down_write(&device->lock);
	error = may_configure(ret_text);
	if (!error && device->keystore &&
	    (device->keystore->content.version < version ||
	     device->keystore->content.epoch < epoch)) {
		*ret_text = "the keystore that was told before is below these floors";
		error = -EINVAL;
	}
	if (!error) {
		device->floor_version = max(device->floor_version, version);
		device->floor_epoch = max(device->floor_epoch, epoch);
		device->generation = max(device->generation, generation);
	}
	up_write(&device->lock);
	return error;
}

/* Told again before the seal: not older than what was told before. */
static enum svcgate_reason check_again(const struct svcgate_keystore_content *new)
{
	const struct svcgate_keystore *old = svcgate_device.keystore;

	if (!old)
		return SVCGATE_REASON_DONE;
	if (new->version < old->content.version)
		return SVCGATE_REASON_KEYSTORE_VERSION;
	if (new->epoch < old->content.epoch)
		return SVCGATE_REASON_KEYSTORE_EPOCH;
	if (new->version - old->content.version > SVCGATE_KEYSTORE_JUMP)
		return SVCGATE_REASON_KEYSTORE_JUMP;
	return SVCGATE_REASON_DONE;
}

/* @base and @keystore become the device's, unless the reason says otherwise. */
static enum svcgate_reason take_keystore(const u8 *record, size_t length, u8 **base,
					 struct svcgate_keystore **keystore,
					 u16 *ret_detail)
{
	struct svcgate_device *device = &svcgate_device;
	enum svcgate_reason reason;
	const u8 *in_force;
	size_t base_length;

	reason = svcgate_accept_record(record, length, keystore, &base_length, ret_detail);
	if (!reason)
		reason = check_again(&(*keystore)->content);
	if (reason)
		return reason;
	*base = svcgate_change_copy(record, base_length);
	if (!*base)
		return SVCGATE_REASON_NO_MEMORY;
	swap(device->keystore, *keystore);
	swap(device->base, *base);
	device->base_length = base_length;
	in_force = base_length < length ? record + base_length : record;
	svcgate_cache_digest(in_force, record + length - in_force, device->keystore_digest);
	svcgate_cache_flush();
	forget_sideloaded();
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_device_set_keystore() - put the stored keystore in force
 * @record: content of the keystore record
 * @length: its bytes
 * @ret_reason: %SVCGATE_REASON_DONE, or why it is not in force
 * @ret_detail: detail of the reason
 * @ret_text: what is wrong with the call
 *
 * Before the seal there is no keystore in force that could vouch for another
 * one: only a root counts, and what its file vouches for behind it.
 *
 * Return: 0 when @ret_reason says it all, -EINVAL, -EPERM.
 */
int svcgate_device_set_keystore(const u8 *record, size_t length,
				enum svcgate_reason *ret_reason, u16 *ret_detail,
				const char **ret_text)
{
	struct svcgate_keystore *keystore = NULL;
	u8 *base = NULL;
	int error;

	down_write(&svcgate_device.lock);
	error = may_configure(ret_text);
	if (!error)
		*ret_reason = take_keystore(record, length, &base, &keystore, ret_detail);
	up_write(&svcgate_device.lock);
	svcgate_keystore_free(keystore);
	kvfree(base);
	return error;
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

	lockdep_assert_held_write(&svcgate_device.lock);
	reason = svcgate_trust_judge(credential, ret_detail);
	/* A file can be superseded and wrong in a way that is named first. */
	if (reason == SVCGATE_REASON_DEVICE || cap->generation < svcgate_device.generation)
		return reason;
	if (cap->flags & SVCGATE_CAPABILITY_NO_SIDELOAD)
		return SVCGATE_REASON_NO_SIDELOAD;
	svcgate_device.generation = max(svcgate_device.generation, cap->generation);
	svcgate_credential_put(svcgate_device.sideloaded);
	kref_get(&credential->ref);
	svcgate_device.sideloaded = credential;
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
	struct svcgate_device *device = &svcgate_device;
	u8 digest[SVCGATE_SHA256_SIZE];
	enum svcgate_reason reason;
	u8 *copy = NULL;
	int error;

	svcgate_cache_digest(file, length, digest);
	down_write(&device->lock);
	error = may_configure(ret_text);
	if (error)
		goto unlock;
	copy = svcgate_change_copy(file, length);
	reason = copy ? svcgate_trust_verify(device->keystore, file, length, digest,
					     &credential, ret_detail) :
			SVCGATE_REASON_NO_MEMORY;
	if (!reason)
		reason = store_credential(credential, ret_detail);
	/* A better file that was told before stays, as its credential does. */
	if (copy && (!device->sideloaded || device->sideloaded == credential)) {
		swap(device->stored, copy);
		device->stored_length = length;
	}
	device->sideloaded_reason = reason;
	*ret_reason = reason;
unlock:
	up_write(&device->lock);
	svcgate_credential_put(credential);
	kvfree(copy);
	return error;
}

/* Room for one more rule of the maker's. */
static int may_add_rule(u16 op, const char **ret_text)
{
	struct svcgate_device *device = &svcgate_device;
	unsigned int i;

	for (i = 0; i < device->rule_count; i++) {
		if (device->rules[i].rule.op == op) {
			*ret_text = "this op has a rule already";
			return -EEXIST;
		}
	}
	if (device->rule_count >= SVCGATE_RULES_MAX) {
		*ret_text = "too many rules";
		return -ENOSPC;
	}
	if (!device->rules)
		device->rules = kcalloc(SVCGATE_RULES_MAX, sizeof(*device->rules),
					GFP_KERNEL);
	return device->rules ? 0 : -ENOMEM;
}

/**
 * svcgate_device_set_rule() - add a row of the maker's
 * @op: its number
 * @name: its name; letters, digits and dashes
 * @mask: ids that allow it
 * @ret_text: what is wrong
 *
 * Return: 0, -EINVAL, -EEXIST, -ENOSPC, -ENOMEM, -EPERM.
 */
int svcgate_device_set_rule(u16 op, const char *name, u64 mask, const char **ret_text)
{
	struct svcgate_maker_rule *maker;
	int error;

	if (op < SVCGATE_OP_MAKER || !mask || !*name) {
		*ret_text = "a maker's rule needs an op from 0x8000 on, a name and a mask";
		return -EINVAL;
	}
	down_write(&svcgate_device.lock);
	error = may_configure(ret_text);
	if (!error)
		error = may_add_rule(op, ret_text);
	if (!error) {
		maker = &svcgate_device.rules[svcgate_device.rule_count++];
		maker->rule.op = op;
		maker->rule.mask = mask;
		strscpy(maker->name, name, sizeof(maker->name));
	}
	up_write(&svcgate_device.lock);
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

	down_write(&svcgate_device.lock);
	error = may_configure(ret_text);
	if (error == -EPERM)
		error = -EALREADY;
	if (!error)
		svcgate_device.sealed = true;
	up_write(&svcgate_device.lock);
	if (!error)
		svcgate_event_emit(&event);
	return error;
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

	down_read(&svcgate_device.lock);
	ret->configured = svcgate_device.id_length;
	ret->sealed = svcgate_device.sealed;
	ret->keystore = svcgate_device.keystore;
	ret->state = svcgate_device.state;
	ret->by_state = svcgate_device.sealed ? svcgate_trust_by_state() : 0;
	ret->sideloaded = svcgate_device.sealed ? svcgate_trust_sideloaded(&reason) : 0;
	up_read(&svcgate_device.lock);
}

/**
 * svcgate_device_info() - what the device tells about itself
 * @ret: it
 */
void svcgate_device_info(struct svcgate_device_info *ret)
{
	memset(ret, 0, sizeof(*ret));
	down_read(&svcgate_device.lock);
	memcpy(ret->id, svcgate_device.id, svcgate_device.id_length);
	ret->id_length = svcgate_device.id_length;
	memcpy(ret->audience, svcgate_device.audience, sizeof(ret->audience));
	ret->state = svcgate_device.state;
	ret->sealed = svcgate_device.sealed;
	ret->generation = svcgate_device.generation;
	ret->change = svcgate_device.pending ? svcgate_device.changes : 0;
	ret->ended = svcgate_device.ended;
	ret->ended_reason = svcgate_device.ended_reason;
	if (svcgate_device.keystore) {
		ret->has_keystore = true;
		ret->keystore_version = svcgate_device.keystore->content.version;
		ret->epoch = svcgate_device.keystore->content.epoch;
	}
	up_read(&svcgate_device.lock);
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

	down_read(&svcgate_device.lock);
	count = svcgate_device.rule_count;
	if (at < count) {
		*ret = svcgate_device.rules[at];
		ret->rule.name = ret->name;
	}
	up_read(&svcgate_device.lock);
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

	svcgate_device.floor_version = svcgate_floor_version;
	svcgate_device.floor_epoch = svcgate_floor_epoch;
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
	svcgate_pending_exit();
	svcgate_cache_flush();
	forget_sideloaded();
	svcgate_keystore_free(svcgate_device.keystore);
	svcgate_keystore_free(svcgate_device.taken.keystore);
	kvfree(svcgate_device.base);
	kfree(svcgate_device.rules);
}
