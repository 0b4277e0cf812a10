// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ports: held, gone, held again; doors opened once. The kernel and its ttys
 * are tables here, the clock is turned by hand.
 */
#include <errno.h>

#include "ports.h"
#include "unit.h"

static struct {
	int64_t now;
	struct device_port ports[4];
	size_t count;
	int attach_result;
	unsigned int attaches;
	struct device_port_request attached;
	bool tty;
	int serve_result;
	unsigned int serves;
	u32 served;
} world;

static int64_t now(void *context)
{
	return world.now;
}

static int gate_ports(void *context, struct device_port *ret_ports, size_t size,
		      size_t *ret_count)
{
	memcpy(ret_ports, world.ports, sizeof(world.ports));
	*ret_count = world.count;
	return 0;
}

static int gate_attach(void *context, const struct device_port_request *request)
{
	world.attaches++;
	if (world.attach_result)
		return world.attach_result;
	world.attached = *request;
	strcpy(world.ports[world.count].name, request->name);
	world.ports[world.count].number = 10 + world.attaches;
	world.count++;
	return 0;
}

static const char *gate_message(void *context)
{
	return "";
}

static bool tty_exists(void *context, const char *name)
{
	return world.tty;
}

static int serve_door(void *context, u32 number, const char *name)
{
	world.serves++;
	world.served = number;
	return world.serve_result;
}

static const struct helper_ops ops = {
	.now = now,
	.gate_ports = gate_ports,
	.gate_attach = gate_attach,
	.gate_message = gate_message,
	.tty_exists = tty_exists,
};

FIXTURE(ports)
{
	struct ports ports;
};

FIXTURE_SETUP(ports)
{
	static const struct options options = {
		.ports = { { .name = "ttyS1", .baud = 9600, .rtscts = true } },
		.port_count = 1,
	};

	memset(&world, 0, sizeof(world));
	world.now = 1000;
	world.tty = true;
	ports_init(&self->ports, &ops, &options);
	self->ports.serve = serve_door;
}

FIXTURE_TEARDOWN(ports)
{
}

/* The port that the module's parameter holds. */
static void held_by_module(const char *name, u32 number)
{
	strcpy(world.ports[world.count].name, name);
	world.ports[world.count++].number = number;
}

TEST_F(ports, named_port_is_held_and_served_once)
{
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.attaches);
	EXPECT_STREQ("ttyS1", world.attached.name);
	EXPECT_EQ(9600, world.attached.baud);
	EXPECT_TRUE(world.attached.rtscts);
	EXPECT_EQ(1, world.serves);
	EXPECT_EQ(11, world.served);
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.attaches);
	EXPECT_EQ(1, world.serves);
}

TEST_F(ports, held_port_is_not_attached)
{
	held_by_module("ttyS1", 0);
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(0, world.attaches);
	EXPECT_EQ(1, world.serves);
}

TEST_F(ports, absent_port_waits_for_its_event)
{
	world.tty = false;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(0, world.attaches);
	world.tty = true;
	world.now += 1000000;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(0, world.attaches);
	ports_event(&self->ports, UEVENT_TTY, "ttyS2");
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(0, world.attaches);
	/* First a placeholder of the driver, then the hardware. */
	world.attach_result = -ENXIO;
	ports_event(&self->ports, UEVENT_TTY, "ttyS1");
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.attaches);
	world.attach_result = 0;
	ports_event(&self->ports, UEVENT_TTY, "ttyS1");
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(2, world.attaches);
	EXPECT_EQ(1, world.serves);
}

TEST_F(ports, busy_port_is_tried_again_ever_more_rarely)
{
	int64_t due, last = 0;
	int i;

	world.attach_result = -EBUSY;
	for (i = 1; i < 12; i++) {
		due = ports_serve(&self->ports);
		EXPECT_EQ(i, world.attaches);
		EXPECT_GE(due, last);
		EXPECT_LE(due, 30000);
		/* Not before it is due. */
		world.now += due - 1;
		EXPECT_EQ(1, ports_serve(&self->ports));
		EXPECT_EQ(i, world.attaches);
		world.now += 1;
		last = due;
	}
	EXPECT_EQ(30000, last);
	world.attach_result = 0;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.serves);
}

TEST_F(ports, console_is_not_tried_again)
{
	world.attach_result = -EPERM;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	world.now += 1000000;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.attaches);
}

TEST_F(ports, P2_port_that_went_away_is_held_again)
{
	EXPECT_EQ(-1, ports_serve(&self->ports));
	/* The driver is unbound: the door hangs up, then the port is gone. */
	world.serve_result = -ENODEV;
	ports_gone(&self->ports, 11);
	EXPECT_EQ(250, ports_serve(&self->ports));
	EXPECT_EQ(2, world.serves);
	world.count = 0;
	world.tty = false;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.attaches);
	/* It is bound again. */
	world.tty = true;
	world.serve_result = 0;
	ports_event(&self->ports, UEVENT_TTY, "ttyS1");
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(2, world.attaches);
	EXPECT_EQ(3, world.serves);
	EXPECT_EQ(12, world.served);
}

TEST_F(ports, P2_port_of_the_module_is_held_again)
{
	held_by_module("ttyS1", 0);
	held_by_module("hvc0", 1);
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(2, world.serves);
	world.count = 1;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	/* Let go on purpose, or gone: nobody knows until something comes back. */
	EXPECT_EQ(0, world.attaches);
	ports_event(&self->ports, UEVENT_VIRTIO, "");
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.attaches);
	EXPECT_STREQ("hvc0", world.attached.name);
	EXPECT_EQ(0, world.attached.baud);
	EXPECT_EQ(3, world.serves);
}

TEST_F(ports, door_that_is_open_elsewhere_is_tried_again)
{
	int64_t due;

	held_by_module("ttyS1", 0);
	world.serve_result = -EBUSY;
	due = ports_serve(&self->ports);
	EXPECT_EQ(250, due);
	world.now += due;
	world.serve_result = 0;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(2, world.serves);
}

TEST_F(ports, new_door_process_gets_every_door)
{
	held_by_module("ttyS1", 0);
	held_by_module("hvc0", 1);
	EXPECT_EQ(-1, ports_serve(&self->ports));
	ports_not_served(&self->ports);
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(4, world.serves);
	EXPECT_EQ(0, world.attaches);
}

TEST_F(ports, process_held_port_is_served_in_tests_only)
{
	held_by_module("ttyS1", 0);
	held_by_module("pts!3", 1);
	world.ports[1].flags = SVCGATE_PORT_PROCESS_HELD;
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(1, world.serves);
	self->ports.allow_process_held = true;
	ports_not_served(&self->ports);
	EXPECT_EQ(-1, ports_serve(&self->ports));
	EXPECT_EQ(3, world.serves);
}

TEST_HARNESS_MAIN
