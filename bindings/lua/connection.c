// SPDX-License-Identifier: LGPL-2.1-or-later
/* Connections to the module: what nflua.open() returns. */
#include "rock.h"

#define CONNECTION "nflua.connection"

static struct rock_connection *check_connection(lua_State *L, int arg)
{
	return luaL_checkudata(L, arg, CONNECTION);
}

/** rock_check_ctx - Returns the context of an argument, a connection that must be open. */
struct nflua_ctx *rock_check_ctx(lua_State *L, int arg)
{
	struct rock_connection *connection = check_connection(L, arg);

	if (!connection->ctx)
		luaL_error(L, "attempt to use a closed connection");
	return connection->ctx;
}

/* nflua.open([options]) */
int rock_connection_open(lua_State *L)
{
	static const char *const names[] = { "netns", NULL };
	struct rock_connection *connection;
	const char *netns;
	int err;

	rock_check_options(L, 1, names);
	netns = rock_option_text(L, 1, "netns");
	connection = lua_newuserdatauv(L, sizeof(*connection), 1);
	connection->ctx = NULL;
	luaL_setmetatable(L, CONNECTION);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 1);
	err = nflua_open(&connection->ctx, netns);
	if (!err)
		return 1;
	rock_fail(L, err, connection->ctx ? nflua_errmsg(connection->ctx) :
		  "not enough memory", NULL);
	nflua_close(connection->ctx);
	connection->ctx = NULL;
	return 3;
}

int rock_connection_close(lua_State *L)
{
	struct rock_connection *connection = check_connection(L, 1);

	nflua_close(connection->ctx);
	connection->ctx = NULL;
	return 0;
}

static int connection_tostring(lua_State *L)
{
	struct rock_connection *connection = check_connection(L, 1);
	bool elsewhere = lua_getiuservalue(L, 1, 1) == LUA_TSTRING;

	lua_pushfstring(L, "nflua connection (%s%s%s)",
			elsewhere ? "netns " : "",
			elsewhere ? lua_tostring(L, -1) : "",
			connection->ctx ? elsewhere ? "" : "open" :
			elsewhere ? ", closed" : "closed");
	return 1;
}

/* nf:version() */
int rock_connection_version(lua_State *L)
{
	struct nflua_ctx *ctx = rock_check_ctx(L, 1);
	unsigned int family = nflua_family_version(ctx);

	/* Copied before anything can close the connection. */
	lua_pushstring(L, nflua_module_version(ctx));
	lua_createtable(L, 0, 3);
	lua_insert(L, -2);
	lua_setfield(L, -2, "module");
	rock_set_integer(L, "family", family);
	rock_set_string(L, "library", nflua_library_version());
	return 1;
}

/* Registers the type, with the methods that the rock has for it. */
void rock_connection_type(lua_State *L, const luaL_Reg *methods)
{
	rock_new_type(L, CONNECTION, rock_connection_close, connection_tostring, methods);
}
