// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The directory's keys, and the envelopes that they sign.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "hex.h"
#include "sign.h"

static int key_file(const char *name, const char *suffix, char out[STORE_NAME_MAX])
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (!length || name[length] || length > 64)
		return report(-EINVAL, "%s is not the name of a key: small letters, digits and dashes are wanted, as in keys/capability.key",
			      name);
	snprintf(out, STORE_NAME_MAX, "keys/%s.%s", name, suffix);
	return 0;
}

static int read_key_file(const struct store *store, const char *name,
			 const char *suffix, void **ret_data, size_t *ret_length)
{
	char file[STORE_NAME_MAX];
	int r;

	r = key_file(name, suffix, file);
	if (r < 0)
		return r;
	r = store_read(store, file, KEY_TEXT_MAX, ret_data, ret_length);
	if (r == -ENOENT)
		report(r, "There is no key %s: %s/%s is missing; put private key (.key) and certificate (.der) there",
		       name, store->path, file);
	return r;
}

/**
 * key_certificate() - read the certificate of a key
 * @store: the directory
 * @name: name of the key
 * @ret_certificate: the certificate; free it
 *
 * Return: 0 or a negative errno, already said.
 */
int key_certificate(const struct store *store, const char *name,
		    struct certificate *ret_certificate)
{
	size_t length;
	void *der;
	int r;

	r = read_key_file(store, name, "der", &der, &length);
	if (r < 0)
		return r;
	r = certificate_parse(name, der, length, ret_certificate);
	free(der);
	return r;
}

/**
 * key_load() - read a key and its certificate
 * @store: the directory
 * @name: name of the key
 * @ret_signer: the signer; free it
 *
 * Return: 0 or a negative errno, already said.
 */
int key_load(const struct store *store, const char *name, struct signer *ret_signer)
{
	size_t pem_length, der_length;
	void *pem, *der;
	int r;

	r = read_key_file(store, name, "der", &der, &der_length);
	if (r < 0)
		return r;
	r = read_key_file(store, name, "key", &pem, &pem_length);
	if (r < 0)
		goto out_free_der;
	r = signer_parse(name, pem, pem_length, der, der_length, ret_signer);
	OPENSSL_cleanse(pem, pem_length);
	free(pem);
out_free_der:
	free(der);
	return r;
}

/**
 * key_save() - keep a key and its certificate
 * @store: the directory, open for change
 * @name: name of the key
 * @pem: private key
 * @pem_length: its bytes
 * @der: certificate
 * @der_length: its bytes
 *
 * The private key goes first: a certificate alone would look like a key whose
 * private half is kept elsewhere.
 *
 * Return: 0 or a negative errno, already said.
 */
int key_save(const struct store *store, const char *name, const void *pem,
	     size_t pem_length, const void *der, size_t der_length)
{
	char file[STORE_NAME_MAX];
	int r;

	r = key_file(name, "key", file);
	if (!r)
		r = store_write(store, file, pem, pem_length, 0600);
	return r < 0 ? r : key_save_certificate(store, name, der, der_length);
}

/**
 * key_save_certificate() - keep the certificate of a key that is kept elsewhere
 * @store: the directory, open for change
 * @name: name of the key
 * @der: certificate
 * @der_length: its bytes
 *
 * Return: 0 or a negative errno, already said.
 */
int key_save_certificate(const struct store *store, const char *name, const void *der,
			 size_t der_length)
{
	char file[STORE_NAME_MAX];
	int r;

	r = key_file(name, "der", file);
	return r < 0 ? r : store_write(store, file, der, der_length, 0666);
}

/**
 * key_make() - make a key and its certificate, and keep them
 * @store: the directory, open for change
 * @name: name of the key
 * @algorithm: as crypto_make_key() takes it
 *
 * Return: 0 or a negative errno, already said.
 */
int key_make(const struct store *store, const char *name, const char *algorithm)
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

/**
 * key_forget() - take a key back that nothing was signed with
 * @store: the directory, open for change
 * @name: name of the key
 */
void key_forget(const struct store *store, const char *name)
{
	static const char *const suffixes[] = { "der", "key" };
	char file[STORE_NAME_MAX];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (!key_file(name, suffixes[i], file))
			unlinkat(store->fd, file, 0);
}

/**
 * content_check() - ask the parser that devices use
 * @kind: &enum svcgate_kind
 * @content: content of this kind
 * @length: its bytes
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason content_check(u8 kind, const u8 *content, size_t length,
				  u16 *ret_detail)
{
	union {
		struct svcgate_capability capability;
		struct svcgate_keystore_content keystore;
		struct svcgate_manifest manifest;
		struct svcgate_delegation delegation;
	} parsed;

	switch (kind) {
	case SVCGATE_KIND_CAPABILITY:
		return svcgate_capability_parse(content, length, &parsed.capability,
						ret_detail);
	case SVCGATE_KIND_KEYSTORE:
		return svcgate_keystore_parse(content, length, &parsed.keystore,
					      ret_detail);
	case SVCGATE_KIND_MANIFEST:
		return svcgate_manifest_parse(content, length, &parsed.manifest,
					      ret_detail);
	case SVCGATE_KIND_DELEGATION:
		return svcgate_delegation_parse(content, length, &parsed.delegation,
						ret_detail);
	default:
		*ret_detail = kind;
		return SVCGATE_REASON_KIND;
	}
}

/* What leaves this program is read first as a device will read it. */
static int check_file(u8 kind, const u8 *file, size_t length)
{
	struct svcgate_blob blob;
	enum svcgate_reason reason;
	u16 detail = 0;

	reason = svcgate_blob_parse(file, length, kind, &blob, &detail);
	if (!reason)
		reason = content_check(kind, blob.content, blob.content_length,
				       &detail);
	if (!reason)
		return 0;
	return report(-EINVAL, "A device would refuse this %s (reason 0x%04x, field %u), so it is not written; check the values given",
		      svcgate_kind_name(kind), reason, detail);
}

/**
 * sign_file() - put a content into a signed envelope
 * @signer: who signs
 * @kind: &enum svcgate_kind
 * @content: what
 * @length: its bytes
 * @out: the envelope
 * @ret_length: its bytes
 *
 * Return: 0 or a negative errno, already said.
 */
int sign_file(const struct signer *signer, u8 kind, const u8 *content, size_t length,
	      u8 out[FILE_MAX], size_t *ret_length)
{
	u8 signature[SVCGATE_SIGNATURE_MAX];
	size_t signed_length, signature_length, file_length;
	int r;

	r = svcgate_envelope_begin(kind, signer->certificate.key_id, content, length,
				   out, FILE_MAX, &signed_length);
	if (r < 0)
		return report(r, "The %s is too long", svcgate_kind_name(kind));
	r = signer_sign(signer, out, signed_length, signature, sizeof(signature),
			&signature_length);
	if (r < 0)
		return r;
	r = svcgate_envelope_end(out, signed_length, FILE_MAX, signature,
				 signature_length, &file_length);
	if (r < 0)
		return report(r, "The %s is too long", svcgate_kind_name(kind));
	r = check_file(kind, out, file_length);
	if (r < 0)
		return r;
	*ret_length = file_length;
	return 0;
}
