// SPDX-License-Identifier: GPL-2.0-or-later
/* The functions of Lua's math library that work on integers. */
#define LUA_LIB

#include "lprefix.h"
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "shared.h"

static int math_abs(lua_State *L)
{
	lua_Integer n = luaL_checkinteger(L, 1);

	lua_pushinteger(L, n < 0 ? luaL_intop(-, 0, n) : n);
	return 1;
}

/* Integers stay as they are. There are two functions, as errors give their names. */
static int math_ceil(lua_State *L)
{
	lua_pushinteger(L, luaL_checkinteger(L, 1));
	return 1;
}

static int math_floor(lua_State *L)
{
	lua_pushinteger(L, luaL_checkinteger(L, 1));
	return 1;
}

/* The remainder of a division that rounds towards zero. */
static int math_fmod(lua_State *L)
{
	lua_Integer a = luaL_checkinteger(L, 1), b = luaL_checkinteger(L, 2);

	luaL_argcheck(L, b != 0, 2, "zero");
	lua_pushinteger(L, b == -1 ? 0 : a % b);
	return 1;
}

/* Finds the least or greatest argument. Like Lua's, takes all that can be compared. */
static int best(lua_State *L, int greatest)
{
	int i, best = 1, n = lua_gettop(L);

	luaL_argcheck(L, n >= 1, 1, "value expected");
	for (i = 2; i <= n; i++) {
		nflua_poll(L);
		if (lua_compare(L, greatest ? best : i, greatest ? i : best, LUA_OPLT))
			best = i;
	}
	lua_pushvalue(L, best);
	return 1;
}

static int math_max(lua_State *L)
{
	return best(L, 1);
}

static int math_min(lua_State *L)
{
	return best(L, 0);
}

static int math_tointeger(lua_State *L)
{
	int is_integer;
	lua_Integer n = lua_tointegerx(L, 1, &is_integer);

	luaL_checkany(L, 1);
	if (is_integer)
		lua_pushinteger(L, n);
	else
		luaL_pushfail(L);
	return 1;
}

static int math_type(lua_State *L)
{
	luaL_checkany(L, 1);
	if (lua_isinteger(L, 1))
		lua_pushliteral(L, "integer");
	else
		luaL_pushfail(L);
	return 1;
}

static int math_ult(lua_State *L)
{
	lua_Unsigned a = luaL_checkinteger(L, 1), b = luaL_checkinteger(L, 2);

	lua_pushboolean(L, a < b);
	return 1;
}

/* SplitMix64 (Steele, Lea and Flood, 2014): 64 bits of state, in an upvalue. */
static lua_Unsigned next_random(lua_Unsigned *state)
{
	lua_Unsigned z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Returns a number that is uniform in 0..limit: one that is too large is drawn again. */
static lua_Unsigned below(lua_Unsigned *state, lua_Unsigned limit)
{
	lua_Unsigned mask = limit, n;
	int shift;

	for (shift = 1; shift < 64; shift *= 2)
		mask |= mask >> shift;
	do {
		n = next_random(state) & mask;
	} while (n > limit);
	return n;
}

/* random(m [, n]) as in Lua. random() would be a float; random(0) is a 64-bit integer. */
static int math_random(lua_State *L)
{
	lua_Unsigned *state = lua_touserdata(L, lua_upvalueindex(1));
	lua_Integer low = 1, high;

	switch (lua_gettop(L)) {
	case 0:
		return luaL_error(L, "random() needs floating point, give a range");
	case 1:
		high = luaL_checkinteger(L, 1);
		if (high == 0) {
			lua_pushinteger(L, next_random(state));
			return 1;
		}
		break;
	case 2:
		low = luaL_checkinteger(L, 1);
		high = luaL_checkinteger(L, 2);
		break;
	default:
		return luaL_error(L, "wrong number of arguments");
	}
	luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
	lua_pushinteger(L, luaL_intop(+, low,
		below(state, (lua_Unsigned)high - (lua_Unsigned)low)));
	return 1;
}

static int math_randomseed(lua_State *L)
{
	lua_Unsigned *state = lua_touserdata(L, lua_upvalueindex(1));

	if (lua_isnone(L, 1))
		*state = (lua_Unsigned)nflua_seed() << 32 | nflua_seed();
	else
		*state = luaL_checkinteger(L, 1) ^ luaL_optinteger(L, 2, 0) << 1;
	lua_pushinteger(L, *state);
	return 1;
}

static const luaL_Reg plain[] = {
	{ "abs", math_abs },
	{ "ceil", math_ceil },
	{ "floor", math_floor },
	{ "fmod", math_fmod },
	{ "max", math_max },
	{ "min", math_min },
	{ "tointeger", math_tointeger },
	{ "type", math_type },
	{ "ult", math_ult },
	{ NULL, NULL }
};

static const luaL_Reg with_state[] = {
	{ "random", math_random },
	{ "randomseed", math_randomseed },
	{ NULL, NULL }
};

int nflua_open_math(lua_State *L)
{
	lua_Unsigned *state;

	luaL_newlib(L, plain);
	state = lua_newuserdatauv(L, sizeof(*state), 0);
	*state = (lua_Unsigned)nflua_seed() << 32 | nflua_seed();
	luaL_setfuncs(L, with_state, 1);
	lua_pushinteger(L, LUA_MAXINTEGER);
	lua_setfield(L, -2, "maxinteger");
	lua_pushinteger(L, LUA_MININTEGER);
	lua_setfield(L, -2, "mininteger");
	return 1;
}
