// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stored capability file changes after the seal: also on a locked device, for
 * the file is its own permission; what it does not give is gone at once, what it
 * gives comes when it is durable (P4, P6, P8).
 */
#include <errno.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define FORBIDDEN	SVCGATE_REASON_FORBIDDEN
#define SUPERSEDED	SVCGATE_REASON_SUPERSEDED
#define PENDING		SVCGATE_REASON_CHANGE_PENDING
#define PERMISSION	SVCGATE_REASON_END_PERMISSION
#define NEXT		(SIGNED_GENERATION + 1)
#define OS_VERSION	SVCGATE_OP_OS_VERSION

FIXTURE(capability)
{
	struct rig rig;
	struct rig other;
	struct host *host;
	struct change change;
	unsigned int signatures;
	u16 asked;
};

FIXTURE_SETUP(capability)
{
	self->host = &self->rig.host;
	self->other.door = -1;
}

FIXTURE_TEARDOWN(capability)
{
	EXPECT_EQ(0, self->rig.host.bad | self->other.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* A DeviceComplete device that stores a file, or none. */
static int start(FIXTURE_DATA(capability) *self, const struct file *stored)
{
	struct rig_device device = {
		.state = COMPLETE,
		.keystore = keystore(.revoked = "\x07\x09"),
		.stored = stored,
	};
	int r = rig_load(&device);

	if (!r)
		r = rig_open(&self->rig);
	return r ? r : rig_open_door(&self->rig);
}

TEST_F(capability, P6_locked_device_takes_a_file)
{
	const struct file *file = capability(.mask = FS, .serial = 0x21);
	struct svcgate_capability_list list;
	struct rig *rig = &self->rig;
	u8 serial[SVCGATE_SERIAL_SIZE];

	ASSERT_EQ(0, start(self, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, file));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_is_capability(&self->change, file));
	EXPECT_EQ(1, self->change.head.number);
	EXPECT_EQ(COMPLETE, self->change.what.state);
	EXPECT_EQ(10, self->change.what.version);
	EXPECT_EQ(SIGNED_EPOCH, self->change.what.epoch);
	EXPECT_EQ(SIGNED_GENERATION, self->change.what.generation);

	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(0, change_info().generation);
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(SIGNED_GENERATION, change_info().generation);
	ASSERT_EQ(DONE, change_list(rig, NULL, &list));
	memset(serial, 0x21, sizeof(serial));
	EXPECT_EQ(FS, list.sideloaded);
	EXPECT_EQ(DONE, list.sideloaded_reason);
	EXPECT_EQ(0, memcmp(serial, list.sideloaded_serial, sizeof(serial)));
	EXPECT_EQ(SIGNED_GENERATION, list.generation);
}

TEST_F(capability, P8_blank_file_locks_before_it_is_durable)
{
	const struct file *old = capability(.mask = FS | RF);
	const struct file *blank = capability(.mask = 0, .generation = NEXT);
	struct rig *rig = &self->rig;
	struct svcgate_door running;

	ASSERT_EQ(0, start(self, old));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, NULL, &running));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, blank));
	self->asked = self->host->transaction;
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_is_capability(&self->change, blank));
	EXPECT_EQ(NEXT, self->change.what.generation);
	EXPECT_TRUE(change_ended(rig, &running, PERMISSION));
	EXPECT_EQ(-ESRCH, rig_answer(rig, &running, 0, 0, NULL, 0));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SUPERSEDED, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(SUPERSEDED, change_ask_capability(rig, old));

	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SUPERSEDED, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(SUPERSEDED, change_ask_capability(rig, old));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(DONE, ask(rig, SVCGATE_OP_IDENTIFY));
}

TEST_F(capability, P8_of_another_mask_only_what_both_give)
{
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, capability(.mask = FS)));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = AD)));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	self->asked = self->host->transaction;
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_EQ(AD, change_in_force(rig, NULL));

	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = AD | RF)));
	EXPECT_EQ(AD, change_in_force(rig, NULL));
	self->asked = self->host->transaction - 2;
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 2));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(AD | RF, change_in_force(rig, NULL));

	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = FS | RF)));
	EXPECT_EQ(RF, change_in_force(rig, NULL));
	self->asked = self->host->transaction - 3;
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 3));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(FS | RF, change_in_force(rig, NULL));
}

/* A newer file with the same ids interrupts nobody, but those with older files. */
TEST_F(capability, P8_same_ids_go_on)
{
	const struct file *old = capability(.mask = FS);
	struct svcgate_door stored, passed;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, old));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, NULL, &stored));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, old, &passed));
	ASSERT_EQ(CHANGE_BEGUN,
		  change_ask_capability(rig, capability(.mask = FS, .generation = NEXT)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &passed, PERMISSION));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(SUPERSEDED, ask(rig, OS_VERSION, .file = old));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 3));
	EXPECT_EQ(0, rig_answer(rig, &stored, 0, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 0, NULL));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
}

