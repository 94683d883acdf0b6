/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet: from a rule into Lua, and back with a result. */
#ifndef NFLUA_NETFILTER_H
#define NFLUA_NETFILTER_H

#include "runtime/runtime.h"
#include "state/rule.h"

struct nf_hook_state;
struct sk_buff;

/**
 * nflua_call_packet - calls the function of a rule for a packet
 * @rule: the rule, which names the state and the function
 * @skb: the packet
 * @hook: the hook that the packet is in
 * @hotdrop: the function may set it to have the packet dropped at once
 * @answered: set if the function answers a TCP packet of this host; NULL: it must not
 * @result: reads the function's result from the top of the stack, without running Lua.
 *	Returns a positive number for a match or verdict, 0 for none, or a negative one
 *	for a wrong result
 *
 * Called by rules: under RCU, in softirq or process context. Returns what @result
 * returned, or a negative errno if the call failed, its result was wrong, or the state is
 * dead. A failed call is counted, kept as the last error, and sent as an event.
 */
int nflua_call_packet(const struct nflua_rule *rule, struct sk_buff *skb,
		      const struct nf_hook_state *hook, bool *hotdrop,
		      bool *answered, int (*result)(lua_State *L));

/**
 * nflua_call_dry - calls the function of @rule in a dry run
 * @rt: locked, BHs off; its packet and its packet call are set up
 * @rule: only its id and function are used
 * @result: as for nflua_call_packet()
 * @error: empty; filled if the call fails
 *
 * Nothing is counted. Returns what @result returned, or the negative errno of @error.
 */
int nflua_call_dry(struct nflua_runtime *rt, const struct nflua_rule *rule,
		   int (*result)(lua_State *L), struct nflua_error *error);

/*
 * Returns the verdict on top of the stack, an enum nflua_run_result: NFLUA_RUN_CONTINUE
 * for nil and false, and -1 for a value that is no verdict.
 */
int nflua_xt_verdict(lua_State *L);

/* Register the match and the target. Packets may come before nflua_xt_init() returns. */
void nflua_xt_init(void);
void nflua_xt_exit(void);

#endif
