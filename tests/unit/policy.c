// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The one table of operations: header, rows, prose and the table of these tests
 * say the same, and nothing is in one that is not in the others (P7).
 */
#include "policy_table.h"
#include "text.h"

struct named {
	u16 op;
	char name[64];
};

struct names {
	unsigned int count;
	struct named row[256];
};

static void add_name(struct names *n, unsigned long op, const char *name, size_t length)
{
	if (n->count == ARRAY_SIZE(n->row) || length >= sizeof(n->row[0].name))
		abort();
	n->row[n->count].op = op;
	memcpy(n->row[n->count].name, name, length);
	n->row[n->count++].name[length] = 0;
}

/* SVCGATE_OP_IMAGE_LIST = 0x0033, is image-list; the maker's first is not a row. */
static void header_names(struct names *n)
{
	char *text = read_text("uapi/linux/svcgate.h"), name[64], *line, *next;
	unsigned int op;
	size_t i;

	for (line = text; line; line = next) {
		next = next_line(line);
		if (sscanf(line, " SVCGATE_OP_%63[A-Z0-9_] = %x,", name, &op) != 2)
			continue;
		if (op == SVCGATE_OP_MAKER)
			continue;
		for (i = 0; name[i]; i++)
			name[i] = name[i] == '_' ? '-' : name[i] | ('A' ^ 'a');
		add_name(n, op, name, i);
	}
	free(text);
}

/* | 0x0033 | image-list | F |  | image | */
static void protocol_names(struct names *n)
{
	char *text = read_text("uapi/PROTOCOL.md"), name[64], *line, *next;
	unsigned int op;
	int end;

	for (line = text; line; line = next) {
		next = next_line(line);
		end = 0;
		if (sscanf(line, "| 0x%4x | %63[a-z0-9-] |%n", &op, name, &end) != 2 || !end)
			continue;
		add_name(n, op, name, strlen(name));
	}
	free(text);
}

/* The same row: rule, object and by; what people read says what we enforce. */
static void expect_columns(TESTED, const struct row *row, char *columns)
{
	char *save, *rule = strtok_r(columns, "|", &save);
	char *object = strtok_r(NULL, "|", &save), *by = strtok_r(NULL, "|", &save);
	char expected[64];

	ASSERT_NE(NULL, by);
	snprintf(expected, sizeof(expected), " %s ",
		 row->rule == '-' ? "\xe2\x80\x93" :
		 row->rule == 'V' ? "recovery mode; by version, else A" :
		 (char []) { row->rule, 0 });
	EXPECT_STREQ(expected, rule) TH_LOG("%s", row->name);
	EXPECT_EQ(row->object == 'o', !!strchr(object, 'o')) TH_LOG("%s", row->name);
	snprintf(expected, sizeof(expected), " %c ", row->by);
	EXPECT_EQ(row->by != 'x', !strcmp(by, expected)) TH_LOG("%s", row->name);
}

static void expect_table(TESTED, const struct names *n)
{
	unsigned int i;

	ASSERT_EQ(ARRAY_SIZE(table), n->count);
	for (i = 0; i < n->count; i++) {
		EXPECT_EQ(table[i].op, n->row[i].op);
		EXPECT_STREQ(table[i].name, n->row[i].name);
	}
}

TEST(p7_ops_in_the_header_are_the_rows_of_the_table)
{
	struct names n = { };

	header_names(&n);
	expect_table(_metadata, &n);
}

TEST(p7_ops_in_the_protocol_are_the_rows_of_the_table)
{
	struct names n = { };

	protocol_names(&n);
	expect_table(_metadata, &n);
}

TEST(p7_columns_of_the_protocol_are_those_of_the_table)
{
	char *text = read_text("uapi/PROTOCOL.md"), *line, *next;
	unsigned int op, i = 0;
	int end;

	for (line = text; line; line = next) {
		next = next_line(line);
		end = 0;
		if (sscanf(line, "| 0x%4x | %*[a-z0-9-] |%n", &op, &end) != 1 || !end)
			continue;
		ASSERT_LT(i, ARRAY_SIZE(table));
		expect_columns(_metadata, &table[i++], line + end);
	}
	EXPECT_EQ(ARRAY_SIZE(table), i);
	free(text);
}

