/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host's ends of the streams of transactions that svcgated serves, several of one
 * session at once. It can be made to lose frames.
 */
#ifndef _SVCGATE_TESTS_FAR_H
#define _SVCGATE_TESTS_FAR_H

#include "host.h"
#include "stream.h"

#define FAR_MAX		4

/**
 * struct far_transaction - one of them
 * @number: of the transaction
 * @request_length: bytes of the request; where its stream begins
 * @answered: the response has come
 * @response: it
 * @response_length: bytes of the response; where its stream begins
 * @closed: the device has closed it, with @reason and @total
 * @in: what comes behind the response
 * @out: what goes behind the request
 */
struct far_transaction {
	u16 number;
	u32 request_length;
	bool answered;
	struct host_response response;
	u32 response_length;
	bool closed;
	u16 reason;
	u32 total;
	struct svcgate_stream_in in;
	struct svcgate_stream_out out;
};

/**
 * struct far - the host
 * @host: its line
 * @pace: of what it sends
 * @transactions: open ones
 * @count: how many
 * @lose: every so many-th frame of a stream gets lost, in either direction; 0: none
 * @frames: counts them
 * @mute: sends nothing at all
 */
struct far {
	struct host *host;
	struct svcgate_pace pace;
	struct far_transaction transactions[FAR_MAX];
	unsigned int count;
	unsigned int lose;
	unsigned int frames;
	bool mute;
};

void far_init(struct far *far, struct host *host);
void far_free(struct far *far);
bool far_begin_again(struct far *far);
struct far_transaction *far_ask(struct far *far, u16 op, const void *payload, size_t length);
size_t far_put(struct far_transaction *t, const void *bytes, size_t count);
size_t far_get(struct far_transaction *t, void *bytes, size_t size);
bool far_turn(struct far *far);

#endif /* _SVCGATE_TESTS_FAR_H */
