/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The four kinds: a good content with every field, and the product's parser,
 * which gets an exact copy and must leave its result alone when it refuses.
 */
#ifndef _SVCGATE_TESTS_CONTENT_SUBJECTS_H
#define _SVCGATE_TESTS_CONTENT_SUBJECTS_H

#include "content.h"
#include "content_reference.h"

#define UNTOUCHED	0xa5

struct subject {
	const char *name;
	u8 kind;
	const struct known *known;
	unsigned int known_count;
	const struct item *item;
	size_t item_count;
	void (*parse)(const u8 *content, size_t length, struct result *r);
	bool (*judge)(const u8 *content, const struct fields *f, struct result *r);
};

static inline u64 offset_of(const u8 *content, const u8 *p)
{
	return p ? (u64)(p - content) : NONE;
}

static inline void check_untouched(const void *p, size_t size)
{
	const u8 *byte = p;

	while (size--) {
		if (*byte++ != UNTOUCHED) {
			fprintf(stderr, "# a refused content changed the result\n");
			abort();
		}
	}
}

static inline void parse_capability(const u8 *content, size_t length, struct result *r)
{
	struct svcgate_capability cap;
	u8 *c = exact_copy(content, length);

	memset(&cap, UNTOUCHED, sizeof(cap));
	r->reason = svcgate_capability_parse(c, length, &cap, &r->detail);
	if (r->reason) {
		check_untouched(&cap, sizeof(cap));
		free(c);
		return;
	}
	fact(r, offset_of(c, cap.serial));
	fact(r, offset_of(c, cap.device));
	fact(r, cap.device_length);
	fact(r, cap.mask);
	fact(r, cap.generation);
	fact(r, cap.epoch);
	fact(r, cap.flags);
	fact(r, cap.states);
	fact(r, cap.has);
	fact(r, offset_of(c, cap.challenge));
	fact(r, cap.lease);
	fact(r, offset_of(c, cap.holder));
	fact(r, cap.not_before);
	fact(r, cap.not_after);
	fact(r, offset_of(c, cap.label));
	fact(r, cap.label_length);
	free(c);
}

static inline void parse_keystore(const u8 *content, size_t length, struct result *r)
{
	struct svcgate_keystore_content ks;
	u8 *c = exact_copy(content, length);
	unsigned int i;

	memset(&ks, UNTOUCHED, sizeof(ks));
	r->reason = svcgate_keystore_parse(c, length, &ks, &r->detail);
	if (r->reason) {
		check_untouched(&ks, sizeof(ks));
		free(c);
		return;
	}
	fact(r, ks.version);
	fact(r, offset_of(c, ks.audience));
	fact(r, ks.epoch);
	fact(r, ks.key_count);
	for (i = 0; i < ks.key_count; i++) {
		fact(r, ks.keys[i].purpose);
		fact(r, ks.keys[i].mask);
		fact(r, offset_of(c, ks.keys[i].certificate));
		fact(r, ks.keys[i].certificate_length);
	}
	fact(r, ks.revoked_count);
	fact(r, offset_of(c, ks.revoked));
	fact(r, ks.floor_count);
	fact(r, offset_of(c, ks.floors));
	free(c);
}

static inline void parse_manifest(const u8 *content, size_t length, struct result *r)
{
	struct svcgate_manifest m;
	u8 *c = exact_copy(content, length);

	memset(&m, UNTOUCHED, sizeof(m));
	r->reason = svcgate_manifest_parse(c, length, &m, &r->detail);
	if (r->reason) {
		check_untouched(&m, sizeof(m));
		free(c);
		return;
	}
	fact(r, m.type);
	fact(r, offset_of(c, m.component));
	fact(r, offset_of(c, m.image));
	fact(r, offset_of(c, m.name));
	fact(r, m.name_length);
	fact(r, m.version);
	fact(r, m.flags);
	fact(r, m.size);
	fact(r, offset_of(c, m.sha256));
	free(c);
}

static inline void parse_delegation(const u8 *content, size_t length, struct result *r)
{
	struct svcgate_delegation d;
	u8 *c = exact_copy(content, length);

	memset(&d, UNTOUCHED, sizeof(d));
	r->reason = svcgate_delegation_parse(c, length, &d, &r->detail);
	if (r->reason) {
		check_untouched(&d, sizeof(d));
		free(c);
		return;
	}
	fact(r, offset_of(c, d.certificate));
	fact(r, d.certificate_length);
	fact(r, d.mask);
	fact(r, d.device_count);
	fact(r, offset_of(c, d.devices));
	fact(r, d.lease);
	fact(r, d.generation);
	fact(r, d.epoch);
	free(c);
}

#define SIXTEEN(n)	(n), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
#define THIRTY_TWO(n)	SIXTEEN(n), SIXTEEN(n)

static const struct item good_capability[] = {
	ITEM(0x8001, SIXTEEN(0x51)),
	ITEM(0x8002, 0x10, 0x32, 0x54, 0x76, 0x98, 0xba, 0xdc, 0xfe, 0x01, 0x02),
	ITEM(0x8003, 0x00, 0x28, 0, 0, 1, 0, 0, 0x80),
	ITEM(0x8004, 7, 0, 0, 0),
	ITEM(0x8005, 3, 0, 0, 0),
	ITEM(0x8006, 1, 0, 0, 0),
	ITEM(0x8007, 5),
	ITEM(0x8008, THIRTY_TWO(0xc8)),
	ITEM(0x8009, 0x58, 0x02, 0, 0),
	ITEM(0x800a, THIRTY_TWO(0xda)),
	ITEM(0x800b, 0x00, 0xe1, 0x0b, 0x5e, 0, 0, 0, 0),
	ITEM(0x800c, 0x00, 0xe1, 0x0b, 0x6e, 0, 0, 0, 0),
	ITEM_TEXT(0x000d, "bench \xc3\xa9 \xe2\x82\xac \xf0\x9f\x94\xa7"),
};

