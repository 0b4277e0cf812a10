// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hub as a switch: which frames go where, in which order.
 */
#include "hub_rig.h"

/* Who sends much does not keep the others from the line. */
TEST_F(hub, round_robin)
{
	u16 numbers[CLIENTS];
	unsigned int i, round;

	begin(_metadata, self);
	for (i = 0; i < CLIENTS; i++)
		numbers[i] = begin_transaction(_metadata, self, i);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < CLIENTS; i++)
			if (!self->clients[i].waiting)
				from_client(self, i, SVCGATE_FRAME_DATA, numbers[i], 100);
		/* One place on the line at a time. */
		for (i = 0; i < CLIENTS; i++) {
				hub_flush_line(self->hub, self->now);
			ASSERT_EQ(SVCGATE_FRAME_DATA, next_of_line(self));
			ASSERT_EQ(numbers[i], self->frame.transaction);
		}
	}
}

/* Its second frame waits in its socket, and a short one of another goes first. */
TEST_F(hub, one_frame_of_each)
{
	u16 number;

	begin(_metadata, self);
	number = begin_transaction(_metadata, self, 0);
	from_client(self, 0, SVCGATE_FRAME_DATA, number, 8000);
	hub_flush_line(self->hub, self->now);
	ASSERT_FALSE(self->clients[0].waiting);
	/* The line has more than enough to do. */
	from_client(self, 0, SVCGATE_FRAME_DATA, number, 8000);
	from_client(self, 1, SVCGATE_FRAME_ACK, 0, 0);
	hub_flush_line(self->hub, self->now);
	ASSERT_TRUE(self->clients[0].waiting);
	ASSERT_TRUE(self->clients[1].waiting);
	ASSERT_LT(self->now + 600, hub_line_due(self->hub));
	ASSERT_GT(self->now + 800, hub_line_due(self->hub));
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of_line(self));
	hub_flush_line(self->hub, self->now);
	ASSERT_EQ(SVCGATE_FRAME_ACK, next_of_line(self));
	hub_flush_line(self->hub, self->now);
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of_line(self));
	ASSERT_EQ(INT64_MAX, hub_line_due(self->hub));
}

/* One begins at a time; numbers rise; the next one begins when it may. */
TEST_F(hub, one_turn_at_a_time)
{
	begin(_metadata, self);
	from_client(self, 0, SVCGATE_FRAME_TURN, 0, 0);
	from_client(self, 1, SVCGATE_FRAME_TURN, 0, 0);
	from_client(self, 2, SVCGATE_FRAME_TURN, 0, 0);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_TURN, next_of(self, 0));
	ASSERT_EQ(1, self->frame.transaction);
	ASSERT_EQ(0, next_of(self, 1));
	/* Not another one's to give away. */
	from_client(self, 1, SVCGATE_FRAME_TURN, 1, 0);
	pass(self, 0);
	ASSERT_EQ(0, next_of(self, 1));
	from_client(self, 0, SVCGATE_FRAME_TURN, 1, 0);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_TURN, next_of(self, 1));
	ASSERT_EQ(2, self->frame.transaction);
	ASSERT_EQ(0, next_of(self, 2));
	/* An answer ends a turn as well, and so does giving up. */
	from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, 2, 0, 8);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of(self, 1));
	ASSERT_EQ(SVCGATE_FRAME_TURN, next_of(self, 2));
	ASSERT_EQ(3, self->frame.transaction);
	from_client(self, 0, SVCGATE_FRAME_TURN, 0, 0);
	from_client(self, 2, SVCGATE_FRAME_CLOSE, 3, sizeof(struct svcgate_close));
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_TURN, next_of(self, 0));
	ASSERT_EQ(4, self->frame.transaction);
}

static int next_but_keep_alives(SELF)
{
	int kind;

	do {
		pass(self, 0);
		kind = next_of_line(self);
	} while (kind == SVCGATE_FRAME_ACK);
	return kind;
}

TEST_F(hub, turn_that_is_slept_on)
{
	begin(_metadata, self);
	from_client(self, 0, SVCGATE_FRAME_TURN, 0, 0);
	from_client(self, 1, SVCGATE_FRAME_TURN, 0, 0);
	pass(self, 2999);
	ASSERT_EQ(SVCGATE_FRAME_TURN, next_of(self, 0));
	from_client(self, 0, SVCGATE_FRAME_DATA, 1, 32);
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_but_keep_alives(self));
	pass(self, 2999);
	ASSERT_EQ(0, next_but_keep_alives(self));
	ASSERT_EQ(0, next_of(self, 1));
	pass(self, 1);
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_but_keep_alives(self));
	ASSERT_EQ(1, self->frame.transaction);
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of(self, 0));
	ASSERT_EQ(1, self->frame.transaction);
	ASSERT_EQ(SVCGATE_REASON_NO_SESSION, svcgate_get_le16(self->frame.data));
	ASSERT_EQ(SVCGATE_FRAME_TURN, next_of(self, 1));
	ASSERT_EQ(2, self->frame.transaction);
	/* What it sends late goes nowhere. */
	from_client(self, 0, SVCGATE_FRAME_DATA, 1, 32);
	pass(self, 0);
	ASSERT_EQ(0, next_of_line(self));
}

