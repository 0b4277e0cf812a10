// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How programs that share a port find each other, and when they do not.
 */
#include <sys/file.h>

#include "hub_story.h"

#define PROGRAMS	6

static void dev_once(struct peer *p)
{
	device_serve(p);
	CHECK(p->session == SESSION && p->transaction == 1);
}

/* The device stays until it has heard one request. */
static void finish(struct user *u)
{
	struct svcgate_link *link = open_link(u);

	expect_answer(link, 0x11);
	svcgate_link_close(link);
}

/*
 * All let go at the same moment: one of them gets the port, and the others find
 * it. Nobody leaves before all are there, so there is one hub.
 */
static void at_once(struct user *u)
{
	int gate[2], open[2], leave[2];
	pid_t children[PROGRAMS];
	unsigned int i;
	char byte;

	CHECK(!pipe(gate) && !pipe(open) && !pipe(leave));
	for (i = 0; i < PROGRAMS; i++) {
		struct svcgate_link *link;

		children[i] = fork();
		CHECK(children[i] >= 0);
		if (children[i])
			continue;
		close(gate[1]);
		close(leave[1]);
		CHECK(!read(gate[0], &byte, 1));
		link = open_link(u);
		CHECK(link->shared);
		if (link->hub)
			expect_answer(link, 0x11);
		CHECK(write(open[1], "", 1) == 1);
		CHECK(!read(leave[0], &byte, 1));
		svcgate_link_close(link);
		exit(0);
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < PROGRAMS; i++)
		CHECK(read(open[0], &byte, 1) == 1);
	close(leave[1]);
	for (i = 0; i < PROGRAMS; i++) {
		ends_well(children[i]);
	}
}

static struct sockaddr_un address_of(const struct user *u)
{
	struct sockaddr_un address;

	CHECK(!hub_address(u->port, SVCGATE_LINK_BAUD, &address));
	CHECK(!strncmp(address.sun_path, u->runtime, strlen(u->runtime)));
	return address;
}

/* What a killed hub leaves: a name that nobody listens behind. */
static void stale_socket(struct user *u)
{
	struct sockaddr_un address = address_of(u);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct svcgate_link *link;

	CHECK(!bind(fd, (struct sockaddr *)&address, sizeof(address)));
	CHECK(!close(fd));
	link = open_link(u);
	CHECK(link->shared);
	svcgate_link_close(link);
	finish(u);
}

static void expect_alone(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two;

	CHECK(!one->shared && !one->hub && one->serial.fd >= 0);
	CHECK(svcgate_link_open_shared(u->port, NULL, &two) == -EBUSY);
	svcgate_link_close(one);
}

static void no_runtime(struct user *u)
{
	CHECK(!setenv("XDG_RUNTIME_DIR", "relative", 1));
	expect_alone(u);
	CHECK(!unsetenv("XDG_RUNTIME_DIR"));
	expect_alone(u);
	finish(u);
}

static void long_runtime(struct user *u)
{
	char path[200];

	memset(path, 'x', sizeof(path));
	path[0] = '/';
	path[sizeof(path) - 1] = '\0';
	CHECK(!setenv("XDG_RUNTIME_DIR", path, 1));
	expect_alone(u);
	CHECK(!setenv("XDG_RUNTIME_DIR", u->runtime, 1));
	address_of(u);
	finish(u);
}

/* Others could listen there, or put something in its place. */
static void others_directory(struct user *u)
{
	char path[64], other[64];

	snprintf(path, sizeof(path), "%s/svcgate", u->runtime);
	CHECK(!mkdir(path, 0700));
	CHECK(!chmod(path, 0750));
	expect_alone(u);
	CHECK(!chmod(path, 0701));
	expect_alone(u);
	CHECK(!chmod(path, 0700));
	if (!geteuid()) {
		CHECK(!chown(path, 1, -1));
		expect_alone(u);
		CHECK(!chown(path, 0, -1));
	}
	snprintf(other, sizeof(other), "%s/other", u->runtime);
	CHECK(!rename(path, other));
	CHECK(!symlink("other", path));
	expect_alone(u);
	CHECK(!unlink(path));
	CHECK(!mknod(path, S_IFREG | 0700, 0));
	expect_alone(u);
	CHECK(!unlink(path));
	CHECK(!rename(other, path));
	finish(u);
}

/* As somebody else: neither side has anything to do with the other. */
static void connect_as_other(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), r;
	char byte;

	CHECK(!setresuid(1, 1, 1));
	CHECK(hub_connect(address, &r) == -EPERM);
	CHECK(!connect(fd, (const struct sockaddr *)address, sizeof(*address)));
	CHECK(read(fd, &byte, 1) <= 0);
	exit(0);
}

