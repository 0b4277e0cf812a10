/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hub between socket pairs: one end is the line, the others are clients. The clock
 * is the test's.
 */
#ifndef _SVCGATE_TESTS_UNIT_HUB_RIG_H
#define _SVCGATE_TESTS_UNIT_HUB_RIG_H

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hub.h"
#include "unit.h"

#define SESSION		0x1122334455667788ULL
#define COOKIE		0xc00c1eULL
#define CLIENTS		3
#define BAUD		115200

FIXTURE(hub)
{
	struct hub *hub;
	struct hub_client *clients;
	struct svcgate_line device;
	struct svcgate_line ends[CLIENTS];
	struct svcgate_line_frame frame;
	int64_t now;
	u64 session;
};

#define MAYBE_UNUSED __attribute__((unused))
#define SELF FIXTURE_DATA(hub) *self

static MAYBE_UNUSED void open_end(TESTED, struct svcgate_line *end, int *ret_fd)
{
	int fds[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	svcgate_line_init(end, fds[0], BAUD);
	*ret_fd = fds[1];
}

FIXTURE_SETUP(hub)
{
	struct svcgate_serial serial = { .baud = BAUD };
	unsigned int i;
	int fd;

	self->hub = calloc(1, sizeof(*self->hub));
	ASSERT_NE(NULL, self->hub);
	open_end(_metadata, &self->device, &serial.fd);
	open_end(_metadata, &self->ends[0], &fd);
	hub_init(self->hub, &serial, -1, fd);
	self->clients = self->hub->clients;
	for (i = 1; i < CLIENTS; i++) {
		struct hub_client *c = &self->clients[i];

		open_end(_metadata, &self->ends[i], &c->fd);
		c->members = -1;
		svcgate_line_init(&c->line, c->fd, serial.baud);
	}
	self->now = 1000000;
}

FIXTURE_TEARDOWN(hub)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++) {
		close(self->ends[i].fd);
		if (self->clients[i].fd >= 0)
			close(self->clients[i].fd);
	}
	close(self->device.fd);
	close(self->hub->serial.fd);
	free(self->hub);
}

/* Time passes, and what is due is done. */
static MAYBE_UNUSED void pass(SELF, int64_t ms)
{
	unsigned int i;

	self->now += ms;
	hub_session_timer(self->hub, self->now);
	hub_flush_line(self->hub, self->now);
	hub_turn_timer(self->hub, self->now);
	for (i = 0; i < CLIENTS; i++)
		if (self->clients[i].fd >= 0)
			hub_flush_client(self->hub, &self->clients[i]);
}

static MAYBE_UNUSED bool receive(SELF, struct svcgate_line *end)
{
	struct pollfd pollfd = { .fd = end->fd, .events = POLLIN };
	int r;

	do
		r = svcgate_line_receive(end, 0, &self->frame);
	while (r == -ETIMEDOUT && poll(&pollfd, 1, 0) > 0);
	return !r;
}

/* The next frame at an end, notices of open transactions apart. Return: its kind. */
static MAYBE_UNUSED int next(SELF, struct svcgate_line *end)
{
	do {
		if (!receive(self, end))
			return 0;
	} while (self->frame.kind == SVCGATE_FRAME_TURN && !self->frame.transaction);
	return self->frame.kind;
}

static MAYBE_UNUSED int next_of(SELF, unsigned int client)
{
	return next(self, &self->ends[client]);
}

static MAYBE_UNUSED int next_of_line(SELF)
{
	return next(self, &self->device);
}

static MAYBE_UNUSED void from_client(SELF, unsigned int client, u8 kind, u16 transaction,
				     size_t length)
{
	static const u8 data[SVCGATE_FRAME_DATA_MAX];
	const struct svcgate_line_frame frame = {
		.kind = kind,
		.transaction = transaction,
		.session = self->session,
		.data = data,
		.length = length,
	};

	hub_take_client(self->hub, &self->clients[client], &frame, self->now);
}

