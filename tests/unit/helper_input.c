// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the helper reads from outside: names of ports, who the device is,
 * events of the kernel, messages between its two processes.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "options.h"
#include "pair.h"
#include "process.h"
#include "uevent.h"
#include "unit.h"

/* --- options --------------------------------------------------------------- */

static void expect_port(TESTED, const char *text, const char *name, u32 baud, bool rtscts)
{
	struct device_port_request port;

	ASSERT_EQ(0, options_port(text, &port)) TH_LOG("%s", text);
	EXPECT_STREQ(name, port.name);
	EXPECT_EQ(baud, port.baud);
	EXPECT_EQ(rtscts, port.rtscts);
}

TEST(ports)
{
	static const char *const bad[] = {
		"", ":", ":9600", "ttyS1:", "ttyS1:0", "ttyS1:-1", "ttyS1:9600baud", "ttyS1: 9600",
		"ttyS1:9600:", "ttyS1:9600:xonxoff", "ttyS1::rtscts", "ttyS1:rtscts",
		"ttyS1:99999999999999999999", "ttyS1:9600:rtscts:", "..", "/dev/",
		"a-name-that-no-tty-can-have-is-it",
	};
	struct device_port_request port = { .name = "untouched" };
	size_t i;

	expect_port(_metadata, "ttyS1", "ttyS1", 0, false);
	expect_port(_metadata, "/dev/ttyUSB0:9600", "ttyUSB0", 9600, false);
	expect_port(_metadata, "hvc0:115200:rtscts", "hvc0", 115200, true);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, options_port(bad[i], &port));
	EXPECT_STREQ("untouched", port.name);
}

static int parse(struct options *options, ...)
{
	static char name[] = "svcgated";
	char *argv[16] = { name };
	int argc = 1;
	va_list args;

	va_start(args, options);
	while ((argv[argc] = va_arg(args, char *)))
		argc++;
	va_end(args);
	optind = 0;
	return options_parse(argc, argv, options);
}

TEST(command_line)
{
	struct options options;

	ASSERT_EQ(0, parse(&options, "--store", "/s", "--device-id", "00", "--audience", "11",
			   "--port", "ttyS1", "--port=ttyS2:9600", "--reboot-command",
			   "/bin/systemctl  reboot ", NULL));
	EXPECT_EQ(OPTIONS_SERVE, options.mode);
	EXPECT_STREQ("/s", options.store);
	EXPECT_EQ(2, options.port_count);
	EXPECT_STREQ("/usr/libexec/svcgate", options.executors);
	EXPECT_STREQ("/bin/systemctl", options.reboot[0]);
	EXPECT_STREQ("reboot", options.reboot[1]);
	EXPECT_EQ(NULL, options.reboot[2]);
	ASSERT_EQ(0, parse(&options, "--store", "/s", "--device-id", "00", "--audience", "11",
			   NULL));
	EXPECT_STREQ("/sbin/reboot", options.reboot[0]);
	ASSERT_EQ(0, parse(&options, "--provision", "DeviceComplete", "--store", "/s", NULL));
	EXPECT_EQ(OPTIONS_PROVISION, options.mode);
	EXPECT_EQ(SVCGATE_STATE_DEVICE_COMPLETE, options.provision_state);
	EXPECT_GT(0, parse(&options, "--store", "/s", NULL));
	EXPECT_GT(0, parse(&options, "--store", NULL));
	EXPECT_GT(0, parse(&options, "--wait", "-1", "--probe", NULL));
	EXPECT_GT(0, parse(&options, "--reboot-command", "/a b c d e f g h i", "--probe", NULL));
}

static void expect_cell(TESTED, const char *text, bool with_length, const char *path,
			u64 offset, size_t length)
{
	struct options_cell cell;

	ASSERT_EQ(0, options_cell(text, with_length, &cell)) TH_LOG("%s", text);
	EXPECT_STREQ(path, cell.path);
	EXPECT_EQ(offset, cell.offset);
	EXPECT_EQ(length, cell.length);
	free((void *)cell.path);
}

