// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations on images: the kernel asks the helper for the installed component's
 * manifest, verifies it and decides; the test is the helper.
 */
#include <errno.h>

#include "rig.h"
#include "kselftest_harness.h"

#define INSTALL		SVCGATE_OP_IMAGE_INSTALL
#define MANUAL		SVCGATE_OP_IMAGE_INSTALL_MANUAL
#define START		SVCGATE_OP_APP_START
#define DRY		SVCGATE_REQUEST_DRY_RUN
#define IMAGE		SVCGATE_REASON_IMAGE
#define DONE		SVCGATE_REASON_DONE
#define APP_DEVELOPMENT	SVCGATE_CAPABILITY_APP_DEVELOPMENT
#define FLOOR		3

/* What try() returns beside reasons. */
enum {
	BROKEN = -11,
};

FIXTURE(image)
{
	struct rig rig;
	struct host *host;
	const struct file *file;
	struct svcgate_door head;
	unsigned int signatures;
	u16 detail;
};

FIXTURE_SETUP(image)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(.floor = FLOOR),
	};

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	self->host = &self->rig.host;
	self->file = capability(.mask = FS);
}

FIXTURE_TEARDOWN(image)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

static struct host_request compose(const FIXTURE_DATA(image) *self, u16 op, u16 flags,
				   const struct file *incoming)
{
	struct host_request request = {
		.op = op, .flags = flags, .object = RIG_OBJECT,
		.credential = SECTION(self->file),
	};

	if (incoming)
		request.payload = (struct host_bytes)SECTION(incoming);
	return request;
}

/* Three signatures at most: the credential's, the image's, the installed one's. */
static int new_bucket(FIXTURE_DATA(image) *self)
{
	self->signatures += 3;
	if (self->signatures < SVCGATE_VERIFY_BURST)
		return 0;
	self->signatures = 3;
	return rig_fresh(&self->rig) || rig_open_door(&self->rig);
}

static bool is_about(const FIXTURE_DATA(image) *self, u16 kind, u16 op)
{
	const struct svcgate_door *head = &self->head;

	return head->kind == kind && head->op == op &&
	       head->session == self->host->session &&
	       head->transaction == self->host->transaction &&
	       !memcmp(head->object, RIG_OBJECT, SVCGATE_UUID_SIZE);
}

static int give_manifest(FIXTURE_DATA(image) *self, const struct file *installed)
{
	struct svcgate_door head = {
		.kind = SVCGATE_DOOR_MANIFEST,
		.session = self->head.session,
		.transaction = self->head.transaction,
	};

	return rig_write(&self->rig, &head, installed ? installed->data : NULL,
			 installed ? installed->length : 0);
}

/* The host's answer: the kernel's refusal, or 0 when the request went on. */
static int outcome(FIXTURE_DATA(image) *self, u16 number)
{
	struct host_frame frame;

	if (!host_receive(self->host, &frame, HOST_PATIENCE_MS) ||
	    frame.transaction != number)
		return BROKEN;
	if (frame.kind == SVCGATE_FRAME_ACK)
		return DONE;
	self->detail = svcgate_get_le16(frame.data + 2);
	return frame.kind == SVCGATE_FRAME_DATA && frame.flags & SVCGATE_FRAME_FROM_KERNEL ?
	       svcgate_get_le16(frame.data) : BROKEN;
}

/*
 * Ask for @op with @incoming as payload; as the helper, say that @installed is in
 * place. Return the reason, or 0 when the helper was told to carry it out.
 */
static int try(FIXTURE_DATA(image) *self, u16 op, const struct file *incoming,
	       const struct file *installed)
{
	struct host_request request = compose(self, op, 0, incoming);
	u8 payload[SVCGATE_MESSAGE_MAX];
	int reason;

	if (new_bucket(self) || !host_begin(self->host, &request) ||
	    rig_read(&self->rig, &self->head, NULL, 0) ||
	    !is_about(self, SVCGATE_DOOR_OBJECT, op) || give_manifest(self, installed))
		return BROKEN;
	reason = outcome(self, self->host->transaction);
	if (reason) {
		/* Who has heard of it hears its end. */
		if (rig_read(&self->rig, &self->head, NULL, 0) ||
		    self->head.kind != SVCGATE_DOOR_END || self->head.reason != reason)
			return BROKEN;
		return reason;
	}
	if (rig_read(&self->rig, &self->head, payload, sizeof(payload)) !=
	    (int)request.payload.length || !is_about(self, SVCGATE_DOOR_REQUEST, op))
		return BROKEN;
	if (incoming && memcmp(payload, incoming->data, incoming->length))
		return BROKEN;
	if (rig_answer(&self->rig, &self->head, 0, 0, NULL, 0) ||
	    !host_expect(self->host, SVCGATE_FRAME_DATA, self->host->transaction, 0, NULL))
		return BROKEN;
	return DONE;
}

