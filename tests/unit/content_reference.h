/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contents as uapi/linux/svcgate.h describes them, written from its comments:
 * the fields of each kind, and what makes a value wrong. Judged in two steps:
 * field after field, each alone; then the values, the lowest number first.
 */
#ifndef _SVCGATE_TESTS_CONTENT_REFERENCE_H
#define _SVCGATE_TESTS_CONTENT_REFERENCE_H

#include "content_build.h"

#define NONE	(~0ULL)

/* What a parser made of a content; places are offsets in it, or NONE. */
struct result {
	enum svcgate_reason reason;
	u16 detail;
	unsigned int count;
	u64 fact[128];
};

struct known {
	u16 number;
	bool critical;
	u16 low, high;
	unsigned int most;
	bool mandatory;
};

/* A field in a content. */
struct found {
	u16 number;
	u16 length;
	size_t at;
};

struct fields {
	unsigned int count;
	struct found field[1024];
};

static inline void fact(struct result *r, u64 value)
{
	if (r->count == ARRAY_SIZE(r->fact))
		abort();
	r->fact[r->count++] = value;
}

static inline bool judged(struct result *r, enum svcgate_reason reason, u16 detail)
{
	r->reason = reason;
	r->detail = detail;
	return false;
}

static inline u64 number_at(const u8 *content, size_t at, size_t size)
{
	u64 value = 0;

	while (size--)
		value = value << 8 | content[at + size];
	return value;
}

static inline const struct known *lookup(const struct known *known, unsigned int count,
					 u16 number)
{
	for (; count; known++, count--)
		if (known->number == number)
			return known;
	return NULL;
}

static inline unsigned int count_of(const struct fields *f, u16 number)
{
	unsigned int i, n = 0;

	for (i = 0; i < f->count; i++)
		n += f->field[i].number == number;
	return n;
}

/* The nth field with a number; NULL when there is none. */
static inline const struct found *nth(const struct fields *f, u16 number, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < f->count; i++)
		if (f->field[i].number == number && !n--)
			return &f->field[i];
	return NULL;
}

static inline u64 place(const struct fields *f, u16 number)
{
	const struct found *field = nth(f, number, 0);

	return field ? field->at : NONE;
}

static inline u64 value_of(const u8 *content, const struct fields *f, u16 number,
			   u64 otherwise)
{
	const struct found *field = nth(f, number, 0);

	return field ? number_at(content, field->at, field->length) : otherwise;
}

static inline bool reference_walk(const u8 *content, size_t length,
				  const struct known *known, unsigned int known_count,
				  struct fields *f, struct result *r)
{
	u16 last = 0, number, size, type;
	const struct known *k;
	unsigned int i;
	size_t at = 0;

	f->count = 0;
	while (at < length) {
		if (length - at < 4)
			return judged(r, SVCGATE_REASON_CONTENT, last);
		type = number_at(content, at, 2);
		size = number_at(content, at + 2, 2);
		number = type & 0x7fff;
		at += 4;
		if (size > length - at)
			return judged(r, SVCGATE_REASON_CONTENT, number);
		k = lookup(known, known_count, number);
		if (!number || number < last || (number == last && !k))
			return judged(r, SVCGATE_REASON_FIELD_ORDER, number);
		if (!k && type >> 15)
			return judged(r, SVCGATE_REASON_FIELD_UNKNOWN, number);
		if (k && (k->critical != type >> 15 || size < k->low || size > k->high))
			return judged(r, SVCGATE_REASON_FIELD_VALUE, number);
		if (k && count_of(f, number) == k->most)
			return judged(r, k->most == 1 ? SVCGATE_REASON_FIELD_ORDER :
							SVCGATE_REASON_FIELD_VALUE,
				      number);
		f->field[f->count++] = (struct found) { number, size, at };
		if (f->count == ARRAY_SIZE(f->field))
			abort();
		last = number;
		at += size;
	}
	for (i = 0; i < known_count; i++)
		if (known[i].mandatory && !nth(f, known[i].number, 0))
			return judged(r, SVCGATE_REASON_FIELD_MISSING, known[i].number);
	return true;
}

