/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that svcgated asks of the world outside: clock, files, the gate
 * in the kernel, processes. The logic calls through this table only, so tests
 * run it without root, without the module, and with the power cut at any step.
 */
#ifndef _SVCGATED_HELPER_OPS_H
#define _SVCGATED_HELPER_OPS_H

#include <sys/types.h>

#include "device_netlink.h"
#include "pure.h"

struct process_plan;

/**
 * struct helper_ops - calls to the outside
 *
 * Each returns 0 or a negative errno unless it says otherwise. @context is the
 * first argument of every call.
 *
 * @context: for the implementation
 * @now: milliseconds since boot, also while asleep
 * @file_read: at most @size bytes of a regular file into @buf; bytes read, all
 *	of the file unless it is @size bytes or longer
 * @file_write: make or replace a file; its bytes are durable on return, its
 *	name is not
 * @file_rename: give a file another name, replacing what had it
 * @file_remove: take a name away
 * @dir_sync: names in the directory are durable on return
 * @cell_read: bytes of a cell of the state backend
 * @cell_write: write them
 * @cell_sync: what was written is durable on return
 * @gate_device: what the kernel knows of the device
 * @gate_ports: the ports it holds
 * @gate_attach: hold a port
 * @gate_set_device: device ID and audience
 * @gate_set_floors: what the state backend counted
 * @gate_set_state: state from the store
 * @gate_set_keystore: keystore from the store, with the kernel's verdict
 * @gate_set_capability: capability from the store, with the kernel's verdict
 * @gate_rules: its table of operations
 * @gate_set_rule: a maker's rule
 * @gate_seal: end of configuration
 * @gate_load_keystore: a new keystore, with the kernel's verdict
 * @gate_load_capability: a new capability file, with the kernel's verdict
 * @gate_wait: until a change of trust has ended, or may have, or at most for so
 *	many milliseconds
 * @gate_message: the kernel's words for the last error of a gate call, or ""
 * @tty_exists: is there a tty of this name?
 * @process_start: run a program; its pid
 * @process_kill: end a program with its whole process group
 */
struct helper_ops {
	void *context;

	int64_t (*now)(void *context);

	ssize_t (*file_read)(void *context, int dir, const char *name, void *buf,
			     size_t size);
	int (*file_write)(void *context, int dir, const char *name, const void *data,
			  size_t length);
	int (*file_rename)(void *context, int dir, const char *from, const char *to);
	int (*file_remove)(void *context, int dir, const char *name);
	int (*dir_sync)(void *context, int dir);

	int (*cell_read)(void *context, int fd, u64 offset, void *buf, size_t size);
	int (*cell_write)(void *context, int fd, u64 offset, const void *data,
			  size_t length);
	int (*cell_sync)(void *context, int fd);

	int (*gate_device)(void *context, struct device_info *ret_info);
	int (*gate_ports)(void *context, struct device_port *ret_ports, size_t size,
			  size_t *ret_count);
	int (*gate_attach)(void *context, const struct device_port_request *request);
	int (*gate_set_device)(void *context, const u8 *id, size_t length,
			       const u8 *audience);
	int (*gate_set_floors)(void *context, const struct device_floors *floors);
	int (*gate_set_state)(void *context, u8 state);
	int (*gate_set_keystore)(void *context, const void *file, size_t length,
				 struct device_verdict *ret_verdict);
	int (*gate_set_capability)(void *context, const void *file, size_t length,
				   struct device_verdict *ret_verdict);
	int (*gate_rules)(void *context, struct device_rule *ret_rules, size_t size,
			  size_t *ret_count);
	int (*gate_set_rule)(void *context, const struct device_rule *rule);
	int (*gate_seal)(void *context);
	int (*gate_load_keystore)(void *context, const void *file, size_t length,
				  struct device_verdict *ret_verdict);
	int (*gate_load_capability)(void *context, const void *file, size_t length,
				    struct device_verdict *ret_verdict);
	void (*gate_wait)(void *context, int timeout_ms);
	const char *(*gate_message)(void *context);

	bool (*tty_exists)(void *context, const char *name);

	pid_t (*process_start)(void *context, const struct process_plan *plan);
	int (*process_kill)(void *context, pid_t pid);
};

extern const struct helper_ops helper_ops_real;

#endif /* _SVCGATED_HELPER_OPS_H */
