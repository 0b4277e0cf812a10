// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A port that several programs share: all of them get their answers, whoever comes
 * and goes.
 */
#include "hub_story.h"

#define PROGRAMS	5
#define REQUESTS	20

static void dev_one_session(struct peer *p)
{
	device_serve(p);
	CHECK(p->session == SESSION);
	CHECK(p->transaction == 4);
}

static void two_programs(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two = open_link(u);

	CHECK(one->shared && one->hub && two->shared && !two->hub);
	expect_answer(one, 0x11);
	expect_answer(two, 0x22);
	expect_answer(one, 0x33);
	svcgate_link_close(one);
	expect_answer(two, 0x44);
	svcgate_link_close(two);
}

/* Each in a process of its own, all at once; the first ones all want to begin. */
static void crowd(struct user *u)
{
	pid_t children[PROGRAMS];
	unsigned int i, j;
	int gate[2];
	char byte;

	CHECK(!pipe(gate));
	for (i = 0; i < PROGRAMS; i++) {
		struct svcgate_link *link;

		children[i] = fork();
		CHECK(children[i] >= 0);
		if (children[i])
			continue;
		close(gate[1]);
		CHECK(!read(gate[0], &byte, 1));
		link = open_link(u);
		for (j = 0; j < REQUESTS; j++)
			CHECK(!ask(link, i << 8 | (j + 1), 4 + 1700 * (j % 3)));
		svcgate_link_close(link);
		exit(0);
	}
	close(gate[0]);
	close(gate[1]);
	for (i = 0; i < PROGRAMS; i++) {
		ends_well(children[i]);
	}
}

/* Hubs may end in between, when all who are there are done at once. */
static void dev_crowd(struct peer *p)
{
	unsigned int answered = 0;

	do {
		if (device_step(p)) {
			device_answer(p);
			answered++;
		}
	} while (answered < PROGRAMS * REQUESTS || !is_goodbye(p));
}

/* Frames of requests get lost, and those of several programs at a time. */
static void dev_lossy(struct peer *p)
{
	unsigned int answered = 0, n = 0;

	do {
		next_frame(p);
		if (p->frame.kind == SVCGATE_FRAME_HELLO) {
			device_hello(p);
		} else if (p->frame.kind == SVCGATE_FRAME_ACK) {
			send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL,
				   p->frame.transaction, 0, p->session, NULL, 0);
		} else if (p->frame.kind == SVCGATE_FRAME_DATA && n++ % 16 != 5 &&
			   device_data(p)) {
			device_answer(p);
			answered++;
		}
	} while (answered < PROGRAMS * REQUESTS || !is_goodbye(p));
}

static void dev_turn(struct peer *p)
{
	device_until_close(p, 1);
	tell('c');
	device_serve(p);
}

/* It begins, and sends nothing: another one has to wait for it, not for ever. */
static void sleeper(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two = open_link(u);
	u16 number;

	CHECK(!svcgate_link_hello(one));
	CHECK(!svcgate_link_next_transaction(one, &number));
	CHECK(number == 1);
	expect_answer(two, 0x22);
	CHECK(two->last.transaction == 2);
	await_told(u, 'c');
	/* It is told that its transaction is over, and begins anew. */
	expect_answer(one, 0x11);
	svcgate_link_close(one);
	svcgate_link_close(two);
}

/* Half a request is there when its program is killed. */
static void dev_killed(struct peer *p)
{
	do
		CHECK(!device_step(p));
	while (p->frame.kind != SVCGATE_FRAME_DATA);
	tell('d');
	device_until_close(p, 1);
	device_serve(p);
	CHECK(p->transaction == 2);
}

static void killed(struct user *u)
{
	struct svcgate_link *two = open_link(u);
	pid_t child;

	child = fork();
	CHECK(child >= 0);
	if (!child) {
		struct svcgate_link *one = open_link(u);
		u8 half[sizeof(struct svcgate_request)] = { 0 };
		struct svcgate_line_frame frame = {
			.kind = SVCGATE_FRAME_DATA,
			.data = half,
			.length = sizeof(half),
		};

		svcgate_put_le32(half + 4, 1000);
		CHECK(!svcgate_link_hello(one));
		CHECK(!svcgate_link_next_transaction(one, &frame.transaction));
		frame.session = one->welcome.session;
		CHECK(!svcgate_line_send(&one->line, &frame));
		pause();
	}
	await_told(u, 'd');
	CHECK(!kill(child, SIGKILL));
	CHECK(waitpid(child, NULL, 0) == child);
	expect_answer(two, 0x22);
	svcgate_link_close(two);
}

