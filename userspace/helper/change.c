// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A change of trust made durable: what comes through the door as CHANGE goes
 * into both copies of its record, then into the state backend. In this order:
 * a counter that is ahead of a record that was never written would lock the
 * device out of the keystore that it has.
 *
 * The kernel has verified what the content is. Here only the struct in front
 * of it is read, its lengths bounded on both sides, and a state's byte, which a
 * load would take for damage were it none.
 */
#include <errno.h>

#include "change.h"
#include "device_door.h"
#include "log.h"

static const struct svcgate_change *head(const struct svcgate_door *message)
{
	return (const struct svcgate_change *)device_door_payload(message);
}

static int check(const struct svcgate_door *message)
{
	size_t length = device_door_payload_length(message);
	const struct svcgate_change *change = head(message);
	const u8 *content = (const u8 *)(change + 1);

	if (length <= sizeof(*change))
		return -EPROTO;
	length -= sizeof(*change);
	if (change->zero || change->state > SVCGATE_STATE_DEVICE_COMPLETE ||
	    length > svcgate_record_content_max(change->record))
		return -EPROTO;
	if (change->record == SVCGATE_RECORD_STATE && content[0] != change->state)
		return -EPROTO;
	return 0;
}

/*
 * The record is durable, so this is no reason to answer anything but done: it
 * is said, and tried again with the next change and at the next start.
 */
static void advance_backend(struct backend *backend, const struct svcgate_change *change)
{
	const u32 floors[BACKEND_FLOORS] = {
		[BACKEND_FLOOR_VERSION] = change->version,
		[BACKEND_FLOOR_EPOCH] = change->epoch,
		[BACKEND_FLOOR_GENERATION] = change->generation,
	};
	int r;

	r = backend_advance_state(backend, change->state);
	if (r < 0)
		log_error("the state cell was not advanced: %s; until it is, the store alone says how far the device has come",
			  strerror(-r));
	r = backend_advance_floors(backend, floors);
	if (r < 0)
		log_error("the counters of the floor cell were not advanced: %s; until they are, they protect older versions only",
			  strerror(-r));
}

/**
 * change_record() - which record a change is about
 * @message: the CHANGE, as read from the door
 *
 * Return: &enum svcgate_record_kind, or what the kernel said instead, or 0.
 */
u8 change_record(const struct svcgate_door *message)
{
	return device_door_payload_length(message) < sizeof(struct svcgate_change) ? 0 :
		head(message)->record;
}

/**
 * change_keep() - make a change durable
 * @keeper: store and state backend
 * @message: the CHANGE, as read from the door
 * @ret_error: negative errno when it is not, or not yet
 *
 * May be called again for the same change, also by another process after a
 * crash between any two of its steps.
 *
 * Return: &enum change_result.
 */
enum change_result change_keep(struct change_keeper *keeper,
			       const struct svcgate_door *message, int *ret_error)
{
	const struct svcgate_change *change = head(message);
	bool doubt = false;
	int r;

	r = check(message);
	if (!r)
		r = store_keep(&keeper->store, change->record, change + 1,
			       device_door_payload_length(message) - sizeof(*change), &doubt);
	if (r < 0) {
		*ret_error = r;
		return doubt ? CHANGE_IN_DOUBT : CHANGE_NOT_STORED;
	}
	advance_backend(&keeper->backend, change);
	return CHANGE_DURABLE;
}
