// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events: what the module tells those who watch a namespace. Events that packets cause
 * have a rate limit, and say how many were dropped.
 */
#include <net/netlink.h>

#include "genl.h"
#include "gfp.h"
#include "packet/describe.h"
#include "state/event.h"
#include "state/fill.h"
#include "state/net.h"
#include "state/state.h"

/* Events that packets may cause in a second, in a namespace. */
#define EVENT_BURST	200
/* Events beyond that, which find out whether anybody still listens. */
#define EVENT_TRIES	10

/* Room for what is put in last: NFLUA_A_SEQ and NFLUA_A_DROPPED. */
#define SEQ_SIZE	(2 * nla_total_size(sizeof(u32)))

void nflua_events_init(struct nflua_net *nn)
{
	spin_lock_init(&nn->event_lock);
	ratelimit_state_init(&nn->event_limit, HZ, EVENT_BURST);
	ratelimit_state_init(&nn->event_tries, HZ, EVENT_TRIES);
	/* Nothing goes to the kernel's log, as events say how many were dropped. */
	ratelimit_set_flags(&nn->event_limit, RATELIMIT_MSG_ON_RELEASE);
	ratelimit_set_flags(&nn->event_tries, RATELIMIT_MSG_ON_RELEASE);
}

/*
 * Counts an event that cannot be sent, unless nobody in this namespace listens: the
 * listeners that the kernel counts may all be in others.
 */
static void drop(struct nflua_net *nn)
{
	if (READ_ONCE(nn->events_heard))
		atomic_inc(&nn->events_dropped);
}

/* Adds the number of the event, and how many were dropped before it. */
static int finish(struct sk_buff *skb, u32 seq, int dropped)
{
	int err = nla_put_u32(skb, NFLUA_A_SEQ, seq);

	if (!err && dropped)
		err = nla_put_u32(skb, NFLUA_A_DROPPED, dropped);
	if (!err)
		nlmsg_end(skb, nlmsg_hdr(skb));
	return err;
}

/*
 * Notes the result @err of sending an event that tells of @dropped others. If nobody got
 * it, either nobody listens any more, or the buffers are full, and the next event tells.
 */
static void sent(struct nflua_net *nn, int dropped, int err)
{
	if (err != -ESRCH) {
		WRITE_ONCE(nn->events_heard, true);
		WRITE_ONCE(nn->events_left, false);
	} else if (nn->events_heard && !READ_ONCE(nn->events_left)) {
		atomic_add(dropped, &nn->events_dropped);
	} else {
		WRITE_ONCE(nn->events_heard, false);
		WRITE_ONCE(nn->events_left, false);
		atomic_set(&nn->events_dropped, 0);
	}
}

/*
 * Numbers an event and sends it. The lock is held until it is in the receivers' queues,
 * so that events come in the order of their numbers, and a gap is a loss.
 * @tells: the event says how many were dropped
 * @err: result of filling the event
 */
static void send(struct nflua_net *nn, struct sk_buff *skb, bool tells, int err)
{
	int dropped;

	spin_lock_bh(&nn->event_lock);
	dropped = tells ? atomic_xchg(&nn->events_dropped, 0) : 0;
	if (WARN_ON_ONCE(err || finish(skb, nn->event_seq + 1, dropped))) {
		nlmsg_free(skb);
		atomic_add(dropped, &nn->events_dropped);
		drop(nn);
	} else {
		nn->event_seq++;
		sent(nn, dropped, nflua_genl_event(nn->net, skb));
	}
	spin_unlock_bh(&nn->event_lock);
}

void nflua_event_socket_closed(struct nflua_net *nn)
{
	WRITE_ONCE(nn->events_left, true);
}

struct sk_buff *nflua_event_new(struct nflua_net *nn, enum nflua_cmd cmd, size_t size)
{
	struct sk_buff *skb;

	lockdep_assert_held(&nn->lock);
	if (!nflua_genl_listened(nn->net))
		return NULL;
	skb = nflua_genl_new(cmd, size + SEQ_SIZE, 0, 0, GFP_KERNEL);
	if (!skb)
		drop(nn);
	return skb;
}

void nflua_event_send(struct nflua_net *nn, struct sk_buff *skb, int err)
{
	send(nn, skb, false, err);
}

void nflua_event_state(struct nflua_state *state, enum nflua_cmd cmd)
{
	struct nflua_net *nn = state->net;
	struct sk_buff *skb = nflua_event_new(nn, cmd, NFLUA_STATS_SIZE);

	if (skb)
		nflua_event_send(nn, skb, nflua_state_fill_stats(skb, state));
}

void nflua_event_rollback(struct nflua_state *state, enum nflua_reason reason)
{
	struct nflua_net *nn = state->net;
	struct sk_buff *skb = nflua_event_new(nn, NFLUA_CMD_STATE_ROLLBACK_NTF,
					      NFLUA_STATS_SIZE + nla_total_size(sizeof(u32)));

	if (skb)
		nflua_event_send(nn, skb, nflua_state_fill_stats(skb, state) ?:
				 nla_put_u32(skb, NFLUA_A_REASON, reason));
}

/* Begins an event with a rate limit. Returns NULL if nobody listens, or it is dropped. */
static struct sk_buff *begin(struct nflua_state *state, enum nflua_cmd cmd,
			     size_t size)
{
	struct nflua_net *nn = state->net;
	struct sk_buff *skb = NULL;

	if (!nflua_genl_listened(nn->net))
		return NULL;
	size += nla_total_size(NFLUA_NAME_SIZE) + SEQ_SIZE;
	/*
	 * If a listener may have left, some events beyond the limit find out whether
	 * anybody is left. Otherwise events for nobody would count as dropped.
	 */
	if (__ratelimit(&nn->event_limit) ||
	    (READ_ONCE(nn->events_left) && __ratelimit(&nn->event_tries)))
		skb = nflua_genl_new(cmd, size, 0, 0, NFLUA_GFP_ATOMIC);
	if (skb && nla_put_string(skb, NFLUA_A_NAME, state->name)) {
		nlmsg_free(skb);
		skb = NULL;
	}
	if (!skb)
		drop(nn);
	return skb;
}

void nflua_event_error(struct nflua_state *state, const char *function,
		       const struct nflua_packet *packet,
		       const struct nflua_error *error)
{
	struct sk_buff *skb;
	int err;

	skb = begin(state, NFLUA_CMD_ERROR_NTF, nflua_error_size(error) +
		    nla_total_size(strlen(function) + 1) +
		    nflua_describe_size());
	if (!skb)
		return;
	err = nla_put_string(skb, NFLUA_A_FUNCTION, function) ?:
	      nflua_error_fill(skb, error);
	if (!err && error->truncated)
		err = nla_put_u32(skb, NFLUA_A_TRUNCATED, error->truncated);
	if (!err && packet)
		err = nflua_describe(skb, packet);
	send(state->net, skb, true, err);
}

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
	send(state->net, skb, true, err);
}
