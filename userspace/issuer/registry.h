/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the issuer knows about devices and the files that it issued.
 */
#ifndef _SVCGATE_ISSUER_REGISTRY_H
#define _SVCGATE_ISSUER_REGISTRY_H

#include "hex.h"
#include "store.h"

#define DEVICE_TEXT_SIZE	SVCGATE_HEX_SIZE(SVCGATE_DEVICE_ID_MAX)
#define SERIAL_TEXT_SIZE	SVCGATE_HEX_SIZE(SVCGATE_SERIAL_SIZE)
#define LABEL_TEXT_SIZE		(SVCGATE_LABEL_MAX + 1)

/* Epoch of a revoked serial that was issued elsewhere: it stays on the list. */
#define EPOCH_UNKNOWN		UINT32_MAX

/**
 * struct device - a registered device
 * @id: its ID in hex, lower case
 * @bytes: its ID
 * @length: bytes of its ID
 * @generation: current one; blank files and revocations take the next
 * @label: whatever the maker wants to remember, or empty
 */
struct device {
	char id[DEVICE_TEXT_SIZE];
	u8 bytes[SVCGATE_DEVICE_ID_MAX];
	size_t length;
	u32 generation;
	char label[LABEL_TEXT_SIZE];
};

/**
 * struct issued - an issued capability file
 * @serial: its serial in hex
 * @device: ID of its device in hex
 * @mask: capability ids
 * @generation: in it
 * @epoch: in it
 * @label: in it, or empty
 * @key_id: of the key that signed it, hex; empty when that was not written down
 */
struct issued {
	char serial[SERIAL_TEXT_SIZE];
	char device[DEVICE_TEXT_SIZE];
	u64 mask;
	u32 generation;
	u32 epoch;
	char label[LABEL_TEXT_SIZE];
	char key_id[SVCGATE_HEX_SIZE(SVCGATE_KEY_ID_SIZE)];
};

/**
 * struct revoked - the revoked serials
 * @serials: ascending, without a serial twice
 * @epochs: of each file
 * @count: how many
 */
struct revoked {
	u8 serials[SVCGATE_REVOKED_MAX][SVCGATE_SERIAL_SIZE];
	u32 epochs[SVCGATE_REVOKED_MAX];
	unsigned int count;
};

int device_parse(const char *text, struct device *ret_device);
int device_load(const struct store *store, const char *id, struct device *ret_device);
int device_save(const struct store *store, const struct device *device);
int device_next_generation(const struct store *store, struct device *device);
int device_each(const struct store *store,
		int (*each)(const struct device *device, void *context), void *context);

int serial_parse(const char *text, u8 ret_serial[SVCGATE_SERIAL_SIZE]);
int issued_save(const struct store *store, const struct issued *issued);
int issued_load(const struct store *store, const char *serial,
		struct issued *ret_issued);
int issued_each(const struct store *store,
		int (*each)(const struct issued *issued, void *context), void *context);

int revoked_load(const struct store *store, struct revoked *ret_revoked);
bool revoked_has(const struct revoked *revoked, const u8 *serial);
int revoked_add(const struct store *store, struct revoked *revoked,
		const char *serial, bool must_be_ours);
void revoked_drop_below(struct revoked *revoked, u32 epoch);
int revoked_save(const struct store *store, const struct revoked *revoked);

#endif /* _SVCGATE_ISSUER_REGISTRY_H */
