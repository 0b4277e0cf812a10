/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ports of the device: held, held again after they were gone, their doors.
 */
#ifndef _SVCGATED_PORTS_H
#define _SVCGATED_PORTS_H

#include "helper_ops.h"
#include "options.h"
#include "uevent.h"

/**
 * struct port_slot - a port that is named, or was found held
 * @wanted: how it is to be held
 * @named: the options name it; else the module holds it by itself
 * @held: the kernel has it
 * @process_held: and a process can take it away
 * @served: the door process has its door
 * @number: N of its door
 * @attach_at: when to try to hold it; -1 for not before an event
 * @door_at: when to try to open its door; -1 for not before an event
 * @delay: between two tries, milliseconds
 * @error: of the last try that was logged
 */
struct port_slot {
	struct device_port_request wanted;
	bool named;
	bool held;
	bool process_held;
	bool served;
	u32 number;
	int64_t attach_at;
	int64_t door_at;
	int64_t delay;
	int error;
};

/**
 * struct ports - all of them
 * @ops: clock and gate
 * @allow_process_held: serve a port also when a process holds it
 * @serve: give a door to the door process; 0 or a negative errno
 * @serve_context: its first argument
 * @slots: the ports
 * @count: how many
 */
struct ports {
	const struct helper_ops *ops;
	bool allow_process_held;
	int (*serve)(void *context, u32 number, const char *name);
	void *serve_context;
	struct port_slot slots[SVCGATE_PORTS_MAX];
	size_t count;
};

void ports_init(struct ports *ports, const struct helper_ops *ops,
		const struct options *options);
int ports_attach(struct ports *ports);
int ports_scan(struct ports *ports);
int64_t ports_serve(struct ports *ports);
void ports_event(struct ports *ports, enum uevent_kind kind, const char *name);
void ports_gone(struct ports *ports, u32 number);
void ports_not_served(struct ports *ports);

#endif /* _SVCGATED_PORTS_H */
