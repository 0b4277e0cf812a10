// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reasons in words: what a context makes of them.
 */
#include "reason.h"
#include "unit.h"

static const u16 file_reasons[] = {
	SVCGATE_REASON_DEVICE, SVCGATE_REASON_SUPERSEDED, SVCGATE_REASON_EPOCH,
	SVCGATE_REASON_REVOKED, SVCGATE_REASON_STATE,
};

static void texts(TESTED, u16 reason, const struct svcgate_reason_context *context,
		  char out[2048])
{
	char *sentence = NULL, *cure = NULL;

	ASSERT_EQ(0, svcgate_reason_sentence(reason, context, &sentence));
	ASSERT_EQ(0, svcgate_reason_cure(reason, context, &cure));
	ASSERT_LT(0, snprintf(out, 2048, "%s|%s", sentence, cure ?: ""));
	free(sentence);
	free(cure);
}

#define HAS(text, part) \
	EXPECT_NE(NULL, strstr(text, part)) TH_LOG("no \"%s\" in: %s", part, text)
#define LACKS(text, part) \
	EXPECT_EQ(NULL, strstr(text, part)) TH_LOG("\"%s\" in: %s", part, text)

TEST(p10_refused_operation_names_what_it_needs_and_the_cure)
{
	struct svcgate_reason_context context = {
		.op = SVCGATE_OP_RESTART,
		.detail = SVCGATE_CAPABILITY_APP_DEVELOPMENT,
	};
	char text[2048];

	texts(_metadata, SVCGATE_REASON_FORBIDDEN, &context, text);
	EXPECT_EQ(&text[0], strstr(text, "Device access is forbidden: restart needs "
				     "appDevelopment or fieldServicing."));
	HAS(text, "download --type FieldServicing");
	HAS(text, "svcgate device capability select --capability-file");
	LACKS(text, "selected");

	context.file = "/x.cap";
	context.selected = true;
	texts(_metadata, SVCGATE_REASON_FORBIDDEN, &context, text);
	HAS(text, "selected file /x.cap does not open it");

	context = (struct svcgate_reason_context){ .op = SVCGATE_OP_APP_DEBUG };
	texts(_metadata, SVCGATE_REASON_FORBIDDEN, &context, text);
	HAS(text, "app-debug needs appDevelopment.");
	HAS(text, "--type ApplicationDevelopment");

	context = (struct svcgate_reason_context){ .op = SVCGATE_OP_MAKER, .detail = 40 };
	texts(_metadata, SVCGATE_REASON_FORBIDDEN, &context, text);
	HAS(text, "0x8000 needs capability 40.");
	LACKS(text, "--type");
}

TEST(p10_stale_selection_is_named_with_the_way_to_drop_it)
{
	struct svcgate_reason_context context = { .file = "/x.cap", .selected = true };
	char text[2048];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(file_reasons); i++) {
		context.selected = true;
		texts(_metadata, file_reasons[i], &context, text);
		HAS(text, "The selected capability file /x.cap is stale: it ");
		HAS(text, "svcgate device capability select --none");
		context.selected = false;
		texts(_metadata, file_reasons[i], &context, text);
		HAS(text, "The capability file /x.cap ");
		LACKS(text, "stale");
		LACKS(text, "--none");
	}
}

TEST(p10_wrong_device_names_both)
{
	struct svcgate_reason_context context = {
		.file_device = "aabb",
		.device = "ccdd",
	};
	char text[2048];

	texts(_metadata, SVCGATE_REASON_DEVICE, &context, text);
	HAS(text, "another device, aabb; this one is ccdd.");
	context.device = NULL;
	texts(_metadata, SVCGATE_REASON_DEVICE, &context, text);
	HAS(text, "another device, aabb.");
}

TEST(p10_details_are_named)
{
	static const struct {
		u16 reason;
		u16 detail;
		u8 kind;
		const char *words;
	} rows[] = {
		{ SVCGATE_REASON_FIELD_UNKNOWN, 0x801f, 0, "field 31." },
		{ SVCGATE_REASON_FIELD_NOT_ENFORCED, 8, 0, "field 8 (challenge)" },
		{ SVCGATE_REASON_FIELD_MISSING, 3, SVCGATE_KIND_KEYSTORE, "field 3 (epoch)" },
		{ SVCGATE_REASON_PURPOSE, 3, 0, "image-sdk" },
		{ SVCGATE_REASON_PURPOSE, 0x103, 0, "purpose 259" },
		{ SVCGATE_REASON_KIND, 2, 0, "keystore" },
		{ SVCGATE_REASON_KIND, 99, 0, "kind 99" },
		{ SVCGATE_REASON_STATE, 2, 0, "DeviceComplete" },
		{ SVCGATE_REASON_GRANT, 12, 0, "enableRfTestMode" },
		{ SVCGATE_REASON_GRANT, 63, 0, "capability 63" },
		{ SVCGATE_REASON_STRENGTH, 1, 0, "a challenge" },
		{ SVCGATE_REASON_STRENGTH, 2, 0, "a holder's proof" },
		{ SVCGATE_REASON_SECTION, 1, 0, "a delegation" },
		{ SVCGATE_REASON_UNKNOWN_OP, 0x8001, 0, "0x8001" },
		{ SVCGATE_REASON_UNKNOWN_OP, SVCGATE_OP_FUSE_READ, 0, "fuse-read" },
		{ SVCGATE_REASON_TRANSACTIONS, 4, 0, "4 operations" },
		{ SVCGATE_REASON_EXECUTOR_ENDED, 9, 0, "signal 9" },
		{ SVCGATE_REASON_ENVELOPE_VERSION, 2, 0, "version 2" },
	};
	char text[2048];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct svcgate_reason_context context = {
			.detail = rows[i].detail,
			.kind = rows[i].kind,
		};

		texts(_metadata, rows[i].reason, &context, text);
		HAS(text, rows[i].words);
	}
}

