// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * stopat PID COUNT kill|hold: stop a process before the COUNT-th call from now on
 * that changes something outside of it, so that a story can end it, or the whole
 * device, between any two of its steps.
 *
 * Prints "ready" when it watches; "at NAME" when the process has come there, and
 * has been killed or is held there for ever; "over" when it ended before.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What is on its way to the log or to the kernel's hash is no step. */
static bool changes_nothing(pid_t pid, uint64_t fd)
{
	char path[64], target[64] = "";

	if (fd == STDERR_FILENO)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, (int)fd);
	return readlink(path, target, sizeof(target) - 1) < 0 ||
	       !strncmp(target, "socket:", 7);
}

/* The name of a step, or NULL when the call is none. */
static const char *step(pid_t pid, const struct __ptrace_syscall_info *info)
{
	const uint64_t *args = info->entry.args;

	switch (info->entry.nr) {
	case __NR_openat:
		return args[2] & O_CREAT ? "openat" : NULL;
	case __NR_write:
		return changes_nothing(pid, args[0]) ? NULL : "write";
	case __NR_pwrite64:
		return "pwrite";
	case __NR_fsync:
		return "fsync";
	case __NR_fdatasync:
		return "fdatasync";
	case __NR_rename:
	case __NR_renameat:
	case __NR_renameat2:
		return "rename";
	case __NR_unlink:
	case __NR_unlinkat:
		return "unlink";
	default:
		return NULL;
	}
}

static void say(const char *what, const char *name)
{
	printf("%s%s\n", what, name);
	fflush(stdout);
}

static bool next_stop(pid_t pid, int *status, int signal)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, signal))
		return false;
	return waitpid(pid, status, __WALL) == pid && WIFSTOPPED(*status);
}

/* Return: 0 there, 1 the process ended before. */
static int watch(pid_t pid, long count, bool hold)
{
	struct __ptrace_syscall_info info;
	const char *name;
	int status, signal = 0;

	while (next_stop(pid, &status, signal)) {
		signal = 0;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80)) {
			signal = status >> 16 ? 0 : WSTOPSIG(status);
			continue;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
		    info.op == PTRACE_SYSCALL_INFO_EXIT)
			continue;
		name = step(pid, &info);
		if (!name || --count)
			continue;
		if (!hold)
			kill(pid, SIGKILL);
		say("at ", name);
		/* The process stays stopped as long as its tracer lives. */
		while (hold)
			pause();
		return 0;
	}
	say("over", "");
	return 1;
}

int main(int argc, char **argv)
{
	pid_t pid;
	int status;

	if (argc != 4) {
		fprintf(stderr, "usage: stopat PID COUNT kill|hold\n");
		return 2;
	}
	pid = atoi(argv[1]);
	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) ||
	    waitpid(pid, &status, __WALL) != pid) {
		fprintf(stderr, "stopat: %d: %s\n", pid, strerror(errno));
		return 2;
	}
	say("ready", "");
	return watch(pid, atol(argv[2]), !strcmp(argv[3], "hold"));
}
