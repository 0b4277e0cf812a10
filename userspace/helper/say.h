/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's verdicts in words.
 */
#ifndef _SVCGATED_SAY_H
#define _SVCGATED_SAY_H

#include "pure.h"

#define SAY_REASON_SIZE	400

const char *say_reason(u8 kind, const char *file, u16 reason, u16 detail,
		       char text[SAY_REASON_SIZE]);

#endif /* _SVCGATED_SAY_H */
