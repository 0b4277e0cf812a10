// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the store into the kernel, then the seal: device ID and audience, state,
 * keystore, stored capability, the maker's rules. What cannot be read or is
 * rejected is said and left out; the device is then the more locked, never the
 * less (P2).
 *
 * A helper that init started again finds the device sealed, or configured in
 * part, and goes on from there.
 */
#include <errno.h>

#include "blob.h"
#include "configure.h"
#include "content.h"
#include "hex.h"
#include "log.h"
#include "say.h"

/**
 * configure_gate_error() - say that the kernel did not take something
 * @store: whose kernel
 * @what: what it did not take
 * @r: negative errno
 *
 * Return: @r.
 */
int configure_gate_error(const struct store *store, const char *what, int r)
{
	const char *message = store->ops->gate_message(store->ops->context);

	log_error("the kernel did not take the %s: %s%s%s", what, strerror(-r),
		  *message ? ": " : "", message);
	return r;
}

static bool same_id(const struct device_info *info, const struct configure_plan *plan)
{
	return info->id_length == plan->id_length &&
	       !memcmp(info->id, plan->id, plan->id_length);
}

static bool same_audience(const struct device_info *info, const struct configure_plan *plan)
{
	return !memcmp(info->audience, plan->audience, sizeof(plan->audience));
}

static int other_device(const struct device_info *info)
{
	char id[SVCGATE_HEX_SIZE(SVCGATE_DEVICE_ID_MAX)];
	char audience[SVCGATE_HEX_SIZE(SVCGATE_AUDIENCE_SIZE)];

	svcgate_hex_encode(info->id, info->id_length, id);
	svcgate_hex_encode(info->audience, sizeof(info->audience), audience);
	log_error("the kernel knows this device as %s, audience %s, and that holds until it restarts; correct --device-id or --audience, or restart the device",
		  id, audience);
	return -EEXIST;
}

/* Return: 1 when the device is sealed already, 0 to go on. */
static int set_device(const struct store *store, const struct configure_plan *plan)
{
	const struct helper_ops *ops = store->ops;
	struct device_info info;
	int r;

	r = ops->gate_device(ops->context, &info);
	if (r < 0)
		return configure_gate_error(store, "question who the device is", r);
	if (info.id_length && !same_id(&info, plan))
		return other_device(&info);
	/* The module's own parameter may have told the ID, but no audience. */
	if (!info.id_length || !memchr_inv(info.audience, 0, sizeof(info.audience))) {
		r = ops->gate_set_device(ops->context, plan->id, plan->id_length,
					 plan->audience);
		return r < 0 ? configure_gate_error(store, "device ID and audience", r) : 0;
	}
	if (!same_audience(&info, plan))
		return other_device(&info);
	return info.sealed;
}

static void report_copy(u8 kind, unsigned int number, const struct store_entry *entry)
{
	const struct store_copy *copy = &entry->copies[number];
	char name[STORE_NAME_SIZE];

	store_copy_name(kind, number, name);
	log_warning("store: %s is %s%s%s", name, store_condition_text(copy),
		    copy->error ? ": " : "", copy->error ? strerror(-copy->error) : "");
}

/* Say what was found, but not that a record was never written. */
static void report(u8 kind, const struct store_entry *entry)
{
	char name[STORE_NAME_SIZE];
	unsigned int i;

	if (entry->copies[0].condition == STORE_ABSENT &&
	    entry->copies[1].condition == STORE_ABSENT)
		return;
	for (i = 0; i < STORE_COPIES; i++) {
		if (entry->copies[i].condition != STORE_VALID)
			report_copy(kind, i, entry);
		store_copy_name(kind, i, name);
		if (entry->repaired & 1U << i)
			log_notice("store: %s was written anew from the other copy", name);
	}
	if (entry->conflict)
		log_error("store: the copies of the %s record differ under one number; neither counts",
			  store_item_name(kind));
	if (entry->repair_error)
		log_error("store: the %s record is there once only, and cannot be written again: %s; make the store's file system writable",
			  store_item_name(kind), strerror(-entry->repair_error));
}

/**
 * configure_load() - read a record, and say what is wrong with it
 * @store: the store
 * @kind: &enum svcgate_record_kind
 * @ret_entry: as of store_load()
 *
 * Return: 0 or a negative errno.
 */
int configure_load(const struct store *store, u8 kind, struct store_entry *ret_entry)
{
	int r = store_load(store, kind, ret_entry);

	if (r < 0) {
		log_error("store: cannot read the %s record: %s", store_item_name(kind),
			  strerror(-r));
		return r;
	}
	report(kind, ret_entry);
	return 0;
}

static void report_verdict(const struct store *store, u8 kind, const char *what, int r,
			   const struct device_verdict *verdict)
{
	char text[SAY_REASON_SIZE];

	if (r < 0)
		(void)configure_gate_error(store, what, r);
	else if (verdict->reason)
		log_error("store: the %s is not in force: %s", what,
			  say_reason(kind, "in the store", verdict->reason, verdict->detail,
				     text));
	else
		log_info("the %s is in force", what);
}

