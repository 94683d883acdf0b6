/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts: what functions return, and what netfilter is told. */
#ifndef NFLUA_VERDICT_H
#define NFLUA_VERDICT_H

#include <linux/nflua.h>

#include "lua.h"

struct nf_hook_state;
struct sk_buff;

/**
 * struct nflua_outcome - what a call for a packet gave
 *
 * @result: of a match 1 or 0; else an enum nflua_run_result and what belongs to it; or a
 *	negative errno if the call failed, its result was wrong, or the state is dead
 * @effects: what the function did with the packet, NFLUA_EFFECT_*
 *
 * It fits into a register.
 */
struct nflua_outcome {
	int result;
	u8 effects;
};

/* Returns which verdict a result is that is no error; there may be more in it. */
static inline enum nflua_run_result nflua_verdict_kind(int result)
{
	return result & 0xff;
}

/* Returns whether a result of nflua_call_hook() queues the packet. */
static inline bool nflua_hook_queues(int result)
{
	return result >= 0 && nflua_verdict_kind(result) == NFLUA_RUN_QUEUE;
}

/* Returns netfilter's verdict for the outcome in a hook; see nflua_verdict_give(). */
unsigned int nflua_hook_give(struct nflua_outcome outcome, struct sk_buff *skb,
			     const struct nf_hook_state *hook);

/*
 * Returns the result of a call that was no error and has one of NFLUA_EFFECT_VERDICT, which
 * counts more than what the function returned.
 */
int nflua_verdict_of(u8 effects);

/**
 * nflua_verdict_give - returns netfilter's verdict for an outcome, and frees a stolen packet
 * @outcome: its result is no error. If the function has answered TCP of this host, the
 *	packet is stolen instead of dropped, as TCP would take a dropped one for one that it
 *	has not sent, and the answer for one out of order.
 */
unsigned int nflua_verdict_give(struct nflua_outcome outcome, struct sk_buff *skb,
				const struct nf_hook_state *hook);

/*
 * Returns the verdict on top of the stack, a result for nflua_verdict_give():
 * NFLUA_RUN_CONTINUE for nil and false, and -1 for a value that is no verdict, or none that
 * the packet of the call can get at its hook.
 */
int nflua_verdict_read(lua_State *L);

/* The same for what a hook's function returns but no boolean; for nflua_hook_give(). */
int nflua_hook_read(lua_State *L);

#endif
