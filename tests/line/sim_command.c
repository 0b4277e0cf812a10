// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linesim: the commands.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

#define BREAK_MS	250

/* The commands themselves write what is refused; all else is "ok". */
struct answer {
	char *text;
	size_t size;
};

static void refuse(struct answer *answer, const char *why)
{
	snprintf(answer->text, answer->size, "error: %s\n", why);
}

/* "a", "b": that one; nothing: @otherwise; SIM_ENDS for something else. */
static int end_of(const char *word, int otherwise)
{
	if (!word)
		return otherwise;
	return !strcmp(word, "a") ? SIM_A : !strcmp(word, "b") ? SIM_B : SIM_ENDS;
}

static void unplug(struct sim *sim, char **words, struct answer *answer)
{
	int end = end_of(words[1], SIM_A);

	if (end == SIM_ENDS) {
		refuse(answer, "unplug takes a or b");
		return;
	}
	sim_end_unplug(&sim->ends[end]);
	sim_join(sim);
}

static void replug(struct sim *sim, char **words, struct answer *answer)
{
	int end = end_of(words[1], SIM_A), r;

	if (end == SIM_ENDS || sim->ends[end].fd >= 0) {
		refuse(answer, "replug takes a or b, and one that was unplugged");
		return;
	}
	r = sim_end_plug(&sim->ends[end], sim->lines[end].settings.baud);
	if (r < 0)
		refuse(answer, strerror(-r));
	sim_join(sim);
}

static void cut(struct sim *sim, char **words, struct answer *answer)
{
	sim->cut = true;
	sim_join(sim);
}

static void join(struct sim *sim, char **words, struct answer *answer)
{
	sim->cut = false;
	sim_join(sim);
}

static int64_t milliseconds(const char *word)
{
	char *end;
	double ms = strtod(word, &end);

	return end == word || *end || !(ms >= 0 && ms < 1e9) ? -1 : ms * LINE_NS_PER_MS;
}

static void send_break(struct sim *sim, char **words, struct answer *answer)
{
	int end = end_of(words[1], SIM_A);
	int64_t time = words[1] && words[2] ? milliseconds(words[2]) :
		       BREAK_MS * LINE_NS_PER_MS;

	if (end == SIM_ENDS || time < 0)
		refuse(answer, "break takes a or b, and milliseconds");
	else
		line_break(&sim->lines[end], sim_now(), time);
}

static void stick(struct sim *sim, char **words, struct answer *answer)
{
	int64_t time = words[1] ? milliseconds(words[1]) : -1;
	int end = words[1] && words[2] ? end_of(words[2], SIM_ENDS) : -1, i;

	if (time < 0 || end == SIM_ENDS) {
		refuse(answer, "stuck takes milliseconds, and a or b if not both");
		return;
	}
	for (i = 0; i < SIM_ENDS; i++)
		if (end < 0 || i == end)
			line_stick(&sim->lines[i], sim_now(), time);
}

static void speed(struct sim *sim, char **words, struct answer *answer)
{
	int end = words[1] ? end_of(words[1], SIM_ENDS) : SIM_ENDS;
	long baud = words[1] && words[2] ? strtol(words[2], NULL, 10) : 0;

	if (!sim->obey_speed || end == SIM_ENDS || baud <= 0 || !sim->ends[end].path)
		refuse(answer,
		       "speed takes a or b, a tty of somebody else's, and bits a second; with --obey-speed");
	else
		sim->ends[end].speed = baud;
}

/* set [a|b] NAME=VALUE... */
static void change(struct sim *sim, char **words, struct answer *answer)
{
	struct line_settings settings;
	char problem[LINE_TEXT_MAX];
	int end = words[1] ? end_of(words[1], SIM_ENDS) : SIM_ENDS, i, at;

	for (i = 0; i < SIM_ENDS; i++) {
		if (end != SIM_ENDS && i != end)
			continue;
		settings = sim->lines[i].settings;
		for (at = end == SIM_ENDS ? 1 : 2; words[at]; at++) {
			if (line_settings_parse(&settings, words[at], problem) < 0) {
				refuse(answer, problem);
				return;
			}
		}
		line_set(&sim->lines[i], &settings);
	}
}

static void stats(struct sim *sim, char **words, struct answer *answer)
{
	const struct line_stats *s;
	size_t used = 0;
	int i;

	for (i = 0; i < SIM_ENDS; i++) {
		s = &sim->lines[i].stats;
		used += snprintf(answer->text + used, answer->size - used,
				 "%s sent=%" PRIu64 " delivered=%" PRIu64 " flipped=%" PRIu64
				 " dropped=%" PRIu64 " inserted=%" PRIu64 " bursts=%" PRIu64
				 " overrun=%" PRIu64 " garbled=%" PRIu64 " unplugged=%" PRIu64
				 " breaks=%" PRIu64 "\n",
				 sim->ends[i].name, s->sent, s->delivered, s->flipped,
				 s->dropped, s->inserted, s->bursts, s->overrun, s->garbled,
				 s->unplugged, s->breaks);
	}
}

static void show(struct sim *sim, char **words, struct answer *answer)
{
	char text[LINE_TEXT_MAX];
	size_t used = 0;
	int i;

	for (i = 0; i < SIM_ENDS; i++) {
		line_settings_text(&sim->lines[i].settings, text);
		used += snprintf(answer->text + used, answer->size - used, "%s %s\n",
				 sim->ends[i].name, text);
	}
}

static void quit(struct sim *sim, char **words, struct answer *answer)
{
	sim->over = true;
}

static const struct {
	const char *name;
	void (*run)(struct sim *sim, char **words, struct answer *answer);
} commands[] = {
	{ "unplug", unplug }, { "replug", replug },	{ "cut", cut },
	{ "join", join },     { "break", send_break },	{ "stuck", stick },
	{ "speed", speed },   { "set", change },	{ "stats", stats },
	{ "show", show },     { "quit", quit },
};

#define WORDS_MAX	16

/**
 * sim_command() - do what a line of text says
 * @sim: the line
 * @text: the command; is cut into words
 * @answer: "ok", "error: " and why, or what was asked for; lines of text
 * @size: bytes of @answer
 */
void sim_command(struct sim *sim, char *text, char *answer, size_t size)
{
	char *words[WORDS_MAX + 1] = { NULL }, *word;
	struct answer said = { answer, size };
	size_t i, count = 0;

	while ((word = strsep(&text, " \t\r")))
		if (*word && count < WORDS_MAX)
			words[count++] = word;
	snprintf(answer, size, "ok\n");
	for (i = 0; count && i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(words[0], commands[i].name)) {
			commands[i].run(sim, words, &said);
			return;
		}
	}
	refuse(&said,
	       "commands are unplug, replug, cut, join, break, stuck, speed, set, stats, show, quit");
}
