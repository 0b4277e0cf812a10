// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state backend: each byte that its cell can have against each record that
 * the store can have, bits that are never taken back, counters that are cut.
 */
#include "configure.h"
#include "helper_disk.h"
#include "provision.h"

#define B	SVCGATE_STATE_BLANK
#define M	SVCGATE_STATE_MODULE1_COMPLETE
#define D	SVCGATE_STATE_DEVICE_COMPLETE

static int told;
static int told_times;

static int gate_set_state(void *context, u8 state)
{
	told = state;
	told_times++;
	return 0;
}

static struct helper_ops ops;
static const struct store store = { .ops = &ops, .sha256 = test_sha256 };
static struct backend backend;

static void begin(u8 byte)
{
	ops = disk_ops;
	ops.gate_set_state = gate_set_state;
	disk_clear();
	backend = disk_backend(&ops, true);
	cell_put(CELL_STATE, byte);
	told = -1;
	told_times = 0;
}

/* What the store has: a record with one of the states, or none to be used. */
enum record {
	RECORD_BLANK,
	RECORD_MODULE1,
	RECORD_COMPLETE,
	RECORD_DAMAGED,
	RECORD_MISSING,
	RECORDS,
};

static void put_record(enum record record)
{
	u8 bytes[DISK_FILE_MAX], state = record;
	size_t length;

	if (record == RECORD_MISSING)
		return;
	if (record == RECORD_DAMAGED)
		state = B;
	length = disk_record(SVCGATE_RECORD_STATE, 4, &state, 1, bytes);
	if (record == RECORD_DAMAGED)
		bytes[length - 1] ^= 1;
	disk_put("state.0", bytes, length);
	disk_put("state.1", bytes, length);
}

static int start(TESTED)
{
	told = -1;
	EXPECT_EQ(0, configure_state(&store, &backend));
	return told;
}

/*
 * By hand, from DESIGN: without the factory mark it is DeviceComplete; with it
 * the further of record and cell, where 10 counts as 11; no record that can be
 * used is DeviceComplete, also when the cell says Blank.
 */
static const u8 in_force[2][4][RECORDS] = {
	/* bit 7 clear       Blank Module1 Complete damaged missing */
	{
		/* 00 */	{ D,  D,      D,       D,      D },
		/* 01 */	{ D,  D,      D,       D,      D },
		/* 10 */	{ D,  D,      D,       D,      D },
		/* 11 */	{ D,  D,      D,       D,      D },
	},
	/* bit 7 set         Blank Module1 Complete damaged missing */
	{
		/* 00 */	{ B,  M,      D,       D,      D },
		/* 01 */	{ M,  M,      D,       D,      D },
		/* 10 */	{ D,  D,      D,       D,      D },
		/* 11 */	{ D,  D,      D,       D,      D },
	},
};

TEST(P2_P5_each_byte_of_the_cell_and_each_record)
{
	unsigned int byte, record;
	int wanted;

	for (byte = 0; byte < 256; byte++) {
		for (record = 0; record < RECORDS; record++) {
			begin(byte);
			put_record(record);
			wanted = in_force[byte >> 7][byte & 3][record];
			EXPECT_EQ(wanted, start(_metadata))
				TH_LOG("byte %02x, record %u", byte, record);
			EXPECT_EQ(1, told_times);
			/* What was mended says the same; no bit is lost, no mark made. */
			EXPECT_EQ(byte, disk.cells[CELL_STATE] & byte);
			EXPECT_EQ(byte & 0x80, disk.cells[CELL_STATE] & 0x80);
			EXPECT_EQ(wanted, start(_metadata));
		}
	}
}

TEST(P2_unreadable_cell_is_DeviceComplete_whatever_the_record)
{
	unsigned int record;

	for (record = 0; record < RECORDS; record++) {
		begin(0x80);
		put_record(record);
		disk.cell_error = -ENXIO;
		EXPECT_EQ(D, start(_metadata));
		EXPECT_EQ(0, disk.steps);
	}
}

