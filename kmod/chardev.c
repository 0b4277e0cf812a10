// SPDX-License-Identifier: GPL-2.0-only
/*
 * The helper's door: /dev/svcgateN, one opener, one message a read or write.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "port.h"

/* The longest message that a helper may write. */
#define WRITE_MAX	(sizeof(struct svcgate_door) + SVCGATE_FRAME_DATA_MAX)

/**
 * svcgate_door_message() - a message for the helper
 * @kind: &enum svcgate_door_kind
 * @payload: bytes that follow the header; message->buffer holds them
 *
 * Return: the message, or NULL.
 */
struct svcgate_door_message *svcgate_door_message(u16 kind, size_t payload)
{
	struct svcgate_door_message *message;

	message = kzalloc(sizeof(*message), GFP_KERNEL);
	if (!message)
		return NULL;
	message->head.kind = kind;
	message->head.length = sizeof(message->head) + payload;
	if (!payload)
		return message;
	message->buffer = kvmalloc(payload, GFP_KERNEL);
	if (!message->buffer) {
		kfree(message);
		return NULL;
	}
	message->payload = message->buffer;
	return message;
}

static size_t payload_length(const struct svcgate_door_message *message)
{
	return message->head.length - sizeof(message->head);
}

/**
 * svcgate_door_free() - end of a message that is in no queue
 * @port: its port
 * @message: it
 */
void svcgate_door_free(struct svcgate_port *port, struct svcgate_door_message *message)
{
	kvfree(message->buffer);
	kfree(message);
}

/**
 * svcgate_door_queue() - put a message before the helper
 * @port: the port
 * @message: now the queue's
 */
void svcgate_door_queue(struct svcgate_port *port, struct svcgate_door_message *message)
{
	lockdep_assert_held(&port->lock);
	if (!port->door_open) {
		svcgate_door_free(port, message);
		return;
	}
	list_add_tail(&message->list, &port->door_queue);
	port->door_bytes += message->head.length;
	svcgate_port_turn(port);
}

static void drop(struct svcgate_port *port, struct svcgate_door_message *message)
{
	list_del(&message->list);
	port->door_bytes -= message->head.length;
	svcgate_door_free(port, message);
}

static void empty_queue(struct svcgate_port *port)
{
	struct svcgate_door_message *message, *next;

	list_for_each_entry_safe(message, next, &port->door_queue, list)
		drop(port, message);
}

/**
 * svcgate_door_forget() - a transaction is over: what waits for it is moot
 * @port: the port
 * @session: session of the transaction
 * @transaction: its number
 *
 * A request that nobody read is carried out by nobody (P8). END stays.
 */
void svcgate_door_forget(struct svcgate_port *port, u64 session, u16 transaction)
{
	struct svcgate_door_message *message, *next;

	lockdep_assert_held(&port->lock);
	list_for_each_entry_safe(message, next, &port->door_queue, list)
		if (message->head.session == session &&
		    message->head.transaction == transaction &&
		    message->head.kind != SVCGATE_DOOR_END)
			drop(port, message);
}

/* misc_open() keeps the device registered meanwhile, so the port is alive. */
static int door_open(struct inode *inode, struct file *file)
{
	struct svcgate_port *port = container_of(file->private_data, struct svcgate_port,
						 misc);
	int error = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (!svcgate_hold_ready())
		return -EAGAIN;
	mutex_lock(&port->lock);
	if (!port->tty)
		error = -ENODEV;
	else if (port->door_open)
		error = -EBUSY;
	else
		WRITE_ONCE(port->door_open, true);
	mutex_unlock(&port->lock);
	if (error)
		return error;
	file->private_data = svcgate_port_get(port);
	return stream_open(inode, file);
}

static int door_release(struct inode *inode, struct file *file)
{
	struct svcgate_port *port = file->private_data;

	mutex_lock(&port->lock);
	WRITE_ONCE(port->door_open, false);
	empty_queue(port);
	svcgate_transaction_helper_gone(port);
	mutex_unlock(&port->lock);
	svcgate_pending_unread(port);
	svcgate_port_sweep();
	svcgate_port_put(port);
	return 0;
}

/* Take the first message, if it fits: a short buffer loses nothing. */
static ssize_t take_message(struct svcgate_port *port, size_t size,
			    struct svcgate_door_message **ret)
{
	struct svcgate_door_message *message;

	lockdep_assert_held(&port->lock);
	message = list_first_entry_or_null(&port->door_queue, struct svcgate_door_message,
					   list);
	if (!message)
		return port->tty ? -EAGAIN : 0;
	if (size < message->head.length)
		return -EMSGSIZE;
	list_del(&message->list);
	if (message->head.kind == SVCGATE_DOOR_REQUEST ||
	    message->head.kind == SVCGATE_DOOR_OBJECT)
		svcgate_transaction_heard(port, message->head.session,
					  message->head.transaction);
	*ret = message;
	return message->head.length;
}

static ssize_t copy_message(struct svcgate_port *port, char __user *to,
			    struct svcgate_door_message *message)
{
	size_t payload = payload_length(message);
	ssize_t length = message->head.length;

