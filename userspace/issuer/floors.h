/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lowest versions of components: every keystore carries them whole.
 */
#ifndef _SVCGATE_ISSUER_FLOORS_H
#define _SVCGATE_ISSUER_FLOORS_H

#include "store.h"

/**
 * struct floors - lowest version of each component that has one
 * @entries: ascending by component
 * @count: how many
 */
struct floors {
	struct svcgate_keystore_floor_entry entries[SVCGATE_FLOORS_MAX];
	unsigned int count;
};

int floors_load(const struct store *store, struct floors *ret_floors);
int floors_raise(struct floors *floors, const char *text);
int floors_save(const struct store *store, const struct floors *floors);

#endif /* _SVCGATE_ISSUER_FLOORS_H */
