// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every test vector through our own readers: the pure files, the record reader
 * of the library, and the structures of the header where the kernel reads.
 */
#include <openssl/x509.h>

#include "blob.h"
#include "contracts_told.h"
#include "record.h"

/* The header written by our own writer is the one that was read. */
static bool header_again(const u8 *body)
{
	const struct svcgate_frame *frame = (const void *)body;
	u8 again[sizeof(*frame)];

	svcgate_frame_put(again, frame->kind & 15, frame->flags,
			  le16toh(frame->transaction), le32toh(frame->offset),
			  le64toh(frame->session));
	return frame->kind >> 4 != SVCGATE_WIRE_VERSION || !memcmp(again, body, sizeof(again));
}

static void check_frame(TESTED, const struct vector *v)
{
	static const char *const events[] = {
		[SVCGATE_DEFRAME_FRAME] = "frame",
		[SVCGATE_DEFRAME_BAD_CRC] = "bad-crc",
		[SVCGATE_DEFRAME_OVERLONG] = "overlong",
	};
	u8 *buf = malloc(SVCGATE_FRAME_RAW_MAX), *line;
	enum svcgate_deframe_event event, only = 0;
	struct svcgate_deframer d;
	struct told found = { };
	size_t at, used, size;

	svcgate_deframer_init(&d, buf, SVCGATE_FRAME_RAW_MAX);
	for (at = 0; at < v->length; at += used) {
		event = svcgate_deframe(&d, v->data + at, NULL, v->length - at, &used);
		if (event == SVCGATE_DEFRAME_MORE)
			continue;
		ASSERT_EQ(0, only) TH_LOG("%s: more than one event", v->name);
		only = event;
		ASSERT_LE(event, SVCGATE_DEFRAME_OVERLONG);
		told_text(&found, "event", "%s", events[event]);
		if (event != SVCGATE_DEFRAME_FRAME)
			continue;
		told_body(&found, buf, d.length);
		EXPECT_TRUE(d.length < 16 || header_again(buf)) TH_LOG("%s", v->name);
		size = SVCGATE_FRAME_LINE_MAX(d.length);
		line = malloc(size);
		size = svcgate_enframe(line, size, buf, d.length, NULL, 0);
		told_text(&found, "canonical", "%s", size == v->length &&
			  !memcmp(line, v->data, size) ? "true" : "false");
		free(line);
	}
	expect_told(_metadata, v, &found);
	told_free(&found);
	free(buf);
}

/* Does the signature fit the certificate that is the vector "signer"? */
static bool signature_fits(const char *signer, const u8 *file, const struct svcgate_blob *b)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *key = NULL;
	const u8 *der;
	size_t length;
	X509 *x509;
	bool fits;
	u8 *data;

	data = read_hex(signer, &length);
	der = data;
	x509 = d2i_X509(NULL, &der, length);
	key = x509 ? X509_get_pubkey(x509) : NULL;
	fits = key && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) == 1 &&
	       EVP_DigestVerify(md, b->signature, b->signature_length, file,
				b->signed_length) == 1;
	EVP_PKEY_free(key);
	X509_free(x509);
	EVP_MD_CTX_free(md);
	free(data);
	return fits;
}

/* Envelope, signature, content: the first that refuses is the stage. */
static void told_file(struct told *t, const struct vector *v, const u8 *file,
		      size_t length, u8 kind)
{
	enum svcgate_reason reason;
	struct svcgate_blob blob;
	const char *signer;
	u8 *content;
	u16 detail = 0;

	reason = svcgate_blob_parse(file, length, kind, &blob, &detail);
	if (reason) {
		told_text(t, "stage", "envelope");
		told_reason(t, reason, detail);
		return;
	}
	signer = told_find(&v->told, "signer");
	told_text(t, "signer", "%s", signer);
	told_number(t, "signed_length", blob.signed_length);
	told_number(t, "signature_length", blob.signature_length);
	if (!signature_fits(signer, file, &blob)) {
		told_text(t, "stage", "signature");
		told_reason(t, SVCGATE_REASON_SIGNATURE, 0);
		return;
	}
	content = exact_copy(blob.content, blob.content_length);
	reason = told_content(t, kind, content, blob.content_length, &detail);
	told_text(t, "stage", "%s", reason ? "content" : "none");
	told_reason(t, reason, detail);
	free(content);
}

static void check_file(TESTED, const struct vector *v)
{
	u8 kind = told_expected(v, "file_kind");
	struct told found = { };

	told_number(&found, "file_kind", kind);
	told_file(&found, v, v->data, v->length, kind);
	expect_told(_metadata, v, &found);
	told_free(&found);
}

/* A manifest's envelope says its own length; the payload is what follows. */
static void check_package(TESTED, const struct vector *v)
{
	struct told found = { }, payload = { };
	size_t length = 44 + svcgate_get_le32(v->data + 40);
	u8 *envelope;

	ASSERT_LE(length + 4, v->length);
	length += 4 + svcgate_get_le32(v->data + length);
	ASSERT_LE(length, v->length);
	envelope = exact_copy(v->data, length);
	told_number(&found, "file_kind", SVCGATE_KIND_MANIFEST);
	told_file(&found, v, envelope, length, SVCGATE_KIND_MANIFEST);
	told_number(&found, "manifest_length", length);
	told_digest(&payload, "sha256", v->data + length, v->length - length);
	told_u64(&payload, "size", v->length - length);
	told_text(&found, "payload", "%s",
		  strcmp(told_find(&payload, "sha256"), told_find(&found, "sha256")) ||
		  strcmp(told_find(&payload, "size"), told_find(&found, "size")) ?
		  "bad" : "good");
	expect_told(_metadata, v, &found);
	told_free(&found);
	told_free(&payload);
	free(envelope);
}

