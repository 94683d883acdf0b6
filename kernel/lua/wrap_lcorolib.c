// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Coroutines: the module has to know which thread runs, to stop it, and a
 * thread takes the hook that fits the call it runs in.
 */
#define lcorolib_c
#define LUA_LIB

#include "lprefix.h"
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "engine.h"
#include "port_lua.h"

static int resume(lua_State *co, lua_State *from, int nargs, int *nresults)
{
	lua_State *old;
	int status;

	if (nflua_engine_is_call(co)) {
		lua_pop(co, nargs);
		lua_pushliteral(co, "cannot resume the thread of a call");
		return LUA_ERRRUN;
	}
	nflua_enter_thread(co, &old);
	status = lua_resume(co, from, nargs, nresults);
	nflua_leave_thread(co, old);
	return status;
}

static int reset(lua_State *L, lua_State *co)
{
	lua_State *old;
	int status;

	if (nflua_engine_is_call(co))
		luaL_error(L, "cannot close the thread of a call");
	nflua_enter_thread(co, &old);
	status = lua_resetthread(co);
	nflua_leave_thread(co, old);
	return status;
}

#define lua_resume(co, from, n, nres)	resume(co, from, n, nres)
#define lua_resetthread(co)		reset(L, co)
#include "lcorolib.c"

int nflua_open_coroutine(lua_State *L)
{
	return luaopen_coroutine(L);
}
