// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The hub: its loop, and who comes and goes.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub.h"

/* To a client: what is beyond is dropped, and its streams send it again. */
#define CLIENT_BUFFER	32768

/* Frames from one side in a row, so that the others are heard as well. */
#define FRAMES_MAX	16

static struct hub_client *free_slot(struct hub *hub)
{
	struct hub_client *c;

	hub_for_each(c, hub)
		if (c->fd < 0 && !c->closing)
			return c;
	return NULL;
}

static void take_in(struct hub *hub, int fd)
{
	struct hub_client *c = free_slot(hub);
	int size = CLIENT_BUFFER;

	if (!c || !hub_same_user(fd)) {
		close(fd);
		return;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	memset(c, 0, offsetof(struct hub_client, line));
	if (hub->last)
		close(hub->last->line.fd);
	hub->last = NULL;
	c->fd = fd;
	c->members = -1;
	svcgate_line_init(&c->line, fd, hub->serial.baud);
	c->line.socket = true;
}

/**
 * hub_init() - begin with a port and the first client
 * @hub: the hub
 * @serial: the port
 * @listener: where others come in, non-blocking
 * @first: socket of the first client, non-blocking
 */
void hub_init(struct hub *hub, const struct svcgate_serial *serial, int listener,
	      int first)
{
	struct hub_client *c;

	memset(hub, 0, sizeof(*hub));
	hub->serial = *serial;
	hub->listener = listener;
	svcgate_line_init(&hub->line, serial->fd, serial->baud);
	hub_for_each(c, hub)
		c->fd = -1;
	take_in(hub, first);
}

static bool has_clients(const struct hub *hub)
{
	const struct hub_client *c;

	hub_for_each(c, hub)
		if (c->fd >= 0)
			return true;
	return false;
}

/* The socket of the last one is closed when the port is free again. */
static void leave(struct hub *hub, struct hub_client *c)
{
	hub_client_over(hub, c);
	c->fd = -1;
	if (has_clients(hub))
		close(c->line.fd);
	else
		hub->last = c;
}

static void accept_all(struct hub *hub)
{
	int fd;

	while ((fd = accept4(hub->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
		take_in(hub, fd);
}

static void read_device(struct hub *hub)
{
	struct svcgate_line_frame frame;
	unsigned int n;
	int r = 0;

	for (n = 0; !r && n < FRAMES_MAX; n++) {
		r = svcgate_line_next(&hub->line, &frame);
		if (!r)
			hub_take_device(hub, &frame, svcgate_line_now());
	}
	if (r && r != -EAGAIN)
		hub->gone = true;
}

/* Nothing more is read from a client whose frame waits for the line. */
static void read_client(struct hub *hub, struct hub_client *c)
{
	struct svcgate_line_frame frame;
	unsigned int n;
	int r = 0;

	for (n = 0; !r && !c->waiting && n < FRAMES_MAX; n++) {
		r = svcgate_line_next(&c->line, &frame);
		if (!r)
			hub_take_client(hub, c, &frame, svcgate_line_now());
	}
	if (r && r != -EAGAIN)
		leave(hub, c);
}

static int wait_ms(const struct hub *hub)
{
	int64_t due = hub_session_due(hub), now = svcgate_line_now();

	if (hub_turn_due(hub) < due)
		due = hub_turn_due(hub);
	if (hub_line_due(hub) < due)
		due = hub_line_due(hub);
	if (hub->crowd_until > now && hub->crowd_until < due)
		due = hub->crowd_until;
	if (due <= now)
		return 0;
	return due - now < INT_MAX ? due - now : -1;
}

/* What svcgate_line_next() has read already does not show in poll(). */
static bool has_buffered(const struct svcgate_line *line)
{
	return line->in_start < line->in_end;
}

static int wait_for_events(struct hub *hub, struct pollfd fds[2 + HUB_CLIENTS_MAX])
{
	int timeout = wait_ms(hub), n;
	unsigned int i;

	fds[0] = (struct pollfd){ hub->serial.fd, POLLIN };
	if (svcgate_line_busy(&hub->line))
		fds[0].events |= POLLOUT;
	fds[1] = (struct pollfd){ hub->listener, POLLIN };
	for (i = 0; i < HUB_CLIENTS_MAX; i++) {
		const struct hub_client *c = &hub->clients[i];

		fds[2 + i] = (struct pollfd){ c->fd, c->waiting ? 0 : POLLIN };
		if (svcgate_line_busy(&c->line))
			fds[2 + i].events |= POLLOUT;
		if (c->fd >= 0 && !c->waiting && has_buffered(&c->line))
			timeout = 0;
	}
	if (has_buffered(&hub->line))
		timeout = 0;
	do
		n = poll(fds, 2 + HUB_CLIENTS_MAX, timeout);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void serve_client(struct hub *hub, struct hub_client *c, short events)
{
	if (events & (POLLHUP | POLLERR) && (c->waiting || !(events & POLLIN))) {
		leave(hub, c);
		return;
	}
	if (!c->waiting && (events & POLLIN || has_buffered(&c->line)))
		read_client(hub, c);
}

/**
 * hub_run() - serve until the last client has left or the port is gone
 * @hub: the hub
 */
void hub_run(struct hub *hub)
{
	struct pollfd fds[2 + HUB_CLIENTS_MAX];
	unsigned int i;
	int64_t now;

	while (has_clients(hub) && !hub->gone) {
		now = svcgate_line_now();
		hub_session_timer(hub, now);
		hub_flush_line(hub, now);
		hub_turn_timer(hub, now);
		for (i = 0; i < HUB_CLIENTS_MAX; i++)
			if (hub->clients[i].fd >= 0)
				hub_flush_client(hub, &hub->clients[i]);
		if (hub->gone || wait_for_events(hub, fds) < 0)
			return;
		if (fds[0].revents & ~POLLOUT || has_buffered(&hub->line))
			read_device(hub);
		for (i = 0; i < HUB_CLIENTS_MAX; i++)
			if (hub->clients[i].fd >= 0)
				serve_client(hub, &hub->clients[i], fds[2 + i].revents);
		if (fds[1].revents & POLLIN)
			accept_all(hub);
	}
}
