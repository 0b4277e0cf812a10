// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of the state backend: can its cells be read and written, and what do
 * they say? Looked at only; a bit that is set stays set.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "backend.h"
#include "names.h"
#include "ops_real.h"
#include "probe.h"

static void probe_state_cell(struct probe *probe, const struct backend *backend)
{
	const char *complete = svcgate_state_name(SVCGATE_STATE_DEVICE_COMPLETE);
	bool read_only = backend->state.read_only;
	struct backend_view view;

	backend_look(backend, &view);
	switch (view.condition) {
	case BACKEND_NONE:
		probe_add(probe, "state-cell", NULL, PROBE_OK, NULL,
			  "no state cell is named: the store alone says how far the device has come");
		break;
	case BACKEND_UNREADABLE:
		probe_add(probe, "state-cell", NULL, PROBE_FAIL,
			  "name the file of the cell and its place: --state-cell PATH:OFFSET; load its driver",
			  "the state cell cannot be read, so the device counts as %s: %s",
			  complete, strerror(-view.error));
		break;
	case BACKEND_UNMARKED:
		probe_add(probe, "state-cell", NULL, PROBE_WARN,
			  read_only ? "a driver that writes it" :
				      "svcgated --provision STATE --state-cell, in the factory",
			  "the state cell is 0x%02x, can be read%s: no factory mark, so the device counts as %s",
			  view.byte, read_only ? " only" : " and written", complete);
		break;
	case BACKEND_MARKED:
		probe_add(probe, "state-cell", NULL, read_only ? PROBE_WARN : PROBE_OK,
			  read_only ? "a driver that writes it" : NULL,
			  "the state cell is 0x%02x, can be read%s: provisioned, %s", view.byte,
			  read_only ? " only" : " and written", svcgate_state_name(view.state));
	}
}

static void probe_floor_cell(struct probe *probe, const struct backend *backend)
{
	bool read_only = backend->floors.read_only;
	u32 floors[BACKEND_FLOORS];
	int r;

	if (!backend->floors.where.path) {
		probe_add(probe, "floor-cell", NULL, PROBE_OK, NULL,
			  "no floor cell is named: when the store is lost, the module alone says which keystore is too old");
		return;
	}
	r = backend_read_floors(backend, floors);
	if (r < 0)
		probe_add(probe, "floor-cell", NULL, PROBE_FAIL,
			  "name the file of the counters and their place: --floor-cell PATH:OFFSET:LENGTH",
			  "the floor cell cannot be read: %s", strerror(-r));
	else
		probe_add(probe, "floor-cell", NULL, read_only ? PROBE_WARN : PROBE_OK,
			  read_only ? "a driver that writes it" : NULL,
			  "the floor cell counts to %zu, can be read%s: keystore version %u, epoch %u, generation %u",
			  backend->floors.where.length / BACKEND_FLOORS * 8,
			  read_only ? " only" : " and written", floors[BACKEND_FLOOR_VERSION],
			  floors[BACKEND_FLOOR_EPOCH], floors[BACKEND_FLOOR_GENERATION]);
}

/**
 * probe_backend() - what does the state backend say?
 * @probe: the findings
 * @options: name its cells
 */
void probe_backend(struct probe *probe, const struct options *options)
{
	char state[PATH_MAX], floor[PATH_MAX];
	struct options rooted = *options;
	struct backend backend;

	if (rooted.state_cell.path) {
		snprintf(state, sizeof(state), "%s%s", probe->root, rooted.state_cell.path);
		rooted.state_cell.path = state;
	}
	if (rooted.floor_cell.path) {
		snprintf(floor, sizeof(floor), "%s%s", probe->root, rooted.floor_cell.path);
		rooted.floor_cell.path = floor;
	}
	backend_open(&backend, &helper_ops_real, &rooted);
	probe_state_cell(probe, &backend);
	probe_floor_cell(probe, &backend);
	backend_close(&backend);
}
