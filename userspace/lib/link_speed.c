// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: another speed of the line, for the rest of
 * the session.
 */
#include <errno.h>

#include "link_private.h"

/* At the new speed: so often a keep-alive, for so long; the device waits as long. */
#define PROVE_MS	100
#define PROVE_END_MS	1000

/* Back at the old one the device may still be on its way. */
#define RETURN_END_MS	1500

static int set_speed(struct svcgate_link *link, unsigned int baud)
{
	int r = svcgate_serial_set_baud(&link->serial, baud);

	if (r < 0)
		return r == -EINVAL ? r : -EPIPE;
	link->line.baud = baud;
	/* Nothing that was measured holds for it. */
	link->pace.frame_max = 0;
	svcgate_link_set_pace(link);
	return 0;
}

/**
 * svcgate_link_base_speed() - go back to the speed that every session begins with
 * @link: any
 *
 * Return: 0 or -EPIPE.
 */
int svcgate_link_base_speed(struct svcgate_link *link)
{
	if (link->line.baud == link->base_baud)
		return 0;
	return set_speed(link, link->base_baud) < 0 ? -EPIPE : 0;
}

static int say(struct svcgate_link *link)
{
	const struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_ACK,
		.session = link->welcome.session,
	};

	return svcgate_line_send(&link->line, &frame);
}

/* Is the device heard at the speed of now? -ETIMEDOUT: it is not. */
static int prove(struct svcgate_link *link, int64_t end)
{
	struct svcgate_line_frame frame;
	int64_t next;
	int r;

	do {
		r = say(link);
		next = svcgate_line_now() + PROVE_MS;
		while (!r) {
			r = svcgate_line_receive(&link->line, next, &frame);
			if (r || frame.session != link->welcome.session)
				continue;
			return svcgate_link_is_over(link, &frame) ? -ENOTCONN : 0;
		}
	} while (r == -ETIMEDOUT && svcgate_line_now() < end);
	return r;
}

static int switch_speed(struct svcgate_link *link, unsigned int baud)
{
	int r;

	r = set_speed(link, baud);
	if (!r)
		r = prove(link, svcgate_line_now() + PROVE_END_MS);
	if (r != -ETIMEDOUT)
		return r;
	r = svcgate_link_base_speed(link);
	if (!r)
		r = prove(link, svcgate_line_now() + RETURN_END_MS);
	return r ?: -ECOMM;
}

/* Found out before the device is asked: it would wait for us there. */
static int try_here(struct svcgate_link *link, unsigned int baud)
{
	unsigned int now = link->line.baud;
	int r;

	if (link->shared || link->serial.fd < 0)
		return -EOPNOTSUPP;
	r = svcgate_serial_set_baud(&link->serial, baud);
	return r ?: svcgate_serial_set_baud(&link->serial, now);
}

/**
 * svcgate_link_speed() - let the line carry more, until the session ends
 * @link: of a serial port that is not shared; a session is begun when none is open
 * @baud: bits a second
 * @credential: a capability file, or empty
 * @ret_response: what the device said; when it refused, nothing has changed
 *
 * Each session begins at the speed that the link was opened with.
 *
 * Return: 0 when the device has answered, -EINVAL this computer or its port does not
 * know the speed, -EOPNOTSUPP this link is no port of its own, -ECOMM nothing was
 * heard at the new speed, and the session goes on at the old one, or as
 * svcgate_link_request().
 */
int svcgate_link_speed(struct svcgate_link *link, unsigned int baud,
		       const struct svcgate_link_bytes *credential,
		       struct svcgate_link_response *ret_response)
{
	struct svcgate_link_response response;
	u8 payload[sizeof(struct svcgate_speed)];
	const struct svcgate_link_request request = {
		.op = SVCGATE_OP_SPEED,
		.credential = *credential,
		.payload = { payload, sizeof(payload) },
	};
	int r;

	r = try_here(link, baud);
	if (r < 0)
		return r;
	svcgate_put_le32(payload, baud);
	r = svcgate_link_request(link, &request, &response);
	if (!r && !response.reason) {
		r = switch_speed(link, baud);
		if (r < 0 && r != -ECOMM)
			link->open = false;
	}
	if (!r)
		*ret_response = response;
	return r;
}
