// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The trusted keystore changes after the seal, also on a locked device: what it
 * does not vouch for any more is over at once, what it vouches for anew counts
 * when it is durable (P4, P5, P6, P8).
 */
#include <errno.h>

#include "change.h"
#include "kselftest_harness.h"

#define CAPABILITY	SVCGATE_PURPOSE_CAPABILITY
#define PRODUCTION	SVCGATE_PURPOSE_IMAGE_PRODUCTION
#define SDK		SVCGATE_PURPOSE_IMAGE_SDK
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define UNKNOWN_KEY	SVCGATE_REASON_UNKNOWN_KEY
#define PENDING		SVCGATE_REASON_CHANGE_PENDING
#define PERMISSION	SVCGATE_REASON_END_PERMISSION
#define OS_VERSION	SVCGATE_OP_OS_VERSION
#define INSTALL		SVCGATE_OP_IMAGE_INSTALL
#define NEW_KEY		"many-01"

/* "narrow" is retired, NEW_KEY comes. */
static const struct signed_key rotated[] = {
	{ "capability", CAPABILITY, ~0ULL }, { NEW_KEY, CAPABILITY, ~0ULL },
	{ "production-image", PRODUCTION, 0 }, { "sdk-image", SDK, 0 }, { }
};

FIXTURE(keystore)
{
	struct rig rig;
	struct host *host;
	struct change change;
	unsigned int signatures;
	u16 asked;
};

FIXTURE_SETUP(keystore)
{
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(keystore)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* A DeviceComplete device that stores a file, or none. */
static int start(FIXTURE_DATA(keystore) *self, const struct file *first,
		 const struct file *stored)
{
	struct rig_device device = { .state = COMPLETE, .keystore = first, .stored = stored };
	int r = rig_load(&device);

	if (!r)
		r = rig_open(&self->rig);
	return r ? r : rig_open_door(&self->rig);
}

static int ask_keystore(FIXTURE_DATA(keystore) *self, const struct file *file)
{
	int r = change_ask_keystore(&self->rig, file);

	self->asked = self->host->transaction;
	return r;
}

/* Read the change that was asked for, commit it, take the answer. */
static int store(FIXTURE_DATA(keystore) *self)
{
	int r = change_read(&self->rig, &self->change);

	if (!r)
		r = change_commit(&self->rig, self->change.head.number);
	return r ? r : change_answer(&self->rig, self->asked);
}

static int fail(FIXTURE_DATA(keystore) *self)
{
	int r = change_read(&self->rig, &self->change);

	if (!r)
		r = change_abort(&self->rig, self->change.head.number);
	return r ? r : change_answer(&self->rig, self->asked);
}

static bool is_keystore(const struct change *change, const struct file *file)
{
	return change_is_record(change, SVCGATE_RECORD_KEYSTORE, file->data, file->length);
}

TEST_F(keystore, P6_locked_device_takes_a_keystore)
{
	const struct file *next = keystore(.version = 11, .epoch = 4, .keys = rotated);
	const struct file *file = capability(.mask = FS, .signer = NEW_KEY, .epoch_below = -1);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, keystore(), NULL));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, next));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(is_keystore(&self->change, next));
	EXPECT_EQ(1, self->change.head.number);
	EXPECT_EQ(COMPLETE, self->change.what.state);
	EXPECT_EQ(11, self->change.what.version);
	EXPECT_EQ(4, self->change.what.epoch);
	EXPECT_EQ(0, self->change.what.generation);

	EXPECT_TRUE(host_ping(self->host));
	EXPECT_EQ(10, change_info().keystore_version);
	EXPECT_EQ(SIGNED_EPOCH, change_info().epoch);
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = file));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 1));
	EXPECT_EQ(11, change_info().keystore_version);
	EXPECT_EQ(4, change_info().epoch);
	EXPECT_EQ(FS, change_in_force(rig, file));
	EXPECT_EQ(DONE, ask_keystore(self, next));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

