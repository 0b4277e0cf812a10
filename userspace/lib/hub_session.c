// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hub: the session with the device, and what comes from there.
 *
 * Clients say hello as if they were alone. Where the session is alive the hub
 * answers with its welcome; else it asks the device, as link.c does, for as long
 * as somebody waits.
 */
#include <errno.h>

#include "hub.h"
#include "link_private.h"

/* First wait for a welcome; each further one is twice as long. */
#define ASK_MS		150
#define ASK_MAX_MS	1200

/* A session that was heard so lately is alive; else it is asked, so often. */
#define ALIVE_MS	1000
#define ALIVE_ASKS	2

#define KEEP_ALIVE_MS	1000

/* One that was begun before the device was ready is worth asking for another. */
#define UNREADY_MS	300

static bool is_ready(const struct hub_session *session)
{
	const u8 ready = SVCGATE_WELCOME_CONFIGURED | SVCGATE_WELCOME_RANDOM;

	return (session->welcome[offsetof(struct svcgate_welcome, flags)] & ready) == ready;
}

/* Would a client that says hello be served well by this session? */
static bool is_usable(const struct hub *hub, int64_t now)
{
	const struct hub_session *session = &hub->session;

	if (!session->id || session->number == UINT16_MAX)
		return false;
	return is_ready(session) || hub_is_open(hub) ||
	       now < session->welcomed + UNREADY_MS;
}

static bool send_welcome(struct hub *hub, struct hub_client *c)
{
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_WELCOME,
		.flags = SVCGATE_FRAME_FROM_KERNEL,
		.session = c->cookie,
		.data = hub->session.welcome,
		.length = hub->session.welcome_length,
	};

	if (!hub_to_client(c, &frame))
		return false;
	c->asks_until = 0;
	c->member = hub->session.id;
	return true;
}

static void welcome_all(struct hub *hub, int64_t now)
{
	struct hub_client *c;

	hub_for_each(c, hub)
		if (c->fd >= 0 && c->asks_until > now)
			send_welcome(hub, c);
}

static bool somebody_asks(const struct hub *hub, int64_t now)
{
	const struct hub_client *c;

	hub_for_each(c, hub)
		if (c->fd >= 0 && c->asks_until > now)
			return true;
	return false;
}

/**
 * hub_end_session() - the session is over; its members are told
 * @hub: the hub
 * @reason: why
 */
void hub_end_session(struct hub *hub, u16 reason)
{
	struct hub_client *c;

	hub_for_each(c, hub) {
		if (c->member) {
			c->ended = hub->session.id;
			c->ended_reason = reason;
		}
		c->member = false;
		c->wants_turn = false;
		c->transaction = 0;
		c->open = false;
		c->closing = 0;
		c->granted = 0;
		c->lost = 0;
	}
	hub->turn = NULL;
	hub->stray = 0;
	hub->keep_due = false;
	hub->session.id = 0;
}

/* First whether the session is there, then for another one. */
static void ask_device(struct hub *hub, int64_t now)
{
	const size_t length = SVCGATE_FRAME_LINE_MAX(128);

	if (is_usable(hub, now) && hub->asked < ALIVE_ASKS) {
		hub->asked++;
		hub->keep_due = true;
	} else {
		if (hub->session.id)
			hub_end_session(hub, SVCGATE_REASON_END_HELLO);
		hub->hello_due = true;
	}
	hub->ask_at = now + hub->ask_wait + svcgate_line_time(&hub->line, length);
	if (hub->ask_wait < ASK_MAX_MS)
		hub->ask_wait *= 2;
}

/**
 * hub_take_hello() - a client wants a session
 * @hub: the hub
 * @client: the client
 * @frame: its hello
 * @now: the time
 */
void hub_take_hello(struct hub *hub, struct hub_client *client,
		    const struct svcgate_line_frame *frame, int64_t now)
{
	bool asking = somebody_asks(hub, now);

	if (frame->length != sizeof(struct svcgate_hello))
		return;
	hub_client_over(hub, client);
	client->cookie = frame->session;
	client->asks_until = now + SVCGATE_SILENCE_MS;
	if (is_usable(hub, now) && now < hub->session.heard + ALIVE_MS) {
		send_welcome(hub, client);
		return;
	}
	if (asking)
		return;
	hub->asked = 0;
	hub->ask_wait = ASK_MS;
	ask_device(hub, now);
}

