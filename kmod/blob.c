// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * The envelope around every signed file. Pure.
 */
#include "blob.h"

#define KIND_OFFSET		5
#define ZERO_OFFSET		6
#define KEY_ID_OFFSET		8
#define LENGTH_OFFSET		(KEY_ID_OFFSET + SVCGATE_KEY_ID_SIZE)
#define CONTENT_OFFSET		(LENGTH_OFFSET + 4)

/**
 * svcgate_blob_content_max() - longest content of a kind
 * @kind: &enum svcgate_kind
 *
 * Return: bytes; 0 for an unknown kind.
 */
size_t svcgate_blob_content_max(u8 kind)
{
	switch (kind) {
	case SVCGATE_KIND_CAPABILITY:
		return SVCGATE_CAPABILITY_MAX;
	case SVCGATE_KIND_KEYSTORE:
		return SVCGATE_KEYSTORE_MAX;
	case SVCGATE_KIND_MANIFEST:
		return SVCGATE_MANIFEST_MAX;
	case SVCGATE_KIND_DELEGATION:
		return SVCGATE_DELEGATION_MAX;
	default:
		return 0;
	}
}

/**
 * svcgate_blob_length() - where does the first of several envelopes end?
 * @file: an envelope and what follows
 * @length: bytes of both
 *
 * Reads the two lengths, nothing else: svcgate_blob_parse() judges the rest.
 *
 * Return: bytes of the envelope, at most @length; 0 when it does not end there.
 */
size_t svcgate_blob_length(const u8 *file, size_t length)
{
	size_t content_length, signature_length, left;

	if (length < CONTENT_OFFSET)
		return 0;
	left = length - CONTENT_OFFSET;
	content_length = svcgate_get_le32(file + LENGTH_OFFSET);
	if (left < content_length || left - content_length < 4)
		return 0;
	left -= content_length + 4;
	signature_length = svcgate_get_le32(file + CONTENT_OFFSET + content_length);
	if (signature_length > left)
		return 0;
	return length - left + signature_length;
}

/**
 * svcgate_blob_parse() - take an envelope apart
 * @file: the envelope, nothing after it
 * @length: its bytes
 * @kind: the kind that the caller expects
 * @ret_blob: the parts; points into @file
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason; outputs are untouched unless they
 * belong to it.
 */
enum svcgate_reason svcgate_blob_parse(const u8 *file, size_t length, u8 kind,
				       struct svcgate_blob *ret_blob, u16 *ret_detail)
{
	size_t content_length, signature_length, left;

	if (length < CONTENT_OFFSET || memcmp(file, SVCGATE_ENVELOPE_MAGIC, 4))
		return SVCGATE_REASON_ENVELOPE;
	if (file[4] != SVCGATE_ENVELOPE_VERSION) {
		*ret_detail = file[4];
		return SVCGATE_REASON_ENVELOPE_VERSION;
	}
	if (file[KIND_OFFSET] != kind) {
		*ret_detail = file[KIND_OFFSET];
		return SVCGATE_REASON_KIND;
	}
	if (svcgate_get_le16(file + ZERO_OFFSET))
		return SVCGATE_REASON_ENVELOPE;

	content_length = svcgate_get_le32(file + LENGTH_OFFSET);
	left = length - CONTENT_OFFSET;
	if (content_length < 1 || content_length > svcgate_blob_content_max(kind))
		return SVCGATE_REASON_ENVELOPE;
	if (left < content_length || left - content_length < 4)
		return SVCGATE_REASON_ENVELOPE;

	left -= content_length + 4;
	signature_length = svcgate_get_le32(file + CONTENT_OFFSET + content_length);
	if (signature_length < 1 || signature_length > SVCGATE_SIGNATURE_MAX)
		return SVCGATE_REASON_ENVELOPE;
	if (signature_length != left)
		return SVCGATE_REASON_ENVELOPE;

	ret_blob->kind = kind;
	ret_blob->key_id = file + KEY_ID_OFFSET;
	ret_blob->content = file + CONTENT_OFFSET;
	ret_blob->content_length = content_length;
	ret_blob->signed_length = CONTENT_OFFSET + content_length;
	ret_blob->signature = file + CONTENT_OFFSET + content_length + 4;
	ret_blob->signature_length = signature_length;
	return SVCGATE_REASON_DONE;
}
