// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Registered devices and issued capability files: one text file each.
 */
#include <errno.h>
#include <stdlib.h>

#include "options.h"
#include "registry.h"

#define RECORD_TEXT_SIZE	1024

/* A chip that was never fused: svcgate.ko refuses such an ID too. */
static bool unfused(const u8 *id, size_t length)
{
	return !memchr_inv(id, 0x00, length) || !memchr_inv(id, 0xff, length);
}

/**
 * device_parse() - read a device ID
 * @text: hex digits
 * @ret_device: a device with this ID, generation 1 and no label
 *
 * Return: 0 or a negative errno, already said.
 */
int device_parse(const char *text, struct device *ret_device)
{
	struct device device = { .generation = 1 };

	if (svcgate_hex_decode(text, device.bytes, sizeof(device.bytes),
			       &device.length) ||
	    device.length < SVCGATE_DEVICE_ID_MIN)
		return report(-EINVAL, "%s is not a device ID: %d to %d bytes in hex are wanted, as svcgate device show-attached prints them",
			      text, SVCGATE_DEVICE_ID_MIN, SVCGATE_DEVICE_ID_MAX);
	if (unfused(device.bytes, device.length))
		return report(-EINVAL, "%s is the ID of a chip that was never fused; every such device would be the same one",
			      text);
	svcgate_hex_encode(device.bytes, device.length, device.id);
	*ret_device = device;
	return 0;
}

static int damaged(const struct store *store, const char *name)
{
	return report(-EBADMSG, "%s/%s is damaged; restore it from a backup",
		      store->path, name);
}

static bool number_field(const char *text, const char *key, u64 most, u64 *ret_value)
{
	char value[32];

	return text_field(text, key, value, sizeof(value)) &&
	       !parse_u64(value, most, ret_value);
}

/**
 * device_load() - read a registered device
 * @store: the directory
 * @id: its ID in hex
 * @ret_device: the device
 *
 * Return: 0 or a negative errno, already said.
 */
int device_load(const struct store *store, const char *id, struct device *ret_device)
{
	char name[STORE_NAME_MAX], *text;
	struct device device;
	u64 generation;
	int r;

	r = device_parse(id, &device);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "devices/%s", device.id);
	r = store_read_text(store, name, &text);
	if (r == -ENOENT)
		return report(r, "Device %s is not registered; register it first: svcgate-issuer device register %s",
			      device.id, device.id);
	if (r < 0)
		return r;
	if (!number_field(text, "generation", UINT32_MAX, &generation)) {
		free(text);
		return damaged(store, name);
	}
	text_field(text, "label", device.label, sizeof(device.label));
	free(text);
	device.generation = generation;
	*ret_device = device;
	return 0;
}

/**
 * device_save() - write a registered device
 * @store: the directory, open for change
 * @device: the device
 *
 * Return: 0 or a negative errno, already said.
 */
int device_save(const struct store *store, const struct device *device)
{
	char name[STORE_NAME_MAX], text[RECORD_TEXT_SIZE];
	int length;

	snprintf(name, sizeof(name), "devices/%s", device->id);
	length = snprintf(text, sizeof(text), "generation %u\n", device->generation);
	if (*device->label)
		length += snprintf(text + length, sizeof(text) - length, "label %s\n",
				   device->label);
	return store_write(store, name, text, length, 0666);
}

/**
 * device_next_generation() - take the next generation, durably
 * @store: the directory, open for change
 * @device: the device; its generation is the new one afterwards
 *
 * A number that is taken is never given again, also if nothing comes of it.
 *
 * Return: 0 or a negative errno, already said.
 */
int device_next_generation(const struct store *store, struct device *device)
{
	if (device->generation == UINT32_MAX)
		return report(-EOVERFLOW, "Device %s has used up its generations; raise the epoch instead: svcgate-issuer keystore build --epoch N",
			      device->id);
	device->generation++;
	return device_save(store, device);
}

/**
 * device_each() - call a function for each registered device
 * @store: the directory
 * @each: the function; a negative result ends the walk
 * @context: for @each
 *
 * Return: 0 or a negative errno, already said.
 */
