// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One direction of a serial line: time, and who has which byte.
 */
#include <stdlib.h>
#include <string.h>

#include "line_private.h"

#define BITS_PER_BYTE	10
#define QUEUE_NS	(16 * LINE_NS_PER_MS)
#define QUEUE_MIN	64
#define RING_FIRST	4096
#define RUNS_FIRST	64

/* A test that has no memory has no result. */
static void *allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		abort();
	return memory;
}

static void ring_grow(struct line_ring *ring, size_t needed)
{
	struct line_ring grown = { .size = ring->size ? ring->size : RING_FIRST };
	size_t first;

	while (grown.size < needed)
		grown.size *= 2;
	if (grown.size == ring->size)
		return;
	grown.buf = allocate(grown.size);
	grown.count = ring->count;
	first = ring->size - ring->head;
	if (first > ring->count)
		first = ring->count;
	if (ring->count) {
		memcpy(grown.buf, ring->buf + ring->head, first);
		memcpy(grown.buf + first, ring->buf, ring->count - first);
	}
	free(ring->buf);
	*ring = grown;
}

static void ring_put(struct line_ring *ring, const uint8_t *data, size_t count)
{
	size_t at, first;

	if (!count)
		return;
	ring_grow(ring, ring->count + count);
	at = (ring->head + ring->count) & (ring->size - 1);
	first = ring->size - at < count ? ring->size - at : count;
	memcpy(ring->buf + at, data, first);
	memcpy(ring->buf, data + first, count - first);
	ring->count += count;
}

static size_t ring_peek(const struct line_ring *ring, const uint8_t **ret_at)
{
	size_t first = ring->size - ring->head;

	*ret_at = ring->buf + ring->head;
	return ring->count < first ? ring->count : first;
}

static void ring_consume(struct line_ring *ring, size_t count)
{
	ring->count -= count;
	ring->head = ring->count ? (ring->head + count) & (ring->size - 1) : 0;
}

static void ring_cut(struct line_ring *ring, size_t count)
{
	ring->count = count;
}

static int64_t time_of(uint32_t baud, uint64_t bytes)
{
	return (bytes * BITS_PER_BYTE * LINE_NS_PER_S + baud - 1) / baud;
}

static struct line_run *run_at(const struct line *line, size_t i)
{
	return &line->runs[(line->run_head + i) & (line->run_size - 1)];
}

static void runs_grow(struct line *line)
{
	size_t size = line->run_size ? 2 * line->run_size : RUNS_FIRST, i;
	struct line_run *runs;

	if (line->run_count < line->run_size)
		return;
	runs = allocate(size * sizeof(*runs));
	for (i = 0; i < line->run_count; i++)
		runs[i] = *run_at(line, i);
	free(line->runs);
	line->runs = runs;
	line->run_size = size;
	line->run_head = 0;
}

/* Longer runs would cost precision nowhere, but overflow somewhere. */
#define RUN_MAX		(1U << 20)

/**
 * line_append() - bytes follow on the line, each in its time
 * @line: the line
 * @data: as they arrive
 * @count: how many
 */
void line_append(struct line *line, const uint8_t *data, size_t count)
{
	struct line_run *last = line->run_count ? run_at(line, line->run_count - 1) : NULL;
	uint32_t baud = line->settings.baud;

	if (!count)
		return;
	if (!last || last->baud != baud || last->count + count > RUN_MAX ||
	    last->start + time_of(baud, last->count) != line->busy) {
		runs_grow(line);
		last = run_at(line, line->run_count++);
		*last = (struct line_run){ .start = line->busy, .baud = baud };
	}
	last->count += count;
	line->busy = last->start + time_of(baud, last->count);
	ring_put(&line->flight, data, count);
}

/**
 * line_skip() - bytes take their time, but never arrive
 * @line: the line
 * @count: how many
 */
void line_skip(struct line *line, size_t count)
{
	line->busy += time_of(line->settings.baud, count);
}

/**
 * line_init() - begin with a line that is plugged in and empty
 * @line: the line
 * @settings: how it behaves
 */
