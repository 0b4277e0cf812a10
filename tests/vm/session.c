// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sessions: how they begin and end, and what a locked port does with frames that
 * it should not get.
 */
#include "rig.h"
#include "../unit/policy_table.h"
#include "kselftest_harness.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION

FIXTURE(session)
{
	struct rig rig;
};

FIXTURE_VARIANT(session)
{
	u8 state;
};

FIXTURE_VARIANT_ADD(session, Blank) { .state = SVCGATE_STATE_BLANK };
FIXTURE_VARIANT_ADD(session, DeviceComplete) { .state = SVCGATE_STATE_DEVICE_COMPLETE };

FIXTURE_SETUP(session)
{
	struct rig_device device = { .state = variant->state, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
}

FIXTURE_TEARDOWN(session)
{
	EXPECT_EQ(0, self->rig.host.bad);
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	rig_close(&self->rig);
	vm_clean();
}

/* A request for os-version, in a frame of one's own making. */
static void fill_request(struct host *host, struct host_frame *frame, u16 op)
{
	static u8 message[SVCGATE_MESSAGE_MAX];
	struct host_request request = { .op = op };

	memset(frame, 0, sizeof(*frame));
	frame->version = SVCGATE_WIRE_VERSION;
	frame->kind = SVCGATE_FRAME_DATA;
	frame->transaction = ++host->transaction;
	frame->session = host->session;
	frame->length = host_message(&request, message);
	memcpy(frame->data, message, frame->length);
}

/* Silence, and one more ignored frame; the session goes on. */
#define EXPECT_IGNORED(statement)						\
	do {									\
		u64 before = rig_count(&self->rig, SVCGATE_COUNTER_IGNORED);	\
										\
		EXPECT_TRUE(statement);						\
		EXPECT_TRUE(host_ping(&self->rig.host));			\
		EXPECT_EQ(before + 1, rig_count(&self->rig, SVCGATE_COUNTER_IGNORED)); \
	} while (0)

TEST_F_TIMEOUT(session, P1_frames_of_other_versions_kinds_and_flags_get_silence, VM_LONG)
{
	struct host *host = &self->rig.host;
	struct host_frame frame;
	unsigned int i;

	for (i = 0; i < 16; i++) {
		if (i == SVCGATE_WIRE_VERSION)
			continue;
		fill_request(host, &frame, OS_VERSION);
		frame.version = i;
		EXPECT_IGNORED(host_send_frame(host, &frame));
	}
	for (i = 0; i < 16; i++) {
		if (i == SVCGATE_FRAME_HELLO || i == SVCGATE_FRAME_DATA ||
		    i == SVCGATE_FRAME_ACK || i == SVCGATE_FRAME_CLOSE)
			continue;
		fill_request(host, &frame, OS_VERSION);
		frame.kind = i;
		EXPECT_IGNORED(host_send_frame(host, &frame));
	}
	for (i = 0; i < 8; i++) {
		if (1 << i == SVCGATE_FRAME_LAST)
			continue;
		fill_request(host, &frame, OS_VERSION);
		frame.flags = 1 << i;
		EXPECT_IGNORED(host_send_frame(host, &frame));
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F_TIMEOUT(session, P1_frames_of_wrong_length_get_silence, VM_LONG)
{
	static const u8 zeros[4 + SVCGATE_ACK_RANGES_MAX * 8 + 8];
	static const size_t acks[] = { 1, 3, 5, 8, 11, 13, 32, 35, 37, 44 };
	struct host *host = &self->rig.host;
	struct host_frame frame;
	size_t length;

	fill_request(host, &frame, OS_VERSION);
	for (length = 0; length < sizeof(struct svcgate_frame); length++)
		EXPECT_IGNORED(host_send_body(host, &frame, length));
	for (length = 0; length < ARRAY_SIZE(acks); length++)
		EXPECT_IGNORED(host_send(host, SVCGATE_FRAME_ACK, 0, 0, 0, zeros,
					 acks[length]));
	for (length = 0; length < 10; length++)
		if (length != sizeof(struct svcgate_close))
			EXPECT_IGNORED(host_send(host, SVCGATE_FRAME_CLOSE, 0, 0, 0, zeros,
						 length));
	/* Data of nothing, of transaction 0, and from the middle. */
	EXPECT_IGNORED(host_send(host, SVCGATE_FRAME_DATA, 0, 100, 0, NULL, 0));
	EXPECT_IGNORED(host_send(host, SVCGATE_FRAME_DATA, 0, 0, 0, frame.data, 32));
	EXPECT_IGNORED(host_send(host, SVCGATE_FRAME_DATA, 0, 100, 1, frame.data, 32));
	EXPECT_IGNORED(host_send(host, SVCGATE_FRAME_DATA, 0, 100, 0xffffffff, frame.data, 32));
}

static bool send_hello(struct host *host, u8 lowest, u8 highest, u16 frame_max, size_t length)
{
	struct svcgate_hello hello = {
		.lowest = lowest, .highest = highest, .frame_max = frame_max,
	};
	struct host_frame frame = {
		.version = SVCGATE_WIRE_VERSION,
		.kind = SVCGATE_FRAME_HELLO,
		.session = 77,
		.length = length,
	};

	memcpy(frame.data, &hello, sizeof(hello));
	return host_send_frame(host, &frame);
}

TEST_F(session, P1_hellos_that_cannot_be_answered_get_silence)
{
	struct host *host = &self->rig.host;
	struct host_frame frame = {
		.version = SVCGATE_WIRE_VERSION,
		.kind = SVCGATE_FRAME_HELLO,
		.length = sizeof(struct svcgate_hello),
		.data = { 1, 1, 0, 0x20 },
	};

	EXPECT_IGNORED(send_hello(host, 2, 255, 8192, 4));
	EXPECT_IGNORED(send_hello(host, 0, 0, 8192, 4));
	EXPECT_IGNORED(send_hello(host, 1, 1, SVCGATE_FRAME_MIN - 1, 4));
	EXPECT_IGNORED(send_hello(host, 1, 1, 0, 4));
	EXPECT_IGNORED(send_hello(host, 1, 1, 8192, 0));
	EXPECT_IGNORED(send_hello(host, 1, 1, 8192, 3));
	EXPECT_IGNORED(send_hello(host, 1, 1, 8192, 5));
	frame.transaction = 1;
	EXPECT_IGNORED(host_send_frame(host, &frame));
	frame.transaction = 0;
	frame.offset = 1;
	EXPECT_IGNORED(host_send_frame(host, &frame));
	frame.offset = 0;
	frame.version = 2;
	EXPECT_IGNORED(host_send_frame(host, &frame));

	/* And the widest that can be. */
	EXPECT_TRUE(send_hello(host, 0, 255, 0xffff, 4));
	EXPECT_TRUE(host_receive(host, &frame, HOST_PATIENCE_MS));
	EXPECT_EQ(SVCGATE_FRAME_WELCOME, frame.kind);
	EXPECT_EQ(77, frame.session);
	EXPECT_TRUE(send_hello(host, 1, 1, SVCGATE_FRAME_MIN, 4));
	EXPECT_TRUE(host_receive(host, &frame, HOST_PATIENCE_MS));
	EXPECT_EQ(SVCGATE_FRAME_WELCOME, frame.kind);
}

TEST_F(session, P1_welcome_says_the_limits_and_nothing_of_the_device)
{
	struct host *host = &self->rig.host;
	struct svcgate_welcome first = host->welcome, *second = &host->welcome;

	EXPECT_EQ(SVCGATE_WIRE_VERSION, first.version);
	EXPECT_EQ(SVCGATE_WELCOME_CONFIGURED | SVCGATE_WELCOME_RANDOM, first.flags);
	EXPECT_EQ(SVCGATE_TRANSACTIONS_MAX, first.transactions_max);
	EXPECT_EQ(SVCGATE_MESSAGE_MAX, first.message_max);
	EXPECT_EQ(SVCGATE_FRAME_MAX, first.frame_max);
	EXPECT_EQ(SVCGATE_SILENCE_MS, first.silence_ms);
	EXPECT_EQ(SVCGATE_OUTPUT_BOUND, first.output_bound);
	ASSERT_TRUE(host_hello(host));
	EXPECT_NE(0, second->session);
	EXPECT_NE(first.session, second->session);
	EXPECT_NE(0, memcmp(first.nonce, second->nonce, sizeof(first.nonce)));
	EXPECT_EQ(0, memcmp(&first, second, offsetof(struct svcgate_welcome, session)));
	EXPECT_EQ(2, rig_count(&self->rig, SVCGATE_COUNTER_SESSIONS));
}

/* What an unknown session gets: a close that names it, and no device value. */
static bool is_stray_close(const struct host_frame *frame, u64 session)
{
	static const struct svcgate_close wanted = { .reason = SVCGATE_REASON_NO_SESSION };

	return frame->kind == SVCGATE_FRAME_CLOSE && frame->session == session &&
	       frame->flags == SVCGATE_FRAME_FROM_KERNEL && !frame->transaction &&
	       !frame->offset && frame->length == sizeof(wanted) &&
	       !memcmp(frame->data, &wanted, sizeof(wanted));
}

TEST_F(session, P1_frames_of_an_unknown_session)
{
	struct host *host = &self->rig.host;
	u64 session = host->session;
	struct host_frame frame;

	host->session ^= 1;
	EXPECT_TRUE(host_send(host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
	EXPECT_TRUE(host_receive(host, &frame, HOST_PATIENCE_MS));
	EXPECT_TRUE(is_stray_close(&frame, session ^ 1));
	EXPECT_TRUE(host_send(host, SVCGATE_FRAME_DATA, 0, 1, 0, "x", 1));
	EXPECT_TRUE(host_receive(host, &frame, HOST_PATIENCE_MS));
	EXPECT_TRUE(is_stray_close(&frame, session ^ 1));
	EXPECT_TRUE(host_send_close(host, 0));
	EXPECT_TRUE(host_send_close(host, 1));
	host->session = session;
	EXPECT_TRUE(host_ping(host));
	EXPECT_EQ(SVCGATE_PORT_SESSION, rig_flags(&self->rig) & SVCGATE_PORT_SESSION);
}

/* How many of @count stray frames are answered; -1: with something else. */
static int stray_answers(struct host *host, unsigned int count)
{
	struct host_frame frame;
	int answers = 0;

	while (count--)
		if (!host_send(host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0))
			return -1;
	if (!host_send_hello(host, 4711))
		return -1;
	while (host_receive(host, &frame, HOST_PATIENCE_MS)) {
		if (frame.kind == SVCGATE_FRAME_WELCOME && frame.session == 4711)
			return answers;
		if (!is_stray_close(&frame, host->session))
			return -1;
		answers++;
	}
	return -1;
}

TEST_F(session, P9_answers_to_unknown_sessions_are_limited)
{
	struct host *host = &self->rig.host;
	int64_t began = vm_now();
	int answers;

	host->session ^= 1;
	answers = stray_answers(host, 40);
	EXPECT_GE(answers, 8);
	EXPECT_LE(answers, RIG_BUCKET(8, 4, began));
	/* Hello does not fill the bucket again. */
	answers += stray_answers(host, 40);
	EXPECT_LE(answers, RIG_BUCKET(8, 4, began));
}

TEST_F_TIMEOUT(session, P1_every_op_without_its_session, VM_LONG)
{
	struct host *host = &self->rig.host;
	struct host_frame frame;
	unsigned int i, session;
	u64 unknown;

	/* With a session that is not named, then with none at all. */
	for (session = 0; session < 2; session++) {
		ASSERT_TRUE(host_hello(host));
		unknown = host->session + 1;
		if (session)
			EXPECT_TRUE(host_send_close(host, 0));
		for (i = 0; i < ARRAY_SIZE(table); i++) {
			fill_request(host, &frame, table[i].op);
			frame.session = session ? host->session : unknown;
			ASSERT_TRUE(host_send_frame(host, &frame));
		}
		EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
		host->session = session ? host->session : unknown;
		EXPECT_GE(stray_answers(host, 0), 0);
		EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	}
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_REFUSED));
}

TEST_F(session, P8_host_closes_the_session)
{
	struct host *host = &self->rig.host;
	struct host_frame frame;

	EXPECT_TRUE(host_send_close(host, 0));
	EXPECT_TRUE(host_send(host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
	EXPECT_TRUE(host_receive(host, &frame, HOST_PATIENCE_MS));
	EXPECT_TRUE(is_stray_close(&frame, host->session));
	EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_SESSION);
	EXPECT_TRUE(host_hello(host));
}

TEST_F(session, P8_sessions_of_two_ports_are_apart)
{
	struct rig other;
	struct host_frame frame;
	u64 session;

	ASSERT_EQ(0, rig_open(&other));
	EXPECT_NE(other.host.session, self->rig.host.session);
	session = other.host.session;
	other.host.session = self->rig.host.session;
	EXPECT_TRUE(host_send(&other.host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
	EXPECT_TRUE(host_receive(&other.host, &frame, HOST_PATIENCE_MS));
	EXPECT_TRUE(is_stray_close(&frame, self->rig.host.session));
	other.host.session = session;
	EXPECT_TRUE(host_send_close(&other.host, 0));
	EXPECT_TRUE(host_hello(&other.host));
	EXPECT_TRUE(host_ping(&self->rig.host));
	rig_close(&other);
	EXPECT_TRUE(host_ping(&self->rig.host));
}

TEST_HARNESS_MAIN
