// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module comes and goes: what cannot be held fails insmod by name, what is
 * held keeps rmmod away, and what happens can be seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "vmlib.h"
#include "kselftest_harness.h"

#define TRACING		"/sys/kernel/tracing/"

FIXTURE(module)
{
	int log;
};

FIXTURE_SETUP(module)
{
	vm_clean();
	self->log = vm_log_open();
	ASSERT_LE(0, self->log);
}

FIXTURE_TEARDOWN(module)
{
	vm_clean();
	close(self->log);
}

static bool can_open(const char *name)
{
	int fd = vm_open_node(name);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

TEST_F_TIMEOUT(module, P2_rmmod_is_refused_while_a_port_is_held, VM_LONG)
{
	int door;

	ASSERT_EQ(0, vm_insmod("hold=ttyS1"));
	EXPECT_EQ(-EAGAIN, vm_rmmod());
	door = vm_open_door("ttyS1");
	ASSERT_LE(0, door);
	EXPECT_EQ(-EAGAIN, vm_rmmod());
	ASSERT_EQ(0, vm_detach("ttyS1"));
	/* The door's opener still has to be told that it is gone. */
	EXPECT_EQ(-EAGAIN, vm_rmmod());
	close(door);
	EXPECT_TRUE(VM_UNTIL(!vm_rmmod()));
	EXPECT_FALSE(vm_is_loaded());
	EXPECT_TRUE(can_open("ttyS1"));
}

TEST_F_TIMEOUT(module, comes_and_goes, VM_LONG)
{
	int round;

	for (round = 0; round < 10; round++) {
		ASSERT_EQ(0, vm_insmod(round % 2 ? "" : "hold=ttyS1,hvc0"));
		EXPECT_EQ(round % 2 ? 0 : 2, vm_ports());
		if (!(round % 2)) {
			ASSERT_EQ(0, vm_detach("ttyS1"));
			ASSERT_EQ(0, vm_detach("hvc0"));
		}
		ASSERT_EQ(0, vm_rmmod());
		EXPECT_TRUE(can_open("ttyS1"));
		EXPECT_TRUE(can_open("hvc0"));
	}
}

TEST_F_TIMEOUT(module, there_is_one_only, VM_LONG)
{
	ASSERT_EQ(0, vm_insmod("hold=ttyS1"));
	EXPECT_EQ(-EEXIST, vm_insmod("hold=hvc0"));
	EXPECT_TRUE(vm_is_held("ttyS1"));
	EXPECT_FALSE(vm_is_held("hvc0"));
}

/* Only who asks for the discipline by insmod gets it (no MODULE_ALIAS_LDISC). */
TEST_F(module, P1_no_alias_loads_it)
{
	char text[64];
	FILE *file = fopen(getenv("SVCGATE_KO"), "r");
	size_t used = 0, licenses = 0;
	int c;

	ASSERT_NE(NULL, file);
	while ((c = getc(file)) != EOF) {
		if (used < sizeof(text) - 1)
			text[used++] = c;
		if (c)
			continue;
		text[used] = '\0';
		licenses += !strcmp(text, "license=GPL");
		EXPECT_NE(0, strncmp(text, "alias=", 6));
		EXPECT_TRUE(strncmp(text, "depends=", 8) || !text[8]);
		used = 0;
	}
	fclose(file);
	EXPECT_EQ(1, licenses);
}

/* A hold= that cannot be taken, and what the log says of it. */
struct impossible {
	const char *hold;
	const char *named;
	const char *text;
};

static const struct impossible impossible[] = {
	{ "ttyS9", "hold=ttyS9:", "no such tty" },
	{ "nosuch0", "hold=nosuch0:", "no such tty" },
	{ "ttyS", "hold=ttyS:", "no such tty" },
	{ "console", "hold=console:", "no such tty" },
	{ "hvc7", "hold=hvc7:", "cannot be opened" },
	{ ",", "hold=:", "not a name of a tty" },
	{ ":9600", "hold=:", "not a name of a tty" },
	{ "../ttyS1", "hold=../ttyS1:", "not a name of a tty" },
	{ "pts/0", "hold=pts/0:", "not a name of a tty" },
	{ "/dev/ttyS1", "hold=/dev/ttyS1:", "not a name of a tty" },
	{ "ttyS1:fast", "hold=ttyS1:", "unknown option" },
	{ "ttyS1:115200:rtscts:x", "hold=ttyS1:", "unknown option" },
	{ "ttyS1:4294967296", "hold=ttyS1:", "unknown option" },
	{ "ttyS1:", "hold=ttyS1:", "unknown option" },
	{ "ttyS0", "hold=ttyS0:", "a process has it open" },
	{ "hvc0,ttyS1,ttyS9", "hold=ttyS9:", "no such tty" },
	{ "ttyS1,ttyS1", "hold=ttyS1:", "held already" },
	{ "ttyS1234567890123456789012345678901234567890",
	  "hold=ttyS1234567890123456789012345678901234567890:", "not a name of a tty" },
};

TEST_F_TIMEOUT(module, P2_impossible_port_fails_insmod_by_name, VM_LONG)
{
	char parameters[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++) {
		snprintf(parameters, sizeof(parameters), "hold=%s", impossible[i].hold);
		EXPECT_NE(0, vm_insmod(parameters)) {
			TH_LOG("%s", parameters);
		}
		EXPECT_FALSE(vm_is_loaded());
		EXPECT_TRUE(vm_log_has(self->log, impossible[i].named)) {
			TH_LOG("not in the log: %s", impossible[i].named);
		}
		EXPECT_TRUE(can_open("ttyS1"));
		EXPECT_TRUE(can_open("hvc0"));
		if (!_metadata->passed)
			break;
	}
}

/* The sentence comes with the name. */
TEST_F_TIMEOUT(module, P10_insmod_says_why, VM_LONG)
{
	char parameters[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(impossible); i++) {
		snprintf(parameters, sizeof(parameters), "hold=%s", impossible[i].hold);
		EXPECT_NE(0, vm_insmod(parameters));
		EXPECT_TRUE(vm_log_has(self->log, impossible[i].text)) {
			TH_LOG("%s: not in the log: %s", parameters, impossible[i].text);
		}
	}
}

TEST_F_TIMEOUT(module, P2_busy_port_fails_insmod, VM_LONG)
{
	int fd = vm_open_node("ttyS1");

	ASSERT_LE(0, fd);
	EXPECT_NE(0, vm_insmod("hold=hvc0,ttyS1"));
	EXPECT_FALSE(vm_is_loaded());
	EXPECT_TRUE(vm_log_has(self->log, "hold=ttyS1: cannot hold this port"));
	EXPECT_TRUE(can_open("hvc0"));
	close(fd);
	EXPECT_EQ(0, vm_insmod("hold=hvc0,ttyS1"));
}

TEST_F_TIMEOUT(module, P2_hold_wait_leaves_a_port_to_the_helper, VM_LONG)
{
	int fd = vm_open_node("ttyS1");

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_insmod("hold=nosuch0,ttyS1,hvc0 hold_wait=1"));
	EXPECT_TRUE(vm_log_has(self->log, "hold=nosuch0: cannot hold this port"));
	EXPECT_EQ(1, vm_ports());
	EXPECT_TRUE(vm_is_held("hvc0"));
	EXPECT_EQ(-EBUSY, vm_attach("ttyS1"));
	close(fd);
	EXPECT_EQ(0, vm_attach("ttyS1"));
}

