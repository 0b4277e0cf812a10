// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The issuer's directory.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "options.h"
#include "store.h"

static int lock(const char *path, int fd, enum store_access access)
{
	int r;

	do {
		r = flock(fd, access == STORE_CHANGE ? LOCK_EX : LOCK_SH);
	} while (r && errno == EINTR);
	if (r)
		return report(-errno, "Cannot lock %s: %s", path, strerror(errno));
	return 0;
}

static int open_dir(const char *path, enum store_access access, struct store *ret_store)
{
	int fd, r;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return report(-errno, "Cannot open the issuer's directory %s: %s; svcgate-issuer init makes one, --dir names another",
			      path, strerror(errno));
	r = lock(path, fd, access);
	if (r < 0) {
		close(fd);
		return r;
	}
	ret_store->path = path;
	ret_store->fd = fd;
	return 0;
}

/**
 * store_open() - open and lock the issuer's directory
 * @path: the directory
 * @access: whether it will be changed; others wait meanwhile
 * @ret_store: the directory; close it
 *
 * Return: 0 or a negative errno, already said.
 */
int store_open(const char *path, enum store_access access, struct store *ret_store)
{
	struct store store;
	int r;

	r = open_dir(path, access, &store);
	if (r < 0)
		return r;
	/* init writes the audience last: without it there is nothing complete. */
	if (!store_has(&store, "audience")) {
		store_close(&store);
		return report(-ENOENT, "%s is not an issuer's directory yet; make it one: svcgate-issuer init --dir %s",
			      path, path);
	}
	*ret_store = store;
	return 0;
}

static int make_dir(int at, const char *path, mode_t mode)
{
	if (!mkdirat(at, path, mode) || errno == EEXIST)
		return 0;
	return report(-errno, "Cannot make the directory %s: %s", path,
		      strerror(errno));
}

/**
 * store_create() - make the issuer's directory and lock it
 * @path: the directory; may be there already, not initialized
 * @ret_store: the directory; close it
 *
 * Return: 0 or a negative errno, already said.
 */
int store_create(const char *path, struct store *ret_store)
{
	static const char *const inside[] = { "devices", "issued" };
	struct store store;
	unsigned int i;
	int r;

	r = make_dir(AT_FDCWD, path, 0777);
	if (r < 0)
		return r;
	r = open_dir(path, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	if (store_has(&store, "audience")) {
		r = report(-EEXIST, "%s is an issuer's directory already and stays as it is; --dir names another",
			   path);
		goto err_close;
	}
	r = make_dir(store.fd, "keys", 0700);
	for (i = 0; i < ARRAY_SIZE(inside) && !r; i++)
		r = make_dir(store.fd, inside[i], 0777);
	if (r < 0)
		goto err_close;
	*ret_store = store;
	return 0;

err_close:
	store_close(&store);
	return r;
}

/**
 * store_close() - let go of the issuer's directory
 * @store: the directory
 */
void store_close(struct store *store)
{
	close(store->fd);
}

/**
 * store_has() - is there such a file?
 * @store: the directory
 * @name: the file
 *
 * Return: true if there is.
 */
bool store_has(const struct store *store, const char *name)
{
	return !faccessat(store->fd, name, F_OK, 0);
}

/**
 * store_read() - read a file of the directory
 * @store: the directory
 * @name: the file
 * @most: longest file that is taken
 * @ret_data: its bytes and a NUL; the caller frees them
 * @ret_length: how many bytes
 *
 * Return: 0; -ENOENT, not said; another negative errno, already said.
 */
int store_read(const struct store *store, const char *name, size_t most,
	       void **ret_data, size_t *ret_length)
{
	return file_read(store->fd, name, most, ret_data, ret_length);
}

/**
 * store_read_text() - read a text file of the directory
 * @store: the directory
 * @name: the file
 * @ret_text: its text; the caller frees it
 *
 * Return: 0; -ENOENT, not said; another negative errno, already said.
 */
int store_read_text(const struct store *store, const char *name, char **ret_text)
{
	size_t length;
	void *data;
	int r;

	r = store_read(store, name, STORE_TEXT_MAX, &data, &length);
	if (r < 0)
		return r;
	*ret_text = data;
	return 0;
}

/**
 * store_read_number() - read a file that holds one number
 * @store: the directory
 * @name: the file
 * @ret_value: the number; 0 when the file is not there yet
 *
 * Return: 0 or a negative errno, already said.
 */
int store_read_number(const struct store *store, const char *name, u32 *ret_value)
{
	char *text;
	u64 value;
	int r;

	r = store_read_text(store, name, &text);
	if (r == -ENOENT) {
		*ret_value = 0;
		return 0;
	}
	if (r < 0)
		return r;
	text[strcspn(text, "\n")] = '\0';
	r = parse_u64(text, UINT32_MAX, &value);
	free(text);
	if (r < 0)
		return report(-EBADMSG, "%s/%s is damaged: it must hold one number; restore it from a backup",
			      store->path, name);
	*ret_value = value;
	return 0;
}

/**
 * store_write_number() - write a file that holds one number
 * @store: the directory, open for change
 * @name: the file
 * @value: the number
 *
 * Return: 0 or a negative errno, already said.
 */
int store_write_number(const struct store *store, const char *name, u32 value)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u\n", value);

	return store_write(store, name, text, length, 0666);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/**
 * store_list() - names in a sub-directory
 * @store: the directory
 * @sub: the sub-directory
 * @ret_names: names, sorted, without what a crash left behind; free the list
 * @ret_count: how many
 *
 * Return: 0 or a negative errno, already said.
 */
int store_list(const struct store *store, const char *sub, char ***ret_names,
	       size_t *ret_count)
{
	int fd = openat(store->fd, sub, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	char **names = NULL, **more;
	struct dirent *entry;
	size_t count = 0;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return report(-errno, "Cannot read %s/%s: %s", store->path, sub,
			      strerror(errno));
	}
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		more = realloc(names, (count + 1) * sizeof(*names));
		if (more)
			names = more;
		if (!more || !(names[count] = strdup(entry->d_name)))
			goto err_free;
		count++;
	}
	closedir(dir);
	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	*ret_names = names;
	*ret_count = count;
	return 0;

err_free:
	while (count)
		free(names[--count]);
	free(names);
	closedir(dir);
	return report(-ENOMEM, "Cannot read %s/%s: out of memory", store->path, sub);
}

/**
 * store_list_free() - forget a list of names
 * @names: the names
 * @count: how many
 */
void store_list_free(char **names, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

/**
 * text_field() - value of "KEY VALUE" in a text of such lines
 * @text: the text
 * @key: the key
 * @out: the value, NUL-terminated; untouched when there is none or no room
 * @size: room in @out
 *
 * Return: true if the value is in @out.
 */
bool text_field(const char *text, const char *key, char *out, size_t size)
{
	size_t key_length = strlen(key), length;

	for (; *text; text += length, text += *text == '\n') {
		length = strcspn(text, "\n");
		if (length <= key_length || strncmp(text, key, key_length) ||
		    text[key_length] != ' ')
			continue;
		if (length - key_length > size)
			return false;
		memcpy(out, text + key_length + 1, length - key_length - 1);
		out[length - key_length - 1] = '\0';
		return true;
	}
	return false;
}
