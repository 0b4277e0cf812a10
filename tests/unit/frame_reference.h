/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames as the paper and PROTOCOL.md describe them, byte by byte, written
 * without a look at kmod/frame.c; and a recorder of what a deframer says.
 */
#ifndef _SVCGATE_TESTS_FRAME_REFERENCE_H
#define _SVCGATE_TESTS_FRAME_REFERENCE_H

#include "frame.h"
#include "unit.h"

/* Flags of <linux/tty.h> besides normal and BREAK. */
enum { LINE_FRAME = 2, LINE_PARITY = 3, LINE_OVERRUN = 4 };

/* One bit after the other. */
static inline u32 reference_crc(const u8 *data, size_t length)
{
	u32 crc = 0xffffffff;
	size_t i;
	int bit;

	for (i = 0; i < length; i++) {
		crc ^= data[i];
		for (bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return crc ^ 0xffffffff;
}

/*
 * The paper's rule on a whole packet: put a zero behind it, cut it into blocks
 * that end with a zero, or have 254 bytes without one; a code byte before each
 * block. Code ff says that no zero follows, so the zero behind the packet is
 * left out when the last block is full.
 */
static inline size_t reference_cobs(u8 *out, const u8 *data, size_t length)
{
	size_t at = 0, used = 0, n;

	for (;;) {
		for (n = 0; at + n < length && data[at + n] && n < 254; n++)
			out[used + 1 + n] = data[at + n];
		out[used] = n + 1;
		used += n + 1;
		at += n;
		if (n == 254) {
			if (at == length)
				return used;
			continue;
		}
		if (at == length)
			return used;
		at++;
	}
}

/* A body on the line, of any length. */
static inline size_t reference_enframe(u8 *out, const u8 *body, size_t length)
{
	u8 *packet = malloc(length + 4);
	u32 crc = reference_crc(body, length);
	size_t used;
	int i;

	memcpy(packet, body, length);
	for (i = 0; i < 4; i++)
		packet[length + i] = crc >> 8 * i;
	out[0] = 0;
	used = 1 + reference_cobs(out + 1, packet, length + 4);
	out[used++] = 0;
	free(packet);
	return used;
}

/* What came out of a line, in order; bodies of frames one after the other. */
struct record {
	unsigned int count;
	enum svcgate_deframe_event event[4096];
	size_t length[4096];
	size_t used;
	u8 bytes[1 << 18];
};

static inline void record_add(struct record *r, enum svcgate_deframe_event event,
			      const u8 *body, size_t length)
{
	if (event == SVCGATE_DEFRAME_MORE)
		return;
	if (event != SVCGATE_DEFRAME_FRAME)
		length = 0;
	if (r->count == ARRAY_SIZE(r->event) || r->used + length > sizeof(r->bytes))
		abort();
	r->event[r->count] = event;
	r->length[r->count++] = length;
	if (length)
		memcpy(r->bytes + r->used, body, length);
	r->used += length;
}

static inline void expect_same(TESTED, const struct record *a, const struct record *b)
{
	unsigned int i;

	ASSERT_EQ(a->count, b->count);
	for (i = 0; i < a->count; i++) {
		ASSERT_EQ(a->event[i], b->event[i]);
		ASSERT_EQ(a->length[i], b->length[i]);
	}
	ASSERT_EQ(0, memcmp(a->bytes, b->bytes, a->used));
}

/* What lies between two delimiters. */
static inline enum svcgate_deframe_event
reference_chunk(const u8 *in, size_t count, size_t size, u8 *out, size_t *ret_length)
{
	size_t at = 0, used = 0, n;
	bool whole = true;
	u8 code;

	while (at < count) {
		code = in[at++];
		for (n = 1; n < code && at < count; n++)
			out[used++] = in[at++];
		whole = n == code;
		if (code != 0xff && at < count)
			out[used++] = 0;
	}
	if (used > size)
		return SVCGATE_DEFRAME_OVERLONG;
	if (!whole || used < 4)
		return SVCGATE_DEFRAME_BAD_CRC;
	*ret_length = used - 4;
	n = reference_crc(out, used - 4);
	return memcmp(out + used - 4, (u8[]) { n, n >> 8, n >> 16, n >> 24 }, 4) ?
	       SVCGATE_DEFRAME_BAD_CRC : SVCGATE_DEFRAME_FRAME;
}

/* A whole line; of two reasons that spoil a frame the first one counts. */
static inline void reference_deframe(const u8 *in, const u8 *flags, size_t count,
				     size_t size, struct record *r)
{
	u8 *chunk = malloc(count + 1), *out = malloc(count + 1);
	enum svcgate_deframe_event spoiled = SVCGATE_DEFRAME_MORE, event;
	bool skip = true;
	size_t i, n = 0, length = 0;

	for (i = 0; i < count; i++) {
		if (flags && flags[i] == SVCGATE_LINE_BREAK) {
			record_add(r, SVCGATE_DEFRAME_BREAK, NULL, 0);
			skip = true;
		} else if (flags && flags[i]) {
			event = reference_chunk(chunk, n, size, out, &length);
			if (spoiled != SVCGATE_DEFRAME_MORE)
				continue;
			spoiled = event == SVCGATE_DEFRAME_OVERLONG ?
				  event : SVCGATE_DEFRAME_FLAGGED;
			continue;
		} else if (in[i]) {
			chunk[n++] = in[i];
			continue;
		} else {
			event = spoiled;
			if (n && spoiled == SVCGATE_DEFRAME_MORE)
				event = reference_chunk(chunk, n, size, out, &length);
			if (!skip)
				record_add(r, event, out, length);
			skip = false;
		}
		spoiled = SVCGATE_DEFRAME_MORE;
		n = 0;
	}
	free(chunk);
	free(out);
}

/* Run a line through a deframer of exactly @size bytes, @step bytes at a time. */
static inline void run_line(const u8 *line, const u8 *flags, size_t count, size_t size,
			    size_t step, struct record *r)
{
	u8 *in, *in_flags = NULL, *buf = malloc(size);
	struct svcgate_deframer d;
	enum svcgate_deframe_event event;
	size_t at, n, used, consumed;

	svcgate_deframer_init(&d, buf, size);
	for (at = 0; at < count; at += n) {
		n = min_t(size_t, step, count - at);
		in = exact_copy(line + at, n);
		if (flags)
			in_flags = exact_copy(flags + at, n);
		for (used = 0; used < n; used += consumed) {
			event = svcgate_deframe(&d, in + used,
						flags ? in_flags + used : NULL,
						n - used, &consumed);
			if (!consumed || consumed > n - used)
				abort();
			if (event == SVCGATE_DEFRAME_MORE && consumed != n - used)
				abort();
			record_add(r, event, buf, d.length);
		}
		free(in);
		free(in_flags);
	}
	free(buf);
}

#endif /* _SVCGATE_TESTS_FRAME_REFERENCE_H */
