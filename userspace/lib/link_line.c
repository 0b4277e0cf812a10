// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The lower half of the link: whole frames over a descriptor, with deadlines.
 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "link_line.h"

/* Start, eight data bits, stop. */
#define BITS_PER_BYTE	10

/* How long a line may take nothing of a frame, beyond what its speed explains. */
#define SEND_PATIENCE_MS	3000

#define FLAGS_KNOWN \
	(SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST | SVCGATE_FRAME_TAGGED)

/**
 * svcgate_line_clock() - microseconds of CLOCK_MONOTONIC
 */
int64_t svcgate_line_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/**
 * svcgate_line_now() - milliseconds of the clock that deadlines are in
 */
int64_t svcgate_line_now(void)
{
	return svcgate_line_clock() / 1000;
}

/**
 * svcgate_line_rate() - bytes a second that a line carries
 * @line: the line
 */
u32 svcgate_line_rate(const struct svcgate_line *line)
{
	return line->baud / BITS_PER_BYTE;
}

/**
 * svcgate_line_time() - milliseconds that bytes take on the line
 * @line: the line
 * @bytes: how many
 */
int64_t svcgate_line_time(const struct svcgate_line *line, size_t bytes)
{
	return (int64_t)bytes * BITS_PER_BYTE * 1000 / line->baud + 1;
}

/**
 * svcgate_line_init() - begin with a descriptor
 * @line: the line
 * @fd: non-blocking; stays the caller's
 * @baud: bits a second, not 0
 */
void svcgate_line_init(struct svcgate_line *line, int fd, unsigned int baud)
{
	line->fd = fd;
	line->socket = false;
	line->baud = baud;
	line->stop = NULL;
	line->in_start = 0;
	line->in_end = 0;
	line->out_start = 0;
	line->out_end = 0;
	svcgate_deframer_init(&line->deframer, line->raw, sizeof(line->raw));
}

