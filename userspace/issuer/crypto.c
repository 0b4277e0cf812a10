// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Digests, keys, certificates and signatures, by OpenSSL.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>

#include "crypto.h"

static int report_openssl(const char *what, const char *name)
{
	char text[256] = "no reason given";
	unsigned long error = ERR_peek_last_error();

	if (error)
		ERR_error_string_n(error, text, sizeof(text));
	ERR_clear_error();
	return report(-EIO, "%s %s: %s", what, name, text);
}

/**
 * crypto_sha256() - digest
 * @context: not used; this is a &svcgate_sha256_fn
 * @data: bytes
 * @length: how many
 * @ret_digest: their SHA-256
 *
 * Return: 0 or a negative errno, already said.
 */
int crypto_sha256(void *context, const void *data, size_t length,
		  u8 ret_digest[SVCGATE_SHA256_SIZE])
{
	if (!EVP_Digest(data, length, ret_digest, NULL, EVP_sha256(), NULL))
		return report_openssl("Cannot make a", "SHA-256");
	return 0;
}

/**
 * crypto_random() - random bytes
 * @out: where they go
 * @length: how many
 *
 * Return: 0 or a negative errno, already said.
 */
int crypto_random(void *out, size_t length)
{
	if (RAND_bytes(out, length) != 1)
		return report_openssl("Cannot make", "random bytes");
	return 0;
}

/* Only what some kernel can check: a device must not meet it first. */
static int check_algorithm(const char *name, const EVP_PKEY *key)
{
	char group[32] = "";

	if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= 2048)
		return 0;
	if (EVP_PKEY_is_a(key, "EC")) {
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
		if (!strcmp(group, "prime256v1") || !strcmp(group, "secp384r1"))
			return 0;
	}
	return report(-EINVAL, "The key of %s is %s %s with %d bits; a device takes RSA from 2048 bits, EC P-256 and EC P-384",
		      name, EVP_PKEY_get0_type_name(key), group,
		      EVP_PKEY_get_bits(key));
}

static X509 *read_x509(const void *data, size_t length)
{
	const u8 *p = data;
	X509 *x509 = NULL;
	BIO *bio;

	if (length && *p == 0x30) {
		x509 = d2i_X509(NULL, &p, length);
		/* A device hashes the whole file: nothing may follow. */
		if (x509 && p != (const u8 *)data + length) {
			X509_free(x509);
			x509 = NULL;
		}
		return x509;
	}
	bio = BIO_new_mem_buf(data, length);
	if (bio)
		x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	BIO_free(bio);
	return x509;
}

/**
 * certificate_parse() - take a certificate
 * @name: how errors call it
 * @data: DER or PEM
 * @length: its bytes
 * @ret_certificate: the certificate; free it
 *
 * Return: 0 or a negative errno, already said.
 */
int certificate_parse(const char *name, const void *data, size_t length,
		      struct certificate *ret_certificate)
{
	struct certificate certificate = { };
	X509 *x509 = read_x509(data, length);
	int n, r;

	if (!x509) {
		ERR_clear_error();
		return report(-EBADMSG, "%s is not an X.509 certificate; DER or PEM with one certificate is wanted",
			      name);
	}
	n = i2d_X509(x509, &certificate.der);
	certificate.length = n > 0 ? n : 0;
	certificate.key = X509_get_pubkey(x509);
	X509_free(x509);
	if (n <= 0 || !certificate.key) {
		r = report_openssl("Cannot use the certificate", name);
		goto err_free;
	}
	if (certificate.length > SVCGATE_CERTIFICATE_MAX) {
		r = report(-EFBIG, "%s is too long for a device: %zu bytes, %d are allowed",
			   name, certificate.length, SVCGATE_CERTIFICATE_MAX);
		goto err_free;
	}
	r = check_algorithm(name, certificate.key);
	if (!r)
		r = crypto_sha256(NULL, certificate.der, certificate.length,
				  certificate.key_id);
	if (r < 0)
		goto err_free;
	*ret_certificate = certificate;
	return 0;

err_free:
	certificate_free(&certificate);
	return r;
}

