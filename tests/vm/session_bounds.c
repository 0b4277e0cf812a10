// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a session is bounded by: silence, bytes that nobody asked for, signatures
 * a second (P8, P9).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define STATE_SHOW	SVCGATE_OP_STATE_SHOW
#define IDENTIFY	SVCGATE_OP_IDENTIFY
#define CHUNK		1000

FIXTURE(bounds)
{
	struct rig rig;
	struct host *host;
	struct svcgate_door head;
	u32 sent;
};

FIXTURE_SETUP(bounds)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(bounds)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* A transaction whose response went out, with data to follow. */
static int begin_stream(FIXTURE_DATA(bounds) *self)
{
	int r = rig_admit(&self->rig, OS_VERSION, &self->head);

	if (!r)
		r = rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE, 0, NULL, 0);
	if (r)
		return r;
	if (!host_expect(self->host, SVCGATE_FRAME_DATA, self->host->transaction, 0, NULL))
		return -ENODATA;
	self->sent = 0;
	/* From here on the bytes count. */
	return host_ping(self->host) ? 0 : -ENODATA;
}

/* The helper's next piece of data. */
static int write_chunk(FIXTURE_DATA(bounds) *self)
{
	struct svcgate_door head = {
		.kind = SVCGATE_DOOR_DATA,
		.session = self->head.session,
		.transaction = self->head.transaction,
		.offset = self->sent,
	};
	u8 data[CHUNK];
	int r;

	memset(data, self->sent / CHUNK, sizeof(data));
	r = rig_write(&self->rig, &head, data, sizeof(data));
	if (!r)
		self->sent += sizeof(data);
	return r;
}

/* The host gets this piece next. */
static bool comes(FIXTURE_DATA(bounds) *self, u32 from)
{
	struct host_frame frame;

	return host_expect(self->host, SVCGATE_FRAME_DATA, self->head.transaction,
			   sizeof(struct svcgate_response) + from, &frame) &&
	       frame.length == CHUNK && frame.data[0] == (u8)(from / CHUNK) && !frame.flags;
}

static bool may_write(const FIXTURE_DATA(bounds) *self)
{
	struct pollfd poller = { .fd = self->rig.door, .events = POLLOUT };

	return poll(&poller, 1, 0) == 1 && poller.revents == POLLOUT;
}

TEST_F(bounds, P9_16_KiB_leave_without_a_word_from_the_host)
{
	unsigned int round;
	u32 from = 0;
	u64 before;

	ASSERT_EQ(0, begin_stream(self));
	for (round = 0; round < 4; round++) {
		before = self->host->received;
		EXPECT_TRUE(may_write(self));
		while (!write_chunk(self))
			;
		EXPECT_EQ(EAGAIN, errno);
		EXPECT_FALSE(may_write(self));
		/* The acknowledgement of the ping counts as well. */
		for (; from < self->sent; from += CHUNK)
			ASSERT_TRUE(comes(self, from));
		EXPECT_LE(self->host->received - before, SVCGATE_OUTPUT_BOUND);
		EXPECT_GT(self->host->received - before, SVCGATE_OUTPUT_BOUND - 2 * CHUNK);
		EXPECT_EQ(-EAGAIN, write_chunk(self));
		ASSERT_TRUE(host_ping(self->host));
	}
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_OUTPUT_DROPPED));
}

/* Frames of nobody's session do not open the tap, and get no more than the rest. */
TEST_F(bounds, P9_frames_of_other_sessions_do_not_count_as_a_word)
{
	u64 session = self->host->session;
	u32 from;

	ASSERT_EQ(0, begin_stream(self));
	while (!write_chunk(self))
		;
	for (from = 0; from < self->sent; from += CHUNK)
		ASSERT_TRUE(comes(self, from));
	/* What is left of the bound has room for some of the refusals. */
	self->host->session ^= 1;
	for (from = 0; from < 40; from++)
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
	/* An ignored frame tells when they have all been looked at. */
	EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_WELCOME, 0, 0, 0, NULL, 0));
	EXPECT_TRUE(VM_UNTIL(rig_count(&self->rig, SVCGATE_COUNTER_IGNORED)));
	EXPECT_EQ(-EAGAIN, write_chunk(self));
	self->host->session = session;
}

struct writer {
	FIXTURE_DATA(bounds) *self;
	_Atomic pid_t tid;
	int result;
};

static void *write_and_wait(void *argument)
{
	struct writer *writer = argument;

	writer->tid = syscall(SYS_gettid);
	writer->result = write_chunk(writer->self);
	return NULL;
}

static bool sleeps(pid_t tid)
{
	char path[64], stat[512], *state;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (!tid || vm_read_file(path, stat, sizeof(stat)))
		return false;
	state = strrchr(stat, ')');
	return state && state[2] == 'S';
}

/* A helper that waits for room: the thread, asleep in write(). */
static bool block(FIXTURE_DATA(bounds) *self, struct writer *writer, pthread_t *thread)
{
	fcntl(self->rig.door, F_SETFL, O_NONBLOCK);
	while (!write_chunk(self))
		;
	fcntl(self->rig.door, F_SETFL, 0);
	writer->self = self;
	return !pthread_create(thread, NULL, write_and_wait, writer) &&
	       VM_UNTIL(sleeps(writer->tid));
}

