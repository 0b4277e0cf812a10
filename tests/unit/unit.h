/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests share: the kernel's kselftest harness, exact copies for
 * the address sanitizer, random numbers that can be had again.
 */
#ifndef _SVCGATE_TESTS_UNIT_H
#define _SVCGATE_TESTS_UNIT_H

#include "pure.h"

#include "kselftest_harness.h"

/* A failing test of a helper function needs the test's own metadata. */
#define TESTED struct __test_metadata *_metadata

/*
 * A copy that ends where the data ends: one byte read beyond it is an error of
 * the address sanitizer, also when there is no data at all.
 */
static inline u8 *exact_copy(const void *data, size_t length)
{
	u8 *copy = calloc(length, 1);

	if (!copy && length)
		abort();
	if (length)
		memcpy(copy, data, length);
	return copy;
}

/* xorshift64*, the same on every machine. */
struct rng {
	u64 state;
};

/* SVCGATE_SEED=number repeats a run; the default never changes. */
static inline void rng_init(struct rng *rng, const char *test)
{
	const char *text = getenv("SVCGATE_SEED");

	rng->state = text ? strtoull(text, NULL, 0) : 0x5eed5eed5eed5eedULL;
	if (!rng->state)
		rng->state = 1;
	printf("# %s: SVCGATE_SEED=0x%llx\n", test, (unsigned long long)rng->state);
	fflush(stdout);
}

static inline u64 rng_next(struct rng *rng)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return rng->state * 0x2545f4914f6cdd1dULL >> 16;
}

static inline u32 rng_below(struct rng *rng, u32 limit)
{
	return rng_next(rng) % limit;
}

static inline void rng_fill(struct rng *rng, u8 *out, size_t length)
{
	while (length--)
		*out++ = rng_next(rng);
}

#endif /* _SVCGATE_TESTS_UNIT_H */
