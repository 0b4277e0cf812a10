// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device capability show-attached, show-selected, select
 */
#include "svcgate.h"

#define FIELD_SERVICING	BIT_ULL(SVCGATE_CAPABILITY_FIELD_SERVICING)

static const struct {
	u8 origin;
	const char *name;
} origins[] = {
	{ SVCGATE_ORIGIN_STATE, "manufacturing state" },
	{ SVCGATE_ORIGIN_SIDELOADED, "sideloaded" },
	{ SVCGATE_ORIGIN_PASSED, "selected" },
};

static void put_row(struct output *out, const struct capabilities *list, size_t i,
		    unsigned int id)
{
	const char *name = svcgate_capability_name(id);
	char number[4], serial[SVCGATE_HEX_SIZE(SVCGATE_SERIAL_SIZE)];

	snprintf(number, sizeof(number), "%u", id);
	svcgate_hex_encode(list->serials[i], SVCGATE_SERIAL_SIZE, serial);
	output_row(out);
	output_string(out, "capability", "Capability", name ?: number);
	output_string(out, "origin", "Comes from", origins[i].name);
	output_string(out, "serial", "Serial of the file",
		      origins[i].origin == SVCGATE_ORIGIN_STATE ? NULL : serial);
	output_close(out);
}

/* Everything, each capability once for each place that it comes from. */
static void put_all(struct output *out, const struct capabilities *list)
{
	unsigned int id;
	size_t i;

	output_object(out, NULL);
	output_rows(out, "capabilities");
	for (id = 0; id <= SVCGATE_CAPABILITY_ID_MAX; id++)
		for (i = 0; i < ARRAY_SIZE(origins); i++)
			if (list->masks[i] & BIT_ULL(id))
				put_row(out, list, i, id);
	output_rows_end(out);
	if (!out->as_json && !(list->masks[0] | list->masks[1] | list->masks[2]))
		puts("No capability is in force.");
	output_number(out, "generation", "Generation", list->generation);
	output_number(out, "leaseLeft", "Lease left, seconds", list->lease_left);
	if (out->as_json)
		output_string(out, "sideloadedReason", NULL, list->stored_reason ?
			      svcgate_reason_name(list->stored_reason) : NULL);
	output_close(out);
}

/* What an unfinished device has by itself hides no file that somebody stored. */
static void put_short(struct output *out, const struct capabilities *list)
{
	u64 mask = (list->masks[0] & ~FIELD_SERVICING) | list->masks[1] | list->masks[2];

	if (out->as_json)
		output_capabilities(out, NULL, NULL, mask);
	else
		output_capabilities(out, NULL, "Capabilities", mask);
}

/**
 * cmd_capability_show_attached() - svcgate device capability show-attached
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_capability_show_attached(const struct options *options)
{
	struct capabilities list;
	struct device device;
	struct output out;
	int r;

	r = device_open(options, &device);
	if (r)
		return r;
	r = capabilities_ask(&device, &list);
	if (!r) {
		output_begin(&out, options->json);
		if (options->given & OPTION_ALL)
			put_all(&out, &list);
		else
			put_short(&out, &list);
		r = output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
		capabilities_tell_stored(list.stored_reason);
	}
	device_close(&device);
	return r;
}

static void put_selected(struct output *out, const struct capability_file *file)
{
	char device[DEVICE_ID_TEXT];

	output_object(out, NULL);
	if (file) {
		file_device(file, device);
		output_string(out, "capabilityFile", "Capability file", file->path);
		output_string(out, "deviceId", "For device", device);
		output_capabilities(out, "capabilities", "Capabilities",
				    file->capability.mask);
		output_hex(out, "serial", "Serial", file->capability.serial,
			   SVCGATE_SERIAL_SIZE);
	} else if (out->as_json) {
		output_string(out, "capabilityFile", NULL, NULL);
	} else {
		puts("No capability file is selected.");
	}
	output_close(out);
}

/**
 * cmd_capability_show_selected() - svcgate device capability show-selected
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_capability_show_selected(const struct options *options)
{
	struct capability_file *file;
	struct output out;
	int r;

	r = selected_read(&file);
	if (r)
		return r;
	output_begin(&out, options->json);
	put_selected(&out, file);
	file_free(file);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

static int select_file(const struct options *options)
{
	struct capability_file *file;
	struct output out;
	int r;

	r = file_open(options->capability_file, &file);
	if (r)
		return r;
	r = strchr(file->path, '\n') ?
		report(SVCGATE_EXIT_FAILED, "file", "Rename it.",
		       "%s: a path with a line break cannot be remembered.", file->path) :
		file_parse(file, false);
	if (!r)
		r = selected_set(file);
	if (!r) {
		output_begin(&out, options->json);
		put_selected(&out, file);
		if (!file->capability.mask)
			note("This file is blank: it opens nothing, it only travels.");
		r = output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
	}
	file_free(file);
	return r;
}

/**
 * cmd_capability_select() - svcgate device capability select
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_capability_select(const struct options *options)
{
	bool none = options->given & OPTION_NONE;
	struct output out;
	int r;

	if (none == !!options->capability_file)
		usage_error("device capability select needs --capability-file FILE or --none.");
	if (!none)
		return select_file(options);
	r = selected_clear();
	if (r)
		return r;
	output_begin(&out, options->json);
	put_selected(&out, NULL);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}
