// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Streams from end to end: a host on the wire of a UART, the kernel, svcgated, and
 * an executor of the maker's. What is lost is sent again, who is slow holds the
 * other back, and nothing comes twice.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "far.h"
#include "vmlib.h"
#include "../ops/link.h"
#include "kselftest_harness.h"

#define HELPER		"/usr/sbin/svcgated"
#define STORE		"/tmp/store"
#define LOG		"/tmp/svcgated.log"
FIXTURE(stream)
{
	pid_t helper;
	int line;
	struct host host;
	struct far far;
	u8 sent[48 * 1024];
	u8 got[64 * 1024];
};

static int run(const char *command)
{
	int status = system(command);

	if (status < 0)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static bool log_has(const char *text)
{
	static char log[16 * 1024];

	return !vm_read_file(LOG, log, sizeof(log)) && strstr(log, text);
}

static pid_t start_helper(void)
{
	pid_t pid;
	int log;

	log = open(LOG, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	pid = log < 0 ? -errno : fork();
	if (pid) {
		close(log);
		return pid;
	}
	dup2(log, STDERR_FILENO);
	execl(HELPER, HELPER, "--store", STORE, "--device-id", "73766367617465ff", "--audience",
	      "41414141414141414141414141414141", "--port", "ttyS1", NULL);
	_exit(1);
}

static int stop_helper(pid_t pid)
{
	int status;

	if (kill(pid, SIGTERM) || waitpid(pid, &status, 0) != pid)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

FIXTURE_SETUP(stream)
{
	size_t i;

	vm_clean();
	for (i = 0; i < sizeof(self->sent); i++)
		self->sent[i] = i * 7 + i / 256;
	ASSERT_EQ(0, run("rm -rf " STORE " /tmp/link"));
	ASSERT_EQ(0, run(HELPER " --provision Blank --store " STORE));
	ASSERT_EQ(0, vm_flush_wire("ttyS1", "ttyS2"));
	ASSERT_EQ(0, vm_insmod(""));
	self->helper = start_helper();
	ASSERT_LT(0, self->helper);
	ASSERT_TRUE(VM_UNTIL(log_has("serving ttyS1")));
	self->line = vm_open_line("ttyS2");
	ASSERT_LE(0, self->line);
	host_init(&self->host, self->line);
	ASSERT_TRUE(host_hello(&self->host));
	far_init(&self->far, &self->host);
}

FIXTURE_TEARDOWN(stream)
{
	far_free(&self->far);
	EXPECT_EQ(0, self->host.bad);
	EXPECT_EQ(0, stop_helper(self->helper));
	close(self->line);
	vm_clean();
}

/* The host goes on until something is so; what it does before each look. */
#define FAR_UNTIL_DOING(doing, condition)					\
	do {									\
		int64_t far_end = vm_now() + 4 * VM_PATIENCE_MS;		\
										\
		for ((void)(doing); !(condition); (void)(doing)) {		\
			ASSERT_GT(far_end, vm_now());				\
			ASSERT_TRUE(far_turn(&self->far));			\
		}								\
	} while (0)

#define FAR_UNTIL(condition)	FAR_UNTIL_DOING(0, condition)

/* --- requests and answers -------------------------------------------------- */

/* {1: "x", 2: offset}; CBOR with numbers in four bytes. */
static size_t sink_request(u8 out[16], u32 offset)
{
	static const u8 head[] = { 0xa2, LINK_SINK_ID, 0x61, 'x', LINK_SINK_OFFSET, 0x1a };

	memcpy(out, head, sizeof(head));
	out[6] = offset >> 24;
	out[7] = offset >> 16;
	out[8] = offset >> 8;
	out[9] = offset;
	return 10;
}

static u64 kept(const struct host_response *response)
{
	u64 bytes = 0;
	int i;

	/* {1: bytes in eight of them, ...} */
	if (response->reason || response->length < 11 || response->payload[2] != 0x1b)
		return UINT64_MAX;
	for (i = 0; i < 8; i++)
		bytes = bytes << 8 | response->payload[3 + i];
	return bytes;
}

static bool digest_is(const struct host_response *response, const u8 *bytes, size_t length)
{
	u8 digest[EVP_MAX_MD_SIZE];
	unsigned int size;

	if (response->length != 11 + 3 + 32 ||
	    !EVP_Digest(bytes, length, digest, &size, EVP_sha256(), NULL))
		return false;
	return !memcmp(digest, response->payload + 14, 32);
}

/* {1: bytes, 2: seed} */
static size_t source_request(u8 out[16], u32 bytes, u8 seed)
{
	const u8 request[] = {
		0xa2, LINK_SOURCE_BYTES, 0x1a, bytes >> 24, bytes >> 16, bytes >> 8, bytes,
		LINK_SOURCE_SEED, seed,
	};

	memcpy(out, request, sizeof(request));
	return sizeof(request);
}

static void source_bytes(u8 *out, size_t count, u64 seed)
{
	size_t i;

	for (i = 0; i + 8 <= count; i += 8)
		svcgate_put_le64(out + i, link_source_next(&seed));
}

static pid_t executor(void)
{
	char text[32] = "";
	FILE *pipe = popen("pidof link", "r");

	if (!pipe)
		return -1;
	if (!fgets(text, sizeof(text), pipe))
		*text = '\0';
	pclose(pipe);
	return atoi(text) ?: -1;
}

/* --- one stream ------------------------------------------------------------ */

static void upload(struct __test_metadata *_metadata, FIXTURE_DATA(stream) *self)
{
	struct far_transaction *t;
	u8 request[16];

	t = far_ask(&self->far, LINK_OP_SINK, request, sink_request(request, 0));
	ASSERT_NE(NULL, t);
	ASSERT_EQ(sizeof(self->sent), far_put(t, self->sent, sizeof(self->sent)));
	svcgate_stream_out_end(&t->out);
	FAR_UNTIL(t->closed);
	EXPECT_EQ(sizeof(self->sent), kept(&t->response));
	EXPECT_TRUE(digest_is(&t->response, self->sent, sizeof(self->sent)));
}

TEST_F_TIMEOUT(stream, upload_is_answered_when_all_has_come, VM_LONG)
{
	upload(_metadata, self);
}

TEST_F_TIMEOUT(stream, P6_upload_through_losses_comes_once, VM_LONG)
{
	self->far.lose = 7;
	upload(_metadata, self);
	EXPECT_LT(0, self->far.pace.losses);
}

TEST_F_TIMEOUT(stream, source_through_losses, VM_LONG)
{
	static u8 wanted[48000];
	struct far_transaction *t;
	u8 request[16];
	size_t got = 0;

	self->far.lose = 7;
	t = far_ask(&self->far, LINK_OP_SOURCE, request,
		    source_request(request, sizeof(wanted), 5));
	ASSERT_NE(NULL, t);
	FAR_UNTIL_DOING(got += far_get(t, self->got + got, sizeof(self->got) - got),
		  svcgate_stream_in_ended(&t->in));
	source_bytes(wanted, sizeof(wanted), 5);
	ASSERT_EQ(sizeof(wanted), got);
	EXPECT_EQ(0, memcmp(wanted, self->got, got));
	/* The end is acknowledged again until it is heard. */
	FAR_UNTIL(t->closed);
	EXPECT_EQ(SVCGATE_REASON_DONE, t->reason);
}

TEST_F_TIMEOUT(stream, echo_in_both_directions, VM_LONG)
{
	struct far_transaction *t;
	size_t got = 0;

	t = far_ask(&self->far, LINK_OP_ECHO, NULL, 0);
	ASSERT_NE(NULL, t);
	ASSERT_EQ(sizeof(self->sent), far_put(t, self->sent, sizeof(self->sent)));
	svcgate_stream_out_end(&t->out);
	FAR_UNTIL_DOING(got += far_get(t, self->got + got, sizeof(self->got) - got), t->closed);
	ASSERT_EQ(sizeof(self->sent), got);
	EXPECT_EQ(0, memcmp(self->sent, self->got, got));
	EXPECT_EQ(SVCGATE_REASON_DONE, t->reason);
	EXPECT_EQ(t->response_length + got, t->total);
}

/* A host that goes, and another that goes on where the first came to. */
TEST_F_TIMEOUT(stream, interrupted_upload_goes_on_at_its_offset, VM_LONG)
{
	struct far_transaction *t;
	u8 request[16];
	u64 size;

	t = far_ask(&self->far, LINK_OP_SINK, request, sink_request(request, 0));
	ASSERT_NE(NULL, t);
	ASSERT_EQ(sizeof(self->sent), far_put(t, self->sent, sizeof(self->sent)));
	FAR_UNTIL(t->out.base >= 20000);
	ASSERT_TRUE(far_begin_again(&self->far));
	ASSERT_TRUE(VM_UNTIL(executor() < 0));
	t = far_ask(&self->far, LINK_OP_SINK_SIZE, "\xa1\x01\x61x", 4);
	ASSERT_NE(NULL, t);
	FAR_UNTIL(t->closed);
	size = kept(&t->response);
	/* What was acknowledged beyond it waited for an executor that is gone. */
	ASSERT_LT(0, size);
	ASSERT_GT(sizeof(self->sent), size);

	t = far_ask(&self->far, LINK_OP_SINK, request, sink_request(request, (u32)size));
	ASSERT_NE(NULL, t);
	far_put(t, self->sent + size, sizeof(self->sent) - size);
	svcgate_stream_out_end(&t->out);
	FAR_UNTIL(t->closed);
	EXPECT_EQ(sizeof(self->sent), kept(&t->response));
	EXPECT_TRUE(digest_is(&t->response, self->sent, sizeof(self->sent)));
}

TEST_F_TIMEOUT(stream, P9_executor_that_stops_holds_the_host_back, VM_LONG)
{
	struct far_transaction *t;
	pid_t pid;
	u8 request[16];
	int round;

	t = far_ask(&self->far, LINK_OP_SINK, request, sink_request(request, 0));
	ASSERT_NE(NULL, t);
	ASSERT_TRUE(VM_UNTIL((pid = executor()) > 0));
	ASSERT_EQ(0, kill(pid, SIGSTOP));
	for (round = 0; round < 4; round++) {
		far_put(t, self->sent, sizeof(self->sent));
		FAR_UNTIL(t->out.next == t->out.end || t->out.next >= t->out.limit);
	}
	/* Its pipe and its buffer are full; the session goes on. */
	FAR_UNTIL(t->out.limit == t->out.base);
	EXPECT_GT(t->out.end, t->out.next);
	EXPECT_FALSE(t->closed);
	ASSERT_EQ(0, kill(pid, SIGCONT));
	svcgate_stream_out_end(&t->out);
	FAR_UNTIL(t->closed);
	EXPECT_EQ(t->out.end, kept(&t->response));
}

/* Nobody acknowledges: the cable may be another's by now. */
TEST_F_TIMEOUT(stream, P9_silent_host_gets_no_more_than_the_bound, VM_LONG)
{
	struct far_transaction *t;
	u8 request[16];
	u64 before;

	/* More than its pipe takes: it goes on as long as the session. */
	t = far_ask(&self->far, LINK_OP_SOURCE, request, source_request(request, 200000, 1));
	ASSERT_NE(NULL, t);
	FAR_UNTIL(t->in.next > 8000);
	before = self->host.received;
	self->far.mute = true;
	/* Until the session ends, and with it the executor. */
	while (executor() > 0)
		ASSERT_TRUE(far_turn(&self->far));
	EXPECT_LT(before, self->host.received);
	EXPECT_GE(SVCGATE_OUTPUT_BOUND, self->host.received - before);
}

/* --- several, and the helper ----------------------------------------------- */

TEST_F_TIMEOUT(stream, exchange_beside_a_transfer, VM_LONG)
{
	struct far_transaction *source, *echo;
	u8 request[16], byte = 0, back;
	int round = 0;

	source = far_ask(&self->far, LINK_OP_SOURCE, request,
			 source_request(request, 60000, 1));
	ASSERT_NE(NULL, source);
	FAR_UNTIL(source->answered);
	echo = far_ask(&self->far, LINK_OP_ECHO, NULL, 0);
	ASSERT_NE(NULL, echo);
	/* Each gets its turn: there and back again and again, in its midst. */
	while (!svcgate_stream_in_ended(&source->in)) {
		ASSERT_EQ(1, far_put(echo, &byte, 1));
		FAR_UNTIL_DOING(far_get(source, self->got, sizeof(self->got)),
				far_get(echo, &back, 1));
		ASSERT_EQ(byte, back);
		byte++;
		round++;
	}
	EXPECT_LT(10, round);
	svcgate_stream_out_end(&echo->out);
	FAR_UNTIL(echo->closed && source->closed);
}

TEST_F_TIMEOUT(stream, P7_rules_outlive_the_helper, VM_LONG)
{
	ASSERT_EQ(0, stop_helper(self->helper));
	self->helper = start_helper();
	ASSERT_LT(0, self->helper);
	ASSERT_TRUE(VM_UNTIL(log_has("serving ttyS1")));
	EXPECT_TRUE(log_has("sealed already"));
	EXPECT_FALSE(log_has("not available"));
	upload(_metadata, self);
}

TEST_F(stream, P2_numbers_without_a_file_do_not_exist)
{
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_OP,
		  host_ask_op(&self->host, LINK_OP_FOLLOW + 1));
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_OP, host_ask_op(&self->host, 0xffff));
}

TEST_HARNESS_MAIN
