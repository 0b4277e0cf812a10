// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Help at every level, from the table of commands.
 */
#include "svcgate.h"

static const struct {
	const char *words;
	const char *help;
} groups[] = {
	{ "device", "attached devices" },
	{ "device capability", "capability files and what they open" },
	{ "device manufacturing-state", "how far a device has come; forward only" },
	{ "device keystore", "the keys that a device trusts" },
	{ "device op", "the maker's own operations" },
	{ "device sideload", "images and keystores, put on a device by hand" },
};

static const struct {
	unsigned int bit;
	const char *option;
	const char *help;
} options[] = {
	{ OPTION_PORT, "--port PORT", "serial port; can be given several times" },
	{ OPTION_PORT, "--baud N", "speed in bits a second (115200)" },
	{ OPTION_PORT, "-d, --device ID", "which device, when several are attached" },
	{ OPTION_ALL, "--all", "everything; see above" },
	{ OPTION_NONE, "-n, --none", "select no file" },
	{ OPTION_CAPABILITY_FILE, "--capability-file FILE", "the capability file" },
	{ OPTION_LIST, "--list", "print the table of operations" },
	{ OPTION_COMPONENT, "--component-id ID", "the component that it is about, a UUID" },
	{ OPTION_NO_WAIT, "--no-wait", "do not wait for the device" },
	{ OPTION_STATE, "--state STATE", "Module1Complete or DeviceComplete" },
	{ OPTION_KEEP, "--keep-capability", "finish the device although it stays open to a file" },
	{ OPTION_YES, "-y, --yes", "do not ask" },
	{ OPTION_IMAGE_PACKAGE, "--image-package FILE", "the package, or a trusted keystore" },
	{ OPTION_PAYLOAD_FILE, "--payload-file FILE", "the request's arguments, CBOR" },
	{ OPTION_INPUT_FILE, "--input-file FILE", "data for the device; - for standard input" },
	{ OPTION_OUTPUT_FILE, "--output-file FILE", "for the data that comes back" },
	{ OPTION_SIZE_OP, "--size-op OP", "tells how much the device has: go on there" },
	{ OPTION_SPEED, "--speed N", "ask for this speed in the session" },
	{ OPTION_TIMEOUT, "--timeout SECONDS", "how long to wait" },
};

static bool below(const char *words, const char *group, size_t length)
{
	return !strncmp(words, group, length) && (!length || words[length] == ' ');
}

static void put_options(const struct command *command, FILE *out)
{
	size_t i;

	fputs("\nOptions:\n", out);
	for (i = 0; i < ARRAY_SIZE(options); i++) {
		if (!(command->options & options[i].bit))
			continue;
		fprintf(out, "  %-24s %s", options[i].option, options[i].help);
		if (options[i].bit == OPTION_TIMEOUT)
			fprintf(out, " (%u)", command->timeout);
		fputc('\n', out);
	}
	fprintf(out, "  %-24s %s\n", "-o, --output FORMAT", "table (for people) or json");
	fprintf(out, "  %-24s %s\n", "-h, --help", "this text");
}

static void put_needs(const struct command *command, FILE *out)
{
	char names[SVCGATE_CAPABILITIES_TEXT_SIZE];
	const struct svcgate_rule *rule;
	u64 told = 0;
	const u16 *op;

	for (op = command->ops; *op; op++) {
		rule = svcgate_policy_find(*op);
		if (!rule || rule->flags & SVCGATE_ROW_ALWAYS ||
		    told == (rule->mask | rule->image_mask))
			continue;
		told = rule->mask | rule->image_mask;
		svcgate_capabilities_format(rule->mask | rule->image_mask, names);
		fprintf(out, "\nNeeds one of these capabilities: %s.\n", names);
	}
}

static void put_command(const struct command *command, FILE *out)
{
	fprintf(out, "svcgate %s%s%s [OPTIONS]\n\n  %s\n", command->words,
		command->operand ? " " : "", command->operand ?: "", command->help);
	if (command->more)
		fprintf(out, "\n%s\n", command->more);
	put_needs(command, out);
	put_options(command, out);
}

static void put_group(const char *group, size_t length, FILE *out)
{
	size_t i;

	fprintf(out, "svcgate %.*s%s... [OPTIONS]\n\n", (int)length, group,
		length ? " " : "");
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (strlen(groups[i].words) == length &&
		    !strncmp(groups[i].words, group, length))
			fprintf(out, "  %s\n\n", groups[i].help);
	for (i = 0; i < command_count; i++) {
		const char *words = commands[i].words;

		if (below(words, group, length))
			fprintf(out, "  %-33s %s\n", words + (length ? length + 1 : 0),
				commands[i].help);
	}
	if (length) {
		fprintf(out, "\nsvcgate %.*s COMMAND --help tells more.\n", (int)length,
			group);
		return;
	}
	fputs("\nExit codes: 0 done, 1 failed, 2 usage, 3 forbidden, 4 no device or no answer,\n"
	      "5 rejected file or credential.\n\n"
	      "svcgate COMMAND --help tells more; so does man svcgate.\n", out);
}

/**
 * help_show() - print the help that fits the words
 * @words: typed so far
 * @count: how many
 * @out: where to
 */
void help_show(char **words, int count, FILE *out)
{
	char typed[128] = "";
	size_t i, used = 0, group = 0;
	int n;

	for (n = 0; n < count && used + strlen(words[n]) + 2 < sizeof(typed); n++) {
		used += snprintf(typed + used, sizeof(typed) - used, "%s%s", n ? " " : "",
				 words[n]);
		for (i = 0; i < command_count; i++) {
			if (!strcmp(commands[i].words, typed)) {
				put_command(&commands[i], out);
				return;
			}
		}
		for (i = 0; i < ARRAY_SIZE(groups); i++)
			if (!strcmp(groups[i].words, typed))
				group = used;
	}
	put_group(typed, group, out);
}

/**
 * help_words() - print each command with its options, for completion
 * @out: where to
 */
void help_words(FILE *out)
{
	const char *option;
	size_t i, j;

	for (i = 0; i < command_count; i++) {
		fputs(commands[i].words, out);
		for (j = 0; j < ARRAY_SIZE(options); j++) {
			option = strstr(options[j].option, "--");
			if (commands[i].options & options[j].bit)
				fprintf(out, " %.*s", (int)strcspn(option, " "), option);
		}
		fputs(" --output --help\n", out);
	}
}
