// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer image sign: an image package, manifest first.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "keyset.h"
#include "options.h"
#include "output.h"
#include "sign.h"
#include "uuid.h"

#define CHUNK	(64 * 1024)

struct sign_options {
	const char *type;
	const char *image_type;
	const char *image;
	const char *component;
	const char *image_id;
	const char *name;
	struct option_number version;
	bool temporary;
	bool remove_at_boot;
	const char *output_file;
};

/* What the manifest points to while it is built. */
struct package {
	struct svcgate_manifest manifest;
	u8 purpose;
	u8 component[SVCGATE_UUID_SIZE];
	u8 image[SVCGATE_UUID_SIZE];
	u8 sha256[SVCGATE_SHA256_SIZE];
};

static void read_uuid(struct invocation *inv, const char *option, const char *text,
		      u8 uuid[SVCGATE_UUID_SIZE])
{
	if (svcgate_uuid_parse(text, uuid))
		usage(inv->command, "%s %s: a UUID is wanted", option, text);
}

static void check_options(struct invocation *inv, const struct sign_options *options,
			  struct package *package)
{
	struct svcgate_manifest *manifest = &package->manifest;

	if (!options->type || !options->image || !options->component ||
	    !options->name || !options->version.given || !options->output_file)
		usage(inv->command, "--type, --image, --component, --name, --version and --output-file are wanted");
	if (!strcmp(options->type, "production"))
		package->purpose = SVCGATE_PURPOSE_IMAGE_PRODUCTION;
	else if (!strcmp(options->type, "sdk"))
		package->purpose = SVCGATE_PURPOSE_IMAGE_SDK;
	else
		usage(inv->command, "--type %s: production or sdk is wanted",
		      options->type);
	if (svcgate_image_type_parse(options->image_type, &manifest->type))
		usage(inv->command, "--image-type %s: application or system is wanted",
		      options->image_type);
	manifest->name = (const u8 *)options->name;
	manifest->name_length = strlen(options->name);
	if (!manifest->name_length || manifest->name_length > SVCGATE_NAME_MAX ||
	    !svcgate_text_valid(manifest->name, manifest->name_length))
		usage(inv->command, "--name: 1 to %d bytes of UTF-8 without control characters are wanted",
		      SVCGATE_NAME_MAX);
	read_uuid(inv, "--component", options->component, package->component);
	if (options->image_id)
		read_uuid(inv, "--image-id", options->image_id, package->image);
	manifest->version = options->version.value;
	if (options->temporary)
		manifest->flags |= SVCGATE_IMAGE_TEMPORARY;
	if (options->remove_at_boot)
		manifest->flags |= SVCGATE_IMAGE_REMOVE_AT_BOOT;
}

static void read_options(struct invocation *inv, struct sign_options *options,
			 struct package *package)
{
	const struct option_row rows[] = {
		{ "type", OPTION_TEXT, &options->type, "production|sdk",
		  "which of the image keys signs" },
		{ "image-type", OPTION_TEXT, &options->image_type, "TYPE",
		  "application or system (application)" },
		{ "image", OPTION_TEXT, &options->image, "FILE", "the payload" },
		{ "component", OPTION_TEXT, &options->component, "UUID",
		  "what this is a version of" },
		{ "name", OPTION_TEXT, &options->name, "TEXT", "what people see of it" },
		{ "version", OPTION_U64, &options->version, "N",
		  "compared as a number" },
		{ "temporary", OPTION_FLAG, &options->temporary, NULL,
		  "fieldServicing may start, stop and delete it" },
		{ "remove-at-boot", OPTION_FLAG, &options->remove_at_boot, NULL,
		  "the device removes it when it starts" },
		{ "image-id", OPTION_TEXT, &options->image_id, "UUID",
		  "of this image (random)" },
		{ "output-file", OPTION_TEXT, &options->output_file, "FILE",
		  "where the image package goes" },
	};

	options_parse(inv, rows, ARRAY_SIZE(rows));
	check_options(inv, options, package);
}

/* RFC 4122, version 4. */
static int random_uuid(u8 uuid[SVCGATE_UUID_SIZE])
{
	int r = crypto_random(uuid, SVCGATE_UUID_SIZE);

	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return r;
}

