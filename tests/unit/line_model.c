// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The simulated line itself: what stands on it cannot be better than it is.
 */
#include "line_model.h"
#include "unit.h"

#define COUNT	1000000

FIXTURE(line) {
	struct line_settings settings;
	struct line line;
	u8 *sent;
	u8 *came;
	size_t count;
};

FIXTURE_SETUP(line)
{
	struct rng rng;

	rng_init(&rng, "line");
	self->sent = calloc(1, COUNT);
	self->came = calloc(2, COUNT);
	rng_fill(&rng, self->sent, COUNT);
	line_settings_init(&self->settings);
	self->settings.fifo = 2 * COUNT;
}

FIXTURE_TEARDOWN(line)
{
	line_free(&self->line);
	free(self->sent);
	free(self->came);
}

static void begin(TESTED, FIXTURE_DATA(line) * self, const char *settings)
{
	char problem[LINE_TEXT_MAX];

	ASSERT_EQ(0, line_settings_parse(&self->settings, settings, problem))
		TH_LOG("%s", problem);
	line_free(&self->line);
	line_init(&self->line, &self->settings);
	self->count = 0;
}

/* What has arrived at a time; returns how much that was. */
static size_t take(FIXTURE_DATA(line) * self, int64_t now)
{
	size_t count, sum = 0;
	const u8 *at;

	while ((count = line_peek(&self->line, now, &at))) {
		memcpy(self->came + self->count, at, count);
		self->count += count;
		line_consume(&self->line, count);
		sum += count;
	}
	return sum;
}

/* A sender that keeps the line full; returns when the last byte has arrived. */
static int64_t carry(FIXTURE_DATA(line) * self, size_t length)
{
	int64_t now = LINE_NS_PER_MS;
	size_t sent = 0, room;

	while (sent < length || line_due(&self->line) != LINE_NEVER) {
		room = line_room(&self->line, now);
		if (room > length - sent)
			room = length - sent;
		line_put(&self->line, now, self->sent + sent, room);
		sent += room;
		now += LINE_NS_PER_MS;
		take(self, now);
	}
	return now;
}

TEST_F(line, each_byte_takes_ten_bits)
{
	int64_t time;
	size_t i;

	begin(_metadata, self, "baud=115200 latency=0");
	line_put(&self->line, 0, self->sent, 100);
	/* Byte n is there when n * 10 bits are over, to the nanosecond. */
	for (i = 1; i <= 100; i++) {
		time = (i * 10 * LINE_NS_PER_S + 115199) / 115200;
		EXPECT_EQ(0, take(self, time - 1));
		EXPECT_LE(line_due(&self->line), time);
		EXPECT_EQ(1, take(self, time));
	}
	EXPECT_EQ(LINE_NEVER, line_due(&self->line));
	EXPECT_EQ(0, memcmp(self->sent, self->came, 100));
}

TEST_F(line, rate_is_exact_at_any_speed)
{
	static const u32 bauds[] = { 9600, 115200, 921600, 3000000, 4000000 };
	char settings[64];
	int64_t time;
	size_t i, length;

	for (i = 0; i < ARRAY_SIZE(bauds); i++) {
		length = bauds[i] / 10 < COUNT ? bauds[i] / 10 : COUNT;
		snprintf(settings, sizeof(settings), "baud=%u", bauds[i]);
		begin(_metadata, self, settings);
		/* A second, and the steps at its beginning and end. */
		time = carry(self, length);
		EXPECT_LE(time, LINE_NS_PER_S + 3 * LINE_NS_PER_MS);
		EXPECT_GE(time, LINE_NS_PER_S);
		ASSERT_EQ(length, self->count);
		EXPECT_EQ(0, memcmp(self->sent, self->came, length));
	}
}

