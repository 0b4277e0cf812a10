// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames: what a body looks like on the line, and that it comes back.
 */
#include "frame_reference.h"

static const u8 tail[] = { 0 };

/* Enframe through both parts, compare with the reference, take it back. */
static void round_trip(TESTED, const u8 *body, size_t length, size_t head)
{
	size_t size = SVCGATE_FRAME_LINE_MAX(length), used;
	u8 *line = malloc(size), *expected = malloc(2 * length + 16);
	struct record *seen = calloc(1, sizeof(*seen));
	u8 *first = exact_copy(body, head);
	u8 *second = exact_copy(body + head, length - head);

	used = svcgate_enframe(line, size, first, head, second, length - head);
	ASSERT_EQ(reference_enframe(expected, body, length), used);
	ASSERT_EQ(0, memcmp(expected, line, used));
	ASSERT_LE(used, size);

	run_line(line, NULL, used, length + SVCGATE_FRAME_CRC_SIZE, used, seen);
	ASSERT_EQ(1, seen->count);
	ASSERT_EQ(SVCGATE_DEFRAME_FRAME, seen->event[0]);
	ASSERT_EQ(length, seen->length[0]);
	ASSERT_EQ(0, memcmp(seen->bytes, body, length));
	free(line);
	free(expected);
	free(seen);
	free(first);
	free(second);
}

static void expect_line(TESTED, const u8 *body, size_t length, const u8 *line,
			size_t line_length)
{
	u8 out[1024];

	ASSERT_EQ(line_length, svcgate_enframe(out, sizeof(out), body, length, NULL, 0));
	ASSERT_EQ(0, memcmp(line, out, line_length));
	round_trip(_metadata, body, length, length);
}

#define EXPECT_LINE(body, ...) do {						\
	static const u8 line_[] = { __VA_ARGS__ };				\
	expect_line(_metadata, (const u8 *)(body), sizeof(body) - 1, line_,	\
		    sizeof(line_));						\
} while (0)

TEST(crc_is_the_one_of_ieee_802_3)
{
	EXPECT_EQ(0xcbf43926, svcgate_crc32((const u8 *)"123456789", 9));
	EXPECT_EQ(0, svcgate_crc32((const u8 *)"", 0));
	EXPECT_EQ(0xd202ef8d, svcgate_crc32(tail, 1));
	EXPECT_EQ(0xffffffff, svcgate_crc32((const u8 *)"\xff\xff\xff\xff", 4));
	EXPECT_EQ(reference_crc((const u8 *)"123456789", 9), 0xcbf43926);
}

/* Written by hand: the CRC from tables, the codes by the paper's rules. */
TEST(bytes_on_the_line_are_those_of_the_protocol)
{
	/* Nothing: a CRC of four zeros. */
	EXPECT_LINE("", 0, 1, 1, 1, 1, 1, 0);
	EXPECT_LINE("\0", 0, 1, 5, 0x8d, 0xef, 0x02, 0xd2, 0);
	EXPECT_LINE("123456789", 0, 14, '1', '2', '3', '4', '5', '6', '7', '8', '9',
		    0x26, 0x39, 0xf4, 0xcb, 0);
	/* Body without, CRC of zeros only. */
	EXPECT_LINE("\x9d\x0a\xd9\x6d", 0, 5, 0x9d, 0x0a, 0xd9, 0x6d, 1, 1, 1, 1, 0);
	EXPECT_LINE("\xff\xff\xff\xff",
		    0, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0);
}

/* The example of the paper, an IP header that ends in a TCP port's bytes. */
TEST(codes_are_those_of_the_paper)
{
	static const u8 packet[] = { 0x45, 0x00, 0x00, 0x2c, 0x4c, 0x79, 0x00, 0x00,
				     0x40, 0x06, 0x4f, 0x37 };
	static const u8 coded[] = { 0x00, 0x02, 0x45, 0x01, 0x04, 0x2c, 0x4c, 0x79,
				    0x01 };
	u8 out[64];
	size_t used;

	used = svcgate_enframe(out, sizeof(out), packet, sizeof(packet), NULL, 0);
	/* Zero, four codes, twelve bytes without four zeros, CRC, zero. */
	EXPECT_EQ(1 + sizeof(packet) + 1 + 4 + 1, used);
	EXPECT_EQ(0, memcmp(out, coded, sizeof(coded)));
	EXPECT_EQ(0, memcmp(out + 10, "\x40\x06\x4f\x37", 4));
}