/* After the last number another session. */
TEST_F(hub, numbers_are_used_up)
{
	unsigned int i;

	begin(_metadata, self);
	self->hub->session.number = UINT16_MAX - 1;
	ASSERT_EQ(UINT16_MAX, begin_transaction(_metadata, self, 0));
	from_client(self, 1, SVCGATE_FRAME_TURN, 0, 0);
	pass(self, 0);
	for (i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of(self, i));
		ASSERT_EQ(0, self->frame.transaction);
		ASSERT_EQ(SESSION, self->frame.session);
	}
	say_hello(self, 1);
	pass(self, 0);
	welcome(_metadata, self, SESSION + 1, READY);
	expect_welcome(_metadata, self, 1);
	ASSERT_EQ(1, begin_transaction(_metadata, self, 1));
}

/* What a client must not send does not get to the line. */
TEST_F(hub, refuses)
{
	struct svcgate_line_frame tagged = {
		.kind = SVCGATE_FRAME_DATA,
		.flags = SVCGATE_FRAME_FROM_KERNEL,
		.session = SESSION,
	};
	u16 mine, other;
	u8 kind;

	begin(_metadata, self);
	mine = begin_transaction(_metadata, self, 0);
	other = begin_transaction(_metadata, self, 1);
	for (kind = 0; kind < 16; kind++) {
		if (kind == SVCGATE_FRAME_HELLO || kind == SVCGATE_FRAME_TURN)
			continue;
		from_client(self, 0, kind, other, 8);
		from_client(self, 0, kind, other + 1, 8);
		if (kind != SVCGATE_FRAME_ACK && kind != SVCGATE_FRAME_CLOSE)
			from_client(self, 0, kind, 0, 8);
		if (kind < SVCGATE_FRAME_DATA || kind > SVCGATE_FRAME_CLOSE)
			from_client(self, 0, kind, mine, 8);
		ASSERT_FALSE(self->clients[0].waiting);
	}
	tagged.transaction = mine;
	hub_take_client(self->hub, &self->clients[0], &tagged, self->now);
	pass(self, 0);
	ASSERT_EQ(0, next_of_line(self));
	ASSERT_EQ(0, next_of(self, 0));

	/* Of another session: it hears that there is none. */
	self->session++;
	from_client(self, 0, SVCGATE_FRAME_DATA, mine, 8);
	pass(self, 0);
	ASSERT_EQ(0, next_of_line(self));
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of(self, 0));
	ASSERT_EQ(SESSION + 1, self->frame.session);
	ASSERT_EQ(SVCGATE_REASON_NO_SESSION, svcgate_get_le16(self->frame.data));
}

/* Each hears what is about its own transaction, and all what is about none. */
TEST_F(hub, routes)
{
	u16 mine, other;
	unsigned int i;

	begin(_metadata, self);
	mine = begin_transaction(_metadata, self, 0);
	other = begin_transaction(_metadata, self, 1);
	from_device(self, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, other, 77, 12);
	ASSERT_EQ(SVCGATE_FRAME_ACK, next_of(self, 1));
	ASSERT_EQ(SVCGATE_FRAME_FROM_KERNEL, self->frame.flags);
	ASSERT_EQ(77, self->frame.offset);
	ASSERT_EQ(12, self->frame.length);
	from_device(self, SVCGATE_FRAME_DATA, 0, mine, 0, 8);
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of(self, 0));
	ASSERT_EQ(0, next_of(self, 1));
	from_device(self, SVCGATE_FRAME_ACK, 0, 0, 0, 0);
	for (i = 0; i < CLIENTS; i++)
		ASSERT_EQ(SVCGATE_FRAME_ACK, next_of(self, i));
	/* No turns from the line, nor anything of another session. */
	from_device(self, SVCGATE_FRAME_TURN, 0, mine, 0, 0);
	from_device(self, SVCGATE_FRAME_HELLO, 0, 0, 0, 4);
	send_welcome(self, COOKIE, SESSION + 1, SVCGATE_WIRE_VERSION, READY);
	self->session++;
	close_from_device(self, 0, SVCGATE_REASON_END_BREAK);
	self->session--;
	pass(self, 0);
	for (i = 0; i < CLIENTS; i++)
		ASSERT_EQ(0, next_of(self, i));

	close_from_device(self, mine, SVCGATE_REASON_END_BREAK);
	pass(self, 0);
	for (i = 0; i < CLIENTS; i++) {
		ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of(self, i));
		ASSERT_EQ(SVCGATE_REASON_END_BREAK, svcgate_get_le16(self->frame.data));
	}
	ASSERT_EQ(0, next_of_line(self));
}

