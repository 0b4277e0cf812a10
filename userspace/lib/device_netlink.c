// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate's generic netlink family: one function a command. What goes over
 * the socket and how errors come back is in device_netlink_request.c.
 */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "device_netlink_request.h"

/* A request without a file. */
static struct nl_msg *begin(struct device_netlink *netlink, u8 command)
{
	return device_netlink_request_new(netlink, command, 0, 0);
}

static int parse_device(void *target, struct nlattr **a)
{
	struct device_info *info = target;

	if (!a[SVCGATE_A_STATE])
		return -EPROTO;
	if (a[SVCGATE_A_DEVICE_ID]) {
		info->id_length = (size_t)nla_len(a[SVCGATE_A_DEVICE_ID]);
		memcpy(info->id, nla_data(a[SVCGATE_A_DEVICE_ID]), info->id_length);
	}
	if (a[SVCGATE_A_AUDIENCE])
		memcpy(info->audience, nla_data(a[SVCGATE_A_AUDIENCE]),
		       sizeof(info->audience));
	info->state = nla_get_u8(a[SVCGATE_A_STATE]);
	info->sealed = a[SVCGATE_A_SEALED];
	if (a[SVCGATE_A_KEYSTORE_VERSION])
		info->keystore_version = nla_get_u32(a[SVCGATE_A_KEYSTORE_VERSION]);
	if (a[SVCGATE_A_EPOCH])
		info->epoch = nla_get_u32(a[SVCGATE_A_EPOCH]);
	if (a[SVCGATE_A_GENERATION])
		info->generation = nla_get_u32(a[SVCGATE_A_GENERATION]);
	if (a[SVCGATE_A_CHANGE])
		info->change = nla_get_u64(a[SVCGATE_A_CHANGE]);
	if (a[SVCGATE_A_CHANGE_ENDED])
		info->change_ended = nla_get_u64(a[SVCGATE_A_CHANGE_ENDED]);
	if (a[SVCGATE_A_REASON])
		info->change_reason = nla_get_u16(a[SVCGATE_A_REASON]);
	return 0;
}

/**
 * device_netlink_get_device() - what the kernel knows of the device
 * @netlink: the connection
 * @ret_info: the answer
 *
 * Return: 0 or a negative errno.
 */
int device_netlink_get_device(struct device_netlink *netlink, struct device_info *ret_info)
{
	struct device_info info = {};
	int r;

	r = device_netlink_request(netlink, begin(netlink, SVCGATE_CMD_GET_DEVICE), 0,
				   parse_device, &info);
	if (!r)
		*ret_info = info;
	return r;
}

static int dump(struct device_netlink *netlink, u8 command, device_netlink_parse_fn parse,
		void *items, size_t size, size_t *ret_count)
{
	struct device_netlink_list list = { .items = items, .size = size };
	int r;

	r = device_netlink_dump(netlink, command, parse, &list);
	if (!r)
		*ret_count = list.count;
	return r;
}

static int parse_counters(struct nlattr *nest, u64 counters[__SVCGATE_COUNTER_MAX])
{
	struct nlattr *one;
	int left;

	nla_for_each_nested(one, nest, left) {
		/* A newer module may count more. */
		if (nla_type(one) > SVCGATE_COUNTER_MAX)
			continue;
		if (nla_len(one) != sizeof(u64))
			return -EPROTO;
		counters[nla_type(one)] = nla_get_u64(one);
	}
	return 0;
}

static int parse_port(void *target, struct nlattr **a)
{
	struct device_netlink_list *list = target;
	struct device_port *port = (struct device_port *)list->items + list->count;

	if (!a[SVCGATE_A_PORT_NAME] || !a[SVCGATE_A_PORT_NUMBER])
		return -EPROTO;
	if (list->count >= list->size)
		return -ENOSPC;
	memset(port, 0, sizeof(*port));
	nla_strlcpy(port->name, a[SVCGATE_A_PORT_NAME], sizeof(port->name));
	port->number = nla_get_u32(a[SVCGATE_A_PORT_NUMBER]);
	if (a[SVCGATE_A_PORT_FLAGS])
		port->flags = nla_get_u32(a[SVCGATE_A_PORT_FLAGS]);
	if (a[SVCGATE_A_BAUD])
		port->baud = nla_get_u32(a[SVCGATE_A_BAUD]);
	list->count++;
	return a[SVCGATE_A_COUNTERS] ? parse_counters(a[SVCGATE_A_COUNTERS], port->counters) : 0;
}

