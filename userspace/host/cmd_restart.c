// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device restart
 *
 * The answer says that the device is about to restart, so it is the session
 * that tells the rest: it lives as long as the old system does, and a new one
 * that is configured is the new system.
 */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "svcgate.h"

/* A system that is not configured yet is asked again after so long. */
#define AGAIN_MS	500

static long seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Return: 0 when the device is there again, configured. */
static int try_again(const struct options *options, struct device *device)
{
	int r = 0;

	/* The adapter may have gone with the device: open the port again. */
	if (!device->link)
		r = device_reopen(options, device);
	if (!r)
		r = svcgate_link_hello(device->link);
	if (!r && !svcgate_link_welcome(device->link)->configured)
		r = svcgate_link_watch(device->link, AGAIN_MS) ?: -EAGAIN;
	if (r == -EPIPE || r == -EIO) {
		svcgate_link_close(device->link);
		device->link = NULL;
	}
	return r;
}

static void pause_for(long ms)
{
	struct timespec time = { .tv_nsec = ms * 1000000 };

	nanosleep(&time, NULL);
}

static int wait_for_return(const struct options *options, struct device *device, long end)
{
	int r;

	do {
		r = try_again(options, device);
		/* Without a port there is nothing to wait on. */
		if (r && !device->link)
			pause_for(AGAIN_MS);
	} while (r && !stopped && seconds() < end);
	if (!r)
		return 0;
	if (stopped)
		return report_link(device->port, -EINTR);
	return report(SVCGATE_EXIT_NO_DEVICE, "not-back",
		      "Look at the device; svcgate device show-attached tells when it answers.",
		      "The device went down to restart and has not answered for %u seconds.",
		      options->timeout);
}

static int wait_for_end(const struct options *options, struct device *device, long end)
{
	long left = end - seconds();
	int r;

	r = svcgate_link_watch(device->link, left > 0 ? left * 1000 : 0);
	if (r == -EINTR)
		return report_link(device->port, r);
	if (!r)
		return report(SVCGATE_EXIT_FAILED, "not-down",
			      "Look at the device's log.",
			      "The device has accepted the restart, but still runs after %u "
			      "seconds.",
			      options->timeout);
	return 0;
}

static int put_result(const struct options *options, const struct device *device, bool back)
{
	struct output out;

	output_begin(&out, options->json);
	if (options->json) {
		output_object(&out, NULL);
		output_string(&out, "deviceId", NULL, *device->id ? device->id : NULL);
		output_string(&out, "state", NULL, back ? "running" : "restarting");
		output_close(&out);
	} else if (back) {
		printf("Device %s has restarted and answers again.\n", device->id);
	} else {
		puts("The device is restarting; it does not answer until it is up again.");
	}
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

/**
 * cmd_restart() - svcgate device restart
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_restart(const struct options *options)
{
	static const u8 empty_map[] = { 0xa0 };
	static const struct ask ask = {
		.op = SVCGATE_OP_RESTART,
		.payload = empty_map,
		.length = sizeof(empty_map),
	};
	struct svcgate_link_response response;
	struct device device;
	long end;
	int r;

	r = device_open(options, &device);
	if (r)
		return r;
	r = device_ask(&device, &ask, &response);
	if (r || options->given & OPTION_NO_WAIT) {
		r = r ?: put_result(options, &device, false);
		goto close;
	}
	if (!options->json)
		note("The device is restarting.");
	end = seconds() + options->timeout;
	r = wait_for_end(options, &device, end);
	if (!r)
		r = wait_for_return(options, &device, end);
	if (!r)
		r = device_identify(&device);
	if (!r)
		r = put_result(options, &device, true);
close:
	device_close(&device);
	return r;
}
