// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which keystore the device takes before the seal, and which capability file it
 * takes as the stored one.
 */
#include <errno.h>

#include "rig.h"
#include "kselftest_harness.h"

#define CAPABILITY	SVCGATE_PURPOSE_CAPABILITY
#define PRODUCTION	SVCGATE_PURPOSE_IMAGE_PRODUCTION
#define STATE_SHOW	SVCGATE_OP_STATE_SHOW

FIXTURE(trust)
{
	struct rig rig;
	struct device_netlink *netlink;
};

FIXTURE_SETUP(trust)
{
	struct rig_device device = { .open = true, .stateless = true };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, device_netlink_open(&self->netlink));
}

FIXTURE_TEARDOWN(trust)
{
	device_netlink_close(self->netlink);
	vm_clean();
}

#define EXPECT_KEYSTORE(reason, want_detail, file)			\
	do {								\
		u16 got = 0;						\
									\
		EXPECT_EQ(reason, rig_verdict(file, true, &got));	\
		EXPECT_EQ(want_detail, got);				\
	} while (0)

#define EXPECT_STORED(reason, want_detail, file)			\
	do {								\
		u16 got = 0;						\
									\
		EXPECT_EQ(reason, rig_verdict(file, false, &got));	\
		EXPECT_EQ(want_detail, got);				\
	} while (0)

/* Version and epoch in force; 0 without a keystore. */
static u64 in_force(struct device_netlink *netlink)
{
	struct device_info info = {};

	if (device_netlink_get_device(netlink, &info))
		return ~0ULL;
	return (u64)info.epoch << 32 | info.keystore_version;
}

#define FORCE(version, epoch)	((u64)(epoch) << 32 | (version))

TEST_F(trust, P4_keystore_serves_its_audience_only)
{
	static const u8 other[SVCGATE_AUDIENCE_SIZE] = "product-line-02";

	EXPECT_KEYSTORE(SVCGATE_REASON_AUDIENCE, 0, keystore(.audience = other));
	EXPECT_EQ(0, in_force(self->netlink));
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0, keystore());
	EXPECT_EQ(FORCE(10, SIGNED_EPOCH), in_force(self->netlink));
	EXPECT_KEYSTORE(SVCGATE_REASON_AUDIENCE, 0, keystore(.audience = other, .version = 11));
	EXPECT_EQ(FORCE(10, SIGNED_EPOCH), in_force(self->netlink));
}

TEST_F(trust, P4_keystore_is_signed_by_the_root)
{
	static const char *const others[] = {
		"other-root", "capability", "keystore", "production-image", "unknown",
	};
	static const struct signed_key with_keystore_key[] = {
		{ "capability", CAPABILITY, ~0ULL },
		{ "keystore", SVCGATE_PURPOSE_KEYSTORE, 0 },
		{ }
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		EXPECT_KEYSTORE(SVCGATE_REASON_UNKNOWN_KEY, 0, keystore(.signer = others[i]));
	EXPECT_EQ(0, in_force(self->netlink));
	/* Before the seal only a root counts, whatever keystore is in force. */
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0, keystore(.keys = with_keystore_key));
	EXPECT_KEYSTORE(SVCGATE_REASON_UNKNOWN_KEY, 0,
			keystore(.signer = "keystore", .version = 11));
	EXPECT_EQ(FORCE(10, SIGNED_EPOCH), in_force(self->netlink));
}

TEST_F_TIMEOUT(trust, P12_altered_keystore, VM_LONG)
{
	const struct file *good = keystore();
	struct file *file;
	size_t at;

	for (at = 0; at < good->length; at += at < 44 ? 1 : 211) {
		file = signed_copy(good);
		file->data[at] ^= 1;
		EXPECT_NE(SVCGATE_REASON_DONE, rig_verdict(file, true, NULL));
	}
	file = signed_copy(good);
	file->data[8] ^= 1;
	EXPECT_KEYSTORE(SVCGATE_REASON_UNKNOWN_KEY, 0, file);
	file = signed_copy(good);
	file->data[60] ^= 1;
	EXPECT_KEYSTORE(SVCGATE_REASON_SIGNATURE, 0, file);
	file = signed_copy(good);
	file->length--;
	EXPECT_KEYSTORE(SVCGATE_REASON_ENVELOPE, 0, file);
	file->length += 2;
	EXPECT_KEYSTORE(SVCGATE_REASON_ENVELOPE, 0, file);
	EXPECT_KEYSTORE(SVCGATE_REASON_KIND, SVCGATE_KIND_CAPABILITY,
			capability(.mask = FS, .signer = "root"));
	EXPECT_EQ(0, in_force(self->netlink));
}

