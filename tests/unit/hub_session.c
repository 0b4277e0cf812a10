// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hub's session with the device: begun when somebody wants one, kept while
 * somebody is there, given to whoever comes.
 */
#include "hub_rig.h"

/* The back-off of a host that is alone, and silence in between. */
TEST_F(hub, asks_as_long_as_somebody_waits)
{
	const unsigned int line_ms = svcgate_line_time(&self->device,
						       SVCGATE_FRAME_LINE_MAX(128));
	const unsigned int waits[] = { 150, 300, 600, 1200 };
	u64 cookies[ARRAY_SIZE(waits) + 1];
	unsigned int i;

	pass(self, 5000);
	ASSERT_EQ(0, next_of_line(self));
	say_hello(self, 0);
	pass(self, 0);
	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ASSERT_EQ(SVCGATE_FRAME_HELLO, next_of_line(self));
		ASSERT_EQ(sizeof(struct svcgate_hello), self->frame.length);
		cookies[i] = self->frame.session;
		/* The client repeats its own meanwhile; that changes nothing. */
		say_hello(self, 0);
		pass(self, waits[i] + line_ms - 1);
		ASSERT_EQ(0, next_of_line(self));
		pass(self, 1);
	}
	ASSERT_EQ(SVCGATE_FRAME_HELLO, next_of_line(self));
	cookies[i] = self->frame.session;
	/* A late answer is none: the session that it names is over. */
	send_welcome(self, cookies[0], SESSION, SVCGATE_WIRE_VERSION, READY);
	ASSERT_EQ(0, next_of(self, 0));
	pass(self, SVCGATE_SILENCE_MS);
	ASSERT_EQ(0, next_of_line(self));
	/* It has given up, and another one comes. */
	say_hello(self, 1);
	send_welcome(self, cookies[i], SESSION, SVCGATE_WIRE_VERSION, READY);
	self->session = SESSION;
	expect_welcome(_metadata, self, 1);
	ASSERT_EQ(0, next_of(self, 0));
}

TEST_F(hub, all_who_wait_get_the_welcome)
{
	say_hello(self, 0);
	say_hello(self, 1);
	pass(self, 0);
	say_hello(self, 2);
	welcome(_metadata, self, SESSION, READY);
	pass(self, 0);
	expect_welcome(_metadata, self, 0);
	expect_welcome(_metadata, self, 1);
	expect_welcome(_metadata, self, 2);
	ASSERT_EQ(0, next_of_line(self));
}

/* Heard lately: given at once. Else the device is asked first. */
TEST_F(hub, is_it_alive)
{
	begin(_metadata, self);
	pass(self, 999);
	say_hello(self, 1);
	expect_welcome(_metadata, self, 1);
	ASSERT_EQ(0, next_of_line(self));
	pass(self, 1);
	while (next_of_line(self))
		;
	say_hello(self, 1);
	ASSERT_EQ(0, next_of(self, 1));
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
	ASSERT_EQ(0, self->frame.transaction);
	ASSERT_EQ(SESSION, self->frame.session);
	from_device(self, SVCGATE_FRAME_ACK, 0, 0, 0, 0);
	expect_welcome(_metadata, self, 1);
}

/* It is not: another one is begun, and those who were in it are told. */
TEST_F(hub, it_is_not_alive)
{
	begin(_metadata, self);
	begin_transaction(_metadata, self, 0);
	pass(self, 1500);
	while (next_of_line(self))
		;
	say_hello(self, 1);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
	pass(self, 200);
	ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
	ASSERT_EQ(0, next_of(self, 0));
	pass(self, 400);
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of(self, 0));
	ASSERT_EQ(SESSION, self->frame.session);
	ASSERT_EQ(0, self->frame.transaction);
	ASSERT_EQ(SVCGATE_REASON_END_HELLO, svcgate_get_le16(self->frame.data));
	welcome(_metadata, self, SESSION + 1, READY);
	expect_welcome(_metadata, self, 1);
	ASSERT_EQ(1, begin_transaction(_metadata, self, 1));
}

