// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From insmod to the seal: what the device says and refuses on the way, and what
 * can be told to it when.
 */
#include <errno.h>

#include "rig.h"
#include "../unit/policy_table.h"
#include "kselftest_harness.h"

#define IDENTIFY	SVCGATE_OP_IDENTIFY
#define STATE_SHOW	SVCGATE_OP_STATE_SHOW

FIXTURE(configure)
{
	struct rig rig;
	struct device_netlink *netlink;
};

FIXTURE_SETUP(configure)
{
	vm_clean();
}

FIXTURE_TEARDOWN(configure)
{
	if (self->netlink)
		device_netlink_close(self->netlink);
	vm_clean();
}

static int begin(FIXTURE_DATA(configure) *self, const struct rig_device *device)
{
	int r = rig_load(device);

	return r ? r : device_netlink_open(&self->netlink);
}

#define EXPECT_ERROR(error, text, call)						\
	do {									\
		EXPECT_EQ(error, call);						\
		EXPECT_STREQ(text, device_netlink_message(self->netlink));	\
	} while (0)

/* Does the device say its ID, and nothing else? */
static bool identifies(struct rig *rig)
{
	struct host_response response;
	struct host_request request = { .op = IDENTIFY };

	return host_ask(&rig->host, &request, &response) == SVCGATE_REASON_DONE &&
	       response.length == sizeof(signed_device) &&
	       !memcmp(response.payload, signed_device, sizeof(signed_device));
}

static const char *device_id_parameter(void)
{
	static char text[32 + 2 * SIGNED_DEVICE_SIZE];
	int at = snprintf(text, sizeof(text), "device_id=");
	unsigned int i;

	for (i = 0; i < SIGNED_DEVICE_SIZE; i++)
		at += snprintf(text + at, sizeof(text) - at, "%02x", signed_device[i]);
	return text;
}

/* Every row of the table, and some numbers that have none. */
static void expect_everywhere(TESTED, struct rig *rig, int reason, int for_identify,
			      const struct file *file)
{
	static const u16 without_row[] = {
		0x0000, 0x0006, 0x0016, 0x0025, 0x0036, 0x0084, 0x7fff, 0x8000, 0xffff,
	};
	unsigned int i;
	u16 detail;

	for (i = 0; i < ARRAY_SIZE(table); i++)
		EXPECT_EQ(table[i].op == IDENTIFY ? for_identify : reason,
			  ask(rig, table[i].op, .file = file))
			TH_LOG("%s", table[i].name);
	for (i = 0; i < ARRAY_SIZE(without_row); i++) {
		EXPECT_EQ(SVCGATE_REASON_UNKNOWN_OP,
			  ask_detail(rig, &detail, without_row[i], .file = file));
		EXPECT_EQ(without_row[i], detail);
	}
}

TEST_F_TIMEOUT(configure, P3_before_the_id_is_known, VM_LONG)
{
	struct rig_device nameless = { .nameless = true };

	ASSERT_EQ(0, rig_load(&nameless));
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_WELCOME_RANDOM, self->rig.host.welcome.flags);
	expect_everywhere(_metadata, &self->rig, SVCGATE_REASON_NOT_CONFIGURED,
			  SVCGATE_REASON_NOT_CONFIGURED, NULL);
	rig_close(&self->rig);
}

TEST_F_TIMEOUT(configure, P3_id_by_module_parameter, VM_LONG)
{
	struct rig_device nameless = {
		.parameters = device_id_parameter(),
		.nameless = true,
	};

	ASSERT_EQ(0, rig_load(&nameless));
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_TRUE(identifies(&self->rig));
	EXPECT_EQ(SVCGATE_WELCOME_RANDOM, self->rig.host.welcome.flags);
	expect_everywhere(_metadata, &self->rig, SVCGATE_REASON_NOT_SEALED,
			  SVCGATE_REASON_DONE, NULL);
	rig_close(&self->rig);
}

TEST_F(configure, P3_bad_module_parameter)
{
	static const char *const bad[] = {
		"device_id=0", "device_id=zz", "device_id=00112233445566",
		"device_id=001122334455667", "device_id=0000000000000000",
		"device_id=ffffffffffffffff",
	};
	char longest[16 + 2 * (SVCGATE_DEVICE_ID_MAX + 1) + 1];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, vm_insmod(bad[i]));
	snprintf(longest, sizeof(longest), "device_id=%0*d", 2 * SVCGATE_DEVICE_ID_MAX + 2, 1);
	EXPECT_EQ(-EINVAL, vm_insmod(longest));
	EXPECT_FALSE(vm_is_loaded());
	EXPECT_EQ(0, vm_insmod("device_id=0011223344556677"));
}

