// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The sending end of a stream: what is to be sent next, and again.
 */
#include <errno.h>
#include <stdlib.h>

#include "frame.h"
#include "stream_private.h"

/* A stream ends before its numbers do. */
#define OFFSET_MAX	(UINT32_MAX - (1U << 20))

/* A receiver without room is asked so often whether it has some. */
#define BLOCKED_US	500000

/**
 * svcgate_stream_out_init() - begin with a stream
 * @out: the sending end
 * @pace: of its line; stays the caller's
 * @size: bytes that it keeps until they are acknowledged, a power of two
 * @window: bytes that the receiver takes before its first word
 *
 * Return: 0 or -ENOMEM.
 */
int svcgate_stream_out_init(struct svcgate_stream_out *out, struct svcgate_pace *pace,
			    size_t size, u32 window)
{
	*out = (struct svcgate_stream_out){ .pace = pace, .size = size, .limit = window };
	out->buf = malloc(size);
	return out->buf ? 0 : -ENOMEM;
}

/* Is it on its way, as far as we know? */
static bool flies(const struct svcgate_segment *segment)
{
	return !segment->arrived && !segment->lost;
}

/**
 * svcgate_stream_out_free() - give back its memory; nothing of it is on its way
 * @out: the sending end, also one that was never begun
 */
void svcgate_stream_out_free(struct svcgate_stream_out *out)
{
	unsigned int i;

	for (i = 0; i < out->segment_count; i++)
		if (flies(&out->segments[i]))
			svcgate_pace_gone(out->pace, &out->segments[i]);
	free(out->buf);
	*out = (struct svcgate_stream_out){ 0 };
}

/**
 * svcgate_stream_out_room() - where further bytes go
 * @out: the sending end
 * @ret_at: the place; there may be more room at the ring's beginning
 *
 * Return: bytes that fit, 0 when it is full or the stream is as long as one can be.
 */
size_t svcgate_stream_out_room(struct svcgate_stream_out *out, u8 **ret_at)
{
	size_t at = out->end & (out->size - 1), room = out->size - (out->end - out->base);

	*ret_at = out->buf + at;
	if (out->ended || out->end >= OFFSET_MAX)
		return 0;
	return room < out->size - at ? room : out->size - at;
}

/**
 * svcgate_stream_out_put() - bytes were put where svcgate_stream_out_room() said
 * @out: the sending end
 * @count: how many
 */
void svcgate_stream_out_put(struct svcgate_stream_out *out, size_t count)
{
	out->end += count;
}

/**
 * svcgate_stream_out_end() - there will be no more
 * @out: the sending end
 */
void svcgate_stream_out_end(struct svcgate_stream_out *out)
{
	out->ended = true;
}

static unsigned int flying(const struct svcgate_stream_out *out)
{
	unsigned int i, count = 0;

	for (i = 0; i < out->segment_count; i++)
		count += flies(&out->segments[i]);
	return count;
}

static void set_due(struct svcgate_stream_out *out, int64_t now)
{
	out->due = flying(out) ? now + svcgate_pace_timeout(out->pace, out->tries) : 0;
}

static void lose(struct svcgate_stream_out *out, struct svcgate_segment *segment)
{
	svcgate_pace_gone(out->pace, segment);
	segment->lost = true;
}

/*
 * One segment is sent again. Its acknowledgement tells what became of the others,
 * best if it is the last one; but who keeps nothing beyond a gap needs the first.
 */
static void time_out(struct svcgate_stream_out *out)
{
	bool first = out->in_order || out->tries % 2;
	struct svcgate_segment *segment = NULL;
	unsigned int i;

	for (i = 0; i < out->segment_count; i++)
		if (flies(&out->segments[i]) && !(first && segment))
			segment = &out->segments[i];
	if (!segment)
		return;
	lose(out, segment);
	segment->unsure = true;
	/* Frames that never arrive at all may be too long for this line. */
	if ((out->tries++ || !out->pace->delivered) && !segment->probe)
		svcgate_pace_doubt(out->pace, svcgate_segment_line(segment));
}

static bool fits(const struct svcgate_stream_out *out, size_t length)
{
	size_t window = svcgate_pace_window(out->pace);

	/* Who has nothing on the way waits for no more than the others' queue. */
	if (!flying(out))
		return out->pace->in_flight <= window;
	return out->pace->in_flight + svcgate_line_length(length) <= window;
}

static struct svcgate_segment *insert(struct svcgate_stream_out *out, unsigned int i)
{
	memmove(out->segments + i + 1, out->segments + i,
		(out->segment_count - i) * sizeof(out->segments[0]));
	out->segment_count++;
	out->segments[i] = (struct svcgate_segment){ 0 };
	return &out->segments[i];
}

/* Frames may have to be shorter than they were; a little does not count. */
static void split(struct svcgate_stream_out *out, unsigned int i, size_t length)
{
	struct svcgate_segment *rest;

	if (out->segments[i].length <= length + length / 2 ||
	    out->segment_count == SVCGATE_STREAM_SEGMENTS)
		return;
	rest = insert(out, i + 1);
	*rest = out->segments[i];
	rest->offset += length;
	rest->length -= length;
	out->segments[i].length = length;
	out->segments[i].last = false;
}

