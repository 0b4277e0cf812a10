// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A device under test. Functions return 0 or a negative errno unless they say
 * otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include "rig.h"

/**
 * rig_verdict() - give the kernel a file before the seal
 * @file: it
 * @is_keystore: else it is the stored capability
 * @ret_detail: detail of the reason, or NULL
 *
 * Return: the reason, or a negative errno.
 */
int rig_verdict(const struct file *file, bool is_keystore, u16 *ret_detail)
{
	struct device_verdict verdict = {};
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = (is_keystore ? device_netlink_set_keystore : device_netlink_set_capability)
		(netlink, file->data, file->length, &verdict);
	device_netlink_close(netlink);
	if (ret_detail)
		*ret_detail = verdict.detail;
	return r ? r : verdict.reason;
}

/**
 * rig_seal() - end the configuration
 */
int rig_seal(void)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = device_netlink_seal(netlink);
	device_netlink_close(netlink);
	return r;
}

/**
 * rig_drop() - drop these capabilities for good
 * @capabilities: mask of CAP_*
 */
int rig_drop(u64 capabilities)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	unsigned int i;

	if (syscall(SYS_capget, &header, data))
		return -errno;
	for (i = 0; i < 2; i++) {
		data[i].effective &= ~(u32)(capabilities >> 32 * i);
		data[i].permitted &= ~(u32)(capabilities >> 32 * i);
		data[i].inheritable = 0;
	}
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

static int set_device(const struct rig_device *device)
{
	struct device_netlink *netlink;
	int r = device_netlink_open(&netlink);

	if (r)
		return r;
	r = device_netlink_set_device(netlink, signed_device, sizeof(signed_device),
				      signed_audience);
	if (!r && !device->stateless)
		r = device_netlink_set_state(netlink, device->state);
	device_netlink_close(netlink);
	return r;
}

/**
 * rig_load() - load the module afresh and configure it
 * @device: how
 *
 * What the kernel says of the stored capability is not an error: it may be one
 * that gives nothing.
 */
int rig_load(const struct rig_device *device)
{
	int r;

	vm_clean();
	r = vm_insmod(device->parameters ? device->parameters : "");
	if (r || device->nameless)
		return r;
	r = set_device(device);
	if (!r && device->keystore)
		r = rig_verdict(device->keystore, true, NULL);
	if (!r && device->stored_before)
		r = rig_verdict(device->stored_before, false, NULL);
	if (r)
		return r < 0 ? r : -EPROTO;
	if (device->stored) {
		r = rig_verdict(device->stored, false, NULL);
		if (r < 0)
			return r;
	}
	return device->open ? 0 : rig_seal();
}

