// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of a request: op known -> lengths -> could anything admit it now? ->
 * delegation -> credential -> proof -> object -> verdict.
 *
 * Up to the credential only the fixed header counts, and it is looked at before
 * the rest of the message is even buffered.
 */
#include <linux/slab.h>

#include "event.h"
#include "outcome.h"
#include "port.h"

#define HEADER	sizeof(struct svcgate_request)

#define CREDENTIAL_MAX \
	(sizeof(struct svcgate_envelope) + SVCGATE_CAPABILITY_MAX + 4 + SVCGATE_SIGNATURE_MAX)

/* Longest request that the kernel answers itself. */
#define KERNEL_REQUEST_MAX	(HEADER + CREDENTIAL_MAX + sizeof(struct svcgate_can))

enum section {
	SECTION_DELEGATION = 1,
	SECTION_PROOF = 2,
};

static bool always(const struct svcgate_transaction *t)
{
	return t->rule.flags & SVCGATE_ROW_ALWAYS;
}

static bool is_zero(const u8 *bytes, size_t length)
{
	return !memchr_inv(bytes, 0, length);
}

/**
 * svcgate_request_refuse() - answer with a reason
 * @port: the port
 * @t: the transaction; ended
 * @reason: why
 * @detail: the reason's detail
 */
void svcgate_request_refuse(struct svcgate_port *port, struct svcgate_transaction *t,
			    enum svcgate_reason reason, u16 detail)
{
	struct svcgate_event event = {
		.kind = SVCGATE_EVENT_REFUSED,
		.port = port->name,
		.op = t->op,
		.reason = reason,
		.detail = detail,
	};

	svcgate_port_count(port, SVCGATE_COUNTER_REFUSED);
	svcgate_event_emit(&event);
	svcgate_transaction_answer(port, t, true, reason, detail, NULL, 0, false);
}

/**
 * svcgate_request_rule() - the row of an op, the maker's rows included
 * @op: its number
 * @ret: a copy of it
 *
 * Return: false if there is none: such an op is refused.
 */
bool svcgate_request_rule(u16 op, struct svcgate_rule *ret)
{
	const struct svcgate_rule *rule = svcgate_policy_find(op);
	struct svcgate_maker_rule maker;

	if (rule) {
		*ret = *rule;
		return true;
	}
	if (op < SVCGATE_OP_MAKER || !svcgate_device_rule(op, &maker))
		return false;
	*ret = maker.rule;
	ret->name = NULL;
	return true;
}

/* The parts of a request; each length bounded for itself, then the sum. */
static bool lengths_fit(const struct svcgate_request *request, u32 *ret_total)
{
	u32 delegation = le16_to_cpu(request->delegation_length);
	u32 credential = le16_to_cpu(request->credential_length);
	u32 proof = le16_to_cpu(request->proof_length);
	u32 payload = le32_to_cpu(request->payload_length);

	if (delegation > SVCGATE_SECTION_MAX || proof > SVCGATE_SECTION_MAX ||
	    credential > CREDENTIAL_MAX || payload > SVCGATE_MESSAGE_MAX)
		return false;
	*ret_total = HEADER + delegation + credential + proof + payload;
	return *ret_total <= SVCGATE_MESSAGE_MAX;
}

/* What the device's own situation forbids, whoever asks. */
static enum svcgate_reason check_device(const struct svcgate_port *port,
					const struct svcgate_transaction *t,
					const struct svcgate_device_view *view)
{
	if (!view->configured)
		return SVCGATE_REASON_NOT_CONFIGURED;
	if (!view->sealed && t->op != SVCGATE_OP_IDENTIFY)
		return SVCGATE_REASON_NOT_SEALED;
	if (!port->session.random && !always(t))
		return SVCGATE_REASON_NO_RANDOM;
	return SVCGATE_REASON_DONE;
}

static enum svcgate_reason check_object(const struct svcgate_transaction *t,
					const struct svcgate_request *request,
					u16 *ret_detail)
{
	bool wanted = (t->rule.flags & SVCGATE_ROW_OBJECT) && t->op != SVCGATE_OP_CAN;
	bool there = !is_zero(request->object, sizeof(request->object));

	*ret_detail = wanted;
	return wanted == there ? SVCGATE_REASON_DONE : SVCGATE_REASON_OBJECT;
}

