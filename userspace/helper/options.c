// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line and the configuration file: one table for both. A line of
 * the file is an option without its dashes.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "files.h"
#include "log.h"
#include "names.h"
#include "options.h"
#include "setting.h"

#define CONFIG_SIZE_MAX		(16 * 1024)
#define WAIT_MAX		3600
#define BAUD_MAX		20000000UL

/**
 * struct option_row - one option
 * @name: without dashes
 * @argument: what help calls its value; NULL for an option without one
 * @set: take the value; says what is wrong itself
 * @only_here: not for the configuration file
 * @help: one line
 */
struct option_row {
	const char *name;
	const char *argument;
	int (*set)(struct options *options, const char *value);
	bool only_here;
	const char *help;
};

static int set_store(struct options *options, const char *value)
{
	options->store = value;
	return 0;
}

static int set_device_id(struct options *options, const char *value)
{
	options->device_id = value;
	return 0;
}

static int set_device_id_file(struct options *options, const char *value)
{
	options->device_id_file = value;
	return 0;
}

static int set_device_id_format(struct options *options, const char *value)
{
	static const char *const names[] = {
		[OPTIONS_ID_HEX] = "hex",
		[OPTIONS_ID_RAW] = "raw",
		[OPTIONS_ID_TEXT] = "text",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], value)) {
			options->device_id_format = i;
			return 0;
		}
	}
	log_error("--device-id-format %s: say hex, raw or text", value);
	return -EINVAL;
}

static int set_audience(struct options *options, const char *value)
{
	options->audience = value;
	return 0;
}

static int set_audience_file(struct options *options, const char *value)
{
	options->audience_file = value;
	return 0;
}

static int set_port(struct options *options, const char *value)
{
	struct device_port_request port;
	size_t i;

	if (options_port(value, &port) < 0) {
		log_error("--port %s: say NAME, NAME:BAUD or NAME:BAUD:rtscts, as in ttyS1:115200",
			  value);
		return -EINVAL;
	}
	for (i = 0; i < options->port_count; i++) {
		if (!strcmp(options->ports[i].name, port.name)) {
			log_error("port %s is named twice", port.name);
			return -EINVAL;
		}
	}
	if (options->port_count == ARRAY_SIZE(options->ports)) {
		log_error("too many ports: a device has at most %d", SVCGATE_PORTS_MAX);
		return -EINVAL;
	}
	options->ports[options->port_count++] = port;
	return 0;
}

static int set_state_cell(struct options *options, const char *value)
{
	int r = options_cell(value, false, &options->state_cell);

	if (r == -EINVAL)
		log_error("--state-cell %s: say PATH:OFFSET, as in /sys/bus/nvmem/devices/cmos_nvram0/nvmem:0x40",
			  value);
	return r;
}

static int set_floor_cell(struct options *options, const char *value)
{
	int r = options_cell(value, true, &options->floor_cell);

	if (r == -EINVAL)
		log_error("--floor-cell %s: say PATH:OFFSET:LENGTH; the length is three times that of one counter, at most %d bytes",
			  value, 3 * OPTIONS_FLOOR_MAX);
	return r;
}

static int set_executors(struct options *options, const char *value)
{
	options->executors = value;
	return 0;
}

static int set_ops_dir(struct options *options, const char *value)
{
	options->ops_dir = value;
	return 0;
}

static int set_user(struct options *options, const char *value)
{
	options->user = value;
	return 0;
}

static int set_reboot(struct options *options, const char *value)
{
	/* Lives as long as the options, that is, as the program. */
	char *copy = strdup(value), *word, *rest = copy;
	size_t count = 0;

	if (!copy)
		return -ENOMEM;
	while ((word = strsep(&rest, " \t"))) {
		if (!*word)
			continue;
		if (count == OPTIONS_REBOOT_WORDS) {
			log_error("--reboot-command has more than %d words; put it into a script",
				  OPTIONS_REBOOT_WORDS);
			return -EINVAL;
		}
		options->reboot[count++] = word;
	}
	options->reboot[count] = NULL;
	if (!count || options->reboot[0][0] != '/') {
		log_error("--reboot-command %s: the program needs its whole path", value);
		return -EINVAL;
	}
	return 0;
}

static int set_seconds(const char *name, const char *value, unsigned int *ret_seconds)
{
	char *end;
	unsigned long seconds = strtoul(value, &end, 10);

	if (!isdigit((unsigned char)*value) || *end || seconds > WAIT_MAX) {
		log_error("--%s %s: say seconds, at most %d", name, value, WAIT_MAX);
		return -EINVAL;
	}
	*ret_seconds = (unsigned int)seconds;
	return 0;
}

static int set_wait(struct options *options, const char *value)
{
	return set_seconds("wait", value, &options->wait);
}

static int set_deadline(struct options *options, const char *value)
{
	return set_seconds("deadline", value, &options->deadline);
}

