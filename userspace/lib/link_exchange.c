// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: one transaction.
 *
 * A transaction is two streams of bytes. What we send is the request and, once the
 * device has admitted it, the data behind it; what comes back begins with the
 * response. stream.h does the counting, this sends and receives.
 */
#include <errno.h>
#include <poll.h>
#include <time.h>

#include "link_exchange.h"

/*
 * Bytes that the device takes before its first word, the same as it does; bytes
 * that are kept for it, and for a slow reader here.
 */
#define DATA_WINDOW		(16 * 1024)
#define DATA_SIZE		(64 * 1024)

/* A response and nothing else. */
#define RESPONSE_SIZE		2048

/*
 * A device that said nothing for so long is asked whether it is there, soon again
 * when it does not answer, and is gone after the third of these times.
 */
#define KEEP_ALIVE_US		1000000
#define KEEP_ALIVE_AGAIN_US	250000
#define LOST_US			2800000

/*
 * The answer, or the end, is asked for when nothing else is to be done. Early the
 * first time: most that take longer were lost.
 */
#define ASK_FIRST_US		300000
#define ASK_US			1000000
#define ASK_AGAIN_US		100000

/**
 * svcgate_exchange_init() - begin with a transaction
 * @x: with link, message, length, io, transaction, response and end
 *
 * Return: 0 or -ENOMEM; svcgate_exchange_free() is due in any case.
 */
int svcgate_exchange_init(struct svcgate_exchange *x)
{
	struct svcgate_pace *pace = &x->link->pace;
	size_t at, room;
	u8 *to;
	int r;

	pace->streams = x->link->streams;
	r = svcgate_stream_out_init(&x->request, pace, SVCGATE_MESSAGE_MAX,
				    SVCGATE_MESSAGE_MAX);
	if (!r)
		r = svcgate_stream_in_init(&x->in, x->io ? DATA_SIZE : RESPONSE_SIZE);
	if (!r && x->io && x->io->in_fd >= 0)
		r = svcgate_stream_out_init(&x->data, pace, DATA_SIZE, DATA_WINDOW);
	if (r < 0)
		return r;
	x->request.in_order = true;
	for (at = 0; at < x->length; at += room) {
		room = min_t(size_t, svcgate_stream_out_room(&x->request, &to),
			     x->length - at);
		memcpy(to, x->message + at, room);
		svcgate_stream_out_put(&x->request, room);
	}
	svcgate_stream_out_end(&x->request);
	x->begun = svcgate_line_clock();
	x->heard = x->begun;
	x->news = x->begun;
	x->said = x->begun;
	x->kept = x->begun;
	return 0;
}

/**
 * svcgate_exchange_free() - give back its memory
 * @x: the exchange
 */
void svcgate_exchange_free(struct svcgate_exchange *x)
{
	svcgate_stream_out_free(&x->request);
	svcgate_stream_out_free(&x->data);
	svcgate_stream_in_free(&x->in);
}

static int put(struct svcgate_exchange *x, u8 kind, u8 flags, u32 offset, const u8 *data,
	       size_t length)
{
	struct svcgate_line_frame frame = {
		.kind = kind,
		.flags = flags,
		.transaction = x->transaction,
		.offset = offset,
		.session = x->link->welcome.session,
		.data = data,
		.length = length,
	};
	int r = svcgate_line_put(&x->link->line, &frame);

	return r < 0 ? r : 1;
}

/*
 * The beginning of the request again. The device answers it whatever it has: with
 * an acknowledgement as long as the transaction is open, with the stored answer
 * when that was given. A first frame has to hold the whole header.
 */
static int ask_again(struct svcgate_exchange *x, int64_t now)
{
	const size_t head = sizeof(struct svcgate_request);
	u8 flags = x->length == head && !x->data.buf ? SVCGATE_FRAME_LAST : 0;

	x->asking = false;
	x->asked = now;
	x->ask_at = 0;
	return put(x, SVCGATE_FRAME_DATA, flags, 0, x->message, head);
}

static int put_ack(struct svcgate_exchange *x, int64_t now)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	u32 offset;
	size_t length = svcgate_stream_in_ack(&x->in, &offset, body);

	x->said = now;
	return put(x, SVCGATE_FRAME_ACK, 0, offset, body, length);
}

