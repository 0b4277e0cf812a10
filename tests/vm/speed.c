// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rate of the line, changed inside a session: on a 16550, whose divisor is read
 * back from the hardware, and on a pty. The wire between QEMU's UARTs has no rate, so
 * that a test here may go on talking while both ends differ.
 */
#include <errno.h>
#include <sys/io.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

/* Of a 16550 at its usual 1.8432 MHz, as QEMU has it: divisor 1 is the highest. */
#define BASE		9600
#define RAISED		115200
#define DIVISOR(baud)	(RAISED / (baud))

FIXTURE(speed)
{
	struct rig rig;
	struct host *host;
};

FIXTURE_VARIANT(speed)
{
	const char *held;
	const char *wire;
	unsigned int base;
	unsigned int ports;	/* address of the UART's registers */
};

FIXTURE_VARIANT_ADD(speed, uart_8250)
{
	.held = "ttyS1", .wire = "ttyS2", .base = BASE, .ports = 0x2f8,
};

FIXTURE_VARIANT_ADD(speed, pty) { .base = 38400 };

/* The host's side of @rig is the other end of the wire. */
static int hold(struct rig *rig, const char *held, const char *wire, unsigned int baud)
{
	struct device_port_request request = { .baud = baud };
	char text[160];
	int r;

	strcpy(request.name, held);
	r = vm_attach_with(&request, text, sizeof(text));
	if (r)
		return r;
	strcpy(rig->name, held);
	rig->door = -1;
	rig->master = vm_open_line(wire);
	if (rig->master < 0)
		return rig->master;
	host_init(&rig->host, rig->master);
	return host_hello(&rig->host) ? 0 : -ETIMEDOUT;
}

FIXTURE_SETUP(speed)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
	};

	ASSERT_EQ(0, rig_load(&device));
	self->host = &self->rig.host;
	if (variant->held) {
		ASSERT_EQ(0, hold(&self->rig, variant->held, variant->wire, variant->base));
	} else {
		ASSERT_EQ(0, rig_open(&self->rig));
	}
}

FIXTURE_TEARDOWN(speed)
{
	if (!variant->held) {
		rig_close(&self->rig);
	} else {
		if (vm_is_held(variant->held))
			EXPECT_EQ(0, vm_detach(variant->held));
		close(self->rig.master);
	}
	vm_clean();
}

static u32 rate(const char *name)
{
	struct device_port port;

	return vm_port(name, &port) ? 0 : port.baud;
}

/* What the UART divides its clock by, from its own registers; 0 without one. */
static unsigned int divisor(unsigned int ports)
{
	unsigned int result;
	u8 lcr;

	if (!ports)
		return 0;
	if (ioperm(ports, 8, 1))
		return 0;
	lcr = inb(ports + 3);
	outb(lcr | 0x80, ports + 3);
	result = inb(ports) | inb(ports + 1) << 8;
	outb(lcr, ports + 3);
	return result;
}

#define EXPECT_RATE(baud)							\
	do {									\
		EXPECT_TRUE(VM_UNTIL(rate(self->rig.name) == (baud)));		\
		EXPECT_EQ(variant->ports ? DIVISOR(baud) : 0,			\
			  divisor(variant->ports));				\
	} while (0)

static struct host_request wish(const u32 *baud, size_t length, const struct file *file)
{
	return (struct host_request){
		.op = SVCGATE_OP_SPEED,
		.credential = { file ? file->data : NULL, file ? file->length : 0 },
		.payload = { baud, length },
	};
}

static int ask_speed(struct host *host, u32 baud)
{
	const struct host_request request = wish(&baud, sizeof(baud), capability(.mask = FS));
	struct host_response response;

	return host_ask(host, &request, &response);
}

/* Asked, switched and heard there. */
static bool switch_to(struct rig *rig, u32 baud)
{
	return ask_speed(&rig->host, baud) == SVCGATE_REASON_DONE &&
	       VM_UNTIL(rate(rig->name) == baud) && host_ping(&rig->host);
}

TEST_F_TIMEOUT(speed, session_goes_on_at_the_new_rate_and_ends_at_the_base_rate, VM_LONG)
{
	const struct host_request show = {
		.op = SVCGATE_OP_STATE_SHOW,
		.credential = SECTION(capability(.mask = FS)),
	};
	struct host_response response;
	u64 session = self->host->session;

	EXPECT_RATE(variant->base);
	ASSERT_TRUE(switch_to(&self->rig, RAISED));
	EXPECT_RATE(RAISED);
	EXPECT_EQ(SVCGATE_REASON_DONE, host_ask(self->host, &show, &response));
	EXPECT_EQ(session, self->host->session);
	/* Longer than the probation: it was heard, so it stays. */
	EXPECT_FALSE(VM_WITHIN(2 * SVCGATE_SPEED_PROBATION_MS,
			       !host_ping(self->host) || rate(self->rig.name) != RAISED));
	/* And down again, to another than the base rate. */
	ASSERT_TRUE(switch_to(&self->rig, 57600));
	EXPECT_RATE(57600);
	EXPECT_TRUE(host_send_close(self->host, 0));
	EXPECT_RATE(variant->base);
	EXPECT_TRUE(host_hello(self->host));
	EXPECT_EQ(2, rig_count(&self->rig, SVCGATE_COUNTER_SESSIONS));
}

TEST_F_TIMEOUT(speed, P1_refused_without_permission, VM_LONG)
{
	const u32 baud = RAISED;
	const struct host_request request = wish(&baud, sizeof(baud), NULL);
	struct host_response response;

	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, host_ask(self->host, &request, &response));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_RATE(variant->base);
}

