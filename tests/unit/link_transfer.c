// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the link: requests with data, over a line that loses frames,
 * with descriptors that are slow.
 */
#include <fcntl.h>
#include <poll.h>

#include "link_far.h"

#define TOTAL	300000

/* Slower than the one second after which a keep-alive is due. */
#define PAUSE_MS	2400

static const struct svcgate_link_request request = { .op = SVCGATE_OP_MAKER };

static int new_file(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	CHECK(fd >= 0);
	return fd;
}

static int file_with(u32 total)
{
	int fd = new_file();
	static u8 data[TOTAL];
	u32 i;

	for (i = 0; i < total; i++)
		data[i] = pattern(i);
	CHECK(write(fd, data, total) == total);
	CHECK(!lseek(fd, 0, SEEK_SET));
	return fd;
}

static void check_file(int fd, u32 total)
{
	static u8 data[TOTAL + 1];
	u32 i;

	CHECK(pread(fd, data, sizeof(data), 0) == total);
	for (i = 0; i < total; i++)
		CHECK(data[i] == pattern(i));
}

static int transfer(struct svcgate_link *link, struct svcgate_link_io *io,
		    struct svcgate_link_response *response)
{
	int r;

	*response = (struct svcgate_link_response){ .reason = 0x7777 };
	r = svcgate_link_transfer(link, &request, io, response);
	if (r)
		fprintf(stderr, "# %s: %s\n", where, strerror(-r));
	return r;
}

static void expect_transfer(struct svcgate_link *link, struct svcgate_link_io *io,
			    const char *text)
{
	struct svcgate_link_response response;

	CHECK(!transfer(link, io, &response));
	CHECK(!response.reason && !response.closed);
	CHECK(response.length == strlen(text));
	CHECK(!memcmp(response.payload, text, response.length));
	CHECK(io->begun && io->progress.answered);
}

/* The answer first, data behind it. */
static void download(struct far *f, struct peer *p)
{
	far_begin(f, p);
	far_respond(f, SVCGATE_REASON_DONE, "data", 4, true);
	far_download(f, TOTAL);
	far_close(f, SVCGATE_REASON_DONE);
	far_linger(f);
}

static void dev_download(struct peer *p)
{
	static struct far f;

	download(&f, p);
}

static void dev_lossy_download(struct peer *p)
{
	static struct far f = { .loses = 7, .seed = 1 };

	download(&f, p);
}

static void host_download(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = -1, .out_fd = new_file() };

	expect_transfer(link, &io, "data");
	check_file(io.out_fd, TOTAL);
	CHECK(io.progress.received == TOTAL && !io.progress.sent);
}

/* Data first, the answer when all of it is there. */
static void upload(struct far *f, struct peer *p)
{
	far_begin(f, p);
	far_upload(f);
	CHECK(f->took == TOTAL);
	far_respond(f, SVCGATE_REASON_DONE, "kept", 4, false);
	f->gone = true;
	far_linger(f);
}

static void dev_upload(struct peer *p)
{
	static struct far f;

	upload(&f, p);
}

static void dev_lossy_upload(struct peer *p)
{
	static struct far f = { .loses = 7, .seed = 2 };

	upload(&f, p);
}

static void host_upload(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };

	expect_transfer(link, &io, "kept");
	check_file(io.out_fd, 0);
	CHECK(io.progress.sent == TOTAL && !io.progress.received);
}

static void host_lossy_upload(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };

	expect_transfer(link, &io, "kept");
	CHECK(io.progress.sent == TOTAL && io.progress.repeated);
}

/* What comes goes back, until it ends. */
static void dev_echo(struct peer *p)
{
	static struct far f = { .loses = 11, .seed = 3 };

	far_begin(&f, p);
	far_respond(&f, SVCGATE_REASON_DONE, "echo", 4, true);
	while (!svcgate_stream_out_done(&f.out)) {
		far_step(&f);
		far_fill(&f, f.took, svcgate_stream_in_ended(&f.in));
	}
	CHECK(f.took == TOTAL);
	far_close(&f, SVCGATE_REASON_DONE);
	far_linger(&f);
}

static void host_echo(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };

	expect_transfer(link, &io, "echo");
	check_file(io.out_fd, TOTAL);
}

