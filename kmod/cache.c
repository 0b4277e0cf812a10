// SPDX-License-Identifier: GPL-2.0-only
/*
 * Credentials that were verified before.
 */
#include <crypto/sha2.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "cache.h"
#include "event.h"

#define CACHE_SIZE	16

/* Protects what follows; innermost lock. */
static DEFINE_MUTEX(cache_lock);
static struct svcgate_credential *cache[CACHE_SIZE];
static unsigned int cache_next;

static void credential_release(struct kref *ref)
{
	kfree(container_of(ref, struct svcgate_credential, ref));
}

/**
 * svcgate_credential_put() - give a reference back
 * @credential: or NULL
 */
void svcgate_credential_put(struct svcgate_credential *credential)
{
	if (credential)
		kref_put(&credential->ref, credential_release);
}

/**
 * svcgate_cache_digest() - what a credential is remembered by
 * @file: the whole file
 * @length: its bytes
 * @ret_digest: its SHA-256
 */
void svcgate_cache_digest(const u8 *file, size_t length, u8 *ret_digest)
{
	sha256(file, length, ret_digest);
}

/**
 * svcgate_cache_find() - look a credential up
 * @digest: of the whole file
 *
 * Return: a reference, or NULL.
 */
struct svcgate_credential *svcgate_cache_find(const u8 *digest)
{
	struct svcgate_credential *found = NULL;
	u64 start = ktime_get_ns();
	unsigned int i;

	mutex_lock(&cache_lock);
	for (i = 0; i < CACHE_SIZE && !found; i++) {
		if (cache[i] && !memcmp(cache[i]->digest, digest, SVCGATE_SHA256_SIZE)) {
			found = cache[i];
			kref_get(&found->ref);
		}
	}
	mutex_unlock(&cache_lock);
	if (found)
		svcgate_event_verified(SVCGATE_KIND_CAPABILITY, SVCGATE_REASON_DONE, true,
				       ktime_get_ns() - start, 0);
	return found;
}

/**
 * svcgate_cache_add() - remember a credential
 * @credential: the cache takes a reference of its own
 *
 * Context: the caller keeps the keystore from changing, so that nothing
 * verified under an old one gets in after the flush.
 */
void svcgate_cache_add(struct svcgate_credential *credential)
{
	mutex_lock(&cache_lock);
	svcgate_credential_put(cache[cache_next]);
	kref_get(&credential->ref);
	cache[cache_next] = credential;
	cache_next = (cache_next + 1) % CACHE_SIZE;
	mutex_unlock(&cache_lock);
}

/**
 * svcgate_cache_flush() - forget everything
 */
void svcgate_cache_flush(void)
{
	unsigned int i;

	mutex_lock(&cache_lock);
	for (i = 0; i < CACHE_SIZE; i++) {
		svcgate_credential_put(cache[i]);
		cache[i] = NULL;
	}
	mutex_unlock(&cache_lock);
}
