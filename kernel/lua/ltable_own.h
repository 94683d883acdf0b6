/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For ltable.c. Lua takes an integer for its own hash, so that whoever knows that can
 * choose keys which all collide; and keys of filters often come out of packets.
 * Here it is multiplied by a number that nobody knows.
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