/* A file; a new port before the signature bucket is empty. */
static int update(FIXTURE_DATA(capability) *self, const struct file *file)
{
	if (++self->signatures % SVCGATE_VERIFY_BURST == 0 &&
	    (rig_fresh(&self->rig) || rig_open_door(&self->rig)))
		return CHANGE_BROKEN;
	return change_ask_capability(&self->rig, file);
}

static const struct file *cut(const struct file *file, size_t length)
{
	struct file *copy = signed_copy(file);

	copy->length = length;
	return copy;
}

TEST_F(capability, P4_wrong_files_change_nothing)
{
	const struct file *good = capability(.mask = FS);
	static const u8 value[8] = { 61 };
	struct file *altered = signed_copy(good);
	struct {
		int reason;
		const struct file *file;
	} wrong[] = {
		{ SVCGATE_REASON_ENVELOPE, cut(good, 0) },
		{ SVCGATE_REASON_ENVELOPE, cut(good, 43) },
		{ SVCGATE_REASON_ENVELOPE, cut(good, good->length - 1) },
		{ SVCGATE_REASON_ENVELOPE, cut(good, good->length + 1) },
		{ SVCGATE_REASON_SIGNATURE, altered },
		{ SVCGATE_REASON_KIND, keystore(.version = 11) },
		{ SVCGATE_REASON_KIND, manifest(.version = 1) },
		{ SVCGATE_REASON_UNKNOWN_KEY, capability(.mask = FS, .signer = "unknown") },
		{ SVCGATE_REASON_UNKNOWN_KEY, capability(.mask = FS, .signer = "root") },
		{ SVCGATE_REASON_PURPOSE, capability(.mask = FS, .signer = "sdk-image") },
		{ SVCGATE_REASON_GRANT, capability(.mask = AD, .signer = "narrow") },
		{ SVCGATE_REASON_DEVICE, capability(.mask = FS, .device = signed_other_device) },
		{ SVCGATE_REASON_DEVICE, capability(.mask = 0, .device = signed_other_device) },
		{ SVCGATE_REASON_EPOCH, capability(.mask = FS, .epoch_below = 1) },
		{ SVCGATE_REASON_REVOKED, capability(.mask = FS, .serial = 7) },
		{ SVCGATE_REASON_SUPERSEDED, capability(.mask = FS, .generation_below = 1) },
		{ SVCGATE_REASON_SUPERSEDED, capability(.mask = 0, .generation_below = 1) },
		{ SVCGATE_REASON_STATE, capability(.mask = FS, .states = 1 << BLANK) },
		{ SVCGATE_REASON_NO_SIDELOAD, capability(.mask = FS, .no_sideload = true) },
		{ SVCGATE_REASON_FIELD_VALUE,
		  capability(.mask = FS, .extra = { { SVCGATE_CAPABILITY_LEASE, 4, value } }) },
		{ SVCGATE_REASON_FIELD_NOT_ENFORCED,
		  capability(.mask = FS, .extra = { { SVCGATE_CAPABILITY_NOT_AFTER, 8, value } }) },
	};
	unsigned int i;

	altered->data[60] ^= 1;
	ASSERT_EQ(0, start(self, capability(.mask = RF)));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(wrong[i].reason, update(self, wrong[i].file)) {
			TH_LOG("file %u", i);
		}
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(RF, change_in_force(&self->rig, NULL));
	EXPECT_EQ(0, change_info().change | change_info().change_ended);
}

/* No signature, no write, nothing of the bucket of changes. */
TEST_F(capability, P9_stored_file_is_done_without_a_change)
{
	const struct file *file = capability(.mask = FS);
	struct rig *rig = &self->rig;
	unsigned int i;
	u8 serial;

	ASSERT_EQ(0, start(self, file));
	for (i = 0; i < 2 * SVCGATE_VERIFY_BURST; i++)
		EXPECT_EQ(DONE, change_ask_capability(rig, file));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	for (serial = 2; serial < 2 + SVCGATE_CHANGE_BURST; serial++) {
		ASSERT_EQ(CHANGE_BEGUN,
			  change_ask_capability(rig, capability(.mask = FS, .serial = serial)));
		EXPECT_EQ(DONE, change_store(rig));
	}
	EXPECT_EQ(DONE, change_ask_capability(rig, capability(.mask = FS, .serial = 5)));
}

