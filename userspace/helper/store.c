// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store: two copies of each record in one directory.
 *
 * They are two copies of the same record, not an old and a new one: a change is
 * durable when both are written. A copy is written under another name, synced,
 * renamed and the directory synced, so that a power cut leaves the old or the
 * new copy. What a cut between the two copies leaves is mended by the next
 * load: the higher number is copied over the other before anybody sees it, so
 * that damage to one copy can never bring back what was replaced.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "store.h"

/**
 * struct reading - a copy in memory
 * @bytes: the file
 * @length: its bytes
 * @view: the record, when @copy is valid
 * @copy: what it is
 */
struct reading {
	u8 *bytes;
	size_t length;
	struct svcgate_record_view view;
	struct store_copy copy;
};

/**
 * store_item_name() - first part of a record's file names
 * @kind: &enum svcgate_record_kind
 *
 * Return: the name.
 */
const char *store_item_name(u8 kind)
{
	switch (kind) {
	case SVCGATE_RECORD_STATE:
		return "state";
	case SVCGATE_RECORD_CAPABILITY:
		return "capability";
	case SVCGATE_RECORD_KEYSTORE:
		return "keystore";
	default:
		return "unknown";
	}
}

/**
 * store_condition_text() - a copy's condition in words
 * @copy: the copy
 *
 * Return: words that follow the file's name and "is".
 */
const char *store_condition_text(const struct store_copy *copy)
{
	switch (copy->condition) {
	case STORE_ABSENT:
		return "missing";
	case STORE_DAMAGED:
		return "damaged";
	case STORE_LATER:
		return "of a later version of svcgate";
	case STORE_UNREADABLE:
		return "unreadable";
	case STORE_VALID:
		break;
	}
	return "good";
}

/**
 * store_copy_name() - file name of a copy
 * @kind: &enum svcgate_record_kind
 * @copy: 0 or 1
 * @ret_name: the name
 */
void store_copy_name(u8 kind, unsigned int copy, char ret_name[STORE_NAME_SIZE])
{
	snprintf(ret_name, STORE_NAME_SIZE, "%s.%u", store_item_name(kind), copy);
}

static void judge(const struct store *store, u8 kind, struct reading *reading)
{
	int r = svcgate_record_parse(reading->bytes, reading->length, kind, store->sha256,
				     store->sha256_context, &reading->view);

	switch (r) {
	case 0:
		reading->copy.condition = STORE_VALID;
		reading->copy.number = reading->view.number;
		break;
	case -EBADMSG:
		reading->copy.condition = STORE_DAMAGED;
		break;
	case -EPROTONOSUPPORT:
		reading->copy.condition = STORE_LATER;
		break;
	default:
		reading->copy.condition = STORE_UNREADABLE;
		reading->copy.error = r;
	}
}

/* What cannot be read is a condition of the copy; only memory is an error. */
static int read_copy(const struct store *store, u8 kind, unsigned int copy,
		     struct reading *reading)
{
	size_t size = SVCGATE_RECORD_SIZE(svcgate_record_content_max(kind)) + 1;
	char name[STORE_NAME_SIZE];
	ssize_t n;

	*reading = (struct reading){ .bytes = malloc(size) };
	if (!reading->bytes)
		return -ENOMEM;
	store_copy_name(kind, copy, name);
	n = -ENOENT;
	if (store->dir >= 0)
		n = store->ops->file_read(store->ops->context, store->dir, name,
					  reading->bytes, size);
	if (n == -ENOENT) {
		reading->copy.condition = STORE_ABSENT;
	} else if (n < 0) {
		reading->copy.condition = STORE_UNREADABLE;
		reading->copy.error = (int)n;
	} else {
		/* One byte more than the longest record is too long to be one. */
		reading->length = (size_t)n;
		judge(store, kind, reading);
	}
	return 0;
}

/* Durable on return, under a name that was never missing in between. */
static int write_copy(const struct store *store, u8 kind, unsigned int copy,
		      const void *record, size_t length)
{
	const struct helper_ops *ops = store->ops;
	char name[STORE_NAME_SIZE], temporary[STORE_NAME_SIZE];
	int r;

	store_copy_name(kind, copy, name);
	snprintf(temporary, sizeof(temporary), "%s.%u.new", store_item_name(kind), copy);
	r = ops->file_write(ops->context, store->dir, temporary, record, length);
	if (!r)
		r = ops->file_rename(ops->context, store->dir, temporary, name);
	if (r < 0) {
		(void)ops->file_remove(ops->context, store->dir, temporary);
		return r;
	}
	return ops->dir_sync(ops->context, store->dir);
}

static bool same(const struct reading *a, const struct reading *b)
{
	return a->length == b->length && !memcmp(a->bytes, b->bytes, a->length);
}

/* The copy to be used: the valid one, the one with the higher number, or none. */
static int choose(const struct reading readings[STORE_COPIES], bool *ret_conflict)
{
	bool valid[STORE_COPIES];
	unsigned int i;

	for (i = 0; i < STORE_COPIES; i++)
		valid[i] = readings[i].copy.condition == STORE_VALID;
	if (valid[0] && valid[1]) {
		if (readings[0].view.number != readings[1].view.number)
			return readings[1].view.number > readings[0].view.number;
		*ret_conflict = !same(&readings[0], &readings[1]);
		return *ret_conflict ? -1 : 0;
	}
	for (i = 0; i < STORE_COPIES; i++)
		if (valid[i])
			return (int)i;
	return -1;
}