TEST_F(line, adapter_delivers_in_batches)
{
	begin(_metadata, self, "baud=1000000 latency=16000 delay=5000");
	line_put(&self->line, 0, self->sent, 1000);
	/* 100 bytes a millisecond, five of them late, looked at every sixteenth. */
	EXPECT_EQ(16 * LINE_NS_PER_MS, line_due(&self->line));
	EXPECT_EQ(0, take(self, 16 * LINE_NS_PER_MS - 1));
	EXPECT_EQ(1000, take(self, 16 * LINE_NS_PER_MS));
	line_put(&self->line, 16 * LINE_NS_PER_MS, self->sent, 2000);
	EXPECT_EQ(1100, take(self, 32 * LINE_NS_PER_MS));
	EXPECT_EQ(900, take(self, 48 * LINE_NS_PER_MS));
}

TEST_F(line, errors_are_as_many_as_asked_for)
{
	size_t i, bits = 0;

	begin(_metadata, self, "baud=1000000 ber=1e-3");
	carry(self, COUNT);
	ASSERT_EQ(COUNT, self->count);
	for (i = 0; i < COUNT; i++)
		bits += __builtin_popcount(self->sent[i] ^ self->came[i]);
	EXPECT_EQ(bits, self->line.stats.flipped);
	/* 8000 expected, 5 sigmas each way. */
	EXPECT_LT(7553, bits);
	EXPECT_GT(8447, bits);

	begin(_metadata, self, "ber=0 drop=1e-2");
	carry(self, COUNT);
	EXPECT_EQ(COUNT - self->line.stats.dropped, self->count);
	EXPECT_LT(9503, self->line.stats.dropped);
	EXPECT_GT(10497, self->line.stats.dropped);

	begin(_metadata, self, "drop=0 insert=1e-2");
	carry(self, COUNT);
	EXPECT_EQ(COUNT + self->line.stats.inserted, self->count);
	EXPECT_LT(9500, self->line.stats.inserted);
	EXPECT_GT(10500, self->line.stats.inserted);
}

TEST_F(line, noise_replaces_bytes)
{
	size_t i, wrong = 0;

	begin(_metadata, self, "baud=1000000 burst=1e-4:50");
	carry(self, COUNT);
	ASSERT_EQ(COUNT, self->count);
	for (i = 0; i < COUNT; i++)
		wrong += self->sent[i] != self->came[i];
	EXPECT_LT(50, self->line.stats.bursts);
	EXPECT_GE(50 * self->line.stats.bursts, wrong);
	EXPECT_LT(50 * (self->line.stats.bursts - 1), wrong);
}

TEST_F(line, a_seed_repeats_everything)
{
	u8 *first = calloc(2, COUNT);
	size_t count;
	int i;

	for (i = 0; i < 3; i++) {
		begin(_metadata, self, i < 2 ? "baud=1000000 ber=1e-4 drop=1e-4 insert=1e-4 seed=9" :
		      "seed=10");
		carry(self, COUNT / 4);
		if (!i) {
			count = self->count;
			memcpy(first, self->came, count);
			continue;
		}
		EXPECT_EQ(i == 1, count == self->count &&
			  !memcmp(first, self->came, count));
	}
	free(first);
}

TEST_F(line, a_line_that_sticks_loses_nothing)
{
	begin(_metadata, self, "baud=1000000 latency=0");
	line_put(&self->line, 0, self->sent, 1000);
	line_stick(&self->line, 5 * LINE_NS_PER_MS, 100 * LINE_NS_PER_MS);
	EXPECT_EQ(500, take(self, 100 * LINE_NS_PER_MS));
	EXPECT_EQ(0, line_room(&self->line, 50 * LINE_NS_PER_MS));
	EXPECT_EQ(200, take(self, 107 * LINE_NS_PER_MS));
	EXPECT_EQ(300, take(self, 110 * LINE_NS_PER_MS));
	EXPECT_EQ(0, memcmp(self->sent, self->came, 1000));
}

