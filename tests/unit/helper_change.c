// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of trust, from the door to the disk and back: the helper killed, the
 * power cut, copies damaged, the disk full, at every step of every kind.
 */
#include "files.h"
#include "helper_change.h"

/* More than any change has. */
#define STEPS_MAX	10

/* Old or new; new when it was answered, old when "not stored" was. */
static void expect_promise(TESTED, const struct change_row *row, u16 answered, char is)
{
	EXPECT_TRUE(is == 'o' || is == 'n') TH_LOG("'%c'", is);
	if (answered == SVCGATE_DOOR_COMMIT) {
		EXPECT_EQ('n', is);
	}
	if (answered == SVCGATE_DOOR_ABORT) {
		EXPECT_EQ('o', is);
	}
}

TEST(P6_a_change_is_committed_when_both_copies_are_durable)
{
	const struct change_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		begin(_metadata, row, false);
		EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
		printf("# a change of the %s record: %d files written, %d steps on the disk\n",
		       store_item_name(row->kind), disk.writes, disk.steps);
		fflush(stdout);
		EXPECT_EQ(2, disk.writes);
		end();
		/* Durable, and in each copy alone. */
		disk_restart(false);
		EXPECT_EQ('n', found(row));
		EXPECT_EQ(0, disk.writes - 2);
	}
}

TEST(P6_power_cut_at_any_step_of_any_change)
{
	const struct change_row *row;
	unsigned int i;
	int step, kept;
	u16 answered;

	for (i = 0; i < ARRAY_SIZE(rows) * STEPS_MAX * 2; i++) {
		row = &rows[i % ARRAY_SIZE(rows)];
		step = i / ARRAY_SIZE(rows) % STEPS_MAX;
		kept = i / ARRAY_SIZE(rows) / STEPS_MAX;
		begin(_metadata, row, false);
		disk.cut_at = step;
		answered = offer(row, row->new);
		end();
		disk_restart(kept);
		expect_promise(_metadata, row, answered, found(row));
		/* And it stays what it is, and takes the change again. */
		start(false);
		EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
		end();
		disk_restart(false);
		EXPECT_EQ('n', found(row));
	}
}

TEST(P6_helper_killed_between_any_two_steps_of_any_change)
{
	const struct change_row *row;
	unsigned int i, step;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		for (step = 0; step < STEPS_MAX; step++) {
			begin(_metadata, row, false);
			/* It does no more; what it would have said, nobody hears. */
			disk.cut_at = step;
			(void)offer(row, row->new);
			end();
			disk.cut_at = -1;
			start(false);
			EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
			EXPECT_GE(4, disk.writes);
			end();
			disk_restart(false);
			EXPECT_EQ('n', found(row));
		}
	}
}

/* --- damage ---------------------------------------------------------------- */

enum damage {
	DAMAGE_FLIPPED,
	DAMAGE_CUT,
	DAMAGE_ZEROES,
	DAMAGE_GONE,
	DAMAGE_OLDER,
	DAMAGES,
};

static void damage_copy(const struct change_row *row, unsigned int copy, enum damage how)
{
	char name[STORE_NAME_SIZE];
	u8 record[DISK_FILE_MAX];
	struct disk_file *file;
	size_t length;

	store_copy_name(row->kind, copy, name);
	file = disk_find(disk.seen, name);
	must(file);
	switch (how) {
	case DAMAGE_FLIPPED:
		file->data[sizeof(struct svcgate_record)] ^= 1;
		break;
	case DAMAGE_CUT:
		file->length /= 2;
		break;
	case DAMAGE_ZEROES:
		memset(file->data, 0, file->length);
		break;
	case DAMAGE_GONE:
		file->exists = false;
		break;
	case DAMAGE_OLDER:
		length = disk_record(row->kind, 1, row->before, row->length, record);
		disk_put(name, record, length);
		break;
	case DAMAGES:
		break;
	}
	memcpy(disk.durable, disk.seen, sizeof(disk.durable));
}

static u16 cut_change(TESTED, const struct change_row *row, int step, bool kept)
{
	u16 answered;

	begin(_metadata, row, false);
	disk.cut_at = step;
	answered = offer(row, row->new);
	end();
	disk_restart(kept);
	return answered;
}

