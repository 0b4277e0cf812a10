// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who may configure the device, what malformed netlink requests do, and the
 * maker's rules.
 */
#include <errno.h>
#include <linux/capability.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rig.h"
#include "kselftest_harness.h"

#define MAKER		(1ULL << 40)
#define DRY		SVCGATE_REQUEST_DRY_RUN

FIXTURE(rights)
{
	struct rig rig;
	struct device_netlink *netlink;
};

FIXTURE_SETUP(rights)
{
	struct rig_device device = { .open = true, .stateless = true };

	ASSERT_EQ(0, rig_load(&device));
	ASSERT_EQ(0, device_netlink_open(&self->netlink));
}

FIXTURE_TEARDOWN(rights)
{
	device_netlink_close(self->netlink);
	vm_clean();
}

/* What became of each change: 1 for one that got through, else 0. */
static int changes_that_pass(int expected)
{
	const struct file *trust = keystore(), *stored = capability(.mask = FS);
	struct device_port_request request = { .name = "ttyS1" };
	struct device_verdict verdict;
	struct device_netlink *netlink;
	int passed = 0;

	if (device_netlink_open(&netlink))
		return 100;
	passed += device_netlink_set_device(netlink, signed_device, 8, signed_audience) !=
		  expected;
	passed += device_netlink_set_state(netlink, 2) != expected;
	passed += device_netlink_set_keystore(netlink, trust->data, trust->length,
					      &verdict) != expected;
	passed += device_netlink_set_capability(netlink, stored->data, stored->length,
						&verdict) != expected;
	passed += device_netlink_set_floors(netlink, &(struct device_floors){ 1 }) != expected;
	passed += device_netlink_load_keystore(netlink, trust->data, trust->length,
					       &verdict) != expected;
	passed += device_netlink_load_capability(netlink, stored->data, stored->length,
						 &verdict) != expected;
	passed += device_netlink_set_rule(netlink, 0x8000, "rule", 1) != expected;
	passed += device_netlink_attach(netlink, &request) != expected;
	passed += device_netlink_detach(netlink, "ttyS1") != expected;
	passed += device_netlink_seal(netlink) != expected;
	device_netlink_close(netlink);
	return passed;
}

static int looks_that_pass(int expected)
{
	struct device_capability capabilities[8];
	struct device_port ports[SVCGATE_PORTS_MAX];
	struct device_rule rules[128];
	struct device_netlink *netlink;
	struct device_info info;
	int passed = 0;
	size_t count;

	if (device_netlink_open(&netlink))
		return 100;
	passed += device_netlink_get_device(netlink, &info) != expected;
	passed += device_netlink_get_policy(netlink, rules, 128, &count) != expected;
	passed += device_netlink_get_capabilities(netlink, capabilities, 8, &count) != expected;
	passed += device_netlink_get_ports(netlink, ports, SVCGATE_PORTS_MAX, &count) != expected;
	device_netlink_close(netlink);
	return passed;
}

/* In a child, whose rights are gone for good: the exit code, or -1. */
#define IN_CHILD(statement)						\
	({								\
		pid_t child = fork();					\
		int status;						\
									\
		if (!child)						\
			_exit(statement);				\
		waitpid(child, &status, 0);				\
		WIFEXITED(status) ? WEXITSTATUS(status) : -1;		\
	})

TEST_F(rights, P2_changes_need_CAP_SYS_ADMIN)
{
	struct device_info info;

	EXPECT_EQ(0, IN_CHILD(rig_drop(BIT_ULL(CAP_SYS_ADMIN)) ? 101 :
			      changes_that_pass(-EPERM)));
	EXPECT_EQ(0, IN_CHILD(rig_drop(BIT_ULL(CAP_SYS_ADMIN)) ? 101 : looks_that_pass(0)));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_FALSE(info.sealed);
	EXPECT_EQ(0, info.keystore_version);
	EXPECT_EQ(0, vm_ports());
}

TEST_F(rights, P2_everything_needs_CAP_NET_ADMIN)
{
	EXPECT_EQ(0, IN_CHILD(rig_drop(BIT_ULL(CAP_NET_ADMIN)) ? 101 :
			      changes_that_pass(-EPERM)));
	EXPECT_EQ(0, IN_CHILD(rig_drop(BIT_ULL(CAP_NET_ADMIN)) ? 101 : looks_that_pass(-EPERM)));
}

