// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate: talk to a device through its service port.
 */
#include <signal.h>
#include <stdlib.h>

#include "svcgate.h"

volatile sig_atomic_t stopped;

static void stop(int number)
{
	stopped = 1;
}

/* No SA_RESTART: waiting ends, the port is given back as it was. */
static void catch_signals(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

int main(int argc, char **argv)
{
	const struct command *command;
	struct options options;
	int r;

	command = options_parse(argc, argv, &options);
	catch_signals();
	r = command->run(&options);
	options_free(&options);
	if (fflush(stdout) || ferror(stdout)) {
		fputs("svcgate: The result could not be written.\n", stderr);
		return r ?: SVCGATE_EXIT_FAILED;
	}
	return r;
}