/* Text that decodes, encodes to the same bytes again, and shows. */
static inline bool reference_text(const u8 *s, size_t length)
{
	size_t at = 0, n, i;
	u32 c;
	u8 again[4];

	while (at < length) {
		for (n = 0; n < 5 && s[at] << n & 0x80; n++)
			;
		if (n == 1 || n > 4)
			return false;
		if (!n)
			n = 1;
		if (n > length - at)
			return false;
		c = n == 1 ? s[at] : s[at] & ((1 << (7 - n)) - 1);
		for (i = 1; i < n; i++)
			c = c << 6 | (s[at + i] & 0x3f);
		if (c < 32 || (c >= 127 && c <= 159) || c >> 11 == 27 || c >> 16 > 16)
			return false;
		n = c < 128 ? 1 : c < 2048 ? 2 : c < 65536 ? 3 : 4;
		for (i = n; i-- > 1; c >>= 6)
			again[i] = 0x80 | (c & 0x3f);
		again[0] = n == 1 ? c : (0xf00 >> n & 0xff) | c;
		if (n > length - at || memcmp(again, s + at, n))
			return false;
		at += n;
	}
	return true;
}

/* Are the first size bytes (or all, 0) of the repeated field rising? */
static inline bool reference_rising(const u8 *content, const struct fields *f, u16 number,
				    size_t size)
{
	const struct found *a = nth(f, number, 0), *b;
	size_t i, n, m;
	unsigned int k;

	for (k = 1; a && (b = nth(f, number, k)); a = b, k++) {
		n = size ? size : a->length;
		m = size ? size : b->length;
		for (i = 0; i < n && i < m && content[a->at + i] == content[b->at + i]; i++)
			;
		if (i == m || (i < n && content[a->at + i] > content[b->at + i]))
			return false;
	}
	return true;
}

static const struct known known_capability[] = {
	{ 1, true, 16, 16, 1, true },	{ 2, true, 8, 64, 1, true },
	{ 3, true, 8, 8, 1, true },	{ 4, true, 4, 4, 1, true },
	{ 5, true, 4, 4, 1, true },	{ 6, true, 4, 4, 1, false },
	{ 7, true, 1, 1, 1, false },	{ 8, true, 32, 32, 1, false },
	{ 9, true, 4, 4, 1, false },	{ 10, true, 32, 32, 1, false },
	{ 11, true, 8, 8, 1, false },	{ 12, true, 8, 8, 1, false },
	{ 13, false, 1, 64, 1, false },
};

static inline bool judge_capability(const u8 *c, const struct fields *f, struct result *r)
{
	u64 flags = value_of(c, f, 6, 0), states = value_of(c, f, 7, 7);
	u64 before = value_of(c, f, 11, 0), has = 0;
	const struct found *label = nth(f, 13, 0);
	bool challenge = nth(f, 8, 0), no_sideload = flags == 1;
	u16 i;

	if (flags > 1)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 6);
	if (states < 1 || states > 7)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 7);
	if (challenge && !no_sideload)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 8);
	if (nth(f, 9, 0) && (!challenge || !value_of(c, f, 9, 0)))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 9);
	if (nth(f, 10, 0) && !no_sideload)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 10);
	if (nth(f, 12, 0) && value_of(c, f, 12, 0) <= before)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 12);
	if (label && !reference_text(c + label->at, label->length))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 13);

	for (i = 1; i <= 13; i++)
		has |= nth(f, i, 0) ? 1 << i : 0;
	fact(r, place(f, 1));
	fact(r, place(f, 2));
	fact(r, nth(f, 2, 0)->length);
	fact(r, value_of(c, f, 3, 0));
	fact(r, value_of(c, f, 4, 0));
	fact(r, value_of(c, f, 5, 0));
	fact(r, flags);
	fact(r, states);
	fact(r, has);
	fact(r, place(f, 8));
	fact(r, value_of(c, f, 9, 0));
	fact(r, place(f, 10));
	fact(r, before);
	fact(r, value_of(c, f, 12, 0));
	fact(r, place(f, 13));
	fact(r, label ? label->length : 0);
	return true;
}

