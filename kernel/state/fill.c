// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts what is known of a state into messages. */
#include <linux/ktime.h>
#include <net/netlink.h>

#include "runtime/runtime.h"
#include "state/fill.h"
#include "state/rule.h"
#include "state/state.h"

static int put_stats(struct sk_buff *skb, const struct nflua_state *state,
		     const struct nflua_stats *stats)
{
	const struct {
		int attr;
		u64 value;
	} u64s[] = {
		{ NFLUA_A_MAXALLOC, state->maxalloc },
		{ NFLUA_A_CALLS, stats->calls },
		{ NFLUA_A_MATCHES, stats->matches },
		{ NFLUA_A_ERRORS, stats->errors },
		{ NFLUA_A_TIME_NS, stats->time_ns },
		{ NFLUA_A_AGE_NS, ktime_get_boottime_ns() - state->created_ns },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(u64s); i++)
		if (nla_put_u64_64bit(skb, u64s[i].attr, u64s[i].value,
				      NFLUA_A_PAD))
			return -EMSGSIZE;
	if (nla_put_string(skb, NFLUA_A_NAME, state->name) ||
	    nla_put_u32(skb, NFLUA_A_BUDGET, state->budget) ||
	    nla_put_u32(skb, NFLUA_A_FLAGS, state->flags) ||
	    nla_put_u32(skb, NFLUA_A_ON_ERROR, state->on_error) ||
	    nla_put_u32(skb, NFLUA_A_REFS, READ_ONCE(state->rules)) ||
	    nla_put_u32(skb, NFLUA_A_HOOKS, READ_ONCE(state->hooks)) ||
	    (state->owner && nla_put_string(skb, NFLUA_A_OWNER, state->owner)))
		return -EMSGSIZE;
	return nflua_code_fill(skb, &state->code) ?: nflua_aside_fill(skb, state);
}

/* Puts the beginning of the last error's text. error_lock is held. */
static int put_last_text(struct sk_buff *skb, const struct nflua_last_error *last)
{
	const char *text = last->error.text ?: "an error (no memory for its text)";
	size_t len = strnlen(text, NFLUA_LAST_ERROR_MAX - 1);
	struct nlattr *attr;

	if (last->error.kind == NFLUA_ERROR_NONE)
		return 0;
	attr = nla_reserve(skb, NFLUA_A_LAST_ERROR, len + 1);
	if (!attr)
		return -EMSGSIZE;
	memcpy(nla_data(attr), text, len);
	((char *)nla_data(attr))[len] = '\0';
	return 0;
}

/* Packets may change the numbers meanwhile. */
static int put_memory(struct sk_buff *skb, const struct nflua_state *state)
{
	struct nflua_runtime *rt;
	u64 used = 0, peak = 0;

	rcu_read_lock();
	rt = rcu_dereference(state->runtime);
	if (rt) {
		used = READ_ONCE(rt->used);
		peak = READ_ONCE(rt->peak);
	}
	rcu_read_unlock();
	if (nla_put_u64_64bit(skb, NFLUA_A_CURRALLOC, used, NFLUA_A_PAD) ||
	    nla_put_u64_64bit(skb, NFLUA_A_PEAKALLOC, peak, NFLUA_A_PAD) ||
	    nla_put_u32(skb, NFLUA_A_RUNTIMES, rt ? 1 : 0))
		return -EMSGSIZE;
	return 0;
}

int nflua_state_fill_stats(struct sk_buff *skb, struct nflua_state *state)
{
	struct nflua_stats stats;
	int err;

	nflua_stats_sum(state, &stats);
	err = put_stats(skb, state, &stats) ?: put_memory(skb, state);
	if (err)
		return err;
	spin_lock_bh(&state->error_lock);
	err = put_last_text(skb, &state->last_error);
	spin_unlock_bh(&state->error_lock);
	return err;
}

/* Puts the last error in full. error_lock is held. */
static int put_last_error(struct sk_buff *skb, const struct nflua_last_error *last)
{
	if (last->error.kind == NFLUA_ERROR_NONE)
		return 0;
	return nla_put_string(skb, NFLUA_A_FUNCTION, last->function) ?:
	       nla_put_u64_64bit(skb, NFLUA_A_ERROR_COUNT, last->count, NFLUA_A_PAD) ?:
	       nla_put_u64_64bit(skb, NFLUA_A_ERROR_AGE_NS,
				 ktime_get_boottime_ns() - last->at_ns,
				 NFLUA_A_PAD) ?:
	       nflua_error_fill(skb, &last->error);
}

int nflua_state_fill(struct sk_buff *skb, struct nflua_state *state)
{
	bool truncated;
	u32 cut;
	int err;

	err = nflua_state_fill_stats(skb, state) ?:
	      nflua_rules_fill(skb, state, &truncated);
	if (err)
		return err;
	cut = truncated ? NFLUA_TRUNCATED_FUNCTIONS : 0;
	spin_lock_bh(&state->error_lock);
	err = put_last_error(skb, &state->last_error);
	if (state->last_error.error.kind != NFLUA_ERROR_NONE)
		cut |= state->last_error.error.truncated;
	spin_unlock_bh(&state->error_lock);
	if (!err && cut)
		err = nla_put_u32(skb, NFLUA_A_TRUNCATED, cut);
	return err;
}
