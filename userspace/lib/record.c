// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records of the helper's store.
 */
#include <errno.h>

#include "blob.h"
#include "format.h"
#include "record.h"

/* A capability record's content begins with le16 delegation length, le16 0. */
#define CAPABILITY_HEAD		4

/**
 * svcgate_record_content_max() - longest content of a kind of record
 * @kind: &enum svcgate_record_kind
 *
 * Return: bytes, 0 for an unknown kind.
 */
size_t svcgate_record_content_max(u8 kind)
{
	switch (kind) {
	case SVCGATE_RECORD_STATE:
		return 1;
	case SVCGATE_RECORD_CAPABILITY:
		return CAPABILITY_HEAD + SVCGATE_SECTION_MAX +
		       SVCGATE_ENVELOPE_MAX(SVCGATE_CAPABILITY_MAX);
	case SVCGATE_RECORD_KEYSTORE:
		return 2 * SVCGATE_ENVELOPE_MAX(SVCGATE_KEYSTORE_MAX);
	default:
		return 0;
	}
}

/**
 * svcgate_record_build() - write a record
 * @kind: &enum svcgate_record_kind
 * @number: of the change that it keeps
 * @content: what it keeps
 * @content_length: its bytes, at least 1
 * @sha256: digest
 * @context: for @sha256
 * @out: where the record goes; %SVCGATE_RECORD_SIZE(@content_length) bytes
 * @size: room in @out
 * @ret_length: bytes of the record
 *
 * Return: 0; -EINVAL for an unknown kind or a content that no reader would
 * take; -EMSGSIZE when @size is too small; what @sha256 returned.
 */
int svcgate_record_build(u8 kind, u64 number, const void *content,
			 size_t content_length, svcgate_sha256_fn sha256,
			 void *context, void *out, size_t size, size_t *ret_length)
{
	u8 digest[SVCGATE_SHA256_SIZE];
	struct svcgate_writer w;
	int r;

	if (!content_length || content_length > svcgate_record_content_max(kind))
		return -EINVAL;
	svcgate_writer_init(&w, out, size);
	svcgate_write(&w, SVCGATE_RECORD_MAGIC, 4);
	svcgate_write_u8(&w, SVCGATE_RECORD_VERSION);
	svcgate_write_u8(&w, kind);
	svcgate_write_le16(&w, 0);
	svcgate_write_le64(&w, number);
	svcgate_write_le32(&w, content_length);
	svcgate_write(&w, content, content_length);
	if (w.full)
		return -EMSGSIZE;

	r = sha256(context, w.buf, w.used, digest);
	if (r < 0)
		return r;
	svcgate_write(&w, digest, sizeof(digest));
	return svcgate_writer_finish(&w, ret_length);
}

/* Fixed fields and lengths; what is wrong with any of them is damage. */
static int check_header(const struct svcgate_record *head, size_t length, u8 kind)
{
	size_t content;

	if (length < SVCGATE_RECORD_SIZE(0) ||
	    memcmp(head->magic, SVCGATE_RECORD_MAGIC, sizeof(head->magic)))
		return -EBADMSG;
	if (head->version != SVCGATE_RECORD_VERSION)
		return -EPROTONOSUPPORT;
	if (head->kind != kind || svcgate_get_le16((const u8 *)&head->zero))
		return -EBADMSG;
	content = svcgate_get_le32((const u8 *)&head->content_length);
	if (!content || content > svcgate_record_content_max(kind) ||
	    length != SVCGATE_RECORD_SIZE(content))
		return -EBADMSG;
	return 0;
}

/**
 * svcgate_record_parse() - read a record
 * @record: the record, whole
 * @length: its bytes
 * @kind: &enum svcgate_record_kind that it must be
 * @sha256: digest
 * @context: for @sha256
 * @ret_view: its parts; untouched on failure
 *
 * A state record's byte is checked to be a state. Files inside are not looked
 * at: the kernel does that.
 *
 * Return: 0; -EBADMSG for a damaged record or another kind; -EPROTONOSUPPORT
 * for one of a later version; what @sha256 returned.
 */
int svcgate_record_parse(const void *record, size_t length, u8 kind,
			 svcgate_sha256_fn sha256, void *context,
			 struct svcgate_record_view *ret_view)
{
	const struct svcgate_record *head = record;
	u8 digest[SVCGATE_SHA256_SIZE];
	const u8 *bytes = record;
	size_t covered;
	int r;

	r = check_header(head, length, kind);
	if (r < 0)
		return r;
	covered = length - SVCGATE_SHA256_SIZE;
	r = sha256(context, bytes, covered, digest);
	if (r < 0)
		return r;
	if (memcmp(bytes + covered, digest, sizeof(digest)))
		return -EBADMSG;
	if (kind == SVCGATE_RECORD_STATE &&
	    bytes[sizeof(*head)] > SVCGATE_STATE_DEVICE_COMPLETE)
		return -EBADMSG;

	ret_view->kind = head->kind;
	ret_view->number = svcgate_get_le64((const u8 *)&head->number);
	ret_view->content = bytes + sizeof(*head);
	ret_view->content_length = covered - sizeof(*head);
	return 0;
}

/**
 * svcgate_record_capability_build() - content of a capability record
 * @delegation: delegation that the file needs, or NULL
 * @delegation_length: its bytes, 0 for none
 * @file: capability file
 * @file_length: its bytes
 * @out: where the content goes
 * @size: room in @out
 * @ret_length: bytes of content
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_record_capability_build(const void *delegation, size_t delegation_length,
				    const void *file, size_t file_length, void *out,
				    size_t size, size_t *ret_length)
{
	struct svcgate_writer w;

	if (delegation_length > SVCGATE_SECTION_MAX)
		return -EMSGSIZE;
	svcgate_writer_init(&w, out, size);
	svcgate_write_le16(&w, delegation_length);
	svcgate_write_le16(&w, 0);
	svcgate_write(&w, delegation, delegation_length);
	svcgate_write(&w, file, file_length);
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_record_capability_split() - parts of a capability record's content
 * @content: content of the record
 * @length: its bytes
 * @ret_delegation: delegation, or NULL when there is none
 * @ret_delegation_length: its bytes
 * @ret_file: capability file
 * @ret_file_length: its bytes, at least 1
 *
 * Return: 0, or -EBADMSG when the lengths do not fit.
 */
int svcgate_record_capability_split(const void *content, size_t length,
				    const u8 **ret_delegation,
				    size_t *ret_delegation_length,
				    const u8 **ret_file, size_t *ret_file_length)
{
	const u8 *bytes = content;
	size_t delegation;

	if (length <= CAPABILITY_HEAD)
		return -EBADMSG;
	delegation = svcgate_get_le16(bytes);
	if (delegation > SVCGATE_SECTION_MAX || svcgate_get_le16(bytes + 2) ||
	    length - CAPABILITY_HEAD <= delegation)
		return -EBADMSG;
	*ret_delegation = delegation ? bytes + CAPABILITY_HEAD : NULL;
	*ret_delegation_length = delegation;
	*ret_file = bytes + CAPABILITY_HEAD + delegation;
	*ret_file_length = length - CAPABILITY_HEAD - delegation;
	return 0;
}