/* A body that together with its CRC has no zero and n bytes. */
static void no_zeros(TESTED, u8 *body, size_t n)
{
	u32 crc;
	u8 i;

	memset(body, 0x55, n - 4);
	for (i = 1; i; i++) {
		body[0] = i;
		crc = reference_crc(body, n - 4);
		if ((crc & 0xff) && (crc & 0xff00) && (crc & 0xff0000) && crc >> 24)
			return;
	}
	ASSERT_NE(0, i);
}

TEST(a_final_run_of_253_254_255_and_508_bytes)
{
	u8 body[600], out[700];

	no_zeros(_metadata, body, 253);
	ASSERT_EQ(1 + 1 + 253 + 1, svcgate_enframe(out, sizeof(out), body, 249, NULL, 0));
	EXPECT_EQ(254, out[1]);
	EXPECT_EQ(0, out[255]);

	/* Code ff, its 254 bytes, and nothing for the zero that is not there. */
	no_zeros(_metadata, body, 254);
	ASSERT_EQ(1 + 1 + 254 + 1, svcgate_enframe(out, sizeof(out), body, 250, NULL, 0));
	EXPECT_EQ(255, out[1]);
	EXPECT_EQ(0, out[256]);

	no_zeros(_metadata, body, 255);
	ASSERT_EQ(1 + 1 + 254 + 2 + 1,
		  svcgate_enframe(out, sizeof(out), body, 251, NULL, 0));
	EXPECT_EQ(255, out[1]);
	EXPECT_EQ(2, out[256]);
	EXPECT_EQ(0, out[258]);

	no_zeros(_metadata, body, 508);
	ASSERT_EQ(1 + 2 * 255 + 1,
		  svcgate_enframe(out, sizeof(out), body, 504, NULL, 0));
	EXPECT_EQ(255, out[1]);
	EXPECT_EQ(255, out[256]);
	EXPECT_EQ(0, out[511]);
}

TEST(runs_of_253_254_and_255_bytes_before_a_zero)
{
	u8 body[256], out[300];
	size_t run;

	for (run = 253; run <= 255; run++) {
		memset(body, 0xaa, run);
		body[run] = 0;
		round_trip(_metadata, body, run + 1, run / 2);
		ASSERT_NE(0, svcgate_enframe(out, sizeof(out), body, run + 1, NULL, 0));
		EXPECT_EQ(run == 253 ? 254 : 255, out[1]);
		/* After a full block the zero is a block of its own. */
		if (run == 254)
			EXPECT_EQ(1, out[256]);
		if (run == 255)
			EXPECT_EQ(2, out[256]);
	}
}

/* A tail 01 after a full block is what other encoders send; it means the same. */
TEST(a_full_last_block_may_be_followed_by_an_empty_one)
{
	struct record *seen = calloc(1, sizeof(*seen));
	u8 body[250], out[300];
	size_t used;

	no_zeros(_metadata, body, 254);
	used = reference_enframe(out, body, sizeof(body));
	out[used - 1] = 1;
	out[used++] = 0;
	run_line(out, NULL, used, 254, used, seen);
	ASSERT_EQ(1, seen->count);
	EXPECT_EQ(SVCGATE_DEFRAME_FRAME, seen->event[0]);
	EXPECT_EQ(0, memcmp(seen->bytes, body, sizeof(body)));
	free(seen);
}

TEST(every_length_up_to_600_comes_back)
{
	u8 body[600];
	struct rng rng;
	size_t n;

	rng_init(&rng, _metadata->name);
	for (n = 0; n <= sizeof(body); n++) {
		memset(body, 0, n);
		round_trip(_metadata, body, n, n);
		memset(body, 1 + n % 255, n);
		round_trip(_metadata, body, n, 0);
		rng_fill(&rng, body, n);
		round_trip(_metadata, body, n, n ? rng_below(&rng, n) : 0);
	}
}

