// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SHA-256 through AF_ALG, so that a device needs no crypto library. From 7.3 on
 * the kernel may restrict AF_ALG, and some kernels are built without it: then
 * libcrypto is loaded: by the parent for as long as it reads the store and no
 * longer, because its relocations alone cost more memory than the whole helper
 * may take; by the door process for good, because it cannot load it later.
 */
#include <dlfcn.h>
#include <errno.h>
#include <kcapi.h>
#include <linux/if_alg.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "digest.h"
#include "log.h"

/* Does it work? A restricted kernel may let the bind pass and fail later. */
static int try_it(struct digest *digest)
{
	u8 out[SVCGATE_SHA256_SIZE];

	return digest_sha256(digest, "", 1, out);
}

static int open_kcapi(struct digest *digest)
{
	int r;

	/* The library prints; what is wrong is ours to say. */
	kcapi_set_verbosity(KCAPI_LOG_NONE);
	r = kcapi_md_init(&digest->kernel, "sha256", 0);
	if (r < 0)
		digest->kernel = NULL;
	else
		r = try_it(digest);
	return r;
}

/*
 * The library also asks the kernel's crypto netlink (CONFIG_CRYPTO_USER) for
 * properties of the algorithm, which many device kernels do not have and a
 * digest does not need.
 */
static int open_socket(struct digest *digest)
{
	const struct sockaddr_alg address = {
		.salg_family = AF_ALG,
		.salg_type = "hash",
		.salg_name = "sha256",
	};
	int fd, r = 0;

	fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	if (!r) {
		digest->socket = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		r = digest->socket < 0 ? -errno : try_it(digest);
	}
	close(fd);
	return r;
}

static int open_kernel(struct digest *digest)
{
	int r = open_kcapi(digest);

	if (r < 0) {
		digest_close(digest);
		r = open_socket(digest);
	}
	if (r < 0)
		digest_close(digest);
	return r;
}

static int open_library(struct digest *digest)
{
	const void *(*sha256)(void);

	digest->library = dlopen(DIGEST_LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	if (!digest->library)
		return -ENOENT;
	*(void **)&sha256 = dlsym(digest->library, "EVP_sha256");
	*(void **)&digest->compute = dlsym(digest->library, "EVP_Digest");
	if (!sha256 || !digest->compute) {
		digest_close(digest);
		return -ENOSYS;
	}
	digest->md = sha256();
	return 0;
}

/**
 * digest_find() - find something that computes SHA-256
 * @digest: uninitialised; fit for digest_close() on return
 * @ret_kernel: why the kernel is not it, negative errno, or 0
 *
 * Return: 0, or a negative errno when neither kernel nor libcrypto does it.
 */
int digest_find(struct digest *digest, int *ret_kernel)
{
	*digest = (struct digest){ .socket = -1 };
	*ret_kernel = open_kernel(digest);
	return *ret_kernel ? open_library(digest) : 0;
}

/**
 * digest_open() - find something that computes SHA-256, and say what it is not
 * @digest: uninitialised; fit for digest_close() on return
 *
 * Return: 0, or a negative errno when neither kernel nor libcrypto does it.
 */
int digest_open(struct digest *digest)
{
	int kernel, r = digest_find(digest, &kernel);

	if (r < 0)
		log_error("cannot compute SHA-256: the kernel does not (AF_ALG: %s) and %s cannot be loaded; load the module algif_hash, see sysctl crypto.af_alg_restrict, or install OpenSSL 3",
			  strerror(-kernel), DIGEST_LIBRARY);
	else if (kernel < 0)
		log_notice("the kernel computes no SHA-256 for us (AF_ALG: %s); using %s",
			   strerror(-kernel), DIGEST_LIBRARY);
	return r;
}

/* A restricted kernel may look at who computes, not only at who asked. */
static int try_as(struct digest *digest, uid_t uid)
{
	int r;

	/* Effective capabilities go with the user, and come back with root. */
	if (uid && !geteuid() && seteuid(uid) < 0)
		return -errno;
	r = try_it(digest);
	if (uid && !getuid() && seteuid(0) < 0)
		return -errno;
	return r;
}

/**
 * digest_open_for() - the same, for a process that will open nothing later
 * @digest: uninitialised; fit for digest_close() on return
 * @uid: whom it will become
 *
 * One socket that is open and needs no calls but read() and write(), or a
 * library that has loaded all it needs.
 *
 * Return: 0, or a negative errno when neither kernel nor libcrypto does it.
 */
int digest_open_for(struct digest *digest, uid_t uid)
{
	int kernel, r;

	*digest = (struct digest){ .socket = -1 };
	kernel = open_socket(digest);
	if (!kernel)
		kernel = try_as(digest, uid);
	if (!kernel)
		return 0;
	digest_close(digest);
	r = open_library(digest);
	return r < 0 ? r : try_it(digest);
}

/**
 * digest_close() - give back what digest_open() took
 * @digest: from digest_open(), successful or not
 */
void digest_close(struct digest *digest)
{
	if (digest->kernel)
		kcapi_md_destroy(digest->kernel);
	if (digest->socket >= 0)
		close(digest->socket);
	if (digest->library)
		dlclose(digest->library);
	*digest = (struct digest){ .socket = -1 };
}

/**
 * digest_sha256() - digest of some bytes; fits &typedef svcgate_sha256_fn
 * @context: a struct digest
 * @data: bytes
 * @length: how many
 * @ret_digest: their SHA-256
 *
 * Return: 0 or a negative errno, but not -EIO, which the store takes for a
 * medium that cannot be read.
 */
int digest_sha256(void *context, const void *data, size_t length,
		  u8 ret_digest[SVCGATE_SHA256_SIZE])
{
	struct digest *digest = context;
	u8 out[SVCGATE_SHA256_SIZE];
	unsigned int size = 0;
	ssize_t n;

	if (digest->kernel) {
		n = kcapi_md_digest(digest->kernel, data, length, out, sizeof(out));
		if (n != sizeof(out))
			return n < 0 && n != -EIO ? (int)n : -EPROTO;
	} else if (digest->socket >= 0) {
		/* write() and read() are calls that the door process has anyhow. */
		n = write(digest->socket, data, length);
		if (n != (ssize_t)length)
			return n < 0 && errno != EIO ? -errno : -EPROTO;
		if (read(digest->socket, out, sizeof(out)) != sizeof(out))
			return -EPROTO;
	} else if (digest->library) {
		if (digest->compute(data, length, out, &size, digest->md, NULL) != 1 ||
		    size != sizeof(out))
			return -EPROTO;
	} else {
		return -ENOSYS;
	}
	memcpy(ret_digest, out, sizeof(out));
	return 0;
}