TEST_F(line, break_loses_what_is_sent)
{
	begin(_metadata, self, "baud=1000000 latency=0");
	line_put(&self->line, 0, self->sent, 1000);
	line_break(&self->line, 5 * LINE_NS_PER_MS, 250 * LINE_NS_PER_MS);
	line_put(&self->line, 6 * LINE_NS_PER_MS, self->sent, 10);
	EXPECT_EQ(501, take(self, 200 * LINE_NS_PER_MS));
	EXPECT_EQ(0, self->came[500]);
	EXPECT_EQ(10, take(self, 256 * LINE_NS_PER_MS));
	EXPECT_EQ(0, memcmp(self->sent, self->came + 501, 10));
	EXPECT_EQ(500, self->line.stats.dropped);
}

TEST_F(line, unplugged_bytes_are_gone)
{
	begin(_metadata, self, "baud=1000000 latency=0");
	line_put(&self->line, 0, self->sent, 1000);
	take(self, LINE_NS_PER_MS);
	line_unplug(&self->line);
	line_put(&self->line, 2 * LINE_NS_PER_MS, self->sent, 100);
	EXPECT_EQ(0, take(self, 50 * LINE_NS_PER_MS));
	line_plug(&self->line, 50 * LINE_NS_PER_MS);
	line_put(&self->line, 50 * LINE_NS_PER_MS, self->sent, 100);
	EXPECT_EQ(100, take(self, 51 * LINE_NS_PER_MS));
	EXPECT_EQ(1000, self->line.stats.unplugged);
}

/* The new byte is lost, as in a UART, not the old one. */
TEST_F(line, a_receiver_that_does_not_take)
{
	begin(_metadata, self, "baud=1000000 latency=0 fifo=300");
	line_put(&self->line, 0, self->sent, 1000);
	EXPECT_EQ(300, take(self, LINE_NS_PER_S));
	EXPECT_EQ(0, memcmp(self->sent, self->came, 300));
	EXPECT_EQ(700, self->line.stats.overrun);
}

TEST_F(line, different_speeds_leave_nothing_legible)
{
	size_t i, same = 0;

	begin(_metadata, self, "baud=1000000 latency=0");
	line_garble(&self->line, true);
	line_put(&self->line, 0, self->sent, 1000);
	ASSERT_EQ(1000, take(self, LINE_NS_PER_S));
	for (i = 0; i < 1000; i++)
		same += self->sent[i] == self->came[i];
	EXPECT_EQ(0, same);
}

TEST(settings_are_text)
{
	static const char *const wrong[] = {
		"baud=0", "baud", "baud=x", "baud=1e5", "ber=2", "ber=-1", "ber=nan", "ber=",
		"burst=1e-3:0", "burst=1e-3:", "speed=9", "fifo=0", "seed=", "latency=-1",
	};
	char text[LINE_TEXT_MAX], again[LINE_TEXT_MAX], problem[LINE_TEXT_MAX];
	struct line_settings settings, before;
	size_t i;

	line_settings_init(&settings);
	ASSERT_EQ(0, line_settings_parse(&settings,
					 " baud=3000000 latency=16000, delay=20 ber=1e-05 drop=0.001\n"
					 "insert=0.25 burst=1e-06:77 queue=10 fifo=20 seed=18446744073709551615",
					 problem));
	line_settings_text(&settings, text);
	before = settings;
	ASSERT_EQ(0, line_settings_parse(&settings, text, problem));
	line_settings_text(&settings, again);
	EXPECT_STREQ(text, again);
	EXPECT_EQ(16 * LINE_NS_PER_MS, settings.latency);
	EXPECT_EQ(77, settings.burst_length);
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-EINVAL, line_settings_parse(&settings, wrong[i], problem))
			TH_LOG("%s", wrong[i]);
		EXPECT_EQ(0, memcmp(&before, &settings, sizeof(before)));
	}
}

TEST_HARNESS_MAIN