TEST(without_a_cell_the_record_alone_counts)
{
	static const u8 wanted[RECORDS] = { B, M, D, D, D };
	unsigned int record;

	for (record = 0; record < RECORDS; record++) {
		begin(0);
		backend = disk_backend(&ops, false);
		put_record(record);
		EXPECT_EQ(wanted[record], start(_metadata));
		EXPECT_EQ(0, disk.steps);
	}
}

TEST(P5_cell_and_record_mend_each_other)
{
	struct store_entry entry;

	/* The cell is behind. */
	begin(0x80);
	put_record(RECORD_COMPLETE);
	EXPECT_EQ(D, start(_metadata));
	EXPECT_EQ(0x83, disk.cells[CELL_STATE]);
	EXPECT_EQ(1, disk.cell_writes);
	EXPECT_EQ(0, disk.writes);

	/* The record is, and cannot come back from either copy. */
	begin(0x81);
	put_record(RECORD_BLANK);
	EXPECT_EQ(M, start(_metadata));
	EXPECT_EQ(0, disk.cell_writes);
	disk_restart(false);
	disk_put("state.0", "damaged", 7);
	ASSERT_EQ(0, store_load(&store, SVCGATE_RECORD_STATE, &entry));
	ASSERT_NE(NULL, entry.content);
	EXPECT_EQ(M, entry.content[0]);
	EXPECT_EQ(5, entry.number);
	store_entry_free(&entry);
}

TEST(P5_power_cut_at_any_step_of_mending_either)
{
	unsigned int step, kept, tear;

	for (step = 0; step < 8; step++) {
		for (kept = 0; kept < 2; kept++) {
			for (tear = 0; tear < 256; tear += 0x55) {
				begin(0x80);
				put_record(RECORD_COMPLETE);
				disk.cut_at = step;
				disk.tear = tear;
				EXPECT_EQ(D, start(_metadata));
				disk_restart(kept);
				EXPECT_EQ(D, start(_metadata));

				begin(0x81);
				put_record(RECORD_BLANK);
				disk.cut_at = step;
				EXPECT_EQ(M, start(_metadata));
				disk_restart(kept);
				EXPECT_EQ(M, start(_metadata));
			}
		}
	}
}

/* 00 to 11 is two bits, and either may be the one that got through. */
TEST(P5_torn_byte_and_the_record_is_lost)
{
	unsigned int tear;

	for (tear = 0; tear < 4; tear++) {
		begin(0x80);
		disk.cut_at = 0;
		disk.tear = tear;
		EXPECT_EQ(-EIO, backend_advance_state(&backend, D));
		disk_restart(true);
		EXPECT_EQ(0x80 | tear, disk.cells[CELL_STATE]);
		put_record(RECORD_COMPLETE);
		EXPECT_EQ(D, start(_metadata));
	}
}

TEST(P5_bits_are_only_ever_set)
{
	unsigned int byte;
	u8 state, after;

	for (byte = 0; byte < 256; byte++) {
		for (state = B; state <= D; state++) {
			begin(byte);
			EXPECT_EQ(0, backend_advance_state(&backend, state));
			after = disk.cells[CELL_STATE];
			EXPECT_EQ(byte, after & byte);
			/* Other bits and the mark are not its own. */
			EXPECT_EQ(byte & ~3, after & ~3);
			/* Nothing is written that is so, or is the factory's. */
			EXPECT_EQ(after != byte, disk.cell_writes);
			if (!(byte & 0x80)) {
				EXPECT_EQ(byte, after);
			}
		}
	}
}

/* A helper that died between the two leaves a bit that everybody sees. */
TEST(P6_byte_that_was_never_synced_is_synced_before_it_counts)
{
	begin(0x80);
	disk.cut_at = 1;
	EXPECT_EQ(-EIO, backend_advance_state(&backend, D));
	EXPECT_EQ(0x83, disk.cells[CELL_STATE]);
	disk.cut_at = -1;
	EXPECT_EQ(0, backend_advance_state(&backend, D));
	disk_restart(false);
	EXPECT_EQ(0x83, disk.cells[CELL_STATE]);
}

