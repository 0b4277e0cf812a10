// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hub: frames on their way out, to the device and to the clients.
 *
 * To the device one client after the other gets a frame through. To a client
 * nobody ever waits: what finds no room is dropped, as a line would.
 */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hub.h"
#include "link_private.h"

/*
 * The port's own buffer holds more than the line carries in a blink. So much of
 * it keeps the line busy until we are back; the rest would make others wait.
 */
#define AHEAD_MS	20

/* How long the end of a session may take to get out. */
#define GOODBYE_MS	500

/**
 * hub_to_client() - pass a frame on to a client
 * @client: the client
 * @frame: the frame
 *
 * Return: false when it was dropped. A client that is gone shows in poll().
 */
bool hub_to_client(struct hub_client *client, const struct svcgate_line_frame *frame)
{
	return !svcgate_line_busy(&client->line) && !svcgate_line_put(&client->line, frame);
}

static bool tell_close(struct hub_client *c, u64 session, u16 transaction, u16 reason)
{
	u8 data[sizeof(struct svcgate_close)] = { 0 };
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_CLOSE,
		.flags = SVCGATE_FRAME_FROM_KERNEL,
		.transaction = transaction,
		.session = session,
		.data = data,
		.length = sizeof(data),
	};

	svcgate_put_le16(data, reason);
	return hub_to_client(c, &frame);
}

/* A session of 0: it is nothing that the device has said. */
static bool tell_turn(struct hub_client *c, u16 number, const u8 *data, size_t length)
{
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_TURN,
		.transaction = number,
		.data = data,
		.length = length,
	};

	return hub_to_client(c, &frame);
}

static void tell_members(struct hub_client *c, int members)
{
	u8 data[2];

	svcgate_put_le16(data, members);
	if (tell_turn(c, 0, data, sizeof(data)))
		c->members = members;
}

/**
 * hub_flush_client() - send a client what it has to be told
 * @hub: the hub
 * @client: one that is there
 *
 * This is not dropped; it waits until there is room.
 */
void hub_flush_client(struct hub *hub, struct hub_client *client)
{
	int members = hub_crowd(hub, svcgate_line_now());

	if (svcgate_line_flush(&client->line) < 0)
		return;
	if (client->members != members)
		tell_members(client, members);
	if (client->ended && tell_close(client, client->ended, 0, client->ended_reason))
		client->ended = 0;
	if (client->lost && tell_close(client, hub->session.id, client->lost,
				       SVCGATE_REASON_NO_SESSION))
		client->lost = 0;
	if (client->granted && tell_turn(client, client->granted, NULL, 0))
		client->granted = 0;
}

/* Delimiters that find no room are not missed: what is on its way ends with one. */
static bool put_hello(struct hub *hub)
{
	static const u8 idle[2];
	u8 hello[sizeof(struct svcgate_hello)];
	struct svcgate_line_frame frame;

	if (svcgate_link_make_hello(hello, &frame) < 0 ||
	    (write(hub->serial.fd, idle, sizeof(idle)) < 0 && errno != EAGAIN))
		return false;
	hub->hello = frame.session;
	return !svcgate_line_put(&hub->line, &frame);
}

static bool put_own(struct hub *hub, u8 kind, u16 transaction)
{
	u8 close[sizeof(struct svcgate_close)] = { 0 };
	const struct svcgate_line_frame frame = {
		.kind = kind,
		.transaction = transaction,
		.session = hub->session.id,
		.data = close,
		.length = kind == SVCGATE_FRAME_CLOSE ? sizeof(close) : 0,
	};

	svcgate_put_le16(close, SVCGATE_REASON_END_HOST);
	return !svcgate_line_put(&hub->line, &frame);
}

static u16 *next_close(struct hub *hub)
{
	struct hub_client *c;

	hub_for_each(c, hub)
		if (c->closing)
			return &c->closing;
	return hub->stray ? &hub->stray : NULL;
}

