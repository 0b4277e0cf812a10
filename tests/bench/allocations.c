// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slab and vmalloc statistics are of the whole system and rounded to slabs. Here
 * each allocation is an event with the stack that led to it, so that those of one
 * part of the kernel can be told from all others, down to the byte. Pages of
 * vmalloc have no event of their own; /proc/vmallocinfo has a line for each area,
 * with who asked for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "vmlib.h"

#define TRACING		"/sys/kernel/tracing/"
#define PAGE		4096
#define PIECES_MAX	4096
#define LINE_SIZE	512

/* 6.1 has two more of them than 6.12. */
static const char *const events[] = {
	"kmalloc", "kmalloc_node", "kmem_cache_alloc", "kmem_cache_alloc_node",
	"kfree", "kmem_cache_free",
};

/**
 * struct piece - an allocation
 * @key: its address, as the trace shows it
 * @requested: bytes
 * @taken: bytes
 * @ours: the stack has the name
 */
struct piece {
	char key[32];
	size_t requested;
	size_t taken;
	bool ours;
};

static struct piece pieces[PIECES_MAX];
static struct allocations areas_before;
static const char *counted;
static size_t piece_count;

static int switch_events(const char *value)
{
	char path[128];
	size_t i;
	int r;

	for (i = 0; i < sizeof(events) / sizeof(*events); i++) {
		snprintf(path, sizeof(path), TRACING "events/kmem/%s/enable", events[i]);
		if (!vm_exists(path))
			continue;
		r = vm_write_file(path, value);
		if (r)
			return r;
	}
	return 0;
}

/* The value after NAME in an event's line. */
static bool value_of(const char *line, const char *name, char *ret_value, size_t size)
{
	const char *at = strstr(line, name);
	size_t length;

	if (!at)
		return false;
	at += strlen(name);
	length = strcspn(at, " \n");
	if (length >= size)
		return false;
	memcpy(ret_value, at, length);
	ret_value[length] = '\0';
	return true;
}

static size_t number_of(const char *line, const char *name)
{
	char value[32];

	return value_of(line, name, value, sizeof(value)) ? strtoul(value, NULL, 0) : 0;
}

/* Areas by vmalloc: "ADDRESS-END SIZE CALLER+0x1/0x2 [module] pages=N vmalloc". */
static int add_areas(const char *name, struct allocations *total)
{
	FILE *areas = fopen("/proc/vmallocinfo", "re");
	char line[LINE_SIZE];
	size_t pages;

	if (!areas)
		return -errno;
	while (fgets(line, sizeof(line), areas)) {
		pages = number_of(line, " pages=");
		if (!pages || !strstr(line, name))
			continue;
		total->requested += pages * PAGE;
		total->taken += pages * PAGE;
		total->count++;
	}
	fclose(areas);
	return 0;
}

/* Opening it for writing alone, as a shell does, empties the trace. */
static int clear(void)
{
	int fd = open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/**
 * allocations_begin() - count from here
 * @name: part of a name in the stack: "svcgate" for all that svcgate allocates
 *
 * Return: 0 or negative errno.
 */
int allocations_begin(const char *name)
{
	int r = vm_write_file(TRACING "tracing_on", "0");

	counted = name;
	areas_before = (struct allocations){};
	r = r ?: add_areas(name, &areas_before);
	r = r ?: vm_write_file(TRACING "buffer_size_kb", "24000");
	r = r ?: clear();
	r = r ?: vm_write_file(TRACING "options/stacktrace", "1");
	r = r ?: switch_events("1");
	return r ?: vm_write_file(TRACING "tracing_on", "1");
}

/**
 * allocations_end() - count up to here
 *
 * Return: 0 or negative errno.
 */
int allocations_end(void)
{
	int r = vm_write_file(TRACING "tracing_on", "0");

	r = r ?: switch_events("0");
	return r ?: vm_write_file(TRACING "options/stacktrace", "0");
}

static void forget(const char *key)
{
	size_t i;

	for (i = 0; i < piece_count; i++)
		if (!strcmp(pieces[i].key, key))
			pieces[i--] = pieces[--piece_count];
}

/* Whether the piece counts is known when its stack was read. */
static void keep(const struct piece *piece)
{
	forget(piece->key);
	if (piece->ours && piece_count < PIECES_MAX)
		pieces[piece_count++] = *piece;
}

/* Return: a piece begins with this line; a freed one is forgotten. */
static bool take_event(const char *line, struct piece *piece)
{
	memset(piece, 0, sizeof(*piece));
	if (!value_of(line, "ptr=", piece->key, sizeof(piece->key)))
		return false;
	piece->requested = number_of(line, "bytes_req=");
	piece->taken = number_of(line, "bytes_alloc=");
	if (!strstr(line, " kmem_cache_free: ") && !strstr(line, " kfree: "))
		return true;
	forget(piece->key);
	return false;
}

static int read_trace(FILE *trace, const char *name)
{
	unsigned long kept = 0, written = 0;
	struct piece piece;
	char line[LINE_SIZE];
	bool open = false;

	piece_count = 0;
	while (fgets(line, sizeof(line), trace)) {
		if (sscanf(line, "# entries-in-buffer/entries-written: %lu/%lu", &kept,
			   &written) == 2 && kept != written)
			return -EOVERFLOW;
		if (*line == '#' || strstr(line, "<stack trace>"))
			continue;
		if (!strncmp(line, " => ", 4)) {
			piece.ours |= !!strstr(line, name);
			continue;
		}
		if (open)
			keep(&piece);
		open = take_event(line, &piece);
	}
	if (open)
		keep(&piece);
	return piece_count < PIECES_MAX ? 0 : -EOVERFLOW;
}

/**
 * allocations_count() - what is still there of what was allocated
 * @ret: the sum
 *
 * Return: 0 or negative errno; -EOVERFLOW: the trace has lost events.
 */
int allocations_count(struct allocations *ret)
{
	FILE *trace = fopen(TRACING "trace", "re");
	struct allocations areas = {};
	size_t i;
	int r;

	if (!trace)
		return -errno;
	r = add_areas(counted, &areas);
	r = r ?: read_trace(trace, counted);
	fclose(trace);
	if (r)
		return r;
	*ret = (struct allocations){};
	for (i = 0; i < piece_count; i++) {
		ret->requested += pieces[i].requested;
		ret->taken += pieces[i].taken;
		ret->count++;
		if (getenv("BENCH_PIECES"))
			printf("# %s %zu of %zu\n", pieces[i].key, pieces[i].requested,
			       pieces[i].taken);
	}
	areas.requested -= areas_before.requested;
	ret->requested += areas.requested;
	ret->taken += areas.requested;
	ret->count += areas.count - areas_before.count;
	return 0;
}
