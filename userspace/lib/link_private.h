/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What link.c (sessions) and link_request.c (requests) share.
 */
#ifndef _SVCGATE_LINK_PRIVATE_H
#define _SVCGATE_LINK_PRIVATE_H

#include "link.h"
#include "link_line.h"
#include "serial.h"

/**
 * struct svcgate_link - one end of a service port
 * @line: frames
 * @serial: the port; its fd is -1 when @line has the caller's descriptor
 * @hello_ms: how long to ask for a session
 * @open: a session is believed to be open
 * @transaction: number of the last transaction of this session
 * @last: the last request that was sent, of this session or an earlier one
 * @welcome: how this session began
 */
struct svcgate_link {
	struct svcgate_line line;
	struct svcgate_serial serial;
	unsigned int hello_ms;
	bool open;
	u16 transaction;
	struct svcgate_link_id last;
	struct svcgate_link_welcome welcome;
};

bool svcgate_link_ends_session(u16 reason);

#endif /* _SVCGATE_LINK_PRIVATE_H */
