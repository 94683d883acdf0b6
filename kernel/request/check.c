// SPDX-License-Identifier: GPL-2.0-or-later
/* Checks that every request must pass. */
#include <net/sock.h>

#include "compat.h"
#include "genl.h"
#include "request/check.h"
#include "state/state.h"

/* Checks the sender: not all who can unshare a namespace may run code in the kernel. */
static int check_sender(struct sk_buff *skb, const struct net *net,
			struct netlink_ext_ack *extack)
{
	if (!netlink_ns_capable(skb, net->user_ns, CAP_NET_ADMIN)) {
		NL_SET_ERR_MSG(extack, "CAP_NET_ADMIN in the network namespace is required");
		return -EPERM;
	}
	if (!nflua_userns_allowed(net)) {
		NL_SET_ERR_MSG(extack, "not in a user namespace: the module's parameter unprivileged_userns is off");
		return -EPERM;
	}
	return 0;
}

/*
 * Refuses attributes that occur twice, except functions and those of scripts: the parser
 * keeps the last one. Of several scripts, each begins with its name.
 */
static int check_repeats(const struct genl_info *info)
{
	DECLARE_BITMAP(seen, NFLUA_A_MAX + 1) = {};
	const struct nlattr *attr, *nameless = NULL;
	size_t chunk = 0;
	int rem, names = 0;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NFLUA_A_CHUNK) {
			chunk += nla_len(attr);
			if (!names)
				nameless = attr;
		} else if (nla_type(attr) == NFLUA_A_CHUNK_NAME) {
			names++;
		} else if (nla_type(attr) != NFLUA_A_RULE_FUNCTION &&
			   __test_and_set_bit(nla_type(attr), seen)) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "this attribute may come only once");
			return -EINVAL;
		}
	}
	if (names > 1 && nameless) {
		NL_SET_ERR_MSG_ATTR(info->extack, nameless,
				    "of several scripts, each has its name before it");
		return -EINVAL;
	}
	if (chunk > NFLUA_CHUNK_MAX) {
		NL_SET_ERR_MSG(info->extack, "the script is longer than 8 MiB");
		return -E2BIG;
	}
	return 0;
}

int nflua_check_request(struct sk_buff *skb, struct genl_info *info)
{
	int err = check_sender(skb, genl_info_net(info), info->extack);

	return err ?: check_repeats(info);
}

int nflua_check_named(struct sk_buff *skb, struct genl_info *info)
{
	int err = nflua_check_request(skb, info);

	if (err)
		return err;
	if (GENL_REQ_ATTR_CHECK(info, NFLUA_A_NAME)) {
		NL_SET_ERR_MSG(info->extack, "the request lacks the name of a state");
		return -EINVAL;
	}
	err = nflua_name_check(nla_data(info->attrs[NFLUA_A_NAME]), info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, info->attrs[NFLUA_A_NAME]);
	return err;
}

int nflua_check_sender(struct netlink_callback *cb)
{
	return check_sender(cb->skb, sock_net(cb->skb->sk), cb->extack);
}

int nflua_check_dump(struct netlink_callback *cb)
{
	if (nflua_dump_attrs(cb)[NFLUA_A_NAME]) {
		NL_SET_ERR_MSG(cb->extack, "a dump lists all states: a name is not allowed");
		return -EINVAL;
	}
	return nflua_check_sender(cb);
}
