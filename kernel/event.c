// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events: what the module tells everyone who watches a namespace. Those that
 * packets cause are limited in number, and say how many were held back.
 */
#include <net/netlink.h>

#include "call.h"

static int put_seq(struct sk_buff *skb, struct nflua_net *nn)
{
	return nla_put_u32(skb, NFLUA_A_SEQ, atomic_inc_return(&nn->event_seq));
}

static void send(struct nflua_net *nn, struct sk_buff *skb, int err, gfp_t gfp)
{
	if (err || put_seq(skb, nn)) {
		nlmsg_free(skb);
		return;
	}
	nlmsg_end(skb, nlmsg_hdr(skb));
	nflua_genl_event(nn->net, skb, gfp);
}

/* A state came, went or was replaced; nflua_net.lock is held. */
void nflua_event_state(struct nflua_state *state, enum nflua_cmd cmd)
{
	struct nflua_net *nn = state->net;
	struct sk_buff *skb;

	lockdep_assert_held(&nn->lock);
	if (!nflua_genl_listened(nn->net))
		return;
	skb = nflua_genl_new(cmd, NFLUA_FIGURES_SIZE, 0, 0,
			     GFP_KERNEL);
	if (skb)
		send(nn, skb, nflua_fill_figures(skb, state), GFP_KERNEL);
}

/* Begins an event out of the packet path; NULL: nobody listens, or too many. */
static struct sk_buff *begin(struct nflua_state *state, enum nflua_cmd cmd,
			     size_t size)
{
	struct nflua_net *nn = state->net;
	struct sk_buff *skb;
	int dropped;

	if (!nflua_genl_listened(nn->net))
		return NULL;
	if (!__ratelimit(&nn->event_limit))
		goto drop;
	size += nla_total_size(NFLUA_NAME_SIZE) + 2 * nla_total_size(sizeof(u32));
	skb = nflua_genl_new(cmd, size, 0, 0, GFP_ATOMIC | __GFP_NOWARN);
	if (!skb)
		goto drop;
	dropped = atomic_xchg(&nn->events_dropped, 0);
	if (nla_put_string(skb, NFLUA_A_NAME, state->name) ||
	    (dropped && nla_put_u32(skb, NFLUA_A_DROPPED, dropped))) {
		nlmsg_free(skb);
		return NULL;
	}
	return skb;
drop:
	atomic_inc(&nn->events_dropped);
	return NULL;
}

/* A call of @function failed, for @packet or for none; any context. */
void nflua_event_error(struct nflua_state *state, const char *function,
		       const struct nflua_packet *packet,
		       const struct nflua_error *error)
{
	struct sk_buff *skb;
	int err;

	skb = begin(state, NFLUA_CMD_ERROR_NTF, nflua_fill_error_size(error) +
		    nla_total_size(strlen(function) + 1) +
		    nflua_fill_packet_size());
	if (!skb)
		return;
	err = nla_put_string(skb, NFLUA_A_FUNCTION, function) ?:
	      nflua_fill_error(skb, error);
	if (!err && packet)
		err = nflua_fill_packet(skb, packet);
	send(state->net, skb, err, GFP_ATOMIC);
}

/* A script printed something for a packet; any context. */
void nflua_event_print(struct nflua_state *state, const char *text, size_t len)
{
	struct sk_buff *skb;

	len = min_t(size_t, len, NFLUA_ERROR_MAX);
	skb = begin(state, NFLUA_CMD_PRINT_NTF, nla_total_size(len));
	if (skb)
		send(state->net, skb, nla_put(skb, NFLUA_A_OUTPUT, len, text),
		     GFP_ATOMIC);
}
