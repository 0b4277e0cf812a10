/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ports on ptys, in the VM: as many as one wants.
 */
#ifndef _SVCGATE_TESTS_BENCH_PTYS_H
#define _SVCGATE_TESTS_BENCH_PTYS_H

#include <linux/svcgate.h>

#include "pure.h"

/**
 * struct pty - a pty
 * @line: where the discipline sits
 * @master: the host's end
 * @name: of the port
 * @session: at the host's end
 */
struct pty {
	int line;
	int master;
	char name[SVCGATE_PORT_NAME_SIZE];
	u64 session;
};

int pty_open(struct pty *pty);		/* raw, under N_TTY */
int pty_attach(struct pty *pty);	/* puts the discipline there */

#endif /* _SVCGATE_TESTS_BENCH_PTYS_H */
