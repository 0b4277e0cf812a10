// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ports of the device. The kernel holds them; here is remembered which
 * ones there should be, so that one that went away (a driver unbound, USB
 * unplugged) is held again as soon as it is back, before anybody else can open
 * it. A door is opened for each port that is held, whoever asked for it.
 */
#include <errno.h>

#include "log.h"
#include "ports.h"

/* Between two tries: a getty that init starts again, a door not closed yet. */
#define DELAY_FIRST_MS	250
#define DELAY_MAX_MS	30000

#define NEVER		(-1)

static int64_t now(const struct ports *ports)
{
	return ports->ops->now(ports->ops->context);
}

static struct port_slot *find(struct ports *ports, const char *name)
{
	size_t i;

	for (i = 0; i < ports->count; i++)
		if (!strcmp(ports->slots[i].wanted.name, name))
			return &ports->slots[i];
	return NULL;
}

/**
 * ports_init() - the ports that the options name
 * @ports: to be filled; @ports->serve may be set afterwards
 * @ops: the outside
 * @options: the options
 */
void ports_init(struct ports *ports, const struct helper_ops *ops,
		const struct options *options)
{
	size_t i;

	*ports = (struct ports){
		.ops = ops,
		.allow_process_held = options->allow_process_held,
		.count = options->port_count,
	};
	for (i = 0; i < ports->count; i++)
		ports->slots[i] = (struct port_slot){
			.wanted = options->ports[i],
			.named = true,
			.delay = DELAY_FIRST_MS,
		};
}

static struct port_slot *add(struct ports *ports, const char *name)
{
	struct port_slot *slot;

	if (ports->count == ARRAY_SIZE(ports->slots))
		return NULL;
	slot = &ports->slots[ports->count++];
	*slot = (struct port_slot){ .attach_at = NEVER, .delay = DELAY_FIRST_MS };
	memcpy(slot->wanted.name, name, sizeof(slot->wanted.name));
	return slot;
}

static void mark_held(struct ports *ports, struct port_slot *slot,
		      const struct device_port *port)
{
	if (!slot->held || slot->number != port->number) {
		slot->served = false;
		slot->door_at = now(ports);
		slot->error = 0;
	}
	slot->held = true;
	slot->number = port->number;
	slot->process_held = port->flags & SVCGATE_PORT_PROCESS_HELD;
}

static void mark_lost(struct ports *ports, struct port_slot *slot)
{
	slot->held = false;
	slot->served = false;
	slot->attach_at = slot->named ? now(ports) : NEVER;
	slot->delay = DELAY_FIRST_MS;
	slot->error = 0;
	log_warning("port %s is gone; it is held again when it comes back",
		    slot->wanted.name);
}

/**
 * ports_scan() - look at what the kernel holds
 * @ports: the ports
 *
 * Return: 0 or a negative errno.
 */
int ports_scan(struct ports *ports)
{
	struct device_port list[SVCGATE_PORTS_MAX];
	bool seen[SVCGATE_PORTS_MAX] = {};
	struct port_slot *slot;
	size_t count, i;
	int r;

	r = ports->ops->gate_ports(ports->ops->context, list, ARRAY_SIZE(list), &count);
	if (r < 0) {
		log_error("cannot ask the kernel for its ports: %s", strerror(-r));
		return r;
	}
	for (i = 0; i < count; i++) {
		slot = find(ports, list[i].name);
		if (!slot)
			slot = add(ports, list[i].name);
		if (!slot)
			continue;
		mark_held(ports, slot, &list[i]);
		seen[slot - ports->slots] = true;
	}
	for (i = 0; i < ports->count; i++)
		if (ports->slots[i].held && !seen[i])
			mark_lost(ports, &ports->slots[i]);
	return 0;
}

static void try_later(const struct ports *ports, struct port_slot *slot, int64_t *at)
{
	*at = now(ports) + slot->delay;
	slot->delay = slot->delay * 2 < DELAY_MAX_MS ? slot->delay * 2 : DELAY_MAX_MS;
}

static void attach_failed(struct ports *ports, struct port_slot *slot, int error,
			  const char *message)
{
	const char *name = slot->wanted.name, *text = *message ? message : strerror(-error);
	bool news;

	/* A placeholder line of a driver counts as absent. */
	if (error == -ENXIO)
		error = -ENODEV;
	news = slot->error != error;
	slot->error = error;
	slot->attach_at = NEVER;
	switch (error) {
	case -ENODEV:
		if (news)
			log_notice("port %s is not there yet; it is held as soon as it is",
				   name);
		return;
	case -EPERM:
	case -EINVAL:
	case -ENOSPC:
		if (news)
			log_error("port %s cannot be held: %s; see svcgated --probe --port %s",
				  name, text, name);
		return;
	default:
		if (news)
			log_error("port %s cannot be held yet: %s; find what has it open with svcgated --probe --port %s",
				  name, text, name);
		try_later(ports, slot, &slot->attach_at);
	}
}

