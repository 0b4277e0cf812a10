/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A small JSON writer: one value to a stream, indented, always well-formed.
 */
#ifndef _SVCGATE_JSON_H
#define _SVCGATE_JSON_H

#include <stdio.h>

#include "pure.h"

#define SVCGATE_JSON_DEPTH	16

/**
 * struct svcgate_json - a value on its way out
 * @out: where it goes
 * @depth: open objects and arrays
 * @array: bit n: level n is an array
 * @filled: bit n: level n has members
 */
struct svcgate_json {
	FILE *out;
	unsigned int depth;
	u32 array;
	u32 filled;
};

/*
 * @name is the member's name in an object, and NULL in an array and at the top.
 */
void svcgate_json_begin(struct svcgate_json *json, FILE *out);
int svcgate_json_end(struct svcgate_json *json);
void svcgate_json_object(struct svcgate_json *json, const char *name);
void svcgate_json_array(struct svcgate_json *json, const char *name);
void svcgate_json_close(struct svcgate_json *json);
void svcgate_json_string(struct svcgate_json *json, const char *name, const char *value);
void svcgate_json_text(struct svcgate_json *json, const char *name, const void *text,
		       size_t length);
void svcgate_json_number(struct svcgate_json *json, const char *name, u64 value);
void svcgate_json_bool(struct svcgate_json *json, const char *name, bool value);
void svcgate_json_null(struct svcgate_json *json, const char *name);

size_t svcgate_utf8_length(const void *text, size_t length);

#endif /* _SVCGATE_JSON_H */