TEST(cells)
{
	static const char *const bad[] = {
		"", ":", ":0", "path", "path:", "path:x", "path:-1", "path:+1", "path: 1",
		"path:0x", "path:1x", "path:99999999999", "path:99999999999999999999999",
	};
	static const char *const bad_floors[] = {
		"path:0", "path:0:", "path:0:0", "path:0:4", "path:0:3075", "path::3", ":0:3",
		"path:0:-3", "path:x:3",
	};
	struct options_cell cell = { .path = "untouched" };
	struct options options;
	unsigned int i;

	expect_cell(_metadata, "/sys/bus/nvmem/devices/cmos_nvram0/nvmem:64", false,
		    "/sys/bus/nvmem/devices/cmos_nvram0/nvmem", 64, 1);
	expect_cell(_metadata, "a:b:0x1F", false, "a:b", 0x1f, 1);
	expect_cell(_metadata, "path:0:3", true, "path", 0, 3);
	expect_cell(_metadata, "a:b:7:3072", true, "a:b", 7, 3072);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(-EINVAL, options_cell(bad[i], false, &cell)) TH_LOG("%s", bad[i]);
	for (i = 0; i < ARRAY_SIZE(bad_floors); i++)
		EXPECT_EQ(-EINVAL, options_cell(bad_floors[i], true, &cell))
			TH_LOG("%s", bad_floors[i]);
	EXPECT_STREQ("untouched", cell.path);

	ASSERT_EQ(0, parse(&options, "--probe", "--state-cell", "p:2", "--floor-cell", "p:3:6",
			   NULL));
	EXPECT_EQ(2, options.state_cell.offset);
	EXPECT_EQ(6, options.floor_cell.length);
	EXPECT_GT(0, parse(&options, "--probe", "--state-cell", "p:3", "--floor-cell", "p:3:6",
			   NULL));
	EXPECT_GT(0, parse(&options, "--probe", "--state-cell", "p:8", "--floor-cell", "p:3:6",
			   NULL));
	EXPECT_EQ(0, parse(&options, "--probe", "--state-cell", "p:9", "--floor-cell", "p:3:6",
			   NULL));
	EXPECT_EQ(0, parse(&options, "--probe", "--state-cell", "q:3", "--floor-cell", "p:3:6",
			   NULL));
}

TEST(loading)
{
	struct options options;

	ASSERT_EQ(0, parse(&options, "--load-keystore", "k", "--deadline", "7", NULL));
	EXPECT_EQ(OPTIONS_LOAD, options.mode);
	EXPECT_EQ(SVCGATE_KIND_KEYSTORE, options.load_kind);
	EXPECT_STREQ("k", options.load_file);
	EXPECT_EQ(7, options.deadline);
	ASSERT_EQ(0, parse(&options, "--load-capability", "c", NULL));
	EXPECT_EQ(SVCGATE_KIND_CAPABILITY, options.load_kind);
	EXPECT_EQ(30, options.deadline);
	EXPECT_GT(0, parse(&options, "--load-capability", "c", "--load-keystore", "k", NULL));
	EXPECT_GT(0, parse(&options, "--load-capability", "c", "--deadline", "-1", NULL));
}

/* --- files ----------------------------------------------------------------- */

FIXTURE(file)
{
	char dir[64];
	char path[80];
	struct options options;
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t length;
};

FIXTURE_SETUP(file)
{
	strcpy(self->dir, "/tmp/svcgate-input.XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->dir));
	snprintf(self->path, sizeof(self->path), "%s/file", self->dir);
	self->options.device_id_file = self->path;
	self->options.audience_file = self->path;
}

FIXTURE_TEARDOWN(file)
{
	unlink(self->path);
	rmdir(self->dir);
}

static int device_id(FIXTURE_DATA(file) *self, enum options_id_format format,
		     const char *text, size_t length)
{
	int fd = open(self->path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, length) != (ssize_t)length || close(fd))
		abort();
	self->options.device_id_format = format;
	memset(self->id, 0xee, sizeof(self->id));
	self->length = 0;
	return options_device_id(&self->options, self->id, &self->length);
}

#define ID(format, text) device_id(self, OPTIONS_ID_##format, text, sizeof(text) - 1)

TEST_F(file, device_id_in_hex)
{
	ASSERT_EQ(0, ID(HEX, "00112233445566aA"));
	EXPECT_EQ(8, self->length);
	EXPECT_EQ(0, memcmp(self->id, "\x00\x11\x22\x33\x44\x55\x66\xaa", 8));
	EXPECT_EQ(0, ID(HEX, "0011223344556677\n"));
	EXPECT_EQ(0, ID(HEX, "0011223344556677 \r\n\0"));
	EXPECT_GT(0, ID(HEX, "00112233445566"));
	EXPECT_GT(0, ID(HEX, "001122334455667"));
	EXPECT_GT(0, ID(HEX, "00112233445566xx"));
	EXPECT_GT(0, ID(HEX, "0011223344556677\0" "0011223344556677"));
	EXPECT_GT(0, ID(HEX, " 0011223344556677"));
	EXPECT_GT(0, ID(HEX, ""));
	EXPECT_EQ(0xee, self->id[0]);
}

