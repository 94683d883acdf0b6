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
 * @rule: whose state and function count
 * @skb: the packet
 * @hook: and its hook
 * @hotdrop: where the function may say that the packet must be dropped at once
 * @answered: and that it has answered a TCP packet of this host; NULL: it may not
 * @result: reads the function's result off the top of the stack, without
 *	running Lua: positive for a match or verdict, 0 for none, or negative
 *	when it is of the wrong type
 *
 * Called by rules: under RCU, in softirq or process context. Returns what
 * @result did, or a negative errno when the call failed or the state is dead;
 * a failure is counted, kept and sent to those who listen.
 */
int nflua_call_packet(const struct nflua_rule *rule, struct sk_buff *skb,
		      const struct nf_hook_state *hook, bool *hotdrop,
		      bool *answered, int (*result)(lua_State *L));

/**
 * nflua_call_dry - calls the function of @rule in a dry run
 * @rt: locked, BHs off; its packet and its packet call are set up
 * @rule: whose id and function count
 * @result: as of nflua_call_packet()
 * @error: empty; filled when the call fails
 *
 * Nothing is counted. Returns what @result did, or the negative errno of @error.
 */
int nflua_call_dry(struct nflua_runtime *rt, const struct nflua_rule *rule,
		   int (*result)(lua_State *L), struct nflua_error *error);

/*
 * Returns the verdict that the value on top stands for, enum nflua_run_result: to
 * continue for nil and false; -1 for what is none.
 */
int nflua_xt_verdict(lua_State *L);

/* The match and the target. Packets may come before nflua_xt_init() returns. */
void nflua_xt_init(void);
void nflua_xt_exit(void);

#endif
