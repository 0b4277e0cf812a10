// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "ptys.h"

#define N_SVCGATE	29

int pty_open(struct pty *pty)
{
	struct termios raw;
	int zero = 0, number;
	char path[32];

	pty->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->master < 0 || ioctl(pty->master, TIOCSPTLCK, &zero) ||
	    ioctl(pty->master, TIOCGPTN, &number))
		return -errno;
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	snprintf(pty->name, sizeof(pty->name), "pts%d", number);
	pty->line = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (pty->line < 0 || tcgetattr(pty->line, &raw))
		return -errno;
	cfmakeraw(&raw);
	return tcsetattr(pty->line, TCSANOW, &raw) ? -errno : 0;
}

int pty_attach(struct pty *pty)
{
	int number = N_SVCGATE;

	return ioctl(pty->line, TIOCSETD, &number) ? -errno : 0;
}
