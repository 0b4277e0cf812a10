/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the link share.
 */
#ifndef _SVCGATE_LINK_PRIVATE_H
#define _SVCGATE_LINK_PRIVATE_H

#include "link.h"
#include "link_line.h"
#include "serial.h"
#include "stream.h"

/**
 * struct svcgate_link - one end of a service port
 * @line: frames
 * @serial: the port; its fd is -1 when @line has the caller's descriptor
 * @base_baud: speed that every session begins with
 * @hello_ms: how long to ask for a session
 * @open: a session is believed to be open
 * @transaction: number of the last transaction of this session
 * @shared: a hub has the port, and its socket is behind @line
 * @hub: the hub when it is this process's child, else 0
 * @port: path, to find a hub again; NULL unless @shared
 * @turn: the hub waits for word that the request is with the device
 * @streams: programs in the session, as far as the hub has told
 * @pace: of what goes to the device
 * @last: the last request that was sent, of this session or an earlier one
 * @welcome: how this session began
 */
struct svcgate_link {
	struct svcgate_line line;
	struct svcgate_serial serial;
	unsigned int base_baud;
	unsigned int hello_ms;
	bool open;
	u16 transaction;
	bool shared;
	pid_t hub;
	char *port;
	bool turn;
	unsigned int streams;
	struct svcgate_pace pace;
	struct svcgate_link_id last;
	struct svcgate_link_welcome welcome;
};

/* link.c */
void svcgate_link_set_pace(struct svcgate_link *link);
bool svcgate_link_ends_session(const struct svcgate_line_frame *frame);
int svcgate_link_make_hello(u8 data[sizeof(struct svcgate_hello)],
			    struct svcgate_line_frame *ret_frame);
bool svcgate_link_is_over(const struct svcgate_link *link,
			  const struct svcgate_line_frame *frame);

/* link_request.c */
int svcgate_link_carry_out(struct svcgate_link *link,
			   const struct svcgate_link_request *request,
			   struct svcgate_link_io *io,
			   struct svcgate_link_response *ret_response);

/* link_speed.c */
int svcgate_link_base_speed(struct svcgate_link *link);

/* link_shared.c */
int svcgate_link_rejoin(struct svcgate_link *link);
void svcgate_link_leave(struct svcgate_link *link);
int svcgate_link_next_transaction(struct svcgate_link *link, u16 *ret_number);
void svcgate_link_turn_over(struct svcgate_link *link);
bool svcgate_link_take_notice(struct svcgate_link *link,
			      const struct svcgate_line_frame *frame);

#endif /* _SVCGATE_LINK_PRIVATE_H */
