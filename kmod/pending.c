// SPDX-License-Identifier: GPL-2.0-only
/*
 * The change of trust on its way: read at a door, ended by the helper that read
 * it, offered again to the next one while it was not (P6).
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "cache.h"
#include "device_state.h"
#include "event.h"
#include "outcome.h"

static void pending_release(struct kref *ref)
{
	struct svcgate_pending *pending = container_of(ref, struct svcgate_pending, ref);

	svcgate_credential_put(pending->credential);
	kvfree(pending->file);
	kvfree(pending);
}

/**
 * svcgate_pending_put() - give a reference back
 * @pending: or NULL
 */
void svcgate_pending_put(struct svcgate_pending *pending)
{
	if (pending)
		kref_put(&pending->ref, pending_release);
}

/**
 * svcgate_pending_message() - what the helper reads
 * @pending: the change
 * @ret_length: bytes of the message
 *
 * Return: the message, as long as @pending.
 */
const void *svcgate_pending_message(const struct svcgate_pending *pending, size_t *ret_length)
{
	*ret_length = pending->head.length;
	return &pending->head;
}

/**
 * svcgate_pending_new() - a change that has not begun yet
 * @asker: who asks for it
 * @record: &enum svcgate_record_kind
 * @length: bytes of the record's content
 *
 * Return: the change, with one reference; or NULL.
 */
struct svcgate_pending *svcgate_pending_new(const struct svcgate_asker *asker, u8 record,
					    size_t length)
{
	struct svcgate_pending *pending;

	BUILD_BUG_ON(offsetof(struct svcgate_pending, content) !=
		     offsetof(struct svcgate_pending, head) + sizeof(struct svcgate_door) +
		     sizeof(struct svcgate_change));

	pending = kvzalloc(struct_size(pending, content, length), GFP_KERNEL);
	if (!pending)
		return NULL;
	kref_init(&pending->ref);
	pending->owner = asker->owner;
	pending->session = asker->session;
	pending->transaction = asker->transaction;
	pending->outcome = asker->outcome;
	pending->head.kind = SVCGATE_DOOR_CHANGE;
	pending->head.length = sizeof(pending->head) + sizeof(pending->change) + length;
	pending->change.record = record;
	return pending;
}

/**
 * svcgate_pending_any() - is any change on its way?
 *
 * Return: false when no door has to look closer. Who waits is woken when one
 * begins.
 */
bool svcgate_pending_any(void)
{
	return READ_ONCE(svcgate_device.pending);
}

static bool waits_for(const struct svcgate_pending *pending, const void *reader, bool lowest)
{
	if (!pending || pending->reader)
		return false;
	return pending->owner ? pending->owner == reader : lowest;
}

/**
 * svcgate_pending_waits() - is there a change that this door should read?
 * @reader: its port
 * @lowest: it is the open door with the lowest number
 *
 * Return: true if so.
 */
bool svcgate_pending_waits(const void *reader, bool lowest)
{
	bool result;

	down_read(&svcgate_device.lock);
	result = waits_for(svcgate_device.pending, reader, lowest);
	up_read(&svcgate_device.lock);
	return result;
}

/**
 * svcgate_pending_read() - the change that this door should read
 * @reader: its port; from now on it may say how the change ended
 * @lowest: it is the open door with the lowest number
 * @size: bytes that the reader can take
 * @ret: a reference to it
 *
 * Return: 0, -EAGAIN when there is none, -EMSGSIZE when it does not fit; then
 * it stays.
 */
int svcgate_pending_read(const void *reader, bool lowest, size_t size,
			struct svcgate_pending **ret)
{
	struct svcgate_pending *pending;
	int error = 0;

	down_write(&svcgate_device.lock);
	pending = svcgate_device.pending;
	if (!waits_for(pending, reader, lowest)) {
		error = -EAGAIN;
	} else if (size < pending->head.length) {
		error = -EMSGSIZE;
	} else {
		pending->reader = reader;
		kref_get(&pending->ref);
		*ret = pending;
	}
	up_write(&svcgate_device.lock);
	return error;
}

