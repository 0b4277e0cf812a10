/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One record of what happened -> tracepoint, multicast, audit.
 */
#ifndef _SVCGATE_EVENT_H
#define _SVCGATE_EVENT_H

#include <linux/types.h>
#include <linux/svcgate.h>

/**
 * struct svcgate_event - what happened
 * @kind: &enum svcgate_event_kind
 * @port: name of the port, or NULL
 * @op: the op, 0 when it is about none
 * @reason: &enum svcgate_reason
 * @detail: the reason's detail
 */
struct svcgate_event {
	u16 kind;
	const char *port;
	u16 op;
	u16 reason;
	u16 detail;
};

void svcgate_event_emit(const struct svcgate_event *event);
void svcgate_event_verified(u8 kind, u16 reason, bool cached, u64 total_ns,
			    u64 signature_ns);

#endif /* _SVCGATE_EVENT_H */
