// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * States: a name and the connection over which it is asked. The state in the
 * kernel lives on when this is collected.
 */
#include "rock.h"

#define STATE "nflua.state"

/** rock_push_state - pushes a state; @connection and @name are indexes */
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
 * rock_check_state - the context of a state, whose connection has to be open
 * @name: its name, valid as long as the argument
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

/** rock_check_state_name - a state, or the name of one */
const char *rock_check_state_name(lua_State *L, int arg)
{
	struct rock_state *state = luaL_testudata(L, arg, STATE);

	return state ? state->name : rock_check_text(L, arg);
}

static int state_tostring(lua_State *L)
{
	struct rock_state *state = luaL_checkudata(L, 1, STATE);

	lua_pushfstring(L, "nflua state %s", state->name);
	return 1;
}

static int state_name(lua_State *L)
{
	struct rock_state *state = luaL_checkudata(L, 1, STATE);

	lua_pushstring(L, state->name);
	return 1;
}

/* fw:send(payload) */
static int state_send(lua_State *L)
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
static int state_destroy(lua_State *L)
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
	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	lua_pushboolean(L, true);
	return 1;
}

/* fw:clear() */
static int state_clear(lua_State *L)
{
	const char *name;
	struct nflua_ctx *ctx = rock_check_state(L, 1, &name);
	int err = nflua_clear(ctx, name);

	if (err)
		return rock_fail(L, err, nflua_errmsg(ctx), NULL);
	lua_pushboolean(L, true);
	return 1;
}

void rock_state_type(lua_State *L)
{
	static const luaL_Reg meta[] = {
		{ "__tostring", state_tostring },
		{ NULL, NULL }
	};
	static const luaL_Reg methods[] = {
		{ "check", rock_state_check },
		{ "check_file", rock_state_check_file },
		{ "clear", state_clear },
		{ "complete", rock_state_complete },
		{ "destroy", state_destroy },
		{ "eval", rock_state_eval },
		{ "load", rock_state_load },
		{ "load_file", rock_state_load_file },
		{ "name", state_name },
		{ "replace", rock_state_replace },
		{ "replace_file", rock_state_replace_file },
		{ "result", rock_state_result },
		{ "run", rock_state_run },
		{ "send", state_send },
		{ "show", rock_state_show },
		{ NULL, NULL }
	};

	rock_new_type(L, STATE, meta, methods);
}
