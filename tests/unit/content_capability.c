// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a capability may say, and which limits go together.
 */
#include "content_subjects.h"

#define S		(&capability_subject)
#define DONE		SVCGATE_REASON_DONE
#define BAD_VALUE	SVCGATE_REASON_FIELD_VALUE

#define EXPECT_WITH(type, reason, detail, ...)					\
	expect_with(_metadata, S, type, VALUE(__VA_ARGS__),			\
		    sizeof(VALUE(__VA_ARGS__)), reason, detail)

static const struct item serial = ITEM(0x8001, SIXTEEN(1));
static const struct item device = ITEM(0x8002, 1, 2, 3, 4, 5, 6, 7, 8);
static const struct item mask = ITEM(0x8003, 0, 0x20, 0, 0, 0, 0, 0, 0);
static const struct item generation = ITEM(0x8004, 1, 0, 0, 0);
static const struct item epoch = ITEM(0x8005, 1, 0, 0, 0);
static const struct item no_sideload = ITEM(0x8006, 1, 0, 0, 0);
static const struct item challenge = ITEM(0x8008, THIRTY_TWO(1));
static const struct item lease = ITEM(0x8009, 60, 0, 0, 0);
static const struct item holder = ITEM(0x800a, THIRTY_TWO(2));
static const struct item not_before = ITEM(0x800b, 9, 0, 0, 0, 0, 0, 0, 0);
static const struct item not_after = ITEM(0x800c, 10, 0, 0, 0, 0, 0, 0, 0);

static struct list least(void)
{
	return (struct list) { 5, { serial, device, mask, generation, epoch } };
}

static void parse_list(TESTED, const struct list *l, u8 *content, size_t size,
		       struct svcgate_capability *cap)
{
	struct bytes *b = new_bytes();
	u16 detail;

	put_items(b, l->item, l->count);
	ASSERT_LE(b->length, size);
	memcpy(content, b->data, b->length);
	ASSERT_EQ(DONE, svcgate_capability_parse(content, b->length, cap, &detail));
	free(b);
}

TEST(the_mandatory_fields_are_enough)
{
	struct svcgate_capability cap;
	struct list l = least();
	u8 content[128];
	u16 detail = 0;

	expect_list(_metadata, S, &l, DONE, 0);
	parse_list(_metadata, &l, content, sizeof(content), &cap);
	EXPECT_EQ(7, cap.states);
	EXPECT_EQ(0, cap.flags);
	EXPECT_EQ(0x2000, cap.mask);
	EXPECT_EQ(8, cap.device_length);
	EXPECT_EQ(0, memcmp(cap.device, device.value, 8));
	EXPECT_EQ(0x3e, cap.has);
	EXPECT_NULL(cap.challenge);
	EXPECT_NULL(cap.holder);
	EXPECT_NULL(cap.label);
	EXPECT_EQ(0, cap.lease);
	EXPECT_EQ(DONE, svcgate_capability_enforceable(&cap, &detail));
}

/* A blank file is a file: it ends what was sideloaded before. */
TEST(a_capability_with_zero_ids_is_a_good_file)
{
	EXPECT_WITH(0x8003, DONE, 0, 0, 0, 0, 0, 0, 0, 0, 0);
	EXPECT_WITH(0x8003, DONE, 0, 255, 255, 255, 255, 255, 255, 255, 255);
}

TEST(p4_the_device_id_has_8_to_64_bytes)
{
	u8 id[65] = { };
	size_t n;

	for (n = 0; n <= sizeof(id); n++)
		expect_with(_metadata, S, 0x8002, id, n, n >= 8 && n <= 64 ? DONE : BAD_VALUE,
			    n >= 8 && n <= 64 ? 0 : 2);
}

TEST(unknown_flags_are_refused)
{
	int bit;

	EXPECT_WITH(0x8006, DONE, 0, 1, 0, 0, 0);
	for (bit = 1; bit < 32; bit++) {
		u8 v[4];

		svcgate_put_le32(v, 1 | 1U << bit);
		expect_with(_metadata, S, 0x8006, v, 4, BAD_VALUE, 6);
		svcgate_put_le32(v, 1U << bit);
		expect_with(_metadata, S, 0x8006, v, 4, BAD_VALUE, 6);
	}
}

TEST(each_set_of_states_but_none_and_unknown_ones)
{
	int states;

	for (states = 0; states < 256; states++)
		EXPECT_WITH(0x8007, states && states < 8 ? DONE : BAD_VALUE,
			    states && states < 8 ? 0 : 7, states);
}

