/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stories about a shared port: real processes of the library, a real hub, and a
 * device at the other end of a pty that minds what the kernel minds.
 *
 * Each story has a user of its own: a runtime directory that is empty, and at the
 * end empty again, with no process left.
 */
#ifndef _SVCGATE_TESTS_UNIT_HUB_STORY_H
#define _SVCGATE_TESTS_UNIT_HUB_STORY_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "hub.h"
#include "link_peer.h"
#include "link_private.h"

/**
 * struct user - who plays the story
 * @runtime: its $XDG_RUNTIME_DIR
 * @port: the pty's name
 * @device: pid of the device
 * @told: what the device tells, see tell()
 */
struct user {
	char runtime[32];
	char port[64];
	pid_t device;
	int told;
};

/**
 * struct story - one test
 * @name: of it
 * @device: the other end of the line
 * @user: this end
 */
struct story {
	const char *name;
	void (*device)(struct peer *p);
	void (*user)(struct user *u);
};

/* The device's end of the pipe that struct user.told reads. */
static int tell_fd;

#define MAYBE_UNUSED	__attribute__((unused))

static MAYBE_UNUSED void tell(char what)
{
	CHECK(write(tell_fd, &what, 1) == 1);
}

static MAYBE_UNUSED void await_told(const struct user *u, char what)
{
	char byte;

	CHECK(read(u->told, &byte, 1) == 1);
	CHECK(byte == what);
}

static void ends_well(pid_t child)
{
	int status;

	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status));
}

static struct svcgate_link *open_link(const struct user *u)
{
	struct svcgate_link *link;
	int r = svcgate_link_open_shared(u->port, NULL, &link);

	if (r)
		fprintf(stderr, "# %s: %s\n", where, strerror(-r));
	CHECK(!r);
	return link;
}

/* The device repeats the payload: who gets another one's answer sees it. */
static int ask(struct svcgate_link *link, u32 token, size_t length)
{
	static u8 payload[SVCGATE_MESSAGE_MAX];
	struct svcgate_link_request request = {
		.op = SVCGATE_OP_IDENTIFY,
		.payload = { payload, length },
	};
	struct svcgate_link_response response;
	int r;

	svcgate_put_le32(payload, token);
	memset(payload + sizeof(token), token, length - sizeof(token));
	r = svcgate_link_request(link, &request, &response);
	if (r)
		return r;
	CHECK(!response.reason);
	CHECK(response.length == sizeof(token));
	CHECK(svcgate_get_le32(response.payload) == token);
	return 0;
}

static MAYBE_UNUSED void expect_answer(struct svcgate_link *link, u32 token)
{
	int r = ask(link, token, 100);

	if (r)
		fprintf(stderr, "# %s: %s\n", where, strerror(-r));
	CHECK(!r);
}

/* --- the device: one that answers everything, and complains as a kernel would */

static void device_answer(struct peer *p)
{
	size_t i;

	CHECK(p->used >= sizeof(struct svcgate_request) + 4);
	p->answered = p->transaction;
	for (i = sizeof(struct svcgate_request) + 4; i < p->used; i++)
		CHECK(p->message[i] == p->message[sizeof(struct svcgate_request)]);
	answer(p, SVCGATE_REASON_DONE, p->message + sizeof(struct svcgate_request), 4);
	p->used = 0;
}

static void device_hello(struct peer *p)
{
	u8 payload[sizeof(struct svcgate_welcome)];

	CHECK(p->frame.length == sizeof(struct svcgate_hello));
	p->session = p->session ? p->session + 1 : SESSION;
	p->transaction = 0;
	p->answered = 0;
	p->used = 0;
	make_welcome(payload, p->session);
	payload[offsetof(struct svcgate_welcome, flags)] |= SVCGATE_WELCOME_RANDOM;
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
}

static bool device_is_whole(const struct peer *p)
{
	return p->used == sizeof(struct svcgate_request) +
				  svcgate_get_le32(p->message + 4);
}

/* Return: a request is whole. What begins must not end one that is not whole. */
static bool device_data(struct peer *p)
{
	const struct svcgate_line_frame *f = &p->frame;

	CHECK(f->transaction);
	if (f->transaction < p->transaction)
		return false;
	/* Its answer and the question for it have met on the way. */
	if (f->transaction == p->answered) {
		if (!f->offset)
			answer(p, SVCGATE_REASON_DONE,
			       p->message + sizeof(struct svcgate_request), 4);
		return false;
	}
	if (f->transaction > p->transaction) {
		CHECK(!p->used);
		/* Its first frame was lost. */
		if (f->offset)
			return false;
		CHECK(f->length >= sizeof(struct svcgate_request));
		p->transaction = f->transaction;
	}
	if (f->offset == p->used && f->length <= sizeof(p->message) - p->used) {
		memcpy(p->message + p->used, f->data, f->length);
		p->used += f->length;
	}
	if (device_is_whole(p))
		return true;
	ack(p);
	return false;
}

