// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host that lost an answer asks how its request ended: in another session, at
 * another port, on a locked device (P6, P9, P10).
 */
#include <errno.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define MODULE1		SVCGATE_STATE_MODULE1_COMPLETE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define REMEMBER	SVCGATE_REQUEST_OUTCOME
#define DONE		SVCGATE_REASON_DONE
#define OS_VERSION	SVCGATE_OP_OS_VERSION

/* How it ended. */
#define IS_UNKNOWN	SVCGATE_OUTCOME_UNKNOWN
#define IS_PENDING	SVCGATE_OUTCOME_PENDING
#define IS_DONE		SVCGATE_OUTCOME_DONE
#define IS_NOT_DONE	SVCGATE_OUTCOME_NOT_DONE

FIXTURE(outcome)
{
	struct rig rig;
	struct rig other;
	struct host *host;
	struct change change;
	struct svcgate_door head;
};

FIXTURE_SETUP(outcome)
{
	struct rig_device device = { .state = BLANK, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	ASSERT_EQ(0, rig_open(&self->other));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(outcome)
{
	EXPECT_EQ(0, self->rig.host.bad | self->other.host.bad);
	rig_close(&self->other);
	rig_close(&self->rig);
	vm_clean();
}

static int ask_to(FIXTURE_DATA(outcome) *self, u8 target)
{
	struct svcgate_state_update update = { target, 0 };

	return change_ask(&self->rig, &(struct host_request){
		.op = SVCGATE_OP_STATE_UPDATE, .flags = REMEMBER,
		.payload = { &update, sizeof(update) },
	});
}

/* The same answer at both ports. */
static int outcome_of(FIXTURE_DATA(outcome) *self, u64 session, u16 transaction,
		      u32 *ret_reason)
{
	int here = change_outcome(&self->rig, session, transaction, ret_reason);

	return change_outcome(&self->other, session, transaction, ret_reason) == here ? here :
	       CHANGE_BROKEN;
}

TEST_F(outcome, P6_change_is_pending_then_done)
{
	u64 session = self->host->session;
	u16 asked;

	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, MODULE1));
	EXPECT_EQ(IS_PENDING, outcome_of(self, session, 1, NULL));
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_EQ(IS_PENDING, outcome_of(self, session, 1, NULL));
	ASSERT_EQ(0, change_read(&self->rig, &self->change));
	ASSERT_EQ(0, change_commit(&self->rig, 1));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, 1, NULL));

	/* Of a device that is locked by it, too. */
	session = self->host->session;
	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, COMPLETE));
	asked = self->host->transaction;
	EXPECT_EQ(IS_PENDING, outcome_of(self, session, asked, NULL));
	ASSERT_EQ(0, change_read(&self->rig, &self->change));
	ASSERT_EQ(0, change_commit(&self->rig, 2));
	EXPECT_EQ(DONE, change_answer(&self->rig, asked));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, asked, NULL));
	EXPECT_EQ(0, change_in_force(&self->rig, NULL));
}

TEST_F(outcome, P6_aborted_change_is_not_done)
{
	u32 reason;

	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, MODULE1));
	ASSERT_EQ(0, change_read(&self->rig, &self->change));
	ASSERT_EQ(0, change_abort(&self->rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(&self->rig, 1));
	EXPECT_EQ(IS_NOT_DONE, outcome_of(self, self->host->session, 1, &reason));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, reason);
}

static void helper_goes(struct __test_metadata *_metadata, FIXTURE_DATA(outcome) *self,
			bool stored)
{
	struct rig *rig = &self->rig;

	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, MODULE1));
	rig_close_door(rig);
	EXPECT_EQ(SVCGATE_REASON_OUTCOME_UNKNOWN, change_answer(rig, 1));
	EXPECT_EQ(IS_PENDING, outcome_of(self, self->host->session, 1, NULL));
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(IS_PENDING, outcome_of(self, self->host->session, 1, NULL));
	ASSERT_EQ(0, stored ? change_commit(rig, 1) : change_abort(rig, 1));
	EXPECT_EQ(stored ? IS_DONE : IS_NOT_DONE,
		  outcome_of(self, self->host->session, 1, NULL));
}

TEST_F(outcome, P6_next_helper_decides_done)
{
	helper_goes(_metadata, self, true);
}

TEST_F(outcome, P6_next_helper_decides_not_done)
{
	helper_goes(_metadata, self, false);
}

