// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer keystore build: the next trusted keystore.
 */
#include <errno.h>

#include "keystore.h"

struct build_options {
	struct keystore_options common;
	struct option_list keys;
};

static void read_options(struct invocation *inv, struct build_options *options)
{
	struct option_row rows[KEYSTORE_ROWS + 2] = {
		[KEYSTORE_ROWS] = { "key", OPTION_LIST, &options->keys,
				    "PURPOSE:CERT[:CAPS]",
				    "these keys in place of the directory's, this once; may be repeated" },
		{ "signer", OPTION_TEXT, &options->common.sign_with, "NAME",
		  "the same as --sign-with" },
	};

	keystore_rows(&options->common, rows);
	options_parse(inv, rows, ARRAY_SIZE(rows));
	keystore_check_options(inv, &options->common);
	if (options->keys.count > SVCGATE_KEYS_MAX)
		usage(inv->command, "--key: at most %d keys", SVCGATE_KEYS_MAX);
	if (options->keys.count && options->common.retire.count)
		usage(inv->command, "--retire takes a key of the directory out, and --key puts others in its place: one of them is wanted");
}

/* PURPOSE:CERTIFICATE[:CAPABILITIES]; only capability keys have the third. */
static int take_key(struct keystore_build *build, const char *text)
{
	char copy[4096], *path, *list;
	u64 mask = 0;
	u8 purpose;
	int r;

	if (strlen(text) >= sizeof(copy))
		return report(-ENAMETOOLONG, "--key %s: too long", text);
	strcpy(copy, text);
	path = strchr(copy, ':');
	if (path)
		*path++ = '\0';
	if (!path || svcgate_purpose_parse(copy, &purpose))
		return report(-EINVAL, "--key %s: PURPOSE:CERTIFICATE is wanted, with purpose capability, image-production, image-sdk or keystore",
			      text);
	if (purpose == SVCGATE_PURPOSE_CAPABILITY) {
		mask = SVCGATE_CAPABILITY_IDS;
		list = strrchr(path, ':');
		if (list && !svcgate_capabilities_parse(list + 1, &mask))
			*list = '\0';
	}
	r = certificate_read(path, &build->certificates[build->plan.key_count]);
	return r < 0 ? r : keystore_add_key(build, purpose, mask);
}

static int take_keys(const struct store *store, const struct build_options *options,
		     struct keyset *keyset, struct keystore_build *build)
{
	unsigned int i;
	int r;

	if (options->keys.count) {
		for (i = 0, r = 0; i < options->keys.count && !r; i++)
			r = take_key(build, options->keys.values[i]);
		return r;
	}
	r = keyset_load(store, keyset);
	for (i = 0; i < options->common.retire.count && !r; i++)
		r = keyset_retire(store, keyset, options->common.retire.values[i]);
	return r < 0 ? r : keystore_take_keys(store, keyset, build);
}

static int make(const struct store *store, const struct build_options *options,
		struct keystore_build *build)
{
	struct keyset keyset;
	struct signer signer;
	int r;

	r = keystore_signer(store, options->common.sign_with, &signer);
	if (r < 0)
		return r;
	r = keystore_load_last(store, build);
	if (!r)
		r = take_keys(store, options, &keyset, build);
	if (!r)
		r = keystore_check(store, &options->common, &signer, build);
	if (!r)
		r = keystore_make(store, &options->common, &signer,
				  options->common.retire.count ? &keyset : NULL, build);
	signer_free(&signer);
	return r;
}

int cmd_keystore_build(struct invocation *inv)
{
	struct build_options options = { .common.sign_with = KEY_ROOT };
	static struct keystore_build build;
	struct output out;
	struct store store;
	int r;

	read_options(inv, &options);
	r = store_open(inv->dir, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	r = make(&store, &options, &build);
	if (!r) {
		output_begin(&out, inv->json);
		keystore_show(&out, &options.common, &build);
		r = keystore_show_ended(&store, &out, &build);
		output_end(&out);
	}
	keystore_free(&build);
	store_close(&store);
	return r;
}
