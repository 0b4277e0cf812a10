// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The executor of os-version and restart, as svcgated starts it.
 */
#define main system_main
#include "ops/system.c"
#undef main

#include <fcntl.h>
#include <sys/wait.h>

#include "unit.h"

FIXTURE(system)
{
	int request;
	int in;
	int out;
	int result;
	pid_t pid;
	u8 answer[2048];
	size_t length;
};

FIXTURE_SETUP(system)
{
}

FIXTURE_TEARDOWN(system)
{
}

/* The ends of the pipes go to places that the program's own do not use. */
static int high(int fd)
{
	int moved = fcntl(fd, F_DUPFD_CLOEXEC, 20);

	close(fd);
	return moved;
}

static void start(FIXTURE_DATA(system) *self, char *const *argv)
{
	int pipes[4][2], i, argc = 0;

	for (i = 0; i < 4; i++) {
		if (pipe(pipes[i]))
			abort();
		pipes[i][0] = high(pipes[i][0]);
		pipes[i][1] = high(pipes[i][1]);
	}
	while (argv[argc])
		argc++;
	fflush(stdout);
	self->pid = fork();
	if (!self->pid) {
		dup2(pipes[0][0], FD_REQUEST);
		dup2(pipes[1][0], FD_IN);
		dup2(pipes[2][1], FD_OUT);
		dup2(pipes[3][1], FD_RESULT);
		for (i = 0; i < 4; i++) {
			close(pipes[i][0]);
			close(pipes[i][1]);
		}
		_exit(system_main(argc, (char **)argv));
	}
	close(pipes[0][0]);
	close(pipes[1][0]);
	close(pipes[2][1]);
	close(pipes[3][1]);
	self->request = pipes[0][1];
	self->in = pipes[1][1];
	self->out = pipes[2][0];
	self->result = pipes[3][0];
}

/* Send the request, read the answer to its end. */
static void ask(FIXTURE_DATA(system) *self, const void *request, size_t length)
{
	ssize_t n;

	signal(SIGPIPE, SIG_IGN);
	if (length)
		(void)!write(self->request, request, length);
	close(self->request);
	self->length = 0;
	while ((n = read(self->result, self->answer + self->length,
			 sizeof(self->answer) - self->length)) > 0)
		self->length += n;
	close(self->result);
}

static int end(FIXTURE_DATA(system) *self)
{
	int status;

	close(self->in);
	close(self->out);
	if (waitpid(self->pid, &status, 0) != self->pid)
		abort();
	return status;
}

#define PROGRAM(...)	((char *const []){ "system", __VA_ARGS__, NULL })

static void expect_text(TESTED, cbor_item_t *map, u8 key, const char *wanted)
{
	struct cbor_pair *pairs = cbor_map_handle(map);
	size_t i;

	for (i = 0; i < cbor_map_size(map); i++) {
		if (cbor_get_int(pairs[i].key) != key)
			continue;
		ASSERT_TRUE(cbor_isa_string(pairs[i].value));
		if (!wanted)
			return;
		ASSERT_EQ(strlen(wanted), cbor_string_length(pairs[i].value));
		EXPECT_EQ(0, memcmp(wanted, cbor_string_handle(pairs[i].value),
				    strlen(wanted)));
		return;
	}
	EXPECT_TRUE(false) TH_LOG("no key %u", key);
}

static void expect_os_version(TESTED, FIXTURE_DATA(system) *self)
{
	struct cbor_load_result result;
	struct utsname system;
	cbor_item_t *map;

	ASSERT_LT(4, self->length);
	ASSERT_GE(4 + SVCGATE_RESPONSE_MAX, self->length);
	EXPECT_EQ(0, memcmp(self->answer, "\0\0\0\0", 4));
	map = cbor_load(self->answer + 4, self->length - 4, &result);
	ASSERT_NE(NULL, map);
	EXPECT_EQ(self->length - 4, result.read);
	ASSERT_TRUE(cbor_isa_map(map));
	ASSERT_EQ(0, uname(&system));
	expect_text(_metadata, map, OS_VERSION_NAME, NULL);
	expect_text(_metadata, map, OS_VERSION_VERSION, NULL);
	expect_text(_metadata, map, OS_VERSION_KERNEL, system.release);
	expect_text(_metadata, map, OS_VERSION_MACHINE, system.machine);
	expect_text(_metadata, map, OS_VERSION_SVCGATE, SVCGATE_VERSION);
	cbor_decref(&map);
}

TEST_F(system, os_version)
{
	start(self, PROGRAM("os-version"));
	ask(self, "", 0);
	expect_os_version(_metadata, self);
	EXPECT_EQ(0, end(self));
	start(self, PROGRAM("os-version"));
	ask(self, "\xa0", 1);
	expect_os_version(_metadata, self);
	EXPECT_EQ(0, end(self));
}

/* Its stream is closed before its answer is complete: nothing follows. */
TEST_F(system, os_version_has_no_stream)
{
	u8 byte;

	start(self, PROGRAM("os-version"));
	ask(self, "", 0);
	EXPECT_EQ(0, read(self->out, &byte, 1));
	EXPECT_EQ(0, end(self));
}

