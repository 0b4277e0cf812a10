/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parent and the door process say to each other.
 *
 * Fixed messages over a socket pair. None has room for a byte that came from
 * the host, except the number of an op that the kernel admitted: the parent
 * keeps its privileges, so there is nothing for it to parse.
 */
#ifndef _SVCGATED_PAIR_H
#define _SVCGATED_PAIR_H

#include "pure.h"

/* Ends of an executor's descriptors that the door process has, in this order. */
enum pair_executor_fd {
	PAIR_FD_REQUEST,	/* written: the request */
	PAIR_FD_IN,		/* written: the stream from the host */
	PAIR_FD_OUT,		/* read: the stream to the host */
	PAIR_FD_RESULT,		/* read: the result */
	PAIR_FD_COUNT,
};

/**
 * enum pair_kind - kinds of messages
 *
 * From the door process:
 * @PAIR_START: @id, @op: start the executor of this op
 * @PAIR_ANSWERED: @id: the kernel has its answer
 * @PAIR_FINISH: @id: its transaction is over; let it come to its end
 * @PAIR_KILL: @id: its transaction is over; end it
 * @PAIR_SERVING: @number: this door is served
 * @PAIR_GONE: @number: this door has hung up and is closed
 *
 * From the parent:
 * @PAIR_DOOR: @number, @name, one descriptor: serve this door
 * @PAIR_STARTED: @id, %PAIR_FD_COUNT descriptors
 * @PAIR_REFUSED: @id, @reason, @detail: there is no executor for it
 * @PAIR_ENDED: @id, @status: it has ended; the status is wait(2)'s
 */
enum pair_kind {
	PAIR_START = 1,
	PAIR_ANSWERED,
	PAIR_FINISH,
	PAIR_KILL,
	PAIR_SERVING,
	PAIR_GONE,
	PAIR_DOOR = 16,
	PAIR_STARTED,
	PAIR_REFUSED,
	PAIR_ENDED,
};

/**
 * struct pair_message - one message
 * @kind: &enum pair_kind
 * @op: &enum svcgate_op
 * @reason: &enum svcgate_reason
 * @detail: the reason's detail
 * @id: of an executor, chosen by the door process
 * @number: N of /dev/svcgateN
 * @status: wait status
 * @name: of the tty
 */
struct pair_message {
	u16 kind;
	u16 op;
	u16 reason;
	u16 detail;
	u32 id;
	u32 number;
	int status;
	char name[SVCGATE_PORT_NAME_SIZE];
};

int pair_open(int ret_fds[2]);
int pair_send(int fd, const struct pair_message *message, const int *fds, size_t count);
int pair_tell(int fd, const struct pair_message *message);
int pair_receive(int fd, struct pair_message *ret_message, int *ret_fds, size_t size,
		 size_t *ret_count);

#endif /* _SVCGATED_PAIR_H */
