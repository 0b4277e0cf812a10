// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parity, framing and overrun errors, BREAK: what a driver says beside a byte.
 */
#include "frame_three.h"

static const u8 errors[] = { LINE_PARITY, LINE_FRAME, LINE_OVERRUN };

static void run_flagged(TESTED, FIXTURE_DATA(line) *self)
{
	memset(self->seen, 0, sizeof(*self->seen));
	run_line(self->bytes, self->flags, self->count, SIZE, self->count, self->seen);
	expect_outer(_metadata, self->seen, self->good);
}

TEST_F(line, p1_a_flagged_byte_spoils_exactly_its_frame)
{
	size_t at, i;
	u8 saved;

	for (at = self->start; at < self->end; at++) {
		saved = self->bytes[at];
		/* The driver hands on the byte, or a zero in its place. */
		for (i = 0; i < 2 * ARRAY_SIZE(errors); i++) {
			self->bytes[at] = i & 1 ? 0 : saved;
			self->flags[at] = errors[i / 2];
			run_flagged(_metadata, self);
			ASSERT_EQ(3, self->seen->count);
			ASSERT_EQ(SVCGATE_DEFRAME_FLAGGED, self->seen->event[1]);
		}
		self->flags[at] = 0;
		self->bytes[at] = saved;
	}
}

TEST_F(line, p1_a_frame_of_flagged_bytes_is_one_dropped_frame)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		memset(self->flags + self->start, errors[i], self->end - self->start);
		run_flagged(_metadata, self);
		EXPECT_EQ(3, self->seen->count);
		EXPECT_EQ(SVCGATE_DEFRAME_FLAGGED, self->seen->event[1]);
	}
}

/* The tty core reports an overrun as a flagged zero of its own. */
TEST_F(line, p1_an_overrun_mark_spoils_the_frame_it_falls_into)
{
	size_t at, rest;

	self->count++;
	for (at = self->start + 1; at < self->end; at++) {
		rest = self->count - 1 - at;
		memmove(self->bytes + at + 1, self->bytes + at, rest);
		self->bytes[at] = 0;
		self->flags[at] = LINE_OVERRUN;
		run_flagged(_metadata, self);
		ASSERT_EQ(3, self->seen->count);
		ASSERT_EQ(SVCGATE_DEFRAME_FLAGGED, self->seen->event[1]);
		memmove(self->bytes + at, self->bytes + at + 1, rest);
		self->flags[at] = 0;
	}
}

/* Overruns are counted by the byte, and nothing else is. */
TEST(overruns_are_counted_apart)
{
	static const u8 flags[] = { 0, LINE_OVERRUN, LINE_OVERRUN, LINE_PARITY, LINE_FRAME,
				    SVCGATE_LINE_BREAK, LINE_OVERRUN, 0 };
	static const u8 line[sizeof(flags)] = { 1, 0, 1, 1, 1, 0, 0, 0 };
	struct svcgate_deframer d;
	u8 buf[SIZE];
	size_t at, used;

	svcgate_deframer_init(&d, buf, sizeof(buf));
	for (at = 0; at < sizeof(line); at += used)
		svcgate_deframe(&d, line + at, flags + at, sizeof(line) - at, &used);
	EXPECT_EQ(3, d.overruns);
}

/* Something was lost, nobody knows of which frame: counted, nothing dropped. */
TEST_F(line, an_overrun_mark_between_frames_drops_none)
{
	size_t at = self->end, rest = self->count - at;

	memmove(self->bytes + at + 1, self->bytes + at, rest);
	self->bytes[at] = 0;
	self->flags[at] = LINE_OVERRUN;
	run_line(self->bytes, self->flags, self->count + 1, SIZE, self->count + 1,
		 self->seen);
	EXPECT_EQ(4, self->seen->count);
	EXPECT_EQ(3, events(self->seen, SVCGATE_DEFRAME_FRAME));
	EXPECT_EQ(SVCGATE_DEFRAME_FLAGGED, self->seen->event[2]);
}

TEST_F(line, p1_break_at_each_byte_is_one_break_and_spoils_its_frame)
{
	size_t at;
	u8 saved;
	int zero;

	for (at = self->start; at < self->end; at++) {
		saved = self->bytes[at];
		for (zero = 0; zero < 2; zero++) {
			self->bytes[at] = zero ? 0 : saved;
			self->flags[at] = SVCGATE_LINE_BREAK;
			run_flagged(_metadata, self);
			ASSERT_EQ(3, self->seen->count);
			ASSERT_EQ(SVCGATE_DEFRAME_BREAK, self->seen->event[1]);
		}
		self->flags[at] = 0;
		self->bytes[at] = saved;
	}
}

/* The end of a BREAK may look like a good zero; it must not begin a frame. */
TEST_F(line, p1_nothing_between_a_break_and_the_next_zero_is_a_frame)
{
	size_t at = self->start;

	self->flags[at] = SVCGATE_LINE_BREAK;
	run_flagged(_metadata, self);
	EXPECT_EQ(3, self->seen->count);
	EXPECT_EQ(SVCGATE_DEFRAME_BREAK, self->seen->event[1]);
}

