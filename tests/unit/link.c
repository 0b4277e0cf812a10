// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the link against the other end of a line: a child process
 * that loses, damages, repeats and delays frames as its story says.
 *
 * The stories run side by side: most of their time is waiting.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link.h"
#include "link_peer.h"
#include "serial.h"

/* ------------------------------------------------------------- this end */

static int ask(struct svcgate_link *link, u16 op, const void *payload, size_t length,
	       struct svcgate_link_response *ret)
{
	struct svcgate_link_request request = {
		.op = op,
		.payload = { payload, length },
	};

	return svcgate_link_request(link, &request, ret);
}

static void expect(struct svcgate_link *link, u16 op, u16 reason, const char *text)
{
	struct svcgate_link_response response;

	int r = ask(link, op, NULL, 0, &response);

	if (r)
		fprintf(stderr, "# %s: %s\n", where, strerror(-r));
	CHECK(!r);
	CHECK(response.reason == reason);
	CHECK(response.length == strlen(text));
	CHECK(!memcmp(response.payload, text, response.length));
}

static void expect_done(struct svcgate_link *link)
{
	expect(link, SVCGATE_OP_IDENTIFY, SVCGATE_REASON_DONE, "id");
}

static void expect_error(struct svcgate_link *link, u16 op, int error)
{
	struct svcgate_link_response response = { .reason = 0x7777 };
	int r = ask(link, op, NULL, 0, &response);

	if (r != error)
		fprintf(stderr, "# %s: %s, not %s\n", where, strerror(-r),
			strerror(-error));
	CHECK(r == error);
	CHECK(response.reason == 0x7777);
}

/* -------------------------------------------------------------- stories */

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

/* The first hello is lost, the second one's welcome comes after the third hello. */
static void dev_hello(struct peer *p)
{
	u8 payload[sizeof(struct svcgate_welcome)];
	u64 late;

	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
	late = p->frame.session;
	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
	CHECK(p->frame.session != late);
	make_welcome(payload, 0xdead);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0, late,
		   payload, sizeof(payload));
	p->session = SESSION;
	make_welcome(payload, SESSION);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_bad_welcome(struct peer *p)
{
	u8 payload[sizeof(struct svcgate_welcome)];

	next_frame(p);
	make_welcome(payload, SESSION);
	payload[0]++;
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
	next_frame(p);
	make_welcome(payload, SESSION);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload) - 1);
	next_frame(p);
	make_welcome(payload, 0);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
	next_frame(p);
	make_welcome(payload, SESSION);
	svcgate_put_le16(payload + offsetof(struct svcgate_welcome, frame_max), 16);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
}

static void host_bad_welcome(struct svcgate_link *link)
{
	CHECK(svcgate_link_hello(link) == -EPROTONOSUPPORT);
	CHECK(svcgate_link_hello(link) == -EPROTO);
	CHECK(svcgate_link_hello(link) == -EPROTO);
	CHECK(svcgate_link_hello(link) == -EPROTO);
}

/* A message that fills its maximum, with losses on the way. */
#define LONG_PAYLOAD	(SVCGATE_MESSAGE_MAX - sizeof(struct svcgate_request))

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

/* 9600 baud: 480 bytes are half a second. */
static void dev_slow(struct peer *p)
{
	p->line.baud = 9600;
	welcome(p);
	collect(p, 0);
	CHECK(p->used == sizeof(struct svcgate_request) + 2000);
	CHECK(p->largest == 480);
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

static void dev_lost_session(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	close_with(p, p->transaction, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	collect(p, 0);
	CHECK(p->transaction == 1);
	ack(p);
	close_with(p, 0, SVCGATE_REASON_END_SUSPEND);
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	/* What must not be done twice is not repeated... */
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	/* ...and the next request begins with a hello. */
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_END_BREAK);
}

static void host_lost_session(struct svcgate_link *link)
{
	expect_done(link);
	expect_error(link, SVCGATE_OP_FUSE_WRITE, -ECONNRESET);
	expect_done(link);
	expect_error(link, SVCGATE_OP_MAKER + 1, -ECONNRESET);
	expect_error(link, SVCGATE_OP_RESTART, -ECONNRESET);
}

/* A session that is lost each time is given up. */
static void dev_lost_sessions(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		welcome(p);
		collect(p, 0);
		close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	}
}

