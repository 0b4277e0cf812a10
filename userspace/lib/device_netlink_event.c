// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events of the gate's generic netlink family. They come over a socket of their
 * own: answers to requests would be in their way.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdlib.h>

#include "device_netlink_event.h"

/**
 * struct device_events - who listens
 * @socket: generic netlink, member of the group, does not block
 * @event: the last one that came
 * @seen: it has not been given away yet
 */
struct device_events {
	struct nl_sock *socket;
	struct device_event event;
	bool seen;
};

static struct nla_policy event_policy[SVCGATE_A_MAX + 1] = {
	[SVCGATE_A_PORT_NAME] = { .type = NLA_NUL_STRING,
				  .maxlen = SVCGATE_PORT_NAME_SIZE },
	[SVCGATE_A_OP] = { .type = NLA_U16 },
	[SVCGATE_A_REASON] = { .type = NLA_U16 },
	[SVCGATE_A_DETAIL] = { .type = NLA_U16 },
	[SVCGATE_A_EVENT] = { .type = NLA_U16 },
};

static u16 get_u16(struct nlattr *attribute)
{
	return attribute ? nla_get_u16(attribute) : 0;
}

static int on_event(struct nl_msg *message, void *argument)
{
	struct nlattr *a[SVCGATE_A_MAX + 1];
	struct device_events *events = argument;

	if (genlmsg_parse(nlmsg_hdr(message), 0, a, SVCGATE_A_MAX, event_policy) < 0 ||
	    !a[SVCGATE_A_EVENT])
		return NL_SKIP;
	events->event = (struct device_event){
		.kind = nla_get_u16(a[SVCGATE_A_EVENT]),
		.op = get_u16(a[SVCGATE_A_OP]),
		.reason = get_u16(a[SVCGATE_A_REASON]),
		.detail = get_u16(a[SVCGATE_A_DETAIL]),
	};
	if (a[SVCGATE_A_PORT_NAME])
		nla_strlcpy(events->event.port, a[SVCGATE_A_PORT_NAME],
			    sizeof(events->event.port));
	events->seen = true;
	/* One datagram has one event. */
	return NL_STOP;
}

/**
 * device_events_open() - begin to listen
 * @ret_events: to be given to device_events_close()
 *
 * Return: 0, -ENOENT when the module is not loaded, -EPERM without the right to
 * listen, or another negative errno.
 */
int device_events_open(struct device_events **ret_events)
{
	struct device_events *events = calloc(1, sizeof(*events));
	int group, r;

	if (!events)
		return -ENOMEM;
	events->socket = nl_socket_alloc();
	if (!events->socket) {
		free(events);
		return -ENOMEM;
	}
	nl_socket_disable_seq_check(events->socket);
	r = nl_socket_modify_cb(events->socket, NL_CB_VALID, NL_CB_CUSTOM, on_event, events);
	if (!r)
		r = genl_connect(events->socket);
	if (!r) {
		group = genl_ctrl_resolve_grp(events->socket, SVCGATE_GENL_NAME,
					      SVCGATE_GENL_EVENTS);
		r = group < 0 ? group : nl_socket_add_membership(events->socket, group);
	}
	if (!r)
		r = nl_socket_set_nonblocking(events->socket);
	if (!r) {
		*ret_events = events;
		return 0;
	}
	device_events_close(events);
	if (r == -NLE_OBJ_NOTFOUND)
		return -ENOENT;
	if (r == -NLE_PERM || r == -NLE_NOACCESS)
		return -EPERM;
	return r == -NLE_NOMEM ? -ENOMEM : -EIO;
}

/**
 * device_events_close() - listen no more
 * @events: from device_events_open(), or NULL
 */
void device_events_close(struct device_events *events)
{
	if (!events)
		return;
	nl_socket_free(events->socket);
	free(events);
}

/**
 * device_events_wait() - wait for the next event
 * @events: who listens
 * @timeout_ms: for poll(); -1 for ever
 * @ret_event: the event
 *
 * Return: 0, -ETIMEDOUT when there was none, -ENOBUFS when some were lost, or
 * another negative errno.
 */
int device_events_wait(struct device_events *events, int timeout_ms,
		       struct device_event *ret_event)
{
	struct pollfd fd = { .fd = nl_socket_get_fd(events->socket), .events = POLLIN };
	int r;

	events->seen = false;
	while (!events->seen) {
		r = poll(&fd, 1, timeout_ms);
		if (!r)
			return -ETIMEDOUT;
		if (r < 0)
			return -errno;
		r = nl_recvmsgs_default(events->socket);
		if (r == -NLE_NOMEM)
			return -ENOBUFS;
		if (r < 0 && r != -NLE_AGAIN)
			return -EIO;
	}
	*ret_event = events->event;
	return 0;
}
