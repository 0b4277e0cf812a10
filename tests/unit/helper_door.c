// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The door process: requests, results, ends. Streams are in helper_stream.c.
 */
#include "helper_door.h"

FIXTURE(door)
{
	struct executor_ends ends;
	u8 buf[SVCGATE_MESSAGE_MAX + 1];
};

FIXTURE_SETUP(door)
{
	raise_stage();
}

FIXTURE_TEARDOWN(door)
{
	strike_stage();
}

/* A request came and its executor runs. */
static u32 begin(struct executor_ends *ends, u16 transaction, const char *payload)
{
	parent_hears_all();
	kernel_sends(SVCGATE_DOOR_REQUEST, transaction, 0, 0, payload, strlen(payload));
	return parent_starts(ends, 0);
}

static void expect_response(TESTED, u16 transaction, u16 flags, u16 reason, u16 detail,
			    const char *payload)
{
	struct message *message = kernel_gets();

	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_RESPONSE, message->head.kind);
	EXPECT_EQ(transaction, message->head.transaction);
	EXPECT_EQ(flags, message->head.flags);
	EXPECT_EQ(reason, message->head.reason);
	EXPECT_EQ(detail, message->head.detail);
	ASSERT_EQ(sizeof(message->head) + strlen(payload), message->head.length);
	EXPECT_EQ(0, memcmp(message->payload, payload, strlen(payload)));
}

TEST_F(door, request_to_response)
{
	u32 id = begin(&self->ends, 1, "arguments");

	ASSERT_EQ(9, drain(self->ends.request, self->buf, sizeof(self->buf)));
	EXPECT_EQ(0, memcmp(self->buf, "arguments", 9));
	EXPECT_EQ(0, drain(self->ends.request, self->buf, sizeof(self->buf)));
	executor_says(&self->ends, SVCGATE_REASON_DONE, 0, "answer", 6);
	EXPECT_EQ(0, rounds());
	EXPECT_EQ(NULL, kernel_gets());
	executor_closes(&self->ends.out);
	EXPECT_EQ(NULL, kernel_gets());
	executor_closes(&self->ends.result);
	expect_response(_metadata, 1, 0, SVCGATE_REASON_DONE, 0, "answer");
	EXPECT_EQ(id, parent_hears(PAIR_ANSWERED).id);
	EXPECT_EQ(id, parent_hears(PAIR_FINISH).id);
	EXPECT_EQ(0, drain(self->ends.in, self->buf, sizeof(self->buf)));
	parent_says_exited(id, 0);
	EXPECT_EQ(NULL, kernel_gets());
	EXPECT_TRUE(parent_hears_nothing());
}

TEST_F(door, longest_request_through_a_small_pipe)
{
	static u8 payload[SVCGATE_MESSAGE_MAX];
	size_t used = 0, i;
	ssize_t n;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = i * 7;
	kernel_sends(SVCGATE_DOOR_REQUEST, 1, 0, 0, payload, sizeof(payload));
	parent_starts(&self->ends, 4096);
	while ((n = drain(self->ends.request, self->buf + used, 1000)) > 0) {
		used += n;
		ASSERT_EQ(0, rounds());
	}
	EXPECT_EQ(0, n);
	ASSERT_EQ(sizeof(payload), used);
	EXPECT_EQ(0, memcmp(payload, self->buf, used));
}

TEST_F(door, executor_that_reads_no_request_may_answer)
{
	begin(&self->ends, 1, "arguments");
	executor_closes(&self->ends.request);
	executor_says(&self->ends, SVCGATE_REASON_EXECUTOR_ARGUMENTS, 4, "", 0);
	executor_closes(&self->ends.out);
	executor_closes(&self->ends.result);
	expect_response(_metadata, 1, 0, SVCGATE_REASON_EXECUTOR_ARGUMENTS, 4, "");
}

TEST_F(door, four_transactions_at_once)
{
	struct executor_ends ends[4];
	char text[] = "0";
	int i;

	for (i = 0; i < 4; i++) {
		text[0] = '0' + i;
		begin(&ends[i], 10 + i, text);
	}
	for (i = 3; i >= 0; i--) {
		ASSERT_EQ(1, drain(ends[i].request, self->buf, sizeof(self->buf)));
		EXPECT_EQ('0' + i, self->buf[0]);
		text[0] = 'a' + i;
		executor_says(&ends[i], SVCGATE_REASON_DONE, 0, text, 1);
		executor_closes(&ends[i].out);
		executor_closes(&ends[i].result);
		expect_response(_metadata, 10 + i, 0, SVCGATE_REASON_DONE, 0, text);
	}
}

