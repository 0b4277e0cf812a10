/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading an envelope as a device would, and checking its signature.
 */
#ifndef _SVCGATE_ISSUER_INSPECT_H
#define _SVCGATE_ISSUER_INSPECT_H

#include "blob.h"
#include "issuer.h"

/**
 * struct envelope - an envelope and what it says; points into the file
 * @path: of the file, as the user named it
 * @file: the envelope
 * @blob: its parts
 * @signer: name of the directory's key that signed it, or empty
 * @good: its signature fits; says nothing when @signer is empty
 * @capability: content of kind capability
 * @keystore: content of kind keystore
 * @manifest: content of kind manifest
 * @delegation: content of kind delegation
 */
struct envelope {
	const char *path;
	const u8 *file;
	struct svcgate_blob blob;
	char signer[256];
	bool good;
	union {
		struct svcgate_capability capability;
		struct svcgate_keystore_content keystore;
		struct svcgate_manifest manifest;
		struct svcgate_delegation delegation;
	};
};

int reject(const char *path, u8 kind, enum svcgate_reason reason, u16 detail);
int envelope_read(const struct invocation *inv, const char *path, const u8 *file,
		  size_t length, u8 kind, struct envelope *ret_envelope);
int envelope_verdict(const struct envelope *envelope);

#endif /* _SVCGATE_ISSUER_INSPECT_H */
