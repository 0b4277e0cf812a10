// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Building the next trusted keystore: what "build" and "rotate" share.
 */
#include <errno.h>
#include <stdlib.h>

#include "keystore.h"

/**
 * keystore_rows() - the options of every command that makes a keystore
 * @options: where they go
 * @rows: room for %KEYSTORE_ROWS
 */
void keystore_rows(struct keystore_options *options, struct option_row *rows)
{
	const struct option_row all[KEYSTORE_ROWS] = {
		{ "version", OPTION_U32, &options->version, "N",
		  "its version (one above the last)" },
		{ "epoch", OPTION_U32, &options->epoch, "N",
		  "from now on refuse capability files below epoch N" },
		{ "revoke", OPTION_LIST, &options->revoke, "SERIAL",
		  "revoke a capability file too; may be repeated" },
		{ "floor", OPTION_LIST, &options->floors, "COMPONENT:VERSION",
		  "refuse images of it below a version; may be repeated" },
		{ "retire", OPTION_LIST, &options->retire, "KEY",
		  "from now on without this key, a name or an id; may be repeated" },
		{ "sign-with", OPTION_TEXT, &options->sign_with, "KEY",
		  "root (default), spare, another key's name, or its path" },
		{ "output-file", OPTION_TEXT, &options->output_file, "FILE",
		  "where the keystore goes" },
	};

	memcpy(rows, all, sizeof(all));
}

/**
 * keystore_check_options() - leave the program when they are wrong
 * @inv: the command line
 * @options: from it
 */
void keystore_check_options(struct invocation *inv,
			    const struct keystore_options *options)
{
	if (!options->output_file)
		usage(inv->command, "--output-file is wanted");
	if (options->version.given && !options->version.value)
		usage(inv->command, "--version 0: versions begin with 1");
}

/**
 * keystore_add_key() - put the certificate that was read last into the keystore
 * @build: the keystore
 * @purpose: &enum svcgate_purpose
 * @mask: ids that it may grant
 *
 * Return: 0.
 */
int keystore_add_key(struct keystore_build *build, u8 purpose, u64 mask)
{
	unsigned int at = build->plan.key_count++;

	build->keys[at].purpose = purpose;
	build->keys[at].mask = mask;
	build->keys[at].certificate = build->certificates[at].der;
	build->keys[at].certificate_length = build->certificates[at].length;
	return 0;
}

/**
 * keystore_take_keys() - put the keys of a list into the keystore
 * @store: the directory
 * @keyset: the list
 * @build: the keystore
 *
 * Return: 0 or a negative errno, already said.
 */
int keystore_take_keys(const struct store *store, const struct keyset *keyset,
		       struct keystore_build *build)
{
	const struct keyset_entry *entry = keyset->entries;
	int r = 0;

	for (; entry < keyset->entries + keyset->count && !r; entry++) {
		r = key_certificate(store, entry->name,
				    &build->certificates[build->plan.key_count]);
		if (!r)
			r = keystore_add_key(build, entry->purpose, entry->mask);
	}
	return r;
}

/* Without a capability key nobody could ever open the device again by a file. */
static int check_keys(const struct keystore_build *build)
{
	unsigned int i;

	for (i = 0; i < build->plan.key_count; i++)
		if (build->keys[i].purpose == SVCGATE_PURPOSE_CAPABILITY)
			return 0;
	return report(-EINVAL, "The keystore would have no key with purpose capability; a device refuses such a keystore");
}

static int take_audience(const struct store *store, struct keystore_build *build)
{
	size_t length = 0;
	char *text;
	int r;

	r = store_read_text(store, "audience", &text);
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	r = svcgate_hex_decode(text, build->audience, sizeof(build->audience), &length);
	free(text);
	if (r < 0 || length != sizeof(build->audience))
		return report(-EBADMSG, "%s/audience is damaged; restore it from a backup",
			      store->path);
	return 0;
}

static int take_version(const struct store *store, const struct option_number *wanted,
			u32 *ret_version)
{
	u32 last;
	int r;

	r = store_read_number(store, "keystore-version", &last);
	if (r < 0)
		return r;
	if (wanted->given && wanted->value <= last)
		return report(-EINVAL, "Version %u was built already (the last one is %u); devices only take a later one",
			      (u32)wanted->value, last);
	if (wanted->given && last && wanted->value - last > SVCGATE_KEYSTORE_JUMP)
		return report(-EINVAL, "Version %u is more than %d above the last one, %u; a device would refuse it",
			      (u32)wanted->value, SVCGATE_KEYSTORE_JUMP, last);
	if (!wanted->given && last == UINT32_MAX)
		return report(-EOVERFLOW, "The versions of keystores are used up");
	*ret_version = wanted->given ? wanted->value : last + 1;
	return 0;
}

static int take_epoch(const struct store *store, const struct option_number *wanted,
		      u32 *ret_epoch)
{
	u32 epoch;
	int r;

	r = store_read_number(store, "epoch", &epoch);
	if (r < 0)
		return r;
	if (wanted->given && wanted->value < epoch)
		return report(-EINVAL, "Epoch %u is below the one in force, %u; it never goes down",
			      (u32)wanted->value, epoch);
	*ret_epoch = wanted->given ? wanted->value : epoch;
	return 0;
}

