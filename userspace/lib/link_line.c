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
 * svcgate_line_now() - milliseconds of the clock that deadlines are in
 */
int64_t svcgate_line_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
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

static int write_all(struct svcgate_line *line, const u8 *data, size_t length)
{
	int64_t deadline = svcgate_line_now() + SEND_PATIENCE_MS +
			   svcgate_line_time(line, length);
	ssize_t n;
	int r;

	while (length) {
		n = line->socket ? send(line->fd, data, length, MSG_NOSIGNAL) :
				   write(line->fd, data, length);
		if (n > 0) {
			data += n;
			length -= n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return is_gone(errno) ? -EPIPE : -errno;
		r = wait_for(line, POLLOUT, deadline);
		if (r < 0)
			return r;
	}
	return 0;
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
	static const u8 delimiters[2];

	return write_all(line, delimiters, sizeof(delimiters));
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
	u8 head[sizeof(struct svcgate_frame)];
	size_t length;

	svcgate_frame_put(head, frame->kind, frame->flags, frame->transaction,
			  frame->offset, frame->session);
	length = svcgate_enframe(line->out, sizeof(line->out), head, sizeof(head),
				 frame->data, frame->length);
	if (!length)
		return -EMSGSIZE;
	return write_all(line, line->out, length);
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
	ssize_t n;
	int r;

	while (!next_buffered(line, ret_frame)) {
		/* Endless noise must not keep us here. */
		if (late)
			return -ETIMEDOUT;
		late = svcgate_line_now() >= deadline;
		r = wait_for(line, POLLIN, deadline);
		if (r < 0)
			return r;
		n = read(line->fd, line->in, sizeof(line->in));
		if (!n || (n < 0 && is_gone(errno)))
			return -EPIPE;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		line->in_start = 0;
		line->in_end = n > 0 ? n : 0;
	}
	return 0;
}
