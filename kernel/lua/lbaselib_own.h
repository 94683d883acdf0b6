/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of lbaselib.c: functions of the basic library that differ from Lua's own. Files
 * cannot be loaded.
 */
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

/* Scripts cannot set finalizers, which run where nothing can stop them; see lgc_own.h. */
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

struct piece {
	const char *s;
	size_t left;
};

static const char *next_piece(lua_State *L, void *ud, size_t *size)
{
	struct piece *p = ud;
	const char *s = p->s;

	if (nflua_host(L)->call.attention)
		nflua_attend_parser(L);
	*size = p->left < 512 ? p->left : 512;
	p->s += *size;
	p->left -= *size;
	return *size ? s : NULL;
}

/* Calls the function for a piece. Returns 1, 0 at the end, or -1 with an error on top. */
static int call_reader(lua_State *L)
{
	size_t len = 0;

	nflua_poll(L);
	lua_pushvalue(L, 1);
	if (lua_pcall(L, 0, 1, 0) != LUA_OK)
		return -1;
	/* A number counts as a text. */
	if (!lua_isnil(L, -1) && !lua_tolstring(L, -1, &len)) {
		luaL_where(L, 1);
		lua_pushliteral(L, "reader function must return a string");
		lua_concat(L, 2);
		return -1;
	}
	return !lua_isnil(L, -1) && len;
}

/*
 * Joins the pieces that the function returns, and replaces the function on the stack by
 * the text, or by its error. So no code of the script runs inside the parser. Returns a
 * status of Lua.
 */
static int read_pieces(lua_State *L)
{
	luaL_Buffer b;
	int more;

	luaL_buffinit(L, &b);
	while ((more = call_reader(L)) > 0)
		luaL_addvalue(&b);
	if (more < 0) {
		/* The buffer may have a value on the stack. */
		lua_replace(L, 1);
		lua_settop(L, 1);
		return LUA_ERRRUN;
	}
	lua_pop(L, 1);
	luaL_pushresult(&b);
	lua_replace(L, 1);
	return LUA_OK;
}

static int load_text(lua_State *L, const char *name, const char *mode)
{
	struct piece piece;

	piece.s = lua_tolstring(L, 1, &piece.left);
	return nflua_load(L, next_piece, &piece, name, mode);
}

static int base_load(lua_State *L)
{
	const char *mode = luaL_optstring(L, 3, "bt"), *name;
	int has_env = !lua_isnone(L, 4), status = LUA_OK;

	if (lua_isstring(L, 1)) {
		name = luaL_optstring(L, 2, lua_tostring(L, 1));
	} else {
		luaL_checktype(L, 1, LUA_TFUNCTION);
		name = luaL_optstring(L, 2, "=(load)");
		lua_settop(L, 4);
		status = read_pieces(L);
	}
	if (status == LUA_OK)
		status = load_text(L, name, mode);
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
