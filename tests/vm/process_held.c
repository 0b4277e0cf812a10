// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports that a process holds with TIOCSETD: ptys, for tests. Weaker than a port
 * that the kernel holds, and told apart from it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "vmlib.h"
#include "kselftest_harness.h"

#define N_SVCGATE	29
#define FLOOD		(1024 * 1024)

FIXTURE(process_held)
{
	int host;		/* the pty's master: the host's end of the wire */
	int device;		/* its slave: where the discipline sits */
	char name[SVCGATE_PORT_NAME_SIZE];
	struct svcgate_line line;
};

FIXTURE_SETUP(process_held)
{
	int zero = 0, number;
	struct termios raw;
	char path[32];

	vm_clean();
	ASSERT_EQ(0, vm_insmod("device_id=0011223344556677"));
	self->host = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->host);
	ASSERT_EQ(0, ioctl(self->host, TIOCSPTLCK, &zero));
	ASSERT_EQ(0, ioctl(self->host, TIOCGPTN, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	snprintf(self->name, sizeof(self->name), "pts%d", number);
	self->device = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, self->device);
	ASSERT_EQ(0, tcgetattr(self->device, &raw));
	cfmakeraw(&raw);
	ASSERT_EQ(0, tcsetattr(self->device, TCSANOW, &raw));
	vm_line_init(&self->line, self->host);
}

FIXTURE_TEARDOWN(process_held)
{
	close(self->device);
	close(self->host);
	vm_clean();
}

static int set_discipline(int fd, int number)
{
	return ioctl(fd, TIOCSETD, &number) ? -errno : 0;
}

static int get_discipline(int fd)
{
	int number = -1;

	return ioctl(fd, TIOCGETD, &number) ? -errno : number;
}

TEST_F_TIMEOUT(process_held, is_served_and_told_apart, VM_LONG)
{
	struct svcgate_response response;
	struct device_port port;
	char text[160];
	u64 session;

	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	ASSERT_EQ(0, vm_port(self->name, &port));
	EXPECT_EQ(SVCGATE_PORT_PROCESS_HELD, port.flags);
	ASSERT_EQ(0, vm_hello(&self->line, &session));
	ASSERT_EQ(0, vm_request(&self->line, session, 1, SVCGATE_OP_IDENTIFY, NULL, 0,
				&response));
	EXPECT_EQ(SVCGATE_REASON_DONE, response.reason);
	ASSERT_EQ(0, vm_port(self->name, &port));
	EXPECT_EQ(SVCGATE_PORT_PROCESS_HELD | SVCGATE_PORT_SESSION, port.flags);

	EXPECT_EQ(-EBUSY, vm_detach_text(self->name, text, sizeof(text)));
	EXPECT_STREQ("a process put the discipline there and must take it away", text);
	EXPECT_TRUE(vm_is_held(self->name));
}

/* Netlink does not hold ptys, and insmod neither. */
TEST_F_TIMEOUT(process_held, P2_kernel_holds_no_pty, VM_LONG)
{
	char parameters[64];

	EXPECT_EQ(-ENODEV, vm_attach(self->name));
	EXPECT_EQ(-EINVAL, vm_attach("pts/0"));
	EXPECT_EQ(-ENODEV, vm_attach("ptmx"));
	EXPECT_EQ(0, vm_ports());
	ASSERT_EQ(0, vm_rmmod());
	snprintf(parameters, sizeof(parameters), "hold=%s", self->name);
	EXPECT_NE(0, vm_insmod(parameters));
}

