// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: requests.
 *
 * A transaction is two streams of bytes. What we send is a request, what comes
 * back begins with a response; a stream is described apart from the message in
 * it, so that data can follow.
 */
#include <errno.h>
#include <stdlib.h>

#include "link_private.h"

/* A frame occupies the line for this long at most, so that others get a turn. */
#define FRAME_LINE_MS		500
#define FRAME_DATA_MIN		64

/*
 * Unacknowledged bytes on their way: one frame on the line, one being read. The
 * kernel's receive queue has 16 KiB.
 */
#define WINDOW			(12 * 1024)

/* What an acknowledgement takes beside line time, and at most after many losses. */
#define RESEND_MS		200
#define RESEND_MAX_MS		800

/* The first one comes early: most answers that take longer were lost. */
#define KEEP_ALIVE_MS		1000
#define KEEP_ALIVE_FIRST_MS	300

/* "Busy" and its like: pause, and repeat for so long. */
#define BUSY_PAUSE_MS		300
#define BUSY_MS			3000

/* A device that loses every session is not one to insist with. */
#define SESSIONS_MAX		3

#define RESPONSE_SIZE		(sizeof(struct svcgate_response) + SVCGATE_RESPONSE_MAX)

/**
 * struct outgoing - stream to the device
 * @data: all of it
 * @length: its bytes
 * @acked: bytes that the device has
 * @sent: bytes that were sent since the last step back
 * @furthest: bytes that were ever sent
 * @frame: bytes of data in a frame
 */
struct outgoing {
	const u8 *data;
	size_t length;
	size_t acked;
	size_t sent;
	size_t furthest;
	size_t frame;
};

/**
 * struct incoming - the beginning of the stream from the device
 * @data: as far as a response can reach
 * @used: bytes that are there, without a gap
 * @last: the stream ends with them
 * @from_kernel: the kernel made them
 */
struct incoming {
	u8 data[RESPONSE_SIZE];
	size_t used;
	bool last;
	bool from_kernel;
};

/**
 * struct exchange - one transaction
 * @heard: when the device last said something in this session
 * @resend_at: when to send again what is not acknowledged
 * @keep_at: when to send the next keep-alive
 * @end: when to stop waiting
 * @tries: how often in a row nothing was acknowledged
 */
struct exchange {
	struct svcgate_link *link;
	u16 transaction;
	struct outgoing out;
	struct incoming in;
	int64_t heard;
	int64_t resend_at;
	int64_t keep_at;
	int64_t end;
	unsigned int tries;
};

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

static size_t frame_data(const struct svcgate_link *link)
{
	size_t most = link->welcome.frame_max - sizeof(struct svcgate_frame);
	size_t line = (size_t)link->line.baud / 10 * FRAME_LINE_MS / 1000;

	if (most > SVCGATE_FRAME_DATA_MAX)
		most = SVCGATE_FRAME_DATA_MAX;
	if (line < FRAME_DATA_MIN)
		line = FRAME_DATA_MIN;
	return line < most ? line : most;
}

static int send_frame(struct exchange *x, u8 kind, u8 flags, size_t offset,
		      const u8 *data, size_t length)
{
	struct svcgate_line_frame frame = {
		.kind = kind,
		.flags = flags,
		.transaction = x->transaction,
		.offset = offset,
		.session = x->link->welcome.session,
		.data = data,
		.length = length,
	};

	return svcgate_line_send(&x->link->line, &frame);
}

static int send_data(struct exchange *x, size_t offset, size_t length)
{
	u8 flags = offset + length == x->out.length ? SVCGATE_FRAME_LAST : 0;

	return send_frame(x, SVCGATE_FRAME_DATA, flags, offset,
			  x->out.data + offset, length);
}

static void set_resend(struct exchange *x)
{
	int64_t wait = RESEND_MS;
	unsigned int i;

	for (i = 0; i < x->tries && wait < RESEND_MAX_MS; i++)
		wait += wait / 2;
	x->resend_at = svcgate_line_now() + wait +
		       svcgate_line_time(&x->link->line, x->out.sent - x->out.acked);
}

/*
 * The beginning of the request again. The device answers it whatever it has:
 * with an acknowledgement as long as the transaction is open, with the stored
 * answer when it is over. A first frame has to hold the whole header.
 */
static int ask_again(struct exchange *x)
{
	return send_data(x, 0, sizeof(struct svcgate_request));
}

