/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * One transaction from its first frame to its last: what link_request.c and
 * link_transfer.c stand on.
 */
#ifndef _SVCGATE_LINK_EXCHANGE_H
#define _SVCGATE_LINK_EXCHANGE_H

#include "link_private.h"

/**
 * struct svcgate_exchange - one transaction; times are of svcgate_line_clock()
 * @link: with a session
 * @io: descriptors of its data, or NULL for a request alone
 * @transaction: its number
 * @message: the request, as it goes over the line
 * @length: bytes of @message
 * @request: sends @message
 * @data: sends what follows; only with @io
 * @in: the response and what follows, numbered from the response's first byte
 * @response: gets the answer
 * @head: bytes of the response, 0 as long as it is not complete
 * @from_kernel: the kernel has made the response
 * @admitted: the device has the whole request
 * @sent: its last byte was sent, once at least
 * @probed: its beginning was sent again for want of a word, and not yet its end
 * @over: the device has closed the transaction, in order
 * @asking: there is a reason to ask again
 * @begun: when it began
 * @heard: when the device last said anything in this session
 * @news: when it last said anything about this transaction
 * @said: when we last did
 * @kept: when the last keep-alive was sent
 * @ask_at: when to ask for the answer or the end again, 0 when not
 * @asked: when that was last done
 * @end: when to stop waiting
 * @put: bytes of data that were sent, each time counted
 */
struct svcgate_exchange {
	struct svcgate_link *link;
	struct svcgate_link_io *io;
	u16 transaction;
	const u8 *message;
	size_t length;
	struct svcgate_stream_out request;
	struct svcgate_stream_out data;
	struct svcgate_stream_in in;
	struct svcgate_link_response *response;
	size_t head;
	bool from_kernel;
	bool admitted;
	bool sent;
	bool probed;
	bool over;
	bool asking;
	int64_t begun;
	int64_t heard;
	int64_t news;
	int64_t said;
	int64_t kept;
	int64_t ask_at;
	int64_t asked;
	int64_t end;
	u64 put;
};

/* link_exchange.c */
int svcgate_exchange_init(struct svcgate_exchange *x);
void svcgate_exchange_free(struct svcgate_exchange *x);
int svcgate_exchange_run(struct svcgate_exchange *x);
int svcgate_exchange_close(struct svcgate_exchange *x);

/* link_exchange_take.c */
int svcgate_exchange_take(struct svcgate_exchange *x,
			  const struct svcgate_line_frame *frame);

/* link_transfer.c */
int svcgate_io_read(struct svcgate_exchange *x);
int svcgate_io_write(struct svcgate_exchange *x);
bool svcgate_io_reads(const struct svcgate_exchange *x);
bool svcgate_io_writes(const struct svcgate_exchange *x);
void svcgate_io_progress(struct svcgate_exchange *x, int64_t now, bool last);

#endif /* _SVCGATE_LINK_EXCHANGE_H */
