/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * What the pure files stand on: frame.c, queue.c, blob.c, content.c,
 * policy.c, gate.c
 *
 * They take and return plain values, allocate nothing, lock nothing, and
 * compile unchanged for the library, the tests and the fuzzers. This header is
 * the only place that knows which side it is on.
 */
#ifndef _SVCGATE_PURE_H
#define _SVCGATE_PURE_H

#ifdef __KERNEL__
#include <asm/barrier.h>
#include <linux/crc32.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include "compat.h"
#else
#include "pure_user.h"
#endif

#include <linux/svcgate.h>

static inline u16 svcgate_get_le16(const u8 *p)
{
	return p[0] | (u16)p[1] << 8;
}

static inline u32 svcgate_get_le32(const u8 *p)
{
	return svcgate_get_le16(p) | (u32)svcgate_get_le16(p + 2) << 16;
}

static inline u64 svcgate_get_le64(const u8 *p)
{
	return svcgate_get_le32(p) | (u64)svcgate_get_le32(p + 4) << 32;
}

static inline void svcgate_put_le16(u8 *p, u16 value)
{
	p[0] = value;
	p[1] = value >> 8;
}

static inline void svcgate_put_le32(u8 *p, u32 value)
{
	svcgate_put_le16(p, value);
	svcgate_put_le16(p + 2, value >> 16);
}

static inline void svcgate_put_le64(u8 *p, u64 value)
{
	svcgate_put_le32(p, value);
	svcgate_put_le32(p + 4, value >> 32);
}

/* CRC-32 of IEEE 802.3: reflected 0x04C11DB7, initial and final xor ffffffff. */
static inline u32 svcgate_crc32(const u8 *data, size_t length)
{
	return ~crc32_le(~0U, data, length);
}

#endif /* _SVCGATE_PURE_H */