/* One frame from the line. Return: a request is whole, and not answered. */
static bool device_step(struct peer *p)
{
	const struct svcgate_line_frame *f = &p->frame;

	next_frame(p);
	CHECK(!(f->flags & ~SVCGATE_FRAME_LAST));
	CHECK(f->kind != SVCGATE_FRAME_WELCOME && f->kind <= SVCGATE_FRAME_CLOSE);
	if (f->kind == SVCGATE_FRAME_HELLO) {
		device_hello(p);
		return false;
	}
	CHECK(p->session && f->session == p->session);
	if (f->kind == SVCGATE_FRAME_ACK)
		send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL,
			   f->transaction, 0, p->session, NULL, 0);
	if (f->kind == SVCGATE_FRAME_CLOSE && f->transaction == p->transaction)
		p->used = 0;
	return f->kind == SVCGATE_FRAME_DATA && device_data(p);
}

static MAYBE_UNUSED void device_answer_some(struct peer *p, unsigned int count)
{
	while (count) {
		if (!device_step(p))
			continue;
		device_answer(p);
		count--;
	}
}

static bool is_goodbye(const struct peer *p)
{
	return p->frame.kind == SVCGATE_FRAME_CLOSE && !p->frame.transaction;
}

/* Until the host says goodbye. */
static MAYBE_UNUSED void device_serve(struct peer *p)
{
	do {
		if (device_step(p))
			device_answer(p);
	} while (!is_goodbye(p));
	CHECK(svcgate_get_le16(p->frame.data) == SVCGATE_REASON_END_HOST);
}

/* Until a transaction is closed. */
static MAYBE_UNUSED void device_until_close(struct peer *p, u16 transaction)
{
	do {
		if (device_step(p))
			device_answer(p);
		CHECK(!is_goodbye(p));
	} while (p->frame.kind != SVCGATE_FRAME_CLOSE ||
		 p->frame.transaction != transaction);
}

/* --- playing */

static void play_device(const struct story *story, int master, int slave)
{
	static struct peer peer;

	svcgate_line_init(&peer.line, master, SVCGATE_LINK_BAUD);
	story->device(&peer);
}

static void begin(const struct story *story, struct user *u)
{
	int master, slave, pipes[2];
	struct termios raw;

	strcpy(u->runtime, "/tmp/svcgate-hub.XXXXXX");
	CHECK(mkdtemp(u->runtime));
	CHECK(!setenv("XDG_RUNTIME_DIR", u->runtime, 1));
	/* Who loses its parent is ours, so that a process that stays is seen. */
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	CHECK(!openpty(&master, &slave, u->port, NULL, NULL));
	CHECK(!tcgetattr(slave, &raw));
	cfmakeraw(&raw);
	CHECK(!tcsetattr(slave, TCSANOW, &raw));
	CHECK(!fcntl(master, F_SETFL, O_NONBLOCK));
	CHECK(!pipe2(pipes, O_CLOEXEC));
	u->told = pipes[0];
	u->device = fork();
	CHECK(u->device >= 0);
	if (!u->device) {
		tell_fd = pipes[1];
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* The slave stays open here: no hang-up when a hub leaves. */
		play_device(story, master, slave);
		exit(0);
	}
	close(pipes[1]);
	close(master);
	close(slave);
}

/* Only "." and ".." are in it. */
static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n <= 2;
}

static void end(struct user *u)
{
	char path[64];
	int status;

	ends_well(u->device);
	/* Whoever is left would be waited for without an end: the test hangs. */
	while (wait(&status) > 0)
		CHECK(WIFEXITED(status) ? !WEXITSTATUS(status) :
					  WTERMSIG(status) == SIGKILL);
	CHECK(errno == ECHILD);
	snprintf(path, sizeof(path), "%s/svcgate", u->runtime);
	CHECK(is_empty(path));
	rmdir(path);
	CHECK(!rmdir(u->runtime));
}

static pid_t start(const struct story *story)
{
	struct user user;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child)
		return child;
	where = story->name;
	begin(story, &user);
	story->user(&user);
	end(&user);
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
	return play_each("hub", count, start_one);
}

#endif /* _SVCGATE_TESTS_UNIT_HUB_STORY_H */
