// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate-issuer show: what a file says, and whether it is good.
 *
 * A file is parsed whole before anything of it is printed: one that is refused
 * prints its reason and nothing that looks like a result.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto.h"
#include "inspect.h"
#include "options.h"
#include "output.h"
#include "record.h"
#include "show.h"

/* Longer than every envelope and record; what follows is an image's payload. */
#define HEAD_MAX	(64 * 1024)

/**
 * struct subject - the file that is shown
 * @path: as the user named it
 * @fd: stands behind the head
 * @head: its first bytes
 * @length: how many; fewer than %HEAD_MAX when that is the whole file
 */
struct subject {
	const char *path;
	int fd;
	u8 *head;
	size_t length;
};

static int read_full(const struct subject *subject, u8 *out, size_t size,
		     size_t *ret_length)
{
	size_t length = 0;
	ssize_t n = 1;

	while (n > 0 && length < size) {
		n = read(subject->fd, out + length, size - length);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			length += n;
	}
	if (n < 0)
		return report(-errno, "Cannot read %s: %s", subject->path,
			      strerror(errno));
	*ret_length = length;
	return 0;
}

static int show_envelope(struct output *out, const struct envelope *envelope)
{
	output_hex(out, "signerKeyId", "Signer's key ID", envelope->blob.key_id,
		   SVCGATE_KEY_ID_SIZE);
	if (*envelope->signer)
		output_text(out, "signer", "Signer", envelope->signer);
	output_text(out, "signature", "Signature",
		    !*envelope->signer ? "unknown signer" :
		    envelope->good ? "good" : "bad");
	switch (envelope->blob.kind) {
	case SVCGATE_KIND_CAPABILITY:
		show_capability(out, &envelope->capability);
		return 0;
	case SVCGATE_KIND_KEYSTORE:
		return show_keystore(out, &envelope->keystore);
	case SVCGATE_KIND_MANIFEST:
		show_manifest(out, &envelope->manifest);
		return 0;
	default:
		return show_delegation(out, &envelope->delegation);
	}
}

static int show_file(struct invocation *inv, const struct subject *subject, u8 kind)
{
	struct envelope envelope;
	struct output out;
	int r;

	r = envelope_read(inv, subject->path, subject->head, subject->length, kind,
			  &envelope);
	if (r)
		return r;
	output_begin(&out, inv->json);
	output_text(&out, "type", "Type", svcgate_kind_name(kind));
	r = show_envelope(&out, &envelope);
	output_end(&out);
	return r < 0 ? r : envelope_verdict(&envelope);
}