TEST(cell_that_takes_no_bit_is_told)
{
	begin(0x80);
	disk.deaf = true;
	EXPECT_EQ(-EIO, backend_advance_state(&backend, D));
	EXPECT_EQ(-EIO, backend_advance_floors(&backend, (u32[]){ 1, 0, 0 }));
	begin(0x00);
	disk.deaf = true;
	EXPECT_EQ(-EIO, backend_provision(&backend, B));
	/* The store says so, and the device goes on. */
	begin(0x80);
	disk.deaf = true;
	put_record(RECORD_COMPLETE);
	EXPECT_EQ(D, start(_metadata));
}

/* --- counters ---------------------------------------------------------------- */

static u32 counter(unsigned int which)
{
	u32 floors[BACKEND_FLOORS];

	if (backend_read_floors(&backend, floors))
		abort();
	return floors[which];
}

TEST(P5_counters_count_one_bit_after_the_other)
{
	unsigned int which, value, i;
	u32 floors[BACKEND_FLOORS];
	const u8 *bytes;

	for (which = 0; which < BACKEND_FLOORS; which++) {
		begin(0x80);
		bytes = disk.cells + CELL_FLOORS + which * CELL_COUNTER;
		for (value = 0; value <= CELL_COUNTER * 8; value++) {
			memset(floors, 0, sizeof(floors));
			floors[which] = value;
			ASSERT_EQ(0, backend_advance_floors(&backend, floors));
			EXPECT_EQ(value, counter(which));
			/* The lowest bits, and no other counter's. */
			for (i = 0; i < CELL_COUNTER * 8; i++)
				EXPECT_EQ(i < value, bytes[i / 8] >> i % 8 & 1);
			EXPECT_EQ(value, counter(0) + counter(1) + counter(2));
			EXPECT_EQ(value, disk.cell_writes);
		}
		EXPECT_EQ(0x80, disk.cells[CELL_STATE]);
	}
}

TEST(P5_counters_never_go_down)
{
	static const u32 high[BACKEND_FLOORS] = { 9, 17, 32 }, low[BACKEND_FLOORS] = { 1, 2, 3 };

	begin(0x80);
	ASSERT_EQ(0, backend_advance_floors(&backend, high));
	ASSERT_EQ(0, backend_advance_floors(&backend, low));
	EXPECT_EQ(9, counter(0));
	EXPECT_EQ(17, counter(1));
	EXPECT_EQ(32, counter(2));
}

TEST(P5_counter_stays_where_its_room_ends)
{
	static const u32 beyond[BACKEND_FLOORS] = { 33, UINT32_MAX, 0 };

	begin(0x80);
	EXPECT_EQ(0, backend_advance_floors(&backend, beyond));
	EXPECT_EQ(32, counter(0));
	EXPECT_EQ(32, counter(1));
	EXPECT_EQ(0, counter(2));
	/* Said once. */
	EXPECT_EQ(3, backend.told);
	disk.cell_writes = 0;
	EXPECT_EQ(0, backend_advance_floors(&backend, beyond));
	EXPECT_EQ(0, disk.cell_writes);
}

/* Bits in any order count; the next one goes where the lowest is missing. */
TEST(P5_counter_with_holes)
{
	begin(0x80);
	cell_put(CELL_FLOORS, 0xa5);
	cell_put(CELL_FLOORS + 3, 0x80);
	EXPECT_EQ(5, counter(0));
	EXPECT_EQ(0, backend_advance_floors(&backend, (u32[]){ 7, 0, 0 }));
	EXPECT_EQ(7, counter(0));
	EXPECT_EQ(0xaf, disk.cells[CELL_FLOORS]);
}

/* Cut at any bit, torn in any way: right or too low, and never below before. */
TEST(P5_counter_that_is_cut_is_never_too_high)
{
	static const u32 before[BACKEND_FLOORS] = { 3, 8, 0 }, after[BACKEND_FLOORS] = { 12, 9, 7 };
	unsigned int step, kept, tear, i;

	for (step = 0; step < 24; step++) {
		for (tear = 0; tear < 256; tear += 0x11) {
			for (kept = 0; kept < 2; kept++) {
				begin(0x80);
				ASSERT_EQ(0, backend_advance_floors(&backend, before));
				disk.steps = 0;
				disk.cut_at = step;
				disk.tear = tear;
				(void)backend_advance_floors(&backend, after);
				disk_restart(kept);
				for (i = 0; i < BACKEND_FLOORS; i++) {
					EXPECT_GE(counter(i), before[i]);
					EXPECT_LE(counter(i), after[i]);
				}
				EXPECT_EQ(0, backend_advance_floors(&backend, after));
				for (i = 0; i < BACKEND_FLOORS; i++)
					EXPECT_EQ(after[i], counter(i));
			}
		}
	}
}