static int set_allow_process_held(struct options *options, const char *value)
{
	options->allow_process_held = true;
	return 0;
}

static int set_provision(struct options *options, const char *value)
{
	if (svcgate_state_parse(value, &options->provision_state) < 0) {
		log_error("--provision %s: say Blank, Module1Complete or DeviceComplete",
			  value);
		return -EINVAL;
	}
	options->mode = OPTIONS_PROVISION;
	return 0;
}

static int set_keystore(struct options *options, const char *value)
{
	options->keystore = value;
	return 0;
}

static int set_capability(struct options *options, const char *value)
{
	options->capability = value;
	return 0;
}

static int set_load(struct options *options, u8 kind, const char *value)
{
	if (options->load_file) {
		log_error("one file at a time: say --load-keystore or --load-capability once");
		return -EINVAL;
	}
	options->mode = OPTIONS_LOAD;
	options->load_kind = kind;
	options->load_file = value;
	return 0;
}

static int set_load_keystore(struct options *options, const char *value)
{
	return set_load(options, SVCGATE_KIND_KEYSTORE, value);
}

static int set_load_capability(struct options *options, const char *value)
{
	return set_load(options, SVCGATE_KIND_CAPABILITY, value);
}

static int set_probe(struct options *options, const char *value)
{
	options->mode = OPTIONS_PROBE;
	return 0;
}

static int set_output(struct options *options, const char *value)
{
	options->json = !strcmp(value, "json");
	if (options->json || !strcmp(value, "text"))
		return 0;
	log_error("--output %s: say text or json", value);
	return -EINVAL;
}

static int set_help(struct options *options, const char *value)
{
	options->mode = OPTIONS_HELP;
	return 0;
}

static int set_version(struct options *options, const char *value)
{
	options->mode = OPTIONS_VERSION;
	return 0;
}

static int read_config(struct options *options, const char *path);

static const struct option_row rows[] = {
	{ "store", "DIR", set_store, false, "directory of the store" },
	{ "device-id", "HEX", set_device_id, false, "device ID, 8-64 bytes" },
	{ "device-id-file", "FILE", set_device_id_file, false, "file that has the device ID" },
	{ "device-id-format", "FORMAT", set_device_id_format, false,
	  "how that file is read: hex, raw or text" },
	{ "audience", "HEX", set_audience, false, "product line, 16 bytes" },
	{ "audience-file", "FILE", set_audience_file, false, "file that has it, in hex" },
	{ "port", "PORT", set_port, false, "port to hold: NAME[:BAUD[:rtscts]]; repeat" },
	{ "state-cell", "PATH:OFFSET", set_state_cell, false,
	  "byte that outlives the store: factory mark, state" },
	{ "floor-cell", "PATH:OFFSET:LENGTH", set_floor_cell, false,
	  "counters that outlive it: version, epoch, generation" },
	{ "executors", "DIR", set_executors, false, "directory of the executors" },
	{ "ops-dir", "DIR", set_ops_dir, false, "directory of the maker's operations" },
	{ "user", "USER", set_user, false, "user of the door process, owner of the store" },
	{ "reboot-command", "COMMAND", set_reboot, false, "how the device is restarted" },
	{ "wait", "SECONDS", set_wait, false, "how long to wait for the kernel module" },
	{ "allow-process-held", NULL, set_allow_process_held, false,
	  "seal although a port is process-held (tests)" },
	{ "config", "FILE", read_config, true, "read options from FILE" },
	{ "provision", "STATE", set_provision, true, "make a store, on the build host" },
	{ "keystore", "FILE", set_keystore, true, "with --provision: first keystore" },
	{ "capability", "FILE", set_capability, true, "with --provision: stored capability" },
	{ "load-keystore", "FILE", set_load_keystore, true,
	  "give the running device a newer keystore" },
	{ "load-capability", "FILE", set_load_capability, true,
	  "give it a capability file to be stored" },
	{ "deadline", "SECONDS", set_deadline, true, "how long to wait until that is stored" },
	{ "probe", NULL, set_probe, true, "say what this kernel and port can do" },
	{ "output", "FORMAT", set_output, true, "with --probe: text or json" },
	{ "help", NULL, set_help, true, "print this" },
	{ "version", NULL, set_version, true, "print the version" },
};

static const struct option_row *find_row(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	return NULL;
}

static int config_line(struct options *options, const char *path, unsigned int number,
		       char *line)
{
	const struct option_row *row;
	char *value, *name = setting_split(line, &value);

	if (!name)
		return 0;
	row = find_row(name);
	if (!row || row->only_here) {
		log_error("%s, line %u: no setting is called \"%s\"", path, number, name);
		return -EINVAL;
	}
	if (!row->argument != !*value) {
		log_error("%s, line %u: %s %s", path, number, name,
			  row->argument ? "needs a value" : "takes no value");
		return -EINVAL;
	}
	return row->set(options, value);
}

