// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A change of trust and several ports: whose door it comes to, one at a time for
 * the device, and ports that go (P2, P6, P9).
 */
#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "change.h"
#include "kselftest_harness.h"

#define BLANK		SVCGATE_STATE_BLANK
#define MODULE1		SVCGATE_STATE_MODULE1_COMPLETE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define PENDING		SVCGATE_REASON_CHANGE_PENDING
#define PORTS		3

FIXTURE(ports)
{
	struct rig rigs[PORTS];
	struct change change;
	bool gone[PORTS];
};

FIXTURE_SETUP(ports)
{
	struct rig_device device = { .state = BLANK, .keystore = keystore() };
	struct device_port port;
	unsigned int i;

	ASSERT_EQ(0, rig_load(&device));
	for (i = 0; i < PORTS; i++) {
		ASSERT_EQ(0, rig_open(&self->rigs[i]));
		ASSERT_EQ(0, rig_open_door(&self->rigs[i]));
		ASSERT_EQ(0, vm_port(self->rigs[i].name, &port));
		ASSERT_EQ(i, port.number);
	}
}

FIXTURE_TEARDOWN(ports)
{
	unsigned int i;

	for (i = 0; i < PORTS; i++) {
		EXPECT_EQ(0, self->rigs[i].host.bad);
		if (!self->gone[i])
			rig_close(&self->rigs[i]);
		else if (self->rigs[i].door >= 0)
			close(self->rigs[i].door);
	}
	vm_clean();
}

/* The tty goes; the helper has not noticed yet. */
static bool hang_up(FIXTURE_DATA(ports) *self, unsigned int i)
{
	close(self->rigs[i].line);
	close(self->rigs[i].master);
	self->gone[i] = true;
	return VM_UNTIL(!vm_is_held(self->rigs[i].name));
}

static bool is_readable(const struct rig *rig)
{
	struct pollfd poller = { .fd = rig->door, .events = POLLIN };

	return poll(&poller, 1, 0) == 1;
}

/*
 * Unlike poll(), epoll looks again only when the door wakes it. The session goes:
 * its end would wake the door, too.
 */
static int watch(struct rig *rig)
{
	struct epoll_event event = { .events = EPOLLIN };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	host_send_close(&rig->host, 0);
	if (!VM_UNTIL(!(rig_flags(rig) & SVCGATE_PORT_SESSION)))
		return -1;
	if (fd < 0 || epoll_ctl(fd, EPOLL_CTL_ADD, rig->door, &event) ||
	    epoll_wait(fd, &event, 1, 0))
		return -1;
	return fd;
}

static bool is_woken(int fd)
{
	struct epoll_event event;
	bool woken = epoll_wait(fd, &event, 1, VM_PATIENCE_MS) == 1;

	close(fd);
	return woken && event.events == EPOLLIN;
}

static void port_goes(struct __test_metadata *_metadata, FIXTURE_DATA(ports) *self,
		      bool after_reading)
{
	struct rig *rigs = self->rigs;
	u8 buffer[SVCGATE_DOOR_MAX];
	int next, last;

	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(&rigs[0], MODULE1, 0));
	if (after_reading)
		ASSERT_EQ(0, change_read(&rigs[0], &self->change));
	next = watch(&rigs[1]);
	ASSERT_GE(next, 0);
	ASSERT_TRUE(hang_up(self, 0));
	/* Whoever had it cannot end it any more. */
	EXPECT_TRUE(is_woken(next));
	EXPECT_FALSE(is_readable(&rigs[2]));
	EXPECT_TRUE(rig_door_is_quiet(&rigs[2]));
	EXPECT_EQ(0, read(rigs[0].door, buffer, sizeof(buffer)));
	EXPECT_EQ(-EPIPE, change_commit(&rigs[0], 1));
	EXPECT_EQ(-EPIPE, change_abort(&rigs[0], 1));
	ASSERT_EQ(0, change_read(&rigs[1], &self->change));
	EXPECT_EQ(1, self->change.head.number);
	EXPECT_EQ(MODULE1, self->change.what.state);
	EXPECT_EQ(FS, change_in_force(&rigs[2], NULL));
	EXPECT_EQ(-EPIPE, change_commit(&rigs[0], 1));

	/* That one goes as well, its door only. */
	last = watch(&rigs[2]);
	ASSERT_GE(last, 0);
	rig_close_door(&rigs[1]);
	EXPECT_TRUE(is_woken(last));
	ASSERT_EQ(0, change_read(&rigs[2], &self->change));
	EXPECT_EQ(1, self->change.head.number);
	ASSERT_EQ(0, change_commit(&rigs[2], 1));
	ASSERT_TRUE(host_hello(&rigs[2].host));
	EXPECT_EQ(MODULE1, change_state(&rigs[2], NULL));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(&rigs[2], COMPLETE, 0));
	EXPECT_EQ(DONE, change_store(&rigs[2]));
}

TEST_F(ports, P6_port_goes_before_its_change_is_read)
{
	port_goes(_metadata, self, false);
}

TEST_F(ports, P6_port_goes_after_its_change_is_read)
{
	port_goes(_metadata, self, true);
}

