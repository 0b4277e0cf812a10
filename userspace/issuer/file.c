// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files that are read whole, and files that are replaced whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

/**
 * file_read() - read a whole file
 * @at: directory that a relative @path starts from, or AT_FDCWD
 * @path: the file
 * @most: longest file that is taken
 * @ret_data: its bytes and a NUL; the caller frees them
 * @ret_length: how many bytes, without the NUL
 *
 * Return: 0 or a negative errno, already said; -ENOENT is not said when @at is
 * a directory: only the caller knows whether the file had to be there.
 */
int file_read(int at, const char *path, size_t most, void **ret_data,
	      size_t *ret_length)
{
	size_t length = 0;
	ssize_t n = 1;
	char *data;
	int fd, r;

	fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && at != AT_FDCWD)
		return -ENOENT;
	if (fd < 0)
		return report(-errno, "Cannot read %s: %s", path, strerror(errno));

	data = malloc(most + 2);
	if (!data) {
		r = report(-ENOMEM, "Cannot read %s: out of memory", path);
		goto err_close;
	}
	while (n > 0 && length <= most) {
		n = read(fd, data + length, most + 1 - length);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			length += n;
	}
	if (n < 0) {
		r = report(-errno, "Cannot read %s: %s", path, strerror(errno));
		goto err_free;
	}
	if (length > most) {
		r = report(-EFBIG, "Cannot read %s: longer than %zu bytes, so it is not a file of the kind that is wanted here",
			   path, most);
		goto err_free;
	}
	close(fd);
	data[length] = '\0';
	*ret_data = data;
	*ret_length = length;
	return 0;

err_free:
	free(data);
err_close:
	close(fd);
	return r;
}

static int say_write_error(const char *path)
{
	int error = errno;

	return report(-error, "Cannot write %s: %s", path, strerror(error));
}

/* The directory of a path, so that the rename in it can be made durable. */
static int open_parent(int at, const char *path, char name[256])
{
	const char *slash = strrchr(path, '/');
	const char *last = slash ? slash + 1 : path;
	char *parent;
	int fd;

	if (!*last || strlen(last) >= 256) {
		errno = *last ? ENAMETOOLONG : EISDIR;
		return -1;
	}
	strcpy(name, last);
	if (!slash)
		return openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	parent = strndup(path, slash == path ? 1 : slash - path);
	if (!parent)
		return -1;
	fd = openat(at, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(parent);
	return fd;
}

/**
 * new_file_begin() - start to write a file
 * @at: directory that a relative @path starts from, or AT_FDCWD
 * @path: where it will be; a file there stays as it is until the commit
 * @mode: its mode, less the umask
 * @ret_file: the file; commit or abort it
 *
 * A pipe or device at @path is written directly: it cannot be replaced.
 *
 * Return: 0 or a negative errno, already said.
 */
int new_file_begin(int at, const char *path, mode_t mode, struct new_file *ret_file)
{
	struct new_file file = { .path = path };
	struct stat st;

	file.dir = open_parent(at, path, file.name);
	if (file.dir < 0)
		return say_write_error(path);
	if (!fstatat(file.dir, file.name, &st, 0) && !S_ISREG(st.st_mode)) {
		file.fd = openat(file.dir, file.name, O_WRONLY | O_CLOEXEC);
	} else {
		snprintf(file.temporary, sizeof(file.temporary), ".%s.%ld",
			 file.name, (long)getpid());
		unlinkat(file.dir, file.temporary, 0);
		file.fd = openat(file.dir, file.temporary,
				 O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	}
	if (file.fd < 0) {
		int r = say_write_error(path);

		close(file.dir);
		return r;
	}
	*ret_file = file;
	return 0;
}

/**
 * new_file_write() - append to a new file
 * @file: the file
 * @data: bytes
 * @length: how many
 *
 * Return: 0 or a negative errno, already said.
 */
int new_file_write(struct new_file *file, const void *data, size_t length)
{
	const u8 *p = data;
	ssize_t n;

	while (length) {
		n = write(file->fd, p, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return say_write_error(file->path);
		p += n;
		length -= n;
	}
	return 0;
}

/**
 * new_file_commit() - put a complete file in its place, durably
 * @file: the file; gone afterwards, whatever happened
 *
 * Return: 0 or a negative errno, already said.
 */
int new_file_commit(struct new_file *file)
{
	int r;

	if (*file->temporary &&
	    (fsync(file->fd) ||
	     renameat(file->dir, file->temporary, file->dir, file->name) ||
	     fsync(file->dir))) {
		r = say_write_error(file->path);
		new_file_abort(file);
		return r;
	}
	r = close(file->fd) ? say_write_error(file->path) : 0;
	close(file->dir);
	return r;
}

/**
 * new_file_abort() - forget a file that was not completed
 * @file: the file
 */
void new_file_abort(struct new_file *file)
{
	if (*file->temporary)
		unlinkat(file->dir, file->temporary, 0);
	close(file->fd);
	close(file->dir);
}

static int write_whole(int at, const char *path, const void *data, size_t length,
		       mode_t mode)
{
	struct new_file file;
	int r;

	r = new_file_begin(at, path, mode, &file);
	if (r < 0)
		return r;
	r = new_file_write(&file, data, length);
	if (r < 0) {
		new_file_abort(&file);
		return r;
	}
	return new_file_commit(&file);
}

/**
 * file_write() - write a result where the user wants it
 * @path: the file; the old one stays until the new one is complete
 * @data: bytes
 * @length: how many
 *
 * Return: 0 or a negative errno, already said.
 */
int file_write(const char *path, const void *data, size_t length)
{
	return write_whole(AT_FDCWD, path, data, length, 0666);
}

/**
 * store_write() - replace a file of the directory
 * @store: the directory, open for change
 * @name: the file
 * @data: bytes
 * @length: how many
 * @mode: its mode, less the umask
 *
 * Return: 0 or a negative errno, already said.
 */
int store_write(const struct store *store, const char *name, const void *data,
		size_t length, mode_t mode)
{
	return write_whole(store->fd, name, data, length, mode);
}
