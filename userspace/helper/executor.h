/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Executors: the programs that carry operations out. The parent's side.
 */
#ifndef _SVCGATED_EXECUTOR_H
#define _SVCGATED_EXECUTOR_H

#include "helper_ops.h"
#include "maker.h"
#include "pair.h"
#include "process.h"

/* As many as the kernel lets be open at once on two busy ports, and no more. */
#define EXECUTORS_MAX		16

/**
 * struct executor - a running program
 * @pid: its process, 0: the slot is free
 * @id: the door process's number for it
 * @stays: once answered, goes on when its transaction or svcgated ends
 * @answered: the kernel has its answer: what it promised must come
 * @finishing: its transaction is over; it may come to its end
 * @deadline: when a finishing one is killed
 */
struct executor {
	pid_t pid;
	u32 id;
	bool stays;
	bool answered;
	bool finishing;
	int64_t deadline;
};

/**
 * struct executors - all of them, and how to start more
 * @ops: clock and processes
 * @dir: where the programs are
 * @maker: the maker's operations
 * @nobody: whom those become that need no privileges
 * @reboot: words of the command that restarts the device
 * @running: the slots
 */
struct executors {
	const struct helper_ops *ops;
	const char *dir;
	const struct maker_ops *maker;
	struct process_identity nobody;
	const char *const *reboot;
	struct executor running[EXECUTORS_MAX];
};

int executors_start(struct executors *executors, u32 id, u16 op, int ret_fds[PAIR_FD_COUNT],
		    u16 *ret_reason, u16 *ret_detail);
void executors_answered(struct executors *executors, u32 id);
void executors_kill(struct executors *executors, u32 id);
void executors_finish(struct executors *executors, u32 id);
void executors_end(struct executors *executors);
int executors_ended(struct executors *executors, pid_t pid, u32 *ret_id);
int64_t executors_expire(struct executors *executors);

#endif /* _SVCGATED_EXECUTOR_H */