/* Root's change comes to the lowest door; when its port goes, to the next one. */
static void lowest_goes(struct __test_metadata *_metadata, FIXTURE_DATA(ports) *self,
			bool after_reading)
{
	struct rig *rigs = self->rigs;
	int lowest = watch(&rigs[0]), next;
	u64 number;

	ASSERT_GE(lowest, 0);
	ASSERT_EQ(DONE, change_load_capability(capability(.mask = AD), &number));
	EXPECT_EQ(1, number);
	EXPECT_TRUE(is_woken(lowest));
	EXPECT_FALSE(is_readable(&rigs[1]));
	if (after_reading)
		ASSERT_EQ(0, change_read(&rigs[0], &self->change));
	next = watch(&rigs[1]);
	ASSERT_GE(next, 0);
	ASSERT_TRUE(hang_up(self, 0));
	EXPECT_TRUE(is_woken(next));
	ASSERT_EQ(0, change_read(&rigs[1], &self->change));
	EXPECT_EQ(-EPIPE, change_commit(&rigs[0], 1));
	ASSERT_EQ(0, change_commit(&rigs[1], 1));
	EXPECT_EQ(RF | AD, change_in_force(&rigs[2], NULL));
}

TEST_F(ports, P6_lowest_port_goes_before_it_reads)
{
	lowest_goes(_metadata, self, false);
}

TEST_F(ports, P6_lowest_port_goes_after_it_read)
{
	lowest_goes(_metadata, self, true);
}

/* A sleeper at a door that was not the lowest wakes when it is. */
TEST_F(ports, P6_next_door_is_told_when_the_lowest_closes)
{
	struct rig *rigs = self->rigs;
	u64 number;
	int last;

	rig_close_door(&rigs[0]);
	ASSERT_EQ(DONE, change_load_capability(capability(.mask = AD), &number));
	EXPECT_TRUE(is_readable(&rigs[1]));
	/* Opened anew, the first one is the lowest again. */
	ASSERT_EQ(0, rig_open_door(&rigs[0]));
	EXPECT_TRUE(is_readable(&rigs[0]));
	EXPECT_FALSE(is_readable(&rigs[1]));
	EXPECT_TRUE(rig_door_is_quiet(&rigs[1]));
	rig_close_door(&rigs[0]);
	last = watch(&rigs[2]);
	ASSERT_GE(last, 0);
	rig_close_door(&rigs[1]);
	EXPECT_TRUE(is_woken(last));
	ASSERT_EQ(0, change_read(&rigs[2], &self->change));
	EXPECT_EQ(number, self->change.head.number);
	ASSERT_EQ(0, change_commit(&rigs[2], number));
}

TEST_F(ports, P9_one_change_at_a_time_for_the_device)
{
	struct rig *rigs = self->rigs;
	u64 number;

	ASSERT_EQ(CHANGE_BEGUN, change_ask_state(&rigs[1], MODULE1, 0));
	EXPECT_EQ(PENDING, change_ask_state(&rigs[0], COMPLETE, 0));
	EXPECT_EQ(PENDING, change_ask_state(&rigs[1], COMPLETE, 0));
	EXPECT_EQ(PENDING, change_ask_capability(&rigs[0], capability(.mask = 0)));
	EXPECT_EQ(PENDING, change_ask_keystore(&rigs[2], keystore(.version = 11)));
	EXPECT_EQ(PENDING, change_load_capability(capability(.mask = AD), &number));
	EXPECT_EQ(PENDING, change_load_keystore(keystore(.version = 11), &number));
	EXPECT_EQ(0, number);
	/* Nothing of what was refused is taken. */
	EXPECT_EQ(AD, change_in_force(&rigs[0], capability(.mask = AD)));
	EXPECT_TRUE(rig_door_is_quiet(&rigs[0]));
	ASSERT_EQ(0, change_read(&rigs[1], &self->change));
	ASSERT_EQ(0, change_commit(&rigs[1], 1));
	EXPECT_EQ(DONE, change_answer(&rigs[1], 1));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_capability(&rigs[0], capability(.mask = AD)));
	EXPECT_EQ(DONE, change_store(&rigs[0]));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_keystore(&rigs[2], keystore(.version = 11)));
	EXPECT_EQ(DONE, change_store(&rigs[2]));
	EXPECT_EQ(3, change_info().change_ended);
}

/* All ports ask at the same time: one wins, the others can try again. */
TEST_F(ports, P9_all_at_once)
{
	struct host_request requests[PORTS];
	const struct file *files[PORTS];
	struct rig *rigs = self->rigs;
	unsigned int i, begun, round;
	int verdict;

	for (round = 0; round < SVCGATE_CHANGE_BURST; round++) {
		for (i = 0; i < PORTS; i++) {
			files[i] = capability(.mask = AD,
					      .serial = (u8)(1 + round * PORTS + i));
			requests[i] = (struct host_request){
				.op = SVCGATE_OP_CAPABILITY_UPDATE, .payload = SECTION(files[i]),
			};
			rigs[i].host.chunk = 4096;
		}
		for (i = 0; i < PORTS; i++)
			ASSERT_TRUE(host_begin(&rigs[i].host, &requests[i]));
		for (begun = PORTS, i = 0; i < PORTS; i++) {
			verdict = change_verdict(&rigs[i], &requests[i]);
			EXPECT_TRUE(verdict == PENDING ||
				    (verdict == CHANGE_BEGUN && begun == PORTS));
			if (verdict == CHANGE_BEGUN)
				begun = i;
		}
		ASSERT_LT(begun, PORTS);
		ASSERT_EQ(0, change_read(&rigs[begun], &self->change));
		EXPECT_EQ(round + 1, self->change.head.number);
		EXPECT_TRUE(change_is_capability(&self->change, files[begun]));
		ASSERT_EQ(0, change_commit(&rigs[begun], round + 1));
		EXPECT_EQ(DONE, change_answer(&rigs[begun], rigs[begun].host.transaction));
	}
	EXPECT_EQ(RF | AD, change_in_force(&rigs[0], NULL));
}

TEST_HARNESS_MAIN