TEST_F(keystore, P8_retired_key_is_over_when_the_change_begins)
{
	const struct file *old = capability(.mask = FS, .signer = "narrow");
	const struct file *other = capability(.mask = FS);
	struct svcgate_door retired, kept;
	struct rig *rig = &self->rig;
	u64 verified;

	ASSERT_EQ(0, start(self, keystore(), NULL));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, old, &retired));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, other, &kept));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 11, .keys = rotated)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_TRUE(change_ended(rig, &retired, PERMISSION));
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION,
				   .file = capability(.mask = 0, .signer = "narrow")));
	EXPECT_EQ(PENDING, ask_keystore(self, keystore()));
	EXPECT_EQ(0, rig_answer(rig, &kept, 0, 0, NULL, 0));
	EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, kept.transaction, 0, NULL));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 3));
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = old));
	/* What was verified under the old one is verified again. */
	verified = rig_count(rig, SVCGATE_COUNTER_VERIFIED);
	EXPECT_EQ(FS, change_in_force(rig, other));
	EXPECT_EQ(verified + 1, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
}

/* A mask of a key that shrinks, an epoch that rises, a serial that is revoked. */
TEST_F(keystore, P8_what_else_a_keystore_takes)
{
	static const struct signed_key shrunk[] = {
		{ "capability", CAPABILITY, RF | AD }, { }
	};
	const struct {
		const struct file *next;
		int reason;
	} ways[] = {
		{ keystore(.version = 11, .keys = shrunk), SVCGATE_REASON_GRANT },
		{ keystore(.version = 11, .epoch = SIGNED_EPOCH + 1), SVCGATE_REASON_EPOCH },
		{ keystore(.version = 11, .revoked = "\x01"), SVCGATE_REASON_REVOKED },
	};
	const struct file *file = capability(.mask = FS);
	struct rig *rig = &self->rig;
	struct svcgate_door passed, stored;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, start(self, keystore(), file));
		ASSERT_EQ(0, change_admit(rig, OS_VERSION, file, &passed));
		ASSERT_EQ(0, change_admit(rig, OS_VERSION, NULL, &stored));
		ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, ways[i].next));
		ASSERT_EQ(0, change_read(rig, &self->change));
		EXPECT_TRUE(change_ended(rig, &passed, PERMISSION));
		EXPECT_TRUE(change_ended(rig, &stored, PERMISSION));
		EXPECT_EQ(ways[i].reason, ask(rig, OS_VERSION, .file = file));
		EXPECT_EQ(0, change_in_force(rig, NULL));
		ASSERT_EQ(0, change_commit(rig, 1));
		EXPECT_EQ(DONE, change_answer(rig, self->asked));
		EXPECT_EQ(ways[i].reason, ask(rig, OS_VERSION, .file = file));
		EXPECT_EQ(0, change_in_force(rig, NULL));
		rig_close(rig);
	}
	ASSERT_EQ(0, rig_open(rig));
}

/* A keystore; a new port before the signature bucket is empty. */
static int update(FIXTURE_DATA(keystore) *self, const struct file *file)
{
	if (++self->signatures % SVCGATE_VERIFY_BURST == 0 &&
	    (rig_fresh(&self->rig) || rig_open_door(&self->rig)))
		return CHANGE_BROKEN;
	return ask_keystore(self, file);
}

static const struct file *altered(const struct file *file, size_t at, size_t length)
{
	struct file *copy = signed_copy(file);

	copy->data[at] ^= 1;
	copy->length = length;
	return copy;
}

