/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Frames on the line: COBS (Cheshire and Baker, 1999) between two zeros, a
 * CRC-32 at the end. Pure.
 */
#ifndef _SVCGATE_FRAME_H
#define _SVCGATE_FRAME_H

#include "pure.h"

/* Decoded frame with its CRC, at most. */
#define SVCGATE_FRAME_RAW_MAX	(SVCGATE_FRAME_MAX + SVCGATE_FRAME_CRC_SIZE)

/* Bytes on the line for a body of n bytes, at most. */
#define SVCGATE_FRAME_LINE_MAX(n) \
	((n) + SVCGATE_FRAME_CRC_SIZE + \
	 ((n) + SVCGATE_FRAME_CRC_SIZE) / 254 + 1 + 2)

/* Flag of a received byte: the values of <linux/tty.h>, ldisc.c ties them. */
enum svcgate_line_flag {
	SVCGATE_LINE_NORMAL = 0,
	SVCGATE_LINE_BREAK = 1,
	SVCGATE_LINE_OVERRUN = 4,
};

enum svcgate_deframe_event {
	SVCGATE_DEFRAME_MORE,		/* input used up, no frame yet */
	SVCGATE_DEFRAME_FRAME,		/* buf[0..length) is a body, CRC checked */
	SVCGATE_DEFRAME_BAD_CRC,	/* frame dropped: CRC, code or too short */
	SVCGATE_DEFRAME_OVERLONG,	/* frame dropped: longer than buf */
	SVCGATE_DEFRAME_FLAGGED,	/* frame dropped: a byte with an error flag */
	SVCGATE_DEFRAME_BREAK,		/* BREAK on the line; spoils its frame too */
};

/**
 * struct svcgate_deframer - the receiving end of a line
 * @buf: where frames are decoded to; the owner's, %SVCGATE_FRAME_RAW_MAX bytes
 * @size: bytes of @buf
 * @length: after FRAME: bytes of the body, without CRC
 * @used: bytes decoded so far
 * @run: bytes that the current code still copies
 * @zero: the current code ends with a zero
 * @spoiled: why the current frame will be dropped, or MORE; the first reason
 *	counts
 * @started: a byte of the current frame has come
 * @skip: nothing counts before the next delimiter
 * @overruns: bytes that said so; the owner's to take back to 0
 */
struct svcgate_deframer {
	u8 *buf;
	size_t size;
	size_t length;
	size_t used;
	u8 run;
	bool zero;
	bool started;
	bool skip;
	enum svcgate_deframe_event spoiled;
	u32 overruns;
};

void svcgate_deframer_init(struct svcgate_deframer *d, u8 *buf, size_t size);
void svcgate_deframer_into(struct svcgate_deframer *d, u8 *buf, size_t size);
enum svcgate_deframe_event svcgate_deframe(struct svcgate_deframer *d, const u8 *in,
					   const u8 *flags, size_t count,
					   size_t *consumed);
size_t svcgate_enframe(u8 *out, size_t size, const u8 *head, size_t head_length,
		       const u8 *data, size_t data_length);

bool svcgate_frame_ack_fits(size_t length);
void svcgate_frame_put(u8 *out, u8 kind, u8 flags, u16 transaction, u32 offset,
		       u64 session);

#endif /* _SVCGATE_FRAME_H */
