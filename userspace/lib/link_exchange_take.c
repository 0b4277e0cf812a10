// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: what comes back in a transaction.
 */
#include <errno.h>

#include "link_exchange.h"

/* Whatever comes for it, the device has our request. */
static void admit(struct svcgate_exchange *x)
{
	if (x->admitted)
		return;
	svcgate_stream_out_ack(&x->request, svcgate_line_clock(), x->request.next, NULL, 0);
	x->admitted = true;
	svcgate_link_turn_over(x->link);
}

static int take_close(struct svcgate_exchange *x, const struct svcgate_line_frame *frame)
{
	u16 reason;

	if (frame->length < sizeof(struct svcgate_close))
		return 0;
	if (svcgate_link_ends_session(frame))
		return -ENOTCONN;
	reason = svcgate_get_le16(frame->data + offsetof(struct svcgate_close, reason));
	if (frame->transaction != x->transaction)
		return 0;
	if (reason == SVCGATE_REASON_IN_PROGRESS) {
		admit(x);
		return 0;
	}
	/* Without the answer it tells nothing new: that one is asked for again. */
	if (reason == SVCGATE_REASON_DONE) {
		x->over = x->head;
		return 0;
	}
	*x->response = (struct svcgate_link_response){
		.reason = reason,
		.from_kernel = frame->flags & SVCGATE_FRAME_FROM_KERNEL,
		.closed = true,
	};
	return 1;
}

/* The kernel's word that it has heard the beginning of a request twice. */
static void begin_again(struct svcgate_stream_in *in)
{
	*in = (struct svcgate_stream_in){
		.buf = in->buf,
		.size = in->size,
		.told = in->size,
	};
}

static int take_response(struct svcgate_exchange *x)
{
	const size_t least = sizeof(struct svcgate_response);
	size_t length, count;
	const u8 *at;
	u16 reason;

	count = svcgate_stream_in_peek(&x->in, &at);
	if (count < least)
		return x->in.ended && x->in.total < least ? -EPROTO : 0;
	length = svcgate_get_le32(at + offsetof(struct svcgate_response, payload_length));
	if (length > SVCGATE_RESPONSE_MAX ||
	    (x->in.ended && x->in.total < least + length))
		return -EPROTO;
	if (count < least + length)
		return 0;

	reason = svcgate_get_le16(at + offsetof(struct svcgate_response, reason));
	/* It was answered, and the device has kept another transaction's answer since. */
	if (reason == SVCGATE_REASON_TRANSACTION && x->from_kernel && x->admitted && !x->io)
		return -ENOTCONN;
	admit(x);
	if (reason == SVCGATE_REASON_IN_PROGRESS && x->from_kernel) {
		begin_again(&x->in);
		return 0;
	}
	*x->response = (struct svcgate_link_response){
		.reason = reason,
		.detail = svcgate_get_le16(at + offsetof(struct svcgate_response, detail)),
		.from_kernel = x->from_kernel,
		.length = length,
	};
	memcpy(x->response->payload, at + least, length);
	x->head = least + length;
	svcgate_stream_in_consume(&x->in, x->head);
	return 0;
}

static int take_data(struct svcgate_exchange *x, const struct svcgate_line_frame *frame)
{
	/* The response again, or that there is no such transaction any more. */
	if (frame->offset < x->head)
		return 0;
	if (!frame->offset)
		x->from_kernel = frame->flags & SVCGATE_FRAME_FROM_KERNEL;
	svcgate_stream_in_take(&x->in, frame->offset, frame->data, frame->length,
			       frame->flags & SVCGATE_FRAME_LAST);
	if (x->head)
		return 0;
	/* What follows the response is here, so that one was lost. */
	x->asking |= !x->in.next && frame->offset;
	return take_response(x);
}

/*
 * The kernel's own is about the request. Where that was complete and is not known
 * any more, the transaction is over, and the word of it was lost.
 */
static int take_kernel_ack(struct svcgate_exchange *x, size_t offset)
{
	if (offset > x->length)
		return 0;
	if (!x->admitted) {
		svcgate_stream_out_ack(&x->request, svcgate_line_clock(), offset, NULL, 0);
		if (svcgate_stream_out_done(&x->request))
			admit(x);
		return 0;
	}
	if (offset || x->over)
		return 0;
	if (!x->head) {
		x->asking = true;
		return 0;
	}
	if (svcgate_stream_in_complete(&x->in)) {
		x->over = true;
		return 0;
	}
	*x->response = (struct svcgate_link_response){
		.reason = SVCGATE_REASON_TRANSACTION,
		.from_kernel = true,
		.closed = true,
	};
	return 1;
}

static void take_ack(struct svcgate_exchange *x, const struct svcgate_line_frame *frame)
{
	if (!x->data.buf || frame->offset < x->length)
		return;
	admit(x);
	svcgate_stream_out_ack(&x->data, svcgate_line_clock(), frame->offset - x->length,
			       frame->data, frame->length);
}

/**
 * svcgate_exchange_take() - a frame has come
 * @x: the exchange
 * @frame: the frame, of whatever session or transaction
 *
 * Return: 0, 1 when the device has ended the transaction and the response says
 * why, or negative errno: -ENOTCONN the session is over, -EPROTO an answer without
 * sense.
 */
int svcgate_exchange_take(struct svcgate_exchange *x,
			  const struct svcgate_line_frame *frame)
{
	if (svcgate_link_take_notice(x->link, frame) ||
	    frame->session != x->link->welcome.session)
		return 0;
	x->heard = svcgate_line_clock();
	if (frame->kind == SVCGATE_FRAME_CLOSE)
		return take_close(x, frame);
	if (frame->transaction != x->transaction)
		return 0;
	x->news = x->heard;
	if (frame->kind == SVCGATE_FRAME_DATA)
		return take_data(x, frame);
	if (frame->kind != SVCGATE_FRAME_ACK)
		return 0;
	if (frame->flags & SVCGATE_FRAME_FROM_KERNEL)
		return take_kernel_ack(x, frame->offset);
	take_ack(x, frame);
	return 0;
}