static const struct known known_keystore[] = {
	{ 1, true, 4, 4, 1, true },	{ 2, true, 16, 16, 1, true },
	{ 3, true, 4, 4, 1, true },	{ 4, true, 1 + 8 + 1, 1 + 8 + 8192, 16, true },
	{ 5, true, 16, 16, 256, false }, { 6, true, 24, 24, 64, false },
};

static inline bool judge_keystore(const u8 *c, const struct fields *f, struct result *r)
{
	const struct found *key;
	unsigned int i;
	u64 mask;
	u8 purpose;

	if (!value_of(c, f, 1, 0))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 1);
	fact(r, value_of(c, f, 1, 0));
	fact(r, place(f, 2));
	fact(r, value_of(c, f, 3, 0));
	fact(r, count_of(f, 4));
	for (i = 0; i < count_of(f, 4); i++) {
		key = nth(f, 4, i);
		purpose = c[key->at];
		mask = number_at(c, key->at + 1, 8);
		if (!purpose || purpose > 4 || (purpose != 1 && mask))
			return judged(r, SVCGATE_REASON_FIELD_VALUE, 4);
		fact(r, purpose);
		fact(r, mask);
		fact(r, key->at + 9);
		fact(r, key->length - 9);
	}
	if (!reference_rising(c, f, 5, 16))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 5);
	if (!reference_rising(c, f, 6, 16))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 6);
	fact(r, count_of(f, 5));
	fact(r, count_of(f, 5) ? place(f, 5) - 4 : NONE);
	fact(r, count_of(f, 6));
	fact(r, count_of(f, 6) ? place(f, 6) - 4 : NONE);
	return true;
}

static const struct known known_manifest[] = {
	{ 1, true, 2, 2, 1, true },	{ 2, true, 16, 16, 1, true },
	{ 3, true, 16, 16, 1, true },	{ 4, true, 1, 64, 1, true },
	{ 5, true, 8, 8, 1, true },	{ 6, true, 4, 4, 1, true },
	{ 7, true, 8, 8, 1, true },	{ 8, true, 32, 32, 1, true },
};

static inline bool judge_manifest(const u8 *c, const struct fields *f, struct result *r)
{
	const struct found *name = nth(f, 4, 0);
	u64 type = value_of(c, f, 1, 0);
	u16 i;

	if (type != 1 && type != 2)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 1);
	if (!reference_text(c + name->at, name->length))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 4);
	if (value_of(c, f, 6, 0) > 3)
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 6);
	fact(r, type);
	for (i = 2; i <= 4; i++)
		fact(r, place(f, i));
	fact(r, name->length);
	for (i = 5; i <= 7; i++)
		fact(r, value_of(c, f, i, 0));
	fact(r, place(f, 8));
	return true;
}

static const struct known known_delegation[] = {
	{ 1, true, 1, 8192, 1, true },	{ 2, true, 8, 8, 1, true },
	{ 3, true, 8, 64, 64, true },	{ 4, true, 4, 4, 1, true },
	{ 5, true, 4, 4, 1, true },	{ 6, true, 4, 4, 1, true },
};

static inline bool judge_delegation(const u8 *c, const struct fields *f, struct result *r)
{
	u16 i;

	if (!reference_rising(c, f, 3, 0))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 3);
	if (!value_of(c, f, 4, 0))
		return judged(r, SVCGATE_REASON_FIELD_VALUE, 4);
	fact(r, place(f, 1));
	fact(r, nth(f, 1, 0)->length);
	fact(r, value_of(c, f, 2, 0));
	fact(r, count_of(f, 3));
	fact(r, place(f, 3) - 4);
	for (i = 4; i <= 6; i++)
		fact(r, value_of(c, f, i, 0));
	return true;
}

#endif /* _SVCGATE_TESTS_CONTENT_REFERENCE_H */
