// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The directory of the maker's operations. A file that is wrong in any way costs
 * its own operation, which then does not exist, and no other.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "gate.h"
#include "maker.h"

#define SUFFIX		".conf"

/**
 * struct loader - the directory being read
 * @path: of the directory
 * @dir: its descriptor
 * @report: who hears of what is refused
 * @ops: what was taken so far
 */
struct loader {
	const char *path;
	int dir;
	const struct maker_report *report;
	struct maker_ops *ops;
};

static void refuse(const struct loader *loader, const char *name, unsigned int line,
		   const char *why, const char *cure)
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s%s%s", loader->path, *name ? "/" : "", name);
	loader->report->refused(loader->report->context, file, line, why, cure);
}

/* Whoever may write it decides what runs, and who may have it run. */
static void refuse_writable(const struct loader *loader, const char *name)
{
	refuse(loader, name, 0, "others than root can write it",
	       "have root own it, and nobody else write it: chown root, chmod go-w");
}

static bool is_name(const char *name)
{
	size_t length = strlen(name), suffix = sizeof(SUFFIX) - 1;

	return *name != '.' && length > suffix && !strcmp(name + length - suffix, SUFFIX);
}

static int is_file(const struct dirent *entry)
{
	return is_name(entry->d_name);
}

/* Its text with a NUL behind it, to be freed; NULL when it was refused. */
static char *read_file(const struct loader *loader, const char *name, size_t *ret_length)
{
	char *text = malloc(MAKER_FILE_MAX + 1);
	ssize_t n = -ENOMEM;

	if (text)
		n = files_read_trusted(loader->dir, name, text, MAKER_FILE_MAX + 1);
	if (n > MAKER_FILE_MAX)
		n = -EFBIG;
	if (n >= 0) {
		text[n] = '\0';
		*ret_length = (size_t)n;
		return text;
	}
	free(text);
	if (n == -EPERM)
		refuse_writable(loader, name);
	else if (n == -EFBIG)
		refuse(loader, name, 0, "it is longer than 4096 bytes",
		       "one file is one operation");
	else if (n == -EBADF || n == -ELOOP)
		refuse(loader, name, 0, "it is not a regular file",
		       "put the file itself there, not a link to it");
	else
		refuse(loader, name, 0, strerror((int)-n), "make it readable for root");
	return NULL;
}

/* A program that is not there now may never be: better said at the start. */
static bool check_program(const struct loader *loader, const char *name,
			  const struct maker_op *op)
{
	struct stat status;

	if (stat(op->program, &status) < 0 || !S_ISREG(status.st_mode) ||
	    !(status.st_mode & 0111)) {
		refuse(loader, name, 0, "its program is not there, or cannot be run",
		       "install the program, or correct its path");
		return false;
	}
	if (!files_trusted(&status)) {
		refuse(loader, name, 0, "others than root can write its program",
		       "have root own the program, and nobody else write it");
		return false;
	}
	return true;
}

static bool is_builtin(const char *name)
{
	unsigned int i;

	for (i = 0; i < svcgate_policy_count; i++)
		if (!strcmp(svcgate_policy[i].name, name))
			return true;
	return false;
}

/* Numbers and names are the operation: neither may mean two things. */
static bool check_unique(const struct loader *loader, const char *name,
			 const struct maker_op *op)
{
	char why[NAME_MAX + 64];
	const struct maker_op *other;
	bool number;
	size_t i;

	if (is_builtin(op->rule.name)) {
		refuse(loader, name, 0, "an operation of svcgate's own has this name",
		       "give it another name");
		return false;
	}
	for (i = 0; i < loader->ops->count; i++) {
		other = &loader->ops->list[i];
		number = other->rule.op == op->rule.op;
		if (!number && strcmp(other->rule.name, op->rule.name))
			continue;
		snprintf(why, sizeof(why), "%s has the same %s", other->file,
			 number ? "number" : "name");
		refuse(loader, name, 0, why, "give each operation a number and a name of its own");
		return false;
	}
	if (loader->ops->count == SVCGATE_RULES_MAX) {
		refuse(loader, name, 0, "a device has at most 64 operations of the maker's",
		       "take a file away");
		return false;
	}
	return true;
}

static bool append(const struct loader *loader, const char *name, const struct maker_op *op)
{
	struct maker_ops *ops = loader->ops;
	struct maker_op *list;
	char *file = strdup(name);

	list = file ? realloc(ops->list, (ops->count + 1) * sizeof(*list)) : NULL;
	if (!list) {
		free(file);
		refuse(loader, name, 0, strerror(ENOMEM), "give svcgated more memory");
		return false;
	}
	ops->list = list;
	list[ops->count] = *op;
	list[ops->count++].file = file;
	return true;
}

static void load_file(const struct loader *loader, const char *name)
{
	const char *why, *cure;
	struct maker_op op;
	size_t length = 0;
	unsigned int line;
	char *text;

	text = read_file(loader, name, &length);
	if (!text)
		return;
	if (maker_parse(text, length, &op, &line, &why, &cure) < 0) {
		refuse(loader, name, line, why, cure);
		free(text);
		return;
	}
	op.text = text;
	if (!check_unique(loader, name, &op) || !check_program(loader, name, &op) ||
	    !append(loader, name, &op))
		free(text);
}

static void load_all(const struct loader *loader)
{
	struct dirent **names;
	struct stat status;
	int count, i;

	if (fstat(loader->dir, &status) < 0 || !files_trusted(&status)) {
		refuse_writable(loader, "");
		return;
	}
	/* The order is the same at each start, so the same one of two counts. */
	count = scandirat(loader->dir, ".", &names, is_file, alphasort);
	if (count < 0) {
		refuse(loader, "", 0, strerror(errno), "make it readable for root");
		return;
	}
	for (i = 0; i < count; i++) {
		load_file(loader, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

/**
 * maker_load() - read the maker's operations
 * @path: their directory; NULL for the usual one, which need not be there
 * @report: who hears of what is refused
 * @ret_ops: what is left; to be given to maker_free()
 */
void maker_load(const char *path, const struct maker_report *report,
		struct maker_ops *ret_ops)
{
	struct loader loader = {
		.path = path ? path : MAKER_DIR,
		.report = report,
		.ops = ret_ops,
	};
	int r = files_open_dir(loader.path, &loader.dir);

	*ret_ops = (struct maker_ops){};
	if (r == -ENOENT && !path)
		return;
	if (r < 0) {
		refuse(&loader, "", 0, strerror(-r), "name the directory with --ops-dir");
		return;
	}
	load_all(&loader);
	close(loader.dir);
}

/**
 * maker_drop() - take an operation away
 * @ops: all of them
 * @i: which; those behind it move up
 */
void maker_drop(struct maker_ops *ops, size_t i)
{
	free(ops->list[i].file);
	free(ops->list[i].text);
	ops->count--;
	memmove(ops->list + i, ops->list + i + 1, (ops->count - i) * sizeof(*ops->list));
}

/**
 * maker_free() - give back their memory
 * @ops: all of them
 */
void maker_free(struct maker_ops *ops)
{
	while (ops->count)
		maker_drop(ops, ops->count - 1);
	free(ops->list);
	ops->list = NULL;
}

/**
 * maker_find() - the operation of a number
 * @ops: all of them
 * @number: the number
 *
 * Return: the operation or NULL.
 */
const struct maker_op *maker_find(const struct maker_ops *ops, u16 number)
{
	size_t i;

	for (i = 0; i < ops->count; i++)
		if (ops->list[i].rule.op == number)
			return &ops->list[i];
	return NULL;
}