/* The same when the verdict hangs on no installed image. */
static int try_directly(FIXTURE_DATA(image) *self, u16 op, const struct file *incoming)
{
	struct host_request request = compose(self, op, 0, incoming);
	u8 payload[SVCGATE_MESSAGE_MAX];
	int reason;

	if (new_bucket(self) || !host_begin(self->host, &request))
		return BROKEN;
	reason = outcome(self, self->host->transaction);
	if (reason)
		return rig_door_is_quiet(&self->rig) ? reason : BROKEN;
	if (rig_read(&self->rig, &self->head, payload, sizeof(payload)) < 0 ||
	    !is_about(self, SVCGATE_DOOR_REQUEST, op) ||
	    rig_answer(&self->rig, &self->head, 0, 0, NULL, 0) ||
	    !host_expect(self->host, SVCGATE_FRAME_DATA, self->host->transaction, 0, NULL))
		return BROKEN;
	return DONE;
}

#define SDK	"sdk-image"

TEST_F_TIMEOUT(image, P7_fieldServicing_installs_what_displaces_nothing_better, VM_LONG)
{
	const struct file *lasting = manifest(.version = 5);
	const struct file *temporary = manifest(.version = 5, .temporary = true);
	const struct file *sdk = manifest(.version = 5, .signer = SDK);

	EXPECT_EQ(DONE, try(self, INSTALL, lasting, NULL));
	EXPECT_EQ(SVCGATE_PURPOSE_IMAGE_PRODUCTION, self->head.image);
	EXPECT_EQ(FS, self->head.passed);
	EXPECT_EQ(DONE, try(self, INSTALL, temporary, NULL));
	EXPECT_EQ(IMAGE, try(self, INSTALL, sdk, NULL));
	EXPECT_EQ(APP_DEVELOPMENT, self->detail);

	EXPECT_EQ(DONE, try(self, INSTALL, lasting, lasting));
	EXPECT_EQ(DONE, try(self, INSTALL, manifest(.version = 6), lasting));
	EXPECT_EQ(DONE, try(self, INSTALL, manifest(.version = ~0ULL), lasting));
	EXPECT_EQ(IMAGE, try(self, INSTALL, manifest(.version = 4), lasting));
	EXPECT_EQ(IMAGE, try(self, INSTALL, temporary, lasting));
	EXPECT_EQ(IMAGE, try(self, INSTALL, manifest(.version = 6, .temporary = true), lasting));

	EXPECT_EQ(DONE, try(self, INSTALL, lasting, temporary));
	EXPECT_EQ(DONE, try(self, INSTALL, temporary, temporary));
	EXPECT_EQ(IMAGE, try(self, INSTALL, manifest(.version = 4, .temporary = true), temporary));

	EXPECT_EQ(DONE, try(self, INSTALL, lasting, sdk));
	EXPECT_EQ(IMAGE, try(self, INSTALL, manifest(.version = 4), sdk));
	EXPECT_EQ(IMAGE, try(self, INSTALL, sdk, sdk));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, try_directly(self, MANUAL, lasting));
}

TEST_F(image, P7_appDevelopment_installs_any_image)
{
	self->file = capability(.mask = AD);
	EXPECT_EQ(DONE, try_directly(self, INSTALL, manifest(.version = 5, .signer = SDK)));
	EXPECT_EQ(SVCGATE_PURPOSE_IMAGE_SDK, self->head.image);
	EXPECT_EQ(DONE, try_directly(self, INSTALL, manifest(.version = 5)));
	EXPECT_EQ(SVCGATE_PURPOSE_IMAGE_PRODUCTION, self->head.image);
	EXPECT_EQ(DONE, try_directly(self, MANUAL, manifest(.version = 5, .signer = SDK)));
	EXPECT_EQ(DONE, try_directly(self, MANUAL, manifest(.version = 5)));
	EXPECT_EQ(DONE, try_directly(self, SVCGATE_OP_IMAGE_RECOVER, manifest(.version = 5)));
}

