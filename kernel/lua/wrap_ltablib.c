// SPDX-License-Identifier: GPL-2.0-or-later
/* The table library, whose loops go as far as a __len says: they poll. */
#define ltablib_c
#define LUA_LIB

#include "lprefix.h"
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "port_lua.h"

static inline int polled_geti(lua_State *L, int idx, lua_Integer n)
{
	nflua_poll(L);
	return lua_geti(L, idx, n);
}

#define lua_geti(L, idx, n) polled_geti(L, idx, n)
#include "ltablib.c"

int nflua_open_table(lua_State *L)
{
	return luaopen_table(L);
}
