/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For ltablib.c: its loops poll, as they go as far as a __len says. */
#include "shared.h"

static inline int nflua_geti(lua_State *L, int idx, lua_Integer n)
{
	nflua_poll(L);
	return lua_geti(L, idx, n);
}

int nflua_open_table(lua_State *L)
{
	return luaopen_table(L);
}
