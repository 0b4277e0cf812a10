/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One port: life cycle, session, transactions, queues.
 */
#ifndef _SVCGATE_PORT_H
#define _SVCGATE_PORT_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/tty.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "bucket.h"
#include "device.h"
#include "queue.h"

/* Received frames that wait for a decision, and the one that is being received. */
#define SVCGATE_RECEIVE_QUEUE	(32 * 1024)

/* With more than this the line is asked to stop. */
#define SVCGATE_RECEIVE_MARK	(7 * 1024)

/* What the tty core may hold back before it drops, on a kernel-held port. */
#define SVCGATE_FLIP_LIMIT	(8 * 1024)

/* Room for two of the longest frames on their way out. */
#define SVCGATE_TRANSMIT_QUEUE	(2 * SVCGATE_FRAME_LINE_MAX(SVCGATE_FRAME_MAX))

/* A request and what waits for the helper, together. */
#define SVCGATE_HELPER_QUEUE	SVCGATE_MESSAGE_MAX

/**
 * enum svcgate_life - life of a port; svcgate_port.life, atomic
 * @SVCGATE_LIFE_ATTACHING: svcgate_hold_attach() is at work
 * @SVCGATE_LIFE_HELD: the discipline is on the tty
 * @SVCGATE_LIFE_HUNG: the discipline was closed from outside
 * @SVCGATE_LIFE_LETTING_GO: svcgate_hold_detach() is at work
 * @SVCGATE_LIFE_ABSENT: over
 *
 *	from		to		who			releases
 *	attaching	held		attach			-
 *	attaching	hung		discipline's close()	attach
 *	held		hung		discipline's close()	release work
 *	held		letting go	detach			detach
 *	hung, letting	absent		who releases		-
 */
enum svcgate_life {
	SVCGATE_LIFE_ATTACHING,
	SVCGATE_LIFE_HELD,
	SVCGATE_LIFE_HUNG,
	SVCGATE_LIFE_LETTING_GO,
	SVCGATE_LIFE_ABSENT,
};

/**
 * enum svcgate_phase - phase of a transaction
 * @SVCGATE_PHASE_FREE: the slot is free
 * @SVCGATE_PHASE_RECEIVING: the request is not complete
 * @SVCGATE_PHASE_CHANGE: waits for its change of trust to be durable; the helper
 *	knows of the change, not of the transaction
 * @SVCGATE_PHASE_OBJECT: the helper was asked for the object's manifest
 * @SVCGATE_PHASE_OPEN: admitted, with the helper
 * @SVCGATE_PHASE_ANSWERED: the response went out, data follows
 */
enum svcgate_phase {
	SVCGATE_PHASE_FREE,
	SVCGATE_PHASE_RECEIVING,
	SVCGATE_PHASE_CHANGE,
	SVCGATE_PHASE_OBJECT,
	SVCGATE_PHASE_OPEN,
	SVCGATE_PHASE_ANSWERED,
};

/**
 * struct svcgate_door_message - a message that waits at the door
 * @list: in svcgate_port.door_queue
 * @head: its header
 * @buffer: owned, kvmalloc; or NULL
 * @payload: what follows the header; in @buffer
 */
struct svcgate_door_message {
	struct list_head list;
	struct svcgate_door head;
	u8 *buffer;
	const u8 *payload;
};

/**
 * struct svcgate_transaction - an open transaction
 * @phase: &enum svcgate_phase
 * @number: in its session
 * @op: what is asked for
 * @flags: &enum svcgate_request_flag
 * @length: bytes of the whole request
 * @received: bytes of it that came so far, in order
 * @buffer: the request, owned until it is given to the door
 * @rule: copy of the op's row; its name must not be used
 * @effective: capabilities in force for it
 * @passed: the request's credential, a reference; or NULL
 * @component: the object
 * @object: images that the verdict hung on
 * @installed: who signed the one in place
 * @incoming: who signed the one that comes
 * @response_length: bytes of the response; data begins behind it
 * @heard: the helper read REQUEST or OBJECT
 * @end: END message, reserved before the request goes to the helper, so that
 *	it can always be told; NULL when the helper does not know of it
 */
