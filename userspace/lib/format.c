// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writing signed files: fields, contents, the envelope around them.
 */
#include <errno.h>

#include "blob.h"
#include "format.h"

/**
 * svcgate_writer_init() - start to write
 * @w: the writer
 * @buf: where to
 * @size: bytes of @buf
 */
void svcgate_writer_init(struct svcgate_writer *w, void *buf, size_t size)
{
	w->buf = buf;
	w->size = size;
	w->used = 0;
	w->full = false;
}

/**
 * svcgate_write() - append bytes
 * @w: the writer; becomes full, and stays so, when they do not fit
 * @data: bytes
 * @length: how many
 */
void svcgate_write(struct svcgate_writer *w, const void *data, size_t length)
{
	if (w->full || length > w->size - w->used) {
		w->full = true;
		return;
	}
	if (length)
		memcpy(w->buf + w->used, data, length);
	w->used += length;
}

/**
 * svcgate_write_u8() - append one byte
 * @w: the writer
 * @value: the byte
 */
void svcgate_write_u8(struct svcgate_writer *w, u8 value)
{
	svcgate_write(w, &value, sizeof(value));
}

/**
 * svcgate_write_le16() - append a number of 16 bits
 * @w: the writer
 * @value: the number
 */
void svcgate_write_le16(struct svcgate_writer *w, u16 value)
{
	u8 bytes[2];

	svcgate_put_le16(bytes, value);
	svcgate_write(w, bytes, sizeof(bytes));
}

/**
 * svcgate_write_le32() - append a number of 32 bits
 * @w: the writer
 * @value: the number
 */
void svcgate_write_le32(struct svcgate_writer *w, u32 value)
{
	u8 bytes[4];

	svcgate_put_le32(bytes, value);
	svcgate_write(w, bytes, sizeof(bytes));
}

/**
 * svcgate_write_le64() - append a number of 64 bits
 * @w: the writer
 * @value: the number
 */
void svcgate_write_le64(struct svcgate_writer *w, u64 value)
{
	u8 bytes[8];

	svcgate_put_le64(bytes, value);
	svcgate_write(w, bytes, sizeof(bytes));
}

/**
 * svcgate_writer_finish() - how much was written
 * @w: the writer
 * @ret_length: bytes in its buffer
 *
 * Return: 0, or -EMSGSIZE when something did not fit.
 */
int svcgate_writer_finish(const struct svcgate_writer *w, size_t *ret_length)
{
	if (w->full)
		return -EMSGSIZE;
	*ret_length = w->used;
	return 0;
}

static void write_field_header(struct svcgate_writer *w, u16 type, size_t length)
{
	if (length > UINT16_MAX)
		w->full = true;
	svcgate_write_le16(w, type);
	svcgate_write_le16(w, length);
}

/**
 * svcgate_write_field() - append a field
 * @w: the writer
 * @type: its number, critical bit included
 * @value: bytes of its value
 * @length: how many, at most 65535
 */
void svcgate_write_field(struct svcgate_writer *w, u16 type, const void *value,
			 size_t length)
{
	write_field_header(w, type, length);
	svcgate_write(w, value, length);
}

/**
 * svcgate_write_field_u8() - append a field of one byte
 * @w: the writer
 * @type: its number, critical bit included
 * @value: its value
 */
void svcgate_write_field_u8(struct svcgate_writer *w, u16 type, u8 value)
{
	write_field_header(w, type, 1);
	svcgate_write_u8(w, value);
}

/**
 * svcgate_write_field_le16() - append a field of 16 bits
 * @w: the writer
 * @type: its number, critical bit included
 * @value: its value
 */
void svcgate_write_field_le16(struct svcgate_writer *w, u16 type, u16 value)
{
	write_field_header(w, type, 2);
	svcgate_write_le16(w, value);
}

/**
 * svcgate_write_field_le32() - append a field of 32 bits
 * @w: the writer
 * @type: its number, critical bit included
 * @value: its value
 */
void svcgate_write_field_le32(struct svcgate_writer *w, u16 type, u32 value)
{
	write_field_header(w, type, 4);
	svcgate_write_le32(w, value);
}

/**
 * svcgate_write_field_le64() - append a field of 64 bits
 * @w: the writer
 * @type: its number, critical bit included
 * @value: its value
 */
void svcgate_write_field_le64(struct svcgate_writer *w, u16 type, u64 value)
{
	write_field_header(w, type, 8);
	svcgate_write_le64(w, value);
}

