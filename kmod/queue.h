/* SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later */
/*
 * Received frames that wait for a decision, where they were decoded. Pure.
 */
#ifndef _SVCGATE_QUEUE_H
#define _SVCGATE_QUEUE_H

#include "frame.h"

/* Each record begins with its length, at a multiple of this. */
#define SVCGATE_QUEUE_STEP	4

/* What must be free, in one piece, before a frame may begin. */
#define SVCGATE_QUEUE_RECORD_MAX \
	(SVCGATE_QUEUE_STEP + ((SVCGATE_FRAME_RAW_MAX + SVCGATE_QUEUE_STEP - 1) & \
			       ~(SVCGATE_QUEUE_STEP - 1)))

/* Records that fit in any case: one may be open, and one did not fit at the end. */
#define SVCGATE_QUEUE_SURE(size)	((size) - 2 * SVCGATE_QUEUE_RECORD_MAX)

/**
 * struct svcgate_queue - records in a ring, each in one piece
 * @buf: @size bytes, the owner's, at a multiple of %SVCGATE_QUEUE_STEP
 * @size: a power of two
 * @in: bytes that were ever put in; the writer's
 * @out: bytes that were ever taken out; the reader's
 *
 * One writer and one reader, at the same time, without a lock. The writer publishes
 * a record by a release of @in, which the reader acquires: it sees the record's
 * bytes. The reader gives it up by a release of @out, which the writer acquires: it
 * writes over no byte that may still be read.
 */
struct svcgate_queue {
	u8 *buf;
	u32 size;
	u32 in;
	u32 out;
};

void svcgate_queue_init(struct svcgate_queue *q, u8 *buf, u32 size);

/* For the writer. */
u8 *svcgate_queue_room(struct svcgate_queue *q);
void svcgate_queue_put(struct svcgate_queue *q, size_t length);
u32 svcgate_queue_used(const struct svcgate_queue *q);

/* For the reader. */
const u8 *svcgate_queue_first(struct svcgate_queue *q, size_t *ret_length);
void svcgate_queue_next(struct svcgate_queue *q);

#endif /* _SVCGATE_QUEUE_H */