TEST_F(door, no_executor)
{
	struct pair_message refused = {
		.kind = PAIR_REFUSED,
		.reason = SVCGATE_REASON_NOT_AVAILABLE,
	};

	kernel_sends(SVCGATE_DOOR_REQUEST, 1, 0, 0, "x", 1);
	refused.id = parent_hears(PAIR_START).id;
	ASSERT_EQ(0, pair_send(stage.parent, &refused, NULL, 0));
	ASSERT_EQ(0, rounds());
	expect_response(_metadata, 1, 0, SVCGATE_REASON_NOT_AVAILABLE, 0, "");
}

TEST_F(door, executor_dies)
{
	u32 id = begin(&self->ends, 1, "");

	executor_closes(&self->ends.out);
	executor_closes(&self->ends.result);
	EXPECT_EQ(NULL, kernel_gets());
	parent_says_exited(id, SIGSEGV);
	expect_response(_metadata, 1, 0, SVCGATE_REASON_EXECUTOR_ENDED, SIGSEGV, "");

	id = begin(&self->ends, 2, "");
	parent_says_exited(id, 7 << 8);
	expect_response(_metadata, 2, 0, SVCGATE_REASON_EXECUTOR_FAILED, 7, "");

	/* Three bytes are no result. */
	id = begin(&self->ends, 3, "");
	ASSERT_EQ(3, write(self->ends.result, "\0\0\0", 3));
	parent_says_exited(id, 0);
	expect_response(_metadata, 3, 0, SVCGATE_REASON_EXECUTOR_FAILED, 0, "");
}

TEST_F(door, result_and_death_at_once)
{
	u32 id = begin(&self->ends, 1, "");

	executor_says(&self->ends, SVCGATE_REASON_DONE, 0, "in time", 7);
	close(self->ends.out);
	close(self->ends.result);
	parent_says_exited(id, SIGKILL);
	expect_response(_metadata, 1, 0, SVCGATE_REASON_DONE, 0, "in time");
	EXPECT_EQ(NULL, kernel_gets());
}

TEST_F(door, result_that_may_not_be)
{
	static const u8 much[SVCGATE_RESPONSE_MAX + 1];

	begin(&self->ends, 1, "");
	executor_says(&self->ends, SVCGATE_REASON_DONE, 0, much, sizeof(much));
	executor_closes(&self->ends.out);
	executor_closes(&self->ends.result);
	expect_response(_metadata, 1, 0, SVCGATE_REASON_EXECUTOR_FAILED, 0, "");

	/* Verdicts are the kernel's. */
	begin(&self->ends, 2, "");
	executor_says(&self->ends, SVCGATE_REASON_FORBIDDEN, 0, "", 0);
	executor_closes(&self->ends.out);
	executor_closes(&self->ends.result);
	expect_response(_metadata, 2, 0, SVCGATE_REASON_EXECUTOR_FAILED, 0, "");
}

TEST_F(door, longest_result)
{
	struct message *message;
	u8 much[SVCGATE_RESPONSE_MAX];

	memset(much, 0xa5, sizeof(much));
	begin(&self->ends, 1, "");
	executor_says(&self->ends, SVCGATE_REASON_DONE, 0, much, sizeof(much));
	executor_closes(&self->ends.out);
	executor_closes(&self->ends.result);
	message = kernel_gets();
	ASSERT_NE(NULL, message);
	ASSERT_EQ(sizeof(message->head) + sizeof(much), message->head.length);
	EXPECT_EQ(0, memcmp(message->payload, much, sizeof(much)));
}

TEST_F(door, P8_end_kills_the_executor)
{
	u32 id = begin(&self->ends, 1, "");

	kernel_sends(SVCGATE_DOOR_END, 1, 0, 0, NULL, 0);
	EXPECT_EQ(id, parent_hears(PAIR_KILL).id);
	EXPECT_EQ(0, drain(self->ends.in, self->buf, sizeof(self->buf)));
	EXPECT_EQ(-1, write(self->ends.result, "\0\0\0\0", 4));
	EXPECT_EQ(NULL, kernel_gets());
	/* The executor's end is nobody's any more. */
	parent_says_exited(id, SIGKILL);
	EXPECT_EQ(NULL, kernel_gets());
}

TEST_F(door, P8_end_comes_before_the_executor)
{
	struct executor_ends *ends = &self->ends;
	struct pair_message started = { .kind = PAIR_STARTED };
	int pipes[PAIR_FD_COUNT][2], fds[PAIR_FD_COUNT], i;

	kernel_sends(SVCGATE_DOOR_REQUEST, 1, 0, 0, "secret", 6);
	started.id = parent_hears(PAIR_START).id;
	kernel_sends(SVCGATE_DOOR_END, 1, 0, 0, NULL, 0);
	EXPECT_EQ(started.id, parent_hears(PAIR_KILL).id);
	for (i = 0; i < PAIR_FD_COUNT; i++) {
		ASSERT_EQ(0, pipe(pipes[i]));
		fds[i] = pipes[i][1];
	}
	ASSERT_EQ(0, pair_send(stage.parent, &started, fds, PAIR_FD_COUNT));
	for (i = 0; i < PAIR_FD_COUNT; i++)
		close(fds[i]);
	ASSERT_EQ(0, rounds());
	/* Closed there, and nothing was written. */
	ends->request = pipes[PAIR_FD_REQUEST][0];
	EXPECT_EQ(0, drain(ends->request, self->buf, sizeof(self->buf)));
	EXPECT_EQ(NULL, kernel_gets());
}

