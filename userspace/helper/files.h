/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files as the store and the options need them.
 */
#ifndef _SVCGATED_FILES_H
#define _SVCGATED_FILES_H

#include <sys/types.h>

#include "pure.h"

struct stat;

ssize_t files_read(void *context, int dir, const char *name, void *buf, size_t size);
ssize_t files_read_trusted(int dir, const char *name, void *buf, size_t size);
bool files_trusted(const struct stat *status);
int files_write(void *context, int dir, const char *name, const void *data,
		size_t length);
int files_rename(void *context, int dir, const char *from, const char *to);
int files_remove(void *context, int dir, const char *name);
int files_sync_dir(void *context, int dir);

int files_cell_read(void *context, int fd, u64 offset, void *buf, size_t size);
int files_cell_write(void *context, int fd, u64 offset, const void *data, size_t length);
int files_cell_sync(void *context, int fd);

int files_open_cell(const char *path, int *ret_fd, bool *ret_read_only);
int files_give(int dir, const char *const *names, size_t count, uid_t uid, gid_t gid);
int files_open_dir(const char *path, int *ret_dir);
int files_read_path(const char *path, size_t max, void **ret_data, size_t *ret_length);

#endif /* _SVCGATED_FILES_H */