/* Smaller frames have a better chance on a line that damages them. */
static int step_back(struct exchange *x)
{
	struct outgoing *out = &x->out;
	size_t lost = out->sent - out->acked;

	out->sent = out->acked;
	x->tries++;
	out->frame = min_t(size_t, out->frame, lost) / 2;
	if (out->frame < FRAME_DATA_MIN)
		out->frame = FRAME_DATA_MIN;
	return out->acked ? ask_again(x) : 0;
}

static int send_due_data(struct exchange *x)
{
	struct outgoing *out = &x->out;
	size_t length;
	int r;

	if (out->acked < out->sent && svcgate_line_now() >= x->resend_at) {
		r = step_back(x);
		if (r < 0)
			return r;
	}
	while (out->sent < out->length) {
		length = min_t(size_t, out->frame, out->length - out->sent);
		if (out->sent > out->acked && out->sent + length - out->acked > WINDOW)
			break;
		r = send_data(x, out->sent, length);
		if (r < 0)
			return r;
		out->sent += length;
		if (out->furthest < out->sent)
			out->furthest = out->sent;
		set_resend(x);
	}
	return 0;
}

/*
 * The device has the request and we wait. The acknowledgement keeps the
 * session alive and makes the device show that it is there; asking again
 * fetches an answer that was lost.
 */
static int send_due_keep_alive(struct exchange *x)
{
	int r;

	if (x->out.acked < x->out.length || svcgate_line_now() < x->keep_at)
		return 0;
	x->keep_at = svcgate_line_now() + KEEP_ALIVE_MS;
	r = send_frame(x, SVCGATE_FRAME_ACK, 0, x->in.used, NULL, 0);
	if (r < 0)
		return r;
	return ask_again(x);
}

static int64_t next_deadline(const struct exchange *x)
{
	int64_t deadline = x->heard + SVCGATE_SILENCE_MS;
	int64_t due = x->out.acked < x->out.length ? x->resend_at : x->keep_at;

	if (due < deadline)
		deadline = due;
	return x->end < deadline ? x->end : deadline;
}

static void take_ack(struct exchange *x, size_t offset)
{
	struct outgoing *out = &x->out;

	if (offset <= out->acked || offset > out->furthest)
		return;
	out->acked = offset;
	if (offset == out->length)
		svcgate_link_turn_over(x->link);
	if (out->sent < offset)
		out->sent = offset;
	x->tries = 0;
	x->keep_at = svcgate_line_now() + KEEP_ALIVE_FIRST_MS;
	set_resend(x);
}

static int take_close(struct exchange *x, const struct svcgate_line_frame *frame,
		      struct svcgate_link_response *response)
{
	u16 reason;

	if (frame->length < sizeof(struct svcgate_close))
		return 0;
	reason = svcgate_get_le16(frame->data + offsetof(struct svcgate_close, reason));
	if (!frame->transaction || svcgate_link_ends_session(reason))
		return -ENOTCONN;
	if (frame->transaction != x->transaction)
		return 0;
	if (reason == SVCGATE_REASON_IN_PROGRESS) {
		take_ack(x, x->out.furthest);
		return 0;
	}
	/* An orderly end is the last frame's flag; its close tells nothing new. */
	if (reason == SVCGATE_REASON_DONE)
		return 0;
	*response = (struct svcgate_link_response){
		.reason = reason,
		.from_kernel = frame->flags & SVCGATE_FRAME_FROM_KERNEL,
		.closed = true,
	};
	return 1;
}

static void append(struct incoming *in, const struct svcgate_line_frame *frame)
{
	size_t known, room = sizeof(in->data) - in->used, length;

	if (frame->offset > in->used || in->used - frame->offset > frame->length)
		return;
	known = in->used - frame->offset;
	length = frame->length - known;
	/* What is beyond a response is data, which nobody here asks for yet. */
	if (length > room)
		length = room;
	else if (frame->flags & SVCGATE_FRAME_LAST)
		in->last = true;
	memcpy(in->data + in->used, frame->data + known, length);
	in->used += length;
	in->from_kernel = frame->flags & SVCGATE_FRAME_FROM_KERNEL;
}

static int take_data(struct exchange *x, const struct svcgate_line_frame *frame,
		     struct svcgate_link_response *response)
{
	const size_t head = sizeof(struct svcgate_response);
	struct incoming *in = &x->in;
	size_t length;
	u16 reason;

	append(in, frame);
	if (in->used < head)
		return in->last ? -EPROTO : 0;
	length = svcgate_get_le32(in->data +
				  offsetof(struct svcgate_response, payload_length));
	if (length > SVCGATE_RESPONSE_MAX)
		return -EPROTO;
	if (in->used < head + length)
		return in->last ? -EPROTO : 0;