TEST_F(trust, P5_keystore_version_and_epoch_never_go_down)
{
	const u64 now = FORCE(100, 7);

	ASSERT_EQ(SVCGATE_REASON_DONE, rig_verdict(keystore(.version = 100, .epoch = 7), true,
						   NULL));
	EXPECT_KEYSTORE(SVCGATE_REASON_KEYSTORE_VERSION, 0, keystore(.version = 99, .epoch = 7));
	EXPECT_KEYSTORE(SVCGATE_REASON_KEYSTORE_VERSION, 0, keystore(.version = 1, .epoch = 9));
	EXPECT_KEYSTORE(SVCGATE_REASON_KEYSTORE_EPOCH, 0, keystore(.version = 101, .epoch = 6));
	EXPECT_EQ(now, in_force(self->netlink));
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0, keystore(.version = 100, .epoch = 7));
	EXPECT_KEYSTORE(SVCGATE_REASON_KEYSTORE_JUMP, 0,
			keystore(.version = 100 + SVCGATE_KEYSTORE_JUMP + 1, .epoch = 7));
	EXPECT_KEYSTORE(SVCGATE_REASON_KEYSTORE_JUMP, 0,
			keystore(.version = 0xffffffff, .epoch = 7));
	EXPECT_EQ(now, in_force(self->netlink));
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0,
			keystore(.version = 100 + SVCGATE_KEYSTORE_JUMP, .epoch = 8));
	EXPECT_EQ(FORCE(100 + SVCGATE_KEYSTORE_JUMP, 8), in_force(self->netlink));
}

/* With none in force there is nothing to jump from. */
TEST_F(trust, P5_first_keystore_may_have_any_version)
{
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0, keystore(.version = 0xffffffff));
	EXPECT_EQ(FORCE(0xffffffff, SIGNED_EPOCH), in_force(self->netlink));
}

TEST_F(trust, P2_keystore_must_serve_its_purposes)
{
	static const struct signed_key none_for_capability[] = {
		{ "production-image", PRODUCTION, 0 }, { }
	};
	static const struct signed_key wrong_purpose[] = { { "capability", 5, 0 }, { } };
	static const struct signed_key zero_purpose[] = { { "capability", 0, 0 }, { } };
	static const struct signed_key mask_of_image[] = {
		{ "capability", CAPABILITY, 1 }, { "production-image", PRODUCTION, 1 }, { }
	};
	static const struct signed_key none[] = { { } };

	EXPECT_KEYSTORE(SVCGATE_REASON_KEYSTORE_PURPOSE, CAPABILITY,
			keystore(.keys = none_for_capability));
	EXPECT_KEYSTORE(SVCGATE_REASON_FIELD_VALUE, 4, keystore(.keys = wrong_purpose));
	EXPECT_KEYSTORE(SVCGATE_REASON_FIELD_VALUE, 4, keystore(.keys = zero_purpose));
	EXPECT_KEYSTORE(SVCGATE_REASON_FIELD_VALUE, 4, keystore(.keys = mask_of_image));
	EXPECT_KEYSTORE(SVCGATE_REASON_FIELD_MISSING, 4, keystore(.keys = none));
	EXPECT_EQ(0, in_force(self->netlink));
}