/* The port goes: its host finds the outcome at another one. */
TEST_F(outcome, P6_port_goes)
{
	u64 session = self->host->session;

	ASSERT_EQ(0, rig_open_door(&self->other));
	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, MODULE1));
	rig_close(&self->rig);
	EXPECT_EQ(IS_PENDING, change_outcome(&self->other, session, 1, NULL));
	ASSERT_EQ(0, change_read(&self->other, &self->change));
	ASSERT_EQ(0, change_commit(&self->other, 1));
	EXPECT_EQ(IS_DONE, change_outcome(&self->other, session, 1, NULL));
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, 1, NULL));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, self->host->session, 1, NULL));
}

static int begin(FIXTURE_DATA(outcome) *self, u16 op, u16 flags)
{
	int r = change_ask(&self->rig, &(struct host_request){ .op = op, .flags = flags });

	return r == CHANGE_BEGUN ? rig_read(&self->rig, &self->head, NULL, 0) : CHANGE_BROKEN;
}

static bool host_hears(FIXTURE_DATA(outcome) *self, u8 kind)
{
	return host_expect(self->host, kind, self->head.transaction, 0, NULL);
}

TEST_F(outcome, P10_what_executors_say)
{
	u64 session = self->host->session;
	u32 reason;

	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	EXPECT_EQ(IS_PENDING, outcome_of(self, session, self->head.transaction, NULL));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, 0, DONE, "1.0", 3));
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, self->head.transaction, NULL));

	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	self->head.kind = SVCGATE_DOOR_RESPONSE;
	self->head.reason = SVCGATE_REASON_EXECUTOR_FAILED;
	self->head.detail = 7;
	ASSERT_EQ(0, rig_write(&self->rig, &self->head, NULL, 0));
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
	EXPECT_EQ(IS_NOT_DONE, outcome_of(self, session, self->head.transaction, &reason));
	EXPECT_EQ(7 << 16 | SVCGATE_REASON_EXECUTOR_FAILED, reason);

	/* With data to follow the response has said it already. */
	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE, DONE, NULL, 0));
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, self->head.transaction, NULL));
	rig_close_door(&self->rig);
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_CLOSE));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, self->head.transaction, NULL));
}

/* Whatever ends an executor's transaction before its answer: nobody knows. */
TEST_F(outcome, P10_executors_whose_end_nobody_saw)
{
	u64 session = self->host->session;
	struct rig *rig = &self->rig;
	struct svcgate_door rf;

	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	rig_close_door(rig);
	EXPECT_EQ(SVCGATE_REASON_END_HELPER, change_answer(rig, self->head.transaction));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session, self->head.transaction, NULL));
	ASSERT_EQ(0, rig_open_door(rig));

	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	EXPECT_EQ(IS_PENDING, outcome_of(self, session, self->head.transaction, NULL));
	ASSERT_TRUE(host_send_close(self->host, self->head.transaction));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session, self->head.transaction, NULL));
	ASSERT_EQ(0, rig_read(rig, &self->head, NULL, 0));

	ASSERT_EQ(0, begin(self, SVCGATE_OP_RF_LIST, REMEMBER));
	rf = self->head;
	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, MODULE1));
	EXPECT_EQ(DONE, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &rf, SVCGATE_REASON_END_PERMISSION));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session, rf.transaction, NULL));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, rf.transaction + 1));

	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session, self->head.transaction, NULL));
	EXPECT_EQ(-ESRCH, rig_answer(rig, &self->head, 0, DONE, NULL, 0));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session, self->head.transaction, NULL));
}

/* Never admitted, never asked to remember, or answered by the kernel itself. */
TEST_F(outcome, P9_what_is_not_remembered)
{
	u64 session = self->host->session;
	struct rig *rig = &self->rig;
	u16 number;

	EXPECT_EQ(DONE, ask(rig, SVCGATE_OP_STATE_SHOW, REMEMBER));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, SVCGATE_OP_APP_MEMORY, REMEMBER));
	EXPECT_EQ(SVCGATE_REASON_PAYLOAD, ask(rig, SVCGATE_OP_STATE_UPDATE, REMEMBER));
	EXPECT_EQ(SVCGATE_REASON_PAYLOAD, ask_to(self, 3));
	EXPECT_EQ(DONE, ask(rig, OS_VERSION, REMEMBER | SVCGATE_REQUEST_DRY_RUN));
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER, ask(&self->other, OS_VERSION, REMEMBER));
	ASSERT_EQ(0, begin(self, OS_VERSION, 0));
	ASSERT_EQ(0, rig_answer(rig, &self->head, 0, DONE, NULL, 0));
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	EXPECT_EQ(DONE, change_store(rig));
	for (number = 0; number <= self->host->transaction; number++)
		EXPECT_EQ(IS_UNKNOWN, change_outcome(&self->other, session, number, NULL));
	EXPECT_EQ(IS_UNKNOWN,
		  change_outcome(rig, self->other.host.session, 1, NULL));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, 0, 0, NULL));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, 0, 1, NULL));
}

