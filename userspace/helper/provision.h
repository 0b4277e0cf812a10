/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make the store that the factory flashes.
 */
#ifndef _SVCGATED_PROVISION_H
#define _SVCGATED_PROVISION_H

#include "backend.h"
#include "options.h"
#include "store.h"

int provision(const struct options *options);
int provision_store(const struct store *store, const struct backend *backend,
		    const struct options *options);

#endif /* _SVCGATED_PROVISION_H */
