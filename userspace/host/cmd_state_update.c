// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device manufacturing-state update
 *
 * The step cannot be taken back, so everything that would make it a mistake is
 * found before it: the device says where it is and what it stores, and a person
 * confirms what is lost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "svcgate.h"

/**
 * struct step - from one state to another
 * @options: of the command line
 * @device: identified
 * @from: state of the device
 * @to: state that is wanted
 * @list: its capabilities before the step
 */
struct step {
	const struct options *options;
	struct device device;
	u8 from;
	u8 to;
	struct capabilities list;
};

static const char *name_of(u8 state)
{
	return svcgate_state_name(state) ?: "an unknown state";
}

/* The refusal is about the step, whatever was asked first. */
static int report_refusal(const struct step *step, u16 reason,
			  struct svcgate_reason_context *context)
{
	int r;

	context->op = SVCGATE_OP_STATE_UPDATE;
	r = report_reason(reason, context);
	if (reason == SVCGATE_REASON_OUTCOME_UNKNOWN &&
	    step->to == SVCGATE_STATE_DEVICE_COMPLETE)
		note("  A device that says \"forbidden\" then is locked; when it does so after a "
		     "restart, too, it is DeviceComplete for ever.");
	if (reason == SVCGATE_REASON_FORBIDDEN)
		note("  A device that is DeviceComplete already says the same: without a capability "
		     "nobody sees its state.");
	return r;
}

static int ask_state(struct step *step)
{
	static const struct ask ask = { .op = SVCGATE_OP_STATE_SHOW };
	struct svcgate_reason_context context;
	struct svcgate_link_response response;
	int r;

	r = device_try(&step->device, &ask, &response, &context);
	if (r)
		return r;
	if (response.reason)
		return report_refusal(step, response.reason, &context);
	if (response.length < sizeof(struct svcgate_state_show))
		return device_short_answer(&step->device);
	step->from = response.payload[0];
	return 0;
}

/* What would be refused anyway is refused before anybody is asked. */
static int check(const struct step *step)
{
	const struct svcgate_reason_context context = { .op = SVCGATE_OP_STATE_UPDATE };

	if (step->to < step->from) {
		note("The device is %s.", name_of(step->from));
		return report_reason(SVCGATE_REASON_BACKWARDS, &context);
	}
	if (step->to == SVCGATE_STATE_DEVICE_COMPLETE && step->list.masks[1] &&
	    !(step->options->given & OPTION_KEEP))
		return report_reason(SVCGATE_REASON_CAPABILITY_STORED, &context);
	return 0;
}

static void tell_lost(const struct step *step)
{
	u64 lost = step->list.masks[0] & ~svcgate_policy_defaults(step->to);
	char names[SVCGATE_CAPABILITIES_TEXT_SIZE];

	if (lost) {
		svcgate_capabilities_format(lost, names);
		note("  Lost: %s, which the state %s brings.", names, name_of(step->from));
	}
	if (step->to == SVCGATE_STATE_DEVICE_COMPLETE)
		note("  From then on it tells its ID and nothing more, except to who has a "
		     "capability file for it.");
}

static void tell_stored(const struct step *step)
{
	char serial[SVCGATE_HEX_SIZE(SVCGATE_SERIAL_SIZE)];
	char names[SVCGATE_CAPABILITIES_TEXT_SIZE];

	if (step->list.stored_reason) {
		capabilities_tell_stored(step->list.stored_reason);
		return;
	}
	if (!step->list.masks[1])
		return;
	svcgate_capabilities_format(step->list.masks[1], names);
	svcgate_hex_encode(step->list.serials[1], SVCGATE_SERIAL_SIZE, serial);
	note("  Stored, and stays: a capability file with %s (serial %s).", names, serial);
	if (step->to == SVCGATE_STATE_DEVICE_COMPLETE)
		note("  Warning: the port stays open to that file, whoever is at it, until the blank "
		     "file takes its place.");
}

static void tell(const struct step *step)
{
	note("Device %s: from %s to %s, for ever.", step->device.id, name_of(step->from),
	     name_of(step->to));
	tell_lost(step);
	tell_stored(step);
	note("  A development kit should rather stay %s. A capability file opens it for what it "
	     "needs: svcgate device capability select --capability-file FILE.",
	     name_of(step->from));
}

