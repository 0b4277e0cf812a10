// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The streams of a transaction between door and executor: order, windows, ends,
 * whose turn it is. What the library counts, its own tests tell.
 */
#include "helper_door.h"

/* What the helper keeps of a stream for its executor, and for its host. */
#define IN_SIZE		(32 * 1024)
#define OUT_SIZE	(16 * 1024)

/**
 * struct host - a host's ends of the streams of one transaction
 * @number: of the transaction
 * @pace: of what it sends
 * @out: what it sends
 * @in: what it receives
 * @deaf: keeps its acknowledgements to itself
 * @longest: most bytes of data in a frame that it got
 * @ended: END has come, with @reason and @total
 */
struct host {
	u16 number;
	struct svcgate_pace pace;
	struct svcgate_stream_out out;
	struct svcgate_stream_in in;
	bool deaf;
	size_t longest;
	bool ended;
	u16 reason;
	u32 total;
};

FIXTURE(stream)
{
	struct executor_ends ends;
	struct host host;
	u8 sent[128 * 1024];
	u8 got[128 * 1024];
	u32 id;
};

static void host_begins(struct host *host, u16 number)
{
	host->number = number;
	svcgate_pace_init(&host->pace, 1000000, IN_SIZE, 4096);
	must(!svcgate_stream_out_init(&host->out, &host->pace, 128 * 1024, 16 * 1024));
	must(!svcgate_stream_in_init(&host->in, 16 * 1024));
}

static void host_ends(struct host *host)
{
	svcgate_stream_out_free(&host->out);
	svcgate_stream_in_free(&host->in);
}

FIXTURE_SETUP(stream)
{
	size_t i;

	for (i = 0; i < sizeof(self->sent); i++)
		self->sent[i] = i * 7 + i / 256;
	stage.frame_max = 0;
	raise_stage();
	kernel_sends(SVCGATE_DOOR_REQUEST, 1, 0, 0, NULL, 0);
	self->id = parent_starts(&self->ends, 4096);
	must(!fcntl(self->ends.out, F_SETFL, O_NONBLOCK));
	host_begins(&self->host, 1);
}

FIXTURE_TEARDOWN(stream)
{
	host_ends(&self->host);
	strike_stage();
}

/* --- one end by hand ------------------------------------------------------- */

/* An acknowledgement that says this; ranges as text: "2-5 7-8", from the offset. */
static void expect_ack(TESTED, u32 offset, u32 window, const char *ranges)
{
	struct message *message = kernel_gets();
	char text[128] = "";
	size_t at;

	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_ACK, message->head.kind);
	EXPECT_EQ(offset, message->head.offset);
	ASSERT_LE(sizeof(message->head) + sizeof(u32), message->head.length);
	EXPECT_EQ(window, svcgate_get_le32(message->payload));
	for (at = sizeof(u32); at < message->head.length - sizeof(message->head); at += 8)
		sprintf(text + strlen(text), "%s%u-%u", *text ? " " : "",
			svcgate_get_le32(message->payload + at),
			svcgate_get_le32(message->payload + at + 4));
	EXPECT_STREQ(ranges, text);
}

static void expect_data(TESTED, u32 offset, size_t length, u16 flags)
{
	struct message *message = kernel_gets();

	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_DATA, message->head.kind);
	EXPECT_EQ(offset, message->head.offset);
	EXPECT_EQ(flags, message->head.flags);
	EXPECT_EQ(sizeof(message->head) + length, message->head.length);
}

static void expect_end(TESTED, u16 reason, u32 total)
{
	struct message *message = kernel_gets();

	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_END, message->head.kind);
	EXPECT_EQ(reason, message->head.reason);
	EXPECT_EQ(total, message->head.offset);
}

