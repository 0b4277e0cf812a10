// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The streams of a transaction: from the door to the executor's descriptor 4,
 * from its descriptor 5 to the door. stream.c does the counting.
 */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door.h"

static void acknowledge(struct door_process *process, const struct transaction *t)
{
	const struct svcgate_door ack = {
		.length = sizeof(ack),
		.kind = SVCGATE_DOOR_ACK,
		.session = t->session,
		.transaction = t->number,
		.offset = t->in.next,
	};

	/* The next one says the same; it is not worth a place in the queue. */
	if (!t->door->queue)
		door_send(process, t->door, &ack);
}

static void take_data(struct door_process *process, struct transaction *t,
		      const struct svcgate_door *message)
{
	size_t length = device_door_payload_length(message), skip = 0, fresh;
	const u8 *data = device_door_payload(message);
	ssize_t n;

	fresh = stream_in_new(&t->in, message->offset, length, &skip);
	n = (ssize_t)fresh;
	if (fresh && t->fds[PAIR_FD_IN] >= 0) {
		n = write(t->fds[PAIR_FD_IN], data + skip, fresh);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			n = 0;
		else if (n < 0)
			transaction_close(t, PAIR_FD_IN);
	}
	/* An executor that reads no more lets the host come to its end. */
	if (n < 0)
		n = (ssize_t)fresh;
	if (fresh || message->offset + length == t->in.next)
		stream_in_took(&t->in, (size_t)n, fresh, message->flags & SVCGATE_DOOR_LAST);
	if (t->in.ended)
		transaction_close(t, PAIR_FD_IN);
	acknowledge(process, t);
}

/**
 * transaction_data() - DATA or ACK from the host
 * @process: the process
 * @t: the transaction
 * @message: the message
 */
void transaction_data(struct door_process *process, struct transaction *t,
		      const struct svcgate_door *message)
{
	/* Without a word the host sends it again. */
	if (t->phase != TRANSACTION_RUNNING && t->phase != TRANSACTION_STREAMING)
		return;
	if (message->kind == SVCGATE_DOOR_DATA)
		take_data(process, t, message);
	else
		stream_out_ack(&t->out, message->offset, door_now());
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

	if (stream_out_room(&t->out, &at, &room) < 0) {
		transaction_end(process, t);
		return;
	}
	if (!room)
		return;
	n = read(t->fds[PAIR_FD_OUT], at, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	stream_out_put(&t->out, n > 0 ? (size_t)n : 0);
	if (n <= 0)
		transaction_close(t, PAIR_FD_OUT);
}

static void send_chunk(struct door_process *process, struct transaction *t, u32 offset,
		       const u8 *data, size_t length)
{
	struct {
		struct svcgate_door head;
		u8 payload[STREAM_CHUNK];
	} message = {
		.head = {
			.length = sizeof(message.head) + length,
			.kind = SVCGATE_DOOR_DATA,
			.session = t->session,
			.transaction = t->number,
			.offset = offset,
		},
	};

	if (t->out.ended && t->out.sent + length == t->out.used)
		message.head.flags = SVCGATE_DOOR_LAST;
	memcpy(message.payload, data, length);
	door_send(process, t->door, &message.head);
}

/* The executor has exited and the host has everything: say how it went. */
static void close_stream(struct door_process *process, struct transaction *t)
{
	struct svcgate_door end = {
		.length = sizeof(end),
		.kind = SVCGATE_DOOR_END,
		.session = t->session,
		.transaction = t->number,
		.reason = SVCGATE_REASON_DONE,
		.offset = t->out.base,
	};

	if (WIFSIGNALED(t->status))
		end.reason = SVCGATE_REASON_EXECUTOR_ENDED;
	else if (WEXITSTATUS(t->status))
		end.reason = SVCGATE_REASON_EXECUTOR_FAILED;
	door_send(process, t->door, &end);
	transaction_finish(process, t);
}

/**
 * transaction_push() - send what the stream has for the host
 * @process: the process
 * @t: the transaction
 *
 * Return: milliseconds until something is to be sent again, -1 for never.
 */
int64_t transaction_push(struct door_process *process, struct transaction *t)
{
	const u8 *data;
	size_t length;
	int64_t due;
	u32 offset;

	if (t->phase != TRANSACTION_STREAMING)
		return -1;
	due = stream_out_resend(&t->out, door_now());
	while (!t->door->queue && !t->door->gone) {
		length = stream_out_next(&t->out, &offset, &data);
		if (!length)
			break;
		send_chunk(process, t, offset, data, length);
		stream_out_sent(&t->out, length, door_now());
		due = stream_out_resend(&t->out, door_now());
	}
	if (stream_out_done(&t->out) && t->exited)
		close_stream(process, t);
	return due;
}
