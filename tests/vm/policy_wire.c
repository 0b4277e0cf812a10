// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy, exhaustively, as a host meets it: every op, in every state, with
 * every subset of the three capabilities, stored or passed, by a file that is
 * right or wrong in each way; against the table that was written by hand.
 *
 * All requests are dry runs and no helper is there: nothing is installed, so that
 * fieldServicing may install a production image and start none.
 */
#include "rig.h"
#include "../unit/policy_table.h"
#include "kselftest_harness.h"

#define DRY		SVCGATE_REQUEST_DRY_RUN
#define SUBSETS		8

/* How a file is wrong, and what is said of it when it is passed. */
enum wrong { RIGHT, OTHER_DEVICE, BLANK, SUPERSEDED, REVOKED, NO_KEYSTORE, WAYS };

static const u16 said[WAYS] = {
	[RIGHT] = SVCGATE_REASON_DONE,
	[OTHER_DEVICE] = SVCGATE_REASON_DEVICE,
	[BLANK] = SVCGATE_REASON_DONE,
	[SUPERSEDED] = SVCGATE_REASON_SUPERSEDED,
	[REVOKED] = SVCGATE_REASON_REVOKED,
	[NO_KEYSTORE] = SVCGATE_REASON_NO_KEYSTORE,
};

FIXTURE(policy)
{
	struct rig rig;
	const struct file *image;
	unsigned int signatures;
	unsigned int asked;
};

FIXTURE_VARIANT(policy)
{
	u8 state;
};

FIXTURE_VARIANT_ADD(policy, Blank) { .state = SVCGATE_STATE_BLANK };
FIXTURE_VARIANT_ADD(policy, Module1Complete) { .state = SVCGATE_STATE_MODULE1_COMPLETE };
FIXTURE_VARIANT_ADD(policy, DeviceComplete) { .state = SVCGATE_STATE_DEVICE_COMPLETE };

FIXTURE_SETUP(policy)
{
	self->image = manifest(.version = 1);
}

FIXTURE_TEARDOWN(policy)
{
	vm_clean();
}

static u64 subset(unsigned int n)
{
	return (n & 1 ? AD : 0) | (n & 2 ? RF : 0) | (n & 4 ? FS : 0);
}

/* Files are made once; the cache of the device and this one keep them cheap. */
static const struct file *make_file(enum wrong wrong, unsigned int n)
{
	static const struct file *made[WAYS][SUBSETS];
	struct capability_wish wish = { .mask = wrong == BLANK ? 0 : subset(n) };

	if (made[wrong][n])
		return made[wrong][n];
	if (wrong == OTHER_DEVICE)
		wish.device = signed_other_device;
	else if (wrong == SUPERSEDED)
		wish.generation_below = 1;
	else if (wrong == REVOKED)
		wish.serial = 7;
	made[wrong][n] = capability_file(&wish);
	return made[wrong][n];
}

static const struct file *make_keystore(void)
{
	static const struct file *made;

	if (!made)
		made = keystore(.revoked = "\x07");
	return made;
}

/*
 * What the host must be told, from the hand-written table: @mask is in force by
 * state or store, @passed by a file whose own verdict is @verdict.
 */
static int expected(const struct row *row, u64 mask, bool file_is_passed, int verdict,
		    u64 passed, bool has_keystore)
{
	const u64 any = enough(row->rule), some = enough_for_some(row->rule);

	/* A refused file refuses what needs none, too. */
	if (file_is_passed && verdict)
		return verdict;
	if (row->rule == '-')
		return SVCGATE_REASON_DONE;
	/* The image to install is verified before the verdict. */
	if (installs(row->op) && (mask & (any | some)) && !has_keystore)
		return SVCGATE_REASON_NO_KEYSTORE;
	mask |= passed;
	if (mask & any)
		return SVCGATE_REASON_DONE;
	/* Nothing installed: a production image displaces nothing. */
	if (mask & some)
		return row->rule == 'I' ? SVCGATE_REASON_DONE : SVCGATE_REASON_IMAGE;
	return SVCGATE_REASON_FORBIDDEN;
}

/* Another port before the signature bucket of this one is empty. */
static bool may_cost_signature(FIXTURE_DATA(policy) *self)
{
	if (++self->signatures <= SVCGATE_VERIFY_BURST)
		return true;
	self->signatures = 1;
	return !rig_fresh(&self->rig);
}

