// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The auxiliary library. The boxes of its buffers take their memory as Lua
 * takes its own: when there is none, garbage is collected first.
 */
#define lauxlib_c
#define LUA_LIB

#include "lprefix.h"
#include "lua.h"
#include "lmem.h"

static void *box_alloc(void *ud, void *block, size_t osize, size_t nsize)
{
	return luaM_realloc_(ud, block, osize, nsize);
}

#define lua_getallocf(L, ud)	(*(ud) = (L), box_alloc)
#include "lauxlib.c"
