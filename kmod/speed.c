// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rate of the line. A host with permission changes it inside its session; the
 * session's end, whatever ends it, brings the base rate back, so that who comes
 * next finds the port as root set it up.
 *
 * The answer goes out at the old rate and nothing follows it; then the kernel
 * switches. A host that is not heard at the new rate gets the base rate back and
 * keeps its session. Nothing here waits: the port's timer looks again.
 */
#include <linux/tty.h>

#include "port.h"

#define POLL		max(HZ / 100, 1)
#define PROBATION	msecs_to_jiffies(SVCGATE_SPEED_PROBATION_MS)

/* What no driver counts: more than a UART's FIFO and shift register hold, in bits. */
#define FIFO_BITS	(128 * 10)

/**
 * svcgate_speed_rate() - the rate of a port's line now
 * @port: the port, its tty still there
 *
 * Return: bits a second.
 */
u32 svcgate_speed_rate(struct svcgate_port *port)
{
	struct tty_struct *tty = port->tty;
	u32 baud;

	lockdep_assert_held(&port->lock);
	down_read(&tty->termios_rwsem);
	baud = tty_termios_baud_rate(&tty->termios);
	up_read(&tty->termios_rwsem);
	return baud;
}

/*
 * A driver writes what it really set into the termios; one that cannot keeps the
 * old rate, or the nearest that it has. UARTs live with 3 %.
 */
static bool set_rate(struct svcgate_port *port, u32 baud)
{
	struct tty_struct *tty = port->tty;
	struct ktermios termios;

	down_read(&tty->termios_rwsem);
	termios = tty->termios;
	up_read(&tty->termios_rwsem);
	/* BOTHER: this very rate, not a standard one near it. */
	termios.c_cflag = (termios.c_cflag & ~(CBAUD | CIBAUD)) | BOTHER;
	tty_termios_encode_baud_rate(&termios, baud, baud);
	tty_set_termios(tty, &termios);
	return abs((int)(svcgate_speed_rate(port) - baud)) <= baud / 100 * 3;
}

static void go_back(struct svcgate_port *port)
{
	set_rate(port, port->session.speed.base);
	port->session.speed.step = SVCGATE_SPEED_STILL;
}

/**
 * svcgate_speed_ask() - may the line go at this rate?
 * @port: the port, with a session
 * @number: transaction whose answer, once it is out, is followed by the switch
 * @baud: bits a second
 *
 * The driver is asked by trying; what was just on its way may be lost.
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_speed_ask(struct svcgate_port *port, u16 number, u32 baud)
{
	struct svcgate_session_speed *speed = &port->session.speed;
	bool fits;
	u32 now;

	lockdep_assert_held(&port->lock);
	if (speed->step == SVCGATE_SPEED_DRAINING)
		return SVCGATE_REASON_IN_PROGRESS;
	if (baud < SVCGATE_SPEED_MIN || baud > SVCGATE_SPEED_MAX)
		return SVCGATE_REASON_SPEED;
	now = svcgate_speed_rate(port);
	fits = set_rate(port, baud);
	set_rate(port, now);
	if (!fits)
		return SVCGATE_REASON_SPEED;
	if (!speed->base)
		speed->base = now;
	speed->wanted = baud;
	speed->asked = number;
	return SVCGATE_REASON_DONE;
}

static bool has_gone_out(const struct svcgate_port *port)
{
	return port->transmit_start == port->transmit_end && !tty_chars_in_buffer(port->tty);
}

static void drain(struct svcgate_port *port)
{
	struct svcgate_session_speed *speed = &port->session.speed;
	u32 now = max(svcgate_speed_rate(port), 1U);

	speed->due = jiffies + DIV_ROUND_UP(FIFO_BITS * HZ, now) + 1;
}

/**
 * svcgate_speed_answered() - an answer went into the queue
 * @port: the port
 *
 * Also when it is a stored one: the host may not have heard the first.
 */
void svcgate_speed_answered(struct svcgate_port *port)
{
	struct svcgate_session_speed *speed = &port->session.speed;

	lockdep_assert_held(&port->lock);
	if (!speed->asked || speed->asked != port->session.answered)
		return;
	speed->step = SVCGATE_SPEED_DRAINING;
	drain(port);
	mod_delayed_work(system_wq, &port->timer, POLL);
}

/**
 * svcgate_speed_heard() - a valid frame of the session
 * @port: the port
 */
void svcgate_speed_heard(struct svcgate_port *port)
{
	if (port->session.speed.step == SVCGATE_SPEED_PROBATION)
		port->session.speed.step = SVCGATE_SPEED_STILL;
}

static unsigned long do_switch(struct svcgate_port *port)
{
	struct svcgate_session_speed *speed = &port->session.speed;

	if (!set_rate(port, speed->wanted) || speed->wanted == speed->base) {
		go_back(port);
	} else {
		speed->step = SVCGATE_SPEED_PROBATION;
		speed->due = jiffies + PROBATION;
	}
	svcgate_port_turn(port);
	return PROBATION;
}

/**
 * svcgate_speed_timer() - the next step, when its time has come
 * @port: the port, its tty still there
 *
 * Return: jiffies until it wants to be called again.
 */
unsigned long svcgate_speed_timer(struct svcgate_port *port)
{
	struct svcgate_session_speed *speed = &port->session.speed;

	lockdep_assert_held(&port->lock);
	switch (speed->step) {
	case SVCGATE_SPEED_DRAINING:
		if (!has_gone_out(port))
			drain(port);
		return time_before(jiffies, speed->due) ? POLL : do_switch(port);
	case SVCGATE_SPEED_PROBATION:
		if (time_before(jiffies, speed->due))
			return speed->due - jiffies;
		go_back(port);
		break;
	default:
		break;
	}
	return HZ;
}

/**
 * svcgate_speed_end() - the session is over: the base rate again
 * @port: the port, its tty still there
 *
 * What the driver still has is dropped, it would go out at the wrong rate.
 */
void svcgate_speed_end(struct svcgate_port *port)
{
	struct svcgate_session_speed *speed = &port->session.speed;

	lockdep_assert_held(&port->lock);
	if (speed->base && svcgate_speed_rate(port) != speed->base) {
		tty_driver_flush_buffer(port->tty);
		go_back(port);
	}
	memset(speed, 0, sizeof(*speed));
}
