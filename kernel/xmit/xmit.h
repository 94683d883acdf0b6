/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packets to transmit for scripts. They hold no device, route, socket or connection, as
 * each of these would hold the namespace.
 */
#ifndef NFLUA_XMIT_H
#define NFLUA_XMIT_H

#include <linux/skbuff.h>

#include "runtime/call.h"
#include "xmit/flow.h"

struct nflua_segment;
struct nflua_state;

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

/* For any context; NULL: no memory */
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

#endif