/* The device takes nothing for a while. */
static void dev_slow(struct peer *p)
{
	static struct far f;
	int64_t end;

	far_begin(&f, p);
	while (f.took < TOTAL / 4)
		far_step(&f);
	f.stopped = true;
	end = svcgate_line_now() + PAUSE_MS;
	while (svcgate_line_now() < end)
		far_step(&f);
	CHECK(f.in.next - f.took <= FAR_SIZE && f.in.next < TOTAL);
	f.stopped = false;
	far_upload(&f);
	CHECK(f.took == TOTAL);
	far_respond(&f, SVCGATE_REASON_DONE, "kept", 4, false);
	far_linger(&f);
}

/* Whoever reads here takes nothing for a while. */
static void dev_slow_reader(struct peer *p)
{
	static struct far f;
	int64_t begin;

	far_begin(&f, p);
	far_respond(&f, SVCGATE_REASON_DONE, "data", 4, true);
	begin = svcgate_line_now();
	far_download(&f, TOTAL);
	CHECK(svcgate_line_now() - begin >= PAUSE_MS - 100);
	far_close(&f, SVCGATE_REASON_DONE);
	far_linger(&f);
}

static void read_slowly(int from, int to)
{
	static u8 data[4096];
	ssize_t n;

	poll(NULL, 0, PAUSE_MS);
	while ((n = read(from, data, sizeof(data))) > 0)
		CHECK(write(to, data, n) == n);
	exit(0);
}

static void host_slow_reader(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = -1 };
	int fds[2], file = new_file(), status;
	pid_t child;

	CHECK(!pipe(fds));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		close(fds[1]);
		read_slowly(fds[0], file);
	}
	close(fds[0]);
	io.out_fd = fds[1];
	expect_transfer(link, &io, "data");
	close(fds[1]);
	CHECK(waitpid(child, &status, 0) == child && !status);
	check_file(file, TOTAL);
}

/* Nothing comes from the descriptor for longer than a session lives in silence. */
static void dev_quiet(struct peer *p)
{
	static struct far f;

	far_begin(&f, p);
	far_upload(&f);
	CHECK(f.took == 10);
	CHECK(f.kept >= 3);
	far_respond(&f, SVCGATE_REASON_DONE, "kept", 4, false);
	far_linger(&f);
}

static void host_quiet(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .out_fd = new_file() };
	int fds[2];
	pid_t child;
	u8 i, byte;

	CHECK(!pipe(fds));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		for (i = 0; i < 10; i++) {
			byte = pattern(i);
			if (i == 5)
				poll(NULL, 0, 4000);
			CHECK(write(fds[1], &byte, 1) == 1);
		}
		exit(0);
	}
	close(fds[1]);
	io.in_fd = fds[0];
	expect_transfer(link, &io, "kept");
	CHECK(waitpid(child, NULL, 0) == child);
}

/* Who is refused keeps the data. */
static void dev_refused(struct peer *p)
{
	collect_request(p);
	answer(p, SVCGATE_REASON_FORBIDDEN, NULL, 0);
}

static void host_refused(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(100), .out_fd = new_file() };
	struct svcgate_link_response response;

	CHECK(!transfer(link, &io, &response));
	CHECK(response.reason == SVCGATE_REASON_FORBIDDEN && !response.closed);
	CHECK(!lseek(io.in_fd, 0, SEEK_CUR));
}

/* The device ends it in the middle, and says why. */
static void dev_ended(struct peer *p)
{
	static struct far f;

	far_begin(&f, p);
	far_respond(&f, SVCGATE_REASON_DONE, NULL, 0, true);
	while (f.took < TOTAL / 2)
		far_step(&f);
	far_close(&f, SVCGATE_REASON_EXECUTOR_ENDED);
	far_linger(&f);
}

static void host_ended(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };
	struct svcgate_link_response response;

	CHECK(!transfer(link, &io, &response));
	CHECK(response.reason == SVCGATE_REASON_EXECUTOR_ENDED && response.closed);
}

/* The same, and its word is lost. */
static void dev_vanished(struct peer *p)
{
	static struct far f;

	far_begin(&f, p);
	far_respond(&f, SVCGATE_REASON_DONE, NULL, 0, true);
	while (f.took < TOTAL / 2)
		far_step(&f);
	f.gone = true;
	far_linger(&f);
}

