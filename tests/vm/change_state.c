// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The manufacturing state changes after the seal: forward only, when it is
 * durable, and what it ends is over before that (P5, P6, P8).
 */
#include <errno.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define MODULE1		SVCGATE_STATE_MODULE1_COMPLETE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define KEEP		SVCGATE_STATE_KEEP_CAPABILITY
#define DONE		SVCGATE_REASON_DONE
#define STORED		SVCGATE_REASON_CAPABILITY_STORED
#define PERMISSION	SVCGATE_REASON_END_PERMISSION

FIXTURE(state)
{
	struct rig rig;
	struct host *host;
	struct change change;
	u16 asked;
};

FIXTURE_SETUP(state)
{
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(state)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

static int start(FIXTURE_DATA(state) *self, u8 state, const struct file *stored)
{
	struct rig_device device = { .state = state, .keystore = keystore(), .stored = stored };
	int r = rig_load(&device);

	if (!r)
		r = rig_open(&self->rig);
	return r ? r : rig_open_door(&self->rig);
}

static bool is_state(const struct change *change, u8 state)
{
	return change_is_record(change, SVCGATE_RECORD_STATE, &state, 1) &&
	       change->what.state == state;
}

TEST_F(state, P6_answered_when_it_is_durable)
{
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, BLANK, capability(.mask = FS)));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(is_state(&self->change, MODULE1));
	EXPECT_EQ(1, self->change.head.number);
	EXPECT_EQ(10, self->change.what.version);
	EXPECT_EQ(SIGNED_EPOCH, self->change.what.epoch);
	EXPECT_EQ(SIGNED_GENERATION, self->change.what.generation);
	EXPECT_TRUE(rig_door_is_quiet(rig));

	/* Neither answered nor in force before COMMIT. */
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(BLANK, change_state(rig, NULL));
	EXPECT_EQ(BLANK, change_info().state);
	EXPECT_EQ(1, change_info().change);
	EXPECT_EQ(0, change_info().change_ended);
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_EQ(MODULE1, change_state(rig, NULL));
	EXPECT_EQ(MODULE1, change_info().state);
	EXPECT_EQ(0, change_info().change);
	EXPECT_EQ(1, change_info().change_ended);
	EXPECT_EQ(DONE, change_info().change_reason);

	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, KEEP));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(is_state(&self->change, COMPLETE));
	EXPECT_EQ(2, self->change.head.number);
	ASSERT_EQ(0, change_commit(rig, 2));
	EXPECT_EQ(DONE, change_answer(rig, self->host->transaction));
	EXPECT_EQ(COMPLETE, change_info().state);
}

/* A device in the factory needs neither a keystore nor a service. */
TEST_F(state, P2_state_changes_without_a_keystore)
{
	struct rig_device device = { .state = BLANK };
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(rig));
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(is_state(&self->change, COMPLETE));
	EXPECT_EQ(0, self->change.what.version | self->change.what.epoch |
		     self->change.what.generation);
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_EQ(COMPLETE, change_info().state);
}

/* Repeated meanwhile, it is acknowledged; afterwards the answer is kept. */
TEST_F(state, P6_repeated_request_begins_nothing)
{
	const u32 whole = sizeof(struct svcgate_request) + sizeof(struct svcgate_state_update);
	struct rig *rig = &self->rig;
	u8 byte = 0x15;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, 0, &byte, 1));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, whole, NULL));
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, whole, "data", 4));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, whole, NULL));
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_ACK, 0, 1, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, whole, NULL));
	EXPECT_EQ(DONE, change_store(rig));
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, 0, &byte, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

TEST_F(state, P8_what_the_old_state_gave_ends_when_the_change_begins)
{
	struct svcgate_door rf, fs;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	ASSERT_EQ(0, rig_admit(rig, SVCGATE_OP_RF_LIST, &rf));
	ASSERT_EQ(0, rig_admit(rig, SVCGATE_OP_OS_VERSION, &fs));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	self->asked = self->host->transaction;
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &rf, PERMISSION));
	EXPECT_EQ(-ESRCH, rig_answer(rig, &rf, 0, 0, NULL, 0));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(DONE, ask(rig, SVCGATE_OP_IDENTIFY));

	/* What both states give goes on. */
	EXPECT_EQ(0, rig_answer(rig, &fs, 0, 0, "1.0", 3));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, fs.transaction, 0, NULL));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
}

