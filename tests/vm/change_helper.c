// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helper and a change of trust: it is absent, late, wrong, or it dies; ports
 * come and go, and two ask at once. What was taken stays taken, the change stays
 * until somebody has stored it (P2, P6, P9).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define MODULE1		SVCGATE_STATE_MODULE1_COMPLETE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define UNKNOWN		SVCGATE_REASON_OUTCOME_UNKNOWN
#define PENDING		SVCGATE_REASON_CHANGE_PENDING
#define NO_HELPER	SVCGATE_REASON_NO_HELPER

FIXTURE(helper)
{
	struct rig rig;
	struct host *host;
	struct change change;
};

FIXTURE_SETUP(helper)
{
	struct rig_device device = { .state = BLANK, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(helper)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

TEST_F(helper, P2_without_helper_nothing_is_taken)
{
	struct rig *rig = &self->rig;

	rig_close_door(rig);
	EXPECT_EQ(NO_HELPER, change_ask_state(rig, COMPLETE, 0));
	EXPECT_EQ(NO_HELPER, change_ask_capability(rig, capability(.mask = 0)));
	EXPECT_EQ(NO_HELPER,
		  change_ask_keystore(rig, keystore(.version = 11, .revoked = "\x01")));
	EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	EXPECT_EQ(AD, change_in_force(rig, capability(.mask = AD)) & AD);
	EXPECT_EQ(0, change_info().change | change_info().change_ended);
	/* What is so already needs no helper. */
	EXPECT_EQ(DONE, change_ask_state(rig, BLANK, 0));
	EXPECT_EQ(DONE, change_ask_keystore(rig, keystore()));
	ASSERT_EQ(0, rig_open_door(rig));
	EXPECT_TRUE(rig_door_is_quiet(rig));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(1, self->change.head.number);
}

static void goes_away(struct __test_metadata *_metadata, FIXTURE_DATA(helper) *self,
		      bool after_reading)
{
	struct svcgate_door request;
	struct rig *rig = &self->rig;

	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	if (after_reading)
		ASSERT_EQ(0, change_read(rig, &self->change));
	rig_close_door(rig);
	EXPECT_EQ(UNKNOWN, change_answer(rig, 1));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(BLANK, change_state(rig, NULL));
	EXPECT_EQ(1, change_info().change);
	EXPECT_EQ(PENDING, change_ask_state(rig, COMPLETE, 0));

	/* There again, and before anything else. */
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_TRUE(host_begin(self->host, &(struct host_request){
		.op = SVCGATE_OP_OS_VERSION }));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, self->host->transaction,
				sizeof(struct svcgate_request), NULL));
	EXPECT_EQ(-ESRCH, change_commit(rig, 1));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(1, self->change.head.number);
	EXPECT_EQ(MODULE1, self->change.what.state);
	ASSERT_EQ(0, rig_read(rig, &request, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_REQUEST, request.kind);
	ASSERT_EQ(0, change_commit(rig, 1));
	/* The host has its answer; it has to ask. */
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(MODULE1, change_state(rig, NULL));
	EXPECT_EQ(1, change_info().change_ended);
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	EXPECT_EQ(SVCGATE_REASON_END_PERMISSION, change_answer(rig, request.transaction));
}

TEST_F(helper, P6_helper_goes_before_it_reads)
{
	goes_away(_metadata, self, false);
}

TEST_F(helper, P6_helper_goes_after_it_read)
{
	goes_away(_metadata, self, true);
}

/* A number that is not pending here, not read, or over already. */
TEST_F(helper, P6_only_who_read_a_change_ends_it)
{
	struct svcgate_door head = { .kind = SVCGATE_DOOR_COMMIT };
	struct rig *rig = &self->rig, other;
	u64 number;

	ASSERT_EQ(0, rig_open(&other));
	ASSERT_EQ(0, rig_open_door(&other));
	for (number = 0; number < 3; number++) {
		EXPECT_EQ(-ESRCH, change_commit(rig, number));
		EXPECT_EQ(-ESRCH, change_abort(rig, number));
	}
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	EXPECT_EQ(-ESRCH, change_commit(rig, 1));
	EXPECT_EQ(-ESRCH, change_abort(rig, 1));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(-ESRCH, change_commit(&other, 1));
	EXPECT_EQ(-ESRCH, change_abort(&other, 1));
	EXPECT_EQ(-ESRCH, change_commit(rig, 0));
	EXPECT_EQ(-ESRCH, change_commit(rig, 2));
	EXPECT_EQ(-ESRCH, change_abort(rig, 0x100000001));
	head.number = 1;
	EXPECT_EQ(-EINVAL, rig_write(rig, &head, "x", 1));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(BLANK, change_state(rig, NULL));

	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_EQ(-ESRCH, change_commit(rig, 1));
	EXPECT_EQ(-ESRCH, change_abort(rig, 1));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(MODULE1, change_state(rig, NULL));
	rig_close(&other);
}

TEST_F(helper, P2_short_and_bad_buffers_lose_nothing)
{
	const struct file *file = capability(.mask = FS);
	const size_t whole = sizeof(struct svcgate_door) + sizeof(struct svcgate_change) + 4 +
			     file->length;
	long page = sysconf(_SC_PAGESIZE);
	u8 buffer[SVCGATE_DOOR_MAX], *hole;
	size_t size;

	hole = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, hole);
	ASSERT_EQ(0, munmap(hole + page, page));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(&self->rig, file));
	for (size = 0; size < whole; size += size < 100 ? 1 : 13) {
		EXPECT_EQ(-1, read(self->rig.door, buffer, size));
		EXPECT_EQ(EMSGSIZE, errno);
	}
	EXPECT_EQ(-1, read(self->rig.door, buffer, whole - 1));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(-1, read(self->rig.door, hole + page - 90, sizeof(buffer)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-ESRCH, change_commit(&self->rig, 1));
	EXPECT_EQ(whole, read(self->rig.door, buffer, whole));
	EXPECT_EQ(0, memcmp(buffer + whole - file->length, file->data, file->length));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	ASSERT_EQ(0, change_commit(&self->rig, 1));
	EXPECT_EQ(DONE, change_answer(&self->rig, 1));
}

