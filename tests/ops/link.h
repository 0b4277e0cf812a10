/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The executor that stands for a maker's in tests of the link: numbers and keys of
 * its operations, and the bytes of its source.
 */
#ifndef _SVCGATE_TESTS_LINK_H
#define _SVCGATE_TESTS_LINK_H

#include <stddef.h>
#include <stdint.h>

/*
 * enum link_op - as the files of ops.d say
 * @LINK_OP_ECHO: what comes on the stream goes back; no request
 * @LINK_OP_SINK: keep a stream; &enum link_sink_key, answered when it has ended
 * @LINK_OP_SOURCE: bytes as link_source_next() makes them; &enum link_source_key
 * @LINK_OP_SINK_SIZE: how much of a stream is kept; LINK_SINK_ID
 * @LINK_OP_FOLLOW: what somebody in the device writes into the FIFO "follow" of the
 *	executor's directory; no request
 */
enum link_op {
	LINK_OP_ECHO = 0x8000,
	LINK_OP_SINK = 0x8001,
	LINK_OP_SOURCE = 0x8002,
	LINK_OP_SINK_SIZE = 0x8003,
	LINK_OP_FOLLOW = 0x8004,
};

/* Request of sink and sink-size. */
enum link_sink_key {
	LINK_SINK_ID = 1,		/* text: letters, digits and dashes */
	LINK_SINK_OFFSET = 2,		/* uint: place of the stream's first byte; 0 */
	LINK_SINK_SHA256 = 3,		/* bytes: of all that is kept then; optional */
};

/* Answer of sink; that of sink-size has the first only. */
enum link_sink_answer_key {
	LINK_SINK_BYTES = 1,		/* uint: kept in all */
	LINK_SINK_DIGEST = 2,		/* bytes: their SHA-256 */
};

/* Request of source. */
enum link_source_key {
	LINK_SOURCE_BYTES = 1,		/* uint: how many */
	LINK_SOURCE_SEED = 2,		/* uint; 0 */
};

/* The next eight bytes of a source, the lowest first; splitmix64. */
static inline uint64_t link_source_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

#endif /* _SVCGATE_TESTS_LINK_H */
