/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the store into the kernel, then the seal.
 */
#ifndef _SVCGATED_CONFIGURE_H
#define _SVCGATED_CONFIGURE_H

#include "store.h"

/**
 * struct configure_plan - what the kernel is to be told
 * @id: device ID
 * @id_length: its bytes
 * @audience: product line
 * @allow_process_held: seal also when a port is process-held
 */
struct configure_plan {
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t id_length;
	u8 audience[SVCGATE_AUDIENCE_SIZE];
	bool allow_process_held;
};

int configure(const struct store *store, const struct configure_plan *plan);

#endif /* _SVCGATED_CONFIGURE_H */
