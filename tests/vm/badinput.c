// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bad input over the wire: cut short, altered byte by byte, too long, at random.
 * Whatever comes, the device is what it was, and identifies.
 */
#include "rig.h"
#include "../unit/unit.h"

#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define IDENTIFY	SVCGATE_OP_IDENTIFY
#define HEADER		sizeof(struct svcgate_request)
#define DATA		SVCGATE_FRAME_DATA

FIXTURE(bad_input)
{
	struct rig rig;
	struct host *host;
	struct device_info before;
	struct rng rng;
};

FIXTURE_VARIANT(bad_input)
{
	u8 state;
};

FIXTURE_VARIANT_ADD(bad_input, Blank) { .state = SVCGATE_STATE_BLANK };
FIXTURE_VARIANT_ADD(bad_input, DeviceComplete) { .state = SVCGATE_STATE_DEVICE_COMPLETE };

static struct device_info look(void)
{
	struct device_info info = {};
	struct device_netlink *netlink;

	if (device_netlink_open(&netlink))
		return info;
	if (device_netlink_get_device(netlink, &info))
		info.id_length = 0;
	device_netlink_close(netlink);
	return info;
}

FIXTURE_SETUP(bad_input)
{
	struct rig_device device = { .state = variant->state, .keystore = keystore() };

	rng_init(&self->rng, _metadata->name);
	ASSERT_EQ(0, rig_load(&device));
	self->before = look();
	ASSERT_EQ(SIGNED_DEVICE_SIZE, self->before.id_length);
	ASSERT_EQ(0, rig_open(&self->rig));
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(bad_input)
{
	struct device_info after = look();
	struct host_response response;

	EXPECT_EQ(self->before.id_length, after.id_length);
	EXPECT_EQ(0, memcmp(self->before.id, after.id, sizeof(after.id)));
	EXPECT_EQ(self->before.state, after.state);
	EXPECT_EQ(self->before.sealed, after.sealed);
	EXPECT_EQ(self->before.keystore_version, after.keystore_version);
	EXPECT_EQ(self->before.epoch, after.epoch);
	EXPECT_EQ(self->before.generation, after.generation);
	EXPECT_EQ(0, self->host->bad);

	/* The next technician, on the same line. */
	ASSERT_TRUE(host_hello(self->host));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  host_ask(self->host, &(struct host_request){ .op = IDENTIFY }, &response));
	EXPECT_EQ(SIGNED_DEVICE_SIZE, response.length);
	EXPECT_EQ(variant->state == SVCGATE_STATE_BLANK ? SVCGATE_REASON_DONE :
							  SVCGATE_REASON_FORBIDDEN,
		  ask(&self->rig, SVCGATE_OP_STATE_SHOW));
	rig_close(&self->rig);
	vm_clean();
}

static const struct file *good_file(void)
{
	static const struct file *file;

	if (!file)
		file = capability(.mask = FS);
	return file;
}

static size_t good_message(u8 *message, u16 flags)
{
	const struct file *file = good_file();
	struct host_request request = {
		.op = OS_VERSION,
		.flags = flags,
		.credential = SECTION(file),
		.payload = { "payload", 7 },
	};

	return host_message(&request, message);
}

TEST_F_TIMEOUT(bad_input, P12_request_cut_short_at_each_length, VM_LONG)
{
	u8 message[SVCGATE_MESSAGE_MAX];
	size_t whole = good_message(message, 0), length;
	struct host_response response;

	for (length = 1; length < whole; length++) {
		self->host->transaction++;
		ASSERT_TRUE(host_send(self->host, DATA, SVCGATE_FRAME_LAST,
				      self->host->transaction, 0, message, length));
		ASSERT_TRUE(host_answer(self->host, self->host->transaction, &response));
		EXPECT_EQ(SVCGATE_REASON_MESSAGE, response.reason);
		EXPECT_EQ(0, response.length);
	}
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_VERIFIED));
}

TEST_F_TIMEOUT(bad_input, P12_every_byte_of_the_credential_flipped, VM_LONG)
{
	u8 message[SVCGATE_MESSAGE_MAX];
	size_t whole = good_message(message, 0), at;
	struct host_response response;

	for (at = HEADER; at < whole - 7; at++) {
		if ((at - HEADER) % SVCGATE_VERIFY_BURST == 0)
			ASSERT_EQ(0, rig_fresh(&self->rig));
		message[at] ^= 1 << at % 8;
		self->host->transaction++;
		ASSERT_TRUE(host_send(self->host, DATA, 0, self->host->transaction, 0, message,
				      whole));
		ASSERT_TRUE(host_answer(self->host, self->host->transaction, &response));
		EXPECT_EQ(0x0300, response.reason & 0xff00)
			TH_LOG("byte %zu: 0x%x", at, response.reason);
		message[at] ^= 1 << at % 8;
	}
}