/**
 * device_netlink_get_ports() - the ports that the kernel holds
 * @netlink: the connection
 * @ret_ports: room for the answer
 * @size: entries of @ret_ports; %SVCGATE_PORTS_MAX is always enough
 * @ret_count: entries filled
 *
 * Return: 0, -ENOSPC when there are more ports than room, or another negative
 * errno. On failure @ret_ports may have been written to.
 */
int device_netlink_get_ports(struct device_netlink *netlink, struct device_port *ret_ports,
			     size_t size, size_t *ret_count)
{
	return dump(netlink, SVCGATE_CMD_GET_PORT, parse_port, ret_ports, size, ret_count);
}

static int parse_rule(void *target, struct nlattr **a)
{
	struct device_netlink_list *list = target;
	struct device_rule *rule = (struct device_rule *)list->items + list->count;

	if (!a[SVCGATE_A_OP] || !a[SVCGATE_A_OP_NAME] || !a[SVCGATE_A_OP_FLAGS])
		return -EPROTO;
	if (list->count >= list->size)
		return -ENOSPC;
	memset(rule, 0, sizeof(*rule));
	rule->op = nla_get_u16(a[SVCGATE_A_OP]);
	nla_strlcpy(rule->name, a[SVCGATE_A_OP_NAME], sizeof(rule->name));
	rule->flags = nla_get_u32(a[SVCGATE_A_OP_FLAGS]);
	if (a[SVCGATE_A_OP_MASK])
		rule->mask = nla_get_u64(a[SVCGATE_A_OP_MASK]);
	if (a[SVCGATE_A_OP_IMAGE_MASK])
		rule->image_mask = nla_get_u64(a[SVCGATE_A_OP_IMAGE_MASK]);
	list->count++;
	return 0;
}

/**
 * device_netlink_get_policy() - the table of operations in force
 * @netlink: the connection
 * @ret_rules: room for the rows
 * @size: entries of @ret_rules
 * @ret_count: entries filled
 *
 * Return: 0, -ENOSPC when there are more rows than room, or another negative
 * errno. On failure @ret_rules may have been written to.
 */
int device_netlink_get_policy(struct device_netlink *netlink, struct device_rule *ret_rules,
			      size_t size, size_t *ret_count)
{
	return dump(netlink, SVCGATE_CMD_GET_POLICY, parse_rule, ret_rules, size, ret_count);
}

static int parse_capability(void *target, struct nlattr **a)
{
	struct device_netlink_list *list = target;
	struct device_capability *capability =
		(struct device_capability *)list->items + list->count;

	if (!a[SVCGATE_A_CAPABILITY_ID] || !a[SVCGATE_A_ORIGIN])
		return -EPROTO;
	if (list->count >= list->size)
		return -ENOSPC;
	capability->id = nla_get_u8(a[SVCGATE_A_CAPABILITY_ID]);
	capability->origin = nla_get_u8(a[SVCGATE_A_ORIGIN]);
	list->count++;
	return 0;
}

/**
 * device_netlink_get_capabilities() - the capabilities in force
 * @netlink: the connection
 * @ret_capabilities: room for them
 * @size: entries of @ret_capabilities
 * @ret_count: entries filled
 *
 * Return: 0, -ENOSPC when there are more than room, or another negative errno.
 * On failure @ret_capabilities may have been written to.
 */
int device_netlink_get_capabilities(struct device_netlink *netlink,
				    struct device_capability *ret_capabilities,
				    size_t size, size_t *ret_count)
{
	return dump(netlink, SVCGATE_CMD_GET_CAPABILITIES, parse_capability,
		    ret_capabilities, size, ret_count);
}

/**
 * device_netlink_attach() - have the kernel hold a port
 * @netlink: the connection
 * @wanted: which port and how
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_ATTACH lists them.
 */
