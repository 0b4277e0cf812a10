/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results, for people or for scripts, from one walk.
 *
 * Each value has a key for JSON and a label for people. An object is a list of
 * "label: value"; rows are a table, its columns those of the first row.
 */
#ifndef _SVCGATE_OUTPUT_H
#define _SVCGATE_OUTPUT_H

#include "json.h"

/**
 * struct output - a result on its way out
 * @as_json: for scripts
 * @json: how they get it
 * @in_rows: values go to a table
 * @columns: of the table, 0 as long as its first row is not complete
 * @cells: values of the table so far
 * @size: room in @labels and @values
 * @labels: of each cell
 * @values: owned
 */
struct output {
	bool as_json;
	struct svcgate_json json;
	bool in_rows;
	size_t columns;
	size_t cells;
	size_t size;
	const char **labels;
	char **values;
};

void output_begin(struct output *out, bool as_json);
int output_end(struct output *out);
void output_object(struct output *out, const char *key);
void output_rows(struct output *out, const char *key);
void output_rows_end(struct output *out);
void output_row(struct output *out);
void output_close(struct output *out);

void output_string(struct output *out, const char *key, const char *label,
		   const char *value);
void output_text(struct output *out, const char *key, const char *label,
		 const void *text, size_t length);
void output_hex(struct output *out, const char *key, const char *label,
		const void *data, size_t length);
void output_number(struct output *out, const char *key, const char *label, u64 value);
void output_bool(struct output *out, const char *key, const char *label, bool value);
void output_capabilities(struct output *out, const char *key, const char *label, u64 mask);
void output_list(struct output *out, const char *key, const char *label,
		 const char * const *items, size_t count);

char *text_escape(const void *text, size_t length);

#endif /* _SVCGATE_OUTPUT_H */
