// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interpreter: its jump table is ours, see ljumptab.h, and methods of
 * views, which every filter calls, are found without detours.
 */
#include <linux/compiler.h>	/* __annotate_jump_table */

#define lvm_c
#define LUA_CORE

#include "lprefix.h"
#include "lobject.h"
#include "lstate.h"
#include "ltable.h"
#include "ltm.h"

/* What luaV_finishget() asks for the __index of a userdata, and it for a name. */
static inline const TValue *handler_of(lua_State *L, const TValue *o, TMS event)
{
	if (ttisfulluserdata(o) && uvalue(o)->metatable)
		return luaH_getshortstr(uvalue(o)->metatable,
					G(L)->tmname[event]);
	return luaT_gettmbyobj(L, o, event);
}

static inline const TValue *get(Table *t, const TValue *key)
{
	return ttisshrstring(key) ? luaH_getshortstr(t, tsvalue(key)) :
				    luaH_get(t, key);
}

#define luaT_gettmbyobj(L, o, event)	handler_of(L, o, event)
#define luaH_get(t, key)		get(t, key)
#include "lvm.c"