TEST_F(keystore, P4_wrong_keystores_change_nothing)
{
	static const struct signed_key none[] = { { "production-image", PRODUCTION, 0 }, { } };
	static const u8 other[SVCGATE_AUDIENCE_SIZE] = "product-line-02";
	const struct file *good = keystore(.version = 11);
	const struct {
		int reason;
		const struct file *file;
	} wrong[] = {
		{ SVCGATE_REASON_ENVELOPE, altered(good, 0, good->length) },
		{ SVCGATE_REASON_ENVELOPE, altered(good, 0, 0) },
		{ SVCGATE_REASON_SIGNATURE, altered(good, 60, good->length) },
		{ SVCGATE_REASON_SIGNATURE, altered(good, good->length - 1, good->length) },
		{ SVCGATE_REASON_KIND, capability(.mask = FS, .signer = "root") },
		{ UNKNOWN_KEY, keystore(.version = 11, .signer = "other-root") },
		{ UNKNOWN_KEY, keystore(.version = 11, .signer = "keystore") },
		{ SVCGATE_REASON_PURPOSE, keystore(.version = 11, .signer = "capability") },
		{ SVCGATE_REASON_PURPOSE, keystore(.version = 11, .signer = "sdk-image") },
		{ SVCGATE_REASON_AUDIENCE, keystore(.version = 11, .audience = other) },
		{ SVCGATE_REASON_KEYSTORE_VERSION, keystore(.version = 9) },
		{ SVCGATE_REASON_KEYSTORE_VERSION, keystore(.version = 10, .revoked = "\x07") },
		{ SVCGATE_REASON_KEYSTORE_VERSION, keystore(.version = 1, .epoch = 99) },
		{ SVCGATE_REASON_KEYSTORE_EPOCH,
		  keystore(.version = 11, .epoch = SIGNED_EPOCH - 1) },
		{ SVCGATE_REASON_KEYSTORE_JUMP,
		  keystore(.version = 10 + SVCGATE_KEYSTORE_JUMP + 1) },
		{ SVCGATE_REASON_KEYSTORE_JUMP, keystore(.version = 0xffffffff) },
		{ SVCGATE_REASON_KEYSTORE_PURPOSE, keystore(.version = 11, .keys = none) },
	};
	unsigned int i;

	ASSERT_EQ(0, start(self, keystore(), NULL));
	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(wrong[i].reason, update(self, wrong[i].file)) {
			TH_LOG("keystore %u", i);
		}
	}
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(10, change_info().keystore_version);
	EXPECT_EQ(0, change_info().change | change_info().change_ended);
	EXPECT_EQ(FS, change_in_force(&self->rig, capability(.mask = FS)));
	ASSERT_EQ(0, rig_fresh(&self->rig));
	ASSERT_EQ(0, rig_open_door(&self->rig));
	ASSERT_EQ(CHANGE_BEGUN,
		  ask_keystore(self, keystore(.version = 10 + SVCGATE_KEYSTORE_JUMP)));
	EXPECT_EQ(DONE, store(self));
	EXPECT_EQ(10 + SVCGATE_KEYSTORE_JUMP, change_info().keystore_version);
}

TEST_F(keystore, P9_keystore_in_force_is_done_without_a_change)
{
	const struct file *file = keystore();
	unsigned int i;

	ASSERT_EQ(0, start(self, file, NULL));
	for (i = 0; i < 2 * SVCGATE_VERIFY_BURST; i++)
		EXPECT_EQ(DONE, ask_keystore(self, file));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	for (i = 1; i <= SVCGATE_CHANGE_BURST; i++) {
		ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 10 + i)));
		EXPECT_EQ(DONE, store(self));
	}
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION, ask_keystore(self, file));
}

TEST_F(keystore, P6_aborted_change_gives_nothing_and_takes)
{
	const struct file *old = capability(.mask = FS, .signer = "narrow");
	const struct file *new = capability(.mask = FS, .signer = NEW_KEY);
	const struct file *next = keystore(.version = 11, .keys = rotated);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, keystore(), old));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, next));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, fail(self));
	EXPECT_EQ(10, change_info().keystore_version);
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = new));
	EXPECT_EQ(DONE, ask_keystore(self, keystore()));
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = old));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, next));
	EXPECT_EQ(DONE, store(self));
	EXPECT_EQ(2, self->change.head.number);
	EXPECT_EQ(11, change_info().keystore_version);
	EXPECT_EQ(UNKNOWN_KEY, ask(rig, OS_VERSION, .file = old));
	EXPECT_EQ(FS, change_in_force(rig, new));
}

/* An older one does not give back what a newer one took that was not stored. */
TEST_F(keystore, P5_never_below_one_that_was_aborted)
{
	const struct file *file = capability(.mask = FS);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, keystore(), file));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 12, .revoked = "\x01")));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, fail(self));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION, ask_keystore(self, keystore(.version = 11)));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_REVOKED, ask(rig, OS_VERSION, .file = file));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 13)));
	EXPECT_EQ(DONE, store(self));
	EXPECT_EQ(FS, change_in_force(rig, NULL));
}