TEST(p7_rows_of_the_policy_are_the_rows_of_the_table)
{
	unsigned int i;

	ASSERT_EQ(ARRAY_SIZE(table), svcgate_policy_count);
	for (i = 0; i < svcgate_policy_count; i++) {
		EXPECT_EQ(table[i].op, svcgate_policy[i].op);
		EXPECT_STREQ(table[i].name, svcgate_policy[i].name);
	}
}

TEST(p7_each_row_demands_what_the_table_says)
{
	const struct svcgate_rule *rule;
	const struct row *row;
	unsigned int i, flags;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		row = &table[i];
		rule = svcgate_policy_find(row->op);
		ASSERT_NE(NULL, rule);
		flags = (row->rule == '-' ? SVCGATE_ROW_ALWAYS : 0) |
			(row->object == 'o' ? SVCGATE_ROW_OBJECT : 0) |
			(row->by == 'k' ? SVCGATE_ROW_KERNEL : 0) |
			(row->by == 's' ? SVCGATE_ROW_STORE : 0) |
			(installs(row->op) ? SVCGATE_ROW_INSTALL : 0) |
			(row->rule == 'T' ? SVCGATE_ROW_TEMPORARY : 0) |
			(row->rule == 'V' ? SVCGATE_ROW_RECOVERY : 0);
		EXPECT_EQ(flags, rule->flags) TH_LOG("%s", row->name);
		EXPECT_EQ(enough(row->rule), rule->mask) TH_LOG("%s", row->name);
		EXPECT_EQ(enough_for_some(row->rule), rule->image_mask)
			TH_LOG("%s", row->name);
		EXPECT_EQ(SVCGATE_STRENGTH_BEARER, rule->strength);
	}
}

TEST(p7_an_op_that_is_in_no_row_is_not_found)
{
	unsigned int op, i = 0;

	for (op = 0; op <= 0xffff; op++) {
		if (i < ARRAY_SIZE(table) && table[i].op == op) {
			ASSERT_EQ(&svcgate_policy[i], svcgate_policy_find(op));
			i++;
		} else {
			ASSERT_EQ(NULL, svcgate_policy_find(op));
		}
	}
	EXPECT_EQ(ARRAY_SIZE(table), i);
}

TEST(p7_numbers_rise_and_names_are_unique)
{
	unsigned int i, j;

	for (i = 1; i < svcgate_policy_count; i++) {
		EXPECT_LT(svcgate_policy[i - 1].op, svcgate_policy[i].op);
		for (j = 0; j < i; j++)
			EXPECT_STRNE(svcgate_policy[j].name, svcgate_policy[i].name);
		EXPECT_LT(svcgate_policy[i].op, SVCGATE_OP_MAKER);
	}
}

TEST(p2_a_state_that_does_not_exist_gives_nothing)
{
	unsigned int state;

	for (state = 0; state < 256; state++)
		EXPECT_EQ(state_gives(state), svcgate_policy_defaults(state));
	EXPECT_EQ(RF | FS, svcgate_policy_defaults(SVCGATE_STATE_BLANK));
	EXPECT_EQ(FS, svcgate_policy_defaults(SVCGATE_STATE_MODULE1_COMPLETE));
	EXPECT_EQ(0, svcgate_policy_defaults(SVCGATE_STATE_DEVICE_COMPLETE));
}

/* A locked device: what the rows without a rule are, and no other. */
TEST(p1_always_rows_are_these)
{
	static const char *const always[] = {
		"identify", "can", "outcome", "challenge", "capability-update",
		"keystore-update",
	};
	unsigned int i, n = 0;

	for (i = 0; i < svcgate_policy_count; i++) {
		if (!(svcgate_policy[i].flags & SVCGATE_ROW_ALWAYS))
			continue;
		ASSERT_LT(n, ARRAY_SIZE(always));
		EXPECT_STREQ(always[n++], svcgate_policy[i].name);
		/* And user space sees none of their bytes but verified ones. */
		EXPECT_NE(0, svcgate_policy[i].flags &
			  (SVCGATE_ROW_KERNEL | SVCGATE_ROW_STORE));
	}
	EXPECT_EQ(ARRAY_SIZE(always), n);
}

TEST_HARNESS_MAIN
