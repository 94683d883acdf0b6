// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets in hooks of our own: the way of a packet from netfilter into packet_call.c, and
 * of the verdict back.
 */
#include <linux/if_ether.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/ip.h>

#include "gfp.h"
#include "netfilter/hook.h"
#include "netfilter/link.h"
#include "netfilter/packet_call.h"
#include "netfilter/verdict.h"
#include "packet/dissect.h"
#include "state/last_error.h"
#include "state/state.h"

static bool is_device(const char *name, const struct net_device *dev)
{
	return !*name || (dev && strcmp(name, dev->name) == 0);
}

/* Returns whether a packet meets the conditions of a hook. */
static noinline bool meets(const struct nflua_hook_spec *spec, const struct sk_buff *skb,
		       const struct nf_hook_state *hook)
{
	return ((skb->mark ^ spec->mark) & spec->mask) == 0 &&
	       is_device(spec->iif, hook->in) && is_device(spec->oif, hook->out) &&
	       (!spec->has_protocol || nflua_has_protocol(skb, hook, spec->protocol));
}

/* What a failed call gives, or a state that is gone. */
static enum nflua_run_result failed(const struct nflua_hook *hook)
{
	u8 on_error = READ_ONCE(hook->spec.on_error);

	if (on_error == NFLUA_HOOK_ON_ERROR_STATE)
		on_error = READ_ONCE(rcu_dereference(hook->rule.state)->on_error);
	return on_error == NFLUA_ON_ERROR_DROP ? NFLUA_RUN_DROP : NFLUA_RUN_ACCEPT;
}

/*
 * Routes a packet of this host anew if its mark or IP header changed, as the table mangle
 * does, and nft in a chain of the type route. Returns the verdict.
 */
static noinline unsigned int route(unsigned int verdict, struct sk_buff *skb,
				   const struct nf_hook_state *state)
{
	int err;

	if (state->pf == NFPROTO_IPV4)
		err = ip_route_me_harder(state->net, state->sk, skb, RTN_UNSPEC);
	else
		err = ip6_route_me_harder(state->net, state->sk, skb);
	return err < 0 ? NF_DROP_ERR(err) : verdict;
}

/*
 * When a hook is removed, netfilter drops what waits in queues, as it would not know where
 * to go on. What is queued while that happens would be missed, and get a WARN later. So a
 * hook stops queueing first.
 */
static bool may_queue(struct nflua_hook *hook)
{
	WRITE_ONCE(hook->queues, true);
	smp_mb();	/* end_queueing() in hook.c sees it, or is seen here */
	return !READ_ONCE(hook->ends);
}

/*
 * Returns netfilter's verdict for a call that failed, or that did more than let the packet
 * pass. @seen: as for call()
 */
static noinline unsigned int
decide(struct nflua_hook *hook, struct sk_buff *skb, const struct nf_hook_state *state,
       const struct nf_hook_state *seen, struct nflua_outcome outcome)
{
	unsigned int verdict = NF_ACCEPT;

	if (outcome.result < 0)
		outcome.result = failed(hook);
	if (nflua_hook_queues(outcome.result) && !may_queue(hook))
		outcome.result = NFLUA_RUN_DROP;
	if (outcome.result != NFLUA_RUN_CONTINUE)
		verdict = nflua_hook_give(outcome, skb, state);
	if (verdict == NF_ACCEPT && outcome.effects & NFLUA_EFFECT_ROUTE &&
	    seen->hook == NF_INET_LOCAL_OUT)
		return route(verdict, skb, state);
	return verdict;
}

/*
 * Calls the hook's function if the packet is for it.
 * @seen: where the packet is, as the function sees it
 * @is_ip: it is one of IP
 */
static __always_inline unsigned int
call(struct nflua_hook *hook, struct sk_buff *skb, const struct nf_hook_state *state,
     const struct nf_hook_state *seen, bool is_ip)
{
	struct nflua_outcome outcome;

	if (hook->conditions && !meets(&hook->spec, skb, seen))
		return NF_ACCEPT;
	outcome = is_ip ? nflua_call_hook(&hook->rule, skb, seen) :
			  nflua_call_other(&hook->rule, skb, seen);
	if (likely(outcome.result == NFLUA_RUN_CONTINUE && !outcome.effects))
		return NF_ACCEPT;
	return decide(hook, skb, state, seen, outcome);
}

unsigned int nflua_hook_packet(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return call(priv, skb, state, state, true);
}

/* Reports a packet that could not be looked at. Returns netfilter's verdict. */
static noinline unsigned int not_looked_at(const struct nflua_hook *hook, struct sk_buff *skb,
					   const struct nf_hook_state *state, int err)
{
	bool memory = err == -ENOMEM;
	struct nflua_error error = {
		.kind = memory ? NFLUA_ERROR_MEMORY : NFLUA_ERROR_RUNTIME,
		.text = kstrdup(memory ? "not enough memory to read the packet's headers" :
					 "the frame does not say where its packet begins",
				NFLUA_GFP_ATOMIC),
	};

	nflua_account_error(rcu_dereference(hook->rule.state), hook->rule.function, NULL,
			    &error);
	return nflua_hook_give((struct nflua_outcome){ failed(hook) }, skb, state);
}

/*
 * Returns whether a hook below IP is for frames of this type. @is_ip: what nflua_link_look()
 * returned. What only says that it is IP is for hooks that get all.
 */
static bool wants(const struct nflua_hook_spec *spec, const struct sk_buff *skb, int is_ip)
{
	u16 type = ntohs(skb->protocol);
	bool ip_type = type == ETH_P_IP || type == ETH_P_IPV6;
	int i;

	if (!spec->types_len)
		return spec->family == NFPROTO_ARP || (ip_type && is_ip);
	for (i = 0; i < spec->types_len; i++)
		if (spec->types[i] == ETH_P_ALL ||
		    (spec->types[i] == type && (is_ip || !ip_type)))
			return true;
	return false;
}

unsigned int nflua_hook_frame(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	struct nflua_hook *hook = priv;
	struct nf_hook_state seen;
	int is_ip = nflua_link_look(skb, state, &seen);

	if (!wants(&hook->spec, skb, is_ip))
		return NF_ACCEPT;
	if (unlikely(is_ip < 0))
		return not_looked_at(hook, skb, state, is_ip);
	return call(hook, skb, state, &seen, is_ip);
}