/* Every subset of the limits, against the sentence in the header. */
TEST(limits_that_belong_to_one_use_cannot_be_stored)
{
	const struct item limit[] = { no_sideload, challenge, lease, holder };
	struct list l;
	unsigned int set, i;
	u16 wrong;

	for (set = 0; set < 16; set++) {
		l = least();
		for (i = 0; i < ARRAY_SIZE(limit); i++)
			if (set & 1 << i)
				list_insert(&l, l.count, limit[i]);
		wrong = 0;
		if (set & 8 && !(set & 1))
			wrong = 10;
		if (set & 4 && !(set & 2))
			wrong = 9;
		if (set & 2 && !(set & 1))
			wrong = 8;
		expect_list(_metadata, S, &l, wrong ? BAD_VALUE : DONE, wrong);
	}
}

TEST(no_sideload_must_be_said_not_only_be_there)
{
	struct item off = ITEM(0x8006, 0, 0, 0, 0);
	struct list l = least();

	list_insert(&l, l.count, off);
	expect_list(_metadata, S, &l, DONE, 0);
	list_insert(&l, l.count, challenge);
	expect_list(_metadata, S, &l, BAD_VALUE, 8);
	l.item[l.count - 1] = holder;
	expect_list(_metadata, S, &l, BAD_VALUE, 10);
}

TEST(a_lease_of_zero_seconds_is_refused)
{
	EXPECT_WITH(0x8009, BAD_VALUE, 9, 0, 0, 0, 0);
	EXPECT_WITH(0x8009, DONE, 0, 1, 0, 0, 0);
	EXPECT_WITH(0x8009, DONE, 0, 0, 0, 0, 1);
	EXPECT_WITH(0x8009, DONE, 0, 255, 255, 255, 255);
}

TEST(not_after_is_above_not_before)
{
	struct list l = least();

	list_insert(&l, l.count, not_before);
	expect_list(_metadata, S, &l, DONE, 0);
	list_insert(&l, l.count, not_after);
	expect_list(_metadata, S, &l, DONE, 0);
	l.item[l.count - 1] = (struct item) ITEM(0x800c, 9, 0, 0, 0, 0, 0, 0, 0);
	expect_list(_metadata, S, &l, BAD_VALUE, 12);
	l.item[l.count - 1] = (struct item) ITEM(0x800c, 8, 255, 0, 0, 0, 0, 0, 0);
	expect_list(_metadata, S, &l, DONE, 0);
	l.item[l.count - 2] =
		(struct item) ITEM(0x800b, 255, 255, 255, 255, 255, 255, 255, 255);
	expect_list(_metadata, S, &l, BAD_VALUE, 12);

	/* Alone it is above zero. */
	l = least();
	list_insert(&l, l.count, (struct item) ITEM(0x800c, 0, 0, 0, 0, 0, 0, 0, 0));
	expect_list(_metadata, S, &l, BAD_VALUE, 12);
	l.item[l.count - 1] = not_after;
	expect_list(_metadata, S, &l, DONE, 0);
}

TEST(of_two_wrong_values_the_lower_number_is_named)
{
	struct list l = least();

	list_insert(&l, l.count, (struct item) ITEM(0x8006, 2, 0, 0, 0));
	list_insert(&l, l.count, (struct item) ITEM(0x8007, 0));
	list_insert(&l, l.count, lease);
	list_insert(&l, l.count, (struct item) ITEM_TEXT(0x000d, "\x1b"));
	expect_list(_metadata, S, &l, BAD_VALUE, 6);
	l.item[5] = no_sideload;
	expect_list(_metadata, S, &l, BAD_VALUE, 7);
	list_remove(&l, 6);
	expect_list(_metadata, S, &l, BAD_VALUE, 9);
	list_remove(&l, 6);
	expect_list(_metadata, S, &l, BAD_VALUE, 13);
}

#define GOOD(s)	{ s, sizeof(s) - 1, true }
#define BAD(s)	{ s, sizeof(s) - 1, false }