/* All has come, the end included. */
static void send_complete(u16 number, u32 total)
{
	u8 body[4];

	svcgate_put_le32(body, SVCGATE_ACK_COMPLETE);
	kernel_sends(SVCGATE_DOOR_ACK, number, total, 0, body, sizeof(body));
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
	expect_ack(_metadata, 3, IN_SIZE, "");
	/* A gap is kept, what comes again says nothing new, a piece closes it. */
	kernel_sends(SVCGATE_DOOR_DATA, 1, 5, 0, "xyz", 3);
	expect_ack(_metadata, 3, IN_SIZE, "2-5");
	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, 0, "abc", 3);
	expect_ack(_metadata, 3, IN_SIZE, "2-5");
	EXPECT_EQ(3, drain(self->ends.in, self->got, sizeof(self->got)));
	kernel_sends(SVCGATE_DOOR_DATA, 1, 1, 0, "bcde", 4);
	expect_ack(_metadata, 8, IN_SIZE, "");
	EXPECT_EQ(5, drain(self->ends.in, self->got, sizeof(self->got)));
	EXPECT_EQ(0, memcmp(self->got, "dexyz", 5));
	kernel_sends(SVCGATE_DOOR_DATA, 1, UINT32_MAX, 0, "?", 1);
	expect_ack(_metadata, 8, IN_SIZE, "");
	kernel_sends(SVCGATE_DOOR_DATA, 1, 8, SVCGATE_DOOR_LAST, NULL, 0);
	expect_ack(_metadata, 8, IN_SIZE | SVCGATE_ACK_COMPLETE, "");
	EXPECT_EQ(0, drain(self->ends.in, self->got, sizeof(self->got)));
	/* Nothing comes after the end. */
	kernel_sends(SVCGATE_DOOR_DATA, 1, 8, 0, "f", 1);
	expect_ack(_metadata, 8, IN_SIZE | SVCGATE_ACK_COMPLETE, "");
}

/* Of one that is not started yet, or answers, too. */
TEST_F(stream, bytes_are_kept_for_the_executor)
{
	struct executor_ends late;

	parent_hears_all();
	kernel_sends(SVCGATE_DOOR_REQUEST, 2, 0, 0, NULL, 0);
	kernel_sends(SVCGATE_DOOR_DATA, 2, 0, SVCGATE_DOOR_LAST, "abc", 3);
	expect_ack(_metadata, 3, (IN_SIZE - 3) | SVCGATE_ACK_COMPLETE, "");
	parent_starts(&late, 4096);
	EXPECT_EQ(3, drain(late.in, self->got, sizeof(self->got)));
	EXPECT_EQ(0, drain(late.in, self->got, sizeof(self->got)));
}

TEST_F(stream, executor_that_reads_no_more)
{
	close(self->ends.in);
	kernel_sends(SVCGATE_DOOR_DATA, 1, 0, 0, "abc", 3);
	expect_ack(_metadata, 3, IN_SIZE, "");
	kernel_sends(SVCGATE_DOOR_DATA, 1, 3, SVCGATE_DOOR_LAST, "d", 1);
	expect_ack(_metadata, 4, IN_SIZE | SVCGATE_ACK_COMPLETE, "");
}

TEST_F(stream, nothing_before_the_answer)
{
	ASSERT_EQ(3, write(self->ends.out, "abc", 3));
	ASSERT_EQ(0, rounds());
	EXPECT_EQ(NULL, kernel_gets());
	answer(_metadata, &self->ends);
	expect_data(_metadata, 0, 3, 0);
}

TEST_F(stream, end_with_the_total)
{
	answer(_metadata, &self->ends);
	ASSERT_EQ(3, write(self->ends.out, "abc", 3));
	ASSERT_EQ(0, rounds());
	expect_data(_metadata, 0, 3, 0);
	executor_closes(&self->ends.out);
	expect_data(_metadata, 3, 0, SVCGATE_DOOR_LAST);
	parent_says_exited(self->id, 0);
	/* Its bytes have come, but of its end the host says nothing yet. */
	kernel_sends(SVCGATE_DOOR_ACK, 1, 3, 0, NULL, 0);
	EXPECT_EQ(NULL, kernel_gets());
	send_complete(1, 3);
	expect_end(_metadata, SVCGATE_REASON_DONE, 3);
}

TEST_F(stream, executor_dies_after_its_answer)
{
	answer(_metadata, &self->ends);
	executor_closes(&self->ends.out);
	expect_data(_metadata, 0, 0, SVCGATE_DOOR_LAST);
	send_complete(1, 0);
	EXPECT_EQ(NULL, kernel_gets());
	parent_says_exited(self->id, SIGKILL);
	expect_end(_metadata, SVCGATE_REASON_EXECUTOR_ENDED, 0);
}

