// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations with data: carried out, and carried on after a lost session.
 *
 * What was sent when a session was lost nobody knows but the device. An operation
 * that is told where its data begins can go on there, if another one tells how much
 * there is.
 */
#include <cbor.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "svcgate.h"

/* Keys of requests and answers that go on; see uapi/PROTOCOL.md. */
#define KEY_BYTES	1
#define KEY_OFFSET	2

/* How often a port is looked for that is gone. */
#define LOOK_MS		200

static int64_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static int bad_payload(const struct transfer *t)
{
	return report(SVCGATE_EXIT_REJECTED, "payload",
		      "Make it a CBOR map; the operation's description says which keys it has.",
		      "%s is not what --size-op needs: a map, to which the offset is added as key 2.",
		      t->options->payload_file ?: "Without --payload-file the request");
}

static cbor_item_t *copy_without_offset(const cbor_item_t *map)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);
	cbor_item_t *copy = cbor_new_definite_map(cbor_map_size(map) + 1);
	size_t i;

	for (i = 0; copy && i < cbor_map_size(map); i++) {
		if (cbor_isa_uint(pairs[i].key) && cbor_get_int(pairs[i].key) == KEY_OFFSET)
			continue;
		if (!cbor_map_add(copy, pairs[i]))
			cbor_decref(&copy);
	}
	return copy;
}

static bool add_offset(cbor_item_t *map, u64 offset)
{
	struct cbor_pair pair = {
		.key = cbor_move(cbor_build_uint8(KEY_OFFSET)),
		.value = cbor_move(cbor_build_uint64(offset)),
	};

	return cbor_map_add(map, pair);
}

/* The request with the place of the data's first byte. Return: an exit code. */
static int make_payload(const struct transfer *t, u64 offset, u8 **ret_data,
			size_t *ret_length)
{
	struct cbor_load_result result;
	cbor_item_t *map, *copy;
	size_t size;
	int r;

	map = cbor_load(t->payload, t->length, &result);
	if (!map || !cbor_isa_map(map) || result.read != t->length) {
		if (map)
			cbor_decref(&map);
		return bad_payload(t);
	}
	copy = copy_without_offset(map);
	r = copy && add_offset(copy, offset) ? 0 : report_memory();
	if (!r) {
		*ret_length = cbor_serialize_alloc(copy, ret_data, &size);
		r = *ret_length ? 0 : report_memory();
	}
	if (copy)
		cbor_decref(&copy);
	cbor_decref(&map);
	return r;
}

static bool take_size(const struct svcgate_link_response *response, u64 *ret_bytes)
{
	struct cbor_load_result result;
	const struct cbor_pair *pairs;
	cbor_item_t *map;
	bool found = false;
	size_t i;

	map = cbor_load(response->payload, response->length, &result);
	if (!map)
		return false;
	for (i = 0; cbor_isa_map(map) && i < cbor_map_size(map) && !found; i++) {
		pairs = cbor_map_handle(map);
		found = cbor_isa_uint(pairs[i].key) &&
			cbor_get_int(pairs[i].key) == KEY_BYTES &&
			cbor_isa_uint(pairs[i].value);
		if (found)
			*ret_bytes = cbor_get_int(pairs[i].value);
	}
	cbor_decref(&map);
	return found;
}

/* How much does the device have, and does that fit our file? */
static int ask_size(struct transfer *t, u64 *ret_bytes)
{
	const struct ask ask = {
		.op = t->size_op,
		.payload = t->payload,
		.length = t->length,
	};
	struct svcgate_link_response response;
	int r;

	r = device_ask(t->device, &ask, &response);
	if (r)
		return r;
	if (!take_size(&response, ret_bytes))
		return device_short_answer(t->device);
	if (*ret_bytes > t->progress.total)
		return report(SVCGATE_EXIT_FAILED, "other-data",
			      "Choose the right file, or send it under another name.",
			      "The device has %llu bytes already, more than %s.",
			      (unsigned long long)*ret_bytes, t->options->input_file);
	if (lseek(t->in_fd, *ret_bytes, SEEK_SET) < 0)
		return file_report(t->options->input_file, -errno);
	if (*ret_bytes)
		note("The device has %llu of %llu bytes already; going on there.",
		     (unsigned long long)*ret_bytes, (unsigned long long)t->progress.total);
	return 0;
}

