// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a line costs the receiver: every byte it scans or copies is counted, in
 * the deframer itself, compiled here with counting functions for both.
 */
#include "unit.h"
#include "words.h"

static size_t scanned, copied;

static size_t counting_to_zero(const u8 *p, size_t count)
{
	size_t n = svcgate_words_to_zero(p, count);

	scanned += n;
	return n;
}

static size_t counting_of_one(const u8 *p, size_t count)
{
	size_t n = svcgate_words_of_one(p, count);

	scanned += n;
	return n;
}

static size_t counting_copy(u8 *to, const u8 *from, size_t count)
{
	size_t n = svcgate_words_copy(to, from, count);

	scanned += n;
	copied += n;
	return n;
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

static void *counting_memset(void *to, int c, size_t n)
{
	copied += n;
	return memset(to, c, n);
}

#define svcgate_words_to_zero	counting_to_zero
#define svcgate_words_of_one	counting_of_one
#define svcgate_words_copy	counting_copy
#define memchr_inv		counting_memchr_inv
#define memcpy			counting_memcpy
#define memset			counting_memset
#include "../../kmod/frame.c"
#undef memchr_inv
#undef memcpy
#undef memset

/* Every @step-th byte came with @flag. */
static void run_flagged(TESTED, const u8 *line, size_t count, u8 flag, size_t step)
{
	u8 *buf = malloc(SVCGATE_FRAME_RAW_MAX), *flags = calloc(1, count);
	struct svcgate_deframer d;
	size_t at, used, calls = 0;

	for (at = 0; flag && at < count; at += step)
		flags[at] = flag;
	scanned = 0;
	copied = 0;
	svcgate_deframer_init(&d, buf, SVCGATE_FRAME_RAW_MAX);
	for (at = 0; at < count; at += used, calls++)
		svcgate_deframe(&d, line + at, flags + at, count - at, &used);
	/*
	 * Two scans, one for zeros and one for flags, and one copy. After each call the
	 * flags ahead are looked at again, LOOK_AHEAD of them at most.
	 */
	EXPECT_LE(scanned, 2 * count + calls * LOOK_AHEAD);
	EXPECT_LE(copied, count);
	EXPECT_LE(calls, count);
	free(buf);
	free(flags);
}

static void run(TESTED, const u8 *line, size_t count)
{
	run_flagged(_metadata, line, count, SVCGATE_LINE_NORMAL, 1);
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

/* A line at the wrong rate: error flags on all bytes, on every second one, ... */
TEST(p9_flagged_bytes_cost_no_more_than_good_ones)
{
	size_t count = 60000, step;
	u8 *line = malloc(count);

	memset(line, 0x55, count);
	for (step = 1; step < 1000; step = step * 3 / 2 + 1) {
		run_flagged(_metadata, line, count, SVCGATE_LINE_BREAK + 1, step);
		run_flagged(_metadata, line, count, SVCGATE_LINE_BREAK, step);
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