TEST_F(state, P8_to_DeviceComplete_everything_ends)
{
	const struct file *file = capability(.mask = FS);
	struct svcgate_door open, answered, end;
	struct rig *rig = &self->rig;
	struct host_frame frame;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	ASSERT_EQ(0, rig_admit(rig, SVCGATE_OP_OS_VERSION, &open));
	ASSERT_EQ(0, rig_admit(rig, SVCGATE_OP_LOG_SHOW, &answered));
	ASSERT_EQ(0, rig_answer(rig, &answered, SVCGATE_DOOR_MORE, 0, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 2, 0, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &open, PERMISSION));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_CLOSE, 2, 0, &frame));
	EXPECT_EQ(PERMISSION, svcgate_get_le16(frame.data));
	ASSERT_EQ(0, rig_read(rig, &end, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, end.kind);
	EXPECT_EQ(PERMISSION, end.reason);
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, SVCGATE_OP_STATE_SHOW));
	EXPECT_EQ(BLANK, change_state(rig, file));

	/* The request itself ends with its change, not with its permission. */
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 3));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(COMPLETE, change_state(rig, file));
}

TEST_F(state, P6_aborted_change_gives_nothing_and_takes)
{
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 1));
	EXPECT_EQ(BLANK, change_state(rig, NULL));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(1, change_info().change_ended);
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_info().change_reason);
	EXPECT_EQ(0, change_info().change);

	/* Neither given back by asking for what is so. */
	EXPECT_EQ(DONE, change_ask_state(rig, BLANK, 0));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(2, self->change.head.number);
	ASSERT_EQ(0, change_commit(rig, 2));
	EXPECT_EQ(DONE, change_answer(rig, self->host->transaction));
	EXPECT_EQ(MODULE1, change_state(rig, NULL));
	EXPECT_EQ(DONE, change_info().change_reason);
}

/* Locked by a change that failed, the device is opened by a file, and goes on. */
TEST_F(state, P6_aborted_finalization)
{
	const struct file *file = capability(.mask = FS);
	const struct svcgate_state_update complete = { COMPLETE, 0 };
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 1));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, change_ask_state(rig, COMPLETE, 0));
	EXPECT_EQ(BLANK, change_state(rig, file));
	ASSERT_EQ(CHANGE_BEGUN, change_ask(rig, &(struct host_request){
		.op = SVCGATE_OP_STATE_UPDATE, .credential = SECTION(file),
		.payload = { &complete, sizeof(complete) } }));
	EXPECT_EQ(DONE, change_store(rig));
	EXPECT_EQ(COMPLETE, change_state(rig, file));
}

TEST_F(state, P6_state_in_force_is_done_without_a_change)
{
	struct rig *rig = &self->rig;
	unsigned int i;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	for (i = 0; i < 2 * SVCGATE_CHANGE_BURST; i++)
		EXPECT_EQ(DONE, change_ask_state(rig, BLANK, i % 2 ? KEEP : 0));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	/* Not so any more, and not to be promised: another state is on its way. */
	EXPECT_EQ(SVCGATE_REASON_CHANGE_PENDING, change_ask_state(rig, BLANK, 0));
	EXPECT_EQ(SVCGATE_REASON_CHANGE_PENDING, change_ask_state(rig, COMPLETE, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, self->host->transaction - 2));
	EXPECT_EQ(DONE, change_ask_state(rig, MODULE1, 0));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

TEST_F(state, P5_never_backwards)
{
	const struct svcgate_state_update back[] = { { BLANK, 0 }, { MODULE1, KEEP } };
	const struct file *file = capability(.mask = FS | AD | RF);
	struct rig *rig = &self->rig;
	unsigned int i;

	ASSERT_EQ(0, start(self, MODULE1, NULL));
	EXPECT_EQ(SVCGATE_REASON_BACKWARDS, change_ask_state(rig, BLANK, 0));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	EXPECT_EQ(DONE, change_store(rig));
	for (i = 0; i < ARRAY_SIZE(back); i++)
		EXPECT_EQ(SVCGATE_REASON_BACKWARDS,
			  change_ask(rig, &(struct host_request){
				  .op = SVCGATE_OP_STATE_UPDATE, .credential = SECTION(file),
				  .payload = { &back[i], sizeof(back[i]) } }));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(COMPLETE, change_state(rig, file));
}

TEST_F(state, P10_payloads_of_the_wrong_form)
{
	static const u8 payloads[][4] = {
		{ 1, 1 }, { 1, 1, 0, 0 }, { 3, 0 }, { 255, 0 }, { 1, 2 }, { 1, 0x81 },
		{ 0, 4 }, { 3, 1 },
	};
	static const size_t lengths[] = { 1, 3, 2, 2, 2, 2, 2, 2 };
	struct rig *rig = &self->rig;
	struct host_request request = { .op = SVCGATE_OP_STATE_UPDATE };
	unsigned int i;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	EXPECT_EQ(SVCGATE_REASON_PAYLOAD, change_ask(rig, &request));
	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		request.payload = (struct host_bytes){ payloads[i], lengths[i] };
		EXPECT_EQ(SVCGATE_REASON_PAYLOAD, change_ask(rig, &request));
	}
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(BLANK, change_state(rig, NULL));
}