static MAYBE_UNUSED void from_device(SELF, u8 kind, u8 flags, u16 transaction, u32 offset,
				     size_t length)
{
	static const u8 data[SVCGATE_FRAME_DATA_MAX];
	const struct svcgate_line_frame frame = {
		.kind = kind,
		.flags = flags,
		.transaction = transaction,
		.offset = offset,
		.session = self->session,
		.data = data,
		.length = length,
	};

	hub_take_device(self->hub, &frame, self->now);
}

static MAYBE_UNUSED void close_from_device(SELF, u16 transaction, u16 reason)
{
	u8 data[sizeof(struct svcgate_close)] = { 0 };
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_CLOSE,
		.transaction = transaction,
		.session = self->session,
		.data = data,
		.length = sizeof(data),
	};

	svcgate_put_le16(data, reason);
	hub_take_device(self->hub, &frame, self->now);
}

static MAYBE_UNUSED void say_hello(SELF, unsigned int client)
{
	const u8 data[sizeof(struct svcgate_hello)] = { 0 };
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_HELLO,
		.session = COOKIE + client,
		.data = data,
		.length = sizeof(data),
	};

	hub_take_client(self->hub, &self->clients[client], &frame, self->now);
}

static MAYBE_UNUSED void send_welcome(SELF, u64 cookie, u64 session, u8 version, u8 flags)
{
	u8 data[sizeof(struct svcgate_welcome)] = { 0 };
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_WELCOME,
		.session = cookie,
		.data = data,
		.length = sizeof(data),
	};

	data[offsetof(struct svcgate_welcome, version)] = version;
	data[offsetof(struct svcgate_welcome, flags)] = flags;
	svcgate_put_le64(data + offsetof(struct svcgate_welcome, session), session);
	hub_take_device(self->hub, &frame, self->now);
}

#define READY	(SVCGATE_WELCOME_CONFIGURED | SVCGATE_WELCOME_RANDOM)

/* The device answers the hello that is on the line. */
static MAYBE_UNUSED void welcome(TESTED, SELF, u64 session, u8 flags)
{
	ASSERT_EQ(SVCGATE_FRAME_HELLO, next_of_line(self));
	send_welcome(self, self->frame.session, session, SVCGATE_WIRE_VERSION, flags);
	self->session = session;
}

static MAYBE_UNUSED void expect_welcome(TESTED, SELF, unsigned int client)
{
	ASSERT_EQ(SVCGATE_FRAME_WELCOME, next_of(self, client));
	ASSERT_EQ(COOKIE + client, self->frame.session);
	ASSERT_EQ(sizeof(struct svcgate_welcome), self->frame.length);
	ASSERT_EQ(self->session,
		  svcgate_get_le64(self->frame.data +
				   offsetof(struct svcgate_welcome, session)));
}

/* All clients are in one session. */
static MAYBE_UNUSED void begin(TESTED, SELF)
{
	unsigned int i;

	say_hello(self, 0);
	pass(self, 0);
	welcome(_metadata, self, SESSION, READY);
	expect_welcome(_metadata, self, 0);
	for (i = 1; i < CLIENTS; i++) {
		say_hello(self, i);
		expect_welcome(_metadata, self, i);
	}
	ASSERT_EQ(0, next_of_line(self));
}

/* A client begins a transaction, and lets others begin. Return: its number. */
static MAYBE_UNUSED u16 begin_transaction(TESTED, SELF, unsigned int client)
{
	u16 number;

	from_client(self, client, SVCGATE_FRAME_TURN, 0, 0);
	pass(self, 0);
	EXPECT_EQ(SVCGATE_FRAME_TURN, next_of(self, client));
	number = self->frame.transaction;
	from_client(self, client, SVCGATE_FRAME_TURN, number, 0);
	return number;
}

#endif /* _SVCGATE_TESTS_UNIT_HUB_RIG_H */