/* Ask for every op; how many answers were not as expected. */
static unsigned int ask_all(TESTED, FIXTURE_DATA(policy) *self, u64 mask,
			    const struct file *file, int verdict, u64 passed,
			    bool has_keystore)
{
	unsigned int i, wrong = 0;
	int want, got;

	/* The file's own, when it is not in the cache. */
	if (file)
		ASSERT_TRUE(may_cost_signature(self));
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const struct row *row = &table[i];

		if (installs(row->op))
			ASSERT_TRUE(may_cost_signature(self));
		want = expected(row, mask, file, verdict, passed, has_keystore);
		got = ask(&self->rig, row->op, DRY, .file = file,
			  .object = row->object == 'o' && row->op != SVCGATE_OP_CAN ?
				    RIG_OBJECT : NULL,
			  .image = installs(row->op) ? self->image : NULL);
		self->asked++;
		if (want == got)
			continue;
		TH_LOG("%s: 0x%x instead of 0x%x (in force 0x%llx, passed 0x%llx, verdict 0x%x)",
		       row->name, got, want, (unsigned long long)mask,
		       (unsigned long long)passed, verdict);
		wrong++;
	}
	return wrong;
}

static int load(FIXTURE_DATA(policy) *self, const struct rig_device *device)
{
	int r = rig_load(device);

	self->signatures = 0;
	return r ? r : rig_open(&self->rig);
}

TEST_F_TIMEOUT(policy, P7_every_op_by_state_and_passed_file, 4 * VM_LONG)
{
	const u64 mask = by_state[variant->state];
	/* Blank and without a mask, so that the generation is what it says. */
	struct rig_device device = {
		.state = variant->state,
		.keystore = make_keystore(),
		.stored = capability(.serial = 3),
	};
	struct rig_device without = { .state = variant->state };
	unsigned int n, wrong;

	ASSERT_EQ(0, load(self, &device));
	EXPECT_EQ(0, ask_all(_metadata, self, mask, NULL, 0, 0, true));
	for (wrong = RIGHT; wrong < NO_KEYSTORE; wrong++) {
		for (n = 0; n < (wrong == BLANK ? 1 : SUBSETS); n++) {
			EXPECT_EQ(0, ask_all(_metadata, self, mask, make_file(wrong, n),
					     said[wrong],
					     said[wrong] || wrong == BLANK ? 0 : subset(n),
					     true));
		}
	}
	rig_close(&self->rig);

	ASSERT_EQ(0, load(self, &without));
	EXPECT_EQ(0, ask_all(_metadata, self, mask, NULL, 0, 0, false));
	for (n = 0; n < SUBSETS; n++)
		EXPECT_EQ(0, ask_all(_metadata, self, mask, make_file(NO_KEYSTORE, n),
				     said[NO_KEYSTORE], 0, false));
	rig_close(&self->rig);
	EXPECT_EQ((2 + 1 + 5 * SUBSETS) * ARRAY_SIZE(table), self->asked);
}

TEST_F_TIMEOUT(policy, P7_every_op_by_stored_file, 4 * VM_LONG)
{
	struct rig_device device = { .state = variant->state };
	const u64 mask = by_state[variant->state];
	unsigned int n, wrong;

	for (wrong = RIGHT; wrong < WAYS; wrong++) {
		for (n = 0; n < (wrong == BLANK ? 1 : SUBSETS); n++) {
			device.keystore = wrong == NO_KEYSTORE ? NULL : make_keystore();
			device.stored_before = wrong == SUPERSEDED ?
					       capability(.serial = 3) : NULL;
			device.stored = make_file(wrong, n);
			ASSERT_EQ(0, load(self, &device));
			EXPECT_EQ(0, ask_all(_metadata, self,
					     mask | (wrong == RIGHT ? subset(n) : 0),
					     NULL, 0, 0, wrong != NO_KEYSTORE));
			rig_close(&self->rig);
		}
	}
	EXPECT_EQ((5 * SUBSETS + 1) * ARRAY_SIZE(table), self->asked);
}

