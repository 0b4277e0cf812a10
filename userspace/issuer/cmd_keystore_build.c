// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer keystore build: the next trusted keystore.
 */
#include <errno.h>
#include <stdlib.h>

#include "floors.h"
#include "options.h"
#include "output.h"
#include "registry.h"
#include "sign.h"

struct build_options {
	struct option_number version;
	struct option_number epoch;
	struct option_list revoke;
	struct option_list keys;
	struct option_list floors;
	const char *signer;
	const char *output_file;
};

/* What the keystore's content points to while it is built. */
struct build {
	struct svcgate_keystore_plan plan;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	struct certificate certificates[SVCGATE_KEYS_MAX];
	struct svcgate_keystore_entry keys[SVCGATE_KEYS_MAX];
	struct revoked revoked;
	struct floors floors;
};

static void read_options(struct invocation *inv, struct build_options *options)
{
	const struct option_row rows[] = {
		{ "version", OPTION_U32, &options->version, "N",
		  "its version (one above the last)" },
		{ "epoch", OPTION_U32, &options->epoch, "N",
		  "from now on refuse capability files below epoch N" },
		{ "revoke", OPTION_LIST, &options->revoke, "SERIAL",
		  "revoke a capability file too; may be repeated" },
		{ "floor", OPTION_LIST, &options->floors, "COMPONENT:VERSION",
		  "refuse images of it below a version; may be repeated" },
		{ "key", OPTION_LIST, &options->keys, "PURPOSE:CERT[:CAPS]",
		  "these keys in place of the directory's; may be repeated" },
		{ "signer", OPTION_TEXT, &options->signer, "NAME",
		  "signing key (" KEY_ROOT ")" },
		{ "output-file", OPTION_TEXT, &options->output_file, "FILE",
		  "where the keystore goes" },
	};

	options_parse(inv, rows, ARRAY_SIZE(rows));
	if (!options->output_file)
		usage(inv->command, "--output-file is wanted");
	if (options->version.given && !options->version.value)
		usage(inv->command, "--version 0: versions begin with 1");
	if (options->keys.count > SVCGATE_KEYS_MAX)
		usage(inv->command, "--key: at most %d keys", SVCGATE_KEYS_MAX);
}

static void add_key(struct build *build, u8 purpose, u64 mask)
{
	unsigned int at = build->plan.key_count++;

	build->keys[at].purpose = purpose;
	build->keys[at].mask = mask;
	build->keys[at].certificate = build->certificates[at].der;
	build->keys[at].certificate_length = build->certificates[at].length;
}

/* PURPOSE:CERTIFICATE[:CAPABILITIES]; only capability keys have the third. */
static int take_key(struct build *build, const char *text)
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
	if (!r)
		add_key(build, purpose, mask);
	return r;
}

/* Without a capability key nobody could ever open the device again by a file. */
static int check_keys(const struct build *build)
{
	unsigned int i;

	for (i = 0; i < build->plan.key_count; i++)
		if (build->keys[i].purpose == SVCGATE_PURPOSE_CAPABILITY)
			return 0;
	return report(-EINVAL, "No --key has purpose capability; a device refuses such a keystore");
}

static int take_keys(const struct store *store, const struct build_options *options,
		     struct build *build)
{
	static const struct {
		const char *name;
		u8 purpose;
		u64 mask;
	} defaults[] = {
		{ KEY_CAPABILITY, SVCGATE_PURPOSE_CAPABILITY, SVCGATE_CAPABILITY_IDS },
		{ KEY_PRODUCTION_IMAGE, SVCGATE_PURPOSE_IMAGE_PRODUCTION, 0 },
		{ KEY_SDK_IMAGE, SVCGATE_PURPOSE_IMAGE_SDK, 0 },
	};
	unsigned int i;
	int r = 0;

	for (i = 0; i < options->keys.count && !r; i++)
		r = take_key(build, options->keys.values[i]);
	if (options->keys.count)
		return r < 0 ? r : check_keys(build);
	for (i = 0; i < ARRAY_SIZE(defaults) && !r; i++) {
		r = key_certificate(store, defaults[i].name,
				    &build->certificates[build->plan.key_count]);
		if (!r)
			add_key(build, defaults[i].purpose, defaults[i].mask);
	}
	return r;
}

static int take_audience(const struct store *store, struct build *build)
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
static int take_lists(const struct store *store, const struct build_options *options,
		      struct build *build)
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

static int fill(const struct store *store, const struct build_options *options,
		struct build *build)
{
	struct svcgate_keystore_plan *plan = &build->plan;
	int r;

	r = take_audience(store, build);
	if (!r)
		r = take_keys(store, options, build);
	if (!r)
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

static int write_keystore(const struct signer *signer, const struct build *build,
			  const char *path)
{
	u8 content[SVCGATE_KEYSTORE_MAX], file[FILE_MAX];
	size_t content_length, length;
	int r;

	r = svcgate_keystore_build(&build->plan, content, sizeof(content),
				   &content_length);
	if (r < 0)
		return report(r, "The keystore is too long: %d bytes are allowed; name fewer keys or shorter certificates",
			      SVCGATE_KEYSTORE_MAX);
	r = sign_file(signer, SVCGATE_KIND_KEYSTORE, content, content_length, file,
		      &length);
	return r < 0 ? r : file_write(path, file, length);
}

static void show(struct invocation *inv, const struct build_options *options,
		 const struct build *build)
{
	struct output out;

	output_begin(&out, inv->json);
	output_text(&out, "file", "File", options->output_file);
	output_number(&out, "version", "Version", build->plan.version);
	output_hex(&out, "audience", "Audience", build->audience,
		   sizeof(build->audience));
	output_number(&out, "epoch", "Epoch", build->plan.epoch);
	output_number(&out, "keyCount", "Keys", build->plan.key_count);
	output_number(&out, "revokedCount", "Revoked serials",
		      build->plan.revoked_count);
	output_number(&out, "floorCount", "Component floors", build->plan.floor_count);
	output_end(&out);
}

int cmd_keystore_build(struct invocation *inv)
{
	struct build_options options = { .signer = KEY_ROOT };
	static struct build build;
	struct signer signer;
	struct store store;
	unsigned int i;
	int r;

	read_options(inv, &options);
	r = store_open(inv->dir, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	r = key_load(&store, options.signer, &signer);
	if (r < 0)
		goto out_close;
	r = fill(&store, &options, &build);
	if (!r)
		r = write_keystore(&signer, &build, options.output_file);
	if (!r)
		show(inv, &options, &build);
	for (i = 0; i < build.plan.key_count; i++)
		certificate_free(&build.certificates[i]);
	signer_free(&signer);
out_close:
	store_close(&store);
	return r;
}
