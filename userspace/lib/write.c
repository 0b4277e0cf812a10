// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Writing all of it.
 */
#include <errno.h>
#include <unistd.h>

#include "write.h"

/**
 * svcgate_write_all() - write all bytes to a descriptor that blocks
 * @fd: the descriptor
 * @data: the bytes
 * @length: how many
 *
 * Return: 0 or negative errno; some of them may have been written then.
 */
int svcgate_write_all(int fd, const void *data, size_t length)
{
	size_t used = 0;
	ssize_t n;

	while (used < length) {
		n = write(fd, (const char *)data + used, length - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		used += (size_t)n;
	}
	return 0;
}