static const struct {
	const char *text;
	u16 length;
	bool good;
} labels[] = {
	GOOD("a"), GOOD(" "), GOOD("~"), GOOD("0123456789abcdef"),
	BAD("\0"), BAD("\x01"), BAD("\n"), BAD("\x1b[2J"), BAD("\x1f"), BAD("\x7f"),
	BAD("ok\tno"), BAD("ok\0"),
	/* C1 controls; what a terminal takes for an escape sequence. */
	BAD("\xc2\x80"), BAD("\xc2\x9b"), BAD("\xc2\x9f"), GOOD("\xc2\xa0"),
	/* First and last of each length. */
	GOOD("\xdf\xbf"), GOOD("\xe0\xa0\x80"), GOOD("\xef\xbf\xbd"),
	GOOD("\xf0\x90\x80\x80"), GOOD("\xf4\x8f\xbf\xbf"),
	/* Overlong. */
	BAD("\xc0\x80"), BAD("\xc0\xaf"), BAD("\xc1\xbf"), BAD("\xe0\x80\xaf"),
	BAD("\xe0\x9f\xbf"), BAD("\xf0\x80\x80\xaf"), BAD("\xf0\x8f\xbf\xbf"),
	/* Surrogates, alone and in pairs. */
	BAD("\xed\xa0\x80"), BAD("\xed\xbf\xbf"), BAD("\xed\xa0\xbd\xed\xb8\x80"),
	GOOD("\xed\x9f\xbf"), GOOD("\xee\x80\x80"),
	/* Above U+10FFFF, and lengths that do not exist. */
	BAD("\xf4\x90\x80\x80"), BAD("\xf5\x80\x80\x80"), BAD("\xf7\xbf\xbf\xbf"),
	BAD("\xf8\x88\x80\x80\x80"), BAD("\xfc\x84\x80\x80\x80\x80"), BAD("\xfe"),
	BAD("\xff"),
	/* Pieces. */
	BAD("\x80"), BAD("\xbf"), BAD("\xc3"), BAD("\xe2\x82"), BAD("\xf0\x9f\x94"),
	BAD("a\xc3"), BAD("\xc3("), BAD("\xe2(\xa1"), BAD("\xe2\x82("),
	BAD("\xf0\x9f\x94("), BAD("\xc3\xa9\x80"),
};

TEST(p12_a_label_is_printable_utf_8)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels); i++)
		expect_with(_metadata, S, 0x000d, labels[i].text, labels[i].length,
			    labels[i].good ? DONE : BAD_VALUE, labels[i].good ? 0 : 13);
}

TEST(p12_every_first_and_second_byte_of_a_label)
{
	u8 s[3];
	u32 n;

	for (n = 0; n < 1 << 16; n++) {
		struct result r = { };
		struct bytes *b;
		struct list l = least();

		/* Every lead and second byte; the third walks along. */
		s[0] = n;
		s[1] = n >> 8;
		s[2] = 0x7f + n % 0x43;
		b = new_bytes();
		list_insert(&l, l.count, (struct item) { 0x000d, 1 + n % 3, s });
		put_items(b, l.item, l.count);
		parse_capability(b->data, b->length, &r);
		ASSERT_EQ(reference_text(s, 1 + n % 3) ? DONE : BAD_VALUE, r.reason);
		free(b);
	}
}

/* A limit that is not enforced would open more than its signer meant. */
TEST(p2_a_limit_that_this_version_does_not_enforce_is_refused_by_name)
{
	const struct {
		struct item item;
		u16 number;
	} limit[] = {
		{ challenge, 8 }, { holder, 10 }, { not_before, 11 }, { not_after, 12 },
	};
	struct svcgate_capability cap;
	u8 content[256];
	unsigned int i;
	struct list l;
	u16 detail;

	for (i = 0; i < ARRAY_SIZE(limit); i++) {
		l = least();
		list_insert(&l, l.count, no_sideload);
		list_insert(&l, l.count, limit[i].item);
		parse_list(_metadata, &l, content, sizeof(content), &cap);
		detail = 0;
		EXPECT_EQ(SVCGATE_REASON_FIELD_NOT_ENFORCED,
			  svcgate_capability_enforceable(&cap, &detail));
		EXPECT_EQ(limit[i].number, detail);
	}

	/* A lease only comes with a challenge, which is named first. */
	list_insert(&l, 6, challenge);
	list_insert(&l, 7, lease);
	parse_list(_metadata, &l, content, sizeof(content), &cap);
	svcgate_capability_enforceable(&cap, &detail);
	EXPECT_EQ(8, detail);
	cap.has &= ~(1U << 8);
	EXPECT_EQ(SVCGATE_REASON_FIELD_NOT_ENFORCED,
		  svcgate_capability_enforceable(&cap, &detail));
	EXPECT_EQ(9, detail);

	/* Flags, states and label are enforced, or say nothing. */
	cap.has = 1U << 6 | 1U << 7 | 1U << 13 | 0x3e;
	EXPECT_EQ(DONE, svcgate_capability_enforceable(&cap, &detail));
}

TEST_HARNESS_MAIN