/* Read the payload from its beginning; hash it, and copy it when @to is given. */
static int pass(int fd, const char *path, struct new_file *to, u64 *ret_size,
		u8 ret_sha256[SVCGATE_SHA256_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	u8 *chunk = malloc(CHUNK);
	off_t at = 0;
	ssize_t n;
	int r = 0;

	if (!context || !chunk || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		r = report(-ENOMEM, "Cannot read %s: out of memory", path);
	while (!r) {
		n = pread(fd, chunk, CHUNK, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r = report(-errno, "Cannot read %s: %s", path, strerror(errno));
		if (n <= 0)
			break;
		at += n;
		EVP_DigestUpdate(context, chunk, n);
		if (to)
			r = new_file_write(to, chunk, n);
	}
	if (!r) {
		EVP_DigestFinal_ex(context, ret_sha256, NULL);
		*ret_size = at;
	}
	EVP_MD_CTX_free(context);
	free(chunk);
	return r;
}

static int make_manifest(const struct signer *signer, struct package *package,
			 u8 file[FILE_MAX], size_t *ret_length)
{
	u8 content[SVCGATE_MANIFEST_MAX];
	size_t content_length;
	int r;

	package->manifest.component = package->component;
	package->manifest.image = package->image;
	package->manifest.sha256 = package->sha256;
	r = svcgate_manifest_build(&package->manifest, content, sizeof(content),
				   &content_length);
	if (r < 0)
		return report(r, "The manifest is too long");
	return sign_file(signer, SVCGATE_KIND_MANIFEST, content, content_length, file,
			 ret_length);
}

static int write_package(const struct signer *signer, struct package *package,
			 int payload, const struct sign_options *options)
{
	u8 manifest[FILE_MAX], sha256[SVCGATE_SHA256_SIZE];
	struct new_file file;
	size_t length;
	u64 size;
	int r;

	r = pass(payload, options->image, NULL, &package->manifest.size,
		 package->sha256);
	if (!r)
		r = make_manifest(signer, package, manifest, &length);
	if (!r)
		r = new_file_begin(AT_FDCWD, options->output_file, 0666, &file);
	if (r < 0)
		return r;
	r = new_file_write(&file, manifest, length);
	if (!r)
		r = pass(payload, options->image, &file, &size, sha256);
	if (!r && (size != package->manifest.size ||
		   memcmp(sha256, package->sha256, sizeof(sha256))))
		r = report(-EBUSY, "%s changed while it was read; sign it when nothing writes to it",
			   options->image);
	if (!r)
		return new_file_commit(&file);
	new_file_abort(&file);
	return r;
}

static int sign(struct invocation *inv, const struct sign_options *options,
		struct package *package)
{
	char key[KEY_NAME_SIZE];
	struct signer signer;
	struct store store;
	int payload, r;

	payload = open(options->image, O_RDONLY | O_CLOEXEC);
	if (payload < 0)
		return report(-errno, "Cannot read %s: %s", options->image,
			      strerror(errno));
	r = store_open(inv->dir, STORE_READ, &store);
	if (r < 0)
		goto out_close_payload;
	r = keyset_signer(&store, package->purpose, key);
	if (!r)
		r = key_load(&store, key, &signer);
	if (r < 0)
		goto out_close;
	if (!options->image_id)
		r = random_uuid(package->image);
	if (!r)
		r = write_package(&signer, package, payload, options);
	signer_free(&signer);
out_close:
	store_close(&store);
out_close_payload:
	close(payload);
	return r;
}

int cmd_image_sign(struct invocation *inv)
{
	struct sign_options options = { .image_type = "application" };
	struct package package = { };
	struct output out;
	int r;

	read_options(inv, &options, &package);
	r = sign(inv, &options, &package);
	if (r < 0)
		return r;

	output_begin(&out, inv->json);
	output_text(&out, "file", "File", options.output_file);
	output_uuid(&out, "componentId", "Component ID", package.component);
	output_uuid(&out, "imageId", "Image ID", package.image);
	output_text(&out, "name", "Name", options.name);
	output_number(&out, "version", "Version", package.manifest.version);
	output_number(&out, "size", "Payload bytes", package.manifest.size);
	output_hex(&out, "sha256", "Payload SHA-256", package.sha256,
		   sizeof(package.sha256));
	output_end(&out);
	return SVCGATE_EXIT_DONE;
}
