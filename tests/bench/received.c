// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a received byte costs, in a VM whose clock counts instructions: frames of 1500
 * random bytes go into the master of a pty, and the time until the last of them is
 * where it belongs is that of the whole machine. Nothing is subtracted: the write that
 * brings them, the tty core and the reader are in each figure alike.
 *
 *   svcgate	in a session, data of an admitted transaction, read at the door
 *   n_tty	raw, read by a process
 *   ppp_async	PPP in asynchronous framing, asyncmap 0, an interface that is up
 *   slip	an interface that is up
 *
 *   scripts/vm test --icount --kernel VER --ko svcgate.ko \
 *	--add slhc.ko:/lib/modules/slhc.ko --add slip.ko:/lib/modules/slip.ko \
 *	--add ppp_generic.ko:/lib/modules/ppp_generic.ko \
 *	--add ppp_async.ko:/lib/modules/ppp_async.ko build/tests/bench/received
 *
 * The modules are in scripts/vm modules-dir VER, under kernel/drivers/net/. For
 * tests/bench/run it prints "figure NAME NANOSECONDS BYTES" for all frames, bytes as on
 * the line, fastest of three rounds; or "figure NAME cannot WHY".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/ppp-ioctl.h>
#include <linux/svcgate.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ptys.h"
#include "vmlib.h"

#define FRAMES		400
#define BATCH		8	/* frames in a write: less than a pty and a door hold */
#define BODY		1500
#define ROUNDS		3

#define LDISC_SLIP	1
#define LDISC_PPP	3

/* The longest coding doubles each byte. */
static u8 line[2 * (FRAMES * (BODY + 16))];
static size_t starts[FRAMES + 1];

/**
 * struct way - a way of the frames
 * @name: of the figure
 * @modules: that it needs, in this order; ends with NULL
 * @encode: one frame of @body; returns its bytes on the line
 * @open: before the clock; 0 or -errno
 * @take: takes what a batch brought; an interface with no bytes: until all is there
 */
struct way {
	const char *name;
	const char *modules[4];
	size_t (*encode)(u8 *out, const u8 *body);
	int (*open)(struct pty *pty);
	int (*take)(struct pty *pty, size_t bytes);
};

static u64 session;
static int door, sink;
static char interface[IFNAMSIZ];
static unsigned long long expected;

static int load(const char *name)
{
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), "/lib/modules/%s.ko", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST ? -errno : 0;
	close(fd);
	return r;
}

static size_t encode_svcgate(u8 *out, const u8 *body)
{
	struct svcgate_frame head;

	svcgate_frame_put((u8 *)&head, SVCGATE_FRAME_DATA, 0, 1,
			  sizeof(struct svcgate_request), session);
	return svcgate_enframe(out, SVCGATE_FRAME_LINE_MAX(BODY), (u8 *)&head, sizeof(head),
			       body, BODY - sizeof(head));
}

static int open_svcgate(struct pty *pty)
{
	static struct svcgate_line host;
	u8 message[sizeof(struct svcgate_door) + SVCGATE_FRAME_DATA_MAX];
	int r = pty_attach(pty);

	if (r)
		return r;
	vm_line_init(&host, pty->master);
	door = vm_open_door(pty->name);
	if (door < 0)
		return door;
	if (fcntl(door, F_SETFL, 0))
		return -errno;
	r = vm_hello(&host, &session);
	r = r ?: vm_send_request(&host, session, 1, SVCGATE_OP_OS_VERSION, NULL, 0);
	if (r)
		return r;
	return read(door, message, sizeof(message)) < 0 ? -errno : 0;
}

static int take_svcgate(struct pty *pty, size_t bytes)
{
	static u8 message[sizeof(struct svcgate_door) + SVCGATE_FRAME_DATA_MAX];
	const struct svcgate_door *head = (const void *)message;
	int i;

	for (i = 0; i < BATCH; i++)
		if (read(door, message, sizeof(message)) < 0 ||
		    head->kind != SVCGATE_DOOR_DATA ||
		    head->length != sizeof(*head) + BODY - sizeof(struct svcgate_frame))
			return -EPROTO;
	return 0;
}