TEST(p10_changes_of_trust_name_the_cure)
{
	static const struct {
		u16 reason;
		u16 detail;
		u8 kind;
		const char *words[3];
	} rows[] = {
		{ SVCGATE_REASON_OUTCOME_UNKNOWN, 0, 0,
		  { "not known whether state-update was carried out", "Repeat", "not done twice" } },
		{ SVCGATE_REASON_BACKWARDS, 0, 0,
		  { "never goes back", "Blank", "svcgate device capability select" } },
		{ SVCGATE_REASON_CAPABILITY_STORED, 0, 0,
		  { "stores a capability file", "svcgate device capability update --capability-file",
		    "--keep-capability" } },
		{ SVCGATE_REASON_NOT_STORED, 0, 0,
		  { "could not store", "until the device restarts", "disk" } },
		{ SVCGATE_REASON_CHANGE_PENDING, 0, 0, { "another change is on its way", "Wait" } },
		{ SVCGATE_REASON_CHANGE_RATE, 0, 0, { "in 10 seconds", "Wait 10 seconds" } },
		{ SVCGATE_REASON_NO_SIDELOAD, 0, 0,
		  { "may not be stored", "svcgate device capability select" } },
		{ SVCGATE_REASON_KEYSTORE_VERSION, 0, SVCGATE_KIND_KEYSTORE,
		  { "The keystore file", "not above the one in force",
		    "svcgate device keystore show" } },
		{ SVCGATE_REASON_KEYSTORE_EPOCH, 0, SVCGATE_KIND_KEYSTORE,
		  { "epoch below the one in force", "svcgate-issuer keystore build" } },
		{ SVCGATE_REASON_KEYSTORE_JUMP, 0, SVCGATE_KIND_KEYSTORE,
		  { "too far above", "in between", "svcgate device keystore show" } },
		{ SVCGATE_REASON_KEYSTORE_PURPOSE, SVCGATE_PURPOSE_IMAGE_SDK,
		  SVCGATE_KIND_KEYSTORE,
		  { "usable key for image-sdk", "keystore rotate --purpose image-sdk" } },
		{ SVCGATE_REASON_KEYSTORE_KEYS, 0, SVCGATE_KIND_KEYSTORE,
		  { "changes keystore keys", "--sign-with root" } },
		{ SVCGATE_REASON_UNKNOWN_KEY, 0, SVCGATE_KIND_KEYSTORE,
		  { "does not know", "signed by a root", "--sign-with root" } },
		{ SVCGATE_REASON_UNKNOWN_KEY, 0, SVCGATE_KIND_CAPABILITY,
		  { "does not know", "sideload deploy --image-package" } },
		{ SVCGATE_REASON_AUDIENCE, 0, SVCGATE_KIND_KEYSTORE, { "another product line" } },
	};
	char text[2048];
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct svcgate_reason_context context = {
			.op = SVCGATE_OP_STATE_UPDATE,
			.detail = rows[i].detail,
			.kind = rows[i].kind,
		};

		texts(_metadata, rows[i].reason, &context, text);
		for (j = 0; j < ARRAY_SIZE(rows[i].words) && rows[i].words[j]; j++)
			HAS(text, rows[i].words[j]);
	}
}

TEST(p10_arguments_of_a_maker_are_the_makers_to_explain)
{
	struct svcgate_reason_context context = { .op = SVCGATE_OP_OS_VERSION };
	char text[2048];

	texts(_metadata, SVCGATE_REASON_EXECUTOR_ARGUMENTS, &context, text);
	HAS(text, "Update svcgate");
	context.op = SVCGATE_OP_MAKER;
	texts(_metadata, SVCGATE_REASON_EXECUTOR_ARGUMENTS, &context, text);
	HAS(text, "--payload-file");
	EXPECT_EQ(NULL, strstr(text, "Update svcgate"));
}

/* Whatever a device sends, it becomes a text without a placeholder. */
TEST(every_reason_and_detail_makes_a_text)
{
	static const u16 details[] = { 0, 1, 2, 13, 63, 64, 255, 256, 0x8001, 0xffff };
	unsigned int reason, i;
	char text[2048];

	for (reason = 0; reason <= 0x5ff; reason++) {
		for (i = 0; i < ARRAY_SIZE(details); i++) {
			struct svcgate_reason_context context = {
				.op = details[(i + reason) % ARRAY_SIZE(details)],
				.detail = details[i],
				.kind = reason,
				.file = i & 1 ? "f" : NULL,
				.selected = i & 2,
			};

			texts(_metadata, reason, &context, text);
			ASSERT_EQ(NULL, strpbrk(text, "{}")) TH_LOG("%s", text);
			ASSERT_NE('|', text[0]);
		}
	}
}

TEST(every_error_of_the_link_has_words)
{
	static const int errors[] = {
		ENODEV, EACCES, EBUSY, ENOTTY, EINVAL, EIO, EPIPE, ETIMEDOUT, ECONNRESET,
		EMSGSIZE, EPROTO, EPROTONOSUPPORT, EINTR,
	};
	const struct svcgate_link_error *entry;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		entry = svcgate_link_error_find(-errors[i]);
		ASSERT_NE(NULL, entry) TH_LOG("%s", strerror(errors[i]));
		EXPECT_NE(SVCGATE_EXIT_DONE, entry->exit);
		EXPECT_NE(NULL, entry->cure);
	}
	EXPECT_EQ(NULL, svcgate_link_error_find(0));
	EXPECT_EQ(NULL, svcgate_link_error_find(-ENOSPC));
}

TEST_HARNESS_MAIN
