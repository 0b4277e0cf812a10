// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A change of trust from both ends. Functions return 0 or a negative errno unless
 * they say otherwise.
 */
#include <errno.h>
#include <unistd.h>

#include "change.h"

/* Bytes before the file in the content of a capability record. */
#define CAPABILITY_HEAD	4

/**
 * change_verdict() - what the host hears first of its last request
 * @rig: the port
 * @request: the request, sent
 *
 * Return: the reason of the kernel's answer, %CHANGE_BEGUN or %CHANGE_BROKEN.
 */
int change_verdict(struct rig *rig, const struct host_request *request)
{
	size_t length = sizeof(struct svcgate_request) + request->credential.length +
			request->payload.length;
	struct host *host = &rig->host;
	struct host_frame frame;

	if (!host_receive(host, &frame, HOST_PATIENCE_MS) ||
	    frame.transaction != host->transaction || frame.session != host->session)
		return CHANGE_BROKEN;
	if (frame.kind == SVCGATE_FRAME_ACK)
		return frame.offset == length && frame.flags == SVCGATE_FRAME_FROM_KERNEL ?
		       CHANGE_BEGUN : CHANGE_BROKEN;
	if (frame.kind != SVCGATE_FRAME_DATA || frame.offset ||
	    frame.flags != (SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST) ||
	    frame.length != sizeof(struct svcgate_response))
		return CHANGE_BROKEN;
	return svcgate_get_le16(frame.data);
}

/**
 * change_ask() - ask for a change of trust
 * @rig: the port
 * @request: it
 *
 * Return: as change_verdict().
 */
int change_ask(struct rig *rig, const struct host_request *request)
{
	return host_begin(&rig->host, request) ? change_verdict(rig, request) : CHANGE_BROKEN;
}

/**
 * change_ask_state() - ask for another manufacturing state
 * @rig: the port
 * @target: &enum svcgate_state
 * @flags: %SVCGATE_STATE_KEEP_CAPABILITY or 0
 *
 * Return: as change_ask().
 */
int change_ask_state(struct rig *rig, u8 target, u8 flags)
{
	struct svcgate_state_update update = { target, flags };

	return change_ask(rig, &(struct host_request){
		.op = SVCGATE_OP_STATE_UPDATE,
		.payload = { &update, sizeof(update) },
	});
}

/**
 * change_ask_capability() - ask for a file to be stored
 * @rig: the port
 * @file: the capability
 *
 * Return: as change_ask().
 */
int change_ask_capability(struct rig *rig, const struct file *file)
{
	return change_ask(rig, &(struct host_request){
		.op = SVCGATE_OP_CAPABILITY_UPDATE, .payload = SECTION(file),
	});
}

/**
 * change_ask_keystore() - ask for another keystore
 * @rig: the port
 * @file: it
 *
 * Return: as change_ask().
 */
int change_ask_keystore(struct rig *rig, const struct file *file)
{
	return change_ask(rig, &(struct host_request){
		.op = SVCGATE_OP_KEYSTORE_UPDATE, .payload = SECTION(file),
	});
}

/**
 * change_answer() - the answer to a change that had begun
 * @rig: the port
 * @transaction: number of its request
 *
 * Return: the reason if it is the very next frame and the kernel's last word, or
 * %CHANGE_BROKEN.
 */
int change_answer(struct rig *rig, u16 transaction)
{
	struct host_response response;

	if (!host_answer(&rig->host, transaction, &response) || response.length ||
	    response.flags != (SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST))
		return CHANGE_BROKEN;
	return response.reason;
}

/**
 * change_outcome() - ask how a request ended
 * @rig: the port
 * @session: in which it was made
 * @transaction: its number
 * @ret_reason: why it was not done, and in the upper half the detail; or NULL
 *
 * Return: &enum svcgate_outcome_state or %CHANGE_BROKEN.
 */
int change_outcome(struct rig *rig, u64 session, u16 transaction, u32 *ret_reason)
{
	struct svcgate_outcome outcome = { .session = session, .transaction = transaction };
	struct svcgate_outcome_answer answer;
	struct host_response response;
	struct host_request request = {
		.op = SVCGATE_OP_OUTCOME,
		.payload = { &outcome, sizeof(outcome) },
	};

	if (host_ask(&rig->host, &request, &response) != SVCGATE_REASON_DONE ||
	    response.length != sizeof(answer))
		return CHANGE_BROKEN;
	memcpy(&answer, response.payload, sizeof(answer));
	if (answer.zero || (answer.outcome != SVCGATE_OUTCOME_NOT_DONE &&
			    (answer.reason | answer.detail)))
		return CHANGE_BROKEN;
	if (ret_reason)
		*ret_reason = (u32)answer.detail << 16 | answer.reason;
	return answer.outcome;
}