TEST_F(helper, P2_poll_tells_of_a_change)
{
	struct pollfd poller = { .fd = self->rig.door, .events = POLLIN };
	struct rig *rig = &self->rig, other;
	struct pollfd there = { .events = POLLIN };

	ASSERT_EQ(0, rig_open(&other));
	ASSERT_EQ(0, rig_open_door(&other));
	there.fd = other.door;
	EXPECT_EQ(0, poll(&poller, 1, 0));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	EXPECT_EQ(1, poll(&poller, 1, VM_PATIENCE_MS));
	EXPECT_EQ(0, poll(&there, 1, 0));
	EXPECT_TRUE(rig_door_is_quiet(&other));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(0, poll(&poller, 1, 0));
	rig_close_door(rig);
	EXPECT_EQ(UNKNOWN, change_answer(rig, 1));
	EXPECT_EQ(0, poll(&there, 1, 0));
	ASSERT_EQ(0, rig_open_door(rig));
	poller.fd = rig->door;
	EXPECT_EQ(1, poll(&poller, 1, 0));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(0, poll(&poller, 1, 0));
	ASSERT_EQ(0, change_commit(rig, 1));
	rig_close(&other);
}

static void *read_one(void *fd)
{
	static u8 buffer[SVCGATE_DOOR_MAX];
	struct svcgate_door *head = (void *)buffer;

	return read(*(int *)fd, buffer, sizeof(buffer)) > 0 &&
	       head->kind == SVCGATE_DOOR_CHANGE ? fd : NULL;
}

/* Who sleeps in read() is woken. */
TEST_F(helper, P2_blocking_read_returns_the_change)
{
	pthread_t thread;
	void *woken;

	ASSERT_EQ(0, fcntl(self->rig.door, F_SETFL, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_one, &self->rig.door));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(&self->rig, MODULE1, 0));
	ASSERT_EQ(0, pthread_join(thread, &woken));
	EXPECT_NE(NULL, woken);
	ASSERT_EQ(0, change_commit(&self->rig, 1));
	EXPECT_EQ(DONE, change_answer(&self->rig, 1));
}

