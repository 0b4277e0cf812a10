// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A capability file passed with a request: what it opens, and each reason for
 * which it opens nothing (P4, P5, P10, P12). The device is DeviceComplete, so
 * that nothing but the file permits anything.
 */
#include "rig.h"
#include "kselftest_harness.h"

#define STATE_SHOW	SVCGATE_OP_STATE_SHOW	/* FS or AD */
#define APP_MEMORY	SVCGATE_OP_APP_MEMORY	/* AD */
#define RF_LIST		SVCGATE_OP_RF_LIST	/* RF */
#define DRY		SVCGATE_REQUEST_DRY_RUN

/* Offsets in an envelope. */
#define AT_VERSION	4
#define AT_KIND		5
#define AT_ZERO		6
#define AT_KEY_ID	8
#define AT_LENGTH	40
#define AT_CONTENT	44

FIXTURE(credential)
{
	struct rig rig;
	unsigned int signatures;
};

FIXTURE_SETUP(credential)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(.revoked = "\x07\x09"),
	};

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, rig_open(&self->rig));
}

FIXTURE_TEARDOWN(credential)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

/* Pass a file with state-show; a new port before its signature bucket is empty. */
static int pass(FIXTURE_DATA(credential) *self, const struct file *file, u16 *ret_detail)
{
	if (++self->signatures % SVCGATE_VERIFY_BURST == 0 && rig_fresh(&self->rig))
		return -2;
	return ask_detail(&self->rig, ret_detail, STATE_SHOW, .file = file);
}

#define EXPECT_REFUSED(reason, detail, file)			\
	do {							\
		u16 got;					\
								\
		EXPECT_EQ(reason, pass(self, file, &got));	\
		EXPECT_EQ(detail, got);				\
	} while (0)

static const struct file *flip(const struct file *file, size_t at, u8 mask)
{
	struct file *copy = signed_copy(file);

	copy->data[at] ^= mask;
	return copy;
}

TEST_F(credential, P4_right_file_opens_exactly_its_operations)
{
	struct rig *rig = &self->rig;
	u16 detail;

	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask_detail(rig, &detail, STATE_SHOW));
	EXPECT_EQ(SVCGATE_CAPABILITY_APP_DEVELOPMENT, detail);

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN,
		  ask_detail(rig, &detail, APP_MEMORY, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_CAPABILITY_APP_DEVELOPMENT, detail);
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN,
		  ask_detail(rig, &detail, RF_LIST, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE, detail);

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = AD)));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(rig, APP_MEMORY, DRY, .file = capability(.mask = AD)));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN,
		  ask(rig, RF_LIST, .file = capability(.mask = AD)));

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, RF_LIST, DRY, .file = capability(.mask = RF)));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN,
		  ask(rig, STATE_SHOW, .file = capability(.mask = RF)));
	EXPECT_EQ(3, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
}

TEST_F(credential, P4_admitted_without_helper_is_not_carried_out)
{
	EXPECT_EQ(SVCGATE_REASON_NO_HELPER,
		  ask(&self->rig, APP_MEMORY, .file = capability(.mask = AD)));
}

TEST_F(credential, P4_other_device)
{
	u8 longer[SVCGATE_DEVICE_ID_MAX] = {};

	EXPECT_REFUSED(SVCGATE_REASON_DEVICE, 0,
		       capability(.mask = FS, .device = signed_other_device));
	EXPECT_REFUSED(SVCGATE_REASON_DEVICE, 0,
		       capability(.mask = FS, .device_length = SIGNED_DEVICE_SIZE - 1));
	EXPECT_REFUSED(SVCGATE_REASON_DEVICE, 0,
		       capability(.mask = FS, .device_length = SVCGATE_DEVICE_ID_MIN));
	memcpy(longer, signed_device, sizeof(signed_device));
	EXPECT_REFUSED(SVCGATE_REASON_DEVICE, 0,
		       capability(.mask = FS, .device = longer,
				  .device_length = SIGNED_DEVICE_SIZE + 1));
	EXPECT_REFUSED(SVCGATE_REASON_DEVICE, 0,
		       capability(.mask = FS, .device = longer,
				  .device_length = SVCGATE_DEVICE_ID_MAX));
}

