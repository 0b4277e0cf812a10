/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The host's side of the service port: sessions and requests.
 *
 * A link belongs to one thread. Calls block, up to the deadlines that each
 * names; svcgate_link_options.stop ends them early.
 */
#ifndef _SVCGATE_LINK_H
#define _SVCGATE_LINK_H

#include <signal.h>

#include "pure.h"

#define SVCGATE_LINK_BAUD	115200

struct svcgate_link;

/**
 * struct svcgate_link_options - how to open a link; zero is a good default
 * @baud: bits a second, 0 for %SVCGATE_LINK_BAUD
 * @hello_ms: how long to ask for a session, 0 for %SVCGATE_SILENCE_MS
 * @join_only: svcgate_link_open_shared() joins programs that share the port, and
 *	does not begin to
 * @stop: calls end with -EINTR once this is set (by a signal's handler); or NULL
 */
struct svcgate_link_options {
	unsigned int baud;
	unsigned int hello_ms;
	bool join_only;
	const volatile sig_atomic_t *stop;
};

/**
 * struct svcgate_link_bytes - a section of a request
 */
struct svcgate_link_bytes {
	const void *data;
	size_t length;
};

/**
 * struct svcgate_link_request - a request
 * @op: &enum svcgate_op, or a maker's
 * @flags: &enum svcgate_request_flag
 * @session: send it in this session or not at all; 0 for any
 * @timeout_ms: wait for the answer no longer, although the device is at work; 0: as
 *	long as it is
 * @object: %SVCGATE_UUID_SIZE bytes, or NULL for none
 * @delegation: that the credential needs, or empty
 * @credential: a capability file, or empty
 * @proof: the holder's, or empty
 * @payload: the op's arguments, or empty
 */
struct svcgate_link_request {
	u16 op;
	u16 flags;
	u64 session;
	unsigned int timeout_ms;
	const u8 *object;
	struct svcgate_link_bytes delegation;
	struct svcgate_link_bytes credential;
	struct svcgate_link_bytes proof;
	struct svcgate_link_bytes payload;
};

/**
 * struct svcgate_link_response - what the device said
 * @reason: &enum svcgate_reason
 * @detail: as the reason has it
 * @from_kernel: the kernel answered, not the helper
 * @closed: the device ended the transaction; @reason is why
 * @length: bytes of @payload
 * @payload: from the device, not to be trusted
 */
struct svcgate_link_response {
	u16 reason;
	u16 detail;
	bool from_kernel;
	bool closed;
	size_t length;
	u8 payload[SVCGATE_RESPONSE_MAX];
};

/**
 * struct svcgate_link_progress - how far a transfer is
 * @sent: bytes of data that the device has
 * @received: bytes of data that came and were written
 * @repeated: bytes of data that were sent again
 * @elapsed_us: since its beginning
 * @answered: the response has come
 */
struct svcgate_link_progress {
	u64 sent;
	u64 received;
	u64 repeated;
	int64_t elapsed_us;
	bool answered;
};

/**
 * struct svcgate_link_io - where the data of a transfer comes from and goes to
 * @in_fd: read, up to its end, for the device; -1: there is nothing for it
 * @out_fd: what follows the response is written here; -1: nobody wants that, and
 *	the transaction ends with the response
 * @report: called about ten times a second and at the end, or NULL
 * @context: for @report
 * @progress: how far it came, also after an error
 * @begun: the device has the whole request, also after an error
 * @unread: data would have followed the response, and @out_fd is -1
 * @failed_fd: descriptor that could not be read or written, else -1
 * @error: why, a negative errno
 */
struct svcgate_link_io {
	int in_fd;
	int out_fd;
	void (*report)(void *context, const struct svcgate_link_progress *progress);
	void *context;
	struct svcgate_link_progress progress;
	bool begun;
	bool unread;
	int failed_fd;
	int error;
};

/**
 * struct svcgate_link_id - which request it was
 * @session: in which it was made
 * @transaction: its number there, 0 when there was none
 */
struct svcgate_link_id {
	u64 session;
	u16 transaction;
};

/**
 * struct svcgate_link_outcome - how a request has ended
 * @state: &enum svcgate_outcome_state
 * @reason: why it was not done
 * @detail: as the reason has it
 */
struct svcgate_link_outcome {
	u8 state;
	u16 reason;
	u16 detail;
};

/**
 * struct svcgate_link_welcome - what the device said at the session's beginning
 * @configured: the device is sealed
 * @random: its random generator is ready, @nonce is one
 * @message_max: longest message that it takes
 * @frame_max: longest frame
 * @session: the session's id
 * @nonce: of this session
 */
struct svcgate_link_welcome {
	bool configured;
	bool random;
	u32 message_max;
	u16 frame_max;
	u64 session;
	u8 nonce[SVCGATE_NONCE_SIZE];
};

int svcgate_link_open(const char *port, const struct svcgate_link_options *options,
		      struct svcgate_link **ret_link);
int svcgate_link_open_shared(const char *port, const struct svcgate_link_options *options,
			     struct svcgate_link **ret_link);
int svcgate_link_open_fd(int fd, const struct svcgate_link_options *options,
			 struct svcgate_link **ret_link);
void svcgate_link_close(struct svcgate_link *link);

int svcgate_link_hello(struct svcgate_link *link);
int svcgate_link_watch(struct svcgate_link *link, unsigned int timeout_ms);
const struct svcgate_link_welcome *svcgate_link_welcome(const struct svcgate_link *link);
int svcgate_link_request(struct svcgate_link *link,
			 const struct svcgate_link_request *request,
			 struct svcgate_link_response *ret_response);
int svcgate_link_transfer(struct svcgate_link *link,
			  const struct svcgate_link_request *request,
			  struct svcgate_link_io *io,
			  struct svcgate_link_response *ret_response);
int svcgate_link_speed(struct svcgate_link *link, unsigned int baud,
		       const struct svcgate_link_bytes *credential,
		       struct svcgate_link_response *ret_response);
bool svcgate_link_repeatable(u16 op);

void svcgate_link_last_request(const struct svcgate_link *link,
			       struct svcgate_link_id *ret_id);
int svcgate_link_outcome(struct svcgate_link *link, const struct svcgate_link_id *id,
			 struct svcgate_link_outcome *ret_outcome);

#endif /* _SVCGATE_LINK_H */
