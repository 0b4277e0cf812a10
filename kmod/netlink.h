/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Generic netlink family "svcgate".
 */
#ifndef _SVCGATE_NETLINK_H
#define _SVCGATE_NETLINK_H

struct genl_family;
struct genl_info;
struct netlink_callback;
struct sk_buff;
struct svcgate_event;

extern struct genl_family svcgate_family;

/* netlink.c APIs: */
struct sk_buff *svcgate_netlink_reply(struct genl_info *info, void **ret_header);
void svcgate_netlink_event(const struct svcgate_event *event);
int svcgate_netlink_init(void);
void svcgate_netlink_exit(void);

/* netlink_get.c APIs, handlers of the commands that change nothing: */
int svcgate_netlink_get_device(struct sk_buff *skb, struct genl_info *info);
int svcgate_netlink_dump_policy(struct sk_buff *skb, struct netlink_callback *cb);
int svcgate_netlink_dump_capabilities(struct sk_buff *skb, struct netlink_callback *cb);
int svcgate_netlink_dump_ports(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _SVCGATE_NETLINK_H */
