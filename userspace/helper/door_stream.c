// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doors send of the streams of their transactions: how much, in frames how
 * long, and whose turn it is.
 */
#include "door.h"

/*
 * On their way to the host at most: what the kernel sends without a word of the
 * host's (P9), but for answers and acknowledgements. In frames so long that three
 * of them fit, because the line idles without a second one.
 */
#define IN_FLIGHT_MAX	(SVCGATE_OUTPUT_BOUND - 2048)
#define FRAME_MAX	4096

_Static_assert(3 * (FRAME_MAX + SVCGATE_STREAM_OVERHEAD + FRAME_MAX / 254) <= IN_FLIGHT_MAX,
	       "three frames are on their way");

/**
 * door_stream_init() - begin with a door
 * @door: the door
 */
void door_stream_init(struct door *door)
{
	svcgate_pace_init(&door->pace, 0, IN_FLIGHT_MAX, FRAME_MAX);
}

/**
 * door_stream_host() - how long a frame the host takes
 * @door: its door
 * @request: of the host; each says so
 */
void door_stream_host(struct door *door, const struct svcgate_door *request)
{
	size_t body = request->detail;

	if (body < SVCGATE_FRAME_MIN)
		body = SVCGATE_FRAME_MIN;
	body -= sizeof(struct svcgate_frame) + SVCGATE_FRAME_TAG_SIZE;
	door->pace.frame_max = body < FRAME_MAX ? body : FRAME_MAX;
}

/**
 * door_sooner() - the sooner of two times
 * @a: one of them, -1 for never
 * @b: the other
 *
 * Return: it.
 */
int64_t door_sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

/*
 * One frame of a stream of this door. Its transaction goes to the end of the list,
 * so that all have their turn before it has its next.
 */
static bool send_one(struct door_process *process, const struct door *door)
{
	struct transaction **at, *t;

	for (at = &process->transactions; (t = *at); at = &t->next)
		if (t->door == door && transaction_send(process, t))
			break;
	if (!t)
		return false;
	*at = t->next;
	while (*at)
		at = &(*at)->next;
	t->next = NULL;
	*at = t;
	return true;
}

static void count_streams(struct door_process *process)
{
	struct transaction *t;
	struct door *door;

	for (door = process->doors; door; door = door->next)
		door->pace.streams = 0;
	for (t = process->transactions; t; t = t->next)
		t->door->pace.streams++;
}

/**
 * door_stream_push() - send what streams have for their hosts
 * @process: the process
 *
 * Return: when there is more to send, by door_now(); -1 for not before something
 * happens.
 */
int64_t door_stream_push(struct door_process *process)
{
	struct transaction *t;
	struct door *door;
	int64_t next = -1;

	count_streams(process);
	for (t = process->transactions; t; t = t->next)
		transaction_acknowledge(process, t);
	for (door = process->doors; door; door = door->next)
		while (!door->queue && !door->gone && send_one(process, door))
			;
	for (t = process->transactions; t; t = t->next) {
		transaction_close_stream(process, t);
		next = door_sooner(next, transaction_due(t));
	}
	return next;
}
