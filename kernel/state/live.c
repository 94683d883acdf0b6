// SPDX-License-Identifier: GPL-2.0-or-later
/* Taking the runtime that packets use, in turns with other requests. */
#include "runtime/debug.h"
#include "runtime/runtime.h"
#include "state/live.h"
#include "state/state.h"

/* Returns the published runtime, held, or NULL if the state is dead. */
static struct nflua_runtime *get(struct nflua_state *state)
{
	struct nflua_runtime *rt;

	rcu_read_lock();
	/* A runtime that nobody holds any more was replaced: look again. */
	do {
		rt = rcu_dereference(state->runtime);
		nflua_debug_hold(NFLUA_HOLD_FINDS);
	} while (rt && !kref_get_unless_zero(&rt->refs));
	rcu_read_unlock();
	return rt;
}

struct nflua_runtime *nflua_live_take(struct nflua_state *state)
{
	struct nflua_runtime *rt;

	while ((rt = get(state))) {
		nflua_debug_hold(NFLUA_HOLD_WAITS);
		mutex_lock(&rt->exec_lock);
		local_bh_disable();
		nflua_runtime_lock(rt);
		/* It may have been replaced meanwhile. */
		if (!READ_ONCE(rt->retired))
			break;
		nflua_live_leave(rt);
		nflua_runtime_put(rt);
	}
	return rt;
}

void nflua_live_leave(struct nflua_runtime *rt)
{
	spin_unlock(&rt->lock);
	local_bh_enable();
	mutex_unlock(&rt->exec_lock);
}
