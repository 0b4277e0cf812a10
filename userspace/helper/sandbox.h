/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the door process may still do: move bytes.
 */
#ifndef _SVCGATED_SANDBOX_H
#define _SVCGATED_SANDBOX_H

#include "process.h"

int sandbox_enter(const struct process_identity *identity);

#endif /* _SVCGATED_SANDBOX_H */
