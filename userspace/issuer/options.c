// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Options of a command: a table, from which help is printed too.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>

#include "options.h"

#define ROWS_MAX	24

/* Values that getopt_long() returns for the options of every command. */
enum {
	COMMON_DIR = ROWS_MAX,
	COMMON_OUTPUT,
	COMMON_HELP,
	COMMON_END,
};

static const struct option common[] = {
	{ "dir", required_argument, NULL, COMMON_DIR },
	{ "output", required_argument, NULL, COMMON_OUTPUT },
	{ "help", no_argument, NULL, COMMON_HELP },
};

static void print_row(const char *name, const char *value, const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), "--%s%s%s", name, value ? " " : "",
		 value ? value : "");
	printf("  %-28s %s\n", left, help);
}

static void print_help(const struct command *command, const struct option_row *rows,
		       unsigned int count)
{
	unsigned int i;

	printf("Usage: svcgate-issuer %s%s%s [options]\n\n%s\n\nOptions:\n",
	       command->words, command->arguments ? " " : "",
	       command->arguments ? command->arguments : "", command->help);
	for (i = 0; i < count; i++)
		print_row(rows[i].name, rows[i].value, rows[i].help);
	print_row("dir", "DIR",
		  "the issuer's directory (SVCGATE_ISSUER_DIR, else ./issuer)");
	print_row("output", "table|json", "for people or for programs");
	print_row("help", NULL, "this text");
}

/**
 * parse_u64() - read a number
 * @text: decimal, or hexadecimal after 0x
 * @most: largest number that is good
 * @ret_value: the number
 *
 * Return: 0, or -EINVAL when it is no number or above @most.
 */
int parse_u64(const char *text, u64 most, u64 *ret_value)
{
	unsigned long long value;
	int base = !strncmp(text, "0x", 2) ? 16 : 10;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, base);
	if (errno || *end || value > most)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

static void take_number(struct invocation *inv, const struct option_row *row,
			const char *text, u64 most)
{
	struct option_number *number = row->to;

	if (parse_u64(text, most, &number->value))
		usage(inv->command, "--%s %s: a number from 0 to %llu is wanted",
		      row->name, text, (unsigned long long)most);
	number->given = true;
}

static void take_value(struct invocation *inv, const struct option_row *row,
		       const char *text)
{
	struct option_list *list;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->to = true;
		break;
	case OPTION_TEXT:
		*(const char **)row->to = text;
		break;
	case OPTION_LIST:
		list = row->to;
		if (list->count == OPTION_LIST_MAX)
			usage(inv->command, "--%s: at most %d times", row->name,
			      OPTION_LIST_MAX);
		list->values[list->count++] = text;
		break;
	case OPTION_U32:
		take_number(inv, row, text, UINT32_MAX);
		break;
	case OPTION_U64:
		take_number(inv, row, text, UINT64_MAX);
		break;
	}
}

static void take_output(struct invocation *inv, const char *text)
{
	if (strcmp(text, "json") && strcmp(text, "table"))
		usage(inv->command, "--output %s: table or json is wanted", text);
	inv->json = !strcmp(text, "json");
}

static void fill_table(struct option *table, const struct option_row *rows,
		       unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		table[i].name = rows[i].name;
		table[i].has_arg = rows[i].kind == OPTION_FLAG ? no_argument :
								 required_argument;
		table[i].val = i;
	}
	memcpy(table + count, common, sizeof(common));
}

/**
 * options_parse() - read a command line; leaves the program when it is wrong
 * @inv: the command line; its directory, output and arguments are set
 * @rows: the command's own options, at most 24
 * @count: how many
 */
void options_parse(struct invocation *inv, const struct option_row *rows,
		   unsigned int count)
{
	struct option table[ROWS_MAX + ARRAY_SIZE(common) + 1] = { };
	int at;

	fill_table(table, rows, count);
	optind = 1;
	opterr = 0;
	while ((at = getopt_long(inv->argc, inv->argv, ":", table, NULL)) != -1) {
		if (at == ':')
			usage(inv->command, "%s needs a value", inv->argv[optind - 1]);
		if (at == '?')
			usage(inv->command, "%s: no such option",
			      inv->argv[optind - 1]);
		if (at == COMMON_HELP) {
			print_help(inv->command, rows, count);
			exit(SVCGATE_EXIT_DONE);
		}
		if (at == COMMON_DIR)
			inv->dir = optarg;
		else if (at == COMMON_OUTPUT)
			take_output(inv, optarg);
		else
			take_value(inv, &rows[at], optarg);
	}
	inv->arguments = inv->argv + optind;
	if (inv->argc - optind != inv->command->argument_count)
		usage(inv->command, "%s: %s wanted", inv->command->words,
		      inv->command->arguments ? inv->command->arguments :
						"no further argument is");
}