TEST_F(keystore, P8_stored_capability_is_verified_again)
{
	const struct file *stored = capability(.mask = FS, .signer = "narrow", .serial = 7);
	const struct file *passed = capability(.mask = AD);
	struct svcgate_capability_list list;
	struct rig *rig = &self->rig;
	unsigned int i;

	ASSERT_EQ(0, start(self, keystore(), stored));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 11, .keys = rotated)));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, change_in_force(rig, NULL));
		ASSERT_EQ(DONE, change_list(rig, passed, &list));
		EXPECT_EQ(0, list.sideloaded);
		EXPECT_EQ(UNKNOWN_KEY, list.sideloaded_reason);
		EXPECT_EQ(SIGNED_GENERATION, list.generation);
		if (!i)
			EXPECT_EQ(DONE, store(self));
	}

	/* The key comes back; so does the file, and with it its generation. */
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 12)));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(DONE, store(self));
	EXPECT_EQ(SIGNED_GENERATION, self->change.what.generation);
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	ASSERT_EQ(DONE, change_list(rig, NULL, &list));
	EXPECT_EQ(FS, list.sideloaded);
	EXPECT_EQ(DONE, list.sideloaded_reason);
	EXPECT_EQ(7, list.sideloaded_serial[0]);
	EXPECT_EQ(DONE, change_ask_capability(rig, stored));

	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 13, .revoked = "\x07")));
	EXPECT_EQ(DONE, store(self));
	ASSERT_EQ(DONE, change_list(rig, passed, &list));
	EXPECT_EQ(SVCGATE_REASON_REVOKED, list.sideloaded_reason);
}

/* A stored file that nobody could read ends older ones as soon as one can. */
TEST_F(keystore, P5_generation_of_a_stored_file_that_becomes_known)
{
	const struct file *stored = capability(.mask = FS, .signer = NEW_KEY, .generation = 9);
	const struct file *passed = capability(.mask = RF | FS);
	struct rig *rig = &self->rig;
	struct svcgate_door running;

	ASSERT_EQ(0, start(self, keystore(), stored));
	ASSERT_EQ(0, change_admit(rig, OS_VERSION, passed, &running));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, keystore(.version = 11, .keys = rotated)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(9, self->change.what.generation);
	EXPECT_TRUE(change_ended(rig, &running, PERMISSION));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED, ask(rig, OS_VERSION, .file = passed));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	ASSERT_EQ(0, change_commit(rig, 1));
	EXPECT_EQ(DONE, change_answer(rig, 2));
	EXPECT_EQ(9, change_info().generation);
	EXPECT_EQ(FS, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED, ask(rig, OS_VERSION, .file = passed));
}

static int begin_install(FIXTURE_DATA(keystore) *self, const struct file *file,
			 const struct file *image)
{
	struct host_request request = {
		.op = INSTALL, .object = RIG_OBJECT, .credential = SECTION(file),
		.payload = SECTION(image),
	};
	static u8 payload[SVCGATE_MESSAGE_MAX];

	if (!host_begin(self->host, &request))
		return -ENODATA;
	return rig_read(&self->rig, &self->change.head, payload, sizeof(payload));
}

/* An image is on its way when its key is retired, or its version is too low. */
TEST_F(keystore, P8_install_ends_with_its_key_or_the_floor)
{
	static const struct signed_key no_sdk[] = {
		{ "capability", CAPABILITY, ~0ULL }, { "production-image", PRODUCTION, 0 }, { }
	};
	const struct file *image = manifest(.version = 5, .signer = "sdk-image");
	const struct {
		const struct file *next;
		bool ends;
	} ways[] = {
		{ keystore(.version = 11, .keys = no_sdk), true },
		{ keystore(.version = 11, .floor = 6), true },
		{ keystore(.version = 11, .floor = 5), false },
	};
	struct rig *rig = &self->rig;
	struct svcgate_door install;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		ASSERT_EQ(0, start(self, keystore(), NULL));
		ASSERT_LT(0, begin_install(self, capability(.mask = AD), image));
		install = self->change.head;
		EXPECT_EQ(SVCGATE_DOOR_REQUEST, install.kind);
		EXPECT_TRUE(host_receive(self->host, &(struct host_frame){}, HOST_PATIENCE_MS));
		EXPECT_EQ(0, rig_answer(rig, &install, SVCGATE_DOOR_MORE, 0, NULL, 0));
		EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_DATA, 1, 0, NULL));
		ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, ways[i].next));
		ASSERT_EQ(0, change_read(rig, &self->change));
		if (ways[i].ends) {
			EXPECT_TRUE(host_expect(self->host, SVCGATE_FRAME_CLOSE, 1, 0, NULL));
			ASSERT_EQ(0, rig_read(rig, &install, NULL, 0));
			EXPECT_EQ(SVCGATE_DOOR_END, install.kind);
			EXPECT_EQ(PERMISSION, install.reason);
		}
		EXPECT_TRUE(rig_door_is_quiet(rig));
		EXPECT_TRUE(host_ping(self->host));
		rig_close(rig);
	}
	ASSERT_EQ(0, rig_open(rig));
}