/* Only these fields of the header mean anything for a change. */
static bool is_change(const struct svcgate_door *head)
{
	struct svcgate_door only = {
		.length = head->length, .kind = SVCGATE_DOOR_CHANGE, .number = head->number,
	};

	return head->number && !memcmp(head, &only, sizeof(only));
}

/**
 * change_read() - the change that the helper has to read next
 * @rig: the port
 * @ret: it
 */
int change_read(const struct rig *rig, struct change *ret)
{
	static u8 payload[sizeof(ret->what) + sizeof(ret->content)];
	int n = rig_read(rig, &ret->head, payload, sizeof(payload));

	if (n < 0)
		return n;
	if (!is_change(&ret->head) || n < (int)sizeof(ret->what))
		return -EPROTO;
	memcpy(&ret->what, payload, sizeof(ret->what));
	ret->length = (size_t)n - sizeof(ret->what);
	memcpy(ret->content, payload + sizeof(ret->what), ret->length);
	return ret->what.zero ? -EPROTO : 0;
}

static int end(const struct rig *rig, u16 kind, u64 number)
{
	struct svcgate_door head = { .kind = kind, .number = number };

	return rig_write(rig, &head, NULL, 0);
}

/**
 * change_commit() - say that a change is durable
 * @rig: the port
 * @number: of the change
 */
int change_commit(const struct rig *rig, u64 number)
{
	return end(rig, SVCGATE_DOOR_COMMIT, number);
}

/**
 * change_abort() - say that a change could not be stored
 * @rig: the port
 * @number: of the change
 */
int change_abort(const struct rig *rig, u64 number)
{
	return end(rig, SVCGATE_DOOR_ABORT, number);
}

/**
 * change_store() - read a change, commit it, take the answer
 * @rig: the port, whose host asked for it last
 *
 * Return: the reason of the answer, or a negative number.
 */
int change_store(struct rig *rig)
{
	struct change change;
	int r = change_read(rig, &change);

	if (!r)
		r = change_commit(rig, change.head.number);
	return r ? r : change_answer(rig, rig->host.transaction);
}

/**
 * change_is_record() - is this what shall be stored?
 * @change: as it was read
 * @record: &enum svcgate_record_kind
 * @content: of the record
 * @length: its bytes
 *
 * Return: true if so.
 */
bool change_is_record(const struct change *change, u8 record, const void *content,
		      size_t length)
{
	return change->what.record == record && change->length == length &&
	       !memcmp(change->content, content, length);
}

/**
 * change_is_capability() - shall this file be stored, and no delegation with it?
 * @change: as it was read
 * @file: the file
 *
 * Return: true if so.
 */
bool change_is_capability(const struct change *change, const struct file *file)
{
	u8 content[CAPABILITY_HEAD + SVCGATE_MESSAGE_MAX] = {};

	memcpy(content + CAPABILITY_HEAD, file->data, file->length);
	return change_is_record(change, SVCGATE_RECORD_CAPABILITY, content,
				CAPABILITY_HEAD + file->length);
}

static u64 if_admitted(struct rig *rig, u16 op, const struct file *file, u64 id)
{
	return ask(rig, op, SVCGATE_REQUEST_DRY_RUN, .file = file) ? 0 : id;
}

/**
 * change_in_force() - ids that are in force now
 * @rig: the port
 * @file: credential of the requests, or NULL
 *
 * No op tells fieldServicing beside appDevelopment from appDevelopment alone: it
 * is there only without.
 *
 * Return: %AD or %FS or none, and %RF.
 */
u64 change_in_force(struct rig *rig, const struct file *file)
{
	u64 mask = if_admitted(rig, SVCGATE_OP_RF_LIST, file, RF) |
		   if_admitted(rig, SVCGATE_OP_APP_MEMORY, file, AD);

	return mask & AD ? mask : mask | if_admitted(rig, SVCGATE_OP_OS_VERSION, file, FS);
}

/**
 * change_admit() - have a request without payload admitted, up to the helper
 * @rig: the port, with its door open
 * @op: what is asked for
 * @file: its credential, or NULL
 * @ret_request: header of what the helper read
 */
