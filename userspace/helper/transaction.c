// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One admitted request: its executor and its result.
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

/**
 * transaction_close() - close one of the executor's descriptors
 * @t: the transaction
 * @which: which; may be closed already
 */
void transaction_close(struct transaction *t, enum pair_executor_fd which)
{
	if (t->fds[which] >= 0)
		close(t->fds[which]);
	t->fds[which] = -1;
}

static void close_all(struct transaction *t)
{
	unsigned int i;

	for (i = 0; i < PAIR_FD_COUNT; i++)
		transaction_close(t, i);
}

static int tell_parent(struct door_process *process, u16 kind, const struct transaction *t,
		       u16 op)
{
	const struct pair_message message = { .kind = kind, .id = t->id, .op = op };

	return pair_tell(process->pair, &message);
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
	transaction_close(t, PAIR_FD_REQUEST);
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
	transaction_feed_stream(t);
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

	transaction_close(t, PAIR_FD_RESULT);
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
	transaction_finish(process, t);
}

/**
 * transaction_finish() - all is said; the executor may come to its end
 * @process: the process
 * @t: the transaction
 */
void transaction_finish(struct door_process *process, struct transaction *t)
{
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
	else if (which == PAIR_FD_IN)
		transaction_feed_stream(t);
	else if (which == PAIR_FD_OUT)
		transaction_read_stream(process, t);
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
	case PAIR_FD_IN:
	case PAIR_FD_OUT:
		return transaction_stream_events(t, which);
	case PAIR_FD_COUNT:
		break;
	}
	return 0;
}

/**
 * transaction_free() - give back its memory
 * @t: the transaction, over
 */
void transaction_free(struct transaction *t)
{
	transaction_streams_free(t);
	free(t->payload);
	free(t);
}
