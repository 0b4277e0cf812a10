// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Starting programs with no more than they need: their descriptors, a clean
 * environment, a session of their own, limits, and only the privileges that
 * the plan names.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "process.h"

/* What a shell says of a program that it cannot run. */
#define EXIT_NOT_RUN		127

/* Overflow user of every kernel, and what distributions call nobody. */
#define NOBODY_DEFAULT		65534

/* Bounds of every executor; the largest job is one request of 32 KiB. */
#define LIMIT_FILES		64
#define LIMIT_MEMORY		(256UL * 1024 * 1024)
#define LIMIT_CPU_SECONDS	60

static int parse_numbers(const char *text, struct process_identity *ret)
{
	unsigned long uid, gid;
	char *end;

	uid = gid = strtoul(text, &end, 10);
	if (*end == ':' && isdigit((unsigned char)end[1]))
		gid = strtoul(end + 1, &end, 10);
	if (*end || uid > UINT32_MAX - 1 || gid > UINT32_MAX - 1)
		return -EINVAL;
	*ret = (struct process_identity){ .uid = (uid_t)uid, .gid = (gid_t)gid };
	return 0;
}

/**
 * process_find_user() - whom a name means
 * @text: a name of /etc/passwd, uid, or uid:gid; NULL for nobody
 * @ret_identity: the user, without capabilities
 *
 * Only /etc/passwd is asked: name services load code and talk to the network.
 *
 * Return: 0, -ENOENT when nobody has that name, -EINVAL for numbers that are
 * none.
 */
int process_find_user(const char *text, struct process_identity *ret_identity)
{
	struct process_identity found = { .uid = NOBODY_DEFAULT, .gid = NOBODY_DEFAULT };
	const char *name = text ? text : "nobody";
	struct passwd *entry;
	bool seen = false;
	FILE *file;

	if (isdigit((unsigned char)*name))
		return parse_numbers(name, ret_identity);
	file = fopen("/etc/passwd", "re");
	while (file && !seen && (entry = fgetpwent(file))) {
		seen = !strcmp(entry->pw_name, name);
		if (seen)
			found = (struct process_identity){
				.uid = entry->pw_uid,
				.gid = entry->pw_gid,
			};
	}
	if (file)
		fclose(file);
	/* A small root file system need not name nobody. */
	if (text && !seen)
		return -ENOENT;
	*ret_identity = found;
	return 0;
}

static int bound_capabilities(u64 keep)
{
	unsigned int i;

	/* Ends with the first number that this kernel does not know. */
	for (i = 0; i < 64 && prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (!(keep & 1ULL << i) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			return -errno;
	/* There is no ambient set to clear where there is none. */
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return 0;
}

static int set_capabilities(u64 permitted, u64 inheritable)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(data); i++) {
		data[i].permitted = (u32)(permitted >> 32 * i);
		data[i].effective = data[i].permitted;
		data[i].inheritable = (u32)(inheritable >> 32 * i);
	}
	return syscall(SYS_capset, &header, data) < 0 ? -errno : 0;
}

static int set_ids(const struct process_identity *identity)
{
	if (syscall(SYS_setgroups, 0, NULL) < 0 ||
	    setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
	    setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return -errno;
	return 0;
}

/**
 * process_become() - give privileges away, for good
 * @identity: whom to become
 *
 * A process that has none to give away keeps its user: tests run so.
 *
 * Return: 0 or a negative errno.
 */
int process_become(const struct process_identity *identity)
{
	u64 keep = identity->uid ? 0 : identity->capabilities;
	u64 changing = 1ULL << CAP_SETUID | 1ULL << CAP_SETGID;
	int r = 0;

	if (!geteuid()) {
		/* The bounding set goes first, while CAP_SETPCAP is there. */
		r = bound_capabilities(keep);
		if (!r)
			r = set_capabilities(keep | changing, keep);
		if (!r)
			r = set_ids(identity);
		if (!r)
			r = set_capabilities(keep, keep);
	}
	if (!r && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		r = -errno;
	return r;
}

static int limit(int resource, rlim_t value)
{
	const struct rlimit bound = { .rlim_cur = value, .rlim_max = value };

	return setrlimit(resource, &bound) < 0 ? -errno : 0;
}

static int set_limits(void)
{
	int r;

	r = limit(RLIMIT_CORE, 0);
	if (!r)
		r = limit(RLIMIT_NOFILE, LIMIT_FILES);
	if (!r)
		r = limit(RLIMIT_AS, LIMIT_MEMORY);
	if (!r)
		r = limit(RLIMIT_CPU, LIMIT_CPU_SECONDS);
	return r;
}

/*
 * Descriptors to 3, 4, ...: first out of each other's way, then down. Input
 * and output are nothing, errors go where ours go.
 */
static int set_descriptors(const struct process_plan *plan)
{
	int fds[PROCESS_FDS_MAX], null;
	size_t i;

	for (i = 0; i < plan->fd_count; i++) {
		fds[i] = fcntl(plan->fds[i], F_DUPFD, PROCESS_FD_FIRST + PROCESS_FDS_MAX);
		if (fds[i] < 0)
			return -errno;
	}
	null = open("/dev/null", O_RDWR | O_NOCTTY);
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		return -errno;
	for (i = 0; i < plan->fd_count; i++)
		if (dup2(fds[i], PROCESS_FD_FIRST + (int)i) < 0)
			return -errno;
	if (syscall(SYS_close_range, PROCESS_FD_FIRST + plan->fd_count, ~0U, 0) < 0)
		return -errno;
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
}

static __attribute__((noreturn)) void run(const struct process_plan *plan, pid_t parent)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = { path, NULL };
	int r;

	reset_signals();
	setsid();
	umask(077);
	r = chdir("/") < 0 ? -errno : 0;
	if (!r)
		r = set_descriptors(plan);
	if (!r)
		r = set_limits();
	if (!r)
		r = process_become(&plan->identity);
	/* After the change of user, which clears it. */
	if (!r && !plan->stays && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		r = -errno;
	if (!r && !plan->stays && getppid() != parent)
		_exit(EXIT_NOT_RUN);
	if (!r) {
		execve(plan->path, (char *const *)plan->argv, environment);
		r = -errno;
	}
	log_error("cannot run %s: %s", plan->path, strerror(-r));
	_exit(EXIT_NOT_RUN);
}

/**
 * process_start() - run a program
 * @context: not used
 * @plan: which, and with what
 *
 * What goes wrong between fork and exec is said by the child, which then ends
 * as a shell's would: with 127.
 *
 * Return: its pid, -ENOENT when there is no such program, or another negative
 * errno.
 */
pid_t process_start(void *context, const struct process_plan *plan)
{
	pid_t parent = getpid(), pid;

	if (access(plan->path, X_OK) < 0)
		return -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		run(plan, parent);
	return pid;
}

/**
 * process_kill() - end a program and what it started
 * @context: not used
 * @pid: from process_start()
 *
 * Return: 0, or -ESRCH when nothing of it is left.
 */
int process_kill(void *context, pid_t pid)
{
	int r;

	/* By number too: it may not have come to its own session yet. */
	r = kill(pid, SIGKILL);
	if (!kill(-pid, SIGKILL))
		r = 0;
	return r < 0 ? -errno : 0;
}
