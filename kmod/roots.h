/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Root certificates and floors that are compiled into the module; Kbuild makes
 * roots.c from SVCGATE_ROOTS, SVCGATE_FLOOR_VERSION and SVCGATE_FLOOR_EPOCH.
 */
#ifndef _SVCGATE_ROOTS_H
#define _SVCGATE_ROOTS_H

#include <linux/types.h>

/**
 * struct svcgate_root_certificate - one of them
 * @data: DER
 * @length: its bytes
 */
struct svcgate_root_certificate {
	const u8 *data;
	size_t length;
};

extern const struct svcgate_root_certificate svcgate_root_certificates[];
extern const unsigned int svcgate_root_count;
extern const u32 svcgate_floor_version;
extern const u32 svcgate_floor_epoch;

#endif /* _SVCGATE_ROOTS_H */