static size_t encode_plain(u8 *out, const u8 *body)
{
	memcpy(out, body, BODY);
	return BODY;
}

static int open_plain(struct pty *pty)
{
	return fcntl(pty->line, F_SETFL, 0) ? -errno : 0;
}

static int take_plain(struct pty *pty, size_t bytes)
{
	static u8 in[4096];
	ssize_t n;

	for (; bytes; bytes -= n) {
		n = read(pty->line, in, sizeof(in));
		if (n <= 0 || n > bytes)
			return -EPROTO;
	}
	return 0;
}

static u16 fcs(u16 sum, u8 byte)
{
	int bit;

	sum ^= byte;
	for (bit = 0; bit < 8; bit++)
		sum = sum >> 1 ^ (sum & 1 ? 0x8408 : 0);
	return sum;
}

static u8 *put_ppp(u8 *out, u8 byte)
{
	if (byte == 0x7d || byte == 0x7e) {
		*out++ = 0x7d;
		byte ^= 0x20;
	}
	*out++ = byte;
	return out;
}

/* Flag, address, control, protocol IPv4, data, FCS, flag: 1500 bytes of information. */
static size_t encode_ppp(u8 *out, const u8 *body)
{
	static const u8 head[] = { 0xff, 0x03, 0x00, 0x21 };
	u8 *at = out;
	u16 sum = 0xffff;
	size_t i;
	u8 byte;

	*at++ = 0x7e;
	for (i = 0; i < sizeof(head) + BODY; i++) {
		byte = i < sizeof(head) ? head[i] : body[i - sizeof(head)];
		sum = fcs(sum, byte);
		at = put_ppp(at, byte);
	}
	at = put_ppp(at, ~sum);
	at = put_ppp(at, (u16)~sum >> 8);
	*at++ = 0x7e;
	return at - out;
}

static size_t encode_slip(u8 *out, const u8 *body)
{
	u8 *at = out;
	size_t i;

	*at++ = 0xc0;
	for (i = 0; i < BODY; i++) {
		if (body[i] == 0xc0 || body[i] == 0xdb) {
			*at++ = 0xdb;
			*at++ = body[i] == 0xc0 ? 0xdc : 0xdd;
		} else {
			*at++ = body[i];
		}
	}
	*at++ = 0xc0;
	return at - out;
}

static int set_discipline(struct pty *pty, int number)
{
	return ioctl(pty->line, TIOCSETD, &number) ? -errno : 0;
}

/* Up, and with room for 1500 bytes. */
static int bring_up(void)
{
	struct ifreq request = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	strcpy(request.ifr_name, interface);
	request.ifr_mtu = BODY;
	if (ioctl(fd, SIOCSIFMTU, &request) || ioctl(fd, SIOCGIFFLAGS, &request))
		r = -errno;
	request.ifr_flags |= IFF_UP;
	if (!r && ioctl(fd, SIOCSIFFLAGS, &request))
		r = -errno;
	close(fd);
	return r;
}