void line_init(struct line *line, const struct line_settings *settings)
{
	*line = (struct line){ 0 };
	line_random_init(line, settings->seed);
	line_set(line, settings);
}

/**
 * line_free() - give back its memory
 * @line: the line
 */
void line_free(struct line *line)
{
	free(line->flight.buf);
	free(line->arrived.buf);
	free(line->runs);
	*line = (struct line){ 0 };
}

/**
 * line_set() - the line behaves differently from now on
 * @line: the line
 * @settings: how; the seed is that of line_init()
 *
 * Bytes that were put already stay as they are.
 */
void line_set(struct line *line, const struct line_settings *settings)
{
	line->settings = *settings;
	line_damage_init(line);
}

/**
 * line_garble() - the ends of the line have different speeds, or the same again
 * @line: the line
 * @garbling: every byte arrives as another one
 */
void line_garble(struct line *line, bool garbling)
{
	line->garbling = garbling;
}

static size_t queue_of(const struct line_settings *settings)
{
	size_t queue = settings->queue;

	if (!queue)
		queue = QUEUE_NS * settings->baud / (BITS_PER_BYTE * LINE_NS_PER_S);
	return queue < QUEUE_MIN ? QUEUE_MIN : queue;
}

/**
 * line_room() - how much a sender can put now
 * @line: the line
 * @now: the time
 *
 * Return: bytes.
 */
size_t line_room(const struct line *line, int64_t now)
{
	uint32_t baud = line->settings.baud;
	size_t queue = queue_of(&line->settings), waiting;

	if (line->busy <= now)
		return queue;
	if (line->busy - now > time_of(baud, queue))
		return 0;
	waiting = (line->busy - now) * baud / (BITS_PER_BYTE * LINE_NS_PER_S);
	return waiting < queue ? queue - waiting : 0;
}

/**
 * line_ready() - when at least half of a sender's queue is free
 * @line: the line
 *
 * Return: the time; it may be over.
 */
int64_t line_ready(const struct line *line)
{
	return line->busy - time_of(line->settings.baud, queue_of(&line->settings) / 2);
}

/**
 * line_put() - a sender puts bytes on the line
 * @line: the line
 * @now: the time; bytes before them go first
 * @data: the bytes
 * @count: how many; more than line_room() are taken, too
 */
void line_put(struct line *line, int64_t now, const uint8_t *data, size_t count)
{
	line->stats.sent += count;
	if (line->busy < now)
		line->busy = now;
	if (line->unplugged) {
		line->stats.unplugged += count;
		line_skip(line, count);
		return;
	}
	line_damage(line, data, count);
}

/**
 * line_due() - when line_peek() will have something new
 * @line: the line
 *
 * Return: the time, %LINE_NEVER when nothing is on its way.
 */
int64_t line_due(const struct line *line)
{
	int64_t latency = line->settings.latency, at;
	const struct line_run *run;

	if (!line->run_count)
		return LINE_NEVER;
	run = run_at(line, 0);
	at = run->start + time_of(run->baud, run->arrived + 1) + line->settings.delay;
	return latency ? (at + latency - 1) / latency * latency : at;
}

/* Bytes of a run that are over at a time. */
static uint32_t run_done(const struct line_run *run, int64_t at)
{
	if (at < run->start)
		return 0;
	if (at >= run->start + time_of(run->baud, run->count))
		return run->count;
	return (uint64_t)(at - run->start) * run->baud / (BITS_PER_BYTE * LINE_NS_PER_S);
}

static void run_consume(struct line *line, uint32_t count)
{
	struct line_run *run = run_at(line, 0);

	run->arrived += count;
	if (run->arrived < run->count)
		return;
	line->run_head = (line->run_head + 1) & (line->run_size - 1);
	line->run_count--;
}

static void arrive(struct line *line, size_t count)
{
	size_t room, part;
	const uint8_t *at;

	while (count) {
		part = ring_peek(&line->flight, &at);
		part = part < count ? part : count;
		room = line->settings.fifo > line->arrived.count ?
		       line->settings.fifo - line->arrived.count : 0;
		if (room > part)
			room = part;
		ring_put(&line->arrived, at, room);
		line->stats.overrun += part - room;
		line->stats.delivered += room;
		ring_consume(&line->flight, part);
		count -= part;
	}
}

