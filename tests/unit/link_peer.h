/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of a line, for tests of the link: says what it is told to.
 *
 * It stands in for what a line does to frames, not for the kernel; that one is
 * tested for itself, in a VM.
 */
#ifndef _SVCGATE_TESTS_UNIT_LINK_PEER_H
#define _SVCGATE_TESTS_UNIT_LINK_PEER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "link_line.h"

#define SESSION		0x1122334455667788ULL
#define PATIENCE_MS	8000

/* Name of the story that is played. */
static const char *where;

#define CHECK(condition)						\
	do {								\
		if (!(condition)) {					\
			fprintf(stderr, "# %s:%d: %s\n", where, __LINE__, \
				#condition);				\
			exit(1);					\
		}							\
	} while (0)

struct peer {
	struct svcgate_line line;
	struct svcgate_line_frame frame;
	u64 session;
	u16 transaction;
	u16 answered;
	u8 message[SVCGATE_MESSAGE_MAX];
	size_t used;
	unsigned int frames;
	size_t largest;
};

static void next_frame(struct peer *p)
{
	CHECK(!svcgate_line_receive(&p->line, svcgate_line_now() + PATIENCE_MS, &p->frame));
}

static void send_frame(struct peer *p, u8 kind, u8 flags, u16 transaction, u32 offset,
		       u64 session, const void *data, size_t length)
{
	struct svcgate_line_frame frame = {
		.kind = kind,
		.flags = flags,
		.transaction = transaction,
		.offset = offset,
		.session = session,
		.data = data,
		.length = length,
	};

	CHECK(!svcgate_line_send(&p->line, &frame));
}

static void make_welcome(u8 out[sizeof(struct svcgate_welcome)], u64 session)
{
	memset(out, 0, sizeof(struct svcgate_welcome));
	out[offsetof(struct svcgate_welcome, version)] = SVCGATE_WIRE_VERSION;
	out[offsetof(struct svcgate_welcome, flags)] = SVCGATE_WELCOME_CONFIGURED;
	svcgate_put_le32(out + offsetof(struct svcgate_welcome, message_max),
			 SVCGATE_MESSAGE_MAX);
	svcgate_put_le16(out + offsetof(struct svcgate_welcome, frame_max),
			 SVCGATE_FRAME_MAX);
	svcgate_put_le64(out + offsetof(struct svcgate_welcome, session), session);
}

static __attribute__((unused)) void welcome(struct peer *p)
{
	u8 payload[sizeof(struct svcgate_welcome)];

	do
		next_frame(p);
	while (p->frame.kind != SVCGATE_FRAME_HELLO);
	CHECK(p->frame.length == sizeof(struct svcgate_hello));
	p->session = p->session ? p->session + 1 : SESSION;
	p->transaction = 0;
	make_welcome(payload, p->session);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
}

static void ack(struct peer *p)
{
	send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, p->transaction,
		   p->used, p->session, NULL, 0);
}

static bool take_data(struct peer *p)
{
	const struct svcgate_line_frame *f = &p->frame;

	if (f->kind != SVCGATE_FRAME_DATA)
		return false;
	CHECK(f->session == p->session);
	if (f->transaction != p->transaction) {
		CHECK(f->transaction == p->transaction + 1);
		p->transaction = f->transaction;
		p->used = 0;
	}
	p->frames++;
	if (p->largest < f->length)
		p->largest = f->length;
	if (f->offset == p->used) {
		CHECK(f->length <= sizeof(p->message) - p->used);
		memcpy(p->message + p->used, f->data, f->length);
		p->used += f->length;
		return f->flags & SVCGATE_FRAME_LAST;
	}
	return false;
}

/* A whole request; frames of @lose (bit n for the n-th) never arrived. */
static __attribute__((unused)) void collect(struct peer *p, u64 lose)
{
	unsigned int n = 0;

	for (;;) {
		next_frame(p);
		if (p->frame.kind != SVCGATE_FRAME_DATA)
			continue;
		if (n < 64 && lose & 1ULL << n++)
			continue;
		if (take_data(p))
			break;
		ack(p);
	}
}

static size_t make_response(u8 *out, u16 reason, u16 detail, const void *payload,
			    size_t length)
{
	svcgate_put_le16(out, reason);
	svcgate_put_le16(out + 2, detail);
	svcgate_put_le32(out + 4, length);
	if (length)
		memcpy(out + 8, payload, length);
	return 8 + length;
}

static void answer(struct peer *p, u16 reason, const void *payload, size_t length)
{
	u8 response[8 + SVCGATE_RESPONSE_MAX];

	length = make_response(response, reason, 7, payload, length);
	send_frame(p, SVCGATE_FRAME_DATA,
		   SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST, p->transaction, 0,
		   p->session, response, length);
}

static __attribute__((unused)) void close_with(struct peer *p, u16 transaction, u16 reason)
{
	u8 payload[sizeof(struct svcgate_close)] = { 0 };

	svcgate_put_le16(payload, reason);
	send_frame(p, SVCGATE_FRAME_CLOSE, SVCGATE_FRAME_FROM_KERNEL, transaction, 0,
		   p->session, payload, sizeof(payload));
}

/*
 * Stories side by side, each in a process that @start begins; most of their time is
 * waiting. Return: the program's exit code.
 */
static __attribute__((unused)) int
play_each(const char *what, unsigned int count,
	  pid_t (*start)(unsigned int i, const char **ret_name))
{
	unsigned int i, failed = 0;
	const char *names[64];
	pid_t children[64];
	int status;

	printf("KTAP version 1\n1..%u\n", count);
	for (i = 0; i < count; i++)
		children[i] = start(i, &names[i]);
	for (i = 0; i < count; i++) {
		bool ok = children[i] > 0 && waitpid(children[i], &status, 0) > 0 &&
			  WIFEXITED(status) && !WEXITSTATUS(status);

		printf("%s %u %s: %s\n", ok ? "ok" : "not ok", i + 1, what, names[i]);
		failed += !ok;
	}
	return failed ? 1 : 0;
}

#endif /* _SVCGATE_TESTS_UNIT_LINK_PEER_H */