/* What the interface has counted, or 0. */
static unsigned long long packets(void)
{
	char path[96], text[32];

	snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/rx_packets", interface);
	return vm_read_file(path, text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

/* What pppd does: a channel on the line, a unit, the one joined to the other. */
static int open_ppp(struct pty *pty)
{
	int channel, channel_fd, unit = -1, map = 0, mru = BODY;
	int r = set_discipline(pty, LDISC_PPP);

	if (r)
		return r;
	channel_fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);
	sink = open("/dev/ppp", O_RDWR | O_CLOEXEC);
	if (channel_fd < 0 || sink < 0 || ioctl(pty->line, PPPIOCGCHAN, &channel) ||
	    ioctl(channel_fd, PPPIOCATTCHAN, &channel) ||
	    ioctl(channel_fd, PPPIOCSRASYNCMAP, &map) ||
	    ioctl(channel_fd, PPPIOCSMRU, &mru) || ioctl(sink, PPPIOCNEWUNIT, &unit) ||
	    ioctl(channel_fd, PPPIOCCONNECT, &unit))
		return -errno;
	snprintf(interface, sizeof(interface), "ppp%d", unit);
	expected = packets();
	return bring_up();
}

static int open_slip(struct pty *pty)
{
	int r = set_discipline(pty, LDISC_SLIP);

	if (r)
		return r;
	if (ioctl(pty->line, SIOCGIFNAME, interface))
		return -errno;
	expected = packets();
	return bring_up();
}

/*
 * The kernel's workers go first; only the last batch is waited for, with a look at the
 * counter that costs little beside the rest.
 */
static int take_interface(struct pty *pty, size_t bytes)
{
	if (bytes) {
		expected += BATCH;
		sched_yield();
		return 0;
	}
	return VM_UNTIL(packets() >= expected) ? 0 : -ETIME;
}

static const struct way ways[] = {
	{ "svcgate", { }, encode_svcgate, open_svcgate, take_svcgate },
	{ "n_tty", { }, encode_plain, open_plain, take_plain },
	{ "ppp_async", { "slhc", "ppp_generic", "ppp_async" }, encode_ppp, open_ppp,
	  take_interface },
	{ "slip", { "slhc", "slip" }, encode_slip, open_slip, take_interface },
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_RAW, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void encode_all(const struct way *way)
{
	u64 state = 88172645463325252ULL;
	u8 body[BODY];
	int frame, i;

	for (frame = 0; frame < FRAMES; frame++) {
		for (i = 0; i < BODY; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			body[i] = state >> 32;
		}
		/* An IPv4 header's first byte, as far as an interface looks at it. */
		body[0] = 0x45;
		starts[frame + 1] = starts[frame] + way->encode(line + starts[frame], body);
	}
}

/* Not poll(): who empties a pty under SLIP or PPP does not say so. */
static int write_all(int fd, const u8 *data, size_t length)
{
	ssize_t n;

	for (; length; length -= n, data += n) {
		n = write(fd, data, length);
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n < 0) {
			sched_yield();
			n = 0;
		}
	}
	return 0;
}

static int push(const struct way *way, struct pty *pty)
{
	size_t bytes;
	int frame, r = 0;

	for (frame = 0; frame < FRAMES && !r; frame += BATCH) {
		bytes = starts[frame + BATCH] - starts[frame];
		r = write_all(pty->master, line + starts[frame], bytes);
		r = r ?: way->take(pty, bytes);
	}
	return r || way->take != take_interface ? r : way->take(pty, 0);
}

static int measure(const struct way *way)
{
	int64_t best = INT64_MAX, start;
	static struct pty ptys[4];
	struct pty *pty = &ptys[way - ways];
	int round, r = 0;
	unsigned int i;

	for (i = 0; way->modules[i] && !r; i++)
		r = load(way->modules[i]);
	if (r) {
		printf("figure %s cannot %s.ko: %s\n", way->name, way->modules[i - 1],
		       strerror(-r));
		return 0;
	}
	r = pty_open(pty);
	r = r ?: way->open(pty);
	if (!r)
		encode_all(way);
	for (round = 0; round < ROUNDS && !r; round++) {
		start = now_ns();
		r = push(way, pty);
		start = now_ns() - start;
		best = start < best ? start : best;
	}
	if (r) {
		printf("# received: %s: %s\n", way->name, strerror(-r));
		return 1;
	}
	printf("figure %s %lld %zu\n", way->name, (long long)best, starts[FRAMES]);
	return 0;
}

int main(void)
{
	unsigned int i;
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	r = vm_insmod("");
	r = r ?: vm_configure(SVCGATE_STATE_BLANK);
	if (r) {
		printf("# received: module: %s\n", strerror(-r));
		return 1;
	}
	for (i = 0, r = 0; i < ARRAY_SIZE(ways); i++)
		r |= measure(&ways[i]);
	return r;
}
