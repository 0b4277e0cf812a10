// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests to the gate's generic netlink family and their answers.
 *
 * One request at a time: send, read the answers, read the acknowledgement.
 * libnl does not ask for extended acknowledgements by itself, so the socket
 * options are set here and the kernel's sentence is taken out of the error by
 * hand. An answer that lacks what the contract says, or that is longer than it
 * may be, is -EPROTO: module and helper do not belong together.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/family.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "device_netlink_request.h"

/* Room in a request beside its file: headers and small attributes. */
#define REQUEST_EXTRA		512

/* The kernel's sentence for an error; longer ones are cut. */
#define MESSAGE_SIZE		160

/* A dump that changed under the reader is asked for again, this often. */
#define DUMP_TRIES		8

/**
 * struct device_netlink - a connection to the family
 * @socket: generic netlink, extended acknowledgements on
 * @family: its number in this kernel
 * @message: the kernel's words for the last error
 */
struct device_netlink {
	struct nl_sock *socket;
	int family;
	char message[MESSAGE_SIZE];
};

/**
 * struct exchange - one request and what becomes of it
 * @netlink: where the kernel's words go
 * @parse: called for each answer; NULL when none is expected
 * @target: first argument of @parse
 * @sequence: number of the request; answers to an earlier one are skipped
 * @answers: answers seen
 * @error: the first error, from the kernel or from @parse
 * @done: acknowledged, ended or refused
 */
struct exchange {
	struct device_netlink *netlink;
	device_netlink_parse_fn parse;
	void *target;
	u32 sequence;
	unsigned int answers;
	int error;
	bool done;
};

/* libnl has numbers of its own. */
static int from_libnl(int r)
{
	switch (-r) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
	case NLE_MSGSIZE:
		return -ENOMEM;
	case NLE_OBJ_NOTFOUND:
		return -ENOENT;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AF_NOSUPPORT:
		return -EAFNOSUPPORT;
	case NLE_INTR:
	case NLE_DUMP_INTR:
		return -EINTR;
	case NLE_AGAIN:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

static void keep_message(struct device_netlink *netlink, const struct nlmsghdr *header,
			 size_t skip)
{
	const struct nlattr *attribute;
	size_t length, left;
	int remaining;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) || header->nlmsg_len < skip)
		return;
	left = header->nlmsg_len - skip;
	attribute = (const struct nlattr *)((const char *)header + skip);
	for (remaining = (int)left; nla_ok(attribute, remaining);
	     attribute = nla_next(attribute, &remaining)) {
		if (nla_type(attribute) != NLMSGERR_ATTR_MSG)
			continue;
		length = strnlen(nla_data(attribute), (size_t)nla_len(attribute));
		if (length >= sizeof(netlink->message))
			length = sizeof(netlink->message) - 1;
		memcpy(netlink->message, nla_data(attribute), length);
		netlink->message[length] = '\0';
		return;
	}
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *error, void *argument)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)error - 1;
	struct exchange *exchange = argument;
	size_t skip = NLMSG_HDRLEN + sizeof(*error);

	/* Without the cap the request is repeated before the attributes. */
	if (!(header->nlmsg_flags & NLM_F_CAPPED) &&
	    error->msg.nlmsg_len > sizeof(error->msg))
		skip += NLMSG_ALIGN(error->msg.nlmsg_len - sizeof(error->msg));
	keep_message(exchange->netlink, header, skip);
	if (!exchange->error)
		exchange->error = error->error;
	exchange->done = true;
	return NL_STOP;
}

static int on_ack(struct nl_msg *message, void *argument)
{
	struct exchange *exchange = argument;

	exchange->done = true;
	return NL_STOP;
}

/* A dump that fails on its way says so in its last message. */
static int on_finish(struct nl_msg *message, void *argument)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);
	struct exchange *exchange = argument;
	int error;

	if (nlmsg_datalen(header) >= (int)sizeof(error)) {
		memcpy(&error, nlmsg_data(header), sizeof(error));
		if (error < 0 && !exchange->error) {
			keep_message(exchange->netlink, header,
				     NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(error)));
			exchange->error = error;
		}
	}
	exchange->done = true;
	return NL_STOP;
}

