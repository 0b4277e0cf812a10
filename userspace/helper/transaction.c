// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One admitted request: its executor, its result, its streams.
 *
 * The executor ends its answer by closing descriptor 6. If it has closed 5
 * before, the response is all and the transaction is over with it; if not, the
 * response says that more follows, and the transaction lasts until the host or
 * the session ends it, or until the executor exits and the host has everything.
 * Its end is the end of file on descriptor 4: that is how an executor learns
 * that the host has its answer.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "door.h"
#include "log.h"

/**
 * transaction_find() - the transaction that a message is about
 * @process: the process
 * @door: where the message came from
 * @session: its session
 * @number: its number
 *
 * Return: the transaction or NULL.
 */
struct transaction *transaction_find(struct door_process *process, const struct door *door,
				     u64 session, u16 number)
{
	struct transaction *t;

	for (t = process->transactions; t; t = t->next)
		if (t->door == door && t->session == session && t->number == number &&
		    t->phase != TRANSACTION_OVER)
			return t;
	return NULL;
}

/**
 * transaction_by_id() - the transaction of an executor
 * @process: the process
 * @id: the executor
 *
 * Return: the transaction or NULL.
 */
struct transaction *transaction_by_id(struct door_process *process, u32 id)
{
	struct transaction *t;

	for (t = process->transactions; t; t = t->next)
		if (t->id == id && t->phase != TRANSACTION_OVER)
			return t;
	return NULL;
}

static void close_one(struct transaction *t, enum pair_executor_fd which)
{
	if (t->fds[which] >= 0)
		close(t->fds[which]);
	t->fds[which] = -1;
}

static void close_all(struct transaction *t)
{
	unsigned int i;

	for (i = 0; i < PAIR_FD_COUNT; i++)
		close_one(t, i);
}

static int tell_parent(struct door_process *process, u16 kind, const struct transaction *t,
		       u16 op)
{
	const struct pair_message message = { .kind = kind, .id = t->id, .op = op };

	return pair_send(process->pair, &message, NULL, 0);
}

static void respond(struct door_process *process, struct transaction *t, u16 reason,
		    u16 detail, const u8 *payload, size_t length, bool more)
{
	struct {
		struct svcgate_door head;
		u8 payload[SVCGATE_RESPONSE_MAX];
	} message = {
		.head = {
			.length = sizeof(message.head) + length,
			.kind = SVCGATE_DOOR_RESPONSE,
			.flags = more ? SVCGATE_DOOR_MORE : 0,
			.session = t->session,
			.transaction = t->number,
			.reason = reason,
			.detail = detail,
		},
	};

	if (length)
		memcpy(message.payload, payload, length);
	t->phase = TRANSACTION_ANSWERING;
	door_send(process, t->door, &message.head);
}

/**
 * transaction_begin() - a request came through the door
 * @process: the process
 * @door: the door
 * @request: the request
 */
void transaction_begin(struct door_process *process, struct door *door,
		       const struct svcgate_door *request)
{
	const struct svcgate_door refusal = {
		.length = sizeof(refusal),
		.kind = SVCGATE_DOOR_RESPONSE,
		.session = request->session,
		.transaction = request->transaction,
		.reason = SVCGATE_REASON_NO_MEMORY,
	};
	size_t length = device_door_payload_length(request);
	struct transaction *t = calloc(1, sizeof(*t));

	if (t && length)
		t->payload = malloc(length);
	if (!t || (length && !t->payload)) {
		free(t);
		door_send(process, door, &refusal);
		return;
	}
	if (length)
		memcpy(t->payload, device_door_payload(request), length);
	t->payload_length = length;
	t->door = door;
	t->session = request->session;
	t->number = request->transaction;
	memset(t->fds, 0xff, sizeof(t->fds));
	if (!++process->last_id)
		process->last_id = 1;
	t->id = process->last_id;
	t->next = process->transactions;
	process->transactions = t;
	if (tell_parent(process, PAIR_START, t, request->op) < 0)
		respond(process, t, SVCGATE_REASON_BUSY, 0, NULL, 0, false);
}

