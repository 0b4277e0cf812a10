/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one device: ID, manufacturing state, keystore, capability, change of trust.
 */
#ifndef _SVCGATE_DEVICE_H
#define _SVCGATE_DEVICE_H

#include <linux/kref.h>

#include "bucket.h"
#include "content.h"
#include "gate.h"

/**
 * struct svcgate_credential - a capability file whose signature was good
 * @ref: one for the cache, one for each user
 * @digest: SHA-256 of the whole file
 * @key_id: key that signed it
 * @cap: what it says; points into @content
 * @content: copy of the verified content
 *
 * Never changes. That the signature was good and that all limits are enforced
 * holds for ever; whether the signer may grant these ids, device, state, epoch,
 * revocation and generation are judged at each use.
 */
struct svcgate_credential {
	struct kref ref;
	u8 digest[SVCGATE_SHA256_SIZE];
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	struct svcgate_capability cap;
	u8 content[];
};

struct svcgate_pending;

/**
 * struct svcgate_device_view - what a decision needs to know of the device
 * @configured: the device ID is known
 * @sealed: configuration is over
 * @keystore: a keystore is in force
 * @state: manufacturing state in force
 * @by_state: ids by that state
 * @sideloaded: ids by the stored file
 */
struct svcgate_device_view {
	bool configured;
	bool sealed;
	bool keystore;
	u8 state;
	u64 by_state;
	u64 sideloaded;
};

/**
 * struct svcgate_device_info - what the device tells about itself
 * @id: device ID
 * @id_length: its bytes, 0: not known yet
 * @audience: product line
 * @state: manufacturing state in force
 * @sealed: configuration is over
 * @has_keystore: @keystore_version and @epoch count
 * @keystore_version: of the keystore in force
 * @epoch: of the keystore in force
 * @generation: lowest generation that counts
 * @change: number of the change of trust on its way, 0: none
 * @ended: number of the last change of trust that ended, 0: none
 * @ended_reason: done or not-stored
 */
struct svcgate_device_info {
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t id_length;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	u8 state;
	bool sealed;
	bool has_keystore;
	u32 keystore_version;
	u32 epoch;
	u32 generation;
	u64 change;
	u64 ended;
	u16 ended_reason;
};

/**
 * struct svcgate_signer - who signed an image, under which purpose
 * @purpose: &enum svcgate_purpose, 0: there is no image
 * @key_id: the key
 */
struct svcgate_signer {
	u8 purpose;
	u8 key_id[SVCGATE_KEY_ID_SIZE];
};

/**
 * struct svcgate_asker - who asks for a change of trust
 * @owner: port; NULL: root, by netlink. Only compared
 * @bucket: bounds durable changes; NULL: nothing does
 * @helper: somebody is there to store it
 * @session: of the host that will be answered
 * @transaction: its number
 * @outcome: the host may ask for the outcome later
 * @turn: of the device before the request was permitted; counts where a permission
 *	was needed
 */
struct svcgate_asker {
	const void *owner;
	struct svcgate_bucket *bucket;
	bool helper;
	u64 session;
	u16 transaction;
	bool outcome;
	int turn;
};

/**
 * struct svcgate_maker_rule - a row that the maker added
 * @rule: the row; its name is @name
 * @name: NUL-terminated
 */
struct svcgate_maker_rule {
	struct svcgate_rule rule;
	char name[32];
};

/* Configuration; each returns 0 or -errno and a text for an error. */
int svcgate_device_set_id(const u8 *id, size_t length, const u8 *audience,
			  const char **ret_text);
int svcgate_device_set_state(u8 state, const char **ret_text);
int svcgate_device_set_floors(u32 version, u32 epoch, u32 generation,
			      const char **ret_text);
int svcgate_device_set_keystore(const u8 *record, size_t length,
				enum svcgate_reason *ret_reason, u16 *ret_detail,
				const char **ret_text);
int svcgate_device_set_capability(const u8 *file, size_t length,
				  enum svcgate_reason *ret_reason, u16 *ret_detail,
				  const char **ret_text);
int svcgate_device_set_rule(u16 op, const char *name, u64 mask, const char **ret_text);
int svcgate_device_seal(const char **ret_text);

/* What is so now. */
void svcgate_device_look(struct svcgate_device_view *ret);
void svcgate_device_info(struct svcgate_device_info *ret);
bool svcgate_device_rule(u16 op, struct svcgate_maker_rule *ret);
unsigned int svcgate_device_rules(unsigned int at, struct svcgate_maker_rule *ret);
void svcgate_device_list(const struct svcgate_credential *passed,
			 struct svcgate_capability_list *ret);
size_t svcgate_device_keystore_list(u8 *ret, size_t size);

/* Credentials. */
struct svcgate_credential *svcgate_device_cached(const u8 *file, size_t length,
						 u8 *ret_digest);
enum svcgate_reason svcgate_device_verify(const u8 *file, size_t length,
					  const u8 *digest,
					  struct svcgate_credential **ret,
					  u16 *ret_detail);
enum svcgate_reason svcgate_device_judge(const struct svcgate_credential *credential,
					 u16 *ret_detail);
enum svcgate_reason svcgate_device_image(const u8 *file, size_t length,
					 const u8 *component,
					 struct svcgate_image *ret_image,
					 struct svcgate_signer *ret_signer,
					 u64 *ret_floor, u16 *ret_detail);
bool svcgate_device_trusts(const struct svcgate_signer *signer, const u8 *component,
			   u64 *ret_floor);
void svcgate_credential_put(struct svcgate_credential *credential);

/* Changes of trust; change.c. What may end a permission moves the turn. */
int svcgate_device_turn(void);
bool svcgate_change_is_keystore(const u8 *file, size_t length);
enum svcgate_reason svcgate_change_state(const struct svcgate_asker *asker, u8 target,
					 bool keep, u64 *ret_number);
enum svcgate_reason svcgate_change_capability(const struct svcgate_asker *asker,
					      struct svcgate_credential *credential,
					      const u8 *file, size_t length,
					      u64 *ret_number, u16 *ret_detail);
enum svcgate_reason svcgate_change_keystore(const struct svcgate_asker *asker,
					    const u8 *file, size_t length,
					    u64 *ret_number, u16 *ret_detail);

/* The change on its way, as the doors see it; pending.c. */
bool svcgate_pending_any(void);
bool svcgate_pending_waits(const void *reader, bool lowest);
int svcgate_pending_read(const void *reader, bool lowest, size_t size,
			 struct svcgate_pending **ret);
const void *svcgate_pending_message(const struct svcgate_pending *pending, size_t *ret_length);
void svcgate_pending_put(struct svcgate_pending *pending);
int svcgate_pending_end(u64 number, const void *reader, bool stored, u64 *ret_session,
			u16 *ret_transaction);
void svcgate_pending_unread(const void *reader);
bool svcgate_pending_disown(const void *owner);

int svcgate_device_init(const char *id_hex);
void svcgate_device_exit(void);

#endif /* _SVCGATE_DEVICE_H */
