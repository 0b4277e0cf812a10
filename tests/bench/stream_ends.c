// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stream_ends HOST DEVICE BAUD FILE: an upload with the library's streams and
 * nothing else, a process at each end of a line: what the streams reach where no
 * emulated kernel stands in the way. Prints the seconds until the host knows that
 * all has arrived; the device has compared every byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <signal.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "link_line.h"
#include "stream.h"

#define SESSION		1
#define TRANSACTION	1
#define STREAM_ROOM	(128 * 1024)
#define WINDOW_FIRST	(16 * 1024)
#define IN_FLIGHT	(24 * 1024)
#define PATIENCE_MS	60000

struct content {
	const u8 *data;
	size_t length;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void fail(const char *what, int error)
{
	fprintf(stderr, "stream_ends: %s: %s\n", what, strerror(-error));
	exit(1);
}

static void line_open(struct svcgate_line *line, const char *path, unsigned int baud)
{
	struct termios raw;
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || tcgetattr(fd, &raw) < 0)
		fail(path, -errno);
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		fail(path, -errno);
	svcgate_line_init(line, fd, baud);
}

static void send_frame(struct svcgate_line *line, u8 kind, bool last, u32 offset,
		       const u8 *data, size_t length)
{
	struct svcgate_line_frame frame = {
		.kind = kind,
		.flags = last ? SVCGATE_FRAME_LAST : 0,
		.transaction = TRANSACTION,
		.offset = offset,
		.session = SESSION,
		.data = data,
		.length = length,
	};
	int r = svcgate_line_send(line, &frame);

	if (r < 0)
		fail("send", r);
}

static void acknowledge(struct svcgate_line *line, struct svcgate_stream_in *in)
{
	u8 body[SVCGATE_STREAM_ACK_MAX];
	size_t length;
	u32 offset;

	if (!svcgate_stream_in_due(in))
		return;
	length = svcgate_stream_in_ack(in, &offset, body);
	send_frame(line, SVCGATE_FRAME_ACK, false, offset, body, length);
}

/* Goes on after the end: the host may not have heard of it. Its parent ends it. */
static void be_device(struct svcgate_line *line, const struct content *content)
{
	static struct svcgate_stream_in in;
	struct svcgate_line_frame frame;
	size_t taken = 0, count;
	const u8 *at;
	int r;

	r = svcgate_stream_in_init(&in, STREAM_ROOM);
	if (r < 0)
		fail("device", r);
	for (;;) {
		r = svcgate_line_receive(line, svcgate_line_now() + PATIENCE_MS, &frame);
		if (r < 0)
			fail("device", r);
		if (frame.kind != SVCGATE_FRAME_DATA)
			continue;
		svcgate_stream_in_take(&in, frame.offset, frame.data, frame.length,
				       frame.flags & SVCGATE_FRAME_LAST);
		while ((count = svcgate_stream_in_peek(&in, &at))) {
			if (count > content->length - taken ||
			    memcmp(at, content->data + taken, count))
				fail("what arrived", -EBADMSG);
			svcgate_stream_in_consume(&in, count);
			taken += count;
		}
		if (svcgate_stream_in_ended(&in) && taken != content->length)
			fail("the end", -EBADMSG);
		acknowledge(line, &in);
	}
}

static void feed(struct svcgate_stream_out *out, const struct content *content, size_t *fed)
{
	size_t room;
	u8 *at;

	while (*fed < content->length) {
		room = svcgate_stream_out_room(out, &at);
		if (!room)
			return;
		if (room > content->length - *fed)
			room = content->length - *fed;
		memcpy(at, content->data + *fed, room);
		svcgate_stream_out_put(out, room);
		*fed += room;
	}
	svcgate_stream_out_end(out);
}

/* Milliseconds until the stream wants to be asked again, rounded up. */
static int64_t until(const struct svcgate_stream_out *out)
{
	int64_t due = svcgate_stream_out_due(out);
	int64_t wait = due ? due - now_us() : PATIENCE_MS * 1000;

	return svcgate_line_now() + (wait > 0 ? (wait + 999) / 1000 : 0);
}

static void be_host(struct svcgate_line *line, const struct content *content)
{
	static struct svcgate_stream_out out;
	static struct svcgate_piece piece;
	struct svcgate_pace pace;
	struct svcgate_line_frame frame;
	size_t fed = 0;
	int r;

	svcgate_pace_init(&pace, line->baud / 10, IN_FLIGHT, SVCGATE_FRAME_DATA_MAX);
	r = svcgate_stream_out_init(&out, &pace, STREAM_ROOM, WINDOW_FIRST);
	if (r < 0)
		fail("host", r);
	while (!svcgate_stream_out_done(&out)) {
		feed(&out, content, &fed);
		while (svcgate_stream_out_next(&out, now_us(), &piece))
			send_frame(line, SVCGATE_FRAME_DATA, piece.last, piece.offset,
				   piece.data, piece.length);
		r = svcgate_line_receive(line, until(&out), &frame);
		if (r < 0 && r != -ETIMEDOUT)
			fail("host", r);
		if (!r && frame.kind == SVCGATE_FRAME_ACK)
			svcgate_stream_out_ack(&out, now_us(), frame.offset, frame.data,
					       frame.length);
	}
	svcgate_stream_out_free(&out);
}

static struct content content_map(const char *path)
{
	struct stat stat;
	struct content content;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &stat) < 0)
		fail(path, -errno);
	content.length = stat.st_size;
	content.data = mmap(NULL, content.length, PROT_READ, MAP_PRIVATE, fd, 0);
	if (content.data == MAP_FAILED)
		fail(path, -errno);
	close(fd);
	return content;
}

int main(int argc, char **argv)
{
	static struct svcgate_line host, device;
	struct content content;
	int64_t begin;
	pid_t child;
	int status;

	if (argc != 5) {
		fputs("usage: stream_ends HOST DEVICE BAUD FILE\n", stderr);
		return 2;
	}
	content = content_map(argv[4]);
	line_open(&host, argv[1], atoi(argv[3]));
	line_open(&device, argv[2], atoi(argv[3]));
	child = fork();
	if (child < 0)
		fail("fork", -errno);
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		be_device(&device, &content);
	}
	begin = now_us();
	be_host(&host, &content);
	printf("%.6f\n", (now_us() - begin) / 1e6);
	/* A device that saw a wrong byte has ended by itself. */
	if (waitpid(child, &status, WNOHANG))
		return 1;
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return 0;
}