/* Permissions that somebody has opened are not all that keeps others out. */
static void other_user(struct user *u)
{
	struct sockaddr_un address = address_of(u);
	struct svcgate_link *one = open_link(u);
	char path[64];
	pid_t child;

	snprintf(path, sizeof(path), "%s/svcgate", u->runtime);
	CHECK(!chmod(u->runtime, 0711) && !chmod(path, 0711));
	CHECK(!chmod(address.sun_path, 0777));
	child = fork();
	CHECK(child >= 0);
	if (!child)
		connect_as_other(&address);
	ends_well(child);
	CHECK(!chmod(path, 0700));
	svcgate_link_close(one);
	finish(u);
}

/* Another program has the port, and shares it with nobody. */
static void other_program(struct user *u)
{
	int fd = open(u->port, O_RDWR | O_NOCTTY);
	struct svcgate_link *link;

	CHECK(fd >= 0 && !flock(fd, LOCK_EX));
	CHECK(svcgate_link_open_shared(u->port, NULL, &link) == -EBUSY);
	close(fd);
	CHECK(svcgate_link_open_shared("/dev/no-such-port", NULL, &link) == -ENODEV);
	CHECK(svcgate_link_open_shared("/dev/null", NULL, &link) == -ENOTTY);
	CHECK(svcgate_link_open_shared(u->runtime, NULL, &link) < 0);
	address_of(u);
	finish(u);
}

/* Another speed is another line. */
static void other_speed(struct user *u)
{
	const struct svcgate_link_options slow = { .baud = 9600 };
	struct svcgate_link *one = open_link(u), *two;

	CHECK(svcgate_link_open_shared(u->port, &slow, &two) == -EBUSY);
	expect_answer(one, 0x11);
	svcgate_link_close(one);
}

/* Who only looks begins no hub, and finds one that is there. */
static void only_look(struct user *u)
{
	const struct svcgate_link_options look = { .join_only = true };
	struct svcgate_link *one, *two;

	CHECK(!svcgate_link_open_shared(u->port, &look, &one));
	CHECK(!one->shared);
	svcgate_link_close(one);
	one = open_link(u);
	CHECK(!svcgate_link_open_shared(u->port, &look, &two));
	CHECK(two->shared && !two->hub);
	expect_answer(two, 0x11);
	svcgate_link_close(two);
	svcgate_link_close(one);
}

/* Bounded: who finds no place is told so, and the others go on. */
static void full(struct user *u)
{
	struct svcgate_link *links[HUB_CLIENTS_MAX], *link;
	unsigned int i;

	for (i = 0; i < HUB_CLIENTS_MAX; i++)
		links[i] = open_link(u);
	CHECK(svcgate_link_open_shared(u->port, NULL, &link) == -EBUSY);
	svcgate_link_close(links[0]);
	links[0] = open_link(u);
	expect_answer(links[0], 0x11);
	for (i = 0; i < HUB_CLIENTS_MAX; i++)
		svcgate_link_close(links[i]);
}

/* It has the port and answers nobody: who comes waits a moment, not for ever. */
static void stopped_hub(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two;
	int r;

	CHECK(!kill(one->hub, SIGSTOP));
	r = svcgate_link_open_shared(u->port, NULL, &two);
	CHECK(!kill(one->hub, SIGCONT));
	CHECK(r == -EBUSY);
	two = open_link(u);
	expect_answer(two, 0x11);
	svcgate_link_close(one);
	svcgate_link_close(two);
}

/* What a program has open is not the hub's: a pipe's reader sees its end. */
static void descriptors(struct user *u)
{
	struct svcgate_link *link;
	char path[64], byte;
	pid_t hub;
	int fds[2];

	CHECK(!pipe(fds));
	CHECK(!signal(SIGTERM, SIG_IGN));
	link = open_link(u);
	close(fds[1]);
	CHECK(!read(fds[0], &byte, 1));
	CHECK(getpgid(link->hub) == link->hub && getsid(link->hub) == link->hub);
	snprintf(path, sizeof(path), "/proc/%d/comm", link->hub);
	expect_answer(link, 0x11);
	fds[0] = open(path, O_RDONLY);
	CHECK(read(fds[0], path, sizeof(path)) == 12 && !memcmp(path, "svcgate-hub\n", 12));
	hub = link->hub;
	svcgate_link_close(link);
	/* It has been waited for, too. */
	CHECK(waitpid(hub, NULL, 0) < 0 && errno == ECHILD);
}

static const struct story stories[] = {
	{ "programs that begin at once", dev_once, at_once },
	{ "the socket of a killed hub", dev_once, stale_socket },
	{ "no runtime directory: alone", dev_once, no_runtime },
	{ "no room for the socket's name: alone", dev_once, long_runtime },
	{ "a directory that others can use: alone", dev_once, others_directory },
	{ "another program has the port", dev_once, other_program },
	{ "another speed is not shared", dev_once, other_speed },
	{ "looking begins no hub", dev_once, only_look },
	{ "no place left", dev_once, full },
	{ "a hub that is stopped", dev_once, stopped_hub },
	{ "the hub has nothing of its program", dev_once, descriptors },
	{ "another user", dev_once, other_user },
};

int main(void)
{
	/* Only root can be somebody else. */
	return play_all(stories, ARRAY_SIZE(stories) - !!geteuid());
}
