// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The door process: moves bytes between the kernel and executors, and changes
 * of trust from the kernel into the store. It has no privileges, parses no
 * arguments, and knows no rule and no operation: what comes through a door was
 * admitted by the kernel, what an operation means is its executor's business.
 *
 * One thread, one poll(). Nothing is freed in the middle of a round: doors and
 * transactions that are over are swept at its end.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "door.h"
#include "log.h"

/* More answers than transactions can be open means that something is broken. */
#define QUEUE_MAX	(4 * SVCGATE_TRANSACTIONS_MAX)

/* Messages of one door in a round, so that the others get their turn. */
#define MESSAGES_MAX	16

/**
 * struct door_source - what a polled descriptor is
 * @door: a door, or NULL
 * @transaction: an executor's descriptor, or NULL; with both NULL, the parent
 * @which: which of the executor's
 */
struct door_source {
	struct door *door;
	struct transaction *transaction;
	enum pair_executor_fd which;
};

/**
 * door_now() - microseconds since boot
 *
 * Return: them.
 */
int64_t door_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The kernel has the message: what does that mean for its transaction? */
static void accepted(struct door_process *process, struct door *door,
		     const struct svcgate_door *message)
{
	struct transaction *t;

	if (message->kind != SVCGATE_DOOR_RESPONSE)
		return;
	t = transaction_find(process, door, message->session, message->transaction);
	if (t)
		transaction_accepted(process, t, message->flags & SVCGATE_DOOR_MORE);
}

/* Return: true when the message is dealt with, false when it must wait. */
static bool try_write(struct door_process *process, struct door *door,
		      const struct svcgate_door *message)
{
	int r = device_door_write(door->fd, message);

	switch (r) {
	case 0:
		accepted(process, door, message);
		break;
	case -EAGAIN:
	case -ENOMEM:
		return false;
	case -ESRCH:
		/* It has ended meanwhile; END is on its way. */
		break;
	case -EPIPE:
		door->gone = true;
		break;
	default:
		log_error("the kernel refused message %u at the door of %s: %s; are module and helper of one version?",
			  message->kind, door->name, strerror(-r));
	}
	return true;
}

/**
 * door_send() - write a message, now or when there is room
 * @process: the process
 * @door: the door
 * @message: the message; copied when it has to wait
 */
void door_send(struct door_process *process, struct door *door,
	       const struct svcgate_door *message)
{
	struct door_outgoing *waiting;

	if (door->gone || (!door->queue && try_write(process, door, message)))
		return;
	if (door->queued < QUEUE_MAX)
		waiting = malloc(offsetof(struct door_outgoing, message) + message->length);
	else
		waiting = NULL;
	if (!waiting) {
		/* An answer lost in silence is worse than a door shut. */
		log_error("the door of %s takes nothing any more: closed", door->name);
		door->gone = true;
		return;
	}
	waiting->next = NULL;
	memcpy(&waiting->message, message, message->length);
	*door->queue_end = waiting;
	door->queue_end = &waiting->next;
	door->queued++;
}

static void flush(struct door_process *process, struct door *door)
{
	struct door_outgoing *first;

	while (!door->gone && door->queue) {
		first = door->queue;
		if (!try_write(process, door, &first->message))
			return;
		door->queue = first->next;
		if (!door->queue)
			door->queue_end = &door->queue;
		door->queued--;
		free(first);
	}
}

/* The store of images comes later: no component is installed. */
static void answer_object(struct door_process *process, struct door *door,
			  const struct svcgate_door *object)
{
	struct svcgate_door manifest = {
		.length = sizeof(manifest),
		.kind = SVCGATE_DOOR_MANIFEST,
		.session = object->session,
		.transaction = object->transaction,
		.op = object->op,
	};

	memcpy(manifest.object, object->object, sizeof(manifest.object));
	door_send(process, door, &manifest);
}

