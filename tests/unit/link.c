// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the link: frames that are lost, damaged, repeated, late, or
 * that lie.
 */
#include "link_story.h"
#include "stream.h"

static void dev_plain(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	CHECK(p->used == sizeof(struct svcgate_request));
	CHECK(svcgate_get_le16(p->message) == SVCGATE_OP_IDENTIFY);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect(p, 0);
	CHECK(p->transaction == 2);
	answer(p, SVCGATE_REASON_FORBIDDEN, "", 0);
}

static void host_plain(struct svcgate_link *link)
{
	expect_done(link);
	CHECK(svcgate_link_welcome(link)->configured);
	CHECK(!svcgate_link_welcome(link)->random);
	expect(link, SVCGATE_OP_STATE_SHOW, SVCGATE_REASON_FORBIDDEN, "");
}

/* A message that fills its maximum, with losses on the way. */
static void dev_long(struct peer *p)
{
	size_t i;

	welcome(p);
	collect(p, 0x4a);
	CHECK(p->used == SVCGATE_MESSAGE_MAX);
	for (i = 0; i < LONG_PAYLOAD; i++)
		CHECK(p->message[sizeof(struct svcgate_request) + i] == (u8)(i * 7));
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_long(struct svcgate_link *link)
{
	struct svcgate_link_response response;
	static u8 payload[LONG_PAYLOAD + 1];
	size_t i;

	for (i = 0; i < sizeof(payload); i++)
		payload[i] = i * 7;
	CHECK(ask(link, SVCGATE_OP_KEYSTORE_UPDATE, payload, sizeof(payload),
		  &response) == -EMSGSIZE);
	CHECK(!ask(link, SVCGATE_OP_KEYSTORE_UPDATE, payload, LONG_PAYLOAD, &response));
	CHECK(response.reason == SVCGATE_REASON_DONE);
}

/* 9600 baud: 480 bytes are half a second, with what is around the data. */
static void dev_slow(struct peer *p)
{
	welcome(p);
	do
		next_frame(p);
	while (p->frame.kind != SVCGATE_FRAME_DATA);
	CHECK(p->frame.length == 480 - SVCGATE_STREAM_OVERHEAD);
	CHECK(!take_data(p));
	collect(p, 0);
	CHECK(p->used == sizeof(struct svcgate_request) + 2000);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_slow(struct svcgate_link *link)
{
	static const u8 payload[2000];
	struct svcgate_link_response response;

	CHECK(!ask(link, SVCGATE_OP_CAPABILITY_UPDATE, payload, sizeof(payload),
		   &response));
}

/* Acknowledgements twice, late, of bytes that were never sent, of others. */
static void dev_acks(struct peer *p)
{
	welcome(p);
	do {
		next_frame(p);
	} while (p->frame.kind != SVCGATE_FRAME_DATA);
	CHECK(!take_data(p));
	send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, p->transaction,
		   1 << 20, p->session, NULL, 0);
	send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, p->transaction,
		   p->used, p->session ^ 1, NULL, 0);
	send_frame(p, SVCGATE_FRAME_ACK, 0, p->transaction, LONG_PAYLOAD, p->session,
		   NULL, 0);
	ack(p);
	ack(p);
	for (;;) {
		next_frame(p);
		if (take_data(p))
			break;
		ack(p);
		send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL,
			   p->transaction, 1, p->session, NULL, 0);
	}
	CHECK(p->used == SVCGATE_MESSAGE_MAX);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect(p, 0);
	CHECK(p->used == SVCGATE_MESSAGE_MAX);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_acks(struct svcgate_link *link)
{
	host_long(link);
	host_long(link);
}

/* The answer is lost; the beginning of the request fetches the stored one. */
static void dev_lost_answer(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	ack(p);
	do {
		next_frame(p);
		if (p->frame.kind == SVCGATE_FRAME_ACK)
			ack(p);
	} while (p->frame.kind != SVCGATE_FRAME_DATA);
	CHECK(p->frame.transaction == p->transaction);
	CHECK(!p->frame.offset && p->frame.length == sizeof(struct svcgate_request));
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

/* The same with a long request, whose end was never acknowledged. */
static void dev_lost_long_answer(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	CHECK(p->used == SVCGATE_MESSAGE_MAX);
	do
		next_frame(p);
	while (p->frame.kind != SVCGATE_FRAME_DATA || p->frame.offset);
	CHECK(p->frame.transaction == p->transaction);
	CHECK(p->frame.length == sizeof(struct svcgate_request));
	CHECK(!(p->frame.flags & SVCGATE_FRAME_LAST));
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_not_ours(struct peer *p)
{
	u8 response[8 + 2];
	u16 transaction;
	u64 session;

	welcome(p);
	collect(p, 0);
	make_response(response, SVCGATE_REASON_DONE, 0, "no", 2);
	session = p->session;
	transaction = p->transaction;
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, transaction, 0,
		   session + 1, response, sizeof(response));
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, transaction + 1, 0, session,
		   response, sizeof(response));
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, transaction, 1, session,
		   response, sizeof(response));
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST | SVCGATE_FRAME_TAGGED,
		   transaction, 0, session, response, sizeof(response));
	send_frame(p, SVCGATE_FRAME_DATA, 0x80 | SVCGATE_FRAME_LAST, transaction, 0,
		   session, response, sizeof(response));
	send_frame(p, SVCGATE_FRAME_HELLO, 0, 0, 0, session, response, sizeof(response));
	send_frame(p, 9, 0, transaction, 0, session, response, sizeof(response));
	close_with(p, transaction + 1, SVCGATE_REASON_END_HELPER);
	p->session++;
	close_with(p, transaction, SVCGATE_REASON_END_HELPER);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	p->session--;
	send_frame(p, SVCGATE_FRAME_CLOSE, 0, transaction, 0, session, response, 3);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void send_raw(struct peer *p, const void *data, size_t length)
{
	CHECK(write(p->line.fd, data, length) == (ssize_t)length);
}

