// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the generic netlink controller says of the family. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

/* Reads the answer of the controller. Returns 0 or -EPROTO. */
int nflua_wire_family(struct nlmsghdr *nlh, int *family, unsigned int *version)
{
	static struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
		[CTRL_ATTR_VERSION] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (nlmsg_parse(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX, policy) < 0 ||
	    !tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_VERSION])
		return -EPROTO;
	*family = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	*version = nla_get_u32(tb[CTRL_ATTR_VERSION]);
	return 0;
}

/* Returns whether a message says that the family is gone: the module was unloaded. */
bool nflua_wire_is_unloading(struct nlmsghdr *nlh, int family)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *id;

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    nlmsg_datalen(nlh) < (int)GENL_HDRLEN || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	id = nlmsg_find_attr(nlh, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
	return id && nla_len(id) == sizeof(uint16_t) && nla_get_u16(id) == family;
}

/* Returns the index of a group by its name, "data" and a number or "events", or -1. */
static int group_index(const struct nlattr *name)
{
	static const char prefix[] = NFLUA_MCGRP_DATA_PREFIX;
	const char *digits = (const char *)nla_data(name) + sizeof(prefix) - 1;
	char *end;
	long n;

	if (strcmp(nla_data(name), NFLUA_MCGRP_EVENTS) == 0)
		return NFLUA_EVENTS_GROUP;
	if (strncmp(nla_data(name), prefix, sizeof(prefix) - 1) != 0 ||
	    *digits < '0' || *digits > '9')
		return -1;
	n = strtol(digits, &end, 10);
	return *end || n >= NFLUA_DATA_GROUPS ? -1 : n;
}

/* Reads the ids of the groups from the answer; those that are missing stay as they are. */
void nflua_wire_groups(struct nlmsghdr *nlh, uint32_t groups[NFLUA_GROUP_IDS])
{
	static struct nla_policy policy[CTRL_ATTR_MCAST_GRP_MAX + 1] = {
		[CTRL_ATTR_MCAST_GRP_NAME] = { .type = NLA_STRING, .minlen = 1,
					       .maxlen = GENL_NAMSIZ },
		[CTRL_ATTR_MCAST_GRP_ID] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1], *nest;
	struct nlattr *of[CTRL_ATTR_MCAST_GRP_MAX + 1];
	int rem, n;

	if (nlmsg_parse(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX, NULL) < 0 ||
	    !tb[CTRL_ATTR_MCAST_GROUPS])
		return;
	nla_for_each_nested(nest, tb[CTRL_ATTR_MCAST_GROUPS], rem) {
		if (nla_parse_nested(of, CTRL_ATTR_MCAST_GRP_MAX, nest, policy) < 0 ||
		    !of[CTRL_ATTR_MCAST_GRP_NAME] || !of[CTRL_ATTR_MCAST_GRP_ID])
			continue;
		n = group_index(of[CTRL_ATTR_MCAST_GRP_NAME]);
		if (n >= 0)
			groups[n] = nla_get_u32(of[CTRL_ATTR_MCAST_GRP_ID]);
	}
}