/*
 * What is so already is no change. A keystore is no secret: with it anybody could
 * push other hosts' outcomes out, as often as he likes.
 */
TEST_F(outcome, P9_what_is_so_already_displaces_nothing)
{
	const struct file *file = keystore();
	const struct host_request request = {
		.op = SVCGATE_OP_KEYSTORE_UPDATE, .flags = REMEMBER, .payload = SECTION(file),
	};
	u64 session = self->host->session;
	unsigned int i;

	ASSERT_EQ(CHANGE_BEGUN, ask_to(self, COMPLETE));
	EXPECT_EQ(DONE, change_store(&self->rig));
	for (i = 0; i < SVCGATE_OUTCOMES_MAX + 1; i++)
		EXPECT_EQ(DONE, change_ask(&self->other, &request));
	EXPECT_EQ(IS_DONE, outcome_of(self, session, 1, NULL));
	EXPECT_EQ(IS_UNKNOWN,
		  change_outcome(&self->rig, self->other.host.session, 1, NULL));
}

TEST_F(outcome, P9_the_last_16_of_all_ports)
{
	u64 sessions[SVCGATE_OUTCOMES_MAX + 2];
	unsigned int i, first;

	for (i = 0; i < ARRAY_SIZE(sessions); i++) {
		ASSERT_TRUE(host_hello(self->host));
		sessions[i] = self->host->session;
		ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
		ASSERT_EQ(0, rig_answer(&self->rig, &self->head, 0, DONE, NULL, 0));
		EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
		EXPECT_EQ(IS_DONE, change_outcome(&self->rig, sessions[i], 1, NULL));
		if (i < SVCGATE_OUTCOMES_MAX - 1)
			EXPECT_EQ(IS_DONE, change_outcome(&self->rig, sessions[0], 1, NULL));
	}
	first = ARRAY_SIZE(sessions) - SVCGATE_OUTCOMES_MAX;
	ASSERT_TRUE(host_hello(&self->other.host));
	for (i = 0; i < ARRAY_SIZE(sessions); i++)
		EXPECT_EQ(i < first ? IS_UNKNOWN : IS_DONE,
			  change_outcome(&self->other, sessions[i], 1, NULL));
}

/* Sessions and numbers belong together. */
TEST_F(outcome, P10_of_this_session_and_number_only)
{
	u64 session = self->host->session;
	u32 reason;

	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, 0, SVCGATE_REASON_EXECUTOR_FAILED,
				NULL, 0));
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
	ASSERT_TRUE(host_hello(self->host));
	ASSERT_EQ(0, begin(self, OS_VERSION, REMEMBER));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, 0, DONE, NULL, 0));
	EXPECT_TRUE(host_hears(self, SVCGATE_FRAME_DATA));
	EXPECT_EQ(IS_NOT_DONE, outcome_of(self, session, 1, &reason));
	EXPECT_EQ(SVCGATE_REASON_EXECUTOR_FAILED, reason);
	EXPECT_EQ(IS_DONE, outcome_of(self, self->host->session, 1, NULL));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session, 2, NULL));
	EXPECT_EQ(IS_UNKNOWN, outcome_of(self, session + 1, 1, NULL));
}

TEST_F(outcome, P10_payload_of_the_wrong_length)
{
	static const u8 zeros[16];
	struct host_request request = { .op = SVCGATE_OP_OUTCOME };
	size_t length;

	for (length = 0; length <= sizeof(zeros); length++) {
		request.payload = (struct host_bytes){ zeros, length };
		EXPECT_EQ(length == sizeof(struct svcgate_outcome) ? DONE :
				  SVCGATE_REASON_PAYLOAD,
			  host_ask(self->host, &request, NULL));
	}
}

TEST_HARNESS_MAIN