/**
 * certificate_read() - read a certificate
 * @path: a file, DER or PEM
 * @ret_certificate: the certificate; free it
 *
 * Return: 0 or a negative errno, already said.
 */
int certificate_read(const char *path, struct certificate *ret_certificate)
{
	size_t length;
	void *data;
	int r;

	r = file_read(AT_FDCWD, path, KEY_TEXT_MAX, &data, &length);
	if (r < 0)
		return r;
	r = certificate_parse(path, data, length, ret_certificate);
	free(data);
	return r;
}

/**
 * certificate_free() - forget a certificate
 * @certificate: the certificate
 */
void certificate_free(struct certificate *certificate)
{
	OPENSSL_free(certificate->der);
	EVP_PKEY_free(certificate->key);
}

/* Keys are for services that sign by themselves: nobody is there to be asked. */
static int no_passphrase(char *buf, int size, int writing, void *context)
{
	return -1;
}

/**
 * signer_parse() - take a private key and its certificate
 * @name: how errors call them
 * @pem: private key, not encrypted
 * @pem_length: its bytes
 * @der: certificate
 * @der_length: its bytes
 * @ret_signer: the signer; free it
 *
 * Return: 0 or a negative errno, already said.
 */
int signer_parse(const char *name, const void *pem, size_t pem_length,
		 const void *der, size_t der_length, struct signer *ret_signer)
{
	struct signer signer = { };
	BIO *bio;
	int r;

	r = certificate_parse(name, der, der_length, &signer.certificate);
	if (r < 0)
		return r;
	bio = BIO_new_mem_buf(pem, pem_length);
	if (bio)
		signer.key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (!signer.key) {
		ERR_clear_error();
		r = report(-EBADMSG, "The private key of %s cannot be read; PEM without a passphrase is wanted",
			   name);
		goto err_free;
	}
	if (EVP_PKEY_eq(signer.key, signer.certificate.key) != 1) {
		ERR_clear_error();
		r = report(-EBADMSG, "Private key and certificate of %s do not belong together; put the right pair there",
			   name);
		goto err_free;
	}
	*ret_signer = signer;
	return 0;

err_free:
	signer_free(&signer);
	return r;
}

/**
 * signer_free() - forget a signer
 * @signer: the signer
 */
void signer_free(struct signer *signer)
{
	certificate_free(&signer->certificate);
	EVP_PKEY_free(signer->key);
}

/**
 * signer_sign() - sign: PKCS#1 v1.5 for RSA, DER for EC, SHA-256 for both
 * @signer: who
 * @data: what
 * @length: its bytes
 * @out: where the signature goes
 * @size: room in @out
 * @ret_length: bytes of the signature
 *
 * Return: 0 or a negative errno, already said.
 */
int signer_sign(const struct signer *signer, const void *data, size_t length,
		u8 *out, size_t size, size_t *ret_length)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t n = size;
	int r = 0;

	if (!context ||
	    EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer->key) != 1 ||
	    EVP_DigestSign(context, out, &n, data, length) != 1)
		r = report_openssl("Cannot", "sign");
	else
		*ret_length = n;
	EVP_MD_CTX_free(context);
	return r;
}

/**
 * certificate_verify() - does a signature fit?
 * @certificate: of the signer
 * @data: what is signed
 * @length: its bytes
 * @signature: the signature
 * @signature_length: its bytes
 *
 * Return: true if it does.
 */
bool certificate_verify(const struct certificate *certificate, const void *data,
			size_t length, const void *signature, size_t signature_length)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;

	good = context &&
	       EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL,
				    certificate->key) == 1 &&
	       EVP_DigestVerify(context, signature, signature_length, data,
				length) == 1;
	EVP_MD_CTX_free(context);
	ERR_clear_error();
	return good;
}
