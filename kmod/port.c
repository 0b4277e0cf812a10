// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ports: references, the list, the receive side, and the one work item that
 * decides, verifies and answers.
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/idr.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "event.h"
#include "port.h"

/* In the receive queue, a record of so many bytes is a BREAK; frames are longer. */
#define BREAK_MARK	1

/* Answers to frames without a session: a second, in one go. */
#define STRAY_RATE	4
#define STRAY_BURST	8

static struct workqueue_struct *svcgate_wq;
static DEFINE_IDA(port_numbers);

/* Protects the list of ports; innermost. */
static DEFINE_MUTEX(ports_lock);
static LIST_HEAD(ports);

static void port_free(struct kref *ref)
{
	struct svcgate_port *port = container_of(ref, struct svcgate_port, ref);

	mutex_destroy(&port->lock);
	mutex_destroy(&port->flow);
	vfree(port->buffers);
	kfree(port);
}

/**
 * svcgate_port_get() - take a reference
 * @port: the port
 *
 * Return: @port.
 */
struct svcgate_port *svcgate_port_get(struct svcgate_port *port)
{
	kref_get(&port->ref);
	return port;
}

/**
 * svcgate_port_put() - give a reference back
 * @port: the port, or NULL
 */
void svcgate_port_put(struct svcgate_port *port)
{
	if (port)
		kref_put(&port->ref, port_free);
}

/**
 * svcgate_port_turn() - something changed that the helper may wait for
 * @port: the port
 */
void svcgate_port_turn(struct svcgate_port *port)
{
	lockdep_assert_held(&port->lock);
	WRITE_ONCE(port->turn, port->turn + 1);
	wake_up_interruptible(&port->wait);
}

/*
 * A pty's writer sleeps until somebody says that there is room again, whether
 * we asked it to stop or not.
 */
static void resume(struct svcgate_port *port)
{
	mutex_lock(&port->flow);
	if (port->tty && test_bit(TTY_THROTTLED, &port->tty->flags))
		tty_unthrottle(port->tty);
	mutex_unlock(&port->flow);
}

/*
 * The core stops at a buffer that ends before it was read, and when the driver
 * has gone on to the next one it stops for ever. What is in its buffers goes; the
 * host repeats it. The receive side cannot do this: it runs inside the core's
 * buffer lock, and never takes ours.
 */
static void drop_miscounted(struct svcgate_port *port)
{
	if (!port->tty || !atomic_xchg(&port->miscounted, 0))
		return;
	tty_ldisc_flush(port->tty);
	svcgate_port_count(port, SVCGATE_COUNTER_MISCOUNTED);
}

/* One frame at a time, so that close() never waits for more than one verdict. */
static bool step(struct svcgate_port *port)
{
	const u8 *record = NULL;
	size_t length;

	mutex_lock(&port->lock);
	drop_miscounted(port);
	svcgate_transaction_judge(port);
	svcgate_transmit_pump(port);
	if (port->tty)
		record = svcgate_queue_first(&port->received, &length);
	if (record && length == BREAK_MARK)
		svcgate_session_end(port, SVCGATE_REASON_END_BREAK);
	else if (record)
		svcgate_session_frame(port, record, length);
	else if (port->tty)
		resume(port);
	if (record)
		svcgate_queue_next(&port->received);
	else if (atomic_xchg(&port->lost_break, 0))
		svcgate_session_end(port, SVCGATE_REASON_END_BREAK);
	mutex_unlock(&port->lock);
	return record;
}

static void port_work(struct work_struct *work)
{
	struct svcgate_port *port = container_of(work, struct svcgate_port, work);

	while (step(port))
		cond_resched();
}

static void port_timer(struct work_struct *work)
{
	struct svcgate_port *port = container_of(to_delayed_work(work),
						 struct svcgate_port, timer);

	mutex_lock(&port->lock);
	if (port->tty)
		svcgate_session_timer(port);
	mutex_unlock(&port->lock);
}

static void port_release(struct work_struct *work)
{
	svcgate_hold_release(container_of(work, struct svcgate_port, release));
}

/* One block: four would each be rounded up to a power of two pages. */
static int allocate_buffers(struct svcgate_port *port)
{
	port->buffers = vmalloc(sizeof(*port->buffers));
	if (!port->buffers)
		return -ENOMEM;
	svcgate_queue_init(&port->received, port->buffers->received,
			   sizeof(port->buffers->received));
	svcgate_deframer_init(&port->deframer, NULL, 0);
	return 0;
}

