/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the store into the kernel, then the seal.
 */
#ifndef _SVCGATED_CONFIGURE_H
#define _SVCGATED_CONFIGURE_H

#include "backend.h"
#include "maker.h"
#include "store.h"

/**
 * struct configure_plan - what the kernel is to be told
 * @id: device ID
 * @id_length: its bytes
 * @audience: product line
 * @allow_process_held: seal also when a port is process-held
 * @backend: the state backend
 * @maker: the maker's operations; those that the kernel has no such rule for are
 *	taken away
 */
struct configure_plan {
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t id_length;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	bool allow_process_held;
	struct backend *backend;
	struct maker_ops *maker;
};

int configure(const struct store *store, const struct configure_plan *plan);

/* configure_state.c */
int configure_state(const struct store *store, const struct backend *backend);
int configure_floors(const struct store *store, const struct backend *backend,
		     u32 generation);
void configure_advance(const struct store *store, struct backend *backend);

/* configure.c, for the others */
int configure_load(const struct store *store, u8 kind, struct store_entry *ret_entry);
int configure_gate_error(const struct store *store, const char *what, int r);

#endif /* _SVCGATED_CONFIGURE_H */
