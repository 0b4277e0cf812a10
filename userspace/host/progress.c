// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The line that shows how far a transfer is: only on a terminal, and only for
 * transfers that last longer than a second.
 */
#include <inttypes.h>
#include <unistd.h>

#include "svcgate.h"

#define BEGIN_US	1000000
#define DRAW_US		500000
#define RATE_US		2000000

static void put_bytes(FILE *out, u64 bytes)
{
	if (bytes < 10000)
		fprintf(out, "%" PRIu64 " B", bytes);
	else if (bytes < 10000000)
		fprintf(out, "%" PRIu64 " kB", bytes / 1000);
	else
		fprintf(out, "%" PRIu64 ".%" PRIu64 " MB", bytes / 1000000,
			bytes / 100000 % 10);
}

static void put_time(FILE *out, u64 seconds)
{
	if (seconds >= 3600)
		fprintf(out, "%" PRIu64 ":%02u:%02u left", seconds / 3600,
			(unsigned int)(seconds / 60 % 60), (unsigned int)(seconds % 60));
	else
		fprintf(out, "%u:%02u left", (unsigned int)(seconds / 60),
			(unsigned int)(seconds % 60));
}

/* Of the last seconds, so that a line that became slow is seen. */
static void learn(struct progress *progress, u64 bytes, int64_t now)
{
	int64_t time = now - progress->rate_us;

	if (progress->rate && time < RATE_US)
		return;
	if (time > 0)
		progress->rate = (bytes - progress->rate_bytes) * 1000000 / (u64)time;
	progress->rate_us = now;
	progress->rate_bytes = bytes;
}

static void draw(const struct progress *progress, const struct svcgate_link_progress *now)
{
	u64 sent = progress->before + now->sent;

	fputs("\r\033[K", stderr);
	if (sent) {
		put_bytes(stderr, sent);
		fputs(" sent", stderr);
	}
	if (sent && progress->total)
		fprintf(stderr, " (%" PRIu64 " %%)", sent * 100 / progress->total);
	if (now->received) {
		fputs(sent ? ", " : "", stderr);
		put_bytes(stderr, now->received);
		fputs(" received", stderr);
	}
	fputs(sent || now->received ? ", " : "", stderr);
	put_bytes(stderr, progress->rate);
	fputs("/s", stderr);
	if (progress->rate && progress->total > sent) {
		fputs(", ", stderr);
		put_time(stderr, (progress->total - sent) / progress->rate);
	}
	fflush(stderr);
}

/**
 * progress_report() - redraw the line, when it is time
 * @context: struct progress
 * @now: how far it is
 */
void progress_report(void *context, const struct svcgate_link_progress *now)
{
	struct progress *progress = context;

	if (now->elapsed_us < progress->drawn_us)
		*progress = (struct progress){
			.total = progress->total,
			.before = progress->before,
			.shown = progress->shown,
		};
	learn(progress, now->sent + now->received, now->elapsed_us);
	if (now->elapsed_us < BEGIN_US ||
	    (progress->drawn_us && now->elapsed_us < progress->drawn_us + DRAW_US) ||
	    !isatty(STDERR_FILENO))
		return;
	progress->drawn_us = now->elapsed_us;
	progress->shown = true;
	draw(progress, now);
}

/**
 * progress_clear() - take the line away
 * @progress: it
 */
void progress_clear(struct progress *progress)
{
	if (!progress->shown)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->shown = false;
	progress->drawn_us = 0;
}
