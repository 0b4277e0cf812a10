// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the link: requests whose answer was lost, and asking how they
 * have ended.
 */
#include "link_story.h"

#define TARGET	"\2"

static int change(struct svcgate_link *link, u64 session, struct svcgate_link_response *ret)
{
	const struct svcgate_link_request request = {
		.op = SVCGATE_OP_STATE_UPDATE,
		.flags = SVCGATE_REQUEST_OUTCOME,
		.session = session,
		.payload = { TARGET, sizeof(TARGET) },
	};

	return svcgate_link_request(link, &request, ret);
}

static void collect_op(struct peer *p, u16 op)
{
	collect(p, 0);
	CHECK(svcgate_get_le16(p->message) == op);
	CHECK(svcgate_get_le16(p->message + offsetof(struct svcgate_request, flags)) ==
	      (op == SVCGATE_OP_STATE_UPDATE ? SVCGATE_REQUEST_OUTCOME : 0));
}

/* The request that is asked about is the one of before. */
static void collect_question(struct peer *p, u64 session, u16 transaction)
{
	const u8 *payload = p->message + sizeof(struct svcgate_request);

	collect_op(p, SVCGATE_OP_OUTCOME);
	CHECK(p->used == sizeof(struct svcgate_request) + sizeof(struct svcgate_outcome));
	CHECK(svcgate_get_le64(payload) == session);
	CHECK(svcgate_get_le16(payload + 8) == transaction);
}

static void answer_outcome(struct peer *p, u8 state, u16 reason, u16 detail, size_t length)
{
	u8 payload[sizeof(struct svcgate_outcome_answer)] = { state };

	svcgate_put_le16(payload + 2, reason);
	svcgate_put_le16(payload + 4, detail);
	answer(p, SVCGATE_REASON_DONE, payload, length);
}

/* Asked again in a new session, and not sent again. */
static void dev_lost(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect_op(p, SVCGATE_OP_STATE_UPDATE);
	CHECK(p->transaction == 2);
	ack(p);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	collect_question(p, SESSION, 2);
	answer_outcome(p, SVCGATE_OUTCOME_NOT_DONE, SVCGATE_REASON_NOT_STORED, 3,
		       sizeof(struct svcgate_outcome_answer));
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
}

static void host_lost(struct svcgate_link *link)
{
	struct svcgate_link_outcome outcome = { .state = 99 };
	struct svcgate_link_response response = { .reason = 0x7777 };
	struct svcgate_link_id id;

	svcgate_link_last_request(link, &id);
	CHECK(!id.transaction);
	expect_done(link);
	CHECK(change(link, 0, &response) == -ECONNRESET);
	CHECK(response.reason == 0x7777);
	svcgate_link_last_request(link, &id);
	CHECK(id.session == SESSION && id.transaction == 2);
	CHECK(!svcgate_link_outcome(link, &id, &outcome));
	CHECK(outcome.state == SVCGATE_OUTCOME_NOT_DONE);
	CHECK(outcome.reason == SVCGATE_REASON_NOT_STORED && outcome.detail == 3);
	/* A fuse is not even asked about: nobody knows what its program did. */
	expect_error(link, SVCGATE_OP_FUSE_WRITE, -ECONNRESET);
}