/*
 * A record of a later version is left alone: an update brought the helper that
 * wrote it, and was taken back. So is a copy that could not be judged: it may
 * be as good as the other. What the medium itself refuses to read is damage.
 */
static bool mendable(const struct store_copy *copy)
{
	switch (copy->condition) {
	case STORE_LATER:
		return false;
	case STORE_UNREADABLE:
		return copy->error == -EIO;
	case STORE_ABSENT:
	case STORE_DAMAGED:
	case STORE_VALID:
		break;
	}
	return true;
}

static void repair(const struct store *store, u8 kind,
		   const struct reading readings[STORE_COPIES], unsigned int chosen,
		   struct store_entry *entry)
{
	unsigned int other = !chosen;
	int r;

	if (same(&readings[0], &readings[1]) || !mendable(&readings[other].copy))
		return;
	r = write_copy(store, kind, other, readings[chosen].bytes, readings[chosen].length);
	if (r < 0)
		entry->repair_error = r;
	else
		entry->repaired |= 1U << other;
}

static int take(const struct store *store, u8 kind,
		const struct reading readings[STORE_COPIES], struct store_entry *entry)
{
	const struct svcgate_record_view *view;
	int chosen = choose(readings, &entry->conflict);

	if (chosen < 0)
		return 0;
	view = &readings[chosen].view;
	entry->content = malloc(view->content_length);
	if (!entry->content)
		return -ENOMEM;
	memcpy(entry->content, view->content, view->content_length);
	entry->content_length = view->content_length;
	entry->number = view->number;
	repair(store, kind, readings, (unsigned int)chosen, entry);
	return 0;
}

/**
 * store_load() - read a record, and mend its copies
 * @store: the store
 * @kind: &enum svcgate_record_kind
 * @ret_entry: what was found; to be given to store_entry_free()
 *
 * Damage is not an error of this function: the caller looks at the copies and
 * at @ret_entry->content, which is NULL when nothing may be used.
 *
 * Return: 0 or -ENOMEM.
 */
int store_load(const struct store *store, u8 kind, struct store_entry *ret_entry)
{
	struct reading readings[STORE_COPIES] = {};
	struct store_entry entry = {};
	unsigned int i;
	int r = 0;

	for (i = 0; i < STORE_COPIES && !r; i++) {
		r = read_copy(store, kind, i, &readings[i]);
		entry.copies[i] = readings[i].copy;
	}
	if (!r)
		r = take(store, kind, readings, &entry);
	for (i = 0; i < STORE_COPIES; i++)
		free(readings[i].bytes);
	if (!r)
		*ret_entry = entry;
	return r;
}

/**
 * store_entry_free() - give back what store_load() took
 * @entry: from store_load()
 */
void store_entry_free(struct store_entry *entry)
{
	free(entry->content);
	entry->content = NULL;
}

/* The copy that is worth less is written first: the other still holds. */
static unsigned int first_to_write(const struct store *store, u8 kind)
{
	struct reading reading;
	unsigned int first = 0;

	if (!read_copy(store, kind, 1, &reading))
		first = reading.copy.condition != STORE_VALID;
	free(reading.bytes);
	return first;
}

/**
 * store_save() - make a record durable, in both copies
 * @store: the store
 * @kind: &enum svcgate_record_kind
 * @number: of the change
 * @content: what to keep
 * @length: its bytes
 *
 * Return: 0 when both copies are durable, else a negative errno; then either
 * the old or the new content is what the next load finds.
 */
int store_save(const struct store *store, u8 kind, u64 number, const void *content,
	       size_t length)
{
	size_t size = SVCGATE_RECORD_SIZE(length), record_length;
	u8 *record = malloc(size);
	unsigned int first;
	int r;

	if (!record)
		return -ENOMEM;
	r = svcgate_record_build(kind, number, content, length, store->sha256,
				 store->sha256_context, record, size, &record_length);
	if (!r) {
		first = first_to_write(store, kind);
		r = write_copy(store, kind, first, record, record_length);
		if (!r)
			r = write_copy(store, kind, !first, record, record_length);
	}
	free(record);
	return r;
}

/**
 * store_is_fresh() - has nothing been stored here yet?
 * @store: the store
 * @ret_kind: record that is there, when the answer is no
 * @ret_copy: copy that is there, when the answer is no
 *
 * A damaged record counts: it shows that this directory was a store.
 *
 * Return: 1 yes, 0 no, or a negative errno.
 */
int store_is_fresh(const struct store *store, u8 *ret_kind, unsigned int *ret_copy)
{
	static const u8 kinds[] = {
		SVCGATE_RECORD_STATE, SVCGATE_RECORD_KEYSTORE, SVCGATE_RECORD_CAPABILITY,
	};
	char name[STORE_NAME_SIZE];
	unsigned int i, copy;
	u8 byte;
	ssize_t n;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (copy = 0; copy < STORE_COPIES; copy++) {
			store_copy_name(kinds[i], copy, name);
			n = store->ops->file_read(store->ops->context, store->dir, name,
						  &byte, sizeof(byte));
			if (n == -ENOENT)
				continue;
			*ret_kind = kinds[i];
			*ret_copy = copy;
			return 0;
		}
	}
	return 1;
}