static void feed(struct transaction *t)
{
	ssize_t n;

	while (t->payload_sent < t->payload_length) {
		n = write(t->fds[PAIR_FD_REQUEST], t->payload + t->payload_sent,
			  t->payload_length - t->payload_sent);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		/* It does not want the rest: its own affair. */
		if (n < 0)
			break;
		t->payload_sent += (size_t)n;
	}
	close_one(t, PAIR_FD_REQUEST);
	free(t->payload);
	t->payload = NULL;
}

/**
 * transaction_started() - the parent has started the executor
 * @process: the process
 * @t: the transaction
 * @fds: our ends of its descriptors
 */
void transaction_started(struct door_process *process, struct transaction *t,
			 const int fds[PAIR_FD_COUNT])
{
	memcpy(t->fds, fds, sizeof(t->fds));
	t->phase = TRANSACTION_RUNNING;
	feed(t);
}

/**
 * transaction_refused() - there is no executor for it
 * @process: the process
 * @t: the transaction
 * @reason: &enum svcgate_reason
 * @detail: the reason's detail
 */
void transaction_refused(struct door_process *process, struct transaction *t, u16 reason,
			 u16 detail)
{
	if (t->phase == TRANSACTION_ASKED)
		respond(process, t, reason, detail, NULL, 0, false);
}

static void respond_exit(struct door_process *process, struct transaction *t)
{
	if (WIFSIGNALED(t->status))
		respond(process, t, SVCGATE_REASON_EXECUTOR_ENDED, WTERMSIG(t->status), NULL,
			0, false);
	else
		respond(process, t, SVCGATE_REASON_EXECUTOR_FAILED, WEXITSTATUS(t->status),
			NULL, 0, false);
}

/* The verdicts on a request are the kernel's; an executor speaks of its work. */
static bool may_say(u16 reason)
{
	return reason == SVCGATE_REASON_DONE || reason == SVCGATE_REASON_NOT_AVAILABLE ||
	       reason >> 8 == SVCGATE_REASON_EXECUTOR_FAILED >> 8;
}

/* Does the executor keep its stream open beyond its answer? */
static bool stream_follows(struct transaction *t)
{
	struct pollfd fd = { .fd = t->fds[PAIR_FD_OUT], .events = POLLIN };

	if (fd.fd < 0)
		return false;
	return poll(&fd, 1, 0) <= 0 || (fd.revents & POLLIN);
}

/* Descriptor 6 is at its end. */
static void conclude(struct door_process *process, struct transaction *t)
{
	u16 reason, detail;

	close_one(t, PAIR_FD_RESULT);
	if (t->result_length < RESULT_HEAD) {
		/* How it ended says why; that comes from the parent. */
		if (t->exited)
			respond_exit(process, t);
		return;
	}
	reason = svcgate_get_le16(t->result);
	detail = svcgate_get_le16(t->result + 2);
	if (t->result_length > RESULT_MAX || !may_say(reason)) {
		log_error("an executor's result was %s", t->result_length > RESULT_MAX ?
			  "too long" : "a reason that is not an executor's");
		respond(process, t, SVCGATE_REASON_EXECUTOR_FAILED, 0, NULL, 0, false);
		return;
	}
	respond(process, t, reason, detail, t->result + RESULT_HEAD,
		t->result_length - RESULT_HEAD, stream_follows(t));
}

static void read_result(struct door_process *process, struct transaction *t)
{
	ssize_t n = 1;

	while (n > 0 && t->result_length < sizeof(t->result)) {
		n = read(t->fds[PAIR_FD_RESULT], t->result + t->result_length,
			 sizeof(t->result) - t->result_length);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n < 0 && errno == EAGAIN)
			return;
		else if (n > 0)
			t->result_length += (size_t)n;
	}
	conclude(process, t);
}