static const struct item good_keystore[] = {
	ITEM(0x8001, 9, 0, 0, 0),
	ITEM(0x8002, SIXTEEN(0xa1)),
	ITEM(0x8003, 2, 0, 0, 0),
	ITEM(0x8004, 1, 0, 0x28, 0, 0, 0, 0, 0, 0, 0x30, 0x82, 1, 2, 3),
	ITEM(0x8004, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x82, 1),
	ITEM(0x8004, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0x30),
	ITEM(0x8004, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x82, 9, 9, 9, 9),
	ITEM(0x8005, SIXTEEN(0x10)),
	ITEM(0x8005, SIXTEEN(0x20)),
	ITEM(0x8005, SIXTEEN(0x30)),
	ITEM(0x8006, SIXTEEN(0x40), 1, 0, 0, 0, 0, 0, 0, 0),
	ITEM(0x8006, SIXTEEN(0x50), 0, 0, 0, 0, 0, 0, 0, 1),
};

static const struct item good_manifest[] = {
	ITEM(0x8001, 1, 0),
	ITEM(0x8002, SIXTEEN(0xc0)),
	ITEM(0x8003, SIXTEEN(0x1a)),
	ITEM_TEXT(0x8004, "blinky"),
	ITEM(0x8005, 8, 7, 6, 5, 4, 3, 2, 1),
	ITEM(0x8006, 3, 0, 0, 0),
	ITEM(0x8007, 0, 0, 1, 0, 0, 0, 0, 0),
	ITEM(0x8008, THIRTY_TWO(0x25)),
};

static const struct item good_delegation[] = {
	ITEM(0x8001, 0x30, 0x82, 1, 2, 3, 4, 5, 6),
	ITEM(0x8002, 0x00, 0x20, 0, 0, 0, 0, 0, 0),
	ITEM(0x8003, 1, 2, 3, 4, 5, 6, 7, 8),
	ITEM(0x8003, 1, 2, 3, 4, 5, 6, 7, 8, 9),
	ITEM(0x8003, 1, 2, 3, 4, 5, 6, 7, 9),
	ITEM(0x8004, 0x10, 0x0e, 0, 0),
	ITEM(0x8005, 7, 0, 0, 0),
	ITEM(0x8006, 3, 0, 0, 0),
};

#define SUBJECT(n, k) {								\
	.name = #n, .kind = (k),						\
	.known = known_##n, .known_count = ARRAY_SIZE(known_##n),		\
	.item = good_##n, .item_count = ARRAY_SIZE(good_##n),			\
	.parse = parse_##n, .judge = judge_##n,					\
}

static const struct subject capability_subject = SUBJECT(capability, 1);
static const struct subject keystore_subject = SUBJECT(keystore, 2);
static const struct subject manifest_subject = SUBJECT(manifest, 3);
static const struct subject delegation_subject = SUBJECT(delegation, 4);

static inline void reference(const struct subject *s, const u8 *content, size_t length,
			     struct result *r)
{
	struct fields f;

	r->reason = SVCGATE_REASON_DONE;
	r->detail = 0;
	r->count = 0;
	if (reference_walk(content, length, s->known, s->known_count, &f, r))
		s->judge(content, &f, r);
}

/* Parser and reference agree on reason, detail and every value; which they say. */
static inline enum svcgate_reason agree(TESTED, const struct subject *s,
					const u8 *content, size_t length, u16 *ret_detail)
{
	struct result expected = { }, seen = { .detail = 0xeeee };

	reference(s, content, length, &expected);
	s->parse(content, length, &seen);
	ASSERT_EQ(expected.reason, seen.reason);
	ASSERT_EQ(expected.detail, seen.detail);
	if (!seen.reason) {
		ASSERT_EQ(expected.count, seen.count);
		ASSERT_EQ(0, memcmp(expected.fact, seen.fact,
				    seen.count * sizeof(seen.fact[0])));
	}
	*ret_detail = seen.detail;
	return seen.reason;
}

/* And they say this. */
static inline void expect_bytes(TESTED, const struct subject *s, const u8 *content,
				size_t length, enum svcgate_reason reason, u16 detail)
{
	u16 seen_detail;

	ASSERT_EQ(reason, agree(_metadata, s, content, length, &seen_detail));
	ASSERT_EQ(detail, seen_detail);
}

static inline void expect_list(TESTED, const struct subject *s, const struct list *l,
			       enum svcgate_reason reason, u16 detail)
{
	struct bytes *b = new_bytes();

	put_items(b, l->item, l->count);
	expect_bytes(_metadata, s, b->data, b->length, reason, detail);
	free(b);
}

static inline struct list good_list(const struct subject *s)
{
	struct list l = { .count = s->item_count };

	memcpy(l.item, s->item, s->item_count * sizeof(l.item[0]));
	return l;
}

/* The good content with one value replaced; no value: without the field. */
static inline void expect_with(TESTED, const struct subject *s, u16 type, const void *value,
			       u16 length, enum svcgate_reason reason, u16 detail)
{
	struct item item = { .type = type, .length = length, .value = value };
	struct list l = good_list(s);
	size_t at;

	for (at = 0; at < l.count && number_of(l.item[at].type) < number_of(type); at++)
		;
	while (at < l.count && number_of(l.item[at].type) == number_of(type))
		list_remove(&l, at);
	if (value)
		list_insert(&l, at, item);
	expect_list(_metadata, s, &l, reason, detail);
}

#endif /* _SVCGATE_TESTS_CONTENT_SUBJECTS_H */
