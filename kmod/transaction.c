// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transactions: two byte streams, one a direction. The request is the beginning
 * of host -> device, the response the beginning of device -> host.
 *
 * Before the verdict the kernel takes bytes in order only: append or drop.
 */
#include <linux/slab.h>

#include "event.h"
#include "outcome.h"
#include "port.h"

static struct svcgate_transaction *find(struct svcgate_port *port, u16 number)
{
	struct svcgate_transaction *t;

	for (t = port->transactions; t < port->transactions + SVCGATE_TRANSACTIONS_MAX; t++)
		if (t->phase != SVCGATE_PHASE_FREE && t->number == number)
			return t;
	return NULL;
}

static struct svcgate_transaction *find_phase(struct svcgate_port *port, u8 phase)
{
	struct svcgate_transaction *t;

	for (t = port->transactions; t < port->transactions + SVCGATE_TRANSACTIONS_MAX; t++)
		if (t->phase == phase)
			return t;
	return NULL;
}

/**
 * svcgate_transaction_find() - find what the helper talks about
 * @port: the port
 * @session: session of the transaction
 * @number: its number
 *
 * Return: the transaction, or NULL: it has ended.
 */
struct svcgate_transaction *svcgate_transaction_find(struct svcgate_port *port, u64 session,
						     u16 number)
{
	lockdep_assert_held(&port->lock);
	if (!port->session.open || session != port->session.id)
		return NULL;
	return find(port, number);
}

/**
 * svcgate_transaction_heard() - the helper reads of a transaction
 * @port: the port
 * @session: session of the transaction
 * @number: its number
 *
 * From now on it has to be told the end.
 */
void svcgate_transaction_heard(struct svcgate_port *port, u64 session, u16 number)
{
	struct svcgate_transaction *t = svcgate_transaction_find(port, session, number);

	if (t)
		t->heard = true;
}

static bool with_helper(const struct svcgate_transaction *t)
{
	return t->phase >= SVCGATE_PHASE_OBJECT;
}

/**
 * svcgate_transaction_drop_request() - nobody needs the request any more
 * @port: the port
 * @t: its transaction
 */
void svcgate_transaction_drop_request(struct svcgate_port *port,
				      struct svcgate_transaction *t)
{
	if (t->buffer)
		port->door_bytes -= t->length;
	kvfree(t->buffer);
	t->buffer = NULL;
}

/* The slot is free again; whatever it owned is given back. */
static void release(struct svcgate_port *port, struct svcgate_transaction *t)
{
	svcgate_door_forget(port, port->session.id, t->number);
	svcgate_transaction_drop_request(port, t);
	svcgate_credential_put(t->passed);
	if (t->end)
		svcgate_door_free(port, t->end);
	memset(t, 0, sizeof(*t));
}

/* How a request that the helper has stands; said once. */
static void record(const struct svcgate_port *port, struct svcgate_transaction *t,
		   enum svcgate_outcome_state state, u16 reason, u16 detail)
{
	if (t->phase != SVCGATE_PHASE_OPEN || !(t->flags & SVCGATE_REQUEST_OUTCOME))
		return;
	svcgate_outcome_set(port->session.id, t->number, state, reason, detail);
	t->flags &= ~SVCGATE_REQUEST_OUTCOME;
}

/**
 * svcgate_transaction_end() - end a transaction that has no answer to give
 * @port: the port
 * @t: it
 * @reason: why
 */
void svcgate_transaction_end(struct svcgate_port *port, struct svcgate_transaction *t,
			     enum svcgate_reason reason)
{
	struct svcgate_door_message *end = t->end;

	lockdep_assert_held(&port->lock);
	record(port, t, SVCGATE_OUTCOME_UNKNOWN, 0, 0);
	if (end && t->heard) {
		t->end = NULL;
		end->head.session = port->session.id;
		end->head.transaction = t->number;
		end->head.op = t->op;
		end->head.reason = reason;
		svcgate_door_queue(port, end);
	}
	release(port, t);
}