static void attach(struct ports *ports, struct port_slot *slot)
{
	const struct helper_ops *ops = ports->ops;
	int r;

	/* Asking the kernel for a tty that nobody registered makes it warn. */
	if (!ops->tty_exists(ops->context, slot->wanted.name)) {
		attach_failed(ports, slot, -ENODEV, "");
		return;
	}
	r = ops->gate_attach(ops->context, &slot->wanted);
	if (r < 0) {
		attach_failed(ports, slot, r, ops->gate_message(ops->context));
		return;
	}
	slot->attach_at = NEVER;
	slot->delay = DELAY_FIRST_MS;
	slot->error = 0;
	if (!slot->named)
		log_notice("port %s is held again, at the kernel's default speed; name it with --port for another",
			   slot->wanted.name);
}

/**
 * ports_attach() - have the kernel hold what it should and does not
 * @ports: the ports, after ports_scan()
 *
 * Return: 0 or a negative errno of ports_scan().
 */
int ports_attach(struct ports *ports)
{
	bool tried = false;
	struct port_slot *slot;
	size_t i;

	for (i = 0; i < ports->count; i++) {
		slot = &ports->slots[i];
		if (slot->held || slot->attach_at == NEVER || slot->attach_at > now(ports))
			continue;
		attach(ports, slot);
		tried = true;
	}
	return tried ? ports_scan(ports) : 0;
}

static void open_door(struct ports *ports, struct port_slot *slot)
{
	int r;

	if (slot->process_held && !ports->allow_process_held) {
		log_warning("port %s is held by a process that can take the lock away: not served; --allow-process-held is for tests",
			    slot->wanted.name);
		slot->door_at = NEVER;
		return;
	}
	r = ports->serve(ports->serve_context, slot->number, slot->wanted.name);
	if (!r) {
		slot->served = true;
		slot->delay = DELAY_FIRST_MS;
		slot->error = 0;
		return;
	}
	/* A port that is being let go of has a door that cannot be opened. */
	if (slot->error != r && r == -EBUSY)
		log_error("the door of port %s is open already; does another svcgated run?",
			  slot->wanted.name);
	else if (slot->error != r && r != -ENODEV && r != -ENOENT)
		log_notice("the door of port %s cannot be opened yet: %s",
			   slot->wanted.name, strerror(-r));
	slot->error = r;
	try_later(ports, slot, &slot->door_at);
}

static int64_t sooner(int64_t next, int64_t at, int64_t current)
{
	int64_t left = at > current ? at - current : 0;

	if (at == NEVER)
		return next;
	return next < 0 || left < next ? left : next;
}

/**
 * ports_serve() - do what is due: look, hold, open doors
 * @ports: the ports
 *
 * Return: milliseconds until the next call is due, -1 for not before an event.
 */
int64_t ports_serve(struct ports *ports)
{
	struct port_slot *slot;
	int64_t next = -1;
	size_t i;

	if (ports_scan(ports) < 0 || ports_attach(ports) < 0)
		return DELAY_MAX_MS;
	for (i = 0; i < ports->count; i++) {
		slot = &ports->slots[i];
		if (slot->held && !slot->served && slot->door_at != NEVER &&
		    slot->door_at <= now(ports))
			open_door(ports, slot);
		if (!slot->held)
			next = sooner(next, slot->attach_at, now(ports));
		else if (!slot->served)
			next = sooner(next, slot->door_at, now(ports));
	}
	return next;
}

/**
 * ports_event() - a device came
 * @ports: the ports
 * @kind: which
 * @name: of the tty, for %UEVENT_TTY
 *
 * A port that is back is held again, also one that only the module's own
 * parameter named: until then everybody can open it.
 */
void ports_event(struct ports *ports, enum uevent_kind kind, const char *name)
{
	struct port_slot *slot;
	bool match;
	size_t i;

	for (i = 0; i < ports->count; i++) {
		slot = &ports->slots[i];
		match = kind == UEVENT_TTY ? !strcmp(slot->wanted.name, name) :
			kind == UEVENT_VIRTIO && !strncmp(slot->wanted.name, "hvc", 3);
		if (match && !slot->held && !slot->process_held) {
			slot->attach_at = now(ports);
			slot->delay = DELAY_FIRST_MS;
		}
	}
}

/**
 * ports_gone() - the door process says that a door has hung up
 * @ports: the ports
 * @number: N of the door
 *
 * The kernel may still be letting go of the port, so nothing is concluded here
 * but that the door is not served.
 */
void ports_gone(struct ports *ports, u32 number)
{
	size_t i;

	for (i = 0; i < ports->count; i++) {
		if (!ports->slots[i].held || ports->slots[i].number != number)
			continue;
		ports->slots[i].served = false;
		ports->slots[i].door_at = now(ports);
	}
}

/**
 * ports_not_served() - the door process has ended, and every door with it
 * @ports: the ports
 */
void ports_not_served(struct ports *ports)
{
	size_t i;

	for (i = 0; i < ports->count; i++) {
		ports->slots[i].served = false;
		ports->slots[i].door_at = now(ports);
		ports->slots[i].delay = DELAY_FIRST_MS;
	}
}
