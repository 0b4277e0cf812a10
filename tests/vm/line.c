// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens on a held line: noise, a host that does not read, and a device that
 * goes to sleep.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "vmlib.h"
#include "kselftest_harness.h"

#define DETACH_MS	2000
#define FLOOD		(256 * 1024)

FIXTURE(held_line)
{
	struct svcgate_line line;
	int fd;
	int events;
};

FIXTURE_VARIANT(held_line)
{
	const char *hold;
	const char *name;
	const char *other;
	bool uart;
};

FIXTURE_VARIANT_ADD(held_line, uart)
{
	.hold = "hold=ttyS1", .name = "ttyS1", .other = "ttyS2", .uart = true,
};

FIXTURE_VARIANT_ADD(held_line, uart_rtscts)
{
	.hold = "hold=ttyS1:115200:rtscts", .name = "ttyS1", .other = "ttyS2", .uart = true,
};

FIXTURE_VARIANT_ADD(held_line, virtconsole)
{
	.hold = "hold=hvc0", .name = "hvc0", .other = "hvc1",
};

FIXTURE_SETUP(held_line)
{
	vm_clean();
	ASSERT_EQ(0, vm_flush_wire(variant->name, variant->other));
	self->fd = vm_open_line(variant->other);
	ASSERT_LE(0, self->fd);
	vm_line_init(&self->line, self->fd);
	ASSERT_EQ(0, vm_insmod(variant->hold));
	ASSERT_EQ(0, vm_configure(SVCGATE_STATE_BLANK));
	self->events = vm_events_open();
	ASSERT_LE(0, self->events);
}

FIXTURE_TEARDOWN(held_line)
{
	close(self->fd);
	close(self->events);
	vm_clean();
}

/* What was on the line before the first zero is no frame, not even a bad one. */
TEST_F_TIMEOUT(held_line, noise_before_the_first_delimiter_is_skipped, VM_LONG)
{
	static const u8 noise[] = "\x03login: \xff\xfe root\r\n";
	u64 session;

	ASSERT_EQ(0, vm_write_all(self->fd, noise, sizeof(noise) - 1));
	ASSERT_EQ(0, vm_hello(&self->line, &session));
	EXPECT_EQ(0, vm_counter(variant->name, SVCGATE_COUNTER_BAD_CRC));
	EXPECT_EQ(1, vm_counter(variant->name, SVCGATE_COUNTER_FRAMES));

	/* After it noise is a bad frame. */
	ASSERT_EQ(0, vm_write_all(self->fd, noise, sizeof(noise) - 1));
	ASSERT_EQ(0, vm_hello(&self->line, &session));
	EXPECT_EQ(1, vm_counter(variant->name, SVCGATE_COUNTER_BAD_CRC));
}

static void door_head(struct svcgate_door *message, u16 kind, u64 session, size_t payload)
{
	memset(message, 0, sizeof(*message));
	message->length = sizeof(*message) + payload;
	message->kind = kind;
	message->session = session;
	message->transaction = 1;
}

/* An admitted request, answered with "more": from here on data may flow. */
static int open_stream(struct svcgate_line *line, const char *name, u64 *ret_session)
{
	struct svcgate_door message;
	int door = vm_open_door(name), r;

	if (door < 0)
		return door;
	r = vm_hello(line, ret_session);
	if (!r)
		r = vm_send_request(line, *ret_session, 1, SVCGATE_OP_OS_VERSION, NULL, 0);
	if (r)
		goto fail;
	r = -ETIME;
	if (!VM_UNTIL(read(door, &message, sizeof(message)) == sizeof(message)) ||
	    message.kind != SVCGATE_DOOR_REQUEST)
		goto fail;
	door_head(&message, SVCGATE_DOOR_RESPONSE, *ret_session, 0);
	message.flags = SVCGATE_DOOR_MORE;
	if (write(door, &message, sizeof(message)) == sizeof(message))
		return door;
fail:
	close(door);
	return r;
}