static void init_fields(struct svcgate_port *port)
{
	kref_init(&port->ref);
	INIT_LIST_HEAD(&port->list);
	mutex_init(&port->lock);
	mutex_init(&port->flow);
	INIT_WORK(&port->work, port_work);
	INIT_DELAYED_WORK(&port->timer, port_timer);
	INIT_WORK(&port->release, port_release);
	init_completion(&port->released);
	INIT_LIST_HEAD(&port->door_queue);
	init_waitqueue_head(&port->wait);
	atomic_set(&port->life, SVCGATE_LIFE_ATTACHING);
	svcgate_bucket_init(&port->verify_bucket, SVCGATE_VERIFY_RATE, 1,
			    SVCGATE_VERIFY_BURST);
	svcgate_bucket_init(&port->stray_bucket, STRAY_RATE, 1, STRAY_BURST);
	svcgate_bucket_init(&port->change_bucket, 1, SVCGATE_CHANGE_PERIOD,
			    SVCGATE_CHANGE_BURST);
}

/**
 * svcgate_port_create() - a port for a tty
 * @name: of the tty
 * @tty: it; the caller keeps it alive until the discipline is closed
 * @process_held: TIOCSETD brought us here
 *
 * The port holds the module until svcgate_port_release().
 *
 * Return: the port, not shown to anybody yet but in the list, or an error.
 */
struct svcgate_port *svcgate_port_create(const char *name, struct tty_struct *tty,
					 bool process_held)
{
	struct svcgate_port *port;
	int number, error;

	port = kzalloc(sizeof(*port), GFP_KERNEL);
	if (!port)
		return ERR_PTR(-ENOMEM);
	init_fields(port);
	error = allocate_buffers(port);
	if (error)
		goto put;
	strscpy(port->name, name, sizeof(port->name));
	port->process_held = process_held;
	port->tty = tty;

	number = ida_alloc_max(&port_numbers, SVCGATE_PORTS_MAX - 1, GFP_KERNEL);
	if (number < 0) {
		error = number;
		goto put;
	}
	port->number = number;
	__module_get(THIS_MODULE);
	mutex_lock(&ports_lock);
	list_add_tail(&port->list, &ports);
	mutex_unlock(&ports_lock);
	return port;
put:
	svcgate_port_put(port);
	return ERR_PTR(error);
}

/**
 * svcgate_port_publish() - the port is held: show its door
 * @port: the port
 *
 * Return: 0 or -errno.
 */
int svcgate_port_publish(struct svcgate_port *port)
{
	struct svcgate_event event = {
		.kind = SVCGATE_EVENT_ATTACHED,
		.port = port->name,
	};
	int error;

	error = svcgate_chardev_register(port);
	if (!error)
		svcgate_event_emit(&event);
	return error;
}

/**
 * svcgate_port_close() - the tty leaves: no callback, no work may use it again
 * @port: the port
 * @reason: why
 *
 * Context: the discipline's close(), under tty_lock; waits for one verdict at
 * most.
 */
void svcgate_port_close(struct svcgate_port *port, enum svcgate_reason reason)
{
	mutex_lock(&port->lock);
	if (port->tty) {
		svcgate_session_end(port, reason);
		svcgate_transmit_drop(port);
		port->tty = NULL;
		svcgate_port_turn(port);
	}
	mutex_unlock(&port->lock);
}

/**
 * svcgate_port_release() - end of a port
 * @port: the port; the creator's reference goes with it
 * @reason: why
 *
 * Context: process context, no lock of the tty core held; the discipline is
 * closed.
 */
void svcgate_port_release(struct svcgate_port *port, enum svcgate_reason reason)
{
	struct svcgate_event event = {
		.kind = SVCGATE_EVENT_DETACHED,
		.port = port->name,
		.reason = reason,
	};
	bool shown = port->misc_registered;

	svcgate_port_close(port, reason);
	mutex_lock(&ports_lock);
	list_del_init(&port->list);
	mutex_unlock(&ports_lock);
	cancel_work_sync(&port->work);
	cancel_delayed_work_sync(&port->timer);
	svcgate_chardev_unregister(port);
	if (svcgate_pending_disown(port))
		svcgate_port_sweep();
	atomic_set(&port->life, SVCGATE_LIFE_ABSENT);
	ida_free(&port_numbers, port->number);
	/* Who never heard that it was held need not hear that it is over. */
	if (shown)
		svcgate_event_emit(&event);
	complete_all(&port->released);
	svcgate_port_put(port);
	module_put(THIS_MODULE);
}

