/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and numbers as they stand in the header and in the prose.
 */
#ifndef _SVCGATE_TESTS_CONTRACTS_TEXT_H
#define _SVCGATE_TESTS_CONTRACTS_TEXT_H

#include <ctype.h>

#include "text.h"

struct number {
	char name[64];
	unsigned long value;
};

struct numbers {
	unsigned int count;
	struct number row[256];
};

static inline void add_number(struct numbers *n, const char *name, unsigned long value)
{
	if (n->count == sizeof(n->row) / sizeof(n->row[0]))
		abort();
	snprintf(n->row[n->count].name, sizeof(n->row[0].name), "%s", name);
	n->row[n->count++].value = value;
}

static inline const struct number *find_number(const struct numbers *n, const char *name)
{
	unsigned int i;

	for (i = 0; i < n->count; i++)
		if (!strcmp(n->row[i].name, name))
			return &n->row[i];
	return NULL;
}

/* Numbers with * and +, the former first; where they end. */
static inline unsigned long evaluate(const char *s, const char **ret_end)
{
	unsigned long sum = 0, product = 1;
	char *end;

	for (;;) {
		product *= strtoul(s, &end, 0);
		for (s = end; *s == ' '; s++)
			;
		if (*s != '*' && *s != '+')
			break;
		if (*s == '+') {
			sum += product;
			product = 1;
		}
		s++;
	}
	*ret_end = s;
	return sum + product;
}

/* The enumerators of an enum of uapi/linux/svcgate.h, by its text. */
static inline void header_enum(const char *name, struct numbers *n)
{
	char *text = read_text("uapi/linux/svcgate.h"), start[80], *line, *next;
	char enumerator[64];
	const char *end;
	int at;

	snprintf(start, sizeof(start), "\nenum %s {\n", name);
	line = strstr(text, start);
	if (!line) {
		fprintf(stderr, "# no enum %s in the header\n", name);
		abort();
	}
	for (line += strlen(start); line; line = next) {
		next = next_line(line);
		if (!strncmp(line, "};", 2))
			break;
		at = 0;
		if (sscanf(line, " %63[A-Z0-9_] = %n", enumerator, &at) == 1 && at)
			add_number(n, enumerator, evaluate(line + at, &end));
	}
	free(text);
}

/*
 * Rows of PROTOCOL.md whose first cell is a name of the header in backquotes
 * and whose second begins with a number: | `SVCGATE_KEYS_MAX` | 16 | ... |
 */
static inline void protocol_numbers(const char *prefix, struct numbers *n)
{
	char *text = read_text("uapi/PROTOCOL.md"), *line, *next, name[64];
	const char *end;
	int at;

	for (line = text; line; line = next) {
		next = next_line(line);
		at = 0;
		if (sscanf(line, "| `%63[A-Z0-9_]` | %n", name, &at) != 1 || !at)
			continue;
		if (!strncmp(name, prefix, strlen(prefix)) && isdigit(line[at]))
			add_number(n, name, evaluate(line + at, &end));
	}
	free(text);
}

/* Rows of PROTOCOL.md of a reason's name and its number: | busy | 0x0104 | */
static inline void protocol_reasons(struct numbers *n)
{
	char *text = read_text("uapi/PROTOCOL.md"), *line, *next, name[64];
	unsigned int value;
	int end;

	for (line = text; line; line = next) {
		next = next_line(line);
		end = 0;
		if (sscanf(line, "| %63[a-z-] | 0x%4x |%n", name, &value, &end) == 2 && end)
			add_number(n, name, value);
	}
	free(text);
}

#endif /* _SVCGATE_TESTS_CONTRACTS_TEXT_H */