/* Root of a container is nobody here: capabilities of its own user namespace. */
TEST_F(rights, P2_root_of_another_user_namespace_is_nobody)
{
	if (!vm_exists("/proc/self/ns/user"))
		SKIP(return, "this kernel has no user namespaces");
	EXPECT_EQ(0, IN_CHILD(unshare(CLONE_NEWUSER) ? 101 : changes_that_pass(-EPERM)));
	EXPECT_EQ(0, IN_CHILD(unshare(CLONE_NEWUSER) ? 101 : looks_that_pass(-EPERM)));
	EXPECT_EQ(100, IN_CHILD(unshare(CLONE_NEWNET) ? 101 : looks_that_pass(0)));
}

TEST_F(rights, P10_refusal_for_lack_of_rights_names_the_right)
{
	ASSERT_EQ(0, rig_drop(BIT_ULL(CAP_SYS_ADMIN)));
	EXPECT_EQ(-EPERM, device_netlink_seal(self->netlink));
	EXPECT_STREQ("CAP_SYS_ADMIN is needed", device_netlink_message(self->netlink));
}

/* One request as the contract forbids it; 0 when it is not refused. */
static int raw(u8 command, u16 attribute, const void *value, int length)
{
	struct nl_msg *message = nlmsg_alloc_size(70000);
	struct nl_sock *socket = nl_socket_alloc();
	static int family;
	int r;

	genl_connect(socket);
	if (!family)
		family = genl_ctrl_resolve(socket, SVCGATE_GENL_NAME);
	genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_ACK, command,
		    SVCGATE_GENL_VERSION);
	if (attribute)
		nla_put(message, attribute, length, value);
	if (attribute == SVCGATE_A_DEVICE_ID)
		nla_put(message, SVCGATE_A_AUDIENCE, SVCGATE_AUDIENCE_SIZE, signed_audience);
	r = nl_send_sync(socket, message);
	nl_socket_free(socket);
	return r;
}

/* A file that is none is answered with a reason; a state of one byte is one. */
static bool well_formed(u8 command, u16 attribute, int length)
{
	switch (command) {
	case SVCGATE_CMD_SET_STATE:
		return attribute == SVCGATE_A_STATE && length == 1;
	case SVCGATE_CMD_SET_KEYSTORE:
		return attribute == SVCGATE_A_BLOB && length < 64000;
	case SVCGATE_CMD_SET_CAPABILITY:
		return attribute == SVCGATE_A_BLOB && length < 7000;
	default:
		return false;
	}
}

TEST_F_TIMEOUT(rights, P2_malformed_netlink_requests_change_nothing, VM_LONG)
{
	static const u8 commands[] = {
		SVCGATE_CMD_ATTACH, SVCGATE_CMD_DETACH, SVCGATE_CMD_SET_DEVICE,
		SVCGATE_CMD_SET_STATE, SVCGATE_CMD_SET_KEYSTORE,
		SVCGATE_CMD_SET_CAPABILITY, SVCGATE_CMD_SET_RULE,
		SVCGATE_CMD_LOAD_KEYSTORE, SVCGATE_CMD_LOAD_CAPABILITY,
	};
	static const int lengths[] = { 0, 1, 2, 7, 16, 65, 1000, 40000, 64000 };
	static u8 value[65000];
	struct device_info info;
	unsigned int i, j;
	u16 attribute;
	int r;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		EXPECT_NE(0, raw(commands[i], 0, NULL, 0));
		for (attribute = 1; attribute <= SVCGATE_A_MAX + 1; attribute++) {
			for (j = 0; j < ARRAY_SIZE(lengths); j++) {
				r = raw(commands[i], attribute, value, lengths[j]);
				EXPECT_EQ(well_formed(commands[i], attribute, lengths[j]), !r)
					TH_LOG("command %u attribute %u length %d",
					       commands[i], attribute, lengths[j]);
			}
		}
	}
	EXPECT_NE(0, raw(SVCGATE_CMD_MAX + 1, 0, NULL, 0));
	EXPECT_NE(0, raw(SVCGATE_CMD_UNSPEC, 0, NULL, 0));
	EXPECT_NE(0, raw(SVCGATE_CMD_EVENT, 0, NULL, 0));
	ASSERT_EQ(0, device_netlink_get_device(self->netlink, &info));
	EXPECT_EQ(SVCGATE_STATE_BLANK, info.state);
	EXPECT_EQ(SIGNED_DEVICE_SIZE, info.id_length);
	EXPECT_EQ(0, memcmp(info.id, signed_device, SIGNED_DEVICE_SIZE));
	EXPECT_EQ(0, info.keystore_version);
	EXPECT_FALSE(info.sealed);
	EXPECT_EQ(0, vm_ports());
}

