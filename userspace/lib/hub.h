/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The hub: one serial port for several programs of one user.
 *
 * A process that has the port and its session, and hands frames through between
 * the device and its clients, by the number of their transaction. It ends with
 * its last client. Clients speak over a unix socket as over the line, and one
 * kind of frame more, for who begins a transaction: the kernel puts together one
 * request a port at a time.
 */
#ifndef _SVCGATE_HUB_H
#define _SVCGATE_HUB_H

#include <sys/types.h>
#include <sys/un.h>

#include "link_line.h"
#include "serial.h"

/**
 * SVCGATE_FRAME_TURN - frame between client and hub, never on the line
 *
 * From a client, transaction 0: it wants to begin a transaction. From the hub,
 * with a number: it may, and that is the transaction's. From the client, with
 * that number: its request is with the device or given up, somebody else may
 * begin. From the hub, transaction 0, a u16: programs in the session, for
 * svcgate_pace.streams; first of all it says that the hub has taken the client in.
 *
 * A close of session 0 is the hub's, too: it ends, and the port is free.
 */
#define SVCGATE_FRAME_TURN	15

#define HUB_CLIENTS_MAX		8

/**
 * struct hub_client - a program that uses the port
 * @fd: its socket, -1 when it is gone
 * @member: it has the welcome of the session
 * @cookie: of its last hello
 * @asks_until: how long it waits for a welcome, 0 when it does not
 * @wants_turn: it wants to begin a transaction
 * @transaction: its last one, 0 when there is none
 * @open: @transaction is not over
 * @closing: transaction that the device has to be told to end, 0 when none; until
 *	then the slot stays taken
 * @waiting: @frame waits for its turn on the line, and nothing more is read
 * @frame: the last one from @line
 * @granted: number of a transaction to be told, 0 when none
 * @lost: transaction that was taken from it, to be told, 0 when none
 * @ended: session whose end is to be told, 0 when none
 * @ended_reason: why it ended
 * @members: programs in the session that it was told of, -1: it was not taken in yet
 * @line: from it and to it
 */
struct hub_client {
	int fd;
	bool member;
	u64 cookie;
	int64_t asks_until;
	bool wants_turn;
	u16 transaction;
	bool open;
	u16 closing;
	bool waiting;
	struct svcgate_line_frame frame;
	u16 granted;
	u16 lost;
	u64 ended;
	u16 ended_reason;
	int members;
	struct svcgate_line line;
};

/**
 * struct hub_session - the session with the device
 * @id: 0 when there is none
 * @number: of the last transaction
 * @welcome: as it came
 * @welcome_length: its bytes
 * @welcomed: when it came
 * @heard: when the device last said something in it
 * @sent: when a frame of it was last sent
 * @kept: when the last keep-alive was sent
 */
struct hub_session {
	u64 id;
	u16 number;
	u8 welcome[SVCGATE_FRAME_MIN];
	size_t welcome_length;
	int64_t welcomed;
	int64_t heard;
	int64_t sent;
	int64_t kept;
};

/**
 * struct hub - the port and who uses it; times are of svcgate_line_now()
 * @serial: the port
 * @listener: where clients come in
 * @last: the last client, which has left, with its socket in @line; or NULL
 * @gone: the port does not work any more
 * @line: from the device and to it
 * @out_at: the line is busy until then
 * @next: slot of the client whose frame is next
 * @session: with the device
 * @hello: number of the hello that waits for its welcome, 0 when none
 * @hello_due: a hello is to be sent
 * @keep_due: a keep-alive is to be sent
 * @ask_at: when to ask the device again for a session
 * @ask_wait: how long to wait for the answer
 * @asked: how often it was asked whether the session is still there
 * @stray: transaction of nobody that the device has to be told to end, 0 when none
 * @turn: who is beginning a transaction, or NULL
 * @turn_at: when it last sent something
 * @turn_next: slot of the client that may begin next
 * @crowd_until: who is alone in the session is told until then that it is not
 * @clients: slots
 */
struct hub {
	struct svcgate_serial serial;
	int listener;
	struct hub_client *last;
	bool gone;
	struct svcgate_line line;
	int64_t out_at;
	unsigned int next;
	struct hub_session session;
	u64 hello;
	bool hello_due;
	bool keep_due;
	int64_t ask_at;
	int64_t ask_wait;
	unsigned int asked;
	u16 stray;
	struct hub_client *turn;
	int64_t turn_at;
	unsigned int turn_next;
	int64_t crowd_until;
	struct hub_client clients[HUB_CLIENTS_MAX];
};

#define hub_for_each(c, hub) \
	for ((c) = (hub)->clients; (c) < (hub)->clients + HUB_CLIENTS_MAX; (c)++)

/* hub_meet.c */
int hub_address(const char *port, unsigned int baud, struct sockaddr_un *ret_address);
int hub_connect(const struct sockaddr_un *address, int *ret_fd);
pid_t hub_start(struct svcgate_serial *serial, const struct sockaddr_un *address,
		int *ret_fd);
bool hub_same_user(int fd);

/* hub.c */
void hub_init(struct hub *hub, const struct svcgate_serial *serial, int listener,
	      int first);
void hub_run(struct hub *hub);

/* hub_out.c */
bool hub_to_client(struct hub_client *client, const struct svcgate_line_frame *frame);
void hub_flush_client(struct hub *hub, struct hub_client *client);
void hub_flush_line(struct hub *hub, int64_t now);
int64_t hub_line_due(const struct hub *hub);
bool hub_goodbye(struct hub *hub);
void hub_tell_end(struct hub *hub);

/* hub_session.c */
void hub_take_device(struct hub *hub, const struct svcgate_line_frame *frame, int64_t now);
void hub_take_hello(struct hub *hub, struct hub_client *client,
		    const struct svcgate_line_frame *frame, int64_t now);
void hub_end_session(struct hub *hub, u16 reason);
void hub_session_timer(struct hub *hub, int64_t now);
int64_t hub_session_due(const struct hub *hub);

/* hub_client.c */
void hub_take_client(struct hub *hub, struct hub_client *client,
		     const struct svcgate_line_frame *frame, int64_t now);
void hub_transaction_over(struct hub *hub, struct hub_client *client);
void hub_client_over(struct hub *hub, struct hub_client *client);
void hub_turn_timer(struct hub *hub, int64_t now);
int64_t hub_turn_due(const struct hub *hub);
bool hub_is_open(const struct hub *hub);
unsigned int hub_members(const struct hub *hub);
unsigned int hub_crowd(const struct hub *hub, int64_t now);

#endif /* _SVCGATE_HUB_H */
