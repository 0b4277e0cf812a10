// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A host that never stops sending, and one that never reads: bounded and counted.
 * On a pty, which takes as much as its writer has.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define BURSTS		300
#define ROUNDS		50

FIXTURE(flood)
{
	struct rig rig;
	int events;
};

FIXTURE_SETUP(flood)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	self->events = vm_events_open();
	ASSERT_LE(0, self->events);
}

FIXTURE_TEARDOWN(flood)
{
	close(self->events);
	rig_close(&self->rig);
	vm_clean();
}

static atomic_bool stop;

static void *drain(void *argument)
{
	int fd = *(int *)argument;
	char rest[4096];

	while (!stop)
		vm_read_some(fd, rest, sizeof(rest), 10);
	return NULL;
}

/* Returns how many. */
static u64 send_hellos(int fd, const u8 *burst, size_t length)
{
	int i;

	for (i = 0; i < BURSTS; i++)
		if (vm_write_all(fd, burst, length))
			return 0;
	return BURSTS * 64;
}

/*
 * A hello costs the device more than its sender. What finds the queue full is
 * dropped and counted, what is in it is decided: none is lost without a trace.
 */
TEST_F_TIMEOUT(flood, P9_full_queue_drops_and_counts, VM_LONG)
{
	u64 sent = rig_count(&self->rig, SVCGATE_COUNTER_FRAMES), decided;
	size_t i, used = 0;
	static u8 burst[64 * 64];
	pthread_t reader;

	for (i = 0; i < 64; i++)
		used += vm_hello_bytes(burst + used, sizeof(burst) - used, i);
	ASSERT_EQ(0, pthread_create(&reader, NULL, drain, &self->rig.master));
	for (i = 0; i < ROUNDS && !rig_count(&self->rig, SVCGATE_COUNTER_QUEUE_FULL); i++)
		sent += send_hellos(self->rig.master, burst, used);
	EXPECT_TRUE(VM_UNTIL(rig_count(&self->rig, SVCGATE_COUNTER_FRAMES) +
			     rig_count(&self->rig, SVCGATE_COUNTER_QUEUE_FULL) == sent));
	EXPECT_TRUE(VM_UNTIL(rig_count(&self->rig, SVCGATE_COUNTER_SESSIONS) ==
			     rig_count(&self->rig, SVCGATE_COUNTER_FRAMES)));
	decided = rig_count(&self->rig, SVCGATE_COUNTER_SESSIONS);
	TH_LOG("%llu of %llu hellos were decided", (unsigned long long)decided,
	       (unsigned long long)sent);
	EXPECT_LT(decided, sent);

	/* The next technician does not notice (P9). */
	stop = true;
	pthread_join(reader, NULL);
	while (vm_read_some(self->rig.master, burst, sizeof(burst), 100) > 0)
		;
	host_init(&self->rig.host, self->rig.master);
	EXPECT_TRUE(host_hello(&self->rig.host));
}

/* Data until the kernel takes no more. */
static size_t fill(const struct rig *rig, const struct svcgate_door *request, size_t from)
{
	struct svcgate_door head = {
		.kind = SVCGATE_DOOR_DATA,
		.session = request->session,
		.transaction = request->transaction,
	};
	u8 data[1000] = {};

	for (head.offset = from; !rig_write(rig, &head, data, sizeof(data));)
		head.offset += sizeof(data);
	return head.offset - from;
}

/*
 * The host speaks every now and then, so there is no silence, but it reads nothing:
 * three seconds without progress end its session, and nothing was kept beyond the
 * bound meanwhile.
 */
