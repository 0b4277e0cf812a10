// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The receiving end of a stream: puts pieces together, says what is missing.
 *
 * What the peer sends is not to be trusted: every number is bounded before it is
 * used, and what finds no room is as if it had never come.
 */
#include <errno.h>
#include <stdlib.h>

#include "stream.h"

/**
 * svcgate_stream_in_init() - begin with a stream
 * @in: the receiving end
 * @size: bytes that it keeps for its reader, a power of two
 *
 * Return: 0 or -ENOMEM.
 */
int svcgate_stream_in_init(struct svcgate_stream_in *in, size_t size)
{
	*in = (struct svcgate_stream_in){ .size = size, .told = size };
	in->buf = malloc(size);
	return in->buf ? 0 : -ENOMEM;
}

/**
 * svcgate_stream_in_free() - give back its memory
 * @in: the receiving end
 */
void svcgate_stream_in_free(struct svcgate_stream_in *in)
{
	free(in->buf);
	*in = (struct svcgate_stream_in){ 0 };
}

static void store(struct svcgate_stream_in *in, u32 start, const u8 *data, size_t length)
{
	size_t at = start & (in->size - 1), first = in->size - at;

	if (first > length)
		first = length;
	memcpy(in->buf + at, data, first);
	memcpy(in->buf, data + first, length - first);
}

static void remove_range(struct svcgate_stream_in *in, unsigned int i)
{
	in->range_count--;
	memmove(in->ranges + i, in->ranges + i + 1,
		(in->range_count - i) * sizeof(in->ranges[0]));
}

/* Join what is at @next now; only the lowest ranges can be. */
static void advance(struct svcgate_stream_in *in, u32 end)
{
	in->next = end;
	while (in->range_count && in->ranges[0].start <= in->next) {
		if (in->ranges[0].end > in->next)
			in->next = in->ranges[0].end;
		remove_range(in, 0);
	}
}

/* False when there are too many gaps already. */
static bool add_range(struct svcgate_stream_in *in, u32 start, u32 end)
{
	unsigned int i = 0;

	while (i < in->range_count && in->ranges[i].end < start)
		i++;
	/* All that touch the new one become one with it. */
	while (i < in->range_count && in->ranges[i].start <= end) {
		if (in->ranges[i].start < start)
			start = in->ranges[i].start;
		if (in->ranges[i].end > end)
			end = in->ranges[i].end;
		remove_range(in, i);
	}
	if (in->range_count == SVCGATE_STREAM_RANGES)
		return false;
	memmove(in->ranges + i + 1, in->ranges + i,
		(in->range_count - i) * sizeof(in->ranges[0]));
	in->ranges[i].start = start;
	in->ranges[i].end = end;
	in->ranges[i].grew = ++in->pieces;
	in->range_count++;
	return true;
}

static void take_end(struct svcgate_stream_in *in, u32 total)
{
	u32 highest = in->range_count ? in->ranges[in->range_count - 1].end : in->next;

	/* The first word counts, and not less than what has come. */
	if (in->ended || total < highest)
		return;
	in->ended = true;
	in->total = total;
}

/**
 * svcgate_stream_in_take() - a piece has come
 * @in: the receiving end
 * @offset: number of its first byte
 * @data: its bytes
 * @length: how many
 * @last: the stream ends with them
 *
 * Whatever it was, it gets an acknowledgement. Bytes that are there already, that
 * find no room, or that lie behind the stream's end are dropped.
 */
void svcgate_stream_in_take(struct svcgate_stream_in *in, u32 offset, const u8 *data,
			    size_t length, bool last)
{
	u64 start = offset, end = start + length, limit = (u64)in->base + in->size;

	in->due = true;
	if (end > UINT32_MAX)
		return;
	if (last)
		take_end(in, end);
	if (in->ended && limit > in->total)
		limit = in->total;
	if (end > limit)
		end = limit;
	if (start < in->next)
		start = in->next;
	if (start >= end)
		return;
	if (start > in->next && !add_range(in, start, end))
		return;
	store(in, start, data + (start - offset), end - start);
	if (start == in->next)
		advance(in, end);
}

/**
 * svcgate_stream_in_peek() - what the reader can take now
 * @in: the receiving end
 * @ret_at: the bytes; there may be more behind the ring's end
 *
 * Return: how many, 0 for none.
 */
size_t svcgate_stream_in_peek(const struct svcgate_stream_in *in, const u8 **ret_at)
{
	size_t at = in->base & (in->size - 1), count = in->next - in->base;

	*ret_at = in->buf + at;
	return count < in->size - at ? count : in->size - at;
}

/**
 * svcgate_stream_in_consume() - the reader took bytes
 * @in: the receiving end
 * @count: how many, at most what svcgate_stream_in_peek() offered
 *
 * A quarter of the room is worth telling the sender, less is not.
 */
void svcgate_stream_in_consume(struct svcgate_stream_in *in, size_t count)
{
	in->base += count;
	if ((u64)in->base + in->size >= in->told + in->size / 4 && !in->ended)
		in->due = true;
}

/**
 * svcgate_stream_in_complete() - has everything come?
 * @in: the receiving end
 *
 * Return: true when the end has come and nothing before it is missing; the reader may
 * not have taken it yet.
 */
bool svcgate_stream_in_complete(const struct svcgate_stream_in *in)
{
	return in->ended && in->next == in->total;
}

/**
 * svcgate_stream_in_ended() - has the reader got everything?
 * @in: the receiving end
 *
 * Return: true when the end has come and all before it was taken.
 */
bool svcgate_stream_in_ended(const struct svcgate_stream_in *in)
{
	return in->ended && in->base == in->total;
}

/**
 * svcgate_stream_in_due() - should an acknowledgement be sent?
 * @in: the receiving end
 *
 * One is enough for all pieces that have come meanwhile.
 */
bool svcgate_stream_in_due(const struct svcgate_stream_in *in)
{
	return in->due;
}

/* The range that grew last of those that grew before a piece came. */
static int grew_before(const struct svcgate_stream_in *in, u64 piece)
{
	unsigned int i;
	int found = -1;

	for (i = 0; i < in->range_count; i++)
		if (in->ranges[i].grew < piece &&
		    (found < 0 || in->ranges[i].grew > in->ranges[found].grew))
			found = i;
	return found;
}

/**
 * svcgate_stream_in_ack() - the acknowledgement of now
 * @in: the receiving end
 * @ret_offset: for the frame's header: next byte expected
 * @body: window and ranges, the one that grew last first: so each news is told
 *	by several acknowledgements, of which some may get lost
 *
 * Return: bytes of @body.
 */
size_t svcgate_stream_in_ack(struct svcgate_stream_in *in, u32 *ret_offset,
			     u8 body[SVCGATE_STREAM_ACK_MAX])
{
	u64 limit = (u64)in->base + in->size;
	u32 window = limit - in->next;
	u64 piece = UINT64_MAX;
	u8 *at = body + sizeof(struct svcgate_ack);
	unsigned int count;
	int i;

	if (svcgate_stream_in_complete(in))
		window |= SVCGATE_ACK_COMPLETE;
	svcgate_put_le32(body, window);
	for (count = 0; count < SVCGATE_ACK_RANGES_MAX; count++) {
		i = grew_before(in, piece);
		if (i < 0)
			break;
		svcgate_put_le32(at, in->ranges[i].start - in->next);
		svcgate_put_le32(at + 4, in->ranges[i].end - in->next);
		at += sizeof(struct svcgate_range);
		piece = in->ranges[i].grew;
	}
	*ret_offset = in->next;
	in->told = limit;
	in->due = false;
	return at - body;
}
