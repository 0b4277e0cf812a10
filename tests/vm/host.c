// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The host's end of a line. Nothing here judges: tests do.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "host.h"

/**
 * host_init() - listen on a line
 * @host: it
 * @fd: of a tty in raw mode or a pty's master; stays the caller's
 */
void host_init(struct host *host, int fd)
{
	memset(host, 0, sizeof(*host));
	host->fd = fd;
	host->chunk = 1024;
	svcgate_deframer_init(&host->deframer, host->raw, sizeof(host->raw));
}

static long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static bool wait_for(int fd, short events, long long deadline)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	long long left = deadline - now_ms();

	return poll(&poll_fd, 1, left > 0 ? (int)left : 0) > 0;
}

/**
 * host_write() - put bytes on the line, as they are
 * @host: the host
 * @bytes: they
 * @length: how many
 *
 * Return: false when the line did not take them.
 */
bool host_write(struct host *host, const void *bytes, size_t length)
{
	long long deadline = now_ms() + HOST_PATIENCE_MS;
	const u8 *at = bytes;
	ssize_t taken;

	while (length) {
		taken = write(host->fd, at, length);
		if (taken > 0) {
			at += taken;
			length -= (size_t)taken;
		} else if (errno != EAGAIN && errno != EINTR) {
			return false;
		} else if (!wait_for(host->fd, POLLOUT, deadline)) {
			return false;
		}
	}
	return true;
}

/**
 * host_send_body() - send a sound frame with any body
 * @host: the host
 * @body: what the CRC covers
 * @length: its bytes, at most %SVCGATE_FRAME_MAX
 *
 * Return: false when it cannot be sent.
 */
bool host_send_body(struct host *host, const void *body, size_t length)
{
	u8 line[SVCGATE_FRAME_LINE_MAX(SVCGATE_FRAME_MAX)];
	size_t bytes;

	bytes = svcgate_enframe(line, sizeof(line), body, length, NULL, 0);
	return bytes && host_write(host, line, bytes);
}

/**
 * host_send_frame() - send a frame, every field as it is told
 * @host: the host
 * @frame: it
 *
 * Return: false when it cannot be sent.
 */
bool host_send_frame(struct host *host, const struct host_frame *frame)
{
	u8 body[sizeof(struct svcgate_frame) + sizeof(frame->data)];

	svcgate_frame_put(body, 0, frame->flags, frame->transaction, frame->offset,
			  frame->session);
	body[0] = (u8)(frame->version << 4 | frame->kind);
	memcpy(body + sizeof(struct svcgate_frame), frame->data, frame->length);
	return host_send_body(host, body, sizeof(struct svcgate_frame) + frame->length);
}

/**
 * host_send() - send a frame of the session
 * @host: the host
 * @kind: &enum svcgate_frame_kind
 * @flags: &enum svcgate_frame_flag
 * @transaction: see &struct svcgate_frame
 * @offset: see there
 * @data: what follows the header
 * @length: its bytes
 *
 * Return: false when it cannot be sent.
 */
bool host_send(struct host *host, u8 kind, u8 flags, u16 transaction, u32 offset,
	       const void *data, size_t length)
{
	u8 body[SVCGATE_FRAME_MAX];

	if (length > sizeof(body) - sizeof(struct svcgate_frame))
		return false;
	svcgate_frame_put(body, kind, flags, transaction, offset, host->session);
	if (length)
		memcpy(body + sizeof(struct svcgate_frame), data, length);
	return host_send_body(host, body, sizeof(struct svcgate_frame) + length);
}

/**
 * host_send_hello() - ask for a session
 * @host: the host
 * @cookie: which the welcome will repeat
 *
 * Return: false when it cannot be sent.
 */
bool host_send_hello(struct host *host, u64 cookie)
{
	struct svcgate_hello hello = {
		.lowest = SVCGATE_WIRE_VERSION,
		.highest = SVCGATE_WIRE_VERSION,
		.frame_max = SVCGATE_FRAME_MAX,
	};
	u8 body[sizeof(struct svcgate_frame) + sizeof(hello)];

	svcgate_frame_put(body, SVCGATE_FRAME_HELLO, 0, 0, 0, cookie);
	memcpy(body + sizeof(struct svcgate_frame), &hello, sizeof(hello));
	return host_send_body(host, body, sizeof(body));
}

