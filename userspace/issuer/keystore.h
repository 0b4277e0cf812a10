/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Building the next trusted keystore: what "build" and "rotate" share.
 */
#ifndef _SVCGATE_ISSUER_KEYSTORE_H
#define _SVCGATE_ISSUER_KEYSTORE_H

#include "floors.h"
#include "keyset.h"
#include "options.h"
#include "output.h"
#include "registry.h"
#include "sign.h"

/* Rows of keystore_rows(). */
#define KEYSTORE_ROWS	7

/**
 * struct keystore_options - options of every command that makes a keystore
 */
struct keystore_options {
	struct option_number version;
	struct option_number epoch;
	struct option_list revoke;
	struct option_list floors;
	struct option_list retire;
	const char *sign_with;
	const char *output_file;
};

/**
 * struct keystore_build - a keystore while it is built
 * @plan: its content; points to what follows
 * @audience: of the directory
 * @certificates: of its keys
 * @keys: its keys
 * @revoked: the directory's list
 * @floors: the directory's list
 * @last: the keystore that was built before, NULL before the first one
 * @last_length: its bytes
 */
struct keystore_build {
	struct svcgate_keystore_plan plan;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	struct certificate certificates[SVCGATE_KEYS_MAX];
	struct svcgate_keystore_entry keys[SVCGATE_KEYS_MAX];
	struct revoked revoked;
	struct floors floors;
	void *last;
	size_t last_length;
};

void keystore_rows(struct keystore_options *options, struct option_row *rows);
void keystore_check_options(struct invocation *inv,
			    const struct keystore_options *options);

int keystore_add_key(struct keystore_build *build, u8 purpose, u64 mask);
int keystore_take_keys(const struct store *store, const struct keyset *keyset,
		       struct keystore_build *build);
int keystore_check(const struct store *store, const struct keystore_options *options,
		   const struct signer *signer, const struct keystore_build *build);
int keystore_make(const struct store *store, const struct keystore_options *options,
		  const struct signer *signer, const struct keyset *keyset,
		  struct keystore_build *build);
void keystore_show(struct output *out, const struct keystore_options *options,
		   const struct keystore_build *build);
void keystore_free(struct keystore_build *build);

/* roots.c */
int keystore_signer(const struct store *store, const char *who, struct signer *ret_signer);
int keystore_load_last(const struct store *store, struct keystore_build *build);
int keystore_parse_last(const struct keystore_build *build,
			struct svcgate_keystore_content *ret_content);
int keystore_check_signer(const struct store *store, const char *who,
			  const struct signer *signer,
			  const struct keystore_build *build);

/* ended.c */
int keystore_show_ended(const struct store *store, struct output *out,
			const struct keystore_build *build);

#endif /* _SVCGATE_ISSUER_KEYSTORE_H */
