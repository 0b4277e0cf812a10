/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent: keeps the privileges, never sees a byte of the host.
 */
#ifndef _SVCGATED_SERVE_H
#define _SVCGATED_SERVE_H

#include "options.h"

int serve(const struct options *options);

#endif /* _SVCGATED_SERVE_H */
