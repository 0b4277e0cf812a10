// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files. Those with a context are struct helper_ops's file calls; they ignore their
 * context. Names in the store are opened relative to its directory and never
 * through a symbolic link; what is not a regular file is refused before it is
 * read, because a FIFO or a device would keep the helper from starting.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "write.h"

/* Up to @size bytes; fewer only at the end of the file. */
static ssize_t read_all(int fd, void *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = read(fd, (char *)buf + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static ssize_t read_regular(int dir, const char *name, bool trusted, void *buf, size_t size)
{
	struct stat status;
	ssize_t n;
	int fd;

	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		n = -errno;
	else if (!S_ISREG(status.st_mode))
		n = -EBADF;
	else if (trusted && !files_trusted(&status))
		n = -EPERM;
	else
		n = read_all(fd, buf, size);
	close(fd);
	return n;
}

/**
 * files_read() - read a regular file of the store
 * @context: not used
 * @dir: directory
 * @name: in it
 * @buf: where its bytes go
 * @size: room
 *
 * Return: bytes read; @size of them means that there may be more. Or a negative
 * errno; -EBADF for something that is not a regular file.
 */
ssize_t files_read(void *context, int dir, const char *name, void *buf, size_t size)
{
	return read_regular(dir, name, false, buf, size);
}

/**
 * files_read_trusted() - read a file that nobody but root can have written
 * @dir: directory
 * @name: in it
 * @buf: where its bytes go
 * @size: room
 *
 * Return: as files_read(); -EPERM when others own it or may write it.
 */
ssize_t files_read_trusted(int dir, const char *name, void *buf, size_t size)
{
	return read_regular(dir, name, true, buf, size);
}

/**
 * files_trusted() - can nobody but root write it?
 * @status: its own, as from stat(2)
 *
 * Whoever runs svcgated counts as root: it is root, but in tests.
 *
 * Return: true when root owns it, and nobody else may write it.
 */
bool files_trusted(const struct stat *status)
{
	return (!status->st_uid || status->st_uid == geteuid()) &&
	       !(status->st_mode & (S_IWGRP | S_IWOTH));
}

/**
 * files_write() - make or replace a file; its bytes are durable on return
 * @context: not used
 * @dir: directory
 * @name: in it
 * @data: bytes
 * @length: how many
 *
 * What has the name is never written to, whoever made it: the directory may
 * belong to the door process's user.
 *
 * Return: 0 or a negative errno; then the file may be there in part.
 */
int files_write(void *context, int dir, const char *name, const void *data, size_t length)
{
	int fd, r;

	if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY,
		    0600);
	if (fd < 0)
		return -errno;
	r = svcgate_write_all(fd, data, length);
	if (!r && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && !r)
		r = -errno;
	return r;
}

/**
 * files_rename() - give a file another name in the same directory
 * @context: not used
 * @dir: directory
 * @from: its name now
 * @to: its name then; what has it is replaced
 *
 * Return: 0 or a negative errno.
 */
int files_rename(void *context, int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}

/**
 * files_remove() - take a name away
 * @context: not used
 * @dir: directory
 * @name: in it
 *
 * Return: 0 or a negative errno.
 */
int files_remove(void *context, int dir, const char *name)
{
	return unlinkat(dir, name, 0) < 0 ? -errno : 0;
}

/**
 * files_sync_dir() - names in a directory are durable on return
 * @context: not used
 * @dir: directory
 *
 * Return: 0 or a negative errno.
 */
int files_sync_dir(void *context, int dir)
{
	return fsync(dir) < 0 ? -errno : 0;
}

/**
 * files_cell_read() - read bytes of a cell
 * @context: not used
 * @fd: its file
 * @offset: where in it
 * @buf: where they go
 * @size: how many
 *
 * Return: 0, -ENXIO when the file ends before, or another negative errno.
 */
int files_cell_read(void *context, int fd, u64 offset, void *buf, size_t size)
{
	ssize_t n;

	do {
		n = pread(fd, buf, size, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -ENXIO;
}

/**
 * files_cell_write() - write bytes of a cell
 * @context: not used
 * @fd: its file
 * @offset: where in it
 * @data: the bytes
 * @length: how many
 *
 * Return: 0, -ENXIO when not all of them were taken, or another negative errno.
 */
int files_cell_write(void *context, int fd, u64 offset, const void *data, size_t length)
{
	ssize_t n;

	do {
		n = pwrite(fd, data, length, (off_t)offset);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == length ? 0 : -ENXIO;
}

/**
 * files_cell_sync() - what was written to a cell is durable on return
 * @context: not used
 * @fd: its file
 *
 * Return: 0 or a negative errno.
 */
int files_cell_sync(void *context, int fd)
{
	/* sysfs keeps nothing back, and knows no such call. */
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

/**
 * files_open_cell() - open the file that has a cell
 * @path: where it is; links are followed, as sysfs has many
 * @ret_fd: its descriptor
 * @ret_read_only: it could not be opened for writing
 *
 * Return: 0 or a negative errno.
 */
int files_open_cell(const char *path, int *ret_fd, bool *ret_read_only)
{
	bool read_only = false;
	int fd;

	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS)) {
		read_only = true;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	}
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	*ret_read_only = read_only;
	return 0;
}

/**
 * files_give() - have a user own a directory and some of the files in it
 * @dir: directory
 * @names: in it; those that are not there do not count
 * @count: how many
 * @uid: the user
 * @gid: its group
 *
 * A name that is not a file of its own (a link, or one of several names) is
 * left alone: it might be somebody else's.
 *
 * Return: 0 or a negative errno.
 */
int files_give(int dir, const char *const *names, size_t count, uid_t uid, gid_t gid)
{
	struct stat status;
	int fd, r = 0;
	size_t i;

	for (i = 0; i < count && !r; i++) {
		fd = openat(dir, names[i], O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0) {
			r = errno == ENOENT ? 0 : -errno;
			continue;
		}
		if (fstat(fd, &status) < 0 ||
		    (S_ISREG(status.st_mode) && status.st_nlink == 1 && status.st_uid != uid &&
		     fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0))
			r = -errno;
		close(fd);
	}
	if (!r && (fstat(dir, &status) < 0 ||
		   (status.st_uid != uid && fchown(dir, uid, gid) < 0)))
		r = -errno;
	return r;
}

/**
 * files_open_dir() - open a directory
 * @path: where it is
 * @ret_dir: its descriptor
 *
 * Return: 0 or a negative errno.
 */
int files_open_dir(const char *path, int *ret_dir)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*ret_dir = fd;
	return 0;
}

/**
 * files_read_path() - read a file that the command line names
 * @path: where it is; links are followed, and it need not be a regular file:
 *	sysfs, nvmem cells and the device tree have the device ID
 * @max: longest that makes sense
 * @ret_data: its bytes; to be freed
 * @ret_length: how many
 *
 * Return: 0, -EFBIG when it is longer than @max, or another negative errno.
 */
int files_read_path(const char *path, size_t max, void **ret_data, size_t *ret_length)
{
	char *data;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	data = malloc(max + 1);
	n = data ? read_all(fd, data, max + 1) : -ENOMEM;
	close(fd);
	if (n >= 0 && (size_t)n > max)
		n = -EFBIG;
	if (n < 0) {
		free(data);
		return (int)n;
	}
	*ret_data = data;
	*ret_length = (size_t)n;
	return 0;
}