int device_netlink_attach(struct device_netlink *netlink,
			  const struct device_port_request *wanted)
{
	struct nl_msg *message = begin(netlink, SVCGATE_CMD_ATTACH);
	int put = 0;

	if (message) {
		put |= nla_put_string(message, SVCGATE_A_PORT_NAME, wanted->name);
		if (wanted->baud)
			put |= nla_put_u32(message, SVCGATE_A_BAUD, wanted->baud);
		if (wanted->rtscts)
			put |= nla_put_flag(message, SVCGATE_A_RTSCTS);
		if (wanted->allow_console)
			put |= nla_put_flag(message, SVCGATE_A_ALLOW_CONSOLE);
	}
	return device_netlink_request(netlink, message, put, NULL, NULL);
}

/**
 * device_netlink_detach() - have the kernel let go of a port
 * @netlink: the connection
 * @name: of the tty, without /dev/
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_DETACH lists them.
 */
int device_netlink_detach(struct device_netlink *netlink, const char *name)
{
	struct nl_msg *message = begin(netlink, SVCGATE_CMD_DETACH);
	int put = 0;

	if (message)
		put = nla_put_string(message, SVCGATE_A_PORT_NAME, name);
	return device_netlink_request(netlink, message, put, NULL, NULL);
}

/**
 * device_netlink_set_device() - tell the kernel who the device is
 * @netlink: the connection
 * @id: device ID
 * @length: its bytes
 * @audience: product line
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_SET_DEVICE lists them.
 */
int device_netlink_set_device(struct device_netlink *netlink, const void *id, size_t length,
			      const u8 audience[SVCGATE_AUDIENCE_SIZE])
{
	struct nl_msg *message = begin(netlink, SVCGATE_CMD_SET_DEVICE);
	int put = 0;

	if (length > SVCGATE_DEVICE_ID_MAX) {
		nlmsg_free(message);
		return -EINVAL;
	}
	if (message) {
		put |= nla_put(message, SVCGATE_A_DEVICE_ID, (int)length, id);
		put |= nla_put(message, SVCGATE_A_AUDIENCE, SVCGATE_AUDIENCE_SIZE, audience);
	}
	return device_netlink_request(netlink, message, put, NULL, NULL);
}

/**
 * device_netlink_set_state() - the manufacturing state that was stored
 * @netlink: the connection
 * @state: &enum svcgate_state
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_SET_STATE lists them.
 */
int device_netlink_set_state(struct device_netlink *netlink, u8 state)
{
	struct nl_msg *message = begin(netlink, SVCGATE_CMD_SET_STATE);
	int put = 0;

	if (message)
		put = nla_put_u8(message, SVCGATE_A_STATE, state);
	return device_netlink_request(netlink, message, put, NULL, NULL);
}

static int parse_verdict(void *target, struct nlattr **a)
{
	struct device_verdict *verdict = target;

	if (!a[SVCGATE_A_REASON])
		return -EPROTO;
	verdict->reason = nla_get_u16(a[SVCGATE_A_REASON]);
	if (a[SVCGATE_A_DETAIL])
		verdict->detail = nla_get_u16(a[SVCGATE_A_DETAIL]);
	if (a[SVCGATE_A_CHANGE])
		verdict->change = nla_get_u64(a[SVCGATE_A_CHANGE]);
	return 0;
}

static int give_file(struct device_netlink *netlink, u8 command, const void *file,
		    size_t length, struct device_verdict *ret_verdict)
{
	struct device_verdict verdict = {};
	struct nl_msg *message;
	int put = 0, r;

	/* The length of an attribute has 16 bits; the longest record fits. */
	if (length > UINT16_MAX - NLA_HDRLEN)
		return -EMSGSIZE;
	message = device_netlink_request_new(netlink, command, 0, length);
	if (message)
		put = nla_put(message, SVCGATE_A_BLOB, (int)length, file);
	r = device_netlink_request(netlink, message, put, parse_verdict, &verdict);
	if (!r)
		*ret_verdict = verdict;
	return r;
}

/**
 * device_netlink_set_floors() - what the state backend counted
 * @netlink: the connection
 * @floors: it; a 0 raises nothing
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_SET_FLOORS lists them.
 */
