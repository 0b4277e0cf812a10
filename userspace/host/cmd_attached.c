// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device show-attached, list-attached, rescan-attached
 */
#include "svcgate.h"

/* A port that nobody named may have anything behind it: do not wait long. */
#define GUESS_HELLO_MS	1000

static void put_device(struct output *out, const struct device *device)
{
	output_string(out, "deviceId", "Device ID", device->id);
	output_string(out, "port", "Port", device->port);
}

/**
 * cmd_show_attached() - svcgate device show-attached
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_show_attached(const struct options *options)
{
	struct device device;
	struct output out;
	int r;

	r = device_open(options, &device);
	if (r)
		return r;
	if (!*device.id)
		r = device_identify(&device);
	if (!r) {
		output_begin(&out, options->json);
		output_object(&out, NULL);
		put_device(&out, &device);
		output_close(&out);
		r = output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
	}
	device_close(&device);
	return r;
}

static size_t put_found(const struct options *options, struct output *out, char **ports,
			size_t count)
{
	struct device device;
	size_t i, found = 0;
	int r;

	for (i = 0; i < count && !stopped; i++) {
		r = device_probe(options, ports[i],
				 options->given & OPTION_ALL ? GUESS_HELLO_MS : 0,
				 &device);
		if (r) {
			device_note(ports[i], r);
			continue;
		}
		if (!options->device || !strcmp(options->device, device.id)) {
			output_row(out);
			put_device(out, &device);
			output_close(out);
			found++;
		}
		device_close(&device);
	}
	return found;
}

/**
 * cmd_list_attached() - svcgate device list-attached, rescan-attached
 * @options: of the command line
 *
 * Ports without a device are named on stderr, so that a list for scripts is a
 * list of devices.
 *
 * Return: an exit code; no device at all is one.
 */
int cmd_list_attached(const struct options *options)
{
	struct output out;
	char **ports;
	size_t count, found;
	int r;

	r = ports_list(options, options->given & OPTION_ALL, &ports, &count);
	if (r)
		return r;
	output_begin(&out, options->json);
	output_rows(&out, NULL);
	found = put_found(options, &out, ports, count);
	output_rows_end(&out);
	if (output_end(&out) < 0)
		r = SVCGATE_EXIT_FAILED;
	else if (!found)
		r = SVCGATE_EXIT_NO_DEVICE;
	ports_free(ports, count);
	if (!found && !count)
		note("No port is named: use --port, SVCGATE_PORT, ~/.config/svcgate/ports or "
		     "--all.");
	else if (!found)
		note("No device is attached.");
	return r;
}
