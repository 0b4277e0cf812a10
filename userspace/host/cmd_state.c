// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * svcgate device manufacturing-state show
 */
#include "svcgate.h"

static int put_state(const struct options *options, u8 state)
{
	struct output out;
	char number[16];

	snprintf(number, sizeof(number), "unknown (%u)", state);
	output_begin(&out, options->json);
	output_object(&out, NULL);
	output_string(&out, "manufacturingState", "Manufacturing state",
		      svcgate_state_name(state) ?: number);
	output_close(&out);
	return output_end(&out) < 0 ? SVCGATE_EXIT_FAILED : 0;
}

/**
 * cmd_manufacturing_state_show() - svcgate device manufacturing-state show
 * @options: of the command line
 *
 * Return: an exit code.
 */
int cmd_manufacturing_state_show(const struct options *options)
{
	static const struct ask ask = { .op = SVCGATE_OP_STATE_SHOW };
	struct svcgate_link_response response;
	struct device device;
	int r;

	r = device_open(options, &device);
	if (r)
		return r;
	r = device_ask(&device, &ask, &response);
	if (!r && response.length < sizeof(struct svcgate_state_show))
		r = device_short_answer(&device);
	if (!r)
		r = put_state(options, response.payload[0]);
	device_close(&device);
	return r;
}