TEST(P5_P6_cut_at_any_step_and_one_copy_damaged)
{
	const struct change_row *row;
	u16 answered;
	unsigned int i, n;
	int step, how;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		for (step = 0; step < STEPS_MAX; step++) {
			for (n = 0; n < DAMAGES * 4; n++) {
				how = n % DAMAGES;
				answered = cut_change(_metadata, row, step, n / DAMAGES & 1);
				damage_copy(row, n / DAMAGES / 2, how);
				expect_promise(_metadata, row, answered, found(row));
				/* Both copies have it again; the damage is no way back. */
				damage_copy(row, !(n / DAMAGES / 2), how);
				expect_promise(_metadata, row, answered, found(row));
			}
		}
	}
}

/* Nothing can be said of what was: locked, and a change makes it whole again. */
TEST(P2_P6_cut_at_any_step_and_both_copies_damaged)
{
	const struct change_row *row;
	unsigned int i, n;
	int step;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		for (step = 0; step < STEPS_MAX; step++) {
			for (n = 0; n < DAMAGE_OLDER * 2; n++) {
				(void)cut_change(_metadata, row, step, n & 1);
				damage_copy(row, 0, n / 2);
				damage_copy(row, 1, n / 2);
				EXPECT_EQ('-', found(row));
				start(false);
				EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
				end();
				disk_restart(false);
				EXPECT_EQ('n', found(row));
			}
		}
	}
}

/* --- a disk that does not take it ------------------------------------------- */

TEST(P6_full_disk_is_not_stored_and_old_stays)
{
	const struct change_row *row;
	unsigned int i;
	int step;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		/* Room for either copy is missing. */
		for (step = 0; step < 2; step++) {
			begin(_metadata, row, false);
			disk.fail_at = step;
			disk.fail_to = INT32_MAX;
			disk.error = -ENOSPC;
			EXPECT_EQ(SVCGATE_DOOR_ABORT, offer(row, row->new));
			disk_restart(true);
			EXPECT_EQ('o', found(row));
			/* There is room again. */
			EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
			disk_restart(false);
			EXPECT_EQ('n', found(row));
			end();
		}
	}
}

/* Neither word would be true: nothing is said, until one is. */
TEST(P6_a_change_in_doubt_gets_no_answer_until_it_is_whole)
{
	const struct change_row *row;
	unsigned int i;
	int step;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		for (step = 3; step < 6; step++) {
			begin(_metadata, row, false);
			disk.fail_at = step;
			disk.fail_to = INT32_MAX;
			disk.error = -EIO;
			EXPECT_EQ(0, offer(row, row->new));
			ASSERT_NE(NULL, stage.process.change.message);
			/* It is due, and fails again. */
			stage.process.change.at = 0;
			ASSERT_EQ(0, rounds());
			EXPECT_EQ(0, answer());
			EXPECT_LT(0, door_change_due(&stage.process));
			disk.fail_at = -1;
			stage.process.change.at = 0;
			ASSERT_EQ(0, rounds());
			EXPECT_EQ(SVCGATE_DOOR_COMMIT, answer());
			EXPECT_EQ(0, answer());
			EXPECT_EQ(-1, door_change_due(&stage.process));
			end();
			disk_restart(false);
			EXPECT_EQ('n', found(row));
		}
	}
}

TEST(P6_a_change_in_doubt_is_the_next_openers)
{
	const struct change_row *row = &rows[1];

	begin(_metadata, row, false);
	disk.fail_at = 3;
	disk.fail_to = INT32_MAX;
	disk.error = -EIO;
	EXPECT_EQ(0, offer(row, row->new));
	/* Others are served meanwhile. */
	kernel_sends(SVCGATE_DOOR_REQUEST, 1, 0, 0, "", 0);
	EXPECT_EQ(SVCGATE_OP_OS_VERSION, parent_hears(PAIR_START).op);
	/* The port hangs up: what was in doubt is forgotten here. */
	shutdown(stage.kernel, SHUT_RDWR);
	ASSERT_EQ(0, rounds());
	EXPECT_EQ(-1, door_change_due(&stage.process));
	end();
	disk.fail_at = -1;
	start(false);
	EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
	end();
}

