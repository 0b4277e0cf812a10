/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys by purpose and audience, and the floors a keystore sets.
 */
#ifndef _SVCGATE_KEYSTORE_H
#define _SVCGATE_KEYSTORE_H

#include <linux/key.h>
#include <linux/kref.h>

#include "content.h"

/**
 * struct svcgate_key - one trusted key
 * @key_id: SHA-256 of its certificate
 * @purpose: &enum svcgate_purpose
 * @mask: ids that it may grant (purpose capability)
 * @key: the kernel's key, held; NULL when this kernel lacks the algorithm
 */
struct svcgate_key {
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	u8 purpose;
	u64 mask;
	struct key *key;
};

/**
 * struct svcgate_keystore - a trusted keystore; never changes once it is built
 * @ring: private keyring that shows the keys to root, held
 * @content: what the file says, parsed; points into @raw
 * @key_count: entries of @keys
 * @keys: in the file's order
 * @raw_length: bytes of @raw
 * @raw: copy of the verified content
 *
 * Life: built whole by svcgate_keystore_create(), published by device.c under
 * its lock, ended by svcgate_keystore_free() after it was replaced.
 */
struct svcgate_keystore {
	struct key *ring;
	struct svcgate_keystore_content content;
	unsigned int key_count;
	struct svcgate_key keys[SVCGATE_KEYS_MAX];
	size_t raw_length;
	u8 raw[];
};

enum svcgate_reason svcgate_keystore_create(const u8 *content, size_t length,
					    struct svcgate_keystore **ret,
					    u16 *ret_detail);
void svcgate_keystore_free(struct svcgate_keystore *keystore);
const struct svcgate_key *svcgate_keystore_find(const struct svcgate_keystore *keystore,
						const u8 *key_id, u8 purpose);
const struct svcgate_keystore *svcgate_keystore_roots(void);

int svcgate_keystore_init(void);
void svcgate_keystore_exit(void);

#endif /* _SVCGATE_KEYSTORE_H */
