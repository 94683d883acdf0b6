// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The collector, in pieces that a killed call can leave. Between two steps of
 * an incremental collection the universe is consistent: a collection that a
 * script asks for polls there, one that an allocation needs stops there when
 * the call is over its time (the allocation then fails, and the next
 * instruction ends the call). Generational mode, whose steps cannot be
 * divided, is not offered.
 */
#define luaC_step	pristine_luaC_step
#define luaC_fullgc	pristine_luaC_fullgc
#include "lgc.c"
#undef luaC_step
#undef luaC_fullgc

#include "port_lua.h"

/* Runs up to @states; false when the call was killed on the way. */
static int run_until(lua_State *L, int states)
{
	global_State *g = G(L);

	while (!testbit(states, g->gcstate)) {
		if (nflua_port(L)->attention && nflua_attend_killed(L))
			return 0;
		singlestep(L);
	}
	return 1;
}

void luaC_step(lua_State *L)
{
	global_State *g = G(L);
	int stepmul = getgcparam(g->gcstepmul) | 1;
	l_mem debt = (g->GCdebt / WORK2MEM) * stepmul;
	l_mem size = ((l_mem)1 << NFLUA_GC_STEP_LOG2) / WORK2MEM * stepmul;

	if (!gcrunning(g))
		return;
	do {
		debt -= singlestep(L);
		if (nflua_port(L)->attention && nflua_attend_killed(L))
			break;
	} while (debt > -size && g->gcstate != GCSpause);
	if (g->gcstate == GCSpause)
		setpause(g);
	else
		luaE_setdebt(g, (debt / stepmul) * WORK2MEM);
}

void luaC_fullgc(lua_State *L, int isemergency)
{
	global_State *g = G(L);

	g->gcemergency = isemergency;
	if (keepinvariant(g))
		entersweep(L);
	if (run_until(L, bitmask(GCSpause)) &&
	    run_until(L, bitmask(GCScallfin)) &&
	    run_until(L, bitmask(GCSpause)))
		setpause(g);
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
			singlestep(L);
		} while (g->gcstate != GCSpause);
	}
	setpause(g);
}
