// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The command line. Options may stand anywhere; which ones a command knows is
 * in its row.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>

#include "serial.h"
#include "svcgate.h"

#ifndef SVCGATE_VERSION
#define SVCGATE_VERSION	"0.1"
#endif

#define TIMEOUT_MAX	86400

enum {
	LONG_VERSION = 256,
	LONG_PORT,
	LONG_BAUD,
	LONG_ALL,
	LONG_LIST,
	LONG_NO_WAIT,
	LONG_TIMEOUT,
	LONG_CAPABILITY_FILE,
	LONG_COMPONENT,
	LONG_STATE,
	LONG_KEEP,
	LONG_IMAGE_PACKAGE,
	LONG_INPUT_FILE,
	LONG_OUTPUT_FILE,
	LONG_PAYLOAD_FILE,
	LONG_SIZE_OP,
	LONG_SPEED,
	LONG_WORDS,
};

static const struct option longs[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, LONG_VERSION },
	{ "port", required_argument, NULL, LONG_PORT },
	{ "baud", required_argument, NULL, LONG_BAUD },
	{ "device", required_argument, NULL, 'd' },
	{ "output", required_argument, NULL, 'o' },
	{ "all", no_argument, NULL, LONG_ALL },
	{ "none", no_argument, NULL, 'n' },
	{ "list", no_argument, NULL, LONG_LIST },
	{ "no-wait", no_argument, NULL, LONG_NO_WAIT },
	{ "timeout", required_argument, NULL, LONG_TIMEOUT },
	{ "capability-file", required_argument, NULL, LONG_CAPABILITY_FILE },
	{ "component-id", required_argument, NULL, LONG_COMPONENT },
	{ "state", required_argument, NULL, LONG_STATE },
	{ "yes", no_argument, NULL, 'y' },
	{ "keep-capability", no_argument, NULL, LONG_KEEP },
	{ "image-package", required_argument, NULL, LONG_IMAGE_PACKAGE },
	{ "input-file", required_argument, NULL, LONG_INPUT_FILE },
	{ "output-file", required_argument, NULL, LONG_OUTPUT_FILE },
	{ "payload-file", required_argument, NULL, LONG_PAYLOAD_FILE },
	{ "size-op", required_argument, NULL, LONG_SIZE_OP },
	{ "speed", required_argument, NULL, LONG_SPEED },
	{ "list-words", no_argument, NULL, LONG_WORDS },
	{ NULL, 0, NULL, 0 },
};

/**
 * usage_error() - say that the command line is wrong, and leave
 * @format: what is wrong; no newline
 */
void usage_error(const char *format, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		exit(report_memory());
	report(SVCGATE_EXIT_USAGE, "usage", "See svcgate --help.", "%s", text);
	free(text);
	exit(SVCGATE_EXIT_USAGE);
}

static unsigned int parse_number(const char *text, const char *what, unsigned long most)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !value || value > most)
		usage_error("%s: not a number from 1 to %lu: %s.", what, most, text);
	return value;
}

static unsigned int parse_baud(const char *text, const char *what)
{
	unsigned int baud = parse_number(text, what, 100000000);

	if (!svcgate_serial_baud_known(baud))
		usage_error("%s: not a speed that serial ports have: %s.", what, text);
	return baud;
}

static char *parse_device(const char *text)
{
	u8 id[SVCGATE_DEVICE_ID_MAX];
	size_t length;
	char *hex;

	if (svcgate_hex_decode(text, id, sizeof(id), &length) < 0 ||
	    length < SVCGATE_DEVICE_ID_MIN)
		usage_error("--device: not a device ID (%d to %d hex digits): %s.",
			    2 * SVCGATE_DEVICE_ID_MIN, 2 * SVCGATE_DEVICE_ID_MAX, text);
	hex = malloc(SVCGATE_HEX_SIZE(length));
	if (!hex)
		exit(report_memory());
	svcgate_hex_encode(id, length, hex);
	return hex;
}