static void take_message(struct door_process *process, struct door *door)
{
	const struct svcgate_door *message = process->message;
	struct transaction *t;

	t = transaction_find(process, door, message->session, message->transaction);
	switch (message->kind) {
	case SVCGATE_DOOR_REQUEST:
		if (t)
			transaction_end(process, t);
		door_stream_host(door, message);
		transaction_begin(process, door, message);
		break;
	case SVCGATE_DOOR_DATA:
	case SVCGATE_DOOR_ACK:
		if (t)
			transaction_data(t, message);
		break;
	case SVCGATE_DOOR_END:
		if (t)
			transaction_end(process, t);
		break;
	case SVCGATE_DOOR_OBJECT:
		answer_object(process, door, message);
		break;
	case SVCGATE_DOOR_CHANGE:
		door_change(process, door, message);
		break;
	}
}

static void read_door(struct door_process *process, struct door *door)
{
	unsigned int i;
	int r = 1;

	for (i = 0; i < MESSAGES_MAX && r > 0 && !door->gone; i++) {
		r = device_door_read(door->fd, process->message, SVCGATE_DOOR_MAX);
		if (r > 0)
			take_message(process, door);
	}
	if (r > 0 || r == -EAGAIN)
		return;
	if (r < 0)
		log_error("cannot read the door of %s: %s", door->name, strerror(-r));
	door->gone = true;
}

static void add_door(struct door_process *process, const struct pair_message *message, int fd)
{
	struct pair_message serving = { .kind = PAIR_SERVING, .number = message->number };
	struct door *door = calloc(1, sizeof(*door));

	if (!door) {
		close(fd);
		return;
	}
	door->fd = fd;
	door->number = message->number;
	memcpy(door->name, message->name, sizeof(door->name));
	door->name[sizeof(door->name) - 1] = '\0';
	door->queue_end = &door->queue;
	door_stream_init(door);
	door->next = process->doors;
	process->doors = door;
	(void)pair_tell(process->pair, &serving);
}

static void take_pair(struct door_process *process, const struct pair_message *message,
		      const int *fds, size_t count)
{
	struct transaction *t = transaction_by_id(process, message->id);
	size_t i;

	if (message->kind == PAIR_DOOR && count == 1) {
		add_door(process, message, fds[0]);
		return;
	}
	if (message->kind == PAIR_STARTED && count == PAIR_FD_COUNT && t) {
		transaction_started(process, t, fds);
		return;
	}
	for (i = 0; i < count; i++)
		close(fds[i]);
	if (message->kind == PAIR_REFUSED && t)
		transaction_refused(process, t, message->reason, message->detail);
	else if (message->kind == PAIR_ENDED && t)
		transaction_exited(process, t, message->status);
}

/* Return: 0, or a negative errno when the parent is gone. */
static int read_pair(struct door_process *process)
{
	struct pair_message message;
	int fds[PAIR_FD_COUNT];
	size_t count;
	int r;

	for (;;) {
		r = pair_receive(process->pair, &message, fds, PAIR_FD_COUNT, &count);
		if (r < 0)
			return r == -EAGAIN ? 0 : r;
		take_pair(process, &message, fds, count);
	}
}

static void free_door(struct door_process *process, struct door *door)
{
	struct pair_message gone = { .kind = PAIR_GONE, .number = door->number };
	struct door_outgoing *waiting;

	while ((waiting = door->queue)) {
		door->queue = waiting->next;
		free(waiting);
	}
	door_change_closed(process, door);
	/* Closed first: the parent may open it again at once. */
	close(door->fd);
	(void)pair_tell(process->pair, &gone);
	free(door);
}

static void sweep(struct door_process *process)
{
	struct transaction **t, *over;
	struct door **door, *gone;

	for (t = &process->transactions; *t;) {
		if ((*t)->door->gone && (*t)->phase != TRANSACTION_OVER)
			transaction_end(process, *t);
		over = *t;
		if (over->phase == TRANSACTION_OVER) {
			*t = over->next;
			transaction_free(over);
		} else {
			t = &over->next;
		}
	}
	for (door = &process->doors; *door;) {
		gone = *door;
		if (gone->gone) {
			*door = gone->next;
			free_door(process, gone);
		} else {
			door = &gone->next;
		}
	}
}