static struct svcgate_segment *next_lost(struct svcgate_stream_out *out)
{
	unsigned int i;

	for (i = 0; i < out->segment_count; i++) {
		if (!out->segments[i].lost)
			continue;
		if (!fits(out, min_t(size_t, out->segments[i].length,
				     svcgate_pace_frame(out->pace))))
			return NULL;
		split(out, i, svcgate_pace_frame(out->pace));
		out->segments[i].lost = false;
		out->segments[i].again = true;
		return &out->segments[i];
	}
	return NULL;
}

/* Bytes that were never sent and may be now; the end alone is a piece, too. */
static bool next_length(struct svcgate_stream_out *out, int64_t now, size_t *ret_length)
{
	size_t frame = svcgate_pace_frame(out->pace), left = out->end - out->next;
	size_t length = left < frame ? left : frame;
	u32 room = out->limit > out->next ? out->limit - out->next : 0;
	unsigned int count = flying(out);

	if (length > room && !count && !room) {
		/* Beyond the limit only to hear of a new one. */
		if (!out->due)
			out->due = now + BLOCKED_US;
		if (now < out->due)
			return false;
		room = 1;
	}
	if (length > room)
		length = room;
	/* Short frames only where somebody may wait for them. */
	if (length < left && length < frame / 2 && count)
		return false;
	if (left == length && length < frame / 2 && count > 1 && !out->ended)
		return false;
	*ret_length = length;
	return length || (out->ended && !left);
}

static struct svcgate_segment *next_new(struct svcgate_stream_out *out, int64_t now)
{
	unsigned int count = out->segment_count;
	struct svcgate_segment *segment;
	size_t length;

	if (count == SVCGATE_STREAM_SEGMENTS || (count && out->segments[count - 1].last) ||
	    !next_length(out, now, &length) || !fits(out, length))
		return NULL;
	segment = insert(out, count);
	segment->offset = out->next;
	segment->length = length;
	segment->probe = length && out->next >= out->limit;
	out->next += length;
	return segment;
}

static void copy(const struct svcgate_stream_out *out, u32 offset, size_t length, u8 *to)
{
	size_t at = offset & (out->size - 1), first = out->size - at;

	if (first > length)
		first = length;
	memcpy(to, out->buf + at, first);
	memcpy(to + first, out->buf, length - first);
}

/**
 * svcgate_stream_out_next() - what is to be sent now
 * @out: the sending end
 * @now: microseconds
 * @ret_piece: it; counts as sent
 *
 * To be called until it has nothing, after anything happened and when
 * svcgate_stream_out_due() says so.
 *
 * Return: false when there is nothing to send now.
 */
bool svcgate_stream_out_next(struct svcgate_stream_out *out, int64_t now,
			     struct svcgate_piece *ret_piece)
{
	struct svcgate_segment *segment;

	if (out->closed)
		return false;
	if (out->due && now >= out->due && flying(out)) {
		time_out(out);
		set_due(out, now);
	}
	segment = next_lost(out);
	if (!segment)
		segment = next_new(out, now);
	if (!segment)
		return false;
	segment->last = out->ended && segment->offset + segment->length == out->end;
	svcgate_pace_sent(out->pace, segment, now);
	if (!segment->unsure)
		segment->proves = segment->order;
	set_due(out, now);
	ret_piece->offset = segment->offset;
	ret_piece->length = segment->length;
	ret_piece->last = segment->last;
	copy(out, segment->offset, segment->length, ret_piece->data);
	return true;
}

/**
 * struct news - what an acknowledgement says
 * @newest: copy of the segment that proves most of those that arrived with it
 * @any: there is one
 * @partly: order of one that arrived in part, 0 for none
 */
struct news {
	struct svcgate_segment newest;
	bool any;
	u64 partly;
};

static void arrive(struct svcgate_stream_out *out, struct svcgate_segment *segment,
		   struct news *news, int64_t now)
{
	if (segment->arrived)
		return;
	if (flies(segment))
		svcgate_pace_gone(out->pace, segment);
	segment->lost = false;
	segment->arrived = true;
	svcgate_pace_arrived(out->pace, segment, now);
	if (!news->any || segment->proves > news->newest.proves)
		news->newest = *segment;
	news->any = true;
}

/* Everything before a byte has arrived. */
static void take_offset(struct svcgate_stream_out *out, u32 offset, struct news *news,
			int64_t now)
{
	struct svcgate_segment *s;
	unsigned int i, gone = 0;

	for (i = 0; i < out->segment_count; i++) {
		s = &out->segments[i];
		if (s->offset >= offset)
			break;
		if (s->offset + s->length > offset) {
			/* The receiver had room for its beginning only. */
			if (flies(s)) {
				lose(out, s);
				news->partly = s->proves;
			}
			s->length -= offset - s->offset;
			s->offset = offset;
			break;
		}
		arrive(out, s, news, now);
		gone++;
	}
	out->segment_count -= gone;
	memmove(out->segments, out->segments + gone,
		out->segment_count * sizeof(out->segments[0]));
	out->base = offset;
}

