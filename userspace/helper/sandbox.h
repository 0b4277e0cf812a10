/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the door process may still do: move bytes, and write the store.
 */
#ifndef _SVCGATED_SANDBOX_H
#define _SVCGATED_SANDBOX_H

#include "process.h"

/* Where the directory of the store is, the only one that names are looked up in. */
#define SANDBOX_FD_STORE	4

int sandbox_shut_in(int dir);
int sandbox_enter(const struct process_identity *identity, bool with_store);

#endif /* _SVCGATED_SANDBOX_H */
