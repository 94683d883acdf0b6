/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of ldo.c: packet calls, loading, and the way out of a call that is killed.
 */
#include "lauxlib.h"

/* Limits chains of __call: each handler moves the arguments, all in one instruction. */
static void look_at_chain(lua_State *L, const TValue *o, const TValue *tm)
{
	struct nflua_host *host = nflua_host(L);

	if (iscollectable(o) && gcvalue(o) == host->call.call_handler)
		host->call.call_chain++;
	else
		host->call.call_chain = 0;
	if (host->call.call_chain > NFLUA_CALL_CHAIN_MAX)
		luaG_runerror(L, "chain of '__call' too long");
	host->call.call_handler = iscollectable(tm) ? gcvalue(tm) : NULL;
}

/* Puts the global of that name on the stack at @func. */
static void push_global(lua_State *L, StkId func, TString *name)
{
	TValue *globals = &hvalue(&G(L)->l_registry)->array[LUA_RIDX_GLOBALS - 1];
	const TValue *value = name->tt == LUA_VSHRSTR ?
			      luaH_getshortstr(hvalue(globals), name) :
			      luaH_getstr(hvalue(globals), name);

	if (l_likely(!isempty(value))) {
		setobj2s(L, func, value);
		L->top.p = func + 1;
		return;
	}
	/* The table of globals may have a metatable. */
	if (lua_getglobal(L, getstr(name)) == LUA_TNIL)
		luaL_error(L, "there is no function '%s'", getstr(name));
}

static void call_global(lua_State *L, TString *name)
{
	StkId base = L->base_ci.func.p, func = base + NFLUA_SLOT_MAX + 1;

	push_global(L, func, name);
	base = L->base_ci.func.p;
	func = base + NFLUA_SLOT_MAX + 1;
	setobjs2s(L, func + 1, base + NFLUA_SLOT_FRAME);
	setobjs2s(L, func + 2, base + NFLUA_SLOT_PACKET);
	L->top.p = func + 3;
	ccall(L, func, 1, nyci);
}

/*
 * luaD_rawrunprotected() and its body in one, as this runs for every packet.
 */
int nflua_engine_call(lua_State *L, const void *name)
{
	l_uint32 calls = L->nCcalls;
	struct lua_longjmp lj;

	lj.status = LUA_OK;
	lj.previous = NULL;
	L->errorJmp = &lj;
	L->errfunc = savestack(L, L->base_ci.func.p + NFLUA_SLOT_HANDLER);
	LUAI_TRY(L, &lj, call_global(L, (TString *)name););
	L->errfunc = 0;
	L->errorJmp = NULL;
	L->nCcalls = calls;
	return lj.status;
}

void nflua_look_before_text(lua_State *L)
{
	if (nflua_stack_low(L, stack_hard))
		luaD_errerr(L);
}

void nflua_look_at_stack(lua_State *L)
{
	if (nflua_stack_low(L, stack_soft))
		luaE_checkcstack(L);
}

/*
 * The parser is no place for script code, such as a message handler: it holds memory that
 * only its own errors free.
 */
int nflua_load(lua_State *L, lua_Reader reader, void *ud, const char *name,
	       const char *mode)
{
	ptrdiff_t handler = L->errfunc;
	int status;

	nflua_look_at_stack(L);
	L->errfunc = 0;
	status = lua_load(L, reader, ud, name, mode);
	L->errfunc = handler;
	return status;
}

/*
 * Leaves everything that runs on @L at once, for the outermost protected call. No
 * handler, __close or pcall of the script sees it. Coroutines that were left must never
 * run again, and @L not before nflua_engine_reset().
 */
void nflua_engine_kill(lua_State *L)
{
	struct lua_longjmp *lj = L->errorJmp;

	while (lj->previous)
		lj = lj->previous;
	lj->status = NFLUA_ENGINE_KILLED;
	nflua_longjmp(lj->b, 1);
}
