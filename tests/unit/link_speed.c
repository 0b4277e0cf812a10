// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the link: another speed of the line, on a pty whose settings
 * both ends can see.
 */
#include <fcntl.h>
#include <pty.h>
#include <termios.h>

#include "link_story.h"

static const struct svcgate_link_bytes nothing;
static int slave_fd;

static speed_t speed_now(void)
{
	struct termios now;

	CHECK(!tcgetattr(slave_fd, &now));
	return cfgetospeed(&now);
}

static void take_request(struct peer *p, u16 op)
{
	collect(p, 0);
	CHECK(svcgate_get_le16(p->message) == op);
}

static void take_speed(struct peer *p, u32 baud)
{
	take_request(p, SVCGATE_OP_SPEED);
	CHECK(svcgate_get_le32(p->message + sizeof(struct svcgate_request)) == baud);
	CHECK(speed_now() == B115200);
}

static void expect_frame(struct peer *p, u8 kind, u16 transaction)
{
	next_frame(p);
	CHECK(p->frame.kind == kind && p->frame.transaction == transaction);
}

/* The first keep-alive is lost: the device has not switched yet. */
static void dev_switch(struct peer *p)
{
	welcome(p);
	take_speed(p, 921600);
	answer(p, SVCGATE_REASON_DONE, NULL, 0);
	expect_frame(p, SVCGATE_FRAME_ACK, 0);
	CHECK(speed_now() == B921600);
	expect_frame(p, SVCGATE_FRAME_ACK, 0);
	send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, 0, 0, p->session, NULL, 0);
	take_request(p, SVCGATE_OP_IDENTIFY);
	CHECK(speed_now() == B921600);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	/* The next session begins at the base rate. */
	welcome(p);
}

static void host_switch(struct svcgate_link *link)
{
	struct svcgate_link_response response;

	CHECK(!svcgate_link_speed(link, 921600, &nothing, &response));
	CHECK(!response.reason);
	expect_done(link);
	CHECK(speed_now() == B921600);
	CHECK(!svcgate_link_hello(link));
	CHECK(speed_now() == B115200);
}

static void dev_refuse(struct peer *p)
{
	welcome(p);
	take_speed(p, 921600);
	answer(p, SVCGATE_REASON_FORBIDDEN, NULL, 0);
	take_request(p, SVCGATE_OP_IDENTIFY);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_refuse(struct svcgate_link *link)
{
	struct svcgate_link_response response;

	CHECK(!svcgate_link_speed(link, 921600, &nothing, &response));
	CHECK(response.reason == SVCGATE_REASON_FORBIDDEN);
	CHECK(speed_now() == B115200);
	expect_done(link);
}

/* Nothing gets through at the new rate; the session goes on at the old one. */
static void dev_deaf(struct peer *p)
{
	welcome(p);
	take_speed(p, 921600);
	answer(p, SVCGATE_REASON_DONE, NULL, 0);
	do
		expect_frame(p, SVCGATE_FRAME_ACK, 0);
	while (speed_now() == B921600);
	send_frame(p, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, 0, 0, p->session, NULL, 0);
	do
		next_frame(p);
	while (p->frame.kind == SVCGATE_FRAME_ACK);
	CHECK(p->frame.kind == SVCGATE_FRAME_DATA && p->frame.transaction == 2);
	CHECK(take_data(p));
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_deaf(struct svcgate_link *link)
{
	struct svcgate_link_response response = { .reason = 0x7777 };
	struct svcgate_link_id id;

	CHECK(svcgate_link_speed(link, 921600, &nothing, &response) == -ECOMM);
	CHECK(response.reason == 0x7777);
	CHECK(speed_now() == B115200);
	expect_done(link);
	svcgate_link_last_request(link, &id);
	CHECK(id.transaction == 2);
}

/* What this computer cannot do is not asked for. */
static void dev_unasked(struct peer *p)
{
	welcome(p);
	take_request(p, SVCGATE_OP_IDENTIFY);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_unasked(struct svcgate_link *link)
{
	struct svcgate_link_response response;

	CHECK(svcgate_link_speed(link, 921601, &nothing, &response) == -EINVAL);
	CHECK(speed_now() == B115200);
	expect_done(link);
}

static void on_pty(void (*device)(struct peer *p), void (*host)(struct svcgate_link *link))
{
	int master, status;
	struct svcgate_link *link;
	char name[64];
	pid_t child;

	CHECK(!openpty(&master, &slave_fd, name, NULL, NULL));
	CHECK(!fcntl(master, F_SETFL, O_NONBLOCK));
	CHECK(!svcgate_link_open(name, NULL, &link));
	child = fork();
	CHECK(child >= 0);
	if (!child) {
		play_device(&(struct story){ .device = device }, master);
		exit(0);
	}
	close(master);
	host(link);
	svcgate_link_close(link);
	close(slave_fd);
	CHECK(!kill(child, SIGTERM));
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) || !WEXITSTATUS(status));
}

static void play_switch(struct svcgate_link *unused)
{
	on_pty(dev_switch, host_switch);
}

static void play_refuse(struct svcgate_link *unused)
{
	on_pty(dev_refuse, host_refuse);
}

static void play_deaf(struct svcgate_link *unused)
{
	on_pty(dev_deaf, host_deaf);
}

static void play_unasked(struct svcgate_link *unused)
{
	on_pty(dev_unasked, host_unasked);
}

static const struct story stories[] = {
	{ "a faster line, for the session", NULL, play_switch },
	{ "the device refuses", NULL, play_refuse },
	{ "nothing is heard at the new speed", NULL, play_deaf },
	{ "a speed that this computer does not have", NULL, play_unasked },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