/* Data that nobody waits for any more; the device missed the close. */
TEST_F(hub, stray_data)
{
	u16 number;

	begin(_metadata, self);
	number = begin_transaction(_metadata, self, 0);
	say_hello(self, 0);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of_line(self));
	ASSERT_EQ(number, self->frame.transaction);
	from_device(self, SVCGATE_FRAME_DATA, 0, number, 1000, 100);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of_line(self));
	ASSERT_EQ(number, self->frame.transaction);
	/* A late answer needs none. */
	from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, number, 0, 8);
	pass(self, 0);
	ASSERT_EQ(0, next_of_line(self));
}

/* Who does not read loses frames, and nobody else; not what has to be said. */
TEST_F(hub, full_client)
{
	unsigned int n, got = 0;
	u16 one, two;

	begin(_metadata, self);
	one = begin_transaction(_metadata, self, 0);
	two = begin_transaction(_metadata, self, 1);
	for (n = 0; n < 300; n++) {
		from_device(self, SVCGATE_FRAME_DATA, 0, one, n * 8000, 8000);
		pass(self, 0);
	}
	from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, two, 0, 8);
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of(self, 1));
	close_from_device(self, 0, SVCGATE_REASON_END_HANGUP);
	pass(self, 0);
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, next_of(self, 1));
	while (next_of(self, 0) == SVCGATE_FRAME_DATA) {
		ASSERT_EQ(got * 8000, self->frame.offset);
		pass(self, 0);
		got++;
	}
	ASSERT_EQ(SVCGATE_FRAME_CLOSE, self->frame.kind);
	ASSERT_GT(n, got);
	ASSERT_LT(0, got);
}

/* What a client was told last, -1 for nothing new. */
static int members_told(SELF, unsigned int client)
{
	int members = -1;

	while (receive(self, &self->ends[client]))
		if (self->frame.kind == SVCGATE_FRAME_TURN && !self->frame.transaction &&
		    self->frame.length == 2)
			members = svcgate_get_le16(self->frame.data);
	return members;
}

/* Whoever sends much hears with whom it shares the line, whenever that changes. */
TEST_F(hub, tells_members)
{
	u16 number;

	pass(self, 0);
	ASSERT_EQ(0, members_told(self, 2));
	begin(_metadata, self);
	pass(self, 0);
	ASSERT_EQ(3, members_told(self, 2));
	number = begin_transaction(_metadata, self, 0);
	from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, number, 0, 8);
	pass(self, 0);
	ASSERT_EQ(-1, members_told(self, 2));
	from_client(self, 0, SVCGATE_FRAME_CLOSE, 0, sizeof(struct svcgate_close));
	pass(self, 0);
	ASSERT_EQ(2, members_told(self, 2));
	/* The next command comes as a rule: one alone is soon two again. */
	from_client(self, 1, SVCGATE_FRAME_CLOSE, 0, sizeof(struct svcgate_close));
	pass(self, 0);
	ASSERT_EQ(-1, members_told(self, 2));
	self->hub->crowd_until = svcgate_line_now();
	pass(self, 0);
	ASSERT_EQ(1, members_told(self, 2));
	close_from_device(self, 0, SVCGATE_REASON_END_BREAK);
	pass(self, 0);
	ASSERT_EQ(0, members_told(self, 2));
}

/* The client that has a transaction open, by what the device says of it. */
TEST_F(hub, open_transactions)
{
	u16 one, two;

	begin(_metadata, self);
	ASSERT_FALSE(hub_is_open(self->hub));
	one = begin_transaction(_metadata, self, 0);
	two = begin_transaction(_metadata, self, 1);
	/* One with data to follow is not over, and one that is at work is not. */
	from_device(self, SVCGATE_FRAME_DATA, 0, one, 0, 8);
	close_from_device(self, two, SVCGATE_REASON_IN_PROGRESS);
	ASSERT_TRUE(self->clients[0].open);
	ASSERT_TRUE(self->clients[1].open);
	from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, two, 0, 8);
	ASSERT_FALSE(self->clients[1].open);
	close_from_device(self, one, SVCGATE_REASON_DONE);
	ASSERT_FALSE(hub_is_open(self->hub));
	/* What came before its end is still its client's. */
	while (next_of(self, 0))
		;
	from_device(self, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, one, 100, 8);
	ASSERT_EQ(SVCGATE_FRAME_DATA, next_of(self, 0));
}

TEST_HARNESS_MAIN
