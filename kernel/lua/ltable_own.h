/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For ltable.c. In Lua an integer is its own hash, so that a sender could choose keys
 * that all collide: the keys of filters often come from packets. Here the integer is
 * multiplied by a secret.
 */

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
