// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decision, exhaustively: every op, state, subset of capabilities, way of
 * having them and kind of image, against the table that was written by hand.
 */
#include "policy_table.h"

#define DONE		SVCGATE_REASON_DONE
#define FORBIDDEN	SVCGATE_REASON_FORBIDDEN
#define WRONG_IMAGE	SVCGATE_REASON_IMAGE
#define BELOW_FLOOR	SVCGATE_REASON_IMAGE_FLOOR
#define UNTOUCHED	0xeeee

#define STATES		5	/* the three, the next number, 255 */
#define SUBSETS		16
#define PRODUCTION	SVCGATE_PURPOSE_IMAGE_PRODUCTION

static const unsigned int states[STATES] = { 0, 1, 2, 3, 255 };

/* Ways of having a subset of capabilities beside the state's. */
enum way { SIDELOADED, BEARER, CHALLENGE, HOLDER, BOTH, WAYS };

static u64 subset(unsigned int n)
{
	return (n & 1 ? AD : 0) | (n & 2 ? FS : 0) | (n & 4 ? RF : 0) |
	       (n & 8 ? MAKER : 0);
}

static struct svcgate_effective effective(unsigned int state, unsigned int n, enum way way)
{
	struct svcgate_effective e = { .by_state = state_gives(state) };

	switch (way) {
	case SIDELOADED:
		e.sideloaded = subset(n);
		break;
	case BOTH:
		/* Half by one file, half by the other. */
		e.sideloaded = subset(n & 5);
		e.passed = subset(n & 10);
		break;
	default:
		e.passed = subset(n);
		e.strength = way - BEARER;
	}
	return e;
}

/* Every object: images by any purpose, lasting and temporary, old and new. */
#define OBJECTS		(5 * 2 * 3 * 5 * 2 * 3)

static struct svcgate_object object(unsigned int n)
{
	struct svcgate_object o = { .installed.version = 20 };

	o.incoming.purpose = n % 5;
	n /= 5;
	o.incoming.temporary = n % 2;
	n /= 2;
	o.incoming.version = 19 + n % 3;
	n /= 3;
	o.installed.purpose = n % 5;
	n /= 5;
	o.installed.temporary = n % 2;
	n /= 2;
	o.floor = n % 3 ? 19 + n % 3 : 0;
	return o;
}

static bool image_will_do(char rule, const struct svcgate_object *o)
{
	if (rule == 'T')
		return o->installed.purpose == PRODUCTION && o->installed.temporary;
	if (o->incoming.purpose != PRODUCTION)
		return false;
	if (!o->installed.purpose)
		return true;
	if (o->incoming.version < o->installed.version)
		return false;
	return !(o->incoming.temporary && !o->installed.temporary);
}

static u16 lowest(u64 mask)
{
	return __builtin_ctzll(mask);
}

/* What the table says. */
static enum svcgate_reason verdict(const struct row *row, u64 have,
				   const struct svcgate_object *o, u16 *detail)
{
	u64 any = enough(row->rule), some = enough_for_some(row->rule);

	if (row->rule == '-')
		return DONE;
	if (!(have & (any | some))) {
		*detail = lowest(any | some);
		return FORBIDDEN;
	}
	if (installs(row->op) && o->incoming.version < o->floor)
		return BELOW_FLOOR;
	if (have & any || image_will_do(row->rule, o))
		return DONE;
	*detail = lowest(any);
	return WRONG_IMAGE;
}

static void expect_verdict(TESTED, const struct row *row,
			   const struct svcgate_effective *e, unsigned int n)
{
	const struct svcgate_rule *rule = svcgate_policy_find(row->op);
	struct svcgate_object o = object(n);
	u16 expected = UNTOUCHED, detail = UNTOUCHED;
	enum svcgate_reason reason;

	reason = verdict(row, e->by_state | e->sideloaded | e->passed, &o, &expected);
	ASSERT_EQ(reason, svcgate_gate(rule, e, &o, &detail)) {
		TH_LOG("%s: by state %#llx, sideloaded %#llx, passed %#llx, object %u",
		       row->name, (unsigned long long)e->by_state,
		       (unsigned long long)e->sideloaded,
		       (unsigned long long)e->passed, n);
	}
	ASSERT_EQ(expected, detail);
}

FIXTURE(gate) {
};

FIXTURE_VARIANT(gate) {
	enum way way;
};

FIXTURE_VARIANT_ADD(gate, sideloaded) { .way = SIDELOADED };
FIXTURE_VARIANT_ADD(gate, passed_bearer) { .way = BEARER };
FIXTURE_VARIANT_ADD(gate, passed_challenge) { .way = CHALLENGE };
FIXTURE_VARIANT_ADD(gate, passed_holder) { .way = HOLDER };
FIXTURE_VARIANT_ADD(gate, sideloaded_and_passed) { .way = BOTH };

