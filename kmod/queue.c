// SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
/*
 * Received frames that wait for a decision, where they were decoded. Pure.
 *
 * A record is its length and its bytes. Length 0 says that the next record is at the
 * beginning of the ring: the longest would not have fitted here.
 */
#include "queue.h"

/**
 * svcgate_queue_init() - an empty queue
 * @q: the queue
 * @buf: its memory
 * @size: bytes of @buf, a power of two
 */
void svcgate_queue_init(struct svcgate_queue *q, u8 *buf, u32 size)
{
	q->buf = buf;
	q->size = size;
	q->in = 0;
	q->out = 0;
}

static u8 *at(const struct svcgate_queue *q, u32 count)
{
	return q->buf + (count & (q->size - 1));
}

static u32 to_end(const struct svcgate_queue *q, u32 count)
{
	return q->size - (count & (q->size - 1));
}

/* Bytes of a record with its length in front. */
static u32 whole(size_t length)
{
	return (SVCGATE_QUEUE_STEP + length + SVCGATE_QUEUE_STEP - 1) &
	       ~(SVCGATE_QUEUE_STEP - 1);
}

/**
 * svcgate_queue_room() - room for the longest frame
 * @q: the queue; writer's side
 *
 * Return: %SVCGATE_FRAME_RAW_MAX bytes that are the writer's until it calls
 * svcgate_queue_put(), or NULL: the queue is full.
 */
u8 *svcgate_queue_room(struct svcgate_queue *q)
{
	/* Pairs with the reader's release of out: it is done with what is free. */
	u32 unused = q->size - (q->in - smp_load_acquire(&q->out));
	u32 skip = to_end(q, q->in);

	if (skip >= SVCGATE_QUEUE_RECORD_MAX)
		skip = 0;
	if (unused < skip + SVCGATE_QUEUE_RECORD_MAX)
		return NULL;
	if (skip) {
		svcgate_put_le32(at(q, q->in), 0);
		/* The length 0 before the count that shows it. */
		smp_store_release(&q->in, q->in + skip);
	}
	return at(q, q->in) + SVCGATE_QUEUE_STEP;
}

/**
 * svcgate_queue_put() - the room has been filled
 * @q: the queue; writer's side, after a room that was not NULL
 * @length: bytes in it, 1 to %SVCGATE_FRAME_RAW_MAX
 */
void svcgate_queue_put(struct svcgate_queue *q, size_t length)
{
	svcgate_put_le32(at(q, q->in), length);
	/* The record before the count that shows it. */
	smp_store_release(&q->in, q->in + whole(length));
}

/**
 * svcgate_queue_used() - how full it is
 * @q: the queue; writer's side
 *
 * Return: bytes of records that were not given up.
 */
u32 svcgate_queue_used(const struct svcgate_queue *q)
{
	/* Pairs with the reader's release of out. */
	return q->in - smp_load_acquire(&q->out);
}

/**
 * svcgate_queue_first() - the oldest record
 * @q: the queue; reader's side
 * @ret_length: its bytes
 *
 * Return: the record, there until svcgate_queue_next(); or NULL, there is none.
 */
const u8 *svcgate_queue_first(struct svcgate_queue *q, size_t *ret_length)
{
	/* Pairs with the writer's release of in: the record's bytes are there. */
	u32 in = smp_load_acquire(&q->in);

	if (in != q->out && !svcgate_get_le32(at(q, q->out))) {
		/* The length was read before its place is free. */
		smp_store_release(&q->out, q->out + to_end(q, q->out));
	}
	if (in == q->out)
		return NULL;
	*ret_length = svcgate_get_le32(at(q, q->out));
	return at(q, q->out) + SVCGATE_QUEUE_STEP;
}

/**
 * svcgate_queue_next() - give the oldest record up
 * @q: the queue; reader's side, after svcgate_queue_first() returned one
 */
void svcgate_queue_next(struct svcgate_queue *q)
{
	u32 length = svcgate_get_le32(at(q, q->out));

	/* All of the record was read before its place is free. */
	smp_store_release(&q->out, q->out + whole(length));
}
