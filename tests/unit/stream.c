// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ends of a stream, step by step: what is sent, what is sent again and when,
 * what an acknowledgement says, what a peer may not make them do.
 */
#include "unit.h"

#include "stream.h"

#define SIZE	4096
#define RATE	11520

FIXTURE(stream)
{
	struct svcgate_pace pace;
	struct svcgate_stream_out out;
	struct svcgate_stream_in in;
	struct svcgate_piece piece;
	u8 bytes[2 * SIZE];
	int64_t now;
};

FIXTURE_SETUP(stream)
{
	size_t i;

	for (i = 0; i < sizeof(self->bytes); i++)
		self->bytes[i] = i * 7 + i / 256;
	self->now = 1;
	svcgate_pace_init(&self->pace, RATE, 16384, 1024);
	/* As after a first request: long frames are known to arrive. */
	self->pace.delivered = 100000;
	self->pace.latency = 500000;
	ASSERT_EQ(0, svcgate_stream_out_init(&self->out, &self->pace, SIZE, SIZE));
	ASSERT_EQ(0, svcgate_stream_in_init(&self->in, SIZE));
}

FIXTURE_TEARDOWN(stream)
{
	svcgate_stream_out_free(&self->out);
	svcgate_stream_in_free(&self->in);
	EXPECT_EQ(0, self->pace.in_flight);
}

/* Put bytes in, which begin at number 0. */
static void feed(struct svcgate_stream_out *out, const u8 *bytes, size_t count)
{
	size_t room;
	u8 *at;

	while (count && (room = svcgate_stream_out_room(out, &at))) {
		if (room > count)
			room = count;
		memcpy(at, bytes + out->end, room);
		svcgate_stream_out_put(out, room);
		count -= room;
	}
}

#define NEXT(offset_, length_)							\
	do {									\
		ASSERT_TRUE(svcgate_stream_out_next(&self->out, self->now,	\
						    &self->piece));		\
		EXPECT_EQ(offset_, self->piece.offset);				\
		EXPECT_EQ(length_, self->piece.length);				\
		EXPECT_EQ(0, memcmp(self->bytes + (offset_), self->piece.data,	\
				    self->piece.length));			\
	} while (0)

#define NOTHING() \
	EXPECT_FALSE(svcgate_stream_out_next(&self->out, self->now, &self->piece))

static void ack(struct svcgate_stream_out *out, int64_t now, u32 offset, u32 window,
		u32 start, u32 end)
{
	u8 body[12];

	svcgate_put_le32(body, window);
	svcgate_put_le32(body + 4, start);
	svcgate_put_le32(body + 8, end);
	svcgate_stream_out_ack(out, now, offset, body, end ? 12 : 4);
}

TEST_F(stream, bytes_go_out_once_and_in_order)
{
	feed(&self->out, self->bytes, 2500);
	NEXT(0, 1024);
	NEXT(1024, 1024);
	/* Too short to be worth a frame while others are on their way. */
	NOTHING();
	svcgate_stream_out_end(&self->out);
	NEXT(2048, 452);
	EXPECT_TRUE(self->piece.last);
	NOTHING();
	ack(&self->out, self->now, 2500, SIZE | SVCGATE_ACK_COMPLETE, 0, 0);
	EXPECT_TRUE(svcgate_stream_out_done(&self->out));
	NOTHING();
	EXPECT_EQ(0, svcgate_stream_out_due(&self->out));
}

TEST_F(stream, what_was_sent_before_something_that_arrived_is_lost)
{
	u32 again = 0;

	feed(&self->out, self->bytes, 4096);
	NEXT(0, 1024);
	NEXT(1024, 1024);
	NEXT(2048, 1024);
	NEXT(3072, 1024);
	/* The second one came, so the first did not; of the others nothing is known. */
	ack(&self->out, self->now, 0, SIZE, 1024, 2048);
	while (svcgate_stream_out_next(&self->out, self->now, &self->piece)) {
		EXPECT_EQ(again, self->piece.offset);
		again += self->piece.length;
	}
	EXPECT_EQ(1024, again);
	ack(&self->out, self->now, 4096, SIZE, 0, 0);
	EXPECT_EQ(0, self->pace.in_flight);
}

TEST_F(stream, the_last_ones_wait_for_a_time_out)
{
	int64_t due;

	feed(&self->out, self->bytes, 2048);
	NEXT(0, 1024);
	NEXT(1024, 1024);
	due = svcgate_stream_out_due(&self->out);
	ASSERT_LT(self->now, due);
	self->now = due - 1;
	NOTHING();
	/* One of them; its acknowledgement will tell of the other. */
	self->now = due;
	NEXT(1024, 1024);
	NOTHING();
	EXPECT_LT(self->now, svcgate_stream_out_due(&self->out));
	ack(&self->out, self->now, 0, SIZE, 1024, 2048);
	ASSERT_TRUE(svcgate_stream_out_next(&self->out, self->now, &self->piece));
	EXPECT_EQ(0, self->piece.offset);
}

