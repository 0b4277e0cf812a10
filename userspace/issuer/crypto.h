/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digests, keys, certificates and signatures, by OpenSSL.
 */
#ifndef _SVCGATE_ISSUER_CRYPTO_H
#define _SVCGATE_ISSUER_CRYPTO_H

#include <openssl/evp.h>

#include "store.h"

/* Longest private key in PEM. */
#define KEY_TEXT_MAX		(32 * 1024)

/**
 * struct certificate - a public key as devices take it
 * @der: the certificate; the owner's
 * @length: its bytes
 * @key_id: SHA-256 of it
 * @key: its public key
 */
struct certificate {
	u8 *der;
	size_t length;
	u8 key_id[SVCGATE_KEY_ID_SIZE];
	EVP_PKEY *key;
};

/**
 * struct signer - a private key and its certificate
 * @certificate: what devices know
 * @key: what signs
 */
struct signer {
	struct certificate certificate;
	EVP_PKEY *key;
};

int crypto_sha256(void *context, const void *data, size_t length,
		  u8 ret_digest[SVCGATE_SHA256_SIZE]);
int crypto_random(void *out, size_t length);

int certificate_parse(const char *name, const void *data, size_t length,
		      struct certificate *ret_certificate);
int certificate_read(const char *path, struct certificate *ret_certificate);
void certificate_free(struct certificate *certificate);

int signer_parse(const char *name, const void *pem, size_t pem_length,
		 const void *der, size_t der_length, struct signer *ret_signer);
void signer_free(struct signer *signer);
int signer_sign(const struct signer *signer, const void *data, size_t length,
		u8 *out, size_t size, size_t *ret_length);
bool certificate_verify(const struct certificate *certificate, const void *data,
			size_t length, const void *signature, size_t signature_length);

/* Of keys that are made without a word about it: every kernel can check it. */
#define CRYPTO_ALGORITHM	"rsa:3072"

bool crypto_algorithm_known(const char *algorithm);
void crypto_algorithm_of(const EVP_PKEY *key, char out[16]);
int crypto_make_key(const char *algorithm, const char *common_name, char **ret_pem,
		    size_t *ret_pem_length, u8 **ret_der, size_t *ret_der_length);

#endif /* _SVCGATE_ISSUER_CRYPTO_H */
