// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events: what the module tells everyone who watches a namespace. Those that
 * packets cause are limited in number, and say how many were held back.
 */
#include <net/netlink.h>

#include "call.h"

/*
 * The lock is held from the count to the queues of the receivers: events come in
 * the order of their numbers, and a gap is a loss.
 */
static void send(struct nflua_net *nn, struct sk_buff *skb, int err)
{
	if (err)
		goto fail;
	spin_lock_bh(&nn->event_lock);
	err = nla_put_u32(skb, NFLUA_A_SEQ, nn->event_seq + 1);
	if (!err) {
		nn->event_seq++;
		nlmsg_end(skb, nlmsg_hdr(skb));
		nflua_genl_event(nn->net, skb);
	}
	spin_unlock_bh(&nn->event_lock);
	if (!err)
		return;
fail:
	nlmsg_free(skb);
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
		send(nn, skb, nflua_fill_figures(skb, state));
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
	if (!err && error->truncated)
		err = nla_put_u32(skb, NFLUA_A_TRUNCATED, error->truncated);
	if (!err && packet)
		err = nflua_fill_packet(skb, packet);
	send(state->net, skb, err);
}

/* A script printed something for a packet; any context. */
void nflua_event_print(struct nflua_state *state, const char *text, size_t len)
{
	size_t room = min_t(size_t, len, NFLUA_ERROR_MAX);
	struct sk_buff *skb;
	int err;

	skb = begin(state, NFLUA_CMD_PRINT_NTF,
		    nla_total_size(room) + nla_total_size(sizeof(u32)));
	if (!skb)
		return;
	err = nla_put(skb, NFLUA_A_OUTPUT, room, text);
	if (!err && room < len)
		err = nla_put_u32(skb, NFLUA_A_TRUNCATED, NFLUA_TRUNCATED_OUTPUT);
	send(state->net, skb, err);
}