FIXTURE_SETUP(gate)
{
}

FIXTURE_TEARDOWN(gate)
{
}

TEST_F_TIMEOUT(gate, p7_every_op_state_subset_and_object, 300)
{
	unsigned int op, state, set, n;
	struct svcgate_effective e;

	for (op = 0; op < ARRAY_SIZE(table); op++)
		for (state = 0; state < STATES; state++)
			for (set = 0; set < SUBSETS; set++) {
				e = effective(states[state], set, variant->way);
				/* Without an object none of it counts: a few do. */
				for (n = 0; n < OBJECTS;
				     n += table[op].object == 'o' ? 1 : 97)
					expect_verdict(_metadata, &table[op], &e, n);
			}
}

/* What a file adds it adds, and it takes nothing away. */
TEST_F(gate, a_capability_more_never_forbids)
{
	unsigned int op, set, more, n;
	struct svcgate_effective e, f;
	struct svcgate_object o;
	u16 detail;

	for (op = 0; op < svcgate_policy_count; op++)
		for (set = 0; set < SUBSETS; set++)
			for (more = 1; more < SUBSETS; more *= 2)
				for (n = 0; n < OBJECTS; n += 7) {
					o = object(n);
					e = effective(2, set, variant->way);
					f = effective(2, set | more, variant->way);
					if (!svcgate_gate(&svcgate_policy[op], &e, &o, &detail))
						ASSERT_EQ(DONE,
							  svcgate_gate(&svcgate_policy[op],
								       &f, &o, &detail));
				}
}

/* Nobody asks the helper in vain, and a verdict without asking needs no answer. */
TEST_F(gate, p7_the_object_is_asked_for_exactly_when_it_decides)
{
	unsigned int op, state, set, n, m;
	const struct svcgate_rule *rule;
	struct svcgate_effective e;
	struct svcgate_object o, other;
	bool needs, decides;
	u16 detail;

	for (op = 0; op < ARRAY_SIZE(table); op++)
		for (state = 0; state < STATES; state++)
			for (set = 0; set < SUBSETS; set++) {
				rule = svcgate_policy_find(table[op].op);
				e = effective(states[state], set, variant->way);
				needs = svcgate_gate_needs_object(rule, &e);
				decides = false;
				for (n = 0; n < OBJECTS; n++) {
					o = object(n);
					other = o;
					for (m = 0; m < 10; m++) {
						other.installed.purpose = m / 2;
						other.installed.temporary = m % 2;
						decides |= svcgate_gate(rule, &e, &o, &detail) !=
							svcgate_gate(rule, &e, &other, &detail);
					}
					if (decides)
						break;
				}
				ASSERT_EQ(decides, needs);
			}
}

/* Asked before a signature: never no to what would be admitted (P9, P12). */
TEST_F(gate, p9_what_nothing_could_admit_is_told_beforehand)
{
	unsigned int op, state, set;
	const struct svcgate_rule *rule;
	struct svcgate_effective e;
	u64 have;

	for (op = 0; op < ARRAY_SIZE(table); op++)
		for (state = 0; state < STATES; state++)
			for (set = 0; set < SUBSETS; set++) {
				rule = svcgate_policy_find(table[op].op);
				e = effective(states[state], set, variant->way);
				have = e.by_state | e.sideloaded | e.passed;
				ASSERT_EQ(table[op].rule == '-' ||
					  (have & (enough(table[op].rule) |
						   enough_for_some(table[op].rule))),
					  svcgate_gate_possible(rule, &e, false));
				/* With a credential only its signature can tell. */
				ASSERT_TRUE(svcgate_gate_possible(rule, &e, true));
			}
}

/* A locked device, with no file at all. */
TEST(p1_device_complete_admits_the_always_rows_only)
{
	struct svcgate_effective e = effective(SVCGATE_STATE_DEVICE_COMPLETE, 0, BEARER);
	unsigned int op, n, admitted = 0;
	struct svcgate_object o;
	u16 detail;

	for (op = 0; op < svcgate_policy_count; op++)
		for (n = 0; n < OBJECTS; n++) {
			o = object(n);
			if (!svcgate_gate(&svcgate_policy[op], &e, &o, &detail)) {
				ASSERT_EQ('-', table[op].rule);
				admitted++;
			}
		}
	EXPECT_EQ(6 * OBJECTS, admitted);
}