/* A new session, or a transaction that was given up: the change goes on. */
TEST_F(helper, P6_host_goes_while_its_change_is_pending)
{
	struct svcgate_door request;
	struct rig *rig = &self->rig;

	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(PENDING, change_ask_state(rig, COMPLETE, 0));
	ASSERT_TRUE(host_hello(self->host));
	/* Under the number of the change: none of its business. */
	ASSERT_TRUE(host_begin(self->host, &(struct host_request){
		.op = SVCGATE_OP_OS_VERSION }));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, 32, NULL));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, rig_read(rig, &request, NULL, 0));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(MODULE1, change_info().state);
	EXPECT_EQ(0, rig_answer(rig, &request, 0, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 0, NULL));

	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(rig, COMPLETE, 0));
	ASSERT_TRUE(host_send_close(self->host, self->host->transaction));
	EXPECT_TRUE(host_ping(self->host));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_commit(rig, 2));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(COMPLETE, change_info().state);
}

static void tell(int fd, const char *what)
{
	if (write(fd, what, 1) != 1)
		_exit(1);
}

/* A helper of its own, which dies where it is told to. */
static pid_t spawn_helper(struct rig *rig, const char *path, bool reads, int *ret_told)
{
	static struct change change;
	int told[2];
	pid_t child;

	if (pipe(told))
		return -1;
	rig_close_door(rig);
	*ret_told = told[0];
	child = fork();
	if (child) {
		close(told[1]);
		return child;
	}
	rig->door = open(path, O_RDWR);
	tell(told[1], rig->door < 0 ? "e" : "o");
	if (reads)
		tell(told[1], change_read(rig, &change) ? "e" : "r");
	for (;;)
		pause();
}

static bool is_told(int fd, char what)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char c = 0;

	return poll(&poller, 1, VM_PATIENCE_MS) == 1 && read(fd, &c, 1) == 1 && c == what;
}

TEST_F(helper, P6_helper_is_killed_again_and_again)
{
	struct rig *rig = &self->rig;
	struct device_port port;
	char path[32];
	pid_t child;
	int told, i;

	ASSERT_EQ(0, vm_port(rig->name, &port));
	snprintf(path, sizeof(path), "/dev/svcgate%u", port.number);
	for (i = 0; i < 4; i++) {
		child = spawn_helper(rig, path, i % 2, &told);
		ASSERT_GT(child, 0);
		ASSERT_TRUE(is_told(told, 'o'));
		ASSERT_EQ(i ? PENDING : CHANGE_BEGUN, change_ask_state(rig, MODULE1, 0));
		if (i % 2)
			ASSERT_TRUE(is_told(told, 'r'));
		ASSERT_EQ(0, kill(child, SIGKILL));
		if (!i)
			EXPECT_EQ(UNKNOWN, change_answer(rig, 1));
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		close(told);
		EXPECT_EQ(FS, change_in_force(rig, NULL));
		EXPECT_EQ(DONE, ask(rig, SVCGATE_OP_IDENTIFY));
	}
	ASSERT_EQ(0, rig_open_door(rig));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(1, self->change.head.number);
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(MODULE1, change_state(rig, NULL));
}

/* Nothing is left behind by a change that never ended, or ended badly. */
TEST_F(helper, P9_module_goes_with_a_pending_change)
{
	struct rig_device device = { .state = BLANK, .keystore = keystore() };
	const struct file *next = keystore(.version = 11);
	struct rig *rig = &self->rig;
	int way;

	for (way = 0; way < 3; way++) {
		ASSERT_EQ(CHANGE_BEGUN,
			  way == 1 ? change_ask_capability(rig, capability(.mask = FS)) :
				     change_ask_keystore(rig, next));
		if (way == 2) {
			ASSERT_EQ(0, change_read(rig, &self->change));
			ASSERT_EQ(0, change_abort(rig, 1));
		}
		rig_close(rig);
		ASSERT_TRUE(VM_UNTIL(!vm_rmmod()));
		ASSERT_EQ(0, rig_load(&device));
		ASSERT_EQ(0, rig_open(rig));
		ASSERT_EQ(0, rig_open_door(rig));
		EXPECT_TRUE(rig_door_is_quiet(rig));
		EXPECT_EQ(RF | FS, change_in_force(rig, NULL));
	}
}

TEST_HARNESS_MAIN