TEST_F(configure, P3_identify_in_every_state_without_helper)
{
	struct rig_device device = {};

	for (device.state = 0; device.state <= SVCGATE_STATE_DEVICE_COMPLETE; device.state++) {
		ASSERT_EQ(0, rig_load(&device));
		ASSERT_EQ(0, rig_open(&self->rig));
		EXPECT_TRUE(identifies(&self->rig));
		EXPECT_EQ(SVCGATE_WELCOME_RANDOM | SVCGATE_WELCOME_CONFIGURED,
			  self->rig.host.welcome.flags);
		EXPECT_EQ(0, rig_flags(&self->rig) & SVCGATE_PORT_DOOR_OPEN);
		rig_close(&self->rig);
	}
}

TEST_F_TIMEOUT(configure, P2_unsealed_refuses_all_but_identify, VM_LONG)
{
	struct rig_device device = {
		.open = true,
		.state = SVCGATE_STATE_BLANK,
		.keystore = keystore(),
		.stored = capability(.mask = AD | RF | FS),
	};
	struct device_capability capabilities[8];
	size_t count = 99;

	ASSERT_EQ(0, begin(self, &device));
	ASSERT_EQ(0, rig_open(&self->rig));
	expect_everywhere(_metadata, &self->rig, SVCGATE_REASON_NOT_SEALED,
			  SVCGATE_REASON_DONE, NULL);
	expect_everywhere(_metadata, &self->rig, SVCGATE_REASON_NOT_SEALED,
			  SVCGATE_REASON_DONE, capability(.mask = AD | RF | FS));
	EXPECT_EQ(0, device_netlink_get_capabilities(self->netlink, capabilities,
						     ARRAY_SIZE(capabilities), &count));
	EXPECT_EQ(0, count);

	ASSERT_EQ(0, rig_seal());
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(&self->rig, STATE_SHOW));
	EXPECT_EQ(0, device_netlink_get_capabilities(self->netlink, capabilities,
						     ARRAY_SIZE(capabilities), &count));
	EXPECT_EQ(2 + 3, count);
	rig_close(&self->rig);
}

TEST_F(configure, P2_sealed_without_state_is_DeviceComplete)
{
	struct rig_device device = { .stateless = true };
	struct device_info info;

	ASSERT_EQ(0, begin(self, &device));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(SVCGATE_STATE_DEVICE_COMPLETE, info.state);
	EXPECT_TRUE(info.sealed);
	EXPECT_EQ(0, info.keystore_version);
	ASSERT_EQ(0, rig_open(&self->rig));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask(&self->rig, STATE_SHOW));
	EXPECT_TRUE(identifies(&self->rig));
	rig_close(&self->rig);
}

static const char first[] = "device ID and audience come first";

/* Through netlink, with text: nothing is taken before the device has a name. */
TEST_F(configure, P2_device_comes_first)
{
	struct rig_device nameless = { .nameless = true };
	const struct file *trust = keystore(), *stored = capability(.mask = FS);
	struct device_verdict verdict;
	struct device_info info;

	ASSERT_EQ(0, begin(self, &nameless));
	EXPECT_ERROR(-EINVAL, first, device_netlink_set_state(self->netlink, 0));
	EXPECT_ERROR(-EINVAL, first, device_netlink_set_keystore(self->netlink, trust->data,
								 trust->length, &verdict));
	EXPECT_ERROR(-EINVAL, first, device_netlink_set_capability(self->netlink, stored->data,
								   stored->length, &verdict));
	EXPECT_ERROR(-EINVAL, first, device_netlink_set_rule(self->netlink, 0x8000, "x", 1));
	EXPECT_ERROR(-EINVAL, first, device_netlink_seal(self->netlink));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(0, info.id_length);
	EXPECT_FALSE(info.sealed);
	EXPECT_EQ(SVCGATE_STATE_DEVICE_COMPLETE, info.state);
}