/* A maker's op: their id opens it, ours do not, and theirs opens nothing else. */
TEST(p7_a_makers_rule)
{
	const struct svcgate_rule rule = { .op = 0x8001, .name = "maker", .mask = MAKER };
	struct svcgate_effective e;
	struct svcgate_object o = { };
	unsigned int state, set;
	enum way way;
	u16 detail;

	for (state = 0; state < STATES; state++)
		for (set = 0; set < SUBSETS; set++)
			for (way = 0; way < WAYS; way++) {
				e = effective(states[state], set, way);
				detail = UNTOUCHED;
				ASSERT_EQ(set & 8 ? DONE : FORBIDDEN,
					  svcgate_gate(&rule, &e, &o, &detail));
				ASSERT_EQ(set & 8 ? UNTOUCHED : 40, detail);
			}
}

TEST(p2_a_rule_without_any_id_is_for_nobody)
{
	const struct svcgate_rule rule = { .op = 0x8002, .name = "nobody" };
	struct svcgate_effective e = { ~0ULL, ~0ULL, ~0ULL, SVCGATE_STRENGTH_HOLDER };
	struct svcgate_object o = { };
	u16 detail;

	EXPECT_EQ(FORBIDDEN, svcgate_gate(&rule, &e, &o, &detail));
	EXPECT_FALSE(svcgate_gate_possible(&rule, &e, true));
	EXPECT_FALSE(svcgate_gate_possible(&rule, &e, false));
}

/* An image mask without a condition that could be met opens nothing. */
TEST(p2_an_image_mask_needs_its_condition)
{
	const struct svcgate_rule rule = { .op = 0x8003, .mask = AD, .image_mask = FS };
	struct svcgate_effective e = { .passed = FS };
	struct svcgate_object o;
	unsigned int n;
	u16 detail;

	for (n = 0; n < OBJECTS; n++) {
		o = object(n);
		detail = UNTOUCHED;
		ASSERT_EQ(WRONG_IMAGE, svcgate_gate(&rule, &e, &o, &detail));
		ASSERT_EQ(11, detail);
	}
}

/* Each id of 0 to 63 is its own: bit n opens what wants bit n. */
TEST(each_id_opens_what_names_it)
{
	struct svcgate_effective e = { };
	struct svcgate_object o = { };
	unsigned int want, have;
	u16 detail;

	for (want = 0; want < 64; want++)
		for (have = 0; have < 64; have++) {
			const struct svcgate_rule rule = { .mask = 1ULL << want };

			e.passed = 1ULL << have;
			detail = UNTOUCHED;
			ASSERT_EQ(want == have ? DONE : FORBIDDEN,
				  svcgate_gate(&rule, &e, &o, &detail));
			ASSERT_EQ(want == have ? UNTOUCHED : want, detail);
		}
}

/*
 * A row that a maker raised: a file counts when it is held as the row demands.
 * A sideloaded file is a bearer's: whoever has a copy can sideload it.
 */
TEST(p4_a_raised_row_wants_the_strength_it_names)
{
	struct svcgate_object o = { };
	unsigned int op, set, want, held;
	struct svcgate_effective e;
	struct svcgate_rule rule;
	bool strong, named;
	u16 detail;

	for (op = 0; op < ARRAY_SIZE(table); op++)
		for (set = 0; set < SUBSETS; set++)
			for (want = 0; want < 3; want++)
				for (held = 0; held < 4; held++) {
					if (table[op].rule == '-' || table[op].object == 'o')
						continue;
					rule = *svcgate_policy_find(table[op].op);
					rule.strength = want;
					/* held 0-2 passed, 3 sideloaded */
					e = effective(2, set, held == 3 ? SIDELOADED :
								  BEARER + held);
					strong = (held == 3 ? 0 : held) >= want;
					named = subset(set) & enough(table[op].rule);
					detail = UNTOUCHED;
					ASSERT_EQ(!named ? FORBIDDEN : strong ? DONE :
						  SVCGATE_REASON_STRENGTH,
						  svcgate_gate(&rule, &e, &o, &detail));
					if (named)
						ASSERT_EQ(strong ? UNTOUCHED : want, detail);
				}
}

/* What the state gives needs no file, so there is none to be held. */
TEST(a_raised_row_keeps_what_the_state_gives)
{
	struct svcgate_effective e = effective(SVCGATE_STATE_BLANK, 0, BEARER);
	struct svcgate_rule rule = *svcgate_policy_find(SVCGATE_OP_RESTART);
	struct svcgate_object o = { };
	u16 detail;

	rule.strength = SVCGATE_STRENGTH_HOLDER;
	EXPECT_EQ(DONE, svcgate_gate(&rule, &e, &o, &detail));
	EXPECT_TRUE(svcgate_gate_possible(&rule, &e, false));
}

TEST_HARNESS_MAIN
