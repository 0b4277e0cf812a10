// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executor of the operations os-version and restart.
 *
 * An executor is started as "PROGRAM OPERATION [ARGUMENT...]" with descriptors
 *
 *	3  the request, CBOR, to its end
 *	4  the host's stream; its end is the transaction's
 *	5  the stream to the host, for what follows the answer
 *	6  the answer: le16 reason, le16 detail, then CBOR
 *
 * The answer is complete when 6 is closed. Whoever has no stream closes 5
 * before; whoever keeps it open learns from the end of 4 that the host has the
 * answer. restart does that, and so needs no guess at how long a line takes.
 */
#include <cbor.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../version.h"
#include "json.h"
#include "write.h"

#define FD_REQUEST	3
#define FD_IN		4
#define FD_OUT		5
#define FD_RESULT	6

/* os-release values and the like; longer ones are cut. */
#define TEXT_SIZE	128

/* Keys of the answer to os-version; uapi/ops has the schema. */
enum os_version_key {
	OS_VERSION_NAME = 1,
	OS_VERSION_VERSION = 2,
	OS_VERSION_KERNEL = 3,
	OS_VERSION_MACHINE = 4,
	OS_VERSION_SVCGATE = 5,
};

/**
 * struct request - what came on descriptor 3
 * @bytes: the payload
 * @length: its bytes
 */
struct request {
	u8 bytes[SVCGATE_MESSAGE_MAX];
	size_t length;
};

static int read_request(struct request *request)
{
	ssize_t n;

	while (request->length < sizeof(request->bytes)) {
		n = read(FD_REQUEST, request->bytes + request->length,
			 sizeof(request->bytes) - request->length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		request->length += (size_t)n;
	}
	return 0;
}

static int answer(u16 reason, u16 detail, const void *payload, size_t length)
{
	u8 head[4];
	int r;

	svcgate_put_le16(head, reason);
	svcgate_put_le16(head + 2, detail);
	r = svcgate_write_all(FD_RESULT, head, sizeof(head));
	if (!r)
		r = svcgate_write_all(FD_RESULT, payload, length);
	return r;
}

/*
 * Neither operation takes an argument: nothing, or an empty map. A key that
 * this version does not know is refused, because it would have meant something.
 */
static bool no_arguments(const struct request *request)
{
	struct cbor_load_result result;
	cbor_item_t *item;
	bool good;

	if (!request->length)
		return true;
	item = cbor_load(request->bytes, request->length, &result);
	if (!item)
		return false;
	good = result.read == request->length && cbor_isa_map(item) && !cbor_map_size(item);
	cbor_decref(&item);
	return good;
}

/* The value of NAME=value, of 'value' or of "value"; without escapes. */
static void take_value(const char *line, char out[TEXT_SIZE])
{
	size_t length = strcspn(line, "\n");

	if (length >= 2 && (*line == '"' || *line == '\'') && line[length - 1] == *line) {
		line++;
		length -= 2;
	}
	if (length >= TEXT_SIZE)
		length = TEXT_SIZE - 1;
	memcpy(out, line, length);
	out[length] = '\0';
}

static void read_os_release(char name[TEXT_SIZE], char version[TEXT_SIZE])
{
	static const char *const paths[] = { "/etc/os-release", "/usr/lib/os-release" };
	char line[2 * TEXT_SIZE];
	FILE *file = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(paths) && !file; i++)
		file = fopen(paths[i], "re");
	if (!file)
		return;
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "NAME=", 5))
			take_value(line + 5, name);
		else if (!strncmp(line, "VERSION_ID=", 11))
			take_value(line + 11, version);
	}
	fclose(file);
}

/*
 * CBOR text is UTF-8, and goes to somebody's terminal: cut where that ends. A
 * value that was too long may end in the middle of a character.
 */
static const char *as_text(char *text)
{
	size_t left = strlen(text), n;
	char *at = text;

	while (left && (unsigned char)*at >= 0x20 && *at != 0x7f) {
		n = svcgate_utf8_length(at, left);
		if (!n)
			break;
		at += n;
		left -= n;
	}
	*at = '\0';
	return text;
}

static bool add(cbor_item_t *map, u8 key, char *value)
{
	return cbor_map_add(map, (struct cbor_pair){
		.key = cbor_move(cbor_build_uint8(key)),
		.value = cbor_move(cbor_build_string(as_text(value))),
	});
}

static int os_version(void)
{
	char name[TEXT_SIZE] = "Linux", version[TEXT_SIZE] = "", own[] = SVCGATE_VERSION;
	cbor_item_t *map = cbor_new_definite_map(5);
	u8 payload[SVCGATE_RESPONSE_MAX];
	struct utsname system;
	size_t length = 0;

	read_os_release(name, version);
	if (uname(&system) < 0)
		return -errno;
	if (map && add(map, OS_VERSION_NAME, name) && add(map, OS_VERSION_VERSION, version) &&
	    add(map, OS_VERSION_KERNEL, system.release) &&
	    add(map, OS_VERSION_MACHINE, system.machine) &&
	    add(map, OS_VERSION_SVCGATE, own))
		length = cbor_serialize(map, payload, sizeof(payload));
	if (map)
		cbor_decref(&map);
	if (!length)
		return -ENOMEM;
	close(FD_OUT);
	return answer(SVCGATE_REASON_DONE, 0, payload, length);
}

/* The host has its answer, or has gone away; either way it was promised. */
static void wait_for_end(void)
{
	u8 buf[256];
	ssize_t n;

	do {
		n = read(FD_IN, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
}

static int restart(char *const *command)
{
	int r;

	if (!*command) {
		close(FD_OUT);
		return answer(SVCGATE_REASON_NOT_AVAILABLE, 0, NULL, 0);
	}
	/* Persist before promise. */
	sync();
	r = answer(SVCGATE_REASON_DONE, 0, NULL, 0);
	close(FD_RESULT);
	if (r < 0)
		return r;
	wait_for_end();
	close(FD_OUT);
	execv(*command, command);
	r = -errno;
	fprintf(stderr, "system: cannot run %s: %s\n", *command, strerror(-r));
	return r;
}

int main(int argc, char **argv)
{
	static struct request request;
	int r;

	r = read_request(&request);
	if (r < 0 || argc < 2)
		return EXIT_FAILURE;
	if (!no_arguments(&request)) {
		close(FD_OUT);
		r = answer(SVCGATE_REASON_EXECUTOR_ARGUMENTS, 0, NULL, 0);
	} else if (!strcmp(argv[1], "os-version")) {
		r = os_version();
	} else if (!strcmp(argv[1], "restart")) {
		r = restart(argv + 2);
	} else {
		close(FD_OUT);
		r = answer(SVCGATE_REASON_NOT_AVAILABLE, 0, NULL, 0);
	}
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
