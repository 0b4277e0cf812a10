/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory's keys, and the envelopes that they sign.
 */
#ifndef _SVCGATE_ISSUER_SIGN_H
#define _SVCGATE_ISSUER_SIGN_H

#include "blob.h"
#include "crypto.h"

/* Longest envelope of any kind. */
#define FILE_MAX	SVCGATE_ENVELOPE_MAX(SVCGATE_KEYSTORE_MAX)

/* Keys that every directory has. */
#define KEY_ROOT		"root"
#define KEY_CAPABILITY		"capability"
#define KEY_PRODUCTION_IMAGE	"production-image"
#define KEY_SDK_IMAGE		"sdk-image"

extern const char *const key_names[];
extern const unsigned int key_count;

int key_load(const struct store *store, const char *name, struct signer *ret_signer);
int key_certificate(const struct store *store, const char *name,
		    struct certificate *ret_certificate);
int key_save(const struct store *store, const char *name, const void *pem,
	     size_t pem_length, const void *der, size_t der_length);

enum svcgate_reason content_check(u8 kind, const u8 *content, size_t length,
				  u16 *ret_detail);
int sign_file(const struct signer *signer, u8 kind, const u8 *content, size_t length,
	      u8 out[FILE_MAX], size_t *ret_length);

#endif /* _SVCGATE_ISSUER_SIGN_H */