TEST_F(file, device_id_that_was_never_fused)
{
	EXPECT_GT(0, ID(HEX, "0000000000000000"));
	EXPECT_GT(0, ID(HEX, "ffffffffffffffffff"));
	EXPECT_GT(0, ID(RAW, "\0\0\0\0\0\0\0\0"));
	EXPECT_GT(0, ID(RAW, "\xff\xff\xff\xff\xff\xff\xff\xff"));
	EXPECT_EQ(0, ID(HEX, "0000000000000001"));
	EXPECT_EQ(0, ID(HEX, "fffffffffffffffe"));
}

TEST_F(file, device_id_raw_and_as_text)
{
	char longest[SVCGATE_DEVICE_ID_MAX + 1];

	ASSERT_EQ(0, ID(RAW, "SERIAL-1\n"));
	EXPECT_EQ(9, self->length);
	EXPECT_EQ('\n', self->id[8]);
	ASSERT_EQ(0, ID(TEXT, "SERIAL-1\n\0"));
	EXPECT_EQ(8, self->length);
	EXPECT_GT(0, ID(TEXT, "SERIAL\n"));
	memset(longest, 'x', sizeof(longest));
	EXPECT_EQ(0, device_id(self, OPTIONS_ID_RAW, longest, sizeof(longest) - 1));
	EXPECT_GT(0, device_id(self, OPTIONS_ID_RAW, longest, sizeof(longest)));
}

TEST_F(file, device_id_file_of_any_length)
{
	static char zeroes[100000];

	memset(zeroes, '0', sizeof(zeroes));
	EXPECT_GT(0, device_id(self, OPTIONS_ID_HEX, zeroes, sizeof(zeroes)));
	EXPECT_GT(0, device_id(self, OPTIONS_ID_RAW, zeroes, sizeof(zeroes)));
	unlink(self->path);
	EXPECT_EQ(-ENOENT, options_device_id(&self->options, self->id, &self->length));
}

TEST_F(file, audience)
{
	u8 audience[SVCGATE_AUDIENCE_SIZE];

	(void)ID(HEX, "00112233445566778899aabbccddeeff\n");
	ASSERT_EQ(0, options_audience(&self->options, audience));
	EXPECT_EQ(0xff, audience[15]);
	(void)ID(HEX, "00112233445566778899aabbccddee");
	EXPECT_GT(0, options_audience(&self->options, audience));
	(void)ID(HEX, "00112233445566778899aabbccddeeff00");
	EXPECT_GT(0, options_audience(&self->options, audience));
}

/* A FIFO or a link in the store must not keep the helper from starting. */
TEST_F(file, P2_store_reads_and_writes_regular_files_only)
{
	int dir = open(self->dir, O_RDONLY | O_DIRECTORY);
	char target[80];
	u8 buf[16];

	ASSERT_LE(0, dir);
	ASSERT_EQ(0, mkfifo(self->path, 0600));
	EXPECT_EQ(-EBADF, files_read(NULL, dir, "file", buf, sizeof(buf)));
	unlink(self->path);
	ASSERT_EQ(0, symlink("/dev/zero", self->path));
	EXPECT_EQ(-ELOOP, files_read(NULL, dir, "file", buf, sizeof(buf)));
	/* A link is replaced, and what it leads to is not written to. */
	snprintf(target, sizeof(target), "%s/target", self->dir);
	unlink(self->path);
	ASSERT_EQ(0, files_write(NULL, dir, "target", "old", 3));
	ASSERT_EQ(0, symlink("target", self->path));
	ASSERT_EQ(0, files_write(NULL, dir, "file", "x", 1));
	EXPECT_EQ(3, files_read(NULL, dir, "target", buf, sizeof(buf)));
	EXPECT_EQ(1, files_read(NULL, dir, "file", buf, sizeof(buf)));
	unlink(self->path);
	ASSERT_EQ(0, link(target, self->path));
	ASSERT_EQ(0, files_write(NULL, dir, "file", "x", 1));
	EXPECT_EQ(3, files_read(NULL, dir, "target", buf, sizeof(buf)));
	unlink(target);
	ASSERT_EQ(0, files_write(NULL, dir, "file", "content", 7));
	EXPECT_EQ(7, files_read(NULL, dir, "file", buf, sizeof(buf)));
	EXPECT_EQ(3, files_read(NULL, dir, "file", buf, 3));
	ASSERT_EQ(0, files_write(NULL, dir, "file", "new", 3));
	EXPECT_EQ(3, files_read(NULL, dir, "file", buf, sizeof(buf)));
	close(dir);
}

