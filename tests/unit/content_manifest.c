// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an image manifest and a delegation may say.
 */
#include "content_subjects.h"

#define M		(&manifest_subject)
#define D		(&delegation_subject)
#define DONE		SVCGATE_REASON_DONE
#define BAD_VALUE	SVCGATE_REASON_FIELD_VALUE

TEST(an_image_is_an_application_or_a_system)
{
	unsigned int type;

	for (type = 0; type < 0x10000; type += type < 300 ? 1 : 251)
		expect_with(_metadata, M, 0x8001, VALUE(type, type >> 8), 2,
			    type == 1 || type == 2 ? DONE : BAD_VALUE,
			    type == 1 || type == 2 ? 0 : 1);
}

TEST(unknown_manifest_flags_are_refused)
{
	u8 value[4];
	int bit;

	for (bit = 0; bit < 32; bit++) {
		svcgate_put_le32(value, 1U << bit);
		expect_with(_metadata, M, 0x8006, value, 4, bit < 2 ? DONE : BAD_VALUE,
			    bit < 2 ? 0 : 6);
	}
}

TEST(p12_a_name_is_printable_utf_8)
{
	static const char *const bad[] = {
		"a\nb", "\x1b[31m", "\x7f", "\xc2\x85", "\xc0\xaf", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xff", "half\xc3",
	};
	unsigned int i;

	expect_with(_metadata, M, 0x8004, "n\xc3\xa4me", 5, DONE, 0);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		expect_with(_metadata, M, 0x8004, bad[i], strlen(bad[i]), BAD_VALUE, 4);
	expect_with(_metadata, M, 0x8004, "with\0nul", 8, BAD_VALUE, 4);
}

TEST(numbers_keep_all_their_bits)
{
	struct svcgate_manifest m;
	struct bytes *b = new_bytes();
	u16 detail;

	put_items(b, good_manifest, ARRAY_SIZE(good_manifest));
	ASSERT_EQ(DONE, svcgate_manifest_parse(b->data, b->length, &m, &detail));
	EXPECT_EQ(0x0102030405060708ULL, m.version);
	EXPECT_EQ(0x10000, m.size);
	EXPECT_EQ(SVCGATE_IMAGE_TEMPORARY | SVCGATE_IMAGE_REMOVE_AT_BOOT, m.flags);
	free(b);
}

TEST(of_two_wrong_values_in_a_manifest_the_lower_number_is_named)
{
	struct list l = good_list(M);

	l.item[0] = (struct item) ITEM(0x8001, 0, 0);
	l.item[3] = (struct item) ITEM_TEXT(0x8004, "\n");
	l.item[5] = (struct item) ITEM(0x8006, 4, 0, 0, 0);
	expect_list(_metadata, M, &l, BAD_VALUE, 1);
	l.item[0] = good_manifest[0];
	expect_list(_metadata, M, &l, BAD_VALUE, 4);
	l.item[3] = good_manifest[3];
	expect_list(_metadata, M, &l, BAD_VALUE, 6);
}

/* Rising by bytes; of two IDs with the same beginning the shorter comes first. */
TEST(p4_devices_of_a_delegation_rise)
{
	const struct item a = ITEM(0x8003, 1, 2, 3, 4, 5, 6, 7, 8);
	const struct item ab = ITEM(0x8003, 1, 2, 3, 4, 5, 6, 7, 8, 0);
	const struct item c = ITEM(0x8003, 1, 2, 3, 4, 5, 6, 7, 9);
	const struct item *const id[] = { &a, &ab, &c };
	struct list l;
	unsigned int i, j;

	for (i = 0; i < 3; i++) {
		for (j = 0; j < 3; j++) {
			l = good_list(D);
			list_remove(&l, 2);
			l.item[2] = *id[i];
			l.item[3] = *id[j];
			expect_list(_metadata, D, &l, i < j ? DONE : BAD_VALUE,
				    i < j ? 0 : 3);
		}
	}
}

TEST(p9_at_most_64_devices)
{
	u8 ids[70][8] = { };
	struct list l;
	unsigned int n, i;

	for (n = 63; n <= 66; n++) {
		l = good_list(D);
		for (i = 0; i < 3; i++)
			list_remove(&l, 2);
		for (i = 0; i < n; i++) {
			ids[i][7] = i;
			list_insert(&l, 2 + i, (struct item) { 0x8003, 8, ids[i] });
		}
		expect_list(_metadata, D, &l, n > 64 ? BAD_VALUE : DONE, n > 64 ? 3 : 0);
	}
}

TEST(each_device_of_a_delegation_has_8_to_64_bytes)
{
	u8 id[65];
	size_t n;

	/* Behind the two that stay. */
	memset(id, 0xee, sizeof(id));
	for (n = 0; n <= sizeof(id); n++) {
		struct list l = good_list(D);

		l.item[4] = (struct item) { 0x8003, n, id };
		expect_list(_metadata, D, &l, n < 8 || n > 64 ? BAD_VALUE : DONE,
			    n < 8 || n > 64 ? 3 : 0);
	}
}

TEST(a_delegation_without_a_lease_is_refused)
{
	expect_with(_metadata, D, 0x8004, VALUE(0, 0, 0, 0), 4, BAD_VALUE, 4);
	expect_with(_metadata, D, 0x8004, VALUE(1, 0, 0, 0), 4, DONE, 0);
	expect_with(_metadata, D, 0x8004, VALUE(0, 0, 0, 0x80), 4, DONE, 0);
}

TEST(of_two_wrong_values_in_a_delegation_the_lower_number_is_named)
{
	struct list l = good_list(D);

	l.item[4] = l.item[2];
	l.item[5] = (struct item) ITEM(0x8004, 0, 0, 0, 0);
	expect_list(_metadata, D, &l, BAD_VALUE, 3);
	l.item[4] = good_delegation[4];
	expect_list(_metadata, D, &l, BAD_VALUE, 4);
}

TEST_HARNESS_MAIN
