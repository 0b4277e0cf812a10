// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of the maker's operations: $XDG_CONFIG_HOME/svcgate/ops, one NAME NUMBER a
 * line, # begins a comment.
 */
#include <errno.h>
#include <stdlib.h>

#include "svcgate.h"

/* Return: false when the text is no number of a maker's operation. */
static bool parse_number(const char *text, u16 *ret_op)
{
	unsigned long number;
	char *end;

	number = strtoul(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || number < SVCGATE_OP_MAKER ||
	    number > UINT16_MAX)
		return false;
	*ret_op = number;
	return true;
}

/* Return: NULL also when there is no memory: then nothing is known by name. */
static FILE *open_names(void)
{
	FILE *file;

	return config_open("ops", &file) < 0 ? NULL : file;
}

/* The next line that names an operation; others are told. */
static bool next_name(FILE *file, char **line, size_t *size, const char **ret_name,
		      u16 *ret_op)
{
	char *name, *number, *rest;

	while (getline(line, size, file) > 0) {
		(*line)[strcspn(*line, "#\n")] = '\0';
		name = strtok_r(*line, " \t\r", &rest);
		number = strtok_r(NULL, " \t\r", &rest);
		if (!name)
			continue;
		if (number && !strtok_r(NULL, " \t\r", &rest) && parse_number(number, ret_op)) {
			*ret_name = name;
			return true;
		}
		note("~/.config/svcgate/ops: not a name and a number from 0x8000 to 0xffff: %s",
		     name);
	}
	return false;
}

/**
 * ops_find() - which operation is meant?
 * @text: number or name
 * @ret_op: it
 *
 * Return: an exit code.
 */
int ops_find(const char *text, u16 *ret_op)
{
	const char *name;
	char *line = NULL;
	bool found = false;
	size_t size = 0;
	FILE *file;

	if (parse_number(text, ret_op))
		return 0;
	file = open_names();
	while (file && !found && next_name(file, &line, &size, &name, ret_op))
		found = !strcmp(name, text);
	if (file)
		fclose(file);
	free(line);
	if (found)
		return 0;
	return report(SVCGATE_EXIT_USAGE, "no-such-operation",
		      "Use its number, from 0x8000 to 0xffff, or name it in ~/.config/svcgate/ops.",
		      "There is no operation %s of a maker's.", text);
}

/**
 * ops_list() - print the names that are known here
 * @options: of the command line
 *
 * Return: an exit code.
 */
int ops_list(const struct options *options)
{
	FILE *file = open_names();
	char *line = NULL, number[8];
	struct output out;
	const char *name;
	size_t size = 0;
	u16 op;

	output_begin(&out, options->json);
	output_rows(&out, NULL);
	while (file && next_name(file, &line, &size, &name, &op)) {
		snprintf(number, sizeof(number), "0x%04x", op);
		output_row(&out);
		output_string(&out, "number", "No.", number);
		output_string(&out, "operation", "Operation", name);
		output_close(&out);
	}
	output_rows_end(&out);
	free(line);
	if (file)
		fclose(file);
	else
		note("No names are known: ~/.config/svcgate/ops has them, one NAME NUMBER a line.");
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}