static enum svcgate_reason check_header(struct svcgate_port *port,
					struct svcgate_transaction *t,
					const struct svcgate_request *request,
					u16 *ret_detail)
{
	struct svcgate_device_view view;
	enum svcgate_reason reason;

	if (!svcgate_request_rule(t->op, &t->rule)) {
		*ret_detail = t->op;
		return SVCGATE_REASON_UNKNOWN_OP;
	}
	if (!lengths_fit(request, &t->length) || request->zero ||
	    (t->flags & ~(SVCGATE_REQUEST_DRY_RUN | SVCGATE_REQUEST_OUTCOME)))
		return SVCGATE_REASON_MESSAGE;

	svcgate_device_look(&view);
	reason = check_device(port, t, &view);
	if (reason)
		return reason;
	t->effective.by_state = view.by_state;
	t->effective.sideloaded = view.sideloaded;
	if (!svcgate_gate_possible(&t->rule, &t->effective, request->credential_length)) {
		static const struct svcgate_object none;

		return svcgate_gate(&t->rule, &t->effective, &none, ret_detail);
	}
	if (request->credential_length && !view.keystore)
		return SVCGATE_REASON_NO_KEYSTORE;
	if (request->delegation_length) {
		*ret_detail = SECTION_DELEGATION;
		return SVCGATE_REASON_SECTION;
	}
	if (request->proof_length) {
		*ret_detail = SECTION_PROOF;
		return SVCGATE_REASON_SECTION;
	}
	return check_object(t, request, ret_detail);
}

/*
 * A helper that does not read must not cost more memory than one that does. What
 * the kernel answers itself does not wait for it: identify always works (P3).
 */
static bool finds_room(const struct svcgate_port *port, const struct svcgate_transaction *t)
{
	const size_t ends = 2 * sizeof(struct svcgate_door);	/* REQUEST and END */

	if ((t->rule.flags & SVCGATE_ROW_KERNEL) && t->length <= KERNEL_REQUEST_MAX)
		return true;
	return !port->door_bytes ||
	       port->door_bytes + t->length + ends <= SVCGATE_HELPER_QUEUE;
}

/**
 * svcgate_request_begin() - the first bytes of a request
 * @port: the port
 * @t: a fresh transaction
 * @header: the first bytes
 * @length: how many
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE: take the rest, there is a buffer. Else the
 * reason to refuse.
 */
