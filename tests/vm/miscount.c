// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a driver says and does wrong. It lost bytes and says so; or it confused the
 * tty core, which offers fewer than no bytes and goes no
 * further. tests/vm/miscount/ does to a pty what two unlocked pushers of hvc do.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define ROUNDS	50

static int load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return -errno;
	r = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return r;
}

FIXTURE(miscount)
{
	struct rig rig;
};

FIXTURE_SETUP(miscount)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, load("/lib/modules/miscount.ko"));
}

FIXTURE_TEARDOWN(miscount)
{
	rig_close(&self->rig);
	vm_clean();
	EXPECT_EQ(0, syscall(SYS_delete_module, "miscount", O_NONBLOCK));
}

/* Has the port received anything that the core could count wrongly? */
static bool miscount_once(const char *what)
{
	return !vm_write_file("/dev/miscount", what);
}

/* In a child whose controlling terminal is the line. */
static int miscount(const struct rig *rig, int rounds, const char *what)
{
	int i, status;
	pid_t child = fork();

	if (!child) {
		signal(SIGHUP, SIG_IGN);
		if (setsid() < 0 || ioctl(rig->line, TIOCSCTTY, 0))
			_exit(1);
		for (i = 0; i < rounds; i++)
			if (!VM_UNTIL(miscount_once(what)))
				_exit(2);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -ECHILD;
	return WEXITSTATUS(status);
}

/* Nothing is read that did not come, and the next hello is heard again. */
TEST_F_TIMEOUT(miscount, P9_port_hears_again, VM_LONG)
{
	u64 frames = rig_count(&self->rig, SVCGATE_COUNTER_FRAMES);
	int round;

	for (round = 1; round <= ROUNDS; round++) {
		ASSERT_EQ(0, miscount(&self->rig, 1, "x"));
		ASSERT_TRUE(VM_UNTIL(rig_count(&self->rig, SVCGATE_COUNTER_MISCOUNTED) ==
				     round));
		ASSERT_TRUE(host_hello(&self->rig.host)) {
			TH_LOG("deaf in round %d", round);
		}
	}
	EXPECT_EQ(frames + ROUNDS, rig_count(&self->rig, SVCGATE_COUNTER_FRAMES));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, SVCGATE_OP_IDENTIFY));
	EXPECT_EQ(0, self->rig.host.bad);
}

static atomic_bool stop;

static void *send_hellos(void *argument)
{
	u8 hello[64], rest[4096];
	size_t length = vm_hello_bytes(hello, sizeof(hello), 1);
	int fd = *(int *)argument;

	while (!stop) {
		if (write(fd, hello, length) < 0)
			vm_pause();
		while (read(fd, rest, sizeof(rest)) > 0)
			;
	}
	return NULL;
}

/* An overrun spoils the frame that it falls into, and only that; said again it comes. */
TEST_F_TIMEOUT(miscount, P9_overruns_are_counted_and_cost_one_frame, VM_LONG)
{
	const u64 frames = rig_count(&self->rig, SVCGATE_COUNTER_FRAMES);
	u8 hello[64];
	size_t length = vm_hello_bytes(hello, sizeof(hello), 7), half = length / 2;
	int round;

	for (round = 1; round <= ROUNDS; round++) {
		ASSERT_EQ(0, vm_write_all(self->rig.master, hello, half));
		ASSERT_EQ(0, miscount(&self->rig, 1, "o"));
		ASSERT_EQ(0, vm_write_all(self->rig.master, hello + half, length - half));
		ASSERT_TRUE(VM_UNTIL(rig_count(&self->rig, SVCGATE_COUNTER_OVERRUNS) == round));
		ASSERT_TRUE(host_hello(&self->rig.host));
	}
	EXPECT_EQ(frames + ROUNDS, rig_count(&self->rig, SVCGATE_COUNTER_FRAMES));
	EXPECT_EQ(ROUNDS, rig_count(&self->rig, SVCGATE_COUNTER_FLAGGED));
	EXPECT_EQ(0, self->rig.host.bad);
}

/* The same while the line is busy: in the middle of frames, buffers queued. */
TEST_F_TIMEOUT(miscount, P9_port_hears_again_under_fire, VM_LONG)
{
	static struct svcgate_line line;
	pthread_t sender;
	u64 session;

	ASSERT_EQ(0, pthread_create(&sender, NULL, send_hellos, &self->rig.master));
	EXPECT_EQ(0, miscount(&self->rig, 10 * ROUNDS, "x"));
	stop = true;
	pthread_join(sender, NULL);
	EXPECT_LT(0, rig_count(&self->rig, SVCGATE_COUNTER_MISCOUNTED));
	vm_line_init(&line, self->rig.master);
	EXPECT_EQ(0, vm_hello(&line, &session));
}

TEST_HARNESS_MAIN