TEST_F(rights, P7_maker_rules_are_bounded)
{
	const char *needs = "a maker's rule needs an op from 0x8000 on, a name and a mask";
	char name[8];
	u16 i;

	EXPECT_EQ(-EINVAL, device_netlink_set_rule(self->netlink, 0x7fff, "below", MAKER));
	EXPECT_STREQ(needs, device_netlink_message(self->netlink));
	EXPECT_EQ(-EINVAL, device_netlink_set_rule(self->netlink, 0x0020, "row", MAKER));
	EXPECT_EQ(-EINVAL, device_netlink_set_rule(self->netlink, 0x8000, "maskless", 0));
	EXPECT_STREQ(needs, device_netlink_message(self->netlink));
	EXPECT_EQ(-EINVAL, device_netlink_set_rule(self->netlink, 0x8000, "", MAKER));
	EXPECT_STREQ(needs, device_netlink_message(self->netlink));
	for (i = 0; i < SVCGATE_RULES_MAX; i++) {
		snprintf(name, sizeof(name), "op%u", i);
		EXPECT_EQ(0, device_netlink_set_rule(self->netlink, 0x8000 + i, name, MAKER));
	}
	EXPECT_EQ(-EEXIST, device_netlink_set_rule(self->netlink, 0x8001, "again", MAKER));
	EXPECT_STREQ("this op has a rule already", device_netlink_message(self->netlink));
	EXPECT_EQ(-ENOSPC, device_netlink_set_rule(self->netlink, 0xffff, "more", MAKER));
	EXPECT_STREQ("too many rules", device_netlink_message(self->netlink));
}

TEST_F(rights, P7_maker_rule_is_enforced_by_its_mask)
{
	const struct file *trust = keystore();
	struct rig *rig = &self->rig;
	struct device_rule rules[128];
	size_t count;
	u16 detail;

	ASSERT_EQ(0, device_netlink_set_rule(self->netlink, 0x8000, "maker-zero", MAKER));
	ASSERT_EQ(0, device_netlink_set_rule(self->netlink, 0xffff, "maker-last", MAKER | RF));
	ASSERT_EQ(0, rig_verdict(trust, true, NULL));
	ASSERT_EQ(0, rig_seal());
	ASSERT_EQ(0, device_netlink_get_policy(self->netlink, rules, 128, &count));
	ASSERT_GE(count, 2);
	EXPECT_EQ(0x8000, rules[count - 2].op);
	EXPECT_STREQ("maker-zero", rules[count - 2].name);
	EXPECT_EQ(MAKER | RF, rules[count - 1].mask);
	EXPECT_EQ(0, rules[count - 1].image_mask);
	EXPECT_EQ(0, rules[count - 1].flags);

	ASSERT_EQ(0, rig_open(rig));
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask_detail(rig, &detail, 0x8000, DRY));
	EXPECT_EQ(40, detail);
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN, ask_detail(rig, &detail, 0xffff, DRY));
	EXPECT_EQ(SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE, detail);
	EXPECT_EQ(SVCGATE_REASON_FORBIDDEN,
		  ask(rig, 0x8000, DRY, .file = capability(.mask = AD | FS | RF)));
	EXPECT_EQ(SVCGATE_REASON_DONE,
		  ask(rig, 0x8000, DRY, .file = capability(.mask = MAKER)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, 0xffff, DRY, .file = capability(.mask = MAKER)));
	EXPECT_EQ(SVCGATE_REASON_DONE, ask(rig, 0xffff, DRY, .file = capability(.mask = RF)));
	EXPECT_EQ(SVCGATE_REASON_UNKNOWN_OP,
		  ask(rig, 0x8001, DRY, .file = capability(.mask = ~0ULL)));
	rig_close(rig);
}

TEST_HARNESS_MAIN
