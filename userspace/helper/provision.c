// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make the store that the factory flashes, on the build host. It is the only
 * way to a Blank device, so it works on an empty directory only: a store that
 * is lost or damaged in the field must not become an open device.
 *
 * On a device with a state cell the factory mark says that instead: as long as
 * it is not set there is nothing to lose, so the step can be repeated when the
 * power went in its middle, and over a store that was flashed. It sets the
 * mark, so there is no second time.
 *
 * Files are checked for their form, as far as that goes without keys; the
 * device checks their signatures at every start.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "blob.h"
#include "content.h"
#include "digest.h"
#include "files.h"
#include "format.h"
#include "log.h"
#include "names.h"
#include "provision.h"
#include "say.h"

static void log_file_reason(u8 kind, const char *path, enum svcgate_reason reason,
			    u16 detail)
{
	char text[SAY_REASON_SIZE];

	log_error("%s", say_reason(kind, path, reason, detail, text));
}

static int check_keystore(const struct svcgate_blob *blob, const char *path)
{
	struct svcgate_keystore_content content;
	enum svcgate_reason reason;
	u16 detail = 0;

	reason = svcgate_keystore_parse(blob->content, blob->content_length, &content,
					&detail);
	if (!reason)
		return 0;
	log_file_reason(SVCGATE_KIND_KEYSTORE, path, reason, detail);
	return -EBADMSG;
}

static int check_capability(const struct svcgate_blob *blob, const char *path)
{
	struct svcgate_capability content;
	enum svcgate_reason reason;
	u16 detail = 0;

	reason = svcgate_capability_parse(blob->content, blob->content_length, &content,
					  &detail);
	if (!reason && content.flags & SVCGATE_CAPABILITY_NO_SIDELOAD)
		reason = SVCGATE_REASON_NO_SIDELOAD;
	if (!reason)
		return 0;
	log_file_reason(SVCGATE_KIND_CAPABILITY, path, reason, detail);
	return -EBADMSG;
}

/* Read a signed file and check its form. */
static int load_file(const char *path, u8 kind, void **ret_file, size_t *ret_length)
{
	size_t max = SVCGATE_ENVELOPE_MAX(svcgate_blob_content_max(kind)), length;
	enum svcgate_reason reason;
	struct svcgate_blob blob;
	u16 detail = 0;
	void *file;
	int r;

	r = files_read_path(path, max, &file, &length);
	if (r < 0) {
		log_error("cannot read %s: %s", path,
			  r == -EFBIG ? "too long for such a file" : strerror(-r));
		return r;
	}
	reason = svcgate_blob_parse(file, length, kind, &blob, &detail);
	if (reason) {
		log_file_reason(kind, path, reason, detail);
		r = -EBADMSG;
	} else {
		r = kind == SVCGATE_KIND_KEYSTORE ? check_keystore(&blob, path) :
						    check_capability(&blob, path);
	}
	if (r < 0) {
		free(file);
		return r;
	}
	*ret_file = file;
	*ret_length = length;
	return 0;
}

static int save(const struct store *store, u8 kind, const void *content, size_t length)
{
	bool doubt;
	int r = store_keep(store, kind, content, length, &doubt);

	if (r < 0)
		log_error("cannot store the %s record: %s", store_item_name(kind),
			  strerror(-r));
	return r;
}

static int save_capability(const struct store *store, const void *file, size_t length)
{
	size_t size = svcgate_record_content_max(SVCGATE_RECORD_CAPABILITY), content_length;
	void *content = malloc(size);
	int r;

	if (!content)
		return -ENOMEM;
	r = svcgate_record_capability_build(NULL, 0, file, length, content, size,
					    &content_length);
	if (!r)
		r = save(store, SVCGATE_RECORD_CAPABILITY, content, content_length);
	free(content);
	return r;
}

