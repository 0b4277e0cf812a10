/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stories about the link: a device in a child process does what its half says,
 * the host's half asks and looks at what it gets.
 *
 * They run side by side: most of their time is waiting.
 */
#ifndef _SVCGATE_TESTS_UNIT_LINK_STORY_H
#define _SVCGATE_TESTS_UNIT_LINK_STORY_H

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "link.h"
#include "link_peer.h"

/* Bytes that fill the longest message. */
#define LONG_PAYLOAD	(SVCGATE_MESSAGE_MAX - sizeof(struct svcgate_request))

/**
 * struct story - one test
 * @name: of it
 * @device: the other end; NULL when there is none
 * @host: this end
 * @baud: of the line, 0 for the usual one
 */
struct story {
	const char *name;
	void (*device)(struct peer *p);
	void (*host)(struct svcgate_link *link);
	unsigned int baud;
};

static volatile sig_atomic_t stopped;

static int ask(struct svcgate_link *link, u16 op, const void *payload, size_t length,
	       struct svcgate_link_response *ret)
{
	struct svcgate_link_request request = {
		.op = op,
		.payload = { payload, length },
	};

	return svcgate_link_request(link, &request, ret);
}

static void expect(struct svcgate_link *link, u16 op, u16 reason, const char *text)
{
	struct svcgate_link_response response;

	int r = ask(link, op, NULL, 0, &response);

	if (r)
		fprintf(stderr, "# %s: %s\n", where, strerror(-r));
	CHECK(!r);
	CHECK(response.reason == reason);
	CHECK(response.length == strlen(text));
	CHECK(!memcmp(response.payload, text, response.length));
}

static void expect_done(struct svcgate_link *link)
{
	expect(link, SVCGATE_OP_IDENTIFY, SVCGATE_REASON_DONE, "id");
}

static __attribute__((unused)) void expect_error(struct svcgate_link *link, u16 op, int error)
{
	struct svcgate_link_response response = { .reason = 0x7777 };
	int r = ask(link, op, NULL, 0, &response);

	if (r != error)
		fprintf(stderr, "# %s: %s, not %s\n", where, strerror(-r),
			strerror(-error));
	CHECK(r == error);
	CHECK(response.reason == 0x7777);
}

static void play_device(const struct story *story, int fd)
{
	static struct peer peer;

	svcgate_line_init(&peer.line, fd, story->baud ?: SVCGATE_LINK_BAUD);
	story->device(&peer);
	/* A line does not go away because nobody answers any more. */
	while (!svcgate_line_receive(&peer.line, svcgate_line_now() + PATIENCE_MS,
				     &peer.frame))
		;
}

static void play(const struct story *story)
{
	struct svcgate_link_options options = { .baud = story->baud, .stop = &stopped };
	struct svcgate_link *link;
	int fds[2], status;
	pid_t child;

	where = story->name;
	if (!story->device) {
		story->host(NULL);
		return;
	}
	signal(SIGPIPE, SIG_IGN);
	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		close(fds[0]);
		play_device(story, fds[1]);
		exit(0);
	}
	close(fds[1]);
	CHECK(!svcgate_link_open_fd(fds[0], &options, &link));
	story->host(link);
	svcgate_link_close(link);
	close(fds[0]);
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

static pid_t start(const struct story *story)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	play(story);
	exit(0);
}

static const struct story *played;

static pid_t start_one(unsigned int i, const char **ret_name)
{
	*ret_name = played[i].name;
	return start(&played[i]);
}

/* Return: the program's exit code. */
static int play_all(const struct story *stories, unsigned int count)
{
	played = stories;
	return play_each("link", count, start_one);
}

#endif /* _SVCGATE_TESTS_UNIT_LINK_STORY_H */