static void check_certificate(TESTED, const struct vector *v)
{
	struct told found = { };

	told_digest(&found, "key_id", v->data, v->length);
	expect_told(_metadata, v, &found);
	told_free(&found);
}

/* --- records and messages --- */

static void check_record(TESTED, const struct vector *v)
{
	u8 kind = told_expected(v, "record_kind");
	struct svcgate_record_view view;
	struct told found = { };
	int r;

	told_number(&found, "record_kind", kind);
	r = svcgate_record_parse(v->data, v->length, kind, sha256, NULL, &view);
	told_text(&found, "result", "%s", !r ? "good" :
		  r == -EPROTONOSUPPORT ? "later-version" : "damaged");
	EXPECT_TRUE(!r || r == -EPROTONOSUPPORT || r == -EBADMSG) TH_LOG("%s", v->name);
	if (!r) {
		told_u64(&found, "number", view.number);
		told_number(&found, "content_length", view.content_length);
		if (kind == SVCGATE_RECORD_STATE)
			told_number(&found, "state", view.content[0]);
		if (kind == SVCGATE_RECORD_CAPABILITY)
			told_number(&found, "delegation_length",
				    svcgate_get_le16(view.content));
	}
	expect_told(_metadata, v, &found);
	told_free(&found);
}

/*
 * Fields where the header's structure has them. Whether the message is refused
 * is the kernel's to say (kmod/request.c), so that "reason" is not looked at.
 */
static void check_request(TESTED, const struct vector *v)
{
	const struct svcgate_request *r = (const void *)v->data;
	struct told found = { };

	if (v->length < sizeof(*r)) {
		EXPECT_STREQ("message", told_find(&v->told, "reason"));
		EXPECT_EQ(NULL, told_find(&v->told, "op"));
		return;
	}
	told_text(&found, "reason", "%s", told_find(&v->told, "reason"));
	told_text(&found, "reason_number", "%s", told_find(&v->told, "reason_number"));
	told_number(&found, "op", le16toh(r->op));
	told_number(&found, "request_flags", le16toh(r->flags));
	told_number(&found, "payload_length", le32toh(r->payload_length));
	told_number(&found, "delegation_length", le16toh(r->delegation_length));
	told_number(&found, "credential_length", le16toh(r->credential_length));
	told_number(&found, "proof_length", le16toh(r->proof_length));
	told_hex(&found, "object", r->object, sizeof(r->object));
	expect_told(_metadata, v, &found);
	told_free(&found);
}

static void check_response(TESTED, const struct vector *v)
{
	const struct svcgate_response *r = (const void *)v->data;
	struct told found = { };
	size_t payload;

	if (v->length < sizeof(*r)) {
		told_text(&found, "whole", "false");
	} else {
		payload = v->length - sizeof(*r);
		told_text(&found, "whole", "%s", payload <= SVCGATE_RESPONSE_MAX &&
			  le32toh(r->payload_length) == payload ? "true" : "false");
		told_number(&found, "response_reason", le16toh(r->reason));
		told_number(&found, "response_detail", le16toh(r->detail));
		told_number(&found, "payload_length", le32toh(r->payload_length));
		told_hex(&found, "payload", (const u8 *)(r + 1), payload);
	}
	expect_told(_metadata, v, &found);
	told_free(&found);
}

FIXTURE(vectors) {
	char **names;
	unsigned int count;
};

FIXTURE_SETUP(vectors)
{
	self->count = vector_names(&self->names, ".json");
	ASSERT_LT(0, self->count) TH_LOG("no vectors in " VECTORS);
}

FIXTURE_TEARDOWN(vectors)
{
	while (self->count--)
		free(self->names[self->count]);
	free(self->names);
}

FIXTURE_VARIANT(vectors) {
	const char *kind;
	void (*check)(TESTED, const struct vector *v);
	unsigned int least;
};

#define KIND(k, n) \
	FIXTURE_VARIANT_ADD(vectors, k) { .kind = #k, .check = check_##k, .least = (n) }

KIND(frame, 40);
KIND(request, 15);
KIND(response, 8);
KIND(file, 200);
KIND(package, 4);
KIND(record, 20);
KIND(certificate, 2);

TEST_F(vectors, each_one_is_read_as_it_says)
{
	unsigned int i, n = 0;
	struct vector v;

	for (i = 0; i < self->count; i++) {
		vector_read(&v, self->names[i]);
		if (!strcmp(told_find(&v.told, "kind") ?: "", variant->kind)) {
			variant->check(_metadata, &v);
			n++;
		}
		vector_free(&v);
	}
	EXPECT_LE(variant->least, n);
	TH_LOG("%u vectors of kind %s", n, variant->kind);
}

/* None is left over: each has both files, and a kind that was looked at. */
TEST(each_vector_has_bytes_and_a_known_kind)
{
	static const char kinds[] = " frame request response file package record certificate ";
	unsigned int count, i, hex;
	char **names, **others, kind[32];
	struct vector v;

	count = vector_names(&names, ".json");
	hex = vector_names(&others, ".hex");
	ASSERT_LT(0, count);
	ASSERT_EQ(count, hex);
	for (i = 0; i < count; i++) {
		EXPECT_STREQ(names[i], others[i]);
		vector_read(&v, names[i]);
		ASSERT_NE(NULL, told_find(&v.told, "kind"));
		snprintf(kind, sizeof(kind), " %s ", told_find(&v.told, "kind"));
		EXPECT_NE(NULL, strstr(kinds, kind)) TH_LOG("%s: kind%s", names[i], kind);
		vector_free(&v);
		free(names[i]);
		free(others[i]);
	}
	free(names);
	free(others);
}

TEST_HARNESS_MAIN
