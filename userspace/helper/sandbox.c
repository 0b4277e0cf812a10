// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the door process may still do: move bytes, and write the store. It is
 * the only process of the helper that sees what the host sent, so whoever finds
 * a defect in it shall have found a process without user, privileges, most
 * system calls, and any file but the store's. A filter by hand, because a list
 * of forty numbers needs no library.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "sandbox.h"

/* Pair, store, digest, cells, 32 doors, four a transaction, and what is in flight. */
#define LIMIT_FILES	700
#define LIMIT_MEMORY	(64UL * 1024 * 1024)

#if defined(__x86_64__)
#define ARCHITECTURE	AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE	AUDIT_ARCH_AARCH64
#elif defined(__arm__)
#define ARCHITECTURE	AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCHITECTURE	AUDIT_ARCH_RISCV64
#elif defined(__i386__)
#define ARCHITECTURE	AUDIT_ARCH_I386
#endif

/* Names of calls with a 64-bit time, which 64-bit machines do not have. */
#ifndef __NR_clock_gettime64
#define __NR_clock_gettime64	__NR_clock_gettime
#endif
#ifndef __NR_ppoll_time64
#define __NR_ppoll_time64	__NR_ppoll
#endif
#ifndef __NR_futex_time64
#define __NR_futex_time64	__NR_futex
#endif
#ifndef __NR_poll
#define __NR_poll		__NR_ppoll
#endif
/* Where there are two, the C library takes the second. */
#ifdef __NR_mmap2
#define NR_MMAP			__NR_mmap2
#else
#define NR_MMAP			__NR_mmap
#endif

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(what) \
	BPF_STMT(BPF_RET | BPF_K, (what))
#define ALLOW(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 1), \
	RETURN(SECCOMP_RET_ALLOW)

/* The low half of an argument, which is where flags are. */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define ARGUMENT(n)	args[n] + 4
#else
#define ARGUMENT(n)	args[n]
#endif

/* Where there are two, the C library takes what the architecture began with. */
#ifndef __NR_renameat
#define __NR_renameat		__NR_renameat2
#endif

/* A call that looks up a name, in the store and nowhere else. */
#define ALLOW_IN_STORE(name) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_##name, 0, 4), \
	LOAD(ARGUMENT(0)), \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SANDBOX_FD_STORE, 0, 1), \
	RETURN(SECCOMP_RET_ALLOW), \
	RETURN(SECCOMP_RET_KILL_PROCESS)

#ifdef ARCHITECTURE
static const struct sock_filter filter_bytes[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
	RETURN(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	/* The loop. */
	ALLOW(poll),
	ALLOW(ppoll),
	ALLOW(ppoll_time64),
	ALLOW(read),
	ALLOW(write),
	ALLOW(writev),
	ALLOW(sendmsg),
#ifdef __NR_socketcall
	/* Where the C library has one call for all of sockets. */
	ALLOW(socketcall),
#endif
	ALLOW(recvmsg),
	ALLOW(close),
	ALLOW(clock_gettime),
	ALLOW(clock_gettime64),
	ALLOW(restart_syscall),
	/* Memory and its lock. */
	ALLOW(brk),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(madvise),
	ALLOW(futex),
	ALLOW(futex_time64),
	/* The end, also by abort(). */
	ALLOW(exit),
	ALLOW(exit_group),
	ALLOW(rt_sigreturn),
	ALLOW(rt_sigprocmask),
	ALLOW(rt_sigaction),
	ALLOW(getpid),
	ALLOW(gettid),
	ALLOW(tgkill),
};

/* Records are small files: opened, read, written, synced, renamed, removed. */
static const struct sock_filter filter_store[] = {
	ALLOW_IN_STORE(openat),
	ALLOW_IN_STORE(renameat),
	ALLOW_IN_STORE(unlinkat),
	ALLOW(fsync),
	/* Cells of the state backend. */
	ALLOW(pread64),
	ALLOW(pwrite64),
	/* fstat(), whatever the C library makes of it. */
#ifdef __NR_fstat
	ALLOW(fstat),
#endif
#ifdef __NR_fstat64
	ALLOW(fstat64),
#endif
#ifdef __NR_newfstatat
	ALLOW(newfstatat),
#endif
#ifdef __NR_statx
	ALLOW(statx),
#endif
};

static const struct sock_filter filter_end[] = {
	/* Memory that can never become code. */
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NR_MMAP, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_mprotect, 0, 3),
	LOAD(ARGUMENT(2)),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0),
	RETURN(SECCOMP_RET_ALLOW),
	RETURN(SECCOMP_RET_KILL_PROCESS),
};

#define FILTER_MAX \
	(ARRAY_SIZE(filter_bytes) + ARRAY_SIZE(filter_store) + ARRAY_SIZE(filter_end))

static size_t append(struct sock_filter *filter, size_t used, const struct sock_filter *part,
		     size_t count)
{
	memcpy(filter + used, part, count * sizeof(*part));
	return used + count;
}

static int filter_calls(bool with_store)
{
	struct sock_filter filter[FILTER_MAX];
	struct sock_fprog program = { .filter = filter };
	size_t used;

	used = append(filter, 0, filter_bytes, ARRAY_SIZE(filter_bytes));
	if (with_store)
		used = append(filter, used, filter_store, ARRAY_SIZE(filter_store));
	used = append(filter, used, filter_end, ARRAY_SIZE(filter_end));
	program.len = (unsigned short)used;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0 ? -errno : 0;
}
#else
static int filter_calls(bool with_store)
{
	return -ENOSYS;
}
#endif

static int limit(int resource, rlim_t value)
{
	const struct rlimit bound = { .rlim_cur = value, .rlim_max = value };

	return setrlimit(resource, &bound) < 0 ? -errno : 0;
}

/**
 * sandbox_shut_in() - leave nothing of the file system but one directory
 * @dir: the directory
 *
 * Return: 0 or a negative errno; then nothing has changed.
 */
int sandbox_shut_in(int dir)
{
	if (fchdir(dir) < 0)
		return -errno;
	return chroot(".") < 0 ? -errno : 0;
}

/**
 * sandbox_enter() - give everything away that the door process does not need
 * @identity: whom to become
 * @with_store: leave the calls that write the store, at %SANDBOX_FD_STORE;
 *	after sandbox_shut_in() only
 *
 * Return: 0 or a negative errno; then the process must not go on.
 */
int sandbox_enter(const struct process_identity *identity, bool with_store)
{
	int r;

	r = limit(RLIMIT_CORE, 0);
	if (!r)
		r = limit(RLIMIT_NOFILE, LIMIT_FILES);
	if (!r)
		r = limit(RLIMIT_AS, LIMIT_MEMORY);
	if (!r)
		r = limit(RLIMIT_NPROC, 0);
	if (!r)
		r = process_become(identity);
	if (!r && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		r = -errno;
	if (r < 0)
		return r;
	r = filter_calls(with_store);
	/* Some small kernels have no filters; the rest holds without them. */
	if (r == -EINVAL || r == -ENOSYS) {
		log_warning("this kernel filters no system calls (CONFIG_SECCOMP_FILTER): the door process runs without");
		r = 0;
	}
	return r;
}
