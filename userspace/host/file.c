// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signed files on this computer. The tool holds no keys: it looks at a
 * file's form, the device judges it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "blob.h"
#include "svcgate.h"

static int read_all(int fd, u8 *data, size_t size, size_t *ret_length)
{
	size_t length = 0;
	ssize_t n;

	while (length < size) {
		n = read(fd, data + length, size - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		length += n;
	}
	*ret_length = length;
	return 0;
}

/**
 * file_load() - read a file
 * @path: where it is
 * @data: its bytes, as many as there is room for
 * @size: room
 * @ret_length: how many
 *
 * Return: 0, -EFBIG when it has more, -EINVAL when it is no plain file, or another
 * negative errno.
 */
int file_load(const char *path, u8 *data, size_t size, size_t *ret_length)
{
	struct stat status;
	u8 more;
	int fd, r;

	/* A FIFO or a terminal must not keep us waiting. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	r = fstat(fd, &status) < 0 ? -errno : 0;
	if (!r && !S_ISREG(status.st_mode))
		r = S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
	if (!r)
		r = read_all(fd, data, size, ret_length);
	if (!r && *ret_length == size && read(fd, &more, 1) == 1)
		r = -EFBIG;
	close(fd);
	return r;
}

/**
 * file_report() - say why a file cannot be read
 * @path: where it is
 * @error: from file_load() or file_read(), but not -EFBIG
 *
 * Return: the exit code.
 */
int file_report(const char *path, int error)
{
	if (error == -ENOMEM)
		return report_memory();
	return report(SVCGATE_EXIT_FAILED, "file", "Check the name.",
		      "%s cannot be read: %s.", path,
		      error == -EINVAL ? "it is no plain file" : strerror(-error));
}

/**
 * file_free() - let go of a file
 * @file: or NULL
 */
void file_free(struct capability_file *file)
{
	if (file)
		free(file->path);
	free(file);
}

/**
 * file_read() - read a capability file, whatever is in it
 * @path: where it is
 * @ret_file: its path made absolute, its bytes and their digest
 *
 * Return: 0 or negative errno; -EFBIG longer than any capability file, -EINVAL
 * not a plain file.
 */
int file_read(const char *path, struct capability_file **ret_file)
{
	struct capability_file *file;
	int r;

	file = calloc(1, sizeof(*file));
	if (!file)
		return -ENOMEM;
	r = file_load(path, file->data, sizeof(file->data), &file->length);
	if (r < 0)
		goto fail;
	file->path = realpath(path, NULL);
	if (!file->path) {
		r = -errno;
		goto fail;
	}
	r = -ENOMEM;
	if (!EVP_Digest(file->data, file->length, file->digest, NULL, EVP_sha256(), NULL))
		goto fail;
	*ret_file = file;
	return 0;
fail:
	file_free(file);
	return r;
}

/**
 * file_open() - read a capability file that was named for this command
 * @path: where it is
 * @ret_file: as file_read() has it
 *
 * Return: an exit code.
 */
int file_open(const char *path, struct capability_file **ret_file)
{
	int r = file_read(path, ret_file);

	if (r == -EFBIG)
		return report(SVCGATE_EXIT_REJECTED, "envelope", "Choose the right file.",
			      "%s is longer than any capability file.", path);
	return r < 0 ? file_report(path, r) : 0;
}

/**
 * file_parse() - look at a capability file's form
 * @file: from file_read(); its fields are filled in
 * @selected: it is the selected one
 *
 * Return: an exit code.
 */
int file_parse(struct capability_file *file, bool selected)
{
	struct svcgate_reason_context context = {
		.file = file->path,
		.selected = selected,
	};
	enum svcgate_reason reason;
	struct svcgate_blob blob;

	reason = svcgate_blob_parse(file->data, file->length, SVCGATE_KIND_CAPABILITY, &blob,
				    &context.detail);
	if (!reason)
		reason = svcgate_capability_parse(blob.content, blob.content_length,
						  &file->capability, &context.detail);
	if (reason)
		return report_reason(reason, &context);
	memcpy(file->key_id, blob.key_id, sizeof(file->key_id));
	return 0;
}

/**
 * file_device() - ID of the device that a file is for
 * @file: parsed
 * @out: hex
 */
void file_device(const struct capability_file *file, char out[DEVICE_ID_TEXT])
{
	svcgate_hex_encode(file->capability.device, file->capability.device_length, out);
}
