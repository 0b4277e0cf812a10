// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The maker's operations: their files, one by one and together, and their rules in
 * the kernel.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper_ops.h"
#include "maker.h"
#include "unit.h"

#define GOOD_CAPABILITIES	"capabilities fieldServicing\n"
#define GOOD_PROGRAM		"program /bin/sh\n"
#define GOOD(number, name) \
	"number " number "\nname " name "\n" GOOD_CAPABILITIES GOOD_PROGRAM

/* --- one file -------------------------------------------------------------- */

/**
 * struct parsed - what maker_parse() said
 * @text: what @op points into
 */
struct parsed {
	struct maker_op op;
	unsigned int line;
	const char *why;
	const char *cure;
	char *text;
};

static int parse_bytes(struct parsed *parsed, const char *text, size_t length)
{
	*parsed = (struct parsed){ .line = 99, .text = (char *)exact_copy(text, length + 1) };
	return maker_parse(parsed->text, length, &parsed->op, &parsed->line, &parsed->why,
			   &parsed->cure);
}

static int parse(struct parsed *parsed, const char *text)
{
	return parse_bytes(parsed, text, strlen(text));
}

TEST(whole_file)
{
	struct parsed parsed;

	ASSERT_EQ(0, parse(&parsed, "# a test\n\n number=0x8001\n\tname\tself-test-2 \n"
			   "capabilities = appDevelopment,40\nprogram /opt/my tests/run\n"
			   "argument --all\nargument = two words\r\n"));
	EXPECT_EQ(0x8001, parsed.op.rule.op);
	EXPECT_STREQ("self-test-2", parsed.op.rule.name);
	EXPECT_EQ(BIT_ULL(SVCGATE_CAPABILITY_APP_DEVELOPMENT) | BIT_ULL(40),
		  parsed.op.rule.mask);
	EXPECT_STREQ("/opt/my tests/run", parsed.op.program);
	EXPECT_STREQ("--all", parsed.op.arguments[0]);
	EXPECT_STREQ("two words", parsed.op.arguments[1]);
	EXPECT_EQ(NULL, parsed.op.arguments[2]);
	free(parsed.text);
	/* The last line needs no end. */
	ASSERT_EQ(0, parse(&parsed, GOOD_CAPABILITIES GOOD_PROGRAM "name a\nnumber 65535"));
	EXPECT_EQ(0xffff, parsed.op.rule.op);
	free(parsed.text);
}

#define REST	GOOD_CAPABILITIES GOOD_PROGRAM

