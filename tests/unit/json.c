// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The JSON writer: well-formed whatever the strings are.
 */
#include "json.h"
#include "unit.h"

static char *text;
static size_t text_size;

static struct svcgate_json begin(void)
{
	struct svcgate_json json;

	svcgate_json_begin(&json, open_memstream(&text, &text_size));
	return json;
}

static const char *end(struct svcgate_json *json)
{
	svcgate_json_end(json);
	fclose(json->out);
	return text;
}

TEST(values)
{
	struct svcgate_json json = begin();

	svcgate_json_object(&json, NULL);
	svcgate_json_string(&json, "s", "x");
	svcgate_json_string(&json, "none", NULL);
	svcgate_json_number(&json, "n", UINT64_MAX);
	svcgate_json_array(&json, "a");
	svcgate_json_bool(&json, NULL, true);
	svcgate_json_object(&json, NULL);
	svcgate_json_close(&json);
	svcgate_json_close(&json);
	svcgate_json_array(&json, "e");
	svcgate_json_close(&json);
	svcgate_json_close(&json);
	EXPECT_STREQ("{\n  \"s\": \"x\",\n  \"none\": null,\n"
		     "  \"n\": 18446744073709551615,\n"
		     "  \"a\": [\n    true,\n    {}\n  ],\n  \"e\": []\n}\n", end(&json));
	free(text);
}

TEST(strings_are_escaped)
{
	static const struct {
		const char *in;
		size_t length;
		const char *out;
	} rows[] = {
		{ "", 0, "\"\"\n" },
		{ "a\"b\\c", 5, "\"a\\\"b\\\\c\"\n" },
		{ "\0\n\x1f\x7f", 4, "\"\\u0000\\u000a\\u001f\\u007f\"\n" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92", 9,
		  "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x92\"\n" },
		/* Alone, cut off, too long a form, surrogate, beyond the end. */
		{ "\x80", 1, "\"\\ufffd\"\n" },
		{ "\xe2\x82", 2, "\"\\ufffd\\ufffd\"\n" },
		{ "\xc0\x80", 2, "\"\\ufffd\\ufffd\"\n" },
		{ "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n" },
		{ "\xff\x41", 2, "\"\\ufffdA\"\n" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		u8 *copy = exact_copy(rows[i].in, rows[i].length);
		struct svcgate_json json = begin();

		svcgate_json_text(&json, NULL, copy, rows[i].length);
		EXPECT_STREQ(rows[i].out, end(&json));
		free(text);
		free(copy);
	}
}

TEST(random_bytes_stay_one_string)
{
	struct rng rng;
	unsigned int round;
	u8 bytes[64];
	size_t i;

	rng_init(&rng, "json");
	for (round = 0; round < 20000; round++) {
		struct svcgate_json json = begin();
		bool escaped = false;
		u32 length = rng_below(&rng, sizeof(bytes) + 1);

		rng_fill(&rng, bytes, length);
		svcgate_json_text(&json, NULL, bytes, length);
		end(&json);
		ASSERT_EQ('"', text[0]);
		for (i = 1; i + 2 < text_size; i++) {
			ASSERT_LE(0x20, (u8)text[i]);
			ASSERT_TRUE(escaped || text[i] != '"');
			escaped = !escaped && text[i] == '\\';
		}
		ASSERT_FALSE(escaped);
		ASSERT_EQ('"', text[text_size - 2]);
		free(text);
	}
}

TEST_HARNESS_MAIN
