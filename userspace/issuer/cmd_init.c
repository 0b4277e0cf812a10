// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer init: make a new issuer's directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "hex.h"
#include "options.h"
#include "output.h"
#include "sign.h"

#define FIRST_EPOCH	1

struct init_options {
	const char *keys;
	struct option_list roots;
	const char *audience;
	const char *algorithm;
};

/**
 * struct first_key - a key that a new directory may begin with
 * @name: its name
 * @root: it signs keystores, and may be kept elsewhere
 * @extra: only where it is among the keys that are copied
 */
struct first_key {
	const char *name;
	bool root;
	bool extra;
};

static const struct first_key first_keys[] = {
	{ KEY_ROOT, .root = true },
	{ KEY_SPARE_ROOT, .root = true, .extra = true },
	{ KEY_CAPABILITY },
	{ KEY_PRODUCTION_IMAGE },
	{ KEY_SDK_IMAGE },
	{ KEY_KEYSTORE, .extra = true },
};

static int read_audience(const char *text, u8 audience[SVCGATE_AUDIENCE_SIZE])
{
	size_t length;

	if (!text)
		return crypto_random(audience, SVCGATE_AUDIENCE_SIZE);
	if (svcgate_hex_decode(text, audience, SVCGATE_AUDIENCE_SIZE, &length) ||
	    length != SVCGATE_AUDIENCE_SIZE)
		return report(-EINVAL, "%s is not an audience: %d bytes in hex are wanted",
			      text, SVCGATE_AUDIENCE_SIZE);
	return 0;
}

static int read_from(const char *dir, const char *name, const char *suffix,
		     void **ret_data, size_t *ret_length)
{
	char path[4096];

	if (snprintf(path, sizeof(path), "%s/%s.%s", dir, name, suffix) >=
	    (int)sizeof(path))
		return report(-ENAMETOOLONG, "%s: the path is too long", dir);
	return file_read(AT_FDCWD, path, KEY_TEXT_MAX, ret_data, ret_length);
}

/* A root's private key may be kept elsewhere: its certificate is enough here. */
static int copy_certificate(const struct store *store, const char *name, const void *der,
			    size_t der_length)
{
	struct certificate certificate;
	int r;

	r = certificate_parse(name, der, der_length, &certificate);
	if (r < 0)
		return r;
	r = key_save_certificate(store, name, certificate.der, certificate.length);
	certificate_free(&certificate);
	return r;
}

static int copy_pair(const struct store *store, const char *name, const char *dir,
		     const void *der, size_t der_length)
{
	struct signer signer;
	size_t pem_length;
	void *pem;
	int r;

	r = read_from(dir, name, "key", &pem, &pem_length);
	if (r < 0)
		return r;
	r = signer_parse(name, pem, pem_length, der, der_length, &signer);
	if (r < 0)
		goto out_free;
	r = key_save(store, name, pem, pem_length, signer.certificate.der,
		     signer.certificate.length);
	signer_free(&signer);
out_free:
	OPENSSL_cleanse(pem, pem_length);
	free(pem);
	return r;
}

static bool is_in(const char *dir, const char *name, const char *suffix)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s.%s", dir, name, suffix);
	return !access(path, F_OK);
}

static int copy_key(const struct store *store, const struct first_key *key, const char *dir)
{
	size_t der_length;
	void *der;
	int r;

	r = read_from(dir, key->name, "der", &der, &der_length);
	if (r < 0)
		return r;
	if (key->root && !is_in(dir, key->name, "key"))
		r = copy_certificate(store, key->name, der, der_length);
	else
		r = copy_pair(store, key->name, dir, der, der_length);
	free(der);
	return r;
}

static int fill_key(const struct store *store, const struct init_options *options,
		    const struct first_key *key)
{
	char file[STORE_NAME_MAX];

	snprintf(file, sizeof(file), "keys/%s.der", key->name);
	if (store_has(store, file) || (key->root && options->roots.count))
		return 0;
	if (options->keys && (!key->extra || is_in(options->keys, key->name, "der")))
		return copy_key(store, key, options->keys);
	if (options->keys || key->extra)
		return 0;
	return key_make(store, key->name, options->algorithm);
}

/* The first is "root", the others are spare. */
static int take_root(const struct store *store, unsigned int number, const char *path)
{
	struct certificate certificate;
	char name[STORE_NAME_MAX] = KEY_ROOT;
	int r;

	if (number)
		snprintf(name, sizeof(name), number > 1 ? KEY_SPARE_ROOT "-%u" :
			 KEY_SPARE_ROOT, number);
	r = certificate_read(path, &certificate);
	if (r < 0)
		return r;
	r = key_save_certificate(store, name, certificate.der, certificate.length);
	certificate_free(&certificate);
	return r;
}

/* An init that was cut short goes on where it was: no key is made twice. */
static int fill_keys(const struct store *store, const struct init_options *options)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < options->roots.count && !r; i++)
		r = take_root(store, i, options->roots.values[i]);
	for (i = 0; i < ARRAY_SIZE(first_keys) && !r; i++)
		r = fill_key(store, options, &first_keys[i]);
	return r;
}

static int fill(const struct store *store, const struct init_options *options,
		char audience[SVCGATE_HEX_SIZE(SVCGATE_AUDIENCE_SIZE)])
{
	u8 bytes[SVCGATE_AUDIENCE_SIZE];
	char line[SVCGATE_HEX_SIZE(SVCGATE_AUDIENCE_SIZE) + 1];
	int r;

	r = read_audience(options->audience, bytes);
	if (r < 0)
		return r;
	svcgate_hex_encode(bytes, sizeof(bytes), audience);
	r = fill_keys(store, options);
	if (!r)
		r = store_write_number(store, "epoch", FIRST_EPOCH);
	if (r < 0)
		return r;
	/* The audience comes last: with it the directory is complete. */
	snprintf(line, sizeof(line), "%s\n", audience);
	return store_write(store, "audience", line, strlen(line), 0666);
}

int cmd_init(struct invocation *inv)
{
	struct init_options options = { .algorithm = CRYPTO_ALGORITHM };
	const struct option_row rows[] = {
		{ "keys", OPTION_TEXT, &options.keys, "DIR",
		  "copy the keys from DIR, as keys/make-keys makes them" },
		{ "root", OPTION_LIST, &options.roots, "CERT",
		  "a root whose private key is kept elsewhere; others are spare" },
		{ "algorithm", OPTION_TEXT, &options.algorithm, "A",
		  "make keys: rsa:2048|3072|4096, ec:P-256|P-384 (rsa:3072)" },
		{ "audience", OPTION_TEXT, &options.audience, "HEX",
		  "the product line, 16 bytes (random)" },
	};
	char audience[SVCGATE_HEX_SIZE(SVCGATE_AUDIENCE_SIZE)];
	struct output out;
	struct store store;
	int r;

	options_parse(inv, rows, ARRAY_SIZE(rows));
	r = store_create(inv->dir, &store);
	if (r < 0)
		return r;
	r = fill(&store, &options, audience);
	store_close(&store);
	if (r < 0)
		return r;

	output_begin(&out, inv->json);
	output_text(&out, "directory", "Directory", inv->dir);
	output_text(&out, "audience", "Audience", audience);
	output_number(&out, "epoch", "Epoch", FIRST_EPOCH);
	output_end(&out);
	return SVCGATE_EXIT_DONE;
}
