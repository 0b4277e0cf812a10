// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The selected capability file: it travels with each operation that needs a
 * permission. What is kept is its path and digest, per user, in
 * $XDG_STATE_HOME/svcgate/selected:
 *
 *	svcgate-selected 1
 *	sha256 DIGEST
 *	path PATH
 *
 * The digest keeps another file in the same place from being sent unnoticed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "svcgate.h"

#define FIRST_LINE	"svcgate-selected 1\n"
#define STATE_MAX	8192

/* Path of a file in our state directory; @directory gets the directory's. */
static int state_path(char **ret_directory, char **ret_path)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	char *directory, *path;
	int r;

	/* The XDG rules have a relative path ignored. */
	if (state && *state == '/')
		r = asprintf(&directory, "%s/svcgate", state);
	else if (home && *home == '/')
		r = asprintf(&directory, "%s/.local/state/svcgate", home);
	else
		return report(SVCGATE_EXIT_FAILED, "no-home", "Set HOME or XDG_STATE_HOME.",
			      "There is no place to keep the selection in: HOME is not set.");
	if (r < 0)
		return report_memory();
	if (asprintf(&path, "%s/selected", directory) < 0) {
		free(directory);
		return report_memory();
	}
	*ret_directory = directory;
	*ret_path = path;
	return 0;
}

static int report_state(const char *path, int error)
{
	return report(SVCGATE_EXIT_FAILED, "selection",
		      "Make the file writable for you, or set XDG_STATE_HOME.",
		      "The selection cannot be kept in %s: %s.", path, strerror(error));
}

static int make_directories(char *path)
{
	char *slash;

	for (slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) < 0 && errno != EEXIST && errno != EROFS)
			return -errno;
		*slash = '/';
	}
	return mkdir(path, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_state(const char *path, const char *text)
{
	char *temporary;
	int fd, r = 0;

	if (asprintf(&temporary, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0) {
		r = -errno;
		goto free_name;
	}
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text) || fsync(fd) < 0)
		r = errno ? -errno : -EIO;
	close(fd);
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(temporary);
free_name:
	free(temporary);
	return r;
}

/**
 * selected_set() - remember a file
 * @file: parsed
 *
 * Return: an exit code.
 */
int selected_set(const struct capability_file *file)
{
	char digest[SVCGATE_HEX_SIZE(SVCGATE_SHA256_SIZE)];
	char *directory, *path, *text;
	int r;

	r = state_path(&directory, &path);
	if (r)
		return r;
	svcgate_hex_encode(file->digest, sizeof(file->digest), digest);
	if (asprintf(&text, FIRST_LINE "sha256 %s\npath %s\n", digest, file->path) < 0) {
		r = report_memory();
		goto free_path;
	}
	r = strlen(text) < STATE_MAX ? make_directories(directory) : -ENAMETOOLONG;
	if (!r)
		r = write_state(path, text);
	if (r < 0)
		r = report_state(path, -r);
	free(text);
free_path:
	free(path);
	free(directory);
	return r;
}

/**
 * selected_clear() - forget the file
 *
 * Return: an exit code.
 */
int selected_clear(void)
{
	char *directory, *path;
	int r;

	r = state_path(&directory, &path);
	if (r)
		return r;
	if (unlink(path) < 0 && errno != ENOENT)
		r = report_state(path, errno);
	free(path);
	free(directory);
	return r;
}

/* Return: 1 when there is a text, 0 when there is none, or negative errno. */
static int read_state(const char *path, char text[STATE_MAX])
{
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	n = read(fd, text, STATE_MAX - 1);
	close(fd);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return strlen(text) == (size_t)n ? 1 : -EINVAL;
}

static int parse_state(char *text, char **ret_path, u8 digest[SVCGATE_SHA256_SIZE])
{
	char *hex, *path, *end = text + strlen(text);
	size_t length;

	if (strncmp(text, FIRST_LINE "sha256 ", strlen(FIRST_LINE "sha256 ")) ||
	    end[-1] != '\n')
		return -EINVAL;
	end[-1] = '\0';
	hex = text + strlen(FIRST_LINE "sha256 ");
	path = strchr(hex, '\n');
	if (!path || strncmp(path, "\npath /", strlen("\npath /")))
		return -EINVAL;
	*path = '\0';
	if (svcgate_hex_decode(hex, digest, SVCGATE_SHA256_SIZE, &length) < 0 ||
	    length != SVCGATE_SHA256_SIZE)
		return -EINVAL;
	*ret_path = strdup(path + strlen("\npath "));
	return *ret_path ? 0 : -ENOMEM;
}

/**
 * selected_path() - which file is selected?
 * @ret_path: its path, for free(); NULL when none is
 * @ret_digest: its digest when it was selected
 *
 * Return: an exit code.
 */
int selected_path(char **ret_path, u8 ret_digest[SVCGATE_SHA256_SIZE])
{
	char *directory, *state, *path = NULL;
	u8 digest[SVCGATE_SHA256_SIZE];
	char text[STATE_MAX];
	int r;

	r = state_path(&directory, &state);
	if (r)
		return r;
	r = read_state(state, text);
	if (r > 0)
		r = parse_state(text, &path, digest);
	if (r == -ENOMEM)
		r = report_memory();
	else if (r < 0)
		r = report(SVCGATE_EXIT_FAILED, "selection",
			   "Select the file again, or none: svcgate device capability select "
			   "--none.",
			   "The selection in %s cannot be read: %s.", state, strerror(-r));
	if (!r && path)
		memcpy(ret_digest, digest, sizeof(digest));
	if (!r)
		*ret_path = path;
	free(state);
	free(directory);
	return r;
}

static int report_missing(const char *path, int error)
{
	return report(SVCGATE_EXIT_REJECTED, "selected-missing",
		      "Put it back, or go on without a file: svcgate device capability select "
		      "--none.",
		      "The selected capability file %s cannot be read: %s.", path,
		      strerror(-error));
}

/**
 * selected_read() - the file that travels
 * @ret_file: parsed; NULL when none is selected
 *
 * Return: an exit code; a file that is gone or was changed is not passed over.
 */
int selected_read(struct capability_file **ret_file)
{
	struct capability_file *file = NULL;
	u8 digest[SVCGATE_SHA256_SIZE];
	char *path;
	int r;

	r = selected_path(&path, digest);
	if (r)
		return r;
	if (!path) {
		*ret_file = NULL;
		return 0;
	}
	r = file_read(path, &file);
	if (r == -ENOMEM)
		r = report_memory();
	else if (r < 0)
		r = report_missing(path, r);
	else if (memcmp(file->digest, digest, sizeof(digest)))
		r = report(SVCGATE_EXIT_REJECTED, "selected-changed",
			   "Select it again if that is right, or go on without a file: svcgate "
			   "device capability select --none.",
			   "The file %s has changed since it was selected.", path);
	else
		r = file_parse(file, true);
	free(path);
	if (r)
		file_free(file);
	else
		*ret_file = file;
	return r;
}
