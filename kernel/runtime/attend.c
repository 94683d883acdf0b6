// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What Lua asks of the call that runs (lua/host.h): whether it must end, and whether it
 * must let others have the runtime.
 *
 * An exec has a count hook, and also looks at the clock at each call of a C function.
 * Every millisecond it releases the lock, reschedules, and stands back while packets say
 * that they wait, as spinlocks are not fair in every guest. Several execs in one state
 * take turns by a mutex outside of that lock, so that none of them waits with bottom
 * halves off. The collector cannot give a turn. After a long collection the exec gives
 * one at the next instruction. A collection that keeps packets waiting longer than a
 * packet call may take is stopped.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "lauxlib.h"
#include "runtime/attend.h"
#include "runtime/enter.h"

/* How long an exec keeps the runtime from packets. */
#define TURN_NS		NSEC_PER_MSEC

/* How long an exec stands back at most, if packets come without a pause. */
#define STAND_BACK_NS	NSEC_PER_MSEC

/* The kernel hashes %p, so that no script learns an address. */
int nflua_pointer_text(char *buf, size_t size, const void *p)
{
	return snprintf(buf, size, "%p", p);
}

char *nflua_text_alloc(lua_State *L, size_t size)
{
	return kmalloc(size, nflua_runtime_gfp(nflua_runtime(L)));
}

void nflua_stand_back(const struct nflua_runtime *rt)
{
	u64 start = ktime_get_mono_fast_ns();

	do {
		cond_resched();
		cpu_relax();
	} while (atomic_read(&rt->waiting) &&
		 ktime_get_mono_fast_ns() - start < STAND_BACK_NS);
}

/* Lets packets and other execs have the runtime for a while. */
static void give_turn(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;
	struct nflua_host_call mine = rt->host.call;

	lockdep_assert_held(&rt->exec_lock);
	lockdep_assert_held(&rt->lock);
	nflua_call_let_go(call);
	rt->host.call.attention = 0;
	spin_unlock_bh(&rt->lock);
	mutex_unlock(&rt->exec_lock);
	nflua_stand_back(rt);
	mutex_lock(&rt->exec_lock);
	spin_lock_bh(&rt->lock);
	rt->host.call = mine;
	nflua_call_take(call);
	call->turn_at = ktime_get_mono_fast_ns();
}

/* Returns whether the call must end. Interrupts of requests are noticed here. */
static bool is_killed(struct nflua_call *call)
{
	if (!call->killed && call->interrupt &&
	    (READ_ONCE(*call->interrupt) || READ_ONCE(*call->runtime->stop)))
		call->killed = NFLUA_ERROR_INTERRUPTED;
	return call->killed;
}

/* Returns how long the exec has had the runtime, in ns. */
static u64 turn_ns(const struct nflua_call *call)
{
	return ktime_get_mono_fast_ns() - call->turn_at;
}

/* Lets others have the CPU and, at the end of an exec's turn, the runtime. */
static void attend_request(struct nflua_call *call)
{
	if (call->kind == NFLUA_CALL_BUILD)
		cond_resched();
	else if (turn_ns(call) >= TURN_NS)
		give_turn(call);
}

void nflua_attend(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->kind != NFLUA_CALL_BUDGET)
		attend_request(call);
	if (is_killed(call))
		nflua_engine_kill(call->thread);
	/* The thread may have the hook of another call, or one that the collector set. */
	if (call->kind == NFLUA_CALL_BUDGET)
		nflua_engine_hook(L, 0);
	else if (nflua_engine_hook_count(L) != NFLUA_LOOK_INTERVAL)
		nflua_engine_hook(L, NFLUA_LOOK_INTERVAL);
}

/* Returns whether packets wait for a collection that has taken longer than a call may. */
static bool collects_too_long(const struct nflua_call *call)
{
	struct nflua_host *host = &call->runtime->host;

	if (host->call.collect_start == NFLUA_COLLECT_BEGINS)
		host->call.collect_start = ktime_get_mono_fast_ns();
	return host->call.collect_start && atomic_read(&call->runtime->waiting) &&
	       ktime_get_mono_fast_ns() - host->call.collect_start >=
	       (u64)call->runtime->budget * NSEC_PER_USEC;
}

/*
 * The collector runs in the middle of anything, so the hook at the next instruction has
 * to give the turn. If a collection is stopped, the allocation that needs it fails.
 */
int nflua_attend_collector(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->kind == NFLUA_CALL_BUILD) {
		cond_resched();
	} else if (call->kind == NFLUA_CALL_EXEC) {
		if (turn_ns(call) >= TURN_NS && call->running &&
		    nflua_engine_hook_count(call->running) != 1)
			nflua_engine_hook(call->running, 1);
		if (collects_too_long(call))
			return 1;
	}
	return is_killed(call);
}

void nflua_attend_parser(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->kind != NFLUA_CALL_BUDGET)
		attend_request(call);
	if (is_killed(call))
		luaL_error(L, "compilation stopped");
}

/* Sets the hook that a thread must have while @call runs it. */
static void set_hook(struct nflua_call *call, lua_State *L)
{
	if (call->kind != NFLUA_CALL_BUDGET)
		nflua_engine_hook(L, NFLUA_LOOK_INTERVAL);
	else
		nflua_engine_hook(L, call->killed ? 1 : 0);
}

void nflua_enter_thread(lua_State *co, lua_State **old)
{
	struct nflua_call *call = nflua_call_of(co);

	*old = call->running;
	WRITE_ONCE(call->running, co);
	set_hook(call, co);
}

void nflua_leave_thread(lua_State *co, lua_State *old)
{
	struct nflua_call *call = nflua_call_of(co);

	WRITE_ONCE(call->running, old);
	if (call->killed)
		set_hook(call, old);
}

/* A packet call may catch one memory error and recover. The second one ends it. */
void nflua_memory_error(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (!call || call->kind != NFLUA_CALL_BUDGET || ++call->memory_errors < 2)
		return;
	call->killed = NFLUA_ERROR_MEMORY;
	nflua_host(L)->call.attention = 1;
	nflua_engine_hook(call->running, 1);
}