TEST_F(bounds, P9_blocked_write_goes_on_after_a_word_from_the_host)
{
	struct writer writer = {};
	pthread_t thread;
	u32 from, blocked;

	ASSERT_EQ(0, begin_stream(self));
	ASSERT_TRUE(block(self, &writer, &thread));
	blocked = self->sent;
	for (from = 0; from < blocked; from += CHUNK)
		ASSERT_TRUE(comes(self, from));
	EXPECT_TRUE(VM_UNTIL(sleeps(writer.tid)));
	/* The frame that is let go comes on the heels of the acknowledgement. */
	EXPECT_TRUE(host_ping(self->host));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, writer.result);
	EXPECT_TRUE(comes(self, blocked));
}

TEST_F(bounds, P8_blocked_write_ends_with_the_session)
{
	struct writer writer = {};
	pthread_t thread;

	ASSERT_EQ(0, begin_stream(self));
	ASSERT_TRUE(block(self, &writer, &thread));
	EXPECT_TRUE(host_send_close(self->host, 0));
	pthread_join(thread, NULL);
	EXPECT_EQ(-ESRCH, writer.result);
}

TEST_F(bounds, P8_blocked_write_ends_with_the_port)
{
	struct writer writer = {};
	pthread_t thread;

	ASSERT_EQ(0, begin_stream(self));
	ASSERT_TRUE(block(self, &writer, &thread));
	close(self->rig.master);
	self->rig.master = -1;
	pthread_join(thread, NULL);
	EXPECT_EQ(-EPIPE, writer.result);
}

static void ignore(int signal)
{
}

TEST_F(bounds, P9_blocked_write_can_be_interrupted)
{
	struct sigaction action = { .sa_handler = ignore };
	struct writer writer = {};
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, begin_stream(self));
	ASSERT_TRUE(block(self, &writer, &thread));
	EXPECT_EQ(0, pthread_kill(thread, SIGUSR1));
	pthread_join(thread, NULL);
	EXPECT_EQ(-EINTR, writer.result);
}

/* The one place where time has to pass. */
TEST_F_TIMEOUT(bounds, P8_silence_ends_the_session, VM_LONG)
{
	static const u8 noise[] = { 0, 5, 1, 2, 3, 4, 0, 0, 9, 9, 0 };
	struct svcgate_door end;
	int64_t last, over;
	struct pollfd poller = { .fd = self->rig.door, .events = POLLIN };

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	/* While the host speaks the session lives, longer than the silence. */
	for (over = vm_now() + SVCGATE_SILENCE_MS + 500; vm_now() < over; ) {
		last = vm_now();
		ASSERT_TRUE(host_ping(self->host));
		EXPECT_EQ(0, poll(&poller, 1, 500));
	}
	/* Noise, and frames of another session, are no words of this host's. */
	self->host->session ^= 1;
	while (!poll(&poller, 1, 200) && vm_now() < last + VM_PATIENCE_MS) {
		EXPECT_TRUE(host_write(self->host, noise, sizeof(noise)));
		EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
	}
	over = vm_now();
	self->host->session ^= 1;
	ASSERT_EQ(0, rig_read(&self->rig, &end, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, end.kind);
	EXPECT_EQ(SVCGATE_REASON_END_SILENCE, end.reason);
	EXPECT_EQ(self->head.transaction, end.transaction);
	EXPECT_GE(over - last, SVCGATE_SILENCE_MS);
	EXPECT_LT(over - last, VM_PATIENCE_MS);
	EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_SESSION);
	EXPECT_EQ(-ESRCH, rig_answer(&self->rig, &self->head, 0, 0, NULL, 0));
}

static const struct file *bad_file(unsigned int number)
{
	struct file *file = signed_copy(capability(.mask = FS));

	file->data[file->length - 1 - number] ^= 1;
	return file;
}

TEST_F_TIMEOUT(bounds, P9_signatures_by_count, VM_LONG)
{
	unsigned int verified = 0, busy = 0, i;
	int64_t began = vm_now();
	const struct file *file = bad_file(0);

	for (i = 0; i < 40; i++) {
		/* Hello does not fill the bucket. */
		if (i % 4 == 3)
			ASSERT_TRUE(host_hello(self->host));
		switch (ask(&self->rig, STATE_SHOW, .file = file)) {
		case SVCGATE_REASON_SIGNATURE:
			verified++;
			break;
		case SVCGATE_REASON_BUSY:
			busy++;
			break;
		}
	}
	EXPECT_EQ(40, verified + busy);
	EXPECT_EQ(verified, rig_count(&self->rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_EQ(busy, rig_count(&self->rig, SVCGATE_COUNTER_BUSY));
	EXPECT_GE(verified, SVCGATE_VERIFY_BURST);
	EXPECT_LE(verified, RIG_BUCKET(SVCGATE_VERIFY_BURST, SVCGATE_VERIFY_RATE, began));
	EXPECT_GT(busy, 0);
}

TEST_F(bounds, P9_empty_bucket_hinders_nothing_that_needs_no_signature)
{
	const struct file *good = capability(.mask = AD), *bad = bad_file(0);
	struct rig *rig = &self->rig;
	unsigned int i;

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = good));
	for (i = 0; i < 100; i++)
		if (ask(rig, STATE_SHOW, .file = bad) == SVCGATE_REASON_BUSY)
			break;
	EXPECT_LT(i, 100);
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = good));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, IDENTIFY));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW));
	/* The next technician gets a turn by and by. */
	EXPECT_TRUE(VM_UNTIL(ask(rig, STATE_SHOW, .file = capability(.mask = RF)) ==
			     SVCGATE_REASON_DONE));
}

TEST_HARNESS_MAIN
