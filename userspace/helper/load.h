/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A keystore or capability file from the device itself.
 */
#ifndef _SVCGATED_LOAD_H
#define _SVCGATED_LOAD_H

#include "helper_ops.h"
#include "options.h"
#include "reason.h"

enum svcgate_exit load(const struct options *options);
enum svcgate_exit load_bytes(const struct helper_ops *ops, const struct options *options,
			     const void *file, size_t length);

#endif /* _SVCGATED_LOAD_H */