TEST_F(configure, P4_device_is_told_once)
{
	static const u8 zero[SVCGATE_DEVICE_ID_MAX];
	struct rig_device nameless = { .nameless = true };
	const char *unfused = "device ID is all 00 or all ff: not fused";
	const char *again = "device ID was set already; it is told once a boot";
	const char *length = "device ID must have 8 to 64 bytes";
	u8 ones[SVCGATE_DEVICE_ID_MAX], longest[SVCGATE_DEVICE_ID_MAX] = { 1 };
	struct device_info info;

	memset(ones, 0xff, sizeof(ones));
	ASSERT_EQ(0, begin(self, &nameless));
#define TELL(id, bytes, audience) \
	device_netlink_set_device(self->netlink, id, bytes, audience)
	EXPECT_ERROR(-EINVAL, unfused, TELL(zero, 8, signed_audience));
	EXPECT_ERROR(-EINVAL, unfused, TELL(zero, 64, signed_audience));
	EXPECT_ERROR(-EINVAL, unfused, TELL(ones, 16, signed_audience));
	EXPECT_ERROR(-EINVAL, length, TELL(signed_device, 7, signed_audience));
	EXPECT_ERROR(-EINVAL, "audience is all 00: not set", TELL(signed_device, 8, zero));
	EXPECT_EQ(0, TELL(longest, 64, signed_audience));
	EXPECT_ERROR(-EEXIST, again, TELL(longest, 64, signed_audience));
	EXPECT_ERROR(-EEXIST, again, TELL(longest, 63, signed_audience));
	EXPECT_ERROR(-EEXIST, again, TELL(signed_device, 8, signed_audience));
	ASSERT_EQ(0, device_netlink_seal(self->netlink));
	EXPECT_ERROR(-EEXIST, again, TELL(signed_device, 8, signed_audience));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(64, info.id_length);
	EXPECT_EQ(0, memcmp(info.id, longest, 64));
	EXPECT_EQ(0, memcmp(info.audience, signed_audience, sizeof(info.audience)));
}

TEST_F(configure, P4_parameter_and_netlink_must_agree)
{
	struct rig_device nameless = {
		.parameters = device_id_parameter(),
		.nameless = true,
	};

	ASSERT_EQ(0, begin(self, &nameless));
	EXPECT_EQ(-EINVAL, device_netlink_seal(self->netlink));
	EXPECT_EQ(-EEXIST, TELL(signed_other_device, SIGNED_DEVICE_SIZE, signed_audience));
	EXPECT_EQ(-EEXIST, TELL(signed_device, SIGNED_DEVICE_SIZE - 1, signed_audience));
	EXPECT_EQ(0, TELL(signed_device, SIGNED_DEVICE_SIZE, signed_audience));
	EXPECT_EQ(-EEXIST, TELL(signed_device, SIGNED_DEVICE_SIZE, signed_audience));
}

TEST_F(configure, P5_state_never_goes_back)
{
	struct rig_device device = { .stateless = true, .open = true };
	const char *back = "the manufacturing state never goes back";
	struct device_info info;

	ASSERT_EQ(0, begin(self, &device));
	EXPECT_ERROR(-EINVAL, "unknown manufacturing state",
		     device_netlink_set_state(self->netlink, 3));
	EXPECT_ERROR(-EINVAL, "unknown manufacturing state",
		     device_netlink_set_state(self->netlink, 255));
	EXPECT_EQ(0, device_netlink_set_state(self->netlink, SVCGATE_STATE_BLANK));
	EXPECT_EQ(0, device_netlink_set_state(self->netlink, SVCGATE_STATE_BLANK));
	EXPECT_EQ(0, device_netlink_set_state(self->netlink, SVCGATE_STATE_MODULE1_COMPLETE));
	EXPECT_ERROR(-EPERM, back,
		     device_netlink_set_state(self->netlink, SVCGATE_STATE_BLANK));
	EXPECT_EQ(0, device_netlink_set_state(self->netlink, SVCGATE_STATE_DEVICE_COMPLETE));
	EXPECT_ERROR(-EPERM, back,
		     device_netlink_set_state(self->netlink, SVCGATE_STATE_MODULE1_COMPLETE));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(SVCGATE_STATE_DEVICE_COMPLETE, info.state);
}

TEST_F(configure, P5_nothing_is_told_after_the_seal)
{
	const struct file *trust = keystore(.version = 11), *stored = capability(.mask = FS);
	struct rig_device device = {
		.state = SVCGATE_STATE_MODULE1_COMPLETE,
		.keystore = keystore(),
	};
	const char *sealed = "the device is sealed; configuration comes before the seal";
	struct device_verdict verdict;
	struct device_info info;

	ASSERT_EQ(0, begin(self, &device));
	EXPECT_ERROR(-EALREADY, sealed, device_netlink_seal(self->netlink));
	EXPECT_ERROR(-EPERM, sealed, device_netlink_set_state(self->netlink, 0));
	EXPECT_ERROR(-EPERM, sealed, device_netlink_set_state(self->netlink, 2));
	EXPECT_ERROR(-EPERM, sealed, device_netlink_set_keystore(self->netlink, trust->data,
								 trust->length, &verdict));
	EXPECT_ERROR(-EPERM, sealed, device_netlink_set_capability(self->netlink, stored->data,
								   stored->length, &verdict));
	EXPECT_ERROR(-EPERM, sealed, device_netlink_set_rule(self->netlink, 0x8000, "x", 1));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(SVCGATE_STATE_MODULE1_COMPLETE, info.state);
	EXPECT_EQ(10, info.keystore_version);
	EXPECT_EQ(SIGNED_EPOCH, info.epoch);
	EXPECT_EQ(0, info.generation);
}

TEST_HARNESS_MAIN