TEST_F(door, P8_hung_up_port_ends_everything)
{
	u32 id = begin(&self->ends, 1, "");

	shutdown(stage.kernel, SHUT_RDWR);
	ASSERT_EQ(0, rounds());
	EXPECT_EQ(id, parent_hears(PAIR_KILL).id);
	EXPECT_EQ(DOOR_NUMBER, parent_hears(PAIR_GONE).number);
	EXPECT_EQ(0, drain(self->ends.in, self->buf, sizeof(self->buf)));
}

TEST_F(door, parent_gone_is_the_end)
{
	shutdown(stage.parent, SHUT_RDWR);
	EXPECT_EQ(-EPIPE, rounds());
}

/* The answer waits when the kernel's queue is full, and comes once. */
TEST_F(door, full_queue_of_the_kernel)
{
	struct message *message;
	int size = 1, i, seen = 0;
	u8 junk[1024];
	u32 id;

	id = begin(&self->ends, 1, "");
	/* The door's own end is what fills up. */
	ASSERT_EQ(0, setsockopt(stage.process.doors->fd, SOL_SOCKET, SO_SNDBUF, &size,
				sizeof(size)));
	for (i = 0; write(stage.process.doors->fd, junk, sizeof(junk)) > 0; i++)
		;
	executor_says(&self->ends, SVCGATE_REASON_DONE, 0, "late", 4);
	executor_closes(&self->ends.out);
	executor_closes(&self->ends.result);
	EXPECT_TRUE(parent_hears_nothing());
	while (i--)
		ASSERT_EQ(sizeof(junk), read(stage.kernel, junk, sizeof(junk)));
	ASSERT_EQ(0, rounds());
	while ((message = kernel_gets()))
		seen += message->head.kind == SVCGATE_DOOR_RESPONSE;
	EXPECT_EQ(1, seen);
	EXPECT_EQ(id, parent_hears(PAIR_ANSWERED).id);
}

TEST_F(door, object_is_not_installed)
{
	struct message *message;
	u8 object[16];

	memset(object, 0x5a, sizeof(object));
	kernel_sends(SVCGATE_DOOR_OBJECT, 5, 0, 0, NULL, 0);
	message = kernel_gets();
	ASSERT_NE(NULL, message);
	EXPECT_EQ(SVCGATE_DOOR_MANIFEST, message->head.kind);
	EXPECT_EQ(5, message->head.transaction);
	EXPECT_EQ(sizeof(message->head), message->head.length);
	EXPECT_EQ(0, memcmp(object, message->head.object, sizeof(object)));
	EXPECT_TRUE(parent_hears_nothing());
}

/* What breaks the contract shuts the door; the kernel then knows. */
TEST(messages_that_break_the_contract)
{
	struct svcgate_door bad[] = {
		{ .length = sizeof(bad[0]) - 1, .kind = SVCGATE_DOOR_END },
		{ .length = sizeof(bad[0]) + 1, .kind = SVCGATE_DOOR_END },
		{ .length = sizeof(bad[0]), .kind = SVCGATE_DOOR_RESPONSE },
		{ .length = sizeof(bad[0]), .kind = 0 },
		{ .length = sizeof(bad[0]), .kind = 0xffff },
		{ .length = UINT32_MAX, .kind = SVCGATE_DOOR_REQUEST },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		raise_stage();
		ASSERT_EQ(sizeof(bad[i]), write(stage.kernel, &bad[i], sizeof(bad[i])));
		ASSERT_EQ(0, rounds());
		EXPECT_EQ(PAIR_GONE, parent_hears(PAIR_GONE).kind);
		strike_stage();
	}
	raise_stage();
	ASSERT_EQ(5, write(stage.kernel, "short", 5));
	ASSERT_EQ(0, rounds());
	EXPECT_EQ(PAIR_GONE, parent_hears(PAIR_GONE).kind);
	strike_stage();
}

TEST_F(door, messages_about_unknown_transactions)
{
	kernel_sends(SVCGATE_DOOR_END, 9, 0, 0, NULL, 0);
	kernel_sends(SVCGATE_DOOR_DATA, 9, 0, 0, "data", 4);
	kernel_sends(SVCGATE_DOOR_ACK, 9, 0, 0, NULL, 0);
	parent_says_exited(1234, 0);
	EXPECT_EQ(NULL, kernel_gets());
	EXPECT_TRUE(parent_hears_nothing());
}

TEST_HARNESS_MAIN
