// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device sideload deploy
 *
 * What a file is, its envelope says: each kind has its own way to the device.
 */
#include <errno.h>

#include "blob.h"
#include "format.h"
#include "svcgate.h"

/* Longest keystore; of an image package this much is enough to know it. */
#define PACKAGE_HEAD_MAX	SVCGATE_ENVELOPE_MAX(SVCGATE_KEYSTORE_MAX)

/**
 * struct package - a file to deploy
 * @path: as the user named it
 * @data: its beginning
 * @length: bytes of that
 * @whole: there is no more of it
 */
struct package {
	const char *path;
	u8 data[PACKAGE_HEAD_MAX];
	size_t length;
	bool whole;
};

/* Parse as a device will, once it has checked the signature. */
static int parse_keystore(const struct package *package,
			  struct svcgate_keystore_content *content)
{
	struct svcgate_reason_context context = {
		.op = SVCGATE_OP_KEYSTORE_UPDATE,
		.kind = SVCGATE_KIND_KEYSTORE,
		.file = package->path,
	};
	enum svcgate_reason reason = SVCGATE_REASON_ENVELOPE;
	struct svcgate_blob blob;

	if (package->whole)
		reason = svcgate_blob_parse(package->data, package->length,
					    SVCGATE_KIND_KEYSTORE, &blob, &context.detail);
	if (!reason)
		reason = svcgate_keystore_parse(blob.content, blob.content_length, content,
						&context.detail);
	return reason ? report_reason(reason, &context) : 0;
}

/* What became of a stored file that was in force a moment ago. */
static u16 look_at_stored(struct device *device, const struct capabilities *before)
{
	struct capabilities after;
	int r = capabilities_peek(device, &after);

	if (!r && after.stored_reason)
		return after.stored_reason;
	/* It opened the device; now the device is locked, and does not say why. */
	if (r == SVCGATE_REASON_FORBIDDEN && before->masks[1])
		return SVCGATE_REASON_FORBIDDEN;
	return SVCGATE_REASON_DONE;
}

static void tell_stored(u16 reason)
{
	if (reason != SVCGATE_REASON_FORBIDDEN) {
		capabilities_tell_stored(reason);
		return;
	}
	note("The capability file that the device stores gives nothing any more, and the device is "
	     "locked: this keystore has retired its key, revoked it, or ended its epoch.");
	note("  Store another one in its place: svcgate device capability update "
	     "--capability-file FILE.");
}

static int put_keystore(const struct options *options, const struct package *package,
			const struct svcgate_keystore_content *content,
			const struct device *device, u16 stored)
{
	struct output out;

	output_begin(&out, options->json);
	output_object(&out, NULL);
	output_string(&out, "deviceId", "Device ID", device->id);
	output_string(&out, "keystore", "Keystore in force", package->path);
	output_number(&out, "version", "Version", content->version);
	output_number(&out, "epoch", "Epoch", content->epoch);
	output_number(&out, "keyCount", "Keys", content->key_count);
	output_number(&out, "revokedSerials", "Revoked serials", content->revoked_count);
	if (options->json)
		output_string(&out, "sideloadedReason", NULL,
			      stored ? svcgate_reason_name(stored) : NULL);
	output_close(&out);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

static int send_keystore(const struct options *options, const struct package *package,
			 const struct svcgate_keystore_content *content,
			 struct device *device)
{
	const struct ask ask = {
		.op = SVCGATE_OP_KEYSTORE_UPDATE,
		.payload = package->data,
		.length = package->length,
		.change = true,
	};
	struct svcgate_reason_context context;
	struct svcgate_link_response response;
	struct capabilities before = { 0 };
	u16 stored;
	int r;

	r = device_identify(device);
	if (r)
		return r;
	capabilities_peek(device, &before);
	r = device_change(options, device, &ask, &response, &context);
	if (r)
		return r;
	context.kind = SVCGATE_KIND_KEYSTORE;
	context.file = package->path;
	if (response.reason)
		return report_reason(response.reason, &context);
	stored = look_at_stored(device, &before);
	r = put_keystore(options, package, content, device, stored);
	tell_stored(stored);
	return r;
}

static int deploy_keystore(const struct options *options, const struct package *package)
{
	struct svcgate_keystore_content content;
	struct device device;
	int r;

	r = parse_keystore(package, &content);
	if (r)
		return r;
	r = device_open(options, &device);
	if (r)
		return r;
	r = send_keystore(options, package, &content, &device);
	device_close(&device);
	return r;
}

static int refuse_image(const struct options *options, const struct package *package)
{
	return report(SVCGATE_EXIT_FAILED, "not-available",
		      "Update svcgate, here and on the device; until then the device's own updater "
		      "installs images.",
		      "%s is an image package, and this version of svcgate has no operations for "
		      "images yet.",
		      package->path);
}

static int refuse_capability(const struct options *options, const struct package *package)
{
	return report(SVCGATE_EXIT_REJECTED, "kind",
		      "To store it on the device: svcgate device capability update "
		      "--capability-file FILE. To let it travel with each operation: svcgate device "
		      "capability select --capability-file FILE.",
		      "%s is a capability file, no image package.", package->path);
}

static int refuse_delegation(const struct options *options, const struct package *package)
{
	return report(SVCGATE_EXIT_REJECTED, "kind", "Choose the right file.",
		      "%s is a delegation, no image package.", package->path);
}

static const struct {
	u8 kind;
	int (*deploy)(const struct options *options, const struct package *package);
} kinds[] = {
	{ SVCGATE_KIND_KEYSTORE, deploy_keystore },
	{ SVCGATE_KIND_MANIFEST, refuse_image },
	{ SVCGATE_KIND_CAPABILITY, refuse_capability },
	{ SVCGATE_KIND_DELEGATION, refuse_delegation },
};

static int deploy(const struct options *options, const struct package *package)
{
	struct svcgate_reason_context context = { .file = package->path };
	struct svcgate_envelope head;
	size_t i;

	if (package->length < sizeof(head) ||
	    memcmp(package->data, SVCGATE_ENVELOPE_MAGIC, strlen(SVCGATE_ENVELOPE_MAGIC)))
		return report(SVCGATE_EXIT_REJECTED, "envelope",
			      "Choose the right file, or download it again.",
			      "%s is neither an image package nor a trusted keystore.",
			      package->path);
	memcpy(&head, package->data, sizeof(head));
	context.kind = head.kind;
	context.detail = head.version;
	if (head.version != SVCGATE_ENVELOPE_VERSION)
		return report_reason(SVCGATE_REASON_ENVELOPE_VERSION, &context);
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].kind == head.kind)
			return kinds[i].deploy(options, package);
	return report(SVCGATE_EXIT_REJECTED, "kind",
		      "Choose the right file, or update svcgate.",
		      "%s is a signed file of a kind that this version does not know: %u.",
		      package->path, head.kind);
}

/**
 * cmd_sideload_deploy() - svcgate device sideload deploy
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_sideload_deploy(const struct options *options)
{
	static struct package package;
	int r;

	if (!options->image_package)
		usage_error("device sideload deploy needs --image-package FILE.");
	package.path = options->image_package;
	r = file_load(package.path, package.data, sizeof(package.data), &package.length);
	if (r < 0 && r != -EFBIG)
		return file_report(package.path, r);
	package.whole = !r;
	return deploy(options, &package);
}
