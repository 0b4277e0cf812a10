/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A token bucket: so many in one go, so many a second (P9).
 */
#ifndef _SVCGATE_BUCKET_H
#define _SVCGATE_BUCKET_H

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct svcgate_bucket - protected by its owner's lock
 * @tokens: left, in parts of 1/HZ token
 * @stamp: jiffies of the last look
 */
struct svcgate_bucket {
	unsigned long tokens;
	unsigned long stamp;
};

static inline void svcgate_bucket_init(struct svcgate_bucket *bucket, unsigned int burst)
{
	bucket->tokens = (unsigned long)burst * HZ;
	bucket->stamp = jiffies;
}

/* Take one token; false when there is none. */
static inline bool svcgate_bucket_take(struct svcgate_bucket *bucket, unsigned int rate,
				       unsigned int burst)
{
	unsigned long full = (unsigned long)burst * HZ;
	unsigned long passed = min(jiffies - bucket->stamp, full);

	bucket->stamp = jiffies;
	bucket->tokens = min(bucket->tokens + passed * rate, full);
	if (bucket->tokens < HZ)
		return false;
	bucket->tokens -= HZ;
	return true;
}

#endif /* _SVCGATE_BUCKET_H */