/**
 * host_send_close() - give a transaction up
 * @host: the host
 * @transaction: its number; 0: the session
 *
 * Return: false when it cannot be sent.
 */
bool host_send_close(struct host *host, u16 transaction)
{
	struct svcgate_close close = { .reason = SVCGATE_REASON_DONE };

	return host_send(host, SVCGATE_FRAME_CLOSE, 0, transaction, 0, &close,
			 sizeof(close));
}

static u8 *append(u8 *out, const struct host_bytes *section)
{
	if (section->length)
		memcpy(out, section->data, section->length);
	return out + section->length;
}

/**
 * host_message() - the bytes of a request
 * @request: it
 * @out: where they go
 *
 * Return: how many.
 */
size_t host_message(const struct host_request *request, u8 out[SVCGATE_MESSAGE_MAX])
{
	struct svcgate_request head = {
		.op = request->op,
		.flags = request->flags,
		.payload_length = (u32)request->payload.length,
		.delegation_length = (u16)request->delegation.length,
		.credential_length = (u16)request->credential.length,
		.proof_length = (u16)request->proof.length,
	};
	size_t total = sizeof(head) + request->delegation.length +
		       request->credential.length + request->proof.length +
		       request->payload.length;
	u8 *at = out + sizeof(head);

	if (total > SVCGATE_MESSAGE_MAX)
		abort();
	if (request->object)
		memcpy(head.object, request->object, sizeof(head.object));
	memcpy(out, &head, sizeof(head));
	at = append(at, &request->delegation);
	at = append(at, &request->credential);
	at = append(at, &request->proof);
	append(at, &request->payload);
	return total;
}

static void take_apart(const u8 *body, size_t length, struct host_frame *ret)
{
	ret->kind = body[0] & 0xf;
	ret->version = body[0] >> 4;
	ret->flags = body[1];
	ret->transaction = svcgate_get_le16(body + 2);
	ret->offset = svcgate_get_le32(body + 4);
	ret->session = svcgate_get_le64(body + 8);
	ret->length = length - sizeof(struct svcgate_frame);
	memcpy(ret->data, body + sizeof(struct svcgate_frame), ret->length);
}

/* Decode what was read; true when a frame is there. */
static bool decode(struct host *host, struct host_frame *ret)
{
	enum svcgate_deframe_event event;
	size_t consumed;

	while (host->in_at < host->in_end) {
		event = svcgate_deframe(&host->deframer, host->in + host->in_at, NULL,
					host->in_end - host->in_at, &consumed);
		host->in_at += consumed;
		if (event == SVCGATE_DEFRAME_MORE)
			continue;
		if (event != SVCGATE_DEFRAME_FRAME ||
		    host->deframer.length < sizeof(struct svcgate_frame)) {
			host->bad++;
			continue;
		}
		take_apart(host->raw, host->deframer.length, ret);
		return true;
	}
	return false;
}

/**
 * host_receive() - the next frame
 * @host: the host
 * @ret: the frame
 * @timeout_ms: how long to wait for it
 *
 * Return: false when none came.
 */
bool host_receive(struct host *host, struct host_frame *ret, int timeout_ms)
{
	long long deadline = now_ms() + timeout_ms;
	ssize_t taken;

	for (;;) {
		if (decode(host, ret))
			return true;
		if (!wait_for(host->fd, POLLIN, deadline))
			return false;
		taken = read(host->fd, host->in, sizeof(host->in));
		if (taken <= 0 && errno != EAGAIN && errno != EINTR)
			return false;
		host->in_at = 0;
		host->in_end = taken > 0 ? (size_t)taken : 0;
		host->received += host->in_end;
	}
}

/**
 * host_expect() - is the very next frame this one?
 * @host: the host
 * @kind: &enum svcgate_frame_kind
 * @transaction: its number
 * @offset: see &struct svcgate_frame
 * @ret: the frame, or NULL
 *
 * Return: true if it is, and of this session.
 */
bool host_expect(struct host *host, u8 kind, u16 transaction, u32 offset,
		 struct host_frame *ret)
{
	struct host_frame frame = {};
	bool came = host_receive(host, &frame, HOST_PATIENCE_MS);

	if (ret)
		*ret = frame;
	return came && frame.kind == kind && frame.transaction == transaction &&
	       frame.offset == offset && frame.session == host->session;
}

/**
 * host_hello() - open a session
 * @host: the host
 *
 * Return: true when the very next frame is the welcome. So this also shows that
 * nothing was answered to what was sent before.
 */