/* What is stored is nothing to promise while another file is on its way. */
TEST_F(capability, P6_stored_file_again_while_another_one_is_pending)
{
	const struct file *file = capability(.mask = FS);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, file));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = AD)));
	EXPECT_EQ(PENDING, change_ask_capability(rig, file));
	EXPECT_EQ(PENDING, change_ask_capability(rig, capability(.mask = AD)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, file));
	EXPECT_EQ(DONE, change_store(rig));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
}

TEST_F(capability, P6_aborted_change_gives_nothing_and_takes)
{
	const struct file *blank = capability(.mask = 0, .generation = NEXT);
	const struct file *old = capability(.mask = FS);
	struct svcgate_capability_list list;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, old));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, blank));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 1));
	EXPECT_EQ(SIGNED_GENERATION, change_info().generation);
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SUPERSEDED, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(SUPERSEDED, change_ask_capability(rig, old));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	ASSERT_EQ(DONE, change_list(rig, capability(.mask = RF | FS, .generation = NEXT), &list));
	EXPECT_EQ(0, list.sideloaded);

	ASSERT_EQ(CHANGE_BEGUN,
		  change_ask_capability(rig, capability(.mask = AD, .generation = NEXT)));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	self->asked = self->host->transaction - 3;
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 2));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(AD, change_in_force(rig, NULL));
	EXPECT_EQ(NEXT, change_info().generation);
}

/*
 * After an ABORT nobody knows what the store has: the file that is stored, as far
 * as the kernel knows, is written again before it is promised (P6).
 */
TEST_F(capability, P6_stored_file_again_after_an_abort)
{
	const struct file *file = capability(.mask = FS);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, file));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = 0)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 1));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, file));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	self->asked = self->host->transaction - 3;
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_is_capability(&self->change, file));
	ASSERT_EQ(0, change_commit(rig, 2));
	EXPECT_EQ(DONE, change_answer(rig, self->asked));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(DONE, change_ask_capability(rig, file));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

/* For the same reason such a file may open the device that is being finalized. */
TEST_F(capability, P5_finalization_after_an_abort_needs_keep)
{
	struct rig_device device = {
		.state = BLANK, .keystore = keystore(), .stored = capability(.mask = 0),
	};
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(rig));
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = AD)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_CAPABILITY_STORED, change_ask_state(rig, COMPLETE, 0));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(rig, capability(.mask = 0)));
	EXPECT_EQ(DONE, change_store(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	EXPECT_EQ(DONE, change_store(rig));
}

static int open_other(FIXTURE_DATA(capability) *self)
{
	int r = rig_open(&self->other);

	return r ? r : rig_open_door(&self->other);
}

TEST_F(capability, P8_transactions_of_all_ports_end)
{
	const struct file *old = capability(.mask = FS);
	struct svcgate_door here, there, passed, mine;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, old));
	ASSERT_EQ(0, open_other(self));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, NULL, &here));
	ASSERT_EQ(0, change_admit(&self->other, OS_VERSION, NULL, &there));
	ASSERT_EQ(0, change_admit(&self->other, OS_VERSION, old, &passed));
	ASSERT_EQ(0, change_admit(&self->other, OS_VERSION,
				  capability(.mask = FS, .generation = NEXT), &mine));
	ASSERT_EQ(CHANGE_BEGUN,
		  change_ask_capability(rig, capability(.mask = 0, .generation = NEXT)));

	/* The other port is quiet: nothing but the change tells it. */
	EXPECT_TRUE(change_ended(&self->other, &there, PERMISSION));
	EXPECT_TRUE(change_ended(&self->other, &passed, PERMISSION));
	EXPECT_TRUE(rig_door_is_quiet(&self->other));
	EXPECT_EQ(0, rig_answer(&self->other, &mine, 0, 0, NULL, 0));
	EXPECT_TRUE(host_expect(&self->other.host, SVCGATE_FRAME_DATA, 3, 0, NULL));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &here, PERMISSION));
	EXPECT_EQ(0, change_in_force(&self->other, NULL));
	rig_close(&self->other);
}

