// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operations that the kernel answers itself, and those that change what it
 * trusts: these are answered when the helper has made them durable (P6).
 */
#include <linux/slab.h>

#include "outcome.h"
#include "port.h"

static void answer_identify(struct svcgate_port *port, struct svcgate_transaction *t)
{
	struct svcgate_device_info info;

	svcgate_device_info(&info);
	svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, info.id,
				   info.id_length, false);
}

/* An image that nobody has seen yet fits no condition, so "can" says no to it. */
static void answer_can(struct svcgate_port *port, struct svcgate_transaction *t,
		       const u8 *payload, size_t length)
{
	static const struct svcgate_object none;
	const struct svcgate_can *can = (const void *)payload;
	struct svcgate_can_answer answer = { };
	struct svcgate_rule rule;
	u16 detail = 0, reason;

	if (length != sizeof(*can)) {
		svcgate_request_refuse(port, t, SVCGATE_REASON_PAYLOAD, 0);
		return;
	}
	if (svcgate_request_rule(le16_to_cpu(can->op), &rule)) {
		reason = svcgate_gate(&rule, &t->effective, &none, &detail);
		answer.would_do = cpu_to_le64(rule.mask);
		answer.would_do_image = cpu_to_le64(rule.image_mask);
	} else {
		reason = SVCGATE_REASON_UNKNOWN_OP;
		detail = le16_to_cpu(can->op);
	}
	answer.verdict = !reason;
	answer.reason = cpu_to_le16(reason);
	answer.detail = cpu_to_le16(detail);
	svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, (u8 *)&answer,
				   sizeof(answer), false);
}

static void answer_capability_list(struct svcgate_port *port, struct svcgate_transaction *t)
{
	struct svcgate_capability_list list;

	svcgate_device_list(t->passed, &list);
	svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, (u8 *)&list,
				   sizeof(list), false);
}

static void answer_keystore_show(struct svcgate_port *port, struct svcgate_transaction *t)
{
	size_t length;
	u8 *list;

	list = kzalloc(SVCGATE_RESPONSE_MAX, GFP_KERNEL);
	if (!list) {
		svcgate_request_refuse(port, t, SVCGATE_REASON_NO_MEMORY, 0);
		return;
	}
	length = svcgate_device_keystore_list(list, SVCGATE_RESPONSE_MAX);
	svcgate_transaction_answer(port, t, true, length ? SVCGATE_REASON_DONE :
				   SVCGATE_REASON_NO_KEYSTORE, 0, list, length, false);
	kfree(list);
}

static void answer_state_show(struct svcgate_port *port, struct svcgate_transaction *t)
{
	struct svcgate_device_view view;
	struct svcgate_state_show show;

	svcgate_device_look(&view);
	show.state = view.state;
	svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, (u8 *)&show,
				   sizeof(show), false);
}

static void answer_outcome(struct svcgate_port *port, struct svcgate_transaction *t,
			   const u8 *payload, size_t length)
{
	const struct svcgate_outcome *outcome = (const void *)payload;
	struct svcgate_outcome_answer answer;

	if (length != sizeof(*outcome)) {
		svcgate_request_refuse(port, t, SVCGATE_REASON_PAYLOAD, 0);
		return;
	}
	svcgate_outcome_get(le64_to_cpu(outcome->session), le16_to_cpu(outcome->transaction),
			    &answer);
	svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, (u8 *)&answer,
				   sizeof(answer), false);
}

/* The switch follows when the answer has gone out. */
static void answer_speed(struct svcgate_port *port, struct svcgate_transaction *t,
			 const u8 *payload, size_t length)
{
	const struct svcgate_speed *speed = (const void *)payload;
	enum svcgate_reason reason = SVCGATE_REASON_PAYLOAD;

	if (length == sizeof(*speed))
		reason = svcgate_speed_ask(port, t->number, le32_to_cpu(speed->baud));
	if (reason)
		svcgate_request_refuse(port, t, reason, 0);
	else
		svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, NULL, 0,
					   false);
}

static enum svcgate_reason change_state(const struct svcgate_asker *asker,
					const u8 *payload, size_t length, u64 *ret_number)
{
	const struct svcgate_state_update *update = (const void *)payload;

	if (length != sizeof(*update) || (update->flags & ~SVCGATE_STATE_KEEP_CAPABILITY))
		return SVCGATE_REASON_PAYLOAD;
	return svcgate_change_state(asker, update->target,
				    update->flags & SVCGATE_STATE_KEEP_CAPABILITY,
				    ret_number);
}