TEST_F(image, P5_floor_of_the_component_holds_for_everybody)
{
	EXPECT_EQ(SVCGATE_REASON_IMAGE_FLOOR, try(self, INSTALL, manifest(.version = 2), NULL));
	EXPECT_EQ(DONE, try(self, INSTALL, manifest(.version = FLOOR), NULL));
	self->file = capability(.mask = AD);
	EXPECT_EQ(SVCGATE_REASON_IMAGE_FLOOR,
		  try_directly(self, INSTALL, manifest(.version = 2, .signer = SDK)));
	EXPECT_EQ(SVCGATE_REASON_IMAGE_FLOOR,
		  try_directly(self, MANUAL, manifest(.version = 0)));
	EXPECT_EQ(DONE, try_directly(self, INSTALL, manifest(.version = FLOOR, .signer = SDK)));
}

TEST_F(image, P12_image_that_is_none)
{
	static const u8 other[SVCGATE_UUID_SIZE] = "other-component";
	struct file *altered = signed_copy(manifest(.version = 5));

	altered->data[50] ^= 1;
	EXPECT_EQ(SVCGATE_REASON_SIGNATURE, try_directly(self, INSTALL, altered));
	altered = signed_copy(manifest(.version = 5, .signer = SDK));
	altered->data[50] ^= 1;
	EXPECT_EQ(SVCGATE_REASON_SIGNATURE, try_directly(self, INSTALL, altered));
	EXPECT_EQ(0, self->detail);
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_KEY,
		  try_directly(self, INSTALL, manifest(.version = 5, .signer = "unknown")));
	EXPECT_EQ(SVCGATE_REASON_PURPOSE,
		  try_directly(self, INSTALL, manifest(.version = 5, .signer = "capability")));
	EXPECT_EQ(SVCGATE_PURPOSE_CAPABILITY, self->detail);
	EXPECT_EQ(SVCGATE_REASON_KIND, try_directly(self, INSTALL, capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_ENVELOPE, try_directly(self, INSTALL, NULL));
	altered = signed_copy(manifest(.version = 5));
	altered->length++;
	EXPECT_EQ(SVCGATE_REASON_ENVELOPE, try_directly(self, INSTALL, altered));
	EXPECT_EQ(SVCGATE_REASON_OBJECT,
		  try_directly(self, INSTALL, manifest(.version = 5, .component = other)));
}

TEST_F_TIMEOUT(image, P7_fieldServicing_starts_temporary_production_images_only, VM_LONG)
{
	static const u16 ops[] = { START, SVCGATE_OP_APP_STOP, SVCGATE_OP_IMAGE_DELETE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		self->file = capability(.mask = FS);
		EXPECT_EQ(DONE, try(self, ops[i], NULL,
				    manifest(.version = 1, .temporary = true)));
		EXPECT_EQ(IMAGE, try(self, ops[i], NULL, manifest(.version = 1)));
		EXPECT_EQ(APP_DEVELOPMENT, self->detail);
		EXPECT_EQ(IMAGE, try(self, ops[i], NULL,
				     manifest(.version = 1, .temporary = true, .signer = SDK)));
		EXPECT_EQ(IMAGE, try(self, ops[i], NULL, NULL));
		self->file = capability(.mask = AD);
		EXPECT_EQ(DONE, try_directly(self, ops[i], NULL));
		self->file = capability(.mask = RF);
		EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, try_directly(self, ops[i], NULL));
	}
}

/* What the store says counts only as far as the keystore of now vouches for it. */
TEST_F(image, P4_installed_manifest_is_verified)
{
	static const u8 other[SVCGATE_UUID_SIZE] = "other-component";
	struct file *altered = signed_copy(manifest(.version = 5));

	altered->data[60] ^= 1;
	EXPECT_EQ(SVCGATE_REASON_SIGNATURE, try(self, START, NULL, altered));
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_KEY,
		  try(self, START, NULL,
		      manifest(.version = 1, .temporary = true, .signer = "unknown")));
	EXPECT_EQ(SVCGATE_REASON_OBJECT,
		  try(self, START, NULL,
		      manifest(.version = 1, .temporary = true, .component = other)));
	EXPECT_EQ(SVCGATE_REASON_KIND, try(self, START, NULL, capability(.mask = FS)));
	altered->length = 1;
	EXPECT_EQ(SVCGATE_REASON_ENVELOPE, try(self, START, NULL, altered));
}