TEST_F_TIMEOUT(speed, P2_refused_out_of_bounds_and_where_the_hardware_cannot, VM_LONG)
{
	static const u32 rates[] = {
		0, 1, SVCGATE_SPEED_MIN - 1, SVCGATE_SPEED_MAX + 1, 0x80000000, 0xffffffff,
	};
	static const u32 impossible[] = { 230400, 921600, SVCGATE_SPEED_MAX };
	const u32 two[] = { RAISED, 0 };
	struct host_response response;
	struct host_request request;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rates); i++)
		EXPECT_EQ(SVCGATE_REASON_SPEED, ask_speed(self->host, rates[i]));
	for (i = 0; variant->ports && i < ARRAY_SIZE(impossible); i++)
		EXPECT_EQ(SVCGATE_REASON_SPEED, ask_speed(self->host, impossible[i]));
	for (i = 0; i <= sizeof(two); i++) {
		if (i == sizeof(u32))
			continue;
		request = wish(two, i, capability(.mask = FS));
		EXPECT_EQ(SVCGATE_REASON_PAYLOAD, host_ask(self->host, &request, &response));
	}
	EXPECT_RATE(variant->base);
	EXPECT_EQ(0, self->host->bad);
}

/* A host that is not heard at the new rate keeps its session. */
TEST_F_TIMEOUT(speed, P8_probation_ends_at_the_base_rate, VM_LONG)
{
	const u32 baud = RAISED;
	const struct host_request request = wish(&baud, sizeof(baud), capability(.mask = FS));
	static u8 message[SVCGATE_MESSAGE_MAX];
	struct host_response response;
	size_t length;

	ASSERT_EQ(SVCGATE_REASON_DONE, host_ask(self->host, &request, &response));
	EXPECT_TRUE(VM_UNTIL(rate(self->rig.name) == RAISED));
	EXPECT_TRUE(VM_UNTIL(rate(self->rig.name) == variant->base));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(variant->ports ? DIVISOR(variant->base) : 0, divisor(variant->ports));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_SESSIONS));

	/* The answer was lost: the same request again gets it, and the switch. */
	length = host_message(&request, message);
	ASSERT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, SVCGATE_FRAME_LAST,
			      self->host->transaction, 0, message, length));
	ASSERT_TRUE(host_answer(self->host, self->host->transaction, &response));
	EXPECT_EQ(SVCGATE_REASON_DONE, response.reason);
	EXPECT_TRUE(VM_UNTIL(rate(self->rig.name) == RAISED));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(RAISED, rate(self->rig.name));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
}

TEST_F_TIMEOUT(speed, P8_hello_silence_and_break_end_at_the_base_rate, VM_LONG)
{
	ASSERT_TRUE(switch_to(&self->rig, RAISED));
	EXPECT_TRUE(host_hello(self->host));
	EXPECT_RATE(variant->base);

	ASSERT_TRUE(switch_to(&self->rig, RAISED));
	EXPECT_RATE(variant->base);
	EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_SESSION);

	/* A pty has no BREAK of its own. */
	if (!variant->held)
		return;
	ASSERT_TRUE(host_hello(self->host));
	ASSERT_TRUE(switch_to(&self->rig, RAISED));
	EXPECT_EQ(0, vm_send_break("wire-a"));
	EXPECT_RATE(variant->base);
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_BREAKS));
	/* Told at the base rate. */
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_CLOSE, 0, 0, NULL));
	EXPECT_TRUE(host_hello(self->host));
}

/* A session may end between the answer and the switch, too. */
TEST_F_TIMEOUT(speed, P8_session_that_ends_before_the_switch_ends_the_wish, VM_LONG)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(SVCGATE_REASON_DONE, ask_speed(self->host, RAISED));
		ASSERT_TRUE(host_hello(self->host));
		EXPECT_RATE(variant->base);
		EXPECT_TRUE(host_ping(self->host));
	}
	EXPECT_FALSE(VM_WITHIN(500, rate(self->rig.name) != variant->base));
}

FIXTURE(let_go)
{
	struct rig rig;
};

FIXTURE_SETUP(let_go)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
	};

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, hold(&self->rig, "ttyS1", "ttyS2", BASE));
}

FIXTURE_TEARDOWN(let_go)
{
	close(self->rig.master);
	vm_clean();
}

/* At the raised rate: nothing of it stays for who opens the node next. */
TEST_F_TIMEOUT(let_go, P8_detach_ends_at_the_base_rate, VM_LONG)
{
	ASSERT_TRUE(switch_to(&self->rig, RAISED));
	EXPECT_EQ(0, vm_detach("ttyS1"));
	EXPECT_EQ(DIVISOR(BASE), divisor(0x2f8));
}

FIXTURE(virtual_line)
{
	struct rig rig;
};

FIXTURE_SETUP(virtual_line)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
	};

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, hold(&self->rig, "hvc0", "hvc1", 0));
}

FIXTURE_TEARDOWN(virtual_line)
{
	EXPECT_EQ(0, vm_detach("hvc0"));
	close(self->rig.master);
	vm_clean();
}

TEST_F_TIMEOUT(virtual_line, has_no_rate_to_change, VM_LONG)
{
	EXPECT_EQ(SVCGATE_REASON_SPEED, ask_speed(&self->rig.host, 921600));
	EXPECT_TRUE(host_ping(&self->rig.host));
}

TEST_HARNESS_MAIN