/**
 * svcgate_capability_build() - content of a capability file
 * @cap: what it says; optional fields are written when @cap->has names them
 * @out: where the content goes; %SVCGATE_CAPABILITY_MAX bytes are enough
 * @size: room in @out
 * @ret_length: bytes of content
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_capability_build(const struct svcgate_capability *cap, void *out,
			     size_t size, size_t *ret_length)
{
	struct svcgate_writer w;

	svcgate_writer_init(&w, out, size);
	svcgate_write_field(&w, SVCGATE_CAPABILITY_SERIAL, cap->serial,
			    SVCGATE_SERIAL_SIZE);
	svcgate_write_field(&w, SVCGATE_CAPABILITY_DEVICE, cap->device,
			    cap->device_length);
	svcgate_write_field_le64(&w, SVCGATE_CAPABILITY_MASK, cap->mask);
	svcgate_write_field_le32(&w, SVCGATE_CAPABILITY_GENERATION, cap->generation);
	svcgate_write_field_le32(&w, SVCGATE_CAPABILITY_EPOCH, cap->epoch);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_FLAGS))
		svcgate_write_field_le32(&w, SVCGATE_CAPABILITY_FLAGS, cap->flags);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_STATES))
		svcgate_write_field_u8(&w, SVCGATE_CAPABILITY_STATES, cap->states);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_CHALLENGE))
		svcgate_write_field(&w, SVCGATE_CAPABILITY_CHALLENGE, cap->challenge,
				    SVCGATE_NONCE_SIZE);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_LEASE))
		svcgate_write_field_le32(&w, SVCGATE_CAPABILITY_LEASE, cap->lease);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_HOLDER))
		svcgate_write_field(&w, SVCGATE_CAPABILITY_HOLDER, cap->holder,
				    SVCGATE_SHA256_SIZE);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_NOT_BEFORE))
		svcgate_write_field_le64(&w, SVCGATE_CAPABILITY_NOT_BEFORE,
					 cap->not_before);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_NOT_AFTER))
		svcgate_write_field_le64(&w, SVCGATE_CAPABILITY_NOT_AFTER,
					 cap->not_after);
	if (cap->has & SVCGATE_FIELD_BIT(SVCGATE_CAPABILITY_LABEL))
		svcgate_write_field(&w, SVCGATE_CAPABILITY_LABEL, cap->label,
				    cap->label_length);
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_keystore_build() - content of a keystore
 * @plan: what it says
 * @out: where the content goes; %SVCGATE_KEYSTORE_MAX bytes are enough
 * @size: room in @out
 * @ret_length: bytes of content
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_keystore_build(const struct svcgate_keystore_plan *plan, void *out,
			   size_t size, size_t *ret_length)
{
	struct svcgate_writer w;
	unsigned int i;

	svcgate_writer_init(&w, out, size);
	svcgate_write_field_le32(&w, SVCGATE_KEYSTORE_VERSION, plan->version);
	svcgate_write_field(&w, SVCGATE_KEYSTORE_AUDIENCE, plan->audience,
			    SVCGATE_AUDIENCE_SIZE);
	svcgate_write_field_le32(&w, SVCGATE_KEYSTORE_EPOCH, plan->epoch);
	for (i = 0; i < plan->key_count; i++) {
		const struct svcgate_keystore_entry *key = &plan->keys[i];

		write_field_header(&w, SVCGATE_KEYSTORE_KEY,
				   1 + 8 + key->certificate_length);
		svcgate_write_u8(&w, key->purpose);
		svcgate_write_le64(&w, key->mask);
		svcgate_write(&w, key->certificate, key->certificate_length);
	}
	for (i = 0; i < plan->revoked_count; i++)
		svcgate_write_field(&w, SVCGATE_KEYSTORE_REVOKED,
				    plan->revoked + i * SVCGATE_SERIAL_SIZE,
				    SVCGATE_SERIAL_SIZE);
	for (i = 0; i < plan->floor_count; i++) {
		write_field_header(&w, SVCGATE_KEYSTORE_FLOOR, SVCGATE_UUID_SIZE + 8);
		svcgate_write(&w, plan->floors[i].component, SVCGATE_UUID_SIZE);
		svcgate_write_le64(&w, plan->floors[i].version);
	}
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_manifest_build() - content of an image manifest
 * @manifest: what it says
 * @out: where the content goes; %SVCGATE_MANIFEST_MAX bytes are enough
 * @size: room in @out
 * @ret_length: bytes of content
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_manifest_build(const struct svcgate_manifest *manifest, void *out,
			   size_t size, size_t *ret_length)
{
	struct svcgate_writer w;

	svcgate_writer_init(&w, out, size);
	svcgate_write_field_le16(&w, SVCGATE_MANIFEST_TYPE, manifest->type);
	svcgate_write_field(&w, SVCGATE_MANIFEST_COMPONENT, manifest->component,
			    SVCGATE_UUID_SIZE);
	svcgate_write_field(&w, SVCGATE_MANIFEST_IMAGE, manifest->image,
			    SVCGATE_UUID_SIZE);
	svcgate_write_field(&w, SVCGATE_MANIFEST_NAME, manifest->name,
			    manifest->name_length);
	svcgate_write_field_le64(&w, SVCGATE_MANIFEST_VERSION, manifest->version);
	svcgate_write_field_le32(&w, SVCGATE_MANIFEST_FLAGS, manifest->flags);
	svcgate_write_field_le64(&w, SVCGATE_MANIFEST_SIZE, manifest->size);
	svcgate_write_field(&w, SVCGATE_MANIFEST_SHA256, manifest->sha256,
			    SVCGATE_SHA256_SIZE);
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_delegation_build() - content of a delegation
 * @plan: what it says
 * @out: where the content goes; %SVCGATE_DELEGATION_MAX bytes are enough
 * @size: room in @out
 * @ret_length: bytes of content
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_delegation_build(const struct svcgate_delegation_plan *plan, void *out,
			     size_t size, size_t *ret_length)
{
	struct svcgate_writer w;
	unsigned int i;

	svcgate_writer_init(&w, out, size);
	svcgate_write_field(&w, SVCGATE_DELEGATION_CERTIFICATE, plan->certificate,
			    plan->certificate_length);
	svcgate_write_field_le64(&w, SVCGATE_DELEGATION_MASK, plan->mask);
	for (i = 0; i < plan->device_count; i++)
		svcgate_write_field(&w, SVCGATE_DELEGATION_DEVICE, plan->devices[i],
				    plan->device_lengths[i]);
	svcgate_write_field_le32(&w, SVCGATE_DELEGATION_LEASE, plan->lease);
	svcgate_write_field_le32(&w, SVCGATE_DELEGATION_GENERATION, plan->generation);
	svcgate_write_field_le32(&w, SVCGATE_DELEGATION_EPOCH, plan->epoch);
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_envelope_begin() - the signed part of an envelope
 * @kind: &enum svcgate_kind
 * @key_id: SHA-256 of the signer's certificate
 * @content: what is signed for
 * @content_length: its bytes
 * @out: where the signed part goes: sign these bytes
 * @size: room in @out
 * @ret_length: bytes to sign
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_envelope_begin(u8 kind, const u8 *key_id, const void *content,
			   size_t content_length, void *out, size_t size,
			   size_t *ret_length)
{
	struct svcgate_writer w;

	if (content_length > UINT32_MAX)
		return -EMSGSIZE;
	svcgate_writer_init(&w, out, size);
	svcgate_write(&w, SVCGATE_ENVELOPE_MAGIC, 4);
	svcgate_write_u8(&w, SVCGATE_ENVELOPE_VERSION);
	svcgate_write_u8(&w, kind);
	svcgate_write_le16(&w, 0);
	svcgate_write(&w, key_id, SVCGATE_KEY_ID_SIZE);
	svcgate_write_le32(&w, content_length);
	svcgate_write(&w, content, content_length);
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_envelope_end() - put the signature behind the signed part
 * @envelope: what svcgate_envelope_begin() wrote
 * @signed_length: its bytes
 * @size: room in @envelope
 * @signature: over these bytes
 * @signature_length: its bytes
 * @ret_length: bytes of the whole envelope
 *
 * Return: 0, or -EMSGSIZE when it does not fit.
 */
