// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of a port, against a /proc, /sys, /dev and /etc made here.
 */
#include <errno.h>
#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe.h"
#include "unit.h"

FIXTURE(machine)
{
	char root[64];
	struct probe probe;
	struct probe_check checks[PROBE_MAX];
};

static void put(FIXTURE_DATA(machine) *self, const char *path, const char *text)
{
	char whole[256], *slash;
	FILE *file;

	snprintf(whole, sizeof(whole), "%s%s", self->root, path);
	for (slash = strchr(whole + strlen(self->root) + 1, '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(whole, 0755) && errno != EEXIST)
			abort();
		*slash = '/';
	}
	file = fopen(whole, "w");
	if (!file || fputs(text, file) < 0 || fclose(file))
		abort();
}

/* A good ttyS1 on a machine whose console is ttyS0. */
FIXTURE_SETUP(machine)
{
	strcpy(self->root, "/tmp/svcgate-probe.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->root));
	self->probe = (struct probe){ .root = self->root, .checks = self->checks };
	put(self, "/proc/consoles", "ttyS0                -W- (EC p  )    4:64\n");
	put(self, "/proc/cmdline", "console=ttyS0,115200 quiet\n");
	put(self, "/proc/tty/ldiscs", "n_tty       0\nn_null     27\n");
	put(self, "/proc/crypto", "name         : sha256\ndriver       : sha256-generic\n\n"
	    "name         : rsa\n");
	put(self, "/sys/class/tty/console/active", "ttyS0\n");
	put(self, "/sys/class/tty/ttyS1/type", "4\n");
	put(self, "/sys/class/tty/ttyS1/dev", "4:65\n");
	put(self, "/etc/inittab", "::respawn:/usr/sbin/svcgated --port ttyS1\n"
	    "ttyS0::respawn:/sbin/getty 115200 ttyS0\n");
}

static int remove_one(const char *path, const struct stat *status, int flag, struct FTW *walk)
{
	return remove(path);
}

FIXTURE_TEARDOWN(machine)
{
	nftw(self->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const struct probe_check *find(FIXTURE_DATA(machine) *self, const char *name)
{
	size_t i;

	for (i = 0; i < self->probe.count; i++)
		if (!strcmp(self->checks[i].name, name))
			return &self->checks[i];
	return NULL;
}

/* One check with this result; with a cure unless it is fine. */
#define EXPECT_RESULT(name_, result_)						\
	do {									\
		const struct probe_check *check_ = find(self, name_);		\
		ASSERT_NE(NULL, check_) TH_LOG("no check %s", name_);		\
		EXPECT_EQ(result_, check_->result) TH_LOG("%s", check_->text);	\
		EXPECT_EQ(result_ != PROBE_OK, !!*check_->cure);		\
	} while (0)

TEST_F(machine, good_port)
{
	probe_port(&self->probe, "ttyS1", NULL);
	EXPECT_RESULT("port", PROBE_OK);
	EXPECT_RESULT("console", PROBE_OK);
	EXPECT_RESULT("node", PROBE_OK);
	EXPECT_EQ(NULL, find(self, "getty"));
	EXPECT_EQ(NULL, find(self, "kgdb"));
	EXPECT_EQ(NULL, find(self, "earlycon"));
}

TEST_F(machine, no_such_line)
{
	probe_port(&self->probe, "ttyS7", NULL);
	EXPECT_RESULT("port", PROBE_FAIL);
}

TEST_F(machine, line_without_hardware)
{
	put(self, "/sys/class/tty/ttyS1/type", "0\n");
	probe_port(&self->probe, "ttyS1", NULL);
	EXPECT_RESULT("port", PROBE_FAIL);
}

TEST_F(machine, console_in_each_list)
{
	probe_consoles(&self->probe, "ttyS0");
	EXPECT_RESULT("console", PROBE_FAIL);
	self->probe.count = 0;
	put(self, "/proc/consoles", "");
	probe_consoles(&self->probe, "ttyS0");
	EXPECT_RESULT("console", PROBE_FAIL);
	self->probe.count = 0;
	put(self, "/sys/class/tty/console/active", "");
	probe_consoles(&self->probe, "ttyS0");
	EXPECT_RESULT("console", PROBE_WARN);
}

/* ttyS1 is not ttyS10, nor the other way round. */
TEST_F(machine, names_are_compared_whole)
{
	put(self, "/proc/consoles", "ttyS10 -W- (EC p  ) 4:74\n");
	put(self, "/sys/class/tty/console/active", "ttyS10 ttyAMA1\n");
	probe_consoles(&self->probe, "ttyS1");
	EXPECT_RESULT("console", PROBE_OK);
	EXPECT_TRUE(probe_has_word("tty0 ttyS1", "ttyS1"));
	EXPECT_TRUE(probe_has_word("ttyS1,9600", "ttyS1"));
	EXPECT_FALSE(probe_has_word("xttyS1", "ttyS1"));
	EXPECT_FALSE(probe_has_word(NULL, "ttyS1"));
}

TEST_F(machine, early_console_and_debugger)
{
	put(self, "/proc/cmdline", "earlycon=uart8250,io,0x2f8\n");
	put(self, "/sys/module/kgdboc/parameters/kgdboc", "ttyS1,115200\n");
	probe_consoles(&self->probe, "ttyS1");
	EXPECT_RESULT("earlycon", PROBE_WARN);
	EXPECT_RESULT("kgdb", PROBE_FAIL);
}

TEST_F(machine, logins)
{
	probe_openers(&self->probe, "ttyS0");
	EXPECT_RESULT("getty", PROBE_WARN);
	self->probe.count = 0;
	put(self, "/etc/systemd/system/getty.target.wants/serial-getty@ttyS1.service", "");
	probe_openers(&self->probe, "ttyS1");
	EXPECT_RESULT("getty", PROBE_WARN);
}

TEST_F(machine, open_node_and_its_mode)
{
	char path[128], link[160];

	snprintf(path, sizeof(path), "%s/dev", self->root);
	ASSERT_EQ(0, mkdir(path, 0755));
	snprintf(path, sizeof(path), "%s/dev/ttyS1", self->root);
	if (mknod(path, S_IFCHR | 0660, 4 << 8 | 65))
		SKIP(return, "needs the right to make nodes");
	put(self, "/proc/77/comm", "agetty\n");
	put(self, "/proc/77/fd/0", "");
	put(self, "/proc/99/fd/0", "");
	probe_openers(&self->probe, "ttyS1");
	EXPECT_RESULT("open", PROBE_OK);
	self->probe.count = 0;
	snprintf(link, sizeof(link), "%s/proc/77/fd/3", self->root);
	ASSERT_EQ(0, symlink(path, link));
	probe_port(&self->probe, "ttyS1", NULL);
	EXPECT_RESULT("open", PROBE_FAIL);
	EXPECT_NE(NULL, strstr(find(self, "open")->text, "77 (agetty)"));
	EXPECT_RESULT("node", PROBE_WARN);
	ASSERT_EQ(0, chmod(path, 0600));
	self->probe.count = 0;
	probe_port(&self->probe, "ttyS1", NULL);
	EXPECT_RESULT("node", PROBE_OK);
}

TEST_F(machine, number_of_the_discipline)
{
	probe_discipline(&self->probe);
	EXPECT_RESULT("discipline", PROBE_OK);
	self->probe.count = 0;
	put(self, "/proc/tty/ldiscs", "n_tty       0\nother     29\n");
	probe_discipline(&self->probe);
	EXPECT_RESULT("discipline", PROBE_FAIL);
	self->probe.count = 0;
	put(self, "/proc/tty/ldiscs", "svcgate     29\nn_tty       0\n");
	probe_discipline(&self->probe);
	EXPECT_RESULT("discipline", PROBE_OK);
}

TEST_F(machine, state_backend)
{
	struct options options = {
		.state_cell = { .path = "/nvmem", .offset = 1, .length = 1 },
		.floor_cell = { .path = "/nvmem", .offset = 2, .length = 6 },
	};
	static const struct options none;

	probe_backend(&self->probe, &none);
	EXPECT_RESULT("state-cell", PROBE_OK);
	EXPECT_RESULT("floor-cell", PROBE_OK);
	self->probe.count = 0;
	probe_backend(&self->probe, &options);
	EXPECT_RESULT("state-cell", PROBE_FAIL);
	EXPECT_RESULT("floor-cell", PROBE_FAIL);
	self->probe.count = 0;
	put(self, "/nvmem", "?\x81\x07\xff\x01\x7f\x7f\x7f");
	probe_backend(&self->probe, &options);
	EXPECT_RESULT("state-cell", PROBE_OK);
	EXPECT_NE(NULL, strstr(find(self, "state-cell")->text, "0x81"));
	EXPECT_NE(NULL, strstr(find(self, "state-cell")->text, "Module1Complete"));
	EXPECT_NE(NULL, strstr(find(self, "state-cell")->text, "read and written"));
	EXPECT_RESULT("floor-cell", PROBE_OK);
	EXPECT_NE(NULL, strstr(find(self, "floor-cell")->text,
			       "version 11, epoch 8, generation 14"));
	self->probe.count = 0;
	put(self, "/nvmem", "?\x43xxxxxx");
	probe_backend(&self->probe, &options);
	EXPECT_RESULT("state-cell", PROBE_WARN);
	EXPECT_NE(NULL, strstr(find(self, "state-cell")->text, "no factory mark"));
}

TEST_F(machine, operations_of_the_maker)
{
	static const struct options options = { .ops_dir = "/etc/svcgate/ops.d" };
	static const struct options none;

	put(self, "/etc/svcgate/ops.d/a.conf", "number 0x8001\nname a\n"
	    "capabilities fieldServicing\nprogram /bin/sh\n");
	probe_maker(&self->probe, &options);
	EXPECT_RESULT("maker-operation", PROBE_OK);
	EXPECT_NE(NULL, strstr(find(self, "maker-operation")->text, "1 operation"));
	self->probe.count = 0;
	put(self, "/etc/svcgate/ops.d/b.conf", "number 0x8002\nnane b\n");
	probe_maker(&self->probe, &none);
	EXPECT_RESULT("maker-operation", PROBE_FAIL);
	EXPECT_NE(NULL, strstr(find(self, "maker-operation")->text, "b.conf, line 2"));
}

TEST_F(machine, algorithms)
{
	probe_algorithms(&self->probe);
	EXPECT_RESULT("sha256", PROBE_OK);
	EXPECT_RESULT("rsa", PROBE_OK);
	EXPECT_RESULT("ecdsa-nist-p256", PROBE_WARN);
	self->probe.count = 0;
	/* A driver's name is not an algorithm's. */
	put(self, "/proc/crypto", "driver       : sha256\n");
	probe_algorithms(&self->probe);
	EXPECT_RESULT("sha256", PROBE_FAIL);
	EXPECT_RESULT("rsa", PROBE_WARN);
}

TEST_F(machine, findings_are_bounded)
{
	unsigned int i;

	for (i = 0; i < PROBE_MAX + 10; i++)
		probe_add(&self->probe, "a-name-that-is-longer-than-its-room", "port",
			  PROBE_OK, NULL, "%300s", "x");
	EXPECT_EQ(PROBE_MAX, self->probe.count);
}

TEST_HARNESS_MAIN
