// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The streams of a transaction: order, repetition, windows, ends.
 */
#include "helper_door.h"

FIXTURE(stream)
{
	struct executor_ends ends;
	u8 buf[2 * STREAM_WINDOW];
	u32 id;
};

FIXTURE_SETUP(stream)
{
	raise_stage();
	kernel_sends(SVCGATE_DOOR_REQUEST, 1, 0, 0, NULL, 0);
	self->id = parent_starts(&self->ends, 4096);
}

FIXTURE_TEARDOWN(stream)
{
	strike_stage();
}

static void expect_ack(TESTED, u32 offset)
{
	struct message *message = kernel_gets();

	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_ACK, message->head.kind);
	EXPECT_EQ(offset, message->head.offset);
}

static void expect_data(TESTED, u32 offset, size_t length, u16 flags, u8 first)
{
	struct message *message = kernel_gets();

	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_DATA, message->head.kind);
	EXPECT_EQ(offset, message->head.offset);
	EXPECT_EQ(flags, message->head.flags);
	ASSERT_EQ(sizeof(message->head) + length, message->head.length);
	EXPECT_EQ(first, message->payload[0]);
}

/* Answered, and the stream is open. */
static void answer(TESTED, struct executor_ends *ends)
{
	struct message *message;

	executor_says(ends, SVCGATE_REASON_DONE, 0, "", 0);
	executor_closes(&ends->result);
	message = kernel_gets();
	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_RESPONSE, message->head.kind);
	EXPECT_EQ(SVCGATE_DOOR_MORE, message->head.flags);
}

TEST_F(stream, bytes_from_the_host_come_in_order)
{
	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, 0, "abc", 3);
	expect_ack(_metadata, 3);
	/* A gap, a repetition, one that is half known, an end that is known. */
	kernel_sends(SVCGATE_DOOR_DATA, 1, 5, 0, "xyz", 3);
	expect_ack(_metadata, 3);
	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, 0, "abc", 3);
	expect_ack(_metadata, 3);
	kernel_sends(SVCGATE_DOOR_DATA, 1, 1, 0, "bcde", 4);
	expect_ack(_metadata, 5);
	kernel_sends(SVCGATE_DOOR_DATA, 1, UINT32_MAX, 0, "?", 1);
	expect_ack(_metadata, 5);
	EXPECT_EQ(5, drain(self->ends.in, self->buf, sizeof(self->buf)));
	EXPECT_EQ(0, memcmp(self->buf, "abcde", 5));
	kernel_sends(SVCGATE_DOOR_DATA, 1, 5, SVCGATE_DOOR_LAST, NULL, 0);
	expect_ack(_metadata, 5);
	EXPECT_EQ(0, drain(self->ends.in, self->buf, sizeof(self->buf)));
	/* Nothing comes after the end. */
	kernel_sends(SVCGATE_DOOR_DATA, 1, 5, 0, "f", 1);
	expect_ack(_metadata, 5);
}

TEST_F(stream, P9_slow_executor_takes_what_fits)
{
	static u8 data[SVCGATE_FRAME_DATA_MAX];
	struct message *message;

	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, SVCGATE_DOOR_LAST, data, sizeof(data));
	expect_ack(_metadata, 4096);
	kernel_sends(SVCGATE_DOOR_DATA, 1, 4096, SVCGATE_DOOR_LAST, data, 4096);
	expect_ack(_metadata, 4096);
	EXPECT_EQ(4096, drain(self->ends.in, self->buf, sizeof(self->buf)));
	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, SVCGATE_DOOR_LAST, data, sizeof(data));
	message = kernel_gets();
	ASSERT_NE(NULL, message);
	EXPECT_EQ(sizeof(data), message->head.offset);
	EXPECT_EQ(4096, drain(self->ends.in, self->buf, sizeof(self->buf)));
	EXPECT_EQ(0, drain(self->ends.in, self->buf, sizeof(self->buf)));
}

TEST_F(stream, executor_that_reads_no_more)
{
	close(self->ends.in);
	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, 0, "abc", 3);
	expect_ack(_metadata, 3);
	kernel_sends(SVCGATE_DOOR_DATA, 1, 3, SVCGATE_DOOR_LAST, "d", 1);
	expect_ack(_metadata, 4);
}

TEST_F(stream, nothing_before_the_answer)
{
	ASSERT_EQ(3, write(self->ends.out, "abc", 3));
	ASSERT_EQ(0, rounds());
	EXPECT_EQ(NULL, kernel_gets());
	answer(_metadata, &self->ends);
	expect_data(_metadata, 0, 3, 0, 'a');
}

