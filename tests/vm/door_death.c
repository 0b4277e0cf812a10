// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helper dies, in the middle of whatever: the port stays locked and held, the
 * host hears of it, another helper serves (P2, P8).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define IDENTIFY	SVCGATE_OP_IDENTIFY
#define HEADER		sizeof(struct svcgate_request)

FIXTURE(death)
{
	struct rig rig;
	struct host *host;
	struct svcgate_door head;
};

FIXTURE_SETUP(death)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(death)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* The kernel's answer in the helper's place. */
static bool answered_for_it(struct host *host, u16 transaction)
{
	struct host_response response;

	return host_answer(host, transaction, &response) && !response.length &&
	       response.flags == (SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_LAST) &&
	       response.reason == SVCGATE_REASON_END_HELPER;
}

TEST_F(death, P2_closed_door_ends_what_is_open)
{
	struct svcgate_close close = {};
	struct host_frame frame;

	/* One read, one unread, one answered with data to follow. */
	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE, 0, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 2, 0, NULL));
	ASSERT_TRUE(host_begin(self->host, &(struct host_request){ .op = OS_VERSION }));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 3, HEADER, NULL));
	rig_close_door(&self->rig);
	EXPECT_TRUE(answered_for_it(self->host, 1));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_CLOSE, 2, 0, &frame));
	EXPECT_EQ(SVCGATE_FRAME_FROM_KERNEL, frame.flags);
	memcpy(&close, frame.data, sizeof(close));
	EXPECT_EQ(SVCGATE_REASON_END_HELPER, close.reason);
	EXPECT_TRUE(answered_for_it(self->host, 3));
	EXPECT_TRUE(host_ping(self->host));

	/* The session goes on; without a helper it is the kernel's alone. */
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER, ask(&self->rig, OS_VERSION));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, SVCGATE_OP_STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, IDENTIFY));
}

TEST_F(death, P2_next_helper_hears_nothing_of_the_last_one)
{
	struct svcgate_door stale;

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &stale));
	ASSERT_TRUE(host_begin(self->host, &(struct host_request){ .op = OS_VERSION }));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 2, HEADER, NULL));
	rig_close_door(&self->rig);
	EXPECT_TRUE(answered_for_it(self->host, 1));
	EXPECT_TRUE(answered_for_it(self->host, 2));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(-ESRCH, rig_answer(&self->rig, &stale, 0, 0, NULL, 0));
	EXPECT_TRUE(host_ping(self->host));
	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	EXPECT_EQ(0, rig_answer(&self->rig, &self->head, 0, 0, "again", 5));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 3, 0, NULL));
}

/* A request that is being received when the helper goes finds none, or another. */
TEST_F(death, P2_door_closes_while_a_request_comes_in)
{
	u8 message[SVCGATE_MESSAGE_MAX];
	struct host_request request = { .op = OS_VERSION, .payload = { "payload", 7 } };
	size_t length = host_message(&request, message);
	struct host_response response;
	u8 payload[8];

	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, 0, message, HEADER));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, HEADER, NULL));
	rig_close_door(&self->rig);
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, HEADER, message + HEADER,
			      length - HEADER));
	ASSERT_TRUE(host_answer(self->host, 1, &response));
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER, response.reason);

	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 2, 0, message, HEADER));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 2, HEADER, NULL));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 2, HEADER, message + HEADER,
			      length - HEADER));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 2, length, NULL));
	ASSERT_EQ(7, rig_read(&self->rig, &self->head, payload, sizeof(payload)));
}

/* Take over the door in a child that tells when it has read a request, and waits. */
static pid_t spawn_helper(struct rig *rig, const char *path, int *ret_told)
{
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
	close(told[0]);
	close(rig->master);
	close(rig->line);
	rig->door = open(path, O_RDWR);
	if (rig->door < 0 || write(told[1], "o", 1) != 1)
		_exit(1);
	if (rig_read(rig, &(struct svcgate_door){}, NULL, 0) || write(told[1], "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static bool is_told(int fd, char what)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char c = 0;

	return poll(&poller, 1, VM_PATIENCE_MS) == 1 && read(fd, &c, 1) == 1 && c == what;
}

TEST_F(death, P2_helper_is_killed_in_the_middle_of_a_request)
{
	struct device_port port;
	char path[32];
	pid_t child;
	u16 round;
	int told;

	ASSERT_EQ(0, vm_port(self->rig.name, &port));
	snprintf(path, sizeof(path), "/dev/svcgate%u", port.number);
	for (round = 1; round <= 3; round++) {
		child = spawn_helper(&self->rig, path, &told);
		ASSERT_GT(child, 0);
		ASSERT_TRUE(is_told(told, 'o'));
		ASSERT_TRUE(host_begin(self->host, &(struct host_request){ .op = OS_VERSION }));
		ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, self->host->transaction,
					HEADER, NULL));
		ASSERT_TRUE(is_told(told, 'r'));
		EXPECT_EQ(-EBUSY, rig_open_door(&self->rig));
		ASSERT_EQ(0, kill(child, SIGKILL));
		EXPECT_TRUE(answered_for_it(self->host, self->host->transaction));
		ASSERT_EQ(child, waitpid(child, NULL, 0));
		close(told);
		EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_DOOR_OPEN);
		EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, IDENTIFY));

		ASSERT_EQ(0, rig_open_door(&self->rig));
		EXPECT_TRUE(rig_door_is_quiet(&self->rig));
		ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
		EXPECT_EQ(0, rig_answer(&self->rig, &self->head, 0, 0, NULL, 0));
		EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA,
					self->host->transaction, 0, NULL));
	}
}

/* The port goes: the helper reads what is left, then the end. */
TEST_F(death, P8_port_goes_under_the_helper)
{
	struct pollfd poller = { .fd = self->rig.door, .events = POLLIN };
	u8 buffer[SVCGATE_DOOR_MAX];

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	close(self->rig.line);
	close(self->rig.master);
	EXPECT_TRUE(VM_UNTIL(!vm_is_held(self->rig.name)));
	EXPECT_EQ(1, poll(&poller, 1, 0));
	EXPECT_EQ(POLLIN | POLLHUP, poller.revents);
	EXPECT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, self->head.kind);
	EXPECT_EQ(SVCGATE_REASON_END_HANGUP, self->head.reason);
	EXPECT_EQ(0, read(self->rig.door, buffer, sizeof(buffer)));
	EXPECT_EQ(-EPIPE, rig_answer(&self->rig, &self->head, 0, 0, NULL, 0));
	EXPECT_EQ(-EWOULDBLOCK, vm_rmmod());
	rig_close_door(&self->rig);
	ASSERT_EQ(0, rig_open(&self->rig));
}

TEST_HARNESS_MAIN
