// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer device: the registry.
 */
#include <errno.h>

#include "options.h"
#include "output.h"
#include "registry.h"

static void show_device(struct output *out, const struct device *device)
{
	output_text(out, "deviceId", "Device ID", device->id);
	output_number(out, "generation", "Generation", device->generation);
	if (*device->label)
		output_text(out, "label", "Label", device->label);
}

static int set_label(struct device *device, const char *label)
{
	size_t length = strlen(label);

	if (length > SVCGATE_LABEL_MAX ||
	    !svcgate_text_valid((const u8 *)label, length))
		return report(-EINVAL, "The label cannot be kept: at most %d bytes of UTF-8 without control characters are wanted",
			      SVCGATE_LABEL_MAX);
	strcpy(device->label, label);
	return 0;
}

static int register_device(const struct store *store, const char *id,
			   const char *label, struct device *ret_device)
{
	struct device device;
	char name[STORE_NAME_MAX];
	bool known;
	int r;

	r = device_parse(id, &device);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "devices/%s", device.id);
	known = store_has(store, name);
	if (known)
		r = device_load(store, device.id, &device);
	if (!r && label)
		r = set_label(&device, label);
	if (!r && (!known || label))
		r = device_save(store, &device);
	if (r < 0)
		return r;
	*ret_device = device;
	return 0;
}

int cmd_device_register(struct invocation *inv)
{
	const char *label = NULL;
	const struct option_row rows[] = {
		{ "label", OPTION_TEXT, &label, "TEXT",
		  "what to remember of it; replaces an older label" },
	};
	struct device device;
	struct output out;
	struct store store;
	int r;

	options_parse(inv, rows, ARRAY_SIZE(rows));
	r = store_open(inv->dir, STORE_CHANGE, &store);
	if (r < 0)
		return r;
	r = register_device(&store, inv->arguments[0], label, &device);
	store_close(&store);
	if (r < 0)
		return r;

	output_begin(&out, inv->json);
	show_device(&out, &device);
	output_end(&out);
	return SVCGATE_EXIT_DONE;
}

static int list_device(const struct device *device, void *context)
{
	struct output *out = context;

	if (out->as_json) {
		output_open(out, NULL, NULL);
		show_device(out, device);
		output_close(out);
	} else {
		printf("%s %10u  %s\n", device->id, device->generation, device->label);
	}
	return 0;
}

int cmd_device_list(struct invocation *inv)
{
	struct output out;
	struct store store;
	int r;

	options_parse(inv, NULL, 0);
	r = store_open(inv->dir, STORE_READ, &store);
	if (r < 0)
		return r;
	output_begin(&out, inv->json);
	output_open_list(&out, "devices");
	r = device_each(&store, list_device, &out);
	output_close_list(&out);
	output_end(&out);
	store_close(&store);
	return r;
}

struct show_context {
	struct output out;
	const struct device *device;
	const struct revoked *revoked;
};

static int show_issued(const struct issued *issued, void *data)
{
	struct show_context *context = data;
	struct output *out = &context->out;
	u8 serial[SVCGATE_SERIAL_SIZE];
	int r;

	if (strcmp(issued->device, context->device->id))
		return 0;
	r = serial_parse(issued->serial, serial);
	if (r < 0)
		return r;
	output_open(out, NULL, "Capability file");
	output_text(out, "serial", "Serial", issued->serial);
	output_capabilities(out, "capabilities", "Capabilities", issued->mask);
	output_number(out, "generation", "Generation", issued->generation);
	output_number(out, "epoch", "Epoch", issued->epoch);
	if (*issued->label)
		output_text(out, "label", "Label", issued->label);
	output_bool(out, "revoked", "Revoked", revoked_has(context->revoked, serial));
	output_close(out);
	return 0;
}

int cmd_device_show(struct invocation *inv)
{
	struct show_context context;
	struct revoked revoked;
	struct device device;
	struct store store;
	int r;

	options_parse(inv, NULL, 0);
	r = store_open(inv->dir, STORE_READ, &store);
	if (r < 0)
		return r;
	r = device_load(&store, inv->arguments[0], &device);
	if (!r)
		r = revoked_load(&store, &revoked);
	if (r < 0)
		goto out_close;

	context.device = &device;
	context.revoked = &revoked;
	output_begin(&context.out, inv->json);
	show_device(&context.out, &device);
	output_open_list(&context.out, "issued");
	r = issued_each(&store, show_issued, &context);
	output_close_list(&context.out);
	output_end(&context.out);

out_close:
	store_close(&store);
	return r;
}
