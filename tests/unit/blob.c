// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The envelope: all that is read of a file before its signature is verified.
 */
#include "blob.h"
#include "content_build.h"

#define DONE		SVCGATE_REASON_DONE
#define ENVELOPE	SVCGATE_REASON_ENVELOPE
#define HEADER		44
#define DETAIL		0xeeee

static const u32 longest[] = { 0, 1024, 26 * 1024, 1024, 13 * 1024 };

/* An envelope with these lengths in it, and this many bytes for them. */
struct envelope {
	u8 kind;
	u32 content, signature;
	size_t content_bytes, signature_bytes;
};

static void put_envelope(struct bytes *b, const struct envelope *e)
{
	u8 key_id[32];
	size_t i;

	for (i = 0; i < sizeof(key_id); i++)
		key_id[i] = 0xc0 + i;
	b->length = 0;
	put(b, "SVCG\x01", 5);
	put_number(b, e->kind, 1);
	put_number(b, 0, 2);
	put(b, key_id, sizeof(key_id));
	put_number(b, e->content, 4);
	for (i = 0; i < e->content_bytes; i++)
		put_number(b, i, 1);
	put_number(b, e->signature, 4);
	for (i = 0; i < e->signature_bytes; i++)
		put_number(b, ~i, 1);
}

/* The prose of PROTOCOL.md: what is wrong with these bytes? */
static enum svcgate_reason reference(const u8 *file, size_t length, u8 kind, u16 *detail)
{
	u64 content, signature;

	if (length < HEADER || strncmp((const char *)file, "SVCG", 4))
		return ENVELOPE;
	if (file[4] != 1) {
		*detail = file[4];
		return SVCGATE_REASON_ENVELOPE_VERSION;
	}
	if (file[5] != kind) {
		*detail = file[5];
		return SVCGATE_REASON_KIND;
	}
	content = file[40] + 256ULL * (file[41] + 256ULL * (file[42] + 256ULL * file[43]));
	if (file[6] || file[7] || kind < 1 || kind > 4 || !content ||
	    content > longest[kind] || HEADER + content + 4 > length)
		return ENVELOPE;
	file += HEADER + content;
	signature = file[0] + 256ULL * (file[1] + 256ULL * (file[2] + 256ULL * file[3]));
	if (!signature || signature > 5 * 1024 ||
	    HEADER + content + 4 + signature != length)
		return ENVELOPE;
	return DONE;
}

/* Parse an exact copy; compare with the reference; all parts where they are. */
static enum svcgate_reason parse(TESTED, const u8 *data, size_t length, u8 kind,
				 u16 *ret_detail)
{
	struct svcgate_blob blob, untouched;
	u8 *file = exact_copy(data, length);
	u16 expected_detail = DETAIL;
	enum svcgate_reason reason;
	size_t content;

	memset(&blob, 0xa5, sizeof(blob));
	untouched = blob;
	*ret_detail = DETAIL;
	reason = svcgate_blob_parse(file, length, kind, &blob, ret_detail);
	ASSERT_EQ(reference(file, length, kind, &expected_detail), reason);
	ASSERT_EQ(expected_detail, *ret_detail);
	if (reason) {
		ASSERT_EQ(0, memcmp(&untouched, &blob, sizeof(blob)));
	} else {
		content = svcgate_get_le32(file + 40);
		ASSERT_EQ(kind, blob.kind);
		ASSERT_EQ(file + 8, blob.key_id);
		ASSERT_EQ(file + HEADER, blob.content);
		ASSERT_EQ(content, blob.content_length);
		ASSERT_EQ(HEADER + content, blob.signed_length);
		ASSERT_EQ(file + HEADER + content + 4, blob.signature);
		ASSERT_EQ(length - HEADER - content - 4, blob.signature_length);
	}
	free(file);
	return reason;
}

static void expect(TESTED, const struct bytes *b, u8 kind, enum svcgate_reason reason,
		   u16 detail)
{
	u16 seen;

	ASSERT_EQ(reason, parse(_metadata, b->data, b->length, kind, &seen));
	ASSERT_EQ(detail, seen);
}

FIXTURE(blob) {
	struct bytes *b;
	struct envelope good;
};

FIXTURE_VARIANT(blob) {
	u8 kind;
};

