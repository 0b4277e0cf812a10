// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lines of configuration files: a setting and its value.
 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "setting.h"

static char *trim(char *text)
{
	size_t length;

	while (isspace((unsigned char)*text))
		text++;
	length = strlen(text);
	while (length && isspace((unsigned char)text[length - 1]))
		text[--length] = '\0';
	return text;
}

/**
 * setting_split() - read "NAME VALUE" or "NAME=VALUE"
 * @line: without its end; changed, and pointed into
 * @ret_value: the value, "" when there is none; blanks inside of it stay
 *
 * Return: the name, or NULL for an empty line and a comment.
 */
char *setting_split(char *line, char **ret_value)
{
	char *name = trim(line), *value;

	if (!*name || *name == '#')
		return NULL;
	value = name + strcspn(name, " \t=");
	if (*value)
		*value++ = '\0';
	*ret_value = value + strspn(value, " \t=");
	return name;
}
