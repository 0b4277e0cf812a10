// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ten thousand messages through each kind of error, in both directions at once:
 * nothing is lost, doubled or reordered.
 *
 * A message is a length, its number, and content that follows from both. That the
 * bytes of a stream are the right ones is checked as they come (flow_read()); here
 * the messages are put together again from what a reader takes in any pieces.
 */
#include "stream_story.h"

#define MESSAGES	10000
#define MESSAGE_MAX	1000
#define HEAD		6

struct messages {
	u32 sent;
	u32 came;
	size_t length;
	u8 buf[HEAD + MESSAGE_MAX];
	size_t used;
};

static size_t message_make(struct rng *rng, u32 number, u8 *out)
{
	/* Most are short, some are longer than a frame can be on a bad line. */
	u32 length = rng_below(rng, rng_below(rng, 8) ? 60 : MESSAGE_MAX + 1);

	svcgate_put_le16(out, length);
	svcgate_put_le32(out + 2, number);
	content_fill(number, 0, out + HEAD, length);
	return HEAD + length;
}

/* Give what there is room for; a message may be cut anywhere. */
static void messages_give(struct world *w, struct flow *f, struct messages *m)
{
	size_t room, part;
	u8 *at;

	for (;;) {
		if (!m->used && m->sent == MESSAGES) {
			svcgate_stream_out_end(&f->out);
			return;
		}
		if (!m->used) {
			m->length = message_make(&w->rng, m->sent++, m->buf);
			m->used = m->length;
		}
		room = svcgate_stream_out_room(&f->out, &at);
		part = m->used < room ? m->used : room;
		if (!part)
			return;
		memcpy(at, m->buf + m->length - m->used, part);
		svcgate_stream_out_put(&f->out, part);
		m->used -= part;
	}
}

static void message_check(struct world *w, struct messages *m)
{
	struct __test_metadata *_metadata = w->_metadata;
	size_t length = svcgate_get_le16(m->buf);
	u8 expected[MESSAGE_MAX];

	ASSERT_LE(length, MESSAGE_MAX);
	if (m->used < HEAD + length)
		return;
	ASSERT_EQ(m->came, svcgate_get_le32(m->buf + 2));
	content_fill(m->came, 0, expected, length);
	ASSERT_EQ(0, memcmp(expected, m->buf + HEAD, length));
	m->came++;
	m->used = 0;
}

static void messages_read(struct world *w, struct flow *f, struct messages *m)
{
	size_t count, part;
	const u8 *at;

	while ((count = svcgate_stream_in_peek(&f->in, &at))) {
		part = m->used < HEAD ? HEAD - m->used :
		       HEAD + svcgate_get_le16(m->buf) - m->used;
		if (part > count)
			part = count;
		memcpy(m->buf + m->used, at, part);
		m->used += part;
		svcgate_stream_in_consume(&f->in, part);
		if (m->used >= HEAD)
			message_check(w, m);
	}
}

static u64 damaged(const struct world *w)
{
	const struct line_stats *s;
	u64 sum = 0;
	int i;

	for (i = 0; i < 2; i++) {
		s = &w->sides[i].line.stats;
		sum += s->flipped + s->dropped + s->inserted + s->bursts;
	}
	return sum;
}

static void exchange(TESTED, const char *settings, bool sticky)
{
	static struct messages given[2], read[2];
	static struct world w;
	struct transaction *t;
	int64_t stick_at = sticky ? 1 : NEVER;
	u32 stuck = 0;
	int i;

	world_begin(&w, _metadata, settings, settings);
	memset(given, 0, sizeof(given));
	memset(read, 0, sizeof(read));
	t = transaction_open(&w, 1);
	t->flows[HOST].reader_stops = true;
	t->flows[DEVICE].reader_stops = true;
	while (!transaction_done(t)) {
		for (i = 0; i < 2; i++) {
			messages_give(&w, &t->flows[i], &given[i]);
			messages_read(&w, &t->flows[i], &read[i]);
		}
		if (w.now >= stick_at) {
			line_stick(&w.sides[rng_below(&w.rng, 2)].line,
				   w.now * LINE_NS_PER_US,
				   rng_below(&w.rng, 2500) * LINE_NS_PER_MS);
			stick_at = w.now + rng_below(&w.rng, 5 * S);
			stuck++;
		}
		world_step(&w, stick_at);
		ASSERT_LT(w.now, 4 * 3600 * S);
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(MESSAGES, read[i].came);
		EXPECT_EQ(0, read[i].used);
	}
	EXPECT_LT(0, damaged(&w) + stuck);
	TH_LOG("%s: %llu s, %llu bad frames, %llu sent, kernel dropped %llu and %llu, stuck %u times",
	       settings, (unsigned long long)(w.now / S),
	       (unsigned long long)(w.sides[0].bad + w.sides[1].bad),
	       (unsigned long long)(w.sides[0].frames + w.sides[1].frames),
	       (unsigned long long)w.over_queue, (unsigned long long)w.over_output, stuck);
	world_end(&w);
}

/* However busy the machine is: only for a test that would never end. */
#define DEADLINE_S	600

FIXTURE(hours) {
};

FIXTURE_SETUP(hours)
{
}

FIXTURE_TEARDOWN(hours)
{
}

TEST_F_TIMEOUT(hours, bit_errors, DEADLINE_S)
{
	exchange(_metadata, "baud=115200 ber=1e-5", false);
	exchange(_metadata, "baud=115200 ber=1e-4", false);
	exchange(_metadata, "baud=115200 ber=1e-3", false);
}

TEST_F_TIMEOUT(hours, lost_bytes, DEADLINE_S)
{
	exchange(_metadata, "baud=115200 drop=1e-4", false);
	exchange(_metadata, "baud=115200 drop=2e-3", false);
}

TEST_F_TIMEOUT(hours, inserted_bytes, DEADLINE_S)
{
	exchange(_metadata, "baud=115200 insert=1e-4", false);
	exchange(_metadata, "baud=115200 insert=2e-3", false);
}

TEST_F_TIMEOUT(hours, bursts, DEADLINE_S)
{
	exchange(_metadata, "baud=115200 burst=1e-4:8", false);
	exchange(_metadata, "baud=115200 burst=1e-5:2000", false);
}

TEST_F_TIMEOUT(hours, a_line_that_sticks, DEADLINE_S)
{
	exchange(_metadata, "baud=115200", true);
}

TEST_F_TIMEOUT(hours, all_of_it, DEADLINE_S)
{
	exchange(_metadata,
		 "baud=921600 latency=16000 ber=2e-5 drop=1e-4 insert=1e-4 burst=1e-5:64", true);
}

TEST_HARNESS_MAIN
