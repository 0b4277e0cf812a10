// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgated --load-keystore and --load-capability: a kernel that is a row of
 * answers, and a clock that goes when somebody waits.
 */
#include <errno.h>

#include "blob.h"
#include "format.h"
#include "load.h"
#include "unit.h"

#define PENDING_MS	400

static struct {
	struct device_verdict verdicts[4];
	unsigned int loads;
	int load_error, device_error;
	u8 kind;
	u64 ended;
	u16 reason;
	int64_t ends_at;
	int64_t now;
	unsigned int waits;
} kernel;

static int64_t now(void *context)
{
	return kernel.now;
}

static int answer(struct device_verdict *ret_verdict, u8 kind)
{
	unsigned int i = kernel.loads < 3 ? kernel.loads : 3;

	kernel.loads++;
	kernel.kind = kind;
	*ret_verdict = kernel.verdicts[i];
	return kernel.load_error;
}

static int load_keystore(void *context, const void *file, size_t length,
			 struct device_verdict *ret_verdict)
{
	return answer(ret_verdict, SVCGATE_KIND_KEYSTORE);
}

static int load_capability(void *context, const void *file, size_t length,
			   struct device_verdict *ret_verdict)
{
	return answer(ret_verdict, SVCGATE_KIND_CAPABILITY);
}

static int device(void *context, struct device_info *ret_info)
{
	*ret_info = (struct device_info){ .change = 7, .change_ended = 6 };
	if (kernel.ended && kernel.now >= kernel.ends_at) {
		ret_info->change = 0;
		ret_info->change_ended = kernel.ended;
		ret_info->change_reason = kernel.reason;
	}
	return kernel.device_error;
}

static void wait_for(void *context, int timeout_ms)
{
	kernel.waits++;
	kernel.now += timeout_ms;
}

static const char *message(void *context)
{
	return "";
}

static const struct helper_ops ops = {
	.now = now,
	.gate_load_keystore = load_keystore,
	.gate_load_capability = load_capability,
	.gate_device = device,
	.gate_wait = wait_for,
	.gate_message = message,
};

static enum svcgate_exit run(u8 kind)
{
	const struct options options = {
		.load_kind = kind,
		.load_file = "file",
		.deadline = 5,
	};
	u8 file[SVCGATE_ENVELOPE_MAX(1)] = SVCGATE_ENVELOPE_MAGIC;

	file[4] = SVCGATE_ENVELOPE_VERSION;
	file[5] = kind;
	svcgate_put_le32(file + 40, 1);
	svcgate_put_le32(file + 45, 1);
	return load_bytes(&ops, &options, file, 50);
}

static void begin(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.now = 1000;
}

TEST(in_force_already)
{
	begin();
	EXPECT_EQ(SVCGATE_EXIT_DONE, run(SVCGATE_KIND_KEYSTORE));
	EXPECT_EQ(SVCGATE_KIND_KEYSTORE, kernel.kind);
	EXPECT_EQ(SVCGATE_EXIT_DONE, run(SVCGATE_KIND_CAPABILITY));
	EXPECT_EQ(SVCGATE_KIND_CAPABILITY, kernel.kind);
	EXPECT_EQ(0, kernel.waits);
}

TEST(P6_done_is_said_when_the_change_has_ended)
{
	begin();
	kernel.verdicts[0].change = 7;
	kernel.ended = 7;
	kernel.ends_at = kernel.now + PENDING_MS;
	EXPECT_EQ(SVCGATE_EXIT_DONE, run(SVCGATE_KIND_KEYSTORE));
	EXPECT_LE(kernel.ends_at, kernel.now);
	EXPECT_EQ(1, kernel.loads);
}

TEST(P6_not_stored_is_told)
{
	begin();
	kernel.verdicts[0].change = 7;
	kernel.ended = 7;
	kernel.reason = SVCGATE_REASON_NOT_STORED;
	EXPECT_EQ(SVCGATE_EXIT_FAILED, run(SVCGATE_KIND_CAPABILITY));
}