TEST_F(credential, P12_altered_envelope)
{
	const struct file *good = capability(.mask = FS);
	size_t content = svcgate_get_le32(good->data + AT_LENGTH);
	struct file *file;

	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, 0, 1));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, 3, 0x80));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE_VERSION, 3, flip(good, AT_VERSION, 2));
	EXPECT_REFUSED(SVCGATE_REASON_KIND, SVCGATE_KIND_MANIFEST, flip(good, AT_KIND, 2));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, AT_ZERO, 1));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, AT_ZERO + 1, 1));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, AT_LENGTH, 1));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, AT_LENGTH + 3, 0x80));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, AT_CONTENT + content, 1));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, flip(good, AT_CONTENT + content + 3, 0x80));

	file = signed_copy(good);
	file->length--;
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, file);
	file->length += 2;
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, file);
	file->length = 1;
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0, file);
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0, good);
}

TEST_F_TIMEOUT(credential, P12_altered_under_the_signature, VM_LONG)
{
	const struct file *good = capability(.mask = FS);
	size_t content = svcgate_get_le32(good->data + AT_LENGTH), at;

	EXPECT_REFUSED(SVCGATE_REASON_UNKNOWN_KEY, 0, flip(good, AT_KEY_ID, 1));
	EXPECT_REFUSED(SVCGATE_REASON_UNKNOWN_KEY, 0, flip(good, AT_LENGTH - 1, 0x80));
	for (at = AT_CONTENT; at < AT_CONTENT + content; at += 5)
		EXPECT_REFUSED(SVCGATE_REASON_SIGNATURE, 0, flip(good, at, 1 << at % 8));
	for (at = AT_CONTENT + content + 4; at < good->length; at += 37)
		EXPECT_REFUSED(SVCGATE_REASON_SIGNATURE, 0, flip(good, at, 0x10));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0, good);
}

TEST_F(credential, P4_who_signed)
{
	struct file *borrowed = signed_copy(capability(.mask = FS, .signer = "unknown"));

	EXPECT_REFUSED(SVCGATE_REASON_UNKNOWN_KEY, 0, capability(.mask = FS, .signer = "unknown"));
	EXPECT_REFUSED(SVCGATE_REASON_UNKNOWN_KEY, 0, capability(.mask = FS, .signer = "root"));
	EXPECT_REFUSED(SVCGATE_REASON_PURPOSE, SVCGATE_PURPOSE_IMAGE_PRODUCTION,
		       capability(.mask = FS, .signer = "production-image"));
	EXPECT_REFUSED(SVCGATE_REASON_PURPOSE, SVCGATE_PURPOSE_IMAGE_SDK,
		       capability(.mask = FS, .signer = "sdk-image"));

	/* Signed by a key that nobody knows, in the name of one that counts. */
	memcpy(borrowed->data + AT_KEY_ID, signed_key_id("narrow"), SVCGATE_KEY_ID_SIZE);
	EXPECT_REFUSED(SVCGATE_REASON_SIGNATURE, 0, borrowed);
	memcpy(borrowed->data + AT_KEY_ID, signed_key_id("capability"), SVCGATE_KEY_ID_SIZE);
	EXPECT_REFUSED(SVCGATE_REASON_SIGNATURE, 0, borrowed);
}

/* The kind is signed too: no kind of file passes as another one. */
TEST_F(credential, P12_other_kinds_of_file)
{
	const struct file *good = capability(.mask = FS);
	const u8 *content = good->data + AT_CONTENT;
	size_t length = svcgate_get_le32(good->data + AT_LENGTH);

	EXPECT_REFUSED(SVCGATE_REASON_KIND, SVCGATE_KIND_MANIFEST, manifest(.version = 1));
	EXPECT_REFUSED(SVCGATE_REASON_KIND, SVCGATE_KIND_DELEGATION,
		       signed_envelope("capability", SVCGATE_KIND_DELEGATION, content, length));
	EXPECT_REFUSED(SVCGATE_REASON_KIND, 0,
		       signed_envelope("capability", 0, content, length));
	EXPECT_REFUSED(SVCGATE_REASON_SIGNATURE, 0,
		       flip(signed_envelope("capability", SVCGATE_KIND_MANIFEST, content, length),
			    AT_KIND, SVCGATE_KIND_MANIFEST ^ SVCGATE_KIND_CAPABILITY));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0,
		       signed_envelope("capability", SVCGATE_KIND_CAPABILITY, content, length));
}

