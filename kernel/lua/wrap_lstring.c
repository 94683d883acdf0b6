// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Strings, as they are but for their length: none is longer than one that can be
 * made while packets wait, so that what goes over it in one piece is short.
 */
#define lstring_c
#define LUA_CORE

#include "lprefix.h"
#include "ldebug.h"
#include "lmem.h"
#include "lobject.h"

static l_noret too_long(lua_State *L)
{
	luaG_runerror(L, "string longer than 4 MiB");
}

#undef MAX_SIZE
#define MAX_SIZE	NFLUA_BLOCK_MAX
#undef luaM_toobig
#define luaM_toobig	too_long
#include "lstring.c"
