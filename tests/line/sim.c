// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linesim: the loop. Bytes move when their time has come; what the scheduler makes
 * of it does not add up, because each byte's time follows from the one before it.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "sim.h"

/*
 * Input is looked at again after this time, so that a sender of single bytes costs
 * a wake-up for many of them; the same for a receiver that takes nothing now.
 */
#define LOOK_AGAIN	(LINE_NS_PER_MS / 4)
#define OUTPUT_AGAIN	LINE_NS_PER_MS

/*
 * A program that stood still because we were late to empty its pty: so soon it has
 * further bytes there, and after so long it has caught up.
 */
#define REFILL		(3 * LINE_NS_PER_MS)
#define CATCH_UP	(100 * LINE_NS_PER_MS)

int64_t sim_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * LINE_NS_PER_S + now.tv_nsec;
}

static bool more_waits(const struct sim_end *end)
{
	int count = 0;

	return !ioctl(end->fd, FIONREAD, &count) && count > 0;
}

/*
 * A program that is ahead of the line has its next bytes ready when the last one
 * has gone, also if we come late to fetch them.
 */
static int fetch(struct sim *sim, int from, int64_t now)
{
	struct sim_end *end = &sim->ends[from];
	struct line *line = &sim->lines[from];
	uint8_t buf[8192];
	size_t room;
	ssize_t count;

	if (end->backlog && line->busy < now) {
		end->late_until = now + REFILL;
		end->late_end = now + CATCH_UP;
	}
	while (line_ready(line) <= now) {
		room = line_room(line, now);
		if (room > sizeof(buf))
			room = sizeof(buf);
		count = read(end->fd, buf, room);
		if (count <= 0) {
			end->backlog = false;
			end->again = now + LOOK_AGAIN;
			return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EIO;
		}
		if (now < end->late_until && now < end->late_end)
			end->late_until = now + REFILL;
		else
			end->late_until = 0;
		line_put(line, end->backlog || end->late_until ? INT64_MIN : now, buf, count);
		end->backlog = (size_t)count == room && more_waits(end);
	}
	end->late_until = 0;
	end->again = line_ready(line);
	return 0;
}

/* When there is something to do for the receiver the next time. */
static int64_t deliver(struct sim *sim, int from, int64_t now)
{
	struct sim_end *end = &sim->ends[!from];
	struct line *line = &sim->lines[from];
	const uint8_t *at;
	size_t count;
	ssize_t written;

	while ((count = line_peek(line, now, &at))) {
		if (end->fd < 0) {
			line_consume(line, count);
			continue;
		}
		written = write(end->fd, at, count);
		if (written <= 0)
			return now + OUTPUT_AGAIN;
		line_consume(line, written);
	}
	return line_due(line);
}

static void obey_speeds(struct sim *sim)
{
	struct line_settings settings;
	int i;

	for (i = 0; i < SIM_ENDS; i++)
		sim_end_look(&sim->ends[i]);
	for (i = 0; i < SIM_ENDS; i++) {
		line_garble(&sim->lines[i], sim->ends[0].speed != sim->ends[1].speed);
		settings = sim->lines[i].settings;
		if (settings.baud == sim->ends[i].speed)
			continue;
		settings.baud = sim->ends[i].speed;
		line_set(&sim->lines[i], &settings);
	}
}

/**
 * sim_join() - let bytes through if all of the line is there, else lose them
 * @sim: the line
 */
void sim_join(struct sim *sim)
{
	bool whole = !sim->cut && sim->ends[SIM_A].fd >= 0 && sim->ends[SIM_B].fd >= 0;
	int i;

	for (i = 0; i < SIM_ENDS; i++) {
		if (whole && sim->lines[i].unplugged)
			line_plug(&sim->lines[i], sim_now());
		else if (!whole && !sim->lines[i].unplugged)
			line_unplug(&sim->lines[i]);
	}
}

enum { POLL_A, POLL_B, POLL_LISTENER, POLL_CLIENT, POLL_STDIN, POLLS };

static void wait_until(struct sim *sim, struct pollfd *fds, int64_t now, int64_t until)
{
	struct timespec timeout;
	int64_t left;
	int i;

	for (i = 0; i < SIM_ENDS; i++) {
		fds[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
		if (sim->ends[i].fd < 0)
			continue;
		if (sim->ends[i].again <= now)
			fds[i].fd = sim->ends[i].fd;
		else if (sim->ends[i].again < until)
			until = sim->ends[i].again;
	}
	fds[POLL_LISTENER] = (struct pollfd){
		.fd = sim->control.client < 0 ? sim->control.listener : -1, .events = POLLIN,
	};
	fds[POLL_CLIENT] = (struct pollfd){ .fd = sim->control.client, .events = POLLIN };
	fds[POLL_STDIN] = (struct pollfd){
		.fd = sim->control.stdin_too ? STDIN_FILENO : -1, .events = POLLIN,
	};
	left = until > now ? until - now : 0;
	timeout = (struct timespec){ left / LINE_NS_PER_S, left % LINE_NS_PER_S };
	if (ppoll(fds, POLLS, until == LINE_NEVER ? NULL : &timeout, NULL) <= 0)
		for (i = 0; i < POLLS; i++)
			fds[i].revents = 0;
}

static void take_commands(struct sim *sim, const struct pollfd *fds)
{
	int in = STDIN_FILENO;

	if (fds[POLL_LISTENER].revents)
		sim_control_accept(sim);
	if (fds[POLL_CLIENT].revents)
		sim_control_read(sim, &sim->control.client, &sim->control.from_client);
	if (fds[POLL_STDIN].revents)
		sim_control_read(sim, &in, &sim->control.from_stdin);
	if (in < 0)
		sim->control.stdin_too = false;
}

/**
 * sim_run() - carry bytes until somebody ends it
 * @sim: the line
 *
 * Return: 0, or -EIO when a tty of somebody else's is gone.
 */
int sim_run(struct sim *sim)
{
	struct pollfd fds[POLLS];
	int64_t now, until, due;
	int i, r;

	while (!sim->over) {
		now = sim_now();
		until = LINE_NEVER;
		for (i = 0; i < SIM_ENDS; i++) {
			due = deliver(sim, i, now);
			until = due < until ? due : until;
		}
		wait_until(sim, fds, now, until);
		take_commands(sim, fds);
		if (sim->obey_speed)
			obey_speeds(sim);
		now = sim_now();
		for (i = 0; i < SIM_ENDS; i++) {
			if (sim->ends[i].fd < 0 || (!fds[i].revents && !sim->ends[i].backlog))
				continue;
			r = fetch(sim, i, now);
			if (r < 0) {
				fprintf(stderr, "linesim: end %s is gone\n", sim->ends[i].name);
				return r;
			}
		}
	}
	return 0;
}
