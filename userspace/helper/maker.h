/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maker's operations: files that say what an operation needs, and which
 * program carries it out.
 */
#ifndef _SVCGATED_MAKER_H
#define _SVCGATED_MAKER_H

#include "device_netlink.h"

/* Where the files are unless --ops-dir says otherwise. */
#define MAKER_DIR		"/etc/svcgate/ops.d"

/* Longest file, and most fixed arguments of a program. */
#define MAKER_FILE_MAX		4096
#define MAKER_ARGUMENTS_MAX	8

struct helper_ops;

/**
 * struct maker_op - an operation
 * @rule: its number, name and capabilities, as the kernel is told
 * @program: its executor, whole path
 * @arguments: of the program behind the operation's name, NULL at the end
 * @file: name of its file
 * @text: what the strings point into
 */
struct maker_op {
	struct device_rule rule;
	const char *program;
	const char *arguments[MAKER_ARGUMENTS_MAX + 1];
	char *file;
	char *text;
};

/**
 * struct maker_ops - all of them
 * @list: by name of the file
 * @count: how many
 */
struct maker_ops {
	struct maker_op *list;
	size_t count;
};

/**
 * struct maker_report - who hears of a file that is refused
 * @refused: @line is 0 when it is about the file as a whole; @cure says what helps
 * @context: of the caller
 */
struct maker_report {
	void (*refused)(void *context, const char *file, unsigned int line,
			const char *why, const char *cure);
	void *context;
};

void maker_load(const char *path, const struct maker_report *report,
		struct maker_ops *ret_ops);
void maker_free(struct maker_ops *ops);
void maker_drop(struct maker_ops *ops, size_t i);
const struct maker_op *maker_find(const struct maker_ops *ops, u16 number);

/* maker_file.c */
int maker_parse(char *text, size_t length, struct maker_op *ret_op,
		unsigned int *ret_line, const char **ret_why, const char **ret_cure);

/* maker_rules.c */
void maker_log_refused(void *context, const char *file, unsigned int line,
		       const char *why, const char *cure);
void maker_rules(const struct helper_ops *ops, bool sealed, struct maker_ops *maker);

#endif /* _SVCGATED_MAKER_H */
