// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The outside as it is: struct helper_ops on system calls.
 */
#include "files.h"
#include "helper_ops.h"

const struct helper_ops helper_ops_real = {
	.file_read = files_read,
	.file_write = files_write,
	.file_rename = files_rename,
	.file_remove = files_remove,
	.dir_sync = files_sync_dir,
};