/* An nvmem device of sysfs is a file that can be read and written anywhere. */
TEST_F(file, cells_of_a_file)
{
	bool read_only = true;
	u8 bytes[4] = {};
	int fd = -1, dir = open(self->dir, O_RDONLY | O_DIRECTORY);

	EXPECT_EQ(-ENOENT, files_open_cell(self->path, &fd, &read_only));
	ASSERT_EQ(0, files_write(NULL, dir, "file", "abcd", 4));
	ASSERT_EQ(0, files_open_cell(self->path, &fd, &read_only));
	EXPECT_FALSE(read_only);
	EXPECT_EQ(0, files_cell_write(NULL, fd, 1, "X", 1));
	EXPECT_EQ(0, files_cell_sync(NULL, fd));
	EXPECT_EQ(0, files_cell_read(NULL, fd, 0, bytes, 4));
	EXPECT_EQ(0, memcmp(bytes, "aXcd", 4));
	/* It ends before. */
	EXPECT_EQ(-ENXIO, files_cell_read(NULL, fd, 4, bytes, 1));
	EXPECT_EQ(-ENXIO, files_cell_read(NULL, fd, 2, bytes, 3));
	close(fd);
	close(dir);
}

/* The door process's user gets the records, and nothing that is elsewhere too. */
TEST_F(file, files_are_given_away)
{
	static const char *const names[] = { "file", "absent", "link", "hard" };
	int dir = open(self->dir, O_RDONLY | O_DIRECTORY);
	char path[80], other[80];
	struct stat status;

	if (geteuid())
		SKIP(return, "needs the right to give files away");
	ASSERT_LE(0, dir);
	snprintf(other, sizeof(other), "%s/other", self->dir);
	ASSERT_EQ(0, files_write(NULL, dir, "file", "x", 1));
	ASSERT_EQ(0, files_write(NULL, dir, "other", "x", 1));
	snprintf(path, sizeof(path), "%s/hard", self->dir);
	ASSERT_EQ(0, link(other, path));
	snprintf(path, sizeof(path), "%s/link", self->dir);
	ASSERT_EQ(0, symlink("other", path));
	EXPECT_EQ(0, files_give(dir, names, ARRAY_SIZE(names), 1234, 5678));
	ASSERT_EQ(0, stat(self->path, &status));
	EXPECT_EQ(1234, status.st_uid);
	EXPECT_EQ(5678, status.st_gid);
	ASSERT_EQ(0, stat(other, &status));
	EXPECT_EQ(0, status.st_uid);
	ASSERT_EQ(0, lstat(path, &status));
	EXPECT_EQ(0, status.st_uid);
	ASSERT_EQ(0, stat(self->dir, &status));
	EXPECT_EQ(1234, status.st_uid);
	unlink(path);
	unlink(other);
	snprintf(path, sizeof(path), "%s/hard", self->dir);
	unlink(path);
	close(dir);
}

TEST(users)
{
	struct process_identity identity;

	ASSERT_EQ(0, process_find_user("12:34", &identity));
	EXPECT_EQ(12, identity.uid);
	EXPECT_EQ(34, identity.gid);
	ASSERT_EQ(0, process_find_user("12", &identity));
	EXPECT_EQ(12, identity.gid);
	ASSERT_EQ(0, process_find_user("root", &identity));
	EXPECT_EQ(0, identity.uid);
	ASSERT_EQ(0, process_find_user(NULL, &identity));
	EXPECT_NE(0, identity.uid);
	EXPECT_EQ(-ENOENT, process_find_user("nobody-has-this-name", &identity));
	EXPECT_EQ(-EINVAL, process_find_user("12:", &identity));
	EXPECT_EQ(-EINVAL, process_find_user("12x", &identity));
	EXPECT_EQ(-EINVAL, process_find_user("4294967295", &identity));
}

/* --- events of the kernel -------------------------------------------------- */

static enum uevent_kind event_of(const char *text, size_t length, char *name)
{
	char *copy = (char *)exact_copy(text, length);
	enum uevent_kind kind = uevent_parse(copy, length, name);

	free(copy);
	return kind;
}

