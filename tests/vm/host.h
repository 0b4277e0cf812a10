/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's end of a line, byte by byte, for tests: unlike libsvcgate's link it
 * sends whatever it is told to, and it hides nothing of what comes back.
 *
 * A frame with a correct CRC is called sound here, whatever its body says.
 */
#ifndef _SVCGATE_TESTS_HOST_H
#define _SVCGATE_TESTS_HOST_H

#include "frame.h"

/* Longest wait for something that has to come; a slow machine needs seconds. */
#define HOST_PATIENCE_MS	20000

/**
 * struct host - the host's end of a line
 * @fd: of a tty or a pty's master
 * @session: id from the last welcome, 0 before
 * @transaction: number of the last request
 * @chunk: bytes of a message in one frame, at most %SVCGATE_FRAME_DATA_MAX
 * @bad: what came that was no sound frame; tests demand 0
 * @received: bytes read from the line
 * @welcome: the last one
 * @deframer: receiving end
 * @raw: where it decodes
 * @in: bytes read and not decoded yet
 * @in_at: first of them
 * @in_end: byte after the last
 */
struct host {
	int fd;
	u64 session;
	u16 transaction;
	size_t chunk;
	unsigned int bad;
	u64 received;
	struct svcgate_welcome welcome;
	struct svcgate_deframer deframer;
	u8 raw[SVCGATE_FRAME_RAW_MAX];
	u8 in[4096];
	size_t in_at;
	size_t in_end;
};

/**
 * struct host_frame - a frame taken apart
 * @kind: low half of the first byte
 * @version: high half
 * @flags: &enum svcgate_frame_flag
 * @transaction: see &struct svcgate_frame
 * @offset: see there
 * @session: see there
 * @length: bytes of @data
 * @data: behind the header
 */
struct host_frame {
	u8 kind;
	u8 version;
	u8 flags;
	u16 transaction;
	u32 offset;
	u64 session;
	size_t length;
	u8 data[SVCGATE_FRAME_RAW_MAX];
};

/**
 * struct host_bytes - a section of a request
 */
struct host_bytes {
	const void *data;
	size_t length;
};

/**
 * struct host_request - a request; lengths in its header are those of the sections
 */
struct host_request {
	u16 op;
	u16 flags;
	const u8 *object;
	struct host_bytes delegation;
	struct host_bytes credential;
	struct host_bytes proof;
	struct host_bytes payload;
};

/**
 * struct host_response - what came first in the stream of a transaction
 * @flags: of its frame
 * @reason: &enum svcgate_reason
 * @detail: as the reason has it
 * @length: bytes of @payload
 */
struct host_response {
	u8 flags;
	u16 reason;
	u16 detail;
	size_t length;
	u8 payload[SVCGATE_FRAME_RAW_MAX];
};

void host_init(struct host *host, int fd);

bool host_write(struct host *host, const void *bytes, size_t length);
bool host_send_body(struct host *host, const void *body, size_t length);
bool host_send_frame(struct host *host, const struct host_frame *frame);
bool host_send(struct host *host, u8 kind, u8 flags, u16 transaction, u32 offset,
	       const void *data, size_t length);
bool host_send_hello(struct host *host, u64 cookie);
bool host_send_close(struct host *host, u16 transaction);
size_t host_message(const struct host_request *request, u8 out[SVCGATE_MESSAGE_MAX]);

bool host_receive(struct host *host, struct host_frame *ret, int timeout_ms);
bool host_expect(struct host *host, u8 kind, u16 transaction, u32 offset,
		 struct host_frame *ret);
bool host_hello(struct host *host);
bool host_ping(struct host *host);
bool host_begin(struct host *host, const struct host_request *request);
bool host_answer(struct host *host, u16 transaction, struct host_response *ret);
int host_ask(struct host *host, const struct host_request *request,
	     struct host_response *ret);
int host_ask_op(struct host *host, u16 op);

#endif /* _SVCGATE_TESTS_HOST_H */