/* Write data until the kernel takes no more; how much it took. */
static size_t fill(int door, u64 session)
{
	struct {
		struct svcgate_door head;
		u8 data[1000];
	} message;
	size_t taken = 0;

	_Static_assert(sizeof(message) == sizeof(message.head) + sizeof(message.data),
		       "no padding");
	door_head(&message.head, SVCGATE_DOOR_DATA, session, sizeof(message.data));
	memset(message.data, 'd', sizeof(message.data));
	while (write(door, &message, sizeof(message)) == sizeof(message)) {
		message.head.offset += sizeof(message.data);
		taken += sizeof(message.data);
	}
	return errno == EAGAIN ? taken : 0;
}

/*
 * The host went away with kilobytes on their way to it. QEMU keeps what its
 * socket and FIFOs hold, the rest stays in the driver; a virtconsole drops it.
 */
TEST_F_TIMEOUT(held_line, P9_detach_does_not_wait_for_a_host_that_does_not_read, VM_LONG)
{
	int64_t start;
	size_t taken;
	long sent;
	u64 session;
	int door;

	door = open_stream(&self->line, variant->name, &session);
	ASSERT_LE(0, door);
	close(self->fd);
	sent = vm_uart_count("ttyS1", "tx:");
	taken = fill(door, session);
	EXPECT_LT(10000, taken);
	EXPECT_GE(SVCGATE_OUTPUT_BOUND, taken);
	if (variant->uart) {
		/* It is stuck: this is not a test of a line that drains. */
		EXPECT_FALSE(VM_WITHIN(500, vm_uart_count("ttyS1", "tx:") >
				       sent + (long)taken / 2));
	}

	start = vm_now();
	EXPECT_EQ(0, vm_detach(variant->name));
	EXPECT_GT(DETACH_MS, vm_now() - start) {
		TH_LOG("%lld ms", (long long)(vm_now() - start));
	}
	close(door);

	self->fd = vm_open_line(variant->other);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, vm_attach(variant->name));
	/* What was stuck comes first. */
	EXPECT_TRUE(VM_UNTIL(vm_identify(variant->other) == SVCGATE_REASON_DONE));
}

/* Megabytes of noise: the sender gets rid of them, nobody answers, then it works. */
TEST_F_TIMEOUT(held_line, P1_noise_is_not_answered, VM_LONG)
{
	int r, tries = 0;
	size_t i, sent;
	u8 noise[1024];

	srandom(2);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = random();
	for (sent = 0; sent < (variant->uart ? FLOOD / 8 : FLOOD); sent += sizeof(noise))
		ASSERT_EQ(0, vm_write_all(self->fd, noise, sizeof(noise)));
	/* QEMU drops what a virtconsole sends too fast; then the host asks again. */
	do {
		r = vm_first_is_welcome(self->fd);
	} while (r == -ETIME && ++tries < 3);
	EXPECT_EQ(0, r);
	EXPECT_LT(0, vm_counter(variant->name, SVCGATE_COUNTER_SESSIONS));
	EXPECT_EQ(vm_counter(variant->name, SVCGATE_COUNTER_FRAMES),
		  vm_counter(variant->name, SVCGATE_COUNTER_SESSIONS));
}

/*
 * The device goes to sleep: PM_SUSPEND_PREPARE ends the session while the line
 * still works. pm_test lets it turn back after the processes are frozen.
 */
TEST_F_TIMEOUT(held_line, P8_suspend_ends_the_session, VM_LONG)
{
	u64 session;

	ASSERT_EQ(0, vm_write_file("/sys/power/pm_test", "freezer"));
	if (vm_exists("/sys/module/suspend/parameters/pm_test_delay"))
		ASSERT_EQ(0, vm_write_file("/sys/module/suspend/parameters/pm_test_delay", "1"));
	ASSERT_EQ(0, vm_hello(&self->line, &session));
	ASSERT_EQ(0, vm_write_file("/sys/power/state", "freeze"));
	EXPECT_TRUE(vm_session_ended(&self->line, self->events, session,
				     SVCGATE_REASON_END_SUSPEND));
	EXPECT_EQ(0, vm_write_file("/sys/power/pm_test", "none"));
	EXPECT_TRUE(vm_is_held(variant->name));
	EXPECT_EQ(0, vm_hello(&self->line, &session));
}

TEST_HARNESS_MAIN
