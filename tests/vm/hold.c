// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports that the kernel holds: by hold= and by netlink, on a 16550 and on a
 * virtconsole, and the settings that the line had before.
 */
#include <errno.h>
#include <linux/serial.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "vmlib.h"
#include "kselftest_harness.h"

#define ROUNDS	60

FIXTURE(hold)
{
	char parameter[64];
};

/* Both kinds of tty, each with the other end of its wire. */
FIXTURE_VARIANT(hold)
{
	const char *line;
	const char *other;
};

FIXTURE_VARIANT_ADD(hold, uart)
{
	.line = "ttyS1", .other = "ttyS2",
};

FIXTURE_VARIANT_ADD(hold, virtconsole)
{
	.line = "hvc0", .other = "hvc1",
};

FIXTURE_SETUP(hold)
{
	vm_clean();
	snprintf(self->parameter, sizeof(self->parameter), "hold=%s", variant->line);
}

FIXTURE_TEARDOWN(hold)
{
	vm_clean();
}

static int read_settings(const char *name, struct termios *ret)
{
	int fd = vm_open_node(name), r;

	if (fd < 0)
		return fd;
	r = tcgetattr(fd, ret) ? -errno : 0;
	close(fd);
	return r;
}

static int write_settings(const char *name, const struct termios *settings)
{
	int fd = vm_open_node(name), r;

	if (fd < 0)
		return fd;
	r = tcsetattr(fd, TCSANOW, settings) ? -errno : 0;
	close(fd);
	return r;
}

static bool same_settings(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
	       a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
	       a->c_line == b->c_line && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc)) &&
	       cfgetospeed(a) == cfgetospeed(b);
}

/* Nothing opens the node, whoever asks; then it is free again. */
TEST_F_TIMEOUT(hold, P2_hold_parameter_locks_the_node, VM_LONG)
{
	int fd;

	ASSERT_EQ(0, vm_insmod(self->parameter));
	EXPECT_TRUE(vm_is_held(variant->line));
	EXPECT_EQ(-EBUSY, vm_open_node(variant->line));
	EXPECT_EQ(SVCGATE_REASON_NOT_CONFIGURED, vm_identify(variant->other));
	EXPECT_EQ(-EBUSY, vm_attach(variant->line));
	ASSERT_EQ(0, vm_detach(variant->line));
	EXPECT_FALSE(vm_is_held(variant->line));
	EXPECT_EQ(-ENODEV, vm_detach(variant->line));
	fd = vm_open_node(variant->line);
	EXPECT_LE(0, fd);
	close(fd);
}

TEST_F_TIMEOUT(hold, P3_netlink_attach_identifies_without_helper, VM_LONG)
{
	struct device_port port;
	int round;

	ASSERT_EQ(0, vm_insmod(""));
	ASSERT_EQ(0, vm_set_device());
	for (round = 0; round < 5; round++) {
		ASSERT_EQ(0, vm_attach(variant->line));
		EXPECT_EQ(-EBUSY, vm_open_node(variant->line));
		ASSERT_EQ(0, vm_port(variant->line, &port));
		EXPECT_EQ(0, port.flags);
		ASSERT_EQ(SVCGATE_REASON_DONE, vm_identify(variant->other));
		ASSERT_EQ(0, vm_detach(variant->line));
	}
}

/* What a user finds afterwards is what he left, ordinary or not. */
TEST_F_TIMEOUT(hold, settings_return, VM_LONG)
{
	struct termios before, peculiar, after;

	ASSERT_EQ(0, vm_insmod(""));
	ASSERT_EQ(0, read_settings(variant->line, &before));

	peculiar = before;
	peculiar.c_cflag &= ~(CSIZE | CRTSCTS);
	peculiar.c_cflag |= CS7 | PARENB | HUPCL;
	peculiar.c_lflag &= ~ECHOE;
	peculiar.c_cc[VEOF] = 7;
	cfsetspeed(&peculiar, B19200);
	ASSERT_EQ(0, write_settings(variant->line, &peculiar));
	ASSERT_EQ(0, read_settings(variant->line, &peculiar));
	ASSERT_EQ(0, vm_attach(variant->line));
	ASSERT_EQ(0, vm_detach(variant->line));
	ASSERT_EQ(0, read_settings(variant->line, &after));
	EXPECT_TRUE(same_settings(&peculiar, &after));

	ASSERT_EQ(0, write_settings(variant->line, &before));
	ASSERT_EQ(0, vm_attach(variant->line));
	ASSERT_EQ(0, vm_detach(variant->line));
	ASSERT_EQ(0, read_settings(variant->line, &after));
	EXPECT_TRUE(same_settings(&before, &after));
	EXPECT_NE(0, after.c_lflag & ICANON);
}

/* Who asks first has it; the others are told. */
#define CLAIMANTS	4

struct claim {
	pthread_barrier_t *barrier;
	const char *line;
	int result;
};

static void *claim(void *argument)
{
	struct claim *one = argument;

	pthread_barrier_wait(one->barrier);
	one->result = vm_attach(one->line);
	return NULL;
}

TEST_F_TIMEOUT(hold, one_of_many_gets_it, VM_LONG)
{
	struct claim claims[CLAIMANTS];
	pthread_t threads[CLAIMANTS];
	pthread_barrier_t barrier;
	int i, round, winners;

	ASSERT_EQ(0, vm_insmod(""));
	pthread_barrier_init(&barrier, NULL, CLAIMANTS);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < CLAIMANTS; i++) {
			claims[i] = (struct claim){ &barrier, variant->line };
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, claim, &claims[i]));
		}
		for (i = winners = 0; i < CLAIMANTS; i++) {
			pthread_join(threads[i], NULL);
			winners += !claims[i].result;
			if (claims[i].result)
				EXPECT_EQ(-EBUSY, claims[i].result);
		}
		ASSERT_EQ(1, winners);
		ASSERT_EQ(1, vm_ports());
		ASSERT_EQ(0, vm_detach(variant->line));
	}
}

