// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the store into the kernel: order, and what is left out when something
 * is damaged or refused. The kernel is a list of what it was told.
 */
#include "configure.h"
#include "format.h"
#include "helper_disk.h"

#define STATE	SVCGATE_RECORD_STATE

static struct {
	char told[256];
	struct device_info info;
	struct device_port port;
	size_t port_count;
	struct device_verdict keystore, capability;
	struct device_floors floors;
	u8 state;
	int floors_error, state_error, seal_error;
	struct device_rule rules[4];
	size_t rule_count;
	int rules_error, rule_error;
} kernel;

static void tell(const char *what)
{
	strcat(kernel.told, what);
	strcat(kernel.told, " ");
}

static int gate_device(void *context, struct device_info *ret_info)
{
	*ret_info = kernel.info;
	return 0;
}

static int gate_ports(void *context, struct device_port *ret_ports, size_t size,
		      size_t *ret_count)
{
	ret_ports[0] = kernel.port;
	*ret_count = kernel.port_count;
	return 0;
}

static int gate_set_device(void *context, const u8 *id, size_t length, const u8 *audience)
{
	tell("device");
	return 0;
}

static int gate_set_floors(void *context, const struct device_floors *floors)
{
	tell("floors");
	kernel.floors = *floors;
	return kernel.floors_error;
}

static int gate_set_state(void *context, u8 state)
{
	static const char *const names[] = { "Blank", "Module1", "Complete" };

	tell(names[state]);
	kernel.state = state;
	return kernel.state_error;
}

static int gate_set_keystore(void *context, const void *file, size_t length,
			     struct device_verdict *ret_verdict)
{
	tell("keystore");
	*ret_verdict = kernel.keystore;
	return 0;
}

static int gate_set_capability(void *context, const void *file, size_t length,
			       struct device_verdict *ret_verdict)
{
	tell("capability");
	*ret_verdict = kernel.capability;
	return 0;
}

static int gate_rules(void *context, struct device_rule *ret_rules, size_t size,
		      size_t *ret_count)
{
	memcpy(ret_rules, kernel.rules, sizeof(kernel.rules));
	*ret_count = kernel.rule_count;
	return kernel.rules_error;
}

static int gate_set_rule(void *context, const struct device_rule *rule)
{
	tell(rule->name);
	return kernel.rule_error;
}

static int gate_seal(void *context)
{
	tell("seal");
	return kernel.seal_error;
}

static const char *gate_message(void *context)
{
	return "";
}

static struct helper_ops ops;
static const struct store store = { .ops = &ops, .sha256 = test_sha256 };
static struct backend backend;
static struct maker_ops maker;
static struct configure_plan plan = {
	.backend = &backend,
	.maker = &maker,
	.id = { 1, 2, 3, 4, 5, 6, 7, 8 },
	.id_length = 8,
	.audience = { 9 },
};

static void put(const char *name, u8 kind, u64 number, const void *content, size_t length)
{
	u8 record[DISK_FILE_MAX];
	size_t size = disk_record(kind, number, content, length, record);

	disk_put(name, record, size);
}

/* A Blank device with a keystore and a capability. */
static void begin(void)
{
	static const u8 blank = SVCGATE_STATE_BLANK;
	static const char capability[] = "\0\0\0\0capability";

	memset(&kernel, 0, sizeof(kernel));
	ops = disk_ops;
	ops.gate_device = gate_device;
	ops.gate_ports = gate_ports;
	ops.gate_set_device = gate_set_device;
	ops.gate_set_floors = gate_set_floors;
	ops.gate_set_state = gate_set_state;
	ops.gate_set_keystore = gate_set_keystore;
	ops.gate_set_capability = gate_set_capability;
	ops.gate_rules = gate_rules;
	ops.gate_set_rule = gate_set_rule;
	ops.gate_seal = gate_seal;
	ops.gate_message = gate_message;
	disk_clear();
	backend = disk_backend(&ops, false);
	put("state.0", STATE, 1, &blank, 1);
	put("state.1", STATE, 1, &blank, 1);
	put("keystore.0", SVCGATE_RECORD_KEYSTORE, 1, "keystore", 8);
	put("keystore.1", SVCGATE_RECORD_KEYSTORE, 1, "keystore", 8);
	put("capability.0", SVCGATE_RECORD_CAPABILITY, 1, capability, sizeof(capability));
	put("capability.1", SVCGATE_RECORD_CAPABILITY, 1, capability, sizeof(capability));
}

TEST(boot_order)
{
	begin();
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank capability seal ", kernel.told);
}

/* One that the kernel refuses is left out, and the device sealed all the same. */
TEST(P7_rules_of_the_maker_before_the_seal)
{
	begin();
	maker.list = calloc(1, sizeof(*maker.list));
	ASSERT_NE(NULL, maker.list);
	maker.list[maker.count++] = (struct maker_op){ .rule = { 0x8000, "self-test" } };
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank capability self-test seal ", kernel.told);
	EXPECT_EQ(1, maker.count);
	kernel.told[0] = '\0';
	kernel.rule_error = -ENOSPC;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank capability self-test seal ", kernel.told);
	EXPECT_EQ(0, maker.count);
	maker_free(&maker);
}

