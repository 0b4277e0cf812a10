// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The two ends of a stream alone, between them everything that can become of
 * pieces and acknowledgements: any order, twice, not at all, cut, from a sender
 * that lies. What comes out is what went in, or a beginning of it.
 */
#include "stream.h"
#include "unit.h"

#define WALKS		300
#define POCKET		24
#define LENGTH_MAX	60000

/* What is on its way: pieces or acknowledgements. */
struct pocket {
	struct {
		u32 offset;
		size_t length;
		bool last;
		u8 data[SVCGATE_FRAME_DATA_MAX];
	} kept[POCKET];
	unsigned int count;
};

struct walk {
	struct rng rng;
	int64_t now;
	struct svcgate_pace pace;
	struct svcgate_stream_out out;
	struct svcgate_stream_in in;
	struct pocket pieces;
	struct pocket acks;
	u8 data[LENGTH_MAX];
	u32 length;
	u32 fed;
	u32 taken;
};

/* A full pocket loses what was put; so does chance. */
static void pocket_put(struct walk *w, struct pocket *pocket, u32 offset, const u8 *data,
		       size_t length, bool last)
{
	unsigned int i = pocket->count;

	if (i == POCKET || !rng_below(&w->rng, 12))
		return;
	pocket->kept[i].offset = offset;
	pocket->kept[i].length = length;
	pocket->kept[i].last = last;
	memcpy(pocket->kept[i].data, data, length);
	pocket->count++;
}

/* One of them comes, and most of the time only once. */
static int pocket_draw(struct walk *w, struct pocket *pocket)
{
	if (!pocket->count)
		return -1;
	return rng_below(&w->rng, 3) ? 0 : rng_below(&w->rng, pocket->count);
}

static void pocket_drop(struct walk *w, struct pocket *pocket, int i)
{
	if (!rng_below(&w->rng, 8))
		return;
	pocket->count--;
	memmove(pocket->kept + i, pocket->kept + i + 1,
		(pocket->count - i) * sizeof(pocket->kept[0]));
}

static void feed(struct walk *w)
{
	size_t room;
	u8 *at;

	room = svcgate_stream_out_room(&w->out, &at);
	if (room > w->length - w->fed)
		room = w->length - w->fed;
	room = rng_below(&w->rng, 4) ? rng_below(&w->rng, room + 1) : room;
	memcpy(at, w->data + w->fed, room);
	svcgate_stream_out_put(&w->out, room);
	w->fed += room;
	if (w->fed == w->length)
		svcgate_stream_out_end(&w->out);
}

static void send_piece(struct walk *w)
{
	static struct svcgate_piece piece;
	u8 *copy;

	if (!svcgate_stream_out_next(&w->out, w->now, &piece))
		return;
	copy = exact_copy(piece.data, piece.length);
	pocket_put(w, &w->pieces, piece.offset, copy, piece.length, piece.last);
	free(copy);
}

/* Also in two parts, the later one first, and with a neighbour's bytes. */
static void receive_piece(struct walk *w)
{
	int i = pocket_draw(w, &w->pieces);
	u32 offset, cut;
	size_t length;
	u8 *copy;

	if (i < 0)
		return;
	offset = w->pieces.kept[i].offset;
	length = w->pieces.kept[i].length;
	cut = rng_below(&w->rng, 4) ? 0 : rng_below(&w->rng, length + 1);
	copy = exact_copy(w->pieces.kept[i].data + cut, length - cut);
	svcgate_stream_in_take(&w->in, offset + cut, copy, length - cut,
			       w->pieces.kept[i].last);
	free(copy);
	if (cut)
		svcgate_stream_in_take(&w->in, offset, w->pieces.kept[i].data, cut, false);
	pocket_drop(w, &w->pieces, i);
}

static void send_ack(struct walk *w)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	size_t length;
	u32 offset;

	if (!svcgate_stream_in_due(&w->in) && rng_below(&w->rng, 20))
		return;
	length = svcgate_stream_in_ack(&w->in, &offset, body);
	pocket_put(w, &w->acks, offset, body, length, false);
}

static void receive_ack(struct walk *w)
{
	int i = pocket_draw(w, &w->acks);
	size_t length;
	u8 *copy;

	if (i < 0)
		return;
	length = rng_below(&w->rng, 30) ? w->acks.kept[i].length : 0;
	copy = exact_copy(w->acks.kept[i].data, length);
	svcgate_stream_out_ack(&w->out, w->now, w->acks.kept[i].offset, copy, length);
	free(copy);
	pocket_drop(w, &w->acks, i);
}

