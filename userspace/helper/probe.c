// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What this kernel and these ports can do, and what is wrong with them. Checks
 * look and change nothing; each says what it found, and what helps.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "files.h"
#include "json.h"
#include "log.h"
#include "probe.h"

/* /proc/crypto of a kernel with everything in it has about 60 KiB. */
#define FILE_MAX	(256 * 1024)

static const char *const result_names[] = {
	[PROBE_OK] = "OK",
	[PROBE_WARN] = "WARN",
	[PROBE_FAIL] = "FAIL",
};

/**
 * probe_add() - note a finding
 * @probe: the findings
 * @name: of the check
 * @port: that it is about, or NULL
 * @result: &enum probe_result
 * @cure: what helps, or NULL
 * @format: what was found, as for printf()
 */
void probe_add(struct probe *probe, const char *name, const char *port,
	       enum probe_result result, const char *cure, const char *format, ...)
{
	struct probe_check *check;
	va_list args;

	if (probe->count == PROBE_MAX)
		return;
	check = &probe->checks[probe->count++];
	*check = (struct probe_check){ .result = result };
	snprintf(check->name, sizeof(check->name), "%s", name);
	snprintf(check->port, sizeof(check->port), "%s", port ? port : "");
	snprintf(check->cure, sizeof(check->cure), "%s", cure ? cure : "");
	va_start(args, format);
	vsnprintf(check->text, sizeof(check->text), format, args);
	va_end(args);
}

/**
 * probe_read() - a text file of the system
 * @probe: whose root counts
 * @path: the file
 *
 * Return: its text, to be freed; NULL when it cannot be read.
 */
char *probe_read(const struct probe *probe, const char *path)
{
	char whole[PATH_MAX];
	size_t length;
	char *text;
	void *data;

	if ((size_t)snprintf(whole, sizeof(whole), "%s%s", probe->root, path) >= sizeof(whole) ||
	    files_read_path(whole, FILE_MAX, &data, &length) < 0)
		return NULL;
	text = realloc(data, length + 1);
	if (!text) {
		free(data);
		return NULL;
	}
	text[length] = '\0';
	return text;
}

static bool is_word_end(char c)
{
	return !c || strchr(" \t\n,:=", c);
}

/**
 * probe_has_word() - does a text contain a word?
 * @text: the text, or NULL
 * @word: the word
 *
 * Return: true when it is there with nothing but separators around it.
 */
bool probe_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *at = text;

	while (at && (at = strstr(at, word))) {
		if ((at == text || is_word_end(at[-1])) && is_word_end(at[length]))
			return true;
		at += length;
	}
	return false;
}

static enum probe_result worst(const struct probe *probe)
{
	enum probe_result result = PROBE_OK;
	size_t i;

	for (i = 0; i < probe->count; i++)
		if (probe->checks[i].result > result)
			result = probe->checks[i].result;
	return result;
}

static int print_json(const struct probe *probe)
{
	const struct probe_check *check;
	struct svcgate_json json;
	size_t i;

	svcgate_json_begin(&json, stdout);
	svcgate_json_object(&json, NULL);
	svcgate_json_string(&json, "result", result_names[worst(probe)]);
	svcgate_json_array(&json, "checks");
	for (i = 0; i < probe->count; i++) {
		check = &probe->checks[i];
		svcgate_json_object(&json, NULL);
		svcgate_json_string(&json, "name", check->name);
		if (*check->port)
			svcgate_json_string(&json, "port", check->port);
		svcgate_json_string(&json, "result", result_names[check->result]);
		svcgate_json_string(&json, "text", check->text);
		if (*check->cure)
			svcgate_json_string(&json, "cure", check->cure);
		svcgate_json_close(&json);
	}
	svcgate_json_close(&json);
	svcgate_json_close(&json);
	return svcgate_json_end(&json);
}

static void print_text(const struct probe *probe)
{
	const struct probe_check *check;
	size_t i;

	for (i = 0; i < probe->count; i++) {
		check = &probe->checks[i];
		printf("%-4s  %s%s%s\n", result_names[check->result], check->port,
		       *check->port ? ": " : "", check->text);
		if (*check->cure)
			printf("      cure: %s\n", check->cure);
	}
}

static const struct device_port *find_port(const struct device_port *ports, size_t count,
					   const char *name)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (!strcmp(ports[i].name, name))
			return &ports[i];
	return NULL;
}

/* The named ports; with none named, those that the kernel holds. */
static void probe_ports(struct probe *probe, const struct options *options)
{
	struct device_port held[SVCGATE_PORTS_MAX];
	size_t count = 0, i;
	const char *name;

	if (probe->netlink &&
	    device_netlink_get_ports(probe->netlink, held, ARRAY_SIZE(held), &count) < 0)
		count = 0;
	for (i = 0; i < options->port_count; i++) {
		name = options->ports[i].name;
		probe_port(probe, name, find_port(held, count, name));
	}
	for (i = 0; !options->port_count && i < count; i++)
		probe_port(probe, held[i].name, &held[i]);
	if (!options->port_count && !count)
		probe_add(probe, "port", NULL, PROBE_WARN, "name the service port: --port ttyS1",
			  "no port was looked at: none is held and none is named");
}

/**
 * probe() - svcgated --probe
 * @options: the command line
 *
 * Return: 0, -EBADE when a check failed, or another negative errno.
 */
int probe(const struct options *options)
{
	struct probe all = { .root = "" };
	int r = 0;

	all.checks = calloc(PROBE_MAX, sizeof(*all.checks));
	if (!all.checks)
		return -ENOMEM;
	probe_module(&all);
	probe_discipline(&all);
	probe_algorithms(&all);
	probe_keys(&all);
	probe_digest(&all);
	probe_backend(&all, options);
	probe_maker(&all, options);
	probe_ports(&all, options);
	if (options->json)
		r = print_json(&all);
	else
		print_text(&all);
	if (!r && worst(&all) == PROBE_FAIL)
		r = -EBADE;
	device_netlink_close(all.netlink);
	free(all.checks);
	return r;
}