static void dev_garbage(struct peer *p)
{
	static u8 noise[3 * SVCGATE_FRAME_RAW_MAX];
	u8 line[SVCGATE_FRAME_LINE_MAX(64)], head[16], response[10];
	size_t i, length;

	send_raw(p, "login: \r\n", 9);
	welcome(p);
	collect(p, 0);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = i * 31 % 255 + 1;
	send_raw(p, noise, sizeof(noise));
	send_raw(p, noise, sizeof(noise));
	send_raw(p, "\0\0\1\0\2\1\0\5abcd\0", 13);
	/* An answer with one flipped bit, then the good one. */
	make_response(response, SVCGATE_REASON_DONE, 0, "id", 2);
	svcgate_frame_put(head, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, p->transaction, 0,
			  p->session);
	length = svcgate_enframe(line, sizeof(line), head, sizeof(head), response,
				 sizeof(response));
	line[length / 2] ^= 4;
	send_raw(p, line, length);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

/* The response in pieces, one of them twice. */
static void dev_pieces(struct peer *p)
{
	u8 response[8 + SVCGATE_RESPONSE_MAX] = { 0 };
	size_t length = make_response(response, SVCGATE_REASON_DONE, 0, "id", 2);

	welcome(p);
	collect(p, 0);
	send_frame(p, SVCGATE_FRAME_DATA, 0, p->transaction, 0, p->session, response, 5);
	send_frame(p, SVCGATE_FRAME_DATA, 0, p->transaction, 0, p->session, response, 5);
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, p->transaction, 3,
		   p->session, response + 3, length - 3);
}

/* Responses whose lengths lie. */
static void dev_lies(struct peer *p)
{
	u8 response[8 + SVCGATE_RESPONSE_MAX] = { 0 };

	welcome(p);
	collect(p, 0);
	svcgate_put_le32(response + 4, SVCGATE_RESPONSE_MAX + 1);
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, p->transaction, 0,
		   p->session, response, sizeof(response));
	welcome(p);
	collect(p, 0);
	svcgate_put_le32(response + 4, UINT32_MAX - 4);
	send_frame(p, SVCGATE_FRAME_DATA, 0, p->transaction, 0, p->session, response,
		   sizeof(response));
	welcome(p);
	collect(p, 0);
	svcgate_put_le32(response + 4, 1);
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, p->transaction, 0,
		   p->session, response, 8);
	welcome(p);
	collect(p, 0);
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, p->transaction, 0,
		   p->session, response, 7);
	welcome(p);
	collect(p, 0);
	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, p->transaction, 0,
		   p->session, NULL, 0);
	/* A frame that is longer than every response, behind a good one. */
	welcome(p);
	collect(p, 0);
	make_response(response, SVCGATE_REASON_DONE, 0, "id", 2);
	send_frame(p, SVCGATE_FRAME_DATA, 0, p->transaction, 0, p->session, response,
		   sizeof(response));
	do
		next_frame(p);
	while (p->frame.kind != SVCGATE_FRAME_CLOSE);
	CHECK(svcgate_get_le16(p->frame.data) == SVCGATE_REASON_END_HOST);
}

static void host_lies(struct svcgate_link *link)
{
	unsigned int i;

	for (i = 0; i < 5; i++)
		expect_error(link, SVCGATE_OP_STATE_SHOW, -EPROTO);
	expect_done(link);
}

static const struct story stories[] = {
	{ "request and answer", dev_plain, host_plain },
	{ "longest message, lost frames", dev_long, host_long },
	{ "a frame is at most half a second", dev_slow, host_slow, 9600 },
	{ "double, late and wrong acknowledgements", dev_acks, host_acks },
	{ "lost answer is fetched again", dev_lost_answer, expect_done },
	{ "lost answer to a long request", dev_lost_long_answer, host_long },
	{ "frames that are not ours", dev_not_ours, expect_done },
	{ "garbage, over-long and damaged frames", dev_garbage, expect_done },
	{ "answer in pieces", dev_pieces, expect_done },
	{ "answers whose lengths lie", dev_lies, host_lies },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
