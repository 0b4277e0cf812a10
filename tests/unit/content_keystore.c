// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a keystore may say: keys, revoked serials, floors, and how many.
 */
#include "content_subjects.h"

#define S		(&keystore_subject)
#define DONE		SVCGATE_REASON_DONE
#define BAD_VALUE	SVCGATE_REASON_FIELD_VALUE

static const struct item key = ITEM(0x8004, 1, 0, 0x20, 0, 0, 0, 0, 0, 0, 0x30);

/* The mandatory fields before the keys. */
static struct list head(void)
{
	return (struct list) { 3, { good_keystore[0], good_keystore[1],
				    good_keystore[2] } };
}

/* n fields with rising values, whose first byte stays. */
static void add_rising(struct list *l, struct bytes *b, u16 type, u16 length,
		       unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct item item = { type, length, b->data + b->length };

		put(b, "\x77", 1);
		put(b, (u8 []) { i >> 8, i }, 2);
		memset(b->data + b->length, 0, length - 3);
		b->length += length - 3;
		list_insert(l, l->count, item);
	}
}

TEST(version_zero_is_refused)
{
	expect_with(_metadata, S, 0x8001, VALUE(0, 0, 0, 0), 4, BAD_VALUE, 1);
	expect_with(_metadata, S, 0x8001, VALUE(1, 0, 0, 0), 4, DONE, 0);
	expect_with(_metadata, S, 0x8001, VALUE(0, 0, 0, 1), 4, DONE, 0);
	expect_with(_metadata, S, 0x8003, VALUE(0, 0, 0, 0), 4, DONE, 0);
}

TEST(p9_at_most_16_keys)
{
	unsigned int i;
	struct list l;

	for (i = 0; i < 20; i++) {
		l = head();
		while (l.count < 3 + i)
			list_insert(&l, l.count, key);
		expect_list(_metadata, S, &l,
			    !i ? SVCGATE_REASON_FIELD_MISSING : i > 16 ? BAD_VALUE : DONE,
			    i && i <= 16 ? 0 : 4);
	}
}

TEST(p9_at_most_256_revoked_serials)
{
	struct bytes *b = new_bytes();
	unsigned int n;
	struct list l;

	for (n = 255; n <= 258; n++) {
		l = head();
		list_insert(&l, l.count, key);
		b->length = 0;
		add_rising(&l, b, 0x8005, 16, n);
		expect_list(_metadata, S, &l, n > 256 ? BAD_VALUE : DONE, n > 256 ? 5 : 0);
	}
	free(b);
}

TEST(p9_at_most_64_component_floors)
{
	struct bytes *b = new_bytes();
	unsigned int n;
	struct list l;

	for (n = 63; n <= 66; n++) {
		l = head();
		list_insert(&l, l.count, key);
		b->length = 0;
		add_rising(&l, b, 0x8006, 24, n);
		expect_list(_metadata, S, &l, n > 64 ? BAD_VALUE : DONE, n > 64 ? 6 : 0);
	}
	free(b);
}

TEST(a_purpose_is_one_of_four)
{
	u8 value[10] = { [9] = 0x30 };
	int purpose;

	for (purpose = 0; purpose < 256; purpose++) {
		bool good = purpose >= 1 && purpose <= 4;

		value[0] = purpose;
		expect_with(_metadata, S, 0x8004, value, sizeof(value),
			    good ? DONE : BAD_VALUE, good ? 0 : 4);
	}
}

/* A mask on a key that signs no capabilities is a mistake of its signer. */
TEST(only_capability_keys_have_a_mask)
{
	u8 value[10] = { [9] = 0x30 };
	unsigned int bit;

	for (bit = 0; bit < 64; bit++) {
		memset(value + 1, 0, 8);
		value[1 + bit / 8] = 1 << bit % 8;
		for (value[0] = 1; value[0] <= 4; value[0]++)
			expect_with(_metadata, S, 0x8004, value, sizeof(value),
				    value[0] == 1 ? DONE : BAD_VALUE,
				    value[0] == 1 ? 0 : 4);
	}
}

/* The last key counts like the first. */
TEST(each_key_is_judged)
{
	const struct item bad = ITEM(0x8004, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0x30);
	unsigned int at;
	struct list l;

	for (at = 3; at <= 3 + 15; at++) {
		l = head();
		while (l.count < 3 + 16)
			list_insert(&l, l.count, key);
		l.item[at] = bad;
		expect_list(_metadata, S, &l, BAD_VALUE, 4);
	}
}

TEST(keys_are_in_the_order_of_the_file)
{
	struct svcgate_keystore_content *ks = malloc(sizeof(*ks));
	struct bytes *b = new_bytes();
	struct list l = head();
	unsigned int i;
	u8 value[16][12];
	u16 detail;

	for (i = 0; i < 16; i++) {
		memset(value[i], 0, sizeof(value[i]));
		value[i][0] = 1;
		value[i][1] = 15 - i;
		value[i][9] = 0x40 + i;
		list_insert(&l, l.count, (struct item) { 0x8004, 10 + i % 3, value[i] });
	}
	put_items(b, l.item, l.count);
	ASSERT_EQ(DONE, svcgate_keystore_parse(b->data, b->length, ks, &detail));
	ASSERT_EQ(16, ks->key_count);
	for (i = 0; i < 16; i++) {
		EXPECT_EQ(15 - i, ks->keys[i].mask);
		EXPECT_EQ(0x40 + i, ks->keys[i].certificate[0]);
		EXPECT_EQ(1 + i % 3, ks->keys[i].certificate_length);
	}
	free(ks);
	free(b);
}

