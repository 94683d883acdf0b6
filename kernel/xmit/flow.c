// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Flows: which connection a packet belongs to, without holding the connection, as that
 * would hold its namespace.
 */
#include <net/netfilter/nf_conntrack_core.h>

#include "xmit/flow.h"

void nflua_flow_of(const struct sk_buff *skb, struct nflua_flow *flow)
{
	struct nf_conn *ct = nf_ct_get(skb, &flow->info);

	flow->tracked = ct && !nf_ct_is_template(ct);
	flow->untracked = flow->info == IP_CT_UNTRACKED;
	if (!flow->tracked)
		return;
	flow->tuple = ct->tuplehash[CTINFO2DIR(flow->info)].tuple;
	flow->zone = *nf_ct_zone(ct);
}

struct nf_conn *nflua_flow_find(struct net *net, const struct nflua_flow *flow,
				enum ip_conntrack_dir *dir)
{
	struct nf_conntrack_tuple_hash *hash;

	if (!flow->tracked)
		return NULL;
	hash = nf_conntrack_find_get(net, &flow->zone, &flow->tuple);
	if (!hash)
		return NULL;
	*dir = NF_CT_DIRECTION(hash);
	return nf_ct_tuplehash_to_ctrack(hash);
}
