/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of trust made durable.
 */
#ifndef _SVCGATED_CHANGE_H
#define _SVCGATED_CHANGE_H

#include "backend.h"
#include "store.h"

/**
 * struct change_keeper - what makes changes durable
 * @store: the store; its directory is -1 when there is none
 * @backend: the state backend; its cells have no path when there is none
 */
struct change_keeper {
	struct store store;
	struct backend backend;
};

/**
 * enum change_result - what has become of a change
 * @CHANGE_DURABLE: it is durable: COMMIT
 * @CHANGE_NOT_STORED: the next start finds what was there before: ABORT
 * @CHANGE_IN_DOUBT: the next start may find it, or not: neither word is true;
 *	try again
 */
enum change_result {
	CHANGE_DURABLE,
	CHANGE_NOT_STORED,
	CHANGE_IN_DOUBT,
};

enum change_result change_keep(struct change_keeper *keeper,
			       const struct svcgate_door *message, int *ret_error);
u8 change_record(const struct svcgate_door *message);

#endif /* _SVCGATED_CHANGE_H */