/* A file may be passed on top of a stored one; both count. */
TEST_F_TIMEOUT(policy, P7_every_op_by_stored_and_passed_file, 4 * VM_LONG)
{
	struct rig_device device = { .state = variant->state, .keystore = make_keystore() };
	unsigned int stored, passed;

	for (stored = 1; stored < SUBSETS; stored <<= 1) {
		device.stored = make_file(RIGHT, stored);
		ASSERT_EQ(0, load(self, &device));
		for (passed = 1; passed < SUBSETS; passed <<= 1) {
			EXPECT_EQ(0, ask_all(_metadata, self,
					     by_state[variant->state] | subset(stored),
					     make_file(RIGHT, passed), 0, subset(passed), true));
		}
		rig_close(&self->rig);
	}
}

/* "can" asks for the same verdict, about an image that nobody has seen. */
TEST_F(policy, P7_can_says_what_the_table_says)
{
	struct rig_device device = { .state = variant->state, .keystore = make_keystore() };
	const u64 mask = by_state[variant->state];
	struct svcgate_can can = {};
	struct host_request request = { .op = SVCGATE_OP_CAN, .payload = { &can, sizeof(can) } };
	struct svcgate_can_answer answer;
	struct host_response response;
	unsigned int i;

	ASSERT_EQ(0, load(self, &device));
	for (i = 0; i < ARRAY_SIZE(table); i++) {
		const u64 any = enough(table[i].rule), some = enough_for_some(table[i].rule);

		can.op = table[i].op;
		ASSERT_EQ(SVCGATE_REASON_DONE, host_ask(&self->rig.host, &request, &response));
		ASSERT_EQ(sizeof(answer), response.length);
		memcpy(&answer, response.payload, sizeof(answer));
		EXPECT_EQ(table[i].rule == '-' || mask & any, answer.verdict)
			TH_LOG("%s", table[i].name);
		EXPECT_EQ(answer.verdict ? SVCGATE_REASON_DONE :
			  mask & some ? SVCGATE_REASON_IMAGE : SVCGATE_REASON_FORBIDDEN,
			  answer.reason);
		EXPECT_EQ(any, answer.would_do);
		EXPECT_EQ(some, answer.would_do_image);
	}
	can.op = 0x4711;
	ASSERT_EQ(SVCGATE_REASON_DONE, host_ask(&self->rig.host, &request, &response));
	memcpy(&answer, response.payload, sizeof(answer));
	EXPECT_EQ(0, answer.verdict);
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_OP, answer.reason);
	EXPECT_EQ(0x4711, answer.detail);
	for (i = 0; i < 2 * sizeof(can); i++) {
		request.payload.length = i;
		request.payload.data = response.payload;
		if (i != sizeof(can))
			EXPECT_EQ(SVCGATE_REASON_PAYLOAD,
				  host_ask(&self->rig.host, &request, NULL));
	}
	rig_close(&self->rig);
}

/* What the kernel says over netlink is what it enforces. */
TEST_F(policy, P7_netlink_says_what_the_table_says)
{
	struct rig_device device = { .state = variant->state };
	struct device_rule rules[2 * ARRAY_SIZE(table)];
	struct device_netlink *netlink;
	unsigned int i, flags;
	size_t count;

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, device_netlink_open(&netlink));
	ASSERT_EQ(0, device_netlink_get_policy(netlink, rules, ARRAY_SIZE(rules), &count));
	device_netlink_close(netlink);
	ASSERT_EQ(ARRAY_SIZE(table), count);
	for (i = 0; i < count; i++) {
		flags = (table[i].rule == '-' ? SVCGATE_ROW_ALWAYS : 0) |
			(table[i].object == 'o' ? SVCGATE_ROW_OBJECT : 0) |
			(table[i].by == 'k' ? SVCGATE_ROW_KERNEL : 0) |
			(table[i].by == 's' ? SVCGATE_ROW_STORE : 0) |
			(installs(table[i].op) ? SVCGATE_ROW_INSTALL : 0) |
			(table[i].rule == 'T' ? SVCGATE_ROW_TEMPORARY : 0) |
			(table[i].rule == 'V' ? SVCGATE_ROW_RECOVERY : 0);
		EXPECT_EQ(table[i].op, rules[i].op);
		EXPECT_STREQ(table[i].name, rules[i].name);
		EXPECT_EQ(flags, rules[i].flags)
			TH_LOG("%s", table[i].name);
		EXPECT_EQ(enough(table[i].rule), rules[i].mask);
		EXPECT_EQ(enough_for_some(table[i].rule), rules[i].image_mask);
	}
}

TEST_HARNESS_MAIN