	if (copy_to_user(to, &message->head, sizeof(message->head)) ||
	    (payload && copy_to_user(to + sizeof(message->head), message->payload, payload)))
		length = -EFAULT;

	mutex_lock(&port->lock);
	if (length < 0 && port->door_open) {
		list_add(&message->list, &port->door_queue);
	} else {
		port->door_bytes -= message->head.length;
		svcgate_door_free(port, message);
	}
	svcgate_port_turn(port);
	mutex_unlock(&port->lock);
	return length;
}

/* A change of trust comes before everything else that waits. */
static ssize_t read_change(struct svcgate_port *port, char __user *to, size_t size)
{
	struct svcgate_pending *pending;
	const void *message;
	ssize_t length;
	size_t n;

	if (!svcgate_pending_any())
		return -EAGAIN;
	length = svcgate_pending_read(port, svcgate_port_has_lowest_door(port), size,
				      &pending);
	if (length)
		return length;
	message = svcgate_pending_message(pending, &n);
	length = n;
	if (copy_to_user(to, message, n)) {
		svcgate_pending_unread(port);
		length = -EFAULT;
	}
	svcgate_pending_put(pending);
	return length;
}

static ssize_t door_read(struct file *file, char __user *to, size_t size, loff_t *at)
{
	struct svcgate_port *port = file->private_data;
	struct svcgate_door_message *message = NULL;
	unsigned int turn;
	ssize_t length;
	int error;

	for (;;) {
		turn = READ_ONCE(port->turn);
		length = read_change(port, to, size);
		if (length != -EAGAIN)
			return length;
		mutex_lock(&port->lock);
		svcgate_transaction_judge(port);
		length = take_message(port, size, &message);
		mutex_unlock(&port->lock);
		if (message)
			return copy_message(port, to, message);
		if (length != -EAGAIN || (file->f_flags & O_NONBLOCK))
			return length;
		error = wait_event_interruptible(port->wait,
						 turn != READ_ONCE(port->turn));
		if (error)
			return error;
	}
}

static int write_response(struct svcgate_port *port, struct svcgate_transaction *t,
			  const struct svcgate_door *head, const u8 *payload, size_t length)
{
	if (length > SVCGATE_RESPONSE_MAX || t->phase != SVCGATE_PHASE_OPEN)
		return -EINVAL;
	if (!svcgate_transmit_room(port, sizeof(struct svcgate_frame) +
				   sizeof(struct svcgate_response) + length))
		return -EAGAIN;
	svcgate_transaction_answer(port, t, false, head->reason, head->detail, payload,
				   length, head->flags & SVCGATE_DOOR_MORE);
	return 0;
}

static int write_data(struct svcgate_port *port, struct svcgate_transaction *t,
		      const struct svcgate_door *head, const u8 *payload, size_t length)
{
	bool last = head->flags & SVCGATE_DOOR_LAST;

	if (t->phase != SVCGATE_PHASE_ANSWERED ||
	    sizeof(struct svcgate_frame) + length > port->session.frame_max ||
	    head->offset > U32_MAX - t->response_length)
		return -EINVAL;
	if (!svcgate_transmit_room(port, sizeof(struct svcgate_frame) + length))
		return -EAGAIN;
	svcgate_transmit(port, SVCGATE_FRAME_DATA, last ? SVCGATE_FRAME_LAST : 0, t->number,
			 t->response_length + head->offset, payload, length);
	return 0;
}

static int write_ack(struct svcgate_port *port, struct svcgate_transaction *t,
		     const struct svcgate_door *head, const u8 *payload, size_t length)
{
	if (t->phase < SVCGATE_PHASE_OPEN || head->offset > U32_MAX - t->length ||
	    !svcgate_frame_ack_fits(length))
		return -EINVAL;
	if (!svcgate_transmit_room(port, sizeof(struct svcgate_frame) + length))
		return -EAGAIN;
	svcgate_transmit(port, SVCGATE_FRAME_ACK, 0, t->number, t->length + head->offset,
			 payload, length);
	return 0;
}

static int write_end(struct svcgate_port *port, struct svcgate_transaction *t,
		     const struct svcgate_door *head)
{
	struct svcgate_close close = {
		.reason = cpu_to_le16(head->reason),
		.total = cpu_to_le32(t->response_length + head->offset),
	};

	if (t->phase != SVCGATE_PHASE_ANSWERED ||
	    head->offset > U32_MAX - t->response_length)
		return -EINVAL;
	if (!svcgate_transmit_room(port, sizeof(struct svcgate_frame) + sizeof(close)))
		return -EAGAIN;
	svcgate_transmit(port, SVCGATE_FRAME_CLOSE, 0, t->number, 0, (u8 *)&close,
			 sizeof(close));
	svcgate_transaction_end(port, t, head->reason);
	return 0;
}

