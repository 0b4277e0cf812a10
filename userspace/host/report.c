// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Errors: what was refused, why, and the cure. On stderr for people; with
 * --output json also on stdout, so that a script gets one value in any case.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "json.h"
#include "svcgate.h"

static bool as_json;

/**
 * report_format() - how to report from now on
 * @json: for scripts
 */
void report_format(bool json)
{
	as_json = json;
}

static void put_json(const char *name, enum svcgate_exit code, const char *text,
		     const char *cure, const u16 *reason, u16 detail)
{
	struct svcgate_json json;

	svcgate_json_begin(&json, stdout);
	svcgate_json_object(&json, NULL);
	svcgate_json_object(&json, "error");
	svcgate_json_string(&json, "name", name);
	if (reason) {
		svcgate_json_number(&json, "reason", *reason);
		svcgate_json_number(&json, "detail", detail);
	}
	svcgate_json_number(&json, "exitCode", code);
	svcgate_json_string(&json, "text", text);
	svcgate_json_string(&json, "cure", cure);
	svcgate_json_close(&json);
	svcgate_json_close(&json);
	svcgate_json_end(&json);
}

/* Texts can hold a path or a word of the command line. */
static void put_line(const char *before, const char *text)
{
	char *escaped = text_escape(text, strlen(text));

	fprintf(stderr, "%s%s\n", before, escaped);
	free(escaped);
}

static void put(const char *name, enum svcgate_exit code, const char *text,
		const char *cure, const u16 *reason, u16 detail)
{
	fflush(stdout);
	put_line("svcgate: ", text);
	if (cure)
		put_line("  ", cure);
	if (as_json)
		put_json(name, code, text, cure, reason, detail);
}

/**
 * report() - say an error of this computer's
 * @code: exit code
 * @name: for scripts
 * @cure: what helps, or NULL
 * @format: what was refused and why; no newline
 *
 * Return: @code.
 */
int report(enum svcgate_exit code, const char *name, const char *cure,
	   const char *format, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		return report_memory();
	put(name, code, text, cure, NULL, 0);
	free(text);
	return code;
}

/**
 * report_memory() - say that memory is short
 *
 * Return: the exit code.
 */
int report_memory(void)
{
	put("no-memory-here", SVCGATE_EXIT_FAILED, "This computer is out of memory.",
	    NULL, NULL, 0);
	return SVCGATE_EXIT_FAILED;
}

/**
 * note() - say something beside the result
 * @format: printf(); no newline
 */
void note(const char *format, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		return;
	fflush(stdout);
	put_line("", text);
	free(text);
}

/**
 * report_link() - say an error of the link or of the port
 * @port: its path
 * @error: negative errno
 *
 * Return: the exit code.
 */
int report_link(const char *port, int error)
{
	const struct svcgate_link_error *entry = svcgate_link_error_find(error);

	if (error == -ENOMEM)
		return report_memory();
	if (!entry)
		return report(SVCGATE_EXIT_FAILED, "port", NULL, "%s: %s.", port,
			      strerror(-error));
	return report(entry->exit, entry->name, entry->cure, "%s: %s.", port,
		      entry->sentence);
}

/**
 * report_reason() - say why the device refused
 * @reason: &enum svcgate_reason
 * @context: what makes it exact
 *
 * Return: the exit code.
 */
int report_reason(u16 reason, const struct svcgate_reason_context *context)
{
	enum svcgate_exit code = svcgate_reason_exit(reason);
	char *text, *cure;

	if (svcgate_reason_sentence(reason, context, &text) < 0)
		return report_memory();
	if (svcgate_reason_cure(reason, context, &cure) < 0) {
		free(text);
		return report_memory();
	}
	put(svcgate_reason_name(reason), code, text, cure, &reason, context->detail);
	free(text);
	free(cure);
	return code;
}