/* Digest of what follows the manifest, to the end of the file. */
static int digest_payload(const struct subject *subject, size_t from, u64 *ret_size,
			  u8 ret_sha256[SVCGATE_SHA256_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	u64 size = subject->length - from;
	u8 *chunk = malloc(HEAD_MAX);
	size_t length = 0;
	int r = 0;

	if (!context || !chunk || !EVP_DigestInit_ex(context, EVP_sha256(), NULL)) {
		r = report(-ENOMEM, "Cannot read %s: out of memory", subject->path);
		goto out_free;
	}
	EVP_DigestUpdate(context, subject->head + from, subject->length - from);
	do {
		r = read_full(subject, chunk, HEAD_MAX, &length);
		if (r < 0)
			goto out_free;
		EVP_DigestUpdate(context, chunk, length);
		size += length;
	} while (length);
	EVP_DigestFinal_ex(context, ret_sha256, NULL);
	*ret_size = size;

out_free:
	free(chunk);
	EVP_MD_CTX_free(context);
	return r;
}

static int show_package(struct invocation *inv, const struct subject *subject,
			size_t manifest_length)
{
	u8 sha256[SVCGATE_SHA256_SIZE];
	struct envelope envelope;
	struct output out;
	u64 size = 0;
	bool fits;
	int r;

	r = envelope_read(inv, subject->path, subject->head, manifest_length,
			  SVCGATE_KIND_MANIFEST, &envelope);
	if (!r)
		r = digest_payload(subject, manifest_length, &size, sha256);
	if (r)
		return r;
	fits = size == envelope.manifest.size &&
	       !memcmp(sha256, envelope.manifest.sha256, sizeof(sha256));

	output_begin(&out, inv->json);
	output_text(&out, "type", "Type", "image-package");
	r = show_envelope(&out, &envelope);
	output_text(&out, "payload", "Payload", fits ? "good" : "bad");
	output_end(&out);
	if (r < 0)
		return r;
	r = envelope_verdict(&envelope);
	if (r || fits)
		return r;
	report(-EBADMSG, "%s: the payload is not the one that was signed: %llu bytes follow the manifest, it names %llu and their SHA-256; get the package again",
	       subject->path, (unsigned long long)size,
	       (unsigned long long)envelope.manifest.size);
	return SVCGATE_EXIT_REJECTED;
}

static int show_record_file(struct invocation *inv, struct output *out,
			    const struct subject *subject, const char *key,
			    const char *label, const u8 *file, size_t length, u8 kind)
{
	struct envelope envelope;
	int r;

	r = envelope_read(inv, subject->path, file, length, kind, &envelope);
	if (r)
		return r;
	output_open(out, key, label);
	r = show_envelope(out, &envelope);
	output_close(out);
	return r < 0 ? r : envelope_verdict(&envelope);
}

/* Where a keystore key signed the one in force, the last that a root signed is first. */
static int show_keystores(struct invocation *inv, struct output *out,
			  const struct subject *subject, const u8 *files, size_t length)
{
	size_t first;
	int r = 0;

	if (svcgate_envelope_length(files, length, &first) || first > length)
		first = length;
	if (first < length)
		r = show_record_file(inv, out, subject, "rootKeystore", "Signed by a root",
				     files, first, SVCGATE_KIND_KEYSTORE);
	else
		first = 0;
	if (r)
		return r;
	return show_record_file(inv, out, subject, "keystore", "File", files + first,
				length - first, SVCGATE_KIND_KEYSTORE);
}

static int show_record_content(struct invocation *inv, struct output *out,
			       const struct subject *subject,
			       const struct svcgate_record_view *view)
{
	const u8 *delegation, *file;
	size_t delegation_length, file_length;
	int r = 0;

	if (view->kind == SVCGATE_RECORD_STATE) {
		output_text(out, "state", "State", svcgate_state_name(*view->content));
		return 0;
	}
	if (view->kind == SVCGATE_RECORD_KEYSTORE)
		return show_keystores(inv, out, subject, view->content,
				      view->content_length);
	if (svcgate_record_capability_split(view->content, view->content_length,
					    &delegation, &delegation_length, &file,
					    &file_length)) {
		report(-EBADMSG, "%s: the lengths in the record do not fit",
		       subject->path);
		return SVCGATE_EXIT_REJECTED;
	}
	if (delegation)
		r = show_record_file(inv, out, subject, "delegation", "Delegation",
				     delegation, delegation_length,
				     SVCGATE_KIND_DELEGATION);
	if (!r)
		r = show_record_file(inv, out, subject, "capability", "File", file,
				     file_length, SVCGATE_KIND_CAPABILITY);
	return r;
}

static int show_record(struct invocation *inv, const struct subject *subject)
{
	const struct svcgate_record *head = (const void *)subject->head;
	struct svcgate_record_view view;
	struct output out;
	int r = -EBADMSG;

	if (subject->length >= sizeof(*head))
		r = svcgate_record_parse(subject->head, subject->length, head->kind,
					 crypto_sha256, NULL, &view);
	if (r == -EBADMSG || r == -EPROTONOSUPPORT) {
		report(r, r == -EBADMSG ?
		       "%s: the store record is damaged; the device uses its other copy" :
		       "%s: the store record was written by a later version; use that version",
		       subject->path);
		return SVCGATE_EXIT_REJECTED;
	}
	if (r < 0)
		return r;

	output_begin(&out, inv->json);
	output_text(&out, "type", "Type", "record");
	output_text(&out, "recordKind", "Record", svcgate_record_kind_name(view.kind));
	output_number(&out, "number", "Number", view.number);
	r = show_record_content(inv, &out, subject, &view);
	output_end(&out);
	return r;
}

static int show(struct invocation *inv, const struct subject *subject)
{
	const u8 *head = subject->head;
	size_t length;
	u8 kind;

	if (subject->length >= 4 && !memcmp(head, SVCGATE_RECORD_MAGIC, 4))
		return show_record(inv, subject);
	if (subject->length < sizeof(struct svcgate_envelope) ||
	    memcmp(head, SVCGATE_ENVELOPE_MAGIC, 4)) {
		report(-EBADMSG, "%s is neither a signed file nor a store record, or was cut off",
		       subject->path);
		return SVCGATE_EXIT_REJECTED;
	}
	kind = ((const struct svcgate_envelope *)head)->kind;
	if (!svcgate_kind_name(kind))
		return reject(subject->path, 0, SVCGATE_REASON_KIND, kind);
	if (kind == SVCGATE_KIND_MANIFEST &&
	    !svcgate_envelope_length(head, subject->length, &length) &&
	    length < subject->length)
		return show_package(inv, subject, length);
	return show_file(inv, subject, kind);
}

int cmd_show(struct invocation *inv)
{
	struct subject subject = { };
	int r;

	options_parse(inv, NULL, 0);
	subject.path = inv->arguments[0];
	subject.fd = open(subject.path, O_RDONLY | O_CLOEXEC);
	if (subject.fd < 0)
		return report(-errno, "Cannot read %s: %s", subject.path,
			      strerror(errno));
	subject.head = malloc(HEAD_MAX);
	if (!subject.head)
		r = report(-ENOMEM, "Cannot read %s: out of memory", subject.path);
	else
		r = read_full(&subject, subject.head, HEAD_MAX, &subject.length);
	if (!r)
		r = show(inv, &subject);
	free(subject.head);
	close(subject.fd);
	return r;
}
