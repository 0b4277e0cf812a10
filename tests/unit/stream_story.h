/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host and a device, each with the library's ends of streams, at a simulated
 * line, on a clock that nobody waits for.
 *
 * The host carries its frames as the hub does: each transaction has a pace of its
 * own, one after the other gets a frame through, and little more is on its way to
 * the port than the line carries. The device has one pace for all of them, and
 * between it and the line a kernel with its bounds. The content of every stream
 * follows from the place in it, so each byte is checked as it comes.
 */
#ifndef _SVCGATE_TESTS_STREAM_STORY_H
#define _SVCGATE_TESTS_STREAM_STORY_H

#include "frame.h"
#include "line_model.h"
#include "stream.h"
#include "unit.h"

#define SESSION		0x5e551045e551047eULL
#define TRANSACTIONS	8
#define STREAM_ROOM	(64 * 1024)
#define WINDOW_FIRST	(16 * 1024)
#define HOST_IN_FLIGHT	(24 * 1024)
#define KEEP_ALIVE_US	1000000
#define AHEAD_NS	(20 * LINE_NS_PER_MS)
#define FRAMES		1024
#define KERNEL_QUEUE	(16 * 1024)
#define ENDLESS		UINT64_MAX
#define NEVER		INT64_MAX
#define MS		INT64_C(1000)
#define S		INT64_C(1000000)

/* A frame that waits: on the line's side encoded, on the helper's as it came. */
struct waiting {
	struct waiting *next;
	size_t length;
	u8 data[];
};

struct waiting_list {
	struct waiting *first;
	struct waiting **last;
	size_t bytes;
};

/* One direction of a transaction. */
struct flow {
	struct svcgate_stream_out out;
	struct svcgate_stream_in in;
	u64 content;		/* which bytes it carries */
	u64 wanted;		/* bytes that its program gives up to now */
	u64 fed;
	u64 taken;
	bool ends;		/* with the last byte wanted */
	bool reader_stops;
	int64_t first_at;	/* when its program gave the first byte */
	int64_t done_at;	/* when the sender knew that all had arrived */
};

struct transaction {
	bool open;
	u16 number;
	struct flow flows[2];	/* indexed by the side that sends */
	struct svcgate_pace pace;
	struct waiting_list out[2];
};

enum { HOST, DEVICE };

struct side {
	struct line line;	/* what it sends on */
	struct svcgate_deframer deframer;
	u8 frame[SVCGATE_FRAME_RAW_MAX];
	unsigned int turn;
	int64_t ahead;
	int64_t ends[FRAMES];	/* when frames on its line end, see frame_due() */
	unsigned int end_first;
	unsigned int end_count;
	u64 frames;
	u64 bad;
};

struct world {
	struct __test_metadata *_metadata;
	struct rng rng;
	int64_t now;
	struct side sides[2];
	struct transaction transactions[TRANSACTIONS];
	struct svcgate_pace device_pace;
	/* The kernel of the device. */
	struct waiting_list inbox;
	int64_t helper_delay;
	int64_t helper_at;
	size_t output;
	u64 over_queue;
	u64 over_output;
	int64_t host_sent_at;
};

/* --- bytes ------------------------------------------------------------------- */

