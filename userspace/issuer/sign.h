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

/* Keys that a directory begins with; not all have a spare root or keystore key. */
#define KEY_ROOT		"root"
#define KEY_SPARE_ROOT		"spare-root"
#define KEY_CAPABILITY		"capability"
#define KEY_PRODUCTION_IMAGE	"production-image"
#define KEY_SDK_IMAGE		"sdk-image"
#define KEY_KEYSTORE		"keystore"

int key_load(const struct store *store, const char *name, struct signer *ret_signer);
int key_certificate(const struct store *store, const char *name,
		    struct certificate *ret_certificate);
int key_save(const struct store *store, const char *name, const void *pem,
	     size_t pem_length, const void *der, size_t der_length);
int key_save_certificate(const struct store *store, const char *name, const void *der,
			 size_t der_length);
int key_make(const struct store *store, const char *name, const char *algorithm);
void key_forget(const struct store *store, const char *name);

enum svcgate_reason content_check(u8 kind, const u8 *content, size_t length,
				  u16 *ret_detail);
int sign_file(const struct signer *signer, u8 kind, const u8 *content, size_t length,
	      u8 out[FILE_MAX], size_t *ret_length);

#endif /* _SVCGATE_ISSUER_SIGN_H */