FIXTURE_VARIANT_ADD(blob, capability) { .kind = SVCGATE_KIND_CAPABILITY };
FIXTURE_VARIANT_ADD(blob, keystore) { .kind = SVCGATE_KIND_KEYSTORE };
FIXTURE_VARIANT_ADD(blob, manifest) { .kind = SVCGATE_KIND_MANIFEST };
FIXTURE_VARIANT_ADD(blob, delegation) { .kind = SVCGATE_KIND_DELEGATION };

FIXTURE_SETUP(blob)
{
	self->b = new_bytes();
	self->good = (struct envelope) { variant->kind, 100, 64, 100, 64 };
	put_envelope(self->b, &self->good);
}

FIXTURE_TEARDOWN(blob)
{
	free(self->b);
}

TEST_F(blob, p12_a_good_one_is_taken_apart)
{
	expect(_metadata, self->b, variant->kind, DONE, DETAIL);
	EXPECT_EQ(longest[variant->kind], svcgate_blob_content_max(variant->kind));
}

TEST_F(blob, p12_truncated_at_each_length)
{
	for (self->b->length = 0; self->b->length < HEADER + 100 + 4 + 64;
	     self->b->length++)
		expect(_metadata, self->b, variant->kind, ENVELOPE, DETAIL);
	expect(_metadata, self->b, variant->kind, DONE, DETAIL);
}

TEST_F(blob, p12_trailing_bytes)
{
	int n;

	for (n = 0; n < 300; n++) {
		put(self->b, "", 1);
		expect(_metadata, self->b, variant->kind, ENVELOPE, DETAIL);
	}
}

TEST_F(blob, p12_each_byte_flipped)
{
	static const u8 flips[] = { 1, 2, 4, 8, 16, 32, 64, 128, 0xff };
	enum svcgate_reason reason, expected;
	size_t at, i;
	u16 detail;

	for (at = 0; at < self->b->length; at++) {
		expected = at < 4 ? ENVELOPE :
			   at == 4 ? SVCGATE_REASON_ENVELOPE_VERSION :
			   at == 5 ? SVCGATE_REASON_KIND :
			   at < 8 ? ENVELOPE :
			   at < 40 ? DONE :
			   at < HEADER ? ENVELOPE :
			   at < HEADER + 100 ? DONE :
			   at < HEADER + 104 ? ENVELOPE : DONE;
		for (i = 0; i < ARRAY_SIZE(flips); i++) {
			self->b->data[at] ^= flips[i];
			reason = parse(_metadata, self->b->data, self->b->length,
				       variant->kind, &detail);
			ASSERT_EQ(expected, reason);
			if (at == 4 || at == 5)
				ASSERT_EQ(self->b->data[at], detail);
			self->b->data[at] ^= flips[i];
		}
	}
}

TEST_F(blob, p12_the_content_is_bounded_on_both_sides)
{
	const u32 most = longest[variant->kind];
	const u32 lengths[] = { 0, 1, 2, most - 1, most, most + 1, most + 2, 0x8000,
				0xffff, 0x10000, 0x20000 };
	struct envelope e;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		e = (struct envelope) { variant->kind, lengths[i], 1, lengths[i], 1 };
		put_envelope(self->b, &e);
		expect(_metadata, self->b, variant->kind,
		       lengths[i] >= 1 && lengths[i] <= most ? DONE : ENVELOPE, DETAIL);
	}
}

TEST_F(blob, p12_the_signature_is_bounded_on_both_sides)
{
	const u32 lengths[] = { 0, 1, 2, 384, 5119, 5120, 5121, 0xffff, 0x10000 };
	struct envelope e = { variant->kind, longest[variant->kind], 0,
			      longest[variant->kind], 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		e.signature = lengths[i];
		e.signature_bytes = lengths[i];
		put_envelope(self->b, &e);
		expect(_metadata, self->b, variant->kind,
		       lengths[i] >= 1 && lengths[i] <= 5120 ? DONE : ENVELOPE, DETAIL);
	}
}

