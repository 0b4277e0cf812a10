// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The helper's door: who may open it, how messages are read and written, what
 * they say. The test is the helper.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define WIFI_ADD	SVCGATE_OP_WIFI_ADD

FIXTURE(door)
{
	struct rig rig;
	struct host *host;
	struct svcgate_door head;
};

FIXTURE_SETUP(door)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK, .keystore = keystore() };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(door)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

static int node(const struct rig *rig, char *ret_path, size_t size)
{
	struct device_port port;
	int r = vm_port(rig->name, &port);

	snprintf(ret_path, size, "/dev/svcgate%u", port.number);
	return r;
}

TEST_F(door, P2_one_opener_with_CAP_SYS_ADMIN)
{
	char path[32];
	int fd;

	ASSERT_EQ(0, node(&self->rig, path, sizeof(path)));
	EXPECT_EQ(SVCGATE_PORT_DOOR_OPEN, rig_flags(&self->rig) & SVCGATE_PORT_DOOR_OPEN);
	EXPECT_EQ(-1, open(path, O_RDWR));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	EXPECT_EQ(EBUSY, errno);
	close(self->rig.door);
	EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_DOOR_OPEN);
	fd = open(path, O_RDWR);
	EXPECT_GE(fd, 0);
	close(fd);

	/* Root without the capability. */
	ASSERT_EQ(0, rig_drop(BIT_ULL(CAP_SYS_ADMIN)));
	EXPECT_EQ(-1, open(path, O_RDWR));
	EXPECT_EQ(EPERM, errno);
	self->rig.door = -1;
}

TEST_F(door, P2_node_is_roots_alone)
{
	struct stat status;
	char path[32];

	ASSERT_EQ(0, node(&self->rig, path, sizeof(path)));
	ASSERT_EQ(0, stat(path, &status));
	EXPECT_EQ(0600, status.st_mode & 07777);
	EXPECT_EQ(0, status.st_uid);
}

TEST_F(door, P2_nothing_to_read_and_poll)
{
	struct pollfd poller = { .fd = self->rig.door, .events = POLLIN | POLLOUT };
	u8 buffer[SVCGATE_DOOR_MAX];

	EXPECT_EQ(-1, read(self->rig.door, buffer, sizeof(buffer)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(1, poll(&poller, 1, 0));
	EXPECT_EQ(POLLOUT, poller.revents);
	ASSERT_TRUE(host_begin(self->host, &(struct host_request){ .op = OS_VERSION }));
	EXPECT_EQ(1, poll(&poller, 1, VM_PATIENCE_MS));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, 32, NULL));
	EXPECT_EQ(1, poll(&poller, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, poller.revents);
	EXPECT_EQ(sizeof(struct svcgate_door), read(self->rig.door, buffer, sizeof(buffer)));
	EXPECT_EQ(1, poll(&poller, 1, 0));
	EXPECT_EQ(POLLOUT, poller.revents);
	EXPECT_EQ(-1, lseek(self->rig.door, 0, SEEK_SET));
}

TEST_F(door, P2_one_read_is_one_message)
{
	struct host_request first = { .op = WIFI_ADD, .payload = { "first", 5 } };
	struct host_request second = { .op = OS_VERSION, .payload = { "second!", 7 } };
	u8 buffer[SVCGATE_DOOR_MAX];
	struct svcgate_door *head = (void *)buffer;

	ASSERT_TRUE(host_begin(self->host, &first));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, 37, NULL));
	ASSERT_TRUE(host_begin(self->host, &second));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 2, 39, NULL));
	EXPECT_EQ(sizeof(*head) + 5, read(self->rig.door, buffer, sizeof(buffer)));
	EXPECT_EQ(WIFI_ADD, head->op);
	EXPECT_EQ(sizeof(*head) + 5, head->length);
	EXPECT_EQ(0, memcmp(buffer + sizeof(*head), "first", 5));
	EXPECT_EQ(sizeof(*head) + 7, read(self->rig.door, buffer, sizeof(*head) + 7));
	EXPECT_EQ(OS_VERSION, head->op);
	EXPECT_EQ(0, memcmp(buffer + sizeof(*head), "second!", 7));
}

