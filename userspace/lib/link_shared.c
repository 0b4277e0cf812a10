// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: a port that several programs use.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub.h"
#include "link_private.h"

/*
 * How long to look for a hub while something has the port: one that begins or
 * ends is done sooner, and another program keeps it.
 */
#define MEET_MS		1500
#define PAUSE_MS	2
#define PAUSE_MAX_MS	50

/* The hub says goodbye to the device, and gives the port back as it was. */
#define LEAVE_MS	2000

static int pause_for(const struct svcgate_link_options *options, int ms)
{
	poll(NULL, 0, ms);
	return options && options->stop && *options->stop ? -EINTR : 0;
}

/* A number, or 0 for a notice; false for a frame that is the device's. */
static bool take_turn(struct svcgate_link *link, const struct svcgate_line_frame *frame,
		      u16 *ret_number)
{
	if (frame->kind != SVCGATE_FRAME_TURN)
		return false;
	if (!frame->transaction && frame->length >= sizeof(u16)) {
		link->streams = svcgate_get_le16(frame->data);
		link->pace.streams = link->streams;
	}
	*ret_number = frame->transaction;
	return true;
}

/**
 * svcgate_link_take_notice() - is a frame for the link itself?
 * @link: the link
 * @frame: any frame that came
 *
 * Return: whether it is no word of the device's; it is taken then.
 */
bool svcgate_link_take_notice(struct svcgate_link *link,
			      const struct svcgate_line_frame *frame)
{
	u16 number;

	return link->shared && take_turn(link, frame, &number);
}

/* A hub that was about to leave drops who comes, so wait until it has taken us in. */
static int await_hub(struct svcgate_link *link, int64_t end)
{
	struct svcgate_line_frame frame;
	int r;

	do
		r = svcgate_line_receive(&link->line, end, &frame);
	while (!r && !svcgate_link_take_notice(link, &frame));
	return r;
}

static int make_shared(int fd, const char *port,
		       const struct svcgate_link_options *options,
		       struct svcgate_link **ret_link)
{
	struct svcgate_link *link;
	int r;

	r = svcgate_link_open_fd(fd, options, &link);
	if (r < 0) {
		close(fd);
		return r;
	}
	link->shared = true;
	link->line.socket = true;
	link->port = strdup(port);
	if (!link->port) {
		svcgate_link_close(link);
		return -ENOMEM;
	}
	*ret_link = link;
	return 0;
}

static int join_hub(const struct sockaddr_un *address, const char *port,
		    const struct svcgate_link_options *options, int64_t end,
		    struct svcgate_link **ret_link)
{
	struct svcgate_link *link;
	int fd, r;

	r = hub_connect(address, &fd);
	if (r < 0)
		return r;
	r = make_shared(fd, port, options, &link);
	if (r < 0)
		return r;
	r = await_hub(link, end);
	if (!r) {
		*ret_link = link;
		return 0;
	}
	/* Nobody there to say goodbye to. */
	free(link->port);
	free(link);
	close(fd);
	return r;
}

/* Without a hub the port is ours alone, and everything else is the same. */
static int begin_hub(const struct sockaddr_un *address, const char *port,
		     const struct svcgate_link_options *options,
		     struct svcgate_link **ret_link)
{
	struct svcgate_serial serial;
	pid_t hub;
	int fd, r;

	r = svcgate_serial_open(&serial, port,
				options && options->baud ? options->baud :
							   SVCGATE_LINK_BAUD);
	if (r < 0)
		return r;
	hub = hub_start(&serial, address, &fd);
	if (hub > 0) {
		r = make_shared(fd, port, options, ret_link);
		if (!r)
			(*ret_link)->hub = hub;
		return r;
	}
	r = svcgate_link_open_fd(serial.fd, options, ret_link);
	if (r < 0)
		svcgate_serial_close(&serial, false);
	else
		(*ret_link)->serial = serial;
	return r;
}

static int meet(const struct sockaddr_un *address, const char *port,
		const struct svcgate_link_options *options, struct svcgate_link **ret_link)
{
	int64_t end = svcgate_line_now() + MEET_MS;
	int r, pause = PAUSE_MS;

	for (;;) {
		r = join_hub(address, port, options, end, ret_link);
		if (!r || r == -EINTR || r == -ENOMEM)
			return r;
		if (options && options->join_only)
			r = svcgate_link_open(port, options, ret_link);
		else
			r = begin_hub(address, port, options, ret_link);
		if (r != -EBUSY || svcgate_line_now() >= end)
			return r;
		r = pause_for(options, pause);
		if (r < 0)
			return r;
		pause = min_t(int, 2 * pause, PAUSE_MAX_MS);
	}
}

