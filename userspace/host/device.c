// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The device that a command is about: finding it, asking it.
 */
#include <errno.h>
#include <stdlib.h>

#include "svcgate.h"

/* One at another speed is nobody else's: they would talk past each other. */
static int open_link(const struct options *options, const char *port,
		     const struct svcgate_link_options *link_options,
		     struct svcgate_link **ret_link)
{
	if (options->speed)
		return svcgate_link_open(port, link_options, ret_link);
	return svcgate_link_open_shared(port, link_options, ret_link);
}

/* With --all ports are looked at that nobody named: no hub is begun there. */
static int open_port(const struct options *options, const char *port,
		     unsigned int hello_ms, struct device *ret_device)
{
	struct svcgate_link_options link_options = {
		.baud = options->baud,
		.hello_ms = hello_ms,
		.join_only = options->given & OPTION_ALL,
		.stop = &stopped,
	};
	struct device device = { 0 };
	int r;

	device.port = strdup(port);
	if (!device.port)
		return -ENOMEM;
	r = open_link(options, port, &link_options, &device.link);
	if (r < 0) {
		free(device.port);
		return r;
	}
	*ret_device = device;
	return 0;
}

/**
 * device_reopen() - open the device's port again, which may have gone and come back
 * @options: of the command line
 * @device: its link is NULL when this fails
 *
 * Return: 0 or negative errno; nothing is said.
 */
int device_reopen(const struct options *options, struct device *device)
{
	struct svcgate_link_options link_options = {
		.baud = options->baud,
		.stop = &stopped,
	};

	svcgate_link_close(device->link);
	device->link = NULL;
	return open_link(options, device->port, &link_options, &device->link);
}

/**
 * device_close() - let go of a device
 * @device: from device_open()
 */
void device_close(struct device *device)
{
	svcgate_link_close(device->link);
	free(device->port);
	free(device->file);
	*device = (struct device){ 0 };
}

/**
 * device_short_answer() - say that an answer has the wrong length
 * @device: whose answer
 *
 * Return: the exit code.
 */
int device_short_answer(const struct device *device)
{
	return report_link(device->port, -EPROTO);
}

/**
 * device_peek() - ask the device for something, without any file
 * @device: the device
 * @op: what, an operation without arguments
 * @ret_response: its answer, when it is not a refusal
 *
 * Return: 0, the reason of a refusal, or negative errno; nothing is said.
 */
int device_peek(struct device *device, u16 op, struct svcgate_link_response *ret_response)
{
	const struct svcgate_link_request request = { .op = op };
	struct svcgate_link_response response;
	int r;

	r = svcgate_link_request(device->link, &request, &response);
	if (r < 0)
		return r;
	if (response.reason)
		return response.reason;
	*ret_response = response;
	return 0;
}

/* Return: 0, a reason, or negative errno; nothing is said. */
static int identify(struct device *device)
{
	struct svcgate_link_response response;
	int r;

	r = device_peek(device, SVCGATE_OP_IDENTIFY, &response);
	if (r)
		return r;
	if (response.length < SVCGATE_DEVICE_ID_MIN ||
	    response.length > SVCGATE_DEVICE_ID_MAX)
		return -EPROTO;
	svcgate_hex_encode(response.payload, response.length, device->id);
	return 0;
}

static int report_identify(const char *port, int r)
{
	static const struct svcgate_reason_context context = { .op = SVCGATE_OP_IDENTIFY };

	if (r > 0)
		return report_reason(r, &context);
	return r < 0 ? report_link(port, r) : 0;
}

/**
 * device_identify() - ask for the device's ID
 * @device: gets it
 *
 * Return: an exit code.
 */
int device_identify(struct device *device)
{
	return report_identify(device->port, identify(device));
}

/**
 * device_same() - is it still the device that was identified before?
 * @device: with its ID
 *
 * A cable is quickly put into another device, and what is meant for one must not
 * reach the other. The answer holds for the session that is open now.
 *
 * Return: an exit code.
 */
int device_same(struct device *device)
{
	char id[DEVICE_ID_TEXT];
	int r;

	memcpy(id, device->id, sizeof(id));
	r = identify(device);
	if (r)
		return report_identify(device->port, r);
	if (!strcmp(id, device->id))
		return 0;
	r = report(SVCGATE_EXIT_NO_DEVICE, "other-device",
		   "Attach the right one and repeat the command.",
		   "%s: another device is attached now, %s; it was %s.", device->port,
		   device->id, id);
	memcpy(device->id, id, sizeof(id));
	return r;
}

/**
 * device_probe() - is there a device on a port?
 * @options: of the command line
 * @port: its path
 * @hello_ms: how long to wait for an answer, 0 for the usual time
 * @ret_device: open, with its ID
 *
 * Return: 0, a reason when it does not tell its ID, or negative errno; nothing
 * is said.
 */
