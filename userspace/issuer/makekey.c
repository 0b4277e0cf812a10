// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making a key and the certificate that carries its public half.
 *
 * A certificate is only the form in which the kernel takes a public key: its
 * names and dates mean nothing to a device. It signs itself and never expires
 * (RFC 5280, 4.1.2.5). keys/make-keys makes the same with the openssl command.
 */
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "crypto.h"

#define NEVER_EXPIRES	"99991231235959Z"

/* Bits of a serial number: positive, and longer than anyone counts. */
#define SERIAL_BITS	127

static const struct {
	const char *algorithm;
	unsigned int rsa_bits;
	const char *curve;
	const char *group;
} algorithms[] = {
	{ "rsa:2048", 2048, NULL, NULL },
	{ "rsa:3072", 3072, NULL, NULL },
	{ "rsa:4096", 4096, NULL, NULL },
	{ "ec:P-256", 0, "P-256", "prime256v1" },
	{ "ec:P-384", 0, "P-384", "secp384r1" },
};

static EVP_PKEY *make_key(const char *algorithm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++) {
		if (strcmp(algorithms[i].algorithm, algorithm))
			continue;
		if (algorithms[i].curve)
			return EVP_EC_gen(algorithms[i].curve);
		return EVP_RSA_gen(algorithms[i].rsa_bits);
	}
	return NULL;
}

/**
 * crypto_algorithm_known() - can a key be made for this?
 * @algorithm: its name
 *
 * Return: true if it can.
 */
bool crypto_algorithm_known(const char *algorithm)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (!strcmp(algorithms[i].algorithm, algorithm))
			return true;
	return false;
}

/**
 * crypto_algorithm_of() - what to make another key like this one with
 * @key: a key
 * @out: the algorithm's name; untouched when no key of that kind is made here
 */
void crypto_algorithm_of(const EVP_PKEY *key, char out[16])
{
	unsigned int i, bits = 0;
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "RSA"))
		bits = EVP_PKEY_get_bits(key);
	else
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (bits ? algorithms[i].rsa_bits == bits :
			   algorithms[i].group && !strcmp(algorithms[i].group, group))
			snprintf(out, 16, "%s", algorithms[i].algorithm);
}

static bool add_extension(X509 *x509, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;
	bool added;

	X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	added = extension && X509_add_ext(x509, extension, -1);
	X509_EXTENSION_free(extension);
	return added;
}

static bool set_serial(X509 *x509)
{
	BIGNUM *number = BN_new();
	bool set;

	set = number && BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ANY,
				BN_RAND_BOTTOM_ANY) &&
	      BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509));
	BN_free(number);
	return set;
}

static bool fill_certificate(X509 *x509, EVP_PKEY *key, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(x509);

	return X509_set_version(x509, X509_VERSION_3) && set_serial(x509) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
					  (const u8 *)common_name, -1, -1, 0) &&
	       X509_set_issuer_name(x509, name) &&
	       X509_gmtime_adj(X509_getm_notBefore(x509), 0) &&
	       ASN1_TIME_set_string(X509_getm_notAfter(x509), NEVER_EXPIRES) &&
	       X509_set_pubkey(x509, key) &&
	       add_extension(x509, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x509, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(x509, NID_subject_key_identifier, "hash") &&
	       X509_sign(x509, key, EVP_sha256());
}

static int to_pem(EVP_PKEY *key, char **ret_pem, size_t *ret_length)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *data;
	char *copy;
	long length;
	int r = -EIO;

	if (!bio || !PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL))
		goto out_free;
	length = BIO_get_mem_data(bio, &data);
	copy = malloc(length);
	if (!copy)
		goto out_free;
	memcpy(copy, data, length);
	*ret_pem = copy;
	*ret_length = length;
	r = 0;

out_free:
	BIO_free(bio);
	return r;
}

/**
 * crypto_make_key() - make a key and its certificate
 * @algorithm: rsa:2048, rsa:3072, rsa:4096, ec:P-256 or ec:P-384
 * @common_name: subject of the certificate
 * @ret_pem: private key, PKCS#8 in PEM; the caller frees it
 * @ret_pem_length: its bytes
 * @ret_der: certificate; the caller frees it with OPENSSL_free()
 * @ret_der_length: its bytes
 *
 * Return: 0 or a negative errno, already said.
 */
int crypto_make_key(const char *algorithm, const char *common_name, char **ret_pem,
		    size_t *ret_pem_length, u8 **ret_der, size_t *ret_der_length)
{
	EVP_PKEY *key = make_key(algorithm);
	X509 *x509 = X509_new();
	u8 *der = NULL;
	int length, r;

	if (!key) {
		r = report(-EINVAL, "Cannot make a key for %s; rsa:2048, rsa:3072, rsa:4096, ec:P-256 and ec:P-384 are possible",
			   algorithm);
		goto out_free;
	}
	if (!x509 || !fill_certificate(x509, key, common_name)) {
		r = report(-EIO, "Cannot make the certificate of %s", common_name);
		goto out_free;
	}
	length = i2d_X509(x509, &der);
	r = length > 0 ? to_pem(key, ret_pem, ret_pem_length) : -EIO;
	if (r < 0) {
		report(r, "Cannot keep the key of %s: out of memory", common_name);
		OPENSSL_free(der);
		goto out_free;
	}
	*ret_der = der;
	*ret_der_length = length;

out_free:
	ERR_clear_error();
	X509_free(x509);
	EVP_PKEY_free(key);
	return r;
}