/*
 * Whoever is fast may use the module before it is known that insmod fails, and
 * would be left with freed code. Nobody gets anything of it before.
 */
static atomic_bool stop;

static void *use_early(void *argument)
{
	int pty = *(int *)argument, number, fd;

	while (!stop) {
		number = 29;
		if (!ioctl(pty, TIOCSETD, &number)) {
			number = 0;
			ioctl(pty, TIOCSETD, &number);
		}
		fd = open("/dev/svcgate0", O_RDWR | O_CLOEXEC);
		if (fd >= 0)
			close(fd);
		vm_attach("hvc0");
	}
	return NULL;
}

TEST_F_TIMEOUT(module, P2_nobody_uses_it_before_insmod_is_over, VM_LONG)
{
	int pty = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), round;
	char modprobe[128];
	pthread_t user;

	ASSERT_LE(0, pty);
	/* The discipline is asked for all the time; no need to look for modules. */
	ASSERT_EQ(0, vm_read_file("/proc/sys/kernel/modprobe", modprobe, sizeof(modprobe)));
	ASSERT_EQ(0, vm_write_file("/proc/sys/kernel/modprobe", "\n"));
	ASSERT_EQ(0, pthread_create(&user, NULL, use_early, &pty));
	for (round = 0; round < 50; round++) {
		EXPECT_NE(0, vm_insmod("hold=ttyS1,ttyS9"));
		ASSERT_FALSE(vm_is_loaded());
	}
	stop = true;
	pthread_join(user, NULL);
	EXPECT_EQ(0, vm_write_file("/proc/sys/kernel/modprobe", modprobe));
	EXPECT_TRUE(can_open("hvc0"));
	close(pty);
}

/* What netlink says instead. */
struct refusal {
	const char *name;
	int error;
	const char *text;
};

