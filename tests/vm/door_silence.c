// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locked means silent, seen from the door: from a locked port the helper hears
 * nothing, and from an open one no more than was admitted (P1, P8).
 */
#include <errno.h>

#include "rig.h"
#include "../unit/policy_table.h"
#include "kselftest_harness.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define HEADER		sizeof(struct svcgate_request)

FIXTURE(locked)
{
	struct rig rig;
	struct host *host;
};

FIXTURE_SETUP(locked)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
	};

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(locked)
{
	EXPECT_EQ(0, self->rig.host.bad);
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	rig_close(&self->rig);
	vm_clean();
}

/* No value of the device but its ID may be in an answer. */
static bool says_nothing(int reason, const struct row *row,
			 const struct host_response *response)
{
	if (reason == SVCGATE_REASON_DONE && row->op == SVCGATE_OP_IDENTIFY)
		return response->length == SIGNED_DEVICE_SIZE;
	return !response->length;
}

TEST_F_TIMEOUT(locked, P1_refusals_say_nothing_and_reach_nobody, VM_LONG)
{
	u8 payload[512] = "what the helper must not see";
	struct host_response response;
	struct host_request request;
	unsigned int i, with_payload;
	int reason;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		for (with_payload = 0; with_payload < 2; with_payload++) {
			request = (struct host_request){
				.op = table[i].op,
				.object = table[i].object == 'o' && table[i].op != 2 ?
					  RIG_OBJECT : NULL,
				.payload = { payload, with_payload ? sizeof(payload) : 0 },
			};
			reason = host_ask(self->host, &request, &response);
			if (table[i].rule != '-')
				EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, reason);
			EXPECT_TRUE(says_nothing(reason, &table[i], &response));
			EXPECT_TRUE(rig_door_is_quiet(&self->rig))
				TH_LOG("%s", table[i].name);
		}
	}
	/* Of a file that is refused the helper hears nothing either. */
	for (i = 0; i < ARRAY_SIZE(table); i++)
		EXPECT_NE(SVCGATE_REASON_DONE,
			  ask(&self->rig, table[i].op,
			      .object = table[i].object == 'o' ? RIG_OBJECT : NULL,
			      .file = capability(.mask = AD | RF | FS,
						 .device = signed_other_device)));
}

/* Bytes behind, beside and without a request. */
TEST_F_TIMEOUT(locked, P1_bytes_that_belong_to_nothing_reach_nobody, VM_LONG)
{
	static const u8 bytes[600] = { 1 };
	u8 message[SVCGATE_MESSAGE_MAX];
	struct host_frame frame;
	unsigned int i;
	u16 number;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		struct host_request request = {
			.op = table[i].op,
			.object = table[i].object == 'o' && table[i].op != 2 ?
				  RIG_OBJECT : NULL,
		};
		size_t length = host_message(&request, message);

		/* The request and more in one frame, then more behind it. */
		number = 2 * i + 1;
		memcpy(message + length, bytes, sizeof(bytes));
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, number, 0, message,
				      length + sizeof(bytes)));
		EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, number, 0, &frame));
		EXPECT_LE(frame.length, sizeof(struct svcgate_response) + SIGNED_DEVICE_SIZE);
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, number, length, bytes,
				      sizeof(bytes)));
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, number + 1, length,
				      bytes, sizeof(bytes)));
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_ACK, 0, number, 8, bytes,
				      sizeof(struct svcgate_ack)));
		EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, number, 0, NULL));
		EXPECT_TRUE(host_send_close(self->host, number));
		EXPECT_TRUE(rig_door_is_quiet(&self->rig))
			TH_LOG("%s", table[i].name);
	}
}

TEST_F(locked, P8_file_opens_the_door_for_one_request)
{
	const struct file *file = capability(.mask = FS);
	struct host_request request = {
		.op = OS_VERSION, .credential = SECTION(file), .payload = { "first", 5 },
	};
	struct svcgate_door head;
	char payload[8];

	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, HEADER + file->length + 5,
				NULL));
	ASSERT_EQ(5, rig_read(&self->rig, &head, payload, sizeof(payload)));
	EXPECT_EQ(FS, head.passed);
	EXPECT_EQ(0, head.by_state | head.sideloaded);
	/* While it is open nothing else is. */
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(&self->rig, OS_VERSION));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	ASSERT_EQ(0, rig_answer(&self->rig, &head, 0, 0, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 0, NULL));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(&self->rig, OS_VERSION));
	/* Nor do bytes of the one that was answered go on to the helper. */
	EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, HEADER + file->length + 5,
			      "more", 4));
	EXPECT_TRUE(host_ping(self->host));
}