/* Short, and rare: they go first. */
static bool put_next_own(struct hub *hub, int64_t now)
{
	u16 *close;

	if (hub->hello_due) {
		hub->hello_due = false;
		return put_hello(hub);
	}
	if (!hub->session.id)
		return false;
	close = next_close(hub);
	if (close) {
		put_own(hub, SVCGATE_FRAME_CLOSE, *close);
		*close = 0;
		return true;
	}
	if (!hub->keep_due)
		return false;
	hub->keep_due = false;
	hub->session.kept = now;
	return put_own(hub, SVCGATE_FRAME_ACK, 0);
}

static struct hub_client *next_waiting(struct hub *hub)
{
	struct hub_client *c;
	unsigned int i;

	for (i = 0; i < HUB_CLIENTS_MAX; i++) {
		c = &hub->clients[(hub->next + i) % HUB_CLIENTS_MAX];
		if (c->waiting)
			return c;
	}
	return NULL;
}

static bool put_next(struct hub *hub, int64_t now)
{
	struct hub_client *c;
	bool put;

	if (put_next_own(hub, now))
		return true;
	do {
		c = next_waiting(hub);
		if (!c)
			return false;
		hub->next = c - hub->clients + 1;
		c->waiting = false;
		put = hub->session.id && c->frame.session == hub->session.id &&
		      !svcgate_line_put(&hub->line, &c->frame);
	} while (!put);
	hub->session.sent = now;
	return true;
}

/* Return: milliseconds until the line wants more. */
static int64_t line_busy(const struct hub *hub)
{
	int64_t ms;
	int queued;

	if (ioctl(hub->serial.fd, TIOCOUTQ, &queued) < 0 || queued <= 0)
		return 0;
	ms = svcgate_line_time(&hub->line, queued) - AHEAD_MS;
	return ms > 0 ? ms : 0;
}

/**
 * hub_flush_line() - send the device what waits
 * @hub: the hub; its port can be gone then
 * @now: the time
 */
void hub_flush_line(struct hub *hub, int64_t now)
{
	do {
		if (svcgate_line_flush(&hub->line) < 0)
			hub->gone = true;
		if (hub->gone || svcgate_line_busy(&hub->line))
			return;
		hub->out_at = now + line_busy(hub);
	} while (hub->out_at <= now && put_next(hub, now));
}

static bool has_waiting(const struct hub *hub)
{
	const struct hub_client *c;

	if (hub->hello_due || hub->keep_due || hub->stray)
		return true;
	hub_for_each(c, hub)
		if (c->waiting || c->closing)
			return true;
	return false;
}

/**
 * hub_line_due() - when does the line want more?
 * @hub: the hub
 *
 * Return: the time, or INT64_MAX when there is nothing for it, or poll() will tell.
 */
int64_t hub_line_due(const struct hub *hub)
{
	return !svcgate_line_busy(&hub->line) && has_waiting(hub) ? hub->out_at : INT64_MAX;
}

static bool flush(struct hub *hub, int64_t end)
{
	struct pollfd pollfd = { hub->serial.fd, POLLOUT };
	int64_t left;
	int r;

	while (!(r = svcgate_line_flush(&hub->line)) && svcgate_line_busy(&hub->line)) {
		left = end - svcgate_line_now();
		if (left <= 0 || poll(&pollfd, 1, left) <= 0)
			return false;
	}
	return !r;
}

/**
 * hub_tell_end() - tell who left last that the port is free
 * @hub: the hub, about to end
 */
void hub_tell_end(struct hub *hub)
{
	const struct svcgate_line_frame frame = { .kind = SVCGATE_FRAME_CLOSE };

	if (hub->last)
		hub_to_client(hub->last, &frame);
}

/**
 * hub_goodbye() - end the session, as svcgate_link_close() does
 * @hub: the hub
 *
 * Return: whether everything went into the port.
 */
bool hub_goodbye(struct hub *hub)
{
	int64_t end = svcgate_line_now() + GOODBYE_MS;

	if (hub->gone || !flush(hub, end))
		return false;
	return !hub->session.id ||
	       (put_own(hub, SVCGATE_FRAME_CLOSE, 0) && flush(hub, end));
}
