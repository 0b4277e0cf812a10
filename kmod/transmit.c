// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes on their way out. Nothing here waits: what finds no room is dropped and
 * counted, the host asks again; write_wakeup brings the rest to the driver.
 */
#include "port.h"

/* Move what is left to the beginning when the end is near. */
static void make_room(struct svcgate_port *port, size_t length)
{
	size_t left = port->transmit_end - port->transmit_start;

	if (SVCGATE_TRANSMIT_QUEUE - port->transmit_end >= length)
		return;
	memmove(port->buffers->transmit, port->buffers->transmit + port->transmit_start, left);
	port->transmit_start = 0;
	port->transmit_end = left;
}

/**
 * svcgate_transmit_room() - would a frame find room?
 * @port: the port
 * @body_length: bytes of its body
 *
 * Return: false when the queue is full, when the host has not been heard since
 * too many bytes (P9: somebody may have swapped the cable), or when the line is
 * about to change its rate.
 */
bool svcgate_transmit_room(const struct svcgate_port *port, size_t body_length)
{
	size_t line = SVCGATE_FRAME_LINE_MAX(body_length);
	size_t left = port->transmit_end - port->transmit_start;

	lockdep_assert_held(&port->lock);
	return port->tty && SVCGATE_TRANSMIT_QUEUE - left >= line &&
	       port->sent + line <= SVCGATE_OUTPUT_BOUND &&
	       port->session.speed.step != SVCGATE_SPEED_DRAINING;
}

static bool send(struct svcgate_port *port, const struct svcgate_frame *frame,
		 const u8 *data, size_t length)
{
	size_t line = SVCGATE_FRAME_LINE_MAX(sizeof(*frame) + length);
	size_t written;

	if (!svcgate_transmit_room(port, sizeof(*frame) + length)) {
		svcgate_port_count(port, SVCGATE_COUNTER_OUTPUT_DROPPED);
		return false;
	}
	make_room(port, line);
	if (port->transmit_start == port->transmit_end)
		port->transmit_progress = jiffies;
	written = svcgate_enframe(port->buffers->transmit + port->transmit_end,
				  SVCGATE_TRANSMIT_QUEUE - port->transmit_end,
				  (const u8 *)frame, sizeof(*frame), data, length);
	port->transmit_end += written;
	port->sent += written;
	svcgate_transmit_pump(port);
	return true;
}

/**
 * svcgate_transmit() - send a frame of the session
 * @port: the port
 * @kind: &enum svcgate_frame_kind
 * @flags: &enum svcgate_frame_flag
 * @transaction: its number
 * @offset: see &struct svcgate_frame
 * @data: what it carries
 * @length: its bytes
 *
 * Return: false if it was dropped.
 */
bool svcgate_transmit(struct svcgate_port *port, u8 kind, u8 flags, u16 transaction,
		      u32 offset, const u8 *data, size_t length)
{
	struct svcgate_frame frame;

	svcgate_frame_put((u8 *)&frame, kind, flags, transaction, offset,
			  port->session.id);
	return send(port, &frame, data, length);
}

/**
 * svcgate_transmit_stray() - tell a host that its session is unknown
 * @port: the port
 * @session: what it called its session
 *
 * Return: false if it was dropped.
 */
bool svcgate_transmit_stray(struct svcgate_port *port, u64 session)
{
	struct svcgate_close close = {
		.reason = cpu_to_le16(SVCGATE_REASON_NO_SESSION),
	};
	struct svcgate_frame frame;

	svcgate_frame_put((u8 *)&frame, SVCGATE_FRAME_CLOSE, SVCGATE_FRAME_FROM_KERNEL, 0,
			  0, session);
	return send(port, &frame, (u8 *)&close, sizeof(close));
}

/**
 * svcgate_transmit_welcome() - answer a hello
 * @port: the port
 * @cookie: the number in the hello's header
 * @welcome: the answer
 *
 * Return: false if it was dropped.
 */
bool svcgate_transmit_welcome(struct svcgate_port *port, u64 cookie,
			      const struct svcgate_welcome *welcome)
{
	struct svcgate_frame frame;

	svcgate_frame_put((u8 *)&frame, SVCGATE_FRAME_WELCOME, SVCGATE_FRAME_FROM_KERNEL, 0,
			  0, cookie);
	return send(port, &frame, (const u8 *)welcome, sizeof(*welcome));
}

/**
 * svcgate_transmit_pump() - give the driver what it takes
 * @port: the port
 *
 * The wakeup is asked for before the write: the driver may be done before
 * write() returns.
 */
void svcgate_transmit_pump(struct svcgate_port *port)
{
	size_t left = port->transmit_end - port->transmit_start;
	ssize_t taken;

	lockdep_assert_held(&port->lock);
	if (!left || !port->tty)
		return;
	set_bit(TTY_DO_WRITE_WAKEUP, &port->tty->flags);
	taken = port->tty->ops->write(port->tty, port->buffers->transmit + port->transmit_start,
				      left);
	if (taken <= 0)
		return;
	port->transmit_progress = jiffies;
	port->transmit_start += min_t(size_t, taken, left);
	if (port->transmit_start == port->transmit_end) {
		port->transmit_start = 0;
		port->transmit_end = 0;
		clear_bit(TTY_DO_WRITE_WAKEUP, &port->tty->flags);
	}
	svcgate_port_turn(port);
}

/**
 * svcgate_transmit_drop() - forget what has not gone out
 * @port: the port
 */
void svcgate_transmit_drop(struct svcgate_port *port)
{
	lockdep_assert_held(&port->lock);
	port->transmit_start = 0;
	port->transmit_end = 0;
	svcgate_port_turn(port);
}
