// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * linesim: a serial line between two ttys, with what goes wrong on real ones.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sim.h"

static const char help[] =
"usage: linesim [OPTIONS]           be a line, until a signal or the command quit\n"
"       linesim --tell SOCKET WORD...   give a running linesim a command\n"
"\n"
"  --end-a pty|TTY    one end, the host's: a new pty (default), or a tty that is there,\n"
"                     as that of an emulated UART\n"
"  --end-b pty|TTY    the other end, the device's\n"
"  --link-a NAME      symbolic link to the new pty; comes and goes with it\n"
"  --link-b NAME\n"
"  --line SETTINGS    words NAME=VALUE, for both directions (repeatable)\n"
"  --line-a SETTINGS  for what end a sends, beyond those\n"
"  --line-b SETTINGS\n"
"  --obey-speed       the programs at the ptys set the rate; nothing legible arrives\n"
"                     while the two ends have different ones\n"
"  --control SOCKET   take commands there\n"
"  --stdin            take commands from standard input, too\n"
"\n"
"settings, per direction:\n"
"  baud=N             bits a second, ten a byte (115200)\n"
"  latency=US         bytes are delivered every so many microseconds (1000)\n"
"  delay=US           and so much later (0)\n"
"  ber=P              probability that a data bit flips\n"
"  drop=P insert=P    probability that a byte is lost, that a random one comes before it\n"
"  burst=P:BYTES      probability that noise begins at a byte, and how many it replaces\n"
"  queue=BYTES        that a sender may be ahead of the line (0: 16 ms of it)\n"
"  fifo=BYTES         that wait for a receiver before new ones are lost (65536)\n"
"  seed=N             of all chance; end b gets the next number (1)\n"
"\n"
"commands; the end is that which sends:\n"
"  unplug [a|b]       as an adapter that is pulled out: hang-up, the names vanish\n"
"  replug [a|b]       a new pty\n"
"  cut, join          the cable; both ends stay\n"
"  break [a|b [MS]]   what is being sent is lost, the receiver reads one zero\n"
"  stuck MS [a|b]     nothing is sent for so long\n"
"  set [a|b] SETTINGS\n"
"  speed a|b BAUD     of a tty that is not our pty, with --obey-speed\n"
"  stats, show, quit\n";

static struct sim sim;

static void leave(int signal)
{
	sim.over = true;
}

static int plug(int i)
{
	struct sim_end *end = &sim.ends[i];
	int r = sim_end_plug(end, sim.lines[i].settings.baud);

	if (r < 0)
		fprintf(stderr, "linesim: end %s, %s: %s\n", end->name,
			end->path ? end->path : end->link ? end->link : "a pty",
			strerror(-r));
	return r;
}

static void announce(void)
{
	char text[LINE_TEXT_MAX];
	int i;

	for (i = 0; i < SIM_ENDS; i++) {
		line_settings_text(&sim.lines[i].settings, text);
		printf("%s %s %s\n", sim.ends[i].name,
		       sim.ends[i].path ? sim.ends[i].path : sim.ends[i].slave_path, text);
	}
	printf("ready\n");
	fflush(stdout);
}

static int be_a_line(void)
{
	struct sigaction action = { .sa_handler = leave };
	struct sched_param first = { .sched_priority = 1 };
	int r;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	/*
	 * A line is not late because a computer is busy: as precise as we are
	 * permitted to be.
	 */
	prctl(PR_SET_TIMERSLACK, 1);
	if (sched_setscheduler(0, SCHED_FIFO, &first) < 0)
		setpriority(PRIO_PROCESS, 0, -15);

	r = sim_control_open(&sim.control);
	if (r < 0) {
		fprintf(stderr, "linesim: %s: %s\n", sim.control.path, strerror(-r));
		return r;
	}
	r = plug(SIM_A);
	if (!r)
		r = plug(SIM_B);
	if (!r) {
		announce();
		r = sim_run(&sim);
	}
	sim_end_unplug(&sim.ends[SIM_A]);
	sim_end_unplug(&sim.ends[SIM_B]);
	sim_control_close(&sim.control);
	return r;
}

static void parse(struct line_settings *settings, const char *text)
{
	char problem[LINE_TEXT_MAX];

	if (line_settings_parse(settings, text, problem) < 0) {
		fprintf(stderr, "linesim: %s\n", problem);
		exit(2);
	}
}

enum { END_A, END_B, LINK_A, LINK_B, LINE, LINE_A, LINE_B, OBEY, CONTROL, STDIN, TELL, HELP };

static const struct option options[] = {
	{ "end-a", required_argument, NULL, END_A },
	{ "end-b", required_argument, NULL, END_B },
	{ "link-a", required_argument, NULL, LINK_A },
	{ "link-b", required_argument, NULL, LINK_B },
	{ "line", required_argument, NULL, LINE },
	{ "line-a", required_argument, NULL, LINE_A },
	{ "line-b", required_argument, NULL, LINE_B },
	{ "obey-speed", no_argument, NULL, OBEY },
	{ "control", required_argument, NULL, CONTROL },
	{ "stdin", no_argument, NULL, STDIN },
	{ "tell", required_argument, NULL, TELL },
	{ "help", no_argument, NULL, HELP },
	{ 0 }
};

/* Settings of the ends come after those of both, wherever they stand. */
static const char *take_options(int argc, char **argv, struct line_settings *both,
				const char *of_end[SIM_ENDS])
{
	const char *tell = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		switch (c) {
		case END_A:
		case END_B:
			sim.ends[c - END_A].path = strcmp(optarg, "pty") ? optarg : NULL;
			break;
		case LINK_A:
		case LINK_B:
			sim.ends[c - LINK_A].link = optarg;
			break;
		case LINE:
			parse(both, optarg);
			break;
		case LINE_A:
		case LINE_B:
			of_end[c - LINE_A] = optarg;
			break;
		case OBEY:
			sim.obey_speed = true;
			break;
		case CONTROL:
			sim.control.path = optarg;
			break;
		case STDIN:
			sim.control.stdin_too = true;
			break;
		case TELL:
			tell = optarg;
			break;
		case HELP:
			fputs(help, stdout);
			exit(0);
		default:
			fputs("linesim: see linesim --help\n", stderr);
			exit(2);
		}
	}
	return tell;
}

int main(int argc, char **argv)
{
	const char *of_end[SIM_ENDS] = { NULL }, *tell;
	struct line_settings both, settings;
	int i, r;

	sim.ends[SIM_A] = (struct sim_end){ .name = "a", .fd = -1, .slave = -1 };
	sim.ends[SIM_B] = (struct sim_end){ .name = "b", .fd = -1, .slave = -1 };
	line_settings_init(&both);
	tell = take_options(argc, argv, &both, of_end);
	if (tell) {
		r = sim_control_tell(tell, argc - optind, argv + optind);
		if (r < 0 && r != -EINVAL)
			fprintf(stderr, "linesim: %s: %s\n", tell, strerror(-r));
		return r < 0;
	}
	for (i = 0; i < SIM_ENDS; i++) {
		settings = both;
		settings.seed += i;
		if (of_end[i])
			parse(&settings, of_end[i]);
		line_init(&sim.lines[i], &settings);
	}
	r = be_a_line();
	line_free(&sim.lines[SIM_A]);
	line_free(&sim.lines[SIM_B]);
	return r < 0;
}
