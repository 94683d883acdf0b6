// SPDX-License-Identifier: GPL-2.0-or-later
/* What answers, dumps and events have in common: figures and errors. */
#include <net/netlink.h>

#include "call.h"

static int put_figures(struct sk_buff *skb, struct nflua_state *state,
		       const struct nflua_figures *f)
{
	const struct {
		int attr;
		u64 value;
	} u64s[] = {
		{ NFLUA_A_MAXALLOC, state->maxalloc },
		{ NFLUA_A_CURRALLOC, f->used },
		{ NFLUA_A_PEAKALLOC, f->peak },
		{ NFLUA_A_CALLS, f->stats.calls },
		{ NFLUA_A_MATCHES, f->stats.matches },
		{ NFLUA_A_ERRORS, f->stats.errors },
		{ NFLUA_A_TIME_NS, f->stats.time_ns },
		{ NFLUA_A_AGE_NS, f->age_ns },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(u64s); i++)
		if (nla_put_u64_64bit(skb, u64s[i].attr, u64s[i].value,
				      NFLUA_A_PAD))
			return -EMSGSIZE;
	if (nla_put_string(skb, NFLUA_A_NAME, state->name) ||
	    nla_put_u32(skb, NFLUA_A_BUDGET, state->budget) ||
	    nla_put_u32(skb, NFLUA_A_FLAGS, state->flags) ||
	    nla_put_u32(skb, NFLUA_A_REFS, READ_ONCE(state->rules)) ||
	    nla_put_u32(skb, NFLUA_A_RUNTIMES, f->runtimes))
		return -EMSGSIZE;
	return 0;
}

/* Every figure of a state, for answers, dumps and events. */
int nflua_fill_figures(struct sk_buff *skb, struct nflua_state *state)
{
	struct nflua_figures f;
	int err;

	nflua_state_figures(state, &f);
	err = put_figures(skb, state, &f);
	if (err)
		return err;
	spin_lock_bh(&state->error_lock);
	if (state->last_error)
		err = nla_put_string(skb, NFLUA_A_LAST_ERROR, state->last_error);
	spin_unlock_bh(&state->error_lock);
	return err;
}

size_t nflua_fill_error_size(const struct nflua_error *error)
{
	size_t size = 2 * nla_total_size(sizeof(u32));

	if (error->text)
		size += nla_total_size(strlen(error->text) + 1);
	if (error->traceback)
		size += nla_total_size(strlen(error->traceback) + 1);
	return size;
}

int nflua_fill_error(struct sk_buff *skb, const struct nflua_error *error)
{
	if (error->kind == NFLUA_ERROR_NONE)
		return 0;
	if (nla_put_u32(skb, NFLUA_A_ERROR_KIND, error->kind))
		return -EMSGSIZE;
	if (error->text && nla_put_string(skb, NFLUA_A_ERROR_TEXT, error->text))
		return -EMSGSIZE;
	if (error->traceback &&
	    nla_put_string(skb, NFLUA_A_TRACEBACK, error->traceback))
		return -EMSGSIZE;
	return 0;
}
