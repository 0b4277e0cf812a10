// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lowest versions of components.
 *
 * They stay in the directory, so that a keystore that is built without naming
 * them does not open the way back to an old image.
 */
#include <errno.h>
#include <stdlib.h>

#include "floors.h"
#include "options.h"
#include "uuid.h"

/* A UUID, a separator, 20 digits, the newline. */
#define LINE_MAX_SIZE	(SVCGATE_UUID_TEXT_SIZE + 22)

/* Both forms are one line: "COMPONENT VERSION" here, a colon for people. */
static int parse(const char *text, char separator,
		 struct svcgate_keystore_floor_entry *ret_entry)
{
	char copy[LINE_MAX_SIZE];

	if (strlen(text) >= sizeof(copy) ||
	    strlen(text) < SVCGATE_UUID_TEXT_SIZE ||
	    text[SVCGATE_UUID_TEXT_SIZE - 1] != separator)
		return -EINVAL;
	strcpy(copy, text);
	copy[SVCGATE_UUID_TEXT_SIZE - 1] = '\0';
	if (svcgate_uuid_parse(copy, ret_entry->component))
		return -EINVAL;
	return parse_u64(text + SVCGATE_UUID_TEXT_SIZE, UINT64_MAX,
			 &ret_entry->version);
}

static int set(struct floors *floors, const struct svcgate_keystore_floor_entry *entry)
{
	struct svcgate_keystore_floor_entry *at = floors->entries;
	struct svcgate_keystore_floor_entry *end = at + floors->count;
	int order = 1;

	for (; at < end; at++) {
		order = memcmp(at->component, entry->component, SVCGATE_UUID_SIZE);
		if (order >= 0)
			break;
	}
	if (at < end && !order) {
		if (entry->version < at->version)
			return report(-EINVAL, "The floor of a component never goes down: it is %llu, %llu was asked for",
				      (unsigned long long)at->version,
				      (unsigned long long)entry->version);
		*at = *entry;
		return 0;
	}
	if (floors->count == SVCGATE_FLOORS_MAX)
		return report(-ENOSPC, "%d components have a floor already, a keystore holds no more",
			      SVCGATE_FLOORS_MAX);
	memmove(at + 1, at, (end - at) * sizeof(*at));
	*at = *entry;
	floors->count++;
	return 0;
}

/**
 * floors_load() - read the floors
 * @store: the directory
 * @ret_floors: the floors
 *
 * Return: 0 or a negative errno, already said.
 */
int floors_load(const struct store *store, struct floors *ret_floors)
{
	struct svcgate_keystore_floor_entry entry;
	char *text, *line, *rest = NULL;
	int r;

	ret_floors->count = 0;
	r = store_read_text(store, "floors", &text);
	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	for (line = strtok_r(text, "\n", &rest); line && !r;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (parse(line, ' ', &entry))
			r = report(-EBADMSG, "%s/floors is damaged; restore it from a backup",
				   store->path);
		else
			r = set(ret_floors, &entry);
	}
	free(text);
	return r;
}

/**
 * floors_raise() - set or raise the floor of a component
 * @floors: the floors
 * @text: COMPONENT:VERSION
 *
 * Return: 0 or a negative errno, already said.
 */
int floors_raise(struct floors *floors, const char *text)
{
	struct svcgate_keystore_floor_entry entry;

	if (parse(text, ':', &entry))
		return report(-EINVAL, "--floor %s: COMPONENT:VERSION is wanted, a UUID and a number",
			      text);
	return set(floors, &entry);
}

/**
 * floors_save() - write the floors
 * @store: the directory, open for change
 * @floors: the floors
 *
 * Return: 0 or a negative errno, already said.
 */
int floors_save(const struct store *store, const struct floors *floors)
{
	char text[SVCGATE_FLOORS_MAX * LINE_MAX_SIZE + 1] = "";
	char component[SVCGATE_UUID_TEXT_SIZE];
	size_t length = 0;
	unsigned int i;

	for (i = 0; i < floors->count; i++) {
		svcgate_uuid_format(floors->entries[i].component, component);
		length += snprintf(text + length, sizeof(text) - length, "%s %llu\n",
				   component,
				   (unsigned long long)floors->entries[i].version);
	}
	return store_write(store, "floors", text, length, 0666);
}