TEST_F(image, P2_without_helper_no_image_is_known)
{
	struct rig *rig = &self->rig;

	EXPECT_EQ(0, rig_fresh(rig));
	EXPECT_EQ(IMAGE, ask(rig, START, .object = RIG_OBJECT, .file = self->file));
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER,
		  ask(rig, START, .object = RIG_OBJECT, .file = capability(.mask = AD)));
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER,
		  ask(rig, INSTALL, .object = RIG_OBJECT, .file = self->file,
		      .image = manifest(.version = 5)));
	EXPECT_EQ(DONE, ask(rig, START, DRY, .object = RIG_OBJECT, .file = capability(.mask = AD)));
}

/* Asked for the manifest, and for no more, until the verdict. */
TEST_F(image, P1_nothing_is_released_before_the_verdict)
{
	struct host_request request = compose(self, INSTALL, 0, manifest(.version = 5));
	const u32 whole = sizeof(struct svcgate_request) + request.credential.length +
			  request.payload.length;
	struct svcgate_door data = { .kind = SVCGATE_DOOR_DATA };

	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_TRUE(is_about(self, SVCGATE_DOOR_OBJECT, INSTALL));
	EXPECT_EQ(FS, self->head.passed);
	EXPECT_TRUE(host_send(self->host, SVCGATE_FRAME_DATA, 0, 1, whole, "image", 5));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_ACK, 1, whole, NULL));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(-EINVAL, rig_answer(&self->rig, &self->head, 0, 0, NULL, 0));
	data.session = self->head.session;
	data.transaction = 1;
	EXPECT_EQ(-EINVAL, rig_write(&self->rig, &data, "x", 1));
	EXPECT_TRUE(host_ping(self->host));

	/* The host gives up: END; what comes then comes too late. */
	EXPECT_TRUE(host_send_close(self->host, 1));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, self->head.kind);
	EXPECT_EQ(-ESRCH, give_manifest(self, NULL));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

TEST_F(image, P1_manifest_is_taken_once)
{
	struct host_request request = compose(self, INSTALL, 0, manifest(.version = 5));
	u8 payload[SVCGATE_MESSAGE_MAX];

	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(0, give_manifest(self, NULL));
	EXPECT_EQ(DONE, outcome(self, 1));
	EXPECT_EQ(-EINVAL, give_manifest(self, NULL));
	ASSERT_LT(0, rig_read(&self->rig, &self->head, payload, sizeof(payload)));
	EXPECT_TRUE(is_about(self, SVCGATE_DOOR_REQUEST, INSTALL));
	/* Unread once more: but the helper has heard of it, by OBJECT. */
	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(0, give_manifest(self, NULL));
	EXPECT_EQ(DONE, outcome(self, 2));
	EXPECT_TRUE(host_send_close(self->host, 2));
	EXPECT_TRUE(host_ping(self->host));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, self->head.kind);
	EXPECT_EQ(2, self->head.transaction);
}

TEST_F(image, P7_dry_run_decides_and_carries_nothing_out)
{
	struct host_request request = compose(self, START, DRY, NULL);

	ASSERT_TRUE(host_begin(self->host, &request));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_TRUE(is_about(self, SVCGATE_DOOR_OBJECT, START));
	EXPECT_EQ(0, give_manifest(self, manifest(.version = 1, .temporary = true)));
	EXPECT_EQ(DONE, outcome(self, 1));
	ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, self->head.kind);
	EXPECT_EQ(SVCGATE_REASON_DONE, self->head.reason);
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
}

/* The host decides how often; so the manifests of the helper count, too. */
TEST_F_TIMEOUT(image, P9_signatures_of_installed_images_count, VM_LONG)
{
	const struct file *installed = manifest(.version = 1, .temporary = true);
	struct host_request request = compose(self, START, DRY, NULL);
	unsigned int admitted = 0, busy = 0, i;
	int64_t began = vm_now();

	for (i = 0; i < 40; i++) {
		ASSERT_TRUE(host_begin(self->host, &request));
		ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
		EXPECT_EQ(0, give_manifest(self, installed));
		switch (outcome(self, i + 1)) {
		case DONE:
			admitted++;
			break;
		case SVCGATE_REASON_BUSY:
			busy++;
			break;
		}
		ASSERT_EQ(0, rig_read(&self->rig, &self->head, NULL, 0));
		EXPECT_EQ(SVCGATE_DOOR_END, self->head.kind);
	}
	EXPECT_EQ(40, admitted + busy);
	EXPECT_EQ(1 + admitted, rig_count(&self->rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_EQ(busy, rig_count(&self->rig, SVCGATE_COUNTER_BUSY));
	EXPECT_LE(1 + admitted, RIG_BUCKET(SVCGATE_VERIFY_BURST, SVCGATE_VERIFY_RATE, began));
}

TEST_HARNESS_MAIN
