// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "svcgate": uapi/linux/svcgate.h is its contract.
 *
 * No lock of its own: what handlers touch has one, so parallel_ops is set.
 */
#include <linux/capability.h>
#include <net/genetlink.h>

#include "compat.h"
#include "device.h"
#include "event.h"
#include "netlink.h"
#include "port.h"

static struct genl_family svcgate_family;

#define BLOB_MAX \
	(sizeof(struct svcgate_envelope) + SVCGATE_KEYSTORE_MAX + 4 + SVCGATE_SIGNATURE_MAX)

static const struct nla_policy port_policy[] = {
	[SVCGATE_A_PORT_NAME] = { .type = NLA_NUL_STRING,
				  .len = SVCGATE_PORT_NAME_SIZE - 1 },
	[SVCGATE_A_BAUD] = { .type = NLA_U32 },
	[SVCGATE_A_RTSCTS] = { .type = NLA_FLAG },
	[SVCGATE_A_ALLOW_CONSOLE] = { .type = NLA_FLAG },
};

/*
 * Only what keeps nla_get_*() in bounds: the device judges ranges, with an errno
 * of the contract and a sentence. (A bound from 0x8000 on would not fit anyway:
 * struct nla_policy has it signed.)
 */
static const struct nla_policy device_policy[] = {
	[SVCGATE_A_DEVICE_ID] = { .type = NLA_BINARY },
	[SVCGATE_A_AUDIENCE] = NLA_POLICY_EXACT_LEN(SVCGATE_AUDIENCE_SIZE),
};

static const struct nla_policy state_policy[] = {
	[SVCGATE_A_STATE] = { .type = NLA_U8 },
};

static const struct nla_policy blob_policy[] = {
	[SVCGATE_A_BLOB] = { .type = NLA_BINARY, .len = BLOB_MAX },
};

static const struct nla_policy rule_policy[] = {
	[SVCGATE_A_OP] = { .type = NLA_U16 },
	[SVCGATE_A_OP_NAME] = { .type = NLA_NUL_STRING, .len = 31 },
	[SVCGATE_A_OP_MASK] = { .type = NLA_U64 },
};

/* GENL_ADMIN_PERM asks for CAP_NET_ADMIN; what changes the device asks for more. */
static int may_change(struct sk_buff *skb, struct genl_info *info)
{
	if (netlink_capable(skb, CAP_SYS_ADMIN))
		return 0;
	NL_SET_ERR_MSG(info->extack, "CAP_SYS_ADMIN is needed");
	return -EPERM;
}

static int missing(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "a mandatory attribute is not there");
	return -EINVAL;
}

/* Texts are constants of the module; the macro wants literals. */
static int finish(struct genl_info *info, int error, const char *text)
{
	if (error && info->extack)
		info->extack->_msg = text;
	return error;
}

static int attach_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *text = NULL;
	u32 baud = 0;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!info->attrs[SVCGATE_A_PORT_NAME])
		return missing(info);
	if (info->attrs[SVCGATE_A_BAUD])
		baud = nla_get_u32(info->attrs[SVCGATE_A_BAUD]);
	error = svcgate_hold_attach(nla_data(info->attrs[SVCGATE_A_PORT_NAME]), baud,
				    nla_get_flag(info->attrs[SVCGATE_A_RTSCTS]),
				    nla_get_flag(info->attrs[SVCGATE_A_ALLOW_CONSOLE]),
				    &text);
	return finish(info, error, text);
}

static int detach_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *text = NULL;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!info->attrs[SVCGATE_A_PORT_NAME])
		return missing(info);
	error = svcgate_hold_detach(nla_data(info->attrs[SVCGATE_A_PORT_NAME]), &text);
	return finish(info, error, text);
}

static int set_device_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *id = info->attrs[SVCGATE_A_DEVICE_ID];
	const struct nlattr *audience = info->attrs[SVCGATE_A_AUDIENCE];
	const char *text = NULL;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!id || !audience)
		return missing(info);
	error = svcgate_device_set_id(nla_data(id), nla_len(id), nla_data(audience), &text);
	return finish(info, error, text);
}

static int set_state_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *text = NULL;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!info->attrs[SVCGATE_A_STATE])
		return missing(info);
	error = svcgate_device_set_state(nla_get_u8(info->attrs[SVCGATE_A_STATE]), &text);
	return finish(info, error, text);
}

static struct sk_buff *reply_new(struct genl_info *info, void **ret_header)
{
	struct sk_buff *reply = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);

	if (!reply)
		return NULL;
	*ret_header = genlmsg_put_reply(reply, info, &svcgate_family, 0,
					info->genlhdr->cmd);
	if (!*ret_header) {
		nlmsg_free(reply);
		return NULL;
	}
	return reply;
}

typedef int (*set_file_fn)(const u8 *file, size_t length, enum svcgate_reason *ret_reason,
			   u16 *ret_detail, const char **ret_text);

/* The reply is there before anything changes, so that nothing can fail after. */
static int set_file(struct sk_buff *skb, struct genl_info *info, set_file_fn set)
{
	const struct nlattr *blob = info->attrs[SVCGATE_A_BLOB];
	enum svcgate_reason reason = SVCGATE_REASON_DONE;
	const char *text = NULL;
	struct sk_buff *reply;
	u16 detail = 0;
	void *header;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!blob)
		return missing(info);
	reply = reply_new(info, &header);
	if (!reply)
		return -ENOMEM;
	error = set(nla_data(blob), nla_len(blob), &reason, &detail, &text);
	if (error) {
		nlmsg_free(reply);
		return finish(info, error, text);
	}
	if (nla_put_u16(reply, SVCGATE_A_REASON, reason) ||
	    nla_put_u16(reply, SVCGATE_A_DETAIL, detail)) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int set_keystore_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_file(skb, info, svcgate_device_set_keystore);
}

