// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Transactions: numbers, requests cut into frames, lengths that do not fit. The
 * device is Blank, so that requests reach the helper, which is the test.
 */
#include "rig.h"
#include "kselftest_harness.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define WIFI_ADD	SVCGATE_OP_WIFI_ADD
#define IDENTIFY	SVCGATE_OP_IDENTIFY
#define HEADER		sizeof(struct svcgate_request)
#define ACK		SVCGATE_FRAME_ACK
#define DATA		SVCGATE_FRAME_DATA

FIXTURE(transaction)
{
	struct rig rig;
	struct host *host;
	struct svcgate_door head;
	struct host_frame frame;
	u8 message[SVCGATE_MESSAGE_MAX];
	size_t length;
};

FIXTURE_SETUP(transaction)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(transaction)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* A request with a payload that tells each of its bytes from the next. */
static void compose(FIXTURE_DATA(transaction) *self, u16 op, size_t payload)
{
	struct host_request request = { .op = op };
	u8 bytes[SVCGATE_MESSAGE_MAX];
	size_t i;

	for (i = 0; i < payload; i++)
		bytes[i] = i * 7 + i / 251;
	request.payload = (struct host_bytes){ bytes, payload };
	self->length = host_message(&request, self->message);
}

static bool send(FIXTURE_DATA(transaction) *self, u16 number, size_t from, size_t to,
		 bool last)
{
	return host_send(self->host, DATA, last ? SVCGATE_FRAME_LAST : 0, number, from,
			 self->message + from, to - from);
}

/* The next frame is a response of the kernel's with this reason. */
static bool refused(FIXTURE_DATA(transaction) *self, u16 number, u16 reason, u16 detail)
{
	const u8 *data = self->frame.data;

	return host_expect(self->host, DATA, number, 0, &self->frame) &&
	       self->frame.flags == (SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST) &&
	       self->frame.length == sizeof(struct svcgate_response) &&
	       svcgate_get_le16(data) == reason && svcgate_get_le16(data + 2) == detail;
}

static bool acknowledged(FIXTURE_DATA(transaction) *self, u16 number, u32 offset)
{
	return host_expect(self->host, ACK, number, offset, &self->frame) &&
	       self->frame.flags == SVCGATE_FRAME_FROM_KERNEL && !self->frame.length;
}

/* The helper gets the composed request's payload, whole. */
static bool helper_gets_it(FIXTURE_DATA(transaction) *self, u16 number)
{
	u8 payload[SVCGATE_MESSAGE_MAX];
	int length = rig_read(&self->rig, &self->head, payload, sizeof(payload));

	return length == (int)(self->length - HEADER) &&
	       self->head.kind == SVCGATE_DOOR_REQUEST && self->head.transaction == number &&
	       self->head.session == self->host->session &&
	       !memcmp(payload, self->message + HEADER, length);
}

TEST_F(transaction, P2_numbers_rise_strictly)
{
	compose(self, IDENTIFY, 0);
	EXPECT_TRUE(send(self, 5, 0, self->length, true));
	EXPECT_TRUE(host_expect(self->host, DATA, 5, 0, &self->frame));
	EXPECT_TRUE(send(self, 4, 0, self->length, true));
	EXPECT_TRUE(refused(self, 4, SVCGATE_REASON_TRANSACTION, 0));
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_TRANSACTION, 0));
	EXPECT_TRUE(send(self, 65535, 0, self->length, true));
	EXPECT_TRUE(host_expect(self->host, DATA, 65535, 0, NULL));
	EXPECT_TRUE(send(self, 5, 0, self->length, true));
	EXPECT_TRUE(refused(self, 5, SVCGATE_REASON_TRANSACTION, 0));
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_TRANSACTION, 0));
	/* A new session counts from the beginning. */
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(host_expect(self->host, DATA, 1, 0, NULL));
	EXPECT_EQ(3, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
}

