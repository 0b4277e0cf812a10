// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cells of the state backend, as the options name them.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "options.h"

/* Far beyond every non-volatile memory, and within off_t everywhere. */
#define OFFSET_MAX	INT32_MAX

/* Take ":NUMBER" off the end of a text. */
static int take_number(char *text, u64 max, u64 *ret_number)
{
	char *colon = strrchr(text, ':'), *end;
	unsigned long long number;

	if (!colon || !isdigit((unsigned char)colon[1]))
		return -EINVAL;
	errno = 0;
	number = strtoull(colon + 1, &end, 0);
	if (*end || errno || number > max)
		return -EINVAL;
	*colon = '\0';
	*ret_number = number;
	return 0;
}

/**
 * options_cell() - read PATH:OFFSET or PATH:OFFSET:LENGTH
 * @text: what was written; numbers may be hexadecimal with 0x before them
 * @with_length: the second form, with the length of three equal counters
 * @ret_cell: the cell; its path is to live as long as the options
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int options_cell(const char *text, bool with_length, struct options_cell *ret_cell)
{
	char *path = strdup(text);
	u64 offset, length = 1;
	int r = 0;

	if (!path)
		return -ENOMEM;
	if (with_length)
		r = take_number(path, 3 * OPTIONS_FLOOR_MAX, &length);
	if (!r)
		r = take_number(path, OFFSET_MAX, &offset);
	if (!r && (!*path || !length || (with_length && length % 3)))
		r = -EINVAL;
	if (r < 0) {
		free(path);
		return r;
	}
	*ret_cell = (struct options_cell){
		.path = path,
		.offset = offset,
		.length = (size_t)length,
	};
	return 0;
}

/**
 * options_cells_overlap() - is the state's byte one of the counters'?
 * @options: the options
 *
 * Return: true when it is.
 */
bool options_cells_overlap(const struct options *options)
{
	const struct options_cell *state = &options->state_cell, *floor = &options->floor_cell;

	return state->path && floor->path && !strcmp(state->path, floor->path) &&
	       state->offset >= floor->offset && state->offset - floor->offset < floor->length;
}
