// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Completion: the names that can stand at the end of an expression. Tables, and those
 * that stand in for them (__index), are read raw, so that no code of the script runs.
 */
#include <linux/ctype.h>

#include "lauxlib.h"
#include "runtime/complete.h"
#include "runtime/runtime.h"
#include "runtime/values.h"

/* Slots of tables that a search looks at in all, as the runtime is locked meanwhile. */
#define LOOK_MAX	65536

/* Length of a chain of tables that stand in for each other. */
#define CHAIN_MAX	16

struct search {
	struct nflua_buffer *names;
	const char *start;	/* what the names must begin with */
	size_t len;		/* of that */
	bool methods;		/* functions only */
	unsigned int looks;	/* that are left */
};

static size_t name_length(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && (isalnum(s[n]) || s[n] == '_') && isascii(s[n]))
		n++;
	return n && isdigit(*s) ? 0 : n;
}

/* Replaces the value on top by the table that has its fields, or nil. */
static void to_fields(lua_State *L)
{
	if (lua_istable(L, -1))
		return;
	if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL)
		lua_pushnil(L);
	lua_remove(L, -2);
	if (!lua_istable(L, -1)) {
		lua_pop(L, 1);
		lua_pushnil(L);
	}
}

/* Replaces the table on top by its __index. Returns false if that is no table. */
static bool to_next(lua_State *L)
{
	if (luaL_getmetafield(L, -1, "__index") == LUA_TNIL)
		return false;
	lua_remove(L, -2);
	return lua_istable(L, -1);
}

/* Replaces the value on top by its field @name, or nil. */
static void to_field(lua_State *L, const char *name, size_t len)
{
	int chain;

	to_fields(L);
	for (chain = 0; chain < CHAIN_MAX && lua_istable(L, -1); chain++) {
		lua_pushlstring(L, name, len);
		if (lua_rawget(L, -2) != LUA_TNIL) {
			lua_remove(L, -2);
			return;
		}
		lua_pop(L, 1);
		if (!to_next(L))
			break;
	}
	lua_pop(L, 1);
	lua_pushnil(L);
}

/* Returns whether the key below the value on top is one of the names. */
static bool is_wanted(lua_State *L, const struct search *search)
{
	const char *name;
	size_t len;

	if (lua_type(L, -2) != LUA_TSTRING ||
	    (search->methods && !lua_isfunction(L, -1)))
		return false;
	name = lua_tolstring(L, -2, &len);
	return len >= search->len && len <= NFLUA_PREFIX_MAX &&
	       nflua_engine_is_name(L, -2) &&
	       memcmp(name, search->start, search->len) == 0;
}

static bool add_name(lua_State *L, struct search *search)
{
	size_t len;
	const char *name = lua_tolstring(L, -2, &len);

	return nflua_values_add(search->names, NFLUA_VALUE_STRING, name, len,
				NFLUA_GFP_ATOMIC);
}

/* Adds the names in the table on top. Returns false if there are too many. */
static bool add_fields(lua_State *L, struct search *search)
{
	unsigned int at = 0;
	int more;

	while ((more = nflua_engine_next(L, &at, &search->looks)) > 0) {
		if (is_wanted(L, search) && !add_name(L, search))
			return false;
		lua_pop(L, 2);
	}
	return !more;
}

/* Adds the names that the value on top has. */
static void add_names(lua_State *L, struct search *search)
{
	int chain;

	to_fields(L);
	for (chain = 0; chain < CHAIN_MAX && lua_istable(L, -1); chain++) {
		if (!add_fields(L, search)) {
			search->names->truncated = true;
			return;
		}
		if (!to_next(L))
			return;
	}
}

void nflua_complete(lua_State *L, const char *prefix, struct nflua_buffer *names)
{
	struct search search = { .names = names, .looks = LOOK_MAX };
	const char *s = prefix, *end = s + strlen(s);
	size_t len;

	luaL_checkstack(L, 8, NULL);
	lua_pushglobaltable(L);
	while ((len = name_length(s, end - s)) && s + len < end && !search.methods) {
		search.methods = s[len] == ':';
		if (!search.methods && s[len] != '.')
			return;
		to_field(L, s, len);
		s += len + 1;
	}
	if (s + len != end)
		return;
	search.start = s;
	search.len = len;
	add_names(L, &search);
}
