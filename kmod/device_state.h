/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * State of the one device; private to device.c, which changes it, and trust.c,
 * which judges by it.
 */
#ifndef _SVCGATE_DEVICE_STATE_H
#define _SVCGATE_DEVICE_STATE_H

#include <linux/rwsem.h>

#include "device.h"
#include "keystore.h"

/**
 * struct svcgate_device - the one device
 * @lock: protects all that follows
 * @id: device ID
 * @id_length: its bytes, 0: not known yet
 * @audience: product line, all zero: not known yet
 * @state: in force; DeviceComplete until told otherwise
 * @state_set: told otherwise; from then on forward only (P5)
 * @sealed: configuration is over
 * @keystore: owned; replaced whole
 * @sideloaded: a reference; NULL: none is stored that is authentic
 * @sideloaded_reason: why the stored file gives nothing
 * @generation: lowest that counts; set by the stored file
 * @rule_count: entries of @rules
 * @rules: the maker's, room for %SVCGATE_RULES_MAX; NULL until there is one
 *
 * Lock order: a port's lock, then this one. It is held for reading while a
 * signature is checked, so that the keystore stays; nothing waits for a port,
 * a tty or the helper under it.
 */
struct svcgate_device {
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
};

extern struct svcgate_device svcgate_device;

/* trust.c APIs; under the lock: */
enum svcgate_reason svcgate_trust_verify(const u8 *file, size_t length, const u8 *digest,
					 struct svcgate_credential **ret, u16 *ret_detail);
enum svcgate_reason svcgate_trust_judge(const struct svcgate_credential *credential,
					u16 *ret_detail);
u64 svcgate_trust_sideloaded(u16 *ret_reason);

#endif /* _SVCGATE_DEVICE_STATE_H */
