// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sessions: from hello until silence, BREAK, hang-up, suspend or another hello.
 */
#include <linux/random.h>

#include "event.h"
#include "port.h"

#define SILENCE		msecs_to_jiffies(SVCGATE_SILENCE_MS)

static void tell(struct svcgate_port *port, enum svcgate_reason reason)
{
	struct svcgate_event event = {
		.kind = SVCGATE_EVENT_SESSION,
		.port = port->name,
		.reason = reason,
	};

	svcgate_event_emit(&event);
}

/* Is somebody there who should hear that the device ended the session? */
static bool worth_telling(enum svcgate_reason reason)
{
	return reason == SVCGATE_REASON_END_BREAK ||
	       reason == SVCGATE_REASON_END_SUSPEND ||
	       reason == SVCGATE_REASON_END_DETACH;
}

/**
 * svcgate_session_end() - end the session with all its transactions (P8)
 * @port: the port
 * @reason: why
 *
 * What has not gone out is dropped: it would only delay who comes next.
 */
void svcgate_session_end(struct svcgate_port *port, enum svcgate_reason reason)
{
	struct svcgate_close close = { .reason = cpu_to_le16(reason) };

	lockdep_assert_held(&port->lock);
	if (!port->session.open)
		return;
	svcgate_transaction_end_all(port, reason);
	svcgate_transmit_drop(port);
	svcgate_speed_end(port);
	if (worth_telling(reason))
		svcgate_transmit(port, SVCGATE_FRAME_CLOSE, SVCGATE_FRAME_FROM_KERNEL, 0,
				 0, (u8 *)&close, sizeof(close));
	memset(&port->session, 0, sizeof(port->session));
	svcgate_port_turn(port);
	tell(port, reason);
}

/* An id tells sessions apart; it is no secret, so a counter does at first. */
static u64 new_id(bool random)
{
	static atomic64_t counter = ATOMIC64_INIT(0);
	u64 id = random ? get_random_u64() : 0;

	return id ? id : atomic64_inc_return(&counter);
}

static void open_session(struct svcgate_port *port, u64 cookie, u16 frame_max)
{
	struct svcgate_session *session = &port->session;
	struct svcgate_device_view view;
	struct svcgate_welcome welcome = {
		.version = SVCGATE_WIRE_VERSION,
		.transactions_max = cpu_to_le16(SVCGATE_TRANSACTIONS_MAX),
		.message_max = cpu_to_le32(SVCGATE_MESSAGE_MAX),
		.frame_max = cpu_to_le16(SVCGATE_FRAME_MAX),
		.silence_ms = cpu_to_le16(SVCGATE_SILENCE_MS),
		.output_bound = cpu_to_le32(SVCGATE_OUTPUT_BOUND),
	};

	svcgate_device_look(&view);
	session->open = true;
	session->random = rng_is_initialized();
	session->id = new_id(session->random);
	session->frame_max = min_t(u16, frame_max, SVCGATE_FRAME_MAX);
	session->last_valid = jiffies;
	if (session->random)
		get_random_bytes(session->nonce, sizeof(session->nonce));
	port->sent = 0;

	welcome.session = cpu_to_le64(session->id);
	memcpy(welcome.nonce, session->nonce, sizeof(welcome.nonce));
	if (view.sealed)
		welcome.flags |= SVCGATE_WELCOME_CONFIGURED;
	if (session->random)
		welcome.flags |= SVCGATE_WELCOME_RANDOM;
	svcgate_port_count(port, SVCGATE_COUNTER_SESSIONS);
	tell(port, SVCGATE_REASON_DONE);
	svcgate_transmit_welcome(port, cookie, &welcome);
}

