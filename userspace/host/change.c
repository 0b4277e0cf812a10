// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of trust: sent once, to one device, until it is known how they ended.
 *
 * A device keeps such a change for ever, and its answer can be lost on the line.
 * Then the device is asked how it ended. Only when it does not know (it has
 * restarted meanwhile) the change is sent once more: what is so already is done.
 */
#include <errno.h>
#include <time.h>

#include "svcgate.h"

/* What ends soon by itself is waited for so long... */
#define PENDING_MS	5000
#define RATE_MS		(SVCGATE_CHANGE_PERIOD * 1000 + 2000)

/* ...and looked at so often. */
#define PAUSE_MS	500

/* A session can end between its two requests; more often the line is no good. */
#define SESSIONS_MAX	3

/**
 * struct change - a change of trust on its way
 * @options: of the command line
 * @device: the one that is meant
 * @ask: the request
 * @end: when to give up, milliseconds
 * @wait_end: when to give up what @wait_reason made us wait for
 * @wait_reason: refusal that ends by itself, or done
 * @again: it was sent once more
 * @over: nobody waits any longer
 */
struct change {
	const struct options *options;
	struct device *device;
	struct ask ask;
	int64_t end;
	int64_t wait_end;
	u16 wait_reason;
	bool again;
	bool over;
};

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* With a session the device is heard meanwhile; without a port nobody is. */
static void pause_for(struct device *device, unsigned int ms)
{
	struct timespec time = { .tv_nsec = (long)ms * 1000000 };

	if (device->link)
		svcgate_link_watch(device->link, ms);
	else
		nanosleep(&time, NULL);
}

/* Identify and send in one session: the device that answers first gets it. */
static int send_to_same(struct change *change, struct svcgate_link_response *response,
			struct svcgate_reason_context *context)
{
	unsigned int sessions = 0;
	int64_t left;
	int r;

	do {
		r = device_same(change->device);
		left = change->end - now();
		change->ask.timeout_ms = left > 1 ? left : 1;
		if (!r)
			r = device_try(change->device, &change->ask, response, context);
	} while (!r && response->closed && response->reason == SVCGATE_REASON_NO_SESSION &&
		 ++sessions < SESSIONS_MAX);
	return r;
}

static bool is_unclear(const struct svcgate_link_response *response)
{
	return response->reason == SVCGATE_REASON_OUTCOME_UNKNOWN ||
	       (response->closed && response->reason != SVCGATE_REASON_NO_SESSION);
}

/* Refusals of a device that will know in a moment. */
static bool is_starting(int reason)
{
	switch (reason) {
	case SVCGATE_REASON_NOT_CONFIGURED:
	case SVCGATE_REASON_NOT_SEALED:
	case SVCGATE_REASON_BUSY:
	case SVCGATE_REASON_TRANSACTIONS:
	case SVCGATE_REASON_NO_MEMORY:
		return true;
	default:
		return false;
	}
}

/* Return: 0 when @outcome is final, -EAGAIN to ask again later. */
static int ask_outcome(struct change *change, const struct svcgate_link_id *id,
		       struct svcgate_link_outcome *outcome)
{
	struct device *device = change->device;
	int r = 0;

	if (!device->link)
		r = device_reopen(change->options, device);
	if (!r)
		r = svcgate_link_outcome(device->link, id, outcome);
	if (r == -EPIPE || r == -EIO) {
		svcgate_link_close(device->link);
		device->link = NULL;
	}
	/* A device that cannot answer this remembers nothing either. */
	if (r > 0 && !is_starting(r)) {
		*outcome = (struct svcgate_link_outcome){ 0 };
		return 0;
	}
	return r || outcome->state == SVCGATE_OUTCOME_PENDING ? -EAGAIN : 0;
}

/* From an answer that was lost to one that the device gives now, if it does. */
static void find_out(struct change *change, struct svcgate_link_response *response,
		    struct svcgate_reason_context *context)
{
	struct svcgate_link_outcome outcome;
	struct svcgate_link_id id;

	note(response->closed ? "There was no answer; asking the device how it ended." :
	     "The device does not know yet how it ended; asking again.");
	svcgate_link_last_request(change->device->link, &id);
	*response = (struct svcgate_link_response){
		.reason = SVCGATE_REASON_OUTCOME_UNKNOWN,
	};
	while (ask_outcome(change, &id, &outcome)) {
		change->over = stopped || now() >= change->end;
		if (change->over)
			return;
		pause_for(change->device, PAUSE_MS);
	}
	if (outcome.state == SVCGATE_OUTCOME_DONE)
		response->reason = SVCGATE_REASON_DONE;
	if (outcome.state == SVCGATE_OUTCOME_NOT_DONE && outcome.reason)
		response->reason = outcome.reason;
	response->detail = outcome.detail;
	context->detail = outcome.detail;
}

static bool begin_wait(struct change *change, u16 reason)
{
	int64_t most;

	switch (reason) {
	case SVCGATE_REASON_CHANGE_PENDING:
		note("Another change is on its way in the device; waiting for its end.");
		most = PENDING_MS;
		break;
	case SVCGATE_REASON_NO_HELPER:
		note("svcgated is not running on the device; waiting a few seconds for it.");
		most = PENDING_MS;
		break;
	case SVCGATE_REASON_CHANGE_RATE:
		note("The device makes one change in %d seconds; waiting for its next one.",
		     SVCGATE_CHANGE_PERIOD);
		most = RATE_MS;
		break;
	default:
		return false;
	}
	change->wait_reason = reason;
	change->wait_end = now() + most;
	if (change->wait_end > change->end)
		change->wait_end = change->end;
	return true;
}

/* Refused for a while only? Then wait a little of it. */
static bool waits(struct change *change, u16 reason)
{
	if (reason != change->wait_reason && !begin_wait(change, reason))
		return false;
	if (!reason || stopped || now() + PAUSE_MS > change->wait_end)
		return false;
	pause_for(change->device, PAUSE_MS);
	return !stopped;
}

/* The second time it met a device that is locked: perhaps by the first time. */
static void doubt(struct change *change, struct svcgate_link_response *response)
{
	if (!change->again || response->reason != SVCGATE_REASON_FORBIDDEN)
		return;
	note("The device is locked now, as one that is DeviceComplete is.");
	response->reason = SVCGATE_REASON_OUTCOME_UNKNOWN;
}

/**
 * device_change() - have the device change what it trusts
 * @options: of the command line; its time-out bounds every wait
 * @device: the one that is meant, identified
 * @ask: the request, a change
 * @ret_response: how it ended, also when the device refused
 * @ret_context: for report_reason(); its texts hold until the next question
 *
 * Return: an exit code; 0 also when the device refused.
 */
int device_change(const struct options *options, struct device *device,
		  const struct ask *ask, struct svcgate_link_response *ret_response,
		  struct svcgate_reason_context *ret_context)
{
	struct change change = {
		.options = options,
		.device = device,
		.ask = *ask,
		.end = now() + (int64_t)options->timeout * 1000,
	};
	int r;

	for (;;) {
		r = send_to_same(&change, ret_response, ret_context);
		if (r && change.again)
			note("Whether the change was made is not known.");
		if (r)
			return r;
		if (waits(&change, ret_response->reason))
			continue;
		if (!is_unclear(ret_response))
			break;
		find_out(&change, ret_response, ret_context);
		if (ret_response->reason != SVCGATE_REASON_OUTCOME_UNKNOWN ||
		    change.again || change.over)
			break;
		note("The device does not remember it; sending it once more.");
		change.again = true;
	}
	doubt(&change, ret_response);
	return 0;
}
