// SPDX-License-Identifier: GPL-2.0-only
/*
 * The line discipline: bytes in and out, hang-up.
 *
 * Only receive_buf2 is there: TIOCSTI calls receive_buf, so nobody on the
 * device can forge bytes "from the wire". It always takes all bytes that are
 * there.
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/capability.h>
#include <linux/tty.h>
#include <linux/tty_ldisc.h>

#include "port.h"

int svcgate_ldisc_number = N_DEVELOPMENT;

static struct svcgate_port *create_process_held(struct tty_struct *tty)
{
	/* The tty core asks nobody, and whoever opens a hung-up node comes here. */
	if (!capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EPERM);
	if (!tty->ops->write)
		return ERR_PTR(-EOPNOTSUPP);
	if (!svcgate_hold_ready())
		return ERR_PTR(-EAGAIN);
	return svcgate_port_create(tty_name(tty), tty, true);
}

/* Under tty_lock. Publish last. */
static int ldisc_open(struct tty_struct *tty)
{
	struct svcgate_port *port = svcgate_port_by_tty(tty);
	int error;

	if (port) {
		tty->disc_data = port;
		svcgate_port_put(port);
		return 0;
	}
	port = create_process_held(tty);
	if (IS_ERR(port))
		return PTR_ERR(port);
	atomic_set(&port->life, SVCGATE_LIFE_HELD);
	error = svcgate_port_publish(port);
	if (error) {
		svcgate_port_release(port, SVCGATE_REASON_END_DETACH);
		return error;
	}
	tty->disc_data = port;
	return 0;
}

/*
 * Under tty_lock; the core lets no other callback run now or later. Only marks
 * and queues: to let go of the tty is not allowed in here.
 */
static void ldisc_close(struct tty_struct *tty)
{
	struct svcgate_port *port = tty->disc_data;

	if (!port)
		return;
	/*
	 * Narrows a race of the tty core: bytes queued before a hang-up must not
	 * reach the port's client after the driver is gone.
	 */
	if (test_bit(TTY_HUPPING, &tty->flags))
		cancel_work_sync(&tty->port->buf.work);
	tty->disc_data = NULL;
	svcgate_port_close(port, SVCGATE_REASON_END_HANGUP);
	/* Attaching first: it may become held between the two. */
	if (atomic_cmpxchg(&port->life, SVCGATE_LIFE_ATTACHING, SVCGATE_LIFE_HUNG) ==
	    SVCGATE_LIFE_ATTACHING)
		return;
	if (atomic_cmpxchg(&port->life, SVCGATE_LIFE_HELD, SVCGATE_LIFE_HUNG) ==
	    SVCGATE_LIFE_HELD)
		svcgate_port_queue_release(port);
}

/*
 * In the tty core's worker, never twice at a time; close() waits for it.
 *
 * A driver that commits what it received without a lock (hvc, from its interrupt
 * and from its thread) may store an old end of it over a newer one. The core then
 * offers fewer than no bytes: negative, or near 4 GiB from 6.6 on. None of them
 * may be taken; what was taken the core would also clear.
 */
static svcgate_received_count ldisc_receive_buf2(struct tty_struct *tty,
						 const svcgate_received_byte *in,
						 const svcgate_received_flag *flags,
						 svcgate_received_count count)
{
	struct svcgate_port *port = tty->disc_data;
	size_t length = count;

	if (length > INT_MAX) {
		if (port)
			svcgate_port_miscounted(port);
		return 0;
	}
	if (port)
		svcgate_port_receive(port, in, (const u8 *)flags, length);
	return count;
}

/* In the driver's context, often an interrupt: only schedules. */
static void ldisc_write_wakeup(struct tty_struct *tty)
{
	struct svcgate_port *port = tty->disc_data;

	if (port)
		svcgate_port_wakeup(port);
}

static struct tty_ldisc_ops svcgate_ldisc = {
	.owner = THIS_MODULE,
	.name = "svcgate",
	.open = ldisc_open,
	.close = ldisc_close,
	.receive_buf2 = ldisc_receive_buf2,
	.write_wakeup = ldisc_write_wakeup,
};

int __init svcgate_ldisc_init(void)
{
	int error;

	BUILD_BUG_ON(SVCGATE_LINE_NORMAL != TTY_NORMAL);
	BUILD_BUG_ON(SVCGATE_LINE_BREAK != TTY_BREAK);
	BUILD_BUG_ON(SVCGATE_LINE_OVERRUN != TTY_OVERRUN);

	svcgate_ldisc.num = svcgate_ldisc_number;
	error = tty_register_ldisc(&svcgate_ldisc);
	if (error)
		pr_err("line discipline %d cannot be registered (%d); see ldisc=\n",
		       svcgate_ldisc_number, error);
	return error;
}

void svcgate_ldisc_exit(void)
{
	tty_unregister_ldisc(&svcgate_ldisc);
}
