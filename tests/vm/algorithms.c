// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each algorithm for each signer: what the key signs counts where the kernel has the
 * algorithm; elsewhere it is refused by a reason of its own, and the other keys of
 * the same keystore serve.
 */
#include "change.h"
#include "rig.h"
#include "kselftest_harness.h"

#define CAPABILITY	SVCGATE_PURPOSE_CAPABILITY
#define PRODUCTION	SVCGATE_PURPOSE_IMAGE_PRODUCTION
#define SDK		SVCGATE_PURPOSE_IMAGE_SDK
#define KEYSTORE	SVCGATE_PURPOSE_KEYSTORE
#define INSTALL		SVCGATE_OP_IMAGE_INSTALL
#define DRY		SVCGATE_REQUEST_DRY_RUN

FIXTURE(algorithms)
{
	struct rig rig;
	struct signed_key keys[6];
	int want;
};

FIXTURE_VARIANT(algorithms)
{
	const char *key;
	const char *curve;
};

FIXTURE_VARIANT_ADD(algorithms, rsa_2048) { .key = "narrow" };
FIXTURE_VARIANT_ADD(algorithms, rsa_3072) { .key = "rsa3072" };
FIXTURE_VARIANT_ADD(algorithms, rsa_4096) { .key = "rsa4096" };
FIXTURE_VARIANT_ADD(algorithms, p_256) { .key = "p256", .curve = "ecdsa-nist-p256" };
FIXTURE_VARIANT_ADD(algorithms, p_384) { .key = "p384", .curve = "ecdsa-nist-p384" };

/* Debian's 6.12 has both curves; its own list names them only after their use. */
static bool kernel_has(const char *curve)
{
	static char text[256 * 1024];

	if (!curve)
		return true;
	if (!vm_read_file("/proc/sys/kernel/osrelease", text, sizeof(text)) &&
	    !strncmp(text, "6.12.", 5))
		return true;
	return !vm_read_file("/proc/crypto", text, sizeof(text)) && strstr(text, curve);
}

FIXTURE_SETUP(algorithms)
{
	const struct signed_key keys[] = {
		{ "capability", CAPABILITY, FS | AD },
		{ "production-image", PRODUCTION, 0 },
		{ "sdk-image", SDK, 0 },
		{ "keystore", KEYSTORE, 0 },
	};

	memcpy(self->keys, keys, sizeof(keys));
	self->want = kernel_has(variant->curve) ? SVCGATE_REASON_DONE :
						  SVCGATE_REASON_ALGORITHM;
}

FIXTURE_TEARDOWN(algorithms)
{
	rig_close(&self->rig);
	vm_clean();
}

/* A device that knows the key for this purpose, beside the usual ones. */
static int begin(FIXTURE_DATA(algorithms) *self, const char *key, u8 purpose)
{
	struct rig_device device = { .state = SVCGATE_STATE_DEVICE_COMPLETE };
	int r;

	self->keys[4] = (struct signed_key){ key, purpose, purpose == CAPABILITY ? FS : 0 };
	device.keystore = keystore(.keys = self->keys);
	r = rig_load(&device);
	if (!r)
		r = rig_open(&self->rig);
	return r ? r : rig_open_door(&self->rig);
}

TEST_F(algorithms, P2_capability)
{
	ASSERT_EQ(0, begin(self, variant->key, CAPABILITY));
	EXPECT_EQ(self->want, ask(&self->rig, SVCGATE_OP_STATE_SHOW,
				  .file = capability(.mask = FS, .signer = variant->key)));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(&self->rig, SVCGATE_OP_STATE_SHOW, .file = capability(.mask = FS)));
}

TEST_F(algorithms, P2_image_production)
{
	ASSERT_EQ(0, begin(self, variant->key, PRODUCTION));
	EXPECT_EQ(self->want, ask(&self->rig, INSTALL, DRY, .object = RIG_OBJECT,
				  .file = capability(.mask = AD),
				  .image = manifest(.version = 1, .signer = variant->key)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, INSTALL, DRY, .object = RIG_OBJECT,
					   .file = capability(.mask = AD),
					   .image = manifest(.version = 1)));
}

TEST_F(algorithms, P2_image_sdk)
{
	ASSERT_EQ(0, begin(self, variant->key, SDK));
	EXPECT_EQ(self->want, ask(&self->rig, INSTALL, DRY, .object = RIG_OBJECT,
				  .file = capability(.mask = AD),
				  .image = manifest(.version = 1, .signer = variant->key)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, INSTALL, DRY, .object = RIG_OBJECT,
					   .file = capability(.mask = AD),
					   .image = manifest(.version = 1,
							     .signer = "sdk-image")));
}

TEST_F(algorithms, P2_keystore)
{
	int reason;

	ASSERT_EQ(0, begin(self, variant->key, KEYSTORE));
	reason = change_ask_keystore(&self->rig, keystore(.version = 11, .keys = self->keys,
							  .signer = variant->key));
	if (self->want) {
		EXPECT_EQ(self->want, reason);
		reason = change_ask_keystore(&self->rig, keystore(.version = 11,
								  .keys = self->keys,
								  .signer = "keystore"));
	}
	ASSERT_EQ(CHANGE_BEGUN, reason);
	EXPECT_EQ(SVCGATE_REASON_DONE, change_store(&self->rig));
	EXPECT_EQ(11, change_info().keystore_version);
}

TEST_HARNESS_MAIN