TEST_F(stream, window_and_acknowledgement)
{
	unsigned int i;

	answer(_metadata, &self->ends);
	memset(self->buf, 'x', sizeof(self->buf));
	ASSERT_EQ(sizeof(self->buf), write(self->ends.out, self->buf, sizeof(self->buf)));
	ASSERT_EQ(0, rounds());
	for (i = 0; i < STREAM_WINDOW / STREAM_CHUNK; i++)
		expect_data(_metadata, i * STREAM_CHUNK, STREAM_CHUNK, 0, 'x');
	EXPECT_EQ(NULL, kernel_gets());
	/* Of bytes that were never sent; of one and a half chunks. */
	kernel_sends(SVCGATE_DOOR_ACK, 1, 5 * STREAM_WINDOW, 0, NULL, 0);
	EXPECT_EQ(NULL, kernel_gets());
	kernel_sends(SVCGATE_DOOR_ACK, 1, 1536, 0, NULL, 0);
	expect_data(_metadata, STREAM_WINDOW, STREAM_CHUNK, 0, 'x');
	expect_data(_metadata, STREAM_WINDOW + STREAM_CHUNK, 512, 0, 'x');
	EXPECT_EQ(NULL, kernel_gets());
	/* The same again says nothing. */
	kernel_sends(SVCGATE_DOOR_ACK, 1, 1536, 0, NULL, 0);
	EXPECT_EQ(NULL, kernel_gets());
}

TEST_F(stream, end_with_the_total)
{
	struct message *message;

	answer(_metadata, &self->ends);
	ASSERT_EQ(3, write(self->ends.out, "abc", 3));
	ASSERT_EQ(0, rounds());
	expect_data(_metadata, 0, 3, 0, 'a');
	executor_closes(&self->ends.out);
	parent_says_exited(self->id, 0);
	EXPECT_EQ(NULL, kernel_gets());
	kernel_sends(SVCGATE_DOOR_ACK, 1, 3, 0, NULL, 0);
	message = kernel_gets();
	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_END, message->head.kind);
	EXPECT_EQ(SVCGATE_REASON_DONE, message->head.reason);
	EXPECT_EQ(3, message->head.offset);
}

TEST_F(stream, executor_dies_after_its_answer)
{
	struct message *message;

	answer(_metadata, &self->ends);
	executor_closes(&self->ends.out);
	EXPECT_EQ(NULL, kernel_gets());
	parent_says_exited(self->id, SIGKILL);
	message = kernel_gets();
	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_END, message->head.kind);
	EXPECT_EQ(SVCGATE_REASON_EXECUTOR_ENDED, message->head.reason);
}

/* What restart stands on: descriptor 4 ends when the host has the answer. */
TEST_F(stream, end_of_the_transaction_is_the_end_of_descriptor_4)
{
	answer(_metadata, &self->ends);
	EXPECT_EQ(self->id, parent_hears(PAIR_ANSWERED).id);
	EXPECT_EQ(-1, drain(self->ends.in, self->buf, sizeof(self->buf)));
	kernel_sends(SVCGATE_DOOR_END, 1, 0, 0, NULL, 0);
	EXPECT_EQ(0, drain(self->ends.in, self->buf, sizeof(self->buf)));
	EXPECT_EQ(self->id, parent_hears(PAIR_KILL).id);
}

TEST(lost_bytes_are_sent_again)
{
	struct stream_out out = {};
	const u8 *data;
	size_t room;
	u32 offset;
	u8 *at;

	ASSERT_EQ(0, stream_out_room(&out, &at, &room));
	ASSERT_EQ(STREAM_WINDOW, room);
	memset(at, 'x', 1500);
	stream_out_put(&out, 1500);
	EXPECT_EQ(-1, stream_out_resend(&out, 0));
	EXPECT_EQ(STREAM_CHUNK, stream_out_next(&out, &offset, &data));
	stream_out_sent(&out, STREAM_CHUNK, 100);
	EXPECT_EQ(476, stream_out_next(&out, &offset, &data));
	EXPECT_EQ(STREAM_CHUNK, offset);
	stream_out_sent(&out, 476, 200);
	EXPECT_EQ(0, stream_out_next(&out, &offset, &data));
	EXPECT_EQ(1, stream_out_resend(&out, 1099));
	/* No answer for a second: from the first byte that is missing. */
	stream_out_ack(&out, 1024, 1099);
	EXPECT_EQ(1000, stream_out_resend(&out, 1099));
	EXPECT_EQ(-1, stream_out_resend(&out, 2099));
	EXPECT_EQ(476, stream_out_next(&out, &offset, &data));
	EXPECT_EQ(1024, offset);
	stream_out_put(&out, 0);
	EXPECT_FALSE(stream_out_done(&out));
	stream_out_ack(&out, 1500, 2100);
	EXPECT_TRUE(stream_out_done(&out));
	stream_out_free(&out);
}

/* Offsets go round after 4 GiB. */
TEST(offsets_wrap)
{
	struct stream_out out = { .base = UINT32_MAX - 1 };
	size_t room;
	u32 offset;
	const u8 *data;
	u8 *at;

	ASSERT_EQ(0, stream_out_room(&out, &at, &room));
	memset(at, 'x', 4);
	stream_out_put(&out, 4);
	stream_out_sent(&out, 4, 0);
	stream_out_ack(&out, 1, 0);
	EXPECT_EQ(1, out.used);
	EXPECT_EQ(0, stream_out_next(&out, &offset, &data));
	EXPECT_EQ(2, offset);
	stream_out_free(&out);
}

TEST_HARNESS_MAIN
