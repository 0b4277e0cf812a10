/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * What a verified envelope contains. Pure.
 *
 * Every parser takes the whole content, returns done or the reason with the
 * number of the field it is about (without the critical bit), and leaves its
 * result untouched unless it returns done. Results point into the content.
 */
#ifndef _SVCGATE_CONTENT_H
#define _SVCGATE_CONTENT_H

#include "pure.h"

/**
 * struct svcgate_capability - content of a capability file
 * @serial: %SVCGATE_SERIAL_SIZE bytes
 * @device: device ID
 * @device_length: its bytes
 * @mask: capability ids; 0 in a blank file
 * @generation: of this device
 * @epoch: of the fleet
 * @flags: %SVCGATE_CAPABILITY_NO_SIDELOAD
 * @states: states in which it counts; bit n for state n
 * @has: fields that were there; bit n for field n
 * @challenge: %SVCGATE_NONCE_SIZE bytes or NULL
 * @lease: seconds, 0 for none
 * @holder: %SVCGATE_SHA256_SIZE bytes or NULL
 * @not_before: seconds since 1970, 0 for none
 * @not_after: seconds since 1970, 0 for none
 * @label: not NUL-terminated, or NULL
 * @label_length: its bytes
 */
struct svcgate_capability {
	const u8 *serial;
	const u8 *device;
	size_t device_length;
	u64 mask;
	u32 generation;
	u32 epoch;
	u32 flags;
	u8 states;
	u32 has;
	const u8 *challenge;
	u32 lease;
	const u8 *holder;
	u64 not_before;
	u64 not_after;
	const u8 *label;
	size_t label_length;
};

/**
 * struct svcgate_keystore_entry - one key of a keystore's content
 * @purpose: &enum svcgate_purpose
 * @mask: ids that it may grant
 * @certificate: DER
 * @certificate_length: its bytes
 */
struct svcgate_keystore_entry {
	u8 purpose;
	u64 mask;
	const u8 *certificate;
	size_t certificate_length;
};

/**
 * struct svcgate_keystore_content - content of a keystore
 * @version: not 0
 * @audience: %SVCGATE_AUDIENCE_SIZE bytes
 * @epoch: lowest epoch of capability files
 * @key_count: entries of @keys, at least 1
 * @keys: in the file's order
 * @revoked_count: fields at @revoked
 * @revoked: first of the revoked serials' fields, header included
 * @floor_count: fields at @floors
 * @floors: first of the component floors' fields, header included
 */
struct svcgate_keystore_content {
	u32 version;
	const u8 *audience;
	u32 epoch;
	unsigned int key_count;
	struct svcgate_keystore_entry keys[SVCGATE_KEYS_MAX];
	unsigned int revoked_count;
	const u8 *revoked;
	unsigned int floor_count;
	const u8 *floors;
};

/**
 * struct svcgate_manifest - content of an image manifest
 */
struct svcgate_manifest {
	u16 type;
	const u8 *component;
	const u8 *image;
	const u8 *name;
	size_t name_length;
	u64 version;
	u32 flags;
	u64 size;
	const u8 *sha256;
};

/**
 * struct svcgate_delegation - content of a delegation
 * @devices: first of the device fields, header included
 */
struct svcgate_delegation {
	const u8 *certificate;
	size_t certificate_length;
	u64 mask;
	unsigned int device_count;
	const u8 *devices;
	u32 lease;
	u32 generation;
	u32 epoch;
};

enum svcgate_reason svcgate_capability_parse(const u8 *content, size_t length,
					     struct svcgate_capability *ret,
					     u16 *ret_detail);
enum svcgate_reason svcgate_keystore_parse(const u8 *content, size_t length,
					   struct svcgate_keystore_content *ret,
					   u16 *ret_detail);
enum svcgate_reason svcgate_manifest_parse(const u8 *content, size_t length,
					   struct svcgate_manifest *ret,
					   u16 *ret_detail);
enum svcgate_reason svcgate_delegation_parse(const u8 *content, size_t length,
					     struct svcgate_delegation *ret,
					     u16 *ret_detail);

enum svcgate_reason svcgate_capability_enforceable(const struct svcgate_capability *cap,
						   u16 *ret_detail);
bool svcgate_text_valid(const u8 *text, size_t length);
bool svcgate_keystore_revokes(const struct svcgate_keystore_content *keystore,
			      const u8 *serial);
u64 svcgate_keystore_floor(const struct svcgate_keystore_content *keystore,
			   const u8 *component);

#endif /* _SVCGATE_CONTENT_H */
