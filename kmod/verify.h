/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * blob + keys of the purpose -> verified content or reason.
 */
#ifndef _SVCGATE_VERIFY_H
#define _SVCGATE_VERIFY_H

#include "blob.h"
#include "keystore.h"

/**
 * struct svcgate_verified - what a good signature gave
 * @blob: the envelope; points into the caller's file
 */
struct svcgate_verified {
	struct svcgate_blob blob;
};

enum svcgate_reason svcgate_verify_envelope(const struct svcgate_keystore *keystore,
					    u8 kind, u8 purpose, const u8 *file,
					    size_t length,
					    struct svcgate_verified *ret,
					    u16 *ret_detail);

#endif /* _SVCGATE_VERIFY_H */
