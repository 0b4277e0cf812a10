/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the one device; private to device.c, which configures it, accept.c,
 * change.c and pending.c, which change it, and trust.c, which judges by it.
 */
#ifndef _SVCGATE_DEVICE_STATE_H
#define _SVCGATE_DEVICE_STATE_H

#include <linux/atomic.h>
#include <linux/rwsem.h>

#include "device.h"
#include "keystore.h"

/**
 * struct svcgate_pending - a change of trust on its way to the store
 * @ref: one for the device, one for each reader
 * @owner: port that asked for it; NULL: root, or the port is gone. Only compared
 * @reader: port whose opener has read it and not closed the door; only compared
 * @session: of the host that waits
 * @transaction: its number
 * @outcome: the host may ask for the outcome later
 * @credential: of a capability, what will be stored; of a keystore, the stored
 *	file as the new one sees it, or NULL; a reference
 * @credential_reason: why a stored file will give nothing
 * @file: of a capability, the file; of a keystore, the file that a root signed,
 *	NULL when that stays; owned
 * @file_length: its bytes
 * @digest: of a keystore file
 * @head: the message for the helper: header,
 * @change: what to store,
 * @content: and the content of the record
 *
 * @owner, @reader: under the device's lock. The rest does not change, but that
 * the end of the change takes @credential and @file away, which readers do not
 * look at.
 */
struct svcgate_pending {
	struct kref ref;
	const void *owner;
	const void *reader;
	u64 session;
	u16 transaction;
	bool outcome;
	struct svcgate_credential *credential;
	u16 credential_reason;
	u8 *file;
	size_t file_length;
	u8 digest[SVCGATE_SHA256_SIZE];
	struct svcgate_door head;
	struct svcgate_change change;
	u8 content[];
};

/**
 * struct svcgate_taken - what was taken away and is not durable yet
 * @states: a file must count in each of these states, %SVCGATE_STATE_BLANK first
 * @sideloaded: ids of the stored file that still count
 * @doubt: a file could not be stored: whether the store has it, or the one before,
 *	nobody knows
 * @generation: lowest that counts for a request's credential
 * @keystore: must vouch for everything, too; owned, NULL when there is none
 *
 * Goes with the change that took it, once that is done. A change that could not
 * be stored leaves it until a later one of its kind is done.
 */
struct svcgate_taken {
	u8 states;
	u64 sideloaded;
	bool doubt;
	u32 generation;
	struct svcgate_keystore *keystore;
};

/**
 * struct svcgate_device - the one device
 * @turn: counts whatever may have ended a permission; may be read without @lock
 * @lock: protects all that follows
 * @id: device ID
 * @id_length: its bytes, 0: not known yet
 * @audience: product line, all zero: not known yet
 * @state: in force; DeviceComplete until told otherwise
 * @state_set: told otherwise; from then on forward only (P5)
 * @sealed: configuration is over
 * @floor_version: no keystore below it, whatever is in force (P5)
 * @floor_epoch: likewise
 * @keystore: owned; replaced whole
 * @keystore_digest: SHA-256 of its file
 * @base: the last keystore file that a root signed; owned
 * @base_length: its bytes
 * @sideloaded: a reference; NULL: none is stored that is authentic
 * @sideloaded_reason: why the stored file gives nothing
 * @stored: the stored capability file, authentic or not; owned
 * @stored_length: its bytes, 0: none is stored
 * @generation: lowest that counts; set by the stored file
 * @taken: what changes took away and did not make durable yet
 * @pending: the change on its way, or NULL
 * @changes: number of the last change that began
 * @ended: number of the last change that ended, 0: none
 * @ended_reason: how
 * @rule_count: entries of @rules
 * @rules: the maker's, room for %SVCGATE_RULES_MAX; NULL until there is one
 *
 * Lock order: a port's lock, then this one. It is held for reading while a
 * signature is checked, so that the keystore stays; nothing waits for a port,
 * a tty or the helper under it.
 */
struct svcgate_device {
	atomic_t turn;
	struct rw_semaphore lock;
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t id_length;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	u8 state;
	bool state_set;
	bool sealed;
	u32 floor_version;
	u32 floor_epoch;
	struct svcgate_keystore *keystore;
	u8 keystore_digest[SVCGATE_SHA256_SIZE];
	u8 *base;
	size_t base_length;
	struct svcgate_credential *sideloaded;
	u16 sideloaded_reason;
	u8 *stored;
	size_t stored_length;
	u32 generation;
	struct svcgate_taken taken;
	struct svcgate_pending *pending;
	u64 changes;
	u64 ended;
	u16 ended_reason;
	unsigned int rule_count;
	struct svcgate_maker_rule *rules;
};

extern struct svcgate_device svcgate_device;

/* trust.c APIs; under the lock: */
enum svcgate_reason svcgate_trust_verify(const struct svcgate_keystore *keystore,
					 const u8 *file, size_t length, const u8 *digest,
					 struct svcgate_credential **ret, u16 *ret_detail);
enum svcgate_reason svcgate_trust_judge(const struct svcgate_credential *credential,
					u16 *ret_detail);
enum svcgate_reason svcgate_trust_storable(const struct svcgate_credential *credential);
u64 svcgate_trust_by_state(void);
u64 svcgate_trust_sideloaded(u16 *ret_reason);

/* accept.c APIs; under the lock, for writing: */
enum svcgate_reason svcgate_accept_keystore(const u8 *file, size_t length,
					    struct svcgate_keystore **ret,
					    bool *ret_by_root, u16 *ret_detail);
enum svcgate_reason svcgate_accept_record(const u8 *record, size_t length,
					  struct svcgate_keystore **ret,
					  size_t *ret_base_length, u16 *ret_detail);

/* change.c and pending.c APIs: */
u8 *svcgate_change_copy(const u8 *file, size_t length);
struct svcgate_pending *svcgate_pending_new(const struct svcgate_asker *asker, u8 record,
					    size_t length);
void svcgate_pending_exit(void);

#endif /* _SVCGATE_DEVICE_STATE_H */
