// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The store: every damage to every copy, and the power cut at every step.
 */
#include "helper_disk.h"

#define KEYSTORE	SVCGATE_RECORD_KEYSTORE
#define STATE		SVCGATE_RECORD_STATE

static const char *const names[STORE_COPIES] = { "keystore.0", "keystore.1" };

static void put(unsigned int copy, u64 number, const char *text)
{
	u8 record[DISK_FILE_MAX];
	size_t length = disk_record(KEYSTORE, number, text, strlen(text), record);

	disk_put(names[copy], record, length);
}

/* What a start finds; "" for nothing that may be used. */
static void expect_load(TESTED, const char *text)
{
	struct store_entry entry;

	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	if (!*text) {
		EXPECT_EQ(NULL, entry.content);
	} else {
		ASSERT_NE(NULL, entry.content) TH_LOG("nothing instead of %s", text);
		ASSERT_EQ(strlen(text), entry.content_length);
		EXPECT_EQ(0, memcmp(text, entry.content, entry.content_length));
	}
	store_entry_free(&entry);
}

static int keep(const struct store *store, const char *text)
{
	bool doubt = true;

	return store_keep(store, KEYSTORE, text, strlen(text), &doubt);
}

static void expect_same_copies(TESTED)
{
	struct disk_file *a = disk_find(disk.seen, names[0]);
	struct disk_file *b = disk_find(disk.seen, names[1]);

	ASSERT_NE(NULL, a);
	ASSERT_NE(NULL, b);
	ASSERT_EQ(a->length, b->length);
	EXPECT_EQ(0, memcmp(a->data, b->data, a->length));
}

TEST(fresh_store_has_nothing)
{
	unsigned int copy;
	u8 kind;

	disk_clear();
	expect_load(_metadata, "");
	EXPECT_EQ(1, store_is_fresh(&disk_store, &kind, &copy));
	disk_put("state.1", "x", 1);
	EXPECT_EQ(0, store_is_fresh(&disk_store, &kind, &copy));
	EXPECT_EQ(STATE, kind);
	EXPECT_EQ(1, copy);
}

TEST(saved_is_loaded)
{
	disk_clear();
	ASSERT_EQ(0, keep(&disk_store, "first"));
	expect_same_copies(_metadata);
	expect_load(_metadata, "first");
	ASSERT_EQ(0, keep(&disk_store, "second"));
	expect_load(_metadata, "second");
	EXPECT_EQ(-EINVAL, keep(&disk_store, ""));
	expect_load(_metadata, "second");
}

/* Damage one copy in one way: the other is used and copied over it. */
static void expect_mended(TESTED, unsigned int copy, const void *damaged, size_t length)
{
	disk_clear();
	put(!copy, 7, "content");
	disk_put(names[copy], damaged, length);
	expect_load(_metadata, "content");
	expect_same_copies(_metadata);
	/* And is durable. */
	disk_restart(false);
	expect_same_copies(_metadata);
}

static void expect_locked(TESTED, const void *damaged, size_t length)
{
	disk_clear();
	disk_put(names[0], damaged, length);
	disk_put(names[1], damaged, length);
	expect_load(_metadata, "");
}

static void every_bit_flipped(TESTED, unsigned int copy)
{
	u8 record[DISK_FILE_MAX], damaged[DISK_FILE_MAX];
	size_t length = disk_record(KEYSTORE, 8, "newer", 5, record), i;

	for (i = 0; i < length * 8; i++) {
		/* A higher version byte is not damage but a later version. */
		if (i / 8 == offsetof(struct svcgate_record, version))
			continue;
		memcpy(damaged, record, length);
		damaged[i / 8] ^= 1 << i % 8;
		expect_mended(_metadata, copy, damaged, length);
		expect_locked(_metadata, damaged, length);
	}
}

TEST(P2_P5_one_bit_of_a_copy_is_flipped)
{
	every_bit_flipped(_metadata, 0);
	every_bit_flipped(_metadata, 1);
}

TEST(P2_P5_a_copy_is_truncated)
{
	u8 record[DISK_FILE_MAX];
	size_t length = disk_record(KEYSTORE, 8, "newer", 5, record), i;

	for (i = 0; i < length; i++) {
		expect_mended(_metadata, 0, record, i);
		expect_mended(_metadata, 1, record, i);
		expect_locked(_metadata, record, i);
	}
}

