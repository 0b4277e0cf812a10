// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests/vm/miscount.c: leave the receive buffers of a tty as a driver leaves
 * them that commits without a lock.
 *
 * hvc_console pushes from its interrupt and from its thread, with no lock around
 * it. The one that was held up stores an end that is old by then: "commit" of a
 * buffer falls behind "read", and the next buffer may be queued already. With
 * real drivers it takes a day to see that once.
 *
 * Who writes anything to /dev/miscount does it to his controlling terminal. An "o"
 * instead says that the hardware has lost a byte, as a driver says it.
 */
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/tty.h>
#include <linux/tty_flip.h>
#include <linux/uaccess.h>

/*
 * With as much room as the whole of the last one, which has been used in part.
 * The lock is what a pty's writers hold.
 */
static void queue_next(struct tty_port *port, struct tty_buffer *head)
{
	unsigned long flags;

	spin_lock_irqsave(&port->lock, flags);
	if (!head->next)
		tty_buffer_request_room(port, head->size);
	spin_unlock_irqrestore(&port->lock, flags);
}

static int step_back(struct tty_port *port)
{
	struct tty_buffer *head;
	int error = 0;

	tty_buffer_lock_exclusive(port);
	head = port->buf.head;
	queue_next(port, head);
	if (head->read && head->next)
		WRITE_ONCE(head->commit, 0);
	else
		error = -EAGAIN;
	/* Queues the core's worker: there is a difference. */
	tty_buffer_unlock_exclusive(port);
	return error;
}

static int overrun(struct tty_port *port)
{
	unsigned long flags;
	int taken;

	spin_lock_irqsave(&port->lock, flags);
	taken = tty_insert_flip_char(port, 0, TTY_OVERRUN);
	spin_unlock_irqrestore(&port->lock, flags);
	tty_flip_buffer_push(port);
	return taken ? 0 : -EAGAIN;
}

static ssize_t miscount_write(struct file *file, const char __user *text, size_t length,
			      loff_t *offset)
{
	struct tty_struct *tty = get_current_tty();
	char what;
	int error;

	if (!tty)
		return -ENOTTY;
	error = get_user(what, text);
	if (!error)
		error = what == 'o' ? overrun(tty->port) : step_back(tty->port);
	tty_kref_put(tty);
	return error ? error : length;
}

static const struct file_operations miscount_operations = {
	.owner = THIS_MODULE,
	.write = miscount_write,
};

static struct miscdevice miscount_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "miscount",
	.mode = 0600,
	.fops = &miscount_operations,
};

module_misc_device(miscount_device);

MODULE_DESCRIPTION("Confuse the receive buffers of a tty, for tests of svcgate");
MODULE_LICENSE("GPL");