/* Is there nothing to do but to wait for the answer, or for the end? */
static bool waits(const struct svcgate_exchange *x)
{
	if (!x->admitted || x->over)
		return false;
	if (x->data.buf && !svcgate_stream_out_done(&x->data) && !x->data.tries)
		return false;
	return !x->head || svcgate_stream_in_complete(&x->in);
}

static int64_t keep_alive_at(const struct svcgate_exchange *x)
{
	int64_t last = x->news < x->said ? x->news : x->said;

	if (!x->admitted || x->over)
		return INT64_MAX;
	if (x->kept > x->news)
		return x->kept + KEEP_ALIVE_AGAIN_US;
	return (last > x->kept ? last : x->kept) + KEEP_ALIVE_US;
}

static bool ask_is_due(struct svcgate_exchange *x, int64_t now)
{
	if (x->asking && now >= x->asked + ASK_AGAIN_US)
		return true;
	if (!waits(x)) {
		x->ask_at = 0;
		return false;
	}
	if (!x->ask_at)
		x->ask_at = now + (x->asked ? ASK_US : ASK_FIRST_US);
	return now >= x->ask_at;
}

/* After the answer its end can only be asked for by saying again what has come. */
static int ask(struct svcgate_exchange *x, int64_t now)
{
	if (!x->head || !svcgate_stream_in_complete(&x->in))
		return ask_again(x, now);
	x->asked = now;
	x->ask_at = 0;
	return put_ack(x, now);
}

/*
 * All of the request was sent, and no word came. Its beginning is the cheaper half
 * of the question: a device that has begun says how far it is, one that is done says
 * so, and one that has heard nothing begins. Then it is the other half's turn.
 */
static bool asks_first(struct svcgate_exchange *x, int64_t now)
{
	int64_t due = svcgate_stream_out_due(&x->request);

	if (!x->sent || !due || now < due)
		return false;
	x->probed = !x->probed;
	if (x->probed)
		svcgate_stream_out_put_off(&x->request, now);
	return x->probed;
}

static int put_request(struct svcgate_exchange *x, int64_t now)
{
	struct svcgate_piece piece;
	bool last;

	if (asks_first(x, now))
		return ask_again(x, now);
	if (!svcgate_stream_out_next(&x->request, now, &piece))
		return 0;
	x->sent |= piece.last;
	x->said = now;
	last = piece.last && !x->data.buf;
	return put(x, SVCGATE_FRAME_DATA, last ? SVCGATE_FRAME_LAST : 0, piece.offset,
		   piece.data, piece.length);
}

static int put_data(struct svcgate_exchange *x, int64_t now)
{
	struct svcgate_piece piece;

	if (!svcgate_stream_out_next(&x->data, now, &piece))
		return 0;
	x->put += piece.length;
	x->said = now;
	return put(x, SVCGATE_FRAME_DATA, piece.last ? SVCGATE_FRAME_LAST : 0,
		   x->length + piece.offset, piece.data, piece.length);
}

/* Return: 1 when a frame was sent, 0 when there is none, or negative errno. */
static int put_next(struct svcgate_exchange *x)
{
	int64_t now = svcgate_line_clock();
	int r;

	if (x->over)
		return 0;
	if (x->io && x->head && svcgate_stream_in_due(&x->in))
		return put_ack(x, now);
	if (ask_is_due(x, now))
		return ask(x, now);
	if (now >= keep_alive_at(x)) {
		x->kept = now;
		/* Of nothing, so it is the kernel that answers. */
		return put(x, SVCGATE_FRAME_ACK, 0, 0, NULL, 0);
	}
	r = x->admitted ? 0 : put_request(x, now);
	if (r || !x->admitted || !x->data.buf)
		return r;
	return put_data(x, now);
}

static int send_due(struct svcgate_exchange *x)
{
	struct svcgate_line *line = &x->link->line;
	int r = 1;

	while (r > 0) {
		r = svcgate_line_flush(line);
		if (r < 0 || svcgate_line_busy(line))
			return r;
		r = put_next(x);
	}
	return r;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return b && b < a ? b : a;
}

