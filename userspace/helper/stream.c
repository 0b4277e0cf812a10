// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two byte streams of a transaction, behind its request and response.
 *
 * Bytes are numbered, so the host may send them again in other pieces. What it
 * sends is taken in order, as much as the executor's pipe has room for, and
 * acknowledged by the number of the next byte; the rest it sends again. What
 * goes to the host is kept until it is acknowledged, and sent again from there
 * when no acknowledgement comes.
 */
#include <errno.h>
#include <stdlib.h>

#include "stream.h"

#define RESEND_MS	1000

/**
 * stream_in_new() - which bytes of a message are new, and next
 * @in: the stream
 * @offset: number of the message's first byte
 * @length: its bytes
 * @ret_skip: bytes at its beginning that are known
 *
 * Return: bytes behind those; 0 when there is a gap before the message.
 */
size_t stream_in_new(const struct stream_in *in, u32 offset, size_t length, size_t *ret_skip)
{
	if (in->ended || offset > in->next || in->next - offset > length)
		return 0;
	*ret_skip = in->next - offset;
	return length - *ret_skip;
}

/**
 * stream_in_took() - the executor took bytes
 * @in: the stream
 * @count: how many
 * @of: how many there were, from stream_in_new()
 * @last: the stream ends with them
 */
void stream_in_took(struct stream_in *in, size_t count, size_t of, bool last)
{
	in->next += (u32)count;
	if (last && count == of)
		in->ended = true;
}

/**
 * stream_out_room() - where further bytes of the executor go
 * @out: the stream
 * @ret_at: the place
 * @ret_room: bytes that fit, perhaps 0
 *
 * Return: 0 or -ENOMEM.
 */
int stream_out_room(struct stream_out *out, u8 **ret_at, size_t *ret_room)
{
	if (!out->buf)
		out->buf = malloc(STREAM_WINDOW);
	if (!out->buf)
		return -ENOMEM;
	*ret_at = out->buf + out->used;
	*ret_room = STREAM_WINDOW - out->used;
	return 0;
}

/**
 * stream_out_put() - bytes were put where stream_out_room() said
 * @out: the stream
 * @count: how many; 0 when there will be no more
 */
void stream_out_put(struct stream_out *out, size_t count)
{
	out->used += count;
	if (!count)
		out->ended = true;
}

/**
 * stream_out_next() - the next bytes to be sent
 * @out: the stream
 * @ret_offset: number of the first
 * @ret_data: the bytes
 *
 * Return: how many, 0 for none now.
 */
size_t stream_out_next(const struct stream_out *out, u32 *ret_offset, const u8 **ret_data)
{
	size_t left = out->used - out->sent;

	*ret_offset = out->base + (u32)out->sent;
	*ret_data = out->buf + out->sent;
	return left < STREAM_CHUNK ? left : STREAM_CHUNK;
}

/**
 * stream_out_sent() - bytes from stream_out_next() are on their way
 * @out: the stream
 * @count: how many
 * @now: milliseconds
 */
void stream_out_sent(struct stream_out *out, size_t count, int64_t now)
{
	if (!out->sent)
		out->resend_at = now + RESEND_MS;
	out->sent += count;
}

/**
 * stream_out_ack() - the host has the bytes before one
 * @out: the stream
 * @offset: number of that byte
 * @now: milliseconds
 *
 * A number that was not sent yet says nothing.
 */
void stream_out_ack(struct stream_out *out, u32 offset, int64_t now)
{
	size_t count = offset - out->base;

	if (!count || count > out->used)
		return;
	memmove(out->buf, out->buf + count, out->used - count);
	out->base = offset;
	out->used -= count;
	out->sent = out->sent > count ? out->sent - count : 0;
	out->resend_at = now + RESEND_MS;
}

/**
 * stream_out_resend() - send again when it is time
 * @out: the stream
 * @now: milliseconds
 *
 * Return: milliseconds until the next call is due, -1 when nothing is on its
 * way.
 */
int64_t stream_out_resend(struct stream_out *out, int64_t now)
{
	if (!out->sent)
		return -1;
	if (now < out->resend_at)
		return out->resend_at - now;
	out->sent = 0;
	return -1;
}

/**
 * stream_out_done() - has the host got everything?
 * @out: the stream
 *
 * Return: true when the executor has ended it and all is acknowledged.
 */
bool stream_out_done(const struct stream_out *out)
{
	return out->ended && !out->used;
}

/**
 * stream_out_free() - give back its memory
 * @out: the stream
 */
void stream_out_free(struct stream_out *out)
{
	free(out->buf);
	*out = (struct stream_out){};
}