static int open_pty(struct rig *rig)
{
	struct termios raw;
	int number, r;

	rig->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (rig->master < 0 || unlockpt(rig->master) ||
	    ioctl(rig->master, TIOCGPTN, &number))
		return -errno;
	rig->line = ioctl(rig->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (rig->line < 0)
		return -errno;
	snprintf(rig->name, sizeof(rig->name), "pts%d", number);
	r = tcgetattr(rig->line, &raw);
	cfmakeraw(&raw);
	if (r || tcsetattr(rig->line, TCSANOW, &raw))
		return -errno;
	return 0;
}

/**
 * rig_open() - a new port with a session
 * @rig: it
 *
 * Every port has its own signature bucket, and it is full.
 */
int rig_open(struct rig *rig)
{
	int ldisc = RIG_LDISC, r;

	rig->door = -1;
	r = open_pty(rig);
	if (r)
		return r;
	if (ioctl(rig->line, TIOCSETD, &ldisc))
		return -errno;
	host_init(&rig->host, rig->master);
	return host_hello(&rig->host) ? 0 : -ENODATA;
}

/**
 * rig_close_door() - the helper goes away
 * @rig: the port
 */
void rig_close_door(struct rig *rig)
{
	close(rig->door);
	rig->door = -1;
}

/**
 * rig_close() - hang up and wait until the port is gone
 * @rig: it
 */
void rig_close(struct rig *rig)
{
	if (rig->door >= 0)
		rig_close_door(rig);
	close(rig->line);
	close(rig->master);
	if (!VM_UNTIL(!vm_is_held(rig->name)))
		printf("# rig: %s stays\n", rig->name);
}

/**
 * rig_fresh() - another port instead
 * @rig: it
 */
int rig_fresh(struct rig *rig)
{
	rig_close(rig);
	return rig_open(rig);
}

/**
 * rig_count() - a counter of the port
 * @rig: it
 * @which: the counter
 *
 * Return: its value.
 */
u64 rig_count(const struct rig *rig, enum svcgate_counter which)
{
	return vm_counter(rig->name, which);
}

/**
 * rig_flags() - what netlink says of the port
 * @rig: it
 *
 * Return: &enum svcgate_port_flag; 0 as well when it is not held.
 */
u32 rig_flags(const struct rig *rig)
{
	struct device_port port;

	return vm_port(rig->name, &port) ? 0 : port.flags;
}

/**
 * rig_open_door() - be the helper; reads and writes do not block
 * @rig: the port
 */
int rig_open_door(struct rig *rig)
{
	rig->door = vm_open_door(rig->name);
	return rig->door < 0 ? rig->door : 0;
}

/**
 * rig_read() - the next message for the helper, which has to come
 * @rig: the port
 * @head: its header
 * @payload: what follows; or NULL: nothing may
 * @size: bytes of @payload
 *
 * Return: bytes of payload, or a negative errno.
 */
int rig_read(const struct rig *rig, struct svcgate_door *head, void *payload, size_t size)
{
	struct pollfd poller = { .fd = rig->door, .events = POLLIN };
	static u8 buffer[SVCGATE_DOOR_MAX];
	ssize_t n;

	if (poll(&poller, 1, VM_PATIENCE_MS) != 1)
		return -ETIME;
	n = read(rig->door, buffer, sizeof(buffer));
	if (n < 0)
		return -errno;
	if (n < (ssize_t)sizeof(*head))
		return -EPROTO;
	memcpy(head, buffer, sizeof(*head));
	if (head->length != n || (size_t)n - sizeof(*head) > size)
		return -EMSGSIZE;
	if ((size_t)n > sizeof(*head))
		memcpy(payload, buffer + sizeof(*head), (size_t)n - sizeof(*head));
	return (int)((size_t)n - sizeof(*head));
}

/**
 * rig_write() - one message of the helper's
 * @rig: the port
 * @head: its header; the length is filled in
 * @payload: what follows
 * @length: its bytes
 */
int rig_write(const struct rig *rig, const struct svcgate_door *head, const void *payload,
	      size_t length)
{
	u8 message[sizeof(*head) + SVCGATE_MESSAGE_MAX];
	struct svcgate_door copy = *head;
	ssize_t n;

	copy.length = (u32)(sizeof(copy) + length);
	memcpy(message, &copy, sizeof(copy));
	if (length)
		memcpy(message + sizeof(copy), payload, length);
	n = write(rig->door, message, copy.length);
	if (n < 0)
		return -errno;
	return n == (ssize_t)copy.length ? 0 : -EIO;
}

/**
 * rig_door_is_quiet() - is nothing there for the helper?
 * @rig: the port; what came before the last answer to the host has been decided
 *
 * Return: true when nothing is.
 */
bool rig_door_is_quiet(const struct rig *rig)
{
	u8 buffer[SVCGATE_DOOR_MAX];

	return read(rig->door, buffer, sizeof(buffer)) < 0 && errno == EAGAIN;
}

/**
 * rig_admit() - have a request without payload admitted, up to the helper
 * @rig: the port, with its door open
 * @op: what is asked for
 * @ret_request: header of what the helper read
 */
int rig_admit(struct rig *rig, u16 op, struct svcgate_door *ret_request)
{
	struct host_request request = { .op = op };
	int r;

	if (!host_begin(&rig->host, &request) ||
	    !host_expect(&rig->host, SVCGATE_FRAME_ACK, rig->host.transaction,
			 sizeof(struct svcgate_request), NULL))
		return -ENODATA;
	r = rig_read(rig, ret_request, NULL, 0);
	if (r)
		return r;
	return ret_request->kind == SVCGATE_DOOR_REQUEST && ret_request->op == op &&
	       ret_request->transaction == rig->host.transaction ? 0 : -EPROTO;
}

/**
 * rig_answer() - answer a request as the helper
 * @rig: the port
 * @request: its header, as it was read
 * @flags: &enum svcgate_door_flag
 * @reason: &enum svcgate_reason
 * @payload: of the response
 * @length: its bytes
 */
int rig_answer(const struct rig *rig, const struct svcgate_door *request, u16 flags,
	       u16 reason, const void *payload, size_t length)
{
	struct svcgate_door head = {
		.kind = SVCGATE_DOOR_RESPONSE,
		.flags = flags,
		.session = request->session,
		.transaction = request->transaction,
		.reason = reason,
	};

	return rig_write(rig, &head, payload, length);
}

/**
 * rig_ask() - ask the device, and take the kernel's answer
 * @rig: the port
 * @question: what
 * @ret_detail: detail of the reason, or NULL
 *
 * Return: the reason, or -1 when the kernel did not answer.
 */
int rig_ask(struct rig *rig, const struct rig_question *question, u16 *ret_detail)
{
	struct host_request request = {
		.op = question->op,
		.flags = question->flags,
		.object = question->object,
	};
	struct host_response response;
	int reason;

	if (question->file)
		request.credential = (struct host_bytes)SECTION(question->file);
	if (question->image)
		request.payload = (struct host_bytes)SECTION(question->image);
	reason = host_ask(&rig->host, &request, &response);
	if (ret_detail)
		*ret_detail = reason < 0 ? 0xffff : response.detail;
	return reason;
}
