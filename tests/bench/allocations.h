/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel allocated in between, counted exactly: the tracepoints of kmem
 * with a stack each. See allocations.c.
 */
#ifndef _SVCGATE_BENCH_ALLOCATIONS_H
#define _SVCGATE_BENCH_ALLOCATIONS_H

#include <stddef.h>

/**
 * struct allocations - memory that was allocated and is not freed yet
 * @requested: bytes asked for
 * @taken: bytes taken for them; the allocator rounds up
 * @count: pieces
 */
struct allocations {
	size_t requested;
	size_t taken;
	size_t count;
};

int allocations_begin(const char *name);
int allocations_end(void);
int allocations_count(struct allocations *ret);

#endif /* _SVCGATE_BENCH_ALLOCATIONS_H */
