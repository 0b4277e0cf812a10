/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SHA-256: the kernel's, or OpenSSL's where the kernel gives none.
 */
#ifndef _SVCGATED_DIGEST_H
#define _SVCGATED_DIGEST_H

#include <sys/types.h>

#include "pure.h"

/* Where the kernel gives none. */
#define DIGEST_LIBRARY	"libcrypto.so.3"

struct kcapi_handle;

/**
 * struct digest - where digests come from
 * @kernel: libkcapi's handle, or NULL
 * @socket: our own AF_ALG socket, or -1
 * @library: libcrypto, or NULL
 * @md: its SHA-256
 * @compute: its one-shot digest
 */
struct digest {
	struct kcapi_handle *kernel;
	int socket;
	void *library;
	const void *md;
	int (*compute)(const void *data, size_t count, unsigned char *md,
		       unsigned int *size, const void *type, void *engine);
};

int digest_find(struct digest *digest, int *ret_kernel);
int digest_open(struct digest *digest);
int digest_open_for(struct digest *digest, uid_t uid);
void digest_close(struct digest *digest);
int digest_sha256(void *digest, const void *data, size_t length,
		  u8 ret_digest[SVCGATE_SHA256_SIZE]);

#endif /* _SVCGATED_DIGEST_H */