TEST(P2_P5_a_copy_is_zeroes_or_has_a_tail)
{
	u8 record[DISK_FILE_MAX], zeroes[DISK_FILE_MAX] = {}, ones[DISK_FILE_MAX];
	size_t length = disk_record(KEYSTORE, 8, "newer", 5, record);

	memset(ones, 0xff, sizeof(ones));
	record[length] = 0;
	expect_mended(_metadata, 0, zeroes, sizeof(zeroes));
	expect_mended(_metadata, 1, zeroes, length);
	expect_mended(_metadata, 0, ones, length);
	expect_mended(_metadata, 1, record, length + 1);
	expect_locked(_metadata, zeroes, length);
	expect_locked(_metadata, record, length + 1);
}

TEST(P2_P5_a_copy_is_another_kind_of_record)
{
	u8 record[DISK_FILE_MAX];
	size_t length;

	length = disk_record(SVCGATE_RECORD_CAPABILITY, 9, "content", 7, record);
	expect_mended(_metadata, 0, record, length);
	expect_locked(_metadata, record, length);
}

TEST(P5_older_copy_never_wins)
{
	disk_clear();
	put(0, 4, "old");
	put(1, 5, "new");
	expect_load(_metadata, "new");
	expect_same_copies(_metadata);

	disk_clear();
	put(0, 5, "new");
	put(1, 4, "old");
	expect_load(_metadata, "new");
	expect_same_copies(_metadata);
}

/* What was replaced must not come back when the other copy is lost later. */
TEST(P5_older_copy_does_not_come_back)
{
	disk_clear();
	put(0, 4, "old");
	put(1, 5, "new");
	expect_load(_metadata, "new");
	disk_put(names[1], "damaged", 7);
	expect_load(_metadata, "new");
}

TEST(P2_two_contents_under_one_number_are_none)
{
	struct store_entry entry;

	disk_clear();
	put(0, 4, "one");
	put(1, 4, "two");
	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	EXPECT_TRUE(entry.conflict);
	EXPECT_EQ(NULL, entry.content);
	EXPECT_EQ(0, entry.repaired);
}

TEST(numbers_are_compared_as_64_bits)
{
	disk_clear();
	put(0, 0xffffffffULL, "old");
	put(1, 0x100000000ULL, "new");
	expect_load(_metadata, "new");
	disk_clear();
	put(0, UINT64_MAX, "new");
	put(1, 1, "old");
	expect_load(_metadata, "new");
}

TEST(later_version_is_left_alone)
{
	u8 record[DISK_FILE_MAX];
	size_t length = disk_record(KEYSTORE, 8, "newer", 5, record);
	struct store_entry entry;

	record[offsetof(struct svcgate_record, version)]++;
	disk_clear();
	put(0, 7, "content");
	disk_put(names[1], record, length);
	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	EXPECT_EQ(STORE_LATER, entry.copies[1].condition);
	EXPECT_NE(NULL, entry.content);
	EXPECT_EQ(0, entry.repaired);
	store_entry_free(&entry);
	EXPECT_EQ(0, memcmp(disk_find(disk.seen, names[1])->data, record, length));
	expect_locked(_metadata, record, length);
}

/* A medium that cannot be read is mended; other errors may pass. */
TEST(unreadable_copy)
{
	struct store_entry entry;

	disk_clear();
	put(0, 7, "content");
	put(1, 7, "content");
	strcpy(disk.read_error_name, names[1]);
	disk.read_error = -EIO;
	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	EXPECT_EQ(1 << 1, entry.repaired);
	store_entry_free(&entry);
	disk.read_error = -EACCES;
	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	EXPECT_EQ(STORE_UNREADABLE, entry.copies[1].condition);
	EXPECT_EQ(-EACCES, entry.copies[1].error);
	EXPECT_EQ(0, entry.repaired);
	store_entry_free(&entry);
}

static int no_digest(void *context, const void *data, size_t length,
		     u8 ret_digest[SVCGATE_SHA256_SIZE])
{
	return -ENOSYS;
}

TEST(P2_without_a_digest_nothing_is_used_or_written)
{
	const struct store blind = { .ops = &disk_ops, .sha256 = no_digest };
	struct store_entry entry;

	disk_clear();
	put(0, 7, "content");
	put(1, 8, "content");
	ASSERT_EQ(0, store_load(&blind, KEYSTORE, &entry));
	EXPECT_EQ(NULL, entry.content);
	EXPECT_EQ(STORE_UNREADABLE, entry.copies[0].condition);
	EXPECT_EQ(0, disk.steps);
	EXPECT_EQ(-ENOSYS, keep(&blind, "new"));
	EXPECT_EQ(0, disk.steps);
}