TEST_F(door, P2_short_buffer_loses_nothing)
{
	struct host_request request = { .op = WIFI_ADD, .payload = { "payload", 7 } };
	const size_t whole = sizeof(struct svcgate_door) + 7;
	u8 buffer[SVCGATE_DOOR_MAX];
	size_t size;

	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, 39, NULL));
	for (size = 0; size < whole; size++) {
		EXPECT_EQ(-1, read(self->rig.door, buffer, size));
		EXPECT_EQ(EMSGSIZE, errno);
	}
	EXPECT_EQ(whole, read(self->rig.door, buffer, whole));
	EXPECT_EQ(0, memcmp(buffer + sizeof(struct svcgate_door), "payload", 7));
}

/* A buffer that ends in a hole: the message is still there, and the first. */
TEST_F(door, P2_bad_buffer_loses_nothing)
{
	struct host_request first = { .op = WIFI_ADD, .payload = { "payload", 7 } };
	struct host_request second = { .op = OS_VERSION };
	long page = sysconf(_SC_PAGESIZE);
	u8 buffer[SVCGATE_DOOR_MAX], payload[8];
	u8 *hole = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);

	ASSERT_NE(MAP_FAILED, hole);
	ASSERT_EQ(0, munmap(hole + page, page));
	ASSERT_TRUE(host_begin(self->host, &first));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, 39, NULL));
	ASSERT_TRUE(host_begin(self->host, &second));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 2, 32, NULL));
	EXPECT_EQ(-1, read(self->rig.door, hole + page, sizeof(buffer)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(self->rig.door, hole + page - 83, sizeof(buffer)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(self->rig.door, hole + page - 10, sizeof(buffer)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(7, rig_read(&self->rig, &self->head, payload, sizeof(payload)));
	EXPECT_EQ(WIFI_ADD, self->head.op);
	EXPECT_EQ(0, memcmp(payload, "payload", 7));
	EXPECT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(OS_VERSION, self->head.op);
	EXPECT_EQ(-1, write(self->rig.door, hole + page, sizeof(self->head)));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(door, P7_request_says_what_was_granted_and_why)
{
	const struct file *file = capability(.mask = AD | 1ULL << 50);
	struct host_request request = {
		.op = SVCGATE_OP_APP_DEBUG,
		.object = RIG_OBJECT,
		.credential = SECTION(file),
		.payload = { "arguments", 9 },
	};
	const struct svcgate_door *head = &self->head;
	char payload[16];

	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_EQ(9, rig_read(&self->rig, &self->head, payload, sizeof(payload)));
	EXPECT_EQ(SVCGATE_DOOR_REQUEST, head->kind);
	EXPECT_EQ(SVCGATE_FRAME_MAX, head->detail);
	EXPECT_EQ(0, head->flags);
	EXPECT_EQ(self->host->session, head->session);
	EXPECT_EQ(1, head->transaction);
	EXPECT_EQ(SVCGATE_OP_APP_DEBUG, head->op);
	EXPECT_EQ(0, head->reason | head->offset | head->image);
	EXPECT_EQ(0, head->number);
	EXPECT_EQ(RF | FS, head->by_state);
	EXPECT_EQ(0, head->sideloaded);
	EXPECT_EQ(AD | 1ULL << 50, head->passed);
	EXPECT_EQ(0, memcmp(head->object, RIG_OBJECT, SVCGATE_UUID_SIZE));
	EXPECT_EQ(0, memcmp(payload, "arguments", 9));
}

TEST_F(door, P1_response_data_and_end)
{
	struct svcgate_door data = { .kind = SVCGATE_DOOR_DATA };
	struct svcgate_door ack = { .kind = SVCGATE_DOOR_ACK };
	struct svcgate_door end = { .kind = SVCGATE_DOOR_END };
	const struct {
		struct svcgate_ack ack;
		struct svcgate_range ranges[SVCGATE_ACK_RANGES_MAX];
	} told = { { SVCGATE_ACK_COMPLETE | 1234 }, { { 10, 20 }, { 30, 50 } } };
	struct host_response response;
	struct host_frame frame;
	u8 got[sizeof(told)];

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE,
				SVCGATE_REASON_EXECUTOR_FAILED, "head", 4));
	ASSERT_TRUE(host_answer(self->host, 1, &response));
	EXPECT_EQ(0, response.flags);
	EXPECT_EQ(SVCGATE_REASON_EXECUTOR_FAILED, response.reason);
	EXPECT_EQ(4, response.length);

	data.session = ack.session = end.session = self->head.session;
	data.transaction = ack.transaction = end.transaction = 1;
	data.offset = 5;
	ASSERT_EQ(0, rig_write(&self->rig, &data, "five", 4));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 8 + 4 + 5, &frame));
	EXPECT_EQ(0, frame.flags);
	EXPECT_EQ(0, memcmp(frame.data, "five", 4));
	data.offset = 9;
	data.flags = SVCGATE_DOOR_LAST;
	ASSERT_EQ(0, rig_write(&self->rig, &data, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 8 + 4 + 9, &frame));
	EXPECT_EQ(SVCGATE_FRAME_LAST, frame.flags);
	EXPECT_EQ(0, frame.length);

	/* What the host says of the helper's stream, and sends of its own. */
	EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_ACK, 0, 1, 12 + 5, &told,
			      sizeof(told)));
	ASSERT_EQ(sizeof(told), rig_read(&self->rig, &self->head, got, sizeof(got)));
	EXPECT_EQ(SVCGATE_DOOR_ACK, self->head.kind);
	EXPECT_EQ(5, self->head.offset);
	EXPECT_EQ(0, memcmp(got, &told, sizeof(told)));
	/* The kernel answers a keep-alive of the session meanwhile, and only that. */
	EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_ACK, 0, 0, 0, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 0, 0, &frame));
	EXPECT_EQ(SVCGATE_FRAME_FROM_KERNEL, frame.flags);
	EXPECT_EQ(0, frame.length);
	EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST, 1, 32 + 3,
			      "bytes", 5));
	ASSERT_EQ(5, rig_read(&self->rig, &self->head, got, sizeof(got)));
	EXPECT_EQ(SVCGATE_DOOR_DATA, self->head.kind);
	EXPECT_EQ(SVCGATE_DOOR_LAST, self->head.flags);
	EXPECT_EQ(3, self->head.offset);
	EXPECT_EQ(0, memcmp(got, "bytes", 5));

	ack.offset = 8;
	ASSERT_EQ(0, rig_write(&self->rig, &ack, &told, sizeof(told)));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, 32 + 8, &frame));
	EXPECT_EQ(0, frame.flags);
	ASSERT_EQ(sizeof(told), frame.length);
	EXPECT_EQ(0, memcmp(frame.data, &told, sizeof(told)));
	end.reason = SVCGATE_REASON_DONE;
	end.offset = 21;
	ASSERT_EQ(0, rig_write(&self->rig, &end, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_CLOSE, 1, 0, &frame));
	EXPECT_EQ(8 + 4 + 21, svcgate_get_le32(frame.data + 4));
	EXPECT_EQ(-ESRCH, rig_write(&self->rig, &data, NULL, 0));
}

