// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: requests, and what to do when one is lost.
 */
#include <errno.h>
#include <stdlib.h>

#include "link_exchange.h"

/* "Busy" and its like: pause, and repeat for so long. */
#define BUSY_PAUSE_MS		300
#define BUSY_MS			3000

/* A device that loses every session is not one to insist with. */
#define SESSIONS_MAX		3

/**
 * svcgate_link_repeatable() - may a request be repeated when its fate is unknown?
 * @op: of the request
 *
 * Fuses burn once, what a maker's or an RF program does is not known, and a
 * repeated restart is a second one.
 */
bool svcgate_link_repeatable(u16 op)
{
	return op != SVCGATE_OP_FUSE_WRITE && op != SVCGATE_OP_RF_RUN &&
	       op != SVCGATE_OP_RESTART && op < SVCGATE_OP_MAKER;
}

/* A request whose outcome can be asked for is not repeated unasked. */
static bool repeats(const struct svcgate_link_request *request)
{
	return svcgate_link_repeatable(request->op) &&
	       !(request->flags & SVCGATE_REQUEST_OUTCOME);
}

/* Begin a session where that is wanted and none is open. */
static int enter_session(struct svcgate_link *link, u64 session)
{
	if (link->open && link->transaction == UINT16_MAX)
		link->open = false;
	if (session)
		return link->open && link->welcome.session == session ? 0 : -ENOTCONN;
	return link->open ? 0 : svcgate_link_hello(link);
}

/* What became of a transaction means this for the session, and for who asks. */
static int conclude(struct svcgate_exchange *x, const struct svcgate_link_request *request,
		    int r)
{
	svcgate_link_turn_over(x->link);
	if (x->io) {
		x->io->begun = x->sent;
		x->io->unread = x->head && x->io->out_fd < 0 && x->in.total != x->head;
	}
	/* What was given up on this side the device can be told. */
	if (x->io && (r == -EINTR || r == -ECANCELED) && !svcgate_exchange_close(x))
		return r;
	if (r < 0)
		x->link->open = false;
	if (r < 0 && x->sent && !x->io && !repeats(request))
		return -ECONNRESET;
	return r < 0 ? r : svcgate_exchange_close(x);
}

/* One transaction. -ECONNRESET: it may or may not have been carried out. */
static int transact(struct svcgate_exchange *x, const struct svcgate_link_request *request)
{
	struct svcgate_link *link = x->link;
	int r;

	r = enter_session(link, request->session);
	if (r < 0)
		return r;
	if (x->length > link->welcome.message_max)
		return -EMSGSIZE;
	r = svcgate_link_next_transaction(link, &x->transaction);
	if (r < 0) {
		link->open = false;
		return r;
	}
	link->last = (struct svcgate_link_id){ link->welcome.session, x->transaction };
	if (request->timeout_ms)
		x->end = svcgate_line_clock() + 1000 * (int64_t)request->timeout_ms;
	r = svcgate_exchange_init(x);
	if (!r)
		r = svcgate_exchange_run(x);
	r = conclude(x, request, r);
	svcgate_exchange_free(x);
	return r;
}

static u8 *put_bytes(u8 *p, const struct svcgate_link_bytes *bytes)
{
	if (bytes->length)
		memcpy(p, bytes->data, bytes->length);
	return p + bytes->length;
}

static int make_message(const struct svcgate_link_request *request, u8 **ret_message,
			size_t *ret_length)
{
	size_t length = sizeof(struct svcgate_request);
	u8 *message, *p;

	if (request->delegation.length > SVCGATE_SECTION_MAX ||
	    request->credential.length > SVCGATE_MESSAGE_MAX ||
	    request->proof.length > SVCGATE_SECTION_MAX ||
	    request->payload.length > SVCGATE_MESSAGE_MAX)
		return -EMSGSIZE;
	length += request->delegation.length + request->credential.length +
		  request->proof.length + request->payload.length;
	if (length > SVCGATE_MESSAGE_MAX)
		return -EMSGSIZE;
	message = calloc(1, length);
	if (!message)
		return -ENOMEM;

	p = message;
	svcgate_put_le16(p + offsetof(struct svcgate_request, op), request->op);
	svcgate_put_le16(p + offsetof(struct svcgate_request, flags), request->flags);
	svcgate_put_le32(p + offsetof(struct svcgate_request, payload_length),
			 request->payload.length);
	svcgate_put_le16(p + offsetof(struct svcgate_request, delegation_length),
			 request->delegation.length);
	svcgate_put_le16(p + offsetof(struct svcgate_request, credential_length),
			 request->credential.length);
	svcgate_put_le16(p + offsetof(struct svcgate_request, proof_length),
			 request->proof.length);
	if (request->object)
		memcpy(p + offsetof(struct svcgate_request, object), request->object,
		       SVCGATE_UUID_SIZE);
	p = put_bytes(p + sizeof(struct svcgate_request), &request->delegation);
	p = put_bytes(p, &request->credential);
	p = put_bytes(p, &request->proof);
	put_bytes(p, &request->payload);
	*ret_message = message;
	*ret_length = length;
	return 0;
}

