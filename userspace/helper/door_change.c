// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The door process and changes of trust: CHANGE in, COMMIT or ABORT out.
 *
 * A change of which nobody can say whether the next start finds it gets no
 * answer yet: it is kept and tried again, while everything else goes on. The
 * host sees it pending. When the door closes meanwhile, it is forgotten here:
 * the kernel has it and offers it again.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

#include "door.h"
#include "log.h"

/* Between two tries. */
#define DELAY_FIRST_US	1000000
#define DELAY_MAX_US	30000000

static void answer(struct door_process *process, struct door *door,
		   const struct svcgate_door *change, u16 kind)
{
	const struct svcgate_door message = {
		.length = sizeof(message),
		.kind = kind,
		.session = change->session,
		.transaction = change->transaction,
		.number = change->number,
	};

	door_send(process, door, &message);
}

/* Return: true when the change has its answer. */
static bool decide(struct door_process *process, struct door *door,
		   const struct svcgate_door *message)
{
	unsigned long long number = message->number;
	const char *item = store_item_name(change_record(message));
	int error = -ENOENT;
	enum change_result result = CHANGE_NOT_STORED;

	if (process->keeper)
		result = change_keep(process->keeper, message, &error);
	switch (result) {
	case CHANGE_DURABLE:
		log_notice("change %llu of %s: the %s record is stored", number, door->name,
			   item);
		answer(process, door, message, SVCGATE_DOOR_COMMIT);
		break;
	case CHANGE_NOT_STORED:
		log_error("change %llu of %s: the %s record cannot be stored: %s; the device keeps what it had stored",
			  number, door->name, item, strerror(-error));
		answer(process, door, message, SVCGATE_DOOR_ABORT);
		break;
	case CHANGE_IN_DOUBT:
		if (!process->change.message)
			log_error("change %llu of %s: the %s record is written in part: %s; trying again until it is whole",
				  number, door->name, item, strerror(-error));
		return false;
	}
	return true;
}

static void forget(struct door_process *process)
{
	free(process->change.message);
	process->change = (struct door_change){};
}

static void remember(struct door_process *process, struct door *door,
		     const struct svcgate_door *message)
{
	struct svcgate_door *copy = malloc(message->length);

	if (!copy) {
		/* Without a door the kernel keeps it for the next one. */
		log_error("the door of %s is closed, to be offered its change again: %s",
			  door->name, strerror(ENOMEM));
		door->gone = true;
		return;
	}
	memcpy(copy, message, message->length);
	process->change = (struct door_change){
		.door = door,
		.message = copy,
		.at = door_now() + DELAY_FIRST_US,
		.delay = DELAY_FIRST_US,
	};
}

/**
 * door_change() - a change of trust came through a door
 * @process: the process
 * @door: the door
 * @message: the CHANGE
 */
void door_change(struct door_process *process, struct door *door,
		 const struct svcgate_door *message)
{
	/* There is one at a time: what comes now replaces what was left. */
	forget(process);
	if (!decide(process, door, message))
		remember(process, door, message);
	/* A keystore and its record were only passing through. */
	malloc_trim(0);
}

/**
 * door_change_due() - when is a change in doubt to be tried again?
 * @process: the process
 *
 * Return: when by door_now(), or -1 when there is none.
 */
int64_t door_change_due(const struct door_process *process)
{
	return process->change.message ? process->change.at : -1;
}

/**
 * door_change_retry() - try a change in doubt again, if it is due
 * @process: the process
 */
void door_change_retry(struct door_process *process)
{
	struct door_change *change = &process->change;

	if (!change->message || door_now() < change->at)
		return;
	if (decide(process, change->door, change->message)) {
		forget(process);
		return;
	}
	if (change->delay < DELAY_MAX_US)
		change->delay *= 2;
	change->at = door_now() + change->delay;
}

/**
 * door_change_closed() - a door is closed; its change stays the kernel's
 * @process: the process
 * @door: the door
 */
void door_change_closed(struct door_process *process, const struct door *door)
{
	if (process->change.door == door)
		forget(process);
}
