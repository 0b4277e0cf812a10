// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device op run, device op list
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "svcgate.h"

/**
 * struct target - the file for what comes back
 * @fd: -1 for none
 * @path: as it was named
 * @part: what it is called until it is complete; NULL where it is no plain file
 */
struct target {
	int fd;
	const char *path;
	char *part;
};

/* An interrupted transfer must not look like a file that is complete. */
static int open_target(const struct options *options, struct target *target)
{
	struct stat status;
	mode_t mask;

	*target = (struct target){ .fd = -1, .path = options->output_file };
	if (!target->path) {
		target->fd = options->json ? -1 : STDOUT_FILENO;
		return 0;
	}
	if (!stat(target->path, &status) && !S_ISREG(status.st_mode)) {
		target->fd = open(target->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	} else {
		if (asprintf(&target->part, "%s.XXXXXX", target->path) < 0) {
			target->part = NULL;
			return report_memory();
		}
		target->fd = mkostemp(target->part, O_CLOEXEC);
		mask = umask(0);
		umask(mask);
		if (target->fd >= 0)
			fchmod(target->fd, 0666 & ~mask);
	}
	if (target->fd >= 0)
		return 0;
	free(target->part);
	target->part = NULL;
	return report(SVCGATE_EXIT_FAILED, "file", "Check the name.",
		      "%s cannot be written: %s.", target->path, strerror(errno));
}

/* Return: an exit code. */
static int close_target(struct target *target, int r)
{
	int error = 0;

	if (target->fd < 0 || target->fd == STDOUT_FILENO)
		return r;
	if (!r && target->part && (fsync(target->fd) < 0 ||
				   rename(target->part, target->path) < 0))
		error = errno;
	if (target->part && (r || error))
		unlink(target->part);
	close(target->fd);
	free(target->part);
	if (error)
		return report(SVCGATE_EXIT_FAILED, "file", "Check the disk.",
			      "%s cannot be written: %s.", target->path, strerror(error));
	return r;
}

/* What is read for the device, and how much of it there is. */
static int open_source(struct transfer *t)
{
	const char *path = t->options->input_file;
	struct stat status;

	if (!path)
		return 0;
	t->in_fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) :
				       STDIN_FILENO;
	if (t->in_fd < 0 || fstat(t->in_fd, &status) < 0)
		return file_report(path, -errno);
	if (S_ISREG(status.st_mode))
		t->progress.total = status.st_size;
	else if (S_ISDIR(status.st_mode))
		return file_report(path, -EISDIR);
	else if (t->size_op)
		usage_error("--size-op needs a plain --input-file, which can be read from any "
			    "place.");
	return 0;
}

static int read_payload(struct transfer *t, u8 *data, size_t size)
{
	int r;

	if (!t->options->payload_file)
		return 0;
	r = file_load(t->options->payload_file, data, size, &t->length);
	if (r == -EFBIG)
		return report(SVCGATE_EXIT_REJECTED, "too-long", "Send it as --input-file.",
			      "%s is longer than a request can be.",
			      t->options->payload_file);
	if (r < 0)
		return file_report(t->options->payload_file, r);
	t->payload = data;
	return 0;
}

static int put_json(const struct transfer *t, const struct svcgate_link_response *response)
{
	u64 bytes = t->sum.sent + t->sum.received;
	struct svcgate_json json;
	char number[8];

	snprintf(number, sizeof(number), "0x%04x", t->op);
	svcgate_json_begin(&json, stdout);
	svcgate_json_object(&json, NULL);
	svcgate_json_string(&json, "operation", number);
	svcgate_json_string(&json, "port", t->device->port);
	cbor_json(&json, "answer", response->payload, response->length);
	svcgate_json_number(&json, "bytesSent", t->sum.sent);
	svcgate_json_number(&json, "bytesReceived", t->sum.received);
	svcgate_json_number(&json, "bytesRetransmitted", t->sum.repeated);
	svcgate_json_number(&json, "milliseconds", t->sum.elapsed_us / 1000);
	svcgate_json_number(&json, "bytesPerSecond",
			    t->sum.elapsed_us ? bytes * 1000000 / t->sum.elapsed_us : 0);
	svcgate_json_number(&json, "baud", t->baud);
	svcgate_json_number(&json, "sessions", t->sessions);
	svcgate_json_number(&json, "resumedAt", t->resumed);
	svcgate_json_close(&json);
	return svcgate_json_end(&json) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

/* Data has standard output for itself. */
static int put_answer(const struct transfer *t, const struct svcgate_link_response *response)
{
	struct svcgate_json json;

	if (!response->length)
		return 0;
	svcgate_json_begin(&json, t->sum.received && t->out_fd == STDOUT_FILENO ?
			   stderr : stdout);
	cbor_json(&json, NULL, response->payload, response->length);
	return svcgate_json_end(&json) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

static int run(struct transfer *t)
{
	struct svcgate_link_response response;
	struct device device;
	int r;

	r = device_open(t->options, &device);
	if (r)
		return r;
	t->device = &device;
	r = transfer_run(t, &response);
	if (!r && t->unread)
		r = report(SVCGATE_EXIT_USAGE, "unread", "Say where it goes: --output-file FILE.",
			   "The operation sends data, and with --output json there is no place "
			   "for it: it was ended.");
	if (!r)
		r = t->options->json ? put_json(t, &response) : put_answer(t, &response);
	device_close(&device);
	return r;
}

/**
 * cmd_op_run() - svcgate device op run
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_op_run(const struct options *options)
{
	static u8 payload[SVCGATE_MESSAGE_MAX - sizeof(struct svcgate_request)];
	struct transfer t = { .options = options, .in_fd = -1, .out_fd = -1 };
	struct target target;
	int r;

	if (options->size_op && !options->input_file)
		usage_error("--size-op needs --input-file FILE.");
	r = ops_find(options->operands[0], &t.op);
	if (!r && options->size_op)
		r = ops_find(options->size_op, &t.size_op);
	if (!r)
		r = read_payload(&t, payload, sizeof(payload));
	if (!r)
		r = open_source(&t);
	if (!r)
		r = open_target(options, &target);
	if (r)
		return r;
	t.out_fd = target.fd;
	return close_target(&target, run(&t));
}

/**
 * cmd_op_list() - svcgate device op list
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_op_list(const struct options *options)
{
	return ops_list(options);
}
