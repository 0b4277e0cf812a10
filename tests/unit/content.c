// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every kind of content promises: fields in order, bounded on both sides,
 * critical ones known, nothing after the last; and a named reason otherwise.
 */
#include "content_subjects.h"

#define DONE		SVCGATE_REASON_DONE
#define CONTENT		SVCGATE_REASON_CONTENT
#define MISSING		SVCGATE_REASON_FIELD_MISSING
#define ORDER		SVCGATE_REASON_FIELD_ORDER
#define BAD_VALUE	SVCGATE_REASON_FIELD_VALUE
#define UNKNOWN		SVCGATE_REASON_FIELD_UNKNOWN

FIXTURE(content) {
	struct bytes *good;
	struct list list;
};

FIXTURE_VARIANT(content) {
	const struct subject *subject;
};

FIXTURE_VARIANT_ADD(content, capability) { .subject = &capability_subject };
FIXTURE_VARIANT_ADD(content, keystore) { .subject = &keystore_subject };
FIXTURE_VARIANT_ADD(content, manifest) { .subject = &manifest_subject };
FIXTURE_VARIANT_ADD(content, delegation) { .subject = &delegation_subject };

FIXTURE_SETUP(content)
{
	self->list = good_list(variant->subject);
	self->good = new_bytes();
	put_items(self->good, self->list.item, self->list.count);
}

FIXTURE_TEARDOWN(content)
{
	free(self->good);
}

#define EXPECT_LIST(l, reason, detail) \
	expect_list(_metadata, variant->subject, l, reason, detail)
#define EXPECT_BYTES(data, length, reason, detail) \
	expect_bytes(_metadata, variant->subject, data, length, reason, detail)

TEST_F(content, a_good_one_with_every_field)
{
	EXPECT_LIST(&self->list, DONE, 0);
}

TEST_F(content, p12_nothing_and_one_byte)
{
	int byte;

	EXPECT_BYTES(self->good->data, 0, MISSING, 1);
	for (byte = 0; byte < 256; byte++)
		EXPECT_BYTES(((u8 []) { byte }), 1, CONTENT, 0);
}

/* The first mandatory field after a field, 0 if there is none. */
static u16 next_mandatory(const struct subject *s, u16 number)
{
	unsigned int i;

	for (i = 0; i < s->known_count; i++)
		if (s->known[i].mandatory && s->known[i].number > number)
			return s->known[i].number;
	return 0;
}

/* What is missing when it ends after this field. */
static void expect_end_after(TESTED, const struct subject *s, const struct bytes *b,
			     size_t length, u16 number)
{
	u16 missing = next_mandatory(s, number);

	expect_bytes(_metadata, s, b->data, length, missing ? MISSING : DONE, missing);
}

TEST_F(content, p12_truncated_at_each_length)
{
	const struct item *item = self->list.item;
	size_t at = 0, i, cut;
	u16 last = 0;

	for (i = 0; i < self->list.count; i++, item++) {
		expect_end_after(_metadata, variant->subject, self->good, at, last);
		for (cut = 1; cut < 4; cut++)
			EXPECT_BYTES(self->good->data, at + cut, CONTENT, last);
		last = number_of(item->type);
		for (cut = 4; cut < 4u + item->length; cut++)
			EXPECT_BYTES(self->good->data, at + cut, CONTENT, last);
		at += 4 + item->length;
	}
	ASSERT_EQ(self->good->length, at);
}

TEST_F(content, p12_trailing_bytes)
{
	u16 last = number_of(self->list.item[self->list.count - 1].type);
	size_t n = self->good->length;

	put(self->good, "\0\0\0\0\0\0\0", 7);
	EXPECT_BYTES(self->good->data, n + 1, CONTENT, last);
	EXPECT_BYTES(self->good->data, n + 2, CONTENT, last);
	EXPECT_BYTES(self->good->data, n + 3, CONTENT, last);
	EXPECT_BYTES(self->good->data, n + 4, ORDER, 0);
	EXPECT_BYTES(self->good->data, n + 7, ORDER, 0);
}

