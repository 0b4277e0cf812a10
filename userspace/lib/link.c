// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: opening it, and sessions.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "link_private.h"

/* Bytes on their way to the device, whatever is measured of the line. */
#define IN_FLIGHT_MAX		(24 * 1024)

/* First wait for a welcome; the next are longer, for a device that is slow. */
#define HELLO_MS		150
#define HELLO_MAX_MS		600

/* How often a watched session is asked for, and when it counts as lost. */
#define WATCH_MS		500
#define WATCH_SILENCE_MS	1800

static struct svcgate_link *new_link(const struct svcgate_link_options *options)
{
	static const struct svcgate_link_options defaults;
	struct svcgate_link *link;

	if (!options)
		options = &defaults;
	link = calloc(1, sizeof(*link));
	if (!link)
		return NULL;
	link->serial.fd = -1;
	link->streams = 1;
	link->hello_ms = options->hello_ms ?: SVCGATE_SILENCE_MS;
	svcgate_line_init(&link->line, -1, options->baud ?: SVCGATE_LINK_BAUD);
	link->line.stop = options->stop;
	link->base_baud = link->line.baud;
	return link;
}

/**
 * svcgate_link_open() - open a serial port
 * @port: path of its node
 * @options: or NULL
 * @ret_link: the link
 *
 * Nothing is sent yet.
 *
 * Return: 0, -ENOMEM, or as svcgate_serial_open().
 */
int svcgate_link_open(const char *port, const struct svcgate_link_options *options,
		      struct svcgate_link **ret_link)
{
	struct svcgate_link *link = new_link(options);
	int r;

	if (!link)
		return -ENOMEM;
	r = svcgate_serial_open(&link->serial, port, link->line.baud);
	if (r < 0) {
		free(link);
		return r;
	}
	link->line.fd = link->serial.fd;
	*ret_link = link;
	return 0;
}

/**
 * svcgate_link_open_fd() - make a link of an open descriptor
 * @fd: non-blocking, both ways; stays the caller's
 * @options: or NULL
 * @ret_link: the link
 *
 * Return: 0 or -ENOMEM.
 */
int svcgate_link_open_fd(int fd, const struct svcgate_link_options *options,
			 struct svcgate_link **ret_link)
{
	struct svcgate_link *link = new_link(options);

	if (!link)
		return -ENOMEM;
	link->line.fd = fd;
	*ret_link = link;
	return 0;
}

/**
 * svcgate_link_welcome() - how the current session began
 * @link: after a successful svcgate_link_hello() or svcgate_link_request()
 */
const struct svcgate_link_welcome *svcgate_link_welcome(const struct svcgate_link *link)
{
	return &link->welcome;
}

static bool reason_ends_session(u16 reason)
{
	switch (reason) {
	case SVCGATE_REASON_NO_SESSION:
	case SVCGATE_REASON_END_SILENCE:
	case SVCGATE_REASON_END_BREAK:
	case SVCGATE_REASON_END_HELLO:
	case SVCGATE_REASON_END_HANGUP:
	case SVCGATE_REASON_END_SUSPEND:
	case SVCGATE_REASON_END_DETACH:
	case SVCGATE_REASON_END_STALLED:
		return true;
	default:
		return false;
	}
}

/* Is it a close that ends the whole session, whichever that is? */
bool svcgate_link_ends_session(const struct svcgate_line_frame *frame)
{
	return frame->kind == SVCGATE_FRAME_CLOSE &&
	       frame->length >= sizeof(struct svcgate_close) &&
	       (!frame->transaction || reason_ends_session(svcgate_get_le16(frame->data)));
}

static int send_for_session(struct svcgate_link *link, u8 kind, const u8 *data,
			    size_t length)
{
	struct svcgate_line_frame frame = {
		.kind = kind,
		.session = link->welcome.session,
		.data = data,
		.length = length,
	};

	return svcgate_line_send(&link->line, &frame);
}