int device_probe(const struct options *options, const char *port, unsigned int hello_ms,
		 struct device *ret_device)
{
	struct device device;
	int r;

	r = open_port(options, port, hello_ms, &device);
	if (r < 0)
		return r;
	r = identify(&device);
	if (r) {
		device_close(&device);
		return r;
	}
	*ret_device = device;
	return 0;
}

/**
 * device_note() - say beside the result why a port was passed over
 * @port: its path
 * @r: from device_probe()
 */
void device_note(const char *port, int r)
{
	const struct svcgate_link_error *entry = r < 0 ? svcgate_link_error_find(r) : NULL;

	if (r > 0)
		note("%s: %s", port, svcgate_reason_name(r));
	else
		note("%s: %s", port, entry ? entry->sentence : strerror(-r));
}

static int no_ports(void)
{
	return report(SVCGATE_EXIT_NO_DEVICE, "no-port-named",
		      "Name it: --port /dev/ttyUSB0, or in SVCGATE_PORT, or in "
		      "~/.config/svcgate/ports. svcgate device list-attached --all asks every "
		      "USB serial adapter.",
		      "No port is named.");
}

static int report_several(const struct device *one, const struct device *other)
{
	return report(SVCGATE_EXIT_USAGE, "several-devices",
		      "Choose one with --device ID or --port PORT.",
		      "Several devices are attached: %s on %s, %s on %s.", one->id,
		      one->port, other->id, other->port);
}

static int report_none(const struct options *options, const char *port, size_t count,
		       int failed)
{
	if (count == 1 && failed)
		return report_identify(port, failed);
	return report(SVCGATE_EXIT_NO_DEVICE, "no-such-device",
		      "See svcgate device list-attached.", "%s%s is not attached.",
		      options->device ? "Device " : "A device",
		      options->device ? options->device : "");
}

/* Look at each port for the one device that is meant. */
static int choose(const struct options *options, char **ports, size_t count,
		  struct device *ret_device)
{
	struct device device, chosen = { 0 };
	int r, failed = 0;
	size_t i;

	for (i = 0; i < count && !stopped; i++) {
		r = device_probe(options, ports[i], 0, &device);
		if (r) {
			failed = r;
			if (count > 1)
				device_note(ports[i], r);
			continue;
		}
		if (options->device && strcmp(options->device, device.id)) {
			device_close(&device);
			continue;
		}
		if (chosen.link) {
			r = report_several(&chosen, &device);
			device_close(&device);
			device_close(&chosen);
			return r;
		}
		chosen = device;
		if (options->device)
			break;
	}
	if (!chosen.link)
		return report_none(options, ports[0], count, failed);
	*ret_device = chosen;
	return 0;
}

static int open_only(const struct options *options, const char *port,
		     struct device *ret_device)
{
	int r = open_port(options, port, 0, ret_device);

	return r < 0 ? report_link(port, r) : 0;
}

/**
 * device_open() - find the device that is meant, and open its port
 * @options: of the command line
 * @ret_device: the device
 *
 * With one port and no --device, nothing is sent yet.
 *
 * Return: an exit code.
 */
int device_open(const struct options *options, struct device *ret_device)
{
	char **ports;
	size_t count;
	int r;

	r = ports_list(options, false, &ports, &count);
	if (r)
		return r;
	if (!count)
		r = no_ports();
	else if (count == 1 && !options->device)
		r = open_only(options, ports[0], ret_device);
	else
		r = choose(options, ports, count, ret_device);
	ports_free(ports, count);
	return r;
}

/*
 * The selected file goes where a permission is needed, and with "can", whose
 * verdict hangs on it. A maker's op has no row here and needs one on the device.
 */
static bool takes_credential(u16 op)
{
	const struct svcgate_rule *rule = svcgate_policy_find(op);

	return op == SVCGATE_OP_CAN || !rule || !(rule->flags & SVCGATE_ROW_ALWAYS);
}

/*
 * A change whose answer was lost ends as if the device did not know the outcome.
 * Return: 0 or negative errno.
 */
static int request(struct device *device, const struct ask *ask,
		   const struct capability_file *file,
		   struct svcgate_link_response *ret_response)
{
	struct svcgate_link_request request = {
		.op = ask->op,
		.payload = { ask->payload, ask->length },
	};
	int r;