static void expect_refused(TESTED, FIXTURE_DATA(system) *self, const void *request,
			   size_t length)
{
	start(self, PROGRAM("os-version"));
	ask(self, request, length);
	ASSERT_EQ(4, self->length);
	EXPECT_EQ(SVCGATE_REASON_EXECUTOR_ARGUMENTS, svcgate_get_le16(self->answer));
	EXPECT_EQ(0, end(self));
}

TEST_F(system, arguments_that_are_not_understood)
{
	static u8 junk[SVCGATE_MESSAGE_MAX + 1];
	struct rng rng;
	unsigned int i;

	/* A key, another type, an array, two maps, cut, endless, a break. */
	expect_refused(_metadata, self, "\xa1\x01\x02", 3);
	expect_refused(_metadata, self, "\x00", 1);
	expect_refused(_metadata, self, "\x80", 1);
	expect_refused(_metadata, self, "\xa0\xa0", 2);
	expect_refused(_metadata, self, "\xa1\x01", 2);
	expect_refused(_metadata, self, "\xbf", 1);
	expect_refused(_metadata, self, "\xff", 1);
	expect_refused(_metadata, self, "\xbb\xff\xff\xff\xff\xff\xff\xff\xff", 9);
	expect_refused(_metadata, self, "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", 9);
	rng_init(&rng, "system");
	for (i = 0; i < 20; i++) {
		rng_fill(&rng, junk, sizeof(junk));
		junk[0] |= 0x80;
		junk[1] |= 1;
		expect_refused(_metadata, self, junk, 1 + i * 1000);
	}
}

TEST_F(system, another_operation)
{
	start(self, PROGRAM("ready"));
	ask(self, "", 0);
	ASSERT_EQ(4, self->length);
	EXPECT_EQ(SVCGATE_REASON_NOT_AVAILABLE, svcgate_get_le16(self->answer));
	EXPECT_EQ(0, end(self));
	start(self, (char *const []){ "system", NULL });
	ask(self, "", 0);
	EXPECT_EQ(0, self->length);
	EXPECT_NE(0, end(self));
}

/* The answer first; the command only when the transaction has ended. */
TEST_F(system, P6_restart_waits_for_the_end_of_its_transaction)
{
	char byte;

	start(self, PROGRAM("restart", "/bin/sh", "-c", "exit 42"));
	ask(self, "", 0);
	ASSERT_EQ(4, self->length);
	EXPECT_EQ(0, memcmp(self->answer, "\0\0\0\0", 4));
	/* Its stream stays open: that is what makes the transaction last. */
	ASSERT_EQ(0, fcntl(self->out, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, read(self->out, &byte, 1));
	ASSERT_EQ(3, write(self->in, "abc", 3));
	EXPECT_EQ(0, waitpid(self->pid, NULL, WNOHANG));
	EXPECT_EQ(42 << 8, end(self));
}

TEST_F(system, restart_without_a_command)
{
	start(self, PROGRAM("restart"));
	ask(self, "", 0);
	ASSERT_EQ(4, self->length);
	EXPECT_EQ(SVCGATE_REASON_NOT_AVAILABLE, svcgate_get_le16(self->answer));
	EXPECT_EQ(0, end(self));
	start(self, PROGRAM("restart", "/nothing/here"));
	ask(self, "", 0);
	EXPECT_EQ(4, self->length);
	EXPECT_NE(0, end(self));
}

static void expect_value(TESTED, const char *line, const char *wanted)
{
	char value[TEXT_SIZE];

	take_value(line, value);
	EXPECT_STREQ(wanted, value);
}

TEST(values_of_os_release)
{
	char line[2 * TEXT_SIZE], value[TEXT_SIZE];

	expect_value(_metadata, "Debian\n", "Debian");
	expect_value(_metadata, "\"Debian GNU/Linux\"\n", "Debian GNU/Linux");
	expect_value(_metadata, "'12'", "12");
	expect_value(_metadata, "", "");
	expect_value(_metadata, "\"", "\"");
	expect_value(_metadata, "\"\"", "");
	expect_value(_metadata, "\"open\n", "\"open");
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	take_value(line, value);
	EXPECT_EQ(TEXT_SIZE - 1, strlen(value));
}

static void expect_text_of(TESTED, const char *text, const char *wanted)
{
	char *copy = (char *)exact_copy(text, strlen(text) + 1);

	EXPECT_STREQ(wanted, as_text(copy));
	free(copy);
}

TEST(text_is_utf_8)
{
	expect_text_of(_metadata, "12.5", "12.5");
	expect_text_of(_metadata, "caf\xc3\xa9 OS", "caf\xc3\xa9 OS");
	expect_text_of(_metadata, "caf\xe9 OS", "caf");
	expect_text_of(_metadata, "cut \xc3", "cut ");
	expect_text_of(_metadata, "a\033[2J", "a");
	expect_text_of(_metadata, "", "");
}

TEST_HARNESS_MAIN