static atomic_bool stop;

static void *send_all_the_time(void *argument)
{
	static const char text[] = "attacker's bytes\r\n";
	int fd = *(int *)argument;

	/* A line that takes nothing at the moment is no error here. */
	while (!stop)
		if (write(fd, text, sizeof(text) - 1) < 0)
			vm_pause();
	return NULL;
}

/* Three milliseconds of work, then a moment for the others. */
static void *hog(void *argument)
{
	int64_t end;

	while (!stop) {
		for (end = vm_now() + 3; vm_now() < end;)
			;
		usleep(300);
	}
	return NULL;
}

/* This thread and those that it starts. */
static void run_on(int cpu, int policy)
{
	struct sched_param parameter = { .sched_priority = policy == SCHED_FIFO };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	sched_setscheduler(0, policy, &parameter);
}

/*
 * A cooked line would echo what comes between the opening of the driver and the
 * discipline. That window is narrow: whoever attaches shares a CPU with a thread
 * that goes before it and takes its time, so that it is often held up in there.
 */
TEST_F_TIMEOUT(hold, P1_never_an_echo_while_attaching, VM_LONG)
{
	pthread_t sender, hogger;
	struct termios cooked;
	int fd, round;

	ASSERT_EQ(0, vm_flush_wire(variant->line, variant->other));
	ASSERT_EQ(0, read_settings(variant->line, &cooked));
	ASSERT_NE(0, cooked.c_lflag & ECHO);
	fd = vm_open_line(variant->other);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_insmod(""));
	run_on(0, SCHED_FIFO);
	ASSERT_EQ(0, pthread_create(&hogger, NULL, hog, NULL));
	run_on(1, SCHED_OTHER);
	ASSERT_EQ(0, pthread_create(&sender, NULL, send_all_the_time, &fd));
	run_on(0, SCHED_OTHER);
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, vm_attach(variant->line));
		ASSERT_EQ(0, vm_detach(variant->line));
	}
	ASSERT_EQ(0, vm_attach(variant->line));
	stop = true;
	pthread_join(sender, NULL);
	pthread_join(hogger, NULL);
	tcflush(fd, TCOFLUSH);
	EXPECT_EQ(0, vm_first_is_welcome(fd));
	close(fd);
}

/* closing_wait belongs to the line's user, too. */
TEST(closing_wait_returns)
{
	struct serial_struct serial = {}, after = {};
	int fd;

	vm_clean();
	fd = vm_open_node("ttyS1");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, TIOCGSERIAL, &serial));
	serial.closing_wait = 1234;
	ASSERT_EQ(0, ioctl(fd, TIOCSSERIAL, &serial));
	close(fd);
	ASSERT_EQ(0, vm_insmod("hold=ttyS1"));
	ASSERT_EQ(0, vm_detach("ttyS1"));
	fd = vm_open_node("ttyS1");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ioctl(fd, TIOCGSERIAL, &after));
	EXPECT_EQ(1234, after.closing_wait);
	serial.closing_wait = 3000;
	EXPECT_EQ(0, ioctl(fd, TIOCSSERIAL, &serial));
	close(fd);
	vm_clean();
}

/* Two ports at once, each with a session of its own. */
TEST(two_ports_at_once)
{
	static struct svcgate_line uart, console;
	struct svcgate_response response;
	struct device_port ports[2];
	u64 uart_session, console_session;
	int uart_fd, console_fd;

	vm_clean();
	ASSERT_EQ(0, vm_insmod("hold=ttyS1:115200:rtscts,hvc0 device_id=0011223344556677"));
	ASSERT_EQ(2, vm_ports());
	ASSERT_EQ(0, vm_port("ttyS1", &ports[0]));
	ASSERT_EQ(0, vm_port("hvc0", &ports[1]));
	EXPECT_NE(ports[0].number, ports[1].number);
	uart_fd = vm_open_line("ttyS2");
	console_fd = vm_open_line("hvc1");
	ASSERT_LE(0, uart_fd);
	ASSERT_LE(0, console_fd);
	vm_line_init(&uart, uart_fd);
	vm_line_init(&console, console_fd);
	ASSERT_EQ(0, vm_hello(&uart, &uart_session));
	ASSERT_EQ(0, vm_hello(&console, &console_session));
	EXPECT_NE(uart_session, console_session);
	ASSERT_EQ(0, vm_request(&uart, uart_session, 1, SVCGATE_OP_IDENTIFY, NULL, 0,
				&response));
	EXPECT_EQ(SVCGATE_REASON_DONE, response.reason);
	ASSERT_EQ(0, vm_request(&console, console_session, 1, SVCGATE_OP_IDENTIFY, NULL, 0,
				&response));
	EXPECT_EQ(SVCGATE_REASON_DONE, response.reason);
	ASSERT_EQ(0, vm_detach("ttyS1"));
	ASSERT_EQ(0, vm_request(&console, console_session, 2, SVCGATE_OP_IDENTIFY, NULL, 0,
				&response));
	EXPECT_EQ(SVCGATE_REASON_DONE, response.reason);
	close(uart_fd);
	close(console_fd);
	vm_clean();
}

TEST_HARNESS_MAIN