/* In a child that gives one capability away. */
static int without_capability(int capability, int fd)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	int status;
	pid_t child = fork();

	if (!child) {
		if (syscall(SYS_capget, &header, data))
			_exit(255);
		data[capability / 32].effective &= ~(1U << capability % 32);
		if (syscall(SYS_capset, &header, data))
			_exit(255);
		_exit(-set_discipline(fd, N_SVCGATE));
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

TEST_F_TIMEOUT(process_held, P1_needs_sys_admin, VM_LONG)
{
	EXPECT_EQ(-EPERM, without_capability(CAP_SYS_ADMIN, self->device));
	EXPECT_EQ(0, get_discipline(self->device));
	EXPECT_EQ(0, vm_ports());
	EXPECT_EQ(0, without_capability(CAP_NET_ADMIN, self->device));
	EXPECT_EQ(N_SVCGATE, get_discipline(self->device));
	EXPECT_EQ(1, vm_ports());
}

/* The holder of a descriptor neither reads nor writes the line. */
TEST_F_TIMEOUT(process_held, P1_descriptor_reads_and_writes_nothing, VM_LONG)
{
	char byte = 'x';

	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	EXPECT_EQ(-1, read(self->device, &byte, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, write(self->device, &byte, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(0, vm_read_some(self->host, &byte, 1, 100));
}

/*
 * A whole hello by TIOCSTI: no frame is counted and nobody answers. The same
 * bytes over the wire afterwards show that they would have been good. From 6.2
 * on TIOCSTI may be switched off; then it is switched on.
 */
TEST_F_TIMEOUT(process_held, P1_TIOCSTI_changes_nothing, VM_LONG)
{
	struct device_port before, after;
	u8 hello[64];
	size_t i, length;

	if (vm_exists("/proc/sys/dev/tty/legacy_tiocsti"))
		ASSERT_EQ(0, vm_write_file("/proc/sys/dev/tty/legacy_tiocsti", "1"));
	length = vm_hello_bytes(hello, sizeof(hello), 42);
	ASSERT_LT(0, length);
	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	ASSERT_EQ(0, vm_port(self->name, &before));
	for (i = 0; i < length; i++) {
		ASSERT_EQ(0, ioctl(self->device, TIOCSTI, &hello[i])) {
			TH_LOG("TIOCSTI: %s", strerror(errno));
		}
	}
	ASSERT_EQ(0, vm_port(self->name, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	ASSERT_EQ(0, vm_first_is_welcome(self->host));
	EXPECT_EQ(1, vm_counter(self->name, SVCGATE_COUNTER_FRAMES));
	EXPECT_EQ(1, vm_counter(self->name, SVCGATE_COUNTER_SESSIONS));
}

TEST_F_TIMEOUT(process_held, ends_when_the_discipline_is_taken_away, VM_LONG)
{
	struct pollfd poller = { .events = POLLIN };
	char message[256];
	int round;

	for (round = 0; round < 20; round++) {
		ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
		poller.fd = vm_open_door(self->name);
		ASSERT_LE(0, poller.fd);
		EXPECT_EQ(0, poll(&poller, 1, 0));
		ASSERT_EQ(0, set_discipline(self->device, 0));
		EXPECT_EQ(1, poll(&poller, 1, VM_PATIENCE_MS));
		EXPECT_NE(0, poller.revents & POLLHUP);
		EXPECT_EQ(0, read(poller.fd, message, sizeof(message)));
		close(poller.fd);
		EXPECT_TRUE(VM_UNTIL(!vm_is_held(self->name)));
	}
}

/* No more than SVCGATE_PORTS_MAX can be on their way out at a time (P9). */
static bool put_discipline(int fd)
{
	return VM_UNTIL(set_discipline(fd, N_SVCGATE) != -ENOSPC) &&
	       get_discipline(fd) == N_SVCGATE;
}

/* Not even a moment between the two: the old port may still be on its way out. */
TEST_F_TIMEOUT(process_held, comes_and_goes_quickly, VM_LONG)
{
	int round;

	for (round = 0; round < 100; round++) {
		ASSERT_TRUE(put_discipline(self->device));
		ASSERT_EQ(0, set_discipline(self->device, 0));
	}
	EXPECT_TRUE(VM_UNTIL(!vm_ports()));
}

/* A pty lives until both of its ends are closed. */
TEST_F_TIMEOUT(process_held, ends_with_the_last_descriptor, VM_LONG)
{
	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	close(self->device);
	EXPECT_TRUE(vm_is_held(self->name));
	EXPECT_EQ(-EAGAIN, vm_rmmod());
	close(self->host);
	EXPECT_TRUE(VM_UNTIL(!vm_is_held(self->name)));
	EXPECT_TRUE(VM_UNTIL(!vm_rmmod()));
}

TEST_F_TIMEOUT(process_held, P8_ends_when_the_other_end_hangs_up, VM_LONG)
{
	struct vm_event event;
	int events = vm_events_open();
	u64 session;

	ASSERT_LE(0, events);
	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	ASSERT_EQ(0, vm_hello(&self->line, &session));
	close(self->host);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_SESSION, &event));
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_SESSION, &event));
	EXPECT_EQ(SVCGATE_REASON_END_HANGUP, event.reason);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_DETACHED, &event));
	EXPECT_EQ(SVCGATE_REASON_END_HANGUP, event.reason);
	EXPECT_TRUE(VM_UNTIL(!vm_ports()));
	close(events);
}

