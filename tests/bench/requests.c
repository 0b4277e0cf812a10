// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a request costs, in the VM, as more ports are open and as more transactions
 * are: on ptys, so there is no line to wait for. In a machine whose clock counts
 * instructions (scripts/vm test --icount) the time is those of the whole machine, the
 * host's side, which is us, included. For tests/bench/run it prints
 * "figure ports|transactions COUNT NANOSECONDS", of one request.
 */
#include <errno.h>
#include <linux/svcgate.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ptys.h"
#include "vmlib.h"

#define PORTS		32
#define TRANSACTION_PORTS	8
#define REQUESTS	320	/* the same number for each port, however many */
#define ROUNDS		3	/* the fastest counts: the others had company */

static struct pty ptys[PORTS];
static struct svcgate_line lines[PORTS];
static u16 numbers[PORTS];
static int doors[TRANSACTION_PORTS];

static int fail(const char *what, int error)
{
	printf("# requests: %s: %s\n", what, strerror(-error));
	return 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* A new session at each port, without open transactions. */
static int begin(unsigned int count)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < count && !r; i++) {
		vm_line_init(&lines[i], ptys[i].master);
		numbers[i] = 0;
		r = vm_hello(&lines[i], &ptys[i].session);
	}
	return r;
}

static int ask(unsigned int i)
{
	struct svcgate_response response;
	int r = vm_request(&lines[i], ptys[i].session, ++numbers[i], SVCGATE_OP_IDENTIFY, NULL,
			   0, &response);

	if (r)
		return r;
	r = svcgate_get_le16((u8 *)&response.reason);
	return r == SVCGATE_REASON_DONE ? 0 : -EPROTO;
}

/* One port after the other; *best becomes the shortest time. */
static int measure(unsigned int count, double *best)
{
	int64_t start = now_ns();
	unsigned int i;
	double each;
	int r = 0;

	for (i = 0; i < REQUESTS && !r; i++)
		r = ask(i % count);
	each = (double)(now_ns() - start) / REQUESTS;
	if (!*best || each < *best)
		*best = each;
	return r;
}

static int measure_ports(unsigned int count)
{
	double best = 0;
	int round, r = 0;

	for (round = 0; round < ROUNDS && !r; round++) {
		r = begin(count);
		r = r ?: measure(count, &best);
	}
	if (!r)
		printf("figure ports %u %.0f\n", count, best);
	return r;
}

/* A request that the helper, which is us, has and does not answer. */
static int open_transaction(unsigned int i)
{
	struct svcgate_line_frame frame;
	int r = vm_send_request(&lines[i], ptys[i].session, ++numbers[i],
				SVCGATE_OP_OS_VERSION, NULL, 0);

	do {
		r = r ?: vm_receive(&lines[i], SVCGATE_FRAME_ACK, &frame);
	} while (!r && frame.transaction != numbers[i]);
	return r;
}

static void read_doors(void)
{
	u8 message[sizeof(struct svcgate_door) + SVCGATE_MESSAGE_MAX];
	unsigned int i;

	for (i = 0; i < TRANSACTION_PORTS; i++)
		while (read(doors[i], message, sizeof(message)) > 0)
			;
}

static int measure_transactions(unsigned int count)
{
	double best = 0;
	unsigned int i;
	int round, r = 0;

	for (round = 0; round < ROUNDS && !r; round++) {
		r = begin(TRANSACTION_PORTS);
		for (i = 0; i < count && !r; i++)
			r = open_transaction(i % TRANSACTION_PORTS);
		read_doors();
		r = r ?: measure(TRANSACTION_PORTS, &best);
	}
	if (!r)
		printf("figure transactions %u %.0f\n", count, best);
	return r;
}

int main(void)
{
	unsigned int i, count;
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	r = vm_insmod("");
	r = r ?: vm_configure(SVCGATE_STATE_BLANK);
	if (r)
		return fail("module", r);
	for (count = 1; count <= PORTS; count *= 2) {
		for (i = count / 2; i < count && !r; i++)
			r = pty_open(&ptys[i]) ?: pty_attach(&ptys[i]);
		r = r ?: measure_ports(count);
		if (r)
			return fail("ports", r);
	}
	for (i = 0; i < TRANSACTION_PORTS; i++) {
		doors[i] = vm_open_door(ptys[i].name);
		if (doors[i] < 0)
			return fail("door", doors[i]);
	}
	for (count = 1; count <= 2 * TRANSACTION_PORTS; count *= 2) {
		r = measure_transactions(count);
		if (r)
			return fail("transactions", r);
	}
	return 0;
}
