/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Test vectors of uapi/vectors: NAME.hex are the bytes, NAME.json says what a
 * reader must find in them. What our reader found is told in the same words,
 * and must be all that the .json says, and nothing else.
 */
#ifndef _SVCGATE_TESTS_CONTRACTS_VECTORS_H
#define _SVCGATE_TESTS_CONTRACTS_VECTORS_H

#include <ctype.h>
#include <dirent.h>
#include <stdarg.h>

#include "text.h"
#include "unit.h"

#define VECTORS	"uapi/vectors"

struct pair {
	char *key, *value;
};

struct told {
	unsigned int count;
	struct pair pair[128];
};

struct vector {
	char name[128];
	u8 *data;		/* exactly length bytes */
	size_t length;
	struct told told;	/* what the .json says */
};

static inline void told_text(struct told *t, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline void told_text(struct told *t, const char *key, const char *format, ...)
{
	struct pair *p = &t->pair[t->count++];
	va_list args;

	va_start(args, format);
	if (t->count > ARRAY_SIZE(t->pair) || asprintf(&p->key, "%s", key) < 0 ||
	    vasprintf(&p->value, format, args) < 0)
		abort();
	va_end(args);
}

static inline void told_number(struct told *t, const char *key, u64 value)
{
	told_text(t, key, "%llu", (unsigned long long)value);
}

static inline void told_u64(struct told *t, const char *key, u64 value)
{
	told_text(t, key, "%016llx", (unsigned long long)value);
}

static inline void told_hex(struct told *t, const char *key, const u8 *data, size_t length)
{
	char *hex = malloc(2 * length + 1);
	size_t i;

	for (i = 0; i < length; i++)
		sprintf(hex + 2 * i, "%02x", data[i]);
	hex[2 * length] = 0;
	told_text(t, key, "%s", hex);
	free(hex);
}

static inline const char *told_find(const struct told *t, const char *key)
{
	unsigned int i;

	for (i = 0; i < t->count; i++)
		if (!strcmp(t->pair[i].key, key))
			return t->pair[i].value;
	return NULL;
}

static inline unsigned long told_expected(const struct vector *v, const char *key)
{
	const char *value = told_find(&v->told, key);

	if (!value) {
		fprintf(stderr, "# %s.json has no %s\n", v->name, key);
		abort();
	}
	return strtoul(value, NULL, 10);
}

static inline void told_free(struct told *t)
{
	while (t->count--) {
		free(t->pair[t->count].key);
		free(t->pair[t->count].value);
	}
}

/* Everything in one is in the other, word for word. */
static inline void expect_told(TESTED, const struct vector *v, const struct told *found)
{
	const char *value;
	unsigned int i;

	for (i = 0; i < v->told.count; i++) {
		if (!strcmp(v->told.pair[i].key, "kind") ||
		    !strcmp(v->told.pair[i].key, "description"))
			continue;
		value = told_find(found, v->told.pair[i].key);
		EXPECT_STREQ(v->told.pair[i].value, value ? value : "nothing")
			TH_LOG("%s: %s", v->name, v->told.pair[i].key);
	}
	for (i = 0; i < found->count; i++)
		EXPECT_NE(NULL, told_find(&v->told, found->pair[i].key))
			TH_LOG("%s: found also %s %s", v->name, found->pair[i].key,
			       found->pair[i].value);
}

static inline u8 *read_hex(const char *name, size_t *ret_length)
{
	char path[256], *text, *s;
	size_t n = 0;
	u8 *data, *exact;
	unsigned int byte;

	snprintf(path, sizeof(path), VECTORS "/%s.hex", name);
	text = read_text(path);
	data = malloc(strlen(text) / 2 + 1);
	for (s = text; *s; s++) {
		if (isspace(*s))
			continue;
		if (!isxdigit(s[0]) || !isxdigit(s[1]) || sscanf(s, "%2x", &byte) != 1) {
			fprintf(stderr, "# %s: not hex digits\n", path);
			abort();
		}
		data[n++] = byte;
		s++;
	}
	exact = exact_copy(data, n);
	free(data);
	free(text);
	*ret_length = n;
	return exact;
}

/* One "key": value a line; numbers, true, false and strings without escapes. */
static inline void read_json(struct vector *v)
{
	char path[256], *text, *line, *next, *value, *end;
	char key[64];
	int at;

	snprintf(path, sizeof(path), VECTORS "/%s.json", v->name);
	text = read_text(path);
	for (line = text; line; line = next) {
		next = next_line(line);
		at = 0;
		if (sscanf(line, " \"%63[a-z0-9_]\": %n", key, &at) != 1 || !at) {
			if (*line && strcmp(line, "{") && strcmp(line, "}")) {
				fprintf(stderr, "# %s: %s\n", path, line);
				abort();
			}
			continue;
		}
		value = line + at;
		end = value + strlen(value);
		if (end > value && end[-1] == ',')
			*--end = 0;
		if (*value == '"' && end > value + 1 && end[-1] == '"') {
			*--end = 0;
			value++;
		}
		told_text(&v->told, key, "%s", value);
	}
	free(text);
}

static inline void vector_read(struct vector *v, const char *name)
{
	memset(v, 0, sizeof(*v));
	snprintf(v->name, sizeof(v->name), "%s", name);
	v->data = read_hex(name, &v->length);
	read_json(v);
}

static inline void vector_free(struct vector *v)
{
	told_free(&v->told);
	free(v->data);
}

/* Names of all vectors, in order; how many. */
static inline unsigned int vector_names(char ***ret_names, const char *suffix)
{
	struct dirent **entry;
	unsigned int i, n = 0;
	char *end;
	int count;

	count = scandir(SVCGATE_TOP "/" VECTORS, &entry, NULL, alphasort);
	if (count < 0)
		return 0;
	*ret_names = calloc(count + 1, sizeof(**ret_names));
	for (i = 0; i < (unsigned int)count; i++) {
		end = strrchr(entry[i]->d_name, '.');
		if (end && !strcmp(end, suffix)) {
			*end = 0;
			(*ret_names)[n++] = strdup(entry[i]->d_name);
		}
		free(entry[i]);
	}
	free(entry);
	return n;
}

#endif /* _SVCGATE_TESTS_CONTRACTS_VECTORS_H */
