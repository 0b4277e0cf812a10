// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A keystore or capability file from the device itself, for the maker's own
 * updater. It goes the way that it would go from a port: the kernel checks it,
 * the helper that serves the doors stores it, and only then it is in force.
 * Here is waited for that.
 */
#include <errno.h>
#include <stdlib.h>

#include "blob.h"
#include "files.h"
#include "format.h"
#include "load.h"
#include "log.h"
#include "ops_real.h"
#include "say.h"

/* An event may be lost, so the kernel is also asked once in a while. */
#define LOOK_MS		1000

/**
 * struct loading - a file on its way
 * @ops: the gate and the clock
 * @options: what was asked for
 * @file: the file
 * @length: its bytes
 * @end: when to wait no longer
 */
struct loading {
	const struct helper_ops *ops;
	const struct options *options;
	const void *file;
	size_t length;
	int64_t end;
};

static const char *what(const struct loading *loading)
{
	return loading->options->load_kind == SVCGATE_KIND_KEYSTORE ? "trusted keystore" :
								      "capability file";
}

static enum svcgate_exit say_refused(const struct loading *loading, u16 reason, u16 detail)
{
	const struct options *options = loading->options;
	char text[SAY_REASON_SIZE];

	log_error("%s", say_reason(options->load_kind, options->load_file, reason, detail,
				   text));
	return svcgate_reason_exit(reason);
}

static enum svcgate_exit say_error(const struct loading *loading, int r)
{
	const char *message = loading->ops->gate_message(loading->ops->context);

	log_error("the kernel did not take the %s: %s%s%s", what(loading), strerror(-r),
		  *message ? ": " : "", message);
	return SVCGATE_EXIT_FAILED;
}

/* Wait for news. Return: false when the time is over. */
static bool wait_for_news(const struct loading *loading)
{
	int64_t left = loading->end - loading->ops->now(loading->ops->context);

	if (left <= 0)
		return false;
	loading->ops->gate_wait(loading->ops->context, left < LOOK_MS ? (int)left : LOOK_MS);
	return true;
}

/*
 * Wait for the end of a change. Return: 1 when it has ended and nobody knows
 * how, because another has ended since; else 0 with @ret_exit.
 */
static int await(const struct loading *loading, u64 change, enum svcgate_exit *ret_exit)
{
	const struct helper_ops *ops = loading->ops;
	struct device_info info;
	int r;

	do {
		r = ops->gate_device(ops->context, &info);
		if (r < 0) {
			*ret_exit = say_error(loading, r);
			return 0;
		}
		if (info.change_ended > change)
			return 1;
		if (info.change_ended < change)
			continue;
		if (info.change_reason)
			*ret_exit = say_refused(loading, info.change_reason, 0);
		else
			log_notice("%s: the %s is stored and in force",
				   loading->options->load_file, what(loading));
		return 0;
	} while (wait_for_news(loading));
	log_error("%s was accepted, but is not stored after %u seconds; it will be when svcgated can write its store: see its log, and load the file again to learn how it ended",
		  loading->options->load_file, loading->options->deadline);
	*ret_exit = SVCGATE_EXIT_FAILED;
	return 0;
}

/* What passes by itself. */
static bool passes(u16 reason)
{
	return reason == SVCGATE_REASON_CHANGE_PENDING || reason == SVCGATE_REASON_BUSY ||
	       reason == SVCGATE_REASON_CHANGE_RATE;
}

static int give(const struct loading *loading, struct device_verdict *ret_verdict)
{
	const struct helper_ops *ops = loading->ops;

	if (loading->options->load_kind == SVCGATE_KIND_KEYSTORE)
		return ops->gate_load_keystore(ops->context, loading->file, loading->length,
					       ret_verdict);
	return ops->gate_load_capability(ops->context, loading->file, loading->length,
					 ret_verdict);
}

static enum svcgate_exit load_it(const struct loading *loading)
{
	enum svcgate_exit code = SVCGATE_EXIT_DONE;
	struct device_verdict verdict;
	int r;

	for (;;) {
		verdict = (struct device_verdict){};
		r = give(loading, &verdict);
		if (r < 0)
			return say_error(loading, r);
		if (passes(verdict.reason) && wait_for_news(loading))
			continue;
		if (verdict.reason)
			return say_refused(loading, verdict.reason, verdict.detail);
		if (!verdict.change) {
			log_notice("%s: this %s is in force already",
				   loading->options->load_file, what(loading));
			return SVCGATE_EXIT_DONE;
		}
		/* Nobody knows: the answer to the same question again tells. */
		if (!await(loading, verdict.change, &code))
			return code;
	}
}

/**
 * load_bytes() - give the kernel a file, and wait until it is stored
 * @ops: the gate and the clock
 * @options: which kind, its name, and how long to wait
 * @file: the file
 * @length: its bytes
 *
 * Says itself what is wrong.
 *
 * Return: the program's exit code.
 */
enum svcgate_exit load_bytes(const struct helper_ops *ops, const struct options *options,
			     const void *file, size_t length)
{
	const struct loading loading = {
		.ops = ops,
		.options = options,
		.file = file,
		.length = length,
		.end = ops->now(ops->context) + (int64_t)options->deadline * 1000,
	};
	enum svcgate_reason reason;
	struct svcgate_blob blob;
	u16 detail = 0;

	/* The kernel says so too, but not of a file that is empty. */
	reason = svcgate_blob_parse(file, length, options->load_kind, &blob, &detail);
	return reason ? say_refused(&loading, reason, detail) : load_it(&loading);
}

/**
 * load() - svcgated --load-keystore and --load-capability
 * @options: the command line
 *
 * Says itself what is wrong.
 *
 * Return: the program's exit code.
 */
enum svcgate_exit load(const struct options *options)
{
	size_t max = SVCGATE_ENVELOPE_MAX(svcgate_blob_content_max(options->load_kind)), length;
	enum svcgate_exit code = SVCGATE_EXIT_FAILED;
	void *file;
	int r;

	r = files_read_path(options->load_file, max, &file, &length);
	if (r < 0) {
		log_error("cannot read %s: %s", options->load_file,
			  r == -EFBIG ? "too long for such a file" : strerror(-r));
		return r == -EFBIG ? SVCGATE_EXIT_REJECTED : SVCGATE_EXIT_FAILED;
	}
	r = ops_real_connect(options->wait);
	if (!r) {
		ops_real_listen();
		code = load_bytes(&helper_ops_real, options, file, length);
	}
	ops_real_disconnect();
	free(file);
	return code;
}
