// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The streams of a transaction: from the door to the executor's descriptor 4,
 * from its descriptor 5 to the door. The library's stream.h does the counting.
 *
 * Each end stands for the executor's: the window that the host is told is what
 * fits beside the bytes that the executor has not read, and no more is read from
 * it than the host has room for on its way.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door.h"

/* Bytes kept for the executor; those kept until the host has them. */
#define IN_SIZE		(32 * 1024)
#define OUT_SIZE	(16 * 1024)

/* What either end takes before its first word; see PROTOCOL.md, "Streams". */
#define WINDOW_FIRST	(16 * 1024)

_Static_assert(IN_SIZE >= WINDOW_FIRST, "the host may send as much");

static int open_in(struct transaction *t)
{
	struct svcgate_stream_in *in = malloc(sizeof(*in));
	int r = in ? svcgate_stream_in_init(in, IN_SIZE) : -ENOMEM;

	if (r < 0)
		free(in);
	else
		t->in = in;
	return r;
}

static int open_out(struct transaction *t)
{
	struct svcgate_stream_out *out = malloc(sizeof(*out));
	int r = out ? svcgate_stream_out_init(out, &t->door->pace, OUT_SIZE, WINDOW_FIRST) :
		      -ENOMEM;

	if (r < 0)
		free(out);
	else
		t->out = out;
	return r;
}

/**
 * transaction_streams_free() - give back the memory of its streams
 * @t: the transaction, over
 */
void transaction_streams_free(struct transaction *t)
{
	if (t->in)
		svcgate_stream_in_free(t->in);
	if (t->out)
		svcgate_stream_out_free(t->out);
	free(t->in);
	free(t->out);
}

/**
 * transaction_feed_stream() - give the executor what it takes of the host's stream
 * @t: the transaction
 */