/* One that makes no sense is the clients' to complain about. */
static void take_welcome(struct hub *hub, const struct svcgate_line_frame *frame,
			 int64_t now)
{
	struct hub_session *session = &hub->session;

	if (!hub->hello || frame->session != hub->hello ||
	    frame->length > sizeof(session->welcome))
		return;
	hub->hello = 0;
	*session = (struct hub_session){
		.welcome_length = frame->length,
		.welcomed = now,
		.heard = now,
		.sent = now,
		.kept = now,
	};
	if (frame->length)
		memcpy(session->welcome, frame->data, frame->length);
	if (frame->length >= sizeof(struct svcgate_welcome) &&
	    session->welcome[offsetof(struct svcgate_welcome, version)] ==
		    SVCGATE_WIRE_VERSION)
		session->id = svcgate_get_le64(session->welcome +
					       offsetof(struct svcgate_welcome, session));
	welcome_all(hub, now);
}

static struct hub_client *find(struct hub *hub, u16 transaction)
{
	struct hub_client *c;

	hub_for_each(c, hub)
		if (c->fd >= 0 && c->transaction == transaction)
			return c;
	return NULL;
}

/* Is it over for the device with this frame? "In progress" is an answer, too. */
static bool is_last(const struct svcgate_line_frame *frame)
{
	u16 reason = frame->length >= 2 ? svcgate_get_le16(frame->data) : 0;

	if (frame->kind == SVCGATE_FRAME_CLOSE)
		return reason != SVCGATE_REASON_IN_PROGRESS;
	return frame->kind == SVCGATE_FRAME_DATA && !frame->offset &&
	       frame->flags & SVCGATE_FRAME_LAST && reason != SVCGATE_REASON_IN_PROGRESS;
}

static void pass_on(struct hub *hub, const struct svcgate_line_frame *frame)
{
	struct hub_client *c;

	if (frame->transaction) {
		c = find(hub, frame->transaction);
		if (c && is_last(frame))
			hub_transaction_over(hub, c);
		if (c)
			hub_to_client(c, frame);
		else if (frame->kind == SVCGATE_FRAME_DATA && !is_last(frame))
			hub->stray = frame->transaction;
		return;
	}
	hub_for_each(c, hub)
		if (c->fd >= 0 && c->member)
			hub_to_client(c, frame);
}

/**
 * hub_take_device() - a frame from the device
 * @hub: the hub
 * @frame: the frame
 * @now: the time
 */
void hub_take_device(struct hub *hub, const struct svcgate_line_frame *frame, int64_t now)
{
	if (frame->kind == SVCGATE_FRAME_WELCOME) {
		take_welcome(hub, frame, now);
		return;
	}
	if (!hub->session.id || frame->session != hub->session.id ||
	    frame->kind < SVCGATE_FRAME_DATA || frame->kind > SVCGATE_FRAME_CLOSE)
		return;
	if (svcgate_link_ends_session(frame)) {
		hub_end_session(hub, svcgate_get_le16(frame->data));
		return;
	}
	hub->session.heard = now;
	pass_on(hub, frame);
	if (is_usable(hub, now))
		welcome_all(hub, now);
}

/* So that neither side takes the other's silence for its end. */
static int64_t keep_alive_at(const struct hub_session *session)
{
	int64_t last = session->sent < session->heard ? session->sent : session->heard;

	if (last < session->kept)
		last = session->kept;
	return last + KEEP_ALIVE_MS;
}

/**
 * hub_session_timer() - do what is due for the session
 * @hub: the hub
 * @now: the time
 *
 * That a device says nothing any more shows to each client by itself.
 */
void hub_session_timer(struct hub *hub, int64_t now)
{
	if (hub->session.id && hub_members(hub) && now >= keep_alive_at(&hub->session))
		hub->keep_due = true;
	if (somebody_asks(hub, now) && now >= hub->ask_at)
		ask_device(hub, now);
}

/**
 * hub_session_due() - when does hub_session_timer() want to be called?
 * @hub: the hub
 */
int64_t hub_session_due(const struct hub *hub)
{
	const struct hub_session *session = &hub->session;
	int64_t due = INT64_MAX;

	if (somebody_asks(hub, svcgate_line_now()))
		due = hub->ask_at;
	if (session->id && hub_members(hub) && !hub->keep_due &&
	    keep_alive_at(session) < due)
		due = keep_alive_at(session);
	return due;
}