static int read_config(struct options *options, const char *path)
{
	unsigned int number = 0;
	char *text, *line, *rest;
	void *data;
	size_t length;
	int r;

	if (options->memory) {
		log_error("--config may be given once");
		return -EINVAL;
	}
	r = files_read_path(path, CONFIG_SIZE_MAX, &data, &length);
	if (r < 0) {
		log_error("cannot read the configuration %s: %s", path, strerror(-r));
		return r;
	}
	text = realloc(data, length + 1);
	if (!text) {
		free(data);
		return -ENOMEM;
	}
	text[length] = '\0';
	options->memory = text;
	rest = text;
	while (!r && (line = strsep(&rest, "\n")))
		r = config_line(options, path, ++number, line);
	return r;
}

/**
 * options_port() - read NAME[:BAUD[:rtscts]]
 * @text: what was written; /dev/ before the name does not count
 * @ret_port: the port
 *
 * Return: 0 or -EINVAL.
 */
int options_port(const char *text, struct device_port_request *ret_port)
{
	struct device_port_request port = {};
	unsigned long baud = 0;
	size_t length;
	char *end;

	if (!strncmp(text, "/dev/", 5))
		text += 5;
	length = strcspn(text, ":");
	if (!length || length >= sizeof(port.name) || text[0] == '.')
		return -EINVAL;
	memcpy(port.name, text, length);
	text += length;
	if (*text == ':') {
		text++;
		baud = strtoul(text, &end, 10);
		if (!isdigit((unsigned char)*text) || !baud || baud > BAUD_MAX)
			return -EINVAL;
		text = end;
	}
	if (*text && strcmp(text, ":rtscts"))
		return -EINVAL;
	if (*text && !baud)
		return -EINVAL;
	port.rtscts = *text;
	port.baud = (u32)baud;
	*ret_port = port;
	return 0;
}

static int serve_needs(const struct options *options)
{
	if (!options->store) {
		log_error("no store is named; say --store DIR");
		return -EINVAL;
	}
	if (options->keystore || options->capability) {
		log_error("--keystore and --capability go with --provision");
		return -EINVAL;
	}
	if (!options->device_id == !options->device_id_file) {
		log_error("say --device-id or --device-id-file, one of them");
		return -EINVAL;
	}
	if (!options->audience == !options->audience_file) {
		log_error("say --audience or --audience-file, one of them");
		return -EINVAL;
	}
	return 0;
}

static int check(const struct options *options)
{
	if (options_cells_overlap(options)) {
		log_error("the byte of --state-cell is one of those of --floor-cell");
		return -EINVAL;
	}
	switch (options->mode) {
	case OPTIONS_SERVE:
		return serve_needs(options);
	case OPTIONS_PROVISION:
		if (options->store)
			return 0;
		log_error("no store is named; say --store DIR");
		return -EINVAL;
	case OPTIONS_LOAD:
	case OPTIONS_PROBE:
	case OPTIONS_HELP:
	case OPTIONS_VERSION:
		break;
	}
	return 0;
}

static void to_getopt(struct option *longs)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument ? required_argument : no_argument,
		};
	longs[i] = (struct option){};
}

/**
 * options_parse() - read the command line
 * @argc: from main()
 * @argv: from main()
 * @ret_options: what it says; points into @argv
 *
 * Says itself what is wrong.
 *
 * Return: 0 or a negative errno.
 */
int options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = {
		.executors = SVCGATED_EXECUTORS_DIR,
		.reboot = { "/sbin/reboot" },
		.wait = OPTIONS_WAIT_DEFAULT,
		.deadline = OPTIONS_DEADLINE_DEFAULT,
	};
	struct option longs[ARRAY_SIZE(rows) + 1];
	int index, found, r = 0;

	to_getopt(longs);
	opterr = 0;
	while (!r && (found = getopt_long(argc, argv, "", longs, &index)) != -1) {
		if (found) {
			log_error("%s: no such option, or its value is missing; see --help",
				  argv[optind - 1]);
			return -EINVAL;
		}
		r = rows[index].set(&options, optarg);
	}
	if (!r && optind < argc) {
		log_error("%s: not understood; see --help", argv[optind]);
		return -EINVAL;
	}
	if (!r)
		r = check(&options);
	if (!r)
		*ret_options = options;
	return r;
}

/**
 * options_help() - print the options
 */
void options_help(void)
{
	char name[48];
	unsigned int i;

	puts("usage: svcgated --store DIR --device-id HEX --audience HEX --port PORT ...\n"
	     "       svcgated --provision STATE [--keystore FILE] [--capability FILE] --store DIR\n"
	     "       svcgated --load-keystore FILE | --load-capability FILE\n"
	     "       svcgated --probe [--port PORT ...] [--output json]\n");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(name, sizeof(name), "--%s%s%s", rows[i].name,
			 rows[i].argument ? " " : "",
			 rows[i].argument ? rows[i].argument : "");
		printf("  %-31s %s\n", name, rows[i].help);
	}
}
