/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The byte streams of a transaction: one implementation for both ends of the
 * line, the host's and svcgated's.
 *
 * Nothing in here reads a clock, waits or sends: the owner hands in the time and
 * carries frames and acknowledgements, so whole hours can be played in a test.
 * Times are microseconds of any clock that only goes forward.
 *
 * A serial line keeps its order. That makes loss certain, not guessed: when an
 * acknowledgement shows that something sent later has arrived, whatever was sent
 * before it and is not acknowledged is lost, and is sent again at once. Only the
 * last frames before a pause need a time-out.
 */
#ifndef _SVCGATE_STREAM_H
#define _SVCGATE_STREAM_H

#include "pure.h"

/* Frames of a stream that may be on their way at once. */
#define SVCGATE_STREAM_SEGMENTS	128

/* Separate ranges that a receiver keeps beyond a gap. */
#define SVCGATE_STREAM_RANGES	32

/* Bytes on the line of a frame beside its data, COBS of random data apart. */
#define SVCGATE_STREAM_OVERHEAD \
	(sizeof(struct svcgate_frame) + SVCGATE_FRAME_CRC_SIZE + 3)

/**
 * struct svcgate_pace - the sending side of a line: how much, in pieces how long
 * @bound: bytes that may be on their way, whatever is measured
 * @frame_max: most bytes of data in a frame
 * @streams: transactions open on the line, the owner's to set; with more than one
 *	frames and queue become short, so that each gets its turn soon
 * @nominal: bytes a second that the line is known to carry, 0 when it is not
 * @rate: bytes a second that arrive
 * @latency: what a frame takes beyond the time of the bytes before it: recent peak
 * @idle: the same of the last frame that found the line empty
 * @late: @latency without a bound: a time-out is no earlier, however slow the other
 *	end was of late
 * @in_flight: bytes on their way, of all streams
 * @delivered: bytes that ever arrived
 * @delivered_at: when the last did
 * @first_sent_at: when that was sent
 * @sends: counts frames, so that what was sent later is known
 * @between: bytes between two losses, estimated
 * @since: bytes sent since the last loss
 * @losses: losses so far
 * @doubted: @between before a time-out that may mean nothing, or 0
 * @doubted_at: what was sent by then
 *
 * One for each direction of a port; all its streams share it.
 */
struct svcgate_pace {
	size_t bound;
	size_t frame_max;
	unsigned int streams;
	u32 nominal;
	u32 rate;
	int64_t latency;
	int64_t idle;
	int64_t late;
	size_t in_flight;
	u64 delivered;
	int64_t delivered_at;
	int64_t first_sent_at;
	u64 sends;
	u64 between;
	u64 since;
	unsigned int losses;
	u64 doubted;
	u64 doubted_at;
};

/**
 * struct svcgate_segment - bytes of a stream that were sent in one frame
 * @offset: number of the first
 * @length: how many
 * @order: when it was sent last, counted by svcgate_pace.sends
 * @proves: what was sent before that is lost if this one arrives; a copy that went
 *	out because of a time-out alone proves no more than the one before
 * @sent_at: @order by the clock
 * @queue: bytes on the line when it was sent, itself included
 * @delivered: svcgate_pace.delivered when it was sent
 * @delivered_at: svcgate_pace.delivered_at when it was sent
 * @first_sent_at: svcgate_pace.first_sent_at when it was sent
 * @full: as much was on its way as should be, about: how fast it arrives is the line's
 * @again: it was sent more than once
 * @arrived: acknowledged by a range
 * @lost: to be sent again
 * @last: the stream ends with it
 * @unsure: sent again after a time-out; the one before may arrive yet
 * @probe: the receiver had said that it would not take it
 */
struct svcgate_segment {
	u32 offset;
	u32 length;
	u64 order;
	u64 proves;
	int64_t sent_at;
	size_t queue;
	u64 delivered;
	int64_t delivered_at;
	int64_t first_sent_at;
	bool full;
	bool again;
	bool arrived;
	bool lost;
	bool last;
	bool unsure;
	bool probe;
};

/**
 * struct svcgate_stream_out - the sending end of a stream
 * @pace: of its line
 * @in_order: the receiver keeps nothing beyond a gap (the kernel, of a request)
 * @buf: ring of @size bytes: what is not acknowledged and what was not sent yet
 * @size: power of two
 * @base: number of the first byte that is not acknowledged
 * @next: number of the first byte that was never sent
 * @end: number of the byte after the last that was put in
 * @limit: byte that the receiver does not take yet
 * @ended: nothing will be put in any more
 * @closed: the end was acknowledged
 * @segments: frames on their way, by offset
 * @segment_count: how many
 * @tries: time-outs in a row
 * @stale: words of an in-order receiver to come that say nothing new
 * @due: when the next time-out is, 0 for none
 */