TEST_F(transaction, P2_last_one_repeated_gets_the_stored_answer)
{
	struct host_frame first;
	unsigned int i;

	compose(self, OS_VERSION, 0);
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(acknowledged(self, 1, self->length));
	EXPECT_TRUE(helper_gets_it(self, 1));
	EXPECT_EQ(0, rig_answer(&self->rig, &self->head, 0, 0x0502, "answer", 6));
	EXPECT_TRUE(host_expect(self->host, DATA, 1, 0, &first));
	EXPECT_EQ(SVCGATE_FRAME_LAST, first.flags);
	EXPECT_EQ(sizeof(struct svcgate_response) + 6, first.length);
	for (i = 0; i < 3; i++) {
		EXPECT_TRUE(send(self, 1, 0, i ? self->length : 1, true));
		EXPECT_TRUE(host_expect(self->host, DATA, 1, 0, &self->frame));
		EXPECT_EQ(first.flags, self->frame.flags);
		EXPECT_EQ(first.length, self->frame.length);
		EXPECT_EQ(0, memcmp(first.data, self->frame.data, first.length));
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));

	/* Bytes from the middle of it are ignored; another answer displaces it. */
	EXPECT_TRUE(send(self, 1, 8, self->length, true));
	EXPECT_TRUE(host_ping(self->host));
	compose(self, IDENTIFY, 0);
	EXPECT_TRUE(send(self, 2, 0, self->length, true));
	EXPECT_TRUE(host_expect(self->host, DATA, 2, 0, NULL));
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_TRANSACTION, 0));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F(transaction, P2_refusal_repeated_is_the_same_refusal)
{
	compose(self, 0x7777, 0);
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_UNKNOWN_OP, 0x7777));
	compose(self, OS_VERSION, 0);
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_UNKNOWN_OP, 0x7777));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F(transaction, P2_open_one_repeated_is_in_progress)
{
	compose(self, OS_VERSION, 20);
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(acknowledged(self, 1, self->length));
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(acknowledged(self, 1, self->length));
	EXPECT_TRUE(helper_gets_it(self, 1));
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(acknowledged(self, 1, self->length));
	EXPECT_TRUE(send(self, 1, 40, self->length, true));
	EXPECT_TRUE(acknowledged(self, 1, self->length));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));

	/* While data follows its response, that may have been lost: it comes again. */
	EXPECT_EQ(0, rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, DATA, 1, 0, &self->frame));
	EXPECT_EQ(0, self->frame.flags);
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(host_expect(self->host, DATA, 1, 0, &self->frame));
	EXPECT_EQ(0, self->frame.flags);
	EXPECT_TRUE(send(self, 1, 40, self->length, true));
	EXPECT_TRUE(acknowledged(self, 1, self->length));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

/* The response alone would look like an answer without data. */
TEST_F(transaction, P2_answer_with_data_is_not_stored)
{
	struct svcgate_door end = { .kind = SVCGATE_DOOR_END };

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	EXPECT_EQ(0, rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, DATA, 1, 0, &self->frame));
	end.session = self->head.session;
	end.transaction = 1;
	end.offset = 100;
	EXPECT_EQ(0, rig_write(&self->rig, &end, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_CLOSE, 1, 0, NULL));
	compose(self, OS_VERSION, 0);
	EXPECT_TRUE(send(self, 1, 0, self->length, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_TRANSACTION, 0));
}

TEST_F(transaction, P9_four_are_open_at_once)
{
	struct svcgate_door heads[SVCGATE_TRANSACTIONS_MAX];
	unsigned int i;

	for (i = 0; i < SVCGATE_TRANSACTIONS_MAX; i++)
		ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &heads[i]));
	compose(self, OS_VERSION, 0);
	EXPECT_TRUE(send(self, 5, 0, self->length, true));
	EXPECT_TRUE(refused(self, 5, SVCGATE_REASON_TRANSACTIONS, SVCGATE_TRANSACTIONS_MAX));
	EXPECT_TRUE(send(self, 5, 0, self->length, true));
	EXPECT_TRUE(refused(self, 5, SVCGATE_REASON_TRANSACTION, 0));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));

	/* One answered out of order makes room for one. */
	EXPECT_EQ(0, rig_answer(&self->rig, &heads[2], 0, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, DATA, 3, 0, NULL));
	self->host->transaction = 5;
	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	EXPECT_TRUE(send(self, 7, 0, self->length, true));
	EXPECT_TRUE(refused(self, 7, SVCGATE_REASON_TRANSACTIONS, SVCGATE_TRANSACTIONS_MAX));
	EXPECT_TRUE(host_send_close(self->host, 1));
	self->host->transaction = 7;
	EXPECT_TRUE(send(self, 8, 0, self->length, true));
	EXPECT_TRUE(acknowledged(self, 8, self->length));
}

