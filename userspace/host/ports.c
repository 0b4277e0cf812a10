// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which ports to look at: --port, else SVCGATE_PORT, else the user's list in
 * $XDG_CONFIG_HOME/svcgate/ports, one path a line, # begins a comment. Only
 * "list-attached --all" opens what nobody named.
 */
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <unistd.h>

#include "svcgate.h"

struct list {
	char **ports;
	size_t count;
};

/**
 * ports_free() - let go of a list
 * @ports: the list
 * @count: how many
 */
void ports_free(char **ports, size_t count)
{
	while (count)
		free(ports[--count]);
	free(ports);
}

/* One port can have many names (by-id, by-path); it is asked once. */
static bool known(const struct list *list, const char *port)
{
	char *real = realpath(port, NULL), *other;
	bool same = false;
	size_t i;

	for (i = 0; i < list->count && !same; i++) {
		other = realpath(list->ports[i], NULL);
		same = !strcmp(list->ports[i], port) ||
		       (real && other && !strcmp(real, other));
		free(other);
	}
	free(real);
	return same;
}

static int add(struct list *list, const char *port)
{
	char **ports;

	if (known(list, port))
		return 0;
	ports = realloc(list->ports, (list->count + 1) * sizeof(*ports));
	if (!ports)
		return -ENOMEM;
	list->ports = ports;
	ports[list->count] = strdup(port);
	if (!ports[list->count])
		return -ENOMEM;
	list->count++;
	return 0;
}

static int add_configured(struct list *list)
{
	char *line = NULL, *port;
	size_t size = 0;
	FILE *file;
	int r;

	r = config_open("ports", &file);
	if (r < 0 || !file)
		return r;
	while (!r && getline(&line, &size, file) > 0) {
		line[strcspn(line, "#\n")] = '\0';
		port = line + strspn(line, " \t\r");
		port[strcspn(port, " \t\r")] = '\0';
		if (*port)
			r = add(list, port);
	}
	free(line);
	fclose(file);
	return r;
}

static int add_usb(struct list *list)
{
	static const char * const patterns[] = {
		"/dev/ttyUSB*",
		"/dev/ttyACM*",
		"/dev/cu.usb*",
	};
	size_t i, j;
	glob_t found;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(patterns) && !r; i++) {
		if (glob(patterns[i], 0, NULL, &found))
			continue;
		for (j = 0; j < found.gl_pathc && !r; j++)
			r = add(list, found.gl_pathv[j]);
		globfree(&found);
	}
	return r;
}

/**
 * ports_list() - the ports to look at
 * @options: of the command line
 * @usb: also USB serial adapters
 * @ret_ports: paths, for ports_free()
 * @ret_count: how many; can be 0
 *
 * Return: an exit code.
 */
int ports_list(const struct options *options, bool usb, char ***ret_ports,
	       size_t *ret_count)
{
	const char *port = getenv("SVCGATE_PORT");
	struct list list = { NULL, 0 };
	size_t i;
	int r = 0;

	for (i = 0; i < options->port_count && !r; i++)
		r = add(&list, options->ports[i]);
	if (!options->port_count && port && *port)
		r = add(&list, port);
	else if (!options->port_count)
		r = add_configured(&list);
	if (!r && usb)
		r = add_usb(&list);
	if (r < 0) {
		ports_free(list.ports, list.count);
		return report_memory();
	}
	*ret_ports = list.ports;
	*ret_count = list.count;
	return 0;
}