/* Refused for a while only, before anything was done. */
static bool passes(const struct svcgate_link_response *response)
{
	if (!response->from_kernel || response->closed)
		return false;
	switch (response->reason) {
	case SVCGATE_REASON_BUSY:
	case SVCGATE_REASON_TRANSACTIONS:
	case SVCGATE_REASON_NO_RANDOM:
	case SVCGATE_REASON_NO_MEMORY:
		return true;
	default:
		return false;
	}
}

/* Is a lost session worth another one? */
static bool tries_again(const struct svcgate_link_request *request,
			const struct svcgate_link_io *io, unsigned int sessions)
{
	return !request->session && sessions < SESSIONS_MAX && !(io && io->begun);
}

/**
 * svcgate_link_carry_out() - a request, with or without data
 * @link: the link
 * @request: what to ask for
 * @io: of the data, or NULL
 * @ret_response: what the device said
 *
 * Return: as svcgate_link_request() or svcgate_link_transfer().
 */
int svcgate_link_carry_out(struct svcgate_link *link,
			   const struct svcgate_link_request *request,
			   struct svcgate_link_io *io,
			   struct svcgate_link_response *ret_response)
{
	int64_t busy_end = svcgate_line_now() + BUSY_MS;
	struct svcgate_link_response response;
	struct svcgate_exchange x;
	unsigned int sessions = 0;
	size_t length;
	u8 *message;
	int r;

	r = make_message(request, &message, &length);
	if (r < 0)
		return r;
	for (;;) {
		response = (struct svcgate_link_response){ 0 };
		x = (struct svcgate_exchange){
			.link = link,
			.io = io,
			.message = message,
			.length = length,
			.response = &response,
			.end = INT64_MAX,
		};
		r = transact(&x, request);
		if (r == -ENOTCONN && tries_again(request, io, ++sessions))
			continue;
		if (r < 0 || !passes(&response) || svcgate_line_now() >= busy_end)
			break;
		r = svcgate_link_watch(link, BUSY_PAUSE_MS);
		if (r < 0 && r != -ENOTCONN)
			break;
	}
	free(message);
	if (!r)
		*ret_response = response;
	return r;
}

/**
 * svcgate_link_request() - ask the device for something
 * @link: the link; a session is begun when none is open
 * @request: what to ask for
 * @ret_response: what the device said, also when it refused
 *
 * Repeats by itself what was lost on the line, what met a busy device, and what a
 * lost session took along, unless svcgate_link_repeatable() forbids it or the
 * outcome can be asked for. Waits as long as the device shows that it is at work,
 * unless there is a time-out.
 *
 * Return: 0 when the device has answered, or -ETIMEDOUT no answer, -ECONNRESET
 * the answer was lost and the request must not be repeated unasked, -ENOTCONN the
 * session that was wanted is over and nothing was done, -EMSGSIZE longer than the
 * device takes, -EPROTO an answer without sense, -EPROTONOSUPPORT another version,
 * -EPIPE the port went away, -EINTR stopped, -ENOMEM.
 */
int svcgate_link_request(struct svcgate_link *link,
			 const struct svcgate_link_request *request,
			 struct svcgate_link_response *ret_response)
{
	int r = svcgate_link_carry_out(link, request, NULL, ret_response);

	return r == -ENOTCONN && !request->session ? -ETIMEDOUT : r;
}