/*
 * Each hello has a number of its own. A hello ends the session that the one
 * before has begun, so a late welcome must not be taken for the answer to this.
 */
int svcgate_link_make_hello(u8 data[sizeof(struct svcgate_hello)],
			    struct svcgate_line_frame *ret_frame)
{
	u64 number;

	if (getentropy(&number, sizeof(number)) < 0)
		return -errno;
	data[offsetof(struct svcgate_hello, lowest)] = SVCGATE_WIRE_VERSION;
	data[offsetof(struct svcgate_hello, highest)] = SVCGATE_WIRE_VERSION;
	svcgate_put_le16(data + offsetof(struct svcgate_hello, frame_max), SVCGATE_FRAME_MAX);
	*ret_frame = (struct svcgate_line_frame){
		.kind = SVCGATE_FRAME_HELLO,
		.session = number,
		.data = data,
		.length = sizeof(struct svcgate_hello),
	};
	return 0;
}

static int send_hello(struct svcgate_link *link, u64 *ret_number)
{
	u8 hello[sizeof(struct svcgate_hello)];
	struct svcgate_line_frame frame;
	int r;

	r = svcgate_link_make_hello(hello, &frame);
	if (r < 0)
		return r;
	r = svcgate_line_idle(&link->line);
	if (r < 0)
		return r;
	r = svcgate_line_send(&link->line, &frame);
	if (r < 0)
		return r;
	*ret_number = frame.session;
	return 0;
}

static int take_welcome(const struct svcgate_line_frame *frame,
			struct svcgate_link_welcome *ret_welcome)
{
	struct svcgate_link_welcome welcome;
	struct svcgate_welcome raw;

	if (frame->data[offsetof(struct svcgate_welcome, version)] !=
	    SVCGATE_WIRE_VERSION)
		return -EPROTONOSUPPORT;
	if (frame->length < sizeof(raw))
		return -EPROTO;
	memcpy(&raw, frame->data, sizeof(raw));
	welcome = (struct svcgate_link_welcome){
		.configured = raw.flags & SVCGATE_WELCOME_CONFIGURED,
		.random = raw.flags & SVCGATE_WELCOME_RANDOM,
		.message_max = svcgate_get_le32((const u8 *)&raw.message_max),
		.frame_max = svcgate_get_le16((const u8 *)&raw.frame_max),
		.session = svcgate_get_le64((const u8 *)&raw.session),
	};
	memcpy(welcome.nonce, raw.nonce, sizeof(welcome.nonce));
	if (!welcome.session || welcome.frame_max < SVCGATE_FRAME_MIN ||
	    welcome.message_max < SVCGATE_FRAME_MIN)
		return -EPROTO;
	*ret_welcome = welcome;
	return 0;
}

static int await_welcome(struct svcgate_link *link, u64 number, int64_t deadline)
{
	struct svcgate_line_frame frame;
	int r;

	do {
		r = svcgate_line_receive(&link->line, deadline, &frame);
		if (r < 0)
			return r;
		if (frame.kind == SVCGATE_FRAME_WELCOME && frame.session == number &&
		    frame.length)
			return take_welcome(&frame, &link->welcome);
	} while (svcgate_line_now() < deadline);
	return -ETIMEDOUT;
}

/* What was measured of the line holds for the next session on it, too. */
void svcgate_link_set_pace(struct svcgate_link *link)
{
	size_t most = link->welcome.frame_max - sizeof(struct svcgate_frame);

	if (most > SVCGATE_FRAME_DATA_MAX)
		most = SVCGATE_FRAME_DATA_MAX;
	if (link->pace.frame_max)
		svcgate_pace_reset(&link->pace);
	else
		svcgate_pace_init(&link->pace, svcgate_line_rate(&link->line), IN_FLIGHT_MAX,
				  most);
	link->pace.frame_max = most;
}

