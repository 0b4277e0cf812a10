// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's side of the link: sessions, waiting, and the port itself.
 */
#include <poll.h>
#include <pty.h>

#include "link_story.h"
#include "serial.h"

/* The first hello is lost, the second one's welcome comes after the third hello. */
static void dev_hello(struct peer *p)
{
	u8 payload[sizeof(struct svcgate_welcome)];
	u64 late;

	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
	late = p->frame.session;
	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
	CHECK(p->frame.session != late);
	make_welcome(payload, 0xdead);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0, late,
		   payload, sizeof(payload));
	p->session = SESSION;
	make_welcome(payload, SESSION);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_bad_welcome(struct peer *p)
{
	u8 payload[sizeof(struct svcgate_welcome)];

	next_frame(p);
	make_welcome(payload, SESSION);
	payload[0]++;
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
	next_frame(p);
	make_welcome(payload, SESSION);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload) - 1);
	next_frame(p);
	make_welcome(payload, 0);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
	next_frame(p);
	make_welcome(payload, SESSION);
	svcgate_put_le16(payload + offsetof(struct svcgate_welcome, frame_max), 16);
	send_frame(p, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0, 0,
		   p->frame.session, payload, sizeof(payload));
}

static void host_bad_welcome(struct svcgate_link *link)
{
	CHECK(svcgate_link_hello(link) == -EPROTONOSUPPORT);
	CHECK(svcgate_link_hello(link) == -EPROTO);
	CHECK(svcgate_link_hello(link) == -EPROTO);
	CHECK(svcgate_link_hello(link) == -EPROTO);
}

static void dev_lost_session(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	close_with(p, p->transaction, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	collect(p, 0);
	CHECK(p->transaction == 1);
	ack(p);
	close_with(p, 0, SVCGATE_REASON_END_SUSPEND);
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	/* What must not be done twice is not repeated... */
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	/* ...and the next request begins with a hello. */
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	collect(p, 0);
	close_with(p, 0, SVCGATE_REASON_END_BREAK);
}

static void host_lost_session(struct svcgate_link *link)
{
	expect_done(link);
	expect_error(link, SVCGATE_OP_FUSE_WRITE, -ECONNRESET);
	expect_done(link);
	expect_error(link, SVCGATE_OP_MAKER + 1, -ECONNRESET);
	expect_error(link, SVCGATE_OP_RESTART, -ECONNRESET);
}

/* A session that is lost each time is given up. */
static void dev_lost_sessions(struct peer *p)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		welcome(p);
		collect(p, 0);
		close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	}
}

static void host_lost_sessions(struct svcgate_link *link)
{
	expect_error(link, SVCGATE_OP_IDENTIFY, -ETIMEDOUT);
}

static void dev_busy(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_BUSY, NULL, 0);
	collect(p, 0);
	answer(p, SVCGATE_REASON_BUSY, NULL, 0);
	collect(p, 0);
	CHECK(p->transaction == 3);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_always_busy(struct peer *p)
{
	int64_t end = svcgate_line_now() + 2900;

	welcome(p);
	do {
		collect(p, 0);
		answer(p, SVCGATE_REASON_BUSY, NULL, 0);
	} while (svcgate_line_now() < end);
}

static void host_always_busy(struct svcgate_link *link)
{
	expect(link, SVCGATE_OP_IDENTIFY, SVCGATE_REASON_BUSY, "");
}

