/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state backend: what lasts when the store does not. A byte and three
 * counters in a cell of non-volatile memory, whose bits are only ever set.
 */
#ifndef _SVCGATED_BACKEND_H
#define _SVCGATED_BACKEND_H

#include "helper_ops.h"
#include "options.h"

/* Bits of the state cell's byte; what the others are does not matter. */
#define BACKEND_MARK		0x80
#define BACKEND_STATE_BITS	0x03

/**
 * enum backend_floor - the counters, in the order in which they follow
 */
enum backend_floor {
	BACKEND_FLOOR_VERSION,
	BACKEND_FLOOR_EPOCH,
	BACKEND_FLOOR_GENERATION,
	BACKEND_FLOORS,
};

/**
 * struct backend_cell - bytes of a file
 * @where: what the options say of it; its path is NULL when they name none
 * @fd: the file, -1 when it cannot be opened
 * @error: why, negative errno
 * @read_only: it can be read only
 */
struct backend_cell {
	struct options_cell where;
	int fd;
	int error;
	bool read_only;
};

/**
 * struct backend - the state backend
 * @ops: how its cells are read and written
 * @state: one byte: factory mark and manufacturing state
 * @floors: the counters, one third of the cell each
 * @told: bit n: counter n was said to be at its end
 */
struct backend {
	const struct helper_ops *ops;
	struct backend_cell state;
	struct backend_cell floors;
	unsigned int told;
};

/**
 * enum backend_condition - what the state cell is
 * @BACKEND_NONE: there is none
 * @BACKEND_UNREADABLE: it cannot be read
 * @BACKEND_UNMARKED: it was read, and the factory mark is not set
 * @BACKEND_MARKED: it was read, and the factory mark is set
 */
enum backend_condition {
	BACKEND_NONE,
	BACKEND_UNREADABLE,
	BACKEND_UNMARKED,
	BACKEND_MARKED,
};

/**
 * struct backend_view - what the state cell says
 * @condition: whether it says anything
 * @error: why it cannot be read, negative errno
 * @byte: what was read
 * @state: &enum svcgate_state that it stands for, when it is marked
 */
struct backend_view {
	enum backend_condition condition;
	int error;
	u8 byte;
	u8 state;
};

void backend_open(struct backend *backend, const struct helper_ops *ops,
		  const struct options *options);
void backend_close(struct backend *backend);
void backend_look(const struct backend *backend, struct backend_view *ret_view);
u8 backend_in_force(const struct backend_view *view, const u8 *record);
int backend_advance_state(const struct backend *backend, u8 state);
int backend_may_provision(const struct backend *backend, u8 state);
int backend_provision(const struct backend *backend, u8 state);

/* backend_floor.c */
int backend_read_floors(const struct backend *backend, u32 ret_floors[BACKEND_FLOORS]);
int backend_advance_floors(struct backend *backend, const u32 floors[BACKEND_FLOORS]);
const char *backend_floor_name(enum backend_floor floor);

#endif /* _SVCGATED_BACKEND_H */
