// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much of a line's rate a megabyte gets, on a clock of its own: these figures
 * are the algorithm's and the same on every machine.
 */
#include "stream_story.h"

#define MIB	(1 << 20)

/* One transfer; returns ten-thousandths of the line's rate. */
static u32 transfer(TESTED, const char *settings, int from)
{
	static struct world w;
	struct transaction *t;
	int64_t time;
	u32 share;

	world_begin(&w, _metadata, "rate", settings);
	t = transaction_open(&w, 1);
	flow_give(&t->flows[from], MIB, true);
	flow_give(&t->flows[!from], 0, true);
	while (!transaction_done(t))
		world_step(&w, NEVER);
	time = t->flows[from].done_at - t->flows[from].first_at;
	ASSERT_EQ(MIB, t->flows[from].taken);
	share = (u64)MIB * 10 * 10000 * S / w.sides[from].line.settings.baud / time;
	TH_LOG("%s of 1 MiB, %s: %u.%02u %% of the line rate, %llu frames, %llu bad, %u losses, rate %u, latency %u us, dropped %llu and %llu",
	       from == HOST ? "upload" : "download", settings, share / 100, share % 100,
	       (unsigned long long)w.sides[from].frames,
	       (unsigned long long)w.sides[!from].bad, t->flows[from].out.pace->losses,
	       t->flows[from].out.pace->rate,
	       (unsigned int)t->flows[from].out.pace->latency,
	       (unsigned long long)w.over_queue, (unsigned long long)w.over_output);
	world_end(&w);
	return share;
}

TEST(clean_line)
{
	EXPECT_GE(transfer(_metadata, "baud=115200", HOST), 9900);
	EXPECT_GE(transfer(_metadata, "baud=921600", HOST), 9850);
	EXPECT_GE(transfer(_metadata, "baud=3000000", HOST), 9800);
	EXPECT_GE(transfer(_metadata, "baud=115200", DEVICE), 9900);
	EXPECT_GE(transfer(_metadata, "baud=921600", DEVICE), 9850);
	EXPECT_GE(transfer(_metadata, "baud=3000000", DEVICE), 9800);
}

TEST(adapter_with_batches_of_16_ms)
{
	EXPECT_GE(transfer(_metadata, "baud=115200 latency=16000", HOST), 9800);
	EXPECT_GE(transfer(_metadata, "baud=921600 latency=16000", HOST), 9600);
	EXPECT_GE(transfer(_metadata, "baud=3000000 latency=16000", HOST), 9000);
	EXPECT_GE(transfer(_metadata, "baud=115200 latency=16000", DEVICE), 9800);
}

TEST(bit_errors)
{
	EXPECT_GE(transfer(_metadata, "baud=115200 ber=1e-5", HOST), 9000);
	EXPECT_GE(transfer(_metadata, "baud=115200 ber=1e-4", HOST), 7000);
	EXPECT_GE(transfer(_metadata, "baud=115200 ber=1e-5", DEVICE), 9000);
	EXPECT_GE(transfer(_metadata, "baud=115200 ber=1e-4", DEVICE), 7000);
}

TEST_HARNESS_MAIN