	/* Whatever came, the device has our request. */
	take_ack(x, x->out.furthest);
	reason = svcgate_get_le16(in->data + offsetof(struct svcgate_response, reason));
	if (reason == SVCGATE_REASON_IN_PROGRESS && in->from_kernel) {
		*in = (struct incoming){ 0 };
		return 0;
	}
	*response = (struct svcgate_link_response){
		.reason = reason,
		.detail = svcgate_get_le16(in->data +
					   offsetof(struct svcgate_response, detail)),
		.from_kernel = in->from_kernel,
		.length = length,
	};
	memcpy(response->payload, in->data + head, length);
	return 1;
}

/* Return: 1 when @response is complete, 0 to go on, or an error. */
static int take(struct exchange *x, const struct svcgate_line_frame *frame,
		struct svcgate_link_response *response)
{
	if (svcgate_link_take_notice(x->link, frame) ||
	    frame->session != x->link->welcome.session)
		return 0;
	x->heard = svcgate_line_now();
	if (frame->kind == SVCGATE_FRAME_CLOSE)
		return take_close(x, frame, response);
	if (frame->transaction != x->transaction)
		return 0;
	if (frame->kind == SVCGATE_FRAME_DATA)
		return take_data(x, frame, response);
	if (frame->kind == SVCGATE_FRAME_ACK && frame->flags & SVCGATE_FRAME_FROM_KERNEL)
		take_ack(x, frame->offset);
	return 0;
}

static int run(struct exchange *x, struct svcgate_link_response *response)
{
	struct svcgate_line_frame frame;
	int r;

	x->heard = svcgate_line_now();
	for (;;) {
		r = send_due_data(x);
		if (r < 0)
			return r;
		r = send_due_keep_alive(x);
		if (r < 0)
			return r;
		r = svcgate_line_receive(&x->link->line, next_deadline(x), &frame);
		if (!r)
			r = take(x, &frame, response);
		else if (r == -ETIMEDOUT)
			r = 0;
		if (r)
			return r;
		if (svcgate_line_now() >= x->heard + SVCGATE_SILENCE_MS ||
		    svcgate_line_now() >= x->end)
			return -ETIMEDOUT;
	}
}

/* Data would follow the response; tell the device that nobody reads it. */
static int send_close(struct exchange *x)
{
	u8 close[sizeof(struct svcgate_close)] = { 0 };

	svcgate_put_le16(close, SVCGATE_REASON_END_HOST);
	svcgate_put_le32(close + offsetof(struct svcgate_close, total), x->out.length);
	return send_frame(x, SVCGATE_FRAME_CLOSE, 0, 0, close, sizeof(close));
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

/* One transaction. -ECONNRESET: it may or may not have been carried out. */
static int transact(struct svcgate_link *link, const struct svcgate_link_request *request,
		    const u8 *message, size_t length,
		    struct svcgate_link_response *response)
{
	struct exchange x = {
		.link = link,
		.out = { .data = message, .length = length },
		.end = INT64_MAX,
	};
	int r;

	r = enter_session(link, request->session);
	if (r < 0)
		return r;
	if (length > link->welcome.message_max)
		return -EMSGSIZE;
	r = svcgate_link_next_transaction(link, &x.transaction);
	if (r < 0) {
		link->open = false;
		return r;
	}
	link->last = (struct svcgate_link_id){ link->welcome.session, x.transaction };
	x.out.frame = frame_data(link);
	if (request->timeout_ms)
		x.end = svcgate_line_now() + request->timeout_ms;
	r = run(&x, response);
	svcgate_link_turn_over(link);
	if (r < 0)
		link->open = false;
	if (r < 0 && x.out.furthest == length && !repeats(request))
		return -ECONNRESET;
	if (r < 0)
		return r;
	return response->closed || x.in.last ? 0 : send_close(&x);
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
	int64_t busy_end = svcgate_line_now() + BUSY_MS;
	struct svcgate_link_response response;
	unsigned int sessions = 0;
	size_t length;
	u8 *message;
	int r;

	r = make_message(request, &message, &length);
	if (r < 0)
		return r;
	for (;;) {
		r = transact(link, request, message, length, &response);
		if (r == -ENOTCONN && !request->session && ++sessions < SESSIONS_MAX)
			continue;
		if (r < 0 || !passes(&response) || svcgate_line_now() >= busy_end)
			break;
		r = svcgate_link_watch(link, BUSY_PAUSE_MS);
		if (r < 0 && r != -ENOTCONN)
			break;
	}
	free(message);
	if (r < 0)
		return r == -ENOTCONN && !request->session ? -ETIMEDOUT : r;
	*ret_response = response;
	return 0;
}