/**
 * svcgate_port_queue_release() - let go later, outside of the tty's locks
 * @port: the port
 */
void svcgate_port_queue_release(struct svcgate_port *port)
{
	queue_work(svcgate_wq, &port->release);
}

/**
 * svcgate_port_by_name() - find a port
 * @name: of its tty
 *
 * Return: a reference to it, or NULL.
 */
struct svcgate_port *svcgate_port_by_name(const char *name)
{
	struct svcgate_port *port, *found = NULL;

	mutex_lock(&ports_lock);
	list_for_each_entry(port, &ports, list) {
		if (!strcmp(port->name, name)) {
			found = svcgate_port_get(port);
			break;
		}
	}
	mutex_unlock(&ports_lock);
	return found;
}

/**
 * svcgate_port_by_tty() - find the port that is being attached to a tty
 * @tty: the tty
 *
 * Return: a reference to it, or NULL: a process put the discipline there.
 */
struct svcgate_port *svcgate_port_by_tty(const struct tty_struct *tty)
{
	struct svcgate_port *port, *found = NULL;

	mutex_lock(&ports_lock);
	list_for_each_entry(port, &ports, list) {
		if (READ_ONCE(port->tty) == tty && !port->process_held) {
			found = svcgate_port_get(port);
			break;
		}
	}
	mutex_unlock(&ports_lock);
	return found;
}

/**
 * svcgate_port_at() - walk the ports by number
 * @number: lowest number wanted
 *
 * Return: a reference to the port with the next number, or NULL.
 */
struct svcgate_port *svcgate_port_at(unsigned int number)
{
	struct svcgate_port *port, *found = NULL;

	mutex_lock(&ports_lock);
	list_for_each_entry(port, &ports, list)
		if (port->number >= number && (!found || port->number < found->number))
			found = port;
	if (found)
		svcgate_port_get(found);
	mutex_unlock(&ports_lock);
	return found;
}

/**
 * svcgate_port_sweep() - have each port look again at what it permits
 *
 * Each looks before it passes anything on, too; this is for those that are quiet.
 */
void svcgate_port_sweep(void)
{
	struct svcgate_port *port;

	mutex_lock(&ports_lock);
	list_for_each_entry(port, &ports, list)
		queue_work(svcgate_wq, &port->work);
	mutex_unlock(&ports_lock);
}

/**
 * svcgate_port_has_lowest_door() - is this the open door with the lowest number?
 * @port: its port
 *
 * Return: true if so.
 */
bool svcgate_port_has_lowest_door(const struct svcgate_port *port)
{
	struct svcgate_port *other, *lowest = NULL;

	mutex_lock(&ports_lock);
	list_for_each_entry(other, &ports, list)
		if (READ_ONCE(other->door_open) &&
		    (!lowest || other->number < lowest->number))
			lowest = other;
	mutex_unlock(&ports_lock);
	return lowest == port;
}

/**
 * svcgate_port_any_door() - does svcgated have any door open?
 *
 * Return: true if so.
 */
bool svcgate_port_any_door(void)
{
	struct svcgate_port *port;
	bool found = false;

	mutex_lock(&ports_lock);
	list_for_each_entry(port, &ports, list)
		found |= READ_ONCE(port->door_open);
	mutex_unlock(&ports_lock);
	return found;
}

/**
 * svcgate_port_end_sessions() - end the sessions of all ports
 * @reason: why
 */
void svcgate_port_end_sessions(enum svcgate_reason reason)
{
	struct svcgate_port *port;
	unsigned int number;

	for (number = 0; (port = svcgate_port_at(number)); number++) {
		number = port->number;
		mutex_lock(&port->lock);
		svcgate_session_end(port, reason);
		mutex_unlock(&port->lock);
		svcgate_port_put(port);
	}
}

/* A BREAK goes where the frame that it ended was to go. */
static void enqueue_break(struct svcgate_port *port)
{
	u8 *room = svcgate_queue_room(&port->received);

	svcgate_port_count(port, SVCGATE_COUNTER_BREAKS);
	if (!room) {
		svcgate_port_count(port, SVCGATE_COUNTER_QUEUE_FULL);
		atomic_set(&port->lost_break, 1);
		return;
	}
	*room = 'B';
	svcgate_queue_put(&port->received, BREAK_MARK);
}