/**
 * line_peek() - what has arrived
 * @line: the line
 * @now: the time
 * @ret_at: the bytes; there may be more behind them
 *
 * Return: how many, 0 for none.
 */
size_t line_peek(struct line *line, int64_t now, const uint8_t **ret_at)
{
	int64_t latency = line->settings.latency;
	int64_t at = (latency ? now / latency * latency : now) - line->settings.delay;
	uint32_t done;

	while (line->run_count) {
		done = run_done(run_at(line, 0), at) - run_at(line, 0)->arrived;
		if (!done)
			break;
		arrive(line, done);
		run_consume(line, done);
	}
	return ring_peek(&line->arrived, ret_at);
}

/**
 * line_consume() - the receiver took bytes
 * @line: the line
 * @count: at most what line_peek() said
 */
void line_consume(struct line *line, size_t count)
{
	ring_consume(&line->arrived, count);
}

/* Leave on the line what has left the sender; return how many bytes had not. */
static size_t cut_off(struct line *line, int64_t now)
{
	size_t left = 0, cut, i;
	struct line_run *run;

	for (i = 0; i < line->run_count; i++) {
		run = run_at(line, i);
		run->count = run_done(run, now);
		left += run->count - run->arrived;
	}
	while (line->run_count) {
		run = run_at(line, line->run_count - 1);
		if (run->count > run->arrived)
			break;
		line->run_count--;
	}
	cut = line->flight.count - left;
	ring_cut(&line->flight, left);
	return cut;
}

/* What follows the first bytes of a run becomes a run of its own, later. */
static void run_delay(struct line *line, size_t i, uint32_t done, int64_t time)
{
	struct line_run rest = *run_at(line, i);
	size_t j;

	rest.start += time_of(rest.baud, done) + time;
	rest.count -= done;
	rest.arrived = 0;
	if (run_at(line, i)->arrived == done) {
		*run_at(line, i) = rest;
		return;
	}
	run_at(line, i)->count = done;
	runs_grow(line);
	line->run_count++;
	for (j = line->run_count - 1; j > i + 1; j--)
		*run_at(line, j) = *run_at(line, j - 1);
	*run_at(line, i + 1) = rest;
}

/**
 * line_stick() - the line takes nothing for a while
 * @line: the line
 * @now: the time
 * @time: how long
 */
void line_stick(struct line *line, int64_t now, int64_t time)
{
	uint32_t done;
	size_t i;

	for (i = line->run_count; i-- > 0;) {
		done = run_done(run_at(line, i), now);
		if (done < run_at(line, i)->count)
			run_delay(line, i, done, time);
		if (done)
			break;
	}
	line->busy = (line->busy > now ? line->busy : now) + time;
}

/**
 * line_break() - the sender holds the line low
 * @line: the line
 * @now: the time
 * @time: how long
 *
 * What it was sending is lost. The receiver reads one zero, as a raw tty does that
 * does not ask for more.
 */
void line_break(struct line *line, int64_t now, int64_t time)
{
	static const uint8_t zero;

	line->stats.dropped += cut_off(line, now);
	line->stats.breaks++;
	line->busy = now;
	if (!line->unplugged)
		line_append(line, &zero, 1);
	line->busy = now + time;
}

/**
 * line_unplug() - what is on the line is lost, and all that is put
 * @line: the line
 */
void line_unplug(struct line *line)
{
	line->stats.unplugged += line->flight.count + line->arrived.count;
	line->run_count = 0;
	ring_consume(&line->flight, line->flight.count);
	ring_consume(&line->arrived, line->arrived.count);
	line->unplugged = true;
}

/**
 * line_plug() - bytes come through again
 * @line: the line
 * @now: the time
 */
void line_plug(struct line *line, int64_t now)
{
	line->unplugged = false;
	if (line->busy > now)
		line->busy = now;
}
