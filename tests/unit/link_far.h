/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The device of a transfer, for tests of the link: kernel and helper in one, with
 * a line that loses what the test says.
 */
#ifndef _SVCGATE_TESTS_UNIT_LINK_FAR_H
#define _SVCGATE_TESTS_UNIT_LINK_FAR_H

#include "link_story.h"
#include "stream.h"

#define FAR_SIZE	(64 * 1024)

/**
 * struct far - the other end of one transfer; times are of svcgate_line_clock()
 * @p: its line
 * @pace: of what goes to the host
 * @out: data for the host
 * @in: data from the host
 * @length: bytes of the request
 * @head: bytes of the response, 0 before it was given
 * @response: it
 * @more: data follows the response
 * @loses: one in so many frames does not arrive, 0 for none, either way
 * @seed: which ones
 * @took: bytes of data that were consumed
 * @stopped: nothing is consumed any more
 * @gone: the kernel does not know the transaction any more
 * @kept: empty acknowledgements that came
 */
struct far {
	struct peer *p;
	struct svcgate_pace pace;
	struct svcgate_stream_out out;
	struct svcgate_stream_in in;
	size_t length;
	size_t head;
	u8 response[8 + SVCGATE_RESPONSE_MAX];
	bool more;
	unsigned int loses;
	u32 seed;
	u32 took;
	bool stopped;
	bool gone;
	unsigned int kept;
};

/* What both sides send. */
static u8 pattern(u32 at)
{
	return at * 7 + (at >> 8) + (at >> 16);
}

static bool lost(struct far *f)
{
	f->seed = f->seed * 1103515245 + 12345;
	return f->loses && (f->seed >> 16) % f->loses == 0;
}

static void far_send(struct far *f, u8 kind, u8 flags, u32 offset, const void *data,
		     size_t length)
{
	if (!lost(f))
		send_frame(f->p, kind, flags, f->p->transaction, offset, f->p->session,
			   data, length);
}

static void far_kernel_ack(struct far *f)
{
	far_send(f, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, f->gone ? 0 : f->length,
		 NULL, 0);
}

/* Up to its header's lengths: data may follow, and nothing ends it. */
static void collect_request(struct peer *p)
{
	welcome(p);
	for (;;) {
		next_frame(p);
		if (p->frame.kind != SVCGATE_FRAME_DATA)
			continue;
		take_data(p);
		if (p->used == sizeof(struct svcgate_request) +
				       svcgate_get_le32(p->message + 4))
			return;
		ack(p);
	}
}

/* A session, and a whole request, which the helper gets. */
static void far_begin(struct far *f, struct peer *p)
{
	collect_request(p);
	f->p = p;
	f->length = p->used;
	svcgate_pace_init(&f->pace, SVCGATE_LINK_BAUD / 10, 12 * 1024, 4096);
	CHECK(!svcgate_stream_out_init(&f->out, &f->pace, FAR_SIZE, 16 * 1024));
	CHECK(!svcgate_stream_in_init(&f->in, FAR_SIZE));
	far_kernel_ack(f);
}

static void far_respond(struct far *f, u16 reason, const void *payload, size_t length,
			bool more)
{
	f->head = make_response(f->response, reason, 0, payload, length);
	f->more = more;
	far_send(f, SVCGATE_FRAME_DATA, more ? 0 : SVCGATE_FRAME_LAST, 0, f->response,
		 f->head);
}

static void far_close(struct far *f, u16 reason)
{
	u8 close[sizeof(struct svcgate_close)] = { 0 };

	svcgate_put_le16(close, reason);
	far_send(f, SVCGATE_FRAME_CLOSE, 0, 0, close, sizeof(close));
	f->gone = true;
}

static void far_take(struct far *f)
{
	const struct svcgate_line_frame *frame = &f->p->frame;

	if (lost(f) || frame->transaction != f->p->transaction)
		return;
	CHECK(frame->session == f->p->session);
	f->kept += frame->kind == SVCGATE_FRAME_ACK && !frame->length;
	if (frame->kind == SVCGATE_FRAME_ACK && f->head && !f->gone &&
	    frame->offset >= f->head) {
		svcgate_stream_out_ack(&f->out, svcgate_line_clock(),
				       frame->offset - f->head, frame->data, frame->length);
	} else if (frame->kind == SVCGATE_FRAME_ACK) {
		far_kernel_ack(f);
	} else if (frame->kind == SVCGATE_FRAME_DATA && !frame->offset && f->head &&
		   !(f->gone && f->more)) {
		far_send(f, SVCGATE_FRAME_DATA, f->more ? 0 : SVCGATE_FRAME_LAST, 0,
			 f->response, f->head);
	} else if (frame->kind == SVCGATE_FRAME_DATA && frame->offset < f->length) {
		far_kernel_ack(f);
	} else if (frame->kind == SVCGATE_FRAME_DATA && !f->gone) {
		svcgate_stream_in_take(&f->in, frame->offset - f->length, frame->data,
				       frame->length, frame->flags & SVCGATE_FRAME_LAST);
	}
}

static void far_consume(struct far *f)
{
	const u8 *at;
	size_t i, n;

	while (!f->stopped && (n = svcgate_stream_in_peek(&f->in, &at))) {
		for (i = 0; i < n; i++)
			CHECK(at[i] == pattern(f->took + i));
		svcgate_stream_in_consume(&f->in, n);
		f->took += n;
	}
}

static void far_push(struct far *f)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	struct svcgate_piece piece;
	size_t length;
	u32 offset;

	if (svcgate_stream_in_due(&f->in)) {
		length = svcgate_stream_in_ack(&f->in, &offset, body);
		far_send(f, SVCGATE_FRAME_ACK, 0, f->length + offset, body, length);
	}
	while (f->head && !f->gone &&
	       svcgate_stream_out_next(&f->out, svcgate_line_clock(), &piece))
		far_send(f, SVCGATE_FRAME_DATA, piece.last ? SVCGATE_FRAME_LAST : 0,
			 f->head + piece.offset, piece.data, piece.length);
}

/* One round; a short one where nothing comes. */
static void far_step(struct far *f)
{
	int r;

	far_consume(f);
	far_push(f);
	r = svcgate_line_receive(&f->p->line, svcgate_line_now() + 20, &f->p->frame);
	CHECK(!r || r == -ETIMEDOUT);
	if (!r)
		far_take(f);
}

/* Data for the host up to a number. */
static void far_fill(struct far *f, u32 total, bool end)
{
	size_t room, i;
	u8 *at;

	while (f->out.end < total && (room = svcgate_stream_out_room(&f->out, &at))) {
		room = min_t(size_t, room, total - f->out.end);
		for (i = 0; i < room; i++)
			at[i] = pattern(f->out.end + i);
		svcgate_stream_out_put(&f->out, room);
	}
	if (end && f->out.end == total)
		svcgate_stream_out_end(&f->out);
}

/* Until the host has all of it. */
static void far_download(struct far *f, u32 total)
{
	while (!svcgate_stream_out_done(&f->out)) {
		far_fill(f, total, true);
		far_step(f);
	}
}

/* Until the host has sent all of it. */
static void far_upload(struct far *f)
{
	while (!svcgate_stream_in_ended(&f->in))
		far_step(f);
	far_push(f);
}

/* The host may ask again, until it leaves. */
static void far_linger(struct far *f)
{
	do {
		next_frame(f->p);
		far_take(f);
	} while (f->p->frame.kind != SVCGATE_FRAME_CLOSE || f->p->frame.transaction);
}

#endif /* _SVCGATE_TESTS_UNIT_LINK_FAR_H */
