// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hub: what comes from the clients, and who may begin a transaction.
 */
#include "hub.h"

/* For so long another program is expected after one that has left. */
#define CROWD_MS	10000

/* Whoever begins a transaction and says nothing for so long lets others wait. */
#define TURN_MS		3000

/**
 * hub_is_open() - is a transaction open on the port?
 * @hub: the hub
 */
bool hub_is_open(const struct hub *hub)
{
	const struct hub_client *c;

	hub_for_each(c, hub)
		if (c->open)
			return true;
	return false;
}

/**
 * hub_members() - programs in the session
 * @hub: the hub
 *
 * Also one that asks nothing just now: when it does, a long frame before its
 * request would be there already.
 */
unsigned int hub_members(const struct hub *hub)
{
	const struct hub_client *c;
	unsigned int n = 0;

	hub_for_each(c, hub)
		n += c->member;
	return n;
}

/**
 * hub_crowd() - programs to be reckoned with
 * @hub: the hub
 * @now: time
 *
 * Commands come one after the other, each a program of its own. An upload beside them
 * that took long frames whenever one had left would make the next one wait for it.
 *
 * Return: what members are told.
 */
unsigned int hub_crowd(const struct hub *hub, int64_t now)
{
	unsigned int members = hub_members(hub);

	return members == 1 && now < hub->crowd_until ? 2 : members;
}

static struct hub_client *next_beginner(struct hub *hub)
{
	struct hub_client *c;
	unsigned int i;

	for (i = 0; i < HUB_CLIENTS_MAX; i++) {
		c = &hub->clients[(hub->turn_next + i) % HUB_CLIENTS_MAX];
		if (c->fd >= 0 && c->wants_turn && !c->closing)
			return c;
	}
	return NULL;
}

/* The kernel puts together one request at a time, and wants rising numbers. */
static void grant_turn(struct hub *hub, int64_t now)
{
	struct hub_client *c = hub->turn ? NULL : next_beginner(hub);

	if (!c)
		return;
	if (hub->session.number == UINT16_MAX) {
		hub_end_session(hub, SVCGATE_REASON_NO_SESSION);
		return;
	}
	hub->turn = c;
	hub->turn_at = now;
	hub->turn_next = c - hub->clients + 1;
	c->wants_turn = false;
	c->transaction = ++hub->session.number;
	c->open = true;
	c->granted = c->transaction;
}

/**
 * hub_transaction_over() - device or client has ended a client's transaction
 * @hub: the hub
 * @client: the client; late frames still find it
 */
void hub_transaction_over(struct hub *hub, struct hub_client *client)
{
	client->open = false;
	if (hub->turn == client)
		hub->turn = NULL;
}

/* The device is told that nobody wants it any more. */
static void drop_transaction(struct hub *hub, struct hub_client *c)
{
	if (c->open)
		c->closing = c->transaction;
	hub_transaction_over(hub, c);
	c->transaction = 0;
	c->granted = 0;
	c->lost = 0;
}

/**
 * hub_client_over() - forget what a client had begun
 * @hub: the hub
 * @client: it has left, or begins anew with a hello
 */
void hub_client_over(struct hub *hub, struct hub_client *client)
{
	drop_transaction(hub, client);
	if (client->member && hub_members(hub) > 1)
		hub->crowd_until = svcgate_line_now() + CROWD_MS;
	client->wants_turn = false;
	client->waiting = false;
	client->member = false;
	client->asks_until = 0;
	client->ended = 0;
}

static void take_turn(struct hub *hub, struct hub_client *c,
		      const struct svcgate_line_frame *frame)
{
	if (!frame->transaction) {
		drop_transaction(hub, c);
		c->wants_turn = true;
	} else if (hub->turn == c && frame->transaction == c->transaction) {
		hub->turn = NULL;
	}
}

/* Only what the device would take as well, and of the client's own transaction. */
static bool may_send(const struct hub_client *c, const struct svcgate_line_frame *frame)
{
	if (frame->kind < SVCGATE_FRAME_DATA || frame->kind > SVCGATE_FRAME_CLOSE ||
	    frame->flags & ~SVCGATE_FRAME_LAST)
		return false;
	if (!frame->transaction)
		return frame->kind == SVCGATE_FRAME_ACK;
	return frame->transaction == c->transaction;
}

static void take_frame(struct hub *hub, struct hub_client *c,
		       const struct svcgate_line_frame *frame, int64_t now)
{
	if (frame->kind == SVCGATE_FRAME_CLOSE && !frame->transaction) {
		hub_client_over(hub, c);
		return;
	}
	if (!may_send(c, frame))
		return;
	if (hub->turn == c)
		hub->turn_at = now;
	if (frame->kind == SVCGATE_FRAME_CLOSE)
		hub_transaction_over(hub, c);
	c->frame = *frame;
	c->waiting = true;
}

/**
 * hub_take_client() - a frame from a client
 * @hub: the hub
 * @client: the client
 * @frame: the frame; @client keeps it when it is for the line
 * @now: the time
 *
 * Of a session that is over it hears that there is none, as from the device.
 */
void hub_take_client(struct hub *hub, struct hub_client *client,
		     const struct svcgate_line_frame *frame, int64_t now)
{
	if (frame->kind == SVCGATE_FRAME_HELLO) {
		hub_take_hello(hub, client, frame, now);
	} else if (!hub->session.id || frame->session != hub->session.id) {
		if (frame->kind == SVCGATE_FRAME_CLOSE || !frame->session)
			return;
		client->ended = frame->session;
		client->ended_reason = SVCGATE_REASON_NO_SESSION;
	} else if (frame->kind == SVCGATE_FRAME_TURN) {
		take_turn(hub, client, frame);
		grant_turn(hub, now);
	} else {
		take_frame(hub, client, frame, now);
	}
}

/**
 * hub_turn_timer() - take the turn from who sleeps on it, give it to the next
 * @hub: the hub
 * @now: the time
 */
void hub_turn_timer(struct hub *hub, int64_t now)
{
	struct hub_client *c = hub->turn;
	u16 number;

	if (c && c->waiting)
		hub->turn_at = now;
	if (c && now >= hub->turn_at + TURN_MS) {
		number = c->transaction;
		drop_transaction(hub, c);
		c->lost = number;
	}
	if (hub->session.id)
		grant_turn(hub, now);
}

/**
 * hub_turn_due() - when does hub_turn_timer() want to be called?
 * @hub: the hub
 */
int64_t hub_turn_due(const struct hub *hub)
{
	return hub->turn ? hub->turn_at + TURN_MS : INT64_MAX;
}
