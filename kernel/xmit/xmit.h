/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets to transmit for scripts. They hold no device, route, socket or connection, as
 * each of these would hold the namespace.
 */
#ifndef NFLUA_XMIT_H
#define NFLUA_XMIT_H

#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "runtime/call.h"

struct nflua_state;

/* flow.c: describes the connection of a packet, which is found again when it is sent. */
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

/* segment.c: where a packet has its TCP or UDP header, and what it carries. */
struct nflua_segment {
	u8 pf;
	u8 protocol;
	unsigned int header;	/* offsets from the network header */
	unsigned int payload;
	unsigned int end;
	struct tcphdr tcp;	/* of TCP: the header without options */
};

/* Returns NULL, or what is wrong with the packet, as a phrase. */
const char *nflua_segment_find(const struct sk_buff *skb, u8 pf,
			       struct nflua_segment *seg);

/* Set the checksum of a packet in one piece that begins with its network header. */
void nflua_segment_checksum(struct sk_buff *skb, const struct nflua_segment *seg);
void nflua_segment_checksum_later(struct sk_buff *skb,
				  const struct nflua_segment *seg);

/**
 * struct nflua_xmit - a packet to be sent
 *
 * @list: in a queue
 * @state: the state that sends it; held while it is in a queue
 * @skb: in one piece, from its network header on
 * @flow: of the packet that it copies or answers
 * @function: "send" or "reply", for events
 * @oif: index of the device, for link-local addresses
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @forwards: sending it forwards the packet, and counts as a hop
 * @answers: it goes in the direction opposite to @flow
 * @dry: of a dry run: it is not sent
 */
struct nflua_xmit {
	struct list_head list;
	struct nflua_state *state;
	struct sk_buff *skb;
	struct nflua_flow flow;
	const char *function;
	int oif;
	u8 pf;
	bool forwards;
	bool answers;
	bool dry;
};

/* packet.c: for any context; NULL: no memory */
struct sk_buff *nflua_xmit_skb(unsigned int len, u8 pf);
struct nflua_xmit *nflua_xmit_new(const struct nflua_packet *packet,
				  struct sk_buff *skb);
struct nflua_xmit *nflua_xmit_copy(const struct nflua_packet *packet,
				   const char **why);
struct sk_buff *nflua_xmit_fill(const struct nflua_xmit *xmit,
				const struct nflua_segment *seg,
				const char *payload, size_t len);
bool nflua_xmit_is_old(const struct nflua_xmit *xmit);
size_t nflua_xmit_size(const struct nflua_xmit *xmit);
void nflua_xmit_free(struct nflua_xmit *xmit);
void nflua_xmit_free_all(struct list_head *packets);

/*
 * post.c: queues all of @packets for the running call, in this order, or none; a dry run
 * notes them instead. Returns NULL, or why not.
 */
const char *nflua_post(lua_State *L, struct list_head *packets);

/* transmit.c: sends it now, and frees it. Softirq. */
void nflua_transmit(struct nflua_xmit *xmit);

#endif
