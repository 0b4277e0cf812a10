// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keystores that a key of purpose keystore signs: its file alone vouches for
 * nothing at the next start, so the record has the root's file, too; and it cannot
 * change who signs keystores (P4, P5, P6).
 */
#include <errno.h>
#include <stdlib.h>

#include "change.h"
#include "kselftest_harness.h"

#define CAPABILITY	SVCGATE_PURPOSE_CAPABILITY
#define KEYSTORE	SVCGATE_PURPOSE_KEYSTORE
#define COMPLETE	SVCGATE_STATE_DEVICE_COMPLETE
#define DONE		SVCGATE_REASON_DONE
#define KEYS		SVCGATE_REASON_KEYSTORE_KEYS
#define UNKNOWN_KEY	SVCGATE_REASON_UNKNOWN_KEY
#define NEW_KEY		"many-01"

static const struct signed_key first_keys[] = {
	{ "capability", CAPABILITY, ~0ULL }, { "keystore", KEYSTORE, 0 }, { }
};

static const struct signed_key rotated[] = {
	{ NEW_KEY, CAPABILITY, ~0ULL }, { "keystore", KEYSTORE, 0 }, { }
};

/* Another keystore key in its place. */
static const struct signed_key replaced[] = {
	{ "capability", CAPABILITY, ~0ULL }, { "large", KEYSTORE, 0 }, { }
};

FIXTURE(keystore_key)
{
	struct rig rig;
	struct host *host;
	struct change change;
};

FIXTURE_SETUP(keystore_key)
{
	self->host = &self->rig.host;
}

FIXTURE_TEARDOWN(keystore_key)
{
	EXPECT_EQ(0, self->rig.host.bad);
	rig_close(&self->rig);
	vm_clean();
}

static int start(FIXTURE_DATA(keystore_key) *self, const struct file *record)
{
	struct rig_device device = { .state = COMPLETE, .keystore = record };
	int r = rig_load(&device);

	if (!r)
		r = rig_open(&self->rig);
	self->host->chunk = 4096;
	return r ? r : rig_open_door(&self->rig);
}

/* Update to a keystore, all the way. */
static int update(FIXTURE_DATA(keystore_key) *self, const struct file *file)
{
	int r = change_ask_keystore(&self->rig, file);

	if (r != CHANGE_BEGUN)
		return r;
	r = change_read(&self->rig, &self->change);
	if (!r)
		r = change_commit(&self->rig, self->change.head.number);
	return r ? r : change_answer(&self->rig, self->host->transaction);
}

/* The content of the record: a root's file, and one behind it. */
static const struct file *record_of(const struct file *base, const struct file *file)
{
	static struct file record;

	free(record.data);
	record.length = base->length + file->length;
	record.data = malloc(record.length);
	if (!record.data)
		abort();
	memcpy(record.data, base->data, base->length);
	memcpy(record.data + base->length, file->data, file->length);
	return &record;
}

static bool is_record(const struct change *change, const struct file *file)
{
	return change_is_record(change, SVCGATE_RECORD_KEYSTORE, file->data, file->length);
}

TEST_F(keystore_key, P6_record_has_the_roots_file_too)
{
	const struct file *base = keystore(.keys = first_keys);
	const struct file *second = keystore(.version = 11, .keys = rotated,
					     .signer = "keystore");
	const struct file *third = keystore(.version = 12, .keys = rotated,
					    .signer = "keystore");
	const struct file *by_root = keystore(.version = 13, .keys = first_keys);
	const struct file *last = keystore(.version = 14, .keys = rotated,
					   .signer = "keystore");

	ASSERT_EQ(0, start(self, base));
	EXPECT_EQ(DONE, update(self, second));
	EXPECT_TRUE(is_record(&self->change, record_of(base, second)));
	EXPECT_EQ(11, self->change.what.version);
	EXPECT_EQ(FS, change_in_force(&self->rig, capability(.mask = FS, .signer = NEW_KEY)));
	EXPECT_EQ(UNKNOWN_KEY,
		  ask(&self->rig, SVCGATE_OP_OS_VERSION, .file = capability(.mask = FS)));
	EXPECT_EQ(DONE, update(self, third));
	EXPECT_TRUE(is_record(&self->change, record_of(base, third)));
	EXPECT_EQ(DONE, update(self, by_root));
	EXPECT_TRUE(is_record(&self->change, by_root));
	EXPECT_EQ(DONE, update(self, last));
	EXPECT_TRUE(is_record(&self->change, record_of(by_root, last)));
	EXPECT_EQ(14, change_info().keystore_version);
}

