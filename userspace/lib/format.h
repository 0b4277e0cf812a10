/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Writing signed files: fields, contents, the envelope around them.
 *
 * The counterpart of kmod/content.c and kmod/blob.c. A writer checks nothing
 * but room: whoever writes a file reads it back with the parser before it
 * leaves, so that there is one judge of what a good file is.
 */
#ifndef _SVCGATE_FORMAT_H
#define _SVCGATE_FORMAT_H

#include "content.h"

/* Bit of a field in svcgate_capability.has. */
#define SVCGATE_FIELD_BIT(type)	(1U << ((type) & ~SVCGATE_FIELD_CRITICAL))

/* Longest envelope with @content bytes of content. */
#define SVCGATE_ENVELOPE_MAX(content) \
	(sizeof(struct svcgate_envelope) + (content) + 4 + SVCGATE_SIGNATURE_MAX)

/**
 * struct svcgate_writer - where bytes are appended
 * @buf: the owner's
 * @size: its bytes
 * @used: bytes written
 * @full: something did not fit; nothing is written any more
 */
struct svcgate_writer {
	u8 *buf;
	size_t size;
	size_t used;
	bool full;
};

/**
 * struct svcgate_keystore_floor_entry - lowest version of a component
 * @component: UUID
 * @version: lowest that may be installed
 */
struct svcgate_keystore_floor_entry {
	u8 component[SVCGATE_UUID_SIZE];
	u64 version;
};

/**
 * struct svcgate_keystore_plan - what a keystore shall contain
 * @version: not 0
 * @audience: %SVCGATE_AUDIENCE_SIZE bytes
 * @epoch: lowest epoch of capability files
 * @keys: in the order in which they are written
 * @key_count: how many
 * @revoked: serials, %SVCGATE_SERIAL_SIZE bytes each, ascending
 * @revoked_count: how many
 * @floors: ascending by component
 * @floor_count: how many
 */
struct svcgate_keystore_plan {
	u32 version;
	const u8 *audience;
	u32 epoch;
	const struct svcgate_keystore_entry *keys;
	unsigned int key_count;
	const u8 *revoked;
	unsigned int revoked_count;
	const struct svcgate_keystore_floor_entry *floors;
	unsigned int floor_count;
};

/**
 * struct svcgate_delegation_plan - what a delegation shall contain
 * @certificate: the delegate's, DER
 * @certificate_length: its bytes
 * @mask: ids that the delegate may grant
 * @devices: device IDs, ascending
 * @device_lengths: their bytes
 * @device_count: how many
 * @lease: longest lease, seconds
 * @generation: lowest generation
 * @epoch: lowest epoch
 */
struct svcgate_delegation_plan {
	const u8 *certificate;
	size_t certificate_length;
	u64 mask;
	const u8 *const *devices;
	const size_t *device_lengths;
	unsigned int device_count;
	u32 lease;
	u32 generation;
	u32 epoch;
};

void svcgate_writer_init(struct svcgate_writer *w, void *buf, size_t size);
void svcgate_write(struct svcgate_writer *w, const void *data, size_t length);
void svcgate_write_u8(struct svcgate_writer *w, u8 value);
void svcgate_write_le16(struct svcgate_writer *w, u16 value);
void svcgate_write_le32(struct svcgate_writer *w, u32 value);
void svcgate_write_le64(struct svcgate_writer *w, u64 value);
int svcgate_writer_finish(const struct svcgate_writer *w, size_t *ret_length);

void svcgate_write_field(struct svcgate_writer *w, u16 type, const void *value,
			 size_t length);
void svcgate_write_field_u8(struct svcgate_writer *w, u16 type, u8 value);
void svcgate_write_field_le16(struct svcgate_writer *w, u16 type, u16 value);
void svcgate_write_field_le32(struct svcgate_writer *w, u16 type, u32 value);
void svcgate_write_field_le64(struct svcgate_writer *w, u16 type, u64 value);

int svcgate_capability_build(const struct svcgate_capability *cap, void *out,
			     size_t size, size_t *ret_length);
int svcgate_keystore_build(const struct svcgate_keystore_plan *plan, void *out,
			   size_t size, size_t *ret_length);
int svcgate_manifest_build(const struct svcgate_manifest *manifest, void *out,
			   size_t size, size_t *ret_length);
int svcgate_delegation_build(const struct svcgate_delegation_plan *plan, void *out,
			     size_t size, size_t *ret_length);

int svcgate_envelope_begin(u8 kind, const u8 *key_id, const void *content,
			   size_t content_length, void *out, size_t size,
			   size_t *ret_length);
int svcgate_envelope_end(void *envelope, size_t signed_length, size_t size,
			 const void *signature, size_t signature_length,
			 size_t *ret_length);
int svcgate_envelope_length(const void *file, size_t length, size_t *ret_length);

#endif /* _SVCGATE_FORMAT_H */
