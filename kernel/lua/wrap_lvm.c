// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interpreter: its jump table is ours, see ljumptab.h, and what views have,
 * which every filter asks for, is found without detours.
 */
#include <linux/compiler.h>	/* __annotate_jump_table */

#define lvm_c
#define LUA_CORE

#include "lprefix.h"
#include "lobject.h"
#include "lstate.h"
#include "ltable.h"
#include "ltm.h"
#include "lvm.h"

/*
 * luaV_finishget() gets another name where it is defined, and keeps its own
 * where it is called: the first token of its arguments tells these two.
 */
#define luaV_finishget(a, t, key, val, slot) FINISH_##a, t, key, val, slot)
#define FINISH_L		luaV_finishget(L
#define FINISH_lua_State	pristine_finishget(lua_State
#define luaH_get(t, key)	get(t, key)

static inline const TValue *get(Table *t, const TValue *key)
{
	return ttisshrstring(key) ? luaH_getshortstr(t, tsvalue(key)) :
				    (luaH_get)(t, key);
}

#include "lvm.c"
#undef luaV_finishget

/* A field of a view, or false where that takes the long way. */
static int get_field(lua_State *L, unsigned long view, lua_Integer field, TValue *val)
{
	lua_Integer n;

	switch (nflua_view_get(L, view, field, &n)) {
	case NFLUA_GOT_NIL:
		setnilvalue(val);
		return 1;
	case NFLUA_GOT_INTEGER:
		setivalue(val, n);
		return 1;
	case NFLUA_GOT_VIEW:
		setpvalue(val, (void *)n);
		return 1;
	case NFLUA_GOT_BOOLEAN:
		if (n)
			setbtvalue(val);
		else
			setbfvalue(val);
		return 1;
	default:
		return 0;
	}
}

/* What view.c has for the other cases is an __index. */
static int get_of_view(lua_State *L, unsigned long view, TString *key, TValue *val)
{
	Table *members = (Table *)nflua_port(L)->members[view & 0xff];
	const TValue *slot = luaH_getshortstr(members, key);

	if (ttisinteger(slot))
		return get_field(L, view, ivalue(slot), val);
	if (isempty(slot))
		return 0;
	setobj(L, val, slot);
	return 1;
}

void luaV_finishget(lua_State *L, const TValue *t, TValue *key, StkId val,
		    const TValue *slot)
{
	if (!ttislightuserdata(t) || !ttisshrstring(key) ||
	    !get_of_view(L, (unsigned long)pvalue(t), tsvalue(key), s2v(val)))
		pristine_finishget(L, t, key, val, slot);
}
