// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host's ends of streams. Nothing here judges: tests do.
 */
#include <stdlib.h>
#include <time.h>

#include "far.h"

/* Bytes kept in each direction. */
#define SIZE		(64 * 1024)

/* What the helper takes before its first word. */
#define WINDOW_FIRST	(16 * 1024)

/* Nothing came for so long: say that somebody is there. */
#define QUIET_MS	500

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

/**
 * far_init() - begin with a session that is open
 * @far: the host
 * @host: its line
 */
void far_init(struct far *far, struct host *host)
{
	memset(far, 0, sizeof(*far));
	far->host = host;
	svcgate_pace_init(&far->pace, 11520, SIZE, 1024);
}

/**
 * far_free() - give back its memory
 * @far: the host
 */
void far_free(struct far *far)
{
	unsigned int i;

	for (i = 0; i < far->count; i++) {
		svcgate_stream_in_free(&far->transactions[i].in);
		svcgate_stream_out_free(&far->transactions[i].out);
	}
	far->count = 0;
}

/**
 * far_begin_again() - as another host that comes to the line
 * @far: the host
 *
 * What is on its way of the session before is passed over.
 *
 * Return: true when there is a new session.
 */
bool far_begin_again(struct far *far)
{
	static u64 cookie = 0xfa0000;
	struct host *host = far->host;
	struct host_frame frame;

	far_free(far);
	if (!host_send_hello(host, ++cookie))
		return false;
	do {
		if (!host_receive(host, &frame, HOST_PATIENCE_MS))
			return false;
	} while (frame.kind != SVCGATE_FRAME_WELCOME || frame.session != cookie ||
		 frame.length != sizeof(host->welcome));
	memcpy(&host->welcome, frame.data, sizeof(host->welcome));
	host->session = host->welcome.session;
	host->transaction = 0;
	far_init(far, host);
	return true;
}

/**
 * far_ask() - begin a transaction
 * @far: the host
 * @op: the operation
 * @payload: of the request
 * @length: its bytes
 *
 * Return: the transaction, or NULL when the request could not be sent.
 */
struct far_transaction *far_ask(struct far *far, u16 op, const void *payload, size_t length)
{
	const struct host_request request = { .op = op, .payload = { payload, length } };
	struct far_transaction *t = &far->transactions[far->count];

	if (far->count == FAR_MAX || !host_begin(far->host, &request) ||
	    svcgate_stream_in_init(&t->in, SIZE))
		return NULL;
	if (svcgate_stream_out_init(&t->out, &far->pace, SIZE, WINDOW_FIRST)) {
		svcgate_stream_in_free(&t->in);
		return NULL;
	}
	t->number = far->host->transaction;
	t->request_length = (u32)(sizeof(struct svcgate_request) + length);
	far->pace.streams = ++far->count;
	return t;
}

/**
 * far_put() - bytes for the device
 * @t: the transaction
 * @bytes: they
 * @count: how many
 *
 * Return: how many there was room for.
 */
size_t far_put(struct far_transaction *t, const void *bytes, size_t count)
{
	size_t room, used = 0;
	u8 *at;

	while (used < count && (room = svcgate_stream_out_room(&t->out, &at))) {
		if (room > count - used)
			room = count - used;
		memcpy(at, (const u8 *)bytes + used, room);
		svcgate_stream_out_put(&t->out, room);
		used += room;
	}
	return used;
}

/**
 * far_get() - bytes from the device
 * @t: the transaction
 * @bytes: where they go
 * @size: room
 *
 * Return: how many there were.
 */
size_t far_get(struct far_transaction *t, void *bytes, size_t size)
{
	size_t count, used = 0;
	const u8 *at;

	while (used < size && (count = svcgate_stream_in_peek(&t->in, &at))) {
		if (count > size - used)
			count = size - used;
		memcpy((u8 *)bytes + used, at, count);
		svcgate_stream_in_consume(&t->in, count);
		used += count;
	}
	return used;
}

