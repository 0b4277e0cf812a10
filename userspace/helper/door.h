/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The door process: moves bytes between the kernel and executors.
 */
#ifndef _SVCGATED_DOOR_H
#define _SVCGATED_DOOR_H

#include "change.h"
#include "device_door.h"
#include "pair.h"
#include "stream.h"

/* A result: le16 reason, le16 detail, payload. */
#define RESULT_HEAD	4
#define RESULT_MAX	(RESULT_HEAD + SVCGATE_RESPONSE_MAX)

/**
 * struct door_outgoing - a message that the kernel had no room for
 * @next: in the door's queue
 * @message: the message, with its payload
 */
struct door_outgoing {
	struct door_outgoing *next;
	struct svcgate_door message;
};

/**
 * struct door - the door of one port
 * @next: in the process's list
 * @number: N of /dev/svcgateN
 * @name: of the tty
 * @fd: the door
 * @pace: of what goes to its host
 * @gone: hung up, or not to be trusted any more; swept at the end of the round
 * @queue: messages that wait for room
 * @queue_end: where the next one goes
 * @queued: how many
 */
struct door {
	struct door *next;
	u32 number;
	char name[SVCGATE_PORT_NAME_SIZE];
	int fd;
	struct svcgate_pace pace;
	bool gone;
	struct door_outgoing *queue;
	struct door_outgoing **queue_end;
	unsigned int queued;
};

/**
 * enum transaction_phase - phase of a transaction
 * @TRANSACTION_ASKED: the parent was asked for the executor
 * @TRANSACTION_RUNNING: the executor runs, no result yet
 * @TRANSACTION_ANSWERING: the response is on its way into the kernel
 * @TRANSACTION_STREAMING: answered, the executor's stream follows
 * @TRANSACTION_OVER: swept at the end of the round
 */
enum transaction_phase {
	TRANSACTION_ASKED,
	TRANSACTION_RUNNING,
	TRANSACTION_ANSWERING,
	TRANSACTION_STREAMING,
	TRANSACTION_OVER,
};

/**
 * struct transaction - one admitted request
 * @next: in the process's list
 * @door: where it came from
 * @session: of the host
 * @number: in the session
 * @phase: &enum transaction_phase
 * @id: of its executor
 * @fds: the executor's, by &enum pair_executor_fd; -1 when closed
 * @payload: what the executor has not read yet
 * @payload_length: its bytes
 * @payload_sent: bytes of it that the executor has
 * @result: what the executor has answered so far, one byte more than it may
 * @result_length: its bytes
 * @exited: the executor has ended
 * @status: how, as from wait(2)
 * @in: stream from the host, NULL before its first bytes
 * @out: stream to the host, NULL before the executor's first bytes
 */
struct transaction {
	struct transaction *next;
	struct door *door;
	u64 session;
	u16 number;
	u8 phase;
	u32 id;
	int fds[PAIR_FD_COUNT];
	u8 *payload;
	size_t payload_length;
	size_t payload_sent;
	u8 result[RESULT_MAX + 1];
	size_t result_length;
	bool exited;
	int status;
	struct svcgate_stream_in *in;
	struct svcgate_stream_out *out;
};

/**
 * struct door_change - a change of trust in doubt, to be tried again
 * @door: where it came from
 * @message: the CHANGE, NULL when there is none
 * @at: when to try, by door_now()
 * @delay: after that
 */
struct door_change {
	struct door *door;
	struct svcgate_door *message;
	int64_t at;
	int64_t delay;
};

struct pollfd;
struct door_source;

/**
 * struct door_process - all of it
 * @pair: to the parent
 * @keeper: makes changes of trust durable, NULL when there is nothing to do it
 * @change: one in doubt
 * @message: the message that is being read, %SVCGATE_DOOR_MAX bytes
 * @doors: open doors
 * @transactions: of all doors
 * @last_id: last number given to an executor
 * @fds: what is polled
 * @sources: what each of them is
 * @fd_room: entries of both
 */
struct door_process {
	int pair;
	struct change_keeper *keeper;
	struct door_change change;
	struct svcgate_door *message;
	struct door *doors;
	struct transaction *transactions;
	u32 last_id;
	struct pollfd *fds;
	struct door_source *sources;
	size_t fd_room;
};

int door_run(int pair, struct change_keeper *keeper);

/* door.c, for transactions and tests */
int door_init(struct door_process *process, int pair, struct change_keeper *keeper);
int door_round(struct door_process *process, int64_t timeout);
void door_exit(struct door_process *process);
void door_send(struct door_process *process, struct door *door,
	       const struct svcgate_door *message);
int64_t door_now(void);

/* door_stream.c */
void door_stream_init(struct door *door);
void door_stream_host(struct door *door, const struct svcgate_door *request);
int64_t door_stream_push(struct door_process *process);
int64_t door_sooner(int64_t a, int64_t b);

/* door_change.c */
void door_change(struct door_process *process, struct door *door,
		 const struct svcgate_door *message);
int64_t door_change_due(const struct door_process *process);
void door_change_retry(struct door_process *process);
void door_change_closed(struct door_process *process, const struct door *door);

/* transaction.c */
struct transaction *transaction_find(struct door_process *process, const struct door *door,
				     u64 session, u16 number);
struct transaction *transaction_by_id(struct door_process *process, u32 id);
void transaction_begin(struct door_process *process, struct door *door,
		       const struct svcgate_door *request);
void transaction_started(struct door_process *process, struct transaction *t,
			 const int fds[PAIR_FD_COUNT]);
void transaction_refused(struct door_process *process, struct transaction *t, u16 reason,
			 u16 detail);
void transaction_exited(struct door_process *process, struct transaction *t, int status);
void transaction_accepted(struct door_process *process, struct transaction *t, bool more);
void transaction_end(struct door_process *process, struct transaction *t);
void transaction_ready(struct door_process *process, struct transaction *t,
		       enum pair_executor_fd which);
short transaction_events(const struct transaction *t, enum pair_executor_fd which);
void transaction_finish(struct door_process *process, struct transaction *t);
void transaction_close(struct transaction *t, enum pair_executor_fd which);
void transaction_free(struct transaction *t);

/* transaction_stream.c */
void transaction_data(struct transaction *t, const struct svcgate_door *message);
void transaction_feed_stream(struct transaction *t);
void transaction_read_stream(struct door_process *process, struct transaction *t);
short transaction_stream_events(const struct transaction *t, enum pair_executor_fd which);
void transaction_acknowledge(struct door_process *process, struct transaction *t);
bool transaction_send(struct door_process *process, struct transaction *t);
void transaction_close_stream(struct door_process *process, struct transaction *t);
int64_t transaction_due(const struct transaction *t);
void transaction_streams_free(struct transaction *t);

#endif /* _SVCGATED_DOOR_H */
