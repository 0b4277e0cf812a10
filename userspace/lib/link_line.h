/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lower half of the link: whole frames over a descriptor, with deadlines.
 * Only link.c stands on it.
 *
 * Deadlines are milliseconds of CLOCK_MONOTONIC.
 */
#ifndef _SVCGATE_LINK_LINE_H
#define _SVCGATE_LINK_LINE_H

#include <signal.h>

#include "frame.h"

/**
 * struct svcgate_line - a descriptor that carries frames
 * @fd: non-blocking
 * @socket: @fd is one, and its other end can go away
 * @baud: what the line is believed to carry, for deadlines
 * @stop: waiting ends with -EINTR once this is set; may be NULL
 * @deframer: decodes into @raw
 * @in: bytes read and not yet decoded: from @in_start to @in_end
 * @raw: the current frame
 * @out: a frame on its way out: what is left of it, from @out_start to @out_end
 */
struct svcgate_line {
	int fd;
	bool socket;
	unsigned int baud;
	const volatile sig_atomic_t *stop;
	struct svcgate_deframer deframer;
	size_t in_start;
	size_t in_end;
	u8 in[4096];
	u8 raw[SVCGATE_FRAME_RAW_MAX];
	size_t out_start;
	size_t out_end;
	u8 out[SVCGATE_FRAME_LINE_MAX(SVCGATE_FRAME_MAX)];
};

/**
 * struct svcgate_line_frame - a received frame; @data holds until the next one
 */
struct svcgate_line_frame {
	u8 kind;
	u8 flags;
	u16 transaction;
	u32 offset;
	u64 session;
	const u8 *data;
	size_t length;
};

int64_t svcgate_line_clock(void);
int64_t svcgate_line_now(void);
u32 svcgate_line_rate(const struct svcgate_line *line);
int64_t svcgate_line_time(const struct svcgate_line *line, size_t bytes);

void svcgate_line_init(struct svcgate_line *line, int fd, unsigned int baud);
int svcgate_line_idle(struct svcgate_line *line);
bool svcgate_line_busy(const struct svcgate_line *line);
int svcgate_line_flush(struct svcgate_line *line);
int svcgate_line_put(struct svcgate_line *line, const struct svcgate_line_frame *frame);
int svcgate_line_next(struct svcgate_line *line, struct svcgate_line_frame *ret_frame);
int svcgate_line_send(struct svcgate_line *line,
		      const struct svcgate_line_frame *frame);
int svcgate_line_receive(struct svcgate_line *line, int64_t deadline,
			 struct svcgate_line_frame *ret_frame);

#endif /* _SVCGATE_LINK_LINE_H */
