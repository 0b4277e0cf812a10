// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The words for capabilities, states, purposes and kinds, and back.
 *
 * They are the words of the commands, of JSON and of the registry's files:
 * a changed word breaks somebody's script.
 */
#include <errno.h>
#include <stdio.h>

#include "names.h"

struct word {
	unsigned int number;
	const char *name;
};

static const struct word capabilities[] = {
	{ SVCGATE_CAPABILITY_APP_DEVELOPMENT, "appDevelopment" },
	{ SVCGATE_CAPABILITY_ENABLE_RF_TEST_MODE, "enableRfTestMode" },
	{ SVCGATE_CAPABILITY_FIELD_SERVICING, "fieldServicing" },
	{ 0, NULL },
};

static const struct word states[] = {
	{ SVCGATE_STATE_BLANK, "Blank" },
	{ SVCGATE_STATE_MODULE1_COMPLETE, "Module1Complete" },
	{ SVCGATE_STATE_DEVICE_COMPLETE, "DeviceComplete" },
	{ 0, NULL },
};

static const struct word purposes[] = {
	{ SVCGATE_PURPOSE_CAPABILITY, "capability" },
	{ SVCGATE_PURPOSE_IMAGE_PRODUCTION, "image-production" },
	{ SVCGATE_PURPOSE_IMAGE_SDK, "image-sdk" },
	{ SVCGATE_PURPOSE_KEYSTORE, "keystore" },
	{ 0, NULL },
};

static const struct word kinds[] = {
	{ SVCGATE_KIND_CAPABILITY, "capability" },
	{ SVCGATE_KIND_KEYSTORE, "keystore" },
	{ SVCGATE_KIND_MANIFEST, "manifest" },
	{ SVCGATE_KIND_DELEGATION, "delegation" },
	{ 0, NULL },
};

static const struct word record_kinds[] = {
	{ SVCGATE_RECORD_STATE, "state" },
	{ SVCGATE_RECORD_CAPABILITY, "capability" },
	{ SVCGATE_RECORD_KEYSTORE, "keystore" },
	{ 0, NULL },
};

static const struct word image_types[] = {
	{ SVCGATE_IMAGE_APPLICATION, "application" },
	{ SVCGATE_IMAGE_SYSTEM, "system" },
	{ 0, NULL },
};

static const char *name_of(const struct word *word, unsigned int number)
{
	for (; word->name; word++)
		if (word->number == number)
			return word->name;
	return NULL;
}

static int number_of(const struct word *word, const char *name, unsigned int *ret_number)
{
	for (; word->name; word++) {
		if (strcmp(word->name, name))
			continue;
		*ret_number = word->number;
		return 0;
	}
	return -EINVAL;
}

/**
 * svcgate_capability_name() - name of a capability id
 * @id: &enum svcgate_capability_id
 *
 * Return: its name, or NULL for an id without one (the maker's).
 */
const char *svcgate_capability_name(unsigned int id)
{
	return name_of(capabilities, id);
}

/* A number in a list; the ids below the maker's have names or are reserved. */
static int parse_number(const char *text, unsigned int *ret_id)
{
	unsigned int id = 0;
	size_t digits;

	for (digits = 0; text[digits] >= '0' && text[digits] <= '9'; digits++) {
		if (digits == 2)
			return -EINVAL;
		id = id * 10 + (text[digits] - '0');
	}
	if (!digits || text[digits])
		return -EINVAL;
	if (id > SVCGATE_CAPABILITY_ID_MAX || !(SVCGATE_CAPABILITY_IDS & BIT_ULL(id)))
		return -EINVAL;
	*ret_id = id;
	return 0;
}

/**
 * svcgate_capability_parse_name() - id of a capability's name
 * @name: a name, or the number of an id that is not reserved
 * @ret_id: the id
 *
 * Return: 0, or -EINVAL when there is no such capability.
 */
int svcgate_capability_parse_name(const char *name, unsigned int *ret_id)
{
	if (!number_of(capabilities, name, ret_id))
		return 0;
	return parse_number(name, ret_id);
}

/**
 * svcgate_capabilities_parse() - mask of a list of capabilities
 * @list: names or numbers with commas between them, or "none"
 * @ret_mask: bit n for id n
 *
 * Return: 0, or -EINVAL when an item is no capability or the list is empty.
 */
