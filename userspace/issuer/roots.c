// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may sign a keystore: a root, whatever is in it; a keystore key of the one
 * before, as long as the keystore keys stay the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "keystore.h"

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), n = strlen(end);

	return length > n && !strcmp(text + length - n, end);
}

/* A key that is kept elsewhere: PATH.key and PATH.der, whichever of them is named. */
static int read_signer(const char *path, struct signer *ret_signer)
{
	size_t base = strlen(path), pem_length, der_length;
	void *pem, *der;
	char file[4096];
	int r;

	if (ends_with(path, ".key") || ends_with(path, ".der"))
		base -= strlen(".key");
	if (base + sizeof(".key") > sizeof(file))
		return report(-ENAMETOOLONG, "%s: the path is too long", path);
	snprintf(file, sizeof(file), "%.*s.der", (int)base, path);
	r = file_read(AT_FDCWD, file, KEY_TEXT_MAX, &der, &der_length);
	if (r < 0)
		return r;
	snprintf(file, sizeof(file), "%.*s.key", (int)base, path);
	r = file_read(AT_FDCWD, file, KEY_TEXT_MAX, &pem, &pem_length);
	if (r < 0)
		goto out_free_der;
	r = signer_parse(path, pem, pem_length, der, der_length, ret_signer);
	OPENSSL_cleanse(pem, pem_length);
	free(pem);
out_free_der:
	free(der);
	return r;
}

/**
 * keystore_signer() - load the key that shall sign a keystore
 * @store: the directory
 * @who: root, spare, another name of a key, or a path
 * @ret_signer: the signer; free it
 *
 * Return: 0 or a negative errno, already said.
 */
int keystore_signer(const struct store *store, const char *who, struct signer *ret_signer)
{
	if (strchr(who, '/') || ends_with(who, ".key") || ends_with(who, ".der"))
		return read_signer(who, ret_signer);
	return key_load(store, strcmp(who, "spare") ? who : KEY_SPARE_ROOT, ret_signer);
}

static bool is_root_name(const char *name)
{
	return ends_with(name, ".der") &&
	       (!strcmp(name, KEY_ROOT ".der") ||
		!strncmp(name, KEY_SPARE_ROOT, strlen(KEY_SPARE_ROOT)));
}

/* Return: 1 when it is one of the directory's roots, 0, or a negative errno. */
static int is_root(const struct store *store, const u8 *key_id)
{
	struct certificate certificate;
	char **names, *dot;
	size_t count, i;
	int r, found = 0;

	r = store_list(store, "keys", &names, &count);
	if (r < 0)
		return r;
	for (i = 0; i < count && !found && !r; i++) {
		if (!is_root_name(names[i]))
			continue;
		dot = strrchr(names[i], '.');
		*dot = '\0';
		r = key_certificate(store, names[i], &certificate);
		if (r < 0)
			break;
		found = !memcmp(certificate.key_id, key_id, SVCGATE_KEY_ID_SIZE);
		certificate_free(&certificate);
	}
	store_list_free(names, count);
	return r < 0 ? r : found;
}

/**
 * keystore_load_last() - read the keystore that was built before
 * @store: the directory
 * @build: gets it
 *
 * Return: 0, also when there is none yet, or a negative errno, already said.
 */
int keystore_load_last(const struct store *store, struct keystore_build *build)
{
	int r = store_read(store, "last-keystore", FILE_MAX, &build->last,
			   &build->last_length);

	return r == -ENOENT ? 0 : r;
}

/**
 * keystore_parse_last() - what was in the keystore that was built before
 * @build: with it
 * @ret_content: its content
 *
 * Return: 1, 0 when there is none, or a negative errno, already said.
 */
int keystore_parse_last(const struct keystore_build *build,
			struct svcgate_keystore_content *ret_content)
{
	struct svcgate_blob blob;
	u16 detail;

	if (!build->last)
		return 0;
	if (svcgate_blob_parse(build->last, build->last_length, SVCGATE_KIND_KEYSTORE, &blob,
			       &detail) ||
	    svcgate_keystore_parse(blob.content, blob.content_length, ret_content, &detail))
		return report(-EBADMSG, "The directory's last-keystore is damaged; restore it from a backup");
	return 1;
}

static bool same_key(const struct svcgate_keystore_entry *a,
		     const struct svcgate_keystore_entry *b)
{
	return a->purpose == b->purpose &&
	       a->certificate_length == b->certificate_length &&
	       !memcmp(a->certificate, b->certificate, a->certificate_length);
}

/* A keystore key of @from that is not in @to, or NULL. */
static const struct svcgate_keystore_entry *
missing_key(const struct svcgate_keystore_entry *from, unsigned int from_count,
	    const struct svcgate_keystore_entry *to, unsigned int to_count)
{
	unsigned int i, j;

	for (i = 0; i < from_count; i++) {
		if (from[i].purpose != SVCGATE_PURPOSE_KEYSTORE)
			continue;
		for (j = 0; j < to_count && !same_key(&from[i], &to[j]); j++)
			;
		if (j == to_count)
			return &from[i];
	}
	return NULL;
}

static int report_changed(const char *who, const char *what,
			  const struct svcgate_keystore_entry *key)
{
	char id[SVCGATE_HEX_SIZE(SVCGATE_KEY_ID_SIZE)];
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	int r;

	r = crypto_sha256(NULL, key->certificate, key->certificate_length, key_id);
	if (r < 0)
		return r;
	svcgate_hex_encode(key_id, sizeof(key_id), id);
	return report(-EPERM, "%s is a keystore key and may not change keystore keys, but this keystore %s one, %s; have a root sign it: --sign-with root",
		      who, what, id);
}

static int check_keystore_key(const char *who, const struct signer *signer,
			      const struct keystore_build *build,
			      const struct svcgate_keystore_content *last)
{
	const struct certificate *certificate = &signer->certificate;
	const struct svcgate_keystore_entry own = {
		.purpose = SVCGATE_PURPOSE_KEYSTORE,
		.certificate = certificate->der,
		.certificate_length = certificate->length,
	};
	const struct svcgate_keystore_entry *key;

	if (missing_key(&own, 1, last->keys, last->key_count))
		return report(-EPERM, "%s is neither a root of this directory nor a keystore key of its last keystore, version %u; a device would refuse what it signs: --sign-with root, or put the certificate of a root that devices have into keys as " KEY_SPARE_ROOT "-2.der",
			      who, last->version);
	key = missing_key(last->keys, last->key_count, build->keys, build->plan.key_count);
	if (key)
		return report_changed(who, "drops", key);
	key = missing_key(build->keys, build->plan.key_count, last->keys, last->key_count);
	return key ? report_changed(who, "adds", key) : 0;
}

/**
 * keystore_check_signer() - would a device take this keystore from this signer?
 * @store: the directory
 * @who: how errors call the signer
 * @signer: the signer
 * @build: the keystore; its keys are there, and the last keystore
 *
 * Return: 0 or a negative errno, already said.
 */
int keystore_check_signer(const struct store *store, const char *who,
			  const struct signer *signer,
			  const struct keystore_build *build)
{
	struct svcgate_keystore_content last;
	int r;

	r = is_root(store, signer->certificate.key_id);
	if (r)
		return r < 0 ? r : 0;
	r = keystore_parse_last(build, &last);
	if (r < 0)
		return r;
	if (!r)
		return report(-EPERM, "%s is no root of this directory, and only a root signs the first keystore: --sign-with root",
			      who);
	return check_keystore_key(who, signer, build, &last);
}