static void take_range(struct svcgate_stream_out *out, u64 start, u64 end, struct news *news,
		       int64_t now)
{
	struct svcgate_segment *s;
	unsigned int i;

	for (i = 0; i < out->segment_count; i++) {
		s = &out->segments[i];
		if (s->offset >= start && (u64)s->offset + s->length <= end && s->length)
			arrive(out, s, news, now);
	}
}

static void take_complete(struct svcgate_stream_out *out, struct news *news, int64_t now)
{
	unsigned int i;

	for (i = 0; i < out->segment_count; i++)
		arrive(out, &out->segments[i], news, now);
	out->segment_count = 0;
	out->base = out->end;
	out->closed = true;
	out->due = 0;
}

/* The line keeps its order: what was sent before something that arrived is lost. */
static void lose_older(struct svcgate_stream_out *out, u64 order)
{
	struct svcgate_segment *s;
	size_t run = 0;
	unsigned int i;

	for (i = 0; i < out->segment_count; i++) {
		s = &out->segments[i];
		if (flies(s) && s->order < order) {
			lose(out, s);
			s->unsure = false;
			run += s->probe ? 0 : svcgate_segment_line(s);
			continue;
		}
		if (run)
			svcgate_pace_lost(out->pace, run);
		run = 0;
	}
	if (run)
		svcgate_pace_lost(out->pace, run);
}

/*
 * The receiver keeps nothing beyond a gap. Its word again on what it had said
 * before means that a frame behind the gap came and was dropped, and so will be
 * all that is on its way. Each of them will say so once more.
 */
static void go_back(struct svcgate_stream_out *out)
{
	unsigned int i, count = flying(out);

	if (out->stale) {
		out->stale--;
		return;
	}
	if (count < 2)
		return;
	out->stale = count - 2;
	svcgate_pace_lost(out->pace, svcgate_segment_line(&out->segments[0]));
	for (i = 0; i < out->segment_count; i++)
		if (flies(&out->segments[i]))
			lose(out, &out->segments[i]);
}

static void take_body(struct svcgate_stream_out *out, u32 offset, const u8 *body,
		      size_t length, struct news *news, int64_t now)
{
	u32 window = svcgate_get_le32(body);
	u64 limit = (u64)offset + (window & ~SVCGATE_ACK_COMPLETE);
	size_t at;

	if (limit > out->limit)
		out->limit = limit < UINT32_MAX ? limit : UINT32_MAX;
	if (window & SVCGATE_ACK_COMPLETE && out->ended && offset == out->end) {
		take_complete(out, news, now);
		return;
	}
	for (at = sizeof(struct svcgate_ack); at < length; at += sizeof(struct svcgate_range))
		take_range(out, (u64)offset + svcgate_get_le32(body + at),
			   (u64)offset + svcgate_get_le32(body + at + 4), news, now);
}

/**
 * svcgate_stream_out_ack() - an acknowledgement has come
 * @out: the sending end
 * @now: microseconds
 * @offset: next byte that the receiver expects
 * @body: window and ranges, or nothing
 * @length: bytes of @body
 *
 * One about bytes that were never sent, or of a wrong length, says nothing.
 */
void svcgate_stream_out_ack(struct svcgate_stream_out *out, int64_t now, u32 offset,
			    const u8 *body, size_t length)
{
	bool known = offset == out->base;
	struct news news = { 0 };

	if (out->closed || offset > out->next || !svcgate_frame_ack_fits(length))
		return;
	if (offset > out->base)
		take_offset(out, offset, &news, now);
	if (length)
		take_body(out, offset, body, length, &news, now);
	if (out->in_order && known)
		go_back(out);
	else if (out->in_order && news.any)
		out->stale = 0;
	if (news.any) {
		svcgate_pace_learn(out->pace, &news.newest, now);
		lose_older(out, news.newest.proves);
	}
	if (news.partly)
		lose_older(out, news.partly);
	if (news.any || news.partly) {
		out->tries = 0;
		set_due(out, now);
	}
}

/**
 * svcgate_stream_out_due() - when svcgate_stream_out_next() is to be called again
 * @out: the sending end
 *
 * Return: the time, 0 for never.
 */
int64_t svcgate_stream_out_due(const struct svcgate_stream_out *out)
{
	return out->due;
}

/**
 * svcgate_stream_out_put_off() - give what is on its way the time of one more time-out
 * @out: the sending end, with a time-out that is due
 * @now: microseconds
 *
 * For who asks the receiver in another way first.
 */
void svcgate_stream_out_put_off(struct svcgate_stream_out *out, int64_t now)
{
	set_due(out, now);
}

/**
 * svcgate_stream_out_done() - has the receiver got everything?
 * @out: the sending end
 *
 * Return: true when the stream was ended and all of it is acknowledged.
 */
bool svcgate_stream_out_done(const struct svcgate_stream_out *out)
{
	if (out->in_order)
		return out->ended && out->base == out->end;
	return out->closed;
}