TEST(P2_without_a_directory_nothing_is_there)
{
	const struct store none = { .ops = &disk_ops, .dir = -1, .sha256 = test_sha256 };
	struct store_entry entry;

	disk_clear();
	put(0, 7, "content");
	ASSERT_EQ(0, store_load(&none, KEYSTORE, &entry));
	EXPECT_EQ(NULL, entry.content);
	EXPECT_EQ(STORE_ABSENT, entry.copies[0].condition);
	EXPECT_EQ(-ENOENT, keep(&none, "new"));
	EXPECT_EQ(0, disk.steps);
}

/* Is it old or new, whole, and the same in both copies after the next start? */
static void expect_old_or_new(TESTED, bool answered)
{
	struct store_entry entry;
	bool new;

	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	ASSERT_NE(NULL, entry.content);
	new = entry.content_length == 3 && !memcmp(entry.content, "new", 3);
	EXPECT_TRUE(new || (!answered && !memcmp(entry.content, "older", 5)));
	store_entry_free(&entry);
	expect_same_copies(_metadata);
	/* Whichever it is, it stays. */
	disk_put(names[1], "damaged", 7);
	expect_load(_metadata, new ? "new" : "older");
	disk_put(names[0], "damaged", 7);
	expect_load(_metadata, new ? "new" : "older");
}

static void cut_keep(TESTED, int step, bool kept, const char *damaged)
{
	int r;

	disk_clear();
	put(0, 1, "older");
	put(1, 1, "older");
	if (damaged)
		disk_put(damaged, "damaged", 7);
	disk.cut_at = step;
	r = keep(&disk_store, "new");
	disk_restart(kept);
	expect_old_or_new(_metadata, !r);
}

TEST(P6_power_cut_at_any_step_of_a_change)
{
	int step;

	for (step = 0; step < 12; step++) {
		cut_keep(_metadata, step, false, NULL);
		cut_keep(_metadata, step, true, NULL);
		cut_keep(_metadata, step, false, names[0]);
		cut_keep(_metadata, step, true, names[0]);
		cut_keep(_metadata, step, false, names[1]);
		cut_keep(_metadata, step, true, names[1]);
	}
}

TEST(P6_power_cut_at_any_step_of_mending)
{
	struct store_entry entry;
	int step, kept;

	for (step = 0; step < 6; step++) {
		for (kept = 0; kept < 2; kept++) {
			disk_clear();
			put(0, 1, "older");
			put(1, 2, "new");
			disk.cut_at = step;
			ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
			EXPECT_EQ(0, memcmp(entry.content, "new", 3));
			store_entry_free(&entry);
			disk_restart(kept);
			expect_old_or_new(_metadata, true);
		}
	}
}

/* Nothing can be stored any more, and no copy was touched: it says so. */
static void expect_untouched(TESTED, int error)
{
	bool doubt = true;

	disk_clear();
	put(0, 1, "older");
	put(1, 1, "older");
	disk.fail_at = 0;
	disk.fail_to = INT32_MAX;
	disk.error = error;
	EXPECT_EQ(error, store_keep(&disk_store, KEYSTORE, "new", 3, &doubt));
	EXPECT_FALSE(doubt);
	disk_restart(true);
	expect_load(_metadata, "older");
	expect_same_copies(_metadata);
}

TEST(P6_full_or_read_only_disk_keeps_the_old_content)
{
	struct store_entry entry;

	expect_untouched(_metadata, -ENOSPC);
	expect_untouched(_metadata, -EROFS);
	expect_untouched(_metadata, -EACCES);

	/* A store that cannot be mended still serves its better copy. */
	disk_clear();
	put(0, 1, "older");
	put(1, 2, "new");
	disk.fail_at = 0;
	disk.error = -EROFS;
	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	EXPECT_EQ(-EROFS, entry.repair_error);
	EXPECT_EQ(0, memcmp(entry.content, "new", 3));
	store_entry_free(&entry);
}

/* One step fails, or all from it on: without doubt it is the old content. */
static void fail_keep(TESTED, int step, int last, int error, bool kept)
{
	struct store_entry entry;
	bool doubt = false;

	disk_clear();
	put(0, 1, "older");
	put(1, 1, "older");
	disk.fail_at = step;
	disk.fail_to = last;
	disk.error = error;
	EXPECT_EQ(error, store_keep(&disk_store, KEYSTORE, "new", 3, &doubt));
	disk_restart(kept);
	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	ASSERT_NE(NULL, entry.content);
	EXPECT_TRUE(entry.content_length == 5 || doubt);
	store_entry_free(&entry);
	expect_old_or_new(_metadata, false);
	/* Room for both is taken first, so a full disk leaves no doubt. */
	if (error == -ENOSPC && step < 2) {
		EXPECT_FALSE(doubt);
	}
}

