/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How requests ended, for hosts that lost the answer.
 */
#ifndef _SVCGATE_OUTCOME_H
#define _SVCGATE_OUTCOME_H

#include <linux/types.h>
#include <linux/svcgate.h>

void svcgate_outcome_set(u64 session, u16 transaction, enum svcgate_outcome_state state,
			 u16 reason, u16 detail);
void svcgate_outcome_get(u64 session, u16 transaction,
			 struct svcgate_outcome_answer *ret);

#endif /* _SVCGATE_OUTCOME_H */
