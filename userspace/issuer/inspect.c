// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading an envelope as a device would, and checking its signature.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "inspect.h"
#include "sign.h"

/**
 * reject() - say why a device would not take a file
 * @path: the file
 * @kind: &enum svcgate_kind that it should be
 * @reason: why
 * @detail: of the reason
 *
 * Return: %SVCGATE_EXIT_REJECTED.
 */
int reject(const char *path, u8 kind, enum svcgate_reason reason, u16 detail)
{
	struct svcgate_reason_context context = {
		.detail = detail, .kind = kind, .file = path,
	};
	char *sentence;

	if (svcgate_reason_sentence(reason, &context, &sentence) < 0) {
		report(-EBADMSG, "%s: %s", path, svcgate_reason_name(reason));
	} else {
		report(-EBADMSG, "%s", sentence);
		free(sentence);
	}
	return SVCGATE_EXIT_REJECTED;
}

static enum svcgate_reason parse_content(u8 kind, struct envelope *envelope,
					 u16 *ret_detail)
{
	const u8 *content = envelope->blob.content;
	size_t length = envelope->blob.content_length;

	switch (kind) {
	case SVCGATE_KIND_CAPABILITY:
		return svcgate_capability_parse(content, length, &envelope->capability,
						ret_detail);
	case SVCGATE_KIND_KEYSTORE:
		return svcgate_keystore_parse(content, length, &envelope->keystore,
					      ret_detail);
	case SVCGATE_KIND_MANIFEST:
		return svcgate_manifest_parse(content, length, &envelope->manifest,
					      ret_detail);
	default:
		return svcgate_delegation_parse(content, length, &envelope->delegation,
						ret_detail);
	}
}

static bool signed_by(const struct certificate *certificate,
		      const struct envelope *envelope)
{
	const struct svcgate_blob *blob = &envelope->blob;

	return certificate_verify(certificate, envelope->file, blob->signed_length,
				  blob->signature, blob->signature_length);
}

/* Does one of the directory's keys have this id? Then it can be checked. */
static int find_signer(const struct store *store, struct envelope *envelope)
{
	struct certificate certificate;
	char **names, *dot;
	size_t count, i;
	int r;

	r = store_list(store, "keys", &names, &count);
	if (r < 0)
		return r;
	for (i = 0; i < count && !*envelope->signer; i++) {
		dot = strrchr(names[i], '.');
		if (!dot || strcmp(dot, ".der"))
			continue;
		*dot = '\0';
		r = key_certificate(store, names[i], &certificate);
		if (r < 0)
			break;
		if (!memcmp(certificate.key_id, envelope->blob.key_id,
			    SVCGATE_KEY_ID_SIZE)) {
			snprintf(envelope->signer, sizeof(envelope->signer), "%s",
				 names[i]);
			envelope->good = signed_by(&certificate, envelope);
		}
		certificate_free(&certificate);
	}
	store_list_free(names, count);
	return r;
}

/* Files can be shown without an issuer's directory; then nobody is known. */
static int check_signature(const char *dir, struct envelope *envelope)
{
	struct store store;
	char path[4096];
	int r;

	snprintf(path, sizeof(path), "%s/audience", dir);
	if (access(path, F_OK))
		return 0;
	r = store_open(dir, STORE_READ, &store);
	if (r < 0)
		return r;
	r = find_signer(&store, envelope);
	store_close(&store);
	return r;
}

/**
 * envelope_read() - parse an envelope and look for its signer
 * @inv: names the issuer's directory
 * @path: the file, as the user named it
 * @file: the envelope
 * @length: its bytes
 * @kind: &enum svcgate_kind that it must be
 * @ret_envelope: what it says
 *
 * Return: 0; %SVCGATE_EXIT_REJECTED, reason already said; a negative errno,
 * already said.
 */
int envelope_read(const struct invocation *inv, const char *path, const u8 *file,
		  size_t length, u8 kind, struct envelope *ret_envelope)
{
	struct envelope envelope = { .path = path, .file = file };
	enum svcgate_reason reason;
	u16 detail = 0;
	int r;

	reason = svcgate_blob_parse(file, length, kind, &envelope.blob, &detail);
	if (!reason)
		reason = parse_content(kind, &envelope, &detail);
	if (reason)
		return reject(path, kind, reason, detail);
	r = check_signature(inv->dir, &envelope);
	if (r < 0)
		return r;
	*ret_envelope = envelope;
	return 0;
}

/**
 * envelope_verdict() - exit code for an envelope that was shown
 * @envelope: the envelope
 *
 * Return: %SVCGATE_EXIT_REJECTED, reason already said, when its signer is known
 * and the signature does not fit; else %SVCGATE_EXIT_DONE.
 */
int envelope_verdict(const struct envelope *envelope)
{
	if (!*envelope->signer || envelope->good)
		return SVCGATE_EXIT_DONE;
	return reject(envelope->path, envelope->blob.kind, SVCGATE_REASON_SIGNATURE, 0);
}
