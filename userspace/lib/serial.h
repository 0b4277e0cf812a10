/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A serial port for one program: locked, raw, given back as it was.
 */
#ifndef _SVCGATE_SERIAL_H
#define _SVCGATE_SERIAL_H

#include <stdbool.h>
#include <termios.h>

/**
 * struct svcgate_serial - an open serial port
 * @fd: non-blocking descriptor
 * @baud: bits a second
 * @exclusive: TIOCEXCL is set
 * @saved: settings that svcgate_serial_close() puts back
 */
struct svcgate_serial {
	int fd;
	unsigned int baud;
	bool exclusive;
	struct termios saved;
};

bool svcgate_serial_baud_known(unsigned int baud);
int svcgate_serial_open(struct svcgate_serial *ret_serial, const char *path,
			unsigned int baud);
int svcgate_serial_set_baud(struct svcgate_serial *serial, unsigned int baud);
void svcgate_serial_close(struct svcgate_serial *serial, bool drain);

#endif /* _SVCGATE_SERIAL_H */
