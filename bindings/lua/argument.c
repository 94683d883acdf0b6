// SPDX-License-Identifier: LGPL-2.1-or-later
/* Arguments, and options in tables. */
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rock.h"

/** rock_argument_error - luaL_argerror() with printf()'s format */
int rock_argument_error(lua_State *L, int arg, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	luaL_argerror(L, arg, text);
	__builtin_unreachable();
}

/** rock_check_text - Returns a string, which must not contain a zero byte. */
const char *rock_check_text(lua_State *L, int arg)
{
	size_t len;
	const char *text = luaL_checklstring(L, arg, &len);

	if (strlen(text) != len)
		rock_argument_error(L, arg, "string contains a zero byte");
	return text;
}

/** rock_opt_text - Returns rock_check_text(), or NULL for none or nil. */
const char *rock_opt_text(lua_State *L, int arg)
{
	return lua_isnoneornil(L, arg) ? NULL : rock_check_text(L, arg);
}

/**
 * rock_check_timeout - Returns a timeout in seconds as milliseconds, for the library.
 *
 * It is rounded up, so that a short timeout does not become 0. No argument, or more than
 * the library can count (24 days), means forever: -1.
 */
int rock_check_timeout(lua_State *L, int arg)
{
	lua_Number seconds = luaL_optnumber(L, arg, (lua_Number)HUGE_VAL);
	lua_Number exact = seconds * 1000;

	if (!(seconds >= 0))
		rock_argument_error(L, arg,
			"timeout must be 0 or more seconds");
	if (exact > INT_MAX)
		return -1;
	return (int)exact + ((int)exact < exact);
}

/** rock_find - Returns the index of @name in @names, which end with NULL, or -1. */
int rock_find(const char *name, const char *const names[])
{
	int i;

	for (i = 0; names[i]; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -1;
}

/**
 * rock_check_options - checks a table of options
 * @names: those it may have; ends with NULL
 *
 * None or nil becomes an empty table.
 */
void rock_check_options(lua_State *L, int arg, const char *const names[])
{
	if (lua_isnoneornil(L, arg)) {
		lua_settop(L, arg - 1);
		lua_newtable(L);
		return;
	}
	luaL_checktype(L, arg, LUA_TTABLE);
	lua_settop(L, arg);
	lua_pushnil(L);
	while (lua_next(L, arg)) {
		if (lua_type(L, -2) != LUA_TSTRING)
			rock_argument_error(L, arg, "option names are strings, got %s",
					    luaL_typename(L, -2));
		if (rock_find(lua_tostring(L, -2), names) < 0)
			rock_argument_error(L, arg, "unknown option '%s'",
					    lua_tostring(L, -2));
		lua_pop(L, 1);
	}
}

/* Pushes an option, or nil. Returns whether it is there. */
static bool get_option(lua_State *L, int arg, const char *name, int type)
{
	int is = lua_getfield(L, arg, name);

	if (is == LUA_TNIL)
		return false;
	if (is != type)
		rock_argument_error(L, arg, "option '%s': %s expected, got %s", name,
				    lua_typename(L, type), lua_typename(L, is));
	return true;
}

/**
 * rock_option_string - Returns an option, which stays on the stack, or NULL.
 * @len: becomes its length
 */
const char *rock_option_string(lua_State *L, int arg, const char *name,
			       size_t *len)
{
	return get_option(L, arg, name, LUA_TSTRING) ?
	       lua_tolstring(L, -1, len) : NULL;
}

/** rock_option_text - Returns rock_option_string(), which must not contain a zero byte. */
const char *rock_option_text(lua_State *L, int arg, const char *name)
{
	size_t len;
	const char *text = rock_option_string(L, arg, name, &len);

	if (text && strlen(text) != len)
		rock_argument_error(L, arg, "option '%s': string contains a zero byte",
				    name);
	return text;
}

/** rock_option_boolean - Returns an option, or false if it is missing. */
bool rock_option_boolean(lua_State *L, int arg, const char *name)
{
	bool on = get_option(L, arg, name, LUA_TBOOLEAN) && lua_toboolean(L, -1);

	lua_pop(L, 1);
	return on;
}

/** rock_option_integer - Returns an option from @min to @max, or @min - 1 if missing. */
lua_Integer rock_option_integer(lua_State *L, int arg, const char *name,
				lua_Integer min, lua_Integer max)
{
	lua_Integer n = min - 1;
	int is;

	if (get_option(L, arg, name, LUA_TNUMBER)) {
		n = lua_tointegerx(L, -1, &is);
		if (!is)
			rock_argument_error(L, arg, "option '%s': integer expected", name);
		if (n < min || n > max)
			rock_argument_error(L, arg, "option '%s': %lld out of range (%lld to %lld)",
					    name, (long long)n, (long long)min,
					    (long long)max);
	}
	lua_pop(L, 1);
	return n;
}
