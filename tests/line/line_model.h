/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One direction of a serial line, with what goes wrong on real ones.
 *
 * A model: it reads no clock and no file. Bytes that a sender puts on the line take
 * their time there (10 bits each), may be damaged, and arrive at the far end as a
 * USB adapter delivers them: in batches. Times are nanoseconds of any clock that
 * only goes forward, from 0 on. All chance comes from the seed, so a failure can be played
 * again.
 */
#ifndef _SVCGATE_TESTS_LINE_MODEL_H
#define _SVCGATE_TESTS_LINE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_NS_PER_US	INT64_C(1000)
#define LINE_NS_PER_MS	INT64_C(1000000)
#define LINE_NS_PER_S	INT64_C(1000000000)

/* What line_due() says when nothing is on its way. */
#define LINE_NEVER	INT64_MAX

/* Longest text of line_settings_text(). */
#define LINE_TEXT_MAX	256

/**
 * struct line_settings - how a line behaves
 * @baud: bits a second, ten a byte
 * @latency: bytes are delivered at multiples of this time only; 0: each at its own
 * @delay: and so much later
 * @ber: probability that a data bit flips
 * @drop: probability that a byte is lost
 * @insert: probability that a random byte comes before a byte
 * @burst: probability that noise begins at a byte
 * @burst_length: bytes that such noise replaces
 * @queue: bytes that a sender may be ahead of the line; 0: 16 ms of it
 * @fifo: bytes that have arrived and that the receiver has not taken; one that
 *	finds it full is lost, as in a UART
 * @seed: of all chance
 */
struct line_settings {
	uint32_t baud;
	int64_t latency;
	int64_t delay;
	double ber;
	double drop;
	double insert;
	double burst;
	uint32_t burst_length;
	size_t queue;
	size_t fifo;
	uint64_t seed;
};

/* What became of the bytes. */
struct line_stats {
	uint64_t sent;
	uint64_t delivered;
	uint64_t flipped;
	uint64_t dropped;
	uint64_t inserted;
	uint64_t bursts;
	uint64_t overrun;
	uint64_t garbled;
	uint64_t unplugged;
	uint64_t breaks;
};

/* Bytes in order; grows as needed. */
struct line_ring {
	uint8_t *buf;
	size_t size;
	size_t head;
	size_t count;
};

/**
 * struct line_run - bytes on the line without a pause between them
 * @start: of the first; all times follow from it, so that nothing adds up
 * @baud: their rate
 * @count: how many
 * @arrived: of these
 */
struct line_run {
	int64_t start;
	uint32_t baud;
	uint32_t count;
	uint32_t arrived;
};

/**
 * struct line - one direction of a line
 * @settings: how it behaves
 * @stats: what became of the bytes
 * @random: state of the generator
 * @flight: bytes on the line, damaged already
 * @runs: when they were sent, in order; @run_size of them fit
 * @run_head: first of them
 * @run_count: how many
 * @arrived: bytes for the receiver
 * @busy: when the last byte that was put has left the sender
 * @unplugged: nothing comes through
 * @garbling: the ends have different speeds
 * @next_flip: data bits up to the next that flips
 * @next_drop: bytes before the next that is lost
 * @next_insert: bytes before the next that another one comes before
 * @next_burst: bytes before the next noise
 * @burst_left: bytes that the present noise still takes
 */
struct line {
	struct line_settings settings;
	struct line_stats stats;
	uint64_t random;
	struct line_ring flight;
	struct line_run *runs;
	size_t run_size;
	size_t run_head;
	size_t run_count;
	struct line_ring arrived;
	int64_t busy;
	bool unplugged;
	bool garbling;
	uint64_t next_flip;
	uint64_t next_drop;
	uint64_t next_insert;
	uint64_t next_burst;
	uint32_t burst_left;
};

void line_settings_init(struct line_settings *settings);
int line_settings_parse(struct line_settings *settings, const char *text,
			char problem[LINE_TEXT_MAX]);
void line_settings_text(const struct line_settings *settings, char text[LINE_TEXT_MAX]);

void line_init(struct line *line, const struct line_settings *settings);
void line_free(struct line *line);
void line_set(struct line *line, const struct line_settings *settings);
void line_garble(struct line *line, bool garbling);

size_t line_room(const struct line *line, int64_t now);
int64_t line_ready(const struct line *line);
void line_put(struct line *line, int64_t now, const uint8_t *data, size_t count);
int64_t line_due(const struct line *line);
size_t line_peek(struct line *line, int64_t now, const uint8_t **ret_at);
void line_consume(struct line *line, size_t count);

void line_stick(struct line *line, int64_t now, int64_t time);
void line_break(struct line *line, int64_t now, int64_t time);
void line_unplug(struct line *line);
void line_plug(struct line *line, int64_t now);

#endif /* _SVCGATE_TESTS_LINE_MODEL_H */
