/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: two copies of each record in one directory.
 */
#ifndef _SVCGATED_STORE_H
#define _SVCGATED_STORE_H

#include "helper_ops.h"
#include "record.h"

#define STORE_COPIES		2

/* Longest name in the store's directory, NUL included. */
#define STORE_NAME_SIZE		32

/**
 * struct store - a store and what is needed to read it
 * @ops: files
 * @dir: descriptor of the directory, -1 when there is none: nothing is in it
 * @sha256: digest of records
 * @sha256_context: its first argument
 */
struct store {
	const struct helper_ops *ops;
	int dir;
	svcgate_sha256_fn sha256;
	void *sha256_context;
};

/**
 * enum store_condition - what was found under the name of a copy
 * @STORE_ABSENT: nothing
 * @STORE_DAMAGED: not a record, or its digest does not fit
 * @STORE_LATER: a record of a later version of svcgate
 * @STORE_UNREADABLE: the file cannot be read or its digest not be computed
 * @STORE_VALID: a record
 */
enum store_condition {
	STORE_ABSENT,
	STORE_DAMAGED,
	STORE_LATER,
	STORE_UNREADABLE,
	STORE_VALID,
};

/**
 * struct store_copy - one copy of a record
 * @condition: what it is
 * @error: why it is unreadable, negative errno
 * @number: of a valid record
 */
struct store_copy {
	enum store_condition condition;
	int error;
	u64 number;
};

/**
 * struct store_entry - a record as read from its copies
 * @copies: what was found
 * @conflict: both are valid, under one number, and differ: neither counts
 * @repaired: bit n: copy n was written anew
 * @repair_error: why a copy could not be, negative errno
 * @number: of the record
 * @content: what it keeps; NULL when there is none to be used
 * @content_length: its bytes
 */
struct store_entry {
	struct store_copy copies[STORE_COPIES];
	bool conflict;
	unsigned int repaired;
	int repair_error;
	u64 number;
	u8 *content;
	size_t content_length;
};

const char *store_item_name(u8 kind);
const char *store_condition_text(const struct store_copy *copy);
void store_copy_name(u8 kind, unsigned int copy, char ret_name[STORE_NAME_SIZE]);

int store_load(const struct store *store, u8 kind, struct store_entry *ret_entry);
void store_entry_free(struct store_entry *entry);
int store_keep(const struct store *store, u8 kind, const void *content, size_t length,
	       bool *ret_doubt);
int store_is_fresh(const struct store *store, u8 *ret_kind, unsigned int *ret_copy);

#endif /* _SVCGATED_STORE_H */
