// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel's verdicts in words.
 */
#include <stdio.h>

#include "say.h"

/**
 * say_reason() - a reason with its detail, as one line
 * @reason: &enum svcgate_reason
 * @detail: what the reason says it is
 * @text: room for the line
 *
 * Return: @text.
 */
const char *say_reason(u16 reason, u16 detail, char text[SAY_REASON_SIZE])
{
	snprintf(text, SAY_REASON_SIZE, "reason 0x%04x, detail %u", reason, detail);
	return text;
}
