// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events. */
#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "event.h"

static bool take_address(const struct nlattr *attr, char text[INET6_ADDRSTRLEN])
{
	int len = attr ? nla_len(attr) : 0;

	return (len == 4 || len == 16) &&
	       inet_ntop(len == 4 ? AF_INET : AF_INET6, nla_data(attr), text,
			 INET6_ADDRSTRLEN);
}

static int take_port(const struct nlattr *attr)
{
	return attr ? nla_get_u16((struct nlattr *)attr) : -1;
}

static void take_ends(struct nlattr **tb, struct nflua_event *event)
{
	struct nflua_endpoints *ends = &event->ends;

	if (!tb[NFLUA_A_PROTOCOL] ||
	    !take_address(tb[NFLUA_A_SADDR], event->source) ||
	    !take_address(tb[NFLUA_A_DADDR], event->destination))
		return;
	ends->protocol = nla_get_u8(tb[NFLUA_A_PROTOCOL]);
	ends->source = event->source;
	ends->destination = event->destination;
	ends->source_port = take_port(tb[NFLUA_A_SPORT]);
	ends->destination_port = take_port(tb[NFLUA_A_DPORT]);
	event->has_ends = true;
}

static enum nflua_rollback_reason take_reason(const struct nlattr *attr)
{
	switch (nflua_wire_u32(attr)) {
	case NFLUA_REASON_TIME:
		return NFLUA_ROLLBACK_TIME;
	case NFLUA_REASON_ERRORS:
		return NFLUA_ROLLBACK_ERRORS;
	default:
		return NFLUA_ROLLBACK_REQUEST;
	}
}

static int event_type(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	switch (genl->cmd) {
	case NFLUA_CMD_STATE_NEW_NTF:
		return NFLUA_EVENT_CREATED;
	case NFLUA_CMD_STATE_DEL_NTF:
		return NFLUA_EVENT_DESTROYED;
	case NFLUA_CMD_STATE_REPLACE_NTF:
		return NFLUA_EVENT_REPLACED;
	case NFLUA_CMD_ERROR_NTF:
		return NFLUA_EVENT_ERROR;
	case NFLUA_CMD_PRINT_NTF:
		return NFLUA_EVENT_PRINT;
	case NFLUA_CMD_HOOK_NEW_NTF:
		return NFLUA_EVENT_ATTACHED;
	case NFLUA_CMD_HOOK_DEL_NTF:
		return NFLUA_EVENT_DETACHED;
	case NFLUA_CMD_STATE_SET_NTF:
		return NFLUA_EVENT_CHANGED;
	case NFLUA_CMD_STATE_CONFIRM_NTF:
		return NFLUA_EVENT_CONFIRMED;
	case NFLUA_CMD_STATE_ROLLBACK_NTF:
		return NFLUA_EVENT_ROLLED_BACK;
	default:
		return -1;
	}
}

/* Returns whether it is an event that this library knows. */
bool nflua_wire_is_event(const struct nlmsghdr *nlh, int family)
{
	return nflua_wire_is_ours(nlh, family) && event_type(nlh) >= 0;
}

static bool is_of_state(enum nflua_event_type type)
{
	return type == NFLUA_EVENT_CREATED || type == NFLUA_EVENT_DESTROYED ||
	       type == NFLUA_EVENT_REPLACED || type == NFLUA_EVENT_CHANGED ||
	       type == NFLUA_EVENT_CONFIRMED || type == NFLUA_EVENT_ROLLED_BACK;
}

static bool is_of_hook(enum nflua_event_type type)
{
	return type == NFLUA_EVENT_ATTACHED || type == NFLUA_EVENT_DETACHED;
}

/**
 * nflua_wire_event - reads an event
 * @event: zeroed, with an empty result; owns what it was given, even on failure
 *
 * Returns 0, -EPROTO, or -ENOMEM.
 */
int nflua_wire_event(struct nlmsghdr *nlh, struct nflua_event *event)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	int err;

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_NAME] || !tb[NFLUA_A_SEQ])
		return -EPROTO;
	event->type = event_type(nlh);
	event->seq = nla_get_u32(tb[NFLUA_A_SEQ]);
	event->dropped = nflua_wire_u32(tb[NFLUA_A_DROPPED]);
	if (is_of_state(event->type)) {
		event->has_stats = true;
		event->reason = take_reason(tb[NFLUA_A_REASON]);
		return nflua_wire_state(nlh, &event->stats);
	}
	memcpy(event->stats.name, nla_data(tb[NFLUA_A_NAME]),
	       nla_len(tb[NFLUA_A_NAME]));
	if (is_of_hook(event->type)) {
		err = nflua_wire_hook(nlh, &event->hook);
		event->has_hook = !err;
		nflua_hook_of(&event->hook);
		return err;
	}
	err = nflua_wire_copy(&event->function, tb[NFLUA_A_FUNCTION], NULL);
	if (!err)
		err = nflua_wire_result(nlh, event->result);
	take_ends(tb, event);
	return err;
}