TEST_F_TIMEOUT(flood, P9_stalled_line_ends_the_session, VM_LONG)
{
	struct svcgate_door request;
	struct vm_event event;
	size_t taken = 0;
	char rest[4096];
	int i, r;

	ASSERT_EQ(0, rig_open_door(&self->rig));
	ASSERT_EQ(0, rig_admit(&self->rig, SVCGATE_OP_OS_VERSION, &request));
	ASSERT_EQ(0, rig_answer(&self->rig, &request, SVCGATE_DOOR_MORE, 0, NULL, 0));
	/* Words enough for more than driver, pty and reader can hold. */
	for (i = 0; i < 10; i++) {
		ASSERT_TRUE(host_send(&self->rig.host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
		ASSERT_TRUE(VM_UNTIL(rig_count(&self->rig, SVCGATE_COUNTER_FRAMES) > i + 2));
		taken += fill(&self->rig, &request, taken);
	}
	EXPECT_GT(10 * SVCGATE_OUTPUT_BOUND / 2, taken);
	do {
		ASSERT_TRUE(host_send(&self->rig.host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
		r = vm_event_next(self->events, 200, &event);
	} while (r == -ETIME || (!r && event.kind != SVCGATE_EVENT_SESSION));
	ASSERT_EQ(0, r);
	EXPECT_EQ(SVCGATE_REASON_END_STALLED, event.reason);
	EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_SESSION);

	/* Whoever reads again finds the rest and can begin anew. */
	while (vm_read_some(self->rig.master, rest, sizeof(rest), 100) > 0)
		;
	host_init(&self->rig.host, self->rig.master);
	EXPECT_TRUE(host_hello(&self->rig.host));
}

struct flooder {
	int fd;
	const u8 *bytes;
	size_t length;
};

/* As fast as the line takes it, and reads what comes back. */
static void *flood_line(void *argument)
{
	const struct flooder *flooder = argument;
	size_t at = 0;
	char rest[4096];
	ssize_t n;

	while (!stop) {
		n = write(flooder->fd, flooder->bytes + at, flooder->length - at);
		if (n > 0)
			at = (at + n) % flooder->length;
		else
			vm_pause();
		while (read(flooder->fd, rest, sizeof(rest)) > 0)
			;
	}
	return NULL;
}

/* What the kernel has for itself, KiB: slab, vmalloc and pages that nobody names. */
static long kernel_memory(void)
{
	static const char *const names[] = { "Slab:", "VmallocUsed:" };
	char text[4096], *at;
	unsigned int i;
	long sum = 0;

	if (vm_read_file("/proc/meminfo", text, sizeof(text)))
		return -1;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		at = strstr(text, names[i]);
		if (!at)
			return -1;
		sum += strtol(at + strlen(names[i]), NULL, 10);
	}
	return sum;
}

/* Frames of all kinds that a locked port has to look at, and noise between them. */
static size_t make_flood(struct host *host, u8 *out, size_t size)
{
	struct svcgate_frame frame;
	u8 body[1500] = {};
	size_t used = 0;
	u16 number;

	for (number = 1; used + 2 * SVCGATE_FRAME_LINE_MAX(sizeof(body)) + 64 < size;
	     number++) {
		svcgate_frame_put((u8 *)&frame, number % 2 ? SVCGATE_FRAME_DATA :
				  SVCGATE_FRAME_ACK, 0, number, number % 3, host->session);
		used += svcgate_enframe(out + used, size - used, (u8 *)&frame, sizeof(frame),
					body, number % 2 ? sizeof(body) - sizeof(frame) : 0);
		memset(out + used, number, 37);
		used += 37;
		if (number % 5 == 0)
			used += vm_hello_bytes(out + used, size - used, number);
	}
	return used;
}

/*
 * A host that sends as fast as it can to a locked port: the other port answers all
 * the while, and the kernel keeps no more than when it began.
 */
TEST_F_TIMEOUT(flood, P9_other_port_answers_and_memory_stays_flat, VM_LONG)
{
	static u8 bytes[64 * 1024];
	struct flooder flooder = { .fd = self->rig.master, .bytes = bytes };
	struct rig other;
	pthread_t thread;
	long before;
	u64 frames;
	int i;

	flooder.length = make_flood(&self->rig.host, bytes, sizeof(bytes));
	ASSERT_EQ(0, rig_open(&other));
	stop = false;
	ASSERT_EQ(0, pthread_create(&thread, NULL, flood_line, &flooder));
	/* Everything that is allocated once has been. */
	for (i = 0; i < 20; i++)
		EXPECT_EQ(SVCGATE_REASON_DONE, ask(&other, SVCGATE_OP_IDENTIFY));
	before = kernel_memory();
	frames = rig_count(&self->rig, SVCGATE_COUNTER_FRAMES);
	for (i = 0; i < 200 || rig_count(&self->rig, SVCGATE_COUNTER_FRAMES) < frames + 20000;
	     i++)
		ASSERT_EQ(SVCGATE_REASON_DONE, ask(&other, SVCGATE_OP_IDENTIFY));
	EXPECT_LT(0, before);
	/* One port's queues, buffers of two ptys and the page cache's noise. */
	EXPECT_GT(before + 1024, kernel_memory()) {
		TH_LOG("%ld KiB before, %ld after", before, kernel_memory());
	}
	TH_LOG("%d answers of the other port meanwhile", i);
	stop = true;
	pthread_join(thread, NULL);
	EXPECT_EQ(0, other.host.bad);
	rig_close(&other);
}

TEST_HARNESS_MAIN
