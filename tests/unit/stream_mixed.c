// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Two hours of a port that several people use at once, in a few seconds: a slow
 * follow, an interactive exchange, uploads and downloads, and a reader that stops
 * for a minute. Every byte is checked, and how long the exchange waits.
 */
#include "stream_story.h"

#define HOURS_2		(2 * 3600 * S)
#define ROUND_TRIP_MAX	(150 * MS)
#define MESSAGE_MAX	40
#define ANSWER_MAX	400

/* A program that sends a line of its log now and then. */
struct follow {
	struct transaction *t;
	int64_t next;
};

/* One that asks, waits for the whole answer, thinks, and asks again. */
struct talk {
	struct transaction *t;
	int64_t next;
	int64_t asked_at;
	u64 asked;
	u64 answered;
	u32 answer;
	bool waits;
	u32 count;
	u32 late;
	int64_t longest;
	int64_t sum;
};

/* Transfers, one after the other, each a transaction of its own. */
struct transfers {
	struct transaction *t;
	int from;
	int64_t next;
	u32 largest;
	u32 pause;
	u32 count;
	u64 bytes;
};

struct story {
	struct world w;
	u16 number;
	struct follow follow;
	struct talk talk;
	struct transfers up;
	struct transfers down;
};

static void follow_turn(struct story *s)
{
	struct world *w = &s->w;

	if (!s->follow.t) {
		s->follow.t = transaction_open(w, ++s->number);
		flow_give(&s->follow.t->flows[HOST], 0, true);
	}
	if (w->now < s->follow.next)
		return;
	flow_give(&s->follow.t->flows[DEVICE], 20 + rng_below(&w->rng, 100), false);
	s->follow.next = w->now + 50 * MS + rng_below(&w->rng, 450 * MS);
}

static void answered(struct talk *talk, int64_t now)
{
	int64_t time = now - talk->asked_at;

	talk->waits = false;
	talk->count++;
	talk->sum += time;
	talk->late += time >= ROUND_TRIP_MAX;
	if (time > talk->longest)
		talk->longest = time;
}

/* A question and its answer are short, as what is typed and shown is. */
static void talk_turn(struct story *s)
{
	struct talk *talk = &s->talk;
	struct world *w = &s->w;
	u32 length;

	if (!talk->t)
		talk->t = transaction_open(w, ++s->number);
	if (talk->waits && talk->t->flows[HOST].taken == talk->asked && talk->answer) {
		flow_give(&talk->t->flows[DEVICE], talk->answer, false);
		talk->answered += talk->answer;
		talk->answer = 0;
	}
	if (talk->waits && !talk->answer && talk->t->flows[DEVICE].taken == talk->answered) {
		answered(talk, w->now);
		talk->next = w->now + rng_below(&w->rng, 1000 * MS);
	}
	if (talk->waits || w->now < talk->next)
		return;
	length = 1 + rng_below(&w->rng, MESSAGE_MAX);
	talk->answer = 1 + rng_below(&w->rng, rng_below(&w->rng, 4) ? 40 : ANSWER_MAX);
	flow_give(&talk->t->flows[HOST], length, false);
	talk->asked += length;
	talk->asked_at = w->now;
	talk->waits = true;
}

static void transfers_turn(struct story *s, struct transfers *x)
{
	struct world *w = &s->w;
	u32 length;

	if (x->t && transaction_done(x->t)) {
		x->count++;
		x->bytes += x->t->flows[x->from].taken;
		transaction_close(x->t);
		x->t = NULL;
		x->next = w->now + rng_below(&w->rng, x->pause);
	}
	if (x->t || !x->largest || w->now < x->next)
		return;
	length = rng_below(&w->rng, x->largest);
	x->t = transaction_open(w, ++s->number);
	flow_give(&x->t->flows[x->from], length, true);
	flow_give(&x->t->flows[!x->from], 0, true);
}

static int64_t next_turn(const struct story *s, int64_t until)
{
	int64_t next = until;

	earlier(&next, s->follow.next);
	if (!s->talk.waits)
		earlier(&next, s->talk.next);
	if (!s->up.t && s->up.largest)
		earlier(&next, s->up.next);
	if (!s->down.t && s->down.largest)
		earlier(&next, s->down.next);
	return next > s->w.now ? next : s->w.now + 1;
}