TEST_F(credential, P4_key_grants_no_more_than_its_mask)
{
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0, capability(.mask = FS, .signer = "narrow"));
	EXPECT_REFUSED(SVCGATE_REASON_FORBIDDEN, SVCGATE_CAPABILITY_APP_DEVELOPMENT,
		       capability(.signer = "narrow"));
	EXPECT_REFUSED(SVCGATE_REASON_GRANT, SVCGATE_CAPABILITY_APP_DEVELOPMENT,
		       capability(.mask = AD, .signer = "narrow"));
	EXPECT_REFUSED(SVCGATE_REASON_GRANT, SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE,
		       capability(.mask = FS | RF, .signer = "narrow"));
	EXPECT_REFUSED(SVCGATE_REASON_GRANT, 63,
		       capability(.mask = FS | 1ULL << 63, .signer = "narrow"));
	EXPECT_REFUSED(SVCGATE_REASON_GRANT, 0,
		       capability(.mask = ~0ULL, .signer = "narrow"));
}

TEST_F(credential, P4_file_with_zero_capabilities_opens_nothing)
{
	EXPECT_REFUSED(SVCGATE_REASON_FORBIDDEN, SVCGATE_CAPABILITY_APP_DEVELOPMENT,
		       capability(.mask = 0));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN,
		  ask(&self->rig, RF_LIST, .file = capability(.mask = 0)));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(&self->rig, SVCGATE_OP_IDENTIFY, .file = capability(.mask = 0)));
	/* Ids that no row names open nothing either. */
	EXPECT_REFUSED(SVCGATE_REASON_FORBIDDEN, SVCGATE_CAPABILITY_APP_DEVELOPMENT,
		       capability(.mask = ~(AD | RF | FS)));
}

TEST_F(credential, P5_revoked_serial_and_epoch)
{
	EXPECT_REFUSED(SVCGATE_REASON_REVOKED, 0, capability(.mask = FS, .serial = 7));
	EXPECT_REFUSED(SVCGATE_REASON_REVOKED, 0, capability(.mask = FS, .serial = 9));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0, capability(.mask = FS, .serial = 8));
	EXPECT_REFUSED(SVCGATE_REASON_EPOCH, 0, capability(.mask = FS, .epoch_below = 1));
	EXPECT_REFUSED(SVCGATE_REASON_EPOCH, 0,
		       capability(.mask = FS, .epoch_below = SIGNED_EPOCH));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0, capability(.mask = FS, .epoch_below = -1));
}

TEST_F(credential, P4_states_mask)
{
	EXPECT_REFUSED(SVCGATE_REASON_STATE, SVCGATE_STATE_DEVICE_COMPLETE,
		       capability(.mask = FS, .states = 1 << SVCGATE_STATE_BLANK));
	EXPECT_REFUSED(SVCGATE_REASON_STATE, SVCGATE_STATE_DEVICE_COMPLETE,
		       capability(.mask = FS, .states = 1 << SVCGATE_STATE_BLANK |
						   1 << SVCGATE_STATE_MODULE1_COMPLETE));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0,
		       capability(.mask = FS, .states = 1 << SVCGATE_STATE_DEVICE_COMPLETE));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_VALUE, 7, capability(.mask = FS, .states = 0x0c));
}

