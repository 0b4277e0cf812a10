// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the tests in the VM share, second part: lines, frames, the hardware below,
 * the kernel's log and QEMU's monitor.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "vmlib.h"

int vm_open_node(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", name);
	fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int open_line(const char *name, tcflag_t flow)
{
	struct termios settings;
	int fd = vm_open_node(name);

	if (fd < 0)
		return fd;
	if (tcgetattr(fd, &settings))
		goto fail;
	cfmakeraw(&settings);
	settings.c_cflag |= CLOCAL | CREAD;
	settings.c_cflag &= ~CRTSCTS;
	settings.c_cflag |= flow;
	cfsetspeed(&settings, B115200);
	if (tcsetattr(fd, TCSANOW, &settings) || tcflush(fd, TCIOFLUSH))
		goto fail;
	return fd;
fail:
	close(fd);
	return -EIO;
}

int vm_open_line(const char *name)
{
	return open_line(name, 0);
}

int vm_open_line_flow(const char *name)
{
	return open_line(name, CRTSCTS);
}

int vm_write_all(int fd, const void *data, size_t length)
{
	struct pollfd poller = { .fd = fd, .events = POLLOUT };
	const u8 *at = data;
	ssize_t n;

	while (length) {
		n = write(fd, at, length);
		if (n > 0) {
			at += n;
			length -= n;
		} else if (n < 0 && errno != EAGAIN) {
			return -errno;
		} else if (poll(&poller, 1, VM_PATIENCE_MS) != 1) {
			return -ETIME;
		}
	}
	return 0;
}

ssize_t vm_read_some(int fd, void *ret_data, size_t size, int ms)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&poller, 1, ms) != 1)
		return 0;
	n = read(fd, ret_data, size);
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return n;
}

/* Send a marker and read until it comes out at the other end. */
static int push_through(int from, int to)
{
	const int64_t end = vm_now() + VM_PATIENCE_MS;
	char marker[32], last[32] = {}, byte;
	size_t length;
	int r;

	length = snprintf(marker, sizeof(marker), "<%llx>", (unsigned long long)vm_now());
	r = vm_write_all(from, marker, length);
	while (!r && memcmp(last, marker, length)) {
		r = vm_read_some(to, &byte, 1, 100);
		if (r > 0) {
			memmove(last, last + 1, length - 1);
			last[length - 1] = byte;
		}
		r = r < 0 ? r : vm_now() > end ? -ETIME : 0;
	}
	return r;
}

/* Neither end may be held. The line keeps the settings that it had. */
int vm_flush_wire(const char *line, const char *other)
{
	int keeper = vm_open_node(line), a, b, r;
	struct termios settings;

	if (keeper < 0 || tcgetattr(keeper, &settings))
		return -EIO;
	a = vm_open_line(line);
	b = vm_open_line(other);
	r = a < 0 ? a : b < 0 ? b : push_through(a, b);
	if (!r)
		r = push_through(b, a);
	if (tcsetattr(keeper, TCSANOW, &settings) && !r)
		r = -EIO;
	close(a);
	close(b);
	close(keeper);
	return r;
}

void vm_line_init(struct svcgate_line *line, int fd)
{
	svcgate_line_init(line, fd, 115200);
}

static void fill_hello(struct svcgate_hello *hello)
{
	hello->lowest = SVCGATE_WIRE_VERSION;
	hello->highest = SVCGATE_WIRE_VERSION;
	svcgate_put_le16((u8 *)&hello->frame_max, SVCGATE_FRAME_MAX);
}

size_t vm_hello_bytes(u8 *out, size_t size, u64 cookie)
{
	struct svcgate_frame frame;
	struct svcgate_hello hello;

	fill_hello(&hello);
	svcgate_frame_put((u8 *)&frame, SVCGATE_FRAME_HELLO, 0, 0, 0, cookie);
	return svcgate_enframe(out, size, (u8 *)&frame, sizeof(frame), (u8 *)&hello,
			       sizeof(hello));
}

/* One frame from its first zero to its last; what is no frame ends at a zero, too. */
static int read_frame(int fd, u8 *ret, size_t size)
{
	size_t used = 0;
	ssize_t n;

	while (used < size) {
		n = vm_read_some(fd, ret + used, 1, VM_PATIENCE_MS);
		if (n <= 0)
			return n ? n : -ETIME;
		if (!ret[used++] && used > 1)
			return used;
	}
	return -EPROTO;
}