	if (file)
		request.credential = (struct svcgate_link_bytes){ file->data, file->length };
	if (ask->change) {
		request.flags = SVCGATE_REQUEST_OUTCOME;
		request.timeout_ms = ask->timeout_ms;
		request.session = svcgate_link_welcome(device->link)->session;
	}
	if (ask->io)
		return svcgate_link_transfer(device->link, &request, ask->io, ret_response);
	r = svcgate_link_request(device->link, &request, ret_response);
	if (ask->change && (r == -ECONNRESET || r == -ENOTCONN)) {
		*ret_response = (struct svcgate_link_response){
			.reason = r == -ENOTCONN ? SVCGATE_REASON_NO_SESSION :
						   SVCGATE_REASON_OUTCOME_UNKNOWN,
			.closed = true,
		};
		r = 0;
	}
	return r;
}

/* What makes the sentence about a refused file exact; the device owns it. */
static void describe_file(struct device *device, const struct ask *ask,
			  const struct capability_file *file, u16 reason,
			  struct svcgate_reason_context *context)
{
	free(device->file);
	device->file = strdup(file->path);
	context->file = device->file;
	context->selected = file != ask->file;
	if (reason != SVCGATE_REASON_DEVICE)
		return;
	file_device(file, device->file_id);
	context->file_device = device->file_id;
	if (*device->id || !identify(device))
		context->device = device->id;
}

/**
 * device_transfer() - ask the device for something with data; errors are the caller's
 * @device: the device
 * @ask: what; with its io
 * @ret_response: its answer, whatever the reason
 * @ret_context: for report_reason(); its texts hold until the next question
 *
 * Return: 0, also when the device refused; negative errno as
 * svcgate_link_transfer(), not reported yet; or an exit code.
 */
int device_transfer(struct device *device, const struct ask *ask,
		    struct svcgate_link_response *ret_response,
		    struct svcgate_reason_context *ret_context)
{
	const struct capability_file *file = ask->file;
	struct capability_file *selected = NULL;
	int r;

	if (!file && takes_credential(ask->op)) {
		r = selected_read(&selected);
		if (r)
			return r;
		file = selected;
	}
	r = request(device, ask, file, ret_response);
	if (!r) {
		*ret_context = (struct svcgate_reason_context){
			.op = ask->op,
			.detail = ret_response->detail,
		};
		if (file)
			describe_file(device, ask, file, ret_response->reason,
				      ret_context);
	}
	file_free(selected);
	return r;
}

/**
 * device_try() - ask the device; a refusal is the caller's
 * @device: the device
 * @ask: what
 * @ret_response: its answer, whatever the reason
 * @ret_context: for report_reason(); its texts hold until the next question
 *
 * Return: an exit code; 0 also when the device refused.
 */
int device_try(struct device *device, const struct ask *ask,
	       struct svcgate_link_response *ret_response,
	       struct svcgate_reason_context *ret_context)
{
	int r = device_transfer(device, ask, ret_response, ret_context);

	return r < 0 ? report_link(device->port, r) : r;
}

/**
 * device_ask() - ask the device; a refusal is an error
 * @device: the device
 * @ask: what
 * @ret_response: its answer, when it is not a refusal
 *
 * Return: an exit code.
 */
int device_ask(struct device *device, const struct ask *ask,
	       struct svcgate_link_response *ret_response)
{
	struct svcgate_reason_context context;
	struct svcgate_link_response response;
	int r;

	r = device_try(device, ask, &response, &context);
	if (r)
		return r;
	if (response.reason)
		return report_reason(response.reason, &context);
	*ret_response = response;
	return 0;
}

/* Why the line stays as it is. */
static void note_speed(unsigned int baud, int r, u16 reason)
{
	if (r == -EINVAL)
		note("This computer's port cannot go at %u bits a second; going on without.", baud);
	else if (r == -ECOMM)
		note("Nothing is heard at %u bits a second; going on without.", baud);
	else
		note("The device does not go at %u bits a second (%s); going on without.", baud,
		     svcgate_reason_name(reason));
}

/**
 * device_speed() - ask for another speed of the line, until the session ends
 * @device: the device
 * @baud: bits a second
 * @ret_baud: changed when the line has the speed
 *
 * Whether it works is no condition of what follows.
 *
 * Return: an exit code.
 */
int device_speed(struct device *device, unsigned int baud, unsigned int *ret_baud)
{
	struct svcgate_link_response response = { 0 };
	struct svcgate_link_bytes credential = { 0 };
	struct capability_file *selected = NULL;
	int r;

	r = selected_read(&selected);
	if (r)
		return r;
	if (selected)
		credential = (struct svcgate_link_bytes){ selected->data, selected->length };
	r = svcgate_link_speed(device->link, baud, &credential, &response);
	file_free(selected);
	if (r < 0 && r != -EINVAL && r != -ECOMM)
		return report_link(device->port, r);
	if (r || response.reason)
		note_speed(baud, r, response.reason);
	else
		*ret_baud = baud;
	return 0;
}