/* A device that was not ready at its beginning may be now. */
TEST_F(hub, not_ready)
{
	u8 flags;

	for (flags = 0; flags < READY; flags++) {
		say_hello(self, 0);
		pass(self, 0);
		welcome(_metadata, self, SESSION + flags, flags);
		expect_welcome(_metadata, self, 0);
		while (next_of(self, 1))
			;
		/* Two who come together share it... */
		pass(self, 299);
		say_hello(self, 1);
		expect_welcome(_metadata, self, 1);
		/* ...and nobody is thrown out. */
		begin_transaction(_metadata, self, 1);
		pass(self, 1);
		say_hello(self, 0);
		expect_welcome(_metadata, self, 0);
		ASSERT_EQ(0, next_of_line(self));
		from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, 1, 0, 8);
		while (next_of(self, 1))
			;
	}
	say_hello(self, 0);
	pass(self, 0);
	welcome(_metadata, self, SESSION, READY);
}

/* Of another version, or without sense: its reader says so. */
TEST_F(hub, odd_welcome)
{
	say_hello(self, 0);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_HELLO, next_of_line(self));
	send_welcome(self, self->frame.session, SESSION, SVCGATE_WIRE_VERSION + 1, READY);
	ASSERT_EQ(SVCGATE_FRAME_WELCOME, next_of(self, 0));
	ASSERT_EQ(SVCGATE_WIRE_VERSION + 1, self->frame.data[0]);
	/* There is no session: the next one asks again. */
	say_hello(self, 1);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_HELLO, next_of_line(self));
	send_welcome(self, self->frame.session, 0, SVCGATE_WIRE_VERSION, READY);
	ASSERT_EQ(SVCGATE_FRAME_WELCOME, next_of(self, 1));
	self->session = 0;
	from_client(self, 1, SVCGATE_FRAME_TURN, 0, 0);
	from_client(self, 1, SVCGATE_FRAME_ACK, 0, 0);
	pass(self, 0);
	ASSERT_EQ(0, next_of(self, 1));
	ASSERT_EQ(0, next_of_line(self));
}

/* Once a second where nothing else is said, as long as somebody is in the session. */
TEST_F(hub, keeps_alive)
{
	unsigned int i;

	begin(_metadata, self);
	for (i = 0; i < 5; i++) {
		pass(self, 999);
		ASSERT_EQ(0, next_of_line(self));
		pass(self, 1);
		ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
		ASSERT_EQ(0, self->frame.transaction);
		from_device(self, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, 0, 0, 0);
	}
	/* A device that only hears is as silent as one that does not. */
	for (i = 0; i < 3; i++) {
		pass(self, 500);
		from_client(self, 0, SVCGATE_FRAME_ACK, 0, 0);
		pass(self, 0);
		ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
		pass(self, 500);
		ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
	}
	/* Nobody wants it any more. */
	for (i = 0; i < CLIENTS; i++)
		from_client(self, i, SVCGATE_FRAME_CLOSE, 0, sizeof(struct svcgate_close));
	pass(self, 5000);
	ASSERT_EQ(0, next_of_line(self));
}

/* The goodbye, behind what was on its way. */
TEST_F(hub, says_goodbye)
{
	u16 number;

	ASSERT_TRUE(hub_goodbye(self->hub));
	ASSERT_EQ(0, next_of_line(self));
	begin(_metadata, self);
	number = begin_transaction(_metadata, self, 0);
	from_client(self, 0, SVCGATE_FRAME_DATA, number, 100);
	hub_flush_line(self->hub, self->now);
	ASSERT_TRUE(hub_goodbye(self->hub));
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of_line(self));
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of_line(self));
	ASSERT_EQ(0, self->frame.transaction);
	ASSERT_EQ(SESSION, self->frame.session);
	ASSERT_EQ(SVCGATE_REASON_END_HOST, svcgate_get_le16(self->frame.data));
}

TEST_HARNESS_MAIN