static const struct refusal refusals[] = {
	{ "ttyS9", -ENODEV, "no such tty" },
	{ "nosuch0", -ENODEV, "no such tty" },
	{ "hvc7", -ENODEV, "it cannot be opened" },
	{ "", -EINVAL, "not a name of a tty" },
	{ "../ttyS1", -EINVAL, "not a name of a tty" },
	{ "pts/0", -EINVAL, "not a name of a tty" },
	{ "ttyS0", -EBUSY, "it is held already, or a process has it open" },
	{ "ttyS2", -EBUSY, "it is held already, or a process has it open" },
	{ "hvc0", -EBUSY, "it is held already, or a process has it open" },
};

TEST_F_TIMEOUT(module, P10_netlink_says_why, VM_LONG)
{
	struct device_port_request request = {};
	int fd = vm_open_node("ttyS2");
	char text[160];
	size_t i;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, vm_insmod("hold=hvc0"));
	for (i = 0; i < ARRAY_SIZE(refusals); i++) {
		snprintf(request.name, sizeof(request.name), "%s", refusals[i].name);
		EXPECT_EQ(refusals[i].error, vm_attach_with(&request, text, sizeof(text))) {
			TH_LOG("%s", refusals[i].name);
		}
		EXPECT_STREQ(refusals[i].text, text);
	}
	EXPECT_EQ(1, vm_ports());
	EXPECT_EQ(-ENODEV, vm_detach_text("ttyS1", text, sizeof(text)));
	EXPECT_STREQ("this port is not held", text);
	close(fd);
}

/* Virtual consoles have no wire; the debug kernel has none of them at all. */
TEST_F_TIMEOUT(module, P2_virtual_console_is_refused, VM_LONG)
{
	struct device_port_request request = { .name = "tty1", .allow_console = true };
	int error = vm_exists("/sys/class/tty/tty1") ? -EINVAL : -ENODEV;

	ASSERT_EQ(0, vm_insmod(""));
	EXPECT_EQ(error, vm_attach_with(&request, NULL, 0));
	ASSERT_EQ(0, vm_rmmod());
	EXPECT_NE(0, vm_insmod("hold=tty1 allow_console=1"));
	EXPECT_TRUE(vm_log_has(self->log, "hold=tty1: cannot hold this port"));
}

static bool plug_console(void)
{
	return !vm_qmp("{\"execute\":\"chardev-add\",\"arguments\":{\"id\":\"null-c\","
		       "\"backend\":{\"type\":\"null\",\"data\":{}}}}", NULL, 0) &&
	       !vm_qmp("{\"execute\":\"device_add\",\"arguments\":{\"driver\":\"virtconsole\","
		       "\"bus\":\"control.0\",\"chardev\":\"null-c\",\"id\":\"hvc2\"}}", NULL, 0);
}

/*
 * hvc2 is named on the command line (console=hvc2) and does not exist until now,
 * so that it is a console of the kernel's that no process has open.
 */
TEST_F_TIMEOUT(module, P2_kernel_console_is_refused_unless_allowed, VM_LONG)
{
	struct device_port_request request = { .name = "hvc2" };
	char text[1024];

	ASSERT_EQ(0, vm_read_file("/proc/cmdline", text, sizeof(text)));
	ASSERT_NE(NULL, strstr(text, "console=hvc2")) {
		TH_LOG("this test needs console=hvc2 on the command line");
	}
	ASSERT_TRUE(plug_console());
	ASSERT_TRUE(VM_UNTIL(!vm_read_file("/proc/consoles", text, sizeof(text)) &&
			     strstr(text, "hvc2")));

	EXPECT_NE(0, vm_insmod("hold=hvc2"));
	EXPECT_TRUE(vm_log_has(self->log, "hold=hvc2: cannot hold this port: a console"));
	ASSERT_EQ(0, vm_insmod("hold=hvc2 allow_console=1"));
	EXPECT_TRUE(vm_is_held("hvc2"));
	ASSERT_EQ(0, vm_detach("hvc2"));
	ASSERT_EQ(0, vm_rmmod());

	ASSERT_EQ(0, vm_insmod(""));
	EXPECT_EQ(-EPERM, vm_attach_with(&request, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "a console of the kernel is on it"));
	request.allow_console = true;
	EXPECT_EQ(0, vm_attach_with(&request, text, sizeof(text)));
	ASSERT_EQ(0, vm_detach("hvc2"));
}