/* Who has started the hub is killed; the hub and the others go on. */
static void first_killed(struct user *u)
{
	struct svcgate_link *two;
	int ready[2];
	pid_t child;
	char byte;

	CHECK(!pipe(ready));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		expect_answer(open_link(u), 0x11);
		CHECK(write(ready[1], "", 1) == 1);
		pause();
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	two = open_link(u);
	CHECK(!two->hub);
	expect_answer(two, 0x22);
	CHECK(!kill(child, SIGKILL));
	CHECK(waitpid(child, NULL, 0) == child);
	expect_answer(two, 0x33);
	expect_answer(two, 0x44);
	svcgate_link_close(two);
}

static void hub_killed(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two = open_link(u);

	expect_answer(one, 0x11);
	expect_answer(two, 0x22);
	CHECK(!kill(one->hub, SIGKILL));
	/* Its sockets are closed when it can be waited for, and not before. */
	CHECK(waitpid(one->hub, NULL, 0) == one->hub);
	CHECK(ask(two, 0x33, 100) == -EPIPE);
	expect_answer(two, 0x33);
	CHECK(two->hub);
	CHECK(ask(one, 0x44, 100) == -EPIPE);
	expect_answer(one, 0x44);
	CHECK(one->shared && !one->hub);
	svcgate_link_close(one);
	svcgate_link_close(two);
}

static void dev_hub_killed(struct peer *p)
{
	device_serve(p);
	CHECK(p->session == SESSION + 1);
}

/* The device ends the session under both of them; both begin again, in one. */
static void dev_ended(struct peer *p)
{
	device_answer_some(p, 2);
	tell('a');
	while (!device_step(p))
		;
	close_with(p, 0, SVCGATE_REASON_END_SUSPEND);
	device_serve(p);
	CHECK(p->session == SESSION + 1 && p->transaction == 2);
}

static void session_ended(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two = open_link(u);

	expect_answer(one, 0x11);
	expect_answer(two, 0x22);
	await_told(u, 'a');
	expect_answer(one, 0x33);
	expect_answer(two, 0x44);
	CHECK(one->welcome.session == SESSION + 1);
	CHECK(two->welcome.session == SESSION + 1);
	svcgate_link_close(one);
	svcgate_link_close(two);
}

/*
 * The device keeps the last answer only. Whose answer is lost, and displaced by that
 * to another program, asks for it and hears that there is no such transaction.
 */
static void dev_displaced(struct peer *p)
{
	while (!device_step(p))
		;
	ack(p);
	p->used = 0;
	tell('a');
	while (!device_step(p))
		;
	CHECK(p->transaction == 2);
	device_answer(p);
	do
		CHECK(!device_step(p));
	while (p->frame.kind != SVCGATE_FRAME_DATA);
	CHECK(p->frame.transaction == 1 && !p->frame.offset);
	p->transaction = 1;
	answer(p, SVCGATE_REASON_TRANSACTION, NULL, 0);
	p->transaction = 2;
	device_serve(p);
	CHECK(p->session == SESSION && p->transaction == 3);
}

static void displaced(struct user *u)
{
	struct svcgate_link *two = open_link(u);
	pid_t child = fork();

	CHECK(child >= 0);
	if (!child) {
		struct svcgate_link *one = open_link(u);

		expect_answer(one, 0x11);
		svcgate_link_close(one);
		exit(0);
	}
	await_told(u, 'a');
	expect_answer(two, 0x22);
	ends_well(child);
	svcgate_link_close(two);
}

/* The port goes in the middle of a request, for all of them, and the hub with it. */
static void dev_unplugged(struct peer *p)
{
	device_answer_some(p, 2);
	while (!device_step(p))
		;
}

static void unplugged(struct user *u)
{
	struct svcgate_link *one = open_link(u), *two = open_link(u);

	expect_answer(one, 0x11);
	expect_answer(two, 0x22);
	CHECK(ask(one, 0x33, 100) == -EPIPE);
	CHECK(waitpid(one->hub, NULL, 0) == one->hub);
	CHECK(ask(two, 0x44, 100) == -EPIPE);
	svcgate_link_close(one);
	svcgate_link_close(two);
}

static const struct story stories[] = {
	{ "two programs in one session", dev_one_session, two_programs },
	{ "five programs at once", dev_crowd, crowd },
	{ "five programs at once, lost frames", dev_lossy, crowd },
	{ "who sleeps on its turn loses it", dev_turn, sleeper },
	{ "a program is killed in its request", dev_killed, killed },
	{ "the first program is killed", dev_one_session, first_killed },
	{ "the hub is killed", dev_hub_killed, hub_killed },
	{ "the device ends the session", dev_ended, session_ended },
	{ "an answer that another one has displaced", dev_displaced, displaced },
	{ "the port goes away", dev_unplugged, unplugged },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
