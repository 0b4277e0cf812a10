// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executors: which program, what it is given, when it is ended. First with
 * processes that are only numbers, then with real ones.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executor.h"
#include "unit.h"

static struct {
	int64_t now;
	pid_t last;
	char command[256];
	struct process_identity identity;
	bool stays;
	pid_t killed;
	unsigned int kills;
} world;

static int64_t now(void *context)
{
	return world.now;
}

static pid_t start(void *context, const struct process_plan *plan)
{
	size_t i;

	strcpy(world.command, plan->path);
	for (i = 0; plan->argv[i]; i++) {
		strcat(world.command, " ");
		strcat(world.command, plan->argv[i]);
	}
	world.identity = plan->identity;
	world.stays = plan->stays;
	return ++world.last;
}

static int kill_it(void *context, pid_t pid)
{
	world.killed = pid;
	world.kills++;
	return 0;
}

static const struct helper_ops ops = {
	.now = now,
	.process_start = start,
	.process_kill = kill_it,
};

static const struct maker_ops no_maker;
static const char *const reboot_words[] = { "/sbin/reboot", "-d", NULL };

FIXTURE(executor)
{
	struct executors all;
	int fds[PAIR_FD_COUNT];
	u16 reason;
	u16 detail;
};

FIXTURE_SETUP(executor)
{
	memset(&world, 0, sizeof(world));
	world.last = 100;
	self->all = (struct executors){
		.ops = &ops,
		.dir = "/ops",
		.maker = &no_maker,
		.nobody = { .uid = 65534, .gid = 65534 },
		.reboot = reboot_words,
	};
}

FIXTURE_TEARDOWN(executor)
{
}

#define START(id, op) \
	executors_start(&self->all, id, op, self->fds, &self->reason, &self->detail)

static void close_fds(const int fds[PAIR_FD_COUNT])
{
	unsigned int i;

	for (i = 0; i < PAIR_FD_COUNT; i++)
		close(fds[i]);
}

TEST_F(executor, os_version_has_no_privileges)
{
	ASSERT_EQ(0, START(1, SVCGATE_OP_OS_VERSION));
	EXPECT_STREQ("/ops/system system os-version", world.command);
	EXPECT_EQ(65534, world.identity.uid);
	EXPECT_EQ(0, world.identity.capabilities);
	EXPECT_FALSE(world.stays);
	close_fds(self->fds);
}

TEST_F(executor, restart_has_what_it_needs)
{
	ASSERT_EQ(0, START(1, SVCGATE_OP_RESTART));
	EXPECT_STREQ("/ops/system system restart /sbin/reboot -d", world.command);
	EXPECT_EQ(0, world.identity.uid);
	EXPECT_EQ(1ULL << CAP_KILL | 1ULL << CAP_SYS_BOOT, world.identity.capabilities);
	EXPECT_TRUE(world.stays);
	close_fds(self->fds);
}

TEST_F(executor, program_of_the_maker)
{
	struct maker_op op = {
		.rule = { .op = 0x8001, .name = "self-test" },
		.program = "/opt/test",
		.arguments = { "--quick", "all of it" },
	};
	const struct maker_ops maker = { .list = &op, .count = 1 };

	self->all.maker = &maker;
	ASSERT_EQ(0, START(1, 0x8001));
	EXPECT_STREQ("/opt/test /opt/test self-test --quick all of it", world.command);
	EXPECT_EQ(65534, world.identity.uid);
	EXPECT_EQ(0, world.identity.capabilities);
	EXPECT_FALSE(world.stays);
	close_fds(self->fds);
	EXPECT_GT(0, START(2, 0x8000));
	EXPECT_EQ(SVCGATE_REASON_NOT_AVAILABLE, self->reason);
}

TEST_F(executor, P2_every_other_op_is_not_available)
{
	unsigned int op, started = 0;

	for (op = 0; op <= UINT16_MAX; op++) {
		if (!START(1, op)) {
			started++;
			close_fds(self->fds);
			self->all.running[0] = (struct executor){};
			continue;
		}
		ASSERT_EQ(SVCGATE_REASON_NOT_AVAILABLE, self->reason);
	}
	EXPECT_EQ(2, started);
}

