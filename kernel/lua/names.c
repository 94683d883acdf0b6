// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: which strings can be one, and whether there is a function of that name. */
#define LUA_CORE

#include "lprefix.h"

#include <string.h>

#include "lua.h"
#include "lctype.h"
#include "lobject.h"
#include "lstate.h"
#include "lstring.h"
#include "ltable.h"
#include "ltm.h"

#include "engine.h"

int nflua_engine_is_name(lua_State *L, int idx)
{
	const TValue *value = s2v(L->top.p + idx);
	const unsigned char *s;
	size_t i, len;

	if (!ttisstring(value))
		return 0;
	s = (const unsigned char *)getstr(tsvalue(value));
	len = tsslen(tsvalue(value));
	if (!len || !lislalpha(s[0]) ||
	    (ttisshrstring(value) && isreserved(tsvalue(value))))
		return 0;
	for (i = 1; i < len; i++)
		if (!lislalnum(s[i]))
			return 0;
	return 1;
}

/* Returns the short string that the universe has of these bytes, or NULL. */
static TString *find_short(lua_State *L, const char *s, size_t len)
{
	const stringtable *table = &G(L)->strt;
	unsigned int hash = luaS_hash(s, len, G(L)->seed);
	TString *ts = table->hash[lmod(hash, table->size)];

	while (ts && (ts->shrlen != len || memcmp(getshrstr(ts), s, len) != 0))
		ts = ts->u.hnext;
	return ts;
}

/* A long string that is not Lua's, and good only for a look into a table. */
struct long_name {
	union {
		TString string;
		char bytes[sizeof(TString) + NFLUA_ENGINE_NAME_MAX + 1];
	};
};

static TString *make_long(lua_State *L, struct long_name *name, const char *s,
			  size_t len)
{
	memset(name, 0, sizeof(*name));
	name->string.tt = LUA_VLNGSTR;
	name->string.shrlen = 0xFF;
	name->string.u.lnglen = len;
	name->string.hash = G(L)->seed;	/* as luaS_createlngstrobj() has it */
	memcpy(getlngstr(&name->string), s, len);
	return &name->string;
}

static const TValue *find_global(lua_State *L, Table *globals, const char *name)
{
	struct long_name long_name;
	size_t len = strlen(name);
	TString *key;

	if (len > NFLUA_ENGINE_NAME_MAX)
		return &G(L)->nilvalue;
	if (len > LUAI_MAXSHORTLEN)
		return luaH_getstr(globals, make_long(L, &long_name, name, len));
	key = find_short(L, name, len);
	return key ? luaH_getshortstr(globals, key) : &G(L)->nilvalue;
}

/* Returns whether a metatable of the globals may give a value for what is not there. */
static int may_make(lua_State *L, const Table *globals, const char *name)
{
	const TValue *index = fasttm(L, globals->metatable, TM_INDEX);

	if (!index)
		return 0;
	if (!ttistable(index) || hvalue(index)->metatable)
		return 1;
	return !isempty(find_global(L, hvalue(index), name));
}

int nflua_engine_callable(lua_State *L, const char *name)
{
	Table *globals = hvalue(&hvalue(&G(L)->l_registry)->array[LUA_RIDX_GLOBALS - 1]);
	const TValue *value = find_global(L, globals, name);

	if (isempty(value) || ttisnil(value))
		return may_make(L, globals, name);
	return ttisfunction(value) || !notm(luaT_gettmbyobj(L, value, TM_CALL));
}
