// SPDX-License-Identifier: GPL-2.0-or-later
/* Verdicts: what a function returns, and what netfilter is told. */
#include <linux/export.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "netfilter/netfilter.h"

/*
 * Verdicts by name. Netfilter gets no NF_STOP or NF_REPEAT: on 6.1 and later a hook that
 * returns one of them leaks the packet.
 */
static const char *const verdicts[] = {
	[NFLUA_RUN_CONTINUE] = "continue",
	[NFLUA_RUN_ACCEPT] = "accept",
	[NFLUA_RUN_DROP] = "drop",
	[NFLUA_RUN_STOLEN] = "stolen",
	[NFLUA_RUN_QUEUE] = "queue",
	[NFLUA_RUN_REPEAT] = "repeat",
	[NFLUA_RUN_STOP] = "stop",
};

int nflua_verdict_read(lua_State *L)
{
	const char *name;
	int i;

	if (!lua_toboolean(L, -1))
		return NFLUA_RUN_CONTINUE;
	if (lua_type(L, -1) != LUA_TSTRING)
		return -1;
	name = lua_tostring(L, -1);
	for (i = 0; i < ARRAY_SIZE(verdicts); i++)
		if (strcmp(name, verdicts[i]) == 0)
			return i;
	return -1;
}

/*
 * Takes the packet away from its hook, and returns the verdict. A caller without a
 * function to go on with is none of netfilter's hooks, but the action xt of tc in older
 * kernels, which would go on with a packet that it knows no more.
 */
static unsigned int steal(struct sk_buff *skb, const struct nf_hook_state *hook)
{
	if (!hook->okfn)
		return NF_DROP;
	kfree_skb(skb);
	return NF_STOLEN;
}

unsigned int nflua_verdict_give(enum nflua_run_result verdict, struct sk_buff *skb,
				const struct nf_hook_state *hook, bool answered)
{
	switch (verdict) {
	case NFLUA_RUN_DROP:
		/* TCP would take a dropped packet for one that it has not sent. */
		return answered ? steal(skb, hook) : NF_DROP;
	case NFLUA_RUN_STOLEN:
		return steal(skb, hook);
	case NFLUA_RUN_QUEUE:
		return NF_QUEUE_NR(0) | NF_VERDICT_FLAG_QUEUE_BYPASS;
	default:
		return NF_ACCEPT;
	}
}
EXPORT_SYMBOL_GPL(nflua_verdict_give);
