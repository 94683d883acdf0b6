/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Verdicts: what functions return, and what netfilter is told. */
#ifndef NFLUA_VERDICT_H
#define NFLUA_VERDICT_H

#include <linux/nflua.h>

#include "lua.h"

struct nf_hook_state;
struct sk_buff;

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

/* Returns netfilter's verdict for the result of a hook; see nflua_verdict_give(). */
unsigned int nflua_hook_give(int result, struct sk_buff *skb,
			     const struct nf_hook_state *hook, u8 effects);

/**
 * nflua_verdict_give - returns netfilter's verdict for a result, and frees a stolen packet
 * @effects: of nflua_call_verdict(). If it has answered TCP of this host, the packet is
 *	stolen instead of dropped, as TCP would take a dropped one for one that it has not
 *	sent, and the answer for one out of order.
 */
unsigned int nflua_verdict_give(int result, struct sk_buff *skb,
				const struct nf_hook_state *hook, u8 effects);

/*
 * Returns the verdict on top of the stack, a result for nflua_verdict_give():
 * NFLUA_RUN_CONTINUE for nil and false, and -1 for a value that is no verdict, or none that
 * the packet of the call can get at its hook.
 */
int nflua_verdict_read(lua_State *L);

/* The same for hooks; a result for nflua_hook_give(). */
int nflua_hook_read(lua_State *L);

#endif
