// SPDX-License-Identifier: GPL-2.0-only
/*
 * What generic netlink tells: the device, the table of operations, capabilities
 * in force, ports.
 */
#include <net/genetlink.h>

#include "device.h"
#include "netlink.h"
#include "port.h"

static int put_device_info(struct sk_buff *reply)
{
	struct svcgate_device_info device;

	svcgate_device_info(&device);
	if (device.id_length &&
	    (nla_put(reply, SVCGATE_A_DEVICE_ID, device.id_length, device.id) ||
	     nla_put(reply, SVCGATE_A_AUDIENCE, sizeof(device.audience), device.audience)))
		return -EMSGSIZE;
	if (nla_put_u8(reply, SVCGATE_A_STATE, device.state) ||
	    nla_put_u32(reply, SVCGATE_A_GENERATION, device.generation))
		return -EMSGSIZE;
	if (device.sealed && nla_put_flag(reply, SVCGATE_A_SEALED))
		return -EMSGSIZE;
	if (device.has_keystore &&
	    (nla_put_u32(reply, SVCGATE_A_KEYSTORE_VERSION, device.keystore_version) ||
	     nla_put_u32(reply, SVCGATE_A_EPOCH, device.epoch)))
		return -EMSGSIZE;
	if (device.change &&
	    nla_put_u64_64bit(reply, SVCGATE_A_CHANGE, device.change, SVCGATE_A_PAD))
		return -EMSGSIZE;
	if (device.ended &&
	    (nla_put_u64_64bit(reply, SVCGATE_A_CHANGE_ENDED, device.ended, SVCGATE_A_PAD) ||
	     nla_put_u16(reply, SVCGATE_A_REASON, device.ended_reason)))
		return -EMSGSIZE;
	return 0;
}

int svcgate_netlink_get_device(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;

	reply = svcgate_netlink_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	if (put_device_info(reply)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

/*
 * Dumps: @put writes entry number @at. It returns 1 when it did, 0 when there
 * is no such entry, -EMSGSIZE when it goes into the next message.
 */
typedef int (*put_entry_fn)(struct sk_buff *skb, unsigned long *at);

static int dump(struct sk_buff *skb, struct netlink_callback *cb, u8 command,
		put_entry_fn put)
{
	unsigned long at = cb->args[0];
	void *header;
	int result;

	for (;; at++) {
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &svcgate_family, NLM_F_MULTI, command);
		if (!header)
			break;
		result = put(skb, &at);
		if (result <= 0) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	cb->args[0] = at;
	return skb->len;
}

static int put_rule(struct sk_buff *skb, unsigned long *at)
{
	struct svcgate_maker_rule maker;
	const struct svcgate_rule *rule = &maker.rule;
	unsigned long makers = *at - svcgate_policy_count;

	if (*at < svcgate_policy_count)
		rule = &svcgate_policy[*at];
	else if (makers >= svcgate_device_rules(makers, &maker))
		return 0;
	if (nla_put_u16(skb, SVCGATE_A_OP, rule->op) ||
	    nla_put_string(skb, SVCGATE_A_OP_NAME, rule->name) ||
	    nla_put_u32(skb, SVCGATE_A_OP_FLAGS, rule->flags) ||
	    nla_put_u64_64bit(skb, SVCGATE_A_OP_MASK, rule->mask, SVCGATE_A_PAD) ||
	    nla_put_u64_64bit(skb, SVCGATE_A_OP_IMAGE_MASK, rule->image_mask,
			      SVCGATE_A_PAD))
		return -EMSGSIZE;
	return 1;
}

int svcgate_netlink_dump_policy(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, SVCGATE_CMD_GET_POLICY, put_rule);
}

/* Entry number: asker in the high part, id in the low. */
static int put_capability(struct sk_buff *skb, unsigned long *at)
{
	const unsigned long ids = SVCGATE_CAPABILITY_ID_MAX + 1;
	struct svcgate_device_view view;
	u64 masks[2];

	svcgate_device_look(&view);
	masks[0] = view.by_state;
	masks[1] = view.sideloaded;
	for (; *at < ids * ARRAY_SIZE(masks); (*at)++) {
		if (!(masks[*at / ids] & BIT_ULL(*at % ids)))
			continue;
		if (nla_put_u8(skb, SVCGATE_A_CAPABILITY_ID, *at % ids) ||
		    nla_put_u8(skb, SVCGATE_A_ORIGIN, SVCGATE_ORIGIN_STATE + *at / ids))
			return -EMSGSIZE;
		return 1;
	}
	return 0;
}

int svcgate_netlink_dump_capabilities(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, SVCGATE_CMD_GET_CAPABILITIES, put_capability);
}

static int put_counters(struct sk_buff *skb, struct svcgate_port *port)
{
	struct nlattr *nest = nla_nest_start(skb, SVCGATE_A_COUNTERS);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = SVCGATE_COUNTER_FRAMES; i <= SVCGATE_COUNTER_MAX; i++)
		if (nla_put_u64_64bit(skb, i, atomic64_read(&port->counters[i]),
				      SVCGATE_COUNTER_UNSPEC))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_port(struct sk_buff *skb, unsigned long *at)
{
	struct svcgate_port *port = svcgate_port_at(*at);
	u32 flags = 0, baud = 0;
	int result = 1;

	if (!port)
		return 0;
	*at = port->number;
	if (port->process_held)
		flags |= SVCGATE_PORT_PROCESS_HELD;
	mutex_lock(&port->lock);
	if (port->door_open)
		flags |= SVCGATE_PORT_DOOR_OPEN;
	if (port->session.open)
		flags |= SVCGATE_PORT_SESSION;
	if (port->tty)
		baud = svcgate_speed_rate(port);
	mutex_unlock(&port->lock);
	if (nla_put_string(skb, SVCGATE_A_PORT_NAME, port->name) ||
	    nla_put_u32(skb, SVCGATE_A_PORT_NUMBER, port->number) ||
	    nla_put_u32(skb, SVCGATE_A_PORT_FLAGS, flags) ||
	    nla_put_u32(skb, SVCGATE_A_BAUD, baud) || put_counters(skb, port))
		result = -EMSGSIZE;
	svcgate_port_put(port);
	return result;
}

int svcgate_netlink_dump_ports(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, SVCGATE_CMD_GET_PORT, put_port);
}