/* Frame header and request header: the answer may be any, but never a crash. */
TEST_F_TIMEOUT(bad_input, P12_every_bit_of_the_headers_flipped, VM_LONG)
{
	u8 body[sizeof(struct svcgate_frame) + SVCGATE_MESSAGE_MAX];
	size_t whole = sizeof(struct svcgate_frame) +
		       good_message(body + sizeof(struct svcgate_frame),
				    SVCGATE_REQUEST_DRY_RUN);
	struct host_frame frame;
	unsigned int bit;

	for (bit = 0; bit < 8 * (sizeof(struct svcgate_frame) + HEADER); bit++) {
		ASSERT_TRUE(host_hello(self->host));
		svcgate_frame_put(body, DATA, 0, 1, 0, self->host->session);
		body[bit / 8] ^= 1 << bit % 8;
		ASSERT_TRUE(host_send_body(self->host, body, whole));
		body[bit / 8] ^= 1 << bit % 8;
		/* Until the next welcome there is one answer at most. */
		ASSERT_TRUE(host_send_hello(self->host, bit));
		ASSERT_TRUE(host_receive(self->host, &frame, HOST_PATIENCE_MS));
		if (frame.kind != SVCGATE_FRAME_WELCOME)
			ASSERT_TRUE(host_receive(self->host, &frame, HOST_PATIENCE_MS));
		EXPECT_EQ(SVCGATE_FRAME_WELCOME, frame.kind)
			TH_LOG("bit %u", bit);
	}
}

/* On the line: no single error gets through the CRC. */
TEST_F_TIMEOUT(bad_input, P1_every_bit_on_the_line_flipped, VM_LONG)
{
	u8 body[sizeof(struct svcgate_frame) + SVCGATE_MESSAGE_MAX];
	struct host_request request = { .op = OS_VERSION };
	u8 line[SVCGATE_FRAME_LINE_MAX(sizeof(body))];
	unsigned int bit;
	size_t length;

	svcgate_frame_put(body, DATA, 0, 1, 0, self->host->session);
	length = sizeof(struct svcgate_frame) +
		 host_message(&request, body + sizeof(struct svcgate_frame));
	length = svcgate_enframe(line, sizeof(line), body, length, NULL, 0);
	ASSERT_GT(length, 40);
	for (bit = 8; bit < 8 * (length - 1); bit++) {
		line[bit / 8] ^= 1 << bit % 8;
		ASSERT_TRUE(host_write(self->host, line, length));
		ASSERT_TRUE(host_ping(self->host))
			TH_LOG("bit %u", bit);
		line[bit / 8] ^= 1 << bit % 8;
	}
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_REFUSED));
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
	EXPECT_GE(rig_count(&self->rig, SVCGATE_COUNTER_BAD_CRC), 8 * (length - 2));
}

/* Runs of 254 bytes without a zero: what decodes to @count * 254 bytes. */
static bool send_runs(struct host *host, unsigned int count)
{
	u8 line[40 * 255 + 2];
	size_t at = 0;

	line[at++] = 0;
	memset(line + at, 0xff, count * 255);
	at += count * 255;
	line[at++] = 0;
	return host_write(host, line, at);
}

TEST_F(bad_input, P9_longest_frame_and_longer_ones)
{
	u8 body[SVCGATE_FRAME_MAX] = {};
	u64 before;

	/* The longest that is taken, as a request that is not complete. */
	svcgate_frame_put(body, DATA, 0, 1, 0, self->host->session);
	svcgate_put_le16(body + 16, IDENTIFY);
	svcgate_put_le32(body + 20, 20000);
	EXPECT_TRUE(host_send_body(self->host, body, sizeof(body)));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, sizeof(body) - 16, NULL));

	EXPECT_TRUE(send_runs(self->host, 32));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_BAD_CRC));
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_OVERLONG));
	EXPECT_TRUE(send_runs(self->host, 33));
	EXPECT_TRUE(send_runs(self->host, 40));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_BAD_CRC));
	EXPECT_EQ(2, rig_count(&self->rig, SVCGATE_COUNTER_OVERLONG));

	/* Empty frames are nothing at all. */
	before = rig_count(&self->rig, SVCGATE_COUNTER_FRAMES);
	memset(body, 0, sizeof(body));
	EXPECT_TRUE(host_write(self->host, body, sizeof(body)));
	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(before + 1, rig_count(&self->rig, SVCGATE_COUNTER_FRAMES));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_BAD_CRC));
}

/* Skip answers up to the welcome of a last hello. */
static bool catch_up(struct host *host)
{
	struct host_frame frame;

	if (!host_send_hello(host, 0xcafe))
		return false;
	while (host_receive(host, &frame, HOST_PATIENCE_MS)) {
		if (frame.kind != SVCGATE_FRAME_WELCOME || frame.session != 0xcafe)
			continue;
		memcpy(&host->welcome, frame.data, sizeof(host->welcome));
		host->session = host->welcome.session;
		host->transaction = 0;
		return true;
	}
	return false;
}