TEST_F(executor, P9_executors_are_bounded)
{
	u32 id;

	for (id = 1; id <= EXECUTORS_MAX; id++) {
		ASSERT_EQ(0, START(id, SVCGATE_OP_OS_VERSION));
		close_fds(self->fds);
	}
	EXPECT_GT(0, START(id, SVCGATE_OP_OS_VERSION));
	EXPECT_EQ(SVCGATE_REASON_BUSY, self->reason);
	EXPECT_EQ(1, executors_ended(&self->all, 101, &id));
	EXPECT_EQ(1, id);
	EXPECT_EQ(0, START(99, SVCGATE_OP_OS_VERSION));
	close_fds(self->fds);
}

TEST_F(executor, an_id_is_used_once)
{
	ASSERT_EQ(0, START(5, SVCGATE_OP_OS_VERSION));
	close_fds(self->fds);
	EXPECT_GT(0, START(5, SVCGATE_OP_OS_VERSION));
	EXPECT_GT(0, START(0, SVCGATE_OP_OS_VERSION));
}

TEST_F(executor, P8_killed_with_its_transaction)
{
	ASSERT_EQ(0, START(1, SVCGATE_OP_OS_VERSION));
	close_fds(self->fds);
	executors_kill(&self->all, 2);
	EXPECT_EQ(0, world.kills);
	executors_kill(&self->all, 1);
	EXPECT_EQ(101, world.killed);
}

TEST_F(executor, P8_restart_is_killed_before_its_answer)
{
	ASSERT_EQ(0, START(1, SVCGATE_OP_RESTART));
	close_fds(self->fds);
	executors_kill(&self->all, 1);
	EXPECT_EQ(101, world.killed);
}

TEST_F(executor, P6_answered_restart_goes_on)
{
	u32 id = 77;

	ASSERT_EQ(0, START(1, SVCGATE_OP_RESTART));
	close_fds(self->fds);
	executors_answered(&self->all, 1);
	executors_kill(&self->all, 1);
	executors_end(&self->all);
	EXPECT_EQ(0, world.kills);
	/* The next door process counts from 1 again. */
	EXPECT_EQ(0, START(1, SVCGATE_OP_OS_VERSION));
	close_fds(self->fds);
	/* What it started may go on after it. */
	EXPECT_EQ(1, executors_ended(&self->all, 101, &id));
	EXPECT_EQ(0, world.kills);
}

TEST_F(executor, finished_one_has_its_time)
{
	ASSERT_EQ(0, START(1, SVCGATE_OP_OS_VERSION));
	close_fds(self->fds);
	EXPECT_EQ(-1, executors_expire(&self->all));
	world.now = 1000;
	executors_answered(&self->all, 1);
	executors_finish(&self->all, 1);
	EXPECT_EQ(30000, executors_expire(&self->all));
	world.now = 30999;
	EXPECT_EQ(1, executors_expire(&self->all));
	EXPECT_EQ(0, world.kills);
	world.now = 31000;
	executors_expire(&self->all);
	EXPECT_EQ(101, world.killed);
}

/* --- real processes -------------------------------------------------------- */

static char dir[] = "/tmp/svcgate-executor.XXXXXX";

/* A shell script is the program; exec fails where /tmp may not run programs. */
static void write_program(const char *script)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/system", dir);
	file = fopen(path, "w");
	if (!file || fprintf(file, "#!/bin/sh\n%s\n", script) < 0 || fclose(file) ||
	    chmod(path, 0755))
		abort();
}

static int64_t real_now(void *context)
{
	return 0;
}

static const struct helper_ops real_ops = {
	.now = real_now,
	.process_start = process_start,
	.process_kill = process_kill,
};

FIXTURE(program)
{
	struct executors all;
	int fds[PAIR_FD_COUNT];
	char text[256];
};

FIXTURE_SETUP(program)
{
	strcpy(dir + sizeof(dir) - 7, "XXXXXX");
	ASSERT_NE(NULL, mkdtemp(dir));
	/* Executors may be another user. */
	ASSERT_EQ(0, chmod(dir, 0755));
	self->all = (struct executors){
		.ops = &real_ops,
		.dir = dir,
		.maker = &no_maker,
		.nobody = { .uid = 65534, .gid = 65534 },
		.reboot = reboot_words,
	};
}

FIXTURE_TEARDOWN(program)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/system", dir);
	unlink(path);
	rmdir(dir);
}

static pid_t run(TESTED, struct executors *all, int fds[PAIR_FD_COUNT])
{
	u16 reason, detail;
	unsigned int i;

	ASSERT_EQ(0, executors_start(all, 1, SVCGATE_OP_OS_VERSION, fds, &reason, &detail));
	for (i = 0; i < PAIR_FD_COUNT; i++)
		ASSERT_EQ(0, fcntl(fds[i], F_SETFL, 0));
	return all->running[0].pid;
}