enum svcgate_reason svcgate_request_begin(struct svcgate_port *port,
					  struct svcgate_transaction *t, const u8 *header,
					  size_t length, u16 *ret_detail)
{
	const struct svcgate_request *request = (const void *)header;
	enum svcgate_reason reason;

	if (length < HEADER)
		return SVCGATE_REASON_MESSAGE;
	t->op = le16_to_cpu(request->op);
	t->flags = le16_to_cpu(request->flags);
	reason = check_header(port, t, request, ret_detail);
	if (reason)
		return reason;

	*ret_detail = 0;
	if (!finds_room(port, t))
		return SVCGATE_REASON_BUSY;
	t->buffer = kvmalloc(t->length, GFP_KERNEL);
	if (!t->buffer)
		return SVCGATE_REASON_NO_MEMORY;
	port->door_bytes += t->length;
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_request_may_verify() - a signature costs a token of the port's
 * @port: the port
 *
 * Return: false when there is none.
 */
bool svcgate_request_may_verify(struct svcgate_port *port)
{
	if (svcgate_bucket_take(&port->verify_bucket)) {
		svcgate_port_count(port, SVCGATE_COUNTER_VERIFIED);
		return true;
	}
	svcgate_port_count(port, SVCGATE_COUNTER_BUSY);
	return false;
}

/**
 * svcgate_request_credential() - verify a capability file, and judge it
 * @port: the port; a file that is not in the cache costs it a signature
 * @file: the file
 * @length: its bytes
 * @ret: a reference
 * @ret_detail: detail of the reason
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_request_credential(struct svcgate_port *port, const u8 *file,
					       size_t length,
					       struct svcgate_credential **ret,
					       u16 *ret_detail)
{
	struct svcgate_credential *credential;
	u8 digest[SVCGATE_SHA256_SIZE];
	enum svcgate_reason reason;

	credential = svcgate_device_cached(file, length, digest);
	if (credential) {
		svcgate_port_count(port, SVCGATE_COUNTER_CACHED);
	} else {
		if (!svcgate_request_may_verify(port))
			return SVCGATE_REASON_BUSY;
		reason = svcgate_device_verify(file, length, digest, &credential,
					       ret_detail);
		if (reason)
			return reason;
	}
	reason = svcgate_device_judge(credential, ret_detail);
	if (reason) {
		svcgate_credential_put(credential);
		return reason;
	}
	*ret = credential;
	return SVCGATE_REASON_DONE;
}

static size_t payload_at(const struct svcgate_transaction *t)
{
	const struct svcgate_request *request = (const void *)t->buffer;

	return t->length - le32_to_cpu(request->payload_length);
}

static void describe(struct svcgate_port *port, const struct svcgate_transaction *t,
		     struct svcgate_door *head)
{
	const struct svcgate_request *request = (const void *)t->buffer;

	head->session = port->session.id;
	head->transaction = t->number;
	head->op = t->op;
	head->image = t->object.incoming.purpose;
	head->by_state = t->effective.by_state;
	head->sideloaded = t->effective.sideloaded;
	head->passed = t->effective.passed;
	memcpy(head->object, request->object, sizeof(head->object));
}

/* Reserve END before the helper hears of the transaction at all. */
static bool reserve_end(struct svcgate_transaction *t)
{
	if (!t->end)
		t->end = svcgate_door_message(SVCGATE_DOOR_END, 0);
	return t->end;
}

/* Admitted: the request goes to the helper, its payload only. */
static void give_to_helper(struct svcgate_port *port, struct svcgate_transaction *t)
{
	struct svcgate_door_message *message;
	size_t at = payload_at(t);

	message = svcgate_door_message(SVCGATE_DOOR_REQUEST, 0);
	if (!message || !reserve_end(t)) {
		kfree(message);
		svcgate_request_refuse(port, t, SVCGATE_REASON_NO_MEMORY, 0);
		return;
	}
	describe(port, t, &message->head);
	message->head.detail = port->session.frame_max;
	message->head.length += t->length - at;
	message->payload = t->buffer + at;
	message->buffer = t->buffer;
	port->door_bytes -= t->length;
	t->buffer = NULL;
	t->phase = SVCGATE_PHASE_OPEN;
	if (t->flags & SVCGATE_REQUEST_OUTCOME)
		svcgate_outcome_set(port->session.id, t->number,
				    SVCGATE_OUTCOME_PENDING, 0, 0);
	svcgate_door_queue(port, message);
	svcgate_transmit(port, SVCGATE_FRAME_ACK, SVCGATE_FRAME_FROM_KERNEL, t->number,
			 t->length, NULL, 0);
}

static void ask_for_object(struct svcgate_port *port, struct svcgate_transaction *t)
{
	struct svcgate_door_message *message;

	message = svcgate_door_message(SVCGATE_DOOR_OBJECT, 0);
	if (!message || !reserve_end(t)) {
		kfree(message);
		svcgate_request_refuse(port, t, SVCGATE_REASON_NO_MEMORY, 0);
		return;
	}
	describe(port, t, &message->head);
	t->phase = SVCGATE_PHASE_OBJECT;
	svcgate_door_queue(port, message);
}

/* The verdict is yes: who carries it out? */
static void admit(struct svcgate_port *port, struct svcgate_transaction *t)
{
	struct svcgate_event event = {
		.kind = SVCGATE_EVENT_ADMITTED,
		.port = port->name,
		.op = t->op,
	};
	size_t at = payload_at(t);

	svcgate_port_count(port, SVCGATE_COUNTER_ADMITTED);
	svcgate_event_emit(&event);
	if (t->flags & SVCGATE_REQUEST_DRY_RUN)
		svcgate_transaction_answer(port, t, true, SVCGATE_REASON_DONE, 0, NULL, 0,
					   false);
	else if (svcgate_answer(port, t, t->buffer + at, t->length - at))
		return;
	else if (t->rule.flags & (SVCGATE_ROW_KERNEL | SVCGATE_ROW_STORE))
		svcgate_request_refuse(port, t, SVCGATE_REASON_NOT_AVAILABLE, 0);
	else if (!port->door_open)
		svcgate_request_refuse(port, t, SVCGATE_REASON_NO_HELPER, 0);
	else
		give_to_helper(port, t);
}

static enum svcgate_reason check_incoming(struct svcgate_port *port,
					  struct svcgate_transaction *t, u16 *ret_detail)
{
	size_t at = payload_at(t);

	if (!(t->rule.flags & SVCGATE_ROW_INSTALL))
		return SVCGATE_REASON_DONE;
	if (!svcgate_request_may_verify(port))
		return SVCGATE_REASON_BUSY;
	return svcgate_device_image(t->buffer + at, t->length - at, t->component,
				    &t->object.incoming, &t->incoming, &t->object.floor,
				    ret_detail);
}

/*
 * What is in force now: between the first frame of a request and its verdict, or
 * since the verdict, a change may have taken something away (P8).
 */
static enum svcgate_reason refresh(struct svcgate_transaction *t, u16 *ret_detail)
{
	struct svcgate_device_view view;
	enum svcgate_reason reason = SVCGATE_REASON_DONE;

	svcgate_device_look(&view);
	t->effective.by_state = view.by_state;
	t->effective.sideloaded = view.sideloaded;
	if (t->passed)
		reason = svcgate_device_judge(t->passed, ret_detail);
	if (!reason && t->incoming.purpose &&
	    !svcgate_device_trusts(&t->incoming, t->component, &t->object.floor))
		reason = SVCGATE_REASON_UNKNOWN_KEY;
	return reason;
}

static void decide(struct svcgate_port *port, struct svcgate_transaction *t)
{
	enum svcgate_reason reason;
	u16 detail = 0;

	reason = check_incoming(port, t, &detail);
	if (reason) {
		svcgate_request_refuse(port, t, reason, detail);
		return;
	}
	if (svcgate_gate_needs_object(&t->rule, &t->effective) && port->door_open) {
		ask_for_object(port, t);
		return;
	}
	reason = svcgate_gate(&t->rule, &t->effective, &t->object, &detail);
	if (reason)
		svcgate_request_refuse(port, t, reason, detail);
	else
		admit(port, t);
}

/**
 * svcgate_request_decide() - the message is complete: the verdict
 * @port: the port
 * @t: the transaction; answered, given to the helper, or waiting for its object
 *	or its change
 */
void svcgate_request_decide(struct svcgate_port *port, struct svcgate_transaction *t)
{
	const struct svcgate_request *request = (const void *)t->buffer;
	size_t length = le16_to_cpu(request->credential_length);
	enum svcgate_reason reason = SVCGATE_REASON_DONE;
	u16 detail = 0;

	lockdep_assert_held(&port->lock);
	memcpy(t->component, request->object, sizeof(t->component));
	if (length)
		reason = svcgate_request_credential(port, t->buffer + HEADER, length,
						    &t->passed, &detail);
	if (!reason && t->passed)
		t->effective.passed = t->passed->cap.mask;
	if (!reason)
		reason = refresh(t, &detail);
	if (reason)
		svcgate_request_refuse(port, t, reason, detail);
	else
		decide(port, t);
}

/**
 * svcgate_request_manifest() - the helper's answer to OBJECT
 * @port: the port
 * @t: the transaction that waits for it
 * @file: manifest of the installed component
 * @length: its bytes, 0: it is not installed
 *
 * A manifest that does not verify under the keystore of now gives nothing. It
 * costs a signature of the port's: the host decides how often one is asked for.
 */
void svcgate_request_manifest(struct svcgate_port *port, struct svcgate_transaction *t,
			      const u8 *file, size_t length)
{
	enum svcgate_reason reason;
	u16 detail = 0;
	u64 floor;

	lockdep_assert_held(&port->lock);
	reason = refresh(t, &detail);
	if (!reason && length && !svcgate_request_may_verify(port))
		reason = SVCGATE_REASON_BUSY;
	else if (!reason && length)
		reason = svcgate_device_image(file, length, t->component,
					      &t->object.installed, &t->installed, &floor,
					      &detail);
	if (!reason)
		reason = svcgate_gate(&t->rule, &t->effective, &t->object, &detail);
	if (reason)
		svcgate_request_refuse(port, t, reason, detail);
	else
		admit(port, t);
}

/**
 * svcgate_request_permitted() - would an admitted request be admitted now?
 * @t: its transaction
 *
 * Return: false when what permitted it is gone (P8).
 */
bool svcgate_request_permitted(struct svcgate_transaction *t)
{
	u16 detail = 0;
	u64 floor;

	if (refresh(t, &detail))
		return false;
	if (t->installed.purpose && !svcgate_device_trusts(&t->installed, t->component, &floor))
		return false;
	return !svcgate_gate(&t->rule, &t->effective, &t->object, &detail);
}