static void take_hello(struct svcgate_port *port, const struct svcgate_frame *frame,
		       const u8 *data, size_t length)
{
	const struct svcgate_hello *hello = (const void *)data;

	if (length != sizeof(*hello) || frame->transaction || frame->offset ||
	    hello->lowest > SVCGATE_WIRE_VERSION ||
	    hello->highest < SVCGATE_WIRE_VERSION ||
	    le16_to_cpu(hello->frame_max) < SVCGATE_FRAME_MIN) {
		svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
		return;
	}
	svcgate_session_end(port, SVCGATE_REASON_END_HELLO);
	open_session(port, le64_to_cpu(frame->session), le16_to_cpu(hello->frame_max));
	mod_delayed_work(system_wq, &port->timer, HZ);
}

static void take_close(struct svcgate_port *port, const struct svcgate_frame *frame,
		       size_t length)
{
	if (length != sizeof(struct svcgate_close))
		svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
	else if (frame->transaction)
		svcgate_transaction_close(port, le16_to_cpu(frame->transaction));
	else
		svcgate_session_end(port, SVCGATE_REASON_END_HOST);
}

static bool well_formed(const struct svcgate_frame *frame)
{
	return frame->kind >> 4 == SVCGATE_WIRE_VERSION &&
	       !(frame->flags & ~SVCGATE_FRAME_LAST);
}

/* The frame is of this session: what is it? */
static void take_frame(struct svcgate_port *port, const struct svcgate_frame *frame,
		       const u8 *data, size_t length)
{
	port->session.last_valid = jiffies;
	svcgate_speed_heard(port);
	if (port->sent) {
		port->sent = 0;
		svcgate_port_turn(port);
	}
	switch (frame->kind & 0xf) {
	case SVCGATE_FRAME_DATA:
		svcgate_transaction_data(port, frame, data, length);
		break;
	case SVCGATE_FRAME_ACK:
		svcgate_transaction_ack(port, frame, data, length);
		break;
	case SVCGATE_FRAME_CLOSE:
		take_close(port, frame, length);
		break;
	}
}

/**
 * svcgate_session_frame() - one frame from the line
 * @port: the port
 * @body: its body, CRC checked
 * @length: its bytes
 *
 * What is not well-formed gets no answer at all (P1).
 */
void svcgate_session_frame(struct svcgate_port *port, const u8 *body, size_t length)
{
	const struct svcgate_frame *frame = (const void *)body;
	u8 kind;

	lockdep_assert_held(&port->lock);
	if (length < sizeof(*frame) || !well_formed(frame))
		goto ignore;
	kind = frame->kind & 0xf;
	body += sizeof(*frame);
	length -= sizeof(*frame);

	if (kind == SVCGATE_FRAME_HELLO) {
		take_hello(port, frame, body, length);
		return;
	}
	if (kind < SVCGATE_FRAME_DATA || kind > SVCGATE_FRAME_CLOSE)
		goto ignore;
	if (port->session.open && le64_to_cpu(frame->session) == port->session.id) {
		take_frame(port, frame, body, length);
		return;
	}
	if (kind != SVCGATE_FRAME_CLOSE && svcgate_bucket_take(&port->stray_bucket)) {
		if (!port->session.open)
			port->sent = 0;
		svcgate_transmit_stray(port, le64_to_cpu(frame->session));
	}
	return;
ignore:
	svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
}

static bool passed(unsigned long since)
{
	return time_after_eq(jiffies, since + SILENCE);
}

/**
 * svcgate_session_timer() - silence, a line that takes nothing, a change of rate
 * @port: the port
 */
void svcgate_session_timer(struct svcgate_port *port)
{
	unsigned long next;

	lockdep_assert_held(&port->lock);
	svcgate_transmit_pump(port);
	next = svcgate_speed_timer(port);
	if (port->transmit_start != port->transmit_end &&
	    passed(port->transmit_progress)) {
		svcgate_transmit_drop(port);
		svcgate_session_end(port, SVCGATE_REASON_END_STALLED);
	}
	if (port->session.open && passed(port->session.last_valid))
		svcgate_session_end(port, SVCGATE_REASON_END_SILENCE);
	if (port->session.open)
		next = min(next, port->session.last_valid + SILENCE - jiffies + 1);
	else if (port->transmit_start == port->transmit_end)
		return;
	mod_delayed_work(system_wq, &port->timer, next);
}
