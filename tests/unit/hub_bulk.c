// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Uploads and short requests of several programs on one port: each stream arrives
 * as it was sent, each request gets its own answer.
 */
#include "hub_story.h"
#include "stream.h"

#define UPLOADS		2
#define TOTAL		400000
#define RING		(64 * 1024)

/* The device's end of an upload. */
struct sink {
	u8 upload;
	u16 number;
	size_t length;
	struct svcgate_stream_in in;
	u32 took;
	bool answered;
};

/* Bytes that tell where they belong, and to which upload. */
static u8 pattern(u8 upload, u32 at)
{
	return upload * 31 + at * 7 + (at >> 8) + (at >> 16);
}

static void sink_ack(struct peer *p, const struct sink *s)
{
	send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, s->number,
		   s->answered ? 0 : s->length, p->session, NULL, 0);
}

static void sink_answer(struct peer *p, const struct sink *s)
{
	u8 response[8];

	send_frame(p, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, s->number, 0, p->session,
		   response, make_response(response, SVCGATE_REASON_DONE, 0, NULL, 0));
}

static void sink_take(struct peer *p, struct sink *s)
{
	const struct svcgate_line_frame *f = &p->frame;

	if (f->kind == SVCGATE_FRAME_ACK)
		sink_ack(p, s);
	if (f->kind != SVCGATE_FRAME_DATA)
		return;
	if (f->offset < s->length && s->answered)
		sink_answer(p, s);
	else if (f->offset < s->length)
		sink_ack(p, s);
	else
		svcgate_stream_in_take(&s->in, f->offset - s->length, f->data, f->length,
				       f->flags & SVCGATE_FRAME_LAST);
}

static void sink_push(struct peer *p, struct sink *s)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	size_t length, i, n;
	const u8 *at;
	u32 offset;

	while ((n = svcgate_stream_in_peek(&s->in, &at))) {
		for (i = 0; i < n; i++)
			CHECK(at[i] == pattern(s->upload, s->took + i));
		svcgate_stream_in_consume(&s->in, n);
		s->took += n;
	}
	if (svcgate_stream_in_due(&s->in)) {
		length = svcgate_stream_in_ack(&s->in, &offset, body);
		send_frame(p, SVCGATE_FRAME_ACK, 0, s->number, s->length + offset,
			   p->session, body, length);
	}
	if (svcgate_stream_in_ended(&s->in) && !s->answered) {
		CHECK(s->took == TOTAL);
		s->answered = true;
		sink_answer(p, s);
	}
}

/* A request is whole: an upload begins, or it is answered at once. */
static void take_request(struct peer *p, struct sink sinks[UPLOADS])
{
	struct sink *s = sinks;

	if (svcgate_get_le16(p->message) != SVCGATE_OP_MAKER) {
		device_answer(p);
		return;
	}
	while (s->number)
		s++;
	CHECK(s < sinks + UPLOADS);
	s->upload = p->message[sizeof(struct svcgate_request)];
	s->number = p->transaction;
	s->length = p->used;
	CHECK(!svcgate_stream_in_init(&s->in, RING));
	p->used = 0;
	sink_ack(p, s);
}

static void take(struct peer *p, struct sink sinks[UPLOADS])
{
	const struct svcgate_line_frame *f = &p->frame;
	struct sink *s;

	for (s = sinks; s < sinks + UPLOADS; s++) {
		if (f->transaction && f->transaction == s->number) {
			sink_take(p, s);
			return;
		}
	}
	if (f->kind == SVCGATE_FRAME_HELLO)
		device_hello(p);
	else if (f->kind == SVCGATE_FRAME_ACK)
		send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL,
			   f->transaction, 0, p->session, NULL, 0);
	else if (f->kind == SVCGATE_FRAME_DATA && device_data(p))
		take_request(p, sinks);
}

static void dev_uploads(struct peer *p)
{
	static struct sink sinks[UPLOADS];
	unsigned int i;
	int r;

	do {
		for (i = 0; i < UPLOADS; i++)
			if (sinks[i].number)
				sink_push(p, &sinks[i]);
		r = svcgate_line_receive(&p->line, svcgate_line_now() + 20, &p->frame);
		CHECK(!r || r == -ETIMEDOUT);
		if (!r)
			take(p, sinks);
	} while (r || !is_goodbye(p));
	for (i = 0; i < UPLOADS; i++) {
		CHECK(sinks[i].answered);
		svcgate_stream_in_free(&sinks[i].in);
	}
	CHECK(p->session == SESSION);
}

static int file_of(u8 upload)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);
	static u8 data[TOTAL];
	u32 i;

	CHECK(fd >= 0);
	for (i = 0; i < TOTAL; i++)
		data[i] = pattern(upload, i);
	CHECK(write(fd, data, TOTAL) == TOTAL);
	CHECK(!lseek(fd, 0, SEEK_SET));
	return fd;
}

static void upload(const struct user *u, u8 number)
{
	const struct svcgate_link_request request = {
		.op = SVCGATE_OP_MAKER,
		.payload = { &number, 1 },
	};
	struct svcgate_link_io io = { .in_fd = file_of(number), .out_fd = -1 };
	struct svcgate_link *link = open_link(u);
	struct svcgate_link_response response;
	int64_t begin = svcgate_line_now();
	int r;

	r = svcgate_link_transfer(link, &request, &io, &response);
	if (r)
		fprintf(stderr, "# %s: %s\n", where, strerror(-r));
	CHECK(!r);
	CHECK(!response.reason && !response.closed && io.progress.sent == TOTAL);
	printf("# upload %u: %u bytes in %lld ms, %llu again\n", number, TOTAL,
	       (long long)(svcgate_line_now() - begin),
	       (unsigned long long)io.progress.repeated);
	svcgate_link_close(link);
}

/* As many short requests as find room beside two uploads. */
static void uploads(struct user *u)
{
	struct svcgate_link *link = open_link(u);
	int64_t begin, took, most = 0, all = 0;
	unsigned int i, left = UPLOADS;
	int status, n = 0;
	pid_t child;

	expect_answer(link, 1);
	for (i = 0; i < UPLOADS; i++) {
		child = fork();
		CHECK(child >= 0);
		if (!child) {
			upload(u, i);
			exit(0);
		}
	}
	while (left) {
		begin = svcgate_line_now();
		expect_answer(link, n + 2);
		took = svcgate_line_now() - begin;
		most = took > most ? took : most;
		all += took;
		n++;
		child = waitpid(-1, &status, WNOHANG);
		CHECK(child >= 0);
		CHECK(!child || (WIFEXITED(status) && !WEXITSTATUS(status)));
		left -= child > 0;
	}
	printf("# %d requests meanwhile, each %lld ms, at most %lld ms\n", n,
	       (long long)(all / n), (long long)most);
	svcgate_link_close(link);
}

static const struct story stories[] = {
	{ "two uploads and short requests", dev_uploads, uploads },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