static inline u64 content_word(u64 content, u64 i)
{
	u64 z = (content << 40) + i + 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static inline void content_fill(u64 content, u64 offset, u8 *out, size_t length)
{
	u64 word = content_word(content, offset / 8);

	while (length--) {
		*out++ = word >> offset % 8 * 8;
		if (!(++offset % 8))
			word = content_word(content, offset / 8);
	}
}

static inline void waiting_put(struct waiting_list *list, const u8 *data, size_t length)
{
	struct waiting *w = malloc(sizeof(*w) + length);

	if (!w)
		abort();
	w->next = NULL;
	w->length = length;
	memcpy(w->data, data, length);
	if (!list->first)
		list->last = &list->first;
	*list->last = w;
	list->last = &w->next;
	list->bytes += length;
}

static inline void waiting_drop(struct waiting_list *list)
{
	struct waiting *w = list->first;

	list->first = w->next;
	list->bytes -= w->length;
	free(w);
}

/* --- a transaction ----------------------------------------------------------- */

/* Neither direction has anything to give yet; content 2n and 2n + 1. */
static inline struct transaction *transaction_open(struct world *w, u16 number)
{
	struct __test_metadata *_metadata = w->_metadata;
	struct transaction *t = w->transactions;
	int i;

	while (t->open)
		ASSERT_LT(++t, w->transactions + TRANSACTIONS);
	*t = (struct transaction){ .open = true, .number = number };
	svcgate_pace_init(&t->pace, w->sides[HOST].line.settings.baud / 10, HOST_IN_FLIGHT,
			  SVCGATE_FRAME_DATA_MAX);
	for (i = 0; i < 2; i++) {
		t->flows[i].content = 2 * number + i;
		ASSERT_EQ(0, svcgate_stream_out_init(&t->flows[i].out,
						     i == HOST ? &t->pace : &w->device_pace,
						     STREAM_ROOM, WINDOW_FIRST));
		ASSERT_EQ(0, svcgate_stream_in_init(&t->flows[i].in, STREAM_ROOM));
	}
	return t;
}

static inline void transaction_close(struct transaction *t)
{
	int i;

	for (i = 0; i < 2; i++) {
		svcgate_stream_out_free(&t->flows[i].out);
		svcgate_stream_in_free(&t->flows[i].in);
		while (t->out[i].first)
			waiting_drop(&t->out[i]);
	}
	t->open = false;
}

static inline unsigned int transactions_open(const struct world *w)
{
	unsigned int i, n = 0;

	for (i = 0; i < TRANSACTIONS; i++)
		n += w->transactions[i].open;
	return n;
}

/* The program gives bytes; the stream takes what it has room for, now or later. */
static inline void flow_give(struct flow *f, u64 count, bool ends)
{
	f->wanted = count == ENDLESS ? ENDLESS : f->wanted + count;
	f->ends = ends;
}

static inline void flow_feed(struct world *w, struct flow *f)
{
	size_t room;
	u8 *at;

	while (f->fed < f->wanted) {
		room = svcgate_stream_out_room(&f->out, &at);
		if (room > f->wanted - f->fed)
			room = f->wanted - f->fed;
		if (!room)
			return;
		if (!f->fed)
			f->first_at = w->now;
		content_fill(f->content, f->fed, at, room);
		svcgate_stream_out_put(&f->out, room);
		f->fed += room;
	}
	if (f->ends)
		svcgate_stream_out_end(&f->out);
}

/* Every byte that comes is the next one, and the right one. */
static inline void flow_read(struct world *w, struct flow *f)
{
	struct __test_metadata *_metadata = w->_metadata;
	u8 expected[4096];
	const u8 *at;
	size_t count;

	while (!f->reader_stops && (count = svcgate_stream_in_peek(&f->in, &at))) {
		if (count > sizeof(expected))
			count = sizeof(expected);
		content_fill(f->content, f->taken, expected, count);
		ASSERT_EQ(0, memcmp(expected, at, count));
		svcgate_stream_in_consume(&f->in, count);
		f->taken += count;
		ASSERT_LE(f->taken, f->wanted);
	}
}

/* --- frames ------------------------------------------------------------------ */

static inline void frame_make(struct world *w, int from, struct transaction *t, u8 kind,
			      u8 flags, u32 offset, const u8 *data, size_t length)
{
	u8 head[sizeof(struct svcgate_frame)];
	u8 out[SVCGATE_FRAME_LINE_MAX(SVCGATE_FRAME_MAX)];
	size_t n;

	svcgate_frame_put(head, kind, flags, t->number, offset, SESSION);
	n = svcgate_enframe(out, sizeof(out), head, sizeof(head), data, length);
	waiting_put(&t->out[from], out, n);
}

static inline void frames_make(struct world *w, int from, struct transaction *t)
{
	static struct svcgate_piece piece;
	struct svcgate_stream_in *in = &t->flows[!from].in;
	struct svcgate_stream_out *out = &t->flows[from].out;
	u8 body[SVCGATE_STREAM_ACK_MAX];
	size_t length;
	u32 offset;

	flow_read(w, &t->flows[!from]);
	if (svcgate_stream_in_due(in)) {
		length = svcgate_stream_in_ack(in, &offset, body);
		frame_make(w, from, t, SVCGATE_FRAME_ACK, 0, offset, body, length);
	}
	flow_feed(w, &t->flows[from]);
	while (svcgate_stream_out_next(out, w->now, &piece))
		frame_make(w, from, t, SVCGATE_FRAME_DATA,
			   piece.last ? SVCGATE_FRAME_LAST : 0, piece.offset, piece.data,
			   piece.length);
}

static inline void frame_send(struct world *w, int from, const u8 *data, size_t length)
{
	struct side *s = &w->sides[from];

	if (from == HOST)
		w->host_sent_at = w->now;
	if (from == DEVICE && w->output + length > SVCGATE_OUTPUT_BOUND) {
		w->over_output++;
		return;
	}
	w->output += from == DEVICE ? length : 0;
	s->frames++;
	line_put(&s->line, w->now * LINE_NS_PER_US, data, length);
	if (s->end_count < FRAMES)
		s->ends[(s->end_first + s->end_count++) % FRAMES] = s->line.busy;
}

/* One after the other gets one frame through, as far as the line takes them. */
static inline void frames_send(struct world *w, int from)
{
	struct side *s = &w->sides[from];
	struct transaction *t;
	unsigned int none = 0;

	while (none < TRANSACTIONS &&
	       s->line.busy - w->now * LINE_NS_PER_US < s->ahead) {
		t = &w->transactions[s->turn++ % TRANSACTIONS];
		none++;
		if (!t->open || !t->out[from].first)
			continue;
		none = 0;
		frame_send(w, from, t->out[from].first->data, t->out[from].first->length);
		waiting_drop(&t->out[from]);
	}
}

static inline void keep_alive(struct world *w, int from)
{
	u8 head[sizeof(struct svcgate_frame)], out[64];

	svcgate_frame_put(head, SVCGATE_FRAME_ACK, 0, 0, 0, SESSION);
	frame_send(w, from, out, svcgate_enframe(out, sizeof(out), head, sizeof(head),
						 NULL, 0));
}

static inline void frame_take(struct world *w, int to, const u8 *body, size_t length)
{
	const u8 *data = body + sizeof(struct svcgate_frame);
	u16 number = svcgate_get_le16(body + 2);
	u32 offset = svcgate_get_le32(body + 4);
	u8 kind = body[0] & 0xf;
	struct transaction *t;
	unsigned int i;

	length -= sizeof(struct svcgate_frame);
	for (i = 0; i < TRANSACTIONS; i++) {
		t = &w->transactions[i];
		if (!t->open || t->number != number)
			continue;
		if (kind == SVCGATE_FRAME_DATA)
			svcgate_stream_in_take(&t->flows[!to].in, offset, data, length,
					       body[1] & SVCGATE_FRAME_LAST);
		else
			svcgate_stream_out_ack(&t->flows[to].out, w->now, offset, data,
					       length);
		flow_read(w, &t->flows[!to]);
	}
}

/* The device's kernel looks at a frame; the helper gets it from a bounded queue. */
static inline void kernel_take(struct world *w, const u8 *body, size_t length)
{
	w->output = 0;
	if (!svcgate_get_le16(body + 2)) {
		keep_alive(w, DEVICE);
		return;
	}
	if (w->inbox.bytes + length > KERNEL_QUEUE) {
		w->over_queue++;
		return;
	}
	if (!w->inbox.first)
		w->helper_at = w->now + w->helper_delay;
	waiting_put(&w->inbox, body, length);
}

static inline void helper_take(struct world *w)
{
	while (w->inbox.first && w->now >= w->helper_at) {
		frame_take(w, DEVICE, w->inbox.first->data, w->inbox.first->length);
		waiting_drop(&w->inbox);
	}
}

static inline bool is_ours(const struct svcgate_deframer *d)
{
	return d->length >= sizeof(struct svcgate_frame) &&
	       svcgate_get_le64(d->buf + 8) == SESSION;
}

static inline void frames_take(struct world *w, int to)
{
	struct line *line = &w->sides[!to].line;
	struct side *s = &w->sides[to];
	enum svcgate_deframe_event event;
	size_t count, used;
	const u8 *at;

	while ((count = line_peek(line, w->now * LINE_NS_PER_US, &at))) {
		event = svcgate_deframe(&s->deframer, at, NULL, count, &used);
		if (event == SVCGATE_DEFRAME_FRAME && is_ours(&s->deframer)) {
			if (to == DEVICE)
				kernel_take(w, s->frame, s->deframer.length);
			else
				frame_take(w, to, s->frame, s->deframer.length);
		} else if (event != SVCGATE_DEFRAME_MORE) {
			s->bad++;
		}
		line_consume(line, used);
	}
}

/* --- the clock --------------------------------------------------------------- */

static inline void world_begin(struct world *w, struct __test_metadata *_metadata,
			       const char *name, const char *settings)
{
	struct line_settings line;
	char problem[LINE_TEXT_MAX];
	int i;

	memset(w, 0, sizeof(*w));
	w->_metadata = _metadata;
	w->now = 1;
	rng_init(&w->rng, name);
	line_settings_init(&line);
	line.fifo = 1 << 20;
	ASSERT_EQ(0, line_settings_parse(&line, settings, problem)) TH_LOG("%s", problem);
	for (i = 0; i < 2; i++) {
		line.seed = rng_next(&w->rng);
		line_init(&w->sides[i].line, &line);
		svcgate_deframer_init(&w->sides[i].deframer, w->sides[i].frame,
				      sizeof(w->sides[i].frame));
		w->sides[i].ahead = i == HOST ? AHEAD_NS : NEVER;
	}
	svcgate_pace_init(&w->device_pace, line.baud / 10, SVCGATE_OUTPUT_BOUND,
			  4096);
}

static inline void world_end(struct world *w)
{
	unsigned int i;

	for (i = 0; i < TRANSACTIONS; i++)
		if (w->transactions[i].open)
			transaction_close(&w->transactions[i]);
	while (w->inbox.first)
		waiting_drop(&w->inbox);
	for (i = 0; i < 2; i++)
		line_free(&w->sides[i].line);
}

static inline void earlier(int64_t *when, int64_t other)
{
	if (other < *when)
		*when = other;
}

static inline void earlier_ns(int64_t *when, int64_t ns)
{
	if (ns != LINE_NEVER)
		earlier(when, (ns + LINE_NS_PER_US - 1) / LINE_NS_PER_US);
}

/*
 * What arrives in the middle of a frame changes nothing, so hours pass from one end
 * of a frame to the next. Where it does not come when it should have, each batch of
 * the adapter counts.
 */
static inline int64_t frame_due(struct side *s, int64_t now)
{
	int64_t latency = s->line.settings.latency, at;

	while (s->end_count) {
		at = s->ends[s->end_first % FRAMES] + s->line.settings.delay;
		at = latency ? (at + latency - 1) / latency * latency : at;
		if (at > now)
			return at;
		s->end_first++;
		s->end_count--;
	}
	return line_due(&s->line);
}

static inline int64_t world_due(struct world *w)
{
	int64_t due = w->host_sent_at + KEEP_ALIVE_US;
	const struct transaction *t;
	int i;

	if (w->inbox.first)
		earlier(&due, w->helper_at);
	for (i = 0; i < 2; i++)
		earlier_ns(&due, frame_due(&w->sides[i], w->now * LINE_NS_PER_US));
	for (t = w->transactions; t < w->transactions + TRANSACTIONS; t++) {
		for (i = 0; t->open && i < 2; i++) {
			if (svcgate_stream_out_due(&t->flows[i].out))
				earlier(&due, svcgate_stream_out_due(&t->flows[i].out));
			if (t->out[i].first)
				earlier_ns(&due, w->sides[i].line.busy - w->sides[i].ahead + 1);
		}
	}
	return due;
}

/* All that can happen now happens. */
static inline void world_act(struct world *w)
{
	struct transaction *t;
	int i;

	w->device_pace.streams = transactions_open(w);
	for (i = 0; i < 2; i++)
		frames_take(w, i);
	helper_take(w);
	for (t = w->transactions; t < w->transactions + TRANSACTIONS; t++) {
		if (!t->open)
			continue;
		t->pace.streams = w->device_pace.streams;
		for (i = 0; i < 2; i++) {
			frames_make(w, i, t);
			if (!t->flows[i].done_at && svcgate_stream_out_done(&t->flows[i].out))
				t->flows[i].done_at = w->now;
		}
	}
	if (w->now - w->host_sent_at >= KEEP_ALIVE_US)
		keep_alive(w, HOST);
	for (i = 0; i < 2; i++)
		frames_send(w, i);
}

/* To the next thing that happens, but not beyond a time. */
static inline void world_step(struct world *w, int64_t until)
{
	int64_t due;

	world_act(w);
	due = world_due(w);
	if (due <= w->now)
		due = w->now + 1;
	w->now = due < until ? due : until;
}

static inline bool transaction_done(const struct transaction *t)
{
	return t->flows[HOST].done_at && t->flows[DEVICE].done_at &&
	       svcgate_stream_in_ended(&t->flows[HOST].in) &&
	       svcgate_stream_in_ended(&t->flows[DEVICE].in);
}

#endif /* _SVCGATE_TESTS_STREAM_STORY_H */
