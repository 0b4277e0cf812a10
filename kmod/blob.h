/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * The envelope around every signed file: fixed fields, bounded lengths. Pure.
 *
 * This is all that is read of a file before its signature is verified.
 */
#ifndef _SVCGATE_BLOB_H
#define _SVCGATE_BLOB_H

#include "pure.h"

/**
 * struct svcgate_blob - an envelope taken apart; points into the file
 * @kind: &enum svcgate_kind
 * @key_id: %SVCGATE_KEY_ID_SIZE bytes
 * @content: what is signed for
 * @content_length: its bytes
 * @signed_length: bytes from the file's beginning that the signature covers
 * @signature: PKCS#1 v1.5 or DER, as the key wants it
 * @signature_length: its bytes, at least 1
 */
struct svcgate_blob {
	u8 kind;
	const u8 *key_id;
	const u8 *content;
	size_t content_length;
	size_t signed_length;
	const u8 *signature;
	size_t signature_length;
};

size_t svcgate_blob_content_max(u8 kind);
size_t svcgate_blob_length(const u8 *file, size_t length);
enum svcgate_reason svcgate_blob_parse(const u8 *file, size_t length, u8 kind,
				       struct svcgate_blob *ret_blob, u16 *ret_detail);

#endif /* _SVCGATE_BLOB_H */