/* Longer than the silence that ends a session: both sides keep it alive. */
static void dev_at_work(struct peer *p)
{
	int64_t end = svcgate_line_now() + 4200;
	unsigned int alive = 0;

	welcome(p);
	collect(p, 0);
	ack(p);
	while (svcgate_line_now() < end || p->frame.kind != SVCGATE_FRAME_DATA) {
		next_frame(p);
		if (p->frame.kind == SVCGATE_FRAME_ACK) {
			CHECK(p->frame.transaction == p->transaction);
			alive++;
			ack(p);
		} else {
			CHECK(p->frame.kind == SVCGATE_FRAME_DATA);
			answer(p, SVCGATE_REASON_IN_PROGRESS, NULL, 0);
		}
	}
	CHECK(alive >= 3);
	close_with(p, p->transaction, SVCGATE_REASON_IN_PROGRESS);
	close_with(p, p->transaction, SVCGATE_REASON_DONE);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void dev_silent(struct peer *p)
{
	int64_t begin = svcgate_line_now();

	welcome(p);
	while (!svcgate_line_receive(&p->line, begin + PATIENCE_MS, &p->frame))
		CHECK(p->frame.kind == SVCGATE_FRAME_DATA);
	CHECK(svcgate_line_now() - begin < 5000);
}

static void host_silent(struct svcgate_link *link)
{
	expect_error(link, SVCGATE_OP_IDENTIFY, -ETIMEDOUT);
}

static void dev_mute(struct peer *p)
{
	unsigned int hellos = 0;

	while (!svcgate_line_receive(&p->line, svcgate_line_now() + PATIENCE_MS,
				     &p->frame)) {
		CHECK(p->frame.kind == SVCGATE_FRAME_HELLO);
		hellos++;
	}
	CHECK(hellos >= 4 && hellos <= 8);
}

/* Noise without end, from the other side or from a wrong speed. */
static void dev_noise(struct peer *p)
{
	static u8 noise[1000];

	memset(noise, 0x55, sizeof(noise));
	for (;;) {
		noise[10] ^= 0x55;
		poll(NULL, 0, 1);
		if (write(p->line.fd, noise, sizeof(noise)) < 0 && errno != EAGAIN)
			break;
	}
}

static void dev_hangup(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	exit(0);
}

static void host_hangup(struct svcgate_link *link)
{
	expect_error(link, SVCGATE_OP_IDENTIFY, -EPIPE);
}

static void dev_closed(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	ack(p);
	close_with(p, p->transaction, SVCGATE_REASON_END_HELPER);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
}

static void host_closed(struct svcgate_link *link)
{
	struct svcgate_link_response response;

	CHECK(!ask(link, SVCGATE_OP_OS_VERSION, NULL, 0, &response));
	CHECK(response.closed && response.reason == SVCGATE_REASON_END_HELPER);
	CHECK(!response.length);
	expect_done(link);
}

static void stop(int signal)
{
	stopped = 1;
}

static void dev_stopped(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	kill(getppid(), SIGUSR1);
	while (!svcgate_line_receive(&p->line, svcgate_line_now() + PATIENCE_MS,
				     &p->frame))
		;
}

static void host_stopped(struct svcgate_link *link)
{
	struct sigaction action = { .sa_handler = stop };

	CHECK(!sigaction(SIGUSR1, &action, NULL));
	expect_error(link, SVCGATE_OP_IDENTIFY, -EINTR);
}

static void dev_watch(struct peer *p)
{
	int64_t end = svcgate_line_now() + 2500;

	welcome(p);
	do {
		next_frame(p);
		CHECK(p->frame.kind == SVCGATE_FRAME_ACK && !p->frame.transaction);
		ack(p);
	} while (svcgate_line_now() < end);
	next_frame(p);
	close_with(p, 0, SVCGATE_REASON_NO_SESSION);
	welcome(p);
	while (!svcgate_line_receive(&p->line, svcgate_line_now() + 3000, &p->frame))
		CHECK(p->frame.kind == SVCGATE_FRAME_ACK);
}

static void host_watch(struct svcgate_link *link)
{
	int64_t begin;

	CHECK(svcgate_link_watch(link, 100) == -ENOTCONN);
	CHECK(!svcgate_link_hello(link));
	CHECK(!svcgate_link_watch(link, 2000));
	CHECK(svcgate_link_watch(link, 5000) == -ENOTCONN);
	CHECK(svcgate_link_watch(link, 100) == -ENOTCONN);
	CHECK(!svcgate_link_hello(link));
	begin = svcgate_line_now();
	CHECK(svcgate_link_watch(link, 9000) == -ENOTCONN);
	CHECK(svcgate_line_now() - begin < 3000);
}

/* The session is closed when the tool leaves. */
static void dev_goodbye(struct peer *p)
{
	welcome(p);
	collect(p, 0);
	answer(p, SVCGATE_REASON_DONE, "id", 2);
	next_frame(p);
	CHECK(p->frame.kind == SVCGATE_FRAME_CLOSE && !p->frame.transaction);
	CHECK(p->frame.session == p->session);
	CHECK(p->frame.length == sizeof(struct svcgate_close));
	CHECK(svcgate_get_le16(p->frame.data) == SVCGATE_REASON_END_HOST);
}

static void serial_errors(struct svcgate_link *unused)
{
	struct svcgate_serial serial = { .fd = -42 };

	CHECK(svcgate_serial_open(&serial, "/dev/no-such-port", 115200) == -ENODEV);
	CHECK(svcgate_serial_open(&serial, "/dev/null", 115200) == -ENOTTY);
	CHECK(svcgate_serial_open(&serial, "/dev/null", 12345) == -EINVAL);
	CHECK(svcgate_serial_open(&serial, "/dev/null", 0) == -EINVAL);
	CHECK(serial.fd == -42);
	CHECK(svcgate_serial_baud_known(9600) && !svcgate_serial_baud_known(9601));
}

static void serial_settings(struct svcgate_link *unused)
{
	struct svcgate_serial serial, second;
	struct termios before, during, after;
	int master, slave;
	char name[64];

	CHECK(!openpty(&master, &slave, name, NULL, NULL));
	CHECK(!tcgetattr(slave, &before));
	CHECK(before.c_lflag & ECHO);

	CHECK(!svcgate_serial_open(&serial, name, 57600));
	CHECK(!tcgetattr(slave, &during));
	CHECK(!(during.c_lflag & (ECHO | ICANON | ISIG)) && !(during.c_oflag & OPOST));
	CHECK(cfgetospeed(&during) == B57600);
	CHECK(svcgate_serial_open(&second, name, 115200) == -EBUSY);
	svcgate_serial_close(&serial, true);

	CHECK(!tcgetattr(slave, &after));
	CHECK(after.c_lflag == before.c_lflag && after.c_oflag == before.c_oflag &&
	      after.c_iflag == before.c_iflag && after.c_cflag == before.c_cflag);
	CHECK(!svcgate_serial_open(&serial, name, 115200));
	svcgate_serial_close(&serial, false);
}

static const struct story stories[] = {
	{ "lost hello, late welcome", dev_hello, expect_done },
	{ "welcomes that make no sense", dev_bad_welcome, host_bad_welcome },
	{ "lost session: repeat only what is safe", dev_lost_session, host_lost_session },
	{ "session lost each time", dev_lost_sessions, host_lost_sessions },
	{ "busy is repeated", dev_busy, expect_done },
	{ "busy is told after 3 s", dev_always_busy, host_always_busy },
	{ "keep-alive during a long operation", dev_at_work, expect_done },
	{ "silence ends the wait", dev_silent, host_silent },
	{ "no welcome ends the wait", dev_mute, host_silent },
	{ "endless noise ends the wait", dev_noise, host_silent },
	{ "hang-up", dev_hangup, host_hangup },
	{ "device ends the transaction", dev_closed, host_closed },
	{ "stopped by a signal", dev_stopped, host_stopped },
	{ "watch a session until it ends", dev_watch, host_watch },
	{ "goodbye ends the session", dev_goodbye, expect_done },
	{ "serial port: what cannot be opened", NULL, serial_errors },
	{ "serial port: one program, settings put back", NULL, serial_settings },
};

int main(void)
{
	return play_all(stories, ARRAY_SIZE(stories));
}