struct svcgate_transaction {
	u8 phase;
	u16 number;
	u16 op;
	u16 flags;
	u32 length;
	u32 received;
	u8 *buffer;
	struct svcgate_rule rule;
	struct svcgate_effective effective;
	struct svcgate_credential *passed;
	u8 component[SVCGATE_UUID_SIZE];
	struct svcgate_object object;
	struct svcgate_signer installed;
	struct svcgate_signer incoming;
	u32 response_length;
	bool heard;
	struct svcgate_door_message *end;
};

/**
 * enum svcgate_speed_step - how far a change of the line's rate is
 * @SVCGATE_SPEED_STILL: none is on its way
 * @SVCGATE_SPEED_DRAINING: the answer goes out, nothing follows it
 * @SVCGATE_SPEED_PROBATION: switched, the host has not been heard yet
 */
enum svcgate_speed_step {
	SVCGATE_SPEED_STILL,
	SVCGATE_SPEED_DRAINING,
	SVCGATE_SPEED_PROBATION,
};

/**
 * struct svcgate_session_speed - rate of the line in this session
 * @step: &enum svcgate_speed_step
 * @asked: transaction whose answer is followed by the switch, 0: none
 * @base: rate to go back to, 0: no other was asked for
 * @wanted: rate to switch to
 * @due: jiffies when the answer is out, or the probation is over
 */
struct svcgate_session_speed {
	u8 step;
	u16 asked;
	u32 base;
	u32 wanted;
	unsigned long due;
};

/**
 * struct svcgate_session - from hello until something ends it
 * @open: there is one
 * @id: in every frame
 * @frame_max: largest body that the host takes
 * @random: the random generator was ready
 * @nonce: of this session
 * @last_valid: jiffies of the last valid frame
 * @speed: see there
 * @last_number: highest transaction so far
 * @answered: transaction whose answer is in @answer, 0: none
 * @answer_kernel: the kernel made it
 * @answer_more: data followed it
 * @answer_length: bytes of @answer
 * @answer: the stored answer
 */
struct svcgate_session {
	bool open;
	u64 id;
	u16 frame_max;
	bool random;
	u8 nonce[SVCGATE_NONCE_SIZE];
	unsigned long last_valid;
	struct svcgate_session_speed speed;
	u16 last_number;
	u16 answered;
	bool answer_kernel;
	bool answer_more;
	u16 answer_length;
	u8 answer[sizeof(struct svcgate_response) + SVCGATE_RESPONSE_MAX];
};

/**
 * struct svcgate_port_buffers - what a port needs besides its state, vmalloc
 * @received: where frames are decoded, wait, and are looked at
 * @transmit: bytes on their way out; under its lock
 */
struct svcgate_port_buffers {
	u8 received[SVCGATE_RECEIVE_QUEUE];
	u8 transmit[SVCGATE_TRANSMIT_QUEUE];
};

/**
 * struct svcgate_port - a service port
 *
 * References: the tty side holds one from creation to release, the open door
 * one, each netlink dump and work step takes its own. The module is held from
 * creation to release, so that rmmod is refused while a port is held.
 *
 * Locks, in order: the control lock of hold.c; tty_lock; @lock; the device's, or
 * the one of the tty core's receive buffers. The receive side runs in the core's
 * worker, with that last one held, and takes none of the others: the receive
 * queue has one writer, that worker, and one reader, @work.
 *
 * @ref: references
 * @list: in the list of ports, under its lock
 * @number: N of /dev/svcgateN
 * @name: of the tty
 * @process_held: TIOCSETD put the discipline there
 * @life: &enum svcgate_life
 * @misc: the door
 * @misc_name: its name
 * @misc_registered: under the control lock, or before the port is published
 * @held_tty: kernel-held: the tty, from attach to release
 * @saved_termios: to restore
 * @saved_closing_wait: to restore
 * @saved_flip_limit: to restore
 * @release: lets go after a hang-up
 * @released: it is over
 * @deframer: the tty core's worker only
 * @buffers: see there
 * @received: queue of decoded frames
 * @lost_break: a BREAK found the queue full
 * @miscounted: the core's receive buffers are to be emptied
 * @work: decides, verifies, answers; one frame at a time
 * @timer: silence, stalled line, change of rate
 * @flow: protects throttling
 * @counters: &enum svcgate_counter
 *
 * @lock: protects all that follows
 * @tty: NULL once the discipline was closed
 * @session: see there
 * @transactions: see there
 * @verify_bucket: signatures; not refilled by hello
 * @stray_bucket: answers to frames without a session
 * @change_bucket: durable changes; not refilled by hello
 * @judged: turn of the device at which permissions were last looked at
 * @sent: bytes since the last valid frame of the session
 * @transmit_start: first byte not taken by the driver, in @buffers
 * @transmit_end: byte after the last
 * @transmit_progress: jiffies when the driver took something
 * @door_open: the helper has the door
 * @door_queue: messages for the helper
 * @door_bytes: bytes of messages in it and of a request being received
 * @wait: the helper waits here
 * @turn: counts whatever a waiter may wait for
 */
