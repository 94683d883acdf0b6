// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Callbacks: calls of a script's functions without a packet. Like packet calls, they have
 * a budget, and they run on the same thread.
 */
#include "runtime/callback.h"
#include "runtime/enter.h"
#include "runtime/sink.h"

static int enter(struct nflua_call *call,
		 void (*body)(lua_State *L, void *ud), void *ud)
{
	struct nflua_runtime *rt = call->runtime;

	if (!nflua_stack_enter(&rt->host, false))
		return NFLUA_ENGINE_NO_STACK;
	call->thread = rt->thread;
	WRITE_ONCE(call->running, rt->thread);
	return nflua_engine_run(rt->thread, body, ud);
}

int nflua_callback(struct nflua_runtime *rt, u32 budget,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_sink *dry, struct nflua_error *error)
{
	struct nflua_call call = {
		.kind = NFLUA_CALL_BUDGET,
		.runtime = rt,
		.dry = dry,
		.budget_ns = (u64)budget * NSEC_PER_USEC,
	};
	int status;

	lockdep_assert_held(&rt->lock);
	nflua_call_take(&call);
	rt->host.call.atomic = 1;
	nflua_budget_begin(&call);
	nflua_debug_paint_stack();
	status = enter(&call, body, ud);
	if (status != LUA_OK)
		return nflua_call_abandon(&call, status, error);
	nflua_call_leave(&call);
	if (call.killed)
		return nflua_call_abandon(&call, status, error);
	nflua_engine_clear(rt->thread);
	return 0;
}
