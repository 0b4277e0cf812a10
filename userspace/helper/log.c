// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines on stderr. No stdio: a line is one write, also from a process that was
 * forked or sandboxed, and nothing is buffered on the heap.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"

/* Longer lines are cut; a path of PATH_MAX does not belong in a log. */
#define LINE_SIZE	512

static bool with_priority;

/**
 * log_open() - look at the environment once
 *
 * The journal takes "<N>" before a line as its priority; a terminal or a file
 * would show it.
 */
void log_open(void)
{
	with_priority = getenv("JOURNAL_STREAM") != NULL;
}

/**
 * log_line() - write one line to stderr
 * @level: how important it is
 * @format: as for printf(), without a newline
 */
void log_line(enum log_level level, const char *format, ...)
{
	char line[LINE_SIZE];
	size_t used = 0;
	ssize_t written;
	va_list args;
	int r;

	if (with_priority)
		used = (size_t)snprintf(line, sizeof(line), "<%d>", level);
	used += (size_t)snprintf(line + used, sizeof(line) - used, "svcgated: ");

	va_start(args, format);
	r = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	va_end(args);
	if (r > 0)
		used += (size_t)r;
	if (used > sizeof(line) - 2)
		used = sizeof(line) - 2;
	line[used++] = '\n';

	/* Nobody is left to tell when stderr is gone. */
	written = write(STDERR_FILENO, line, used);
	(void)written;
}