static void host_lost_sessions(struct svcgate_link *link)
{
	expect_error(link, SVCGATE_OP_IDENTIFY, -ETIMEDOUT);
}

static void dev_busy(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_BUSY, NULL, 0);
	collect(p, 0);
	answer(p, SVCGATE_REASON_BUSY, NULL, 0);
	collect(p, 0);
	CHECK(p->transaction == 3);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_always_busy(struct peer *p)
{
	int64_t end = svcgate_line_now() + 2900;

	welcome(p);
	do {
		collect(p, 0);
		answer(p, SVCGATE_REASON_BUSY, NULL, 0);
	} while (svcgate_line_now() < end);
}

static void host_always_busy(struct svcgate_link *link)
{
	expect(link, SVCGATE_OP_IDENTIFY, SVCGATE_REASON_BUSY, "");
}

/* Longer than the silence that ends a session: both sides keep it alive. */
static void dev_at_work(struct peer *p)
{
	int64_t end = svcgate_line_now() + 4200;
	unsigned int alive = 0;

	welcome(p);
	collect(p, 0);
	ack(p);
	while (svcgate_line_now() < end || p->frame.kind != SVCGATE_FRAME_DATA) {
		next_frame(p);
		if (p->frame.kind == SVCGATE_FRAME_ACK) {
			CHECK(p->frame.transaction == p->transaction);
			alive++;
			ack(p);
		} else {
			CHECK(p->frame.kind == SVCGATE_FRAME_DATA);
			answer(p, SVCGATE_REASON_IN_PROGRESS, NULL, 0);
		}
	}
	CHECK(alive >= 4);
	close_with(p, p->transaction, SVCGATE_REASON_IN_PROGRESS);
	close_with(p, p->transaction, SVCGATE_REASON_DONE);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_silent(struct peer *p)
{
	int64_t begin = svcgate_line_now();

	welcome(p);
	while (!svcgate_line_receive(&p->line, begin + PATIENCE_MS, &p->frame))
		CHECK(p->frame.kind == SVCGATE_FRAME_DATA);
	CHECK(svcgate_line_now() - begin < 5000);
}

static void host_silent(struct svcgate_link *link)
{
	expect_error(link, SVCGATE_OP_IDENTIFY, -ETIMEDOUT);
}

static void dev_mute(struct peer *p)
{
	unsigned int hellos = 0;

	while (!svcgate_line_receive(&p->line, svcgate_line_now() + PATIENCE_MS,
				     &p->frame)) {
		CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
		hellos++;
	}
	CHECK(hellos >= 4 && hellos <= 8);
}

/* Noise without end, from the other side or from a wrong speed. */
static void dev_noise(struct peer *p)
{
	static u8 noise[1000];

	memset(noise, 0x55, sizeof(noise));
	for (;;) {
		noise[10] ^= 0x55;
		poll(NULL, 0, 1);
		if (write(p->line.fd, noise, sizeof(noise)) < 0 && errno != EAGAIN)
			break;
	}
}

static void dev_hangup(struct peer *p)
{
	welcome(p);
	collect(p, 0);
}

static void host_hangup(struct svcgate_link *link)
{
	expect_error(link, SVCGATE_OP_IDENTIFY, -EPIPE);
}

static void dev_closed(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	ack(p);
	close_with(p, p->transaction, SVCGATE_REASON_END_HELPER);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_closed(struct svcgate_link *link)
{
	struct svcgate_link_response response;

	CHECK(!ask(link, SVCGATE_OP_OS_VERSION, NULL, 0, &response));
	CHECK(response.closed && response.reason == SVCGATE_REASON_END_HELPER);
	CHECK(!response.length);
	expect_done(link);
}

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = 1;
}

static void dev_stopped(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	kill(getppid(), SIGUSR1);
	while (!svcgate_line_receive(&p->line, svcgate_line_now() + PATIENCE_MS,
				     &p->frame))
		;
}

static void host_stopped(struct svcgate_link *link)
{
	struct sigaction action = { .sa_handler = stop };

	CHECK(!sigaction(SIGUSR1, &action, NULL));
	expect_error(link, SVCGATE_OP_IDENTIFY, -EINTR);
}

static void dev_watch(struct peer *p)
{
	int64_t end = svcgate_line_now() + 2500;

	welcome(p);
	do {
		next_frame(p);
		CHECK(p->frame.kind == SVCGATE_FRAME_ACK && !p->frame.transaction);
		ack(p);
	} while (svcgate_line_now() < end);
	next_frame(p);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	while (!svcgate_line_receive(&p->line, svcgate_line_now() + 3000, &p->frame))
		CHECK(p->frame.kind == SVCGATE_FRAME_ACK);
}

static void host_watch(struct svcgate_link *link)
{
	int64_t begin;

	CHECK(svcgate_link_watch(link, 100) == -ENOTCONN);
	CHECK(!svcgate_link_hello(link));
	CHECK(!svcgate_link_watch(link, 2000));
	CHECK(svcgate_link_watch(link, 5000) == -ENOTCONN);
	CHECK(svcgate_link_watch(link, 100) == -ENOTCONN);
	CHECK(!svcgate_link_hello(link));
	begin = svcgate_line_now();
	CHECK(svcgate_link_watch(link, 9000) == -ENOTCONN);
	CHECK(svcgate_line_now() - begin < 3000);
}

/* The session is closed when the tool leaves. */
static void dev_goodbye(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_CLOSE && !p->frame.transaction);
	CHECK(p->frame.session == p->session);
	CHECK(p->frame.length == sizeof(struct svcgate_close));
	CHECK(svcgate_get_le16(p->frame.data) == SVCGATE_REASON_END_HOST);
	close_with(p, 0, SVCGATE_REASON_END_HOST);
}

