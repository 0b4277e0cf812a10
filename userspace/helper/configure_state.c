// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the store and the state backend into the kernel: the manufacturing state
 * and the floors. Either may be behind the other after a cut; each is mended
 * from the other, and never made to say less than it did.
 */
#include <errno.h>

#include "configure.h"
#include "log.h"
#include "names.h"

static void say_cell(const struct backend *backend, const struct backend_view *view)
{
	const char *path = backend->state.where.path;

	switch (view->condition) {
	case BACKEND_NONE:
	case BACKEND_MARKED:
		return;
	case BACKEND_UNREADABLE:
		log_error("THE STATE CELL CANNOT BE READ: %s: %s; the device counts as %s",
			  path, strerror(-view->error),
			  svcgate_state_name(SVCGATE_STATE_DEVICE_COMPLETE));
		return;
	case BACKEND_UNMARKED:
		log_error("the state cell of %s has no factory mark: this device was never provisioned, and counts as %s; svcgated --provision STATE --state-cell %s:%llu, in the factory, sets it",
			  path, svcgate_state_name(SVCGATE_STATE_DEVICE_COMPLETE), path,
			  (unsigned long long)backend->state.where.offset);
	}
}

/* The record is further: what the last change did not come to. */
static void mend_cell(const struct backend *backend, const struct backend_view *view, u8 record)
{
	int r = backend_advance_state(backend, record);

	if (r < 0)
		log_error("the state cell says %s and cannot be advanced to %s: %s",
			  svcgate_state_name(view->state), svcgate_state_name(record),
			  strerror(-r));
	else
		log_notice("the state cell said %s, the store %s: the cell was advanced",
			   svcgate_state_name(view->state), svcgate_state_name(record));
}

/* The cell is further: somebody put an older store there. */
static void mend_record(const struct store *store, const struct backend_view *view, u8 record)
{
	bool doubt;
	int r = store_keep(store, SVCGATE_RECORD_STATE, &view->state, 1, &doubt);

	if (r < 0)
		log_error("the store says %s, the state cell %s: that counts, but the store cannot be corrected: %s",
			  svcgate_state_name(record), svcgate_state_name(view->state),
			  strerror(-r));
	else
		log_warning("the store said %s, the state cell %s: that counts, and the store was corrected",
			    svcgate_state_name(record), svcgate_state_name(view->state));
}

static u8 weigh(const struct store *store, const struct backend *backend,
		const struct store_entry *entry)
{
	const u8 *record = entry->content;
	struct backend_view view;

	backend_look(backend, &view);
	say_cell(backend, &view);
	if (!record)
		log_error("store: no state record can be used; the device counts as %s. A capability file opens it to service, a new store comes from the factory (svcgated --provision on the build host)",
			  svcgate_state_name(SVCGATE_STATE_DEVICE_COMPLETE));
	else if (view.condition == BACKEND_MARKED && view.state < *record)
		mend_cell(backend, &view, *record);
	else if (view.condition == BACKEND_MARKED && view.state > *record)
		mend_record(store, &view, *record);
	return backend_in_force(&view, record);
}

/**
 * configure_state() - tell the kernel the manufacturing state
 * @store: the store
 * @backend: the state backend
 *
 * Return: 0, also when the kernel keeps to a state of its own, or a negative
 * errno.
 */
int configure_state(const struct store *store, const struct backend *backend)
{
	struct store_entry entry;
	u8 state;
	int r;

	r = configure_load(store, SVCGATE_RECORD_STATE, &entry);
	if (r < 0)
		return r;
	state = weigh(store, backend, &entry);
	store_entry_free(&entry);
	/* Said also when it is what the kernel begins with: it may be told twice. */
	r = store->ops->gate_set_state(store->ops->context, state);
	if (r < 0)
		(void)configure_gate_error(store, "manufacturing state", r);
	else
		log_info("manufacturing state: %s", svcgate_state_name(state));
	return 0;
}

/**
 * configure_floors() - tell the kernel what nothing may be older than
 * @store: whose kernel
 * @backend: the state backend, what it counted
 * @generation: of the stored capability file, 0 without one
 *
 * Return: 0, also when the counters cannot be read, or a negative errno: a
 * kernel that does not know its floors is not to be sealed.
 */
int configure_floors(const struct store *store, const struct backend *backend,
		     u32 generation)
{
	u32 floors[BACKEND_FLOORS] = {};
	int r;

	r = backend_read_floors(backend, floors);
	if (r < 0) {
		log_error("the floor cell of %s cannot be read: %s; only the store and the module say which keystore is too old",
			  backend->floors.where.path, strerror(-r));
	}
	if ((r < 0 || !backend->floors.where.path) && !generation)
		return 0;
	if (generation < floors[BACKEND_FLOOR_GENERATION])
		generation = floors[BACKEND_FLOOR_GENERATION];
	r = store->ops->gate_set_floors(store->ops->context, &(struct device_floors){
		.keystore_version = floors[BACKEND_FLOOR_VERSION],
		.epoch = floors[BACKEND_FLOOR_EPOCH],
		.generation = generation,
	});
	return r < 0 ? configure_gate_error(store, "floors", r) : 0;
}

/**
 * configure_advance() - have the counters say no less than what is in force
 * @store: whose kernel
 * @backend: the state backend
 *
 * A counter is behind when the power went between record and counter, or when
 * the cell is newer than the store. The state's byte is not advanced so: what
 * counts as DeviceComplete because something could not be read may be read
 * again.
 */
void configure_advance(const struct store *store, struct backend *backend)
{
	struct device_info info;
	int r;

	if (!backend->floors.where.path)
		return;
	r = store->ops->gate_device(store->ops->context, &info);
	if (r < 0) {
		(void)configure_gate_error(store, "question which keystore is in force", r);
		return;
	}
	r = backend_advance_floors(backend, (const u32[BACKEND_FLOORS]){
		[BACKEND_FLOOR_VERSION] = info.keystore_version,
		[BACKEND_FLOOR_EPOCH] = info.epoch,
		[BACKEND_FLOOR_GENERATION] = info.generation,
	});
	if (r < 0)
		log_error("the floor cell of %s cannot be advanced: %s",
			  backend->floors.where.path, strerror(-r));
}
