// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of a port, in the VM: several ports on ptys, each with a session and
 * the longest request that there is, all but its last byte received, so that it
 * waits in the kernel. For tests/bench/run it prints "figure NAME TAKEN REQUESTED
 * PIECES", bytes for each port; "request" comes on top of "port".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/svcgate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "allocations.h"
#include "vmlib.h"

#define PORTS		8
#define N_SVCGATE	29

/**
 * struct end - a pty
 * @line: where the discipline sits
 * @master: the host's end
 * @name: of the port
 * @session: at the host's end
 */
struct end {
	int line;
	int master;
	char name[SVCGATE_PORT_NAME_SIZE];
	u64 session;
};

static int fail(const char *what, int error)
{
	printf("# ports: %s: %s\n", what, strerror(-error));
	return 1;
}

static int open_pty(struct end *end)
{
	struct termios raw;
	int zero = 0, number;
	char path[32];

	end->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (end->master < 0 || ioctl(end->master, TIOCSPTLCK, &zero) ||
	    ioctl(end->master, TIOCGPTN, &number))
		return -errno;
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	snprintf(end->name, sizeof(end->name), "pts%d", number);
	end->line = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (end->line < 0 || tcgetattr(end->line, &raw))
		return -errno;
	cfmakeraw(&raw);
	return tcsetattr(end->line, TCSANOW, &raw) ? -errno : 0;
}

static int attach(struct end *end)
{
	int number = N_SVCGATE;

	return ioctl(end->line, TIOCSETD, &number) ? -errno : 0;
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

static int begin_longest(struct end *end)
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

static int still_there(const struct end *end)
{
	struct device_port port;
	int r = vm_port(end->name, &port);

	return r ?: port.flags & SVCGATE_PORT_SESSION ? 0 : -ENOLINK;
}

static int for_each(struct end *ends, int (*what)(struct end *end))
{
	int i, r = 0;

	for (i = 0; i < PORTS && !r; i++)
		r = what(&ends[i]);
	return r;
}

static int measure(const char *figure, const char *name, struct end *ends,
		   int (*what)(struct end *end), size_t pieces)
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
	static struct end ends[PORTS];
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	r = vm_insmod("");
	r = r ?: vm_configure(SVCGATE_STATE_BLANK);
	if (r)
		return fail("module", r);
	/* A pty has two ends, and N_TTY on each. */
	return measure("n_tty", "n_tty_open", ends, open_pty, 2 * PORTS) ?:
	       measure("port", "svcgate", ends, attach, PORTS) ?:
	       measure("request", "svcgate", ends, begin_longest, PORTS);
}