/**
 * svcgate_transaction_end_all() - end every transaction of the session
 * @port: the port
 * @reason: why
 */
void svcgate_transaction_end_all(struct svcgate_port *port, enum svcgate_reason reason)
{
	struct svcgate_transaction *t;

	for (t = port->transactions; t < port->transactions + SVCGATE_TRANSACTIONS_MAX; t++)
		if (t->phase != SVCGATE_PHASE_FREE)
			svcgate_transaction_end(port, t, reason);
}

/* Host and helper both hear why. */
static void end_both(struct svcgate_port *port, struct svcgate_transaction *t,
		     enum svcgate_reason reason)
{
	struct svcgate_close close = { .reason = cpu_to_le16(reason) };

	if (t->phase != SVCGATE_PHASE_ANSWERED) {
		svcgate_transaction_answer(port, t, true, reason, 0, NULL, 0, false);
		return;
	}
	svcgate_transmit(port, SVCGATE_FRAME_CLOSE, SVCGATE_FRAME_FROM_KERNEL, t->number, 0,
			 (u8 *)&close, sizeof(close));
	svcgate_transaction_end(port, t, reason);
}

/**
 * svcgate_transaction_helper_gone() - the door was closed
 * @port: the port
 *
 * Requests that were with the helper are answered; what it did of them nobody
 * knows. A change of trust waits for the next helper.
 */
void svcgate_transaction_helper_gone(struct svcgate_port *port)
{
	struct svcgate_transaction *t;

	lockdep_assert_held(&port->lock);
	for (t = port->transactions; t < port->transactions + SVCGATE_TRANSACTIONS_MAX; t++) {
		if (with_helper(t))
			end_both(port, t, SVCGATE_REASON_END_HELPER);
		else if (t->phase == SVCGATE_PHASE_CHANGE)
			end_both(port, t, SVCGATE_REASON_OUTCOME_UNKNOWN);
	}
}

/**
 * svcgate_transaction_judge() - end what is not permitted any more (P8)
 * @port: the port
 *
 * To be called before anything of a transaction is passed on. One that waits for
 * its change goes on, also where that takes its own permission away; one that
 * waits for its object gets its verdict later.
 */
void svcgate_transaction_judge(struct svcgate_port *port)
{
	int turn = svcgate_device_turn();
	struct svcgate_transaction *t;

	lockdep_assert_held(&port->lock);
	if (port->judged == turn)
		return;
	port->judged = turn;
	for (t = port->transactions; t < port->transactions + SVCGATE_TRANSACTIONS_MAX; t++)
		if (t->phase >= SVCGATE_PHASE_OPEN && !svcgate_request_permitted(t))
			end_both(port, t, SVCGATE_REASON_END_PERMISSION);
	/* There may be a change to read, too. */
	svcgate_port_turn(port);
}

static void send_answer(struct svcgate_port *port, bool last)
{
	struct svcgate_session *session = &port->session;
	u8 flags = 0;

	if (last)
		flags |= SVCGATE_FRAME_LAST;
	if (session->answer_kernel)
		flags |= SVCGATE_FRAME_FROM_KERNEL;
	if (svcgate_transmit(port, SVCGATE_FRAME_DATA, flags, session->answered, 0,
			     session->answer, session->answer_length))
		svcgate_speed_answered(port);
}

/**
 * svcgate_transaction_answer() - send the response, and keep it for a repeat
 * @port: the port
 * @t: the transaction; ended unless @more
 * @kernel: the kernel made the answer
 * @reason: &enum svcgate_reason
 * @detail: the reason's detail
 * @payload: what follows
 * @length: its bytes, at most %SVCGATE_RESPONSE_MAX
 * @more: data follows
 */
