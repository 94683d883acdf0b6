// SPDX-License-Identifier: LGPL-2.1-or-later
/* Connections to the module: what nflua.open() returns. */
#include "rock.h"

#define CONNECTION "nflua.connection"

static struct rock_connection *check_connection(lua_State *L, int arg)
{
	return luaL_checkudata(L, arg, CONNECTION);
}

/** rock_check_ctx - the context of an argument, which has to be open */
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

static int connection_close(lua_State *L)
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
static int connection_version(lua_State *L)
{
	struct nflua_ctx *ctx = rock_check_ctx(L, 1);
	unsigned int family = nflua_family_version(ctx);

	/* nil for NULL, which sets nothing */
	lua_pushstring(L, nflua_module_version(ctx));
	lua_createtable(L, 0, 3);
	lua_insert(L, -2);
	lua_setfield(L, -2, "module");
	lua_pushinteger(L, family);
	lua_setfield(L, -2, "family");
	lua_pushstring(L, nflua_library_version());
	lua_setfield(L, -2, "library");
	return 1;
}

/* nf:state(name) */
static int connection_state(lua_State *L)
{
	rock_check_ctx(L, 1);
	rock_check_text(L, 2);
	rock_push_state(L, 1, 2);
	return 1;
}

static void free_list(void *list)
{
	nflua_list_free(list);
}

static int push_list(lua_State *L)
{
	const struct nflua_list *list = lua_touserdata(L, 1);
	size_t i, n = nflua_list_count(list);

	lua_createtable(L, n, 0);
	for (i = 0; i < n; i++) {
		rock_push_figures(L, nflua_list_state(list, i));
		lua_rawseti(L, -2, i + 1);
	}
	return 1;
}

/* nf:list() */
static int connection_list(lua_State *L)
{
	struct nflua_ctx *ctx = rock_check_ctx(L, 1);
	struct nflua_list *list;
	int err = nflua_list(ctx, &list);

	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	return rock_deliver(L, push_list, list, free_list);
}

static int push_first(lua_State *L)
{
	rock_push_figures(L, nflua_list_state(lua_touserdata(L, 1), 0));
	return 1;
}

/* nf:get(state) */
static int connection_get(lua_State *L)
{
	struct nflua_list *list;
	struct nflua_ctx *ctx;
	const char *name;
	int err;

	rock_check_ctx(L, 1);
	name = rock_check_state_name(L, 2);
	ctx = rock_check_ctx(L, 1);
	err = nflua_get(ctx, name, &list);
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	return rock_deliver(L, push_first, list, free_list);
}

void rock_connection_type(lua_State *L)
{
	static const luaL_Reg meta[] = {
		{ "__close", connection_close },
		{ "__gc", connection_close },
		{ "__tostring", connection_tostring },
		{ NULL, NULL }
	};
	static const luaL_Reg methods[] = {
		{ "close", connection_close },
		{ "create", rock_create },
		{ "get", connection_get },
		{ "list", connection_list },
		{ "listen", rock_listen },
		{ "state", connection_state },
		{ "version", connection_version },
		{ "watch", rock_watch },
		{ NULL, NULL }
	};

	rock_new_type(L, CONNECTION, meta, methods);
}
