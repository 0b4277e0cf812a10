/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two byte streams of a transaction, behind its request and response.
 */
#ifndef _SVCGATED_STREAM_H
#define _SVCGATED_STREAM_H

#include "pure.h"

/*
 * Every host takes frames of SVCGATE_FRAME_MIN bytes; this fits into one with
 * header and tag, and is small enough to be sent again without regret.
 */
#define STREAM_CHUNK		1024
#define STREAM_WINDOW		(8 * STREAM_CHUNK)

/**
 * struct stream_in - from the host to the executor
 * @next: byte that is expected next
 * @ended: there is none any more
 */
struct stream_in {
	u32 next;
	bool ended;
};

/**
 * struct stream_out - from the executor to the host
 * @buf: bytes that are not acknowledged, allocated with the first of them
 * @used: bytes in @buf
 * @base: place in the stream of the first byte in @buf
 * @sent: bytes of @buf that were sent
 * @ended: the executor writes no more
 * @resend_at: when what is not acknowledged is sent again
 */
struct stream_out {
	u8 *buf;
	size_t used;
	u32 base;
	size_t sent;
	bool ended;
	int64_t resend_at;
};

size_t stream_in_new(const struct stream_in *in, u32 offset, size_t length, size_t *ret_skip);
void stream_in_took(struct stream_in *in, size_t count, size_t of, bool last);

int stream_out_room(struct stream_out *out, u8 **ret_at, size_t *ret_room);
void stream_out_put(struct stream_out *out, size_t count);
size_t stream_out_next(const struct stream_out *out, u32 *ret_offset, const u8 **ret_data);
void stream_out_sent(struct stream_out *out, size_t count, int64_t now);
void stream_out_ack(struct stream_out *out, u32 offset, int64_t now);
int64_t stream_out_resend(struct stream_out *out, int64_t now);
bool stream_out_done(const struct stream_out *out);
void stream_out_free(struct stream_out *out);

#endif /* _SVCGATED_STREAM_H */
