/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reasons in words: the only place of the sentences that people read.
 */
#ifndef _SVCGATE_REASON_H
#define _SVCGATE_REASON_H

#include "pure.h"

/**
 * enum svcgate_exit - exit codes of the tool; scripts rely on them
 * @SVCGATE_EXIT_DONE: carried out
 * @SVCGATE_EXIT_FAILED: failed, busy, or the outcome is unknown
 * @SVCGATE_EXIT_USAGE: the command line is wrong
 * @SVCGATE_EXIT_FORBIDDEN: the device refused the operation
 * @SVCGATE_EXIT_NO_DEVICE: no device, or no answer
 * @SVCGATE_EXIT_REJECTED: a file or credential was rejected
 */
enum svcgate_exit {
	SVCGATE_EXIT_DONE = 0,
	SVCGATE_EXIT_FAILED = 1,
	SVCGATE_EXIT_USAGE = 2,
	SVCGATE_EXIT_FORBIDDEN = 3,
	SVCGATE_EXIT_NO_DEVICE = 4,
	SVCGATE_EXIT_REJECTED = 5,
};

/**
 * struct svcgate_reason_context - what makes a sentence exact; all may be 0
 * @op: that was asked for
 * @detail: of the reason
 * @kind: &enum svcgate_kind of the file it is about; 0 counts as capability
 * @file: path of the file it is about
 * @selected: it travelled because "capability select" chose it
 * @file_device: ID of the device that the file names
 * @device: ID of the device that answered
 */
struct svcgate_reason_context {
	u16 op;
	u16 detail;
	u8 kind;
	const char *file;
	bool selected;
	const char *file_device;
	const char *device;
};

/**
 * enum svcgate_reason_detail - what a reason's detail is
 */
enum svcgate_reason_detail {
	SVCGATE_DETAIL_NONE,
	SVCGATE_DETAIL_NUMBER,
	SVCGATE_DETAIL_OP,
	SVCGATE_DETAIL_CAPABILITY,
	SVCGATE_DETAIL_OBJECT,
	SVCGATE_DETAIL_STRENGTH,
	SVCGATE_DETAIL_KIND,
	SVCGATE_DETAIL_PURPOSE,
	SVCGATE_DETAIL_FIELD,
	SVCGATE_DETAIL_STATE,
	SVCGATE_DETAIL_SECTION,
};

/**
 * struct svcgate_reason_entry - a reason in words
 * @reason: &enum svcgate_reason
 * @name: for scripts; a promise
 * @exit: exit code of the tool
 * @detail: what the detail is
 * @stale: once good, for this device or another; a selection outlives it
 * @sentence: what was refused and why; about a file: what follows "the file"
 * @cure: what helps, or NULL
 *
 * In the texts {detail}, {op}, {needs}, {grants} and {ids} stand for values of
 * the context.
 */
struct svcgate_reason_entry {
	u16 reason;
	const char *name;
	enum svcgate_exit exit;
	enum svcgate_reason_detail detail;
	bool stale;
	const char *sentence;
	const char *cure;
};

/**
 * struct svcgate_link_error - a negative errno of the link or port in words
 * @error: positive errno
 * @name: for scripts
 * @exit: exit code of the tool
 * @sentence: what failed and why
 * @cure: what helps
 */
struct svcgate_link_error {
	int error;
	const char *name;
	enum svcgate_exit exit;
	const char *sentence;
	const char *cure;
};

const struct svcgate_reason_entry *svcgate_reason_find(u16 reason);
const char *svcgate_reason_cure_text(const struct svcgate_reason_entry *entry,
				     const struct svcgate_reason_context *context);
const char *svcgate_reason_name(u16 reason);
enum svcgate_exit svcgate_reason_exit(u16 reason);
bool svcgate_reason_is_file(u16 reason);
const char *svcgate_field_name(u8 kind, u16 field);
int svcgate_reason_sentence(u16 reason, const struct svcgate_reason_context *context,
			    char **ret_text);
int svcgate_reason_cure(u16 reason, const struct svcgate_reason_context *context,
			char **ret_text);

const struct svcgate_link_error *svcgate_link_error_find(int error);

#endif /* _SVCGATE_REASON_H */