/**
 * svcgate_link_hello() - begin a session; one that is open ends
 * @link: the link
 *
 * On a shared port the session that others have goes on, and is this link's, too.
 *
 * Return: 0, or -ETIMEDOUT no answer, -EPROTONOSUPPORT the device speaks
 * another version, -EPROTO its welcome makes no sense, -EPIPE the port went
 * away, -EINTR stopped.
 */
int svcgate_link_hello(struct svcgate_link *link)
{
	int64_t end = svcgate_line_now() + link->hello_ms;
	int64_t wait = HELLO_MS, deadline;
	u64 number = 0;
	int r;

	link->open = false;
	link->turn = false;
	r = svcgate_link_rejoin(link);
	if (!r)
		r = svcgate_link_base_speed(link);
	if (r < 0)
		return r;
	do {
		r = send_hello(link, &number);
		if (r < 0)
			return r;
		deadline = svcgate_line_now() + wait +
			   svcgate_line_time(&link->line,
					     SVCGATE_FRAME_LINE_MAX(128));
		r = await_welcome(link, number, deadline < end ? deadline : end);
		if (wait < HELLO_MAX_MS)
			wait *= 2;
	} while (r == -ETIMEDOUT && svcgate_line_now() < end);
	if (r < 0)
		return r;
	link->open = true;
	link->transaction = 0;
	svcgate_link_set_pace(link);
	return 0;
}

/* The device's last word on this session? */
bool svcgate_link_is_over(const struct svcgate_link *link,
			  const struct svcgate_line_frame *frame)
{
	return frame->session == link->welcome.session && svcgate_link_ends_session(frame);
}

static int watch(struct svcgate_link *link, int64_t end)
{
	int64_t heard = svcgate_line_now(), ask_at = heard + WATCH_MS / 2, now, next;
	struct svcgate_line_frame frame;
	int r;

	while ((now = svcgate_line_now()) < end) {
		if (now >= heard + WATCH_SILENCE_MS)
			return -ENOTCONN;
		if (now >= ask_at) {
			r = send_for_session(link, SVCGATE_FRAME_ACK, NULL, 0);
			if (r < 0)
				return r;
			ask_at = now + WATCH_MS;
		}
		next = ask_at < end ? ask_at : end;
		r = svcgate_line_receive(&link->line, next, &frame);
		if (r == -ETIMEDOUT)
			continue;
		if (r < 0)
			return r;
		if (svcgate_link_is_over(link, &frame))
			return -ENOTCONN;
		if (frame.session == link->welcome.session)
			heard = svcgate_line_now();
	}
	return 0;
}

/**
 * svcgate_link_watch() - keep a session alive and see whether it ends
 * @link: with a session
 * @timeout_ms: how long
 *
 * Return: 0 when the session has outlived the time, -ENOTCONN when it is over
 * or the device says nothing any more, -EPIPE the port went away, -EINTR
 * stopped.
 */
int svcgate_link_watch(struct svcgate_link *link, unsigned int timeout_ms)
{
	int r = -ENOTCONN;

	if (link->open)
		r = watch(link, svcgate_line_now() + timeout_ms);
	if (r < 0)
		link->open = false;
	return r;
}

/*
 * End the session, so that what it opened is shut when we leave. Nobody waits
 * for a word back: silence would end it as well, only later.
 */
static bool say_goodbye(struct svcgate_link *link)
{
	u8 close[sizeof(struct svcgate_close)] = { 0 };

	svcgate_put_le16(close, SVCGATE_REASON_END_HOST);
	return !send_for_session(link, SVCGATE_FRAME_CLOSE, close, sizeof(close));
}

/**
 * svcgate_link_close() - end the session and let go of the link
 * @link: or NULL
 */
void svcgate_link_close(struct svcgate_link *link)
{
	bool sent = true;

	if (!link)
		return;
	if (link->shared)
		svcgate_link_leave(link);
	else if (link->open)
		sent = say_goodbye(link);
	if (link->serial.fd >= 0)
		svcgate_serial_close(&link->serial, sent);
	free(link);
}