TEST_F(door, P2_writes_that_are_refused)
{
	u8 zeros[2 * SVCGATE_RESPONSE_MAX + SVCGATE_FRAME_DATA_MAX] = {};
	static const size_t acks[] = { 1, 3, 7, 8, 11, 32, 37, 44 };
	struct svcgate_door head = {}, wrong;
	unsigned int i;
	u16 kind;

	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	head.session = self->head.session;
	head.transaction = self->head.transaction;
	head.kind = SVCGATE_DOOR_RESPONSE;
	/* Wrong length: too short, too long, not what was written. */
	EXPECT_EQ(-1, write(self->rig.door, &head, 0));
	EXPECT_EQ(-1, write(self->rig.door, &head, sizeof(head) - 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->rig.door, &head, sizeof(head)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-EINVAL, rig_write(&self->rig, &head, zeros, SVCGATE_RESPONSE_MAX + 1));
	EXPECT_EQ(-EINVAL, rig_write(&self->rig, &head, zeros, SVCGATE_FRAME_DATA_MAX + 1));
	/* Kinds that are unknown, that the kernel sends, or that come too early. */
	for (kind = 0; kind < 64; kind++) {
		head.kind = kind;
		if (kind == SVCGATE_DOOR_RESPONSE || kind == SVCGATE_DOOR_ACK)
			continue;
		EXPECT_EQ(kind == SVCGATE_DOOR_COMMIT || kind == SVCGATE_DOOR_ABORT ?
				  -ESRCH : -EINVAL,
			  rig_write(&self->rig, &head, NULL, 0));
	}
	head.kind = SVCGATE_DOOR_ACK;
	for (i = 0; i < ARRAY_SIZE(acks); i++)
		EXPECT_EQ(-EINVAL, rig_write(&self->rig, &head, zeros, acks[i]));
	head.offset = 0xffffffff;
	EXPECT_EQ(-EINVAL, rig_write(&self->rig, &head, NULL, 0));
	head.offset = 0;
	/* Transactions that are not there. */
	head.kind = SVCGATE_DOOR_RESPONSE;
	wrong = head;
	wrong.session++;
	EXPECT_EQ(-ESRCH, rig_write(&self->rig, &wrong, NULL, 0));
	wrong.session = 0;
	EXPECT_EQ(-ESRCH, rig_write(&self->rig, &wrong, NULL, 0));
	wrong = head;
	wrong.transaction++;
	EXPECT_EQ(-ESRCH, rig_write(&self->rig, &wrong, NULL, 0));
	wrong.transaction = 0;
	EXPECT_EQ(-ESRCH, rig_write(&self->rig, &wrong, NULL, 0));

	/* None of it reached the host, and the longest response does. */
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(0, rig_write(&self->rig, &head, zeros, SVCGATE_RESPONSE_MAX));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 0, NULL));
	EXPECT_EQ(-ESRCH, rig_write(&self->rig, &head, NULL, 0));
}