static void take_event(struct svcgate_port *port, enum svcgate_deframe_event event)
{
	switch (event) {
	case SVCGATE_DEFRAME_MORE:
		break;
	case SVCGATE_DEFRAME_FRAME:
		svcgate_port_count(port, SVCGATE_COUNTER_FRAMES);
		if (port->deframer.length >= sizeof(struct svcgate_frame))
			svcgate_queue_put(&port->received, port->deframer.length);
		else
			svcgate_port_count(port, SVCGATE_COUNTER_IGNORED);
		break;
	case SVCGATE_DEFRAME_BAD_CRC:
		svcgate_port_count(port, SVCGATE_COUNTER_BAD_CRC);
		break;
	case SVCGATE_DEFRAME_OVERLONG:
		svcgate_port_count(port, port->deframer.buf ? SVCGATE_COUNTER_OVERLONG :
							      SVCGATE_COUNTER_QUEUE_FULL);
		break;
	case SVCGATE_DEFRAME_FLAGGED:
		svcgate_port_count(port, SVCGATE_COUNTER_FLAGGED);
		break;
	case SVCGATE_DEFRAME_BREAK:
		enqueue_break(port);
		break;
	}
}

/*
 * Ask the line to stop. The flag is what hvc looks at; a UART without RTS/CTS
 * does not stop, for it there is room behind the mark.
 */
static void throttle(struct svcgate_port *port, struct tty_struct *tty)
{
	mutex_lock(&port->flow);
	if (!test_and_set_bit(TTY_THROTTLED, &tty->flags) && tty->ops->throttle)
		tty->ops->throttle(tty);
	mutex_unlock(&port->flow);
}

/**
 * svcgate_port_receive() - bytes from the line
 * @port: the port
 * @in: the bytes
 * @flags: a flag for each, or NULL
 * @count: how many
 *
 * Context: the discipline's receive_buf2(), never two at a time. @port->tty
 * stays for the whole call: close() comes after.
 */
void svcgate_port_receive(struct svcgate_port *port, const u8 *in, const u8 *flags,
			  size_t count)
{
	struct tty_struct *tty = READ_ONCE(port->tty);
	size_t consumed;
	u8 *room;

	while (count) {
		room = svcgate_queue_room(&port->received);
		svcgate_deframer_into(&port->deframer, room,
				      room ? SVCGATE_FRAME_RAW_MAX : 0);
		take_event(port, svcgate_deframe(&port->deframer, in, flags, count,
						 &consumed));
		in += consumed;
		if (flags)
			flags += consumed;
		count -= consumed;
		if (tty && !test_bit(TTY_THROTTLED, &tty->flags) &&
		    svcgate_queue_used(&port->received) > SVCGATE_RECEIVE_MARK &&
		    READ_ONCE(port->session.open))
			throttle(port, tty);
	}
	atomic64_add(port->deframer.overruns, &port->counters[SVCGATE_COUNTER_OVERRUNS]);
	port->deframer.overruns = 0;
	queue_work(svcgate_wq, &port->work);
}

/**
 * svcgate_port_miscounted() - the core offered fewer than no bytes
 * @port: the port
 *
 * Context: as svcgate_port_receive(); the work does the rest.
 */
void svcgate_port_miscounted(struct svcgate_port *port)
{
	atomic_set(&port->miscounted, 1);
	queue_work(svcgate_wq, &port->work);
}

/**
 * svcgate_port_wakeup() - the driver has room again
 * @port: the port
 *
 * Context: any; only schedules.
 */
void svcgate_port_wakeup(struct svcgate_port *port)
{
	queue_work(svcgate_wq, &port->work);
}

int __init svcgate_port_init(void)
{
	BUILD_BUG_ON(SVCGATE_FRAME_MAX != sizeof(struct svcgate_frame) +
		     SVCGATE_FRAME_DATA_MAX + SVCGATE_FRAME_TAG_SIZE);
	BUILD_BUG_ON(sizeof(struct svcgate_response) + SVCGATE_RESPONSE_MAX +
		     sizeof(struct svcgate_frame) > SVCGATE_FRAME_MIN);
	/* What the core holds when the line was asked to stop still finds room. */
	BUILD_BUG_ON(SVCGATE_QUEUE_SURE(SVCGATE_RECEIVE_QUEUE) <
		     SVCGATE_RECEIVE_MARK + SVCGATE_FLIP_LIMIT);

	svcgate_wq = alloc_workqueue("svcgate", WQ_UNBOUND, 0);
	return svcgate_wq ? 0 : -ENOMEM;
}

void svcgate_port_exit(void)
{
	destroy_workqueue(svcgate_wq);
	ida_destroy(&port_numbers);
}
