// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A change of trust made durable: what comes through the door as CHANGE goes
 * into both copies of its record.
 *
 * The kernel has verified what the content is. Here only the struct in front
 * of it is read, its lengths bounded on both sides, and a state's byte, which a
 * load would take for damage were it none.
 */
#include <errno.h>

#include "change.h"
#include "device_door.h"

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
 * @keeper: the store
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
	if (!r)
		return CHANGE_DURABLE;
	*ret_error = r;
	return doubt ? CHANGE_IN_DOUBT : CHANGE_NOT_STORED;
}