/* Return: as device_transfer(). */
static int try_once(struct transfer *t, struct svcgate_link_response *response,
		    struct svcgate_reason_context *context)
{
	struct svcgate_link_io io = {
		.in_fd = t->in_fd,
		.out_fd = t->out_fd,
		.report = progress_report,
		.context = &t->progress,
		.failed_fd = -1,
	};
	struct ask ask = {
		.op = t->op,
		.payload = t->payload,
		.length = t->length,
		.io = &io,
	};
	u8 *payload = NULL;
	int r = 0;

	t->baud = t->options->baud;
	if (t->options->speed)
		r = device_speed(t->device, t->options->speed, &t->baud);
	if (r)
		return r;
	if (t->size_op) {
		r = ask_size(t, &t->resumed);
		if (!r)
			r = make_payload(t, t->resumed, &payload, &ask.length);
		if (r)
			return r;
		ask.payload = payload;
		t->progress.before = t->resumed;
	}
	t->sessions++;
	r = device_transfer(t->device, &ask, response, context);
	free(payload);
	progress_clear(&t->progress);
	t->sum.sent += io.progress.sent;
	t->sum.received += io.progress.received;
	t->sum.repeated += io.progress.repeated;
	t->sum.elapsed_us += io.progress.elapsed_us;
	t->unread = io.unread;
	if (r == -ECANCELED)
		return report(SVCGATE_EXIT_FAILED, "file", NULL, "%s: %s.",
			      io.failed_fd == t->in_fd ?
			      t->options->input_file : t->options->output_file ?: "Standard output",
			      strerror(-io.error));
	return r;
}

/* Is it worth to wait for another session? */
static bool is_lost(int r)
{
	return r == -EPIPE || r == -ENOTCONN || r == -ETIMEDOUT;
}

/* Until the same device answers again. Return: an exit code. */
static int wait_for_device(struct transfer *t, int64_t end)
{
	int r;

	while (!stopped) {
		r = device_reopen(t->options, t->device);
		if (!r)
			r = svcgate_link_hello(t->device->link);
		if (!r)
			return device_same(t->device);
		if (seconds() >= end)
			return report_link(t->device->port, r);
		poll(NULL, 0, LOOK_MS);
	}
	return report_link(t->device->port, -EINTR);
}

static int report_lost(const struct transfer *t, int r)
{
	int exit_code = report_link(t->device->port, r);

	if (is_lost(r))
		note("  What the device has done of it is not known.");
	return exit_code;
}

static void note_lost(const struct transfer *t, int r)
{
	const struct svcgate_link_error *entry = svcgate_link_error_find(r);

	note("%s: %s. Waiting for the device, up to %u seconds.", t->device->port,
	     entry ? entry->sentence : strerror(-r), t->options->timeout);
}

/**
 * transfer_run() - carry an operation out
 * @transfer: what, on which device
 * @ret_response: its answer, when it is not a refusal
 *
 * Return: an exit code.
 */
int transfer_run(struct transfer *transfer, struct svcgate_link_response *ret_response)
{
	struct svcgate_link_response response;
	struct svcgate_reason_context context;
	int r;

	if (transfer->size_op && !*transfer->device->id) {
		r = device_identify(transfer->device);
		if (r)
			return r;
	}
	for (;;) {
		r = try_once(transfer, &response, &context);
		if (r >= 0)
			break;
		if (!transfer->size_op || !is_lost(r))
			return report_lost(transfer, r);
		note_lost(transfer, r);
		r = wait_for_device(transfer, seconds() + transfer->options->timeout);
		if (r)
			return r;
	}
	if (r)
		return r;
	if (response.reason)
		return report_reason(response.reason, &context);
	*ret_response = response;
	return 0;
}
