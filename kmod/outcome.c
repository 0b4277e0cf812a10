// SPDX-License-Identifier: GPL-2.0-only
/*
 * The last outcomes of all ports. Only what was handed on is remembered, so that
 * nobody without a capability can push other hosts' outcomes out at will.
 */
#include <linux/mutex.h>
#include <linux/string.h>

#include "outcome.h"

/**
 * struct outcome - how one request ended
 * @session: in which it was made; 0: the entry is free
 * @transaction: its number
 * @reason: why it was not done
 * @detail: the reason's detail
 * @state: &enum svcgate_outcome_state
 */
struct outcome {
	u64 session;
	u16 transaction;
	u16 reason;
	u16 detail;
	u8 state;
};

/* Protects what follows; innermost. */
static DEFINE_MUTEX(ring_lock);
static struct outcome ring[SVCGATE_OUTCOMES_MAX];
static unsigned int ring_next;

static struct outcome *find(u64 session, u16 transaction)
{
	struct outcome *o;

	for (o = ring; session && o < ring + SVCGATE_OUTCOMES_MAX; o++)
		if (o->session == session && o->transaction == transaction)
			return o;
	return NULL;
}

/**
 * svcgate_outcome_set() - remember how a request stands
 * @session: in which it was made
 * @transaction: its number
 * @state: how it stands
 * @reason: why it was not done
 * @detail: the reason's detail
 */
void svcgate_outcome_set(u64 session, u16 transaction, enum svcgate_outcome_state state,
			 u16 reason, u16 detail)
{
	struct outcome *o;

	mutex_lock(&ring_lock);
	o = find(session, transaction);
	if (!o) {
		o = &ring[ring_next];
		ring_next = (ring_next + 1) % SVCGATE_OUTCOMES_MAX;
	}
	*o = (struct outcome){
		.session = session,
		.transaction = transaction,
		.reason = reason,
		.detail = detail,
		.state = state,
	};
	mutex_unlock(&ring_lock);
}

/**
 * svcgate_outcome_get() - how did a request end?
 * @session: in which it was made
 * @transaction: its number
 * @ret: the answer
 */
void svcgate_outcome_get(u64 session, u16 transaction,
			 struct svcgate_outcome_answer *ret)
{
	const struct outcome *o;

	memset(ret, 0, sizeof(*ret));
	mutex_lock(&ring_lock);
	o = find(session, transaction);
	if (o) {
		ret->outcome = o->state;
		ret->reason = cpu_to_le16(o->reason);
		ret->detail = cpu_to_le16(o->detail);
	}
	mutex_unlock(&ring_lock);
}