static void host_vanished(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };
	struct svcgate_link_response response;

	CHECK(!transfer(link, &io, &response));
	CHECK(response.reason == SVCGATE_REASON_TRANSACTION && response.closed);
}

/* All has come; the word that it is over is lost, and so was the response. */
static void dev_lost_words(struct peer *p)
{
	static struct far f;

	far_begin(&f, p);
	f.loses = 1;
	far_respond(&f, SVCGATE_REASON_DONE, "data", 4, true);
	f.loses = 0;
	far_download(&f, TOTAL);
	f.gone = true;
	far_linger(&f);
}

static void dev_lost_session(struct peer *p)
{
	static struct far f;

	far_begin(&f, p);
	while (f.took < TOTAL / 2)
		far_step(&f);
	close_with(p, 0, SVCGATE_REASON_END_SUSPEND);
	/* Its data is read by nobody twice, so it is not sent twice. */
	do
		next_frame(p);
	while (p->frame.kind != SVCGATE_FRAME_HELLO);
	exit(0);
}

static void host_lost_session(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };
	struct svcgate_link_response response;

	CHECK(transfer(link, &io, &response) == -ENOTCONN);
	CHECK(response.reason == 0x7777);
	CHECK(io.begun && io.progress.sent && io.progress.sent < TOTAL);
	CHECK(svcgate_link_hello(link) == -EPIPE);
}

/* A pulled cable that shows by nothing but silence. */
static void dev_silent(struct peer *p)
{
	static struct far f;
	int64_t begin;

	far_begin(&f, p);
	while (f.took < TOTAL / 2)
		far_step(&f);
	begin = svcgate_line_now();
	while (!svcgate_line_receive(&p->line, begin + PATIENCE_MS, &p->frame))
		CHECK(p->frame.kind != SVCGATE_FRAME_CLOSE);
	CHECK(svcgate_line_now() - begin < SVCGATE_SILENCE_MS + 500);
}

static void host_silent(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = file_with(TOTAL), .out_fd = new_file() };
	struct svcgate_link_response response;

	CHECK(transfer(link, &io, &response) == -ETIMEDOUT);
	CHECK(io.begun);
}

/* Nobody reads any more: the device hears of it, and the session goes on. */
static void dev_no_reader(struct peer *p)
{
	static struct far f;

	far_begin(&f, p);
	far_respond(&f, SVCGATE_REASON_DONE, NULL, 0, true);
	while (p->frame.kind != SVCGATE_FRAME_CLOSE) {
		far_fill(&f, 10 * TOTAL, true);
		far_step(&f);
	}
	CHECK(p->frame.transaction == p->transaction);
	collect(p, 0);
	CHECK(p->transaction == 2);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_no_reader(struct svcgate_link *link)
{
	struct svcgate_link_io io = { .in_fd = -1 };
	struct svcgate_link_response response;
	int fds[2];

	CHECK(!pipe(fds));
	close(fds[0]);
	io.out_fd = fds[1];
	CHECK(transfer(link, &io, &response) == -ECANCELED);
	CHECK(io.failed_fd == fds[1] && io.error == -EPIPE);
	expect_done(link);
}

static const struct story stories[] = {
	{ "download", dev_download, host_download },
	{ "download, lost frames", dev_lossy_download, host_download },
	{ "upload", dev_upload, host_upload },
	{ "upload, lost frames", dev_lossy_upload, host_lossy_upload },
	{ "both directions, lost frames", dev_echo, host_echo },
	{ "a device that takes nothing for a while", dev_slow, host_upload },
	{ "a reader that takes nothing for a while", dev_slow_reader, host_slow_reader },
	{ "keep-alive while nothing is to be sent", dev_quiet, host_quiet },
	{ "a refusal takes no data", dev_refused, host_refused },
	{ "the device ends it", dev_ended, host_ended },
	{ "the device ends it, unheard", dev_vanished, host_vanished },
	{ "response and end are lost", dev_lost_words, host_download },
	{ "lost session: nothing is sent twice", dev_lost_session, host_lost_session },
	{ "silence is noticed within 3 s", dev_silent, host_silent },
	{ "nobody reads what comes", dev_no_reader, host_no_reader },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
