// SPDX-License-Identifier: GPL-2.0-only
/*
 * One record of what happened goes to everybody who wants to know: the
 * tracepoints, the multicast group and the audit log. Whoever floods a port
 * must not flood these: what a host can cause is rate-limited here (P9).
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <linux/audit.h>
#include <linux/ratelimit.h>

#include "compat.h"
#include "event.h"
#include "netlink.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static DEFINE_RATELIMIT_STATE(svcgate_event_limit, HZ, 20);

static void trace(const struct svcgate_event *event)
{
	switch (event->kind) {
	case SVCGATE_EVENT_ATTACHED:
		trace_svcgate_attach(event);
		break;
	case SVCGATE_EVENT_DETACHED:
		trace_svcgate_detach(event);
		break;
	case SVCGATE_EVENT_ADMITTED:
		trace_svcgate_admit(event);
		break;
	case SVCGATE_EVENT_REFUSED:
		trace_svcgate_refuse(event);
		break;
	}
}

/* Never waits for a full backlog: a port must not stand still for the log (P9). */
static void audit(const struct svcgate_event *event)
{
	audit_log(NULL, GFP_NOWAIT, AUDIT_KERNEL_OTHER,
		  "svcgate event=%u port=%s op=0x%04x reason=0x%04x detail=%u res=%d",
		  event->kind, event->port ? event->port : "?", event->op,
		  event->reason, event->detail, !event->reason);
}

/**
 * svcgate_event_emit() - tell that something happened
 * @event: what
 *
 * Context: may sleep; takes no lock of svcgate, so callers may hold theirs.
 */
void svcgate_event_emit(const struct svcgate_event *event)
{
	trace(event);
	if (!__ratelimit(&svcgate_event_limit))
		return;
	svcgate_netlink_event(event);
	audit(event);
}

/**
 * svcgate_event_verified() - tell that a signature or the cache decided
 * @kind: &enum svcgate_kind
 * @reason: the result
 * @cached: no signature was needed
 * @total_ns: time for everything
 * @signature_ns: time for the signature alone
 */
void svcgate_event_verified(u8 kind, u16 reason, bool cached, u64 total_ns,
			    u64 signature_ns)
{
	trace_svcgate_verify(kind, reason, cached, total_ns, signature_ns);
}
