// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The main job on real drivers: a port that the kernel holds, a 16550 and a
 * virtconsole, with the product's own host side at the other end of the wire. It
 * says again what the wire loses.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "link.h"
#include "rig.h"
#include "kselftest_harness.h"

#define STATE_SHOW	SVCGATE_OP_STATE_SHOW
#define WIFI_ADD	SVCGATE_OP_WIFI_ADD

FIXTURE(line)
{
	struct rig rig;
	struct svcgate_link *link;
	struct svcgate_link_response response;
	struct svcgate_door head;
	u8 payload[SVCGATE_MESSAGE_MAX];
	int payload_length;
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
	const struct svcgate_link_options options = { .hello_ms = HOST_PATIENCE_MS };
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
	};

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, vm_attach(variant->held));
	strcpy(self->rig.name, variant->held);
	self->rig.master = vm_open_line(variant->wire);
	ASSERT_GE(self->rig.master, 0);
	ASSERT_EQ(0, rig_open_door(&self->rig));
	ASSERT_EQ(0, svcgate_link_open_fd(self->rig.master, &options, &self->link));
}

FIXTURE_TEARDOWN(line)
{
	svcgate_link_close(self->link);
	close(self->rig.door);
	EXPECT_EQ(0, vm_detach(variant->held));
	close(self->rig.master);
	vm_clean();
}

static int ask_link(FIXTURE_DATA(line) *self, u16 op, const struct file *file,
		    const void *payload, size_t length)
{
	struct svcgate_link_request request = { .op = op, .payload = { payload, length } };
	int r;

	if (file)
		request.credential = (struct svcgate_link_bytes)SECTION(file);
	r = svcgate_link_request(self->link, &request, &self->response);
	return r ? r : self->response.reason;
}

TEST_F_TIMEOUT(line, P1_locked_port_identifies_and_refuses, VM_LONG)
{
	EXPECT_EQ(SVCGATE_REASON_DONE, ask_link(self, SVCGATE_OP_IDENTIFY, NULL, NULL, 0));
	ASSERT_EQ(SIGNED_DEVICE_SIZE, self->response.length);
	EXPECT_EQ(0, memcmp(self->response.payload, signed_device, SIGNED_DEVICE_SIZE));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask_link(self, STATE_SHOW, NULL, NULL, 0));
	EXPECT_EQ(0, self->response.length);
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask_link(self, WIFI_ADD, NULL, "network", 7));
	EXPECT_TRUE(self->response.from_kernel);
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F_TIMEOUT(line, P4_capability_file_opens_one_operation, VM_LONG)
{
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask_link(self, STATE_SHOW, capability(.mask = FS), NULL, 0));
	EXPECT_EQ(1, self->response.length);
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask_link(self, STATE_SHOW, NULL, NULL, 0));
	EXPECT_EQ(SVCGATE_REASON_DEVICE,
		  ask_link(self, STATE_SHOW,
			   capability(.mask = FS, .device = signed_other_device), NULL, 0));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

/* The helper of one request. */
static void *serve(void *argument)
{
	FIXTURE_DATA(line) *self = argument;
	struct pollfd poller = { .fd = self->rig.door, .events = POLLIN };

	do {
		/* A message of 32 KiB is on its way for seconds. */
		if (poll(&poller, 1, 8 * VM_PATIENCE_MS) != 1)
			return NULL;
		self->payload_length = rig_read(&self->rig, &self->head, self->payload,
						sizeof(self->payload));
	} while (self->payload_length >= 0 && self->head.kind != SVCGATE_DOOR_REQUEST);
	rig_answer(&self->rig, &self->head, 0, 0, "added", 5);
	return NULL;
}

static int ask_helper(FIXTURE_DATA(line) *self, const struct file *file, const void *payload,
		      size_t length)
{
	pthread_t helper;
	int reason;

	if (pthread_create(&helper, NULL, serve, self))
		return -EAGAIN;
	reason = ask_link(self, WIFI_ADD, file, payload, length);
	pthread_join(helper, NULL);
	return reason;
}

TEST_F_TIMEOUT(line, P1_admitted_request_reaches_the_helper_and_its_answer_the_host, VM_LONG)
{
	ASSERT_EQ(SVCGATE_REASON_DONE,
		  ask_helper(self, capability(.mask = FS), "network", 7));
	ASSERT_EQ(7, self->payload_length);
	EXPECT_EQ(0, memcmp(self->payload, "network", 7));
	EXPECT_EQ(FS, self->head.passed);
	EXPECT_FALSE(self->response.from_kernel);
	EXPECT_EQ(5, self->response.length);
	EXPECT_EQ(0, memcmp(self->response.payload, "added", 5));
}

/* 32 KiB over a wire that takes 3 s for them: the host speaks all the time. */
TEST_F_TIMEOUT(line, P9_longest_message, VM_LONG)
{
	static u8 bytes[SVCGATE_MESSAGE_MAX];
	const struct file *file = capability(.mask = FS);
	size_t i, length = SVCGATE_MESSAGE_MAX - sizeof(struct svcgate_request) - file->length;

	for (i = 0; i < length; i++)
		bytes[i] = i * 13 + i / 256;
	ASSERT_EQ(SVCGATE_REASON_DONE, ask_helper(self, file, bytes, length));
	ASSERT_EQ(length, self->payload_length);
	EXPECT_EQ(0, memcmp(self->payload, bytes, length));
}

TEST_HARNESS_MAIN
