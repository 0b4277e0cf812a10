/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Credentials that were verified before: a repeated one costs one hash, not one
 * signature. Positive results only, bounded, emptied at every keystore change.
 */
#ifndef _SVCGATE_CACHE_H
#define _SVCGATE_CACHE_H

#include "device.h"

void svcgate_cache_digest(const u8 *file, size_t length, u8 *ret_digest);
struct svcgate_credential *svcgate_cache_find(const u8 *digest);
void svcgate_cache_add(struct svcgate_credential *credential);
void svcgate_cache_flush(void);

#endif /* _SVCGATE_CACHE_H */