/* What restart stands on: descriptor 4 ends when the host has the answer. */
TEST_F(stream, end_of_the_transaction_is_the_end_of_descriptor_4)
{
	answer(_metadata, &self->ends);
	EXPECT_EQ(self->id, parent_hears(PAIR_ANSWERED).id);
	EXPECT_EQ(-1, drain(self->ends.in, self->got, sizeof(self->got)));
	kernel_sends(SVCGATE_DOOR_END, 1, 0, 0, NULL, 0);
	EXPECT_EQ(0, drain(self->ends.in, self->got, sizeof(self->got)));
	EXPECT_EQ(self->id, parent_hears(PAIR_KILL).id);
}

TEST_F(stream, P9_acknowledgements_that_mean_nothing)
{
	static const u8 bodies[SVCGATE_STREAM_ACK_MAX];
	size_t length;

	answer(_metadata, &self->ends);
	ASSERT_EQ(300, write(self->ends.out, self->sent, 300));
	ASSERT_EQ(0, rounds());
	while (kernel_gets())
		;
	for (length = 4; length <= sizeof(bodies); length += sizeof(struct svcgate_range))
		kernel_sends(SVCGATE_DOOR_ACK, 1, 301, 0, bodies, length);
	kernel_sends(SVCGATE_DOOR_ACK, 1, UINT32_MAX, 0, NULL, 0);
	EXPECT_EQ(NULL, kernel_gets());
	EXPECT_EQ(0, stage.process.transactions->out->base);
}

/* --- both ends ------------------------------------------------------------- */

static void host_puts(struct host *host, const u8 *bytes, size_t count)
{
	size_t room;
	u8 *at;

	while (count) {
		room = svcgate_stream_out_room(&host->out, &at);
		must(room);
		if (room > count)
			room = count;
		memcpy(at, bytes, room);
		svcgate_stream_out_put(&host->out, room);
		bytes += room;
		count -= room;
	}
}

/* Send what the window allows. */
static bool host_sends(struct host *host)
{
	static struct svcgate_piece piece;
	bool any = false;

	while (svcgate_stream_out_next(&host->out, door_now(), &piece)) {
		kernel_sends(SVCGATE_DOOR_DATA, host->number, piece.offset,
			     piece.last ? SVCGATE_DOOR_LAST : 0, piece.data, piece.length);
		any = true;
	}
	return any;
}

static void host_acknowledges(struct host *host)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	size_t length;
	u32 offset;

	if (host->deaf || !svcgate_stream_in_due(&host->in))
		return;
	length = svcgate_stream_in_ack(&host->in, &offset, body);
	kernel_sends(SVCGATE_DOOR_ACK, host->number, offset, 0, body, length);
}

static void host_takes(struct host *host, const struct message *message)
{
	size_t length = device_door_payload_length(&message->head);

	switch (message->head.kind) {
	case SVCGATE_DOOR_ACK:
		svcgate_stream_out_ack(&host->out, door_now(), message->head.offset,
				       message->payload, length);
		break;
	case SVCGATE_DOOR_DATA:
		if (length > host->longest)
			host->longest = length;
		svcgate_stream_in_take(&host->in, message->head.offset, message->payload,
				       length, message->head.flags & SVCGATE_DOOR_LAST);
		break;
	case SVCGATE_DOOR_END:
		host->ended = true;
		host->reason = message->head.reason;
		host->total = message->head.offset;
	}
}

/* What came for a host; and what that makes it send. */
static bool host_turn(struct host *host)
{
	struct message *message;
	bool any = false;

	while ((message = kernel_gets())) {
		must(message->head.transaction == host->number);
		host_takes(host, message);
		any = true;
	}
	host_acknowledges(host);
	return host_sends(host) || any;
}

static size_t host_reads(struct host *host, u8 *to)
{
	size_t count, all = 0;
	const u8 *at;

	while ((count = svcgate_stream_in_peek(&host->in, &at))) {
		memcpy(to + all, at, count);
		svcgate_stream_in_consume(&host->in, count);
		all += count;
	}
	return all;
}

static size_t executor_reads(struct executor_ends *ends, u8 *to)
{
	ssize_t n = drain(ends->in, to, 64 * 1024);

	must(!rounds());
	return n > 0 ? n : 0;
}

