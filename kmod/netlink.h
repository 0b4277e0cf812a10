/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink family "svcgate".
 */
#ifndef _SVCGATE_NETLINK_H
#define _SVCGATE_NETLINK_H

struct svcgate_event;

void svcgate_netlink_event(const struct svcgate_event *event);
int svcgate_netlink_init(void);
void svcgate_netlink_exit(void);

#endif /* _SVCGATE_NETLINK_H */
