/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of trust from both ends: the host asks, the test is the helper that
 * reads CHANGE and says COMMIT or ABORT. Include before kselftest_harness.h.
 */
#ifndef _SVCGATE_TESTS_CHANGE_H
#define _SVCGATE_TESTS_CHANGE_H

#include "rig.h"

/*
 * What a request came to, beside the reason that answered it. A change that has
 * begun is acknowledged, and answered later.
 */
enum {
	CHANGE_BEGUN = 0x10000,
	CHANGE_BROKEN = -11,
};

/**
 * struct change - a CHANGE as the helper read it
 * @head: header of the message
 * @what: how things will be
 * @length: bytes of @content
 * @content: of the record
 */
struct change {
	struct svcgate_door head;
	struct svcgate_change what;
	size_t length;
	u8 content[2 * SVCGATE_MESSAGE_MAX];
};

/* The host's part. Each returns the reason or one of the above. */
int change_verdict(struct rig *rig, const struct host_request *request);
int change_ask(struct rig *rig, const struct host_request *request);
int change_ask_state(struct rig *rig, u8 target, u8 flags);
int change_ask_capability(struct rig *rig, const struct file *file);
int change_ask_keystore(struct rig *rig, const struct file *file);
int change_answer(struct rig *rig, u16 transaction);
int change_outcome(struct rig *rig, u64 session, u16 transaction, u32 *ret_reason);

/* The helper's part. */
int change_read(const struct rig *rig, struct change *ret);
int change_commit(const struct rig *rig, u64 number);
int change_abort(const struct rig *rig, u64 number);
int change_store(struct rig *rig);
bool change_is_record(const struct change *change, u8 record, const void *content,
		      size_t length);
bool change_is_capability(const struct change *change, const struct file *file);

/* What is in force now, asked by dry runs: ids out of AD, RF and FS. */
u64 change_in_force(struct rig *rig, const struct file *file);

/* A request with a credential admitted, up to the helper; and its end. */
int change_admit(struct rig *rig, u16 op, const struct file *file,
		 struct svcgate_door *ret_request);
bool change_ended(struct rig *rig, const struct svcgate_door *request, u16 reason);

/* What the device tells. */
int change_list(struct rig *rig, const struct file *file,
		struct svcgate_capability_list *ret);
int change_state(struct rig *rig, const struct file *file);
struct device_info change_info(void);

/* Files that root loads after the seal: a reason, or a negative errno. */
int change_load_keystore(const struct file *file, u64 *ret_number);
int change_load_capability(const struct file *file, u64 *ret_number);
int change_set_floors(u32 version, u32 epoch, u32 generation);

#endif /* _SVCGATE_TESTS_CHANGE_H */