TEST(P6_any_step_fails_and_not_stored_is_never_a_lie)
{
	static const int errors[] = { -ENOSPC, -EIO, -EROFS };
	unsigned int i;
	int step, kept;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		for (step = 0; step < 6; step++) {
			for (kept = 0; kept < 2; kept++) {
				fail_keep(_metadata, step, step, errors[i], kept);
				fail_keep(_metadata, step, INT32_MAX, errors[i], kept);
			}
		}
	}
}

TEST(P6_doubt_ends_when_the_disk_works_again)
{
	bool doubt;
	int step;

	for (step = 2; step < 6; step++) {
		disk_clear();
		put(0, 1, "older");
		put(1, 1, "older");
		disk.fail_at = step;
		disk.error = -EIO;
		EXPECT_EQ(-EIO, store_keep(&disk_store, KEYSTORE, "new", 3, &doubt));
		EXPECT_TRUE(doubt);
		EXPECT_EQ(0, store_keep(&disk_store, KEYSTORE, "new", 3, &doubt));
		EXPECT_FALSE(doubt);
		EXPECT_EQ(NULL, disk_find(disk.seen, "keystore.0.new"));
		EXPECT_EQ(NULL, disk_find(disk.seen, "keystore.1.new"));
		/* Durable: a cut that keeps nothing unsynced keeps this. */
		disk_restart(false);
		expect_same_copies(_metadata);
		expect_load(_metadata, "new");
	}
}

/*
 * A helper that died between renaming and syncing leaves names that everybody
 * sees and no cut keeps. Seeing them is not enough to answer.
 */
TEST(P6_names_that_were_never_synced_are_synced_before_the_answer)
{
	bool doubt;
	int step;

	for (step = 0; step < 6; step++) {
		disk_clear();
		put(0, 1, "older");
		put(1, 1, "older");
		disk.cut_at = step;
		(void)store_keep(&disk_store, KEYSTORE, "new", 3, &doubt);
		/* The helper died, the machine did not: what is seen stays seen. */
		disk.cut_at = -1;
		disk.steps = 0;
		ASSERT_EQ(0, store_keep(&disk_store, KEYSTORE, "new", 3, &doubt));
		disk_restart(false);
		expect_same_copies(_metadata);
		expect_load(_metadata, "new");
	}
}

TEST(equal_content_is_not_written_again)
{
	disk_clear();
	ASSERT_EQ(0, keep(&disk_store, "content"));
	EXPECT_EQ(2, disk.writes);
	ASSERT_EQ(0, keep(&disk_store, "content"));
	EXPECT_EQ(2, disk.writes);
	/* One copy lost: one is written, under the number that the other has. */
	disk_put(names[0], "damaged", 7);
	ASSERT_EQ(0, keep(&disk_store, "content"));
	EXPECT_EQ(3, disk.writes);
	expect_same_copies(_metadata);
}

static void expect_number(TESTED, u64 number)
{
	struct store_entry entry;

	ASSERT_EQ(0, store_load(&disk_store, KEYSTORE, &entry));
	EXPECT_EQ(number, entry.number);
	store_entry_free(&entry);
}

TEST(P5_number_is_above_every_number_that_is_there)
{
	disk_clear();
	ASSERT_EQ(0, keep(&disk_store, "content"));
	expect_number(_metadata, 1);
	put(0, 8, "one");
	put(1, 3, "two");
	ASSERT_EQ(0, keep(&disk_store, "two"));
	expect_number(_metadata, 9);
	put(0, 12, "one");
	put(1, 12, "two");
	ASSERT_EQ(0, keep(&disk_store, "two"));
	expect_number(_metadata, 13);
	expect_same_copies(_metadata);
	put(0, UINT64_MAX, "last");
	put(1, UINT64_MAX, "last");
	EXPECT_EQ(-EOVERFLOW, keep(&disk_store, "more"));
	expect_load(_metadata, "last");
	EXPECT_EQ(0, keep(&disk_store, "last"));
}

/* The better copy is the last to be touched, whichever it is. */
TEST(P5_older_copy_is_replaced_first)
{
	unsigned int better;

	for (better = 0; better < STORE_COPIES; better++) {
		disk_clear();
		put(better, 5, "answered");
		put(!better, 4, "older");
		disk.cut_at = 3;
		EXPECT_EQ(-EIO, keep(&disk_store, "new"));
		EXPECT_EQ(0, memcmp(disk_find(disk.seen, names[better])->data +
				    sizeof(struct svcgate_record), "answered", 8));
		EXPECT_EQ(0, memcmp(disk_find(disk.seen, names[!better])->data +
				    sizeof(struct svcgate_record), "new", 3));
	}
}

TEST_HARNESS_MAIN
