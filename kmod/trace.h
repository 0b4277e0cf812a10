/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: what happened at a port, without a byte of what was sent.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM svcgate

#if !defined(_SVCGATE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _SVCGATE_TRACE_H

#include <linux/tracepoint.h>

#include "event.h"

DECLARE_EVENT_CLASS(svcgate_port_event,
	TP_PROTO(const struct svcgate_event *event),
	TP_ARGS(event),
	TP_STRUCT__entry(
		__string(port, event->port)
		__field(u16, op)
		__field(u16, reason)
		__field(u16, detail)
	),
	TP_fast_assign(
		svcgate_assign_str(port, event->port);
		__entry->op = event->op;
		__entry->reason = event->reason;
		__entry->detail = event->detail;
	),
	TP_printk("port=%s op=0x%04x reason=0x%04x detail=%u", __get_str(port),
		  __entry->op, __entry->reason, __entry->detail)
);

#define SVCGATE_PORT_EVENT(name)				\
	DEFINE_EVENT(svcgate_port_event, name,			\
		TP_PROTO(const struct svcgate_event *event),	\
		TP_ARGS(event)					\
	)

SVCGATE_PORT_EVENT(svcgate_attach);
SVCGATE_PORT_EVENT(svcgate_detach);
SVCGATE_PORT_EVENT(svcgate_admit);
SVCGATE_PORT_EVENT(svcgate_refuse);

TRACE_EVENT(svcgate_verify,
	TP_PROTO(u8 kind, u16 reason, bool cached, u64 total_ns, u64 signature_ns),
	TP_ARGS(kind, reason, cached, total_ns, signature_ns),
	TP_STRUCT__entry(
		__field(u8, kind)
		__field(u16, reason)
		__field(bool, cached)
		__field(u64, total_ns)
		__field(u64, signature_ns)
	),
	TP_fast_assign(
		__entry->kind = kind;
		__entry->reason = reason;
		__entry->cached = cached;
		__entry->total_ns = total_ns;
		__entry->signature_ns = signature_ns;
	),
	TP_printk("kind=%u reason=0x%04x cached=%d total_ns=%llu signature_ns=%llu",
		  __entry->kind, __entry->reason, __entry->cached,
		  __entry->total_ns, __entry->signature_ns)
);

#endif /* _SVCGATE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