bool host_hello(struct host *host)
{
	static u64 cookie = 0x1001;
	struct host_frame frame;

	cookie++;
	if (!host_send_hello(host, cookie) ||
	    !host_receive(host, &frame, HOST_PATIENCE_MS))
		return false;
	if (frame.kind != SVCGATE_FRAME_WELCOME || frame.session != cookie ||
	    frame.flags != SVCGATE_FRAME_FROM_KERNEL || frame.transaction ||
	    frame.offset || frame.length != sizeof(host->welcome))
		return false;
	memcpy(&host->welcome, frame.data, sizeof(host->welcome));
	host->session = host->welcome.session;
	host->transaction = 0;
	return host->session;
}

/**
 * host_ping() - is the session there, and was nothing answered meanwhile?
 * @host: the host
 *
 * Return: true when the very next frame is the kernel's acknowledgement of this
 * one: frames are taken in order.
 */
bool host_ping(struct host *host)
{
	struct host_frame frame;

	return host_send(host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0) &&
	       host_expect(host, SVCGATE_FRAME_ACK, 0, 0, &frame) &&
	       frame.flags == SVCGATE_FRAME_FROM_KERNEL && !frame.length;
}

/* Send the message chunk by chunk, each when the one before is acknowledged. */
static bool send_message(struct host *host, u16 transaction, const u8 *message,
			 size_t length)
{
	struct host_frame frame;
	size_t at = 0, chunk;

	for (;;) {
		chunk = length - at < host->chunk ? length - at : host->chunk;
		if (!host_send(host, SVCGATE_FRAME_DATA, 0, transaction, (u32)at,
			       message + at, chunk))
			return false;
		at += chunk;
		if (at == length)
			return true;
		if (!host_receive(host, &frame, HOST_PATIENCE_MS) ||
		    frame.transaction != transaction)
			return false;
		if (frame.kind == SVCGATE_FRAME_ACK && frame.offset == at)
			continue;
		/* Answered already: let the caller find it again. */
		if (frame.kind != SVCGATE_FRAME_DATA)
			return false;
		return host_send(host, SVCGATE_FRAME_DATA, 0, transaction, 0, message, 1);
	}
}

/**
 * host_begin() - send a request under the next number
 * @host: the host
 * @request: it
 *
 * Return: false when the device does not take it. What it answers is still to be
 * received.
 */
bool host_begin(struct host *host, const struct host_request *request)
{
	u8 message[SVCGATE_MESSAGE_MAX];
	size_t length = host_message(request, message);

	return send_message(host, ++host->transaction, message, length);
}

/**
 * host_answer() - the response of a transaction
 * @host: the host
 * @transaction: its number
 * @ret: the response
 *
 * Return: true when the very next frame is that response.
 */
bool host_answer(struct host *host, u16 transaction, struct host_response *ret)
{
	const size_t header = sizeof(struct svcgate_response);
	struct host_frame frame;

	if (!host_receive(host, &frame, HOST_PATIENCE_MS))
		return false;
	if (frame.kind != SVCGATE_FRAME_DATA || frame.transaction != transaction ||
	    frame.offset || frame.session != host->session || frame.length < header)
		return false;
	ret->flags = frame.flags;
	ret->reason = svcgate_get_le16(frame.data);
	ret->detail = svcgate_get_le16(frame.data + 2);
	ret->length = frame.length - header;
	memcpy(ret->payload, frame.data + header, ret->length);
	return ret->length == svcgate_get_le32(frame.data + 4);
}

/**
 * host_ask() - send a request and take the kernel's answer
 * @host: the host
 * @request: it
 * @ret: the response, or NULL
 *
 * Return: the reason, or -1 when the next frame was not a response that ends the
 * transaction.
 */
int host_ask(struct host *host, const struct host_request *request,
	     struct host_response *ret)
{
	struct host_response response;

	if (!host_begin(host, request) || !host_answer(host, host->transaction, &response))
		return -1;
	if (response.flags != (SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST))
		return -1;
	if (ret)
		*ret = response;
	return response.reason;
}

/**
 * host_ask_op() - ask for an op, with nothing else
 * @host: the host
 * @op: it
 *
 * Return: as host_ask().
 */
int host_ask_op(struct host *host, u16 op)
{
	return host_ask(host, &(struct host_request){ .op = op }, NULL);
}
