// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls, with the way out of one that was killed. */
#define luaD_throw	pristine_luaD_throw
#include "ldo.c"
#undef luaD_throw

#include "engine.h"

/* What the rest of Lua throws with. */
void luaD_throw(lua_State *L, int errcode)
{
	if (errcode == LUA_ERRMEM)
		nflua_memory_error(L);
	pristine_luaD_throw(L, errcode);
}

/*
 * Leaves everything that runs on @L at once, for the outermost protected call:
 * no handler, no __close, no pcall of the script sees it. The thread is never
 * to run again.
 */
void nflua_engine_kill(lua_State *L)
{
	struct lua_longjmp *lj = L->errorJmp;

	while (lj->previous)
		lj = lj->previous;
	lj->status = NFLUA_ENGINE_KILLED;
	nflua_longjmp(lj->b, 1);
}