TEST(P2_missing_state_record_is_DeviceComplete)
{
	begin();
	disk_clear();
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device Complete seal ", kernel.told);
}

TEST(P2_damaged_state_record_is_DeviceComplete)
{
	begin();
	disk_put("state.0", "damaged", 7);
	disk_put("state.1", "", 0);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Complete capability seal ", kernel.told);
}

/* A finalized device, whose older copy says Blank. */
TEST(P5_older_state_record_never_counts)
{
	static const u8 complete = SVCGATE_STATE_DEVICE_COMPLETE;

	begin();
	put("state.1", STATE, 2, &complete, 1);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Complete capability seal ", kernel.told);
	/* Now the newer one is lost. */
	disk_put("state.1", "damaged", 7);
	kernel.told[0] = '\0';
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Complete capability seal ", kernel.told);
}

TEST(P2_state_that_is_none_counts_as_damage)
{
	u8 record[DISK_FILE_MAX], state = 3;
	size_t length = disk_record(STATE, 5, &state, 1, record);

	begin();
	disk_put("state.0", record, length);
	disk_put("state.1", record, length);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Complete capability seal ", kernel.told);
}

TEST(P2_rejected_files_do_not_keep_the_device_from_its_seal)
{
	begin();
	kernel.keystore.reason = SVCGATE_REASON_SIGNATURE;
	kernel.capability.reason = SVCGATE_REASON_NO_KEYSTORE;
	kernel.state_error = -EPERM;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank capability seal ", kernel.told);
}

TEST(capability_with_a_delegation_is_left_out)
{
	static const char content[] = "\4\0\0\0deleg capability";

	begin();
	put("capability.0", SVCGATE_RECORD_CAPABILITY, 2, content, sizeof(content));
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank seal ", kernel.told);
}

TEST(capability_record_with_wrong_lengths_is_left_out)
{
	begin();
	put("capability.0", SVCGATE_RECORD_CAPABILITY, 2, "\xff\0\0\0x", 5);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank seal ", kernel.told);
}

static void known_device(void)
{
	begin();
	memcpy(kernel.info.id, plan.id, plan.id_length);
	kernel.info.id_length = plan.id_length;
	memcpy(kernel.info.audience, plan.audience, sizeof(plan.audience));
}

TEST(restarted_helper_leaves_a_sealed_device_alone)
{
	known_device();
	kernel.info.sealed = true;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("", kernel.told);
}

TEST(helper_restarted_in_the_middle_goes_on)
{
	known_device();
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("keystore Blank capability seal ", kernel.told);
	known_device();
	kernel.seal_error = -EALREADY;
	EXPECT_EQ(0, configure(&store, &plan));
}

TEST(id_by_module_parameter_gets_its_audience)
{
	known_device();
	memset(kernel.info.audience, 0, sizeof(kernel.info.audience));
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank capability seal ", kernel.told);
}

TEST(P4_another_device_is_an_error)
{
	known_device();
	kernel.info.id[0] ^= 1;
	EXPECT_EQ(-EEXIST, configure(&store, &plan));
	known_device();
	kernel.info.sealed = true;
	kernel.info.audience[0] ^= 1;
	EXPECT_EQ(-EEXIST, configure(&store, &plan));
	EXPECT_STREQ("", kernel.told);
}

TEST(process_held_port_is_not_sealed)
{
	begin();
	kernel.port_count = 1;
	kernel.port.flags = SVCGATE_PORT_PROCESS_HELD;
	EXPECT_EQ(-EPERM, configure(&store, &plan));
	EXPECT_EQ(NULL, strstr(kernel.told, "seal"));
	plan.allow_process_held = true;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_NE(NULL, strstr(kernel.told, "seal"));
	plan.allow_process_held = false;
}

/* --- the state backend ------------------------------------------------------ */

/* A device of a factory that has both cells. */
static void begin_with_cells(u8 byte)
{
	begin();
	backend = disk_backend(&ops, true);
	cell_put(CELL_STATE, byte);
}

TEST(P5_floors_come_before_the_keystore)
{
	begin_with_cells(0x80);
	cell_put(CELL_FLOORS, 0x07);
	cell_put(CELL_FLOORS + CELL_COUNTER, 0x01);
	cell_put(CELL_FLOORS + 2 * CELL_COUNTER, 0xff);
	cell_put(CELL_FLOORS + 2 * CELL_COUNTER + 1, 0x01);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device floors keystore Blank capability seal ", kernel.told);
	EXPECT_EQ(3, kernel.floors.keystore_version);
	EXPECT_EQ(1, kernel.floors.epoch);
	EXPECT_EQ(9, kernel.floors.generation);
}