TEST(P6_pending_is_not_done)
{
	begin();
	kernel.verdicts[0].change = 7;
	EXPECT_EQ(SVCGATE_EXIT_FAILED, run(SVCGATE_KIND_KEYSTORE));
	/* Not a moment before the deadline, and not for ever. */
	EXPECT_EQ(6000, kernel.now);
}

/* Another change has ended since: the same question again tells. */
TEST(P6_end_that_nobody_saw)
{
	begin();
	kernel.verdicts[0].change = 7;
	kernel.ended = 8;
	EXPECT_EQ(SVCGATE_EXIT_DONE, run(SVCGATE_KIND_KEYSTORE));
	EXPECT_EQ(2, kernel.loads);
	begin();
	kernel.verdicts[0].change = 7;
	kernel.verdicts[1].reason = SVCGATE_REASON_SUPERSEDED;
	kernel.ended = 8;
	EXPECT_EQ(SVCGATE_EXIT_REJECTED, run(SVCGATE_KIND_CAPABILITY));
}

TEST(what_passes_is_waited_for)
{
	begin();
	kernel.verdicts[0].reason = SVCGATE_REASON_CHANGE_PENDING;
	kernel.verdicts[1].reason = SVCGATE_REASON_BUSY;
	kernel.verdicts[2].change = 7;
	kernel.ended = 7;
	EXPECT_EQ(SVCGATE_EXIT_DONE, run(SVCGATE_KIND_KEYSTORE));
	EXPECT_EQ(3, kernel.loads);
	EXPECT_EQ(2, kernel.waits);
	begin();
	memset(kernel.verdicts, 0, sizeof(kernel.verdicts));
	kernel.verdicts[0].reason = SVCGATE_REASON_CHANGE_PENDING;
	kernel.verdicts[1] = kernel.verdicts[0];
	kernel.verdicts[2] = kernel.verdicts[0];
	kernel.verdicts[3] = kernel.verdicts[0];
	EXPECT_EQ(SVCGATE_EXIT_FAILED, run(SVCGATE_KIND_KEYSTORE));
	EXPECT_EQ(6000, kernel.now);
}

TEST(P10_exit_codes_of_refusals)
{
	static const struct {
		u16 reason;
		enum svcgate_exit code;
	} refusals[] = {
		{ SVCGATE_REASON_SIGNATURE, SVCGATE_EXIT_REJECTED },
		{ SVCGATE_REASON_KEYSTORE_VERSION, SVCGATE_EXIT_REJECTED },
		{ SVCGATE_REASON_NO_SIDELOAD, SVCGATE_EXIT_REJECTED },
		{ SVCGATE_REASON_NO_HELPER, SVCGATE_EXIT_FAILED },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		begin();
		kernel.verdicts[0].reason = refusals[i].reason;
		EXPECT_EQ(refusals[i].code, run(SVCGATE_KIND_KEYSTORE));
		EXPECT_EQ(1, kernel.loads);
		EXPECT_EQ(0, kernel.waits);
	}
}

TEST(kernel_that_does_not_answer)
{
	begin();
	kernel.load_error = -EPERM;
	EXPECT_EQ(SVCGATE_EXIT_FAILED, run(SVCGATE_KIND_KEYSTORE));
	begin();
	kernel.verdicts[0].change = 7;
	kernel.device_error = -EIO;
	EXPECT_EQ(SVCGATE_EXIT_FAILED, run(SVCGATE_KIND_KEYSTORE));
}

TEST(file_that_is_none)
{
	const struct options options = { .load_kind = SVCGATE_KIND_KEYSTORE, .load_file = "f" };

	begin();
	EXPECT_EQ(SVCGATE_EXIT_REJECTED, load_bytes(&ops, &options, "", 0));
	EXPECT_EQ(SVCGATE_EXIT_REJECTED, load_bytes(&ops, &options, "SVCG", 4));
	EXPECT_EQ(0, kernel.loads);
}

TEST_HARNESS_MAIN
