/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files: the issuer's directory, and what is written elsewhere.
 */
#ifndef _SVCGATE_ISSUER_STORE_H
#define _SVCGATE_ISSUER_STORE_H

#include <sys/types.h>

#include "issuer.h"

/* Longest text file of the directory. */
#define STORE_TEXT_MAX		(256 * 1024)

/* Longest path inside the directory. */
#define STORE_NAME_MAX		192

enum store_access {
	STORE_READ,
	STORE_CHANGE,
};

/**
 * struct store - the issuer's directory, locked
 * @path: as the user named it
 * @fd: the directory; the lock goes with it
 */
struct store {
	const char *path;
	int fd;
};

/**
 * struct new_file - a file that is being written beside the one it replaces
 * @dir: directory
 * @path: as the user named it
 * @name: last part of @path
 * @temporary: name until it is complete; empty when @path is a device or pipe
 * @fd: what to write to
 */
struct new_file {
	int dir;
	const char *path;
	char name[256];
	char temporary[288];
	int fd;
};

int store_open(const char *path, enum store_access access, struct store *ret_store);
int store_create(const char *path, struct store *ret_store);
void store_close(struct store *store);
bool store_has(const struct store *store, const char *name);
int store_read(const struct store *store, const char *name, size_t most,
	       void **ret_data, size_t *ret_length);
int store_write(const struct store *store, const char *name, const void *data,
		size_t length, mode_t mode);

int store_read_text(const struct store *store, const char *name, char **ret_text);
int store_read_number(const struct store *store, const char *name, u32 *ret_value);
int store_write_number(const struct store *store, const char *name, u32 value);
int store_list(const struct store *store, const char *sub, char ***ret_names,
	       size_t *ret_count);
void store_list_free(char **names, size_t count);
bool text_field(const char *text, const char *key, char *out, size_t size);

int new_file_begin(int at, const char *path, mode_t mode, struct new_file *ret_file);
int new_file_write(struct new_file *file, const void *data, size_t length);
int new_file_commit(struct new_file *file);
void new_file_abort(struct new_file *file);

int file_read(int at, const char *path, size_t most, void **ret_data,
	      size_t *ret_length);
int file_write(const char *path, const void *data, size_t length);

#endif /* _SVCGATE_ISSUER_STORE_H */