/* A P-256 keystore must not lock the owners of a kernel without ECDSA out. */
TEST_F(trust, P2_keystore_that_this_kernel_cannot_use)
{
	static const struct signed_key capability_only[] = {
		{ "p256", CAPABILITY, ~0ULL }, { }
	};
	static const struct signed_key production_only[] = {
		{ "capability", CAPABILITY, ~0ULL }, { "p256", PRODUCTION, 0 }, { }
	};
	static char text[256 * 1024];
	bool has;

	ASSERT_EQ(0, vm_read_file("/proc/sys/kernel/osrelease", text, sizeof(text)));
	has = !strncmp(text, "6.12.", 5);
	ASSERT_EQ(0, vm_read_file("/proc/crypto", text, sizeof(text)));
	has = has || strstr(text, "ecdsa-nist-p256");
	EXPECT_KEYSTORE(has ? SVCGATE_REASON_DONE : SVCGATE_REASON_KEYSTORE_PURPOSE,
			has ? 0 : CAPABILITY, keystore(.keys = capability_only));
	EXPECT_KEYSTORE(has ? SVCGATE_REASON_DONE : SVCGATE_REASON_KEYSTORE_PURPOSE,
			has ? 0 : PRODUCTION, keystore(.keys = production_only));
	EXPECT_EQ(has ? FORCE(10, SIGNED_EPOCH) : 0, in_force(self->netlink));
}

static const struct signed_key *many(unsigned int count)
{
	static struct signed_key keys[SVCGATE_KEYS_MAX + 2];
	static char names[SVCGATE_KEYS_MAX + 1][8];
	unsigned int i;

	for (i = 0; i < count; i++) {
		snprintf(names[i], sizeof(names[i]), "many-%02u", i + 1);
		keys[i] = (struct signed_key){ names[i], CAPABILITY, 1ULL << i };
	}
	keys[count].name = NULL;
	return keys;
}

TEST_F(trust, P9_keystore_of_16_keys_and_not_17)
{
	EXPECT_KEYSTORE(SVCGATE_REASON_FIELD_VALUE, 4, keystore(.keys = many(17)));
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0, keystore(.keys = many(16)));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(&self->rig, STATE_SHOW, .file = capability(.mask = FS,
								.signer = "many-14")));
	EXPECT_EQ(SVCGATE_REASON_GRANT,
		  ask(&self->rig, STATE_SHOW, .file = capability(.mask = FS,
								.signer = "many-16")));
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_KEY,
		  ask(&self->rig, STATE_SHOW, .file = capability(.mask = FS,
								.signer = "many-17")));
	rig_close(&self->rig);
}

TEST_F(trust, P9_keystore_of_26_KiB_and_not_more)
{
	static const struct signed_key large[] = {
		{ "capability", CAPABILITY, ~0ULL }, { "large", CAPABILITY, FS },
		{ "large", SVCGATE_PURPOSE_KEYSTORE, 0 }, { "large", PRODUCTION, 0 }, { }
	};

	EXPECT_KEYSTORE(SVCGATE_REASON_ENVELOPE, 0,
			keystore(.keys = large, .fill = SVCGATE_KEYSTORE_MAX + 1));
	EXPECT_KEYSTORE(SVCGATE_REASON_DONE, 0,
			keystore(.keys = large, .fill = SVCGATE_KEYSTORE_MAX));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(&self->rig, STATE_SHOW, .file = capability(.mask = FS,
								.signer = "large")));
	rig_close(&self->rig);
}

TEST_F(trust, P10_certificate_that_cannot_be_read_is_named)
{
	static const u8 audience_field[4] = {};
	u8 content[256];
	struct svcgate_keystore_entry key = {
		.purpose = CAPABILITY, .certificate = audience_field, .certificate_length = 4,
	};
	struct svcgate_keystore_plan plan = {
		.version = 1, .audience = signed_audience, .keys = &key, .key_count = 1,
	};
	size_t length;

	ASSERT_EQ(0, svcgate_keystore_build(&plan, content, sizeof(content), &length));
	EXPECT_KEYSTORE(SVCGATE_REASON_CERTIFICATE, 0,
			signed_envelope("root", SVCGATE_KIND_KEYSTORE, content, length));
}

