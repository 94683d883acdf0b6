// SPDX-License-Identifier: LGPL-2.1-or-later
/* require "nflua": Lua states in the Linux kernel, from Lua. */
#include "rock.h"

/* What can be called on a connection. */
static const luaL_Reg connection_methods[] = {
	{ "close", rock_connection_close },
	{ "create", rock_create },
	{ "get", rock_get },
	{ "hooks", rock_hooks },
	{ "list", rock_list },
	{ "listen", rock_listen },
	{ "state", rock_state },
	{ "try", rock_try },
	{ "version", rock_connection_version },
	{ "watch", rock_watch },
	{ NULL, NULL }
};

/* What can be called on a state. */
static const luaL_Reg state_methods[] = {
	{ "attach", rock_state_attach },
	{ "check", rock_state_check },
	{ "check_file", rock_state_check_file },
	{ "clear", rock_state_clear },
	{ "complete", rock_state_complete },
	{ "confirm", rock_state_confirm },
	{ "destroy", rock_state_destroy },
	{ "detach", rock_state_detach },
	{ "eval", rock_state_eval },
	{ "hooks", rock_state_hooks },
	{ "load", rock_state_load },
	{ "load_file", rock_state_load_file },
	{ "name", rock_state_name },
	{ "replace", rock_state_replace },
	{ "replace_file", rock_state_replace_file },
	{ "result", rock_state_result },
	{ "rollback", rock_state_rollback },
	{ "run", rock_state_run },
	{ "send", rock_state_send },
	{ "set", rock_state_set },
	{ "set_hook", rock_state_set_hook },
	{ "show", rock_state_show },
	{ NULL, NULL }
};

static void set_limits(lua_State *L)
{
	rock_set_integer(L, "SCRIPT_MAX", NFLUA_SCRIPT_MAX);
	rock_set_integer(L, "MESSAGE_MAX", NFLUA_MESSAGE_MAX);
	rock_set_integer(L, "GROUPS", NFLUA_GROUPS);
}

__attribute__((visibility("default"))) int luaopen_nflua(lua_State *L);

int luaopen_nflua(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "digest", rock_digest },
		{ "open", rock_connection_open },
		{ NULL, NULL }
	};

	luaL_checkversion(L);
	rock_connection_type(L, connection_methods);
	rock_state_type(L, state_methods);
	rock_channel_type(L);
	rock_watch_type(L);
	luaL_newlib(L, functions);
	lua_pushfstring(L, "nflua %s", nflua_library_version());
	lua_setfield(L, -2, "_VERSION");
	rock_set_codes(L);
	set_limits(L);
	return 1;
}
