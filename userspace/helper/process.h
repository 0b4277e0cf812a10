/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting programs with no more than they need.
 */
#ifndef _SVCGATED_PROCESS_H
#define _SVCGATED_PROCESS_H

#include <sys/types.h>

#include "pure.h"

/* The first of a program's descriptors beside 0, 1 and 2. */
#define PROCESS_FD_FIRST	3
#define PROCESS_FDS_MAX		4

/**
 * struct process_identity - whom a process becomes
 * @uid: user
 * @gid: group, the only one
 * @capabilities: bit n for CAP_n; what stays for uid 0, for others nothing does
 */
struct process_identity {
	uid_t uid;
	gid_t gid;
	u64 capabilities;
};

/**
 * struct process_plan - a program to be started
 * @path: the program
 * @argv: its arguments, NULL at the end
 * @fds: become descriptors 3, 4, ... of the program
 * @fd_count: how many
 * @identity: whom it becomes
 * @stays: goes on when svcgated ends
 */
struct process_plan {
	const char *path;
	const char *const *argv;
	int fds[PROCESS_FDS_MAX];
	size_t fd_count;
	struct process_identity identity;
	bool stays;
};

int process_find_user(const char *text, struct process_identity *ret_identity);
int process_become(const struct process_identity *identity);
pid_t process_start(void *context, const struct process_plan *plan);
int process_kill(void *context, pid_t pid);

#endif /* _SVCGATED_PROCESS_H */
