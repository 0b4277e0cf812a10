// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * BREAK, made by QEMU's monitor, on a held UART. QEMU makes no parity or framing
 * errors; the unit tests of the deframer have those.
 */
#include <unistd.h>

#include "vmlib.h"
#include "kselftest_harness.h"

FIXTURE(line_break)
{
	struct svcgate_line line;
	int fd;
	int events;
};

FIXTURE_SETUP(line_break)
{
	vm_clean();
	ASSERT_EQ(0, vm_flush_wire("ttyS1", "ttyS2"));
	self->fd = vm_open_line("ttyS2");
	ASSERT_LE(0, self->fd);
	vm_line_init(&self->line, self->fd);
	ASSERT_EQ(0, vm_insmod("hold=ttyS1"));
	self->events = vm_events_open();
	ASSERT_LE(0, self->events);
}

FIXTURE_TEARDOWN(line_break)
{
	close(self->fd);
	close(self->events);
	vm_clean();
}

/* Half of a frame, BREAK, the other half: no frame, and the session is over. */
TEST_F_TIMEOUT(line_break, P8_break_spoils_its_frame_and_ends_the_session, VM_LONG)
{
	u64 session, frames;
	size_t length, half;
	u8 hello[64];
	long seen;

	ASSERT_EQ(0, vm_hello(&self->line, &session));
	frames = vm_counter("ttyS1", SVCGATE_COUNTER_FRAMES);
	length = vm_hello_bytes(hello, sizeof(hello), 99);
	half = length / 2;
	seen = vm_uart_count("ttyS1", "rx:");
	ASSERT_LT(0, seen);
	ASSERT_EQ(0, vm_write_all(self->fd, hello, half));
	ASSERT_TRUE(VM_UNTIL(vm_uart_count("ttyS1", "rx:") >= seen + (long)half));
	ASSERT_EQ(0, vm_send_break("wire-a"));
	EXPECT_TRUE(vm_session_ended(&self->line, self->events, session,
				     SVCGATE_REASON_END_BREAK));
	EXPECT_EQ(1, vm_counter("ttyS1", SVCGATE_COUNTER_BREAKS));
	ASSERT_EQ(0, vm_write_all(self->fd, hello + half, length - half));
	ASSERT_TRUE(VM_UNTIL(vm_uart_count("ttyS1", "rx:") >= seen + (long)length));

	/* A new hello is the next frame that counts. */
	ASSERT_EQ(0, vm_hello(&self->line, &session));
	EXPECT_EQ(frames + 1, vm_counter("ttyS1", SVCGATE_COUNTER_FRAMES));
	EXPECT_EQ(2, vm_counter("ttyS1", SVCGATE_COUNTER_SESSIONS));
}

/* Without a session BREAK is counted and nobody is told anything (P1). */
TEST_F_TIMEOUT(line_break, P1_break_without_session_is_not_answered, VM_LONG)
{
	char text[2048];
	int i;

	for (i = 1; i <= 20; i++) {
		ASSERT_EQ(0, vm_send_break("wire-a"));
		ASSERT_TRUE(VM_UNTIL(vm_counter("ttyS1", SVCGATE_COUNTER_BREAKS) == i)) {
			vm_read_file("/proc/tty/driver/serial", text, sizeof(text));
			TH_LOG("BREAK %d: %llu\n%s", i, (unsigned long long)
			       vm_counter("ttyS1", SVCGATE_COUNTER_BREAKS), text);
		}
	}
	EXPECT_EQ(0, vm_first_is_welcome(self->fd));
}

TEST_HARNESS_MAIN
