// SPDX-License-Identifier: LGPL-2.1-or-later
/* Messages: sending one to a state, and reading the fields of one from a script. */
#include "message.h"

#include <errno.h>

#include "error.h"
#include "request.h"

static int check_payload(struct nflua_ctx *ctx, const char *payload, size_t len)
{
	int err = nflua_check_version(ctx, "messages to states");

	if (err)
		return err;
	if (!payload)
		return nflua_fail(ctx, -EINVAL, "payload is NULL");
	if (len > NFLUA_MSG_MAX)
		return nflua_fail(ctx, -E2BIG, "message too long (at most %d bytes)",
				  NFLUA_MSG_MAX);
	return 0;
}

NFLUA_PUBLIC int nflua_send(struct nflua_ctx *ctx, const char *name,
			    const char *payload, size_t len,
			    struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_DATA,
		.flags = NLM_F_ACK,
		.name = name,
		.payload = payload,
		.payload_len = len,
	};
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (!err)
		err = check_payload(ctx, payload, len);
	if (err)
		return err;
	return nflua_request_result(ctx, &req, out);
}

NFLUA_PUBLIC const char *nflua_message_payload(const struct nflua_message *message,
					       size_t *len)
{
	if (len)
		*len = message ? message->len : 0;
	return message ? message->payload : "";
}

NFLUA_PUBLIC const char *nflua_message_state(const struct nflua_message *message)
{
	return message && *message->state ? message->state : NULL;
}

NFLUA_PUBLIC int nflua_message_group(const struct nflua_message *message)
{
	return message ? message->group : -1;
}

NFLUA_PUBLIC uint32_t nflua_message_seq(const struct nflua_message *message)
{
	return message ? message->seq : 0;
}

NFLUA_PUBLIC uint64_t nflua_message_lost(const struct nflua_message *message)
{
	return message ? message->lost : 0;
}