TEST_F(door, P9_data_longer_than_the_host_takes)
{
	struct svcgate_door data = { .kind = SVCGATE_DOOR_DATA, .transaction = 1 };
	u8 zeros[SVCGATE_FRAME_DATA_MAX] = {};
	struct host_frame hello = {
		.version = 1, .kind = SVCGATE_FRAME_HELLO, .length = 4,
		.data = { 1, 1, SVCGATE_FRAME_MIN & 0xff, SVCGATE_FRAME_MIN >> 8 },
	};
	const size_t most = SVCGATE_FRAME_MIN - sizeof(struct svcgate_frame);

	ASSERT_TRUE(host_send_frame(self->host, &hello));
	ASSERT_TRUE(host_receive(self->host, &hello, HOST_PATIENCE_MS));
	memcpy(&self->host->welcome, hello.data, sizeof(self->host->welcome));
	self->host->session = self->host->welcome.session;
	ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &self->head));
	ASSERT_EQ(0, rig_answer(&self->rig, &self->head, SVCGATE_DOOR_MORE, 0, NULL, 0));
	ASSERT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 0, NULL));
	data.session = self->head.session;
	EXPECT_EQ(-EINVAL, rig_write(&self->rig, &data, zeros, most + 1));
	data.offset = 0xfffffff9;
	EXPECT_EQ(-EINVAL, rig_write(&self->rig, &data, NULL, 0));
	data.offset = 0;
	EXPECT_EQ(0, rig_write(&self->rig, &data, zeros, most));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 8, &hello));
	EXPECT_EQ(most, hello.length);
}

TEST_HARNESS_MAIN
