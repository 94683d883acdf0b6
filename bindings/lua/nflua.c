// SPDX-License-Identifier: LGPL-2.1-or-later
/* require "nflua": Lua states in the Linux kernel, from Lua. */
#include "rock.h"

static void set_limits(lua_State *L)
{
	lua_pushinteger(L, NFLUA_SCRIPT_MAX);
	lua_setfield(L, -2, "SCRIPT_MAX");
	lua_pushinteger(L, NFLUA_MESSAGE_MAX);
	lua_setfield(L, -2, "MESSAGE_MAX");
	lua_pushinteger(L, NFLUA_GROUPS);
	lua_setfield(L, -2, "GROUPS");
}

__attribute__((visibility("default"))) int luaopen_nflua(lua_State *L);

int luaopen_nflua(lua_State *L)
{
	static const luaL_Reg functions[] = {
		{ "open", rock_connection_open },
		{ NULL, NULL }
	};

	luaL_checkversion(L);
	rock_connection_type(L);
	rock_state_type(L);
	rock_channel_type(L);
	rock_watch_type(L);
	luaL_newlib(L, functions);
	lua_pushfstring(L, "nflua %s", nflua_library_version());
	lua_setfield(L, -2, "_VERSION");
	rock_set_codes(L);
	set_limits(L);
	return 1;
}
