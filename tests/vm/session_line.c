// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The main job on real drivers: a port that the kernel holds, a 16550 and a
 * virtconsole, with the host at the other end of the wire.
 */
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define STATE_SHOW	SVCGATE_OP_STATE_SHOW
#define WIFI_ADD	SVCGATE_OP_WIFI_ADD

FIXTURE(line)
{
	struct rig rig;
};

FIXTURE_VARIANT(line)
{
	const char *held;
	const char *wire;
};

FIXTURE_VARIANT_ADD(line, uart_8250) { .held = "ttyS1", .wire = "ttyS2" };
FIXTURE_VARIANT_ADD(line, virtconsole) { .held = "hvc0", .wire = "hvc1" };

FIXTURE_SETUP(line)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
	};

	/* The last words to an earlier test's session may still be on their way. */
	ASSERT_EQ(0, vm_flush_wire(variant->held, variant->wire));
	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, vm_attach(variant->held));
	strcpy(self->rig.name, variant->held);
	self->rig.line = -1;
	self->rig.door = -1;
	self->rig.master = vm_open_line(variant->wire);
	ASSERT_GE(self->rig.master, 0);
	host_init(&self->rig.host, self->rig.master);
	ASSERT_TRUE(host_hello(&self->rig.host));
	ASSERT_EQ(0, rig_open_door(&self->rig));
}

FIXTURE_TEARDOWN(line)
{
	EXPECT_EQ(0, self->rig.host.bad);
	close(self->rig.door);
	EXPECT_EQ(0, vm_detach(variant->held));
	close(self->rig.master);
	vm_clean();
}

TEST_F(line, P1_locked_port_identifies_and_refuses)
{
	struct host_request request = { .op = SVCGATE_OP_IDENTIFY };
	struct host_response response;
	struct rig *rig = &self->rig;

	EXPECT_EQ(SVCGATE_REASON_DONE, host_ask(&rig->host, &request, &response));
	ASSERT_EQ(SIGNED_DEVICE_SIZE, response.length);
	EXPECT_EQ(0, memcmp(response.payload, signed_device, SIGNED_DEVICE_SIZE));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, WIFI_ADD));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

TEST_F(line, P4_capability_file_opens_one_operation)
{
	struct rig *rig = &self->rig;

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DEVICE,
		  ask(rig, STATE_SHOW,
		      .file = capability(.mask = FS, .device = signed_other_device)));
}

TEST_F(line, P1_admitted_request_reaches_the_helper_and_its_answer_the_host)
{
	const struct file *file = capability(.mask = FS);
	struct host_request request = {
		.op = WIFI_ADD,
		.credential = SECTION(file),
		.payload = { "network", 7 },
	};
	struct rig *rig = &self->rig;
	struct host_response response;
	struct svcgate_door head;
	char payload[16];

	ASSERT_TRUE(host_begin(&rig->host, &request));
	ASSERT_TRUE(host_expect(&rig->host, SVCGATE_FRAME_ACK, 1,
				sizeof(struct svcgate_request) + file->length + 7, NULL));
	ASSERT_EQ(7, rig_read(rig, &head, payload, sizeof(payload)));
	EXPECT_EQ(0, memcmp(payload, "network", 7));
	EXPECT_EQ(FS, head.passed);
	ASSERT_EQ(0, rig_answer(rig, &head, 0, 0, "added", 5));
	ASSERT_TRUE(host_answer(&rig->host, 1, &response));
	EXPECT_EQ(SVCGATE_FRAME_LAST, response.flags);
	EXPECT_EQ(5, response.length);
	EXPECT_EQ(0, memcmp(response.payload, "added", 5));
}

/* 32 KiB over a wire that takes 3 s for them: the host speaks all the time. */
TEST_F_TIMEOUT(line, P9_longest_message, VM_LONG)
{
	static u8 bytes[SVCGATE_MESSAGE_MAX], payload[SVCGATE_MESSAGE_MAX];
	const struct file *file = capability(.mask = FS);
	struct host_request request = {
		.op = WIFI_ADD,
		.credential = SECTION(file),
	};
	struct svcgate_door head;
	size_t i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 13 + i / 256;
	request.payload.data = bytes;
	request.payload.length = SVCGATE_MESSAGE_MAX - sizeof(struct svcgate_request) -
				 file->length;
	ASSERT_TRUE(host_begin(&self->rig.host, &request));
	ASSERT_TRUE(host_expect(&self->rig.host, SVCGATE_FRAME_ACK, 1, SVCGATE_MESSAGE_MAX,
				NULL));
	ASSERT_EQ(request.payload.length,
		  rig_read(&self->rig, &head, payload, sizeof(payload)));
	EXPECT_EQ(0, memcmp(payload, bytes, request.payload.length));
}

TEST_HARNESS_MAIN