int svcgate_envelope_end(void *envelope, size_t signed_length, size_t size,
			 const void *signature, size_t signature_length,
			 size_t *ret_length)
{
	struct svcgate_writer w;

	if (signature_length > SVCGATE_SIGNATURE_MAX)
		return -EMSGSIZE;
	svcgate_writer_init(&w, envelope, size);
	w.used = signed_length;
	svcgate_write_le32(&w, signature_length);
	svcgate_write(&w, signature, signature_length);
	return svcgate_writer_finish(&w, ret_length);
}

/**
 * svcgate_envelope_length() - length of the envelope that begins a file
 * @file: the file; something may follow the envelope, as in an image package
 * @length: bytes of @file
 * @ret_length: bytes of the envelope, not more than @length
 *
 * Only lengths are looked at. Whether this is a good envelope is for
 * svcgate_blob_parse() to say.
 *
 * Return: 0, or -EBADMSG when no envelope of a known kind fits into @file.
 */
int svcgate_envelope_length(const void *file, size_t length, size_t *ret_length)
{
	const struct svcgate_envelope *head = file;
	const u8 *bytes = file;
	size_t content, signature;

	if (length < sizeof(*head) ||
	    memcmp(head->magic, SVCGATE_ENVELOPE_MAGIC, sizeof(head->magic)))
		return -EBADMSG;
	content = svcgate_get_le32((const u8 *)&head->content_length);
	if (content > svcgate_blob_content_max(head->kind) ||
	    length - sizeof(*head) < content + 4)
		return -EBADMSG;
	signature = svcgate_get_le32(bytes + sizeof(*head) + content);
	if (signature > SVCGATE_SIGNATURE_MAX ||
	    length - sizeof(*head) - content - 4 < signature)
		return -EBADMSG;
	*ret_length = sizeof(*head) + content + 4 + signature;
	return 0;
}
