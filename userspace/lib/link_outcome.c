// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The host's side of the service port: how a request has ended whose answer was
 * lost.
 */
#include <errno.h>

#include "link_private.h"

/**
 * svcgate_link_last_request() - which request was sent last?
 * @link: the link
 * @ret_id: its session and number, for svcgate_link_outcome(); they hold also when
 *	the session is over
 */
void svcgate_link_last_request(const struct svcgate_link *link,
			       struct svcgate_link_id *ret_id)
{
	*ret_id = link->last;
}

/**
 * svcgate_link_outcome() - ask the device how a request has ended
 * @link: the link; a session is begun when none is open
 * @id: from svcgate_link_last_request() of this or another link to the device
 * @ret_outcome: what the device remembers of it
 *
 * Only requests with %SVCGATE_REQUEST_OUTCOME are remembered. Another device on
 * the same port knows nothing: its answer is "unknown" as well.
 *
 * Return: 0, the &enum svcgate_reason of a refusal, or negative errno as
 * svcgate_link_request().
 */
int svcgate_link_outcome(struct svcgate_link *link, const struct svcgate_link_id *id,
			 struct svcgate_link_outcome *ret_outcome)
{
	u8 payload[sizeof(struct svcgate_outcome)];
	const struct svcgate_link_request request = {
		.op = SVCGATE_OP_OUTCOME,
		.payload = { payload, sizeof(payload) },
	};
	struct svcgate_outcome_answer answer;
	struct svcgate_link_response response;
	int r;

	svcgate_put_le64(payload + offsetof(struct svcgate_outcome, session), id->session);
	svcgate_put_le16(payload + offsetof(struct svcgate_outcome, transaction),
			 id->transaction);
	r = svcgate_link_request(link, &request, &response);
	if (r < 0)
		return r;
	if (response.reason)
		return response.reason;
	if (response.length < sizeof(answer))
		return -EPROTO;
	memcpy(&answer, response.payload, sizeof(answer));
	if (answer.outcome > SVCGATE_OUTCOME_NOT_DONE)
		return -EPROTO;
	*ret_outcome = (struct svcgate_link_outcome){
		.state = answer.outcome,
		.reason = svcgate_get_le16((const u8 *)&answer.reason),
		.detail = svcgate_get_le16((const u8 *)&answer.detail),
	};
	return 0;
}
