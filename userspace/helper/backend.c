// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state backend: one byte of non-volatile memory beside the store. Bit 7 is
 * the factory mark, bits 1 and 0 are the manufacturing state: 00, 01, 11; 10 is
 * what a cut can leave of 11, and counts as that.
 *
 * Bits are only ever set, so the byte can be in a memory that can do nothing
 * else, and no sequence of cuts makes it say less than it did. What it cannot
 * say for certain is DeviceComplete.
 */
#include <errno.h>
#include <unistd.h>

#include "backend.h"
#include "files.h"

static const u8 state_bits[] = {
	[SVCGATE_STATE_BLANK] = 0x00,
	[SVCGATE_STATE_MODULE1_COMPLETE] = 0x01,
	[SVCGATE_STATE_DEVICE_COMPLETE] = 0x03,
};

static u8 state_of(u8 byte)
{
	switch (byte & BACKEND_STATE_BITS) {
	case 0x00:
		return SVCGATE_STATE_BLANK;
	case 0x01:
		return SVCGATE_STATE_MODULE1_COMPLETE;
	default:
		return SVCGATE_STATE_DEVICE_COMPLETE;
	}
}

static void open_cell(struct backend_cell *cell, const struct options_cell *where)
{
	*cell = (struct backend_cell){ .where = *where, .fd = -1 };
	if (where->path)
		cell->error = files_open_cell(where->path, &cell->fd, &cell->read_only);
}

/**
 * backend_open() - open the cells that the options name
 * @backend: to be filled
 * @ops: how they will be read and written
 * @options: the options
 *
 * A cell that cannot be opened is one that cannot be read.
 */
void backend_open(struct backend *backend, const struct helper_ops *ops,
		  const struct options *options)
{
	*backend = (struct backend){ .ops = ops };
	open_cell(&backend->state, &options->state_cell);
	open_cell(&backend->floors, &options->floor_cell);
}

/**
 * backend_close() - close them
 * @backend: from backend_open()
 */
void backend_close(struct backend *backend)
{
	if (backend->state.fd >= 0)
		close(backend->state.fd);
	if (backend->floors.fd >= 0)
		close(backend->floors.fd);
}

static int read_byte(const struct backend *backend, u8 *ret_byte)
{
	const struct backend_cell *cell = &backend->state;

	if (cell->fd < 0)
		return cell->error ? cell->error : -EBADF;
	return backend->ops->cell_read(backend->ops->context, cell->fd, cell->where.offset,
				       ret_byte, 1);
}

/* Set bits, and look whether they are set. */
static int set_bits(const struct backend *backend, u8 byte, u8 bits)
{
	const struct backend_cell *cell = &backend->state;
	int r;

	byte |= bits;
	r = backend->ops->cell_write(backend->ops->context, cell->fd, cell->where.offset, &byte,
				     1);
	if (!r)
		r = backend->ops->cell_sync(backend->ops->context, cell->fd);
	if (!r)
		r = read_byte(backend, &byte);
	if (!r && (byte & bits) != bits)
		r = -EIO;
	return r;
}

/**
 * backend_look() - what does the state cell say?
 * @backend: the backend
 * @ret_view: the answer
 */
void backend_look(const struct backend *backend, struct backend_view *ret_view)
{
	struct backend_view view = { .condition = BACKEND_NONE };

	if (backend->state.where.path) {
		view.error = read_byte(backend, &view.byte);
		if (view.error < 0)
			view.condition = BACKEND_UNREADABLE;
		else if (view.byte & BACKEND_MARK)
			view.condition = BACKEND_MARKED;
		else
			view.condition = BACKEND_UNMARKED;
		view.state = state_of(view.byte);
	}
	*ret_view = view;
}

/**
 * backend_in_force() - the manufacturing state, of the store's record and cell
 * @view: what the cell says
 * @record: the record's state, NULL when no record can be used
 *
 * Return: &enum svcgate_state: the further of both, and DeviceComplete where
 * either cannot say.
 */
u8 backend_in_force(const struct backend_view *view, const u8 *record)
{
	if (!record)
		return SVCGATE_STATE_DEVICE_COMPLETE;
	switch (view->condition) {
	case BACKEND_NONE:
		return *record;
	case BACKEND_MARKED:
		return view->state > *record ? view->state : *record;
	case BACKEND_UNREADABLE:
	case BACKEND_UNMARKED:
		break;
	}
	return SVCGATE_STATE_DEVICE_COMPLETE;
}

/**
 * backend_advance_state() - have the state cell say no less than this
 * @backend: the backend
 * @state: &enum svcgate_state
 *
 * A cell without the factory mark means DeviceComplete already, and is the
 * factory's to write.
 *
 * Return: 0 when it does, or there is none, else a negative errno.
 */
int backend_advance_state(const struct backend *backend, u8 state)
{
	struct backend_view view;

	backend_look(backend, &view);
	if (view.condition == BACKEND_UNREADABLE)
		return view.error;
	if (view.condition != BACKEND_MARKED)
		return 0;
	/* A helper that died may have written it and not synced it. */
	if (view.state >= state)
		return backend->ops->cell_sync(backend->ops->context, backend->state.fd);
	return set_bits(backend, view.byte, state_bits[state]);
}

/**
 * backend_may_provision() - can the factory begin with this state?
 * @backend: a backend with a state cell
 * @state: &enum svcgate_state
 *
 * Return: 0; -EEXIST when the factory mark is set; -EPERM when the cell says a
 * further state already; or another negative errno.
 */
int backend_may_provision(const struct backend *backend, u8 state)
{
	struct backend_view view;

	backend_look(backend, &view);
	if (view.condition == BACKEND_UNREADABLE)
		return view.error;
	if (view.condition == BACKEND_MARKED)
		return -EEXIST;
	if (view.condition == BACKEND_UNMARKED && view.state > state)
		return -EPERM;
	if (backend->state.read_only)
		return -EROFS;
	return 0;
}

/**
 * backend_provision() - set the factory mark and the first state, in one step
 * @backend: a backend with a state cell
 * @state: &enum svcgate_state
 *
 * Return: 0 or a negative errno of backend_may_provision().
 */
int backend_provision(const struct backend *backend, u8 state)
{
	struct backend_view view;
	int r = backend_may_provision(backend, state);

	if (r < 0)
		return r;
	backend_look(backend, &view);
	if (view.condition != BACKEND_UNMARKED)
		return -EIO;
	return set_bits(backend, view.byte, BACKEND_MARK | state_bits[state]);
}
