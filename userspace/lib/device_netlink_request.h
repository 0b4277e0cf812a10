/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to the gate's generic netlink family, below device_netlink.h.
 */
#ifndef _SVCGATE_DEVICE_NETLINK_REQUEST_H
#define _SVCGATE_DEVICE_NETLINK_REQUEST_H

#include "device_netlink.h"

struct nl_msg;
struct nlattr;

/**
 * typedef device_netlink_parse_fn - take one answer
 * @target: where it goes
 * @attributes: by &enum svcgate_attribute, NULL where absent
 *
 * Return: 0 or a negative errno; -EPROTO when something is missing.
 */
typedef int (*device_netlink_parse_fn)(void *target, struct nlattr **attributes);

/**
 * struct device_netlink_list - an array that a dump fills
 * @items: its beginning
 * @size: entries that fit
 * @count: entries filled
 */
struct device_netlink_list {
	void *items;
	size_t size;
	size_t count;
};

struct nl_msg *device_netlink_request_new(struct device_netlink *netlink, u8 command,
					  int flags, size_t file_length);
int device_netlink_request(struct device_netlink *netlink, struct nl_msg *message, int put,
			   device_netlink_parse_fn parse, void *target);
int device_netlink_dump(struct device_netlink *netlink, u8 command,
			device_netlink_parse_fn parse, struct device_netlink_list *list);

#endif /* _SVCGATE_DEVICE_NETLINK_REQUEST_H */
