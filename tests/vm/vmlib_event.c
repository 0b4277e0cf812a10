// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the tests in the VM share, third part: the multicast group "events".
 */
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vmlib.h"

int vm_events_open(void)
{
	struct nl_sock *socket = nl_socket_alloc();
	int group, fd = -ENOENT;

	if (!socket)
		return -ENOMEM;
	if (!genl_connect(socket)) {
		group = genl_ctrl_resolve_grp(socket, SVCGATE_GENL_NAME, SVCGATE_GENL_EVENTS);
		if (group >= 0 && !nl_socket_add_memberships(socket, group, 0))
			fd = dup(nl_socket_get_fd(socket));
	}
	nl_socket_free(socket);
	return fd;
}

static bool parse(char *buffer, struct vm_event *ret_event)
{
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	struct nlattr *a[SVCGATE_A_MAX + 1];

	if (genlmsg_parse(header, 0, a, SVCGATE_A_MAX, NULL) || !a[SVCGATE_A_EVENT])
		return false;
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->kind = nla_get_u16(a[SVCGATE_A_EVENT]);
	if (a[SVCGATE_A_PORT_NAME])
		nla_strlcpy(ret_event->port, a[SVCGATE_A_PORT_NAME], sizeof(ret_event->port));
	if (a[SVCGATE_A_OP])
		ret_event->op = nla_get_u16(a[SVCGATE_A_OP]);
	if (a[SVCGATE_A_REASON])
		ret_event->reason = nla_get_u16(a[SVCGATE_A_REASON]);
	if (a[SVCGATE_A_DETAIL])
		ret_event->detail = nla_get_u16(a[SVCGATE_A_DETAIL]);
	return true;
}

int vm_event_next(int fd, int ms, struct vm_event *ret_event)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	_Alignas(struct nlmsghdr) char buffer[4096];
	ssize_t n;

	if (poll(&poller, 1, ms) != 1)
		return -ETIME;
	n = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	return parse(buffer, ret_event) ? 0 : -EPROTO;
}

int vm_event_wait(int fd, u16 kind, struct vm_event *ret_event)
{
	const int64_t end = vm_now() + VM_PATIENCE_MS;
	int r;

	do {
		r = vm_event_next(fd, end > vm_now() ? end - vm_now() : 0, ret_event);
	} while (!r && ret_event->kind != kind);
	return r;
}

/* The end of a session, told to the host and to who listens. */
bool vm_session_ended(struct svcgate_line *line, int events, u64 session, u16 reason)
{
	const struct svcgate_close *close;
	struct svcgate_line_frame frame;
	struct vm_event event;

	do {
		if (vm_event_wait(events, SVCGATE_EVENT_SESSION, &event))
			return false;
	} while (event.reason == SVCGATE_REASON_DONE);
	if (event.reason != reason || vm_receive(line, SVCGATE_FRAME_CLOSE, &frame))
		return false;
	close = (const void *)frame.data;
	return frame.session == session && !frame.transaction &&
	       frame.length == sizeof(*close) &&
	       svcgate_get_le16((const u8 *)&close->reason) == reason;
}
