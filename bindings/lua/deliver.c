// SPDX-License-Identifier: LGPL-2.1-or-later
/* Turning objects of the library into values, while Lua may run out of memory. */
#include "rock.h"

/**
 * rock_deliver - pushes the contents of an object, and frees it even on an error
 * @push: gets @object as light userdata and returns values
 * @free: frees @object
 *
 * Returns the number of values, or raises what @push raised.
 */
int rock_deliver(lua_State *L, lua_CFunction push, void *object,
		 void (*free)(void *object))
{
	int status, top = lua_gettop(L);

	lua_pushcfunction(L, push);
	lua_pushlightuserdata(L, object);
	status = lua_pcall(L, 1, LUA_MULTRET, 0);
	free(object);
	if (status != LUA_OK)
		lua_error(L);
	return lua_gettop(L) - top;
}