int vm_first_is_welcome(int fd)
{
	struct svcgate_deframer deframer;
	u8 hello[64], answer[256], body[256];
	size_t length = vm_hello_bytes(hello, sizeof(hello), 4711), consumed;
	int r = vm_write_all(fd, hello, length);

	if (!r)
		r = read_frame(fd, answer, sizeof(answer));
	if (r < 0)
		return r;
	svcgate_deframer_init(&deframer, body, sizeof(body));
	if (answer[0] || svcgate_deframe(&deframer, answer, NULL, r, &consumed) !=
	    SVCGATE_DEFRAME_FRAME)
		return -EPROTO;
	return (body[0] & 0xf) == SVCGATE_FRAME_WELCOME ? 0 : -EPROTO;
}

int vm_receive(struct svcgate_line *line, u8 kind, struct svcgate_line_frame *ret_frame)
{
	int64_t deadline = svcgate_line_now() + VM_PATIENCE_MS;
	int r;

	do {
		r = svcgate_line_receive(line, deadline, ret_frame);
	} while (!r && ret_frame->kind != kind);
	return r == -ETIMEDOUT ? -ETIME : r;
}

/* The welcome to this very hello. */
static int receive_welcome(struct svcgate_line *line, u64 cookie, int ms, u64 *ret_session)
{
	const int64_t deadline = svcgate_line_now() + ms;
	const struct svcgate_welcome *welcome;
	struct svcgate_line_frame frame;
	int r;

	do {
		r = svcgate_line_receive(line, deadline, &frame);
	} while (!r && (frame.kind != SVCGATE_FRAME_WELCOME || frame.session != cookie));
	if (r)
		return r == -ETIMEDOUT ? -ETIME : r;
	if (frame.length != sizeof(*welcome))
		return -EPROTO;
	welcome = (const void *)frame.data;
	*ret_session = svcgate_get_le64((const u8 *)&welcome->session);
	return 0;
}

/* Like every host: a hello that was lost is said again, with more patience. */
int vm_hello(struct svcgate_line *line, u64 *ret_session)
{
	static u64 cookie = 0x6f6c6c6568;
	struct svcgate_line_frame frame = { .kind = SVCGATE_FRAME_HELLO };
	struct svcgate_hello hello;
	int ms, r = -ETIME;

	fill_hello(&hello);
	frame.data = (u8 *)&hello;
	frame.length = sizeof(hello);
	for (ms = VM_PATIENCE_MS / 4; r == -ETIME && ms <= VM_PATIENCE_MS; ms *= 2) {
		frame.session = ++cookie;
		r = svcgate_line_send(line, &frame);
		if (!r)
			r = receive_welcome(line, cookie, ms, ret_session);
	}
	return r;
}

int vm_send_request(struct svcgate_line *line, u64 session, u16 transaction, u16 op,
		    const void *payload, size_t length)
{
	u8 message[sizeof(struct svcgate_request) + 1024] = {};
	struct svcgate_request *request = (void *)message;
	struct svcgate_line_frame frame = {
		.kind = SVCGATE_FRAME_DATA,
		.flags = SVCGATE_FRAME_LAST,
		.transaction = transaction,
		.session = session,
		.data = message,
		.length = sizeof(*request) + length,
	};

	if (length > 1024)
		return -EMSGSIZE;
	svcgate_put_le16((u8 *)&request->op, op);
	svcgate_put_le32((u8 *)&request->payload_length, length);
	if (length)
		memcpy(request + 1, payload, length);
	return svcgate_line_send(line, &frame);
}

int vm_request(struct svcgate_line *line, u64 session, u16 transaction, u16 op,
	       const void *payload, size_t length, struct svcgate_response *ret_response)
{
	struct svcgate_line_frame frame;
	int r = vm_send_request(line, session, transaction, op, payload, length);

	if (r)
		return r;
	do {
		r = vm_receive(line, SVCGATE_FRAME_DATA, &frame);
	} while (!r && (frame.session != session || frame.transaction != transaction));
	if (r)
		return r;
	if (frame.length < sizeof(*ret_response))
		return -EPROTO;
	memcpy(ret_response, frame.data, sizeof(*ret_response));
	return 0;
}

/* Bytes that the driver of a UART has seen: "1: uart:16550A ... tx:12 rx:34 ..." */
long vm_uart_count(const char *line, const char *which)
{
	char text[4096], start[8], *at;

	if (vm_read_file("/proc/tty/driver/serial", text, sizeof(text)))
		return -1;
	snprintf(start, sizeof(start), "\n%s:", line + strlen("ttyS"));
	at = strstr(text, start);
	at = at ? strstr(at, which) : NULL;
	return at ? atol(at + strlen(which)) : -1;
}

