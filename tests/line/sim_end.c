// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linesim: a tty at one end of the line.
 *
 * The kernel's own termios carries any speed as a number; libc's header, which
 * knows only some, cannot be included beside it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <asm/termbits.h>

#include "sim.h"

static int set_raw(int fd, uint32_t baud)
{
	struct termios2 raw;

	if (ioctl(fd, TCGETS2, &raw) < 0)
		return -errno;
	raw.c_iflag = 0;
	raw.c_oflag = 0;
	raw.c_lflag = 0;
	raw.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | BOTHER << IBSHIFT;
	raw.c_ispeed = baud;
	raw.c_ospeed = baud;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	return ioctl(fd, TCSETS2, &raw) < 0 ? -errno : 0;
}

static int open_path(struct sim_end *end, uint32_t baud)
{
	int r;

	end->fd = open(end->path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (end->fd < 0)
		return -errno;
	r = set_raw(end->fd, baud);
	if (r < 0) {
		close(end->fd);
		end->fd = -1;
	}
	return r;
}

static int link_slave(const struct sim_end *end)
{
	if (!end->link)
		return 0;
	if (unlink(end->link) < 0 && errno != ENOENT)
		return -errno;
	return symlink(end->slave_path, end->link) < 0 ? -errno : 0;
}

static int open_pty(struct sim_end *end, uint32_t baud)
{
	int r;

	end->fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (end->fd < 0)
		return -errno;
	if (grantpt(end->fd) < 0 || unlockpt(end->fd) < 0 ||
	    ptsname_r(end->fd, end->slave_path, sizeof(end->slave_path)))
		goto error;
	end->slave = open(end->slave_path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (end->slave < 0)
		goto error;
	r = set_raw(end->slave, baud);
	if (!r)
		r = link_slave(end);
	if (!r)
		return 0;
	close(end->slave);
	end->slave = -1;
	errno = -r;
error:
	r = -errno;
	close(end->fd);
	end->fd = -1;
	return r;
}

/**
 * sim_end_plug() - the end is there
 * @end: one that is not
 * @baud: speed that it begins with
 *
 * Return: 0 or a negative errno.
 */
int sim_end_plug(struct sim_end *end, uint32_t baud)
{
	end->speed = baud;
	end->again = 0;
	end->backlog = false;
	end->late_until = 0;
	return end->path ? open_path(end, baud) : open_pty(end, baud);
}

/**
 * sim_end_unplug() - the end is gone, as an adapter that was pulled out
 * @end: the end
 *
 * Who has our pty's other side open gets a hang-up, and its names vanish. A tty of
 * somebody else's is let go.
 */
void sim_end_unplug(struct sim_end *end)
{
	if (end->fd < 0)
		return;
	if (end->link)
		unlink(end->link);
	if (end->slave >= 0)
		close(end->slave);
	close(end->fd);
	end->slave = -1;
	end->fd = -1;
}

/**
 * sim_end_look() - which speed does the program at our pty's other side use?
 * @end: the end; speeds of other ttys are told by command
 */
void sim_end_look(struct sim_end *end)
{
	struct termios2 now;

	if (end->slave >= 0 && !ioctl(end->slave, TCGETS2, &now) && now.c_ospeed)
		end->speed = now.c_ospeed;
}