struct svcgate_port {
	struct kref ref;
	struct list_head list;
	unsigned int number;
	char name[SVCGATE_PORT_NAME_SIZE];
	bool process_held;
	atomic_t life;
	struct miscdevice misc;
	char misc_name[16];
	bool misc_registered;

	struct tty_struct *held_tty;
	struct ktermios saved_termios;
	unsigned int saved_closing_wait;
	int saved_flip_limit;
	struct work_struct release;
	struct completion released;

	struct svcgate_deframer deframer;
	struct svcgate_port_buffers *buffers;
	struct svcgate_queue received;
	atomic_t lost_break;
	atomic_t miscounted;
	struct work_struct work;
	struct delayed_work timer;
	struct mutex flow;	/* around throttle and unthrottle */
	atomic64_t counters[SVCGATE_COUNTER_MAX + 1];

	struct mutex lock;	/* protects all that follows */
	struct tty_struct *tty;
	struct svcgate_session session;
	struct svcgate_transaction transactions[SVCGATE_TRANSACTIONS_MAX];
	struct svcgate_bucket verify_bucket;
	struct svcgate_bucket stray_bucket;
	struct svcgate_bucket change_bucket;
	int judged;
	u32 sent;
	size_t transmit_start;
	size_t transmit_end;
	unsigned long transmit_progress;
	bool door_open;
	struct list_head door_queue;
	size_t door_bytes;
	wait_queue_head_t wait;
	unsigned int turn;
};

static inline void svcgate_port_count(struct svcgate_port *port, enum svcgate_counter what)
{
	atomic64_inc(&port->counters[what]);
}

/* port.c APIs: */
struct svcgate_port *svcgate_port_create(const char *name, struct tty_struct *tty,
					 bool process_held);
struct svcgate_port *svcgate_port_get(struct svcgate_port *port);
void svcgate_port_put(struct svcgate_port *port);
struct svcgate_port *svcgate_port_by_name(const char *name);
struct svcgate_port *svcgate_port_by_tty(const struct tty_struct *tty);
struct svcgate_port *svcgate_port_at(unsigned int number);
int svcgate_port_publish(struct svcgate_port *port);
void svcgate_port_receive(struct svcgate_port *port, const u8 *in, const u8 *flags,
			  size_t count);
void svcgate_port_miscounted(struct svcgate_port *port);
void svcgate_port_wakeup(struct svcgate_port *port);
void svcgate_port_close(struct svcgate_port *port, enum svcgate_reason reason);
void svcgate_port_release(struct svcgate_port *port, enum svcgate_reason reason);
void svcgate_port_end_sessions(enum svcgate_reason reason);
void svcgate_port_sweep(void);
bool svcgate_port_has_lowest_door(const struct svcgate_port *port);
bool svcgate_port_any_door(void);
void svcgate_port_turn(struct svcgate_port *port);
void svcgate_port_queue_release(struct svcgate_port *port);
int svcgate_port_init(void);
void svcgate_port_exit(void);

/* session.c APIs; all under the port's lock: */
void svcgate_session_frame(struct svcgate_port *port, const u8 *body, size_t length);
void svcgate_session_end(struct svcgate_port *port, enum svcgate_reason reason);
void svcgate_session_timer(struct svcgate_port *port);

/* transaction.c APIs; all under the port's lock: */
void svcgate_transaction_data(struct svcgate_port *port, const struct svcgate_frame *frame,
			      const u8 *data, size_t length);
void svcgate_transaction_ack(struct svcgate_port *port, const struct svcgate_frame *frame,
			     const u8 *data, size_t length);
