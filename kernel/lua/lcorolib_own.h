/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For lcorolib.c: the module must know which thread runs, to stop it, and each thread
 * gets the hook for the call that it runs in.
 */
#include "engine.h"
#include "shared.h"

static int nflua_resume(lua_State *co, lua_State *from, int nargs, int *nresults)
{
	lua_State *old;
	int status;

	if (nflua_engine_is_call(co)) {
		lua_pop(co, nargs);
		lua_pushliteral(co, "cannot resume non-suspended coroutine");
		return LUA_ERRRUN;
	}
	nflua_enter_thread(co, &old);
	status = lua_resume(co, from, nargs, nresults);
	nflua_leave_thread(co, old);
	return status;
}

static int nflua_close(lua_State *co, lua_State *L)
{
	lua_State *old;
	int status;

	if (nflua_engine_is_call(co))
		luaL_error(L, "cannot close a running coroutine");
	nflua_enter_thread(co, &old);
	status = lua_closethread(co, L);
	nflua_leave_thread(co, old);
	return status;
}

int nflua_open_coroutine(lua_State *L)
{
	return luaopen_coroutine(L);
}
