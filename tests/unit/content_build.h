/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contents, good and bad ones, made of fields.
 */
#ifndef _SVCGATE_TESTS_CONTENT_BUILD_H
#define _SVCGATE_TESTS_CONTENT_BUILD_H

#include "unit.h"

#define ITEMS_MAX	400

/* A field as it will be written: type with its critical bit, and value. */
struct item {
	u16 type;
	u16 length;
	const u8 *value;
};

struct bytes {
	size_t length;
	u8 data[1 << 18];
};

#define VALUE(...)	((const u8 []) { __VA_ARGS__ })
#define ITEM(t, ...)								\
	{ .type = (t), .length = sizeof((const u8 []) { __VA_ARGS__ }),		\
	  .value = VALUE(__VA_ARGS__) }
#define ITEM_TEXT(t, s)								\
	{ .type = (t), .length = sizeof(s) - 1, .value = (const u8 *)(s) }

static inline void put(struct bytes *b, const void *data, size_t length)
{
	if (length > sizeof(b->data) - b->length)
		abort();
	if (length)
		memcpy(b->data + b->length, data, length);
	b->length += length;
}

static inline void put_number(struct bytes *b, u64 value, size_t size)
{
	u8 out[8];
	size_t i;

	for (i = 0; i < size; i++)
		out[i] = value >> 8 * i;
	put(b, out, size);
}

static inline void put_field(struct bytes *b, u16 type, const void *value, u16 length)
{
	put_number(b, type, 2);
	put_number(b, length, 2);
	put(b, value, length);
}

static inline void put_items(struct bytes *b, const struct item *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		put_field(b, items[i].type, items[i].value, items[i].length);
}

static inline struct bytes *new_bytes(void)
{
	struct bytes *b = malloc(sizeof(*b));

	if (!b)
		abort();
	b->length = 0;
	return b;
}

/* A list of items that tests change. */
struct list {
	size_t count;
	struct item item[ITEMS_MAX];
};

static inline void list_insert(struct list *l, size_t at, struct item item)
{
	if (l->count == ITEMS_MAX || at > l->count)
		abort();
	memmove(&l->item[at + 1], &l->item[at], (l->count - at) * sizeof(item));
	l->item[at] = item;
	l->count++;
}

static inline void list_remove(struct list *l, size_t at)
{
	l->count--;
	memmove(&l->item[at], &l->item[at + 1], (l->count - at) * sizeof(l->item[0]));
}

static inline u16 number_of(u16 type)
{
	return type & 0x7fff;
}

#endif /* _SVCGATE_TESTS_CONTENT_BUILD_H */