int change_admit(struct rig *rig, u16 op, const struct file *file,
		 struct svcgate_door *ret_request)
{
	struct host_request request = { .op = op };
	int r;

	if (file)
		request.credential = (struct host_bytes)SECTION(file);
	if (change_ask(rig, &request) != CHANGE_BEGUN)
		return -ENODATA;
	r = rig_read(rig, ret_request, NULL, 0);
	if (r)
		return r;
	return ret_request->kind == SVCGATE_DOOR_REQUEST && ret_request->op == op &&
	       ret_request->transaction == rig->host.transaction ? 0 : -EPROTO;
}

/**
 * change_ended() - did the kernel end this transaction, at host and helper?
 * @rig: the port; no change waits at its door
 * @request: as it was read, not answered yet
 * @reason: why it shall have ended
 *
 * Return: true if the very next frame and message say so.
 */
bool change_ended(struct rig *rig, const struct svcgate_door *request, u16 reason)
{
	struct svcgate_door end_message;

	return change_answer(rig, request->transaction) == reason &&
	       !rig_read(rig, &end_message, NULL, 0) &&
	       end_message.kind == SVCGATE_DOOR_END &&
	       end_message.session == request->session &&
	       end_message.transaction == request->transaction &&
	       end_message.reason == reason;
}

static int show(struct rig *rig, u16 op, const struct file *file, void *ret, size_t length)
{
	struct host_request request = { .op = op };
	struct host_response response;
	int reason;

	if (file)
		request.credential = (struct host_bytes)SECTION(file);
	reason = host_ask(&rig->host, &request, &response);
	if (reason)
		return reason;
	if (response.length != length)
		return CHANGE_BROKEN;
	memcpy(ret, response.payload, length);
	return SVCGATE_REASON_DONE;
}

/**
 * change_list() - what capability-list says
 * @rig: the port
 * @file: credential of the request, or NULL
 * @ret: the answer
 *
 * Return: the reason or %CHANGE_BROKEN.
 */
int change_list(struct rig *rig, const struct file *file,
		struct svcgate_capability_list *ret)
{
	return show(rig, SVCGATE_OP_CAPABILITY_LIST, file, ret, sizeof(*ret));
}

/**
 * change_state() - what state-show says
 * @rig: the port
 * @file: credential of the request, or NULL
 *
 * Return: the state, or a negative number.
 */
int change_state(struct rig *rig, const struct file *file)
{
	u8 state;

	return show(rig, SVCGATE_OP_STATE_SHOW, file, &state, 1) ? CHANGE_BROKEN : state;
}

/**
 * change_info() - what the device tells root
 *
 * Return: it; all zero when it tells nothing.
 */
struct device_info change_info(void)
{
	struct device_netlink *netlink;
	struct device_info info = {};

	if (device_netlink_open(&netlink))
		return info;
	if (device_netlink_get_device(netlink, &info))
		memset(&info, 0, sizeof(info));
	device_netlink_close(netlink);
	return info;
}

typedef int (*load_fn)(struct device_netlink *netlink, const void *file, size_t length,
		       struct device_verdict *ret_verdict);

static int load(load_fn function, const struct file *file, u64 *ret_number)
{
	struct device_verdict verdict = {};
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = function(netlink, file->data, file->length, &verdict);
	device_netlink_close(netlink);
	*ret_number = verdict.change;
	return r ? r : verdict.reason;
}

/**
 * change_load_keystore() - load a keystore after the seal
 * @file: it
 * @ret_number: of the change; 0: it is in force already, or refused
 *
 * Return: the reason, or a negative errno.
 */
int change_load_keystore(const struct file *file, u64 *ret_number)
{
	return load(device_netlink_load_keystore, file, ret_number);
}

/**
 * change_load_capability() - load a capability file after the seal
 * @file: it
 * @ret_number: of the change; 0: it is stored already, or refused
 *
 * Return: the reason, or a negative errno.
 */
int change_load_capability(const struct file *file, u64 *ret_number)
{
	return load(device_netlink_load_capability, file, ret_number);
}

/**
 * change_set_floors() - tell what a state backend counted
 * @version: lowest keystore version
 * @epoch: lowest epoch
 * @generation: lowest generation
 */
int change_set_floors(u32 version, u32 epoch, u32 generation)
{
	struct device_floors floors = {
		.keystore_version = version, .epoch = epoch, .generation = generation,
	};
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = device_netlink_set_floors(netlink, &floors);
	device_netlink_close(netlink);
	return r;
}
