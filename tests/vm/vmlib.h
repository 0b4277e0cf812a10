/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests in the VM share: the module, the netlink client, lines, frames,
 * the kernel's log, QEMU's monitor, and waiting for something to become true.
 *
 * Include this before kselftest_harness.h, which takes ARRAY_SIZE as it finds it.
 * Functions return 0 or a negative errno unless they say otherwise. Each netlink
 * call opens a connection of its own, so that threads and forked tests can.
 */
#ifndef _SVCGATE_TESTS_VMLIB_H
#define _SVCGATE_TESTS_VMLIB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device_netlink.h"
#include "link_line.h"

/*
 * How long something may take that takes no time at all on real hardware. Never
 * reached by a test that passes; the debug kernel under emulation is slow.
 */
#define VM_PATIENCE_MS	20000

/* For TEST_F_TIMEOUT(): longer than the patience of one test taken together. */
#define VM_LONG		240

int64_t vm_now(void);			/* milliseconds, CLOCK_MONOTONIC */
void vm_pause(void);			/* between two looks at a condition */

/**
 * VM_WITHIN() - look at a condition until it holds or the time is over
 * @ms: the time
 * @condition: evaluated again and again
 *
 * Return: whether it held.
 */
#define VM_WITHIN(ms, condition)						\
	({									\
		const int64_t vm_end = vm_now() + (ms);				\
		bool vm_holds;							\
										\
		while (!(vm_holds = !!(condition)) && vm_now() < vm_end)	\
			vm_pause();						\
		vm_holds;							\
	})

#define VM_UNTIL(condition)	VM_WITHIN(VM_PATIENCE_MS, condition)

/* The module. Parameters as for insmod: "hold=ttyS1 hold_wait=1", or "". */
int vm_insmod(const char *parameters);
int vm_rmmod(void);			/* -EWOULDBLOCK while it is in use */
bool vm_is_loaded(void);
void vm_clean(void);			/* let go of all ports, remove the module */

/* Ports, over netlink. */
int vm_attach(const char *name);
int vm_attach_with(const struct device_port_request *request, char *ret_text, size_t size);
int vm_detach(const char *name);
int vm_detach_text(const char *name, char *ret_text, size_t size);
int vm_port(const char *name, struct device_port *ret_port);	/* -ENODEV: not held */
bool vm_is_held(const char *name);
size_t vm_ports(void);			/* how many are held */
u64 vm_counter(const char *name, enum svcgate_counter which);	/* 0 when not held */
int vm_open_door(const char *name);	/* descriptor of /dev/svcgateN */

/* The device: ID "svcgate-test-000" and audience of 16 times 'A'. */
#define VM_DEVICE_ID	"svcgate-test-000"
#define VM_AUDIENCE	"AAAAAAAAAAAAAAAA"
int vm_set_device(void);
int vm_configure(u8 state);		/* device, state, seal */

/* Lines: "ttyS2", "hvc1". Descriptors do not block. */
int vm_open_node(const char *name);	/* as it is */
int vm_open_line(const char *name);	/* raw, 115200 */
int vm_open_line_flow(const char *name);	/* the same with CRTSCTS */
int vm_write_all(int fd, const void *data, size_t length);	/* -ETIME: no progress */
ssize_t vm_read_some(int fd, void *ret_data, size_t size, int ms);	/* 0: nothing came */
int vm_flush_wire(const char *line, const char *other);	/* of what earlier tests left */

/* Bytes that the driver of a UART has moved: "rx:", "tx:"; -1: not known. */
long vm_uart_count(const char *line, const char *which);

/* Say hello at the other end and ask who is there: the reason, or -errno. */
int vm_identify(const char *other);

/* Frames: what the host would do, one step at a time. */
void vm_line_init(struct svcgate_line *line, int fd);
int vm_hello(struct svcgate_line *line, u64 *ret_session);	/* -ETIME: no welcome */
int vm_first_is_welcome(int fd);	/* hello; -EPROTO when anything comes before the welcome */
int vm_receive(struct svcgate_line *line, u8 kind, struct svcgate_line_frame *ret_frame);
int vm_send_request(struct svcgate_line *line, u64 session, u16 transaction, u16 op,
		    const void *payload, size_t length);
int vm_request(struct svcgate_line *line, u64 session, u16 transaction, u16 op,
	       const void *payload, size_t length, struct svcgate_response *ret_response);
size_t vm_hello_bytes(u8 *out, size_t size, u64 cookie);	/* a hello for the line */

/* The multicast group "events": a descriptor, and what comes from it. */
struct vm_event {
	u16 kind;
	char port[SVCGATE_PORT_NAME_SIZE];
	u16 op;
	u16 reason;
	u16 detail;
};

int vm_events_open(void);
int vm_event_next(int fd, int ms, struct vm_event *ret_event);
int vm_event_wait(int fd, u16 kind, struct vm_event *ret_event);	/* passes others over */

/* The session's end is told to whoever listens, and to the host. */
bool vm_session_ended(struct svcgate_line *line, int events, u64 session, u16 reason);

/* Files of sysfs, procfs, tracefs. */
int vm_read_file(const char *path, char *ret_text, size_t size);
int vm_write_file(const char *path, const char *text);
bool vm_exists(const char *path);

/* The kernel's log from here on. */
int vm_log_open(void);			/* descriptor */
bool vm_log_has(int log, const char *text);	/* reads on; waits a little for it */

/* QEMU's monitor: one command in JSON; the answer without its line end, or NULL. */
int vm_qmp(const char *command, char *ret_answer, size_t size);
int vm_send_break(const char *chardev);	/* "wire-a": into ttyS1 */

/* The hardware below a line of the 8250, to unbind and bind its driver. */
struct vm_hardware {
	char driver[128];		/* its directory in sysfs */
	char device[64];		/* name of the device */
};

int vm_hardware(const char *line, struct vm_hardware *ret_hardware);
int vm_unbind(const struct vm_hardware *hardware);
int vm_bind(const struct vm_hardware *hardware);

#endif /* _SVCGATE_TESTS_VMLIB_H */
