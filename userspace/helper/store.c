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
 *
 * A change that fails ends in one of two ways. Both new files are written
 * before either takes its name, so a full or read-only disk fails while nothing
 * was touched: the old content stays, and "not stored" is true. From the first
 * name on there is no way back, only forward: the next load may find the new
 * content, so nobody may say that it was not stored, and taking it back would
 * be one more change that can fail in the middle. Who asked tries again.
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

static void new_name(u8 kind, unsigned int copy, char ret_name[STORE_NAME_SIZE])
{
	snprintf(ret_name, STORE_NAME_SIZE, "%s.%u.new", store_item_name(kind), copy);
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

/* The bytes of a copy, durable, under a name that no load looks at. */
static int write_new(const struct store *store, u8 kind, unsigned int copy,
		     const void *record, size_t length)
{
	char name[STORE_NAME_SIZE];

	new_name(kind, copy, name);
	return store->ops->file_write(store->ops->context, store->dir, name, record, length);
}

static void remove_new(const struct store *store, u8 kind, unsigned int copy)
{
	char name[STORE_NAME_SIZE];

	new_name(kind, copy, name);
	(void)store->ops->file_remove(store->ops->context, store->dir, name);
}

/* A name that was never missing in between; it is not durable yet. */
static int rename_new(const struct store *store, u8 kind, unsigned int copy)
{
	char from[STORE_NAME_SIZE], to[STORE_NAME_SIZE];

	new_name(kind, copy, from);
	store_copy_name(kind, copy, to);
	return store->ops->file_rename(store->ops->context, store->dir, from, to);
}

static int sync_names(const struct store *store)
{
	return store->ops->dir_sync(store->ops->context, store->dir);
}

/* One copy alone, durable on return. */
static int write_copy(const struct store *store, u8 kind, unsigned int copy,
		      const void *record, size_t length)
{
	int r;

	r = write_new(store, kind, copy, record, length);
	if (!r)
		r = rename_new(store, kind, copy);
	if (r < 0) {
		remove_new(store, kind, copy);
		return r;
	}
	return sync_names(store);
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

static int read_both(const struct store *store, u8 kind,
		     struct reading readings[STORE_COPIES])
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < STORE_COPIES && !r; i++)
		r = read_copy(store, kind, i, &readings[i]);
	return r;
}

static void free_both(struct reading readings[STORE_COPIES])
{
	unsigned int i;

	for (i = 0; i < STORE_COPIES; i++)
		free(readings[i].bytes);
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
	int r;

	r = read_both(store, kind, readings);
	for (i = 0; i < STORE_COPIES; i++)
		entry.copies[i] = readings[i].copy;
	if (!r)
		r = take(store, kind, readings, &entry);
	free_both(readings);
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

/* Room for both copies is taken before either is touched. */
static int replace(const struct store *store, u8 kind, unsigned int first,
		   const void *record, size_t length, bool *ret_doubt)
{
	int r;

	r = write_new(store, kind, first, record, length);
	if (!r)
		r = write_new(store, kind, !first, record, length);
	if (!r) {
		r = rename_new(store, kind, first);
		/* What failed has not happened, unless the medium failed. */
		*ret_doubt = !r || r == -EIO;
		if (!r)
			r = sync_names(store);
		if (!r)
			r = rename_new(store, kind, !first);
		if (!r)
			r = sync_names(store);
	}
	if (r < 0) {
		remove_new(store, kind, first);
		remove_new(store, kind, !first);
		return r;
	}
	*ret_doubt = false;
	return 0;
}

/* A new record over whatever is there, under a number that nothing there has. */
static int renew(const struct store *store, u8 kind,
		 const struct reading readings[STORE_COPIES], unsigned int first,
		 const void *content, size_t length, bool *ret_doubt)
{
	size_t size = SVCGATE_RECORD_SIZE(length), record_length;
	u64 number = 0;
	unsigned int i;
	u8 *record;
	int r;

	for (i = 0; i < STORE_COPIES; i++)
		if (readings[i].copy.number > number)
			number = readings[i].copy.number;
	if (!++number)
		return -EOVERFLOW;
	record = malloc(size);
	if (!record)
		return -ENOMEM;
	r = svcgate_record_build(kind, number, content, length, store->sha256,
				 store->sha256_context, record, size, &record_length);
	if (!r)
		r = replace(store, kind, first, record, record_length, ret_doubt);
	free(record);
	return r;
}

static bool holds(const struct reading *reading, const void *content, size_t length)
{
	return reading->copy.condition == STORE_VALID &&
	       reading->view.content_length == length &&
	       !memcmp(reading->view.content, content, length);
}

static int keep(const struct store *store, u8 kind,
		const struct reading readings[STORE_COPIES], const void *content,
		size_t length, bool *ret_doubt)
{
	bool conflict = false;
	int chosen = choose(readings, &conflict), r;

	/* The copy that is worth less is replaced first: the other still holds. */
	*ret_doubt = false;
	if (chosen < 0)
		return renew(store, kind, readings, 0, content, length, ret_doubt);
	if (!holds(&readings[chosen], content, length))
		return renew(store, kind, readings, !chosen, content, length, ret_doubt);
	/* An earlier try came this far, perhaps without syncing the names. */
	if (holds(&readings[!chosen], content, length))
		r = sync_names(store);
	else
		r = write_copy(store, kind, !chosen, readings[chosen].bytes,
			       readings[chosen].length);
	*ret_doubt = r < 0;
	return r;
}

/**
 * store_keep() - make a content durable, in both copies
 * @store: the store
 * @kind: &enum svcgate_record_kind
 * @content: what to keep
 * @length: its bytes
 * @ret_doubt: of a failure: the next load may find the new content
 *
 * Where a copy has this content it is not written again, so doing it twice
 * does no harm: a change is offered again when its helper died in the middle.
 *
 * Return: 0 when both copies are durable, else a negative errno. Then the next
 * load finds what was there before, or, with @ret_doubt, that or the new
 * content, whole; trying again can end the doubt.
 */
int store_keep(const struct store *store, u8 kind, const void *content, size_t length,
	       bool *ret_doubt)
{
	struct reading readings[STORE_COPIES] = {};
	int r;

	*ret_doubt = false;
	if (!length || length > svcgate_record_content_max(kind))
		return -EINVAL;
	if (store->dir < 0)
		return -ENOENT;
	r = read_both(store, kind, readings);
	if (!r)
		r = keep(store, kind, readings, content, length, ret_doubt);
	/* What an earlier try has left could not be looked at. */
	if (r == -ENOMEM)
		*ret_doubt = true;
	free_both(readings);
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