static const struct story {
	const char *name;
	void (*device)(struct peer *p);
	void (*host)(struct svcgate_link *link);
} stories[] = {
	{ "request and answer", dev_plain, host_plain },
	{ "lost hello, late welcome", dev_hello, expect_done },
	{ "welcomes that make no sense", dev_bad_welcome, host_bad_welcome },
	{ "longest message, lost frames", dev_long, host_long },
	{ "a frame is at most half a second", dev_slow, host_slow },
	{ "double, late and wrong acknowledgements", dev_acks, host_acks },
	{ "lost answer is fetched again", dev_lost_answer, expect_done },
	{ "lost answer to a long request", dev_lost_long_answer, host_long },
	{ "frames that are not ours", dev_not_ours, expect_done },
	{ "garbage, over-long and damaged frames", dev_garbage, expect_done },
	{ "answer in pieces", dev_pieces, expect_done },
	{ "answers whose lengths lie", dev_lies, host_lies },
	{ "lost session: repeat only what is safe", dev_lost_session, host_lost_session },
	{ "session lost each time", dev_lost_sessions, host_lost_sessions },
	{ "busy is repeated", dev_busy, expect_done },
	{ "busy is told after 3 s", dev_always_busy, host_always_busy },
	{ "keep-alive during a long operation", dev_at_work, expect_done },
	{ "silence ends the wait", dev_silent, host_silent },
	{ "no welcome ends the wait", dev_mute, host_silent },
	{ "endless noise ends the wait", dev_noise, host_silent },
	{ "hang-up", dev_hangup, host_hangup },
	{ "device ends the transaction", dev_closed, host_closed },
	{ "stopped by a signal", dev_stopped, host_stopped },
	{ "watch a session until it ends", dev_watch, host_watch },
	{ "goodbye ends the session", dev_goodbye, expect_done },
};

