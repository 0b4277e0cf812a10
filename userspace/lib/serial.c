// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A serial port for one program: locked, raw, given back as it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "pure.h"
#include "serial.h"

static const struct {
	unsigned int baud;
	speed_t speed;
} speeds[] = {
	{ 1200, B1200 },
	{ 2400, B2400 },
	{ 4800, B4800 },
	{ 9600, B9600 },
	{ 19200, B19200 },
	{ 38400, B38400 },
	{ 57600, B57600 },
	{ 115200, B115200 },
	{ 230400, B230400 },
#ifdef B460800
	{ 460800, B460800 },
#endif
#ifdef B500000
	{ 500000, B500000 },
#endif
#ifdef B921600
	{ 921600, B921600 },
#endif
#ifdef B1000000
	{ 1000000, B1000000 },
#endif
#ifdef B1500000
	{ 1500000, B1500000 },
#endif
#ifdef B2000000
	{ 2000000, B2000000 },
#endif
#ifdef B3000000
	{ 3000000, B3000000 },
#endif
#ifdef B4000000
	{ 4000000, B4000000 },
#endif
};

static int baud_to_speed(unsigned int baud, speed_t *ret_speed)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(speeds); i++) {
		if (speeds[i].baud != baud)
			continue;
		*ret_speed = speeds[i].speed;
		return 0;
	}
	return -EINVAL;
}

/**
 * svcgate_serial_baud_known() - is there a speed constant for this rate?
 * @baud: bits a second
 */
bool svcgate_serial_baud_known(unsigned int baud)
{
	speed_t speed;

	return !baud_to_speed(baud, &speed);
}

/*
 * A lock of its own keeps two copies of this tool apart, and any program that
 * locks as minicom and picocom do. TIOCEXCL also keeps out those that do not
 * lock (ModemManager probes every new adapter). It stays with the tty until
 * the last close, which for a pty is the other side's: there a killed tool
 * would shut everybody out for good, so a pty gets the lock alone.
 */
static int lock_port(struct svcgate_serial *serial)
{
	char name[64];

	if (flock(serial->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	if (ttyname_r(serial->fd, name, sizeof(name)) ||
	    !strncmp(name, "/dev/pts/", strlen("/dev/pts/")))
		return 0;
	serial->exclusive = !ioctl(serial->fd, TIOCEXCL);
	return 0;
}

static int set_raw(const struct svcgate_serial *serial, speed_t speed)
{
	struct termios raw = serial->saved;

	cfmakeraw(&raw);
	raw.c_cflag &= ~CSTOPB;
#ifdef CRTSCTS
	raw.c_cflag &= ~CRTSCTS;
#endif
	raw.c_cflag |= CLOCAL | CREAD;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (cfsetispeed(&raw, speed) < 0 || cfsetospeed(&raw, speed) < 0)
		return -errno;
	if (tcsetattr(serial->fd, TCSANOW, &raw) < 0)
		return -errno;

	/* tcsetattr() is content when it could do any of it. */
	if (tcgetattr(serial->fd, &raw) < 0)
		return -errno;
	if (cfgetospeed(&raw) != speed)
		return -EINVAL;
	return tcflush(serial->fd, TCIOFLUSH) < 0 ? -errno : 0;
}

static int open_error(int error)
{
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENOTDIR:
		return -ENODEV;
	case EPERM:
		return -EACCES;
	default:
		return -error;
	}
}

/**
 * svcgate_serial_open() - open, lock and set up a serial port
 * @ret_serial: the port
 * @path: of its node
 * @baud: bits a second
 *
 * Return: 0, or -ENODEV no such port, -EACCES not permitted, -EBUSY another
 * program has it, -ENOTTY not a serial port, -EINVAL a speed that this
 * computer or the port does not know, -EIO no hardware behind it.
 */
int svcgate_serial_open(struct svcgate_serial *ret_serial, const char *path,
			unsigned int baud)
{
	struct svcgate_serial serial = { .baud = baud };
	speed_t speed;
	int r;

	r = baud_to_speed(baud, &speed);
	if (r < 0)
		return r;

	/* Not blocking: without it open() waits for a modem's carrier. */
	serial.fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (serial.fd < 0)
		return open_error(errno);

	r = tcgetattr(serial.fd, &serial.saved) < 0 ? -errno : 0;
	if (r < 0)
		goto close_fd;
	r = lock_port(&serial);
	if (r < 0)
		goto close_fd;
	r = set_raw(&serial, speed);
	if (r < 0)
		goto restore;

	*ret_serial = serial;
	return 0;

restore:
	svcgate_serial_close(&serial, false);
	return r;
close_fd:
	close(serial.fd);
	return r;
}

/**
 * svcgate_serial_set_baud() - go on at another speed, once all that was sent is out
 * @serial: the port
 * @baud: bits a second
 *
 * Return: 0, or -EINVAL a speed that this computer or the port does not know; then
 * nothing has changed. Another negative errno when the port went away.
 */
int svcgate_serial_set_baud(struct svcgate_serial *serial, unsigned int baud)
{
	struct termios before, raw;
	speed_t speed;
	int r;

	r = baud_to_speed(baud, &speed);
	if (r < 0)
		return r;
	if (tcgetattr(serial->fd, &before) < 0)
		return -errno;
	raw = before;
	if (cfsetispeed(&raw, speed) < 0 || cfsetospeed(&raw, speed) < 0 ||
	    tcsetattr(serial->fd, TCSADRAIN, &raw) < 0 || tcgetattr(serial->fd, &raw) < 0)
		return -errno;
	if (cfgetospeed(&raw) != speed) {
		tcsetattr(serial->fd, TCSADRAIN, &before);
		return -EINVAL;
	}
	serial->baud = baud;
	return 0;
}

/**
 * svcgate_serial_close() - give a port back as it was
 * @serial: from svcgate_serial_open()
 * @drain: let go out what was not sent yet, at the speed that it is meant for
 *
 * Without @drain it is dropped: a port that takes nothing would hold the last
 * close() up for half a minute.
 */
void svcgate_serial_close(struct svcgate_serial *serial, bool drain)
{
	tcflush(serial->fd, drain ? TCIFLUSH : TCIOFLUSH);
	tcsetattr(serial->fd, drain ? TCSADRAIN : TCSANOW, &serial->saved);
	if (serial->exclusive)
		ioctl(serial->fd, TIOCNXCL);
	close(serial->fd);
	serial->fd = -1;
}
