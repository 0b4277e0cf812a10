// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state backend's counters: keystore version, epoch and generation, which
 * never go down even when the store is lost. Unary: a counter's value is the
 * number of its bits that are set, and they are set one by one in their order.
 * A write that is cut leaves a value that is right or too low, never too high,
 * so it can lock nobody out.
 */
#include <errno.h>

#include "backend.h"
#include "log.h"

/**
 * backend_floor_name() - what a counter counts
 * @floor: the counter
 *
 * Return: words for people.
 */
const char *backend_floor_name(enum backend_floor floor)
{
	static const char *const names[] = {
		[BACKEND_FLOOR_VERSION] = "keystore version",
		[BACKEND_FLOOR_EPOCH] = "epoch",
		[BACKEND_FLOOR_GENERATION] = "generation",
	};

	return names[floor];
}

static size_t counter_size(const struct backend *backend)
{
	return backend->floors.where.length / BACKEND_FLOORS;
}

static int read_counter(const struct backend *backend, enum backend_floor floor,
			u8 bytes[OPTIONS_FLOOR_MAX])
{
	const struct backend_cell *cell = &backend->floors;
	size_t size = counter_size(backend);

	if (cell->fd < 0)
		return cell->error ? cell->error : -EBADF;
	return backend->ops->cell_read(backend->ops->context, cell->fd,
				       cell->where.offset + floor * size, bytes, size);
}

static u32 count(const u8 *bytes, size_t size)
{
	u32 value = 0;
	size_t i;

	for (i = 0; i < size; i++)
		value += (u32)__builtin_popcount(bytes[i]);
	return value;
}

/**
 * backend_read_floors() - what the counters say
 * @backend: the backend
 * @ret_floors: their values; 0 for all when there are none
 *
 * Return: 0 or a negative errno.
 */
int backend_read_floors(const struct backend *backend, u32 ret_floors[BACKEND_FLOORS])
{
	u32 floors[BACKEND_FLOORS] = {};
	u8 bytes[OPTIONS_FLOOR_MAX];
	unsigned int i;
	int r;

	for (i = 0; i < BACKEND_FLOORS && backend->floors.where.path; i++) {
		r = read_counter(backend, i, bytes);
		if (r < 0)
			return r;
		floors[i] = count(bytes, counter_size(backend));
	}
	memcpy(ret_floors, floors, sizeof(floors));
	return 0;
}

/* The lowest bit that is not set: one more. */
static int add_one(const struct backend *backend, enum backend_floor floor, u8 *bytes)
{
	size_t size = counter_size(backend), i;

	for (i = 0; i < size && bytes[i] == 0xff; i++)
		;
	if (i == size)
		return -ENOSPC;
	bytes[i] |= (u8)(bytes[i] + 1);
	return backend->ops->cell_write(backend->ops->context, backend->floors.fd,
					backend->floors.where.offset + floor * size + i,
					&bytes[i], 1);
}

/* What a counter can say of a value; that this is less is said once. */
static u32 bounded(struct backend *backend, enum backend_floor floor, u32 value)
{
	u32 most = (u32)counter_size(backend) * 8;

	if (value <= most)
		return value;
	if (!(backend->told & 1U << floor))
		log_warning("the counter of the %s ends at %u, below %u: it protects against older ones only",
			    backend_floor_name(floor), most, value);
	backend->told |= 1U << floor;
	return most;
}

static int advance(const struct backend *backend, enum backend_floor floor, u32 value)
{
	u8 bytes[OPTIONS_FLOOR_MAX];
	u32 now;
	int r;

	r = read_counter(backend, floor, bytes);
	if (r < 0)
		return r;
	for (now = count(bytes, counter_size(backend)); now < value && !r; now++)
		r = add_one(backend, floor, bytes);
	return r;
}

/**
 * backend_advance_floors() - have the counters say no less than this
 * @backend: the backend
 * @floors: values
 *
 * A counter stays where its room ends, which is said once.
 *
 * Return: 0 when they do, as far as they can, else a negative errno.
 */
int backend_advance_floors(struct backend *backend, const u32 floors[BACKEND_FLOORS])
{
	u32 wanted[BACKEND_FLOORS], found[BACKEND_FLOORS];
	unsigned int i;
	int r = 0;

	if (!backend->floors.where.path)
		return 0;
	for (i = 0; i < BACKEND_FLOORS && !r; i++) {
		wanted[i] = bounded(backend, i, floors[i]);
		r = advance(backend, i, wanted[i]);
	}
	/* Also what a helper that died may have written and not synced. */
	if (!r)
		r = backend->ops->cell_sync(backend->ops->context, backend->floors.fd);
	if (!r)
		r = backend_read_floors(backend, found);
	for (i = 0; i < BACKEND_FLOORS && !r; i++)
		if (found[i] < wanted[i])
			r = -EIO;
	return r;
}