static void play_device(const struct story *story, int fd)
{
	static struct peer peer;

	where = story->name;
	svcgate_line_init(&peer.line, fd, SVCGATE_LINK_BAUD);
	story->device(&peer);
}

static void play(const struct story *story)
{
	struct svcgate_link_options options = {
		.baud = story->host == host_slow ? 9600 : 0,
		.stop = &stopped,
	};
	struct svcgate_link *link;
	int fds[2], status;
	pid_t child;

	where = story->name;
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	signal(SIGPIPE, SIG_IGN);
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		close(fds[0]);
		play_device(story, fds[1]);
		exit(0);
	}
	close(fds[1]);
	CHECK(!svcgate_link_open_fd(fds[0], &options, &link));
	story->host(link);
	svcgate_link_close(link);
	close(fds[0]);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

/* ----------------------------------------------------------- serial port */

static void serial_errors(struct svcgate_link *unused)
{
	struct svcgate_serial serial = { .fd = -42 };

	CHECK(svcgate_serial_open(&serial, "/dev/no-such-port", 115200) == -ENODEV);
	CHECK(svcgate_serial_open(&serial, "/dev/null", 115200) == -ENOTTY);
	CHECK(svcgate_serial_open(&serial, "/dev/null", 12345) == -EINVAL);
	CHECK(svcgate_serial_open(&serial, "/dev/null", 0) == -EINVAL);
	CHECK(serial.fd == -42);
	CHECK(svcgate_serial_baud_known(9600) && !svcgate_serial_baud_known(9601));
}

static void serial_settings(struct svcgate_link *unused)
{
	struct svcgate_serial serial, second;
	struct termios before, during, after;
	int master, slave;
	char name[64];

	CHECK(!openpty(&master, &slave, name, NULL, NULL));
	CHECK(!tcgetattr(slave, &before));
	CHECK(before.c_lflag & ECHO);

	CHECK(!svcgate_serial_open(&serial, name, 57600));
	CHECK(!tcgetattr(slave, &during));
	CHECK(!(during.c_lflag & (ECHO | ICANON | ISIG)) && !(during.c_oflag & OPOST));
	CHECK(cfgetospeed(&during) == B57600);
	CHECK(svcgate_serial_open(&second, name, 115200) == -EBUSY);
	svcgate_serial_close(&serial, true);

	CHECK(!tcgetattr(slave, &after));
	CHECK(after.c_lflag == before.c_lflag && after.c_oflag == before.c_oflag &&
	      after.c_iflag == before.c_iflag && after.c_cflag == before.c_cflag);
	CHECK(!svcgate_serial_open(&serial, name, 115200));
	svcgate_serial_close(&serial, false);
}

static const struct story ports[] = {
	{ "serial port: what cannot be opened", NULL, serial_errors },
	{ "serial port: one program, settings put back", NULL, serial_settings },
};

#define STORIES		ARRAY_SIZE(stories)
#define TESTS		(STORIES + ARRAY_SIZE(ports))

static pid_t start(unsigned int i)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	if (i < STORIES) {
		play(&stories[i]);
		exit(0);
	}
	where = ports[i - STORIES].name;
	ports[i - STORIES].host(NULL);
	exit(0);
}

int main(void)
{
	unsigned int i, failed = 0;
	pid_t children[TESTS];
	int status;

	printf("KTAP version 1\n1..%zu\n", TESTS);
	for (i = 0; i < TESTS; i++)
		children[i] = start(i);
	for (i = 0; i < TESTS; i++) {
		bool ok = children[i] > 0 && waitpid(children[i], &status, 0) > 0 &&
			  WIFEXITED(status) && !WEXITSTATUS(status);

		printf("%s %u link: %s\n", ok ? "ok" : "not ok", i + 1,
		       i < STORIES ? stories[i].name : ports[i - STORIES].name);
		failed += !ok;
	}
	return failed ? 1 : 0;
}