TEST_F_TIMEOUT(module, events_tell_of_ports, VM_LONG)
{
	struct vm_event event;
	int events;

	ASSERT_EQ(0, vm_insmod(""));
	events = vm_events_open();
	ASSERT_LE(0, events);
	ASSERT_EQ(0, vm_attach("ttyS1"));
	ASSERT_EQ(0, vm_event_next(events, VM_PATIENCE_MS, &event));
	EXPECT_EQ(SVCGATE_EVENT_ATTACHED, event.kind);
	EXPECT_STREQ("ttyS1", event.port);
	ASSERT_EQ(SVCGATE_REASON_NOT_CONFIGURED, vm_identify("ttyS2"));
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_SESSION, &event));
	EXPECT_EQ(SVCGATE_REASON_DONE, event.reason);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_REFUSED, &event));
	EXPECT_EQ(SVCGATE_OP_IDENTIFY, event.op);
	EXPECT_EQ(SVCGATE_REASON_NOT_CONFIGURED, event.reason);
	ASSERT_EQ(0, vm_detach("ttyS1"));
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_SESSION, &event));
	EXPECT_EQ(SVCGATE_REASON_END_DETACH, event.reason);
	ASSERT_EQ(0, vm_event_wait(events, SVCGATE_EVENT_DETACHED, &event));
	EXPECT_STREQ("ttyS1", event.port);
	EXPECT_EQ(SVCGATE_REASON_END_DETACH, event.reason);

	/* A port that could not be held is no news. */
	EXPECT_EQ(-ENODEV, vm_attach("ttyS9"));
	ASSERT_EQ(0, vm_set_device());
	EXPECT_EQ(-ETIME, vm_event_next(events, 300, &event));
	close(events);
}

/* P9: who floods the port does not flood those who listen. */
TEST_F_TIMEOUT(module, P9_events_are_limited, VM_LONG)
{
	static struct svcgate_line line;
	struct vm_event event;
	int events, fd, i, heard = 0;
	int64_t start;
	u64 session;

	ASSERT_EQ(0, vm_insmod("hold=hvc0"));
	events = vm_events_open();
	fd = vm_open_line("hvc1");
	ASSERT_LE(0, events);
	ASSERT_LE(0, fd);
	vm_line_init(&line, fd);
	start = vm_now();
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, vm_hello(&line, &session));
	while (!vm_event_next(events, 0, &event))
		heard++;
	/* Each hello is an end and a beginning; 20 of them are told a second. */
	EXPECT_LT(0, heard);
	EXPECT_GE(20 * ((vm_now() - start) / 1000 + 2), heard);
	EXPECT_EQ(100, vm_counter("hvc0", SVCGATE_COUNTER_SESSIONS));
	close(fd);
	close(events);
}

static int trace_on(const char *name, const char *on)
{
	char path[96];

	snprintf(path, sizeof(path), TRACING "events/svcgate/%s/enable", name);
	return vm_write_file(path, on);
}

TEST_F_TIMEOUT(module, tracepoints_fire, VM_LONG)
{
	char trace[16384];

	ASSERT_EQ(0, vm_insmod(""));
	ASSERT_EQ(0, trace_on("svcgate_attach", "1"));
	ASSERT_EQ(0, trace_on("svcgate_detach", "1"));
	ASSERT_EQ(0, trace_on("svcgate_admit", "1"));
	ASSERT_EQ(0, trace_on("svcgate_refuse", "1"));
	ASSERT_EQ(0, trace_on("svcgate_verify", "1"));
	ASSERT_EQ(0, vm_write_file(TRACING "trace", "\n"));
	ASSERT_EQ(0, vm_attach("ttyS1"));
	ASSERT_EQ(SVCGATE_REASON_NOT_CONFIGURED, vm_identify("ttyS2"));
	ASSERT_EQ(0, vm_set_device());
	ASSERT_EQ(SVCGATE_REASON_DONE, vm_identify("ttyS2"));
	ASSERT_EQ(0, vm_detach("ttyS1"));
	ASSERT_EQ(0, vm_read_file(TRACING "trace", trace, sizeof(trace)));
	EXPECT_NE(NULL, strstr(trace, "svcgate_attach: port=ttyS1 op=0x0000 reason=0x0000"));
	EXPECT_NE(NULL, strstr(trace, "svcgate_refuse: port=ttyS1 op=0x0001 reason=0x0202"));
	EXPECT_NE(NULL, strstr(trace, "svcgate_admit: port=ttyS1 op=0x0001"));
	EXPECT_NE(NULL, strstr(trace, "svcgate_detach: port=ttyS1 op=0x0000 reason=0x0185"));
	EXPECT_EQ(0, trace_on("svcgate_attach", "0"));
	EXPECT_EQ(0, trace_on("svcgate_detach", "0"));
	EXPECT_EQ(0, trace_on("svcgate_admit", "0"));
	EXPECT_EQ(0, trace_on("svcgate_refuse", "0"));
	EXPECT_EQ(0, trace_on("svcgate_verify", "0"));
}

TEST_HARNESS_MAIN