/* From now on it is as the change says. */
static void apply(struct svcgate_pending *pending, struct svcgate_keystore **old)
{
	struct svcgate_device *device = &svcgate_device;

	switch (pending->change.record) {
	case SVCGATE_RECORD_STATE:
		device->state = pending->change.state;
		device->taken.states = BIT(device->state);
		return;
	case SVCGATE_RECORD_CAPABILITY:
		device->taken.sideloaded = ~0ULL;
		device->taken.doubt = false;
		swap(device->stored, pending->file);
		device->stored_length = pending->file_length;
		break;
	case SVCGATE_RECORD_KEYSTORE:
		*old = device->keystore;
		device->keystore = device->taken.keystore;
		device->taken.keystore = NULL;
		memcpy(device->keystore_digest, pending->digest, sizeof(pending->digest));
		if (pending->file) {
			swap(device->base, pending->file);
			device->base_length = pending->file_length;
		}
		svcgate_cache_flush();
		break;
	}
	swap(device->sideloaded, pending->credential);
	device->sideloaded_reason = pending->credential_reason;
	if (device->sideloaded)
		device->generation = max(device->generation,
					 device->sideloaded->cap.generation);
}

static void tell(const struct svcgate_pending *pending, u16 reason)
{
	struct svcgate_event event = {
		.kind = SVCGATE_EVENT_CHANGED,
		.reason = reason,
		.detail = pending->change.record,
	};

	svcgate_event_emit(&event);
}

static void finish(struct svcgate_pending *pending, u16 reason)
{
	struct svcgate_device *device = &svcgate_device;

	if (reason && pending->change.record == SVCGATE_RECORD_CAPABILITY)
		device->taken.doubt = true;
	WRITE_ONCE(device->pending, NULL);
	device->ended = pending->head.number;
	device->ended_reason = reason;
	atomic_inc(&device->turn);
	if (pending->outcome)
		svcgate_outcome_set(pending->session, pending->transaction,
				    reason ? SVCGATE_OUTCOME_NOT_DONE :
					     SVCGATE_OUTCOME_DONE, reason, 0);
}

/**
 * svcgate_pending_end() - the helper says how a change ended
 * @number: of the change
 * @reader: port whose door says so
 * @stored: it is durable
 * @ret_session: of the host that waits, if it is at this port
 * @ret_transaction: its number, 0: nobody at this port
 *
 * Return: 0, or -ESRCH: this door did not read such a change.
 */
int svcgate_pending_end(u64 number, const void *reader, bool stored, u64 *ret_session,
		       u16 *ret_transaction)
{
	u16 reason = stored ? SVCGATE_REASON_DONE : SVCGATE_REASON_NOT_STORED;
	struct svcgate_keystore *old = NULL;
	struct svcgate_pending *pending;

	down_write(&svcgate_device.lock);
	pending = svcgate_device.pending;
	if (!pending || pending->head.number != number || pending->reader != reader) {
		up_write(&svcgate_device.lock);
		return -ESRCH;
	}
	if (stored)
		apply(pending, &old);
	finish(pending, reason);
	*ret_session = pending->session;
	*ret_transaction = pending->owner == reader ? pending->transaction : 0;
	up_write(&svcgate_device.lock);

	tell(pending, reason);
	svcgate_keystore_free(old);
	svcgate_pending_put(pending);
	return 0;
}

/**
 * svcgate_pending_unread() - a door was closed; its change is there again
 * @reader: its port
 */
void svcgate_pending_unread(const void *reader)
{
	down_write(&svcgate_device.lock);
	if (svcgate_device.pending && svcgate_device.pending->reader == reader)
		svcgate_device.pending->reader = NULL;
	/* Also one that nobody read: another door may be the lowest now. */
	if (svcgate_device.pending)
		atomic_inc(&svcgate_device.turn);
	up_write(&svcgate_device.lock);
}

/**
 * svcgate_pending_disown() - a port is over; its change goes to another door
 * @owner: the port
 *
 * Return: true when there is a change: another door may be the lowest now, whose
 * ever it is.
 */
bool svcgate_pending_disown(const void *owner)
{
	struct svcgate_pending *pending;

	down_write(&svcgate_device.lock);
	pending = svcgate_device.pending;
	if (pending && pending->reader == owner)
		pending->reader = NULL;
	if (pending && pending->owner == owner)
		pending->owner = NULL;
	if (pending)
		atomic_inc(&svcgate_device.turn);
	up_write(&svcgate_device.lock);
	return pending;
}

void svcgate_pending_exit(void)
{
	svcgate_pending_put(svcgate_device.pending);
}
