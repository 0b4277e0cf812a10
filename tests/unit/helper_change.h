/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of trust, from the door to the disk and back: what the tests of them
 * share.
 */
#ifndef _SVCGATE_TESTS_HELPER_CHANGE_H
#define _SVCGATE_TESTS_HELPER_CHANGE_H

#include "helper_disk.h"
#include "helper_door.h"

#define BLANK		SVCGATE_STATE_BLANK
#define MODULE1		SVCGATE_STATE_MODULE1_COMPLETE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE

/*
 * The record of each kind: what was there first, what the change brings. Floors
 * are those of the last; before it version and generation are one less.
 */
static const struct change_row {
	u8 kind;
	u8 state;
	const char *before;
	const char *old;
	const char *new;
	size_t length;
	u32 floors[BACKEND_FLOORS];
} rows[] = {
	{ SVCGATE_RECORD_STATE, COMPLETE, "\0", "\1", "\2", 1, { 4, 1, 3 } },
	{ SVCGATE_RECORD_CAPABILITY, MODULE1, "\0\0\0\0file 1", "\0\0\0\0file 2",
	  "\0\0\0\0blank.", 10, { 3, 1, 12 } },
	{ SVCGATE_RECORD_KEYSTORE, BLANK, "keystore 1", "keystore 2", "keystore 3", 10,
	  { 9, 5, 2 } },
};

static struct change_keeper keeper;

/* The device starts, with what its disk and its cells have. */
static inline void start(bool with_cells)
{
	keeper = (struct change_keeper){
		.store = disk_store,
		.backend = disk_backend(&disk_ops, with_cells),
	};
	stage.keeper = &keeper;
	raise_stage();
}

static inline void end(void)
{
	strike_stage();
}

static inline void offer_raw(const struct svcgate_change *change, const void *content, size_t length)
{
	static u8 payload[2 * SVCGATE_MESSAGE_MAX];

	memcpy(payload, change, sizeof(*change));
	memcpy(payload + sizeof(*change), content, length);
	kernel_sends(SVCGATE_DOOR_CHANGE, 0, 0, 0, payload, sizeof(*change) + length);
}

/* What the helper answers: COMMIT, ABORT, or 0 for nothing yet. */
static inline u16 answer(void)
{
	struct message *message = kernel_gets();

	if (!message)
		return 0;
	must(message->head.number == 77);
	must(message->head.length == sizeof(message->head));
	return message->head.kind;
}

static inline u16 offer(const struct change_row *row, const char *content)
{
	u32 less = content != row->new;
	const struct svcgate_change change = {
		.record = row->kind,
		.state = row->kind == SVCGATE_RECORD_STATE ? (u8)*content : row->state,
		.version = row->floors[BACKEND_FLOOR_VERSION] - less,
		.epoch = row->floors[BACKEND_FLOOR_EPOCH],
		.generation = row->floors[BACKEND_FLOOR_GENERATION] - less,
	};

	offer_raw(&change, content, row->length);
	return answer();
}

/* A device that has answered "done" to one change already. */
static inline void begin(TESTED, const struct change_row *row, bool with_cells)
{
	disk_clear();
	cell_put(CELL_STATE, 0x80);
	start(with_cells);
	ASSERT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->before));
	ASSERT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->old));
	disk.steps = 0;
	disk.writes = 0;
}

/* What the next start finds: 'o'ld, 'n'ew, '-' nothing, '!' what may not be. */
static inline char found(const struct change_row *row)
{
	struct store_entry entry;
	char result = '!';

	if (store_load(&disk_store, row->kind, &entry))
		return '!';
	if (!entry.content)
		result = '-';
	else if (entry.content_length != row->length)
		result = '!';
	else if (!memcmp(entry.content, row->new, row->length))
		result = 'n';
	else if (!memcmp(entry.content, row->old, row->length))
		result = 'o';
	store_entry_free(&entry);
	return result;
}

#endif /* _SVCGATE_TESTS_HELPER_CHANGE_H */
