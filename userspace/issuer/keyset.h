/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys that the next keystore will hold.
 */
#ifndef _SVCGATE_ISSUER_KEYSET_H
#define _SVCGATE_ISSUER_KEYSET_H

#include "store.h"

/* Longest name of a key, with the NUL. */
#define KEY_NAME_SIZE	65

/**
 * struct keyset - keys by purpose; of one purpose the newest is the last
 * @entries: the keys
 * @count: how many
 */
struct keyset {
	struct keyset_entry {
		u8 purpose;
		u64 mask;
		char name[KEY_NAME_SIZE];
	} entries[SVCGATE_KEYS_MAX];
	unsigned int count;
};

int keyset_load(const struct store *store, struct keyset *ret_keyset);
int keyset_save(const struct store *store, const struct keyset *keyset);
const struct keyset_entry *keyset_newest(const struct keyset *keyset, u8 purpose);
int keyset_signer(const struct store *store, u8 purpose, char out[KEY_NAME_SIZE]);
int keyset_new_name(const struct store *store, u8 purpose, char out[KEY_NAME_SIZE]);
int keyset_add(struct keyset *keyset, u8 purpose, u64 mask, const char *name);
int keyset_retire(const struct store *store, struct keyset *keyset, const char *key);
void keyset_retire_older(struct keyset *keyset, u8 purpose);

#endif /* _SVCGATE_ISSUER_KEYSET_H */
