/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of a command: a table, from which help is printed too.
 */
#ifndef _SVCGATE_ISSUER_OPTIONS_H
#define _SVCGATE_ISSUER_OPTIONS_H

#include "issuer.h"

/* As often as an option may be repeated: floors may be, most of all. */
#define OPTION_LIST_MAX		256

/**
 * struct option_list - values of an option that may be repeated
 * @values: in the order of the command line
 * @count: how many
 */
struct option_list {
	const char *values[OPTION_LIST_MAX];
	unsigned int count;
};

/**
 * struct option_number - value of an option that is a number
 * @value: the number
 * @given: the option was there
 */
struct option_number {
	u64 value;
	bool given;
};

enum option_kind {
	OPTION_FLAG,	/* bool */
	OPTION_TEXT,	/* const char * */
	OPTION_LIST,	/* struct option_list */
	OPTION_U32,	/* struct option_number */
	OPTION_U64,	/* struct option_number */
};

/**
 * struct option_row - one option
 * @name: without dashes
 * @kind: what it takes
 * @to: where its value goes, as @kind says
 * @value: name of its value in help, NULL for a flag
 * @help: what it does
 */
struct option_row {
	const char *name;
	enum option_kind kind;
	void *to;
	const char *value;
	const char *help;
};

void options_parse(struct invocation *inv, const struct option_row *rows,
		   unsigned int count);
int parse_u64(const char *text, u64 most, u64 *ret_value);

#endif /* _SVCGATE_ISSUER_OPTIONS_H */
