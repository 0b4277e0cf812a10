// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a line behaves, as text: "baud=115200 latency=1000 ber=1e-5 seed=7".
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "line_model.h"

#define BAUD_DEFAULT	115200
#define BAUD_MAX	100000000
#define LATENCY_DEFAULT	LINE_NS_PER_MS
#define TIME_MAX_US	10000000
#define FIFO_DEFAULT	65536
#define BYTES_MAX	(1 << 26)
#define BURST_DEFAULT	16

/**
 * line_settings_init() - a clean line
 * @settings: 115200 baud behind an adapter of 1 ms
 */
void line_settings_init(struct line_settings *settings)
{
	*settings = (struct line_settings){
		.baud = BAUD_DEFAULT,
		.latency = LATENCY_DEFAULT,
		.burst_length = BURST_DEFAULT,
		.fifo = FIFO_DEFAULT,
		.seed = 1,
	};
}

static int number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno || value < least || value > most)
		return -EINVAL;
	*ret = value;
	return 0;
}

static int probability(const char *text, double *ret)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value >= 0 && value <= 1))
		return -EINVAL;
	*ret = value;
	return 0;
}

/* PROBABILITY or PROBABILITY:BYTES */
static int burst(struct line_settings *settings, char *text)
{
	char *length = strchr(text, ':');
	uint64_t n;
	int r;

	if (length) {
		*length++ = '\0';
		r = number(length, 1, BYTES_MAX, &n);
		if (r < 0)
			return r;
		settings->burst_length = n;
	}
	return probability(text, &settings->burst);
}

static int set(struct line_settings *settings, const char *name, char *value)
{
	uint64_t n = 0;
	int r;

	if (!strcmp(name, "ber"))
		return probability(value, &settings->ber);
	if (!strcmp(name, "drop"))
		return probability(value, &settings->drop);
	if (!strcmp(name, "insert"))
		return probability(value, &settings->insert);
	if (!strcmp(name, "burst"))
		return burst(settings, value);
	if (!strcmp(name, "seed"))
		return number(value, 0, UINT64_MAX, &settings->seed);
	if (!strcmp(name, "baud")) {
		r = number(value, 1, BAUD_MAX, &n);
		if (!r)
			settings->baud = n;
	} else if (!strcmp(name, "latency")) {
		r = number(value, 0, TIME_MAX_US, &n);
		if (!r)
			settings->latency = n * LINE_NS_PER_US;
	} else if (!strcmp(name, "delay")) {
		r = number(value, 0, TIME_MAX_US, &n);
		if (!r)
			settings->delay = n * LINE_NS_PER_US;
	} else if (!strcmp(name, "queue")) {
		r = number(value, 0, BYTES_MAX, &n);
		if (!r)
			settings->queue = n;
	} else if (!strcmp(name, "fifo")) {
		r = number(value, 1, BYTES_MAX, &n);
		if (!r)
			settings->fifo = n;
	} else {
		r = -ENOENT;
	}
	return r;
}

/**
 * line_settings_parse() - change settings as a text says
 * @settings: begin with line_settings_init(); not changed by a text that is wrong
 * @text: words NAME=VALUE; times in microseconds, burst=PROBABILITY:BYTES
 * @problem: of a wrong text: what is wrong with it
 *
 * Return: 0 or -EINVAL.
 */
int line_settings_parse(struct line_settings *settings, const char *text,
			char problem[LINE_TEXT_MAX])
{
	struct line_settings changed = *settings;
	char *copy = strdup(text), *rest = copy, *word, *value;
	int r = 0;

	if (!copy)
		abort();
	while (!r && (word = strsep(&rest, " \t\n,"))) {
		if (!*word)
			continue;
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		r = value ? set(&changed, word, value) : -ENOENT;
		if (r == -ENOENT)
			snprintf(problem, LINE_TEXT_MAX,
				 "'%.32s' is no setting; there are baud, latency, delay, ber, drop, insert, burst, queue, fifo and seed, each with =VALUE",
				 word);
		else if (r < 0)
			snprintf(problem, LINE_TEXT_MAX,
				 "%.32s cannot be '%.32s': numbers in range, times in microseconds, probabilities from 0 to 1",
				 word, value);
	}
	free(copy);
	if (r < 0)
		return -EINVAL;
	*settings = changed;
	return 0;
}

/**
 * line_settings_text() - settings as line_settings_parse() takes them
 * @settings: the settings
 * @text: where to
 */
void line_settings_text(const struct line_settings *settings, char text[LINE_TEXT_MAX])
{
	snprintf(text, LINE_TEXT_MAX,
		 "baud=%" PRIu32 " latency=%" PRId64 " delay=%" PRId64
		 " ber=%g drop=%g insert=%g burst=%g:%" PRIu32 " queue=%zu fifo=%zu seed=%" PRIu64,
		 settings->baud, settings->latency / LINE_NS_PER_US,
		 settings->delay / LINE_NS_PER_US, settings->ber, settings->drop,
		 settings->insert, settings->burst, settings->burst_length, settings->queue,
		 settings->fifo, settings->seed);
}
