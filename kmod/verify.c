// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verify, then parse (P12): the envelope's fixed fields are read, the key is
 * looked up among those of the purpose, the signature is checked. Only a caller
 * that got "done" may look at the content.
 */
#include <crypto/public_key.h>
#include <crypto/sha2.h>
#include <keys/asymmetric-type.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "compat.h"
#include "event.h"
#include "verify.h"

/* The crypto layer wants digest and signature in memory that it can map. */
struct workspace {
	u8 digest[SVCGATE_SHA256_SIZE];
	u8 signature[SVCGATE_SIGNATURE_MAX];
};

/* How raw signatures of this key look, by the names of the crypto layer. */
static bool describe(const struct key *key, struct public_key_signature *sig)
{
	const struct public_key *pub = key->payload.data[asym_crypto];

	if (!strcmp(pub->pkey_algo, "rsa")) {
		sig->pkey_algo = "rsa";
		sig->encoding = "pkcs1";
		return true;
	}
	if (strstarts(pub->pkey_algo, "ecdsa")) {
		sig->pkey_algo = "ecdsa";
		sig->encoding = "x962";
		return true;
	}
	return false;
}

static enum svcgate_reason reason_of(int error)
{
	switch (error) {
	case 0:
		return SVCGATE_REASON_DONE;
	case -ENOMEM:
		return SVCGATE_REASON_NO_MEMORY;
	case -ENOPKG:
	case -ENOENT:
	case -EOPNOTSUPP:
		return SVCGATE_REASON_ALGORITHM;
	default:
		return SVCGATE_REASON_SIGNATURE;
	}
}

static enum svcgate_reason check_signature(const struct svcgate_blob *blob,
					   const u8 *file, struct key *key)
{
	struct public_key_signature sig = { .hash_algo = "sha256" };
	struct workspace *work;
	int error;

	if (!key || !describe(key, &sig))
		return SVCGATE_REASON_ALGORITHM;

	work = kmalloc(sizeof(*work), GFP_KERNEL);
	if (!work)
		return SVCGATE_REASON_NO_MEMORY;
	sha256(file, blob->signed_length, work->digest);
	memcpy(work->signature, blob->signature, blob->signature_length);
	sig.s = work->signature;
	sig.s_size = blob->signature_length;
	sig.svcgate_signature_digest = work->digest;
	sig.svcgate_signature_digest_size = sizeof(work->digest);

	error = verify_signature(key, &sig);
	kfree(work);
	return reason_of(error);
}

/**
 * svcgate_verify_envelope() - check who signed a file
 * @keystore: keys to trust
 * @kind: kind of file expected
 * @purpose: what the signer must be good for
 * @file: the envelope, exactly
 * @length: its bytes
 * @ret: the envelope's parts and what the signer may grant
 * @ret_detail: detail of the reason
 *
 * Context: may sleep; the caller keeps @keystore alive.
 *
 * Return: %SVCGATE_REASON_DONE: the content is authentic. Else the reason, and
 * nothing of the content was read.
 */
enum svcgate_reason svcgate_verify_envelope(const struct svcgate_keystore *keystore,
					    u8 kind, u8 purpose, const u8 *file,
					    size_t length,
					    struct svcgate_verified *ret,
					    u16 *ret_detail)
{
	const struct svcgate_key *key;
	struct svcgate_verified verified = { };
	enum svcgate_reason reason;
	u64 start = ktime_get_ns(), signature_start;

	reason = svcgate_blob_parse(file, length, kind, &verified.blob, ret_detail);
	if (reason)
		return reason;
	key = svcgate_keystore_find(keystore, verified.blob.key_id, purpose);
	if (!key) {
		key = svcgate_keystore_find(keystore, verified.blob.key_id, 0);
		if (!key)
			return SVCGATE_REASON_UNKNOWN_KEY;
		*ret_detail = key->purpose;
		return SVCGATE_REASON_PURPOSE;
	}

	signature_start = ktime_get_ns();
	reason = check_signature(&verified.blob, file, key->key);
	svcgate_event_verified(kind, reason, false, ktime_get_ns() - start,
			       ktime_get_ns() - signature_start);
	if (reason)
		return reason;
	*ret = verified;
	return SVCGATE_REASON_DONE;
}