TEST_F_TIMEOUT(bad_input, P9_noise, VM_LONG)
{
	static u8 noise[64 * 1024];
	unsigned int round;

	for (round = 0; round < 8; round++) {
		rng_fill(&self->rng, noise, sizeof(noise));
		EXPECT_TRUE(host_write(self->host, noise, sizeof(noise)));
		/* Nothing of it is answered; a zero ends its last frame. */
		EXPECT_TRUE(host_write(self->host, "", 1));
		ASSERT_TRUE(host_hello(self->host));
	}
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_ADMITTED));
	EXPECT_EQ(0, rig_count(&self->rig, SVCGATE_COUNTER_REFUSED));
}

/* Sound frames of the session, with anything in them. */
TEST_F_TIMEOUT(bad_input, P9_sound_frames_with_anything_in_them, VM_LONG)
{
	struct host_frame frame;
	unsigned int i;

	for (i = 0; i < 1500; i++) {
		frame.version = rng_below(&self->rng, 20) ? 1 : rng_below(&self->rng, 16);
		frame.kind = rng_below(&self->rng, 20) ? 2 + rng_below(&self->rng, 4) :
							 rng_below(&self->rng, 16);
		frame.flags = rng_below(&self->rng, 4) ? 0 : 1 << rng_below(&self->rng, 8);
		frame.transaction = rng_below(&self->rng, 2) ? 1 + i / 4 :
							       rng_below(&self->rng, 65536);
		frame.offset = rng_below(&self->rng, 2) ? 0 : rng_below(&self->rng, 100);
		frame.session = rng_below(&self->rng, 10) ? self->host->session :
							    rng_next(&self->rng);
		frame.length = rng_below(&self->rng, rng_below(&self->rng, 10) ? 64 : 8192);
		rng_fill(&self->rng, frame.data, frame.length);
		ASSERT_TRUE(host_send_frame(self->host, &frame));
		if (i % 16 == 0)
			ASSERT_TRUE(catch_up(self->host));
	}
	ASSERT_TRUE(catch_up(self->host));
}

/* Requests that are nearly right: lengths that fit, fields at random. */
TEST_F_TIMEOUT(bad_input, P9_requests_with_anything_in_them, VM_LONG)
{
	u8 message[SVCGATE_MESSAGE_MAX];
	const struct file *file = good_file();
	unsigned int i, j, flips;
	size_t whole;
	u8 flags;

	for (i = 0; i < 800; i++) {
		u8 payload[64];
		struct host_request request = {
			.op = rng_below(&self->rng, 4) ? rng_below(&self->rng, 0x90) :
							 rng_below(&self->rng, 65536),
			.flags = rng_below(&self->rng, 4),
			.object = rng_below(&self->rng, 2) ? RIG_OBJECT : NULL,
			.payload = { payload, rng_below(&self->rng, sizeof(payload)) },
		};

		rng_fill(&self->rng, payload, sizeof(payload));
		if (rng_below(&self->rng, 2))
			request.credential = (struct host_bytes)SECTION(file);
		if (!rng_below(&self->rng, 8))
			request.proof = (struct host_bytes){ payload, 32 };
		whole = host_message(&request, message);
		flips = rng_below(&self->rng, 4);
		for (j = 0; j < flips; j++)
			message[rng_below(&self->rng, whole)] ^= 1 << rng_below(&self->rng, 8);
		flags = rng_below(&self->rng, 2) ? SVCGATE_FRAME_LAST : 0;
		ASSERT_TRUE(host_send(self->host, DATA, flags, ++self->host->transaction, 0,
				      message, whole));
		if (i % 8 == 0)
			ASSERT_TRUE(catch_up(self->host));
	}
	ASSERT_TRUE(catch_up(self->host));
}

/* And a helper that is out of its mind: at the door, too, nothing but errors. */
TEST_F_TIMEOUT(bad_input, P2_door_messages_with_anything_in_them, VM_LONG)
{
	static u8 message[sizeof(struct svcgate_door) + 512];
	struct svcgate_door *head = (void *)message, request = {};
	unsigned int i;
	size_t length;

	ASSERT_EQ(0, rig_open_door(&self->rig));
	for (i = 0; i < 1500; i++) {
		if (i % 50 == 0) {
			ASSERT_TRUE(catch_up(self->host));
			if (variant->state == SVCGATE_STATE_BLANK) {
				while (!rig_door_is_quiet(&self->rig))
					;
				ASSERT_EQ(0, rig_admit(&self->rig, OS_VERSION, &request));
			}
		}
		rng_fill(&self->rng, message, sizeof(message));
		length = sizeof(*head) + rng_below(&self->rng, 2) * rng_below(&self->rng, 512);
		if (rng_below(&self->rng, 10))
			head->length = length;
		head->kind = rng_below(&self->rng, 24);
		if (rng_below(&self->rng, 10)) {
			head->session = request.session;
			head->transaction = request.transaction;
		}
		if (rng_below(&self->rng, 2))
			head->offset %= 1000;
		if (rng_below(&self->rng, 20))
			head->flags |= SVCGATE_DOOR_MORE;
		if (write(self->rig.door, message, length) > 0)
			EXPECT_EQ(SVCGATE_STATE_BLANK, variant->state);
	}
	ASSERT_TRUE(catch_up(self->host));
}

TEST_HARNESS_MAIN
