// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer keystore rotate: a new key, and the next keystore with it.
 *
 * The old key stays in the keystore unless it is retired, so that nobody is locked
 * out who has a file of it; new files are signed by the new one.
 */
#include <errno.h>
#include <stdlib.h>

#include "keystore.h"

struct rotate_options {
	struct keystore_options common;
	const char *purpose;
	const char *algorithm;
	bool retire_old;
};

/* The key that was made. */
struct rotation {
	u8 purpose;
	u64 mask;
	char algorithm[16];
	char name[KEY_NAME_SIZE];
	u8 key_id[SVCGATE_KEY_ID_SIZE];
};

static void read_options(struct invocation *inv, struct rotate_options *options,
			 struct rotation *rotation)
{
	struct option_row rows[KEYSTORE_ROWS + 3] = {
		[KEYSTORE_ROWS] = { "purpose", OPTION_TEXT, &options->purpose, "PURPOSE",
				    "capability, image-production, image-sdk or keystore" },
		{ "algorithm", OPTION_TEXT, &options->algorithm, "A",
		  "rsa:2048|3072|4096, ec:P-256|P-384 (that of the key before it)" },
		{ "retire-old", OPTION_FLAG, &options->retire_old, NULL,
		  "from now on without the older keys of this purpose" },
	};

	keystore_rows(&options->common, rows);
	options_parse(inv, rows, ARRAY_SIZE(rows));
	keystore_check_options(inv, &options->common);
	if (!options->purpose || svcgate_purpose_parse(options->purpose, &rotation->purpose))
		usage(inv->command, "--purpose capability, image-production, image-sdk or keystore is wanted");
	if (options->algorithm && !crypto_algorithm_known(options->algorithm))
		usage(inv->command, "--algorithm %s: rsa:2048, rsa:3072, rsa:4096, ec:P-256 and ec:P-384 are possible",
		      options->algorithm);
}

/* The new key does what the one before it does, unless told otherwise. */
static int follow(const struct store *store, const struct rotate_options *options,
		  const struct keyset *keyset, struct rotation *rotation)
{
	const struct keyset_entry *before = keyset_newest(keyset, rotation->purpose);
	struct certificate certificate;
	int r;

	rotation->mask = rotation->purpose == SVCGATE_PURPOSE_CAPABILITY ?
			 SVCGATE_CAPABILITY_IDS : 0;
	snprintf(rotation->algorithm, sizeof(rotation->algorithm), "%s",
		 options->algorithm ?: CRYPTO_ALGORITHM);
	if (!before)
		return 0;
	rotation->mask = before->mask;
	if (options->algorithm)
		return 0;
	r = key_certificate(store, before->name, &certificate);
	if (r < 0)
		return r;
	crypto_algorithm_of(certificate.key, rotation->algorithm);
	certificate_free(&certificate);
	return 0;
}

static int make_key(const struct store *store, struct keyset *keyset,
		    struct rotation *rotation)
{
	struct certificate certificate;
	int r;

	r = keyset_new_name(store, rotation->purpose, rotation->name);
	if (!r)
		r = keyset_add(keyset, rotation->purpose, rotation->mask, rotation->name);
	if (!r)
		r = key_make(store, rotation->name, rotation->algorithm);
	if (!r)
		r = key_certificate(store, rotation->name, &certificate);
	if (r < 0)
		return r;
	memcpy(rotation->key_id, certificate.key_id, sizeof(rotation->key_id));
	certificate_free(&certificate);
	return 0;
}

/* Old keys go first: they make room for the new one. */
static int change_keys(const struct store *store, const struct rotate_options *options,
		       struct keyset *keyset, struct rotation *rotation)
{
	unsigned int i;
	int r;

	r = keyset_load(store, keyset);
	if (!r)
		r = follow(store, options, keyset, rotation);
	for (i = 0; i < options->common.retire.count && !r; i++)
		r = keyset_retire(store, keyset, options->common.retire.values[i]);
	if (!r)
		r = make_key(store, keyset, rotation);
	if (!r && options->retire_old)
		keyset_retire_older(keyset, rotation->purpose);
	return r;
}

static int make(const struct store *store, const struct rotate_options *options,
		struct rotation *rotation, struct keystore_build *build)
{
	struct keyset keyset;
	struct signer signer;
	int r;

	r = keystore_signer(store, options->common.sign_with, &signer);
	if (r < 0)
		return r;
	r = keystore_load_last(store, build);
	if (!r)
		r = change_keys(store, options, &keyset, rotation);
	if (!r)
		r = keystore_take_keys(store, &keyset, build);
	if (!r)
		r = keystore_check(store, &options->common, &signer, build);
	if (r < 0 && *rotation->name)
		key_forget(store, rotation->name);
	if (!r)
		r = keystore_make(store, &options->common, &signer, &keyset, build);
	signer_free(&signer);
	return r;
}

static int show(struct invocation *inv, const struct store *store,
		const struct rotate_options *options, const struct rotation *rotation,
		const struct keystore_build *build)
{
	struct output out;
	int r;

	output_begin(&out, inv->json);
	output_text(&out, "key", "New key", rotation->name);
	output_text(&out, "purpose", "Purpose", svcgate_purpose_name(rotation->purpose));
	output_text(&out, "algorithm", "Algorithm", rotation->algorithm);
	output_hex(&out, "keyId", "Key ID", rotation->key_id, sizeof(rotation->key_id));
	keystore_show(&out, &options->common, build);
	r = keystore_show_ended(store, &out, build);
	output_end(&out);
	if (!inv->json && rotation->purpose != SVCGATE_PURPOSE_KEYSTORE)
		printf("New files are signed by %s; a device needs this keystore before it takes them: svcgate device sideload deploy --image-package %s\n",
		       rotation->name, options->common.output_file);
	return r;
}

int cmd_keystore_rotate(struct invocation *inv)
{
	struct rotate_options options = { .common.sign_with = KEY_ROOT };
	static struct keystore_build build;
	struct rotation rotation = { };
	struct store store;
	int r;

	read_options(inv, &options, &rotation);
	r = store_open(inv->dir, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	r = make(&store, &options, &rotation, &build);
	if (!r)
		r = show(inv, &store, &options, &rotation, &build);
	keystore_free(&build);
	store_close(&store);
	return r;
}