static int set_keystore(const struct store *store)
{
	const struct helper_ops *ops = store->ops;
	struct device_verdict verdict = {};
	struct store_entry entry;
	int r;

	r = configure_load(store, SVCGATE_RECORD_KEYSTORE, &entry);
	if (r < 0)
		return r;
	if (!entry.content) {
		log_notice("store: no trusted keystore; every signed file will be refused");
		return 0;
	}
	r = ops->gate_set_keystore(ops->context, entry.content, entry.content_length,
				   &verdict);
	report_verdict(store, SVCGATE_KIND_KEYSTORE, "trusted keystore", r, &verdict);
	store_entry_free(&entry);
	return 0;
}

/**
 * struct stored - the stored capability file
 * @entry: its record
 * @file: in @entry; NULL when there is none to be told
 * @length: its bytes
 */
struct stored {
	struct store_entry entry;
	const u8 *file;
	size_t length;
};

static int load_capability(const struct store *store, struct stored *stored)
{
	const u8 *delegation, *file;
	size_t delegation_length, length;
	int r;

	r = configure_load(store, SVCGATE_RECORD_CAPABILITY, &stored->entry);
	if (r < 0 || !stored->entry.content)
		return r;
	r = svcgate_record_capability_split(stored->entry.content,
					    stored->entry.content_length, &delegation,
					    &delegation_length, &file, &length);
	if (r < 0) {
		log_error("store: the capability record has lengths that do not fit");
	} else if (delegation_length) {
		log_error("store: the sideloaded capability needs a delegation, which this version does not know: not in force");
	} else {
		stored->file = file;
		stored->length = length;
	}
	return 0;
}

/*
 * The stored file ends those of a lower generation, also when a keystore has
 * retired its key since, and the kernel does not read it any more (P5). That it was
 * verified when it was stored, its record's digest says.
 */
static u32 generation_of(const struct stored *stored, const struct configure_plan *plan)
{
	struct svcgate_capability cap;
	struct svcgate_blob blob;
	u16 detail;

	if (!stored->file ||
	    svcgate_blob_parse(stored->file, stored->length, SVCGATE_KIND_CAPABILITY, &blob,
			       &detail) ||
	    svcgate_capability_parse(blob.content, blob.content_length, &cap, &detail))
		return 0;
	if (cap.device_length != plan->id_length ||
	    memcmp(cap.device, plan->id, plan->id_length))
		return 0;
	return cap.generation;
}

static int set_capability(const struct store *store, const struct stored *stored)
{
	struct device_verdict verdict = {};
	int r;

	if (!stored->file)
		return 0;
	r = store->ops->gate_set_capability(store->ops->context, stored->file,
					    stored->length, &verdict);
	report_verdict(store, SVCGATE_KIND_CAPABILITY, "sideloaded capability", r, &verdict);
	return 0;
}

static int check_ports(const struct store *store, const struct configure_plan *plan)
{
	struct device_port ports[SVCGATE_PORTS_MAX];
	size_t count, i;
	int r;

	r = store->ops->gate_ports(store->ops->context, ports, ARRAY_SIZE(ports), &count);
	if (r < 0)
		return configure_gate_error(store, "question which ports it holds", r);
	for (i = 0; i < count; i++) {
		if (!(ports[i].flags & SVCGATE_PORT_PROCESS_HELD) || plan->allow_process_held)
			continue;
		log_error("port %s is held by a process, which can take the lock away at any time; the device is not sealed. Have the kernel hold it (--port %s), or say --allow-process-held in a test",
			  ports[i].name, ports[i].name);
		return -EPERM;
	}
	return 0;
}

/* The keystore before the capability: it says what that must keep to. */
static int set_all(const struct store *store, const struct configure_plan *plan)
{
	struct stored stored = {};
	int r;

	r = load_capability(store, &stored);
	if (!r)
		r = configure_floors(store, plan->backend, generation_of(&stored, plan));
	if (!r)
		r = set_keystore(store);
	if (!r)
		r = configure_state(store, plan->backend);
	if (!r)
		r = set_capability(store, &stored);
	store_entry_free(&stored.entry);
	return r;
}

/**
 * configure() - configure the device and seal it
 * @store: the store; its directory may be -1 when there is none
 * @plan: the rest
 *
 * Says itself what is wrong, and what was left out.
 *
 * Return: 0 when the device is sealed, now or before, or a negative errno.
 */
int configure(const struct store *store, const struct configure_plan *plan)
{
	int r;

	r = set_device(store, plan);
	if (r > 0) {
		log_notice("the device is sealed already: going on as before");
		configure_advance(store, plan->backend);
		maker_rules(store->ops, true, plan->maker);
	}
	if (r)
		return r < 0 ? r : 0;
	r = set_all(store, plan);
	if (!r)
		r = check_ports(store, plan);
	if (r < 0)
		return r;
	maker_rules(store->ops, false, plan->maker);
	r = store->ops->gate_seal(store->ops->context);
	if (r < 0 && r != -EALREADY)
		return configure_gate_error(store, "seal", r);
	log_info("the device is sealed");
	configure_advance(store, plan->backend);
	return 0;
}
