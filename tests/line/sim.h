/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linesim: a serial line in real time between two ttys.
 */
#ifndef _SVCGATE_TESTS_SIM_H
#define _SVCGATE_TESTS_SIM_H

#include "line_model.h"

enum { SIM_A, SIM_B, SIM_ENDS };

/**
 * struct sim_end - one end of the line
 * @name: "a" or "b", for messages
 * @path: of a tty that is there already; NULL: a pty of our own
 * @link: name for the pty's other side, or NULL
 * @fd: what is read and written, -1 while unplugged
 * @slave: the other side of our pty, held open so that it never hangs up by itself
 * @slave_path: its name
 * @speed: bits a second that this end uses
 * @again: when its input is looked at again
 * @backlog: its program is ahead of the line
 * @late_until: we are late: its next bytes count as ready when the line was, if they
 *	come by then
 * @late_end: and not later than this, however quickly they come
 */
struct sim_end {
	const char *name;
	const char *path;
	const char *link;
	int fd;
	int slave;
	char slave_path[64];
	uint32_t speed;
	int64_t again;
	bool backlog;
	int64_t late_until;
	int64_t late_end;
};

/**
 * struct sim_control - where commands come from
 * @path: of its socket, or NULL
 * @listener: the socket
 * @client: who is connected, or -1
 * @stdin_too: commands also come from standard input
 */
struct sim_control {
	const char *path;
	int listener;
	int client;
	bool stdin_too;
	struct sim_commands {
		char text[512];
		size_t used;
	} from_client, from_stdin;
};

/**
 * struct sim - the line with its ends
 * @ends: the ttys
 * @lines: @lines[SIM_A] carries what @ends[SIM_A] sends
 * @obey_speed: bytes come through only if both ends have the same speed, and at it
 * @cut: the cable is cut, the ends are there
 * @over: leave
 */
struct sim {
	struct sim_end ends[SIM_ENDS];
	struct line lines[SIM_ENDS];
	struct sim_control control;
	bool obey_speed;
	bool cut;
	bool over;
};

int64_t sim_now(void);

int sim_end_plug(struct sim_end *end, uint32_t baud);
void sim_end_unplug(struct sim_end *end);
void sim_end_look(struct sim_end *end);

int sim_control_open(struct sim_control *control);
void sim_control_close(struct sim_control *control);
void sim_control_accept(struct sim *sim);
void sim_control_read(struct sim *sim, int *fd, struct sim_commands *commands);
int sim_control_tell(const char *path, int count, char **words);

void sim_command(struct sim *sim, char *text, char *answer, size_t size);
void sim_join(struct sim *sim);

int sim_run(struct sim *sim);

#endif /* _SVCGATE_TESTS_SIM_H */
