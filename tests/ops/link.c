// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * link OPERATION DIR: a maker's executor for tests of the link; see link.h.
 *
 * It keeps what comes in DIR, as it comes: a sink that was interrupted goes on where
 * sink-size says. To make it slow, stop it with a signal.
 */
#include <cbor.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "link.h"
#include "pure.h"
#include "write.h"

#define FD_REQUEST	3
#define FD_IN		4
#define FD_OUT		5
#define FD_RESULT	6

#define ID_MAX		64
#define SHA256_SIZE	32

/**
 * struct request - what came on descriptor 3
 * @id: of a stream, "" for none
 * @offset: of its first byte
 * @sha256: of all of it
 * @with_sha256: it is known
 * @bytes: of a source
 * @seed: of a source
 */
struct request {
	char id[ID_MAX + 1];
	u64 offset;
	u8 sha256[SHA256_SIZE];
	bool with_sha256;
	u64 bytes;
	u64 seed;
};

static u8 buffer[64 * 1024];

static ssize_t read_some(int fd, void *data, size_t size)
{
	ssize_t n;

	do {
		n = read(fd, data, size);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Up to the end of the file. */
static int copy(int from, int to)
{
	ssize_t n;
	int r = 0;

	while (!r && (n = read_some(from, buffer, sizeof(buffer))) != 0)
		r = n < 0 ? (int)n : svcgate_write_all(to, buffer, (size_t)n);
	return r;
}

/* --- request and answer ---------------------------------------------------- */

static bool take_uint(const cbor_item_t *value, u64 *ret)
{
	if (!cbor_isa_uint(value))
		return false;
	*ret = cbor_get_int(value);
	return true;
}

static bool take_id(const cbor_item_t *value, char ret[ID_MAX + 1])
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	size_t length;

	if (!cbor_isa_string(value) || !cbor_string_is_definite(value))
		return false;
	length = cbor_string_length(value);
	if (!length || length > ID_MAX)
		return false;
	memcpy(ret, cbor_string_handle(value), length);
	ret[length] = '\0';
	return strspn(ret, letters) == length;
}

static bool take_digest(const cbor_item_t *value, struct request *request)
{
	if (!cbor_isa_bytestring(value) || !cbor_bytestring_is_definite(value) ||
	    cbor_bytestring_length(value) != SHA256_SIZE)
		return false;
	memcpy(request->sha256, cbor_bytestring_handle(value), SHA256_SIZE);
	request->with_sha256 = true;
	return true;
}

static bool take_pair(const char *op, const struct cbor_pair *pair, struct request *request)
{
	u64 key;

	if (!take_uint(pair->key, &key))
		return false;
	if (!strcmp(op, "source"))
		return key == LINK_SOURCE_BYTES ? take_uint(pair->value, &request->bytes) :
		       key == LINK_SOURCE_SEED && take_uint(pair->value, &request->seed);
	switch (key) {
	case LINK_SINK_ID:
		return take_id(pair->value, request->id);
	case LINK_SINK_OFFSET:
		return take_uint(pair->value, &request->offset);
	case LINK_SINK_SHA256:
		return take_digest(pair->value, request);
	default:
		return false;
	}
}

static bool parse(const char *op, const u8 *bytes, size_t length, struct request *request)
{
	struct cbor_load_result result;
	cbor_item_t *item;
	bool good;
	size_t i;

	if (!length)
		return true;
	item = cbor_load(bytes, length, &result);
	if (!item)
		return false;
	good = result.read == length && cbor_isa_map(item) && cbor_map_is_definite(item);
	for (i = 0; good && i < cbor_map_size(item); i++)
		good = take_pair(op, &cbor_map_handle(item)[i], request);
	cbor_decref(&item);
	return good;
}

static bool read_request(const char *op, struct request *request)
{
	size_t used = 0;
	ssize_t n;

	while ((n = read_some(FD_REQUEST, buffer + used, sizeof(buffer) - used)) > 0)
		used += (size_t)n;
	return !n && parse(op, buffer, used, request);
}

static int answer(u16 reason, const u8 *payload, size_t length)
{
	u8 head[4];
	int r;

	svcgate_put_le16(head, reason);
	svcgate_put_le16(head + 2, 0);
	r = svcgate_write_all(FD_RESULT, head, sizeof(head));
	if (!r)
		r = svcgate_write_all(FD_RESULT, payload, length);
	close(FD_RESULT);
	return r;
}

/* Without a stream of its own; what it said of its work is all. */
static int conclude(u16 reason, const u8 *payload, size_t length)
{
	close(FD_OUT);
	return answer(reason, payload, length);
}

static int answer_size(u64 bytes, const u8 *digest)
{
	cbor_item_t *map = cbor_new_definite_map(2);
	size_t length = 0;
	u8 payload[128];
	bool good;

	good = map && cbor_map_add(map, (struct cbor_pair){
		.key = cbor_move(cbor_build_uint8(LINK_SINK_BYTES)),
		.value = cbor_move(cbor_build_uint64(bytes)),
	});
	if (good && digest)
		good = cbor_map_add(map, (struct cbor_pair){
			.key = cbor_move(cbor_build_uint8(LINK_SINK_DIGEST)),
			.value = cbor_move(cbor_build_bytestring(digest, SHA256_SIZE)),
		});
	if (good)
		length = cbor_serialize(map, payload, sizeof(payload));
	if (map)
		cbor_decref(&map);
	return length ? conclude(SVCGATE_REASON_DONE, payload, length) : -ENOMEM;
}

/* --- operations ------------------------------------------------------------ */

static int echo(void)
{
	int r = answer(SVCGATE_REASON_DONE, NULL, 0);

	return r < 0 ? r : copy(FD_IN, FD_OUT);
}

static int source(const struct request *request)
{
	u64 left = request->bytes, state = request->seed;
	size_t count, i;
	int r;

	r = answer(SVCGATE_REASON_DONE, NULL, 0);
	while (!r && left) {
		for (i = 0; i < sizeof(buffer); i += 8)
			svcgate_put_le64(buffer + i, link_source_next(&state));
		count = left < sizeof(buffer) ? left : sizeof(buffer);
		r = svcgate_write_all(FD_OUT, buffer, count);
		left -= count;
	}
	return r;
}

static int digest_file(int fd, u8 digest[SHA256_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	while (good && (n = read_some(fd, buffer, sizeof(buffer))) != 0)
		good = n > 0 && EVP_DigestUpdate(context, buffer, (size_t)n);
	good = good && EVP_DigestFinal_ex(context, digest, NULL);
	EVP_MD_CTX_free(context);
	return good ? 0 : -EIO;
}

/* The stream goes on at its offset; what was kept beyond it is as if never sent. */
static int open_sink(const struct request *request, int *ret_fd)
{
	struct stat status;
	int fd, r = 0;

	fd = open(request->id, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		r = -errno;
	else if (request->offset > (u64)status.st_size)
		r = -ERANGE;
	else if (ftruncate(fd, (off_t)request->offset) < 0 || lseek(fd, 0, SEEK_END) < 0)
		r = -errno;
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}

static int sink(const struct request *request)
{
	u8 digest[SHA256_SIZE];
	int fd = -1, r;
	off_t end;

	r = open_sink(request, &fd);
	if (r == -ERANGE)
		return conclude(SVCGATE_REASON_EXECUTOR_ARGUMENTS, NULL, 0);
	if (r < 0)
		return r;
	r = copy(FD_IN, fd);
	end = lseek(fd, 0, SEEK_END);
	if (!r && (end < 0 || fsync(fd) < 0))
		r = -errno;
	if (!r)
		r = digest_file(fd, digest);
	close(fd);
	if (r < 0)
		return r;
	if (request->with_sha256 && memcmp(digest, request->sha256, SHA256_SIZE) != 0)
		return conclude(SVCGATE_REASON_EXECUTOR_FAILED, NULL, 0);
	return answer_size((u64)end, digest);
}

static int sink_size(const struct request *request)
{
	struct stat status = { 0 };

	if (stat(request->id, &status) < 0 && errno != ENOENT)
		return -errno;
	return answer_size((u64)status.st_size, NULL);
}

/* It is open for writing, too: so it has no end when its writers come and go. */
static int follow(void)
{
	ssize_t n;
	int fd, r;

	if (mkfifo("follow", 0622) < 0 && errno != EEXIST)
		return -errno;
	fd = open("follow", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	r = answer(SVCGATE_REASON_DONE, NULL, 0);
	while (!r) {
		n = read_some(fd, buffer, sizeof(buffer));
		r = n < 0 ? (int)n : svcgate_write_all(FD_OUT, buffer, (size_t)n);
	}
	return r;
}

static int carry_out(const char *op, const struct request *request)
{
	bool has_id = *request->id;

	if (!strcmp(op, "echo"))
		return echo();
	if (!strcmp(op, "source"))
		return source(request);
	if (!strcmp(op, "follow"))
		return follow();
	if (!strcmp(op, "sink") && has_id)
		return sink(request);
	if (!strcmp(op, "sink-size") && has_id)
		return sink_size(request);
	return conclude(SVCGATE_REASON_EXECUTOR_ARGUMENTS, NULL, 0);
}

int main(int argc, char **argv)
{
	struct request request = { 0 };
	int r;

	if (argc != 3 || (mkdir(argv[2], 0755) < 0 && errno != EEXIST) || chdir(argv[2]) < 0) {
		fprintf(stderr, "usage: link OPERATION DIR; DIR can be made\n");
		return EXIT_FAILURE;
	}
	if (read_request(argv[1], &request))
		r = carry_out(argv[1], &request);
	else
		r = conclude(SVCGATE_REASON_EXECUTOR_ARGUMENTS, NULL, 0);
	if (r < 0)
		fprintf(stderr, "link: %s: %s\n", argv[1], strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