/* Lengths that run over the end by one, by much, and over 16 bits. */
TEST_F(content, p12_lengths_that_overflow)
{
	size_t at = 0, i, left;
	u8 *data = self->good->data;
	u16 number, length;

	for (i = 0; i < self->list.count; i++) {
		number = number_of(self->list.item[i].type);
		length = self->list.item[i].length;
		left = self->good->length - at - 4;
		svcgate_put_le16(data + at + 2, left + 1);
		EXPECT_BYTES(data, self->good->length, CONTENT, number);
		svcgate_put_le16(data + at + 2, 0x7fff);
		EXPECT_BYTES(data, self->good->length, CONTENT, number);
		svcgate_put_le16(data + at + 2, 0xffff);
		EXPECT_BYTES(data, self->good->length, CONTENT, number);
		svcgate_put_le16(data + at + 2, length);
		at += 4 + length;
	}
}

TEST_F(content, p12_each_length_is_bounded_on_both_sides)
{
	const struct subject *s = variant->subject;
	struct bytes *value = new_bytes();
	const struct known *k;
	struct list l;
	size_t i;

	for (i = 0; i < self->list.count; i++) {
		l = self->list;
		k = lookup(s->known, s->known_count, number_of(l.item[i].type));
		value->length = 0;
		put(value, l.item[i].value, l.item[i].length);
		memset(value->data + value->length, 'a', k->high + 1);
		l.item[i].value = value->data;

		l.item[i].length = 0;
		EXPECT_LIST(&l, BAD_VALUE, k->number);
		l.item[i].length = k->low - 1;
		EXPECT_LIST(&l, BAD_VALUE, k->number);
		l.item[i].length = k->high + 1;
		EXPECT_LIST(&l, BAD_VALUE, k->number);
		if (k->low == k->high)
			continue;
		l.item[i].length = k->high;
		/* Devices rise by their bytes: the longest first one comes too late. */
		if (s->kind != SVCGATE_KIND_DELEGATION || k->number != 3)
			EXPECT_LIST(&l, DONE, 0);
		l.item[i].length = k->low;
		if (s->kind != SVCGATE_KIND_DELEGATION || k->number != 3)
			EXPECT_LIST(&l, DONE, 0);
	}
	free(value);
}

TEST_F(content, each_mandatory_field_is_missed_by_its_number)
{
	const struct subject *s = variant->subject;
	unsigned int i, missed = 0;

	for (i = 0; i < s->known_count; i++) {
		if (!s->known[i].mandatory)
			continue;
		expect_with(_metadata, s, s->known[i].number, NULL, 0, MISSING,
			    s->known[i].number);
		missed++;
	}
	ASSERT_LE(4, missed);
}

TEST_F(content, a_single_field_twice_is_refused_by_its_number)
{
	const struct subject *s = variant->subject;
	struct list l;
	size_t i;

	for (i = 0; i < self->list.count; i++) {
		if (lookup(s->known, s->known_count,
			   number_of(self->list.item[i].type))->most > 1)
			continue;
		l = self->list;
		list_insert(&l, i, l.item[i]);
		EXPECT_LIST(&l, ORDER, number_of(l.item[i].type));
	}
}

TEST_F(content, the_wrong_critical_bit_is_refused)
{
	struct list l;
	size_t i;

	for (i = 0; i < self->list.count; i++) {
		l = self->list;
		l.item[i].type ^= SVCGATE_FIELD_CRITICAL;
		EXPECT_LIST(&l, BAD_VALUE, number_of(l.item[i].type));
	}
}

TEST_F(content, neighbours_that_changed_places_are_refused)
{
	struct item *a, *b, t;
	struct list l;
	size_t i;

	for (i = 0; i + 1 < self->list.count; i++) {
		l = self->list;
		a = &l.item[i];
		b = &l.item[i + 1];
		if (a->type == b->type)
			continue;
		t = *a;
		*a = *b;
		*b = t;
		EXPECT_LIST(&l, ORDER, number_of(b->type));
	}
}

/* Number 0 does not exist, at any place, with or without the critical bit. */
TEST_F(content, field_zero_is_refused)
{
	struct item zero = { .type = 0, .value = (const u8 *)"" };
	struct list l;
	size_t i;

	for (i = 0; i <= self->list.count; i++) {
		l = self->list;
		list_insert(&l, i, zero);
		EXPECT_LIST(&l, ORDER, 0);
		l.item[i].type = SVCGATE_FIELD_CRITICAL;
		EXPECT_LIST(&l, ORDER, 0);
	}
}

TEST_F(content, an_unknown_critical_field_is_refused_by_its_number)
{
	static const u16 numbers[] = { 14, 15, 0x100, 0x4000, 0x7fff };
	struct item item = ITEM_TEXT(0, "later");
	struct list l;
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		item.type = numbers[i] | SVCGATE_FIELD_CRITICAL;
		for (at = 0; at <= self->list.count; at++) {
			l = self->list;
			list_insert(&l, at, item);
			EXPECT_LIST(&l, UNKNOWN, numbers[i]);
		}
	}
}