static int refuse_used(const struct store *store)
{
	char name[STORE_NAME_SIZE];
	unsigned int copy;
	u8 kind;
	int r;

	r = store_is_fresh(store, &kind, &copy);
	if (r < 0)
		log_error("cannot look into the store: %s", strerror(-r));
	if (r)
		return r < 0 ? r : 0;
	store_copy_name(kind, copy, name);
	log_error("the directory is a store already: it has %s; provision into an empty directory",
		  name);
	return -EEXIST;
}

static int refuse_marked(const struct backend *backend, u8 state)
{
	struct backend_view view;
	int r;

	r = backend_may_provision(backend, state);
	backend_look(backend, &view);
	switch (r) {
	case 0:
		break;
	case -EEXIST:
		log_error("this device was provisioned already: its state cell has the factory mark and says %s, and bits are never taken back",
			  svcgate_state_name(view.state));
		break;
	case -EPERM:
		log_error("the state cell says %s without the factory mark, and bits are never taken back: provision that state, or a cell that is 0",
			  svcgate_state_name(view.state));
		break;
	default:
		log_error("the state cell of %s cannot be used: %s", backend->state.where.path,
			  strerror(-r));
	}
	return r;
}

static int refuse(const struct store *store, const struct backend *backend, u8 state)
{
	return backend->state.where.path ? refuse_marked(backend, state) : refuse_used(store);
}

/* What was cut off before this can be repeated; afterwards nothing can. */
static int set_mark(const struct backend *backend, u8 state)
{
	int r;

	if (!backend->state.where.path)
		return 0;
	r = backend_provision(backend, state);
	if (r < 0)
		log_error("the store is written, but the factory mark could not be set: %s; the device counts as %s until this is repeated and succeeds",
			  strerror(-r), svcgate_state_name(SVCGATE_STATE_DEVICE_COMPLETE));
	return r;
}

/**
 * provision_store() - write the first records
 * @store: an empty directory; with a state cell, any
 * @backend: the state backend
 * @options: state and files
 *
 * All input is read and checked before anything is written, and the state is
 * written last, then the factory mark: what is cut off in between is a locked
 * device.
 *
 * Return: 0 or a negative errno.
 */
int provision_store(const struct store *store, const struct backend *backend,
		    const struct options *options)
{
	void *keystore = NULL, *capability = NULL;
	size_t keystore_length = 0, capability_length = 0;
	int r;

	r = refuse(store, backend, options->provision_state);
	if (!r && options->keystore)
		r = load_file(options->keystore, SVCGATE_KIND_KEYSTORE, &keystore,
			      &keystore_length);
	if (!r && options->capability)
		r = load_file(options->capability, SVCGATE_KIND_CAPABILITY, &capability,
			      &capability_length);
	if (!r && keystore)
		r = save(store, SVCGATE_RECORD_KEYSTORE, keystore, keystore_length);
	if (!r && capability)
		r = save_capability(store, capability, capability_length);
	if (!r)
		r = save(store, SVCGATE_RECORD_STATE, &options->provision_state, 1);
	if (!r)
		r = set_mark(backend, options->provision_state);
	free(keystore);
	free(capability);
	return r;
}

/**
 * provision() - svcgated --provision
 * @options: the command line
 *
 * Says itself what is wrong.
 *
 * Return: 0 or a negative errno.
 */
int provision(const struct options *options)
{
	struct store store = { .ops = &helper_ops_real, .sha256 = digest_sha256 };
	struct backend backend;
	struct digest digest;
	int r;

	if (mkdir(options->store, 0700) < 0 && errno != EEXIST) {
		r = -errno;
		log_error("cannot make the directory %s: %s", options->store, strerror(-r));
		return r;
	}
	r = files_open_dir(options->store, &store.dir);
	if (r < 0) {
		log_error("cannot open the directory %s: %s", options->store, strerror(-r));
		return r;
	}
	backend_open(&backend, store.ops, options);
	r = digest_open(&digest);
	store.sha256_context = &digest;
	if (!r)
		r = provision_store(&store, &backend, options);
	digest_close(&digest);
	backend_close(&backend);
	close(store.dir);
	if (!r)
		log_notice("%s is a store in state %s", options->store,
			   svcgate_state_name(options->provision_state));
	return r;
}
