/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command line and the configuration file say.
 */
#ifndef _SVCGATED_OPTIONS_H
#define _SVCGATED_OPTIONS_H

#include "device_netlink.h"

/* Where the executors are unless --executors says otherwise. */
#ifndef SVCGATED_EXECUTORS_DIR
#define SVCGATED_EXECUTORS_DIR	"/usr/libexec/svcgate"
#endif

#define OPTIONS_REBOOT_WORDS	8
#define OPTIONS_WAIT_DEFAULT	10
#define OPTIONS_DEADLINE_DEFAULT	30

enum options_mode {
	OPTIONS_SERVE,
	OPTIONS_PROVISION,
	OPTIONS_LOAD,
	OPTIONS_PROBE,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/* Longest counter of the floor cell, a third of it, bytes. */
#define OPTIONS_FLOOR_MAX	1024

/**
 * struct options_cell - bytes of a file that outlive the store
 * @path: the file, such as an nvmem device of sysfs; NULL for no cell
 * @offset: where in it
 * @length: how many
 */
struct options_cell {
	const char *path;
	u64 offset;
	size_t length;
};

/**
 * enum options_id_format - how --device-id-file is to be read
 * @OPTIONS_ID_HEX: hex digits; white space and NULs at the end do not count
 * @OPTIONS_ID_RAW: its bytes, all of them
 * @OPTIONS_ID_TEXT: its bytes, without white space and NULs at the end
 */
enum options_id_format {
	OPTIONS_ID_HEX,
	OPTIONS_ID_RAW,
	OPTIONS_ID_TEXT,
};

/**
 * struct options - all of it
 * @mode: what to do
 * @store: directory of the store
 * @device_id: hex digits, or NULL
 * @device_id_file: file that has it, or NULL
 * @device_id_format: how to read @device_id_file
 * @audience: hex digits, or NULL
 * @audience_file: file that has it, or NULL
 * @ports: ports to be held
 * @port_count: how many
 * @state_cell: the state backend's byte
 * @floor_cell: its counters
 * @executors: directory of the executors
 * @ops_dir: directory of the maker's operations, NULL for the usual one
 * @user: whom the door process becomes: a name or uid[:gid]
 * @reboot: words of the command that restarts the device; NULL at the end
 * @wait: seconds to wait for the module
 * @allow_process_held: seal also when a port is process-held
 * @provision_state: &enum svcgate_state for --provision
 * @keystore: file for --provision, or NULL
 * @capability: file for --provision, or NULL
 * @load_kind: &enum svcgate_kind of @load_file
 * @load_file: file for --load-keystore or --load-capability
 * @deadline: seconds to wait until it is stored
 * @json: --probe prints JSON
 * @memory: what the strings of a configuration file point into
 */
struct options {
	enum options_mode mode;
	const char *store;
	const char *device_id;
	const char *device_id_file;
	enum options_id_format device_id_format;
	const char *audience;
	const char *audience_file;
	struct device_port_request ports[SVCGATE_PORTS_MAX];
	size_t port_count;
	struct options_cell state_cell;
	struct options_cell floor_cell;
	const char *executors;
	const char *ops_dir;
	const char *user;
	const char *reboot[OPTIONS_REBOOT_WORDS + 1];
	unsigned int wait;
	bool allow_process_held;
	u8 provision_state;
	const char *keystore;
	const char *capability;
	u8 load_kind;
	const char *load_file;
	unsigned int deadline;
	bool json;
	void *memory;
};

int options_parse(int argc, char **argv, struct options *ret_options);
int options_port(const char *text, struct device_port_request *ret_port);
int options_cell(const char *text, bool with_length, struct options_cell *ret_cell);
bool options_cells_overlap(const struct options *options);
void options_help(void);

int options_device_id(const struct options *options, u8 ret_id[SVCGATE_DEVICE_ID_MAX],
		      size_t *ret_length);
int options_audience(const struct options *options, u8 ret_audience[SVCGATE_AUDIENCE_SIZE]);

#endif /* _SVCGATED_OPTIONS_H */
