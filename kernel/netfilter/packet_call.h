/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet: from a rule or a hook into Lua, and back with a result. */
#ifndef NFLUA_PACKET_CALL_H
#define NFLUA_PACKET_CALL_H

#include "netfilter/verdict.h"
#include "runtime/runtime.h"
#include "state/rule.h"

struct nf_hook_state;
struct sk_buff;

/**
 * nflua_call_match - calls the function of a rule for a packet, to know whether it matches
 * @rule: the rule, which names the state and the function
 * @skb: the packet
 * @hook: the hook that the packet is in
 * @effects: NFLUA_EFFECT_HOTDROP if another match of the rule wants it, or 0
 *
 * Under RCU, in softirq or process context. A failed call is counted, kept as the last
 * error, and sent as an event.
 */
struct nflua_outcome nflua_call_match(const struct nflua_rule *rule, struct sk_buff *skb,
				      const struct nf_hook_state *hook, u8 effects);

/**
 * nflua_call_verdict - calls the function of a rule for a packet, for a verdict
 *
 * As nflua_call_match(), but for nflua_verdict_give(). A function that returns "repeat" is
 * called again, up to 8 times in all; then its result is %NFLUA_RUN_CONTINUE.
 */
struct nflua_outcome nflua_call_verdict(const struct nflua_rule *rule, struct sk_buff *skb,
					const struct nf_hook_state *hook);

/**
 * nflua_call_hook - calls the function of a hook for a packet
 * @hook: as functions see it; see nflua_link_look()
 *
 * As nflua_call_verdict(), but true means "drop"; "queue" has the number of the queue, and
 * whether the packet is dropped if nobody listens there; and "repeat" 8 times is an
 * error. At hooks of a device, so is "queue". The outcome is for nflua_hook_give().
 */
struct nflua_outcome nflua_call_hook(const struct nflua_rule *rule, struct sk_buff *skb,
				     const struct nf_hook_state *hook);

/* The same for what is no IP. The pf of @hook is NFPROTO_UNSPEC. */
struct nflua_outcome nflua_call_other(const struct nflua_rule *rule, struct sk_buff *skb,
				      const struct nf_hook_state *hook);

/**
 * nflua_call_dry - calls the function of @rule in a dry run
 * @rt: locked, BHs off; its packet and its packet call are set up
 * @rule: only its id and function are used
 * @read: reads the function's result from the top of the stack, without running Lua.
 *	Returns 0 or a positive number, or a negative one for a wrong result
 * @error: empty; filled if the call fails
 *
 * Nothing is counted. Returns what @read returned, or the negative errno of @error.
 */
int nflua_call_dry(struct nflua_runtime *rt, const struct nflua_rule *rule,
		   int (*read)(lua_State *L), struct nflua_error *error);

#endif
