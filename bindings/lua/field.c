// SPDX-License-Identifier: LGPL-2.1-or-later
/* Fields of the table on top of the stack. */
#include "rock.h"

/** rock_set_integer - sets a field */
void rock_set_integer(lua_State *L, const char *name, lua_Integer n)
{
	lua_pushinteger(L, n);
	lua_setfield(L, -2, name);
}

/** rock_set_boolean - sets a field */
void rock_set_boolean(lua_State *L, const char *name, bool on)
{
	lua_pushboolean(L, on);
	lua_setfield(L, -2, name);
}

/** rock_set_string - sets a field, unless @text is NULL */
void rock_set_string(lua_State *L, const char *name, const char *text)
{
	if (!text)
		return;
	lua_pushstring(L, text);
	lua_setfield(L, -2, name);
}