/**
 * transaction_exited() - the executor has ended
 * @process: the process
 * @t: the transaction
 * @status: how, as from wait(2)
 *
 * What it wrote is still in the pipes. A child that it left behind may keep
 * them open, but cannot add to the answer.
 */
void transaction_exited(struct door_process *process, struct transaction *t, int status)
{
	t->exited = true;
	t->status = status;
	if (t->phase != TRANSACTION_RUNNING)
		return;
	if (t->fds[PAIR_FD_RESULT] >= 0)
		read_result(process, t);
	if (t->phase == TRANSACTION_RUNNING)
		conclude(process, t);
}

/**
 * transaction_accepted() - the kernel has the response
 * @process: the process
 * @t: the transaction
 * @more: a stream follows
 */
void transaction_accepted(struct door_process *process, struct transaction *t, bool more)
{
	/* A refusal has no executor that needs to know. */
	if (t->phase != TRANSACTION_ANSWERING)
		return;
	(void)tell_parent(process, PAIR_ANSWERED, t, 0);
	if (more) {
		t->phase = TRANSACTION_STREAMING;
		return;
	}
	(void)tell_parent(process, PAIR_FINISH, t, 0);
	close_all(t);
	t->phase = TRANSACTION_OVER;
}

/**
 * transaction_end() - nothing more will come of it
 * @process: the process
 * @t: the transaction
 */
void transaction_end(struct door_process *process, struct transaction *t)
{
	(void)tell_parent(process, PAIR_KILL, t, 0);
	close_all(t);
	t->phase = TRANSACTION_OVER;
}

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
			close_one(t, PAIR_FD_IN);
	}
	/* An executor that reads no more lets the host come to its end. */
	if (n < 0)
		n = (ssize_t)fresh;
	if (fresh || message->offset + length == t->in.next)
		stream_in_took(&t->in, (size_t)n, fresh, message->flags & SVCGATE_DOOR_LAST);
	if (t->in.ended)
		close_one(t, PAIR_FD_IN);
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

static void read_stream(struct door_process *process, struct transaction *t)
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
		close_one(t, PAIR_FD_OUT);
}

/**
 * transaction_ready() - one of the executor's descriptors is ready
 * @process: the process
 * @t: the transaction
 * @which: which descriptor
 */
void transaction_ready(struct door_process *process, struct transaction *t,
		       enum pair_executor_fd which)
{
	/* It may have been closed earlier in this round. */
	if (t->fds[which] < 0)
		return;
	if (which == PAIR_FD_REQUEST)
		feed(t);
	else if (which == PAIR_FD_RESULT)
		read_result(process, t);
	else if (which == PAIR_FD_OUT)
		read_stream(process, t);
}

/**
 * transaction_events() - what to wait for on one of the executor's descriptors
 * @t: the transaction
 * @which: which descriptor
 *
 * Return: events for poll(), 0 for none.
 */
short transaction_events(const struct transaction *t, enum pair_executor_fd which)
{
	if (t->fds[which] < 0)
		return 0;
	switch (which) {
	case PAIR_FD_REQUEST:
		return POLLOUT;
	case PAIR_FD_RESULT:
		return t->phase == TRANSACTION_RUNNING ? POLLIN : 0;
	case PAIR_FD_OUT:
		return t->phase == TRANSACTION_STREAMING && t->out.used < STREAM_WINDOW ?
			POLLIN : 0;
	case PAIR_FD_IN:
	case PAIR_FD_COUNT:
		break;
	}
	return 0;
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
	close_all(t);
	t->phase = TRANSACTION_OVER;
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

/**
 * transaction_free() - give back its memory
 * @t: the transaction, over
 */
void transaction_free(struct transaction *t)
{
	stream_out_free(&t->out);
	free(t->payload);
	free(t);
}
