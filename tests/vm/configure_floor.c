// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module with a floor compiled in: version 50 and epoch 4, in
 * /lib/modules/svcgate-floor.ko. However much the store has lost, nothing older
 * comes in (P5).
 */
#include <errno.h>
#include <stdlib.h>

#include "rig.h"
#include "kselftest_harness.h"

#define FLOOR_MODULE	"/lib/modules/svcgate-floor.ko"
#define FLOOR_VERSION	50
#define FLOOR_EPOCH	4

FIXTURE(floor)
{
	struct rig rig;
};

FIXTURE_SETUP(floor)
{
	struct rig_device device = { .open = true, .stateless = true };

	ASSERT_EQ(0, setenv("SVCGATE_KO", FLOOR_MODULE, 1));
	ASSERT_EQ(0, rig_load(&device));
}

FIXTURE_TEARDOWN(floor)
{
	vm_clean();
}

TEST_F(floor, P5_first_keystore_is_not_below_the_floor)
{
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION,
		  rig_verdict(keystore(.version = FLOOR_VERSION - 1, .epoch = FLOOR_EPOCH),
			      true, NULL));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION,
		  rig_verdict(keystore(.version = 1, .epoch = 0xffffffff), true, NULL));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_EPOCH,
		  rig_verdict(keystore(.version = 0xffffffff, .epoch = FLOOR_EPOCH - 1),
			      true, NULL));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  rig_verdict(keystore(.version = FLOOR_VERSION, .epoch = FLOOR_EPOCH),
			      true, NULL));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION,
		  rig_verdict(keystore(.version = FLOOR_VERSION - 1, .epoch = FLOOR_EPOCH),
			      true, NULL));
}

TEST_F(floor, P2_without_keystore_the_floor_opens_nothing)
{
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION, rig_verdict(keystore(), true, NULL));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE,
		  ask(&self->rig, SVCGATE_OP_STATE_SHOW, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, SVCGATE_OP_IDENTIFY));
	rig_close(&self->rig);
}

TEST_HARNESS_MAIN