static void add_port(struct options *options, const char *port)
{
	const char **ports;

	ports = realloc(options->ports, (options->port_count + 1) * sizeof(*ports));
	if (!ports)
		exit(report_memory());
	ports[options->port_count++] = port;
	options->ports = ports;
}

static void parse_output(struct options *options, const char *text)
{
	options->json = !strcmp(text, "json");
	if (!options->json && strcmp(text, "table"))
		usage_error("--output: json or table, not %s.", text);
	report_format(options->json);
}

/* Options that are the name of something. */
static bool take_name(struct options *options, int option, const char *value)
{
	switch (option) {
	case LONG_CAPABILITY_FILE:
		options->capability_file = value;
		options->given |= OPTION_CAPABILITY_FILE;
		return true;
	case LONG_IMAGE_PACKAGE:
		options->image_package = value;
		options->given |= OPTION_IMAGE_PACKAGE;
		return true;
	case LONG_INPUT_FILE:
		options->input_file = value;
		options->given |= OPTION_INPUT_FILE;
		return true;
	case LONG_OUTPUT_FILE:
		options->output_file = value;
		options->given |= OPTION_OUTPUT_FILE;
		return true;
	case LONG_PAYLOAD_FILE:
		options->payload_file = value;
		options->given |= OPTION_PAYLOAD_FILE;
		return true;
	case LONG_SIZE_OP:
		options->size_op = value;
		options->given |= OPTION_SIZE_OP;
		return true;
	default:
		return false;
	}
}

static void take_option(struct options *options, int option, char *value)
{
	if (take_name(options, option, value))
		return;
	switch (option) {
	case LONG_PORT:
		add_port(options, value);
		options->given |= OPTION_PORT;
		break;
	case LONG_BAUD:
		options->baud = parse_baud(value, "--baud");
		options->given |= OPTION_PORT;
		break;
	case LONG_SPEED:
		options->speed = parse_baud(value, "--speed");
		options->given |= OPTION_SPEED;
		break;
	case 'd':
		free(options->device);
		options->device = parse_device(value);
		options->given |= OPTION_PORT;
		break;
	case LONG_ALL:
		options->given |= OPTION_ALL;
		break;
	case 'n':
		options->given |= OPTION_NONE;
		break;
	case LONG_LIST:
		options->given |= OPTION_LIST;
		break;
	case LONG_NO_WAIT:
		options->given |= OPTION_NO_WAIT;
		break;
	case LONG_TIMEOUT:
		options->timeout = parse_number(value, "--timeout", TIMEOUT_MAX);
		options->given |= OPTION_TIMEOUT;
		break;
	case LONG_COMPONENT:
		if (svcgate_uuid_parse(value, options->component) < 0)
			usage_error("--component-id: not a UUID: %s.", value);
		options->given |= OPTION_COMPONENT;
		break;
	case LONG_STATE:
		if (svcgate_state_parse(value, &options->state) < 0)
			usage_error("--state: Module1Complete or DeviceComplete, not %s.",
				    value);
		options->given |= OPTION_STATE;
		break;
	case 'y':
		options->given |= OPTION_YES;
		break;
	case LONG_KEEP:
		options->given |= OPTION_KEEP;
		break;
	}
}

/* --output first: it decides how everything else is reported. */
static void find_output(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--"); i++)
		if (!strcmp(argv[i], "--output=json") || !strcmp(argv[i], "-ojson") ||
		    (i + 1 < argc && !strcmp(argv[i + 1], "json") &&
		     (!strcmp(argv[i], "--output") || !strcmp(argv[i], "-o"))))
			report_format(true);
}

static bool begins(const char *words, const char *typed)
{
	size_t length = strlen(typed);

	return !strncmp(words, typed, length) && (!words[length] || words[length] == ' ');
}

