// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Check of the maker's operations: which files will be refused?
 */
#include <limits.h>
#include <stdio.h>

#include "maker.h"
#include "probe.h"

static void refused(void *context, const char *file, unsigned int line, const char *why,
		    const char *cure)
{
	char where[24] = "";

	if (line)
		snprintf(where, sizeof(where), ", line %u", line);
	probe_add(context, "maker-operation", NULL, PROBE_FAIL, cure, "%s%s: %s", file, where,
		  why);
}

/**
 * probe_maker() - which of the maker's operations exist?
 * @probe: the findings
 * @options: name their directory
 */
void probe_maker(struct probe *probe, const struct options *options)
{
	const struct maker_report report = { .refused = refused, .context = probe };
	const char *dir = options->ops_dir ? options->ops_dir : MAKER_DIR;
	struct maker_ops ops;
	char path[PATH_MAX];
	size_t before = probe->count;

	snprintf(path, sizeof(path), "%s%s", probe->root, dir);
	maker_load(!options->ops_dir && !*probe->root ? NULL : path, &report, &ops);
	if (probe->count == before)
		probe_add(probe, "maker-operation", NULL, PROBE_OK, NULL,
			  "%zu operations of the maker's", ops.count);
	maker_free(&ops);
}