FIXTURE(open)
{
	struct rig rig;
	struct host *host;
	struct svcgate_door head;
};

FIXTURE_SETUP(open)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(open)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

static bool ends(FIXTURE_DATA(open) *self, u16 transaction, u16 reason)
{
	return !rig_read(&self->rig, &self->head, NULL, 0) &&
	       self->head.kind == SVCGATE_DOOR_END && self->head.op == OS_VERSION &&
	       self->head.transaction == transaction && self->head.reason == reason;
}

TEST_F(open, P8_helper_hears_of_every_end)
{
	struct svcgate_door request;
	u64 session = self->host->session;

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &request));
	EXPECT_TRUE(host_send_close(self->host, 1));
	EXPECT_TRUE(ends(self, 1, SVCGATE_REASON_END_HOST));
	EXPECT_EQ(session, self->head.session);
	EXPECT_EQ(-ESRCH, rig_answer(&self->rig, &request, 0, 0, NULL, 0));

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &request));
	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &request));
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_TRUE(ends(self, 2, SVCGATE_REASON_END_HELLO));
	EXPECT_EQ(session, self->head.session);
	EXPECT_TRUE(ends(self, 3, SVCGATE_REASON_END_HELLO));

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &request));
	ASSERT_EQ(0, rig_answer(&self->rig, &request, SVCGATE_DOOR_MORE, 0, NULL, 0));
	EXPECT_TRUE(host_send_close(self->host, 0));
	EXPECT_TRUE(ends(self, 1, SVCGATE_REASON_END_HOST));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

/*
 * What the helper has not read when its transaction ends is never read: it must
 * not carry out what nobody waits for, or is allowed to, any more.
 */
TEST_F(open, P8_request_that_ended_unread_is_never_read)
{
	struct host_request request = { .op = OS_VERSION };
	u16 number;

	for (number = 1; number <= 3; number++) {
		ASSERT_TRUE(host_begin(self->host, &request));
		ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, number, HEADER, NULL));
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, number, HEADER, "x", 1));
	}
	EXPECT_TRUE(host_send_close(self->host, 2));
	EXPECT_TRUE(host_ping(self->host));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(1, self->head.transaction);
	EXPECT_EQ(SVCGATE_DOOR_REQUEST, self->head.kind);
	ASSERT_TRUE(host_hello(self->host));
	/* Of the first it has heard; of the third it never does. */
	EXPECT_TRUE(ends(self, 1, SVCGATE_REASON_END_HELLO));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

/* However long the helper sleeps, the queue for it stays small. */
TEST_F_TIMEOUT(open, P9_sleeping_helper_fills_no_memory, VM_LONG)
{
	u32 offset = HEADER;
	unsigned int i;

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	for (i = 0; i < 800; i++) {
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, offset, NULL, 0));
		if (i % 32 == 0)
			ASSERT_TRUE(host_ping(self->host));
	}
	ASSERT_TRUE(host_ping(self->host));
	EXPECT_GT(rig_count(&self->rig, SVCGATE_COUNTER_DOOR_DROPPED), 800 - 500);
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_QUEUE_FULL));
	/* Requests that nobody reads: refused, and the device still identifies. */
	for (i = 0; i < 450; i++) {
		ASSERT_TRUE(host_hello(self->host));
		ASSERT_TRUE(host_begin(self->host, &(struct host_request){ .op = OS_VERSION }));
		ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, HEADER, NULL));
	}
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_EQ(SVCGATE_REASON_DONE, host_ask_op(self->host, SVCGATE_OP_IDENTIFY));
	EXPECT_TRUE(ends(self, 1, SVCGATE_REASON_END_HELLO));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

/* Also within the session of the flood: the kernel answers it without the queue. */
TEST_F(open, P3_identify_beside_a_full_queue)
{
	static const u8 bytes[1000];
	unsigned int i;

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	for (i = 0; i < 80; i++) {
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, HEADER, bytes,
				      i < 40 ? sizeof(bytes) : 0));
		ASSERT_TRUE(host_ping(self->host));
	}
	EXPECT_GT(rig_count(&self->rig, SVCGATE_COUNTER_DOOR_DROPPED), 0);
	EXPECT_EQ(SVCGATE_REASON_DONE, host_ask_op(self->host, SVCGATE_OP_IDENTIFY));
	EXPECT_EQ(SVCGATE_REASON_BUSY, host_ask_op(self->host, OS_VERSION));
	while (!rig_door_is_quiet(&self->rig))
		;
	EXPECT_TRUE(host_begin(self->host, &(struct host_request){ .op = OS_VERSION }));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, self->host->transaction, HEADER,
				NULL));
}

TEST_HARNESS_MAIN