static int make_room(struct door_process *process)
{
	const struct transaction *t;
	const struct door *door;
	struct door_source *sources;
	struct pollfd *fds;
	size_t needed = 1;

	for (door = process->doors; door; door = door->next)
		needed++;
	for (t = process->transactions; t; t = t->next)
		needed += PAIR_FD_COUNT;
	if (needed <= process->fd_room)
		return 0;
	fds = realloc(process->fds, needed * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	process->fds = fds;
	sources = realloc(process->sources, needed * sizeof(*sources));
	if (!sources)
		return -ENOMEM;
	process->sources = sources;
	process->fd_room = needed;
	return 0;
}

static size_t fill(struct door_process *process)
{
	struct transaction *t;
	struct door *door;
	size_t count = 0;
	unsigned int i;
	short events;

	process->sources[count] = (struct door_source){};
	process->fds[count++] = (struct pollfd){ .fd = process->pair, .events = POLLIN };
	for (door = process->doors; door; door = door->next) {
		events = POLLIN;
		if (door->queue)
			events |= POLLOUT;
		process->sources[count] = (struct door_source){ .door = door };
		process->fds[count++] = (struct pollfd){ .fd = door->fd, .events = events };
	}
	for (t = process->transactions; t; t = t->next) {
		for (i = 0; i < PAIR_FD_COUNT; i++) {
			events = transaction_events(t, i);
			if (!events)
				continue;
			process->sources[count] =
				(struct door_source){ .transaction = t, .which = i };
			process->fds[count++] =
				(struct pollfd){ .fd = t->fds[i], .events = events };
		}
	}
	return count;
}

/*
 * The parent's answers are read after each door, so that they cannot pile up
 * behind the questions of many.
 */
static int dispatch(struct door_process *process, size_t count)
{
	const struct door_source *source;
	size_t i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		source = &process->sources[i];
		if (!process->fds[i].revents)
			continue;
		if (source->transaction) {
			transaction_ready(process, source->transaction, source->which);
			continue;
		}
		if (source->door) {
			flush(process, source->door);
			read_door(process, source->door);
		}
		r = read_pair(process);
	}
	return r;
}

static int wait(struct door_process *process, size_t count, int64_t timeout)
{
	const struct timespec most = {
		.tv_sec = timeout / 1000000,
		.tv_nsec = timeout % 1000000 * 1000,
	};

	return ppoll(process->fds, count, timeout < 0 ? NULL : &most, NULL);
}

/**
 * door_round() - wait once, and do what is to be done
 * @process: the process
 * @timeout: microseconds to wait at most; -1 for no end
 *
 * Return: 0, or a negative errno when the process is to end.
 */
int door_round(struct door_process *process, int64_t timeout)
{
	int64_t due = door_sooner(door_stream_push(process), door_change_due(process)), left;
	size_t count;
	int r;

	sweep(process);
	r = make_room(process);
	if (r < 0)
		return r;
	count = fill(process);
	if (due >= 0) {
		left = due - door_now();
		timeout = door_sooner(timeout, left > 0 ? left : 0);
	}
	r = wait(process, count, timeout);
	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	r = dispatch(process, count);
	door_change_retry(process);
	sweep(process);
	return r;
}

/**
 * door_init() - begin
 * @process: the process
 * @pair: to the parent
 * @keeper: makes changes of trust durable, or NULL
 *
 * Return: 0 or -ENOMEM.
 */
int door_init(struct door_process *process, int pair, struct change_keeper *keeper)
{
	*process = (struct door_process){ .pair = pair, .keeper = keeper };
	process->message = malloc(SVCGATE_DOOR_MAX);
	return process->message ? 0 : -ENOMEM;
}

/**
 * door_exit() - end: every door is closed, every transaction over
 * @process: the process
 */
void door_exit(struct door_process *process)
{
	struct door *door;

	for (door = process->doors; door; door = door->next)
		door->gone = true;
	sweep(process);
	free(process->message);
	free(process->fds);
	free(process->sources);
}

/**
 * door_run() - serve until the parent is gone
 * @pair: to the parent
 * @keeper: makes changes of trust durable, or NULL
 *
 * Return: 0 when the parent has closed its end, or a negative errno.
 */
int door_run(int pair, struct change_keeper *keeper)
{
	struct door_process process;
	int r;

	r = door_init(&process, pair, keeper);
	while (!r)
		r = door_round(&process, -1);
	door_exit(&process);
	return r == -EPIPE ? 0 : r;
}