TEST(random_bodies_with_many_and_few_zeros_come_back)
{
	u8 *body = malloc(SVCGATE_FRAME_MAX);
	struct rng rng;
	size_t n, i;
	int round;

	rng_init(&rng, _metadata->name);
	for (round = 0; round < 300; round++) {
		n = rng_below(&rng, SVCGATE_FRAME_MAX + 1);
		rng_fill(&rng, body, n);
		for (i = 0; i < n; i++)
			if (!rng_below(&rng, 1 << round % 12))
				body[i] = 0;
		round_trip(_metadata, body, n, n ? rng_below(&rng, n) : 0);
	}
	free(body);
}

TEST(zeros_in_each_byte_of_the_crc_come_back)
{
	unsigned int found[5] = { }, i, zeros;
	u8 body[4];
	u32 crc;

	for (i = 0; i < 1 << 16; i++) {
		svcgate_put_le32(body, i);
		crc = reference_crc(body, 4);
		zeros = !(crc & 0xff) + !(crc & 0xff00) + !(crc & 0xff0000) + !(crc >> 24);
		if (!zeros || found[zeros] > 600)
			continue;
		found[zeros]++;
		round_trip(_metadata, body, 4, 2);
	}
	EXPECT_LT(500, found[1]);
	EXPECT_LT(0, found[2]);
	memcpy(body, "\x9d\x0a\xd9\x6d", 4);
	ASSERT_EQ(0, reference_crc(body, 4));
	round_trip(_metadata, body, 4, 0);
}

TEST(the_longest_body_fits_and_one_byte_more_does_not)
{
	size_t n = SVCGATE_FRAME_MAX, size = SVCGATE_FRAME_LINE_MAX(n + 1);
	u8 *body = calloc(1, n + 1), *line = malloc(size);

	memset(body, 0xfe, n + 1);
	round_trip(_metadata, body, n, 16);
	EXPECT_EQ(0, svcgate_enframe(line, size, body, n + 1, NULL, 0));
	EXPECT_EQ(0, svcgate_enframe(line, size, body, n, body, 1));
	EXPECT_EQ(0, svcgate_enframe(line, size, body, 1, body, n));
	EXPECT_EQ(0, svcgate_enframe(line, size, body, 1, body, SIZE_MAX));
	EXPECT_EQ(0, svcgate_enframe(line, size, body, SIZE_MAX, body, 1));
	EXPECT_NE(0, svcgate_enframe(line, size, body, n, NULL, 0));
	free(body);
	free(line);
}

TEST(a_short_output_buffer_is_refused_not_overrun)
{
	u8 body[300], *line;
	size_t n, size;

	memset(body, 7, sizeof(body));
	for (n = 0; n <= sizeof(body); n++) {
		for (size = 0; size < SVCGATE_FRAME_LINE_MAX(n); size += 1 + size / 8) {
			line = malloc(size);
			ASSERT_EQ(0, svcgate_enframe(line, size, body, n, NULL, 0));
			free(line);
		}
		line = malloc(SVCGATE_FRAME_LINE_MAX(n));
		ASSERT_NE(0, svcgate_enframe(line, SVCGATE_FRAME_LINE_MAX(n), body, n,
					     NULL, 0));
		free(line);
	}
}

TEST(a_frame_costs_at_most_one_byte_in_254)
{
	u8 body[2000], out[2100];
	struct rng rng;
	size_t n, used;

	rng_init(&rng, _metadata->name);
	for (n = 0; n < sizeof(body); n += 7) {
		rng_fill(&rng, body, n);
		used = svcgate_enframe(out, sizeof(out), body, n, NULL, 0);
		ASSERT_NE(0, used);
		ASSERT_LE(used - 2 - (n + 4), (n + 4) / 254 + 1);
		ASSERT_NULL(memchr(out + 1, 0, used - 2));
	}
}

TEST(the_header_is_little_endian_and_has_its_version)
{
	static const u8 expected[16] = { 0x13, 0x05, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12,
					 0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01 };
	u8 *out = malloc(sizeof(struct svcgate_frame));

	svcgate_frame_put(out, SVCGATE_FRAME_DATA,
			  SVCGATE_FRAME_FROM_KERNEL | SVCGATE_FRAME_TAGGED, 0x1234,
			  0x12345678, 0x0123456789abcdefULL);
	EXPECT_EQ(sizeof(expected), sizeof(struct svcgate_frame));
	EXPECT_EQ(0, memcmp(expected, out, sizeof(expected)));
	free(out);
}

TEST_HARNESS_MAIN