/* As many words as make a command; the rest are its operands. */
static const struct command *find_command(struct options *options, char **words, int count)
{
	char typed[128] = "";
	size_t i, used = 0;
	int n;

	for (n = 0; n < count; n++) {
		bool more = false;

		if (strlen(words[n]) + used + 2 > sizeof(typed))
			break;
		used += snprintf(typed + used, sizeof(typed) - used, "%s%s", n ? " " : "",
				 words[n]);
		for (i = 0; i < command_count; i++) {
			if (!strcmp(commands[i].words, typed)) {
				options->operands = words + n + 1;
				options->operand_count = count - n - 1;
				return &commands[i];
			}
			more |= begins(commands[i].words, typed);
		}
		if (!more)
			usage_error("There is no command \"%s\".", typed);
	}
	usage_error("The command is not complete: \"%s\" needs another word.", typed);
}

static const struct {
	unsigned int bit;
	const char *name;
} option_names[] = {
	{ OPTION_PORT, "--port, --baud and --device" },
	{ OPTION_ALL, "--all" },
	{ OPTION_NONE, "--none" },
	{ OPTION_LIST, "--list" },
	{ OPTION_NO_WAIT, "--no-wait" },
	{ OPTION_TIMEOUT, "--timeout" },
	{ OPTION_CAPABILITY_FILE, "--capability-file" },
	{ OPTION_COMPONENT, "--component-id" },
	{ OPTION_STATE, "--state" },
	{ OPTION_YES, "--yes" },
	{ OPTION_KEEP, "--keep-capability" },
	{ OPTION_IMAGE_PACKAGE, "--image-package" },
	{ OPTION_INPUT_FILE, "--input-file" },
	{ OPTION_OUTPUT_FILE, "--output-file" },
	{ OPTION_PAYLOAD_FILE, "--payload-file" },
	{ OPTION_SIZE_OP, "--size-op" },
	{ OPTION_SPEED, "--speed" },
};

static void check(const struct command *command, const struct options *options)
{
	unsigned int foreign = options->given & ~command->options;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(option_names); i++)
		if (foreign & option_names[i].bit)
			usage_error("%s does not take %s.", command->words,
				    option_names[i].name);
	if (options->operand_count > (command->operand ? 1 : 0))
		usage_error("%s: one word too many: %s.", command->words,
			    options->operands[command->operand ? 1 : 0]);
	if (command->operand && *command->operand != '[' && !options->operand_count)
		usage_error("%s needs %s.", command->words, command->operand);
}

/**
 * options_parse() - take the command line apart; --help and --version end here
 * @argc: of main()
 * @argv: of main(); its words are reordered
 * @ret_options: for options_free()
 *
 * Return: the command. A wrong command line ends the program.
 */
const struct command *options_parse(int argc, char **argv, struct options *ret_options)
{
	struct options options = { .baud = SVCGATE_LINK_BAUD };
	const struct command *command;
	bool help = false;
	int option;

	find_output(argc, argv);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":hd:o:ny", longs, NULL)) >= 0) {
		switch (option) {
		case 'h':
			help = true;
			break;
		case 'o':
			parse_output(&options, optarg);
			break;
		case LONG_VERSION:
			puts("svcgate " SVCGATE_VERSION);
			exit(SVCGATE_EXIT_DONE);
		case LONG_WORDS:
			help_words(stdout);
			exit(SVCGATE_EXIT_DONE);
		case ':':
			usage_error("%s needs a value.", argv[optind - 1]);
		case '?':
			usage_error("There is no option %s.", argv[optind - 1]);
		default:
			take_option(&options, option, optarg);
		}
	}
	if (help) {
		help_show(argv + optind, argc - optind, stdout);
		exit(SVCGATE_EXIT_DONE);
	}
	if (optind == argc) {
		help_show(NULL, 0, stderr);
		exit(SVCGATE_EXIT_USAGE);
	}
	command = find_command(&options, argv + optind, argc - optind);
	check(command, &options);
	if (!(options.given & OPTION_TIMEOUT))
		options.timeout = command->timeout;
	*ret_options = options;
	return command;
}

/**
 * options_free() - let go of a command line
 * @options: from options_parse()
 */
void options_free(struct options *options)
{
	free(options->ports);
	free(options->device);
}
