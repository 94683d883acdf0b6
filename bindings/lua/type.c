// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the types of userdata have in common. */
#include "rock.h"

/**
 * rock_new_type - makes the metatable of a type
 * @type: its name, for messages and luaL_checkudata()
 * @close: what __close and __gc do; NULL: there is nothing to close
 */
void rock_new_type(lua_State *L, const char *type, lua_CFunction close,
		   lua_CFunction tostring, const luaL_Reg *methods)
{
	luaL_newmetatable(L, type);
	if (close) {
		lua_pushcfunction(L, close);
		lua_pushvalue(L, -1);
		lua_setfield(L, -3, "__close");
		lua_setfield(L, -2, "__gc");
	}
	lua_pushcfunction(L, tostring);
	lua_setfield(L, -2, "__tostring");
	lua_newtable(L);
	luaL_setfuncs(L, methods, 0);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
}

/** rock_return_self - ends a method that returns what it was called on */
int rock_return_self(lua_State *L)
{
	lua_settop(L, 1);
	return 1;
}

/** rock_return_true - ends a function that returns true */
int rock_return_true(lua_State *L)
{
	lua_pushboolean(L, true);
	return 1;
}
