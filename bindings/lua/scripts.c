// SPDX-License-Identifier: LGPL-2.1-or-later
/* Lists of scripts. */
#include <stdio.h>
#include <string.h>

#include "rock.h"

/* Returns a string of the table on top, without a zero byte, or NULL if it is not there. */
static const char *chunk_name_in(lua_State *L, int arg, size_t i)
{
	const char *name;
	size_t len;

	if (lua_rawgeti(L, -1, 2) == LUA_TNIL) {
		lua_pop(L, 1);
		return NULL;
	}
	if (lua_type(L, -1) != LUA_TSTRING)
		rock_argument_error(L, arg, "script %d: the chunk name is no string", (int)i);
	name = lua_tolstring(L, -1, &len);
	if (strlen(name) != len)
		rock_argument_error(L, arg, "script %d: the chunk name contains a zero byte",
				    (int)i);
	lua_pop(L, 1);
	return name;
}

/* Reads the script on top: a string, or a table with it and its chunk name. */
static void read_script(lua_State *L, int arg, size_t i, struct nflua_script *script)
{
	if (lua_istable(L, -1)) {
		script->chunk_name = chunk_name_in(L, arg, i);
		lua_rawgeti(L, -1, 1);
	} else {
		script->chunk_name = NULL;
		lua_pushvalue(L, -1);
	}
	if (lua_type(L, -1) != LUA_TSTRING)
		rock_argument_error(L, arg, "script %d: string expected, got %s", (int)i,
				    luaL_typename(L, -1));
	script->text = lua_tolstring(L, -1, &script->len);
	lua_pop(L, 1);
}

/**
 * rock_check_scripts - returns the scripts of the list at @at
 * @arg: the argument that an error names
 * @count: becomes their number
 *
 * Pushes what holds them. They are valid while that and the list are.
 */
const struct nflua_script *rock_check_scripts(lua_State *L, int arg, int at, size_t *count)
{
	struct nflua_script *scripts;
	size_t i, n;

	if (!lua_istable(L, at))
		rock_argument_error(L, arg, "list of scripts expected, got %s",
				    luaL_typename(L, at));
	at = lua_absindex(L, at);
	n = lua_rawlen(L, at);
	scripts = lua_newuserdatauv(L, (n + 1) * sizeof(*scripts), 0);
	for (i = 0; i < n; i++) {
		lua_rawgeti(L, at, i + 1);
		read_script(L, arg, i + 1, &scripts[i]);
		lua_pop(L, 1);
	}
	*count = n;
	return scripts;
}

/** rock_push_digest - pushes a digest in hexadecimal, as sha256sum(1) prints it */
void rock_push_digest(lua_State *L, const unsigned char *digest)
{
	char text[2 * NFLUA_STATE_DIGEST_SIZE + 1];
	size_t i;

	for (i = 0; i < NFLUA_STATE_DIGEST_SIZE; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	lua_pushstring(L, text);
}

/* nflua.digest(scripts) */
int rock_digest(lua_State *L)
{
	unsigned char digest[NFLUA_STATE_DIGEST_SIZE];
	const struct nflua_script *scripts;
	size_t count;

	scripts = rock_check_scripts(L, 1, 1, &count);
	if (nflua_digest_scripts(scripts, count, digest))
		rock_push_digest(L, digest);
	else
		lua_pushnil(L);
	return 1;
}
