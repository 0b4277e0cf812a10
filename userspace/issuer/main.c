// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer: registers devices, keeps signing keys, signs capabilities,
 * keystores and images.
 */
#include <stdlib.h>

#include "issuer.h"

static const struct command commands[] = {
	{ "init", NULL, 0, "Make a new issuer's directory", cmd_init },
	{ "device register", "DEVICE_ID", 1, "Register a device",
	  cmd_device_register },
	{ "device list", NULL, 0, "List the registered devices", cmd_device_list },
	{ "device show", "DEVICE_ID", 1, "Show a device and its capability files",
	  cmd_device_show },
	{ "capability issue", NULL, 0, "Issue a capability file for one device",
	  cmd_capability_issue },
	{ "capability revoke", "SERIAL", 1,
	  "Revoke a capability file; the next keystore carries it",
	  cmd_capability_revoke },
	{ "keystore build", NULL, 0, "Build and sign the next trusted keystore",
	  cmd_keystore_build },
	{ "keystore rotate", NULL, 0,
	  "Make a new key, and the next keystore with it", cmd_keystore_rotate },
	{ "image sign", NULL, 0, "Make an image package: signed manifest and payload",
	  cmd_image_sign },
	{ "show", "FILE", 1,
	  "Show a signed file, an image package or a store record", cmd_show },
};

static void print_help(void)
{
	unsigned int i;

	printf("Usage: svcgate-issuer COMMAND [options]\n\nCommands:\n");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-18s %s\n", commands[i].words, commands[i].help);
	printf("\nsvcgate-issuer COMMAND --help shows a command's options.\n");
}

/* Words of the command at the beginning of argv, 0 when it is another one. */
static int words_match(const struct command *command, int argc, char **argv)
{
	const char *word = command->words;
	size_t length;
	int n = 0;

	for (;;) {
		length = strcspn(word, " ");
		if (n == argc || strlen(argv[n]) != length ||
		    strncmp(argv[n], word, length))
			return 0;
		n++;
		if (!word[length])
			return n;
		word += length + 1;
	}
}

static int run(const struct command *command, int argc, char **argv)
{
	const char *dir = getenv("SVCGATE_ISSUER_DIR");
	struct invocation inv = {
		.command = command,
		.argc = argc,
		.argv = argv,
		.dir = dir && *dir ? dir : "issuer",
	};
	int r = command->run(&inv);

	if (fflush(stdout) || ferror(stdout))
		r = report(-1, "Cannot write to standard output");
	return r < 0 ? SVCGATE_EXIT_FAILED : r;
}

int main(int argc, char **argv)
{
	unsigned int i;
	int n;

	if (argc < 2)
		usage(NULL, "A command is wanted");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_help();
		return SVCGATE_EXIT_DONE;
	}
	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		n = words_match(&commands[i], argc - 1, argv + 1);
		if (n)
			return run(&commands[i], argc - n, argv + n);
	}
	usage(NULL, "%s%s%s: no such command", argv[1], argc > 2 ? " " : "",
	      argc > 2 ? argv[2] : "");
}
