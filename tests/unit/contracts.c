// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The contracts do not move: sizes and places of fields, numbers of reasons,
 * maxima in header and prose, a sentence for every reason.
 */
#include "contracts_text.h"
#include "names.h"
#include "reason.h"
#include "unit.h"

#define AT(type, field, offset) \
	_Static_assert(offsetof(struct svcgate_##type, field) == (offset), \
		       #type "." #field)
#define SIZE(type, size) \
	_Static_assert(sizeof(struct svcgate_##type) == (size), #type)

SIZE(frame, 16);
AT(frame, flags, 1);
AT(frame, transaction, 2);
AT(frame, offset, 4);
AT(frame, session, 8);
SIZE(hello, 4);
AT(hello, highest, 1);
AT(hello, frame_max, 2);
SIZE(welcome, 56);
AT(welcome, flags, 1);
AT(welcome, transactions_max, 2);
AT(welcome, message_max, 4);
AT(welcome, frame_max, 8);
AT(welcome, silence_ms, 10);
AT(welcome, output_bound, 12);
AT(welcome, session, 16);
AT(welcome, nonce, 24);
SIZE(close, 8);
AT(close, zero, 2);
AT(close, total, 4);
SIZE(ack, 4);
SIZE(range, 8);
AT(range, end, 4);
SIZE(request, 32);
AT(request, flags, 2);
AT(request, payload_length, 4);
AT(request, delegation_length, 8);
AT(request, credential_length, 10);
AT(request, proof_length, 12);
AT(request, zero, 14);
AT(request, object, 16);
SIZE(response, 8);
AT(response, detail, 2);
AT(response, payload_length, 4);
SIZE(state_update, 2);
AT(state_update, flags, 1);
SIZE(can, 18);
AT(can, object, 2);
SIZE(can_answer, 24);
AT(can_answer, reason, 2);
AT(can_answer, detail, 4);
AT(can_answer, would_do, 8);
AT(can_answer, would_do_image, 16);
SIZE(outcome, 10);
AT(outcome, transaction, 8);
SIZE(speed, 4);
SIZE(capability_list, 68);
AT(capability_list, sideloaded, 8);
AT(capability_list, passed, 16);
AT(capability_list, sideloaded_serial, 24);
AT(capability_list, passed_serial, 40);
AT(capability_list, generation, 56);
AT(capability_list, lease_left, 60);
AT(capability_list, sideloaded_reason, 64);
SIZE(keystore_key, 42);
AT(keystore_key, mask, 32);
AT(keystore_key, purpose, 40);
AT(keystore_key, usable, 41);
SIZE(keystore_list, 28);
AT(keystore_list, epoch, 4);
AT(keystore_list, audience, 8);
AT(keystore_list, key_count, 24);
AT(keystore_list, revoked_count, 26);
SIZE(state_show, 1);
SIZE(envelope, 44);
AT(envelope, version, 4);
AT(envelope, kind, 5);
AT(envelope, zero, 6);
AT(envelope, key_id, 8);
AT(envelope, content_length, 40);
SIZE(field, 4);
AT(field, length, 2);
SIZE(record, 20);
AT(record, version, 4);
AT(record, kind, 5);
AT(record, zero, 6);
AT(record, number, 8);
AT(record, content_length, 16);
/* The door: every field aligned by itself, the same for 32 and 64 bits. */
SIZE(door, 80);
AT(door, session, 8);
AT(door, transaction, 16);
AT(door, offset, 24);
AT(door, number, 32);
AT(door, passed, 56);
AT(door, object, 64);

/* The longest of everything that travels in a request fits into one. */
#define FILE_MAX(content)	(44 + (content) + 4 + SVCGATE_SIGNATURE_MAX)

_Static_assert(32 + FILE_MAX(SVCGATE_KEYSTORE_MAX) <= SVCGATE_MESSAGE_MAX, "keystore");
_Static_assert(32 + FILE_MAX(SVCGATE_CAPABILITY_MAX) + SVCGATE_SECTION_MAX <=
	       SVCGATE_MESSAGE_MAX, "capability with a delegation");
_Static_assert(FILE_MAX(SVCGATE_CAPABILITY_MAX) <= 0xffff, "credential_length");
_Static_assert(SVCGATE_SECTION_MAX <= 0xffff, "delegation_length, proof_length");
_Static_assert(SVCGATE_FRAME_MAX <= 0xffff, "frame_max");
_Static_assert(SVCGATE_FRAME_MIN >= 16 + 8 + SVCGATE_RESPONSE_MAX + 16, "response");
_Static_assert(SVCGATE_KEYSTORE_MAX >= 8 * 2 * 1024, "two generations of keys");
_Static_assert(28 + 42 * SVCGATE_KEYS_MAX <= SVCGATE_RESPONSE_MAX, "keystore-show");

TEST(maxima_of_the_prose_are_those_of_the_header)
{
	struct numbers header = { }, prose = { };
	const struct number *n;
	unsigned int i;

	header_enum("svcgate_limit", &header);
	protocol_numbers("SVCGATE_", &prose);
	ASSERT_LT(30, header.count);
	for (i = 0; i < header.count; i++) {
		n = find_number(&prose, header.row[i].name);
		EXPECT_NE(NULL, n) TH_LOG("%s is not in PROTOCOL.md", header.row[i].name);
		if (n)
			EXPECT_EQ(header.row[i].value, n->value)
				TH_LOG("%s", header.row[i].name);
	}
}

/* The reader of the header reads what the compiler reads. */
TEST(the_header_is_read_as_the_compiler_reads_it)
{
	struct numbers n = { };

	header_enum("svcgate_limit", &n);
	ASSERT_NE(NULL, find_number(&n, "SVCGATE_FRAME_MAX"));
	EXPECT_EQ(SVCGATE_FRAME_MAX, find_number(&n, "SVCGATE_FRAME_MAX")->value);
	EXPECT_EQ(SVCGATE_KEYSTORE_MAX, find_number(&n, "SVCGATE_KEYSTORE_MAX")->value);
	EXPECT_EQ(SVCGATE_KEYSTORE_JUMP, find_number(&n, "SVCGATE_KEYSTORE_JUMP")->value);
	EXPECT_EQ(SVCGATE_RULES_MAX, find_number(&n, "SVCGATE_RULES_MAX")->value);
	n.count = 0;
	header_enum("svcgate_reason", &n);
	EXPECT_EQ(SVCGATE_REASON_DONE, n.row[0].value);
	EXPECT_EQ(SVCGATE_REASON_EXECUTOR_ARGUMENTS, n.row[n.count - 1].value);
}

TEST(p10_every_reason_has_a_number_of_its_own_in_its_range)
{
	struct numbers n = { };
	unsigned int i, j;

	header_enum("svcgate_reason", &n);
	ASSERT_LT(60, n.count);
	for (i = 1; i < n.count; i++) {
		EXPECT_LE(1, n.row[i].value >> 8);
		EXPECT_LE(n.row[i].value >> 8, 5);
		for (j = 0; j < i; j++)
			EXPECT_NE(n.row[j].value, n.row[i].value);
	}
}

/* SVCGATE_REASON_FIELD_VALUE is field-value. */
static void words(const char *enumerator, const char *prefix, char *out, size_t size)
{
	size_t i;

	snprintf(out, size, "%s", enumerator + strlen(prefix));
	for (i = 0; out[i]; i++)
		out[i] = out[i] == '_' ? '-' : out[i] | ('A' ^ 'a');
}

TEST(p10_every_reason_has_a_name_and_a_sentence_of_its_own)
{
	const struct svcgate_reason_entry *entry, *other;
	struct numbers n = { };
	unsigned int i, j;
	char name[80];

	header_enum("svcgate_reason", &n);
	for (i = 0; i < n.count; i++) {
		entry = svcgate_reason_find(n.row[i].value);
		ASSERT_NE(NULL, entry) TH_LOG("%s", n.row[i].name);
		words(n.row[i].name, "SVCGATE_REASON_", name, sizeof(name));
		EXPECT_STREQ(name, entry->name);
		EXPECT_EQ(n.row[i].value, entry->reason);
		EXPECT_LT(4, strlen(entry->sentence));
		for (j = 0; j < i; j++) {
			other = svcgate_reason_find(n.row[j].value);
			EXPECT_STRNE(other->sentence, entry->sentence)
				TH_LOG("%s and %s", other->name, entry->name);
		}
	}
}

TEST(p10_no_sentence_for_a_reason_that_does_not_exist)
{
	struct numbers n = { };
	unsigned int reason, i, found = 0;
	bool known;

	header_enum("svcgate_reason", &n);
	for (reason = 0; reason <= 0xffff; reason++) {
		for (known = false, i = 0; i < n.count; i++)
			known |= n.row[i].value == reason;
		ASSERT_EQ(known, !!svcgate_reason_find(reason));
		found += known;
	}
	EXPECT_EQ(n.count, found);
}

/* | field-value | 0x030c | field | value out of range | */
TEST(p10_reasons_of_the_prose_are_those_of_the_header)
{
	struct numbers n = { }, prose = { };
	const struct number *row;
	unsigned int i;
	char name[80];

	header_enum("svcgate_reason", &n);
	protocol_reasons(&prose);
	EXPECT_EQ(n.count, prose.count);
	for (i = 0; i < n.count; i++) {
		words(n.row[i].name, "SVCGATE_REASON_", name, sizeof(name));
		row = find_number(&prose, name);
		EXPECT_NE(NULL, row) TH_LOG("%s is not in PROTOCOL.md", name);
		if (row)
			EXPECT_EQ(n.row[i].value, row->value) TH_LOG("%s", name);
	}
}

/* Refused operation 3, refused file 5: what scripts decide by. */
TEST(p10_exit_codes_follow_the_range_of_the_reason)
{
	struct numbers n = { };
	unsigned int i;

	header_enum("svcgate_reason", &n);
	for (i = 0; i < n.count; i++)
		if (n.row[i].value >> 8 == 3)
			EXPECT_EQ(SVCGATE_EXIT_REJECTED,
				  svcgate_reason_exit(n.row[i].value))
				TH_LOG("%s", n.row[i].name);
	EXPECT_EQ(SVCGATE_EXIT_DONE, svcgate_reason_exit(SVCGATE_REASON_DONE));
	EXPECT_EQ(SVCGATE_EXIT_FORBIDDEN, svcgate_reason_exit(SVCGATE_REASON_FORBIDDEN));
	EXPECT_EQ(SVCGATE_EXIT_FORBIDDEN, svcgate_reason_exit(SVCGATE_REASON_IMAGE));
	EXPECT_EQ(SVCGATE_EXIT_FAILED, svcgate_reason_exit(SVCGATE_REASON_BUSY));
}

TEST_HARNESS_MAIN
