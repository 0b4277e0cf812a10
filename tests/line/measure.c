// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * measure LINESIM: how precise is it here? Both directions are kept full; bytes are
 * counted at the far ends, and compared as they come.
 *
 * Prints a line for each rate, fails when one is off by more than 0.2 %, or a byte
 * is wrong. What benchmarks measure through the line is not better than this.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP_S	0.3
#define MEASURE_S	2.0
#define TOLERANCE	0.002

static void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* The bytes of a direction: no period shorter than what could be lost at once. */
static uint8_t byte_at(uint64_t i)
{
	return (i * UINT64_C(0x9e3779b97f4a7c15)) >> 56;
}

static pid_t start(const char *linesim, unsigned int baud, unsigned int latency, int ends[2])
{
	char settings[64], line[512], path[2][64];
	int out[2], i;
	FILE *told;
	pid_t pid;

	snprintf(settings, sizeof(settings), "baud=%u latency=%u", baud, latency);
	if (pipe2(out, O_CLOEXEC) < 0)
		die("pipe");
	pid = fork();
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		execl(linesim, linesim, "--line", settings, NULL);
		die(linesim);
	}
	close(out[1]);
	told = fdopen(out[0], "r");
	for (i = 0; i < 2; i++)
		if (!fgets(line, sizeof(line), told) ||
		    sscanf(line, "%*s %63s", path[i]) != 1)
			die("linesim says nothing");
	fclose(told);
	for (i = 0; i < 2; i++) {
		ends[i] = open(path[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (ends[i] < 0)
			die(path[i]);
	}
	return pid;
}

struct way {
	int from;
	int to;
	uint64_t sent;
	uint64_t came;
	uint64_t wrong;
	/* At the first and the last batch of the measurement: how many before, and when. */
	uint64_t came_then;
	double then;
	uint64_t came_last;
	double last;
	double read_at;
};

static void send_some(struct way *way)
{
	uint8_t buf[4096];
	ssize_t count;
	size_t i;

	for (i = 0; i < sizeof(buf); i++)
		buf[i] = byte_at(way->sent + i);
	count = write(way->from, buf, sizeof(buf));
	if (count > 0)
		way->sent += count;
}

/* A batch comes in several pieces; one after a pause is the first of its batch. */
static void note_batch(struct way *way, double begin, double batch)
{
	double now = seconds(), pause = now - way->read_at;

	way->read_at = now;
	if (pause < batch / 2)
		return;
	way->last = now;
	way->came_last = way->came;
	if (now < begin) {
		way->then = now;
		way->came_then = way->came;
	}
}

static void take_some(struct way *way, double begin, double batch)
{
	uint8_t buf[8192];
	ssize_t count = read(way->to, buf, sizeof(buf)), i;

	note_batch(way, begin, batch);
	for (i = 0; i < count; i++)
		way->wrong += buf[i] != byte_at(way->came + i);
	if (count > 0)
		way->came += count;
}

static void carry(struct way ways[2], double begin, double end, double batch)
{
	struct pollfd fds[2];
	int i;

	while (seconds() < end) {
		for (i = 0; i < 2; i++)
			fds[i] = (struct pollfd){ .fd = ways[i].from,
						  .events = POLLIN | POLLOUT };
		if (poll(fds, 2, 1000) < 0)
			die("poll");
		for (i = 0; i < 2; i++) {
			if (fds[i].revents & POLLOUT)
				send_some(&ways[i]);
			if (fds[i].revents & POLLIN)
				take_some(&ways[!i], begin, batch);
		}
	}
}

static bool measure(const char *linesim, unsigned int baud, unsigned int latency)
{
	struct way ways[2] = { 0 };
	struct rusage before, after;
	double begin, share[2], cpu;
	int ends[2], i;
	pid_t pid;

	getrusage(RUSAGE_CHILDREN, &before);
	pid = start(linesim, baud, latency, ends);
	for (i = 0; i < 2; i++)
		ways[i] = (struct way){ .from = ends[i], .to = ends[!i] };
	begin = seconds() + WARM_UP_S;
	carry(ways, begin, begin + MEASURE_S, latency / 1e6);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	getrusage(RUSAGE_CHILDREN, &after);
	for (i = 0; i < 2; i++) {
		share[i] = (ways[i].came_last - ways[i].came_then) /
			   (ways[i].last - ways[i].then) / (baud / 10.0);
		close(ends[i]);
	}
	cpu = after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec -
	      before.ru_stime.tv_sec +
	      (after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec -
	       before.ru_stime.tv_usec) / 1e6;
	printf("%7u baud, batches of %2u ms: %.4f and %.4f of the rate, %llu wrong, %.0f %% of a CPU\n",
	       baud, latency / 1000, share[0], share[1],
	       (unsigned long long)(ways[0].wrong + ways[1].wrong),
	       100 * cpu / (WARM_UP_S + MEASURE_S));
	for (i = 0; i < 2; i++)
		if (ways[i].wrong || share[i] < 1 - TOLERANCE || share[i] > 1 + TOLERANCE)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	static const unsigned int bauds[] = { 9600, 115200, 921600, 3000000, 4000000 };
	static const unsigned int latencies[] = { 1000, 2000, 16000 };
	bool precise = true;
	size_t i, j;

	if (argc != 2) {
		fputs("usage: measure LINESIM\n", stderr);
		return 2;
	}
	/* Who is late in sending makes the line look slow. */
	setpriority(PRIO_PROCESS, 0, -15);
	for (i = 0; i < sizeof(bauds) / sizeof(bauds[0]); i++)
		for (j = 0; j < sizeof(latencies) / sizeof(latencies[0]); j++)
			precise = measure(argv[1], bauds[i], latencies[j]) && precise;
	return !precise;
}
