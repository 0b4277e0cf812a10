// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer init: make a new issuer's directory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "hex.h"
#include "options.h"
#include "output.h"
#include "sign.h"

#define FIRST_EPOCH	1

struct init_options {
	const char *keys;
	const char *audience;
	const char *algorithm;
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

static int copy_key(const struct store *store, const char *name, const char *dir)
{
	size_t pem_length, der_length;
	struct signer signer;
	void *pem, *der;
	int r;

	r = read_from(dir, name, "key", &pem, &pem_length);
	if (r < 0)
		return r;
	r = read_from(dir, name, "der", &der, &der_length);
	if (r < 0)
		goto out_free_pem;
	r = signer_parse(name, pem, pem_length, der, der_length, &signer);
	if (r < 0)
		goto out_free_der;
	r = key_save(store, name, pem, pem_length, signer.certificate.der,
		     signer.certificate.length);
	signer_free(&signer);

out_free_der:
	free(der);
out_free_pem:
	OPENSSL_cleanse(pem, pem_length);
	free(pem);
	return r;
}

static int make_key(const struct store *store, const char *name, const char *algorithm)
{
	size_t pem_length, der_length;
	char subject[96], *pem;
	u8 tag[4], *der;
	char digits[SVCGATE_HEX_SIZE(sizeof(tag))];
	int r;

	/* Equal subjects displace each other in some of the kernel's keyrings. */
	r = crypto_random(tag, sizeof(tag));
	if (r < 0)
		return r;
	svcgate_hex_encode(tag, sizeof(tag), digits);
	snprintf(subject, sizeof(subject), "svcgate %s %s", name, digits);
	r = crypto_make_key(algorithm, subject, &pem, &pem_length, &der, &der_length);
	if (r < 0)
		return r;
	r = key_save(store, name, pem, pem_length, der, der_length);
	OPENSSL_cleanse(pem, pem_length);
	free(pem);
	OPENSSL_free(der);
	return r;
}

/* An init that was cut short goes on where it was: no key is made twice. */
static int fill_keys(const struct store *store, const struct init_options *options)
{
	char file[STORE_NAME_MAX];
	unsigned int i;
	int r = 0;

	for (i = 0; i < key_count && !r; i++) {
		snprintf(file, sizeof(file), "keys/%s.der", key_names[i]);
		if (store_has(store, file))
			continue;
		if (options->keys)
			r = copy_key(store, key_names[i], options->keys);
		else
			r = make_key(store, key_names[i], options->algorithm);
	}
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
	struct init_options options = { .algorithm = "rsa:3072" };
	const struct option_row rows[] = {
		{ "keys", OPTION_TEXT, &options.keys, "DIR",
		  "copy the keys from DIR, as keys/make-keys makes them" },
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
