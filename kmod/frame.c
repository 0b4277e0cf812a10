// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Frames on the line. Pure.
 *
 * The decoder copies runs, not bytes, and copies once, to where the frame stays; it
 * bounds each run by what is left of it and each store by the room.
 */
#include "frame.h"
#include "words.h"

#define CODE_MAX	0xff

/* How far ahead errors are looked for: all that the next call looks at again. */
#define LOOK_AHEAD	64

static void next_frame(struct svcgate_deframer *d)
{
	d->used = 0;
	d->run = 0;
	d->zero = false;
	d->started = false;
	d->spoiled = SVCGATE_DEFRAME_MORE;
}

/**
 * svcgate_deframer_init() - start to listen
 * @d: the receiving end
 * @buf: where frames go
 * @size: bytes of @buf, usually %SVCGATE_FRAME_RAW_MAX
 *
 * What comes before the first delimiter is skipped: it may be the rest of
 * something that began before.
 */
void svcgate_deframer_init(struct svcgate_deframer *d, u8 *buf, size_t size)
{
	d->buf = buf;
	d->size = size;
	d->length = 0;
	d->skip = true;
	d->overruns = 0;
	next_frame(d);
}

/**
 * svcgate_deframer_into() - where the next frame goes
 * @d: the receiving end
 * @buf: where, or NULL
 * @size: bytes of @buf; what does not fit is overlong
 *
 * A frame that has begun stays where it is: call this before each svcgate_deframe().
 */
void svcgate_deframer_into(struct svcgate_deframer *d, u8 *buf, size_t size)
{
	if (d->started)
		return;
	d->buf = buf;
	d->size = size;
}

static void spoil(struct svcgate_deframer *d, enum svcgate_deframe_event why)
{
	if (d->spoiled == SVCGATE_DEFRAME_MORE)
		d->spoiled = why;
}

static bool finds_room(struct svcgate_deframer *d, size_t count)
{
	if (count <= d->size - d->used)
		return true;
	spoil(d, SVCGATE_DEFRAME_OVERLONG);
	return false;
}

/*
 * A code byte says that the zero of the run before it is due, and how long the next
 * run is. Code 1, an empty run, changes nothing while a zero is due: a row of them is
 * a row of zeros.
 */
static size_t take_codes(struct svcgate_deframer *d, const u8 *in, size_t count)
{
	size_t zeros = d->zero ? svcgate_words_of_one(in, count) : 0;

	d->started = true;
	if (zeros) {
		if (finds_room(d, zeros)) {
			memset(d->buf + d->used, 0, zeros);
			d->used += zeros;
		}
		return zeros;
	}
	if (d->zero && finds_room(d, 1))
		d->buf[d->used++] = 0;
	d->run = *in - 1;
	d->zero = *in != CODE_MAX;
	return 1;
}

/* Bytes of a run, no further than it goes: short runs must not cost more (P9). */
static size_t take_run(struct svcgate_deframer *d, const u8 *in, size_t count)
{
	size_t room = d->size - d->used;

	if (!room) {
		spoil(d, SVCGATE_DEFRAME_OVERLONG);
		return 0;
	}
	count = svcgate_words_copy(d->buf + d->used, in,
				   min_t(size_t, min_t(size_t, count, d->run), room));
	d->used += count;
	d->run -= count;
	return count;
}

/* Codes and runs up to a zero, or until the frame is spoiled. */
static size_t take(struct svcgate_deframer *d, const u8 *in, size_t count)
{
	size_t n = 0;

	if (d->skip || d->spoiled != SVCGATE_DEFRAME_MORE)
		return svcgate_words_to_zero(in, count);
	while (n < count && in[n] && d->spoiled == SVCGATE_DEFRAME_MORE)
		n += d->run ? take_run(d, in + n, count - n) :
			      take_codes(d, in + n, count - n);
	return n;
}

static bool crc_fits(const struct svcgate_deframer *d)
{
	size_t body;

	if (d->run || d->used < SVCGATE_FRAME_CRC_SIZE)
		return false;
	body = d->used - SVCGATE_FRAME_CRC_SIZE;
	return svcgate_crc32(d->buf, body) == svcgate_get_le32(d->buf + body);
}

static enum svcgate_deframe_event take_delimiter(struct svcgate_deframer *d)
{
	enum svcgate_deframe_event event = d->spoiled;

	if (d->skip)
		event = SVCGATE_DEFRAME_MORE;
	else if (event == SVCGATE_DEFRAME_MORE && d->started)
		event = crc_fits(d) ? SVCGATE_DEFRAME_FRAME :
				      SVCGATE_DEFRAME_BAD_CRC;
	if (event == SVCGATE_DEFRAME_FRAME)
		d->length = d->used - SVCGATE_FRAME_CRC_SIZE;
	d->skip = false;
	next_frame(d);
	return event;
}

static enum svcgate_deframe_event take_flagged(struct svcgate_deframer *d, u8 flag)
{
	if (flag == SVCGATE_LINE_OVERRUN)
		d->overruns++;
	if (flag != SVCGATE_LINE_BREAK) {
		spoil(d, SVCGATE_DEFRAME_FLAGGED);
		return SVCGATE_DEFRAME_MORE;
	}
	/* A zero that came with it may be the end of the BREAK, not a delimiter. */
	d->skip = true;
	next_frame(d);
	return SVCGATE_DEFRAME_BREAK;
}

