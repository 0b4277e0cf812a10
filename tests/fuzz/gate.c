// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any rule, capabilities and object, also those that no table has: nobody gets
 * in without a capability that the rule names.
 */
#include "fuzz.h"
#include "gate.h"

/* What the input is read as; the rest of it is zero. */
struct input {
	u16 op;
	u8 own, flags, strength, held;
	u64 mask, image_mask;
	u64 by_state, sideloaded, passed, more;
	struct {
		u8 purpose, temporary;
		u64 version;
	} image[2];
	u64 floor;
} __attribute__((packed));

static enum svcgate_reason decide(const struct svcgate_rule *rule,
				  const struct svcgate_effective *e,
				  const struct svcgate_object *o, u16 *detail)
{
	*detail = 0;
	return svcgate_gate(rule, e, o, detail);
}

static void check(const struct svcgate_rule *rule, const struct svcgate_effective *e,
		  const struct svcgate_object *o, u64 more)
{
	u64 have = e->by_state | e->sideloaded | e->passed;
	u64 wanted = rule->mask | rule->image_mask;
	struct svcgate_effective with_more = *e;
	struct svcgate_object other = *o;
	enum svcgate_reason reason;
	u16 detail, other_detail;

	reason = decide(rule, e, o, &detail);
	if (rule->flags & SVCGATE_ROW_ALWAYS) {
		MUST(reason == SVCGATE_REASON_DONE);
		return;
	}
	MUST(detail <= 0xff);
	if (!(have & wanted))
		MUST(reason == SVCGATE_REASON_FORBIDDEN);
	if (!wanted)
		MUST(!svcgate_gate_possible(rule, e, true));
	if (reason != SVCGATE_REASON_DONE)
		return;

	MUST(svcgate_gate_possible(rule, e, false));
	MUST(svcgate_gate_possible(rule, e, true));
	if (rule->flags & SVCGATE_ROW_INSTALL)
		MUST(o->incoming.version >= o->floor);
	if (!(have & rule->mask))
		MUST(rule->flags & (SVCGATE_ROW_INSTALL | SVCGATE_ROW_TEMPORARY));
	if (!svcgate_gate_needs_object(rule, e)) {
		other.installed = other.incoming;
		MUST(decide(rule, e, &other, &other_detail) == reason);
	}
	with_more.by_state |= more;
	MUST(decide(rule, &with_more, o, &other_detail) == SVCGATE_REASON_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct svcgate_rule *row;
	struct svcgate_effective e;
	struct svcgate_object o;
	struct svcgate_rule rule;
	struct input in = { };
	unsigned int i;

	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	rule = (struct svcgate_rule) {
		.op = in.op, .name = "fuzz", .flags = in.flags,
		.strength = in.strength % 3, .mask = in.mask, .image_mask = in.image_mask,
	};
	e = (struct svcgate_effective) {
		in.by_state, in.sideloaded, in.passed, in.held % 3
	};
	o.installed = (struct svcgate_image) {
		in.image[0].purpose % 5, in.image[0].temporary & 1, in.image[0].version
	};
	o.incoming = (struct svcgate_image) {
		in.image[1].purpose % 5, in.image[1].temporary & 1, in.image[1].version
	};
	o.floor = in.floor;

	row = svcgate_policy_find(in.op);
	MUST(!row || row->op == in.op);
	for (i = 0; i < svcgate_policy_count; i++)
		check(&svcgate_policy[i], &e, &o, in.more);
	check(&rule, &e, &o, in.more);
	return 0;
}
