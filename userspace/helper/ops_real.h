/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outside as it is.
 */
#ifndef _SVCGATED_OPS_REAL_H
#define _SVCGATED_OPS_REAL_H

#include "helper_ops.h"

int ops_real_connect(unsigned int wait_seconds);
void ops_real_listen(void);
void ops_real_disconnect(void);

#endif /* _SVCGATED_OPS_REAL_H */