TEST(P2_every_mistake_is_named)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *word;
	} bad[] = {
		{ "", 0, "the number" },
		{ "name a\n" REST, 0, "the number" },
		{ "number 0x8000\n" REST, 0, "the name" },
		{ "number 0x8000\nname a\n" GOOD_PROGRAM, 0, "the capabilities" },
		{ "number 0x8000\nname a\n" GOOD_CAPABILITIES, 0, "the program" },
		{ "number 0x7fff\nname a\n" REST, 1, "not possible" },
		{ "number 0x10000\nname a\n" REST, 1, "not possible" },
		{ "number 99999999999999999999\nname a\n" REST, 1, "not possible" },
		{ "number -32768\nname a\n" REST, 1, "not possible" },
		{ "number 0x8000x\nname a\n" REST, 1, "not possible" },
		{ "number 0x8000 0x8001\nname a\n" REST, 1, "not possible" },
		{ "number 0x8000\nname A\n" REST, 2, "not possible" },
		{ "number 0x8000\nname -a\n" REST, 2, "not possible" },
		{ "number 0x8000\nname a-\n" REST, 2, "not possible" },
		{ "number 0x8000\nname a--b\n" REST, 2, "not possible" },
		{ "number 0x8000\nname a b\n" REST, 2, "not possible" },
		{ "number 0x8000\nname a_b\n" REST, 2, "not possible" },
		{ "number 0x8000\nname 1a\n" REST, 2, "not possible" },
		{ "number 0x8000\nname a2345678901234567890123456789012\n" REST, 2, "not possible" },
		{ "capabilities none\n", 1, "not possible" },
		{ "capabilities 0\n", 1, "not possible" },
		{ "capabilities 31\n", 1, "not possible" },
		{ "capabilities 64\n", 1, "not possible" },
		{ "capabilities fieldServicing,\n", 1, "not possible" },
		{ "capabilities fieldservicing\n", 1, "not possible" },
		{ "program bin/sh\n", 1, "not possible" },
		{ "\n\nnumbers 0x8000\n", 3, "has this name" },
		{ "number\n", 1, "missing" },
		{ "argument\n", 1, "missing" },
		{ GOOD("0x8000", "a") "number 0x8001\n", 5, "twice" },
		{ GOOD("0x8000", "a") "program /bin/true\n", 5, "twice" },
		{ "argument 1\nargument 2\nargument 3\nargument 4\nargument 5\n"
		  "argument 6\nargument 7\nargument 8\nargument 9\n", 9, "not possible" },
	};
	struct parsed parsed;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_GT(0, parse(&parsed, bad[i].text)) TH_LOG("%s", bad[i].text);
		EXPECT_EQ(bad[i].line, parsed.line) TH_LOG("%s", bad[i].text);
		ASSERT_NE(NULL, parsed.why);
		EXPECT_NE(NULL, strstr(parsed.why, bad[i].word)) TH_LOG("%s", parsed.why);
		EXPECT_NE(NULL, parsed.cure);
		free(parsed.text);
	}
	EXPECT_GT(0, parse_bytes(&parsed, "number 0x8000\n\0name a\n", 22));
	EXPECT_NE(NULL, strstr(parsed.why, "zero byte"));
	free(parsed.text);
}

/* --- the directory --------------------------------------------------------- */

FIXTURE(directory)
{
	char path[64];
	char refused[1024];
	struct maker_report report;
	struct maker_ops ops;
};

static void note(void *context, const char *file, unsigned int line, const char *why,
		 const char *cure)
{
	char *text = context;
	size_t used = strlen(text);

	snprintf(text + used, 1024 - used, "%s:%u %s|", strrchr(file, '/') + 1, line, why);
}

