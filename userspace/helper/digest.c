// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SHA-256 through AF_ALG, so that a device needs no crypto library. From 7.3 on
 * the kernel may restrict AF_ALG, and some kernels are built without it: then
 * libcrypto is loaded, for as long as the store is read and no longer, because
 * its relocations alone cost more memory than the whole helper may take.
 */
#include <dlfcn.h>
#include <errno.h>
#include <kcapi.h>
#include <stdlib.h>

#include "digest.h"
#include "log.h"

#define LIBCRYPTO	"libcrypto.so.3"

static int open_kernel(struct digest *digest)
{
	u8 out[SVCGATE_SHA256_SIZE];
	ssize_t n;
	int r;

	/* The library prints; what is wrong is ours to say. */
	kcapi_set_verbosity(KCAPI_LOG_NONE);
	r = kcapi_md_init(&digest->kernel, "sha256", 0);
	if (r < 0) {
		digest->kernel = NULL;
		return r;
	}

	/* A restricted kernel may let the bind pass and fail later. */
	n = kcapi_md_digest(digest->kernel, (const u8 *)"", 0, out, sizeof(out));
	if (n != sizeof(out)) {
		kcapi_md_destroy(digest->kernel);
		digest->kernel = NULL;
		return n < 0 ? (int)n : -EIO;
	}
	return 0;
}

static int open_library(struct digest *digest)
{
	const void *(*sha256)(void);

	digest->library = dlopen(LIBCRYPTO, RTLD_LAZY | RTLD_LOCAL);
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
 * digest_open() - find something that computes SHA-256
 * @digest: uninitialised; fit for digest_close() on return
 *
 * Says once when the kernel is not it, and why.
 *
 * Return: 0, or a negative errno when neither kernel nor libcrypto does it.
 */
int digest_open(struct digest *digest)
{
	*digest = (struct digest){};
	digest->kernel_error = open_kernel(digest);
	if (!digest->kernel_error)
		return 0;
	if (open_library(digest) < 0) {
		log_error("cannot compute SHA-256: the kernel does not (AF_ALG: %s) and %s cannot be loaded; load the module algif_hash, set crypto.af_alg_restrict=1 or below, or install OpenSSL 3",
			  strerror(-digest->kernel_error), LIBCRYPTO);
		return digest->kernel_error;
	}
	log_notice("the kernel computes no SHA-256 for us (AF_ALG: %s); using %s",
		   strerror(-digest->kernel_error), LIBCRYPTO);
	return 0;
}

/**
 * digest_close() - give back what digest_open() took
 * @digest: from digest_open(), successful or not
 */
void digest_close(struct digest *digest)
{
	if (digest->kernel)
		kcapi_md_destroy(digest->kernel);
	if (digest->library)
		dlclose(digest->library);
	*digest = (struct digest){};
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
