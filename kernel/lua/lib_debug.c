// SPDX-License-Identifier: GPL-2.0-or-later
/* The debug library, of which scripts get only traceback. */
#define LUA_LIB

#include "lprefix.h"
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "shared.h"

/* Returns an int for a level: no stack is deeper, and none has levels below 0. */
static int level_of(lua_Integer level)
{
	return level < 0 ? -1 : level > LUAI_MAXSTACK ? LUAI_MAXSTACK : level;
}

static int debug_traceback(lua_State *L)
{
	lua_State *co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
	int arg = co == L && !lua_isthread(L, 1) ? 0 : 1;
	const char *msg = lua_tostring(L, arg + 1);

	if (!msg && !lua_isnoneornil(L, arg + 1)) {
		lua_pushvalue(L, arg + 1);
		return 1;
	}
	luaL_traceback(L, co, msg, level_of(luaL_optinteger(L, arg + 2, co == L)));
	return 1;
}

int nflua_open_debug(lua_State *L)
{
	lua_newtable(L);
	lua_pushcfunction(L, debug_traceback);
	lua_setfield(L, -2, "traceback");
	return 1;
}