static int set_capability_doit(struct sk_buff *skb, struct genl_info *info)
{
	return set_file(skb, info, svcgate_device_set_capability);
}

static int set_rule_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *text = NULL;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!info->attrs[SVCGATE_A_OP] || !info->attrs[SVCGATE_A_OP_NAME] ||
	    !info->attrs[SVCGATE_A_OP_MASK])
		return missing(info);
	error = svcgate_device_set_rule(nla_get_u16(info->attrs[SVCGATE_A_OP]),
					nla_data(info->attrs[SVCGATE_A_OP_NAME]),
					nla_get_u64(info->attrs[SVCGATE_A_OP_MASK]), &text);
	return finish(info, error, text);
}

static int seal_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *text = NULL;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	error = svcgate_device_seal(&text);
	return finish(info, error, text);
}

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
	return 0;
}

static int get_device_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *reply;
	void *header;

	reply = reply_new(info, &header);
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

static int get_policy_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, SVCGATE_CMD_GET_POLICY, put_rule);
}

/* Entry number: origin in the high part, id in the low. */
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

static int get_capabilities_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
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
	u32 flags = 0;
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
	mutex_unlock(&port->lock);
	if (nla_put_string(skb, SVCGATE_A_PORT_NAME, port->name) ||
	    nla_put_u32(skb, SVCGATE_A_PORT_NUMBER, port->number) ||
	    nla_put_u32(skb, SVCGATE_A_PORT_FLAGS, flags) || put_counters(skb, port))
		result = -EMSGSIZE;
	svcgate_port_put(port);
	return result;
}

static int get_port_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump(skb, cb, SVCGATE_CMD_GET_PORT, put_port);
}

#define CHANGE(command, handler, attributes)			\
	{							\
		.cmd = (command),				\
		.flags = GENL_ADMIN_PERM,			\
		.doit = (handler),				\
		.policy = (attributes),				\
		.maxattr = ARRAY_SIZE(attributes) - 1,		\
	}

#define DUMP(command, handler)					\
	{							\
		.cmd = (command),				\
		.flags = GENL_ADMIN_PERM,			\
		.dumpit = (handler),				\
	}

static const struct genl_ops svcgate_ops[] = {
	{
		.cmd = SVCGATE_CMD_GET_DEVICE,
		.flags = GENL_ADMIN_PERM,
		.doit = get_device_doit,
	},
	DUMP(SVCGATE_CMD_GET_POLICY, get_policy_dumpit),
	DUMP(SVCGATE_CMD_GET_CAPABILITIES, get_capabilities_dumpit),
	DUMP(SVCGATE_CMD_GET_PORT, get_port_dumpit),
	CHANGE(SVCGATE_CMD_ATTACH, attach_doit, port_policy),
	CHANGE(SVCGATE_CMD_DETACH, detach_doit, port_policy),
	CHANGE(SVCGATE_CMD_SET_DEVICE, set_device_doit, device_policy),
	CHANGE(SVCGATE_CMD_SET_STATE, set_state_doit, state_policy),
	CHANGE(SVCGATE_CMD_SET_KEYSTORE, set_keystore_doit, blob_policy),
	CHANGE(SVCGATE_CMD_SET_CAPABILITY, set_capability_doit, blob_policy),
	CHANGE(SVCGATE_CMD_SET_RULE, set_rule_doit, rule_policy),
	{
		.cmd = SVCGATE_CMD_SEAL,
		.flags = GENL_ADMIN_PERM,
		.doit = seal_doit,
	},
};

static const struct genl_multicast_group svcgate_groups[] = {
	{ .name = SVCGATE_GENL_EVENTS, .flags = SVCGATE_MCAST_FLAGS },
};

static struct genl_family svcgate_family = {
	.name = SVCGATE_GENL_NAME,
	.version = SVCGATE_GENL_VERSION,
	.maxattr = SVCGATE_A_MAX,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.ops = svcgate_ops,
	.n_ops = ARRAY_SIZE(svcgate_ops),
	.mcgrps = svcgate_groups,
	.n_mcgrps = ARRAY_SIZE(svcgate_groups),
};

static int put_event(struct sk_buff *skb, const struct svcgate_event *event)
{
	void *header = genlmsg_put(skb, 0, 0, &svcgate_family, 0, SVCGATE_CMD_EVENT);

	if (!header || nla_put_u16(skb, SVCGATE_A_EVENT, event->kind))
		return -EMSGSIZE;
	if (event->port && nla_put_string(skb, SVCGATE_A_PORT_NAME, event->port))
		return -EMSGSIZE;
	if (nla_put_u16(skb, SVCGATE_A_OP, event->op) ||
	    nla_put_u16(skb, SVCGATE_A_REASON, event->reason) ||
	    nla_put_u16(skb, SVCGATE_A_DETAIL, event->detail))
		return -EMSGSIZE;
	genlmsg_end(skb, header);
	return 0;
}

/**
 * svcgate_netlink_event() - tell the group "events"
 * @event: what happened
 */
void svcgate_netlink_event(const struct svcgate_event *event)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&svcgate_family, &init_net, 0))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return;
	if (put_event(skb, event))
		nlmsg_free(skb);
	else
		genlmsg_multicast(&svcgate_family, skb, 0, 0, GFP_KERNEL);
}

int __init svcgate_netlink_init(void)
{
	return genl_register_family(&svcgate_family);
}

void svcgate_netlink_exit(void)
{
	genl_unregister_family(&svcgate_family);
}
