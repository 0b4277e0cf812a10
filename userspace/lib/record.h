/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Records of the helper's store.
 *
 * A record's digest finds damage, not forgery: what it contains is signed
 * where that matters. The digest is the caller's, so that the device may take
 * the kernel's and everybody else a library's.
 */
#ifndef _SVCGATE_RECORD_H
#define _SVCGATE_RECORD_H

#include "pure.h"

/* Longest record with @content bytes of content. */
#define SVCGATE_RECORD_SIZE(content) \
	(sizeof(struct svcgate_record) + (content) + SVCGATE_SHA256_SIZE)

/**
 * typedef svcgate_sha256_fn - digest of some bytes
 * @context: the caller's
 * @data: bytes
 * @length: how many
 * @ret_digest: their SHA-256
 *
 * Return: 0 or a negative errno, which the caller's caller gets.
 */
typedef int (*svcgate_sha256_fn)(void *context, const void *data, size_t length,
				 u8 ret_digest[SVCGATE_SHA256_SIZE]);

/**
 * struct svcgate_record_view - a record taken apart; points into the record
 * @kind: &enum svcgate_record_kind
 * @number: of the change that wrote it
 * @content: what it keeps
 * @content_length: its bytes
 */
struct svcgate_record_view {
	u8 kind;
	u64 number;
	const u8 *content;
	size_t content_length;
};

size_t svcgate_record_content_max(u8 kind);
int svcgate_record_build(u8 kind, u64 number, const void *content,
			 size_t content_length, svcgate_sha256_fn sha256,
			 void *context, void *out, size_t size, size_t *ret_length);
int svcgate_record_parse(const void *record, size_t length, u8 kind,
			 svcgate_sha256_fn sha256, void *context,
			 struct svcgate_record_view *ret_view);

int svcgate_record_capability_build(const void *delegation, size_t delegation_length,
				    const void *file, size_t file_length, void *out,
				    size_t size, size_t *ret_length);
int svcgate_record_capability_split(const void *content, size_t length,
				    const u8 **ret_delegation,
				    size_t *ret_delegation_length,
				    const u8 **ret_file, size_t *ret_file_length);

#endif /* _SVCGATE_RECORD_H */