TEST_F(content, unknown_fields_that_are_not_critical_are_skipped_at_the_end)
{
	struct item item = ITEM_TEXT(14, "later"), empty = { .type = 0x7fff };
	struct list l = self->list;
	struct result with = { }, without = { };
	struct bytes *b = new_bytes();

	list_insert(&l, l.count, item);
	EXPECT_LIST(&l, DONE, 0);
	list_insert(&l, l.count, empty);
	EXPECT_LIST(&l, DONE, 0);
	put_items(b, l.item, l.count);
	variant->subject->parse(b->data, b->length, &with);
	variant->subject->parse(self->good->data, self->good->length, &without);
	EXPECT_EQ(0, memcmp(&with, &without, sizeof(with)));

	/* Not twice, not down again, and no known field behind one. */
	list_insert(&l, l.count, empty);
	EXPECT_LIST(&l, ORDER, 0x7fff);
	l.item[l.count - 1] = item;
	EXPECT_LIST(&l, ORDER, 14);
	l = self->list;
	list_insert(&l, l.count - 1, item);
	EXPECT_LIST(&l, ORDER, number_of(l.item[l.count - 1].type));
	free(b);
}

/* Every byte, every bit of it and all at once. */
TEST_F(content, p12_each_byte_flipped)
{
	static const u8 flips[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0xff };
	unsigned int done = 0, refused = 0;
	size_t at, i;
	u16 detail;

	for (at = 0; at < self->good->length; at++) {
		for (i = 0; i < ARRAY_SIZE(flips); i++) {
			self->good->data[at] ^= flips[i];
			if (agree(_metadata, variant->subject, self->good->data,
				  self->good->length, &detail))
				refused++;
			else
				done++;
			self->good->data[at] ^= flips[i];
		}
	}
	/*
	 * Values may change, headers may not; but a label whose number rises
	 * is an unknown field that may be skipped.
	 */
	EXPECT_LE(self->list.count * 4 * ARRAY_SIZE(flips), refused + 16);
	EXPECT_LT(0, done);
}

static void mutate(struct rng *rng, struct bytes *b)
{
	size_t at = b->length ? rng_below(rng, b->length) : 0, n;
	u8 junk[8];

	rng_fill(rng, junk, sizeof(junk));
	switch (rng_below(rng, 6)) {
	case 0:
		b->data[at] = junk[0];
		break;
	case 1:
		b->data[at] ^= 1 << (junk[0] & 7);
		break;
	case 2:
		n = min_t(size_t, junk[0] % 24, b->length - at);
		memmove(b->data + at, b->data + at + n, b->length - at - n);
		b->length -= n;
		break;
	case 3:
		n = junk[0] % 24;
		memmove(b->data + at + n, b->data + at, b->length - at);
		b->length += n;
		break;
	case 4:
		b->length = at;
		break;
	default:
		put_number(b, junk[0] & 1 ? 14 + junk[1] : junk[1], 2);
		put_number(b, junk[2] % 9, 2);
		put(b, junk, junk[3] % 9);
	}
}

/* Good fields left out, doubled and swapped, then some bytes of it damaged. */
TEST_F(content, p12_random_contents_give_what_the_reference_gives)
{
	unsigned int seen[0x400] = { }, i;
	struct rng rng;
	struct list l;
	int round;
	u16 detail;

	rng_init(&rng, _metadata->name);
	for (round = 0; round < 30000; round++) {
		l = self->list;
		for (i = rng_below(&rng, 4); i > 1 && l.count; i--)
			list_remove(&l, rng_below(&rng, l.count));
		if (l.count && !rng_below(&rng, 4))
			list_insert(&l, rng_below(&rng, l.count),
				    l.item[rng_below(&rng, l.count)]);
		self->good->length = 0;
		put_items(self->good, l.item, l.count);
		for (i = rng_below(&rng, 4); i; i--)
			mutate(&rng, self->good);
		seen[agree(_metadata, variant->subject, self->good->data,
			   self->good->length, &detail) & 0x3ff]++;
	}
	for (i = CONTENT & 0x3ff; i <= (UNKNOWN & 0x3ff); i++)
		EXPECT_LT(20, seen[i]) TH_LOG("reason %#x", i);
	EXPECT_LT(300, seen[DONE]);
}

TEST_HARNESS_MAIN