TEST_F(stream, slow_executor_holds_the_host_back_and_loses_nothing)
{
	size_t got = 0, n;

	host_puts(&self->host, self->sent, sizeof(self->sent));
	svcgate_stream_out_end(&self->host.out);
	while (host_turn(&self->host))
		;
	/* What waits for it fills the buffer and its pipe, and no more comes. */
	EXPECT_EQ(IN_SIZE + 4096, self->host.out.next);
	EXPECT_EQ(self->host.out.next, self->host.out.limit);
	EXPECT_EQ(0, self->host.pace.losses);
	while ((n = executor_reads(&self->ends, self->got + got))) {
		got += n;
		while (host_turn(&self->host))
			;
		ASSERT_GE(got + IN_SIZE + 4096, self->host.out.next);
	}
	ASSERT_EQ(sizeof(self->sent), got);
	EXPECT_EQ(0, memcmp(self->sent, self->got, got));
	EXPECT_TRUE(svcgate_stream_out_done(&self->host.out));
	EXPECT_EQ(0, self->host.pace.losses);
	EXPECT_EQ(0, drain(self->ends.in, self->got, 1));
}

/* A host whose reader stops gets what it has room for; nothing is on its way. */
TEST_F(stream, P9_slow_host_holds_the_executor_back)
{
	size_t written = 0, got = 0, most = 0;
	ssize_t n;

	answer(_metadata, &self->ends);
	do {
		n = write(self->ends.out, self->sent + written, sizeof(self->sent) - written);
		if (n > 0)
			written += n;
		ASSERT_EQ(0, rounds());
		if (stage.process.doors->pace.in_flight > most)
			most = stage.process.doors->pace.in_flight;
	} while (host_turn(&self->host) || n > 0);
	EXPECT_EQ(16 * 1024, self->host.in.next);
	EXPECT_LT(most, SVCGATE_OUTPUT_BOUND - 1024);
	/* Then the executor is held back by its pipe. */
	EXPECT_GT(sizeof(self->sent), written);
	for (;;) {
		got += host_reads(&self->host, self->got + got);
		n = write(self->ends.out, self->sent + written, sizeof(self->sent) - written);
		if (n > 0)
			written += n;
		if (written == sizeof(self->sent) && self->ends.out >= 0)
			executor_closes(&self->ends.out);
		if (!host_turn(&self->host) && svcgate_stream_in_ended(&self->host.in))
			break;
	}
	ASSERT_EQ(sizeof(self->sent), got);
	EXPECT_EQ(0, memcmp(self->sent, self->got, got));
	EXPECT_FALSE(self->host.ended);
	parent_says_exited(self->id, 0);
	host_turn(&self->host);
	EXPECT_TRUE(self->host.ended);
	EXPECT_EQ(SVCGATE_REASON_DONE, self->host.reason);
	EXPECT_EQ(got, self->host.total);
	/* Of a host that did not say how long its frames may be. */
	EXPECT_GE(SVCGATE_FRAME_MIN - sizeof(struct svcgate_frame), self->host.longest);
}

/* An executor that echoes: both directions at once, with little room between. */
TEST_F(stream, echo_in_both_directions)
{
	size_t got = 0, held = 0;
	static u8 buf[64 * 1024];
	ssize_t n;

	answer(_metadata, &self->ends);
	host_puts(&self->host, self->sent, sizeof(self->sent));
	svcgate_stream_out_end(&self->host.out);
	while (!svcgate_stream_in_ended(&self->host.in)) {
		host_turn(&self->host);
		n = drain(self->ends.in, buf + held, sizeof(buf) - held);
		if (n > 0)
			held += n;
		if (!n && !held && self->ends.out >= 0)
			executor_closes(&self->ends.out);
		n = held ? write(self->ends.out, buf, held) : 0;
		if (n > 0) {
			held -= n;
			memmove(buf, buf + n, held);
		}
		ASSERT_EQ(0, rounds());
		got += host_reads(&self->host, self->got + got);
	}
	ASSERT_EQ(sizeof(self->sent), got);
	EXPECT_EQ(0, memcmp(self->sent, self->got, got));
}