static int64_t next_deadline(const struct svcgate_exchange *x)
{
	int64_t deadline = x->over ? x->end : sooner(x->end, x->heard + LOST_US);

	/* A line that is busy sends nothing, whatever is due. */
	if (svcgate_line_busy(&x->link->line) || x->over)
		return deadline;
	deadline = sooner(deadline, keep_alive_at(x));
	deadline = sooner(deadline, x->ask_at);
	if (x->asking)
		deadline = sooner(deadline, x->asked + ASK_AGAIN_US);
	if (!x->admitted)
		return sooner(deadline, svcgate_stream_out_due(&x->request));
	return sooner(deadline, svcgate_stream_out_due(&x->data));
}

static int wait(struct svcgate_exchange *x, bool *ret_in, bool *ret_out)
{
	struct svcgate_line *line = &x->link->line;
	struct pollfd fds[] = {
		{ .fd = x->over ? -1 : line->fd, .events = POLLIN },
		{ .fd = svcgate_io_reads(x) ? x->io->in_fd : -1, .events = POLLIN },
		{ .fd = svcgate_io_writes(x) ? x->io->out_fd : -1, .events = POLLOUT },
	};
	int64_t left = next_deadline(x) - svcgate_line_clock();
	struct timespec time = { 0 };

	if (left > 0)
		time = (struct timespec){ left / 1000000, left % 1000000 * 1000 };
	if (svcgate_line_busy(line))
		fds[0].events |= POLLOUT;
	if (line->stop && *line->stop)
		return -EINTR;
	if (ppoll(fds, ARRAY_SIZE(fds), &time, NULL) < 0)
		return errno == EINTR ? 0 : -errno;
	*ret_in = fds[1].revents;
	*ret_out = fds[2].revents;
	return 0;
}

static int receive(struct svcgate_exchange *x)
{
	struct svcgate_line_frame frame;
	int r;

	while (!x->over) {
		r = svcgate_line_next(&x->link->line, &frame);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		r = svcgate_exchange_take(x, &frame);
		if (r)
			return r;
	}
	return 0;
}

static bool finished(const struct svcgate_exchange *x)
{
	if (!x->head)
		return false;
	if (!x->io || x->io->out_fd < 0)
		return true;
	return svcgate_stream_in_ended(&x->in) && (x->over || x->in.total == x->head);
}

/* Return: 1 when the transaction is over, 0 to go on, or negative errno. */
static int turn(struct svcgate_exchange *x)
{
	bool in = false, out = false;
	int64_t now;
	int r;

	r = send_due(x);
	if (!r)
		r = wait(x, &in, &out);
	if (!r)
		r = receive(x);
	if (!r && in)
		r = svcgate_io_read(x);
	if (!r && out)
		r = svcgate_io_write(x);
	if (r)
		return r;
	now = svcgate_line_clock();
	if (x->io)
		svcgate_io_progress(x, now, false);
	if (finished(x))
		return 1;
	/* An end in order, and not all has come that was before it. */
	if (x->over && !svcgate_stream_in_complete(&x->in))
		return -EPROTO;
	if ((!x->over && now >= x->heard + LOST_US) || now >= x->end)
		return -ETIMEDOUT;
	return 0;
}

/**
 * svcgate_exchange_run() - carry it through
 * @x: after svcgate_exchange_init()
 *
 * Return: 0 when the device has answered, or as svcgate_link_request() and
 * svcgate_link_transfer().
 */
int svcgate_exchange_run(struct svcgate_exchange *x)
{
	int r;

	do
		r = turn(x);
	while (!r);
	if (x->io)
		svcgate_io_progress(x, svcgate_line_clock(), true);
	return r < 0 ? r : 0;
}

/**
 * svcgate_exchange_close() - tell the device that nobody reads on, where it may send
 * @x: the exchange; it has its answer or was given up
 *
 * Return: 0, or as svcgate_line_send().
 */
int svcgate_exchange_close(struct svcgate_exchange *x)
{
	u8 close[sizeof(struct svcgate_close)] = { 0 };
	struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_CLOSE,
		.transaction = x->transaction,
		.session = x->link->welcome.session,
		.data = close,
		.length = sizeof(close),
	};

	if (x->over || x->response->closed || (x->head && x->in.ended && x->in.total == x->head))
		return 0;
	svcgate_put_le16(close, SVCGATE_REASON_END_HOST);
	svcgate_put_le32(close + offsetof(struct svcgate_close, total),
			 x->length + x->data.next);
	return svcgate_line_send(&x->link->line, &frame);
}
