/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three frames on a line; the middle one is what happens to.
 */
#ifndef _SVCGATE_TESTS_FRAME_THREE_H
#define _SVCGATE_TESTS_FRAME_THREE_H

#include "frame_reference.h"

#define SIZE	SVCGATE_FRAME_RAW_MAX

FIXTURE(line) {
	u8 *bytes;
	u8 *flags;
	size_t count;
	size_t start, end;	/* of the middle frame, with its zeros */
	struct record *good;	/* what comes out when nothing happens */
	struct record *seen;
};

static size_t add_frame(u8 *line, u8 fill, size_t length)
{
	u8 body[600];
	size_t i;

	/* Short runs, empty ones, and a full block. */
	memset(body, fill, sizeof(body));
	for (i = 2; i < 30; i += 3)
		body[i] = 0;
	return reference_enframe(line, body, length);
}

FIXTURE_SETUP(line)
{
	self->bytes = calloc(1, 4096);
	self->flags = calloc(1, 4096);
	self->good = calloc(1, sizeof(*self->good));
	self->seen = calloc(1, sizeof(*self->seen));
	self->count = add_frame(self->bytes, 0x11, 40);
	self->start = self->count;
	self->count += add_frame(self->bytes + self->count, 0x22, 330);
	self->end = self->count;
	self->count += add_frame(self->bytes + self->count, 0x33, 50);
	run_line(self->bytes, NULL, self->count, SIZE, self->count, self->good);
	ASSERT_EQ(3, self->good->count);
}

FIXTURE_TEARDOWN(line)
{
	free(self->bytes);
	free(self->flags);
	free(self->good);
	free(self->seen);
}

static unsigned int events(const struct record *r, enum svcgate_deframe_event event)
{
	unsigned int i, n = 0;

	for (i = 0; i < r->count; i++)
		n += r->event[i] == event;
	return n;
}

/* First and last frame are there, byte by byte; nothing else is a frame. */
static void expect_outer(TESTED, const struct record *seen, const struct record *good)
{
	ASSERT_EQ(2, events(seen, SVCGATE_DEFRAME_FRAME));
	ASSERT_EQ(90, seen->used);
	ASSERT_EQ(0, memcmp(seen->bytes, good->bytes, 40));
	ASSERT_EQ(0, memcmp(seen->bytes + 40, good->bytes + good->used - 50, 50));
	ASSERT_EQ(SVCGATE_DEFRAME_FRAME, seen->event[0]);
	ASSERT_EQ(SVCGATE_DEFRAME_FRAME, seen->event[seen->count - 1]);
}

#endif /* _SVCGATE_TESTS_FRAME_THREE_H */
