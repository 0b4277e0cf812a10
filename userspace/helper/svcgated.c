// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgated: the helper of svcgate.ko. Keeps the store, serves the doors, has
 * executors carry the operations out. Always in the foreground.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"
#include "log.h"
#include "options.h"
#include "probe.h"
#include "provision.h"
#include "serve.h"
#include "version.h"

int main(int argc, char **argv)
{
	struct options options;
	int r;

	log_open();
	if (options_parse(argc, argv, &options) < 0)
		return 2;

	switch (options.mode) {
	case OPTIONS_SERVE:
		r = serve(&options);
		break;
	case OPTIONS_PROVISION:
		r = provision(&options);
		break;
	case OPTIONS_LOAD:
		return load(&options);
	case OPTIONS_PROBE:
		r = probe(&options);
		break;
	case OPTIONS_VERSION:
		puts("svcgated " SVCGATE_VERSION);
		r = 0;
		break;
	case OPTIONS_HELP:
	default:
		options_help();
		r = 0;
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