/* The time-out comes, and everything is there again. */
TEST_F(stream, lost_acknowledgements)
{
	struct svcgate_stream_out *out;
	unsigned int i;

	answer(_metadata, &self->ends);
	self->host.deaf = true;
	ASSERT_EQ(600, write(self->ends.out, self->sent, 600));
	executor_closes(&self->ends.out);
	host_turn(&self->host);
	out = stage.process.transactions->out;
	ASSERT_NE(NULL, out);
	EXPECT_EQ(0, out->base);
	for (i = 0; i < 3; i++) {
		/* Time-outs are due, and their frames bring nothing new. */
		ASSERT_NE(0, out->due);
		out->due = 1;
		ASSERT_EQ(0, rounds());
		EXPECT_TRUE(host_turn(&self->host));
	}
	self->host.deaf = false;
	out->due = 1;
	ASSERT_EQ(0, rounds());
	while (host_turn(&self->host))
		;
	EXPECT_TRUE(svcgate_stream_out_done(out));
	EXPECT_EQ(600, host_reads(&self->host, self->got));
	EXPECT_EQ(0, memcmp(self->sent, self->got, 600));
}

/* --- several transactions -------------------------------------------------- */

/* Answered, and with much to send. */
static void pour(FIXTURE_DATA(stream) *self, struct executor_ends *ends)
{
	must(!fcntl(ends->out, F_SETFL, O_NONBLOCK));
	must(write(ends->out, self->sent, 32 * 1024) == 32 * 1024);
	executor_says(ends, SVCGATE_REASON_DONE, 0, "", 0);
	executor_closes(&ends->result);
}

TEST_F(stream, transactions_have_their_turn)
{
	struct executor_ends ends[3] = { self->ends };
	struct host hosts[3] = { self->host };
	unsigned int frames[3] = {}, i, n;
	struct message *message;
	size_t most = 0, least;

	for (i = 1; i < 3; i++) {
		parent_hears_all();
		kernel_sends(SVCGATE_DOOR_REQUEST, i + 1, 0, 0, NULL, 0);
		parent_starts(&ends[i], 0);
		host_begins(&hosts[i], i + 1);
	}
	EXPECT_EQ(3, stage.process.doors->pace.streams);
	for (i = 0; i < 3; i++)
		pour(self, &ends[i]);
	/* Whatever comes first is acknowledged first: as a line does it. */
	for (n = 0; n < 60; n++) {
		message = kernel_gets();
		ASSERT_NE(NULL, message);
		if (message->head.kind == SVCGATE_DOOR_RESPONSE)
			continue;
		ASSERT_EQ(SVCGATE_DOOR_DATA, message->head.kind);
		i = message->head.transaction - 1;
		ASSERT_GT(3, i);
		frames[i]++;
		host_takes(&hosts[i], message);
		host_reads(&hosts[i], self->got);
		host_acknowledges(&hosts[i]);
	}
	least = frames[0];
	for (i = 0; i < 3; i++) {
		if (frames[i] > most)
			most = frames[i];
		if (frames[i] < least)
			least = frames[i];
	}
	/* One each is on its way in any case. */
	EXPECT_LE(most - least, 4);
	for (i = 1; i < 3; i++)
		host_ends(&hosts[i]);
	self->host = hosts[0];
}

/* Streams cost memory only where there are any. */
TEST_F(stream, P9_buffers_of_those_that_need_them)
{
	struct transaction *t = stage.process.transactions;

	EXPECT_EQ(NULL, t->in);
	EXPECT_EQ(NULL, t->out);
	answer(_metadata, &self->ends);
	EXPECT_EQ(NULL, t->out);
	kernel_sends(SVCGATE_DOOR_ACK, 1, 0, 0, NULL, 0);
	EXPECT_EQ(NULL, t->in);
	EXPECT_EQ(NULL, t->out);
	ASSERT_EQ(1, write(self->ends.out, "x", 1));
	ASSERT_EQ(0, rounds());
	ASSERT_NE(NULL, t->out);
	EXPECT_EQ(OUT_SIZE, t->out->size);
	EXPECT_EQ(NULL, t->in);
}

TEST_F(stream, host_that_takes_long_frames)
{
	static const struct {
		u16 frame_max;
		size_t data;
	} rows[] = {
		{ 0, SVCGATE_FRAME_MIN - 32 },
		{ 100, SVCGATE_FRAME_MIN - 32 },
		{ 2000, 2000 - 32 },
		{ 4096, 4096 - 32 },
		{ SVCGATE_FRAME_MAX, 4096 },
		{ UINT16_MAX, 4096 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		stage.frame_max = rows[i].frame_max;
		kernel_sends(SVCGATE_DOOR_REQUEST, 2 + i, 0, 0, NULL, 0);
		EXPECT_EQ(rows[i].data, stage.process.doors->pace.frame_max);
	}
}

TEST_HARNESS_MAIN