void svcgate_transaction_close(struct svcgate_port *port, u16 number);
void svcgate_transaction_end(struct svcgate_port *port, struct svcgate_transaction *t,
			     enum svcgate_reason reason);
void svcgate_transaction_end_all(struct svcgate_port *port, enum svcgate_reason reason);
void svcgate_transaction_heard(struct svcgate_port *port, u64 session, u16 number);
void svcgate_transaction_helper_gone(struct svcgate_port *port);
void svcgate_transaction_judge(struct svcgate_port *port);
void svcgate_transaction_drop_request(struct svcgate_port *port,
				      struct svcgate_transaction *t);
struct svcgate_transaction *svcgate_transaction_find(struct svcgate_port *port, u64 session,
						     u16 number);
void svcgate_transaction_answer(struct svcgate_port *port, struct svcgate_transaction *t,
				bool kernel, u16 reason, u16 detail, const u8 *payload,
				size_t length, bool more);

/* request.c APIs; all under the port's lock: */
enum svcgate_reason svcgate_request_begin(struct svcgate_port *port,
					  struct svcgate_transaction *t, const u8 *header,
					  size_t length, u16 *ret_detail);
void svcgate_request_decide(struct svcgate_port *port, struct svcgate_transaction *t);
void svcgate_request_manifest(struct svcgate_port *port, struct svcgate_transaction *t,
			      const u8 *file, size_t length);
void svcgate_request_refuse(struct svcgate_port *port, struct svcgate_transaction *t,
			    enum svcgate_reason reason, u16 detail);
bool svcgate_request_permitted(struct svcgate_transaction *t);
bool svcgate_request_rule(u16 op, struct svcgate_rule *ret);
bool svcgate_request_may_verify(struct svcgate_port *port);
enum svcgate_reason svcgate_request_credential(struct svcgate_port *port, const u8 *file,
					       size_t length,
					       struct svcgate_credential **ret,
					       u16 *ret_detail);

/* answer.c APIs; all under the port's lock: */
bool svcgate_answer(struct svcgate_port *port, struct svcgate_transaction *t,
		    const u8 *payload, size_t length);

/* speed.c APIs; all under the port's lock: */
u32 svcgate_speed_rate(struct svcgate_port *port);
enum svcgate_reason svcgate_speed_ask(struct svcgate_port *port, u16 number, u32 baud);
void svcgate_speed_answered(struct svcgate_port *port);
void svcgate_speed_heard(struct svcgate_port *port);
unsigned long svcgate_speed_timer(struct svcgate_port *port);
void svcgate_speed_end(struct svcgate_port *port);

/* transmit.c APIs; all under the port's lock: */
bool svcgate_transmit_room(const struct svcgate_port *port, size_t body_length);
bool svcgate_transmit(struct svcgate_port *port, u8 kind, u8 flags, u16 transaction,
		      u32 offset, const u8 *data, size_t length);
bool svcgate_transmit_stray(struct svcgate_port *port, u64 session);
bool svcgate_transmit_welcome(struct svcgate_port *port, u64 cookie,
			      const struct svcgate_welcome *welcome);
void svcgate_transmit_pump(struct svcgate_port *port);
void svcgate_transmit_drop(struct svcgate_port *port);

/* chardev.c APIs: */
int svcgate_chardev_register(struct svcgate_port *port);
void svcgate_chardev_unregister(struct svcgate_port *port);
struct svcgate_door_message *svcgate_door_message(u16 kind, size_t payload);
void svcgate_door_free(struct svcgate_port *port, struct svcgate_door_message *message);
void svcgate_door_queue(struct svcgate_port *port, struct svcgate_door_message *message);
void svcgate_door_forget(struct svcgate_port *port, u64 session, u16 transaction);

/* hold.c APIs: */
bool svcgate_hold_ready(void);
int svcgate_hold_attach(const char *name, u32 baud, bool rtscts, bool allow_console,
			const char **ret_text);
int svcgate_hold_detach(const char *name, const char **ret_text);
void svcgate_hold_release(struct svcgate_port *port);
int svcgate_hold_init(const char *hold, bool wait, bool allow_console);

/* ldisc.c APIs: */
extern int svcgate_ldisc_number;
int svcgate_ldisc_init(void);
void svcgate_ldisc_exit(void);

#endif /* _SVCGATE_PORT_H */
