/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The kernel's words that the pure files of kmod/ use, in user space.
 */
#ifndef _SVCGATE_PURE_USER_H
#define _SVCGATE_PURE_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define BIT_ULL(n)		(1ULL << (n))
#define min_t(type, a, b)	((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define fallthrough		__attribute__((__fallthrough__))

#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

/* zlib inverts before and after; the kernel leaves that to the caller. */
static inline u32 crc32_le(u32 crc, const u8 *data, size_t length)
{
	return ~(u32)crc32_z(~crc, data, length);
}

static inline void *memchr_inv(const void *start, int c, size_t n)
{
	const u8 *p = start;

	for (; n; p++, n--)
		if (*p != (u8)c)
			return (void *)p;
	return NULL;
}

#endif /* _SVCGATE_PURE_USER_H */