void svcgate_transaction_answer(struct svcgate_port *port, struct svcgate_transaction *t,
				bool kernel, u16 reason, u16 detail, const u8 *payload,
				size_t length, bool more)
{
	struct svcgate_session *session = &port->session;
	struct svcgate_response *response = (void *)session->answer;

	lockdep_assert_held(&port->lock);
	record(port, t, kernel ? SVCGATE_OUTCOME_UNKNOWN :
		     reason ? SVCGATE_OUTCOME_NOT_DONE : SVCGATE_OUTCOME_DONE,
	       kernel ? 0 : reason, kernel ? 0 : detail);
	response->reason = cpu_to_le16(reason);
	response->detail = cpu_to_le16(detail);
	response->payload_length = cpu_to_le32(length);
	if (length)
		memcpy(session->answer + sizeof(*response), payload, length);
	session->answered = t->number;
	session->answer_kernel = kernel;
	session->answer_more = more;
	session->answer_length = sizeof(*response) + length;
	send_answer(port, !more);

	if (more) {
		t->phase = SVCGATE_PHASE_ANSWERED;
		t->response_length = session->answer_length;
		return;
	}
	if (kernel && with_helper(t))
		svcgate_transaction_end(port, t, reason);
	else
		release(port, t);
}

static void acknowledge(struct svcgate_port *port, u16 number, u32 offset)
{
	svcgate_transmit(port, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, number, offset,
			 NULL, 0);
}

/* A number that has no slot to go to: say why, keep nothing. */
static void answer_without_slot(struct svcgate_port *port, u16 number, u16 reason, u16 detail)
{
	struct svcgate_response response = {
		.reason = cpu_to_le16(reason),
		.detail = cpu_to_le16(detail),
	};

	svcgate_transmit(port, SVCGATE_FRAME_DATA,
			 SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST, number, 0,
			 (u8 *)&response, sizeof(response));
}

/*
 * At most once: a number at or below the last one never begins anything. Where
 * data followed the response, the response alone would look like everything.
 */
static void take_old(struct svcgate_port *port, u16 number, u32 offset)
{
	if (offset)
		svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
	else if (number == port->session.answered && !port->session.answer_more)
		send_answer(port, true);
	else
		answer_without_slot(port, number, SVCGATE_REASON_TRANSACTION, 0);
}

static void append(struct svcgate_port *port, struct svcgate_transaction *t,
		   const u8 *data, size_t length, bool last)
{
	size_t room = t->length - t->received;

	length = min(length, room);
	memcpy(t->buffer + t->received, data, length);
	t->received += length;
	if (t->received == t->length)
		svcgate_request_decide(port, t);
	else if (last)
		svcgate_request_refuse(port, t, SVCGATE_REASON_MESSAGE, 0);
	else
		acknowledge(port, t->number, t->received);
}

/*
 * The first frame of a request holds its whole header, so the verdicts that
 * need no more are spoken before anything is buffered.
 */
static void take_first(struct svcgate_port *port, const struct svcgate_frame *frame,
		       const u8 *data, size_t length)
{
	u16 number = le16_to_cpu(frame->transaction), detail = 0;
	struct svcgate_transaction *t;
	enum svcgate_reason reason;

	if (frame->offset || length < 1) {
		svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
		return;
	}
	t = find_phase(port, SVCGATE_PHASE_RECEIVING);
	if (t)
		svcgate_transaction_end(port, t, SVCGATE_REASON_END_HOST);
	t = find_phase(port, SVCGATE_PHASE_FREE);
	port->session.last_number = number;
	if (!t) {
		answer_without_slot(port, number, SVCGATE_REASON_TRANSACTIONS,
				    SVCGATE_TRANSACTIONS_MAX);
		return;
	}
	t->phase = SVCGATE_PHASE_RECEIVING;
	t->number = number;
	reason = svcgate_request_begin(port, t, data, length, &detail);
	if (reason) {
		svcgate_request_refuse(port, t, reason, detail);
		return;
	}
	append(port, t, data, length, frame->flags & SVCGATE_FRAME_LAST);
}