TEST_F(stream, an_end_without_bytes_is_a_piece_too)
{
	feed(&self->out, self->bytes, 100);
	NEXT(0, 100);
	EXPECT_FALSE(self->piece.last);
	svcgate_stream_out_end(&self->out);
	NEXT(100, 0);
	EXPECT_TRUE(self->piece.last);
	NOTHING();
	ack(&self->out, self->now, 100, SIZE, 0, 0);
	EXPECT_FALSE(svcgate_stream_out_done(&self->out));
	self->now = svcgate_stream_out_due(&self->out);
	NEXT(100, 0);
	EXPECT_TRUE(self->piece.last);
	ack(&self->out, self->now, 100, SVCGATE_ACK_COMPLETE, 0, 0);
	EXPECT_TRUE(svcgate_stream_out_done(&self->out));
}

TEST_F(stream, a_closed_window_is_kept_and_asked_for)
{
	feed(&self->out, self->bytes, 3000);
	NEXT(0, 1024);
	ack(&self->out, self->now, 1024, 0, 0, 0);
	self->out.limit = 1024;
	NOTHING();
	ASSERT_LT(self->now, svcgate_stream_out_due(&self->out));
	self->now = svcgate_stream_out_due(&self->out);
	NEXT(1024, 1);
	NOTHING();
	/* What did not fit is no sign of a bad line. */
	ack(&self->out, self->now, 1024, 2000, 0, 0);
	NEXT(1025, 1024);
	ack(&self->out, self->now, 1024, 2000, 1, 1025);
	EXPECT_EQ(0, self->pace.losses);
	NEXT(1024, 1);
}

TEST_F(stream, a_receiver_without_room_beyond_a_gap_gets_all_again)
{
	self->out.in_order = true;
	feed(&self->out, self->bytes, 4096);
	NEXT(0, 1024);
	svcgate_stream_out_ack(&self->out, self->now, 1024, NULL, 0);
	NEXT(1024, 1024);
	NEXT(2048, 1024);
	NEXT(3072, 1024);
	/* The third frame found a gap, and so will the fourth. */
	svcgate_stream_out_ack(&self->out, self->now, 1024, NULL, 0);
	ASSERT_TRUE(svcgate_stream_out_next(&self->out, self->now, &self->piece));
	EXPECT_EQ(1024, self->piece.offset);
	while (svcgate_stream_out_next(&self->out, self->now, &self->piece))
		;
	EXPECT_EQ(4096, self->piece.offset + self->piece.length);
	/* Its word says nothing new. */
	svcgate_stream_out_ack(&self->out, self->now, 1024, NULL, 0);
	NOTHING();
	svcgate_stream_out_ack(&self->out, self->now, 4096, NULL, 0);
	svcgate_stream_out_end(&self->out);
	EXPECT_TRUE(svcgate_stream_out_done(&self->out));
}

TEST_F(stream, nonsense_of_the_receiver_says_nothing)
{
	u8 body[SVCGATE_STREAM_ACK_MAX + 8];

	memset(body, 0xff, sizeof(body));
	feed(&self->out, self->bytes, 2048);
	NEXT(0, 1024);
	NEXT(1024, 1024);
	svcgate_stream_out_ack(&self->out, self->now, 2049, NULL, 0);
	svcgate_stream_out_ack(&self->out, self->now, UINT32_MAX, body, 12);
	svcgate_stream_out_ack(&self->out, self->now, 0, body, 5);
	svcgate_stream_out_ack(&self->out, self->now, 1024, body, sizeof(body));
	EXPECT_EQ(0, self->out.base);
	/* Complete, it says, but the stream has not ended. */
	svcgate_stream_out_ack(&self->out, self->now, 2048, body, 4);
	EXPECT_FALSE(svcgate_stream_out_done(&self->out));
}

static size_t take_all(struct svcgate_stream_in *in, u8 *to)
{
	size_t used = 0, count;
	const u8 *at;

	while ((count = svcgate_stream_in_peek(in, &at))) {
		memcpy(to + used, at, count);
		svcgate_stream_in_consume(in, count);
		used += count;
	}
	return used;
}

