// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What root on the device tells and loads by netlink: floors that a state backend
 * counted, before the seal; keystores and capability files, after it, with the same
 * checks as from a port (P2, P5, P6, P8).
 */
#include <errno.h>
#include <linux/capability.h>
#include <sys/wait.h>
#include <unistd.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define OS_VERSION	SVCGATE_OP_OS_VERSION

FIXTURE(load)
{
	struct rig rig;
	struct change change;
	u64 number;
	u16 detail;
};

FIXTURE_SETUP(load)
{
}

FIXTURE_TEARDOWN(load)
{
	vm_clean();
}

static int start(FIXTURE_DATA(load) *self, const struct file *stored)
{
	struct rig_device device = {
		.state = COMPLETE, .keystore = keystore(), .stored = stored,
	};
	int r = rig_load(&device);

	return r ? r : rig_open(&self->rig);
}

static int start_open(const struct file *trust)
{
	return rig_load(&(struct rig_device){
		.state = COMPLETE, .keystore = trust, .open = true });
}

TEST_F(load, P2_only_after_the_seal)
{
	ASSERT_EQ(0, start_open(keystore()));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	EXPECT_EQ(-EPERM, change_load_keystore(keystore(.version = 11), &self->number));
	EXPECT_EQ(-EPERM, change_load_capability(capability(.mask = FS), &self->number));
	EXPECT_EQ(-EPERM, change_load_keystore(keystore(), &self->number));
	ASSERT_EQ(0, rig_seal());
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(10, change_info().keystore_version);
	EXPECT_EQ(DONE, change_load_keystore(keystore(), &self->number));
	EXPECT_EQ(0, self->number);
	rig_close(&self->rig);
}

TEST_F(load, P2_needs_CAP_SYS_ADMIN)
{
	pid_t child;
	int status;

	ASSERT_EQ(0, start(self, NULL));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	child = fork();
	if (!child) {
		if (rig_drop(BIT_ULL(CAP_SYS_ADMIN)) ||
		    change_load_keystore(keystore(.version = 11), &self->number) != -EPERM ||
		    change_load_keystore(keystore(), &self->number) != -EPERM ||
		    change_load_capability(capability(.mask = FS), &self->number) != -EPERM)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(0, change_info().change);
	rig_close(&self->rig);
}

TEST_F(load, P2_no_door_no_change)
{
	const struct file *file = capability(.mask = FS);

	ASSERT_EQ(0, start(self, file));
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER,
		  change_load_capability(capability(.mask = 0), &self->number));
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER,
		  change_load_keystore(keystore(.version = 11, .revoked = "\x01"),
				       &self->number));
	EXPECT_EQ(0, self->number);
	EXPECT_EQ(FS, change_in_force(&self->rig, NULL));
	EXPECT_EQ(FS, change_in_force(&self->rig, file));
	EXPECT_EQ(0, change_info().change | change_info().change_ended);
	/* What is so already needs none. */
	EXPECT_EQ(DONE, change_load_capability(file, &self->number));
	EXPECT_EQ(0, self->number);
	rig_close(&self->rig);
}

TEST_F(load, P6_in_force_when_it_is_durable)
{
	const struct file *file = capability(.mask = FS), *next = keystore(.version = 11);
	struct rig *rig = &self->rig;
	struct vm_event event;
	int events;

	ASSERT_EQ(0, start(self, NULL));
	ASSERT_EQ(0, rig_open_door(rig));
	events = vm_events_open();
	ASSERT_GE(events, 0);
	ASSERT_EQ(DONE, change_load_capability(file, &self->number));
	EXPECT_EQ(1, self->number);
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(1, change_info().change);
	EXPECT_EQ(0, change_info().change_ended);
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_is_capability(&self->change, file));
	EXPECT_EQ(1, self->change.head.number);
	EXPECT_EQ(1, change_info().change);
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_TRUE(host_ping(&rig->host));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(0, change_info().change);
	EXPECT_EQ(1, change_info().change_ended);
	EXPECT_EQ(DONE, change_info().change_reason);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_CHANGED, &event));
	EXPECT_EQ(DONE, event.reason);
	EXPECT_EQ(SVCGATE_RECORD_CAPABILITY, event.detail);

	ASSERT_EQ(DONE, change_load_keystore(next, &self->number));
	EXPECT_EQ(2, self->number);
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_is_record(&self->change, SVCGATE_RECORD_KEYSTORE, next->data,
				     next->length));
	EXPECT_EQ(10, change_info().keystore_version);
	ASSERT_EQ(0, change_abort(rig, 2));
	EXPECT_EQ(10, change_info().keystore_version);
	EXPECT_EQ(2, change_info().change_ended);
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_info().change_reason);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_CHANGED, &event));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, event.reason);
	EXPECT_EQ(SVCGATE_RECORD_KEYSTORE, event.detail);
	close(events);
	rig_close(rig);
}

/* What it takes is gone at once on every port; no host hears an answer. */
TEST_F(load, P8_ends_what_runs)
{
	struct rig *rig = &self->rig;
	struct svcgate_door running;

	ASSERT_EQ(0, start(self, capability(.mask = FS)));
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(0, rig_admit(rig, OS_VERSION, &running));
	ASSERT_EQ(DONE, change_load_capability(capability(.mask = 0), &self->number));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &running, SVCGATE_REASON_END_PERMISSION));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	ASSERT_EQ(0, change_commit(rig, self->number));
	EXPECT_TRUE(host_ping(&rig->host));
	rig_close(rig);
}

