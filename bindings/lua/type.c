// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the types of userdata have in common. */
#include "rock.h"

/**
 * rock_new_type - makes the metatable of a type
 * @type: its name, for messages and luaL_checkudata()
 */
void rock_new_type(lua_State *L, const char *type, const luaL_Reg *meta,
		   const luaL_Reg *methods)
{
	luaL_newmetatable(L, type);
	luaL_setfuncs(L, meta, 0);
	lua_newtable(L);
	luaL_setfuncs(L, methods, 0);
	lua_setfield(L, -2, "__index");
	lua_pop(L, 1);
}

/** rock_return_self - the end of a method that returns what it was called on */
int rock_return_self(lua_State *L)
{
	lua_settop(L, 1);
	return 1;
}