int svcgate_capabilities_parse(const char *list, u64 *ret_mask)
{
	char item[32];
	unsigned int id;
	size_t length;
	u64 mask = 0;

	if (!strcmp(list, "none")) {
		*ret_mask = 0;
		return 0;
	}
	for (;; list += length + 1) {
		length = strcspn(list, ",");
		if (length >= sizeof(item))
			return -EINVAL;
		memcpy(item, list, length);
		item[length] = '\0';
		if (svcgate_capability_parse_name(item, &id))
			return -EINVAL;
		mask |= BIT_ULL(id);
		if (!list[length])
			break;
	}
	*ret_mask = mask;
	return 0;
}

/**
 * svcgate_capabilities_format() - list of the capabilities in a mask
 * @mask: bit n for id n
 * @out: names, numbers where there is none, commas between them; "none" for an
 *	empty mask
 */
void svcgate_capabilities_format(u64 mask, char out[SVCGATE_CAPABILITIES_TEXT_SIZE])
{
	size_t used = 0;
	unsigned int id;

	if (!mask) {
		strcpy(out, "none");
		return;
	}
	for (id = 0; id <= SVCGATE_CAPABILITY_ID_MAX; id++) {
		const char *name = svcgate_capability_name(id);

		if (!(mask & BIT_ULL(id)))
			continue;
		if (used)
			out[used++] = ',';
		if (name)
			used += sprintf(out + used, "%s", name);
		else
			used += sprintf(out + used, "%u", id);
	}
}

/**
 * svcgate_state_name() - name of a manufacturing state
 * @state: &enum svcgate_state
 *
 * Return: its name, or NULL for a number that is no state.
 */
const char *svcgate_state_name(u8 state)
{
	return name_of(states, state);
}

/**
 * svcgate_state_parse() - number of a manufacturing state
 * @name: as svcgate_state_name() gives it
 * @ret_state: &enum svcgate_state
 *
 * Return: 0, or -EINVAL when there is no such state.
 */
int svcgate_state_parse(const char *name, u8 *ret_state)
{
	unsigned int number;
	int r;

	r = number_of(states, name, &number);
	if (r < 0)
		return r;
	*ret_state = number;
	return 0;
}

/**
 * svcgate_purpose_name() - name of what a key is for
 * @purpose: &enum svcgate_purpose
 *
 * Return: its name, or NULL for a number that is no purpose.
 */
const char *svcgate_purpose_name(u8 purpose)
{
	return name_of(purposes, purpose);
}

/**
 * svcgate_purpose_parse() - number of what a key is for
 * @name: as svcgate_purpose_name() gives it
 * @ret_purpose: &enum svcgate_purpose
 *
 * Return: 0, or -EINVAL when there is no such purpose.
 */
int svcgate_purpose_parse(const char *name, u8 *ret_purpose)
{
	unsigned int number;
	int r;

	r = number_of(purposes, name, &number);
	if (r < 0)
		return r;
	*ret_purpose = number;
	return 0;
}

/**
 * svcgate_kind_name() - name of a kind of signed file
 * @kind: &enum svcgate_kind
 *
 * Return: its name, or NULL for a number that is no kind.
 */
const char *svcgate_kind_name(u8 kind)
{
	return name_of(kinds, kind);
}

/**
 * svcgate_record_kind_name() - name of a kind of store record
 * @kind: &enum svcgate_record_kind
 *
 * Return: its name, or NULL for a number that is no kind.
 */
const char *svcgate_record_kind_name(u8 kind)
{
	return name_of(record_kinds, kind);
}

/**
 * svcgate_image_type_name() - name of a type of image
 * @type: &enum svcgate_image_type
 *
 * Return: its name, or NULL for a number that is no type.
 */
const char *svcgate_image_type_name(u16 type)
{
	return name_of(image_types, type);
}

/**
 * svcgate_image_type_parse() - number of a type of image
 * @name: as svcgate_image_type_name() gives it
 * @ret_type: &enum svcgate_image_type
 *
 * Return: 0, or -EINVAL when there is no such type.
 */
int svcgate_image_type_parse(const char *name, u16 *ret_type)
{
	unsigned int number;
	int r;

	r = number_of(image_types, name, &number);
	if (r < 0)
		return r;
	*ret_type = number;
	return 0;
}