TEST_F(load, P4_same_checks_as_from_a_port)
{
	const struct {
		int reason;
		const struct file *file;
	} capabilities[] = {
		{ SVCGATE_REASON_DEVICE, capability(.mask = FS, .device = signed_other_device) },
		{ SVCGATE_REASON_UNKNOWN_KEY, capability(.mask = FS, .signer = "unknown") },
		{ SVCGATE_REASON_GRANT, capability(.mask = AD, .signer = "narrow") },
		{ SVCGATE_REASON_EPOCH, capability(.mask = FS, .epoch_below = 1) },
		{ SVCGATE_REASON_SUPERSEDED, capability(.mask = FS, .generation_below = 1) },
		{ SVCGATE_REASON_STATE, capability(.mask = FS, .states = 1 << BLANK) },
		{ SVCGATE_REASON_NO_SIDELOAD, capability(.mask = FS, .no_sideload = true) },
		{ SVCGATE_REASON_KIND, keystore(.version = 11) },
	}, keystores[] = {
		{ SVCGATE_REASON_KEYSTORE_VERSION, keystore(.version = 9) },
		{ SVCGATE_REASON_KEYSTORE_EPOCH, keystore(.version = 11, .epoch = 2) },
		{ SVCGATE_REASON_UNKNOWN_KEY, keystore(.version = 11, .signer = "unknown") },
		{ SVCGATE_REASON_PURPOSE, keystore(.version = 11, .signer = "capability") },
		{ SVCGATE_REASON_KEYSTORE_JUMP, keystore(.version = 0x10000000) },
		{ SVCGATE_REASON_KIND, capability(.mask = FS, .signer = "root") },
	};
	unsigned int i;

	ASSERT_EQ(0, start(self, capability(.mask = RF)));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	for (i = 0; i < ARRAY_SIZE(capabilities); i++) {
		EXPECT_EQ(capabilities[i].reason,
			  change_load_capability(capabilities[i].file, &self->number));
		EXPECT_EQ(0, self->number);
	}
	for (i = 0; i < ARRAY_SIZE(keystores); i++) {
		EXPECT_EQ(keystores[i].reason,
			  change_load_keystore(keystores[i].file, &self->number));
		EXPECT_EQ(0, self->number);
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(RF, change_in_force(&self->rig, NULL));
	rig_close(&self->rig);
}

/* A state backend has counted: the store may have lost what it likes. */
TEST_F(load, P5_no_keystore_below_the_floors)
{
	ASSERT_EQ(0, start_open(NULL));
	ASSERT_EQ(0, change_set_floors(20, 5, 0));
	EXPECT_EQ(0, change_set_floors(10, 6, 0));
	EXPECT_EQ(0, change_set_floors(0, 0, 0));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION,
		  rig_verdict(keystore(.version = 19, .epoch = 6), true, NULL));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_EPOCH,
		  rig_verdict(keystore(.version = 20, .epoch = 5), true, NULL));

	/* Nor does a port bring one in. */
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION,
		  change_ask_keystore(&self->rig, keystore(.version = 19, .epoch = 6)));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_EPOCH,
		  change_load_keystore(keystore(.version = 20, .epoch = 5), &self->number));
	ASSERT_EQ(CHANGE_BEGUN,
		  change_ask_keystore(&self->rig, keystore(.version = 20, .epoch = 6)));
	EXPECT_EQ(DONE, change_store(&self->rig));
	EXPECT_EQ(20, change_info().keystore_version);
	rig_close(&self->rig);
}

TEST_F(load, P5_generation_that_was_counted)
{
	const struct file *old = capability(.mask = FS), *same = capability(.mask = RF,
									    .generation = 7);
	struct svcgate_capability_list list;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start_open(NULL));
	ASSERT_EQ(0, change_set_floors(0, 0, 7));
	EXPECT_EQ(7, change_info().generation);
	ASSERT_EQ(DONE, rig_verdict(keystore(), true, NULL));
	/* What a backend counted last is above what the store still has. */
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED, rig_verdict(old, false, NULL));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(rig));
	ASSERT_EQ(0, rig_open_door(rig));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED, change_ask_capability(rig, old));
	EXPECT_EQ(RF, change_in_force(rig, same));
	ASSERT_EQ(DONE, change_list(rig, capability(.mask = FS, .generation = 7), &list));
	EXPECT_EQ(7, list.generation);
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED, list.sideloaded_reason);
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, same));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(7, self->change.what.generation);
	ASSERT_EQ(0, change_commit(rig, 1));
	rig_close(rig);
}

TEST_F(load, P5_floors_come_first)
{
	ASSERT_EQ(0, rig_load(&(struct rig_device){ .nameless = true }));
	EXPECT_EQ(-EINVAL, change_set_floors(1, 1, 1));
	ASSERT_EQ(0, start_open(keystore()));
	EXPECT_EQ(-EINVAL, change_set_floors(20, 0, 9));
	EXPECT_EQ(-EINVAL, change_set_floors(0, SIGNED_EPOCH + 1, 9));
	EXPECT_EQ(0, change_info().generation);
	/* A helper that init started again says what it said before. */
	EXPECT_EQ(0, change_set_floors(10, SIGNED_EPOCH, 9));
	EXPECT_EQ(9, change_info().generation);
	EXPECT_EQ(DONE, rig_verdict(keystore(.version = 11), true, NULL));
	ASSERT_EQ(0, rig_seal());
	EXPECT_EQ(-EPERM, change_set_floors(20, 0, 0));
	EXPECT_EQ(-EPERM, change_set_floors(0, 0, 0));
	ASSERT_EQ(0, start_open(NULL));
	ASSERT_EQ(0, rig_seal());
	EXPECT_EQ(-EPERM, change_set_floors(20, 0, 0));
}

TEST_HARNESS_MAIN
