// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One file of the maker's: lines of a setting and its value, as in the helper's own
 * configuration. Strict, because what a typing error would leave out is what keeps
 * an operation locked.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "maker.h"
#include "names.h"
#include "setting.h"

/**
 * struct parser - a file being read
 * @op: what it says so far
 * @arguments: how many
 * @seen: bit n for a setting of rows[n]
 * @line: number of the line
 * @why: what is wrong
 * @cure: what helps
 */
struct parser {
	struct maker_op op;
	size_t arguments;
	unsigned int seen;
	unsigned int line;
	const char *why;
	const char *cure;
};

/**
 * struct maker_row - a setting
 * @name: its name
 * @repeats: it may be there any number of times, also never
 * @set: take the value
 * @cure: how it is written
 */
struct maker_row {
	const char *name;
	bool repeats;
	int (*set)(struct parser *parser, const char *value);
	const char *cure;
};

static int refuse(struct parser *parser, const char *why, const char *cure)
{
	parser->why = why;
	parser->cure = cure;
	return -EINVAL;
}

static int set_number(struct parser *parser, const char *value)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(value, &end, 0);
	if (!isdigit((unsigned char)*value) || *end || errno || number < SVCGATE_OP_MAKER ||
	    number > UINT16_MAX)
		return -EINVAL;
	parser->op.rule.op = (u16)number;
	return 0;
}

/* Lower-case words with dashes between them, as in the table of operations. */
static int set_name(struct parser *parser, const char *value)
{
	size_t length = strlen(value), i;
	bool begins = true;

	if (length >= sizeof(parser->op.rule.name) || !islower((unsigned char)*value))
		return -EINVAL;
	for (i = 0; i < length; i++) {
		if (value[i] == '-' ? begins : !islower((unsigned char)value[i]) &&
					       !isdigit((unsigned char)value[i]))
			return -EINVAL;
		begins = value[i] == '-';
	}
	if (begins)
		return -EINVAL;
	memcpy(parser->op.rule.name, value, length);
	return 0;
}

static int set_capabilities(struct parser *parser, const char *value)
{
	int r = svcgate_capabilities_parse(value, &parser->op.rule.mask);

	/* What needs none is open to everybody, and that is the table's to say. */
	return r < 0 || !parser->op.rule.mask ? -EINVAL : 0;
}

static int set_program(struct parser *parser, const char *value)
{
	if (*value != '/')
		return -EINVAL;
	parser->op.program = value;
	return 0;
}

static int set_argument(struct parser *parser, const char *value)
{
	if (parser->arguments == MAKER_ARGUMENTS_MAX)
		return -EINVAL;
	parser->op.arguments[parser->arguments++] = value;
	return 0;
}

static const struct maker_row rows[] = {
	{ "number", false, set_number, "say a number from 0x8000 to 0xffff" },
	{ "name", false, set_name,
	  "say lower-case words with dashes between them, at most 31 characters, as in self-test" },
	{ "capabilities", false, set_capabilities,
	  "say fieldServicing, appDevelopment, enableRfTestMode or numbers from 32 to 63, with commas between them; each of them is enough" },
	{ "program", false, set_program, "say the whole path of the program" },
	{ "argument", true, set_argument, "say at most 8, each on a line of its own" },
};

static int find_row(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return (int)i;
	return -1;
}

static int take_line(struct parser *parser, char *line)
{
	char *value, *name = setting_split(line, &value);
	int row;

	if (!name)
		return 0;
	row = find_row(name);
	if (row < 0)
		return refuse(parser, "no setting has this name",
			      "say number, name, capabilities, program or argument");
	if (parser->seen & 1U << row && !rows[row].repeats)
		return refuse(parser, "this setting is there twice", "keep one of the two");
	parser->seen |= 1U << row;
	if (!*value)
		return refuse(parser, "the value is missing", rows[row].cure);
	if (rows[row].set(parser, value) < 0)
		return refuse(parser, "this value is not possible", rows[row].cure);
	return 0;
}

static int check_complete(struct parser *parser)
{
	static const char *const missing[ARRAY_SIZE(rows)] = {
		"it does not say the number", "it does not say the name",
		"it does not say the capabilities", "it does not say the program",
	};
	unsigned int i;

	parser->line = 0;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!rows[i].repeats && !(parser->seen & 1U << i))
			return refuse(parser, missing[i], rows[i].cure);
	return 0;
}

/**
 * maker_parse() - read the text of a file
 * @text: it, with a NUL behind its end; changed, and pointed into
 * @length: its bytes, without that NUL
 * @ret_op: what it says
 * @ret_line: number of the line that is wrong, 0 when it is the file as a whole
 * @ret_why: what is wrong
 * @ret_cure: what helps
 *
 * Return: 0 or -EINVAL.
 */
int maker_parse(char *text, size_t length, struct maker_op *ret_op,
		unsigned int *ret_line, const char **ret_why, const char **ret_cure)
{
	struct parser parser = {};
	char *line, *rest = text;
	int r = 0;

	if (strlen(text) != length)
		r = refuse(&parser, "it has a zero byte, and is no text",
			   "write it as svcgate's example is written");
	while (!r && (line = strsep(&rest, "\n"))) {
		parser.line++;
		r = take_line(&parser, line);
	}
	if (!r)
		r = check_complete(&parser);
	if (r < 0) {
		*ret_line = parser.line;
		*ret_why = parser.why;
		*ret_cure = parser.cure;
		return r;
	}
	*ret_op = parser.op;
	return 0;
}