static struct nla_policy attribute_policy[SVCGATE_A_MAX + 1] = {
	[SVCGATE_A_PORT_NAME] = { .type = NLA_NUL_STRING,
				  .maxlen = SVCGATE_PORT_NAME_SIZE },
	[SVCGATE_A_PORT_NUMBER] = { .type = NLA_U32 },
	[SVCGATE_A_PORT_FLAGS] = { .type = NLA_U32 },
	[SVCGATE_A_BAUD] = { .type = NLA_U32 },
	[SVCGATE_A_DEVICE_ID] = { .type = NLA_UNSPEC,
				  .minlen = SVCGATE_DEVICE_ID_MIN,
				  .maxlen = SVCGATE_DEVICE_ID_MAX },
	[SVCGATE_A_AUDIENCE] = { .type = NLA_UNSPEC,
				 .minlen = SVCGATE_AUDIENCE_SIZE,
				 .maxlen = SVCGATE_AUDIENCE_SIZE },
	[SVCGATE_A_STATE] = { .type = NLA_U8 },
	[SVCGATE_A_SEALED] = { .type = NLA_FLAG },
	[SVCGATE_A_KEYSTORE_VERSION] = { .type = NLA_U32 },
	[SVCGATE_A_EPOCH] = { .type = NLA_U32 },
	[SVCGATE_A_GENERATION] = { .type = NLA_U32 },
	[SVCGATE_A_REASON] = { .type = NLA_U16 },
	[SVCGATE_A_DETAIL] = { .type = NLA_U16 },
	[SVCGATE_A_OP] = { .type = NLA_U16 },
	[SVCGATE_A_OP_NAME] = { .type = NLA_NUL_STRING, .maxlen = 32 },
	[SVCGATE_A_OP_FLAGS] = { .type = NLA_U32 },
	[SVCGATE_A_OP_MASK] = { .type = NLA_U64 },
	[SVCGATE_A_OP_IMAGE_MASK] = { .type = NLA_U64 },
	[SVCGATE_A_CAPABILITY_ID] = { .type = NLA_U8 },
	[SVCGATE_A_ORIGIN] = { .type = NLA_U8 },
	[SVCGATE_A_COUNTERS] = { .type = NLA_NESTED },
	[SVCGATE_A_EVENT] = { .type = NLA_U16 },
	[SVCGATE_A_CHANGE] = { .type = NLA_U64 },
	[SVCGATE_A_CHANGE_ENDED] = { .type = NLA_U64 },
};

/* What a request that failed in the middle left behind is not for the next. */
static int on_sequence(struct nl_msg *message, void *argument)
{
	const struct exchange *exchange = argument;

	return nlmsg_hdr(message)->nlmsg_seq == exchange->sequence ? NL_OK : NL_SKIP;
}

static int on_answer(struct nl_msg *message, void *argument)
{
	struct nlattr *attributes[SVCGATE_A_MAX + 1];
	struct exchange *exchange = argument;
	int r;

	exchange->answers++;
	if (exchange->error || !exchange->parse)
		return NL_OK;
	r = genlmsg_parse(nlmsg_hdr(message), 0, attributes, SVCGATE_A_MAX,
			  attribute_policy);
	if (r < 0)
		exchange->error = -EPROTO;
	else
		exchange->error = exchange->parse(exchange->target, attributes);
	return NL_OK;
}

static int receive(struct exchange *exchange)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	int r = 0;

	if (!cb)
		return -ENOMEM;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, exchange);
	nl_cb_set(cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, on_sequence, exchange);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, exchange);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, exchange);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_answer, exchange);
	while (!exchange->done && r >= 0)
		r = nl_recvmsgs(exchange->netlink->socket, cb);
	nl_cb_put(cb);
	if (r == -NLE_DUMP_INTR)
		return -EINTR;
	return exchange->done ? exchange->error : from_libnl(r);
}

/**
 * device_netlink_version() - version of the kernel's family
 * @netlink: the connection
 * @ret_version: the version
 *
 * Return: 0 or a negative errno.
 */
int device_netlink_version(struct device_netlink *netlink, unsigned int *ret_version)
{
	struct genl_family *family;
	struct nl_cache *cache;
	int r;

	r = from_libnl(genl_ctrl_alloc_cache(netlink->socket, &cache));
	if (r < 0)
		return r;
	family = genl_ctrl_search(cache, netlink->family);
	if (family) {
		*ret_version = genl_family_get_version(family);
		genl_family_put(family);
	}
	nl_cache_free(cache);
	return family ? 0 : -ENOENT;
}

/**
 * device_netlink_request_new() - begin a request
 * @netlink: the connection
 * @command: &enum svcgate_command
 * @flags: of the netlink header
 * @file_length: bytes of the file that it will carry, else 0
 *
 * Return: the request, or NULL when there is no memory.
 */