int device_netlink_set_floors(struct device_netlink *netlink,
			      const struct device_floors *floors)
{
	struct nl_msg *message = begin(netlink, SVCGATE_CMD_SET_FLOORS);
	int put = 0;

	if (message) {
		put |= nla_put_u32(message, SVCGATE_A_KEYSTORE_VERSION,
				   floors->keystore_version);
		put |= nla_put_u32(message, SVCGATE_A_EPOCH, floors->epoch);
		put |= nla_put_u32(message, SVCGATE_A_GENERATION, floors->generation);
	}
	return device_netlink_request(netlink, message, put, NULL, NULL);
}

/**
 * device_netlink_set_keystore() - give the kernel the stored keystore
 * @netlink: the connection
 * @content: of the keystore's record: one signed file or two
 * @length: its bytes
 * @ret_verdict: what the kernel says of it; done when it is in force
 *
 * Return: 0 when there is a verdict, or a negative errno;
 * %SVCGATE_CMD_SET_KEYSTORE lists them.
 */
int device_netlink_set_keystore(struct device_netlink *netlink, const void *content,
				size_t length, struct device_verdict *ret_verdict)
{
	return give_file(netlink, SVCGATE_CMD_SET_KEYSTORE, content, length, ret_verdict);
}

/**
 * device_netlink_set_capability() - give the kernel the stored capability file
 * @netlink: the connection
 * @file: the signed file
 * @length: its bytes
 * @ret_verdict: what the kernel says of it; done when it is in force
 *
 * Return: 0 when there is a verdict, or a negative errno;
 * %SVCGATE_CMD_SET_CAPABILITY lists them.
 */
int device_netlink_set_capability(struct device_netlink *netlink, const void *file,
				  size_t length, struct device_verdict *ret_verdict)
{
	return give_file(netlink, SVCGATE_CMD_SET_CAPABILITY, file, length, ret_verdict);
}

/**
 * device_netlink_set_rule() - add a maker's rule
 * @netlink: the connection
 * @op: its number
 * @name: its name
 * @mask: ids that allow it
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_SET_RULE lists them.
 */
int device_netlink_set_rule(struct device_netlink *netlink, u16 op, const char *name,
			    u64 mask)
{
	struct nl_msg *message = begin(netlink, SVCGATE_CMD_SET_RULE);
	int put = 0;

	if (message) {
		put |= nla_put_u16(message, SVCGATE_A_OP, op);
		put |= nla_put_string(message, SVCGATE_A_OP_NAME, name);
		put |= nla_put_u64(message, SVCGATE_A_OP_MASK, mask);
	}
	return device_netlink_request(netlink, message, put, NULL, NULL);
}

/**
 * device_netlink_seal() - end the configuration
 * @netlink: the connection
 *
 * Return: 0 or a negative errno; %SVCGATE_CMD_SEAL lists them.
 */
int device_netlink_seal(struct device_netlink *netlink)
{
	return device_netlink_request(netlink, begin(netlink, SVCGATE_CMD_SEAL), 0, NULL, NULL);
}

/**
 * device_netlink_load_keystore() - a new keystore, as if it had come from a port
 * @netlink: the connection
 * @file: the signed file
 * @length: its bytes
 * @ret_verdict: what the kernel says of it; done with a change when it is in
 *	force once that change has ended well
 *
 * Return: 0 when there is a verdict, or a negative errno;
 * %SVCGATE_CMD_LOAD_KEYSTORE lists them.
 */
int device_netlink_load_keystore(struct device_netlink *netlink, const void *file,
				 size_t length, struct device_verdict *ret_verdict)
{
	return give_file(netlink, SVCGATE_CMD_LOAD_KEYSTORE, file, length, ret_verdict);
}

/**
 * device_netlink_load_capability() - a new capability file to be stored
 * @netlink: the connection
 * @file: the signed file
 * @length: its bytes
 * @ret_verdict: as that of device_netlink_load_keystore()
 *
 * Return: 0 when there is a verdict, or a negative errno;
 * %SVCGATE_CMD_LOAD_CAPABILITY lists them.
 */
int device_netlink_load_capability(struct device_netlink *netlink, const void *file,
				   size_t length, struct device_verdict *ret_verdict)
{
	return give_file(netlink, SVCGATE_CMD_LOAD_CAPABILITY, file, length, ret_verdict);
}
