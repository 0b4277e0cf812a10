// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Capability files in use: what they leave behind, what they cost, what stored
 * ones do to passed ones, and what holds without a keystore.
 */
#include "rig.h"
#include "kselftest_harness.h"

#define STATE_SHOW	SVCGATE_OP_STATE_SHOW	/* FS or AD */
#define APP_MEMORY	SVCGATE_OP_APP_MEMORY	/* AD */
#define RF_LIST		SVCGATE_OP_RF_LIST	/* RF */
#define IDENTIFY	SVCGATE_OP_IDENTIFY
#define DRY		SVCGATE_REQUEST_DRY_RUN

FIXTURE(credential)
{
	struct rig rig;
};

FIXTURE_SETUP(credential)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
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

/* Another device on the same rig. */
static int become(struct rig *rig, const struct rig_device *device)
{
	int r;

	rig_close(rig);
	r = rig_load(device);
	return r ? r : rig_open(rig);
}

TEST_F(credential, P8_nothing_remains_after_the_request)
{
	const struct file *file = capability(.mask = FS);
	struct rig *rig = &self->rig;
	struct svcgate_capability_list list;
	struct host_response response;
	struct host_request request = {
		.op = SVCGATE_OP_CAPABILITY_LIST,
		.credential = SECTION(file),
	};
	u8 serial[SVCGATE_SERIAL_SIZE] = {};

	ASSERT_EQ(SVCGATE_REASON_DONE, host_ask(&rig->host, &request, &response));
	ASSERT_EQ(sizeof(list), response.length);
	memcpy(&list, response.payload, sizeof(list));
	EXPECT_EQ(FS, list.passed);
	EXPECT_EQ(0, list.by_state);
	EXPECT_EQ(0, list.sideloaded);
	EXPECT_EQ(0, list.generation);
	EXPECT_EQ(0, memcmp(list.sideloaded_serial, serial, sizeof(serial)));
	memset(serial, 1, sizeof(serial));
	EXPECT_EQ(0, memcmp(list.passed_serial, serial, sizeof(serial)));

	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, SVCGATE_OP_CAPABILITY_LIST));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = file));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, STATE_SHOW));
	ASSERT_EQ(0, rig_fresh(rig));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, STATE_SHOW));
}

TEST_F(credential, P9_file_used_twice_costs_one_signature)
{
	const struct file *file = capability(.mask = FS), *other = capability(.mask = AD);
	struct rig *rig = &self->rig;

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = file));
	EXPECT_EQ(1, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_EQ(0, rig_count(rig, SVCGATE_COUNTER_CACHED));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = file));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = file));
	EXPECT_EQ(1, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_EQ(2, rig_count(rig, SVCGATE_COUNTER_CACHED));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = other));
	EXPECT_EQ(2, rig_count(rig, SVCGATE_COUNTER_VERIFIED));

	/* The cache is the device's, not the port's. */
	ASSERT_EQ(0, rig_fresh(rig));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = file));
	EXPECT_EQ(0, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_EQ(1, rig_count(rig, SVCGATE_COUNTER_CACHED));
}

/* Only good signatures are remembered, and only for the very same bytes. */
TEST_F(credential, P9_cache_remembers_good_files_only)
{
	const struct file *good = capability(.mask = FS);
	struct file *bad = signed_copy(good);
	struct rig *rig = &self->rig;

	bad->data[bad->length - 1] ^= 1;
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = good));
	EXPECT_EQ(SVCGATE_REASON_SIGNATURE, ask(rig, STATE_SHOW, .file = bad));
	EXPECT_EQ(SVCGATE_REASON_SIGNATURE, ask(rig, STATE_SHOW, .file = bad));
	EXPECT_EQ(3, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
	EXPECT_EQ(0, rig_count(rig, SVCGATE_COUNTER_CACHED));

	/* Right signature, wrong device: judged anew each time. */
	good = capability(.mask = FS, .device = signed_other_device);
	EXPECT_EQ(SVCGATE_REASON_DEVICE, ask(rig, STATE_SHOW, .file = good));
	EXPECT_EQ(SVCGATE_REASON_DEVICE, ask(rig, STATE_SHOW, .file = good));
	EXPECT_EQ(1, rig_count(rig, SVCGATE_COUNTER_CACHED));
}

/* More files than the cache holds: each is right or wrong as before. */
TEST_F_TIMEOUT(credential, P9_cache_is_bounded, VM_LONG)
{
	const struct file *files[20];
	struct rig *rig = &self->rig;
	unsigned int i, round;

	for (i = 0; i < 20; i++)
		files[i] = capability(.mask = i % 2 ? FS : 0, .serial = 100 + i);
	for (round = 0; round < 2; round++) {
		for (i = 0; i < 20; i++) {
			if (i % 8 == 0)
				ASSERT_EQ(0, rig_fresh(rig));
			EXPECT_EQ(i % 2 ? SVCGATE_REASON_DONE : SVCGATE_REASON_FORBIDDEN,
				  ask(rig, STATE_SHOW, .file = files[i]));
		}
	}
	EXPECT_EQ(4, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
}

TEST_F(credential, P2_refused_file_refuses_what_needs_none)
{
	struct rig_device blank = { .state = SVCGATE_STATE_BLANK, .keystore = keystore() };
	const struct file *foreign = capability(.mask = FS, .device = signed_other_device);
	struct rig *rig = &self->rig;

	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, IDENTIFY));
	EXPECT_EQ(SVCGATE_REASON_DEVICE, ask(rig, IDENTIFY, .file = foreign));
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_KEY,
		  ask(rig, IDENTIFY, .file = capability(.mask = FS, .signer = "unknown")));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, IDENTIFY));

	ASSERT_EQ(0, become(rig, &blank));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DEVICE, ask(rig, STATE_SHOW, .file = foreign));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = 0)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW));
}