struct nl_msg *device_netlink_request_new(struct device_netlink *netlink, u8 command,
					  int flags, size_t file_length)
{
	struct nl_msg *message = nlmsg_alloc_size(file_length + REQUEST_EXTRA);

	netlink->message[0] = '\0';
	if (message && !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, netlink->family, 0,
				    flags, command, SVCGATE_GENL_VERSION)) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

/**
 * device_netlink_request() - send a request and read until this was all
 * @netlink: the connection
 * @message: the request, which is freed, or NULL
 * @put: what putting the attributes returned, so that callers need no ladder
 * @parse: takes one answer; NULL when none is expected
 * @target: its first argument
 *
 * Return: 0; -ENOMEM when @message is NULL or @put negative; the kernel's
 * error; what @parse returned; -EPROTO when the answer is missing.
 */
int device_netlink_request(struct device_netlink *netlink, struct nl_msg *message, int put,
			   device_netlink_parse_fn parse, void *target)
{
	struct exchange exchange = {
		.netlink = netlink,
		.parse = parse,
		.target = target,
	};
	bool dump;
	int r;

	if (!message)
		return -ENOMEM;
	if (put < 0) {
		nlmsg_free(message);
		return -ENOMEM;
	}
	r = nl_send_auto(netlink->socket, message);
	dump = nlmsg_hdr(message)->nlmsg_flags & NLM_F_DUMP;
	exchange.sequence = nlmsg_hdr(message)->nlmsg_seq;
	nlmsg_free(message);
	if (r < 0)
		return from_libnl(r);
	r = receive(&exchange);
	if (!r && parse && !dump && !exchange.answers)
		return -EPROTO;
	return r;
}

/**
 * device_netlink_dump() - ask for a list
 * @netlink: the connection
 * @command: &enum svcgate_command
 * @parse: takes one entry; its target is @list
 * @list: what is filled, from its beginning
 *
 * Return: 0 or a negative errno, as device_netlink_request().
 */
int device_netlink_dump(struct device_netlink *netlink, u8 command,
			device_netlink_parse_fn parse, struct device_netlink_list *list)
{
	unsigned int tries = DUMP_TRIES;
	struct nl_msg *message;
	int r;

	do {
		list->count = 0;
		message = device_netlink_request_new(netlink, command, NLM_F_DUMP, 0);
		r = device_netlink_request(netlink, message, 0, parse, list);
	} while (r == -EINTR && --tries);
	return r;
}

/**
 * device_netlink_open() - connect to the family
 * @ret_netlink: the connection
 *
 * Return: 0, -ENOENT when this kernel has no such family (the module is not
 * loaded), or another negative errno.
 */
int device_netlink_open(struct device_netlink **ret_netlink)
{
	struct device_netlink *netlink = calloc(1, sizeof(*netlink));
	int on = 1, r;

	if (!netlink)
		return -ENOMEM;
	netlink->socket = nl_socket_alloc();
	if (!netlink->socket) {
		free(netlink);
		return -ENOMEM;
	}
	r = from_libnl(genl_connect(netlink->socket));
	/* A keystore's record can be longer than what is set for a start. */
	if (!r)
		r = from_libnl(nl_socket_set_buffer_size(netlink->socket, 0,
							 2 * SVCGATE_MESSAGE_MAX));
	if (r < 0)
		goto fail;
	/* Kernels without these options answer in fewer words, no more. */
	(void)setsockopt(nl_socket_get_fd(netlink->socket), SOL_NETLINK, NETLINK_EXT_ACK,
			 &on, sizeof(on));
	(void)setsockopt(nl_socket_get_fd(netlink->socket), SOL_NETLINK, NETLINK_CAP_ACK,
			 &on, sizeof(on));
	netlink->family = genl_ctrl_resolve(netlink->socket, SVCGATE_GENL_NAME);
	if (netlink->family < 0) {
		r = from_libnl(netlink->family);
		goto fail;
	}
	*ret_netlink = netlink;
	return 0;
fail:
	device_netlink_close(netlink);
	return r;
}

/**
 * device_netlink_close() - end the connection
 * @netlink: from device_netlink_open(), or NULL
 */
void device_netlink_close(struct device_netlink *netlink)
{
	if (!netlink)
		return;
	nl_socket_free(netlink->socket);
	free(netlink);
}

/**
 * device_netlink_message() - the kernel's sentence for the last error
 * @netlink: the connection
 *
 * Return: the sentence, or "" when the kernel gave none.
 */
const char *device_netlink_message(const struct device_netlink *netlink)
{
	return netlink->message;
}

