/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk for the helper's store and the cells of a state backend, with the power
 * cut at any step.
 *
 * What a file system may keep of a step that was not synced is up to it, so a
 * cut has two extremes: nothing unsynced is kept, or all of it. Of a byte of a
 * cell that is just being written, any of its new bits may be set.
 */
#ifndef _SVCGATE_TESTS_HELPER_DISK_H
#define _SVCGATE_TESTS_HELPER_DISK_H

#include <errno.h>
#include <openssl/evp.h>

#include "backend.h"
#include "store.h"
#include "unit.h"

#define DISK_FILES	16
#define DISK_FILE_MAX	512

/* The cells: a byte of state, three counters of four bytes behind it. */
#define CELLS_SIZE	16
#define CELL_STATE	2
#define CELL_FLOORS	4
#define CELL_COUNTER	4
#define CELL_FD		9

struct disk_file {
	char name[STORE_NAME_SIZE];
	u8 data[DISK_FILE_MAX];
	size_t length;
	bool exists;
};

/**
 * struct disk - what is seen, and what is durable
 * @seen: the directory as programs see it
 * @durable: what a cut leaves at least
 * @cells: bytes of the cells, as programs see them
 * @cells_durable: what a cut leaves of them at least
 * @tear: bits of a byte of a cell that get through when the power goes
 * @deaf: cells take no bit
 * @cell_error: negative errno of reading them
 * @cell_writes: bytes of cells that were written
 * @steps: changes that were made
 * @writes: files that were written
 * @cut_at: step at which the power goes, -1 for never; nothing works after it
 * @fail_at: first step that fails with @error, -1 for none
 * @fail_to: last one; that step only when it is lower
 * @error: negative errno
 * @read_error: negative errno of reading @read_error_name
 */
struct disk {
	struct disk_file seen[DISK_FILES];
	struct disk_file durable[DISK_FILES];
	u8 cells[CELLS_SIZE];
	u8 cells_durable[CELLS_SIZE];
	u8 tear;
	bool deaf;
	int cell_error;
	int cell_writes;
	int steps;
	int writes;
	int cut_at;
	int fail_at;
	int fail_to;
	int error;
	int read_error;
	char read_error_name[STORE_NAME_SIZE];
};

static struct disk disk;

static inline struct disk_file *disk_find(struct disk_file *files, const char *name)
{
	int i;

	for (i = 0; i < DISK_FILES; i++)
		if (files[i].exists && !strcmp(files[i].name, name))
			return &files[i];
	return NULL;
}

static inline struct disk_file *disk_make(struct disk_file *files, const char *name)
{
	struct disk_file *file = disk_find(files, name);
	int i;

	for (i = 0; !file && i < DISK_FILES; i++)
		if (!files[i].exists)
			file = &files[i];
	if (!file)
		abort();
	*file = (struct disk_file){ .exists = true };
	strcpy(file->name, name);
	return file;
}

/* One more change: does it still happen? */
static inline int disk_step(void)
{
	int step = disk.steps++;

	if (disk.cut_at >= 0 && step >= disk.cut_at)
		return -EIO;
	if (disk.fail_at < 0 || step < disk.fail_at)
		return 0;
	return step == disk.fail_at || step <= disk.fail_to ? disk.error : 0;
}

static inline ssize_t disk_read(void *context, int dir, const char *name, void *buf,
				size_t size)
{
	struct disk_file *file = disk_find(disk.seen, name);

	if (disk.read_error && !strcmp(disk.read_error_name, name))
		return disk.read_error;
	if (!file)
		return -ENOENT;
	if (size > file->length)
		size = file->length;
	memcpy(buf, file->data, size);
	return size;
}

static inline int disk_write(void *context, int dir, const char *name, const void *data,
			     size_t length)
{
	struct disk_file *file = disk_make(disk.seen, name);
	int r = disk_step();

	disk.writes++;
	/* Cut in the middle of the write: half of it may be there. */
	file->length = r ? length / 2 : length;
	memcpy(file->data, data, file->length);
	return r;
}

static inline int disk_rename(void *context, int dir, const char *from, const char *to)
{
	struct disk_file *file, copy;
	int r = disk_step();

	if (r)
		return r;
	file = disk_find(disk.seen, from);
	if (!file)
		return -ENOENT;
	copy = *file;
	file->exists = false;
	file = disk_make(disk.seen, to);
	memcpy(file->data, copy.data, copy.length);
	file->length = copy.length;
	return 0;
}

