// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What capabilities are in force on the device, and what became of the stored file.
 */
#include <errno.h>
#include <stdlib.h>

#include "svcgate.h"

/**
 * capabilities_take() - read an answer to capability-list
 * @response: the answer
 * @ret: what it says
 *
 * Return: 0, or -EPROTO when it is too short.
 */
int capabilities_take(const struct svcgate_link_response *response,
		      struct capabilities *ret)
{
	struct svcgate_capability_list list;

	if (response->length < sizeof(list))
		return -EPROTO;
	memcpy(&list, response->payload, sizeof(list));
	*ret = (struct capabilities){
		.masks = {
			svcgate_get_le64((u8 *)&list.by_state),
			svcgate_get_le64((u8 *)&list.sideloaded),
			svcgate_get_le64((u8 *)&list.passed),
		},
		.generation = svcgate_get_le32((u8 *)&list.generation),
		.lease_left = svcgate_get_le32((u8 *)&list.lease_left),
		.stored_reason = svcgate_get_le16((u8 *)&list.sideloaded_reason),
	};
	memcpy(ret->serials[1], list.sideloaded_serial, SVCGATE_SERIAL_SIZE);
	memcpy(ret->serials[2], list.passed_serial, SVCGATE_SERIAL_SIZE);
	return 0;
}

/**
 * capabilities_ask() - ask the device, with the selected file
 * @device: the device
 * @ret: what is in force
 *
 * Return: an exit code.
 */
int capabilities_ask(struct device *device, struct capabilities *ret)
{
	static const struct ask ask = { .op = SVCGATE_OP_CAPABILITY_LIST };
	struct svcgate_link_response response;
	int r;

	r = device_ask(device, &ask, &response);
	if (r)
		return r;
	return capabilities_take(&response, ret) < 0 ? device_short_answer(device) : 0;
}

/**
 * capabilities_peek() - ask the device, without any file
 * @device: the device
 * @ret: what is in force
 *
 * Return: 0, the reason of a refusal, or negative errno; nothing is said.
 */
int capabilities_peek(struct device *device, struct capabilities *ret)
{
	struct svcgate_link_response response;
	int r = device_peek(device, SVCGATE_OP_CAPABILITY_LIST, &response);

	return r ?: capabilities_take(&response, ret);
}

/**
 * capabilities_tell_stored() - a stored file that gives nothing should not go unnoticed
 * @reason: why it gives nothing, or done
 *
 * A file that could not be verified has no serial to tell.
 */
void capabilities_tell_stored(u16 reason)
{
	const struct svcgate_reason_context context = { 0 };
	char *text;

	if (reason == SVCGATE_REASON_DONE)
		return;
	if (reason == SVCGATE_REASON_UNKNOWN_KEY) {
		note("The capability file that the device stores gives nothing: it is signed by "
		     "a key that its keystore has retired, or never had.");
	} else {
		if (svcgate_reason_sentence(reason, &context, &text) < 0)
			return;
		note("The capability file that the device stores gives nothing. %s", text);
		free(text);
	}
	note("  Store another one in its place: svcgate device capability update "
	     "--capability-file FILE.");
}