/* What was stored is what the device trusts after the next start. */
TEST_F(keystore_key, P6_restart_with_both_files)
{
	const struct file *base = keystore(.keys = first_keys, .version = 10);
	const struct file *second = keystore(.version = 10 + 3 * SVCGATE_KEYSTORE_JUMP,
					     .epoch = 4, .keys = rotated, .signer = "keystore");
	const struct file *next = keystore(.version = 11 + 3 * SVCGATE_KEYSTORE_JUMP,
					   .epoch = 4, .keys = rotated, .signer = "keystore");
	const struct file *file = capability(.mask = FS, .signer = NEW_KEY, .epoch_below = -1);

	ASSERT_EQ(0, start(self, record_of(base, second)));
	EXPECT_EQ(10 + 3 * SVCGATE_KEYSTORE_JUMP, change_info().keystore_version);
	EXPECT_EQ(4, change_info().epoch);
	EXPECT_EQ(FS, change_in_force(&self->rig, file));
	EXPECT_EQ(UNKNOWN_KEY, ask(&self->rig, SVCGATE_OP_OS_VERSION,
				   .file = capability(.mask = FS, .epoch_below = -1)));
	EXPECT_EQ(DONE, change_ask_keystore(&self->rig, second));
	EXPECT_TRUE(rig_door_is_quiet(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_KEYSTORE_VERSION, change_ask_keystore(&self->rig, base));
	EXPECT_EQ(DONE, update(self, next));
	EXPECT_TRUE(is_record(&self->change, record_of(base, next)));
}

#define EXPECT_RECORD(want, file)				\
	EXPECT_EQ(want, rig_verdict(file, true, NULL))

/* The second file needs the first one's word, and to be above it. */
TEST_F(keystore_key, P4_records_that_are_refused)
{
	struct rig_device device = { .open = true, .state = COMPLETE };
	const struct file *base = keystore(.keys = first_keys);
	const struct file *good = keystore(.version = 11, .keys = rotated, .signer = "keystore");
	struct file *bad = signed_copy(good);

	ASSERT_EQ(0, rig_load(&device));
	EXPECT_RECORD(UNKNOWN_KEY, good);
	EXPECT_RECORD(UNKNOWN_KEY, record_of(good, base));
	EXPECT_RECORD(UNKNOWN_KEY, record_of(keystore(), good));
	EXPECT_RECORD(UNKNOWN_KEY,
		      record_of(base, keystore(.version = 11, .keys = rotated,
					       .signer = "unknown")));
	EXPECT_RECORD(SVCGATE_REASON_PURPOSE,
		      record_of(base, keystore(.version = 11, .keys = rotated,
					       .signer = "capability")));
	EXPECT_RECORD(KEYS, record_of(base, keystore(.version = 11, .keys = replaced,
						     .signer = "keystore")));
	EXPECT_RECORD(SVCGATE_REASON_KEYSTORE_VERSION,
		      record_of(base, keystore(.version = 10, .keys = rotated,
					       .signer = "keystore")));
	EXPECT_RECORD(SVCGATE_REASON_KEYSTORE_EPOCH,
		      record_of(base, keystore(.version = 11, .keys = rotated, .epoch = 2,
					       .signer = "keystore")));
	bad->data[60] ^= 1;
	EXPECT_RECORD(SVCGATE_REASON_SIGNATURE, record_of(base, bad));
	bad->data[60] ^= 1;
	bad->length--;
	EXPECT_RECORD(SVCGATE_REASON_ENVELOPE, record_of(base, bad));
	bad->length += 2;
	EXPECT_RECORD(SVCGATE_REASON_ENVELOPE, record_of(base, bad));
	bad->length = 1;
	EXPECT_RECORD(SVCGATE_REASON_ENVELOPE, record_of(base, bad));
	EXPECT_EQ(0, change_info().keystore_version);
	EXPECT_RECORD(DONE, record_of(base, good));
	EXPECT_EQ(11, change_info().keystore_version);
	ASSERT_EQ(0, rig_open(&self->rig));
}

TEST_F(keystore_key, P4_keystore_key_cannot_change_keystore_keys)
{
	static const struct signed_key more[] = {
		{ "capability", CAPABILITY, ~0ULL }, { "keystore", KEYSTORE, 0 },
		{ "large", KEYSTORE, 0 }, { }
	};
	static const struct signed_key none[] = { { "capability", CAPABILITY, ~0ULL }, { } };
	static const struct signed_key *const wrong[] = { more, none, replaced };
	struct rig *rig = &self->rig;
	unsigned int i;

	ASSERT_EQ(0, start(self, keystore(.keys = first_keys)));
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		EXPECT_EQ(KEYS, change_ask_keystore(rig, keystore(.version = 11,
								  .keys = wrong[i],
								  .signer = "keystore")));
	EXPECT_TRUE(rig_door_is_quiet(rig));

	/* A root may. */
	EXPECT_EQ(DONE, update(self, keystore(.version = 11, .keys = more)));
	EXPECT_EQ(KEYS, change_ask_keystore(rig, keystore(.version = 12, .keys = first_keys,
							  .signer = "large")));
	EXPECT_EQ(DONE, update(self, keystore(.version = 12, .keys = more, .signer = "large")));
}

TEST_F(keystore_key, P8_retired_keystore_key_cannot_sign)
{
	const struct file *by_old = keystore(.version = 12, .keys = first_keys,
					     .signer = "keystore");
	const struct file *by_new = keystore(.version = 12, .keys = replaced,
					     .signer = "large");
	const struct file *next = keystore(.version = 11, .keys = replaced);
	struct rig *rig = &self->rig;

	/* Taken away by a change that was not stored; given by none. */
	ASSERT_EQ(0, start(self, keystore(.keys = first_keys)));
	ASSERT_EQ(CHANGE_BEGUN, change_ask_keystore(rig, next));
	ASSERT_EQ(0, change_read(rig, &self->change));
	ASSERT_EQ(0, change_abort(rig, 1));
	EXPECT_EQ(SVCGATE_REASON_NOT_STORED, change_answer(rig, 1));
	EXPECT_EQ(UNKNOWN_KEY, change_ask_keystore(rig, by_old));
	EXPECT_EQ(UNKNOWN_KEY, change_ask_keystore(rig, by_new));

	EXPECT_EQ(DONE, update(self, next));
	EXPECT_EQ(UNKNOWN_KEY, change_ask_keystore(rig, by_old));
	EXPECT_EQ(DONE, update(self, by_new));
	EXPECT_EQ(12, change_info().keystore_version);
}

/* The longest message at the door, and the longest record told at a start. */
TEST_F(keystore_key, P9_two_keystores_of_26_KiB)
{
	const struct file *base = keystore(.keys = first_keys, .fill = SVCGATE_KEYSTORE_MAX);
	const struct file *next = keystore(.version = 11, .keys = rotated,
					   .fill = SVCGATE_KEYSTORE_MAX, .signer = "keystore");

	ASSERT_EQ(0, start(self, base));
	EXPECT_EQ(DONE, update(self, next));
	EXPECT_TRUE(is_record(&self->change, record_of(base, next)));
	rig_close(&self->rig);
	ASSERT_EQ(0, start(self, record_of(base, next)));
	EXPECT_EQ(11, change_info().keystore_version);
	EXPECT_EQ(FS, change_in_force(&self->rig, capability(.mask = FS, .signer = NEW_KEY)));
}

TEST_HARNESS_MAIN