FIXTURE_SETUP(directory)
{
	strcpy(self->path, "/tmp/svcgate-maker.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->path));
	self->report = (struct maker_report){ .refused = note, .context = self->refused };
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	return remove(path);
}

FIXTURE_TEARDOWN(directory)
{
	maker_free(&self->ops);
	nftw(self->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(FIXTURE_DATA(directory) *self, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", self->path, name);
	file = fopen(path, "w");
	if (!file || fputs(text, file) < 0 || fclose(file) || chmod(path, mode))
		abort();
}

static void load(FIXTURE_DATA(directory) *self)
{
	maker_free(&self->ops);
	self->refused[0] = '\0';
	maker_load(self->path, &self->report, &self->ops);
}

TEST_F(directory, files_and_what_is_none)
{
	put(self, "b.conf", GOOD("0x8002", "second"), 0644);
	put(self, "a.conf", GOOD("0x8001", "first"), 0600);
	put(self, "a.conf.old", "no", 0666);
	put(self, ".c.conf", "no", 0666);
	put(self, ".conf", "no", 0666);
	put(self, "README", "no", 0666);
	load(self);
	EXPECT_STREQ("", self->refused);
	ASSERT_EQ(2, self->ops.count);
	EXPECT_STREQ("first", self->ops.list[0].rule.name);
	ASSERT_NE(NULL, maker_find(&self->ops, 0x8002));
	EXPECT_STREQ("b.conf", maker_find(&self->ops, 0x8002)->file);
	EXPECT_EQ(NULL, maker_find(&self->ops, 0x8003));
	EXPECT_EQ(NULL, maker_find(&self->ops, SVCGATE_OP_RESTART));
}

TEST_F(directory, P2_bad_file_refuses_itself_only)
{
	put(self, "a.conf", "number 1\n", 0644);
	put(self, "b.conf", GOOD("0x8002", "good"), 0644);
	load(self);
	EXPECT_STREQ("a.conf:1 this value is not possible|", self->refused);
	EXPECT_EQ(1, self->ops.count);
}

TEST_F(directory, numbers_and_names_are_unique)
{
	put(self, "a.conf", GOOD("0x8001", "one"), 0644);
	put(self, "b.conf", GOOD("0x8001", "two"), 0644);
	put(self, "c.conf", GOOD("0x8002", "one"), 0644);
	put(self, "d.conf", GOOD("0x8003", "restart"), 0644);
	load(self);
	EXPECT_STREQ("b.conf:0 a.conf has the same number|c.conf:0 a.conf has the same name|"
		     "d.conf:0 an operation of svcgate's own has this name|", self->refused);
	EXPECT_EQ(1, self->ops.count);
}

TEST_F(directory, P9_as_many_as_the_kernel_takes)
{
	char name[16], text[128];
	unsigned int i;

	for (i = 0; i < SVCGATE_RULES_MAX + 1; i++) {
		snprintf(name, sizeof(name), "%02u.conf", i);
		snprintf(text, sizeof(text), "number %u\nname n%u\n" REST, 0x8000 + i, i);
		put(self, name, text, 0644);
	}
	load(self);
	EXPECT_EQ(SVCGATE_RULES_MAX, self->ops.count);
	EXPECT_NE(NULL, strstr(self->refused, "64.conf:0 a device has at most 64"));
}

TEST_F(directory, what_others_can_write)
{
	char program[128], text[256];

	put(self, "a.conf", GOOD("0x8001", "a"), 0664);
	put(self, "b.conf", GOOD("0x8002", "b"), 0646);
	put(self, "program", "#!/bin/sh\n", 0775);
	snprintf(program, sizeof(program), "%s/program", self->path);
	snprintf(text, sizeof(text), "number 0x8003\nname c\n" GOOD_CAPABILITIES "program %s\n",
		 program);
	put(self, "c.conf", text, 0644);
	load(self);
	EXPECT_STREQ("a.conf:0 others than root can write it|"
		     "b.conf:0 others than root can write it|"
		     "c.conf:0 others than root can write its program|", self->refused);
	EXPECT_EQ(0, self->ops.count);
	ASSERT_EQ(0, chmod(program, 0755));
	load(self);
	EXPECT_EQ(1, self->ops.count);
	/* Whoever may write the directory may put any of root's files there. */
	ASSERT_EQ(0, chmod(self->path, 0775));
	load(self);
	EXPECT_EQ(0, self->ops.count);
	ASSERT_EQ(0, chmod(self->path, 0755));
	if (geteuid())
		return;
	snprintf(program, sizeof(program), "%s/c.conf", self->path);
	ASSERT_EQ(0, chown(program, 1234, 0));
	load(self);
	EXPECT_NE(NULL, strstr(self->refused, "c.conf:0 others than root can write it|"));
	EXPECT_EQ(0, self->ops.count);
}

TEST_F(directory, what_is_no_file)
{
	char path[128], text[6000];

	snprintf(path, sizeof(path), "%s/a.conf", self->path);
	ASSERT_EQ(0, symlink("/dev/zero", path));
	snprintf(path, sizeof(path), "%s/b.conf", self->path);
	ASSERT_EQ(0, mkfifo(path, 0600));
	memset(text, '#', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put(self, "c.conf", text, 0644);
	put(self, "d.conf", "number 0x8001\nname d\n" GOOD_CAPABILITIES "program /nothing\n",
	    0644);
	put(self, "e.conf", "number 0x8001\nname d\n" GOOD_CAPABILITIES "program /tmp\n", 0644);
	load(self);
	EXPECT_STREQ("a.conf:0 it is not a regular file|b.conf:0 it is not a regular file|"
		     "c.conf:0 it is longer than 4096 bytes|"
		     "d.conf:0 its program is not there, or cannot be run|"
		     "e.conf:0 its program is not there, or cannot be run|", self->refused);
	EXPECT_EQ(0, self->ops.count);
}

TEST_F(directory, directory_that_is_named_must_be_there)
{
	maker_load("/nowhere/ops.d", &self->report, &self->ops);
	EXPECT_STREQ("ops.d:0 No such file or directory|", self->refused);
	EXPECT_EQ(0, self->ops.count);
}

/* --- the kernel ------------------------------------------------------------ */

static struct {
	struct device_rule rules[4];
	size_t count;
	int error;
	char told[64];
} kernel;

static int gate_rules(void *context, struct device_rule *ret_rules, size_t size,
		      size_t *ret_count)
{
	memcpy(ret_rules, kernel.rules, sizeof(kernel.rules));
	*ret_count = kernel.count;
	return kernel.error;
}

static int gate_set_rule(void *context, const struct device_rule *rule)
{
	strcat(strcat(kernel.told, rule->name), " ");
	return strcmp(rule->name, "refused") ? 0 : -ENOSPC;
}

static const char *gate_message(void *context)
{
	return "too many rules";
}

static const struct helper_ops ops = {
	.gate_rules = gate_rules,
	.gate_set_rule = gate_set_rule,
	.gate_message = gate_message,
};

TEST_F(directory, rules_before_the_seal)
{
	memset(&kernel, 0, sizeof(kernel));
	put(self, "a.conf", GOOD("0x8001", "known"), 0644);
	put(self, "b.conf", GOOD("0x8002", "new"), 0644);
	put(self, "c.conf", GOOD("0x8003", "refused"), 0644);
	put(self, "d.conf", GOOD("0x8004", "other"), 0644);
	/* A first helper came so far. */
	kernel.rules[0] = (struct device_rule){
		.op = 0x8001,
		.name = "known",
		.mask = BIT_ULL(SVCGATE_CAPABILITY_FIELD_SERVICING),
	};
	kernel.rules[1] = (struct device_rule){ .op = 0x8004, .name = "other", .mask = 1 };
	kernel.count = 2;
	load(self);
	maker_rules(&ops, false, &self->ops);
	EXPECT_STREQ("new refused ", kernel.told);
	EXPECT_EQ(2, self->ops.count);
	EXPECT_NE(NULL, maker_find(&self->ops, 0x8001));
	EXPECT_NE(NULL, maker_find(&self->ops, 0x8002));
}

TEST_F(directory, P7_sealed_kernel_is_compared_with)
{
	memset(&kernel, 0, sizeof(kernel));
	put(self, "a.conf", GOOD("0x8001", "known"), 0644);
	put(self, "b.conf", GOOD("0x8002", "new"), 0644);
	put(self, "c.conf", GOOD("0x8003", "name"), 0644);
	kernel.rules[0] = (struct device_rule){
		.op = 0x8001,
		.name = "known",
		.mask = BIT_ULL(SVCGATE_CAPABILITY_FIELD_SERVICING),
	};
	kernel.rules[1] = kernel.rules[0];
	kernel.rules[1].op = 0x8003;
	/* Its file is gone; and svcgate's own are no concern. */
	kernel.rules[2] = (struct device_rule){ .op = 0x8009, .name = "gone" };
	kernel.rules[3] = (struct device_rule){ .op = SVCGATE_OP_RESTART, .name = "restart" };
	kernel.count = 4;
	load(self);
	maker_rules(&ops, true, &self->ops);
	EXPECT_STREQ("", kernel.told);
	ASSERT_EQ(1, self->ops.count);
	EXPECT_STREQ("known", self->ops.list[0].rule.name);
	/* With other capabilities than the kernel knows it is not available either. */
	kernel.rules[0].mask |= BIT_ULL(40);
	maker_rules(&ops, true, &self->ops);
	EXPECT_EQ(0, self->ops.count);
}

TEST_F(directory, P2_kernel_that_cannot_be_asked)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.error = -EIO;
	put(self, "a.conf", GOOD("0x8001", "a"), 0644);
	load(self);
	EXPECT_EQ(1, self->ops.count);
	maker_rules(&ops, false, &self->ops);
	EXPECT_EQ(0, self->ops.count);
	EXPECT_STREQ("", kernel.told);
}

TEST_HARNESS_MAIN