int device_each(const struct store *store,
		int (*each)(const struct device *device, void *context), void *context)
{
	struct device device;
	char **names;
	size_t count, i;
	int r;

	r = store_list(store, "devices", &names, &count);
	if (r < 0)
		return r;
	for (i = 0; i < count && r >= 0; i++) {
		r = device_load(store, names[i], &device);
		if (!r)
			r = each(&device, context);
	}
	store_list_free(names, count);
	return r;
}

/**
 * serial_parse() - read the serial of a capability file
 * @text: hex digits
 * @ret_serial: its bytes
 *
 * Return: 0 or a negative errno, already said.
 */
int serial_parse(const char *text, u8 ret_serial[SVCGATE_SERIAL_SIZE])
{
	u8 serial[SVCGATE_SERIAL_SIZE];
	size_t length;

	if (svcgate_hex_decode(text, serial, sizeof(serial), &length) ||
	    length != sizeof(serial))
		return report(-EINVAL, "%s is not a serial: %d bytes in hex are wanted, as svcgate-issuer show prints them",
			      text, SVCGATE_SERIAL_SIZE);
	memcpy(ret_serial, serial, sizeof(serial));
	return 0;
}

/**
 * issued_save() - remember an issued capability file
 * @store: the directory, open for change
 * @issued: what to remember
 *
 * Return: 0 or a negative errno, already said.
 */
int issued_save(const struct store *store, const struct issued *issued)
{
	char capabilities[SVCGATE_CAPABILITIES_TEXT_SIZE];
	char name[STORE_NAME_MAX], text[RECORD_TEXT_SIZE];
	int length;

	svcgate_capabilities_format(issued->mask, capabilities);
	snprintf(name, sizeof(name), "issued/%s", issued->serial);
	length = snprintf(text, sizeof(text),
			  "device %s\ncapabilities %s\ngeneration %u\nepoch %u\n",
			  issued->device, capabilities, issued->generation,
			  issued->epoch);
	if (*issued->key_id)
		length += snprintf(text + length, sizeof(text) - length, "key %s\n",
				   issued->key_id);
	if (*issued->label)
		length += snprintf(text + length, sizeof(text) - length, "label %s\n",
				   issued->label);
	return store_write(store, name, text, length, 0666);
}

/**
 * issued_load() - recall an issued capability file
 * @store: the directory
 * @serial: its serial in hex, lower case
 * @ret_issued: what was remembered
 *
 * Return: 0; -ENOENT, not said; another negative errno, already said.
 */
int issued_load(const struct store *store, const char *serial,
		struct issued *ret_issued)
{
	char capabilities[SVCGATE_CAPABILITIES_TEXT_SIZE] = "";
	char name[STORE_NAME_MAX], *text;
	struct issued issued = { };
	u64 generation, epoch;
	bool good;
	int r;

	snprintf(name, sizeof(name), "issued/%s", serial);
	r = store_read_text(store, name, &text);
	if (r < 0)
		return r;
	good = text_field(text, "device", issued.device, sizeof(issued.device)) &&
	       text_field(text, "capabilities", capabilities, sizeof(capabilities)) &&
	       !svcgate_capabilities_parse(capabilities, &issued.mask) &&
	       number_field(text, "generation", UINT32_MAX, &generation) &&
	       number_field(text, "epoch", UINT32_MAX, &epoch);
	text_field(text, "label", issued.label, sizeof(issued.label));
	text_field(text, "key", issued.key_id, sizeof(issued.key_id));
	free(text);
	if (!good)
		return damaged(store, name);
	snprintf(issued.serial, sizeof(issued.serial), "%s", serial);
	issued.generation = generation;
	issued.epoch = epoch;
	*ret_issued = issued;
	return 0;
}

/**
 * issued_each() - call a function for each issued capability file
 * @store: the directory
 * @each: the function; a negative result ends the walk
 * @context: for @each
 *
 * Return: 0 or a negative errno, already said.
 */
int issued_each(const struct store *store,
		int (*each)(const struct issued *issued, void *context), void *context)
{
	struct issued issued;
	char **names;
	size_t count, i;
	int r;

	r = store_list(store, "issued", &names, &count);
	if (r < 0)
		return r;
	for (i = 0; i < count && r >= 0; i++) {
		r = issued_load(store, names[i], &issued);
		if (!r)
			r = each(&issued, context);
	}
	store_list_free(names, count);
	return r;
}