static bool lost(struct far *far)
{
	return far->lose && ++far->frames % far->lose == 0;
}

static void take_response(struct far_transaction *t, const struct host_frame *frame)
{
	const size_t header = sizeof(struct svcgate_response);

	if (frame->length < header)
		return;
	t->response.flags = frame->flags;
	t->response.reason = svcgate_get_le16(frame->data);
	t->response.detail = svcgate_get_le16(frame->data + 2);
	t->response.length = frame->length - header;
	memcpy(t->response.payload, frame->data + header, t->response.length);
	t->response_length = (u32)frame->length;
	t->answered = true;
	t->closed = frame->flags & SVCGATE_FRAME_LAST;
}

static void take(struct far *far, const struct host_frame *frame)
{
	struct far_transaction *t = NULL;
	unsigned int i;

	for (i = 0; i < far->count; i++)
		if (far->transactions[i].number == frame->transaction)
			t = &far->transactions[i];
	if (!t || frame->session != far->host->session)
		return;
	if (frame->kind == SVCGATE_FRAME_CLOSE) {
		t->closed = true;
		t->reason = svcgate_get_le16(frame->data);
		t->total = svcgate_get_le32(frame->data + 4);
	} else if (frame->kind == SVCGATE_FRAME_DATA && !frame->offset) {
		take_response(t, frame);
	} else if (frame->kind == SVCGATE_FRAME_DATA && t->answered && !lost(far)) {
		svcgate_stream_in_take(&t->in, frame->offset - t->response_length,
				       frame->data, frame->length,
				       frame->flags & SVCGATE_FRAME_LAST);
	} else if (frame->kind == SVCGATE_FRAME_ACK &&
		   !(frame->flags & SVCGATE_FRAME_FROM_KERNEL) && !lost(far)) {
		svcgate_stream_out_ack(&t->out, now_us(), frame->offset - t->request_length,
				       frame->data, frame->length);
	}
}

static bool acknowledge(struct far *far, struct far_transaction *t)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	size_t length;
	u32 offset;

	length = svcgate_stream_in_ack(&t->in, &offset, body);
	return lost(far) || host_send(far->host, SVCGATE_FRAME_ACK, 0, t->number,
				      t->response_length + offset, body, length);
}

static bool send_some(struct far *far, struct far_transaction *t)
{
	static struct svcgate_piece piece;

	if (svcgate_stream_in_due(&t->in) && !acknowledge(far, t))
		return false;
	while (!t->closed && svcgate_stream_out_next(&t->out, now_us(), &piece))
		if (!lost(far) && !host_send(far->host, SVCGATE_FRAME_DATA,
					     piece.last ? SVCGATE_FRAME_LAST : 0, t->number,
					     t->request_length + piece.offset, piece.data,
					     piece.length))
			return false;
	return true;
}

/* Milliseconds until a stream has something to send again. */
static int patience(const struct far *far)
{
	int64_t due, left, least = QUIET_MS * 1000;
	unsigned int i;

	for (i = 0; i < far->count; i++) {
		due = svcgate_stream_out_due(&far->transactions[i].out);
		left = due ? due - now_us() : least;
		if (left < least)
			least = left;
	}
	return least > 0 ? (int)(least / 1000 + 1) : 0;
}

/**
 * far_turn() - send what there is, take what comes
 * @far: the host
 *
 * Waits for a frame or until something is due.
 *
 * Return: false when the line takes nothing.
 */
bool far_turn(struct far *far)
{
	struct host_frame frame;
	unsigned int i;

	for (i = 0; i < far->count && !far->mute; i++)
		if (!send_some(far, &far->transactions[i]))
			return false;
	if (!host_receive(far->host, &frame, patience(far)))
		return far->mute || host_send(far->host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0);
	do {
		take(far, &frame);
	} while (host_receive(far->host, &frame, 0));
	return true;
}