/* The content of a capability record: a file that nobody signed, for a device. */
static size_t stored_file(const u8 *id, size_t id_length, u32 generation, u8 *record)
{
	static const u8 serial[SVCGATE_SERIAL_SIZE];
	const struct svcgate_capability cap = {
		.serial = serial, .device = id, .device_length = id_length,
		.generation = generation, .states = 7,
	};
	u8 *content = record + 4 + sizeof(struct svcgate_envelope);
	struct svcgate_envelope head = {
		.magic = "SVCG", .version = 1, .kind = SVCGATE_KIND_CAPABILITY,
	};
	size_t length;

	if (svcgate_capability_build(&cap, content, SVCGATE_CAPABILITY_MAX, &length))
		return 0;
	memset(record, 0, 4);
	svcgate_put_le32((u8 *)&head.content_length, length);
	memcpy(record + 4, &head, sizeof(head));
	svcgate_put_le32(content + length, 1);
	content[length + 4] = 's';
	return content + length + 5 - record;
}

static void put_stored(const u8 *id, size_t id_length, u32 generation)
{
	u8 record[DISK_FILE_MAX];
	size_t length = stored_file(id, id_length, generation, record);

	put("capability.0", SVCGATE_RECORD_CAPABILITY, 1, record, length);
	put("capability.1", SVCGATE_RECORD_CAPABILITY, 1, record, length);
}

/* A keystore may have retired its key; older files stay over all the same. */
TEST(P5_stored_file_ends_older_ones_also_when_the_kernel_cannot_read_it)
{
	begin();
	put_stored(plan.id, plan.id_length, 27);
	kernel.capability.reason = SVCGATE_REASON_UNKNOWN_KEY;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device floors keystore Blank capability seal ", kernel.told);
	EXPECT_EQ(27, kernel.floors.generation);
	EXPECT_EQ(0, kernel.floors.keystore_version);
	/* The counter and the file: the higher of both. */
	begin_with_cells(0x80);
	cell_put(CELL_FLOORS + 2 * CELL_COUNTER, 0xff);
	put_stored(plan.id, plan.id_length, 7);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_EQ(8, kernel.floors.generation);
	put_stored(plan.id, plan.id_length, 9);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_EQ(9, kernel.floors.generation);
}

TEST(P4_another_devices_file_ends_none_of_ours)
{
	static const u8 other[] = { 8, 7, 6, 5, 4, 3, 2, 1 };

	begin();
	put_stored(other, sizeof(other), 27);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Blank capability seal ", kernel.told);
}

TEST(P5_kernel_that_takes_no_floors_is_not_sealed)
{
	begin_with_cells(0x80);
	kernel.floors_error = -EOPNOTSUPP;
	EXPECT_EQ(-EOPNOTSUPP, configure(&store, &plan));
	EXPECT_STREQ("device floors ", kernel.told);
}

TEST(P5_counters_come_up_to_what_is_in_force)
{
	static const u8 floors[] = { 0x0f, 0, 0, 0, 0x01, 0, 0, 0, 0xff, 0xff, 0xff, 0x07 };

	begin_with_cells(0x80);
	cell_put(CELL_FLOORS, 0x01);
	/* What the kernel says after it has verified the keystore. */
	kernel.info.keystore_version = 4;
	kernel.info.epoch = 1;
	kernel.info.generation = 27;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_EQ(0, memcmp(disk.cells + CELL_FLOORS, floors, sizeof(floors)));
	/* And stay there, whatever is in force later. */
	kernel.info.keystore_version = 0;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_EQ(0, memcmp(disk.cells + CELL_FLOORS, floors, sizeof(floors)));
}

/* The power went between record and counter; init starts the helper again. */
TEST(P5_restarted_helper_brings_counters_up)
{
	known_device();
	backend = disk_backend(&ops, true);
	kernel.info.sealed = true;
	kernel.info.keystore_version = 2;
	kernel.info.state = SVCGATE_STATE_DEVICE_COMPLETE;
	cell_put(CELL_STATE, 0x80);
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("", kernel.told);
	EXPECT_EQ(0x03, disk.cells[CELL_FLOORS]);
	/* But not the state: what could not be read may be read again. */
	EXPECT_EQ(0x80, disk.cells[CELL_STATE]);
}

TEST(P2_unreadable_cells)
{
	begin_with_cells(0x80);
	disk.cell_error = -EIO;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_STREQ("device keystore Complete capability seal ", kernel.told);
	EXPECT_EQ(0, disk.cell_writes);
	/* Named, and not even to be opened. */
	begin_with_cells(0x80);
	backend.state.fd = -1;
	backend.state.error = -ENOENT;
	EXPECT_EQ(0, configure(&store, &plan));
	EXPECT_EQ(SVCGATE_STATE_DEVICE_COMPLETE, kernel.state);
}

TEST_HARNESS_MAIN
