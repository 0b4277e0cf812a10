// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys by purpose. A key is a kernel asymmetric key made from a certificate;
 * nothing in the certificate but the public key means anything here. Each
 * keystore has a keyring of its own that root may look at and nobody may
 * change; it is built completely before anybody uses it.
 */
#define pr_fmt(fmt) "svcgate: " fmt

#include <crypto/sha2.h>
#include <keys/asymmetric-type.h>
#include <linux/cred.h>
#include <linux/slab.h>

#include "keystore.h"
#include "roots.h"

static struct svcgate_keystore *svcgate_roots;

#define RING_PERMISSIONS \
	((KEY_POS_ALL & ~KEY_POS_SETATTR) | KEY_USR_VIEW | KEY_USR_READ)
#define KEY_PERMISSIONS	(KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH | KEY_USR_VIEW)

static struct svcgate_keystore *allocate(size_t raw_length)
{
	struct svcgate_keystore *keystore;
	struct key *ring;

	keystore = kvzalloc(struct_size(keystore, raw, raw_length), GFP_KERNEL);
	if (!keystore)
		return NULL;
	ring = keyring_alloc(".svcgate", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(), RING_PERMISSIONS, KEY_ALLOC_NOT_IN_QUOTA,
			     NULL, NULL);
	if (IS_ERR(ring)) {
		kvfree(keystore);
		return NULL;
	}
	keystore->ring = ring;
	keystore->raw_length = raw_length;
	return keystore;
}

/**
 * svcgate_keystore_free() - end of a keystore
 * @keystore: nobody uses it any more; or NULL
 */
void svcgate_keystore_free(struct svcgate_keystore *keystore)
{
	unsigned int i;

	if (!keystore)
		return;
	for (i = 0; i < keystore->key_count; i++)
		key_put(keystore->keys[i].key);
	key_put(keystore->ring);
	kvfree(keystore);
}

/*
 * The key ID is the description: two certificates with the same subject would
 * displace each other.
 */
static int load_key(struct key *ring, const u8 *certificate, size_t length,
		    struct svcgate_key *ret)
{
	char description[2 * SVCGATE_KEY_ID_SIZE + 1] = { };
	key_ref_t key;

	sha256(certificate, length, ret->key_id);
	bin2hex(description, ret->key_id, sizeof(ret->key_id));
	key = key_create_or_update(make_key_ref(ring, true), "asymmetric", description,
				   certificate, length, KEY_PERMISSIONS,
				   KEY_ALLOC_NOT_IN_QUOTA | KEY_ALLOC_BUILT_IN |
				   KEY_ALLOC_BYPASS_RESTRICTION);
	if (!IS_ERR(key)) {
		ret->key = key_ref_to_ptr(key);
		return 0;
	}
	/* The parser knows it, but this kernel cannot use such a key. */
	if (PTR_ERR(key) == -ENOENT || PTR_ERR(key) == -ENOPKG)
		return 0;
	return PTR_ERR(key);
}

static enum svcgate_reason load_keys(struct svcgate_keystore *keystore, u16 *ret_detail)
{
	const struct svcgate_keystore_entry *entry;
	struct svcgate_key *key;
	unsigned int i;
	int error;

	for (i = 0; i < keystore->content.key_count; i++) {
		entry = &keystore->content.keys[i];
		key = &keystore->keys[i];
		error = load_key(keystore->ring, entry->certificate,
				 entry->certificate_length, key);
		if (error) {
			*ret_detail = i;
			return error == -ENOMEM ? SVCGATE_REASON_NO_MEMORY :
						  SVCGATE_REASON_CERTIFICATE;
		}
		key->purpose = entry->purpose;
		key->mask = entry->mask;
		keystore->key_count++;
	}
	return SVCGATE_REASON_DONE;
}

/*
 * A purpose that the file serves must be served by a key that works on this
 * kernel, and capabilities must be: else a keystore with P-256 keys would lock
 * every owner of a 6.1 device out.
 */
