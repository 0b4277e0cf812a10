/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Results, for people and as JSON, from one walk.
 */
#ifndef _SVCGATE_ISSUER_OUTPUT_H
#define _SVCGATE_ISSUER_OUTPUT_H

#include "json.h"

/* Longest thing that is shown as hex: a device ID. */
#define OUTPUT_HEX_MAX	SVCGATE_DEVICE_ID_MAX

/**
 * struct output - where a result goes: standard output
 * @as_json: as JSON
 * @json: writer of JSON
 * @depth: objects that are open, for people
 */
struct output {
	bool as_json;
	struct svcgate_json json;
	unsigned int depth;
};

void output_begin(struct output *out, bool as_json);
void output_end(struct output *out);
void output_open(struct output *out, const char *key, const char *label);
void output_close(struct output *out);
void output_open_list(struct output *out, const char *key);
void output_close_list(struct output *out);

void output_text(struct output *out, const char *key, const char *label,
		 const char *text);
void output_bytes(struct output *out, const char *key, const char *label,
		  const void *text, size_t length);
void output_number(struct output *out, const char *key, const char *label, u64 value);
void output_bool(struct output *out, const char *key, const char *label, bool value);
void output_hex(struct output *out, const char *key, const char *label,
		const void *data, size_t length);
void output_uuid(struct output *out, const char *key, const char *label,
		 const u8 *uuid);
void output_capabilities(struct output *out, const char *key, const char *label,
			 u64 mask);
void output_states(struct output *out, const char *key, const char *label, u8 states);

#endif /* _SVCGATE_ISSUER_OUTPUT_H */