/* One that waits for the manifest of what it displaces hears it then. */
TEST_F(keystore, P8_image_key_is_retired_before_the_verdict)
{
	static const struct signed_key no_production[] = {
		{ "capability", CAPABILITY, ~0ULL }, { "sdk-image", SDK, 0 }, { }
	};
	struct svcgate_door head = { .kind = SVCGATE_DOOR_MANIFEST }, end;
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, keystore(), NULL));
	ASSERT_EQ(0, begin_install(self, capability(.mask = FS), manifest(.version = 5)));
	EXPECT_EQ(SVCGATE_DOOR_OBJECT, self->change.head.kind);
	head.session = self->change.head.session;
	head.transaction = 1;
	ASSERT_EQ(CHANGE_BEGUN,
		  ask_keystore(self, keystore(.version = 11, .keys = no_production)));
	ASSERT_EQ(0, change_read(rig, &self->change));
	EXPECT_EQ(0, rig_write(rig, &head, NULL, 0));
	EXPECT_EQ(UNKNOWN_KEY, change_answer(rig, 1));
	ASSERT_EQ(0, rig_read(rig, &end, NULL, 0));
	EXPECT_EQ(SVCGATE_DOOR_END, end.kind);
	EXPECT_EQ(UNKNOWN_KEY, end.reason);
}

/* A P-256 keystore must not lock the owners of a kernel without ECDSA out. */
TEST_F(keystore, P2_keystore_that_this_kernel_cannot_use)
{
	static const struct signed_key only[] = { { "p256", CAPABILITY, ~0ULL }, { } };
	static char text[256 * 1024];
	struct rig *rig = &self->rig;
	bool has;

	ASSERT_EQ(0, vm_read_file("/proc/sys/kernel/osrelease", text, sizeof(text)));
	has = !strncmp(text, "6.12.", 5);
	ASSERT_EQ(0, vm_read_file("/proc/crypto", text, sizeof(text)));
	has = has || strstr(text, "ecdsa-nist-p256");
	ASSERT_EQ(0, start(self, keystore(), NULL));
	EXPECT_EQ(has ? CHANGE_BEGUN : SVCGATE_REASON_KEYSTORE_PURPOSE,
		  ask_keystore(self, keystore(.version = 11, .keys = only)));
	if (has)
		EXPECT_EQ(DONE, store(self));
	EXPECT_EQ(has ? 11 : 10, change_info().keystore_version);
	EXPECT_EQ(FS, change_in_force(rig, capability(.mask = FS,
						      .signer = has ? "p256" : "capability")));
	EXPECT_TRUE(rig_door_is_quiet(rig));
}

/* A device that lost its keystore, or never had one, and a stored file. */
TEST_F(keystore, P2_first_keystore)
{
	const struct file *stored = capability(.mask = FS), *first = keystore(.version = 77);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, start(self, NULL, stored));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE, ask(rig, OS_VERSION, .file = stored));
	EXPECT_EQ(UNKNOWN_KEY, ask_keystore(self, keystore(.signer = "keystore")));
	ASSERT_EQ(CHANGE_BEGUN, ask_keystore(self, first));
	EXPECT_EQ(0, change_in_force(rig, NULL));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE, ask(rig, OS_VERSION, .file = stored));
	EXPECT_EQ(DONE, store(self));
	EXPECT_TRUE(is_keystore(&self->change, first));
	EXPECT_EQ(77, change_info().keystore_version);
	EXPECT_EQ(FS, change_in_force(rig, NULL));
}

TEST_HARNESS_MAIN
