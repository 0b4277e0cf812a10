// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's verdicts in words: the library's sentence and cure in one line.
 */
#include <stdio.h>
#include <stdlib.h>

#include "reason.h"
#include "say.h"

/**
 * say_reason() - why a file was not taken, and what helps
 * @kind: &enum svcgate_kind of the file
 * @file: its name
 * @reason: &enum svcgate_reason
 * @detail: what the reason says it is
 * @text: room for the line
 *
 * Return: @text.
 */
const char *say_reason(u8 kind, const char *file, u16 reason, u16 detail,
		       char text[SAY_REASON_SIZE])
{
	const struct svcgate_reason_context context = {
		.detail = detail,
		.kind = kind,
		.file = file,
	};
	char *sentence = NULL, *cure = NULL;

	if (svcgate_reason_sentence(reason, &context, &sentence) < 0 || !sentence)
		snprintf(text, SAY_REASON_SIZE, "%s: reason 0x%04x, detail %u", file, reason,
			 detail);
	else if (svcgate_reason_cure(reason, &context, &cure) < 0 || !cure)
		snprintf(text, SAY_REASON_SIZE, "%s", sentence);
	else
		snprintf(text, SAY_REASON_SIZE, "%s %s", sentence, cure);
	free(sentence);
	free(cure);
	return text;
}