TEST_F_TIMEOUT(transaction, P12_request_in_many_frames, VM_LONG)
{
	size_t at, step;
	u16 number = 0;

	/* The header has to be in one; then byte by byte, then in larger pieces. */
	for (step = 1; step < 200; step = step * 3 + 1) {
		number++;
		compose(self, WIFI_ADD, 150);
		EXPECT_TRUE(send(self, number, 0, HEADER, false));
		EXPECT_TRUE(acknowledged(self, number, HEADER));
		for (at = HEADER; at + step < self->length; at += step) {
			ASSERT_TRUE(send(self, number, at, at + step, false));
			ASSERT_TRUE(acknowledged(self, number, at + step));
		}
		EXPECT_TRUE(send(self, number, at, self->length, true));
		EXPECT_TRUE(acknowledged(self, number, self->length));
		ASSERT_TRUE(helper_gets_it(self, number));
		EXPECT_EQ(0, rig_answer(&self->rig, &self->head, 0, 0, NULL, 0));
		EXPECT_TRUE(host_expect(self->host, DATA, number, 0, NULL));
	}
}

TEST_F(transaction, P12_duplicates_and_gaps_change_nothing)
{
	compose(self, WIFI_ADD, 200);
	EXPECT_TRUE(send(self, 1, 0, 100, false));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(send(self, 1, 0, 100, false));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(send(self, 1, 150, 232, true));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(send(self, 1, 99, 150, false));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(send(self, 1, 101, 232, true));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(send(self, 1, 100, 100, true));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(host_send(self->host, DATA, 0, 1, 0xffffffff, self->message, 50));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_TRUE(send(self, 1, 100, 232, true));
	EXPECT_TRUE(acknowledged(self, 1, 232));
	EXPECT_TRUE(helper_gets_it(self, 1));
}

TEST_F(transaction, P12_another_request_ends_an_incomplete_one)
{
	compose(self, WIFI_ADD, 200);
	EXPECT_TRUE(send(self, 1, 0, 100, false));
	EXPECT_TRUE(acknowledged(self, 1, 100));
	EXPECT_TRUE(send(self, 2, 0, 60, false));
	EXPECT_TRUE(acknowledged(self, 2, 60));
	EXPECT_TRUE(send(self, 1, 100, 232, true));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_TRUE(send(self, 1, 0, 232, true));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_TRANSACTION, 0));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_TRUE(send(self, 2, 60, 232, true));
	EXPECT_TRUE(acknowledged(self, 2, 232));
	EXPECT_TRUE(helper_gets_it(self, 2));
}