/**
 * svcgate_link_open_shared() - open a serial port that others may use as well
 * @port: path of its node
 * @options: or NULL
 * @ret_link: the link
 *
 * All programs of a user that open it so, at the same speed, talk to the device in
 * one session; each of them may come and go. The first one leaves the port to a
 * process of its own, which ends with the last one. Without $XDG_RUNTIME_DIR, where
 * they meet, the port is this link's alone. That process is a child of the one
 * that started it, and keeps none of its descriptors.
 *
 * Nothing is sent yet.
 *
 * Return: 0, -ENOMEM, -EINTR stopped, or as svcgate_serial_open().
 */
int svcgate_link_open_shared(const char *port, const struct svcgate_link_options *options,
			     struct svcgate_link **ret_link)
{
	unsigned int baud = options && options->baud ? options->baud : SVCGATE_LINK_BAUD;
	struct sockaddr_un address;

	if (hub_address(port, baud, &address) < 0)
		return svcgate_link_open(port, options, ret_link);
	return meet(&address, port, options, ret_link);
}

/**
 * svcgate_link_leave() - leave the hub
 * @link: shared
 *
 * Whoever is the last one waits until the port is free. A hub that this process
 * has started, and that others still need, is left to be its child.
 */
void svcgate_link_leave(struct svcgate_link *link)
{
	int64_t end = svcgate_line_now() + LEAVE_MS;
	struct svcgate_line_frame frame;
	bool ends = false;

	link->line.stop = NULL;
	shutdown(link->line.fd, SHUT_WR);
	while (!svcgate_line_receive(&link->line, end, &frame))
		ends |= frame.kind == SVCGATE_FRAME_CLOSE && !frame.session;
	if (link->hub)
		waitpid(link->hub, NULL, ends ? 0 : WNOHANG);
	close(link->line.fd);
	free(link->port);
}

/* Has the hub ended under us? */
static bool is_alone(const struct svcgate_link *link)
{
	struct pollfd pollfd = { .fd = link->line.fd };

	return poll(&pollfd, 1, 0) > 0 && pollfd.revents & (POLLHUP | POLLERR);
}

/**
 * svcgate_link_rejoin() - find a hub again where the last one was killed
 * @link: any
 *
 * Return: 0, or -EPIPE the port went away, -EINTR stopped.
 */
int svcgate_link_rejoin(struct svcgate_link *link)
{
	const struct svcgate_link_options options = {
		.baud = link->line.baud,
		.stop = link->line.stop,
	};
	struct svcgate_link *other;
	int r;

	if (!link->shared || !is_alone(link))
		return 0;
	r = svcgate_link_open_shared(link->port, &options, &other);
	if (r < 0)
		return r == -EINTR ? r : -EPIPE;
	if (link->hub)
		waitpid(link->hub, NULL, WNOHANG);
	close(link->line.fd);
	free(link->port);
	link->line = other->line;
	link->line.deframer.buf = link->line.raw;
	link->serial = other->serial;
	link->shared = other->shared;
	link->hub = other->hub;
	link->port = other->port;
	free(other);
	return 0;
}

static int send_turn(struct svcgate_link *link, u16 number)
{
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_TURN,
		.transaction = number,
		.session = link->welcome.session,
	};

	return svcgate_line_send(&link->line, &frame);
}

/* As long as the device is heard: other programs' requests can take their time. */
static int await_turn(struct svcgate_link *link, u16 *ret_number)
{
	int64_t end = svcgate_line_now() + SVCGATE_SILENCE_MS;
	struct svcgate_line_frame frame;
	u16 number;
	int r;

	for (;;) {
		r = svcgate_line_receive(&link->line, end, &frame);
		if (r < 0)
			return r;
		if (take_turn(link, &frame, &number)) {
			if (!number)
				continue;
			*ret_number = number;
			return 0;
		}
		if (frame.session != link->welcome.session)
			continue;
		if (svcgate_link_is_over(link, &frame))
			return -ENOTCONN;
		end = svcgate_line_now() + SVCGATE_SILENCE_MS;
	}
}

/**
 * svcgate_link_next_transaction() - begin a transaction
 * @link: with a session
 * @ret_number: its number; also in @link->transaction
 *
 * Where the port is shared it waits until no other program is sending its request.
 *
 * Return: 0, or -ENOTCONN the session is over, -ETIMEDOUT nothing was heard any
 * more, -EPIPE the port went away, -EINTR stopped.
 */
int svcgate_link_next_transaction(struct svcgate_link *link, u16 *ret_number)
{
	int r;

	if (!link->shared) {
		*ret_number = ++link->transaction;
		return 0;
	}
	r = send_turn(link, 0);
	if (!r)
		r = await_turn(link, &link->transaction);
	if (r < 0)
		return r;
	link->turn = true;
	*ret_number = link->transaction;
	return 0;
}

/**
 * svcgate_link_turn_over() - let others begin a transaction
 * @link: the request of its transaction is with the device, answered or given up
 *
 * More than once does no harm. An error shows with the next frame as well.
 */
void svcgate_link_turn_over(struct svcgate_link *link)
{
	if (!link->turn)
		return;
	link->turn = false;
	send_turn(link, link->transaction);
}