TEST_F(credential, P10_limits_that_are_not_enforced_yet_are_named)
{
	static const u8 value[SVCGATE_NONCE_SIZE] = { 60 };
	static const u8 later[8] = { 61 };

	EXPECT_REFUSED(SVCGATE_REASON_FIELD_NOT_ENFORCED, 8,
		       capability(.mask = FS, .no_sideload = true,
				  .extra = { { SVCGATE_CAPABILITY_CHALLENGE, 32, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_NOT_ENFORCED, 8,
		       capability(.mask = FS, .no_sideload = true,
				  .extra = { { SVCGATE_CAPABILITY_CHALLENGE, 32, value },
					     { SVCGATE_CAPABILITY_LEASE, 4, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_NOT_ENFORCED, 10,
		       capability(.mask = FS, .no_sideload = true,
				  .extra = { { SVCGATE_CAPABILITY_HOLDER, 32, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_NOT_ENFORCED, 11,
		       capability(.mask = FS,
				  .extra = { { SVCGATE_CAPABILITY_NOT_BEFORE, 8, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_NOT_ENFORCED, 11,
		       capability(.mask = FS,
				  .extra = { { SVCGATE_CAPABILITY_NOT_BEFORE, 8, value },
					     { SVCGATE_CAPABILITY_NOT_AFTER, 8, later } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_NOT_ENFORCED, 12,
		       capability(.mask = FS,
				  .extra = { { SVCGATE_CAPABILITY_NOT_AFTER, 8, later } }));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0, capability(.mask = FS, .no_sideload = true));
}

TEST_F(credential, P10_contents_that_are_wrong_are_named_by_field)
{
	static const u8 value[SVCGATE_NONCE_SIZE] = { 60 };
	u16 field;

	EXPECT_REFUSED(SVCGATE_REASON_FIELD_UNKNOWN, 0x10,
		       capability(.mask = FS, .extra = { { 0x8010, 4, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0,
		       capability(.mask = FS, .extra = { { 0x0010, 4, value } }));
	for (field = 1; field <= 5; field++)
		EXPECT_REFUSED(SVCGATE_REASON_FIELD_MISSING, field,
			       capability(.mask = FS, .drop = 0x8000 | field));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_ORDER, 5,
		       capability(.mask = FS, .extra = { { SVCGATE_CAPABILITY_EPOCH, 4, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_ORDER, 3,
		       capability(.mask = FS, .extra = { { SVCGATE_CAPABILITY_MASK, 8, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_VALUE, 6,
		       capability(.mask = FS, .extra = { { SVCGATE_CAPABILITY_FLAGS, 4, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_VALUE, 9,
		       capability(.mask = FS, .extra = { { SVCGATE_CAPABILITY_LEASE, 4, value } }));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_VALUE, 13,
		       capability(.mask = FS,
				  .extra = { { SVCGATE_CAPABILITY_LABEL, 5, "a\033[2J" } }));
	EXPECT_REFUSED(SVCGATE_REASON_DONE, 0,
		       capability(.mask = FS,
				  .extra = { { SVCGATE_CAPABILITY_LABEL, 5, "label" } }));
}

static const struct file *with_content(u8 *content, size_t length, size_t room)
{
	const struct file *good = capability(.mask = FS);
	size_t whole = svcgate_get_le32(good->data + AT_LENGTH);

	memset(content, 0, room);
	memcpy(content, good->data + AT_CONTENT, whole);
	return signed_envelope("capability", SVCGATE_KIND_CAPABILITY, content,
			       length ? length : whole + 1);
}

TEST_F(credential, P10_contents_of_wrong_length)
{
	u8 content[SVCGATE_CAPABILITY_MAX + 1];

	/* One byte behind the last field, and a last field cut short. */
	EXPECT_REFUSED(SVCGATE_REASON_CONTENT, 5, with_content(content, 0, sizeof(content)));
	EXPECT_REFUSED(SVCGATE_REASON_CONTENT, 1, with_content(content, 19, sizeof(content)));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_MISSING, 2,
		       with_content(content, 20, sizeof(content)));
	EXPECT_REFUSED(SVCGATE_REASON_ENVELOPE, 0,
		       with_content(content, SVCGATE_CAPABILITY_MAX + 1, sizeof(content)));
	EXPECT_REFUSED(SVCGATE_REASON_FIELD_ORDER, 0,
		       with_content(content, SVCGATE_CAPABILITY_MAX, sizeof(content)));
}

TEST_HARNESS_MAIN
