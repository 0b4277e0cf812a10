/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A token bucket: so many in one go, so many in a period (P9).
 */
#ifndef _SVCGATE_BUCKET_H
#define _SVCGATE_BUCKET_H

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct svcgate_bucket - protected by its owner's lock
 * @rate: tokens that come in a period
 * @token: parts of a token: the ticks of a period
 * @full: parts that it holds
 * @parts: parts that are left
 * @stamp: jiffies of the last look
 */
struct svcgate_bucket {
	unsigned int rate;
	unsigned long token;
	unsigned long full;
	unsigned long parts;
	unsigned long stamp;
};

static inline void svcgate_bucket_init(struct svcgate_bucket *bucket, unsigned int rate,
				       unsigned int seconds, unsigned int burst)
{
	bucket->rate = rate;
	bucket->token = (unsigned long)seconds * HZ;
	bucket->full = burst * bucket->token;
	bucket->parts = bucket->full;
	bucket->stamp = jiffies;
}

/* Take one token; false when there is none. */
static inline bool svcgate_bucket_take(struct svcgate_bucket *bucket)
{
	unsigned long passed = min(jiffies - bucket->stamp, bucket->full);

	bucket->stamp = jiffies;
	bucket->parts = min(bucket->parts + passed * bucket->rate, bucket->full);
	if (bucket->parts < bucket->token)
		return false;
	bucket->parts -= bucket->token;
	return true;
}

#endif /* _SVCGATE_BUCKET_H */
