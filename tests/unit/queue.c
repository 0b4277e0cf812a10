// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The queue of received frames: every record comes out once, whole and in order,
 * with a writer and a reader at the same time.
 */
#include <pthread.h>
#include <sched.h>

#include "unit.h"
#include "../../kmod/queue.c"

#define SIZE	(32 * 1024)
#define RECORDS	200000

static size_t record_length(struct rng *rng)
{
	u32 kind = rng_next(rng) % 8;

	return 1 + rng_next(rng) % (kind == 0 ? SVCGATE_FRAME_RAW_MAX : kind < 4 ? 40 : 1500);
}

/* Its bytes tell which it is, at its ends and wherever there is room between. */
static void write_record(u8 *at, u32 number, size_t length)
{
	at[0] = number;
	at[length - 1] = number >> 8 ^ length;
	if (length > 6)
		svcgate_put_le32(at + 1, number);
}

static bool is_record(const u8 *at, u32 number, size_t length)
{
	u8 last = number >> 8 ^ length;

	return at[length - 1] == last && (length == 1 || at[0] == (u8)number) &&
	       (length <= 6 || svcgate_get_le32(at + 1) == number);
}

TEST(p9_full_queue_has_no_room_and_loses_nothing)
{
	struct svcgate_queue q;
	u8 *buf = malloc(SIZE), *room;
	const u8 *record;
	size_t length, lengths[SIZE / SVCGATE_QUEUE_STEP];
	u32 put, taken, i, round;
	struct rng rng;

	rng_init(&rng, _metadata->name);
	svcgate_queue_init(&q, buf, SIZE);
	/* Counts that wrap around meanwhile. */
	q.in = q.out = 0U - 3 * SIZE;
	for (round = 0; round < 2000; round++) {
		for (put = 0; (room = svcgate_queue_room(&q)); put++) {
			ASSERT_GE(room, buf + SVCGATE_QUEUE_STEP);
			ASSERT_LE(room + SVCGATE_FRAME_RAW_MAX, buf + SIZE);
			lengths[put] = record_length(&rng);
			memset(room, 0xee, SVCGATE_FRAME_RAW_MAX);
			write_record(room, put, lengths[put]);
			svcgate_queue_put(&q, lengths[put]);
		}
		EXPECT_LE(SVCGATE_QUEUE_SURE(SIZE), svcgate_queue_used(&q));
		EXPECT_GE(SIZE, svcgate_queue_used(&q));
		/* One room less than everything: the next round begins elsewhere. */
		for (taken = 0; taken < put; taken++) {
			record = svcgate_queue_first(&q, &length);
			ASSERT_NE(NULL, record);
			ASSERT_EQ(lengths[taken], length);
			ASSERT_TRUE(is_record(record, taken, length));
			svcgate_queue_next(&q);
		}
		ASSERT_EQ(NULL, svcgate_queue_first(&q, &length));
		ASSERT_EQ(0, svcgate_queue_used(&q));
		for (i = 0; i < round % 5; i++) {
			ASSERT_NE(NULL, svcgate_queue_room(&q));
			svcgate_queue_put(&q, 1 + i);
			ASSERT_NE(NULL, svcgate_queue_first(&q, &length));
			svcgate_queue_next(&q);
		}
	}
	free(buf);
}

/* The longest, and the shortest: each fits into what is sure, whatever came before. */
TEST(p9_what_is_sure_fits_wherever_the_queue_stands)
{
	static const size_t lengths[] = { 1, 16, 20, 1500, SVCGATE_FRAME_RAW_MAX };
	u8 *buf = malloc(SIZE);
	struct svcgate_queue q;
	size_t i, sum, whole_record;
	u32 start;

	for (start = 0; start < SIZE; start += SVCGATE_QUEUE_STEP) {
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			svcgate_queue_init(&q, buf, SIZE);
			q.in = q.out = start;
			whole_record = whole(lengths[i]);
			for (sum = 0; sum + whole_record <= SVCGATE_QUEUE_SURE(SIZE);
			     sum += whole_record) {
				ASSERT_NE(NULL, svcgate_queue_room(&q));
				svcgate_queue_put(&q, lengths[i]);
			}
		}
	}
	free(buf);
}

struct both {
	struct svcgate_queue q;
	unsigned int wrong;
};

static void *reader(void *argument)
{
	struct both *both = argument;
	const u8 *record;
	size_t length;
	u32 number;
	struct rng rng;

	rng_init(&rng, "both");
	for (number = 0; number < RECORDS; number++) {
		while (!(record = svcgate_queue_first(&both->q, &length)))
			sched_yield();
		if (length != record_length(&rng) || !is_record(record, number, length))
			both->wrong++;
		svcgate_queue_next(&both->q);
	}
	return NULL;
}

TEST(writer_and_reader_at_the_same_time)
{
	struct both both = {};
	u8 *buf = malloc(SIZE), *room;
	pthread_t thread;
	struct rng rng;
	size_t length;
	u32 number;

	svcgate_queue_init(&both.q, buf, SIZE);
	rng_init(&rng, "both");
	ASSERT_EQ(0, pthread_create(&thread, NULL, reader, &both));
	for (number = 0; number < RECORDS; number++) {
		while (!(room = svcgate_queue_room(&both.q)))
			sched_yield();
		length = record_length(&rng);
		write_record(room, number, length);
		svcgate_queue_put(&both.q, length);
	}
	pthread_join(thread, NULL);
	EXPECT_EQ(0, both.wrong);
	EXPECT_EQ(0, svcgate_queue_used(&both.q));
	free(buf);
}

TEST_HARNESS_MAIN