TEST_F(state, P5_finalization_with_a_stored_file_needs_keep)
{
	const struct file *file = capability(.mask = FS | RF);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, BLANK, file));
	EXPECT_EQ(STORED, change_ask_state(rig, COMPLETE, 0));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));

	/* Also from the state before, to which it does not matter. */
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	EXPECT_EQ(DONE, change_store(rig));
	EXPECT_EQ(STORED, change_ask_state(rig, COMPLETE, 0));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, KEEP));
	EXPECT_EQ(DONE, change_store(rig));
	EXPECT_EQ(COMPLETE, change_state(rig, NULL));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	EXPECT_EQ(DONE, change_ask_state(rig, COMPLETE, 0));
}

TEST_F(state, P5_finalization_with_a_blank_file_stored)
{
	ASSERT_EQ(0, start(self, BLANK, capability(.mask = 0)));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(&self->rig, COMPLETE, 0));
	EXPECT_EQ(DONE, change_store(&self->rig));
	EXPECT_EQ(COMPLETE, change_info().state);
}

/* What nobody can read now may be anything under another keystore. */
TEST_F(state, P5_finalization_with_a_stored_file_that_gives_nothing)
{
	const struct file *const files[] = {
		capability(.mask = FS, .signer = "unknown"),
		capability(.mask = 0, .signer = "unknown"),
		capability(.mask = FS, .epoch_below = 1),
		capability(.mask = FS, .states = 1 << MODULE1),
	};
	struct rig *rig = &self->rig;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		ASSERT_EQ(0, start(self, BLANK, files[i]));
		EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
		EXPECT_EQ(STORED, change_ask_state(rig, COMPLETE, 0));
		ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, KEEP));
		EXPECT_EQ(DONE, change_store(rig));
		rig_close(rig);
	}
	ASSERT_EQ(0, start(self, BLANK, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, KEEP));
}

TEST_F(state, P7_needs_fieldServicing_or_appDevelopment)
{
	const struct file *const files[] = {
		capability(.mask = FS), capability(.mask = AD), capability(.mask = RF),
	};
	const struct svcgate_state_update update = { COMPLETE, 0 };
	struct rig *rig = &self->rig;
	struct host_request request = {
		.op = SVCGATE_OP_STATE_UPDATE, .payload = { &update, sizeof(update) },
	};
	unsigned int i;

	ASSERT_EQ(0, start(self, COMPLETE, NULL));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, change_ask(rig, &request));
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		request.credential = (struct host_bytes)SECTION(files[i]);
		EXPECT_EQ(i < 2 ? DONE : SVCGATE_REASON_FORBIDDEN, change_ask(rig, &request));
	}
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

/* A file that counts in one of the two states only counts in neither. */
TEST_F(state, P4_files_must_count_in_both_states)
{
	const struct file *before = capability(.mask = AD, .states = 1 << BLANK);
	const struct file *after = capability(.mask = AD, .states = 1 << MODULE1);
	const struct file *both = capability(.mask = AD, .states = 1 << BLANK | 1 << MODULE1);
	struct rig *rig = &self->rig;
	u16 detail;

	ASSERT_EQ(0, start(self, BLANK, before));
	EXPECT_EQ(RF | AD, change_in_force(rig, NULL));
	EXPECT_EQ(DONE, ask(rig, SVCGATE_OP_STATE_SHOW, .file = before));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	self->asked = self->host->transaction;
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_STATE,
		  ask_detail(rig, &detail, SVCGATE_OP_STATE_SHOW, .file = before));
	EXPECT_EQ(MODULE1, detail);
	EXPECT_EQ(SVCGATE_REASON_STATE,
		  ask_detail(rig, &detail, SVCGATE_OP_STATE_SHOW, .file = after));
	EXPECT_EQ(BLANK, detail);
	EXPECT_EQ(AD, change_in_force(rig, both));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(SVCGATE_REASON_STATE, ask(rig, SVCGATE_OP_STATE_SHOW, .file = before));
	EXPECT_EQ(AD, change_in_force(rig, after));
}

TEST_F(state, P7_dry_run_changes_nothing)
{
	const struct svcgate_state_update update = { COMPLETE, 0 };
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, BLANK, NULL));
	EXPECT_EQ(DONE, change_ask(rig, &(struct host_request){
		.op = SVCGATE_OP_STATE_UPDATE, .flags = SVCGATE_REQUEST_DRY_RUN,
		.payload = { &update, sizeof(update) } }));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	EXPECT_EQ(0, change_info().change);
}

TEST_HARNESS_MAIN