static void read_some(struct walk *w, TESTED)
{
	const u8 *at;
	size_t count = svcgate_stream_in_peek(&w->in, &at);

	if (!rng_below(&w->rng, 3))
		count = rng_below(&w->rng, count + 1);
	ASSERT_LE(w->taken + count, w->fed);
	ASSERT_EQ(0, memcmp(at, w->data + w->taken, count));
	svcgate_stream_in_consume(&w->in, count);
	w->taken += count;
}

static void step(struct walk *w, TESTED)
{
	switch (rng_below(&w->rng, 8)) {
	case 0:
		feed(w);
		break;
	case 1:
	case 2:
		send_piece(w);
		break;
	case 3:
	case 4:
		receive_piece(w);
		break;
	case 5:
		send_ack(w);
		break;
	case 6:
		receive_ack(w);
		break;
	case 7:
		read_some(w, _metadata);
		break;
	}
	w->now += rng_below(&w->rng, rng_below(&w->rng, 50) ? 3000 : 500000);
}

static void begin(struct walk *w, TESTED)
{
	static const u32 rates[] = { 0, 960, 11520, 300000 };
	size_t room = 1024 << rng_below(&w->rng, 7);

	w->now = 1;
	w->fed = 0;
	w->taken = 0;
	w->pieces.count = 0;
	w->acks.count = 0;
	w->length = rng_below(&w->rng, rng_below(&w->rng, 4) ? LENGTH_MAX : 100);
	rng_fill(&w->rng, w->data, w->length);
	svcgate_pace_init(&w->pace, rates[rng_below(&w->rng, ARRAY_SIZE(rates))],
			  1024 << rng_below(&w->rng, 5), SVCGATE_FRAME_DATA_MAX);
	w->pace.streams = 1 + rng_below(&w->rng, 3);
	ASSERT_EQ(0, svcgate_stream_out_init(&w->out, &w->pace, 1024 << rng_below(&w->rng, 7),
					     rng_below(&w->rng, 2) ? 0 : room));
	ASSERT_EQ(0, svcgate_stream_in_init(&w->in, room));
}

static void end(struct walk *w)
{
	svcgate_stream_out_free(&w->out);
	svcgate_stream_in_free(&w->in);
}

TEST(the_same_bytes_come_out)
{
	static struct walk w;
	u64 steps = 0;
	int i;

	rng_init(&w.rng, "walk");
	for (i = 0; i < WALKS; i++) {
		begin(&w, _metadata);
		while (!svcgate_stream_out_done(&w.out) || !svcgate_stream_in_ended(&w.in)) {
			step(&w, _metadata);
			/* It comes to an end: a usual walk takes a thousand steps. */
			ASSERT_LT(steps++, (u64)(i + 1) * 500000);
		}
		EXPECT_EQ(w.length, w.taken);
		end(&w);
		/* What was on its way is not any more. */
		EXPECT_EQ(0, w.pace.in_flight);
	}
	TH_LOG("%d streams, %llu steps", WALKS, (unsigned long long)steps);
}

/* Numbers and bodies of a peer that makes them up: nothing of it is believed. */
static void lie(struct walk *w)
{
	u8 body[SVCGATE_STREAM_ACK_MAX + 8], *copy;
	size_t length = rng_below(&w->rng, sizeof(body) + 1);
	u32 offset = rng_below(&w->rng, 4) ? rng_below(&w->rng, 2 * LENGTH_MAX) :
		     rng_next(&w->rng);

	rng_fill(&w->rng, body, sizeof(body));
	if (rng_below(&w->rng, 2))
		length = 4 + 8 * rng_below(&w->rng, 5);
	copy = exact_copy(body, length);
	if (rng_below(&w->rng, 2))
		svcgate_stream_out_ack(&w->out, w->now, offset, copy, length);
	else
		svcgate_stream_in_take(&w->in, offset, copy, length,
				       !rng_below(&w->rng, 50));
	free(copy);
}

TEST(a_peer_that_lies)
{
	static struct svcgate_piece piece;
	static struct walk w;
	const u8 *at;
	int i, j;

	rng_init(&w.rng, "lies");
	for (i = 0; i < WALKS; i++) {
		begin(&w, _metadata);
		for (j = 0; j < 2000; j++) {
			feed(&w);
			if (svcgate_stream_out_next(&w.out, w.now, &piece))
				ASSERT_EQ(0, memcmp(piece.data, w.data + piece.offset,
						    piece.length));
			lie(&w);
			svcgate_stream_in_consume(&w.in, svcgate_stream_in_peek(&w.in, &at));
			ASSERT_LE(w.in.next - w.in.base, w.in.size);
			ASSERT_LE(w.out.end - w.out.base, w.out.size);
			ASSERT_LE(w.out.next, w.out.end);
			w.now += rng_below(&w.rng, 100000);
		}
		end(&w);
	}
}

TEST_HARNESS_MAIN