#define EVENT(text) event_of(text, sizeof(text), name)

TEST(uevents)
{
	char name[SVCGATE_PORT_NAME_SIZE] = "";
	static const char whole[] =
		"add@/devices/pnp0/00:03/tty/ttyS1\0ACTION=add\0DEVPATH=/x\0"
		"SUBSYSTEM=tty\0MAJOR=4\0DEVNAME=ttyS1\0SEQNUM=1";
	size_t i;

	EXPECT_EQ(UEVENT_TTY, EVENT(whole));
	EXPECT_STREQ("ttyS1", name);
	EXPECT_EQ(UEVENT_TTY, EVENT("change@x\0ACTION=change\0SUBSYSTEM=tty\0DEVNAME=hvc0"));
	EXPECT_EQ(UEVENT_OTHER, EVENT("remove@x\0ACTION=remove\0SUBSYSTEM=tty\0DEVNAME=ttyS1"));
	EXPECT_EQ(UEVENT_VIRTIO, EVENT("add@x\0ACTION=add\0SUBSYSTEM=virtio-ports\0DEVNAME=vport0p0"));
	EXPECT_EQ(UEVENT_DOOR, EVENT("add@x\0ACTION=add\0SUBSYSTEM=misc\0DEVNAME=svcgate0"));
	EXPECT_EQ(UEVENT_OTHER, EVENT("add@x\0ACTION=add\0SUBSYSTEM=misc\0DEVNAME=kvm"));
	EXPECT_EQ(UEVENT_OTHER, EVENT("add@x\0ACTION=add\0SUBSYSTEM=tty"));
	EXPECT_EQ(UEVENT_OTHER, EVENT("add@x\0ACTION=add\0SUBSYSTEM=tty\0"
				      "DEVNAME=a-name-that-no-tty-can-have-is-it"));
	EXPECT_EQ(UEVENT_OTHER, EVENT(""));
	EXPECT_EQ(UEVENT_OTHER, event_of(whole, 0, name));
	/* Cut anywhere, it is read within its bounds. */
	for (i = 1; i < sizeof(whole); i++)
		(void)event_of(whole, i, name);
}

/* --- the pair -------------------------------------------------------------- */

TEST(pair_carries_descriptors_one_way)
{
	struct pair_message message = { .kind = PAIR_STARTED, .id = 7 }, got;
	int pair[2], pipes[2], fds[PAIR_FD_COUNT];
	size_t count = 99;
	char byte;

	ASSERT_EQ(0, pair_open(pair));
	ASSERT_EQ(0, pipe(pipes));
	EXPECT_EQ(-EAGAIN, pair_receive(pair[1], &got, fds, PAIR_FD_COUNT, &count));
	ASSERT_EQ(0, pair_send(pair[0], &message, &pipes[1], 1));
	ASSERT_EQ(0, pair_receive(pair[1], &got, fds, PAIR_FD_COUNT, &count));
	EXPECT_EQ(7, got.id);
	ASSERT_EQ(1, count);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fds[0], F_GETFD));
	close(pipes[1]);
	close(fds[0]);
	EXPECT_EQ(0, read(pipes[0], &byte, 1));

	/* The parent takes none. */
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, pair_send(pair[1], &message, &pipes[1], 1));
	close(pipes[1]);
	ASSERT_EQ(0, pair_receive(pair[0], &got, NULL, 0, NULL));
	EXPECT_EQ(0, read(pipes[0], &byte, 1));
}

TEST(pair_refuses_what_is_no_message)
{
	struct pair_message message = {}, got = { .id = 5 };
	int pair[2], fds[PAIR_FD_COUNT];
	size_t count;

	ASSERT_EQ(0, pair_open(pair));
	ASSERT_EQ(sizeof(message) - 1, send(pair[1], &message, sizeof(message) - 1, 0));
	EXPECT_EQ(-EPROTO, pair_receive(pair[0], &got, fds, PAIR_FD_COUNT, &count));
	ASSERT_EQ(200, send(pair[1], (char[200]){}, 200, 0));
	EXPECT_EQ(-EPROTO, pair_receive(pair[0], &got, fds, PAIR_FD_COUNT, &count));
	EXPECT_EQ(5, got.id);
	close(pair[1]);
	EXPECT_EQ(-EPIPE, pair_receive(pair[0], &got, fds, PAIR_FD_COUNT, &count));
	EXPECT_EQ(-EPIPE, pair_send(pair[0], &message, NULL, 0));
}

TEST_HARNESS_MAIN
