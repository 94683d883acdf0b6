// SPDX-License-Identifier: LGPL-2.1-or-later
/* Messages of scripts. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "message.h"

/* Returns whether it is a message of a script, and not an answer. */
bool nflua_wire_is_message(const struct nlmsghdr *nlh, int family)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	return nflua_wire_is_ours(nlh, family) && nlh->nlmsg_seq == 0 &&
	       genl->cmd == NFLUA_CMD_MSG;
}

/**
 * nflua_wire_message - reads a message of a script
 * @message: filled in, except its group and what was lost; its payload is in @nlh
 *
 * Version 1 has neither name nor number. Returns 0 or -EPROTO.
 */
int nflua_wire_message(struct nlmsghdr *nlh, struct nflua_message *message)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];

	memset(message, 0, sizeof(*message));
	message->group = -1;
	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_MSG])
		return -EPROTO;
	message->payload = nla_data(tb[NFLUA_A_MSG]);
	message->len = nla_len(tb[NFLUA_A_MSG]);
	message->seq = nflua_wire_u32(tb[NFLUA_A_SEQ]);
	if (tb[NFLUA_A_NAME])
		memcpy(message->state, nla_data(tb[NFLUA_A_NAME]),
		       nla_len(tb[NFLUA_A_NAME]));
	return 0;
}
