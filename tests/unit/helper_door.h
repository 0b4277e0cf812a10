/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door process between a kernel, a parent and executors that are all this
 * test: a socket that keeps packets apart is a door, pipes are an executor.
 */
#ifndef _SVCGATE_TESTS_HELPER_DOOR_H
#define _SVCGATE_TESTS_HELPER_DOOR_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "door.h"
#include "unit.h"

#define DOOR_NUMBER	3
#define SESSION		0x1122334455667788ULL

/**
 * struct stage - everybody
 * @keeper: of changes of trust; set before the stage is raised
 * @process: the door process, run by rounds()
 * @parent: the parent's end of the pair
 * @kernel: the kernel's end of the door
 * @frame_max: what requests say that the host takes
 */
struct stage {
	struct change_keeper *keeper;
	struct door_process process;
	int parent;
	int kernel;
	u16 frame_max;
};

/**
 * struct executor_ends - an executor's own descriptors 3 to 6
 */
struct executor_ends {
	int request;
	int in;
	int out;
	int result;
};

struct message {
	struct svcgate_door head;
	u8 payload[2 * SVCGATE_MESSAGE_MAX + 1];
};

static struct stage stage;

static inline void must(bool good)
{
	if (!good)
		abort();
}

/* Let the door process do what there is to do. */
static inline int rounds(void)
{
	int i, r = 0;

	for (i = 0; i < 20 && !r; i++)
		r = door_round(&stage.process, 0);
	return r;
}

static inline struct pair_message parent_hears(u16 kind)
{
	struct pair_message message;

	must(!pair_receive(stage.parent, &message, NULL, 0, NULL));
	must(message.kind == kind);
	return message;
}

/* What the parent has not heard yet is of no interest to this test. */
static inline void parent_hears_all(void)
{
	struct pair_message message;

	while (!pair_receive(stage.parent, &message, NULL, 0, NULL))
		;
}

static inline bool parent_hears_nothing(void)
{
	struct pair_message message;

	return pair_receive(stage.parent, &message, NULL, 0, NULL) == -EAGAIN;
}

static inline void raise_stage(void)
{
	struct pair_message message = { .kind = PAIR_DOOR, .number = DOOR_NUMBER };
	int pair[2], door[2];

	must(!pair_open(pair));
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, door));
	signal(SIGPIPE, SIG_IGN);
	stage.parent = pair[0];
	stage.kernel = door[0];
	must(!door_init(&stage.process, pair[1], stage.keeper));
	strcpy(message.name, "ttyS1");
	must(!pair_send(stage.parent, &message, &door[1], 1));
	close(door[1]);
	must(!rounds());
	must(parent_hears(PAIR_SERVING).number == DOOR_NUMBER);
}

static inline void strike_stage(void)
{
	door_exit(&stage.process);
	close(stage.parent);
	close(stage.kernel);
}

static inline void kernel_sends(u16 kind, u16 transaction, u32 offset, u16 flags,
				const void *payload, size_t length)
{
	static struct message message;

	message.head = (struct svcgate_door){
		.length = sizeof(message.head) + length,
		.kind = kind,
		.flags = flags,
		.session = SESSION,
		.transaction = transaction,
		.op = SVCGATE_OP_OS_VERSION,
		.detail = kind == SVCGATE_DOOR_REQUEST ? stage.frame_max : 0,
		.offset = offset,
		.number = 77,
	};
	memset(message.head.object, 0x5a, sizeof(message.head.object));
	if (length)
		memcpy(message.payload, payload, length);
	must(write(stage.kernel, &message, message.head.length) ==
	     (ssize_t)message.head.length);
	must(!rounds());
}

static inline struct message *kernel_gets(void)
{
	static struct message message;
	ssize_t n;

	n = read(stage.kernel, &message, sizeof(message));
	if (n < 0)
		return NULL;
	must(n >= (ssize_t)sizeof(message.head) && n == message.head.length);
	must(message.head.session == SESSION);
	return &message;
}

/* The parent is asked for an executor and gives one. */
static inline u32 parent_starts(struct executor_ends *ends, int pipe_size)
{
	struct pair_message start = parent_hears(PAIR_START);
	struct pair_message started = { .kind = PAIR_STARTED, .id = start.id };
	int request[2], in[2], out[2], result[2], ours[PAIR_FD_COUNT], i;

	must(start.op == SVCGATE_OP_OS_VERSION);
	must(!pipe(request) && !pipe(in) && !pipe(out) && !pipe(result));
	if (pipe_size) {
		must(fcntl(request[1], F_SETPIPE_SZ, pipe_size) >= 0);
		must(fcntl(in[1], F_SETPIPE_SZ, pipe_size) >= 0);
	}
	*ends = (struct executor_ends){ request[0], in[0], out[1], result[1] };
	ours[PAIR_FD_REQUEST] = request[1];
	ours[PAIR_FD_IN] = in[1];
	ours[PAIR_FD_OUT] = out[0];
	ours[PAIR_FD_RESULT] = result[0];
	for (i = 0; i < PAIR_FD_COUNT; i++)
		must(!fcntl(ours[i], F_SETFL, O_NONBLOCK));
	must(!fcntl(ends->request, F_SETFL, O_NONBLOCK));
	must(!fcntl(ends->in, F_SETFL, O_NONBLOCK));
	must(!pair_send(stage.parent, &started, ours, PAIR_FD_COUNT));
	for (i = 0; i < PAIR_FD_COUNT; i++)
		close(ours[i]);
	must(!rounds());
	return start.id;
}

static inline void executor_says(struct executor_ends *ends, u16 reason, u16 detail,
				 const void *payload, size_t length)
{
	u8 result[RESULT_MAX + 64];

	svcgate_put_le16(result, reason);
	svcgate_put_le16(result + 2, detail);
	if (length)
		memcpy(result + RESULT_HEAD, payload, length);
	must(write(ends->result, result, RESULT_HEAD + length) ==
	     (ssize_t)(RESULT_HEAD + length));
}

static inline void executor_closes(int *fd)
{
	close(*fd);
	*fd = -1;
	must(!rounds());
}

static inline void parent_says_exited(u32 id, int status)
{
	struct pair_message message = { .kind = PAIR_ENDED, .id = id, .status = status };

	must(!pair_send(stage.parent, &message, NULL, 0));
	must(!rounds());
}

/* 0 at the end of the file, -1 when there is nothing yet. */
static inline ssize_t drain(int fd, void *buf, size_t size)
{
	return read(fd, buf, size);
}

#endif /* _SVCGATE_TESTS_HELPER_DOOR_H */