/*
 * The writer on the other end sleeps when the line is full; whatever the device
 * does with the bytes, it is woken until all are gone. On a locked port without a
 * session nothing but noise comes: no answer, nothing kept.
 */
TEST_F_TIMEOUT(process_held, P9_writer_is_not_left_sleeping, VM_LONG)
{
	size_t i, sent;
	u8 noise[4096];
	u64 bad;

	srandom(1);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = random() % 255 + 1;
	for (i = 0; i < sizeof(noise); i += 64)
		noise[i] = 0;
	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	ASSERT_EQ(0, fcntl(self->host, F_SETFL, O_RDWR));	/* it shall block */
	for (sent = 0; sent < FLOOD; sent += sizeof(noise))
		ASSERT_EQ(sizeof(noise), write(self->host, noise, sizeof(noise)));
	ASSERT_EQ(0, fcntl(self->host, F_SETFL, O_RDWR | O_NONBLOCK));

	/* Each run between two zeros is one bad frame, the first of all is skipped. */
	bad = FLOOD / 64 - 1;
	EXPECT_TRUE(VM_UNTIL(vm_counter(self->name, SVCGATE_COUNTER_BAD_CRC) >= bad));
	EXPECT_EQ(0, vm_counter(self->name, SVCGATE_COUNTER_FRAMES));
	EXPECT_EQ(0, vm_first_is_welcome(self->host));
}

/* Attaching and letting go while the other end never stops sending. */
static atomic_bool stop;

static void *send_hellos(void *argument)
{
	u8 hello[64], rest[256];
	size_t length = vm_hello_bytes(hello, sizeof(hello), 1);
	int fd = *(int *)argument;

	while (!stop) {
		if (write(fd, hello, length) < 0)
			vm_pause();
		while (read(fd, rest, sizeof(rest)) > 0)
			;
	}
	return NULL;
}

TEST_F_TIMEOUT(process_held, comes_and_goes_under_fire, VM_LONG)
{
	pthread_t sender;
	int round;

	ASSERT_EQ(0, pthread_create(&sender, NULL, send_hellos, &self->host));
	for (round = 0; round < 200; round++) {
		ASSERT_TRUE(put_discipline(self->device));
		ASSERT_EQ(0, set_discipline(self->device, 0));
	}
	ASSERT_TRUE(put_discipline(self->device));
	EXPECT_TRUE(VM_UNTIL(vm_counter(self->name, SVCGATE_COUNTER_SESSIONS) > 10));
	stop = true;
	pthread_join(sender, NULL);
}

/* Both ends of a pty may be ports: they refuse each other and nothing locks up. */
TEST_F_TIMEOUT(process_held, both_ends_of_a_pty, VM_LONG)
{
	ASSERT_EQ(0, set_discipline(self->device, N_SVCGATE));
	ASSERT_EQ(0, set_discipline(self->host, N_SVCGATE));
	EXPECT_EQ(2, vm_ports());
	ASSERT_EQ(0, set_discipline(self->host, 0));
	EXPECT_TRUE(VM_UNTIL(vm_ports() == 1));
}

TEST_HARNESS_MAIN
