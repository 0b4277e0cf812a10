// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Durable changes from a port are bounded: flash wears out, and whoever has two
 * valid files could alternate them for ever (P9).
 */
#include <errno.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define MODULE1		SVCGATE_STATE_MODULE1_COMPLETE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define RATE		SVCGATE_REASON_CHANGE_RATE
#define BURST		SVCGATE_CHANGE_BURST
#define PERIOD_MS	(SVCGATE_CHANGE_PERIOD * 1000)

/* What the bucket of a port gives at most; RIG_BUCKET() says why the two seconds. */
#define MOST(began)	(BURST + (vm_now() - (began) + 2000) / PERIOD_MS)

FIXTURE(rate)
{
	struct rig rig;
	struct change change;
	int64_t began;
};

FIXTURE_SETUP(rate)
{
	struct rig_device device = { .state = COMPLETE, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	self->began = vm_now();
	ASSERT_EQ(0, rig_open_door(&self->rig));
}

FIXTURE_TEARDOWN(rate)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* Two files that both are valid, so that each is a change. */
static const struct file *file_number(unsigned int i)
{
	static const struct file *files[2];

	if (!files[i % 2])
		files[i % 2] = capability(.mask = FS, .serial = (u8)(1 + i % 2));
	return files[i % 2];
}

/* Alternate files until the bucket is empty. Return: how many changes began. */
static unsigned int drain(struct rig *rig)
{
	unsigned int begun = 0;

	while (change_ask_capability(rig, file_number(begun)) == CHANGE_BEGUN &&
	       change_store(rig) == DONE)
		begun++;
	return begun;
}

TEST_F(rate, P9_burst_then_change_rate)
{
	const struct file *blank = capability(.mask = 0, .generation = 9);
	struct rig *rig = &self->rig;
	unsigned int begun = drain(rig), i;

	EXPECT_GE(begun, BURST);
	EXPECT_LE(begun, MOST(self->began));
	/* The last one is stored: it needs no change. */
	EXPECT_EQ(DONE, change_ask_capability(rig, file_number(begun - 1)));
	/* Kept over sessions, and what is refused takes nothing. */
	for (i = 0; i < 4; i++) {
		ASSERT_TRUE(host_hello(&rig->host));
		if (change_ask_capability(rig, file_number(begun)) == CHANGE_BEGUN) {
			begun++;
			EXPECT_EQ(DONE, change_store(rig));
		}
	}
	EXPECT_LE(begun, MOST(self->began));
	begun += drain(rig);
	if (change_ask_capability(rig, blank) == RATE)
		EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_LE(begun, MOST(self->began));
	EXPECT_EQ(begun, change_info().change_ended);
}

/* One period later there is one more. */
TEST_F_TIMEOUT(rate, P9_one_more_in_a_period, VM_LONG)
{
	struct rig *rig = &self->rig;
	unsigned int begun = drain(rig);
	int verdict;

	EXPECT_TRUE(VM_UNTIL((verdict = change_ask_capability(rig, file_number(begun))) !=
			     RATE));
	EXPECT_EQ(CHANGE_BEGUN, verdict);
	EXPECT_LE(begun + 1, MOST(self->began));
	EXPECT_EQ(DONE, change_store(rig));
}

TEST_F(rate, P9_each_port_has_its_own)
{
	struct rig other, *rig = &self->rig;
	unsigned int here = drain(rig), there;
	int64_t began;

	ASSERT_EQ(0, rig_open(&other));
	began = vm_now();
	ASSERT_EQ(0, rig_open_door(&other));
	/* The stored one is one of the two, so that one may be done without a change. */
	EXPECT_EQ(DONE, change_ask_capability(&other, file_number(here - 1)));
	if (here % 2) {
		ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(&other, file_number(here)));
		EXPECT_EQ(DONE, change_store(&other));
	}
	there = here % 2 + drain(&other);
	EXPECT_GE(there, BURST);
	EXPECT_LE(there, MOST(began));
	EXPECT_EQ(here + there, change_info().change_ended);
	rig_close(&other);
}

/* A flood by somebody who does not wait for answers to be read, either. */
TEST_F_TIMEOUT(rate, P9_flood_of_valid_files, VM_LONG)
{
	struct rig *rig = &self->rig;
	unsigned int begun = 0, refused = 0, i;
	int verdict;

	for (i = 0; i < 200; i++) {
		verdict = change_ask_capability(rig, file_number(begun));
		EXPECT_TRUE(verdict == CHANGE_BEGUN || verdict == RATE);
		if (verdict != CHANGE_BEGUN) {
			refused++;
			continue;
		}
		begun++;
		EXPECT_EQ(DONE, change_store(rig));
	}
	EXPECT_GE(begun, BURST);
	EXPECT_LE(begun, MOST(self->began));
	EXPECT_EQ(200, begun + refused);
	EXPECT_EQ(begun, change_info().change_ended);
	/* And no signature was checked twice. */
	EXPECT_EQ(2, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

/* Only what becomes a change counts. */
TEST_F(rate, P9_what_is_refused_costs_nothing)
{
	const struct file *wrong = capability(.mask = FS, .device = signed_other_device);
	struct rig *rig = &self->rig;
	struct rig other;
	unsigned int i;

	for (i = 0; i < 2 * BURST; i++)
		EXPECT_EQ(SVCGATE_REASON_DEVICE, change_ask_capability(rig, wrong));
	rig_close_door(rig);
	for (i = 0; i < 2 * BURST; i++)
		EXPECT_EQ(SVCGATE_REASON_NO_HELPER, change_ask_capability(rig, file_number(0)));
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(0, rig_open(&other));
	ASSERT_EQ(0, rig_open_door(&other));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(&other, file_number(1)));
	for (i = 0; i < 2 * BURST; i++)
		EXPECT_EQ(SVCGATE_REASON_CHANGE_PENDING,
			  change_ask_capability(rig, file_number(0)));
	EXPECT_EQ(DONE, change_store(&other));
	EXPECT_GE(drain(rig), BURST);
	rig_close(&other);
}

/* One bucket for the three kinds; one that fails was tried. */
TEST_F(rate, P9_all_kinds_together)
{
	struct rig_device device = { .state = BLANK, .keystore = keystore() };
	struct rig *rig = &self->rig;
	unsigned int begun = 4;
	u32 version;

	rig_close(rig);
	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(rig));
	self->began = vm_now();
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	EXPECT_EQ(DONE, change_store(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_keystore(rig, keystore(.version = 11)));
	EXPECT_EQ(DONE, change_store(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, file_number(0)));
	EXPECT_EQ(DONE, change_store(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_keystore(rig, keystore(.version = 12)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 4));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 4));
	for (version = 13; version < 16; version++) {
		if (change_ask_keystore(rig, keystore(.version = version)) != CHANGE_BEGUN)
			continue;
		begun++;
		EXPECT_EQ(DONE, change_store(rig));
	}
	EXPECT_LE(begun, MOST(self->began));
	EXPECT_EQ(begun, change_info().change_ended);
}

/* Root knows what it does, and its updater must not wait. */
TEST_F(rate, P9_root_is_not_bounded)
{
	struct rig *rig = &self->rig;
	unsigned int i;
	u64 number;

	drain(rig);
	for (i = 0; i < 4 * BURST; i++) {
		ASSERT_EQ(DONE, change_load_capability(capability(.mask = FS,
								  .serial = (u8)(10 + i)),
						       &number));
		ASSERT_EQ(0, change_read(rig, &self->change));
		EXPECT_EQ(number, self->change.head.number);
		ASSERT_EQ(0, change_commit(rig, number));
	}
}

TEST_HARNESS_MAIN
