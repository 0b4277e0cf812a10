// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files in $XDG_CONFIG_HOME/svcgate, which the user writes.
 */
#include <errno.h>
#include <stdlib.h>

#include "svcgate.h"

/**
 * config_open() - open one of them
 * @name: its name
 * @ret_file: the file, NULL when there is none that can be read
 *
 * Return: 0 or -ENOMEM.
 */
int config_open(const char *name, FILE **ret_file)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char *path;
	int r;

	*ret_file = NULL;
	/* The XDG rules have a relative path ignored. */
	if (config && *config == '/')
		r = asprintf(&path, "%s/svcgate/%s", config, name);
	else if (home && *home == '/')
		r = asprintf(&path, "%s/.config/svcgate/%s", home, name);
	else
		return 0;
	if (r < 0)
		return -ENOMEM;
	*ret_file = fopen(path, "re");
	free(path);
	return 0;
}