/* All of what a program writes, up to its end. */
static void read_text(int fd, char *text, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size - 1 && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += n;
	text[used] = '\0';
}

TEST_F(program, descriptors_are_as_agreed)
{
	int status;
	pid_t pid;

	write_program("cat <&3 >&6; cat <&4 >&5; exit 3");
	pid = run(_metadata, &self->all, self->fds);
	ASSERT_EQ(7, write(self->fds[PAIR_FD_REQUEST], "request", 7));
	close(self->fds[PAIR_FD_REQUEST]);
	ASSERT_EQ(6, write(self->fds[PAIR_FD_IN], "stream", 6));
	close(self->fds[PAIR_FD_IN]);
	read_text(self->fds[PAIR_FD_RESULT], self->text, sizeof(self->text));
	EXPECT_STREQ("request", self->text);
	read_text(self->fds[PAIR_FD_OUT], self->text, sizeof(self->text));
	EXPECT_STREQ("stream", self->text);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(3, WEXITSTATUS(status));
}

TEST_F(program, environment_and_descriptors_are_clean)
{
	int leak = open("/dev/null", O_RDONLY);

	ASSERT_LE(0, leak);
	ASSERT_EQ(0, setenv("SECRET", "yes", 1));
	/* The shell's own variables do not count, nor ls and its directory. */
	write_program("echo \"${SECRET-none} $PATH\" >&6; ls /proc/self/fd | tr '\\n' ' ' >&6");
	run(_metadata, &self->all, self->fds);
	read_text(self->fds[PAIR_FD_RESULT], self->text, sizeof(self->text));
	EXPECT_STREQ("none /usr/sbin:/usr/bin:/sbin:/bin\n0 1 2 3 4 5 6 7 ", self->text);
	close(leak);
	wait(NULL);
}

TEST_F(program, privileges_are_gone)
{
	if (geteuid())
		SKIP(return, "needs root");
	write_program("grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|CapBnd|CapInh|NoNewPrivs):' "
		      "/proc/self/status | tr -s '\\t ' ' ' | tr '\\n' ';' >&6");
	run(_metadata, &self->all, self->fds);
	read_text(self->fds[PAIR_FD_RESULT], self->text, sizeof(self->text));
	EXPECT_STREQ("Uid: 65534 65534 65534 65534;Gid: 65534 65534 65534 65534;Groups: ;"
		     "CapInh: 0000000000000000;CapPrm: 0000000000000000;"
		     "CapEff: 0000000000000000;CapBnd: 0000000000000000;NoNewPrivs: 1;",
		     self->text);
	wait(NULL);
}

TEST_F(program, P8_killed_with_all_that_it_started)
{
	char byte;

	write_program("sleep 100 & sleep 100 & echo >&6; wait");
	run(_metadata, &self->all, self->fds);
	ASSERT_EQ(1, read(self->fds[PAIR_FD_RESULT], &byte, 1));
	executors_kill(&self->all, 1);
	/* The end of the file comes when the last of them is gone. */
	EXPECT_EQ(0, read(self->fds[PAIR_FD_RESULT], &byte, 1));
	wait(NULL);
}

TEST_F(program, missing_program_is_not_available)
{
	u16 reason = 0, detail;

	EXPECT_GT(0, executors_start(&self->all, 1, SVCGATE_OP_OS_VERSION, self->fds, &reason,
				     &detail));
	EXPECT_EQ(SVCGATE_REASON_NOT_AVAILABLE, reason);
	write_program("exit 0");
	run(_metadata, &self->all, self->fds);
	wait(NULL);
}

/* Executable, but what it names as its interpreter is not there. */
TEST_F(program, program_that_cannot_be_run)
{
	char path[64];
	FILE *file;
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/system", dir);
	file = fopen(path, "w");
	ASSERT_NE(NULL, file);
	ASSERT_LT(0, fprintf(file, "#!/nothing/here\n"));
	ASSERT_EQ(0, fclose(file));
	ASSERT_EQ(0, chmod(path, 0755));
	pid = run(_metadata, &self->all, self->fds);
	read_text(self->fds[PAIR_FD_RESULT], self->text, sizeof(self->text));
	EXPECT_STREQ("", self->text);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(127, WEXITSTATUS(status));
}

TEST_HARNESS_MAIN
