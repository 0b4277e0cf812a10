// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A line that lies: flipped, lost, flagged and foreign bytes. A frame is
 * accepted whole and as it was sent, or not at all; the one after it is good.
 */
#include "frame_three.h"

TEST_F(line, three_good_frames)
{
	EXPECT_EQ(3, events(self->good, SVCGATE_DEFRAME_FRAME));
	EXPECT_EQ(40 + 330 + 50, self->good->used);
}

TEST_F(line, p1_a_flipped_byte_is_never_another_frame)
{
	static const u8 flips[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0xff, 0 };
	size_t at, i;
	u8 saved;

	for (at = self->start; at < self->end; at++) {
		saved = self->bytes[at];
		for (i = 0; i < ARRAY_SIZE(flips); i++) {
			/* The last one makes it a zero, or a one if it was. */
			self->bytes[at] = flips[i] ? saved ^ flips[i] : !saved;
			memset(self->seen, 0, sizeof(*self->seen));
			run_line(self->bytes, NULL, self->count, SIZE, self->count,
				 self->seen);
			expect_outer(_metadata, self->seen, self->good);
			ASSERT_LT(0, events(self->seen, SVCGATE_DEFRAME_BAD_CRC));
		}
		self->bytes[at] = saved;
	}
}

TEST_F(line, p1_a_lost_byte_is_never_another_frame)
{
	u8 *shorter = malloc(self->count);
	size_t at;

	/* Of two zeros one may be lost. */
	for (at = self->start + 1; at < self->end - 1; at++) {
		memcpy(shorter, self->bytes, at);
		memcpy(shorter + at, self->bytes + at + 1, self->count - at - 1);
		memset(self->seen, 0, sizeof(*self->seen));
		run_line(shorter, NULL, self->count - 1, SIZE, self->count, self->seen);
		expect_outer(_metadata, self->seen, self->good);
		ASSERT_EQ(1, events(self->seen, SVCGATE_DEFRAME_BAD_CRC));
	}
	free(shorter);
}

TEST_F(line, one_zero_between_frames_is_enough)
{
	size_t at = self->start;

	memmove(self->bytes + at, self->bytes + at + 1, self->count - at - 1);
	run_line(self->bytes, NULL, self->count - 1, SIZE, self->count, self->seen);
	expect_same(_metadata, self->good, self->seen);
}

TEST_F(line, p1_a_truncated_frame_is_never_accepted)
{
	size_t cut, n = self->end - self->start;
	u8 *shorter = malloc(self->count);

	for (cut = 0; cut < n - 1; cut++) {
		memcpy(shorter, self->bytes, self->start + cut);
		memcpy(shorter + self->start + cut, self->bytes + self->end,
		       self->count - self->end);
		memset(self->seen, 0, sizeof(*self->seen));
		run_line(shorter, NULL, self->count - n + cut, SIZE, self->count,
			 self->seen);
		expect_outer(_metadata, self->seen, self->good);
		ASSERT_EQ(cut > 1, events(self->seen, SVCGATE_DEFRAME_BAD_CRC));
	}
	free(shorter);
}

TEST_F(line, a_frame_without_its_last_zero_is_not_there_yet)
{
	run_line(self->bytes, NULL, self->end - 1, SIZE, self->count, self->seen);
	EXPECT_EQ(1, self->seen->count);
}

TEST_F(line, p1_bytes_from_before_the_first_zero_are_skipped)
{
	u8 line[4096];
	size_t n;

	/* What is left of a frame that began before we listened, or noise. */
	for (n = 1; n < self->end - self->start - 1; n++) {
		memcpy(line, self->bytes + self->start + n, self->count - self->start - n);
		memset(self->seen, 0, sizeof(*self->seen));
		run_line(line, NULL, self->count - self->start - n, SIZE, self->count,
			 self->seen);
		ASSERT_EQ(1, self->seen->count);
		ASSERT_EQ(SVCGATE_DEFRAME_FRAME, self->seen->event[0]);
		ASSERT_EQ(50, self->seen->length[0]);
	}
	/* Also when it would be a whole frame. */
	memset(self->seen, 0, sizeof(*self->seen));
	run_line(self->bytes + 1, NULL, self->count - 1, SIZE, self->count, self->seen);
	EXPECT_EQ(2, self->seen->count);
	EXPECT_EQ(330, self->seen->length[0]);
}

TEST_F(line, empty_frames_say_nothing)
{
	u8 zeros[100] = { };

	run_line(zeros, NULL, sizeof(zeros), SIZE, sizeof(zeros), self->seen);
	EXPECT_EQ(0, self->seen->count);
}

TEST_F(line, frames_shorter_than_a_crc_are_dropped)
{
	static const u8 line[] = { 0, 1, 0, 2, 5, 0, 1, 1, 1, 1, 0, 4, 1, 2, 3, 0 };

	run_line(line, NULL, sizeof(line), SIZE, sizeof(line), self->seen);
	EXPECT_EQ(4, self->seen->count);
	EXPECT_EQ(4, events(self->seen, SVCGATE_DEFRAME_BAD_CRC));
}

/* A frame of so many bytes in all between two good ones, in a buffer of size. */
static void overlong(TESTED, size_t length, size_t size, u8 fill, struct record *seen)
{
	u8 *line = malloc(3 * length + 64), *body = malloc(length), *flags;
	size_t n = reference_enframe(line, (const u8 *)"before", 6);

	memset(body, fill, length);
	n += reference_enframe(line + n, body, length);
	n += reference_enframe(line + n, (const u8 *)"after!", 6);
	flags = calloc(1, n);
	memset(seen, 0, sizeof(*seen));
	run_line(line, flags, n, size, 1 + n / 3, seen);
	ASSERT_EQ(3, seen->count);
	ASSERT_EQ(SVCGATE_DEFRAME_FRAME, seen->event[0]);
	ASSERT_EQ(SVCGATE_DEFRAME_FRAME, seen->event[2]);
	ASSERT_EQ(0, memcmp(seen->bytes + seen->used - 6, "after!", 6));
	free(line);
	free(body);
	free(flags);
}

TEST_F(line, p9_an_overlong_frame_is_dropped_once_and_the_next_is_good)
{
	static const u8 fills[] = { 0, 1, 0xff };
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(fills); i++) {
		overlong(_metadata, SVCGATE_FRAME_MAX, SIZE, fills[i], self->seen);
		EXPECT_EQ(SVCGATE_DEFRAME_FRAME, self->seen->event[1]);
		for (n = 1; n <= 1 << 16; n *= 4) {
			overlong(_metadata, SVCGATE_FRAME_MAX + n, SIZE, fills[i],
				 self->seen);
			ASSERT_EQ(SVCGATE_DEFRAME_OVERLONG, self->seen->event[1]);
		}
	}
}

/* The buffer is exactly as long as it says: one byte beyond is ASan's. */
TEST_F(line, p9_the_buffer_bounds_every_length)
{
	size_t length, size;

	for (size = 10; size < 600; size += 7) {
		for (length = size > 40 ? size - 40 : 7; length < size + 9; length++) {
			overlong(_metadata, length, size, 0x44, self->seen);
			ASSERT_EQ(length + 4 <= size ? SVCGATE_DEFRAME_FRAME :
						       SVCGATE_DEFRAME_OVERLONG,
				  self->seen->event[1]);
		}
	}
}

TEST_HARNESS_MAIN