TEST_F(line, every_break_is_told_also_before_the_first_zero)
{
	static const u8 line[] = { 0, 0, 0x55, 0, 0x55, 0 };
	static const u8 flags[] = { 1, 1, 0, 0, 0, 1 };

	run_line(line, flags, sizeof(line), SIZE, sizeof(line), self->seen);
	ASSERT_EQ(3, self->seen->count);
	EXPECT_EQ(3, events(self->seen, SVCGATE_DEFRAME_BREAK));
}

TEST_F(line, p1_break_after_a_flagged_byte_forgets_it)
{
	size_t at = self->start + 9;

	self->flags[at] = LINE_PARITY;
	self->flags[at + 1] = SVCGATE_LINE_BREAK;
	run_flagged(_metadata, self);
	EXPECT_EQ(3, self->seen->count);
	EXPECT_EQ(SVCGATE_DEFRAME_BREAK, self->seen->event[1]);
}

TEST_F(line, flags_that_are_all_good_change_nothing)
{
	run_line(self->bytes, self->flags, self->count, SIZE, self->count, self->seen);
	expect_same(_metadata, self->good, self->seen);
}

/* A line with everything on it, cut in two anywhere, and into small pieces. */
TEST_F(line, how_the_bytes_are_handed_over_does_not_matter)
{
	struct record *whole = calloc(1, sizeof(*whole));
	u8 *buf = malloc(SIZE), *in = self->bytes;
	enum svcgate_deframe_event event;
	struct svcgate_deframer d;
	size_t cut, at, step, used;

	self->flags[self->start + 20] = LINE_PARITY;
	self->flags[self->end + 1] = SVCGATE_LINE_BREAK;
	memcpy(in + self->count, in, self->end);
	self->count += self->end;
	run_line(in, self->flags, self->count, SIZE, self->count, whole);
	ASSERT_EQ(5, whole->count);

	for (cut = 0; cut <= self->count; cut++) {
		memset(self->seen, 0, sizeof(*self->seen));
		svcgate_deframer_init(&d, buf, SIZE);
		for (at = 0; at < self->count; at += used) {
			step = at < cut ? cut - at : self->count - at;
			event = svcgate_deframe(&d, in + at, self->flags + at, step, &used);
			record_add(self->seen, event, buf, d.length);
		}
		expect_same(_metadata, whole, self->seen);
	}
	for (step = 1; step < 300; step++) {
		memset(self->seen, 0, sizeof(*self->seen));
		run_line(in, self->flags, self->count, SIZE, step, self->seen);
		expect_same(_metadata, whole, self->seen);
	}
	free(whole);
	free(buf);
}

TEST_F(line, no_bytes_change_nothing)
{
	struct svcgate_deframer d;
	size_t used = 7;
	u8 buf[8];

	svcgate_deframer_init(&d, buf, sizeof(buf));
	EXPECT_EQ(SVCGATE_DEFRAME_MORE, svcgate_deframe(&d, buf, NULL, 0, &used));
	EXPECT_EQ(0, used);
}

/* Short alphabets: zeros, small codes and full blocks are all frequent. */
static void random_line(struct rng *rng, u8 *line, u8 *flags, size_t count, u32 kind)
{
	static const u8 words[] = { 0, 1, 1, 2, 3, 5, 0xfe, 0xff };
	size_t i, n;

	for (i = 0; i < count; i++) {
		line[i] = kind & 1 ? words[rng_below(rng, 8)] : rng_next(rng);
		flags[i] = kind & 2 && !rng_below(rng, 40) ? rng_below(rng, 5) : 0;
	}
	/* Good frames in between, some of them longer than the buffer. */
	for (i = 0; kind & 4 && i + 120 < count; i += n + rng_below(rng, 30)) {
		u8 body[100];

		n = rng_below(rng, sizeof(body));
		rng_fill(rng, body, n);
		n = reference_enframe(line + i, body, n);
	}
}

TEST_F(line, random_lines_give_what_the_reference_gives)
{
	struct record *expected = calloc(1, sizeof(*expected));
	u8 line[3000], flags[3000];
	unsigned int frames = 0, others = 0;
	struct rng rng;
	size_t count, size;
	int round;

	rng_init(&rng, _metadata->name);
	for (round = 0; round < 4000; round++) {
		count = 1 + rng_below(&rng, sizeof(line));
		size = 4 + rng_below(&rng, 100);
		random_line(&rng, line, flags, count, round);
		memset(expected, 0, offsetof(struct record, bytes));
		memset(self->seen, 0, offsetof(struct record, bytes));
		reference_deframe(line, round & 2 ? flags : NULL, count, size, expected);
		run_line(line, round & 2 ? flags : NULL, count, size,
			 1 + rng_below(&rng, count), self->seen);
		expect_same(_metadata, expected, self->seen);
		frames += events(expected, SVCGATE_DEFRAME_FRAME);
		others += events(expected, SVCGATE_DEFRAME_OVERLONG);
	}
	EXPECT_LT(10000, frames);
	EXPECT_LT(10000, others);
	free(expected);
}

TEST_HARNESS_MAIN