static inline int disk_remove(void *context, int dir, const char *name)
{
	struct disk_file *file = disk_find(disk.seen, name);
	int r = disk_step();

	if (r)
		return r;
	if (!file)
		return -ENOENT;
	file->exists = false;
	return 0;
}

static inline int disk_sync(void *context, int dir)
{
	int r = disk_step();

	if (!r)
		memcpy(disk.durable, disk.seen, sizeof(disk.durable));
	return r;
}

static inline int cell_read(void *context, int fd, u64 offset, void *buf, size_t size)
{
	if (disk.cell_error)
		return disk.cell_error;
	if (fd != CELL_FD || offset > CELLS_SIZE || size > CELLS_SIZE - offset)
		abort();
	memcpy(buf, disk.cells + offset, size);
	return 0;
}

/* A memory that sets bits, and can take none back. */
static inline int cell_write(void *context, int fd, u64 offset, const void *data,
			     size_t length)
{
	const u8 *bytes = data;
	int r = disk_step();
	size_t i;

	if (fd != CELL_FD || offset > CELLS_SIZE || length > CELLS_SIZE - offset)
		abort();
	disk.cell_writes++;
	for (i = 0; i < length; i++) {
		if (disk.cells[offset + i] & ~bytes[i])
			abort();
		if (!disk.deaf)
			disk.cells[offset + i] |= r ? bytes[i] & disk.tear : bytes[i];
	}
	return r;
}

static inline int cell_sync(void *context, int fd)
{
	int r = disk_step();

	if (!r)
		memcpy(disk.cells_durable, disk.cells, sizeof(disk.cells_durable));
	return r;
}

/* What is there from the beginning. */
static inline void cell_put(size_t offset, u8 byte)
{
	disk.cells[offset] = byte;
	disk.cells_durable[offset] = byte;
}

/* The device starts again after a cut. */
static inline void disk_restart(bool kept)
{
	if (!kept) {
		memcpy(disk.seen, disk.durable, sizeof(disk.seen));
		memcpy(disk.cells, disk.cells_durable, sizeof(disk.cells));
	} else {
		memcpy(disk.durable, disk.seen, sizeof(disk.seen));
		memcpy(disk.cells_durable, disk.cells, sizeof(disk.cells));
	}
	disk.steps = 0;
	disk.cut_at = -1;
	disk.fail_at = -1;
	disk.fail_to = -1;
	disk.read_error = 0;
}

static inline void disk_put(const char *name, const void *data, size_t length)
{
	struct disk_file *file = disk_make(disk.seen, name);

	memcpy(file->data, data, length);
	file->length = length;
	memcpy(disk.durable, disk.seen, sizeof(disk.durable));
}

static inline void disk_clear(void)
{
	memset(&disk, 0, sizeof(disk));
	disk_restart(false);
}

static inline int test_sha256(void *context, const void *data, size_t length,
			      u8 ret_digest[SVCGATE_SHA256_SIZE])
{
	unsigned int size;

	return EVP_Digest(data, length, ret_digest, &size, EVP_sha256(), NULL) ? 0 : -EPROTO;
}

static const struct helper_ops disk_ops = {
	.file_read = disk_read,
	.file_write = disk_write,
	.file_rename = disk_rename,
	.file_remove = disk_remove,
	.dir_sync = disk_sync,
	.cell_read = cell_read,
	.cell_write = cell_write,
	.cell_sync = cell_sync,
};

/* Both cells, or none. */
static inline struct backend disk_backend(const struct helper_ops *ops, bool there)
{
	struct backend backend = { .ops = ops };

	if (there) {
		backend.state = (struct backend_cell){
			.where = { .path = "cells", .offset = CELL_STATE, .length = 1 },
			.fd = CELL_FD,
		};
		backend.floors = (struct backend_cell){
			.where = {
				.path = "cells",
				.offset = CELL_FLOORS,
				.length = BACKEND_FLOORS * CELL_COUNTER,
			},
			.fd = CELL_FD,
		};
	}
	return backend;
}

static const struct store disk_store = { .ops = &disk_ops, .sha256 = test_sha256 };

/* A record of the store with one byte or a short text in it. */
static inline size_t disk_record(u8 kind, u64 number, const void *content, size_t length,
				 u8 out[DISK_FILE_MAX])
{
	size_t used;

	if (svcgate_record_build(kind, number, content, length, test_sha256, NULL, out,
				 DISK_FILE_MAX, &used))
		abort();
	return used;
}

#endif /* _SVCGATE_TESTS_HELPER_DISK_H */
