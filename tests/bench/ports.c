// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of a port, in the VM: several ports on ptys, each with a session and
 * the longest request that there is, all but its last byte received, so that it
 * waits in the kernel. For tests/bench/run it prints "figure NAME TAKEN REQUESTED
 * PIECES", bytes for each port; "request" comes on top of "port".
 */
#include <errno.h>
#include <linux/svcgate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "ptys.h"
#include "vmlib.h"

#define PORTS		8

static int fail(const char *what, int error)
{
	printf("# ports: %s: %s\n", what, strerror(-error));
	return 1;
}

static int send_part(struct svcgate_line *line, u64 session, const u8 *message, size_t from,
		     size_t length)
{
	struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_DATA,
		.transaction = 1,
		.offset = from,
		.session = session,
		.data = message + from,
		.length = length,
	};
	int r = svcgate_line_send(line, &frame);

	while (!r) {
		r = vm_receive(line, SVCGATE_FRAME_ACK, &frame);
		if (!r && frame.transaction == 1 && frame.offset == from + length)
			return 0;
	}
	return r;
}

static int begin_longest(struct pty *end)
{
	static u8 message[SVCGATE_MESSAGE_MAX];
	static struct svcgate_line line;
	struct svcgate_request *request = (void *)message;
	size_t at, part, all = sizeof(message) - 1;
	int r;

	vm_line_init(&line, end->master);
	r = vm_hello(&line, &end->session);
	svcgate_put_le16((u8 *)&request->op, SVCGATE_OP_OS_VERSION);
	svcgate_put_le32((u8 *)&request->payload_length, sizeof(message) - sizeof(*request));
	for (at = 0; !r && at < all; at += part) {
		part = all - at < 8192 ? all - at : 8192;
		r = send_part(&line, end->session, message, at, part);
	}
	return r;
}

static int still_there(const struct pty *end)
{
	struct device_port port;
	int r = vm_port(end->name, &port);

	return r ?: port.flags & SVCGATE_PORT_SESSION ? 0 : -ENOLINK;
}

static int for_each(struct pty *ends, int (*what)(struct pty *end))
{
	int i, r = 0;

	for (i = 0; i < PORTS && !r; i++)
		r = what(&ends[i]);
	return r;
}

static int measure(const char *figure, const char *name, struct pty *ends,
		   int (*what)(struct pty *end), size_t pieces)
{
	struct allocations found;
	int i, r, end;

	r = allocations_begin(name);
	r = r ?: for_each(ends, what);
	end = allocations_end();
	for (i = 0; i < PORTS && what == begin_longest && !r; i++)
		r = still_there(&ends[i]);
	r = r ?: end ?: allocations_count(&found);
	if (r)
		return fail(figure, r);
	printf("figure %s %zu %zu %zu\n", figure, found.taken / pieces,
	       found.requested / pieces, found.count);
	return 0;
}

int main(void)
{
	static struct pty ends[PORTS];
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	r = vm_insmod("");
	r = r ?: vm_configure(SVCGATE_STATE_BLANK);
	if (r)
		return fail("module", r);
	/* A pty has two ends, and N_TTY on each. */
	return measure("n_tty", "n_tty_open", ends, pty_open, 2 * PORTS) ?:
	       measure("port", "svcgate", ends, pty_attach, PORTS) ?:
	       measure("request", "svcgate", ends, begin_longest, PORTS);
}