TEST_F(trust, P4_stored_file_is_judged_as_a_passed_one)
{
	EXPECT_STORED(SVCGATE_REASON_NO_KEYSTORE, 0, capability(.mask = FS));
	ASSERT_EQ(SVCGATE_REASON_DONE, rig_verdict(keystore(.revoked = "\x07"), true, NULL));
	EXPECT_STORED(SVCGATE_REASON_DEVICE, 0,
		      capability(.mask = FS, .device = signed_other_device));
	EXPECT_STORED(SVCGATE_REASON_UNKNOWN_KEY, 0, capability(.mask = FS, .signer = "root"));
	EXPECT_STORED(SVCGATE_REASON_PURPOSE, SVCGATE_PURPOSE_IMAGE_SDK,
		      capability(.mask = FS, .signer = "sdk-image"));
	EXPECT_STORED(SVCGATE_REASON_GRANT, SVCGATE_CAPABILITY_APP_DEVELOPMENT,
		      capability(.mask = AD, .signer = "narrow"));
	EXPECT_STORED(SVCGATE_REASON_REVOKED, 0, capability(.mask = FS, .serial = 7));
	EXPECT_STORED(SVCGATE_REASON_EPOCH, 0, capability(.mask = FS, .epoch_below = 1));
	EXPECT_STORED(SVCGATE_REASON_NO_SIDELOAD, 0,
		      capability(.mask = FS, .no_sideload = true));
	EXPECT_STORED(SVCGATE_REASON_STATE, SVCGATE_STATE_DEVICE_COMPLETE,
		      capability(.mask = FS, .states = 1));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(&self->rig, STATE_SHOW));
	rig_close(&self->rig);
}

TEST_F(trust, P5_stored_generation_never_goes_down)
{
	struct device_info info;

	ASSERT_EQ(SVCGATE_REASON_DONE, rig_verdict(keystore(), true, NULL));
	EXPECT_STORED(SVCGATE_REASON_DONE, 0, capability(.mask = FS));
	EXPECT_STORED(SVCGATE_REASON_SUPERSEDED, 0,
		      capability(.mask = RF, .generation_below = 1));
	/* Wrong in two ways: it must not displace the better one either. */
	EXPECT_STORED(SVCGATE_REASON_EPOCH, 0,
		      capability(.mask = RF, .generation_below = 1, .epoch_below = 1));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(SIGNED_GENERATION, info.generation);
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, STATE_SHOW));
	rig_close(&self->rig);
}

/* A revoked file was authentic once: it ends older ones and gives nothing. */
TEST_F(trust, P5_revoked_stored_file_ends_older_ones)
{
	ASSERT_EQ(SVCGATE_REASON_DONE, rig_verdict(keystore(.revoked = "\x07"), true, NULL));
	EXPECT_STORED(SVCGATE_REASON_REVOKED, 0, capability(.mask = FS, .serial = 7));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(&self->rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED,
		  ask(&self->rig, STATE_SHOW,
		      .file = capability(.mask = FS, .generation_below = 1)));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(&self->rig, STATE_SHOW, .file = capability(.mask = FS)));
	rig_close(&self->rig);
}

/* On every change of the keystore the stored capability is verified again. */
TEST_F(trust, P8_new_keystore_ends_what_the_old_one_vouched_for)
{
	static const struct signed_key without_narrow[] = {
		{ "capability", CAPABILITY, ~0ULL }, { }
	};

	ASSERT_EQ(SVCGATE_REASON_DONE, rig_verdict(keystore(), true, NULL));
	EXPECT_STORED(SVCGATE_REASON_DONE, 0, capability(.mask = FS, .signer = "narrow"));
	ASSERT_EQ(SVCGATE_REASON_DONE,
		  rig_verdict(keystore(.version = 11, .keys = without_narrow), true, NULL));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(&self->rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_KEY,
		  ask(&self->rig, STATE_SHOW, .file = capability(.mask = FS,
								.signer = "narrow")));
	rig_close(&self->rig);
}

TEST_HARNESS_MAIN
