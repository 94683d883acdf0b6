/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a call takes a runtime and lets go of it; for files that enter Lua. */
#ifndef NFLUA_ENTER_H
#define NFLUA_ENTER_H

#include "runtime/budget.h"
#include "runtime/debug.h"
#include "runtime/runtime.h"
#include "runtime/stack.h"

/* Instructions between two looks of a request at the clock. */
#define NFLUA_LOOK_INTERVAL	1000

/*
 * Gives the runtime to @call. Warns if the call before it did not let go: its pointer
 * would be into a stack that is in use for something else by now. run_packet() does not
 * check that.
 */
static inline void nflua_call_take(struct nflua_call *call)
{
	WARN_ON_ONCE(call->runtime->call);
	call->runtime->call = call;
}

static inline void nflua_call_let_go(struct nflua_call *call)
{
	WARN_ON_ONCE(call->runtime->call != call);
	call->runtime->call = NULL;
}

/* Ends a call under a budget: the watchdog stops, and the call lets go of the runtime. */
static __always_inline void nflua_call_leave(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;

	nflua_debug_read_stack();
	call->long_ns = nflua_budget_end();
	/* A last tick may have come after the run. */
	rt->host.call.attention = 0;
	rt->host.serial = 0;
	rt->call = NULL;
}

#endif