/* A signal that is not ours to end on (a terminal's stop, say) only costs time. */
static int wait_for(const struct svcgate_line *line, short events, int64_t deadline)
{
	struct pollfd pollfd = { .fd = line->fd, .events = events };
	int64_t left;
	int n;

	do {
		if (line->stop && *line->stop)
			return -EINTR;
		left = deadline - svcgate_line_now();
		n = poll(&pollfd, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n ? 0 : -ETIMEDOUT;
}

/* A descriptor that failed so has nobody behind it any more. */
static bool is_gone(int error)
{
	return error == EIO || error == ENXIO || error == EPIPE || error == ECONNRESET;
}

/* Return: bytes, 0 when there is no room, or negative errno. */
static ssize_t write_some(struct svcgate_line *line, const u8 *data, size_t length)
{
	ssize_t n;

	do
		n = line->socket ? send(line->fd, data, length, MSG_NOSIGNAL) :
				   write(line->fd, data, length);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n < 0)
		return is_gone(errno) ? -EPIPE : -errno;
	return n;
}

/**
 * svcgate_line_busy() - is a frame still on its way into the descriptor?
 * @line: the line
 */
bool svcgate_line_busy(const struct svcgate_line *line)
{
	return line->out_start < line->out_end;
}

/**
 * svcgate_line_flush() - write what there is room for, of the frame on its way
 * @line: the line
 *
 * Return: 0, or -EPIPE the port went away.
 */
int svcgate_line_flush(struct svcgate_line *line)
{
	ssize_t n = 1;

	while (n > 0 && svcgate_line_busy(line)) {
		n = write_some(line, line->out + line->out_start,
			       line->out_end - line->out_start);
		if (n > 0)
			line->out_start += n;
	}
	return n < 0 ? n : 0;
}

/* Wait until the frame on its way is gone. */
static int flush_all(struct svcgate_line *line)
{
	int64_t deadline = svcgate_line_now() + SEND_PATIENCE_MS +
			   svcgate_line_time(line, line->out_end - line->out_start);
	int r;

	for (;;) {
		r = svcgate_line_flush(line);
		if (r < 0 || !svcgate_line_busy(line))
			return r;
		r = wait_for(line, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
}

/**
 * svcgate_line_idle() - send two delimiters
 * @line: the line
 *
 * They end whatever the other side believes to have begun, and wake it.
 *
 * Return: 0, or as svcgate_line_send().
 */
int svcgate_line_idle(struct svcgate_line *line)
{
	int r = flush_all(line);

	if (r < 0)
		return r;
	line->out_start = 0;
	line->out_end = 2;
	memset(line->out, 0, line->out_end);
	return flush_all(line);
}

/**
 * svcgate_line_put() - begin to send a frame, without waiting
 * @line: the line, not busy
 * @frame: what to send
 *
 * Return: 0, or -EPIPE the port went away, -EMSGSIZE more data than a frame holds.
 */
int svcgate_line_put(struct svcgate_line *line, const struct svcgate_line_frame *frame)
{
	u8 head[sizeof(struct svcgate_frame)];

	svcgate_frame_put(head, frame->kind, frame->flags, frame->transaction,
			  frame->offset, frame->session);
	line->out_start = 0;
	line->out_end = svcgate_enframe(line->out, sizeof(line->out), head, sizeof(head),
					frame->data, frame->length);
	if (!line->out_end)
		return -EMSGSIZE;
	return svcgate_line_flush(line);
}

/**
 * svcgate_line_send() - send a frame
 * @line: the line
 * @frame: what to send
 *
 * Return: 0, or -ETIMEDOUT the line takes nothing, -EPIPE the port went away,
 * -EMSGSIZE more data than a frame holds, -EINTR stopped.
 */
int svcgate_line_send(struct svcgate_line *line,
		      const struct svcgate_line_frame *frame)
{
	int r = flush_all(line);

	if (!r)
		r = svcgate_line_put(line, frame);
	return r ?: flush_all(line);
}

/* Bound sessions are not spoken yet: a tagged frame cannot be checked. */
static bool parse(const struct svcgate_line *line, struct svcgate_line_frame *ret_frame)
{
	const u8 *body = line->raw;

	if (line->deframer.length < sizeof(struct svcgate_frame) ||
	    body[0] >> 4 != SVCGATE_WIRE_VERSION || body[1] & ~FLAGS_KNOWN ||
	    body[1] & SVCGATE_FRAME_TAGGED)
		return false;
	*ret_frame = (struct svcgate_line_frame){
		.kind = body[0] & 0xf,
		.flags = body[1],
		.transaction = svcgate_get_le16(body + 2),
		.offset = svcgate_get_le32(body + 4),
		.session = svcgate_get_le64(body + 8),
		.data = body + sizeof(struct svcgate_frame),
		.length = line->deframer.length - sizeof(struct svcgate_frame),
	};
	return true;
}

static bool next_buffered(struct svcgate_line *line, struct svcgate_line_frame *ret_frame)
{
	enum svcgate_deframe_event event;
	size_t used;

	while (line->in_start < line->in_end) {
		event = svcgate_deframe(&line->deframer, line->in + line->in_start, NULL,
					line->in_end - line->in_start, &used);
		line->in_start += used;
		if (event == SVCGATE_DEFRAME_FRAME && parse(line, ret_frame))
			return true;
	}
	return false;
}

/* Return: 0 also when there was nothing to read, or -EPIPE. */
static int read_some(struct svcgate_line *line)
{
	ssize_t n = read(line->fd, line->in, sizeof(line->in));

	if (!n || (n < 0 && is_gone(errno)))
		return -EPIPE;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return -errno;
	line->in_start = 0;
	line->in_end = n > 0 ? n : 0;
	return 0;
}

/**
 * svcgate_line_next() - a frame that has arrived, without waiting
 * @line: the line
 * @ret_frame: the frame; its data holds until the next call
 *
 * Return: 0, or -EAGAIN there is none yet, -EPIPE the port went away.
 */
int svcgate_line_next(struct svcgate_line *line, struct svcgate_line_frame *ret_frame)
{
	int r;

	if (next_buffered(line, ret_frame))
		return 0;
	r = read_some(line);
	if (r < 0)
		return r;
	return next_buffered(line, ret_frame) ? 0 : -EAGAIN;
}

/**
 * svcgate_line_receive() - wait for a frame
 * @line: the line
 * @deadline: when to give up; what has arrived already is always returned
 * @ret_frame: the frame; its data holds until the next call
 *
 * Damaged frames and those of another version are skipped.
 *
 * Return: 0, or -ETIMEDOUT, -EPIPE the port went away, -EINTR stopped.
 */
int svcgate_line_receive(struct svcgate_line *line, int64_t deadline,
			 struct svcgate_line_frame *ret_frame)
{
	bool late = false;
	int r;

	while (!next_buffered(line, ret_frame)) {
		/* Endless noise must not keep us here. */
		if (late)
			return -ETIMEDOUT;
		late = svcgate_line_now() >= deadline;
		r = wait_for(line, POLLIN, deadline);
		if (r < 0)
			return r;
		r = read_some(line);
		if (r < 0)
			return r;
	}
	return 0;
}
