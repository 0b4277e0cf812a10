// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: requests with data, from and to descriptors.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "link_exchange.h"

/* How often progress is told. */
#define REPORT_US	100000

static int fail(struct svcgate_exchange *x, int fd, int error)
{
	x->io->failed_fd = fd;
	x->io->error = error;
	return -ECANCELED;
}

/**
 * svcgate_io_reads() - is there room for what comes from the descriptor?
 * @x: an exchange with or without data
 *
 * Nothing is taken from it before the request is admitted: who is refused keeps
 * what he has.
 */
bool svcgate_io_reads(const struct svcgate_exchange *x)
{
	const struct svcgate_stream_out *data = &x->data;

	return data->buf && x->admitted && !x->over && !data->ended &&
	       data->end - data->base < data->size;
}

/**
 * svcgate_io_read() - read for the device
 * @x: an exchange with data, whose descriptor is ready
 *
 * Return: 0 or -ECANCELED.
 */
int svcgate_io_read(struct svcgate_exchange *x)
{
	size_t room;
	ssize_t n;
	u8 *at;

	room = svcgate_stream_out_room(&x->data, &at);
	if (!room)
		return fail(x, x->io->in_fd, -EFBIG);
	n = read(x->io->in_fd, at, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return fail(x, x->io->in_fd, -errno);
	if (n)
		svcgate_stream_out_put(&x->data, n);
	else
		svcgate_stream_out_end(&x->data);
	return 0;
}

/**
 * svcgate_io_writes() - is there something for the descriptor?
 * @x: an exchange with or without data
 */
bool svcgate_io_writes(const struct svcgate_exchange *x)
{
	return x->io && x->io->out_fd >= 0 && x->head && x->in.next != x->in.base;
}

/**
 * svcgate_io_write() - write what has come
 * @x: an exchange with data, whose descriptor is ready
 *
 * No more than a pipe takes without waiting, although its descriptor may block.
 *
 * Return: 0 or -ECANCELED.
 */
int svcgate_io_write(struct svcgate_exchange *x)
{
	size_t count;
	const u8 *at;
	ssize_t n;

	count = svcgate_stream_in_peek(&x->in, &at);
	n = write(x->io->out_fd, at, count < PIPE_BUF ? count : PIPE_BUF);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return fail(x, x->io->out_fd, -errno);
	svcgate_stream_in_consume(&x->in, n);
	return 0;
}

/*
 * The answer after the end of the data acknowledges all of it; the word of the last
 * piece may have been lost.
 */
static u32 bytes_arrived(const struct svcgate_exchange *x)
{
	const struct svcgate_stream_out *data = &x->data;

	if (x->head && !x->response->reason && data->ended && data->next == data->end)
		return data->end;
	return data->base;
}

/**
 * svcgate_io_progress() - tell how far it is, when it is time
 * @x: an exchange with data
 * @now: the time
 * @last: it is over
 */
void svcgate_io_progress(struct svcgate_exchange *x, int64_t now, bool last)
{
	struct svcgate_link_progress *progress = &x->io->progress;

	if (!last && now < x->begun + progress->elapsed_us + REPORT_US)
		return;
	progress->sent = last ? bytes_arrived(x) : x->data.base;
	progress->received = x->head ? x->in.base - x->head : 0;
	progress->repeated = x->put - x->data.next;
	progress->elapsed_us = now - x->begun;
	progress->answered = x->head;
	if (x->io->report)
		x->io->report(x->io->context, progress);
}

/**
 * svcgate_link_transfer() - ask the device for something that has data with it
 * @link: the link; a session is begun when none is open
 * @request: what to ask for
 * @io: where the data comes from and goes to
 * @ret_response: what the device said, also when it refused
 *
 * The response may come before the data or after it. A descriptor that gives or
 * takes nothing for some time only costs time. What was lost on the line is sent
 * again; what a lost session took along is not, once the device has the request
 * (@io->begun): how far it came there is for the caller to find out.
 *
 * Where the device ends the data early, the response is closed and says why.
 *
 * Return: 0 when the device has answered and all data has come, or -ETIMEDOUT it
 * says nothing any more, -ENOTCONN the session is over, -EPIPE the port went away,
 * -EINTR stopped, -ECANCELED a descriptor failed (@io->failed_fd), -EMSGSIZE a
 * longer request than the device takes, -EPROTO an answer without sense,
 * -EPROTONOSUPPORT another version, -ENOMEM.
 */
int svcgate_link_transfer(struct svcgate_link *link,
			  const struct svcgate_link_request *request,
			  struct svcgate_link_io *io,
			  struct svcgate_link_response *ret_response)
{
	io->progress = (struct svcgate_link_progress){ 0 };
	io->begun = false;
	io->unread = false;
	io->failed_fd = -1;
	io->error = 0;
	return svcgate_link_carry_out(link, request, io, ret_response);
}
