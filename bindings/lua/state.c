// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * States: the name of a state, and a connection. When this object is collected, the state
 * in the kernel stays.
 */
#include "rock.h"

#define STATE "nflua.state"

/** rock_push_state - pushes a state. @connection, @name: indexes of these */
void rock_push_state(lua_State *L, int connection, int name)
{
	struct rock_state *state;

	state = lua_newuserdatauv(L, sizeof(*state), 2);
	state->connection = lua_touserdata(L, connection);
	lua_pushvalue(L, connection);
	lua_setiuservalue(L, -2, 1);
	lua_pushvalue(L, name);
	state->name = lua_tostring(L, -1);
	lua_setiuservalue(L, -2, 2);
	luaL_setmetatable(L, STATE);
}

/**
 * rock_check_state - checks that an argument is a state, with an open connection
 * @name: becomes its name, valid as long as the argument
 *
 * Returns the context of the connection.
 */
struct nflua_ctx *rock_check_state(lua_State *L, int arg, const char **name)
{
	struct rock_state *state = luaL_checkudata(L, arg, STATE);

	*name = state->name;
	if (!state->connection->ctx)
		luaL_error(L, "attempt to use state '%s' of a closed connection",
			   state->name);
	return state->connection->ctx;
}

/** rock_check_state_name - Returns a state's name. The argument is a state or a name. */
const char *rock_check_state_name(lua_State *L, int arg)
{
	struct rock_state *state = luaL_testudata(L, arg, STATE);

	return state ? state->name : rock_check_text(L, arg);
}

/* nf:state(name) */
int rock_state(lua_State *L)
{
	rock_check_ctx(L, 1);
	rock_check_text(L, 2);
	rock_push_state(L, 1, 2);
	return 1;
}

static int state_tostring(lua_State *L)
{
	struct rock_state *state = luaL_checkudata(L, 1, STATE);

	lua_pushfstring(L, "nflua state %s", state->name);
	return 1;
}

int rock_state_name(lua_State *L)
{
	struct rock_state *state = luaL_checkudata(L, 1, STATE);

	lua_pushstring(L, state->name);
	return 1;
}

/* fw:send(payload) */
int rock_state_send(lua_State *L)
{
	const char *name, *payload;
	struct nflua_result *result;
	struct rock_signals signals;
	struct nflua_ctx *ctx;
	size_t len;
	int err;

	rock_check_state(L, 1, &name);
	payload = luaL_checklstring(L, 2, &len);
	ctx = rock_check_state(L, 1, &name);
	rock_signals_catch(&signals, ctx);
	err = nflua_send(ctx, name, payload, len, &result);
	rock_signals_release(&signals);
	return rock_end_send(L, err, nflua_errmsg(ctx), result);
}

/* fw:destroy([options]) */
int rock_state_destroy(lua_State *L)
{
	static const char *const names[] = { "force", NULL };
	struct nflua_ctx *ctx;
	const char *name;
	bool force;
	int err;

	rock_check_state(L, 1, &name);
	rock_check_options(L, 2, names);
	force = rock_option_boolean(L, 2, "force");
	ctx = rock_check_state(L, 1, &name);
	err = nflua_destroy(ctx, name, force);
	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}

/* fw:clear() */
int rock_state_clear(lua_State *L)
{
	const char *name;
	struct nflua_ctx *ctx = rock_check_state(L, 1, &name);
	int err = nflua_clear(ctx, name);

	return err ? rock_fail(L, err, nflua_errmsg(ctx), NULL) : rock_return_true(L);
}

/* Registers the type, with the methods that the rock has for it. */
void rock_state_type(lua_State *L, const luaL_Reg *methods)
{
	rock_new_type(L, STATE, NULL, state_tostring, methods);
}