static int confirm(const struct step *step)
{
	const char *word = name_of(step->to);
	char typed[64];

	if (step->options->given & OPTION_YES)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return report(SVCGATE_EXIT_USAGE, "not-confirmed",
			      "Say --yes where nobody is there to be asked.",
			      "Nobody can be asked: this is no terminal. Nothing was changed.");
	fprintf(stderr, "Type %s to go on: ", word);
	fflush(stderr);
	if (fgets(typed, sizeof(typed), stdin)) {
		typed[strcspn(typed, "\r\n")] = '\0';
		if (!strcmp(typed, word))
			return 0;
	}
	return report(SVCGATE_EXIT_FAILED, "not-confirmed", NULL, "Nothing was changed.");
}

/* An unfinished device tells its state to everybody. */
static bool is_locked(struct device *device)
{
	struct svcgate_link_response response;

	return device_peek(device, SVCGATE_OP_STATE_SHOW, &response) ==
	       SVCGATE_REASON_FORBIDDEN;
}

static int put_result(struct step *step, bool changed)
{
	bool locked = is_locked(&step->device);
	struct output out;

	output_begin(&out, step->options->json);
	if (step->options->json) {
		output_object(&out, NULL);
		output_string(&out, "deviceId", NULL, step->device.id);
		output_string(&out, "manufacturingState", NULL, name_of(step->to));
		output_string(&out, "previousState", NULL, name_of(step->from));
		output_bool(&out, "changed", NULL, changed);
		output_bool(&out, "locked", NULL, locked);
		output_close(&out);
	} else {
		printf("Device %s is %s%s.\n", step->device.id, changed ? "now " : "already ",
		       name_of(step->to));
		if (locked)
			puts("It is locked.");
		else if (step->to == SVCGATE_STATE_DEVICE_COMPLETE)
			puts("It is not locked: a stored capability file opens it.");
	}
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

static int take_step(struct step *step)
{
	const struct svcgate_state_update update = {
		.target = step->to,
		.flags = step->options->given & OPTION_KEEP ?
			 SVCGATE_STATE_KEEP_CAPABILITY : 0,
	};
	const struct ask ask = {
		.op = SVCGATE_OP_STATE_UPDATE,
		.payload = &update,
		.length = sizeof(update),
		.change = true,
	};
	struct svcgate_reason_context context;
	struct svcgate_link_response response;
	int r;

	r = device_change(step->options, &step->device, &ask, &response, &context);
	if (r)
		return r;
	if (response.reason)
		return report_refusal(step, response.reason, &context);
	return put_result(step, true);
}

static int update(struct step *step)
{
	int r;

	r = device_identify(&step->device);
	if (!r)
		r = ask_state(step);
	if (r)
		return r;
	if (step->to == step->from)
		return put_result(step, false);
	r = capabilities_ask(&step->device, &step->list);
	if (!r)
		r = check(step);
	if (r)
		return r;
	tell(step);
	r = confirm(step);
	return r ?: take_step(step);
}

static void check_options(const struct options *options)
{
	if (!(options->given & OPTION_STATE))
		usage_error("device manufacturing-state update needs --state Module1Complete or "
			    "DeviceComplete.");
	if (options->given & OPTION_KEEP && options->state != SVCGATE_STATE_DEVICE_COMPLETE)
		usage_error("--keep-capability goes with --state DeviceComplete: before it every "
			    "stored file stays anyway.");
}

/**
 * cmd_manufacturing_state_update() - svcgate device manufacturing-state update
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_manufacturing_state_update(const struct options *options)
{
	static const struct svcgate_reason_context context = { .op = SVCGATE_OP_STATE_UPDATE };
	struct step step = { .options = options, .to = options->state };
	int r;

	check_options(options);
	if (options->state == SVCGATE_STATE_BLANK)
		return report_reason(SVCGATE_REASON_BACKWARDS, &context);
	r = device_open(options, &step.device);
	if (r)
		return r;
	r = update(&step);
	device_close(&step.device);
	return r;
}