/* Bytes without an error, as far as they are looked at ahead. */
static size_t good_span(const u8 *flags, size_t count)
{
	const u8 *end;

	if (!flags)
		return count;
	count = min_t(size_t, count, LOOK_AHEAD);
	end = memchr_inv(flags, SVCGATE_LINE_NORMAL, count);
	return end ? (size_t)(end - flags) : count;
}

/**
 * svcgate_deframe() - take received bytes up to the next event
 * @d: the receiving end
 * @in: received bytes
 * @flags: a flag for each of them, 0 when it is good; or NULL, all are
 * @count: how many
 * @consumed: how many were taken; call again with the rest
 *
 * Return: what happened; after FRAME the body is in @d->buf until the next call.
 */
enum svcgate_deframe_event svcgate_deframe(struct svcgate_deframer *d, const u8 *in,
					   const u8 *flags, size_t count,
					   size_t *consumed)
{
	enum svcgate_deframe_event event = SVCGATE_DEFRAME_MORE;
	size_t i = 0, good = 0;

	while (i < count && event == SVCGATE_DEFRAME_MORE) {
		/* in[i..good) came without an error. */
		if (i >= good)
			good = i + good_span(flags ? flags + i : NULL, count - i);
		if (i == good) {
			event = take_flagged(d, flags[i++]);
		} else if (!in[i]) {
			event = take_delimiter(d);
			i++;
		} else {
			i += take(d, in + i, good - i);
		}
	}
	*consumed = i;
	return event;
}

/**
 * struct cobs - the sending end of one frame
 * @out: where it goes; its size was checked for the longest result
 * @used: bytes written
 * @code: where the code of the open run belongs
 * @run: bytes in the open run
 * @open: a run is open
 */
struct cobs {
	u8 *out;
	size_t used;
	size_t code;
	u8 run;
	bool open;
};

static void cobs_open(struct cobs *c)
{
	c->code = c->used++;
	c->run = 0;
	c->open = true;
}

static void cobs_put(struct cobs *c, const u8 *data, size_t count)
{
	size_t n, most;

	while (count) {
		if (!c->open)
			cobs_open(c);
		most = min_t(size_t, count, CODE_MAX - 1 - c->run);
		n = svcgate_words_to_zero(data, most);
		memcpy(c->out + c->used, data, n);
		c->used += n;
		c->run += n;
		data += n;
		count -= n;
		if (n < most) {
			c->out[c->code] = c->run + 1;
			cobs_open(c);
			data++;
			count--;
		} else if (c->run == CODE_MAX - 1) {
			c->out[c->code] = CODE_MAX;
			c->open = false;
		}
	}
}

/**
 * svcgate_enframe() - put a frame on the line
 * @out: where it goes
 * @size: bytes of @out; SVCGATE_FRAME_LINE_MAX(@head_length + @data_length)
 * @head: first part of the body
 * @head_length: its bytes
 * @data: second part of the body, or NULL
 * @data_length: its bytes
 *
 * Return: bytes written, delimiters included; 0 when @size is too small.
 */
size_t svcgate_enframe(u8 *out, size_t size, const u8 *head, size_t head_length,
		       const u8 *data, size_t data_length)
{
	struct cobs c = { .out = out };
	u8 crc[SVCGATE_FRAME_CRC_SIZE];
	u32 sum;

	if (head_length > SVCGATE_FRAME_MAX ||
	    data_length > SVCGATE_FRAME_MAX - head_length ||
	    size < SVCGATE_FRAME_LINE_MAX(head_length + data_length))
		return 0;

	sum = crc32_le(~0U, head, head_length);
	if (data_length)
		sum = crc32_le(sum, data, data_length);
	svcgate_put_le32(crc, ~sum);

	out[c.used++] = 0;
	cobs_open(&c);
	cobs_put(&c, head, head_length);
	cobs_put(&c, data, data_length);
	cobs_put(&c, crc, sizeof(crc));
	if (c.open)
		out[c.code] = c.run + 1;
	out[c.used++] = 0;
	return c.used;
}

/**
 * svcgate_frame_put() - write the header of a frame
 * @out: sizeof(struct svcgate_frame) bytes
 * @kind: &enum svcgate_frame_kind
 * @flags: &enum svcgate_frame_flag
 * @transaction: see &struct svcgate_frame
 * @offset: see there
 * @session: see there
 */
void svcgate_frame_put(u8 *out, u8 kind, u8 flags, u16 transaction, u32 offset,
		       u64 session)
{
	out[0] = SVCGATE_WIRE_VERSION << 4 | kind;
	out[1] = flags;
	svcgate_put_le16(out + 2, transaction);
	svcgate_put_le32(out + 4, offset);
	svcgate_put_le64(out + 8, session);
}

/**
 * svcgate_frame_ack_fits() - can an acknowledgement carry this much?
 * @length: bytes behind the header, on the line or at the door
 *
 * Return: true for nothing, and for a window with up to four ranges.
 */
bool svcgate_frame_ack_fits(size_t length)
{
	if (!length)
		return true;
	if (length < sizeof(struct svcgate_ack))
		return false;
	length -= sizeof(struct svcgate_ack);
	return length % sizeof(struct svcgate_range) == 0 &&
	       length / sizeof(struct svcgate_range) <= SVCGATE_ACK_RANGES_MAX;
}