TEST(P6_without_a_store_nothing_is_committed)
{
	disk_clear();
	start(false);
	keeper.store.dir = -1;
	EXPECT_EQ(SVCGATE_DOOR_ABORT, offer(&rows[0], rows[0].new));
	end();
	stage.keeper = NULL;
	raise_stage();
	EXPECT_EQ(SVCGATE_DOOR_ABORT, offer(&rows[0], rows[0].new));
	end();
	EXPECT_EQ(0, disk.steps);
}

TEST(equal_content_is_not_written_twice)
{
	const struct change_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		begin(_metadata, row, false);
		EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->old));
		EXPECT_EQ(0, disk.writes);
		end();
	}
}

/* --- what breaks the contract ------------------------------------------------ */

TEST(change_that_breaks_the_contract)
{
	static const u8 content[4096] = { MODULE1 };
	static const struct {
		struct svcgate_change change;
		size_t length;
	} bad[] = {
		{ { .record = 0 }, 10 },
		{ { .record = 4 }, 10 },
		{ { .record = 255 }, 10 },
		{ { .record = SVCGATE_RECORD_KEYSTORE }, 0 },
		{ { .record = SVCGATE_RECORD_KEYSTORE, .zero = 1 }, 10 },
		{ { .record = SVCGATE_RECORD_KEYSTORE, .state = 3 }, 10 },
		{ { .record = SVCGATE_RECORD_STATE, .state = MODULE1 }, 0 },
		{ { .record = SVCGATE_RECORD_STATE, .state = MODULE1 }, 2 },
		{ { .record = SVCGATE_RECORD_STATE, .state = COMPLETE }, 1 },
	};
	unsigned int i;
	u8 kind;

	disk_clear();
	start(false);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		offer_raw(&bad[i].change, content, bad[i].length);
		EXPECT_EQ(SVCGATE_DOOR_ABORT, answer()) TH_LOG("row %u", i);
	}
	for (i = 0; i < sizeof(struct svcgate_change); i++) {
		kernel_sends(SVCGATE_DOOR_CHANGE, 0, 0, 0, content, i);
		EXPECT_EQ(SVCGATE_DOOR_ABORT, answer());
	}
	EXPECT_EQ(0, disk.steps);
	EXPECT_EQ(1, store_is_fresh(&disk_store, &kind, &i));
	end();
}

/* The longest record that there is, on a real file system. */
TEST(longest_change)
{
	static u8 content[2 * SVCGATE_MESSAGE_MAX];
	const size_t length = svcgate_record_content_max(SVCGATE_RECORD_KEYSTORE);
	static const struct helper_ops files = {
		.file_read = files_read,
		.file_write = files_write,
		.file_rename = files_rename,
		.file_remove = files_remove,
		.dir_sync = files_sync_dir,
	};
	const struct svcgate_change change = { .record = SVCGATE_RECORD_KEYSTORE };
	char path[] = "/tmp/svcgate-change.XXXXXX", name[sizeof(path) + STORE_NAME_SIZE];
	struct store_entry entry;
	unsigned int i;

	ASSERT_NE(NULL, mkdtemp(path));
	start(false);
	keeper.store = (struct store){ .ops = &files, .sha256 = test_sha256 };
	keeper.store.dir = open(path, O_RDONLY | O_DIRECTORY);
	ASSERT_LE(0, keeper.store.dir);
	for (i = 0; i < sizeof(content); i++)
		content[i] = i * 7;
	ASSERT_GE(sizeof(content), sizeof(change) + length + 1);
	offer_raw(&change, content, length);
	EXPECT_EQ(SVCGATE_DOOR_COMMIT, answer());
	ASSERT_EQ(0, store_load(&keeper.store, SVCGATE_RECORD_KEYSTORE, &entry));
	ASSERT_EQ(length, entry.content_length);
	EXPECT_EQ(0, memcmp(content, entry.content, length));
	store_entry_free(&entry);
	offer_raw(&change, content, length + 1);
	EXPECT_EQ(SVCGATE_DOOR_ABORT, answer());
	close(keeper.store.dir);
	for (i = 0; i < STORE_COPIES; i++) {
		snprintf(name, sizeof(name), "%s/keystore.%u", path, i);
		EXPECT_EQ(0, unlink(name));
	}
	/* Nothing else is left. */
	EXPECT_EQ(0, rmdir(path));
	end();
}

TEST_HARNESS_MAIN