TEST_F(transaction, P12_first_frame_holds_the_header)
{
	size_t length;
	u16 number = 0;

	compose(self, OS_VERSION, 0);
	for (length = 1; length < HEADER; length++) {
		number++;
		EXPECT_TRUE(send(self, number, 0, length, false));
		EXPECT_TRUE(refused(self, number, SVCGATE_REASON_MESSAGE, 0));
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F(transaction, P12_last_before_the_end)
{
	size_t length;
	u16 number = 0;

	compose(self, WIFI_ADD, 40);
	for (length = HEADER; length < self->length; length += 3) {
		number++;
		EXPECT_TRUE(send(self, number, 0, length, true));
		EXPECT_TRUE(refused(self, number, SVCGATE_REASON_MESSAGE, 0));
	}
	number++;
	EXPECT_TRUE(send(self, number, 0, HEADER, false));
	EXPECT_TRUE(acknowledged(self, number, HEADER));
	EXPECT_TRUE(send(self, number, HEADER, self->length - 1, true));
	EXPECT_TRUE(refused(self, number, SVCGATE_REASON_MESSAGE, 0));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F(transaction, P12_lengths_and_reserved_fields_of_the_header)
{
	static const struct svcgate_request bad[] = {
		{ .payload_length = SVCGATE_MESSAGE_MAX - HEADER + 1 },
		{ .payload_length = SVCGATE_MESSAGE_MAX + 1 },
		{ .payload_length = 0x7fffffff },
		{ .payload_length = 0xffffffff },
		{ .payload_length = 0xffffffe0, .credential_length = 32 },
		{ .credential_length = SVCGATE_ENVELOPE_MAX(SVCGATE_CAPABILITY_MAX) + 1 },
		{ .credential_length = 0xffff },
		{ .delegation_length = SVCGATE_SECTION_MAX + 1 },
		{ .delegation_length = 0xffff, .credential_length = 0xffff,
		  .proof_length = 0xffff, .payload_length = 0xffffffff },
		{ .proof_length = SVCGATE_SECTION_MAX + 1 },
		{ .proof_length = SVCGATE_SECTION_MAX, .delegation_length = SVCGATE_SECTION_MAX,
		  .payload_length = 4096 + 1 - HEADER },
		{ .zero = 1 },
		{ .zero = 0x8000 },
		{ .flags = 4 },
		{ .flags = 0x8000 },
	};
	struct svcgate_request request;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		request = bad[i];
		request.op = OS_VERSION;
		EXPECT_TRUE(host_send(self->host, DATA, 0, i + 1, 0, &request, HEADER));
		EXPECT_TRUE(refused(self, i + 1, SVCGATE_REASON_MESSAGE, 0))
			TH_LOG("case %u", i);
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(ARRAY_SIZE(bad), rig_count(&self->rig, SVCGATE_COUNTER_REFUSED));
}

TEST_F(transaction, P12_object_where_the_row_has_one_and_nowhere_else)
{
	struct rig *rig = &self->rig;
	u16 detail;

	EXPECT_EQ(SVCGATE_REASON_OBJECT,
		  ask_detail(rig, &detail, OS_VERSION, .object = RIG_OBJECT));
	EXPECT_EQ(0, detail);
	EXPECT_EQ(SVCGATE_REASON_OBJECT, ask_detail(rig, &detail, SVCGATE_OP_APP_START));
	EXPECT_EQ(1, detail);
	EXPECT_EQ(SVCGATE_REASON_OBJECT,
		  ask_detail(rig, &detail, IDENTIFY, .object = RIG_OBJECT));
	EXPECT_EQ(0, detail);
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

TEST_F(transaction, P9_longest_message_and_one_byte_more)
{
	struct svcgate_request *request = (void *)self->message;
	size_t at, next;

	compose(self, WIFI_ADD, SVCGATE_MESSAGE_MAX - HEADER);
	ASSERT_EQ(SVCGATE_MESSAGE_MAX, self->length);
	for (at = 0; at < self->length; at = next) {
		next = at + SVCGATE_FRAME_DATA_MAX < self->length ?
		       at + SVCGATE_FRAME_DATA_MAX : self->length;
		ASSERT_TRUE(send(self, 1, at, next, next == self->length));
		ASSERT_TRUE(acknowledged(self, 1, next));
	}
	EXPECT_TRUE(helper_gets_it(self, 1));
	request->payload_length++;
	EXPECT_TRUE(send(self, 2, 0, SVCGATE_FRAME_DATA_MAX, false));
	EXPECT_TRUE(refused(self, 2, SVCGATE_REASON_MESSAGE, 0));
}

/* The host need not send the rest of what the header alone decides. */
TEST_F(transaction, P9_refusal_comes_with_the_first_frame)
{
	compose(self, SVCGATE_OP_APP_MEMORY, 10000);
	EXPECT_TRUE(send(self, 1, 0, HEADER, false));
	EXPECT_TRUE(refused(self, 1, SVCGATE_REASON_FORBIDDEN,
			    SVCGATE_CAPABILITY_APP_DEVELOPMENT));
	EXPECT_TRUE(send(self, 1, HEADER, HEADER + 1000, false));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F(transaction, P8_acknowledgement_and_close_of_what_is_not_there)
{
	EXPECT_TRUE(host_send(self->host, ACK, 0, 9, 1234, NULL, 0));
	EXPECT_TRUE(acknowledged(self, 9, 0));
	EXPECT_TRUE(host_send_close(self->host, 9));
	EXPECT_TRUE(host_ping(self->host));
	compose(self, WIFI_ADD, 100);
	EXPECT_TRUE(send(self, 9, 0, 50, false));
	EXPECT_TRUE(acknowledged(self, 9, 50));
	EXPECT_TRUE(host_send_close(self->host, 9));
	EXPECT_TRUE(send(self, 9, 50, 132, true));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_HARNESS_MAIN
