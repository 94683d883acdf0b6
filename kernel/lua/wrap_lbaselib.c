// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The basic library. Here: what it has in the kernel that Lua's own has not,
 * or not that way. Files cannot be loaded.
 */
#define lbaselib_c
#define LUA_LIB

#include "lprefix.h"
#include "lua.h"
#include "lauxlib.h"
#include "lualib.h"
#include "port_lua.h"

/* After an error was caught there is stack again. */
static inline int caught(lua_State *L, int status)
{
	nflua_port(L)->overflowed = 0;
	return status;
}

#undef lua_pcallk
#define lua_pcallk(L, n, r, f, ctx, k) \
	caught(L, (lua_pcallk)(L, n, r, f, ctx, k))
#include "lbaselib.c"
#undef lua_pcallk

static int base_print(lua_State *L)
{
	int i, n = lua_gettop(L);
	luaL_Buffer b;
	size_t len;
	const char *s;

	luaL_buffinit(L, &b);
	for (i = 1; i <= n; i++) {
		nflua_poll(L);
		if (i > 1)
			luaL_addchar(&b, '\t');
		luaL_tolstring(L, i, NULL);
		luaL_addvalue(&b);
	}
	luaL_addchar(&b, '\n');
	luaL_pushresult(&b);
	s = lua_tolstring(L, -1, &len);
	nflua_output(L, s, len);
	return 0;
}

/* Finalizers run where nothing can stop them: see lgc.c, GCTM. */
static int base_setmetatable(lua_State *L)
{
	if (lua_istable(L, 2)) {
		lua_pushliteral(L, "__gc");
		if (lua_rawget(L, 2) != LUA_TNIL)
			return luaL_argerror(L, 2,
				"'__gc' is not available, use '__close'");
		lua_pop(L, 1);
	}
	return luaB_setmetatable(L);
}

static int base_collectgarbage(lua_State *L)
{
	const char *option = luaL_optstring(L, 1, "collect");

	if (strcmp(option, "collect") == 0) {
		nflua_gc_collect(L);
		lua_pushinteger(L, 0);
		return 1;
	}
	if (strcmp(option, "count") == 0) {
		lua_pushinteger(L, lua_gc(L, LUA_GCCOUNT));
		return 1;
	}
	if (strcmp(option, "generational") == 0)
		return luaL_argerror(L, 1, "the collector is incremental only");
	return luaB_collectgarbage(L);
}

static int base_tonumber(lua_State *L)
{
	if (lua_type(L, 1) != LUA_TSTRING || lua_rawlen(L, 1) <= NFLUA_NUMERAL_MAX)
		return luaB_tonumber(L);
	luaL_pushfail(L);
	return 1;
}

/*
 * load() joins what a function gives before it parses, so that no code of the
 * script runs inside the parser, and looks at the clock between pieces.
 */
static void join_pieces(lua_State *L)
{
	luaL_Buffer b;

	luaL_buffinit(L, &b);
	for (;;) {
		nflua_poll(L);
		lua_pushvalue(L, 1);
		lua_call(L, 0, 1);
		if (lua_isnil(L, -1) ||
		    (lua_isstring(L, -1) && lua_rawlen(L, -1) == 0))
			break;
		if (!lua_isstring(L, -1))
			luaL_error(L, "reader function must return a string");
		luaL_addvalue(&b);
	}
	lua_pop(L, 1);
	luaL_pushresult(&b);
	lua_replace(L, 1);
}

struct piece {
	const char *s;
	size_t left;
};

static const char *next_piece(lua_State *L, void *ud, size_t *size)
{
	struct piece *p = ud;
	const char *s = p->s;

	if (nflua_port(L)->attention)
		nflua_attend_parser(L);
	*size = p->left < 512 ? p->left : 512;
	p->s += *size;
	p->left -= *size;
	return *size ? s : NULL;
}

static int base_load(lua_State *L)
{
	const char *mode = luaL_optstring(L, 3, "bt");
	int has_env = !lua_isnone(L, 4), status;
	struct piece piece;
	const char *name;

	if (!lua_isstring(L, 1)) {
		luaL_checktype(L, 1, LUA_TFUNCTION);
		name = luaL_optstring(L, 2, "=(load)");
		lua_settop(L, 4);
		join_pieces(L);
	} else {
		name = luaL_optstring(L, 2, lua_tostring(L, 1));
	}
	piece.s = lua_tolstring(L, 1, &piece.left);
	status = caught(L, nflua_load(L, next_piece, &piece, name, mode));
	return load_aux(L, status, has_env ? 4 : 0);
}

static const luaL_Reg replaced[] = {
	{ "collectgarbage", base_collectgarbage },
	{ "load", base_load },
	{ "print", base_print },
	{ "setmetatable", base_setmetatable },
	{ "tonumber", base_tonumber },
	{ NULL, NULL }
};

int nflua_open_base(lua_State *L)
{
	luaopen_base(L);
	luaL_setfuncs(L, replaced, 0);
	return 1;
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
	luaL_traceback(L, co, msg, luaL_optinteger(L, arg + 2, co == L));
	return 1;
}

int nflua_open_debug(lua_State *L)
{
	lua_newtable(L);
	lua_pushcfunction(L, debug_traceback);
	lua_setfield(L, -2, "traceback");
	return 1;
}