/* What never arrived whole was not carried out: it is sent again unasked. */
static void dev_cut(struct peer *p)
{
	welcome(p);
	do
		next_frame(p);
	while (p->frame.kind != SVCGATE_FRAME_DATA);
	close_with(p, 0, SVCGATE_REASON_END_BREAK);
	welcome(p);
	do
		next_frame(p);
	while (p->frame.session != p->session);
	CHECK(!take_data(p));
	ack(p);
	while (!take_data(p)) {
		ack(p);
		next_frame(p);
	}
	CHECK(p->used == SVCGATE_MESSAGE_MAX);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_cut(struct svcgate_link *link)
{
	static const u8 payload[LONG_PAYLOAD];
	const struct svcgate_link_request request = {
		.op = SVCGATE_OP_KEYSTORE_UPDATE,
		.flags = SVCGATE_REQUEST_OUTCOME,
		.payload = { payload, sizeof(payload) },
	};
	struct svcgate_link_response response;
	struct svcgate_link_id id;

	CHECK(!svcgate_link_request(link, &request, &response));
	svcgate_link_last_request(link, &id);
	CHECK(id.session == SESSION + 1 && id.transaction == 1);
}

/* A request for one session does not reach whoever has the line now. */
static void dev_one_session(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect_op(p, SVCGATE_OP_STATE_UPDATE);
	answer(p, SVCGATE_REASON_CHANGE_PENDING, "", 0);
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_END_HANGUP);
	welcome(p);
	collect(p, 0);
	CHECK(svcgate_get_le16(p->message) == SVCGATE_OP_IDENTIFY);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect(p, 0);
	CHECK(svcgate_get_le16(p->message) == SVCGATE_OP_IDENTIFY);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_one_session(struct svcgate_link *link)
{
	struct svcgate_link_response response = { .reason = 0x7777 };

	CHECK(change(link, SESSION, &response) == -ENOTCONN);
	expect_done(link);
	CHECK(change(link, SESSION + 1, &response) == -ENOTCONN);
	CHECK(response.reason == 0x7777);
	CHECK(!change(link, SESSION, &response));
	CHECK(response.reason == SVCGATE_REASON_CHANGE_PENDING);
	expect_done(link);
	CHECK(change(link, SESSION, &response) == -ENOTCONN);
	expect_done(link);
}

/* Answers to the question that are none. */
static void dev_odd(struct peer *p)
{
	welcome(p);
	collect_question(p, 5, 6);
	answer_outcome(p, SVCGATE_OUTCOME_DONE, 0, 0, 5);
	collect_question(p, 5, 6);
	answer_outcome(p, SVCGATE_OUTCOME_NOT_DONE + 1, 0, 0, 6);
	collect_question(p, 5, 6);
	answer(p, SVCGATE_REASON_NOT_SEALED, "", 0);
	collect_question(p, 5, 6);
	answer_outcome(p, SVCGATE_OUTCOME_PENDING, 0, 0, 6);
}

static void host_odd(struct svcgate_link *link)
{
	static const struct svcgate_link_id id = { 5, 6 };
	struct svcgate_link_outcome outcome = { .state = 99 };

	CHECK(svcgate_link_outcome(link, &id, &outcome) == -EPROTO);
	CHECK(svcgate_link_outcome(link, &id, &outcome) == -EPROTO);
	CHECK(svcgate_link_outcome(link, &id, &outcome) == SVCGATE_REASON_NOT_SEALED);
	CHECK(outcome.state == 99);
	CHECK(!svcgate_link_outcome(link, &id, &outcome));
	CHECK(outcome.state == SVCGATE_OUTCOME_PENDING);
}

/* At work without an end: the wait has one. */
static void dev_at_work(struct peer *p)
{
	welcome(p);
	collect_op(p, SVCGATE_OP_STATE_UPDATE);
	ack(p);
	do {
		next_frame(p);
		if (p->frame.kind == SVCGATE_FRAME_ACK)
			ack(p);
	} while (p->frame.kind != SVCGATE_FRAME_HELLO);
}

static void host_at_work(struct svcgate_link *link)
{
	const struct svcgate_link_request request = {
		.op = SVCGATE_OP_STATE_UPDATE,
		.flags = SVCGATE_REQUEST_OUTCOME,
		.timeout_ms = 700,
	};
	struct svcgate_link_response response;
	int64_t begin = svcgate_line_now();

	CHECK(svcgate_link_request(link, &request, &response) == -ECONNRESET);
	CHECK(svcgate_line_now() - begin >= 700);
	CHECK(svcgate_line_now() - begin < 2500);
	expect_error(link, SVCGATE_OP_IDENTIFY, -ETIMEDOUT);
}

static const struct story stories[] = {
	{ "P6: a lost answer is asked for, the request is not repeated", dev_lost,
	  host_lost },
	{ "a request that never arrived whole is sent again", dev_cut, host_cut },
	{ "P4: a request for one session reaches no other", dev_one_session,
	  host_one_session },
	{ "odd answers about an outcome", dev_odd, host_odd },
	{ "P9: a device that is at work for ever is not waited for", dev_at_work,
	  host_at_work },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