TEST_F(credential, P5_passed_file_below_the_stored_generation)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(),
		.stored = capability(.mask = 0, .serial = 2),
	};
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, become(rig, &device));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED,
		  ask(rig, STATE_SHOW, .file = capability(.mask = FS, .generation_below = 1)));
	EXPECT_EQ(SVCGATE_REASON_SUPERSEDED,
		  ask(rig, STATE_SHOW,
		      .file = capability(.mask = FS, .generation_below = SIGNED_GENERATION)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(rig, STATE_SHOW,
		      .file = capability(.mask = FS, .generation = SIGNED_GENERATION + 1)));
	/* Passing a higher one ends nothing: only a stored file counts. */
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
}

TEST_F(credential, P4_stored_and_passed_ids_add_up)
{
	struct rig_device device = {
		.state = SVCGATE_STATE_MODULE1_COMPLETE,
		.keystore = keystore(),
		.stored = capability(.mask = RF, .serial = 2),
	};
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, become(rig, &device));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, RF_LIST, DRY));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, APP_MEMORY, DRY));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(rig, APP_MEMORY, DRY, .file = capability(.mask = AD)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, RF_LIST, DRY, .file = capability(.mask = AD)));
}

TEST_F(credential, P2_without_keystore_every_signed_thing_is_refused)
{
	struct rig_device device = { .state = SVCGATE_STATE_DEVICE_COMPLETE };
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, become(rig, &device));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE,
		  ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE,
		  ask(rig, IDENTIFY, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, IDENTIFY));
	EXPECT_EQ(0, rig_count(rig, SVCGATE_COUNTER_VERIFIED));
}

TEST_F(credential, P2_Blank_works_without_keystore)
{
	struct rig_device device = { .state = SVCGATE_STATE_BLANK };
	const struct file *image = manifest(.version = 1);
	struct rig *rig = &self->rig;

	ASSERT_EQ(0, become(rig, &device));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, RF_LIST, DRY));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, SVCGATE_OP_CAPABILITY_LIST));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE, ask(rig, SVCGATE_OP_KEYSTORE_SHOW));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE,
		  ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
	EXPECT_EQ(SVCGATE_REASON_NO_KEYSTORE,
		  ask(rig, SVCGATE_OP_IMAGE_INSTALL, .object = RIG_OBJECT, .image = image));
}

TEST_F(credential, P2_sections_of_later_versions_are_refused)
{
	const struct file *file = capability(.mask = FS);
	struct host_response response;
	struct host_request request = {
		.op = STATE_SHOW,
		.credential = SECTION(file),
		.delegation = { "x", 1 },
	};

	EXPECT_EQ(SVCGATE_REASON_SECTION, host_ask(&self->rig.host, &request, &response));
	EXPECT_EQ(1, response.detail);
	request.delegation.length = 0;
	request.proof = (struct host_bytes){ "xy", 2 };
	EXPECT_EQ(SVCGATE_REASON_SECTION, host_ask(&self->rig.host, &request, &response));
	EXPECT_EQ(2, response.detail);
	request.proof.length = 0;
	EXPECT_EQ(SVCGATE_REASON_DONE, host_ask(&self->rig.host, &request, &response));
	EXPECT_EQ(1, rig_count(&self->rig, SVCGATE_COUNTER_VERIFIED));
}

/* Which curves this kernel has, from its own list; Debian's 6.12 has both. */
static bool kernel_has(const char *algorithm)
{
	static char text[256 * 1024];

	if (vm_read_file("/proc/sys/kernel/osrelease", text, sizeof(text)))
		return false;
	if (!strncmp(text, "6.12.", 5))
		return true;
	return !vm_read_file("/proc/crypto", text, sizeof(text)) && strstr(text, algorithm);
}

TEST_F(credential, P2_elliptic_curves_where_the_kernel_has_them)
{
	static const struct {
		const char *signer;
		const char *algorithm;
	} curves[] = {
		{ "p256", "ecdsa-nist-p256" }, { "p384", "ecdsa-nist-p384" },
	};
	static const struct signed_key keys[] = {
		{ "capability", SVCGATE_PURPOSE_CAPABILITY, ~0ULL },
		{ "p256", SVCGATE_PURPOSE_CAPABILITY, FS },
		{ "p384", SVCGATE_PURPOSE_CAPABILITY, FS },
		{ }
	};
	struct rig_device device = {
		.state = SVCGATE_STATE_DEVICE_COMPLETE,
		.keystore = keystore(.keys = keys),
	};
	struct rig *rig = &self->rig;
	struct file *altered;
	unsigned int i;
	bool has;

	ASSERT_EQ(0, become(rig, &device));
	for (i = 0; i < 2; i++) {
		has = kernel_has(curves[i].algorithm);
		EXPECT_EQ(has ? SVCGATE_REASON_DONE : SVCGATE_REASON_ALGORITHM,
			  ask(rig, STATE_SHOW,
			      .file = capability(.mask = FS, .signer = curves[i].signer)));
		if (has)
			EXPECT_EQ(SVCGATE_REASON_GRANT,
				  ask(rig, STATE_SHOW, .file = capability(.mask = AD,
				      .signer = curves[i].signer)));
		altered = signed_copy(capability(.mask = FS, .signer = curves[i].signer));
		altered->data[altered->length - 1] ^= 1;
		EXPECT_EQ(has ? SVCGATE_REASON_SIGNATURE : SVCGATE_REASON_ALGORITHM,
			  ask(rig, STATE_SHOW, .file = altered));
	}
	/* The other key serves on every kernel. */
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, STATE_SHOW, .file = capability(.mask = FS)));
}

TEST_HARNESS_MAIN
