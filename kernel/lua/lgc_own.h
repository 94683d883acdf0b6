/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of lgc.c: the collector, in steps that a killed call can leave. Between two
 * steps of an incremental collection the universe is consistent. A collection that a
 * script asks for polls there. One that an allocation needs stops there if the call has
 * used up its time: the allocation fails, and the next instruction ends the call.
 * Generational mode is not offered, as its steps cannot be divided.
 *
 * The step that ends the marking cannot be divided either. Most of its work is linear.
 * But tables with weak keys are visited until nothing new is marked: once for each key,
 * if the keys form a chain. So after a number of visits such a table counts as a strong
 * one, and its entries stay for this cycle.
 *
 * Finalizers are C functions of ours, as scripts cannot set any. They get no frame, which
 * would take memory and stack: without these, the object would be freed without its
 * finalizer, and what it holds would be lost.
 */
#include "shared.h"

/* Entries that are visited before tables with weak keys count as strong. */
#define EPHEMERON_WORK_MAX	(1 << 17)

/*
 * Calls the finalizer on the stack with its object, which is on top. A finalizer reads
 * its argument, pushes nothing, and cannot fail.
 */
static int finalize(lua_State *L)
{
	StkId finalizer = L->top.p - 2;
	CallInfo *ci = L->ci;
	StkId func = ci->func.p, top = ci->top.p;

	lua_assert(ttislcf(s2v(finalizer)));
	ci->func.p = finalizer;
	ci->top.p = L->top.p;
	fvalue(s2v(finalizer))(L);
	ci->func.p = func;
	ci->top.p = top;
	L->top.p = finalizer;
	return LUA_OK;
}

static int visit_ephemeron(global_State *g, Table *h)
{
	struct nflua_host *host = nflua_host(g->mainthread);

	if (host->ephemeron_work > EPHEMERON_WORK_MAX) {
		traversestrongtable(g, h);
		propagateall(g);
		return 1;
	}
	host->ephemeron_work += sizenode(h) + luaH_realasize(h);
	return 0;
}

static lu_mem step(lua_State *L)
{
	nflua_host(L)->ephemeron_work = 0;
	return singlestep(L);
}

/*
 * Sets when the next cycle begins: when Lua's own collector would begin it, but not so
 * late that the memory limit comes first and forces a full collection.
 */
static void pause_collector(lua_State *L)
{
	global_State *g = G(L);
	l_mem limit = nflua_host(L)->memory_limit;
	l_mem used, room;

	setpause(g);
	used = gettotalbytes(g);
	room = limit - limit / 4 - used;
	if (room < used / 8)
		room = used / 8;
	if (g->GCdebt < -room)
		luaE_setdebt(g, -room);
}

/* Work between two checks whether to stop, in Lua's units (values visited). */
#define LOOK_AFTER	1000

/* Returns whether to stop after @done more work. *@work: work since the last look */
static int is_to_stop(lua_State *L, lu_mem *work, lu_mem done)
{
	*work += done;
	if (*work < LOOK_AFTER || !nflua_host(L)->call.attention)
		return 0;
	*work = 0;
	return nflua_attend_collector(L);
}

/* Runs until one of @states is reached. Returns false if it had to stop before. */
static int run_until(lua_State *L, int states)
{
	global_State *g = G(L);
	lu_mem work = LOOK_AFTER;

	while (!testbit(states, g->gcstate))
		if (is_to_stop(L, &work, step(L)))
			return 0;
	return 1;
}

/* Bytes until the next step when the collector is stopped. */
#define GC_STOPPED_DEBT	2000

void luaC_step(lua_State *L)
{
	global_State *g = G(L);
	int stepmul = getgcparam(g->gcstepmul) | 1;
	l_mem debt = (g->GCdebt / WORK2MEM) * stepmul;
	l_mem size = ((l_mem)1 << NFLUA_GC_STEP_LOG2) / WORK2MEM * stepmul;
	lu_mem work = 0, done;

	/* No step begins past the hard limit of the C stack. */
	if (!gcrunning(g) || nflua_stack_low(L, stack_hard)) {
		luaE_setdebt(g, -GC_STOPPED_DEBT);
		return;
	}
	/* A script may ask for a step of any size, so the clock is looked at. */
	nflua_host(L)->call.collect_start = NFLUA_COLLECT_BEGINS;
	do {
		done = step(L);
		debt -= done;
		if (is_to_stop(L, &work, done))
			break;
	} while (debt > -size && g->gcstate != GCSpause);
	nflua_host(L)->call.collect_start = 0;
	if (g->gcstate == GCSpause)
		pause_collector(L);
	else
		luaE_setdebt(g, (debt / stepmul) * WORK2MEM);
}

void luaC_fullgc(lua_State *L, int isemergency)
{
	global_State *g = G(L);

	if (nflua_stack_low(L, stack_hard))
		return;
	g->gcemergency = isemergency;
	nflua_host(L)->call.collect_start = NFLUA_COLLECT_BEGINS;
	if (keepinvariant(g))
		entersweep(L);
	if (run_until(L, bitmask(GCSpause)) &&
	    run_until(L, bitmask(GCScallfin)) &&
	    run_until(L, bitmask(GCSpause)))
		pause_collector(L);
	nflua_host(L)->call.collect_start = 0;
	g->gcemergency = 0;
}

/* A collection that the script asked for: at most two cycles, with turns. */
void nflua_gc_collect(lua_State *L)
{
	global_State *g = G(L);
	int cycle;

	for (cycle = 0; cycle < 2; cycle++) {
		do {
			nflua_poll(L);
			step(L);
		} while (g->gcstate != GCSpause);
	}
	pause_collector(L);
}