static enum svcgate_reason check_purposes(const struct svcgate_keystore *keystore,
					  u16 *ret_detail)
{
	unsigned int named = BIT(SVCGATE_PURPOSE_CAPABILITY), usable = 0, i;
	u16 purpose;

	for (i = 0; i < keystore->key_count; i++) {
		named |= BIT(keystore->keys[i].purpose);
		if (keystore->keys[i].key)
			usable |= BIT(keystore->keys[i].purpose);
	}
	for (purpose = SVCGATE_PURPOSE_CAPABILITY; purpose <= SVCGATE_PURPOSE_KEYSTORE;
	     purpose++) {
		if (named & ~usable & BIT(purpose)) {
			*ret_detail = purpose;
			return SVCGATE_REASON_KEYSTORE_PURPOSE;
		}
	}
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_keystore_create() - build a keystore
 * @content: verified content of kind keystore
 * @length: its bytes
 * @ret: the keystore; the caller's, ended by svcgate_keystore_free()
 * @ret_detail: detail of the reason
 *
 * Context: may sleep.
 *
 * Return: %SVCGATE_REASON_DONE or the reason.
 */
enum svcgate_reason svcgate_keystore_create(const u8 *content, size_t length,
					    struct svcgate_keystore **ret,
					    u16 *ret_detail)
{
	struct svcgate_keystore *keystore;
	enum svcgate_reason reason;

	keystore = allocate(length);
	if (!keystore)
		return SVCGATE_REASON_NO_MEMORY;
	memcpy(keystore->raw, content, length);

	reason = svcgate_keystore_parse(keystore->raw, length, &keystore->content,
					ret_detail);
	if (!reason)
		reason = load_keys(keystore, ret_detail);
	if (!reason)
		reason = check_purposes(keystore, ret_detail);
	if (reason) {
		svcgate_keystore_free(keystore);
		return reason;
	}
	*ret = keystore;
	return SVCGATE_REASON_DONE;
}

/**
 * svcgate_keystore_find() - find a key
 * @keystore: where
 * @key_id: SHA-256 of its certificate
 * @purpose: what it must be good for; 0: anything
 *
 * Return: the key, alive as long as @keystore, or NULL.
 */
const struct svcgate_key *svcgate_keystore_find(const struct svcgate_keystore *keystore,
						const u8 *key_id, u8 purpose)
{
	const struct svcgate_key *key;
	unsigned int i;

	for (i = 0; i < keystore->key_count; i++) {
		key = &keystore->keys[i];
		if (purpose && key->purpose != purpose)
			continue;
		if (!memcmp(key->key_id, key_id, SVCGATE_KEY_ID_SIZE))
			return key;
	}
	return NULL;
}

/**
 * svcgate_keystore_roots() - the roots compiled into the module
 *
 * Return: they sign keystores, nothing else; alive as long as the module.
 */
const struct svcgate_keystore *svcgate_keystore_roots(void)
{
	return svcgate_roots;
}

int __init svcgate_keystore_init(void)
{
	unsigned int i;
	int error;

	BUILD_BUG_ON(SVCGATE_SHA256_SIZE != SHA256_DIGEST_SIZE);

	svcgate_roots = allocate(0);
	if (!svcgate_roots)
		return -ENOMEM;
	for (i = 0; i < svcgate_root_count && i < SVCGATE_KEYS_MAX; i++) {
		error = load_key(svcgate_roots->ring, svcgate_root_certificates[i].data,
				 svcgate_root_certificates[i].length,
				 &svcgate_roots->keys[i]);
		if (error) {
			pr_err("root certificate %u cannot be read (%d); build with another one\n",
			       i, error);
			svcgate_keystore_free(svcgate_roots);
			return error;
		}
		svcgate_roots->keys[i].purpose = SVCGATE_PURPOSE_KEYSTORE;
		svcgate_roots->key_count++;
	}
	return 0;
}

void svcgate_keystore_exit(void)
{
	svcgate_keystore_free(svcgate_roots);
}