TEST_F(stream, pieces_in_any_order_make_the_same_bytes)
{
	u8 got[SIZE], body[SVCGATE_STREAM_ACK_MAX];
	u32 offset;

	svcgate_stream_in_take(&self->in, 200, self->bytes + 200, 100, true);
	svcgate_stream_in_take(&self->in, 100, self->bytes + 100, 50, false);
	ASSERT_TRUE(svcgate_stream_in_due(&self->in));
	ASSERT_EQ(20, svcgate_stream_in_ack(&self->in, &offset, body));
	EXPECT_FALSE(svcgate_stream_in_due(&self->in));
	EXPECT_EQ(0, offset);
	EXPECT_EQ(SIZE, svcgate_get_le32(body));
	/* What came last first. */
	EXPECT_EQ(100, svcgate_get_le32(body + 4));
	EXPECT_EQ(150, svcgate_get_le32(body + 8));
	EXPECT_EQ(200, svcgate_get_le32(body + 12));
	EXPECT_EQ(300, svcgate_get_le32(body + 16));
	EXPECT_EQ(0, take_all(&self->in, got));
	svcgate_stream_in_take(&self->in, 0, self->bytes, 120, false);
	EXPECT_EQ(150, take_all(&self->in, got));
	EXPECT_FALSE(svcgate_stream_in_ended(&self->in));
	/* Across both gaps and what is there already. */
	svcgate_stream_in_take(&self->in, 90, self->bytes + 90, 130, false);
	EXPECT_EQ(150, take_all(&self->in, got + 150));
	EXPECT_TRUE(svcgate_stream_in_ended(&self->in));
	EXPECT_EQ(0, memcmp(self->bytes, got, 300));
	ASSERT_EQ(4, svcgate_stream_in_ack(&self->in, &offset, body));
	EXPECT_EQ(300, offset);
	EXPECT_EQ(SVCGATE_ACK_COMPLETE | SIZE, svcgate_get_le32(body));
}

TEST_F(stream, what_finds_no_room_never_came)
{
	u8 got[2 * SIZE], body[SVCGATE_STREAM_ACK_MAX];
	u32 offset, i;

	svcgate_stream_in_take(&self->in, SIZE, self->bytes, 1, false);
	svcgate_stream_in_take(&self->in, UINT32_MAX, self->bytes, 1, false);
	svcgate_stream_in_take(&self->in, 1, self->bytes + 1, 2 * SIZE - 1, false);
	svcgate_stream_in_take(&self->in, 0, self->bytes, 1, false);
	ASSERT_EQ(4, svcgate_stream_in_ack(&self->in, &offset, body));
	EXPECT_EQ(SIZE, offset);
	EXPECT_EQ(0, svcgate_get_le32(body));
	EXPECT_EQ(SIZE, take_all(&self->in, got));
	EXPECT_EQ(0, memcmp(self->bytes, got, SIZE));
	/* The reader made room: worth a word. */
	EXPECT_TRUE(svcgate_stream_in_due(&self->in));

	/* More gaps than are kept. */
	for (i = 0; i < 2 * SVCGATE_STREAM_RANGES; i++)
		svcgate_stream_in_take(&self->in, SIZE + 1 + 2 * i, self->bytes, 1, false);
	EXPECT_EQ(SVCGATE_STREAM_RANGES, self->in.range_count);
	/* The end was said: nothing is behind it, and it cannot move. */
	svcgate_stream_in_take(&self->in, SIZE + 200, self->bytes + 200, 0, true);
	svcgate_stream_in_take(&self->in, SIZE + 300, self->bytes, 0, true);
	svcgate_stream_in_take(&self->in, SIZE, self->bytes + SIZE, 1000, false);
	EXPECT_EQ(200, take_all(&self->in, got));
	EXPECT_TRUE(svcgate_stream_in_ended(&self->in));
}

TEST_F(stream, frames_follow_the_losses_and_the_neighbours)
{
	size_t lone = svcgate_pace_frame(&self->pace);

	self->pace.streams = 2;
	EXPECT_LT(svcgate_pace_frame(&self->pace), lone);
	/* 20 ms of the line. */
	EXPECT_GE(RATE / 50, svcgate_pace_frame(&self->pace));
	self->pace.streams = 1;
	self->pace.between = 10000;
	self->pace.since = 0;
	/* Overhead and loss cost the same. */
	EXPECT_LT(460, svcgate_pace_frame(&self->pace));
	EXPECT_GT(500, svcgate_pace_frame(&self->pace));
	self->pace.since = 4 << 20;
	EXPECT_EQ(lone, svcgate_pace_frame(&self->pace));
	self->pace.since = 0;
	self->pace.between = 1;
	EXPECT_EQ(32, svcgate_pace_frame(&self->pace));
}

TEST_HARNESS_MAIN