/* Identify works with no helper (P3), so it proves that a port is served. */
int vm_identify(const char *other)
{
	struct svcgate_response response;
	static struct svcgate_line line;
	int fd = vm_open_line(other), r;
	u64 session;

	if (fd < 0)
		return fd;
	vm_line_init(&line, fd);
	r = vm_hello(&line, &session);
	if (!r)
		r = vm_request(&line, session, 1, SVCGATE_OP_IDENTIFY, NULL, 0, &response);
	if (!r)
		r = svcgate_get_le16((u8 *)&response.reason);
	close(fd);
	return r;
}

int vm_log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lseek(fd, 0, SEEK_END);
	return fd;
}

static bool next_record_has(int log, const char *text)
{
	char record[2048];
	ssize_t n;

	while ((n = read(log, record, sizeof(record) - 1)) > 0 || errno == EPIPE) {
		if (n <= 0)
			continue;
		record[n] = '\0';
		if (strstr(record, text))
			return true;
	}
	return false;
}

bool vm_log_has(int log, const char *text)
{
	return VM_WITHIN(2000, next_record_has(log, text));
}

/* Events come on the same line and are passed over. */
static int read_answer(int fd, char *ret_answer, size_t size)
{
	int64_t end = vm_now() + VM_PATIENCE_MS;
	size_t used = 0;
	ssize_t n;
	char c;

	while (vm_now() < end) {
		n = vm_read_some(fd, &c, 1, 100);
		if (n < 0)
			return n;
		if (!n || c == '\r')
			continue;
		if (c != '\n') {
			if (used + 1 < size)
				ret_answer[used++] = c;
			continue;
		}
		ret_answer[used] = '\0';
		if (!strncmp(ret_answer, "{\"return\"", 9))
			return 0;
		if (!strncmp(ret_answer, "{\"error\"", 8))
			return -EREMOTEIO;
		used = 0;
	}
	return -ETIME;
}

int vm_qmp(const char *command, char *ret_answer, size_t size)
{
	const char *path = getenv("SVCGATE_QMP");
	char answer[1024];
	int fd, r;

	if (!path)
		return -ENOENT;
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while (vm_read_some(fd, answer, sizeof(answer), 0) > 0)
		;	/* events of the past */
	r = vm_write_all(fd, command, strlen(command));
	if (!r)
		r = vm_write_all(fd, "\n", 1);
	if (!r)
		r = read_answer(fd, answer, sizeof(answer));
	close(fd);
	if (r && !ret_answer)
		fprintf(stderr, "# monitor: %s: %s\n", command,
			r == -EREMOTEIO ? answer : strerror(-r));
	if (ret_answer)
		snprintf(ret_answer, size, "%s", answer);
	return r;
}

int vm_send_break(const char *chardev)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "{\"execute\":\"chardev-send-break\",\"arguments\":{\"id\":\"%s\"}}", chardev);
	return vm_qmp(command, NULL, 0);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Newer kernels put devices of the serial core between line and hardware. */
int vm_hardware(const char *line, struct vm_hardware *ret_hardware)
{
	char path[PATH_MAX], link[PATH_MAX], subsystem[PATH_MAX];

	snprintf(link, sizeof(link), "/sys/class/tty/%s/device", line);
	if (!realpath(link, path))
		return -errno;
	while (strlen(path) > strlen("/sys/devices")) {
		snprintf(link, sizeof(link), "%.4000s/subsystem", path);
		if (realpath(link, subsystem) && (!strcmp(base_name(subsystem), "pnp") ||
						  !strcmp(base_name(subsystem), "platform"))) {
			snprintf(link, sizeof(link), "%.4000s/driver", path);
			if (!realpath(link, subsystem))
				return -errno;
			snprintf(ret_hardware->driver, sizeof(ret_hardware->driver), "%.120s",
				 subsystem);
			snprintf(ret_hardware->device, sizeof(ret_hardware->device), "%.60s",
				 base_name(path));
			return 0;
		}
		*strrchr(path, '/') = '\0';
	}
	return -ENODEV;
}

static int tell_driver(const struct vm_hardware *hardware, const char *what)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", hardware->driver, what);
	return vm_write_file(path, hardware->device);
}

int vm_unbind(const struct vm_hardware *hardware)
{
	return tell_driver(hardware, "unbind");
}

int vm_bind(const struct vm_hardware *hardware)
{
	return tell_driver(hardware, "bind");
}