/* Bytes behind an admitted request belong to the helper. */
static void pass_on(struct svcgate_port *port, struct svcgate_transaction *t, u16 kind,
		    u16 flags, u32 offset, const u8 *data, size_t length)
{
	struct svcgate_door_message *message;

	if (length > SVCGATE_FRAME_DATA_MAX ||
	    port->door_bytes + sizeof(message->head) + length > SVCGATE_HELPER_QUEUE)
		goto drop;
	message = svcgate_door_message(kind, length);
	if (!message)
		goto drop;
	memcpy(message->buffer, data, length);
	message->head.flags = flags;
	message->head.session = port->session.id;
	message->head.transaction = t->number;
	message->head.op = t->op;
	message->head.offset = offset;
	svcgate_door_queue(port, message);
	return;
drop:
	svcgate_port_count(port, SVCGATE_COUNTER_DOOR_DROPPED);
}

static void take_data(struct svcgate_port *port, struct svcgate_transaction *t,
		      const struct svcgate_frame *frame, const u8 *data, size_t length)
{
	u32 offset = le32_to_cpu(frame->offset);
	bool last = frame->flags & SVCGATE_FRAME_LAST;

	if (t->phase == SVCGATE_PHASE_RECEIVING) {
		if (offset == t->received && length)
			append(port, t, data, length, last);
		else
			acknowledge(port, t->number, t->received);
		return;
	}
	/* The response may have been lost on its way: the request again asks for it. */
	if (!offset && t->phase == SVCGATE_PHASE_ANSWERED &&
	    port->session.answered == t->number) {
		send_answer(port, false);
		return;
	}
	if (offset < t->length || t->phase < SVCGATE_PHASE_OPEN ||
	    (t->rule.flags & SVCGATE_ROW_ALWAYS)) {
		acknowledge(port, t->number, t->length);
		return;
	}
	pass_on(port, t, SVCGATE_DOOR_DATA, last ? SVCGATE_DOOR_LAST : 0,
		offset - t->length, data, length);
}

/**
 * svcgate_transaction_data() - bytes of a stream from the host
 * @port: the port
 * @frame: header of the frame
 * @data: the bytes
 * @length: how many
 */
void svcgate_transaction_data(struct svcgate_port *port, const struct svcgate_frame *frame,
			      const u8 *data, size_t length)
{
	u16 number = le16_to_cpu(frame->transaction);
	struct svcgate_transaction *t = find(port, number);

	lockdep_assert_held(&port->lock);
	if (t)
		take_data(port, t, frame, data, length);
	else if (!number)
		svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
	else if (number <= port->session.last_number)
		take_old(port, number, le32_to_cpu(frame->offset));
	else
		take_first(port, frame, data, length);
}

/**
 * svcgate_transaction_ack() - an acknowledgement from the host
 * @port: the port
 * @frame: header of the frame
 * @data: window and ranges, or nothing
 * @length: their bytes
 *
 * The helper's streams are acknowledged to the helper. Everything else gets the
 * kernel's own acknowledgement back: so both ends notice a pulled cable.
 */
void svcgate_transaction_ack(struct svcgate_port *port, const struct svcgate_frame *frame,
			     const u8 *data, size_t length)
{
	u16 number = le16_to_cpu(frame->transaction);
	struct svcgate_transaction *t = number ? find(port, number) : NULL;
	u32 offset = le32_to_cpu(frame->offset);

	lockdep_assert_held(&port->lock);
	if (!svcgate_frame_ack_fits(length)) {
		svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
		return;
	}
	if (t && t->phase == SVCGATE_PHASE_ANSWERED && offset >= t->response_length &&
	    !(t->rule.flags & SVCGATE_ROW_ALWAYS)) {
		pass_on(port, t, SVCGATE_DOOR_ACK, 0, offset - t->response_length, data,
			length);
		return;
	}
	acknowledge(port, number, t ? t->received : 0);
}

/**
 * svcgate_transaction_close() - the host gives a transaction up
 * @port: the port
 * @number: its number
 */
void svcgate_transaction_close(struct svcgate_port *port, u16 number)
{
	struct svcgate_transaction *t = find(port, number);

	lockdep_assert_held(&port->lock);
	if (t)
		svcgate_transaction_end(port, t, SVCGATE_REASON_END_HOST);
}
