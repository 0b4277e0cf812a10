// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device capability update
 */
#include <stdlib.h>

#include "svcgate.h"

/* What makes the sentence about the file exact. */
static struct svcgate_reason_context describe(const struct capability_file *file,
					      const struct device *device, u16 detail,
					      char file_id[DEVICE_ID_TEXT])
{
	file_device(file, file_id);
	return (struct svcgate_reason_context){
		.op = SVCGATE_OP_CAPABILITY_UPDATE,
		.detail = detail,
		.file = file->path,
		.file_device = file_id,
		.device = device->id,
	};
}

static int report_file(u16 reason, u16 detail, const struct capability_file *file,
		       const struct device *device)
{
	char file_id[DEVICE_ID_TEXT];
	struct svcgate_reason_context context = describe(file, device, detail, file_id);

	return report_reason(reason, &context);
}

/* What the device would refuse by the file's content alone. */
static int check(const struct capability_file *file, const struct device *device)
{
	char file_id[DEVICE_ID_TEXT];

	if (file->capability.flags & SVCGATE_CAPABILITY_NO_SIDELOAD)
		return report_file(SVCGATE_REASON_NO_SIDELOAD, 0, file, device);
	file_device(file, file_id);
	if (strcmp(file_id, device->id))
		return report_file(SVCGATE_REASON_DEVICE, 0, file, device);
	return 0;
}

/* Who is locked out does not see the state, and that says enough of it. */
static bool looks_finished(struct device *device)
{
	struct svcgate_link_response response;
	int r = device_peek(device, SVCGATE_OP_STATE_SHOW, &response);

	return r == SVCGATE_REASON_FORBIDDEN ||
	       (!r && response.length &&
		response.payload[0] == SVCGATE_STATE_DEVICE_COMPLETE);
}

static void warn(const struct capability_file *file, struct device *device)
{
	if (!file->capability.mask || !looks_finished(device))
		return;
	note("Warning: this device is finished (DeviceComplete). The file stays on it and opens the "
	     "port to whoever is at it, until the blank file takes its place.");
	note("  To open it for yourself only: svcgate device capability select --capability-file "
	     "%s.", file->path);
}

static void put_result(struct output *out, const struct capability_file *file,
		       const struct device *device, const struct capabilities *list,
		       bool known, bool locked)
{
	output_object(out, NULL);
	output_string(out, "deviceId", "Device ID", device->id);
	output_string(out, "capabilityFile", "Stored file", file->path);
	output_hex(out, "serial", "Serial", file->capability.serial, SVCGATE_SERIAL_SIZE);
	if (out->as_json)
		output_bool(out, "blank", NULL, !file->capability.mask);
	output_capabilities(out, "capabilities", "In force by it",
			    known ? list->masks[1] : file->capability.mask);
	if (known)
		output_capabilities(out, "byState", "In force by state", list->masks[0]);
	else if (out->as_json)
		output_string(out, "byState", NULL, NULL);
	if (out->as_json)
		output_bool(out, "locked", NULL, locked);
	output_close(out);
}

static int tell_result(const struct options *options, const struct capability_file *file,
		       struct device *device)
{
	struct capabilities list = { 0 };
	int r = capabilities_peek(device, &list);
	bool locked = r == SVCGATE_REASON_FORBIDDEN && !file->capability.mask;
	struct output out;

	output_begin(&out, options->json);
	put_result(&out, file, device, &list, !r, locked);
	if (!options->json && locked)
		puts("The device is locked again.");
	else if (!options->json && !file->capability.mask)
		puts("The file is blank: what was stored before is over.");
	if (!r)
		capabilities_tell_stored(list.stored_reason);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

static int update(const struct options *options, const struct capability_file *file,
		  struct device *device)
{
	const struct ask ask = {
		.op = SVCGATE_OP_CAPABILITY_UPDATE,
		.payload = file->data,
		.length = file->length,
		.change = true,
	};
	struct svcgate_reason_context context;
	struct svcgate_link_response response;
	int r;

	r = device_identify(device);
	if (!r)
		r = check(file, device);
	if (r)
		return r;
	warn(file, device);
	r = device_change(options, device, &ask, &response, &context);
	if (r)
		return r;
	if (response.reason)
		return report_file(response.reason, response.detail, file, device);
	return tell_result(options, file, device);
}

/**
 * cmd_capability_update() - svcgate device capability update
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_capability_update(const struct options *options)
{
	struct capability_file *file;
	struct device device;
	int r;

	if (!options->capability_file)
		usage_error("device capability update needs --capability-file FILE.");
	r = file_open(options->capability_file, &file);
	if (r)
		return r;
	r = file_parse(file, false);
	if (!r)
		r = device_open(options, &device);
	if (!r) {
		r = update(options, file, &device);
		device_close(&device);
	}
	file_free(file);
	return r;
}