struct svcgate_stream_out {
	struct svcgate_pace *pace;
	bool in_order;
	u8 *buf;
	size_t size;
	u32 base;
	u32 next;
	u32 end;
	u32 limit;
	bool ended;
	bool closed;
	struct svcgate_segment segments[SVCGATE_STREAM_SEGMENTS];
	unsigned int segment_count;
	unsigned int tries;
	unsigned int stale;
	int64_t due;
};

/**
 * struct svcgate_piece - what is to be sent in one frame
 * @offset: number of the first byte
 * @length: bytes, 0 only with @last
 * @last: the stream ends with it
 * @data: the bytes
 */
struct svcgate_piece {
	u32 offset;
	size_t length;
	bool last;
	u8 data[SVCGATE_FRAME_DATA_MAX];
};

/**
 * struct svcgate_stream_in - the receiving end of a stream
 * @buf: ring of @size bytes from @base on
 * @size: power of two
 * @base: number of the first byte that the reader has not taken
 * @next: number of the first byte that has not arrived
 * @total: number of bytes of the whole stream, once @ended is known
 * @ended: the end has arrived; there may be gaps before it
 * @ranges: what arrived beyond @next, by offset; @grew: by which piece last
 * @range_count: how many
 * @pieces: counts what made a range grow
 * @told: limit that the last acknowledgement told
 * @due: an acknowledgement is due
 */
struct svcgate_stream_in {
	u8 *buf;
	size_t size;
	u32 base;
	u32 next;
	u32 total;
	bool ended;
	struct {
		u32 start;
		u32 end;
		u64 grew;
	} ranges[SVCGATE_STREAM_RANGES];
	unsigned int range_count;
	u64 pieces;
	u64 told;
	bool due;
};

/**
 * SVCGATE_STREAM_ACK_MAX - longest body of an acknowledgement: window and ranges
 *
 * Both count from the acknowledgement's offset, so the kernel can pass it on as
 * it is.
 */
#define SVCGATE_STREAM_ACK_MAX \
	(sizeof(struct svcgate_ack) + SVCGATE_ACK_RANGES_MAX * sizeof(struct svcgate_range))

void svcgate_pace_init(struct svcgate_pace *pace, u32 rate, size_t bound, size_t frame_max);
size_t svcgate_pace_frame(const struct svcgate_pace *pace);
size_t svcgate_pace_window(const struct svcgate_pace *pace);
void svcgate_pace_reset(struct svcgate_pace *pace);

int svcgate_stream_out_init(struct svcgate_stream_out *out, struct svcgate_pace *pace,
			    size_t size, u32 window);
void svcgate_stream_out_free(struct svcgate_stream_out *out);
size_t svcgate_stream_out_room(struct svcgate_stream_out *out, u8 **ret_at);
void svcgate_stream_out_put(struct svcgate_stream_out *out, size_t count);
void svcgate_stream_out_end(struct svcgate_stream_out *out);
bool svcgate_stream_out_next(struct svcgate_stream_out *out, int64_t now,
			     struct svcgate_piece *ret_piece);
void svcgate_stream_out_ack(struct svcgate_stream_out *out, int64_t now, u32 offset,
			    const u8 *body, size_t length);
int64_t svcgate_stream_out_due(const struct svcgate_stream_out *out);
void svcgate_stream_out_put_off(struct svcgate_stream_out *out, int64_t now);
bool svcgate_stream_out_done(const struct svcgate_stream_out *out);

int svcgate_stream_in_init(struct svcgate_stream_in *in, size_t size);
void svcgate_stream_in_free(struct svcgate_stream_in *in);
void svcgate_stream_in_take(struct svcgate_stream_in *in, u32 offset, const u8 *data,
			    size_t length, bool last);
size_t svcgate_stream_in_peek(const struct svcgate_stream_in *in, const u8 **ret_at);
void svcgate_stream_in_consume(struct svcgate_stream_in *in, size_t count);
bool svcgate_stream_in_complete(const struct svcgate_stream_in *in);
bool svcgate_stream_in_ended(const struct svcgate_stream_in *in);
bool svcgate_stream_in_due(const struct svcgate_stream_in *in);
size_t svcgate_stream_in_ack(struct svcgate_stream_in *in, u32 *ret_offset,
			     u8 body[SVCGATE_STREAM_ACK_MAX]);

#endif /* _SVCGATE_STREAM_H */
