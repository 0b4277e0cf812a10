// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes wrong with bytes on a line.
 *
 * The distance to the next error is drawn, not each byte: a clean line costs no
 * more than copying.
 */
#include <math.h>

#include "line_private.h"

#define BITS	8

static uint64_t line_random(struct line *line)
{
	line->random ^= line->random >> 12;
	line->random ^= line->random << 25;
	line->random ^= line->random >> 27;
	return line->random * UINT64_C(0x2545f4914f6cdd1d) >> 11;
}

/**
 * line_random_init() - begin with the line's chance
 * @line: the line
 * @seed: any number; neighbours are as different as all others (splitmix64)
 */
void line_random_init(struct line *line, uint64_t seed)
{
	uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	line->random = z ? z : 1;
}

/* Trials that fail before the first success. */
static uint64_t distance(struct line *line, double probability)
{
	double u, n;

	if (probability <= 0)
		return UINT64_MAX;
	if (probability >= 1)
		return 0;
	u = (line_random(line) + 1) / 0x1p53;
	n = floor(log(u) / log1p(-probability));
	return n < 0x1p62 ? (uint64_t)n : UINT64_C(1) << 62;
}

/**
 * line_damage_init() - draw where the next errors are
 * @line: the line, with its settings
 */
void line_damage_init(struct line *line)
{
	const struct line_settings *settings = &line->settings;

	line->next_flip = distance(line, settings->ber);
	line->next_drop = distance(line, settings->drop);
	line->next_insert = distance(line, settings->insert);
	line->next_burst = distance(line, settings->burst);
	line->burst_left = 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Bytes from here on that nothing happens to. */
static uint64_t clean_run(const struct line *line, size_t count)
{
	if (line->burst_left || line->garbling)
		return 0;
	return least(least(least(line->next_flip / BITS, line->next_drop),
			   least(line->next_insert, line->next_burst)), count);
}

static void pass(struct line *line, size_t count)
{
	if (line->settings.ber > 0)
		line->next_flip -= count * BITS;
	if (line->settings.drop > 0)
		line->next_drop -= count;
	if (line->settings.insert > 0)
		line->next_insert -= count;
	if (line->settings.burst > 0)
		line->next_burst -= count;
}

static uint8_t flip(struct line *line, uint8_t byte)
{
	while (line->next_flip < BITS) {
		byte ^= 1 << line->next_flip;
		line->stats.flipped++;
		line->next_flip += 1 + distance(line, line->settings.ber);
	}
	return byte;
}

/* Also another one than before: that a byte is not damaged by chance is no test. */
static uint8_t noise(struct line *line, uint8_t byte)
{
	return byte ^ (1 + line_random(line) % UINT8_MAX);
}

static void damage_byte(struct line *line, uint8_t byte)
{
	bool lost = !line->next_drop;

	if (!line->next_insert) {
		uint8_t extra = line_random(line);

		line_append(line, &extra, 1);
		line->stats.inserted++;
		line->next_insert = 1 + distance(line, line->settings.insert);
	}
	if (!line->next_burst) {
		line->burst_left = line->settings.burst_length;
		line->stats.bursts++;
		line->next_burst = line->burst_left + distance(line, line->settings.burst);
	}
	byte = flip(line, byte);
	if (line->burst_left) {
		line->burst_left--;
		byte = noise(line, byte);
	}
	if (line->garbling) {
		line->stats.garbled++;
		byte = noise(line, byte);
	}
	if (lost) {
		line->stats.dropped++;
		line->next_drop = 1 + distance(line, line->settings.drop);
		line_skip(line, 1);
	} else {
		line_append(line, &byte, 1);
	}
	pass(line, 1);
}

/**
 * line_damage() - put bytes on the line as they will arrive
 * @line: the line
 * @data: as they were sent
 * @count: how many
 */
void line_damage(struct line *line, const uint8_t *data, size_t count)
{
	size_t clean;

	while (count) {
		clean = clean_run(line, count);
		line_append(line, data, clean);
		pass(line, clean);
		data += clean;
		count -= clean;
		if (!count)
			return;
		damage_byte(line, *data++);
		count--;
	}
}
