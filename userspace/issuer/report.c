// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What goes wrong, said once, where it is known.
 */
#include <stdarg.h>
#include <stdlib.h>

#include "issuer.h"

/**
 * report() - say an error
 * @error: negative errno, returned to the caller
 * @format: what went wrong, why, and the cure; no newline
 *
 * Return: @error.
 */
int report(int error, const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("svcgate-issuer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return error;
}

/**
 * usage() - say that the command line is wrong, and leave
 * @command: command whose help would show it, or NULL
 * @format: what is wrong; no newline
 */
void usage(const struct command *command, const char *format, ...)
{
	va_list args;

	fputs("svcgate-issuer: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nSee: svcgate-issuer%s%s --help\n", command ? " " : "",
		command ? command->words : "");
	exit(SVCGATE_EXIT_USAGE);
}
