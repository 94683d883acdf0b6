// SPDX-License-Identifier: GPL-2.0-or-later
/* The generic netlink family. Its commands are in request/ops.c. */
#include <linux/module.h>

#include "genl.h"
#include "gfp.h"

static bool unprivileged_userns;
module_param(unprivileged_userns, bool, 0644);
MODULE_PARM_DESC(unprivileged_userns,
		 "serve namespaces that belong to other user namespaces than the first (default: no)");

#define GROUP_EVENTS	0
#define GROUP_DATA	1

/* "events", then "data0" to "data31"; nflua_genl_init() sets their names. */
static struct genl_multicast_group groups[GROUP_DATA + NFLUA_DATA_GROUPS];

static struct genl_family family;

bool nflua_userns_allowed(const struct net *net)
{
	return net->user_ns == &init_user_ns || READ_ONCE(unprivileged_userns);
}

struct sk_buff *nflua_genl_new(enum nflua_cmd cmd, size_t size, u32 portid,
			       u32 seq, gfp_t gfp)
{
	struct sk_buff *skb = genlmsg_new(size, gfp);

	if (skb && !genlmsg_put(skb, portid, seq, &family, 0, cmd)) {
		nlmsg_free(skb);
		skb = NULL;
	}
	return skb;
}

void *nflua_genl_put(struct sk_buff *skb, const struct netlink_callback *cb,
		     enum nflua_cmd cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, &family,
			   NLM_F_MULTI, cmd);
}

bool nflua_genl_listened(struct net *net)
{
	return genl_has_listeners(&family, net, GROUP_EVENTS);
}

int nflua_genl_event(struct net *net, struct sk_buff *skb)
{
	return genlmsg_multicast_netns(&family, net, skb, 0, GROUP_EVENTS,
				       NFLUA_GFP_ATOMIC);
}

bool nflua_genl_data_listened(struct net *net, unsigned int group)
{
	return genl_has_listeners(&family, net, GROUP_DATA + group);
}

int nflua_genl_data(struct net *net, struct sk_buff *skb, unsigned int group)
{
	return genlmsg_multicast_netns(&family, net, skb, 0, GROUP_DATA + group,
				       NFLUA_GFP_ATOMIC);
}

static struct genl_family family __ro_after_init = {
	.name = NFLUA_GENL_NAME,
	.version = NFLUA_GENL_VERSION,
	.maxattr = NFLUA_A_MAX,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.resv_start_op = NFLUA_CMD_STATE_NEW,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

int __init nflua_genl_init(const struct genl_ops *ops, unsigned int n_ops)
{
	size_t i;

	family.ops = ops;
	family.n_ops = n_ops;
	strscpy(groups[GROUP_EVENTS].name, NFLUA_MCGRP_EVENTS, GENL_NAMSIZ);
	groups[GROUP_EVENTS].flags = GENL_MCAST_CAP_NET_ADMIN;
	for (i = GROUP_DATA; i < ARRAY_SIZE(groups); i++) {
		snprintf(groups[i].name, GENL_NAMSIZ, "%s%zu",
			 NFLUA_MCGRP_DATA_PREFIX, i - GROUP_DATA);
		groups[i].flags = GENL_MCAST_CAP_NET_ADMIN;
	}
	return genl_register_family(&family);
}

void nflua_genl_exit(void)
{
	genl_unregister_family(&family);
}
