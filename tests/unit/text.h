/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text files of the source tree, read line by line.
 */
#ifndef _SVCGATE_TESTS_TEXT_H
#define _SVCGATE_TESTS_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file, by its path in the source tree; a missing one ends the test. */
static inline char *read_text(const char *path)
{
	char name[4096], *text;
	size_t length, size = 1 << 20;
	FILE *f;

	snprintf(name, sizeof(name), "%s%s%s", *path == '/' ? "" : SVCGATE_TOP,
		 *path == '/' ? "" : "/", path);
	f = fopen(name, "r");
	text = malloc(size);
	if (!f || !text) {
		fprintf(stderr, "# %s: %m\n", name);
		abort();
	}
	length = fread(text, 1, size - 1, f);
	if (!feof(f) || ferror(f)) {
		fprintf(stderr, "# %s: too long or unreadable\n", name);
		abort();
	}
	text[length] = 0;
	fclose(f);
	return text;
}

/* End this line; the beginning of the next, NULL after the last. */
static inline char *next_line(char *line)
{
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = 0;
	return end + 1;
}

#endif /* _SVCGATE_TESTS_TEXT_H */