/* A request that was half received is judged by what is in force in the end. */
TEST_F(capability, P8_verdict_is_by_what_is_in_force_then)
{
	const struct file *old = capability(.mask = FS);
	u8 message[2][SVCGATE_MESSAGE_MAX];
	const struct host_request requests[2] = {
		{ .op = SVCGATE_OP_WIFI_ADD, .payload = { "payload", 7 } },
		{ .op = SVCGATE_OP_WIFI_ADD, .payload = { "payload", 7 },
		  .credential = SECTION(old) },
	};
	static const int reasons[2] = { FORBIDDEN, SUPERSEDED };
	size_t length[2], half = sizeof(struct svcgate_request);
	struct rig *rigs[2] = { &self->other, &self->rig };
	struct rig third = { .door = -1 };
	unsigned int i;

	ASSERT_EQ(0, start(self, old));
	ASSERT_EQ(0, open_other(self));
	ASSERT_EQ(0, rig_open(&third));
	ASSERT_EQ(0, rig_open_door(&third));
	for (i = 0; i < 2; i++) {
		length[i] = host_message(&requests[i], message[i]);
		ASSERT_TRUE(host_send(&rigs[i]->host, SVCGATE_FRAME_DATA, 0, 1, 0, message[i],
				      half));
		ASSERT_TRUE(host_expect(&rigs[i]->host, SVCGATE_FRAME_ACK, 1, half, NULL));
	}
	ASSERT_EQ(CHANGE_BEGUN,
		  change_ask_capability(&third, capability(.mask = 0, .generation = NEXT)));
	for (i = 0; i < 2; i++) {
		ASSERT_TRUE(host_send(&rigs[i]->host, SVCGATE_FRAME_DATA, 0, 1, (u32)half,
				      message[i] + half, length[i] - half));
		EXPECT_EQ(reasons[i], change_answer(rigs[i], 1));
		EXPECT_TRUE(rig_door_is_quiet(rigs[i]));
	}
	rig_close(&third);
	rig_close(&self->other);
}

/* And what was given meanwhile counts, too. */
TEST_F(capability, P6_half_received_request_finds_the_new_file)
{
	const struct host_request request = {
		.op = SVCGATE_OP_WIFI_ADD, .payload = { "payload", 7 },
		.credential = SECTION(capability(.mask = RF)),
	};
	const size_t half = sizeof(struct svcgate_request);
	u8 message[SVCGATE_MESSAGE_MAX];
	size_t length = host_message(&request, message);
	struct svcgate_door head;
	u8 payload[8];

	ASSERT_EQ(0, start(self, NULL));
	ASSERT_EQ(0, open_other(self));
	ASSERT_TRUE(host_send(&self->other.host, SVCGATE_FRAME_DATA, 0, 1, 0, message, half));
	ASSERT_TRUE(host_expect(&self->other.host, SVCGATE_FRAME_ACK, 1, half, NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(&self->rig, capability(.mask = FS)));
	EXPECT_EQ(DONE, change_store(&self->rig));
	ASSERT_TRUE(host_send(&self->other.host, SVCGATE_FRAME_DATA, 0, 1, (u32)half,
			      message + half, length - half));
	ASSERT_EQ(7, rig_read(&self->other, &head, payload, sizeof(payload)));
	EXPECT_EQ(FS, head.sideloaded);
	EXPECT_EQ(RF, head.passed);
	rig_close(&self->other);
}

TEST_F(capability, P2_without_keystore_or_seal_nothing_changes)
{
	struct rig_device bare = { .state = COMPLETE }, open = {
		.state = BLANK, .keystore = keystore(), .open = true,
	};
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, rig_load(&bare));
	ASSERT_EQ(0, rig_open(rig));
	ASSERT_EQ(0, rig_open_door(rig));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE,
		  change_ask_capability(rig, capability(.mask = FS)));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	rig_close(rig);
	ASSERT_EQ(0, rig_load(&open));
	ASSERT_EQ(0, rig_open(rig));
	ASSERT_EQ(0, rig_open_door(rig));
	EXPECT_EQ(SVCGATE_REASON_NOT_SEALED,
		  change_ask_capability(rig, capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_NOT_SEALED, change_ask_keystore(rig, keystore(.version = 11)));
	EXPECT_EQ(SVCGATE_REASON_NOT_SEALED,
		  change_ask_state(rig, SVCGATE_STATE_MODULE1_COMPLETE, 0));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

/* A file that is passed with the request does not open it, nor does it excuse it. */
TEST_F(capability, P10_passed_file_is_judged_for_itself)
{
	const struct file *file = capability(.mask = FS);
	struct host_request request = {
		.op = SVCGATE_OP_CAPABILITY_UPDATE, .payload = SECTION(file),
		.credential = SECTION(capability(.mask = AD, .epoch_below = 1)),
	};
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, NULL));
	EXPECT_EQ(SVCGATE_REASON_EPOCH, change_ask(rig, &request));
	request.credential = (struct host_bytes)SECTION(file);
	request.payload = (struct host_bytes)SECTION(keystore(.version = 11));
	EXPECT_EQ(SVCGATE_REASON_KIND, change_ask(rig, &request));
	request.flags = SVCGATE_REQUEST_DRY_RUN;
	EXPECT_EQ(DONE, change_ask(rig, &request));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	request.flags = 0;
	request.payload = (struct host_bytes)SECTION(file);
	EXPECT_EQ(CHANGE_BEGUN, change_ask(rig, &request));
	EXPECT_EQ(DONE, change_store(rig));
}

TEST_HARNESS_MAIN
