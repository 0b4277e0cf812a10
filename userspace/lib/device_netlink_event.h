/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Events of the gate: what it tells all who listen, as it happens.
 */
#ifndef _SVCGATE_DEVICE_NETLINK_EVENT_H
#define _SVCGATE_DEVICE_NETLINK_EVENT_H

#include "pure.h"

struct device_events;

/**
 * struct device_event - one event
 * @kind: &enum svcgate_event_kind
 * @port: name of the tty, or ""
 * @op: &enum svcgate_op, or 0
 * @reason: &enum svcgate_reason
 * @detail: the reason's detail
 */
struct device_event {
	u16 kind;
	char port[SVCGATE_PORT_NAME_SIZE];
	u16 op;
	u16 reason;
	u16 detail;
};

int device_events_open(struct device_events **ret_events);
void device_events_close(struct device_events *events);
int device_events_wait(struct device_events *events, int timeout_ms,
		       struct device_event *ret_event);

#endif /* _SVCGATE_DEVICE_NETLINK_EVENT_H */