/*
 * The numbers are taken before anything is signed: a cut costs a number, it
 * never gives one twice. Files that the epoch ends need no place on the list.
 */
static int take_lists(const struct store *store, const struct keystore_options *options,
		      struct keystore_build *build)
{
	struct svcgate_keystore_plan *plan = &build->plan;
	unsigned int i;
	int r;

	r = store_write_number(store, "epoch", plan->epoch);
	if (!r)
		r = revoked_load(store, &build->revoked);
	if (r < 0)
		return r;
	revoked_drop_below(&build->revoked, plan->epoch);
	r = revoked_save(store, &build->revoked);
	for (i = 0; i < options->revoke.count && !r; i++)
		r = revoked_add(store, &build->revoked, options->revoke.values[i],
				false);
	if (!r)
		r = floors_load(store, &build->floors);
	for (i = 0; i < options->floors.count && !r; i++)
		r = floors_raise(&build->floors, options->floors.values[i]);
	if (!r && options->floors.count)
		r = floors_save(store, &build->floors);
	return r;
}

static int take_numbers(const struct store *store, const struct keystore_options *options,
			struct keystore_build *build)
{
	struct svcgate_keystore_plan *plan = &build->plan;
	int r;

	r = take_version(store, &options->version, &plan->version);
	if (!r)
		r = take_epoch(store, &options->epoch, &plan->epoch);
	if (!r)
		r = take_lists(store, options, build);
	if (!r)
		r = store_write_number(store, "keystore-version", plan->version);
	if (r < 0)
		return r;
	plan->audience = build->audience;
	plan->keys = build->keys;
	plan->revoked = build->revoked.serials[0];
	plan->revoked_count = build->revoked.count;
	plan->floors = build->floors.entries;
	plan->floor_count = build->floors.count;
	return 0;
}

static int build_content(const struct keystore_build *build, u8 content[SVCGATE_KEYSTORE_MAX],
			 size_t *ret_length)
{
	int r = svcgate_keystore_build(&build->plan, content, SVCGATE_KEYSTORE_MAX,
				       ret_length);

	if (r < 0)
		return report(r, "The keystore is too long: %d bytes are allowed; name fewer keys or shorter certificates",
			      SVCGATE_KEYSTORE_MAX);
	return 0;
}

/**
 * keystore_check() - would a device take a keystore with these keys?
 * @store: the directory
 * @options: of the command line
 * @signer: who signs
 * @build: its keys are there, and the last keystore
 *
 * Return: 0 or a negative errno, already said.
 */
int keystore_check(const struct store *store, const struct keystore_options *options,
		   const struct signer *signer, const struct keystore_build *build)
{
	int r = check_keys(build);

	return r < 0 ? r : keystore_check_signer(store, options->sign_with, signer, build);
}

/**
 * keystore_make() - make the keystore whose keys are chosen and checked
 * @store: the directory, open for change
 * @options: of the command line
 * @signer: who signs
 * @keyset: the list to keep from now on, or NULL when it stays as it is
 * @build: its keys are there; the rest is filled in
 *
 * The list of keys is kept when nothing but the disk can stop the keystore any more.
 *
 * Return: 0 or a negative errno, already said.
 */
int keystore_make(const struct store *store, const struct keystore_options *options,
		  const struct signer *signer, const struct keyset *keyset,
		  struct keystore_build *build)
{
	u8 content[SVCGATE_KEYSTORE_MAX], file[FILE_MAX];
	size_t content_length, length;
	int r;

	r = take_audience(store, build);
	if (!r)
		r = take_numbers(store, options, build);
	if (!r)
		r = build_content(build, content, &content_length);
	if (!r)
		r = sign_file(signer, SVCGATE_KIND_KEYSTORE, content, content_length,
			      file, &length);
	if (!r && keyset)
		r = keyset_save(store, keyset);
	if (!r)
		r = file_write(options->output_file, file, length);
	if (!r)
		r = store_write(store, "last-keystore", file, length, 0666);
	return r;
}

/**
 * keystore_show() - show what was made
 * @out: where
 * @options: of the command line
 * @build: the keystore
 */
void keystore_show(struct output *out, const struct keystore_options *options,
		   const struct keystore_build *build)
{
	output_text(out, "file", "File", options->output_file);
	output_number(out, "version", "Version", build->plan.version);
	output_hex(out, "audience", "Audience", build->audience,
		   sizeof(build->audience));
	output_number(out, "epoch", "Epoch", build->plan.epoch);
	output_number(out, "keyCount", "Keys", build->plan.key_count);
	output_number(out, "revokedCount", "Revoked serials",
		      build->plan.revoked_count);
	output_number(out, "floorCount", "Component floors", build->plan.floor_count);
}

/**
 * keystore_free() - forget a keystore
 * @build: the keystore
 */
void keystore_free(struct keystore_build *build)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(build->certificates); i++)
		certificate_free(&build->certificates[i]);
	free(build->last);
}