/* Lengths that lie: what is said and what is there are two things. */
TEST_F(blob, p12_lengths_that_overflow)
{
	static const u32 lies[] = { 0, 1, 99, 101, 164, 168, 169, 0xff, 0xffff, 0x10000,
				    0x7fffffff, 0x80000000, 0xffffff00, 0xffffffd4,
				    0xfffffff8, 0xfffffffc, 0xffffffff };
	struct envelope e;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		e = self->good;
		e.content = lies[i];
		put_envelope(self->b, &e);
		expect(_metadata, self->b, variant->kind, ENVELOPE, DETAIL);
		e = self->good;
		e.signature = lies[i];
		put_envelope(self->b, &e);
		expect(_metadata, self->b, variant->kind, ENVELOPE, DETAIL);
		/* Two lies whose sum is the truth modulo 2^32. */
		for (j = 0; j < ARRAY_SIZE(lies); j++) {
			e.content = lies[i];
			e.signature = 164 - lies[j];
			if (e.content == 100 && e.signature == 64)
				continue;
			put_envelope(self->b, &e);
			expect(_metadata, self->b, variant->kind, ENVELOPE, DETAIL);
		}
	}
}

TEST_F(blob, p12_no_kind_passes_for_another)
{
	int kind, expected;
	u16 detail;

	for (kind = 0; kind < 256; kind++) {
		self->b->data[5] = kind;
		for (expected = 0; expected < 256; expected++) {
			/* Also not a kind that nobody knows, asked for by name. */
			ASSERT_EQ(kind != expected ? SVCGATE_REASON_KIND :
				  kind >= 1 && kind <= 4 ? DONE : ENVELOPE,
				  parse(_metadata, self->b->data, self->b->length,
					expected, &detail));
		}
		ASSERT_EQ(kind >= 1 && kind <= 4 ? longest[kind] : 0,
			  svcgate_blob_content_max(kind));
	}
}

/* What a later version means by its kind and lengths is not for us to judge. */
TEST_F(blob, p10_a_later_version_is_named_before_anything_else)
{
	int version;

	self->b->data[5] = 99;
	self->b->data[6] = 1;
	memset(self->b->data + 40, 0xff, 4);
	for (version = 0; version < 256; version++) {
		self->b->data[4] = version;
		if (version != 1)
			expect(_metadata, self->b, variant->kind,
			       SVCGATE_REASON_ENVELOPE_VERSION, version);
		else
			expect(_metadata, self->b, variant->kind, SVCGATE_REASON_KIND, 99);
	}
}

TEST_F(blob, p12_random_bytes_give_what_the_reference_gives)
{
	unsigned int done = 0;
	struct rng rng;
	struct envelope e;
	int round, i;
	u16 detail;

	rng_init(&rng, _metadata->name);
	for (round = 0; round < 20000; round++) {
		e.kind = variant->kind;
		e.content_bytes = rng_below(&rng, 1100);
		e.signature_bytes = rng_below(&rng, 300);
		e.content = e.content_bytes + rng_below(&rng, 3) - 1;
		e.signature = e.signature_bytes + rng_below(&rng, 3) - 1;
		if (rng_below(&rng, 4)) {
			e.content = e.content_bytes;
			e.signature = e.signature_bytes;
		}
		put_envelope(self->b, &e);
		for (i = rng_below(&rng, 3); i; i--)
			self->b->data[rng_below(&rng, HEADER + 8)] ^= rng_next(&rng);
		if (!rng_below(&rng, 4))
			self->b->length = rng_below(&rng, self->b->length);
		done += !parse(_metadata, self->b->data, self->b->length, variant->kind,
			       &detail);
	}
	EXPECT_LT(2000, done);
}

/* Where the first of several files ends: at its length, or nowhere. */
TEST_F(blob, p12_first_of_several_is_found_by_its_lengths_alone)
{
	struct envelope e = {
		.kind = variant->kind, .content = 300, .content_bytes = 300,
		.signature = 70, .signature_bytes = 70,
	};
	const size_t whole = HEADER + 300 + 4 + 70;
	size_t length;

	put_envelope(self->b, &e);
	ASSERT_EQ(whole, self->b->length);
	put(self->b, "another file", 12);
	for (length = 0; length <= self->b->length; length++)
		ASSERT_EQ(length < whole ? 0 : whole,
			  svcgate_blob_length(self->b->data, length));
	/* Lengths that overflow, or that no file can have. */
	put_envelope(self->b, &(struct envelope){ .kind = 2, .content = 0xffffffff,
						  .content_bytes = 300 });
	EXPECT_EQ(0, svcgate_blob_length(self->b->data, self->b->length));
	put_envelope(self->b, &(struct envelope){ .kind = 2, .content = 300,
						  .content_bytes = 300,
						  .signature = 0xffffffff });
	EXPECT_EQ(0, svcgate_blob_length(self->b->data, self->b->length));
}

TEST_HARNESS_MAIN
