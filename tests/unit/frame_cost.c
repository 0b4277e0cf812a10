// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a line costs the receiver: every byte it scans or copies is counted, in
 * the deframer itself, compiled here with counting memchr() and memcpy().
 */
#include "unit.h"

static size_t scanned, copied;

static void *counting_memchr(const void *s, int c, size_t n)
{
	const u8 *found = memchr(s, c, n);

	scanned += found ? (size_t)(found - (const u8 *)s) + 1 : n;
	return (void *)found;
}

static void *counting_memchr_inv(const void *s, int c, size_t n)
{
	const u8 *found = memchr_inv(s, c, n);

	scanned += found ? (size_t)(found - (const u8 *)s) + 1 : n;
	return (void *)found;
}

static void *counting_memcpy(void *to, const void *from, size_t n)
{
	copied += n;
	return memcpy(to, from, n);
}

#define memchr		counting_memchr
#define memchr_inv	counting_memchr_inv
#define memcpy		counting_memcpy
#include "../../kmod/frame.c"
#undef memchr
#undef memchr_inv
#undef memcpy

static void run(TESTED, const u8 *line, size_t count)
{
	u8 *buf = malloc(SVCGATE_FRAME_RAW_MAX), *flags = calloc(1, count);
	struct svcgate_deframer d;
	size_t at, used, calls = 0;

	scanned = 0;
	copied = 0;
	svcgate_deframer_init(&d, buf, SVCGATE_FRAME_RAW_MAX);
	for (at = 0; at < count; at += used, calls++)
		svcgate_deframe(&d, line + at, flags, count - at, &used);
	/* Two scans, one for zeros and one for flags, and one copy. */
	EXPECT_LE(scanned, 2 * count);
	EXPECT_LE(copied, count);
	EXPECT_LE(calls, count);
	free(buf);
	free(flags);
}

/* Nothing but short runs: the worst that one call can be given. */
TEST(p9_short_runs_cost_no_more_than_long_ones)
{
	size_t count = 60000, code, i;
	u8 *line = malloc(count);

	for (code = 1; code <= 0xff; code += code < 8 ? 1 : 31) {
		line[0] = 0;
		for (i = 1; i < count; i++)
			line[i] = code;
		run(_metadata, line, count);
		/* The same in frames that still fit. */
		for (i = 0; i < count; i += 8000)
			line[i] = 0;
		run(_metadata, line, count);
	}
	free(line);
}

TEST(p9_random_lines_cost_the_same)
{
	size_t count = 60000;
	u8 *line = malloc(count);
	struct rng rng;
	int round;

	rng_init(&rng, _metadata->name);
	for (round = 0; round < 50; round++) {
		rng_fill(&rng, line, count);
		run(_metadata, line, count);
	}
	free(line);
}

TEST_HARNESS_MAIN
