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

#define ENVELOPE_MAX(content) \
	(sizeof(struct svcgate_envelope) + (content) + 4 + SVCGATE_SIGNATURE_MAX)

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

static const struct nla_policy keystore_record_policy[] = {
	[SVCGATE_A_BLOB] = { .type = NLA_BINARY,
			     .len = 2 * ENVELOPE_MAX(SVCGATE_KEYSTORE_MAX) },
};

static const struct nla_policy keystore_policy[] = {
	[SVCGATE_A_BLOB] = { .type = NLA_BINARY, .len = ENVELOPE_MAX(SVCGATE_KEYSTORE_MAX) },
};

static const struct nla_policy capability_policy[] = {
	[SVCGATE_A_BLOB] = { .type = NLA_BINARY,
			     .len = ENVELOPE_MAX(SVCGATE_CAPABILITY_MAX) },
};

static const struct nla_policy floor_policy[] = {
	[SVCGATE_A_KEYSTORE_VERSION] = { .type = NLA_U32 },
	[SVCGATE_A_EPOCH] = { .type = NLA_U32 },
	[SVCGATE_A_GENERATION] = { .type = NLA_U32 },
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

/**
 * svcgate_netlink_reply() - begin an answer
 * @info: the request
 * @ret_header: for genlmsg_end()
 *
 * Return: the answer, or NULL.
 */
struct sk_buff *svcgate_netlink_reply(struct genl_info *info, void **ret_header)
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
	reply = svcgate_netlink_reply(info, &header);
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

static u32 floor_of(const struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : 0;
}

static int set_floors_doit(struct sk_buff *skb, struct genl_info *info)
{
	const char *text = NULL;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	error = svcgate_device_set_floors(floor_of(info->attrs[SVCGATE_A_KEYSTORE_VERSION]),
					  floor_of(info->attrs[SVCGATE_A_EPOCH]),
					  floor_of(info->attrs[SVCGATE_A_GENERATION]), &text);
	return finish(info, error, text);
}

typedef enum svcgate_reason (*load_file_fn)(const struct svcgate_asker *asker,
					    const u8 *file, size_t length,
					    u64 *ret_number, u16 *ret_detail);

static enum svcgate_reason load_keystore(const struct svcgate_asker *asker,
					 const u8 *file, size_t length,
					 u64 *ret_number, u16 *ret_detail)
{
	if (svcgate_change_is_keystore(file, length))
		return SVCGATE_REASON_DONE;
	return svcgate_change_keystore(asker, file, length, ret_number, ret_detail);
}

static enum svcgate_reason load_capability(const struct svcgate_asker *asker,
					   const u8 *file, size_t length,
					   u64 *ret_number, u16 *ret_detail)
{
	struct svcgate_credential *credential;
	enum svcgate_reason reason = SVCGATE_REASON_DONE;
	u8 digest[SVCGATE_SHA256_SIZE];

	credential = svcgate_device_cached(file, length, digest);
	if (!credential)
		reason = svcgate_device_verify(file, length, digest, &credential, ret_detail);
	if (!reason)
		reason = svcgate_change_capability(asker, credential, file, length,
						   ret_number, ret_detail);
	svcgate_credential_put(credential);
	return reason;
}

/* Answered when the change has begun: nothing may wait for the helper in here. */
static int load_file(struct sk_buff *skb, struct genl_info *info, load_file_fn load)
{
	const struct svcgate_asker asker = { .helper = svcgate_port_any_door() };
	const struct nlattr *blob = info->attrs[SVCGATE_A_BLOB];
	struct svcgate_device_view view;
	enum svcgate_reason reason;
	struct sk_buff *reply;
	u16 detail = 0;
	u64 number = 0;
	void *header;
	int error;

	error = may_change(skb, info);
	if (error)
		return error;
	if (!blob)
		return missing(info);
	svcgate_device_look(&view);
	if (!view.sealed)
		return finish(info, -EPERM, "the device is not sealed; SET_* comes before");
	reply = svcgate_netlink_reply(info, &header);
	if (!reply)
		return -ENOMEM;
	reason = load(&asker, nla_data(blob), nla_len(blob), &number, &detail);
	if (number)
		svcgate_port_sweep();
	/* They always fit into a fresh message. */
	if (nla_put_u16(reply, SVCGATE_A_REASON, reason) ||
	    nla_put_u16(reply, SVCGATE_A_DETAIL, detail) ||
	    (number && nla_put_u64_64bit(reply, SVCGATE_A_CHANGE, number, SVCGATE_A_PAD))) {
		nlmsg_free(reply);
		return -EMSGSIZE;
	}
	genlmsg_end(reply, header);
	return genlmsg_reply(reply, info);
}

static int load_keystore_doit(struct sk_buff *skb, struct genl_info *info)
{
	return load_file(skb, info, load_keystore);
}

static int load_capability_doit(struct sk_buff *skb, struct genl_info *info)
{
	return load_file(skb, info, load_capability);
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
		.doit = svcgate_netlink_get_device,
	},
	DUMP(SVCGATE_CMD_GET_POLICY, svcgate_netlink_dump_policy),
	DUMP(SVCGATE_CMD_GET_CAPABILITIES, svcgate_netlink_dump_capabilities),
	DUMP(SVCGATE_CMD_GET_PORT, svcgate_netlink_dump_ports),
	CHANGE(SVCGATE_CMD_ATTACH, attach_doit, port_policy),
	CHANGE(SVCGATE_CMD_DETACH, detach_doit, port_policy),
	CHANGE(SVCGATE_CMD_SET_DEVICE, set_device_doit, device_policy),
	CHANGE(SVCGATE_CMD_SET_STATE, set_state_doit, state_policy),
	CHANGE(SVCGATE_CMD_SET_KEYSTORE, set_keystore_doit, keystore_record_policy),
	CHANGE(SVCGATE_CMD_SET_CAPABILITY, set_capability_doit, capability_policy),
	CHANGE(SVCGATE_CMD_SET_RULE, set_rule_doit, rule_policy),
	CHANGE(SVCGATE_CMD_SET_FLOORS, set_floors_doit, floor_policy),
	CHANGE(SVCGATE_CMD_LOAD_KEYSTORE, load_keystore_doit, keystore_policy),
	CHANGE(SVCGATE_CMD_LOAD_CAPABILITY, load_capability_doit, capability_policy),
	{
		.cmd = SVCGATE_CMD_SEAL,
		.flags = GENL_ADMIN_PERM,
		.doit = seal_doit,
	},
};

static const struct genl_multicast_group svcgate_groups[] = {
	{ .name = SVCGATE_GENL_EVENTS, .flags = SVCGATE_MCAST_FLAGS },
};

struct genl_family svcgate_family = {
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