void transaction_feed_stream(struct transaction *t)
{
	const u8 *at;
	size_t count;
	ssize_t n;

	if (!t->in || t->phase == TRANSACTION_ASKED)
		return;
	while ((count = svcgate_stream_in_peek(t->in, &at))) {
		n = t->fds[PAIR_FD_IN] < 0 ? (ssize_t)count :
					     write(t->fds[PAIR_FD_IN], at, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		/* An executor that reads no more lets the host come to its end. */
		if (n < 0)
			transaction_close(t, PAIR_FD_IN);
		else
			svcgate_stream_in_consume(t->in, (size_t)n);
	}
	if (svcgate_stream_in_ended(t->in))
		transaction_close(t, PAIR_FD_IN);
}

/**
 * transaction_data() - DATA or ACK from the host
 * @t: the transaction
 * @message: the message
 */
void transaction_data(struct transaction *t, const struct svcgate_door *message)
{
	const u8 *payload = device_door_payload(message);
	size_t length = device_door_payload_length(message);

	if (message->kind == SVCGATE_DOOR_ACK) {
		if (t->out)
			svcgate_stream_out_ack(t->out, door_now(), message->offset, payload,
					       length);
		return;
	}
	/* Without a word the host sends it again. */
	if (!t->in && open_in(t) < 0)
		return;
	svcgate_stream_in_take(t->in, message->offset, payload, length,
			       message->flags & SVCGATE_DOOR_LAST);
	transaction_feed_stream(t);
}

/**
 * transaction_read_stream() - the executor's stream is ready
 * @process: the process
 * @t: the transaction
 */
void transaction_read_stream(struct door_process *process, struct transaction *t)
{
	size_t room;
	ssize_t n;
	u8 *at;

	if (!t->out && open_out(t) < 0) {
		transaction_end(process, t);
		return;
	}
	while ((room = svcgate_stream_out_room(t->out, &at))) {
		n = read(t->fds[PAIR_FD_OUT], at, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			svcgate_stream_out_end(t->out);
			transaction_close(t, PAIR_FD_OUT);
			return;
		}
		svcgate_stream_out_put(t->out, (size_t)n);
	}
}

/**
 * transaction_stream_events() - what to wait for on a stream's descriptor
 * @t: the transaction
 * @which: %PAIR_FD_IN or %PAIR_FD_OUT
 *
 * Return: events for poll(), 0 for none.
 */
short transaction_stream_events(const struct transaction *t, enum pair_executor_fd which)
{
	const u8 *bytes;
	u8 *at;

	if (which == PAIR_FD_IN)
		return t->in && svcgate_stream_in_peek(t->in, &bytes) ? POLLOUT : 0;
	if (t->phase != TRANSACTION_STREAMING)
		return 0;
	return !t->out || svcgate_stream_out_room(t->out, &at) ? POLLIN : 0;
}

/**
 * transaction_acknowledge() - tell the host what has come, if it is worth it
 * @process: the process
 * @t: the transaction
 */
void transaction_acknowledge(struct door_process *process, struct transaction *t)
{
	struct {
		struct svcgate_door head;
		u8 body[SVCGATE_STREAM_ACK_MAX];
	} message = {
		.head = {
			.kind = SVCGATE_DOOR_ACK,
			.session = t->session,
			.transaction = t->number,
		},
	};

	/* When there is room again, one says it all. */
	if (!t->in || t->door->queue || t->phase == TRANSACTION_OVER ||
	    !svcgate_stream_in_due(t->in))
		return;
	message.head.length = sizeof(message.head) +
			      svcgate_stream_in_ack(t->in, &message.head.offset, message.body);
	door_send(process, t->door, &message.head);
}

/**
 * transaction_send() - send the next frame of its stream to the host
 * @process: the process
 * @t: the transaction
 *
 * Return: false when there is none to be sent now.
 */
bool transaction_send(struct door_process *process, struct transaction *t)
{
	struct svcgate_piece piece;
	struct {
		struct svcgate_door head;
		u8 payload[SVCGATE_FRAME_DATA_MAX];
	} message;

	if (!t->out || t->phase != TRANSACTION_STREAMING ||
	    !svcgate_stream_out_next(t->out, door_now(), &piece))
		return false;
	message.head = (struct svcgate_door){
		.length = sizeof(message.head) + piece.length,
		.kind = SVCGATE_DOOR_DATA,
		.flags = piece.last ? SVCGATE_DOOR_LAST : 0,
		.session = t->session,
		.transaction = t->number,
		.offset = piece.offset,
	};
	memcpy(message.payload, piece.data, piece.length);
	door_send(process, t->door, &message.head);
	return true;
}

/**
 * transaction_close_stream() - say how it went, when all is said
 * @process: the process
 * @t: the transaction
 *
 * That is when the executor has exited and the host has everything.
 */
void transaction_close_stream(struct door_process *process, struct transaction *t)
{
	struct svcgate_door end = {
		.length = sizeof(end),
		.kind = SVCGATE_DOOR_END,
		.session = t->session,
		.transaction = t->number,
		.reason = SVCGATE_REASON_DONE,
	};

	if (t->phase != TRANSACTION_STREAMING || !t->exited || !t->out ||
	    !svcgate_stream_out_done(t->out))
		return;
	end.offset = t->out->end;
	if (WIFSIGNALED(t->status))
		end.reason = SVCGATE_REASON_EXECUTOR_ENDED;
	else if (WEXITSTATUS(t->status))
		end.reason = SVCGATE_REASON_EXECUTOR_FAILED;
	door_send(process, t->door, &end);
	transaction_finish(process, t);
}

/**
 * transaction_due() - when its stream wants to send again
 * @t: the transaction
 *
 * Return: by door_now(), -1 for not before something happens.
 */
int64_t transaction_due(const struct transaction *t)
{
	int64_t due;

	/* What waits at the door waits for room there. */
	if (!t->out || t->phase != TRANSACTION_STREAMING || t->door->queue)
		return -1;
	due = svcgate_stream_out_due(t->out);
	return due ? due : -1;
}