static enum svcgate_reason change_capability(struct svcgate_port *port,
					     const struct svcgate_asker *asker,
					     const u8 *file, size_t length,
					     u64 *ret_number, u16 *ret_detail)
{
	struct svcgate_credential *credential = NULL;
	enum svcgate_reason reason;

	reason = svcgate_request_credential(port, file, length, &credential, ret_detail);
	if (!reason)
		reason = svcgate_change_capability(asker, credential, file, length,
						   ret_number, ret_detail);
	svcgate_credential_put(credential);
	return reason;
}

static enum svcgate_reason change_keystore(struct svcgate_port *port,
					   const struct svcgate_asker *asker,
					   const u8 *file, size_t length,
					   u64 *ret_number, u16 *ret_detail)
{
	if (svcgate_change_is_keystore(file, length))
		return SVCGATE_REASON_DONE;
	if (!svcgate_request_may_verify(port))
		return SVCGATE_REASON_BUSY;
	return svcgate_change_keystore(asker, file, length, ret_number, ret_detail);
}

static enum svcgate_reason begin_change(struct svcgate_port *port,
					const struct svcgate_transaction *t,
					const u8 *payload, size_t length,
					u64 *ret_number, u16 *ret_detail)
{
	const struct svcgate_asker asker = {
		.owner = port,
		.bucket = &port->change_bucket,
		.helper = port->door_open,
		.session = port->session.id,
		.transaction = t->number,
		.outcome = t->flags & SVCGATE_REQUEST_OUTCOME,
		.turn = port->judged,
	};

	switch (t->op) {
	case SVCGATE_OP_STATE_UPDATE:
		return change_state(&asker, payload, length, ret_number);
	case SVCGATE_OP_CAPABILITY_UPDATE:
		return change_capability(port, &asker, payload, length, ret_number,
					 ret_detail);
	default:
		return change_keystore(port, &asker, payload, length, ret_number,
				       ret_detail);
	}
}

static void change(struct svcgate_port *port, struct svcgate_transaction *t,
		   const u8 *payload, size_t length)
{
	enum svcgate_reason reason;
	u16 detail = 0;
	u64 number = 0;

	reason = begin_change(port, t, payload, length, &number, &detail);
	if (reason) {
		svcgate_request_refuse(port, t, reason, detail);
		return;
	}
	if (!number) {
		/* Not remembered: anybody could ask for what is so, at will. */
		svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, NULL, 0,
					   false);
		return;
	}
	svcgate_transaction_drop_request(port, t);
	t->phase = SVCGATE_PHASE_CHANGE;
	svcgate_transmit(port, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, t->number,
			 t->length, NULL, 0);
	svcgate_port_turn(port);
	svcgate_port_sweep();
}

static bool takes_payload(u16 op)
{
	switch (op) {
	case SVCGATE_OP_CAN:
	case SVCGATE_OP_OUTCOME:
	case SVCGATE_OP_SPEED:
	case SVCGATE_OP_CAPABILITY_UPDATE:
	case SVCGATE_OP_KEYSTORE_UPDATE:
	case SVCGATE_OP_STATE_UPDATE:
		return true;
	default:
		return false;
	}
}

static bool known(u16 op)
{
	switch (op) {
	case SVCGATE_OP_IDENTIFY:
	case SVCGATE_OP_CAPABILITY_LIST:
	case SVCGATE_OP_KEYSTORE_SHOW:
	case SVCGATE_OP_STATE_SHOW:
		return true;
	default:
		return takes_payload(op);
	}
}

/**
 * svcgate_answer() - carry an admitted operation out in the kernel
 * @port: the port
 * @t: its transaction; answered, or waiting for its change to be durable
 * @payload: of the request
 * @length: its bytes
 *
 * Return: false when the kernel does not have this operation.
 */
bool svcgate_answer(struct svcgate_port *port, struct svcgate_transaction *t,
		    const u8 *payload, size_t length)
{
	lockdep_assert_held(&port->lock);
	if (!known(t->op))
		return false;
	if (length && !takes_payload(t->op)) {
		svcgate_request_refuse(port, t, SVCGATE_REASON_PAYLOAD, 0);
		return true;
	}
	switch (t->op) {
	case SVCGATE_OP_IDENTIFY:
		answer_identify(port, t);
		break;
	case SVCGATE_OP_CAN:
		answer_can(port, t, payload, length);
		break;
	case SVCGATE_OP_OUTCOME:
		answer_outcome(port, t, payload, length);
		break;
	case SVCGATE_OP_SPEED:
		answer_speed(port, t, payload, length);
		break;
	case SVCGATE_OP_CAPABILITY_LIST:
		answer_capability_list(port, t);
		break;
	case SVCGATE_OP_KEYSTORE_SHOW:
		answer_keystore_show(port, t);
		break;
	case SVCGATE_OP_STATE_SHOW:
		answer_state_show(port, t);
		break;
	default:
		change(port, t, payload, length);
		break;
	}
	return true;
}
