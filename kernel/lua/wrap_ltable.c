// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables. Lua takes an integer for its own hash, so that whoever knows that can
 * choose keys which all collide; and keys of filters often come out of packets.
 * Here it is multiplied by a number that nobody knows.
 */
#define ltable_c
#define LUA_CORE

#include "lprefix.h"
#include "lobject.h"
#include "engine.h"

static unsigned long long multiplier;

void nflua_engine_init(unsigned long long random)
{
	multiplier = random | 1;
}

/* The upper bits depend on all of the key; 31 of them make an int. */
static inline lua_Unsigned scramble(lua_Integer key)
{
	return (lua_Unsigned)key * multiplier >> 33;
}

/*
 * hashint() calls its key 'i', and all others call theirs something else. A
 * name that is not foreseen here does not compile.
 */
#undef l_castS2U
#define l_castS2U(key)		UNSIGNED_##key
#define UNSIGNED_i		scramble(i)
#define UNSIGNED_k		((lua_Unsigned)(k))
#define UNSIGNED_key		((lua_Unsigned)(key))
#define UNSIGNED_LUA_MAXINTEGER	((lua_Unsigned)LUA_MAXINTEGER)
#include "ltable.c"