/* --- provisioning on the device ----------------------------------------------- */

static int provision_state(u8 state)
{
	const struct options options = { .provision_state = state };

	return provision_store(&store, &backend, &options);
}

TEST(P2_P5_provisioning_is_for_a_cell_without_the_mark)
{
	struct backend_view view;
	unsigned int byte;
	u8 state;
	bool may;

	for (byte = 0; byte < 256; byte++) {
		for (state = B; state <= D; state++) {
			begin(byte);
			/* The mark is what counts, not whether the store is lost. */
			put_record(byte & 1 ? RECORD_COMPLETE : RECORD_MISSING);
			/* A bit that is set cannot be taken back for a lesser state. */
			may = !(byte & 0x80) && ((byte & 3) == 0 || state == D ||
						 (state == M && (byte & 3) == 1));
			EXPECT_EQ(may, !provision_state(state))
				TH_LOG("byte %02x, state %u", byte, state);
			if (!may) {
				EXPECT_EQ(0, disk.steps);
				continue;
			}
			EXPECT_EQ(0x80, disk.cells[CELL_STATE] & 0x80);
			EXPECT_EQ(byte, disk.cells[CELL_STATE] & byte);
			disk_restart(false);
			/* The cell says it by itself, before anything mends it. */
			backend_look(&backend, &view);
			EXPECT_EQ(BACKEND_MARKED, view.condition);
			EXPECT_EQ(state, view.state);
			EXPECT_EQ(state, start(_metadata));
			/* There is no second time. */
			EXPECT_EQ(-EEXIST, provision_state(state));
			EXPECT_EQ(-EEXIST, provision_state(B));
		}
	}
}

TEST(P2_provisioning_without_a_cell_is_for_an_empty_directory)
{
	begin(0);
	backend = disk_backend(&ops, false);
	EXPECT_EQ(0, provision_state(B));
	EXPECT_EQ(0, disk.cell_writes);
	EXPECT_EQ(-EEXIST, provision_state(B));
	begin(0);
	backend = disk_backend(&ops, false);
	put_record(RECORD_DAMAGED);
	EXPECT_EQ(-EEXIST, provision_state(B));
	EXPECT_EQ(0, disk.steps);
}

TEST(P2_provisioning_with_a_cell_that_cannot_be_used)
{
	begin(0);
	disk.cell_error = -EIO;
	EXPECT_EQ(-EIO, provision_state(B));
	begin(0);
	backend.state.fd = -1;
	backend.state.error = -ENOENT;
	EXPECT_EQ(-ENOENT, provision_state(B));
	begin(0);
	backend.state.read_only = true;
	EXPECT_EQ(-EROFS, provision_state(B));
	EXPECT_EQ(0, disk.steps);
}

/* Cut anywhere it is a locked device, and can be repeated until it is done. */
TEST(P2_P6_power_cut_at_any_step_of_provisioning)
{
	unsigned int step, kept, tear;
	bool done;

	for (step = 0; step < 12; step++) {
		for (tear = 0; tear < 256; tear += 0x55) {
			for (kept = 0; kept < 2; kept++) {
				begin(0);
				disk.cut_at = step;
				disk.tear = tear;
				done = !provision_state(M);
				disk_restart(kept);
				if (disk.cells[CELL_STATE] & 0x80) {
					/* The mark alone, without its state, is no danger. */
					EXPECT_EQ(M, start(_metadata));
					continue;
				}
				EXPECT_FALSE(done);
				EXPECT_EQ(D, start(_metadata));
				EXPECT_EQ(0, provision_state(M));
				disk_restart(false);
				EXPECT_EQ(M, start(_metadata));
			}
		}
	}
}

TEST_HARNESS_MAIN