static void play(struct story *s, int64_t until)
{
	while (s->w.now < until) {
		follow_turn(s);
		talk_turn(s);
		transfers_turn(s, &s->up);
		transfers_turn(s, &s->down);
		world_step(&s->w, next_turn(s, until));
	}
}

static void begin(struct story *s, TESTED, const char *name, const char *settings)
{
	memset(s, 0, sizeof(*s));
	world_begin(&s->w, _metadata, name, settings);
	s->up = (struct transfers){ .from = HOST, .largest = 1 << 20, .pause = 60 * S };
	s->down = (struct transfers){ .from = DEVICE, .largest = 1 << 20, .pause = 60 * S };
}

/* All of the talk and the follow arrives in the end. */
static void finish(struct story *s, TESTED, const char *name)
{
	int64_t limit;

	s->up.largest = 0;
	s->down.largest = 0;
	while (s->up.t || s->down.t || s->talk.waits)
		play(s, s->w.now + 1 * S);
	flow_give(&s->follow.t->flows[DEVICE], 0, true);
	flow_give(&s->talk.t->flows[HOST], 0, true);
	flow_give(&s->talk.t->flows[DEVICE], 0, true);
	limit = s->w.now + 60 * S;
	while (!transaction_done(s->follow.t) || !transaction_done(s->talk.t)) {
		world_step(&s->w, limit);
		ASSERT_LT(s->w.now, limit);
	}
	EXPECT_EQ(s->follow.t->flows[DEVICE].wanted, s->follow.t->flows[DEVICE].taken);
	EXPECT_EQ(s->talk.asked, s->talk.t->flows[HOST].taken);
	EXPECT_EQ(s->talk.answered, s->talk.t->flows[DEVICE].taken);
	TH_LOG("%s: %llu s, %u exchanges of %u ms, longest %u ms, %u late; %u uploads, %u downloads, %llu and %llu kB",
	       name, (unsigned long long)(s->w.now / S), s->talk.count,
	       (unsigned int)(s->talk.sum / s->talk.count / MS),
	       (unsigned int)(s->talk.longest / MS), s->talk.late, s->up.count,
	       s->down.count, (unsigned long long)s->up.bytes / 1000,
	       (unsigned long long)s->down.bytes / 1000);
	world_end(&s->w);
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

TEST_F_TIMEOUT(hours, two_hours_on_a_clean_line, DEADLINE_S)
{
	static struct story s;

	begin(&s, _metadata, "two hours", "baud=115200");
	play(&s, HOURS_2);
	EXPECT_EQ(0, s.talk.late);
	EXPECT_LT(50, s.up.count);
	EXPECT_LT(50, s.down.count);
	finish(&s, _metadata, "clean");
}

/*
 * Who follows a log stops reading for a minute. Its sender is held up, everybody
 * else is not; and nothing of it is lost.
 */
TEST_F_TIMEOUT(hours, a_reader_that_stops_for_a_minute, DEADLINE_S)
{
	static struct story s;
	struct flow *stopped;
	u64 given, taken;
	u32 late;

	begin(&s, _metadata, "reader", "baud=115200");
	play(&s, 10 * S);
	stopped = &s.follow.t->flows[DEVICE];
	given = stopped->wanted;
	/* A minute of it is more than all room on the way. */
	flow_give(stopped, 1 << 20, false);
	stopped->reader_stops = true;
	taken = s.up.bytes + s.down.bytes;
	/* When the room on the way is full it is out of the others' way. */
	play(&s, 40 * S);
	late = s.talk.late;
	play(&s, 70 * S);
	EXPECT_LE(stopped->taken, given);
	EXPECT_GE(stopped->out.next, stopped->out.limit);
	EXPECT_EQ(0, s.w.over_queue + s.w.over_output);
	EXPECT_EQ(late, s.talk.late);
	stopped->reader_stops = false;
	play(&s, 600 * S);
	EXPECT_LT(taken, s.up.bytes + s.down.bytes);
	finish(&s, _metadata, "reader");
}

TEST_F_TIMEOUT(hours, two_hours_on_a_bad_line, DEADLINE_S)
{
	static struct story s;

	begin(&s, _metadata, "two bad hours",
	      "baud=115200 latency=2000 ber=1e-5 drop=1e-5 insert=1e-5 burst=1e-6:200");
	play(&s, HOURS_2);
	EXPECT_LT(50, s.up.count);
	EXPECT_LT(50, s.down.count);
	finish(&s, _metadata, "bad");
}

TEST_HARNESS_MAIN
