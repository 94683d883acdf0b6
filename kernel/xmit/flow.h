/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Describes the connection of a packet, which is found again when it is sent. */
#ifndef NFLUA_FLOW_H
#define NFLUA_FLOW_H

#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

struct nflua_flow {
	struct nf_conntrack_tuple tuple;	/* of the packet's direction */
	struct nf_conntrack_zone zone;
	enum ip_conntrack_info info;
	bool tracked;		/* else the packet has no connection */
	bool untracked;		/* a rule said so */
};

void nflua_flow_of(const struct sk_buff *skb, struct nflua_flow *flow);

/*
 * Returns the connection, held, or NULL if it is gone. *@dir becomes the direction of the
 * packet.
 */
struct nf_conn *nflua_flow_find(struct net *net, const struct nflua_flow *flow,
				enum ip_conntrack_dir *dir);

#endif