/* Sixteen equal or falling neighbours at each place. */
TEST(revoked_serials_and_floors_rise)
{
	static const struct {
		u16 type, length;
	} kinds[] = { { 0x8005, 16 }, { 0x8006, 24 } };
	struct bytes *b = new_bytes();
	unsigned int i, at;
	struct list l;
	struct item t;

	for (i = 0; i < 2; i++) {
		l = head();
		list_insert(&l, l.count, key);
		b->length = 0;
		add_rising(&l, b, kinds[i].type, kinds[i].length, 20);
		for (at = 4; at + 1 < l.count; at++) {
			t = l.item[at];
			l.item[at] = l.item[at + 1];
			expect_list(_metadata, S, &l, BAD_VALUE, number_of(t.type));
			l.item[at + 1] = t;
			expect_list(_metadata, S, &l, BAD_VALUE, number_of(t.type));
			l.item[at + 1] = l.item[at];
			l.item[at] = t;
		}
		expect_list(_metadata, S, &l, DONE, 0);
	}
	free(b);
}

/* Two floors for one component are wrong also when their versions differ. */
TEST(p5_a_component_has_one_floor)
{
	const struct item a = ITEM(0x8006, SIXTEEN(1), 1, 0, 0, 0, 0, 0, 0, 0);
	const struct item c = ITEM(0x8006, SIXTEEN(1), 2, 0, 0, 0, 0, 0, 0, 0);
	struct list l = head();

	list_insert(&l, l.count, key);
	list_insert(&l, l.count, a);
	expect_list(_metadata, S, &l, DONE, 0);
	list_insert(&l, l.count, c);
	expect_list(_metadata, S, &l, BAD_VALUE, 6);
}

TEST(p4_each_revoked_serial_is_found_and_no_other)
{
	struct svcgate_keystore_content *ks = malloc(sizeof(*ks));
	struct bytes *b = new_bytes(), *values = new_bytes();
	struct list l = head();
	u8 serial[16] = { 0x77 };
	unsigned int n, i;
	u16 detail;
	u8 *exact;

	list_insert(&l, l.count, key);
	add_rising(&l, values, 0x8005, 16, 256);
	for (n = 0; n <= 256; n++) {
		b->length = 0;
		put_items(b, l.item, 4 + n);
		exact = exact_copy(b->data, b->length);
		ASSERT_EQ(DONE, svcgate_keystore_parse(exact, b->length, ks, &detail));
		ASSERT_EQ(n, ks->revoked_count);
		for (i = 0; i < 260; i++) {
			serial[1] = i >> 8;
			serial[2] = i;
			ASSERT_EQ(i < n, svcgate_keystore_revokes(ks, serial));
			serial[15] ^= 1;
			ASSERT_FALSE(svcgate_keystore_revokes(ks, serial));
			serial[15] ^= 1;
		}
		free(exact);
	}
	free(ks);
	free(b);
	free(values);
}

TEST(p5_the_floor_of_each_component)
{
	struct svcgate_keystore_content *ks = malloc(sizeof(*ks));
	struct bytes *b = new_bytes();
	u16 detail;
	u8 *exact;

	put_items(b, good_keystore, ARRAY_SIZE(good_keystore));
	exact = exact_copy(b->data, b->length);
	ASSERT_EQ(DONE, svcgate_keystore_parse(exact, b->length, ks, &detail));
	EXPECT_EQ(1, svcgate_keystore_floor(ks, VALUE(SIXTEEN(0x40))));
	EXPECT_EQ(1ULL << 56, svcgate_keystore_floor(ks, VALUE(SIXTEEN(0x50))));
	EXPECT_EQ(0, svcgate_keystore_floor(ks, VALUE(SIXTEEN(0x41))));
	EXPECT_EQ(0, svcgate_keystore_floor(ks, VALUE(SIXTEEN(0x60))));
	free(exact);

	exact = exact_copy(b->data, b->length - 2 * 28);
	ASSERT_EQ(DONE, svcgate_keystore_parse(exact, b->length - 2 * 28, ks, &detail));
	EXPECT_EQ(0, ks->floor_count);
	EXPECT_NULL(ks->floors);
	EXPECT_EQ(0, svcgate_keystore_floor(ks, VALUE(SIXTEEN(0x40))));
	free(exact);
	free(ks);
	free(b);
}

/* The longest that an envelope may carry: a good one, to the byte. */
TEST(p12_the_longest_content)
{
	static u8 certificate[9 + 8192] = { 1 };
	struct bytes *b = new_bytes();
	struct list l = head();
	size_t left;

	while (l.count < 6)
		list_insert(&l, l.count, (struct item) { 0x8004, sizeof(certificate),
							 certificate });
	put_items(b, l.item, l.count);
	left = SVCGATE_KEYSTORE_MAX - b->length;
	put_field(b, 0x8004, certificate, left - 4);
	ASSERT_EQ(SVCGATE_KEYSTORE_MAX, b->length);
	expect_bytes(_metadata, S, b->data, b->length, DONE, 0);
	free(b);
}

TEST_HARNESS_MAIN