static int write_manifest(struct svcgate_port *port, struct svcgate_transaction *t,
			  const u8 *payload, size_t length)
{
	if (t->phase != SVCGATE_PHASE_OBJECT)
		return -EINVAL;
	if (!svcgate_transmit_room(port, sizeof(struct svcgate_frame) +
				   sizeof(struct svcgate_response)))
		return -EAGAIN;
	svcgate_request_manifest(port, t, payload, length);
	return 0;
}

/* COMMIT or ABORT: the host hears it, if it still waits at this port. */
static int write_change_end(struct svcgate_port *port, const struct svcgate_door *head)
{
	bool stored = head->kind == SVCGATE_DOOR_COMMIT;
	struct svcgate_transaction *t;
	u16 transaction;
	u64 session;
	int error;

	error = svcgate_pending_end(head->number, port, stored, &session, &transaction);
	if (error)
		return port->tty ? error : -EPIPE;
	svcgate_port_sweep();
	t = transaction ? svcgate_transaction_find(port, session, transaction) : NULL;
	if (t && t->phase == SVCGATE_PHASE_CHANGE)
		svcgate_transaction_answer(port, t, true,
					   stored ? SVCGATE_REASON_DONE :
						    SVCGATE_REASON_NOT_STORED,
					   0, NULL, 0, false);
	return 0;
}

static int write_message(struct svcgate_port *port, const struct svcgate_door *head,
			 const u8 *payload, size_t length)
{
	struct svcgate_transaction *t;

	lockdep_assert_held(&port->lock);
	svcgate_transaction_judge(port);
	if (head->kind == SVCGATE_DOOR_COMMIT || head->kind == SVCGATE_DOOR_ABORT)
		return length ? -EINVAL : write_change_end(port, head);
	if (!port->tty)
		return -EPIPE;
	t = svcgate_transaction_find(port, head->session, head->transaction);
	if (!t)
		return -ESRCH;
	switch (head->kind) {
	case SVCGATE_DOOR_RESPONSE:
		return write_response(port, t, head, payload, length);
	case SVCGATE_DOOR_DATA:
		return write_data(port, t, head, payload, length);
	case SVCGATE_DOOR_ACK:
		return write_ack(port, t, head, payload, length);
	case SVCGATE_DOOR_END:
		return write_end(port, t, head);
	case SVCGATE_DOOR_MANIFEST:
		return write_manifest(port, t, payload, length);
	default:
		return -EINVAL;
	}
}

static ssize_t door_write(struct file *file, const char __user *from, size_t size,
			  loff_t *at)
{
	struct svcgate_port *port = file->private_data;
	struct svcgate_door *head;
	unsigned int turn;
	int error;

	if (size < sizeof(*head) || size > WRITE_MAX)
		return -EINVAL;
	head = memdup_user(from, size);
	if (IS_ERR(head))
		return PTR_ERR(head);

	error = head->length == size ? 0 : -EINVAL;
	while (!error) {
		turn = READ_ONCE(port->turn);
		mutex_lock(&port->lock);
		error = write_message(port, head, (u8 *)(head + 1), size - sizeof(*head));
		mutex_unlock(&port->lock);
		if (error != -EAGAIN || (file->f_flags & O_NONBLOCK))
			break;
		error = wait_event_interruptible(port->wait,
						 turn != READ_ONCE(port->turn));
	}
	kfree(head);
	return error ? error : size;
}

static __poll_t door_poll(struct file *file, poll_table *table)
{
	struct svcgate_port *port = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &port->wait, table);
	mutex_lock(&port->lock);
	if (!list_empty(&port->door_queue) || (svcgate_pending_any() &&
	    svcgate_pending_waits(port, svcgate_port_has_lowest_door(port))))
		events |= EPOLLIN | EPOLLRDNORM;
	if (svcgate_transmit_room(port, SVCGATE_FRAME_MAX))
		events |= EPOLLOUT | EPOLLWRNORM;
	if (!port->tty)
		events |= EPOLLIN | EPOLLHUP;
	mutex_unlock(&port->lock);
	return events;
}

static const struct file_operations svcgate_door_fops = {
	.owner = THIS_MODULE,
	.open = door_open,
	.release = door_release,
	.read = door_read,
	.write = door_write,
	.poll = door_poll,
};

/**
 * svcgate_chardev_register() - show the door of a port
 * @port: the port
 *
 * Return: 0 or -errno.
 */
int svcgate_chardev_register(struct svcgate_port *port)
{
	int error;

	snprintf(port->misc_name, sizeof(port->misc_name), "svcgate%u", port->number);
	port->misc.minor = MISC_DYNAMIC_MINOR;
	port->misc.name = port->misc_name;
	port->misc.fops = &svcgate_door_fops;
	port->misc.mode = 0600;
	error = misc_register(&port->misc);
	port->misc_registered = !error;
	return error;
}

/**
 * svcgate_chardev_unregister() - take the door away
 * @port: the port; an opener keeps its reference and hears that it is gone
 */
void svcgate_chardev_unregister(struct svcgate_port *port)
{
	if (!port->misc_registered)
		return;
	misc_deregister(&port->misc);
	port->misc_registered = false;
}
