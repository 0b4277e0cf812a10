/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets share. A broken promise ends the program, which is how
 * libFuzzer and the sanitizers tell.
 */
#ifndef _SVCGATE_TESTS_FUZZ_H
#define _SVCGATE_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>

#include "pure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition) do {							\
	if (!(condition)) {							\
		fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);	\
		abort();							\
	}									\
} while (0)

/* A copy that ends where the data ends. */
static inline u8 *exact_copy(const u8 *data, size_t length)
{
	u8 *copy = calloc(length, 1);

	MUST(copy);
	if (length)
		memcpy(copy, data, length);
	return copy;
}

static inline bool within(const u8 *p, size_t n, const u8 *data, size_t size)
{
	return p >= data && n <= size && p <= data + (size - n);
}

#endif /* _SVCGATE_TESTS_FUZZ_H */
