// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The maker's rules in the kernel. It takes them before the seal only: a helper
 * that was started again finds those of the first one, and serves an operation only
 * where its file still says the same.
 */
#include <errno.h>
#include <stdlib.h>

#include "gate.h"
#include "helper_ops.h"
#include "log.h"
#include "maker.h"

/**
 * maker_log_refused() - a file was refused: into the log
 * @context: not used
 * @file: its path
 * @line: of it, 0 for all of it
 * @why: what is wrong
 * @cure: what helps
 */
void maker_log_refused(void *context, const char *file, unsigned int line,
		       const char *why, const char *cure)
{
	if (line)
		log_error("%s, line %u: %s; %s. Its operation does not exist", file, line, why,
			  cure);
	else
		log_error("%s: %s; %s. Its operation does not exist", file, why, cure);
}

static void say_not_taken(const struct helper_ops *ops, const struct maker_op *op, int error)
{
	const char *message = ops->gate_message(ops->context);

	log_error("%s: the kernel did not take the rule of %s: %s%s%s. The operation does not exist",
		  op->file, op->rule.name, strerror(-error), *message ? ": " : "", message);
}

static const struct device_rule *find(const struct device_rule *rules, size_t count, u16 op)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rules[i].op == op)
			return &rules[i];
	return NULL;
}

/* Does the kernel hold the rule that the file says? */
static bool agree(const struct helper_ops *ops, bool sealed, const struct maker_op *op,
		  const struct device_rule *known)
{
	int r;

	if (known) {
		if (known->mask == op->rule.mask && !strcmp(known->name, op->rule.name))
			return true;
		log_error("%s: the kernel has another rule for 0x%04x, named %s, until the device restarts; until then the operation is not available",
			  op->file, op->rule.op, known->name);
		return false;
	}
	if (sealed) {
		log_error("%s: the device was sealed without the rule of %s; restart the device to have it",
			  op->file, op->rule.name);
		return false;
	}
	r = ops->gate_set_rule(ops->context, &op->rule);
	if (r < 0)
		say_not_taken(ops, op, r);
	return !r;
}

static void say_without_file(const struct device_rule *rules, size_t count,
			     const struct maker_ops *maker)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rules[i].op >= SVCGATE_OP_MAKER && !maker_find(maker, rules[i].op))
			log_error("the kernel has a rule for 0x%04x, named %s, but no file says which program carries it out; it is not available. Put the file back, or restart the device",
				  rules[i].op, rules[i].name);
}

/**
 * maker_rules() - have the kernel know the maker's rules
 * @ops: the kernel
 * @sealed: it takes no more
 * @maker: the operations; those that the kernel does not know so are taken away
 *
 * Says itself what is wrong. Nothing here keeps the device from its seal.
 */
void maker_rules(const struct helper_ops *ops, bool sealed, struct maker_ops *maker)
{
	size_t room = svcgate_policy_count + SVCGATE_RULES_MAX, count = 0, i;
	struct device_rule *rules = calloc(room, sizeof(*rules));
	int r = -ENOMEM;

	if (rules)
		r = ops->gate_rules(ops->context, rules, room, &count);
	if (r < 0) {
		log_error("cannot ask the kernel for its rules: %s; no operation of the maker's exists",
			  strerror(-r));
		count = 0;
		maker_free(maker);
	}
	say_without_file(rules, count, maker);
	for (i = 0; i < maker->count;) {
		if (agree(ops, sealed, &maker->list[i],
			  find(rules, count, maker->list[i].rule.op)))
			i++;
		else
			maker_drop(maker, i);
	}
	free(rules);
}
