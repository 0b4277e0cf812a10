// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of trust and the state backend: the record first, then state and
 * counters, then COMMIT, and the power cut between any two of them.
 */
#include "helper_change.h"

/* More than any change has: a record, the state's byte, twelve bits, syncs. */
#define STEPS_MAX	32

static u8 cell_state(void)
{
	struct backend_view view;

	backend_look(&keeper.backend, &view);
	must(view.condition == BACKEND_MARKED);
	return view.state;
}

/* No counter is above what the change brings, nor below what was there. */
static void expect_floors(TESTED, const struct change_row *row, bool all)
{
	u32 floors[BACKEND_FLOORS], least;
	unsigned int i;

	ASSERT_EQ(0, backend_read_floors(&keeper.backend, floors));
	for (i = 0; i < BACKEND_FLOORS; i++) {
		least = row->floors[i] - (!all && i != BACKEND_FLOOR_EPOCH);
		EXPECT_LE(floors[i], row->floors[i]);
		EXPECT_GE(floors[i], least);
	}
}

static u8 state_after(const struct change_row *row, char is)
{
	if (row->kind != SVCGATE_RECORD_STATE)
		return row->state;
	return (u8)(is == 'n' ? *row->new : *row->old);
}

TEST(P5_P6_cells_are_advanced_before_the_answer)
{
	const struct change_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		begin(_metadata, row, true);
		expect_floors(_metadata, row, false);
		disk.cell_writes = 0;
		EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
		printf("# a change of the %s record: %d files, %d bytes of cells written\n",
		       store_item_name(row->kind), disk.writes, disk.cell_writes);
		fflush(stdout);
		end();
		disk_restart(false);
		expect_floors(_metadata, row, true);
		EXPECT_EQ(state_after(row, 'n'), cell_state());
		EXPECT_EQ('n', found(row));
	}
}

TEST(P5_P6_power_cut_between_record_cells_and_answer)
{
	const struct change_row *row;
	unsigned int i, step, n;
	u16 answered;
	char is;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		for (step = 0; step < STEPS_MAX; step++) {
			for (n = 0; n < 8; n++) {
				begin(_metadata, row, true);
				disk.cut_at = step;
				disk.tear = (n >> 1) * 0x55;
				answered = offer(row, row->new);
				end();
				disk_restart(n & 1);
				is = found(row);
				EXPECT_TRUE(is == 'o' || is == 'n');
				/* A counter ahead of its record would lock it out. */
				expect_floors(_metadata, row, false);
				if (is == 'o') {
					EXPECT_NE(SVCGATE_DOOR_COMMIT, answered);
					EXPECT_EQ(state_after(row, 'o'), cell_state());
				}
				EXPECT_LE(cell_state(), state_after(row, is));
				/* The change, asked for again, brings all of it up. */
				start(true);
				EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
				end();
				disk_restart(false);
				expect_floors(_metadata, row, true);
				EXPECT_EQ(state_after(row, 'n'), cell_state());
			}
		}
	}
}

TEST(P6_helper_killed_between_record_cells_and_answer)
{
	const struct change_row *row;
	unsigned int i, step;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		for (step = 0; step < STEPS_MAX; step++) {
			begin(_metadata, row, true);
			disk.cut_at = step;
			disk.tear = 0xff;
			(void)offer(row, row->new);
			end();
			disk.cut_at = -1;
			start(true);
			EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
			end();
			disk_restart(false);
			EXPECT_EQ('n', found(row));
			expect_floors(_metadata, row, true);
			EXPECT_EQ(state_after(row, 'n'), cell_state());
		}
	}
}

/* The record is durable, so "not stored" would be a lie. */
TEST(P6_cell_that_fails_does_not_undo_the_record)
{
	const struct change_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		begin(_metadata, row, true);
		disk.cell_error = -EIO;
		EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(row, row->new));
		end();
		disk_restart(false);
		EXPECT_EQ('n', found(row));
	}
}

/* Nothing that could not be stored may be counted. */
TEST(P5_P6_change_that_is_not_stored_leaves_the_cells_alone)
{
	const struct change_row *row;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		row = &rows[i];
		begin(_metadata, row, true);
		disk.cell_writes = 0;
		disk.fail_at = 0;
		disk.fail_to = 4;
		disk.error = -ENOSPC;
		EXPECT_EQ(SVCGATE_DOOR_ABORT, offer(row, row->new));
		EXPECT_EQ(0, disk.cell_writes);
		end();
	}
}

/* A cell that the factory has not written means DeviceComplete already. */
TEST(P5_unmarked_cell_is_left_to_the_factory)
{
	disk_clear();
	start(true);
	EXPECT_EQ(SVCGATE_DOOR_COMMIT, offer(&rows[0], rows[0].new));
	EXPECT_EQ(0, disk.cells[CELL_STATE]);
	end();
}

TEST_HARNESS_MAIN
