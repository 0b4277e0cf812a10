// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How fast the pure decoder is, on this machine and alone: the product's deframer as
 * it is compiled into the kernel, with the CRC by slice-by-8 as in the kernel, beside
 * a decoder that takes byte by byte, and beside that CRC alone over as many bytes.
 *
 *   decoder [SECONDS]	one line of JSON for each kind of data:
 *
 *   {"data": "random" | "zeros", "decoder": MB/s, "bytewise": MB/s, "crc": MB/s}
 *
 * MB are 10^6 bytes of decoded bodies with their CRC. Each figure is the best of
 * several rounds, taken by turns, so that all three see the same machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pure.h"

/* The kernel's routine is slice-by-8; zlib's has other tricks. */
static u32 slices[8][256];

static void make_slices(void)
{
	unsigned int i, bit, s;
	u32 crc;

	for (i = 0; i < 256; i++) {
		crc = i;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
		slices[0][i] = crc;
	}
	for (s = 1; s < 8; s++)
		for (i = 0; i < 256; i++)
			slices[s][i] = slices[s - 1][i] >> 8 ^
				       slices[0][slices[s - 1][i] & 0xff];
}

static u32 slice_by_8(u32 crc, const u8 *p, size_t length)
{
	u32 low, high;

	for (; length >= 8; p += 8, length -= 8) {
		memcpy(&low, p, 4);
		memcpy(&high, p + 4, 4);
		low ^= crc;
		crc = slices[7][low & 0xff] ^ slices[6][low >> 8 & 0xff] ^
		      slices[5][low >> 16 & 0xff] ^ slices[4][low >> 24] ^
		      slices[3][high & 0xff] ^ slices[2][high >> 8 & 0xff] ^
		      slices[1][high >> 16 & 0xff] ^ slices[0][high >> 24];
	}
	for (; length; p++, length--)
		crc = crc >> 8 ^ slices[0][(crc ^ *p) & 0xff];
	return crc;
}

#define crc32_le slice_by_8
#define svcgate_crc32 kernel_crc32
static inline u32 kernel_crc32(const u8 *data, size_t length)
{
	return ~slice_by_8(~0U, data, length);
}
#include "../../kmod/frame.c"

#define FRAMES		64	/* the line stays in the cache, as what a driver just wrote does */
#define BODY		1500
#define CHUNK		2048	/* what the tty core offers at once, about */
#define ROUND		0.002	/* seconds: shorter than what a busy machine gives at once */

struct work {
	u8 *line;
	size_t length;
	u8 bodies[FRAMES][BODY + SVCGATE_FRAME_CRC_SIZE];
	u8 buf[SVCGATE_FRAME_RAW_MAX];
};

/* Reference: one byte a step, as the paper has it. */
static size_t run_bytewise(struct work *work)
{
	size_t i, used = 0, frames = 0, left = 0;
	bool zero = false;
	u8 byte;

	for (i = 0; i < work->length; i++) {
		byte = work->line[i];
		if (!byte) {
			if (used > SVCGATE_FRAME_CRC_SIZE && !left &&
			    kernel_crc32(work->buf, used - SVCGATE_FRAME_CRC_SIZE) ==
			    svcgate_get_le32(work->buf + used - SVCGATE_FRAME_CRC_SIZE))
				frames++;
			used = 0;
			left = 0;
			zero = false;
		} else if (!left) {
			if (zero && used < sizeof(work->buf))
				work->buf[used++] = 0;
			left = byte - 1;
			zero = byte != 0xff;
		} else {
			if (used < sizeof(work->buf))
				work->buf[used++] = byte;
			left--;
		}
	}
	return frames;
}

static size_t run_decoder(struct work *work)
{
	size_t at, used, end, frames = 0;
	struct svcgate_deframer d;

	svcgate_deframer_init(&d, work->buf, sizeof(work->buf));
	for (at = 0; at < work->length; at = end) {
		end = at + min_t(size_t, CHUNK, work->length - at);
		for (; at < end; at += used)
			frames += svcgate_deframe(&d, work->line + at, NULL, end - at,
						  &used) == SVCGATE_DEFRAME_FRAME;
	}
	return frames;
}

static size_t run_crc(struct work *work)
{
	size_t i, frames = 0;

	for (i = 0; i < FRAMES; i++)
		frames += kernel_crc32(work->bodies[i], sizeof(work->bodies[i])) != 0;
	return frames;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* MB/s of one round; the machine's caches are warm after the first pass. */
static double measure(size_t (*run)(struct work *work), struct work *work)
{
	double start = now(), end;
	size_t passes = 0;

	do {
		if (run(work) != FRAMES) {
			fprintf(stderr, "decoder: frames were lost\n");
			exit(1);
		}
		passes++;
		end = now();
	} while (end - start < ROUND);
	return passes * FRAMES * (double)(BODY + SVCGATE_FRAME_CRC_SIZE) / (end - start) / 1e6;
}

static void fill(struct work *work, bool random)
{
	size_t frame, i, size = SVCGATE_FRAME_LINE_MAX(BODY);
	u64 state = 88172645463325252ULL;

	work->length = 0;
	memset(work->bodies, 0, sizeof(work->bodies));
	for (frame = 0; frame < FRAMES; frame++) {
		for (i = 0; random && i < BODY; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			work->bodies[frame][i] = state >> 32;
		}
		work->length += svcgate_enframe(work->line + work->length, size,
						work->bodies[frame], BODY, NULL, 0);
	}
}

int main(int argc, char **argv)
{
	static size_t (*const runs[])(struct work *) = { run_decoder, run_bytewise, run_crc };
	const unsigned int rounds = (argc > 1 ? atof(argv[1]) : 3) / (2 * 3 * ROUND) + 1;
	static struct work work;
	unsigned int random, round, i;
	double best[3], speed;

	make_slices();
	work.line = malloc(FRAMES * SVCGATE_FRAME_LINE_MAX(BODY));
	if (!work.line)
		return 1;
	for (random = 2; random--;) {
		fill(&work, random);
		memset(best, 0, sizeof(best));
		for (round = 0; round < rounds; round++) {
			for (i = 0; i < 3; i++) {
				speed = measure(runs[i], &work);
				best[i] = speed > best[i] ? speed : best[i];
			}
		}
		printf("{\"data\": \"%s\", \"decoder\": %.1f, \"bytewise\": %.1f, \"crc\": %.1f}\n",
		       random ? "random" : "zeros", best[0], best[1], best[2]);
	}
	free(work.line);
	return 0;
}
