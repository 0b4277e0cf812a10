/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signed files for tests, made on the spot with the keys of tests/vm/files.
 *
 * What a wish does not name has a default that works: signed by the right key,
 * for the device under test, in force. Files live until the program ends.
 */
#ifndef _SVCGATE_TESTS_SIGNED_H
#define _SVCGATE_TESTS_SIGNED_H

#include "format.h"

/* Where the keys are in the VM; SVCGATE_FILES in the environment overrides. */
#define SIGNED_KEYS	"/files"

#define AD	(1ULL << 11)	/* appDevelopment */
#define RF	(1ULL << 12)	/* enableRfTestMode */
#define FS	(1ULL << 13)	/* fieldServicing */

/* The device under test, another one of the same length, and a product line. */
#define SIGNED_DEVICE_SIZE	32
extern const u8 signed_device[SIGNED_DEVICE_SIZE];
extern const u8 signed_other_device[SIGNED_DEVICE_SIZE];
extern const u8 signed_audience[SVCGATE_AUDIENCE_SIZE];
extern const u8 signed_component[SVCGATE_UUID_SIZE];

/* The generation and epoch of files that name none. */
#define SIGNED_GENERATION	5
#define SIGNED_EPOCH		3

/**
 * struct file - a signed file
 * @length: its bytes
 * @data: they
 */
struct file {
	size_t length;
	u8 *data;
};

/**
 * struct signed_field - one field, as it is
 * @type: its number, critical bit included; 0: none
 * @length: its bytes
 * @value: they
 */
struct signed_field {
	u16 type;
	u16 length;
	const void *value;
};

/**
 * struct capability_wish - a capability file to be made
 * @signer: key that signs; "capability"
 * @serial: fills all its bytes; 1
 * @device: device ID; the device under test
 * @device_length: its bytes
 * @mask: ids
 * @generation: %SIGNED_GENERATION; below it by @generation_below
 * @generation_below: how much less
 * @epoch_below: how much less than %SIGNED_EPOCH
 * @no_sideload: may not be stored
 * @states: mask of states; all
 * @extra: fields behind the others, in this order
 * @drop: leave this mandatory field out
 */
struct capability_wish {
	const char *signer;
	u8 serial;
	const u8 *device;
	size_t device_length;
	u64 mask;
	u32 generation;
	u32 generation_below;
	u32 epoch_below;
	bool no_sideload;
	u8 states;
	struct signed_field extra[4];
	u16 drop;
};

/**
 * struct signed_key - a key of a keystore to be made
 * @name: of the key; NULL ends a list
 * @purpose: &enum svcgate_purpose
 * @mask: ids that it may grant
 */
struct signed_key {
	const char *name;
	u8 purpose;
	u64 mask;
};

/**
 * struct keystore_wish - a keystore to be made
 * @signer: key that signs; "root"
 * @version: 10
 * @audience: of the device under test
 * @epoch: %SIGNED_EPOCH
 * @keys: capability, narrow (FS only), production-image, sdk-image
 * @revoked: serials filled with these bytes, ascending, a string
 * @floor: lowest version of %signed_component, 0 for none
 * @fill: pad the content with an unknown field to so many bytes
 */
struct keystore_wish {
	const char *signer;
	u32 version;
	const u8 *audience;
	u32 epoch;
	const struct signed_key *keys;
	const char *revoked;
	u64 floor;
	size_t fill;
};

/**
 * struct manifest_wish - an image manifest to be made
 * @signer: "production-image"
 * @component: %signed_component
 * @version: of the image
 * @temporary: flag
 */
struct manifest_wish {
	const char *signer;
	const u8 *component;
	u64 version;
	bool temporary;
};

#define capability(...)	capability_file(&(struct capability_wish){ __VA_ARGS__ })
#define keystore(...)	keystore_file(&(struct keystore_wish){ __VA_ARGS__ })
#define manifest(...)	manifest_file(&(struct manifest_wish){ __VA_ARGS__ })

/* A section of a request, of host.h, that is this file. */
#define SECTION(file)	{ (file)->data, (file)->length }

const struct file *capability_file(const struct capability_wish *wish);
const struct file *keystore_file(const struct keystore_wish *wish);
const struct file *manifest_file(const struct manifest_wish *wish);
const struct file *signed_envelope(const char *signer, u8 kind, const void *content,
				   size_t length);
struct file *signed_copy(const struct file *file);
const u8 *signed_key_id(const char *signer);

#endif /* _SVCGATE_TESTS_SIGNED_H */
