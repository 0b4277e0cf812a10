// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device can
 */
#include <stdlib.h>

#include "svcgate.h"

static const char *who(u8 flags)
{
	if (flags & SVCGATE_ROW_KERNEL)
		return "kernel";
	if (flags & SVCGATE_ROW_STORE)
		return "store";
	return "executor";
}

static const char *condition(const struct svcgate_rule *rule)
{
	if (rule->flags & SVCGATE_ROW_RECOVERY)
		return "recovery mode: by version";
	if (!rule->image_mask)
		return NULL;
	return rule->flags & SVCGATE_ROW_INSTALL ? "production image, nothing newer there" :
						   "temporary production image";
}

/* Commands that need an op: from the same table that runs them. */
static void put_commands(struct output *out, u16 op)
{
	const char *names[16];
	size_t i, count = 0;
	const u16 *needs;

	for (i = 0; i < command_count; i++)
		for (needs = commands[i].ops; *needs; needs++)
			if (*needs == op && count < ARRAY_SIZE(names))
				names[count++] = commands[i].words;
	if (count || out->as_json)
		output_list(out, "commands", "Commands", names, count);
	else
		output_string(out, "commands", "Commands", NULL);
}

static void put_row(struct output *out, const struct svcgate_rule *rule)
{
	char number[8];

	snprintf(number, sizeof(number), "0x%04x", rule->op);
	output_row(out);
	output_string(out, "number", "No.", number);
	output_string(out, "operation", "Operation", rule->name);
	if (rule->flags & SVCGATE_ROW_ALWAYS && !out->as_json)
		output_string(out, NULL, "Needs one of", "always allowed");
	else
		output_capabilities(out, "needs", "Needs one of", rule->mask);
	if (out->as_json)
		output_bool(out, "always", NULL, rule->flags & SVCGATE_ROW_ALWAYS);
	if (out->as_json || rule->image_mask)
		output_capabilities(out, "forSomeImages", "Or, for some images",
				    rule->image_mask);
	else
		output_string(out, NULL, "Or, for some images", NULL);
	output_string(out, "condition", "Condition", condition(rule));
	output_string(out, "object", "Object",
		      rule->flags & SVCGATE_ROW_OBJECT ? "component" : NULL);
	output_string(out, "by", "By", who(rule->flags));
	put_commands(out, rule->op);
	output_close(out);
}

static int list_ops(const struct options *options)
{
	struct output out;
	unsigned int i;

	output_begin(&out, options->json);
	output_rows(&out, NULL);
	for (i = 0; i < svcgate_policy_count; i++)
		put_row(&out, &svcgate_policy[i]);
	output_rows_end(&out);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

/* A name of the table, or a number: the maker's ops have no name here. */
static u16 parse_op(const char *text)
{
	unsigned long number;
	unsigned int i;
	char *end;

	for (i = 0; i < svcgate_policy_count; i++)
		if (!strcmp(svcgate_policy[i].name, text))
			return svcgate_policy[i].op;
	number = strtoul(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || !number || number > UINT16_MAX)
		usage_error("There is no operation %s; svcgate device can --list prints them all.",
			    text);
	return number;
}

struct verdict {
	bool yes;
	u16 reason;
	u64 would_do;
	u64 would_do_image;
};

static int take_answer(const struct device *device,
		       const struct svcgate_link_response *response,
		       struct verdict *ret, struct svcgate_reason_context *context)
{
	struct svcgate_can_answer answer;

	if (response->length < sizeof(answer))
		return device_short_answer(device);
	memcpy(&answer, response->payload, sizeof(answer));
	*ret = (struct verdict){
		.yes = answer.verdict,
		.reason = svcgate_get_le16((u8 *)&answer.reason),
		.would_do = svcgate_get_le64((u8 *)&answer.would_do),
		.would_do_image = svcgate_get_le64((u8 *)&answer.would_do_image),
	};
	context->detail = svcgate_get_le16((u8 *)&answer.detail);
	return 0;
}

static void put_verdict(struct output *out, u16 op, const struct verdict *verdict,
			const char *text, const char *cure)
{
	const struct svcgate_rule *rule = svcgate_policy_find(op);
	char number[8];

	snprintf(number, sizeof(number), "0x%04x", op);
	output_object(out, NULL);
	output_string(out, "operation", "Operation", rule ? rule->name : number);
	output_bool(out, "allowed", "Allowed", verdict->yes);
	if (!verdict->yes) {
		if (out->as_json)
			output_string(out, "reason", NULL,
				      svcgate_reason_name(verdict->reason));
		output_string(out, "text", "Why not", text);
		output_string(out, "cure", "What helps", cure);
	}
	if (verdict->would_do || out->as_json)
		output_capabilities(out, "wouldDo", "Each would do", verdict->would_do);
	if (verdict->would_do_image || out->as_json)
		output_capabilities(out, "wouldDoForSomeImages", "For some images",
				    verdict->would_do_image);
	output_close(out);
}

static int show_verdict(const struct options *options, u16 op,
			const struct verdict *verdict,
			struct svcgate_reason_context *context)
{
	char *text = NULL, *cure = NULL;
	struct output out;
	int r;

	context->op = op;
	if (!verdict->yes &&
	    (svcgate_reason_sentence(verdict->reason, context, &text) < 0 ||
	     svcgate_reason_cure(verdict->reason, context, &cure) < 0)) {
		free(text);
		return report_memory();
	}
	output_begin(&out, options->json);
	put_verdict(&out, op, verdict, text, cure);
	r = verdict->yes ? SVCGATE_EXIT_DONE : SVCGATE_EXIT_FORBIDDEN;
	if (output_end(&out) < 0)
		r = SVCGATE_EXIT_FAILED;
	free(text);
	free(cure);
	return r;
}

static int ask_verdict(const struct options *options, u16 op)
{
	u8 payload[sizeof(struct svcgate_can)] = { 0 };
	const struct ask ask = {
		.op = SVCGATE_OP_CAN,
		.payload = payload,
		.length = sizeof(payload),
	};
	struct svcgate_link_response response;
	struct svcgate_reason_context context;
	struct verdict verdict = { 0 };
	struct device device;
	int r;

	svcgate_put_le16(payload, op);
	memcpy(payload + offsetof(struct svcgate_can, object), options->component,
	       sizeof(options->component));
	r = device_open(options, &device);
	if (r)
		return r;
	r = device_try(&device, &ask, &response, &context);
	if (!r && response.reason)
		r = report_reason(response.reason, &context);
	else if (!r)
		r = take_answer(&device, &response, &verdict, &context);
	if (!r)
		r = show_verdict(options, op, &verdict, &context);
	device_close(&device);
	return r;
}

/**
 * cmd_can() - svcgate device can OP, or --list
 * @options: of the command line
 *
 * Return: an exit code; "forbidden" when the verdict is no.
 */
int cmd_can(const struct options *options)
{
	bool list = options->given & OPTION_LIST;

	if (list == !!options->operand_count)
		usage_error("device can needs an operation, or --list.");
	if (list)
		return list_ops(options);
	return ask_verdict(options, parse_op(options->operands[0]));
}
