// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes on the line, with any flags, in any pieces: the same events; and any
 * body, also one that came out, goes in and comes out the same.
 */
#include "frame.h"
#include "fuzz.h"

/* What came out, without keeping it. */
struct trace {
	unsigned int count;
	u32 sum;
};

static void again(const u8 *body, size_t length)
{
	size_t size = SVCGATE_FRAME_LINE_MAX(length), used, n, half = length / 2;
	u8 *line = malloc(size), *buf = malloc(length + SVCGATE_FRAME_CRC_SIZE);
	struct svcgate_deframer d;

	used = svcgate_enframe(line, size, body, half, body + half, length - half);
	MUST(used && used <= size);
	svcgate_deframer_init(&d, buf, length + SVCGATE_FRAME_CRC_SIZE);
	MUST(svcgate_deframe(&d, line, NULL, used, &n) == SVCGATE_DEFRAME_FRAME);
	MUST(n == used && d.length == length && !memcmp(buf, body, length));
	free(line);
	free(buf);
}

static void run(const u8 *line, const u8 *flags, size_t count, size_t size, size_t step,
		struct trace *t)
{
	enum svcgate_deframe_event event;
	struct svcgate_deframer d;
	size_t at, n, used;
	u8 *buf = malloc(size);

	svcgate_deframer_init(&d, buf, size);
	for (at = 0; at < count; at += used) {
		n = min_t(size_t, step, count - at);
		event = svcgate_deframe(&d, line + at, flags ? flags + at : NULL, n, &used);
		MUST(used && used <= n);
		MUST(event != SVCGATE_DEFRAME_MORE || used == n);
		if (event == SVCGATE_DEFRAME_MORE)
			continue;
		t->count++;
		t->sum = t->sum * 31 + event;
		if (event != SVCGATE_DEFRAME_FRAME)
			continue;
		MUST(d.length + SVCGATE_FRAME_CRC_SIZE <= size);
		t->sum = t->sum * 31 + svcgate_crc32(buf, d.length) + d.length;
		again(buf, d.length);
	}
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace whole = { }, pieces = { };
	size_t i, step, buf;
	u8 *flags;

	if (!size)
		return 0;
	if (size <= SVCGATE_FRAME_MAX)
		again(data, size);
	run(data, NULL, size, SVCGATE_FRAME_RAW_MAX, size, &whole);
	run(data, NULL, size, SVCGATE_FRAME_RAW_MAX, 1 + data[0] % 9, &pieces);
	MUST(whole.count == pieces.count && whole.sum == pieces.sum);

	/* Now with flags, and a buffer that the frames may be too long for. */
	flags = calloc(1, size);
	step = 1 + data[size / 2] % 61;
	buf = 4 + data[size - 1];
	for (i = step; i < size; i += step)
		flags[i] = data[i] % 5;
	memset(&whole, 0, sizeof(whole));
	memset(&pieces, 0, sizeof(pieces));
	run(data, flags, size, buf, size, &whole);
	run(data, flags, size, buf, 1 + step % 7, &pieces);
	MUST(whole.count == pieces.count && whole.sum == pieces.sum);
	free(flags);
	return 0;
}
