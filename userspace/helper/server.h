/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parent's loop.
 */
#ifndef _SVCGATED_SERVER_H
#define _SVCGATED_SERVER_H

#include "backend.h"
#include "executor.h"
#include "ports.h"

/**
 * struct server - the parent
 * @ops: the outside
 * @ports: see there
 * @executors: see there
 * @maker: the maker's operations
 * @identity: whom the door process becomes
 * @store: directory of the store, -1 for none
 * @backend: the state backend
 * @signals: signalfd
 * @uevents: socket, -1 for none
 * @pair: to the door process, -1 while there is none
 * @door: its pid, 0 while there is none
 * @door_since: when it was started
 * @door_at: when to start it, while there is none
 * @ports_at: when ports are to be looked at, -1 for not before an event
 * @stop: a signal asked for the end
 */
struct server {
	const struct helper_ops *ops;
	struct ports ports;
	struct executors executors;
	struct maker_ops maker;
	struct process_identity identity;
	int store;
	struct backend backend;
	int signals;
	int uevents;
	int pair;
	pid_t door;
	int64_t door_since;
	int64_t door_at;
	int64_t ports_at;
	bool stop;
};

int server_run(struct server *server);

#endif /* _SVCGATED_SERVER_H */
