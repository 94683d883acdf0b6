// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a live state can be changed: its limits, its on-error and its owner. */
#include <linux/netlink.h>
#include <linux/slab.h>

#include "runtime/budget.h"
#include "runtime/runtime.h"
#include "state/event.h"
#include "state/net.h"
#include "state/settings.h"
#include "state/state.h"

/* Changes the limits of the runtime that packets use. One that is aside must fit, too. */
static int set_limits(struct nflua_state *state, u64 maxalloc, u32 budget)
{
	struct nflua_runtime *rt =
		rcu_dereference_protected(state->runtime,
					  lockdep_is_held(&state->net->lock));
	u64 kept = state->aside ? READ_ONCE(state->aside->rt->used) : 0;
	int err = 0;

	local_bh_disable();
	nflua_runtime_lock(rt);
	if ((rt->used > maxalloc || kept > maxalloc) && maxalloc < rt->limit)
		err = -ENOSPC;
	else
		nflua_runtime_set_limits(rt, maxalloc, budget);
	spin_unlock(&rt->lock);
	local_bh_enable();
	return err;
}

static int change(struct nflua_state *state, const struct nflua_settings *to)
{
	u64 maxalloc = to->maxalloc ?: state->maxalloc;
	u32 budget = to->budget ? nflua_budget_round(to->budget) : state->budget;
	char *owner = NULL;
	int err;

	if (to->owner && *to->owner) {
		owner = kstrdup(to->owner, GFP_KERNEL_ACCOUNT);
		if (!owner)
			return -ENOMEM;
	}
	err = set_limits(state, maxalloc, budget);
	if (err) {
		kfree(owner);
		return err;
	}
	state->maxalloc = maxalloc;
	state->budget = budget;
	if (to->has_on_error)
		WRITE_ONCE(state->on_error, to->on_error);
	if (to->owner) {
		kfree(state->owner);
		state->owner = owner;
	}
	return 0;
}

int nflua_state_set(struct nflua_net *nn, const char *name,
		    const struct nflua_settings *to, struct netlink_ext_ack *extack)
{
	struct nflua_state *state;
	int err = -ENOENT;

	mutex_lock(&nn->lock);
	state = nflua_state_lookup(nn, name);
	if (state && !state->dead)
		err = change(state, to);
	if (!err)
		nflua_event_state(state, NFLUA_CMD_STATE_SET_NTF);
	mutex_unlock(&nn->lock);
	if (err == -ENOENT)
		NL_SET_ERR_MSG(extack, "there is no state of this name");
	else if (err == -ENOSPC)
		NL_SET_ERR_MSG(extack, "the state uses more memory than that");
	return err;
}
