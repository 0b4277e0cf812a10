/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pace.c and stream_out.c share.
 */
#ifndef _SVCGATE_STREAM_PRIVATE_H
#define _SVCGATE_STREAM_PRIVATE_H

#include "stream.h"

/* Bytes on the line of a frame with so much data, about. */
static inline size_t svcgate_line_length(size_t data)
{
	return data + data / 254 + SVCGATE_STREAM_OVERHEAD;
}

static inline size_t svcgate_segment_line(const struct svcgate_segment *segment)
{
	return svcgate_line_length(segment->length);
}

int64_t svcgate_pace_timeout(const struct svcgate_pace *pace, unsigned int tries);
void svcgate_pace_sent(struct svcgate_pace *pace, struct svcgate_segment *segment, int64_t now);
void svcgate_pace_gone(struct svcgate_pace *pace, const struct svcgate_segment *segment);
void svcgate_pace_arrived(struct svcgate_pace *pace, const struct svcgate_segment *segment,
			  int64_t now);
void svcgate_pace_learn(struct svcgate_pace *pace, const struct svcgate_segment *segment,
			int64_t now);
void svcgate_pace_doubt(struct svcgate_pace *pace, size_t line);
void svcgate_pace_lost(struct svcgate_pace *pace, size_t line);

#endif /* _SVCGATE_STREAM_PRIVATE_H */
