// SPDX-License-Identifier: GPL-2.0-or-later
/* Lua as the rest of the module sees it; see engine.h. */
#define LUA_CORE

#include "lprefix.h"

#include <string.h>

#include "lua.h"
#include "lauxlib.h"
#include "lapi.h"
#include "ldo.h"
#include "lctype.h"
#include "lfunc.h"
#include "lgc.h"
#include "lobject.h"
#include "lstate.h"
#include "lstring.h"
#include "ltable.h"
#include "lualib.h"

#include "engine.h"
#include "shared.h"

/* A key of the registry: the traceback of the last error. */
#define KEY_TRACEBACK	"nflua.traceback"

/* Another key: a table of held names. Its array has its full size from the beginning. */
static const char key_names;

static void hook(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	nflua_attend(L);
}

void nflua_engine_hook(lua_State *L, int count)
{
	lua_sethook(L, count ? hook : NULL, count ? LUA_MASKCOUNT : 0, count);
}

int nflua_engine_hook_count(lua_State *L)
{
	return L->hook ? L->basehookcount : 0;
}

void nflua_engine_charge(lua_State *L, long bytes)
{
	G(L)->GCdebt += bytes;
}

void nflua_engine_no_memory(lua_State *L)
{
	luaD_throw(L, LUA_ERRMEM);
}

long long nflua_nofloat(lua_State *L, const char *what)
{
	luaL_error(L, "operator '%s' needs floating point", what);
	return 0;
}

/* Message handler: notes the traceback of the error on its way up. */
static int handler(lua_State *L)
{
	luaL_traceback(L, L, NULL, 1);
	lua_setfield(L, LUA_REGISTRYINDEX, KEY_TRACEBACK);
	lua_settop(L, 1);
	return 1;
}

static const luaL_Reg libraries[] = {
	{ LUA_GNAME, nflua_open_base },
	{ LUA_COLIBNAME, nflua_open_coroutine },
	{ LUA_TABLIBNAME, nflua_open_table },
	{ LUA_STRLIBNAME, nflua_open_string },
	{ LUA_UTF8LIBNAME, nflua_open_utf8 },
	{ LUA_MATHLIBNAME, nflua_open_math },
	{ LUA_DBLIBNAME, nflua_open_debug },
	{ NULL, NULL }
};

/* The functions that are offered to scripts, by functions.h: libraries and names. */
static const struct {
	const char *lib;
	const char *name;
} offered[] = {
#define BOUND(lib, name, by) { lib, #name },
#include "functions.h"
#undef BOUND
};

#define OFFERED	(sizeof(offered) / sizeof(offered[0]))

/* The addresses of these functions. Each universe that opens puts the same here. */
static lua_CFunction functions[OFFERED];

static int is_offered(const char *library, const char *name, lua_CFunction f)
{
	size_t i;

	for (i = 0; i < OFFERED; i++) {
		if (strcmp(offered[i].lib, library) == 0 &&
		    strcmp(offered[i].name, name) == 0) {
			functions[i] = f;
			return 1;
		}
	}
	return 0;
}

int nflua_offered(lua_CFunction f, const char **library, const char **name)
{
	size_t i;

	for (i = 0; f && i < OFFERED; i++) {
		if (functions[i] == f) {
			*library = offered[i].lib;
			*name = offered[i].name;
			return 1;
		}
	}
	return 0;
}

int nflua_find_name(lua_State *L)
{
	const char *library, *name;

	luaL_checkstack(L, 3, "not enough stack");
	if (!nflua_offered(lua_tocfunction(L, -1), &library, &name))
		return 0;
	lua_pushfstring(L, "%s.%s", library, name);
	return 1;
}

/*
 * Takes functions that are not offered out of the library on top of the stack, and notes
 * the addresses of the others.
 */
static void prune(lua_State *L, const char *library)
{
	lua_pushnil(L);
	while (lua_next(L, -2)) {
		if (lua_iscfunction(L, -1) &&
		    !is_offered(library, lua_tostring(L, -2), lua_tocfunction(L, -1))) {
			lua_pushvalue(L, -2);
			lua_pushnil(L);
			lua_rawset(L, -5);
		}
		lua_pop(L, 1);
	}
}

void nflua_engine_offer(lua_State *L, const char *library)
{
	lua_getglobal(L, library);
	prune(L, library);
	lua_pop(L, 1);
}

/*
 * Texts that are in memory from the beginning: that of luaD_errerr(), which is raised
 * where there may be neither stack nor memory; and those that lua_resume() makes on a
 * coroutine without a protected call, where a memory error would crash the machine.
 */
static const char *const kept_texts[] = {
	"error in error handling",
	"cannot resume non-suspended coroutine",
	"cannot resume dead coroutine",
	"C stack overflow",
};

/*
 * Makes the metatable of large buffers. Otherwise Lua would make it for the first large
 * buffer, where there may be too little C stack.
 */
static void make_box_metatable(lua_State *L)
{
	luaL_Buffer b;

	luaL_buffinitsize(L, &b, LUAL_BUFFERSIZE + 1);
	luaL_pushresultsize(&b, 0);
	lua_pop(L, 1);
}

static void open_libraries(lua_State *L, void *ud)
{
	const luaL_Reg *lib;
	size_t i;

	(void)ud;
	for (lib = libraries; lib->name; lib++) {
		luaL_requiref(L, lib->name, lib->func, 1);
		prune(L, lib->name);
		lua_pop(L, 1);
	}
	make_box_metatable(L);
	/* No module is ever loaded, so nobody needs the list of loaded ones. */
	lua_newtable(L);
	lua_setfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
	for (i = 0; i < sizeof(kept_texts) / sizeof(kept_texts[0]); i++)
		luaC_fix(L, obj2gco(luaS_new(L, kept_texts[i])));
	lua_createtable(L, NFLUA_ENGINE_NAMES, 0);
	lua_rawsetp(L, LUA_REGISTRYINDEX, &key_names);
}

lua_State *nflua_engine_open(lua_Alloc alloc, void *ud)
{
	lua_State *L = lua_newstate(alloc, ud);

	if (!L)
		return NULL;
	if (luaD_rawrunprotected(L, open_libraries, NULL) != LUA_OK) {
		lua_close(L);
		return NULL;
	}
	return L;
}

static void push_slots(lua_State *co)
{
	lua_pushcfunction(co, handler);
	lua_pushlightuserdata(co, (void *)NFLUA_VIEW_FRAME);
	lua_pushlightuserdata(co, (void *)NFLUA_VIEW_PACKET);
}

static void new_thread(lua_State *L, void *ud)
{
	lua_State **out = ud, *co = lua_newthread(L);

	lua_rawsetp(L, LUA_REGISTRYINDEX, co);
	lua_sethook(co, NULL, 0, 0);
	push_slots(co);
	*out = co;
}

lua_State *nflua_engine_thread(lua_State *L)
{
	int top = lua_gettop(L);
	lua_State *co = NULL;

	if (luaD_rawrunprotected(L, new_thread, &co) != LUA_OK)
		L->ci = &L->base_ci;
	lua_settop(L, top);
	return co;
}

/* No script has the handler, so no other thread begins with it. */
int nflua_engine_is_call(lua_State *co)
{
	const TValue *slot = s2v(co->base_ci.func.p + NFLUA_SLOT_HANDLER);

	return co->top.p > co->base_ci.func.p + NFLUA_SLOT_HANDLER &&
	       ttislcf(slot) && fvalue(slot) == handler;
}

static void drop(lua_State *L, void *key)
{
	lua_pushnil(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void nflua_engine_drop(lua_State *L, const void *key)
{
	int top = lua_gettop(L);

	luaD_rawrunprotected(L, drop, (void *)key);
	lua_settop(L, top);
}

/* Returns the text of an error value. */
static int to_string(lua_State *L)
{
	luaL_tolstring(L, 1, NULL);
	return 1;
}

int nflua_engine_is_own(lua_CFunction f)
{
	return f == handler || f == to_string;
}

/* Pops the value on top, and copies it if it is a string and there is memory. */
static void pop_text(lua_State *L, struct nflua_text *text)
{
	size_t len;
	const char *s = lua_tolstring(L, -1, &len);

	if (s) {
		size_t all = len;

		/* The copy is a C string. */
		len = strnlen(s, len);
		if (len > text->max)
			len = text->max;
		text->truncated = len < all;
		text->buf = nflua_text_alloc(L, len + 1);
		if (text->buf) {
			memcpy(text->buf, s, len);
			text->buf[len] = '\0';
		}
	}
	lua_pop(L, 1);
}

struct recovery {
	int status;
	struct nflua_failure *failure;
};

/*
 * Brings the thread back to its slots, as lua_pcall() does. This can be killed like the
 * call itself, as __close and __tostring are script code.
 */
static void recover(lua_State *L, void *ud)
{
	struct recovery *r = ud;
	ptrdiff_t base = savestack(L, L->base_ci.func.p + NFLUA_SLOT_MAX + 1);

	L->ci = &L->base_ci;
	L->allowhook = 1;
	L->errfunc = 0;
	r->status = luaD_closeprotected(L, base, r->status);
	luaD_seterrorobj(L, r->status, restorestack(L, base));
	luaD_shrinkstack(L);
	/* The handler does not see these; the traceback would be of another error. */
	if (r->status != LUA_ERRMEM && r->status != LUA_ERRSYNTAX &&
	    !r->failure->traceback.buf) {
		lua_getfield(L, LUA_REGISTRYINDEX, KEY_TRACEBACK);
		pop_text(L, &r->failure->traceback);
	}
	lua_pushcfunction(L, to_string);
	lua_insert(L, -2);
	if (lua_pcall(L, 1, 1, 0) != LUA_OK) {
		lua_pop(L, 1);
		lua_pushliteral(L, "(error object without a text)");
	}
	pop_text(L, &r->failure->text);
	lua_pushnil(L);
	lua_setfield(L, LUA_REGISTRYINDEX, KEY_TRACEBACK);
}

int nflua_engine_run(lua_State *L, void (*body)(lua_State *L, void *ud), void *ud)
{
	int status;

	L->errfunc = savestack(L, L->base_ci.func.p + NFLUA_SLOT_HANDLER);
	status = luaD_rawrunprotected(L, body, ud);
	L->errfunc = 0;
	return status;
}

int nflua_engine_recover(lua_State *L, int status, struct nflua_failure *failure)
{
	struct recovery r = { .status = status, .failure = failure };

	nflua_host(L)->call.overflowed = 0;
	status = luaD_rawrunprotected(L, recover, &r);
	if (status == NFLUA_ENGINE_KILLED)
		return status;
	if (status != LUA_OK)
		r.status = LUA_ERRMEM;
	L->ci = &L->base_ci;
	L->allowhook = 1;
	lua_settop(L, NFLUA_SLOT_MAX);
	return r.status;
}

int nflua_engine_values(lua_State *L)
{
	return lua_gettop(L) - NFLUA_SLOT_MAX;
}

/* Nothing is left to be closed there, as a call closes its variables. */
void nflua_engine_clear(lua_State *L)
{
	L->top.p = L->base_ci.func.p + NFLUA_SLOT_MAX + 1;
}

/* Variables are not closed, as no script may run. */
void nflua_engine_reset(lua_State *L)
{
	luaF_closeupval(L, L->base_ci.func.p + NFLUA_SLOT_MAX + 1);
	L->tbclist.p = L->stack.p;
	L->ci = &L->base_ci;
	L->allowhook = 1;
	L->errfunc = 0;
	nflua_engine_hook(L, 0);
	nflua_engine_clear(L);
	luaD_shrinkstack(L);
}

static int push_entry(lua_State *L, Table *t, unsigned int at)
{
	unsigned int size = luaH_realasize(t);
	StkId key = L->top.p;
	Node *node;

	if (at < size) {
		if (isempty(&t->array[at]))
			return 0;
		setivalue(s2v(key), (lua_Integer)at + 1);
		setobj2s(L, key + 1, &t->array[at]);
	} else {
		node = gnode(t, at - size);
		if (isempty(gval(node)))
			return 0;
		getnodekey(L, s2v(key), node);
		setobj2s(L, key + 1, gval(node));
	}
	L->top.p += 2;
	return 1;
}

int nflua_engine_next(lua_State *L, unsigned int *at, unsigned int *looks)
{
	Table *t = hvalue(s2v(L->top.p - 1));
	unsigned int end = luaH_realasize(t) + sizenode(t);

	for (; *looks && *at < end; --*looks)
		if (push_entry(L, t, (*at)++))
			return 1;
	return *at < end ? -1 : 0;
}

int nflua_engine_boolean(lua_State *L)
{
	StkId top = L->top.p - 1;

	if (!ttisboolean(s2v(top)))
		return -1;
	L->top.p = top;
	return ttistrue(s2v(top));
}

void nflua_engine_show(lua_State *L, enum nflua_view_kind kind)
{
	setpvalue(s2v(L->base_ci.func.p + NFLUA_SLOT_PACKET), (void *)kind);
}

void nflua_engine_methods(lua_State *L, enum nflua_view_kind kind)
{
	struct nflua_methods *methods = &nflua_host(L)->methods[kind];
	const Table *table = hvalue(s2v(L->top.p - 1));

	methods->table = table;
	methods->nodes = table->node;
	methods->mask = sizenode(table) - 1;
	lua_rawsetp(L, LUA_REGISTRYINDEX, table);
}

struct held {
	unsigned int slot;
	const char *name;
	const void *string;
};

static void hold_name(lua_State *L, void *ud)
{
	struct held *held = ud;

	lua_rawgetp(L, LUA_REGISTRYINDEX, &key_names);
	lua_pushstring(L, held->name);
	held->string = tsvalue(s2v(L->top.p - 1));
	lua_rawseti(L, -2, held->slot + 1);
}

const void *nflua_engine_name(lua_State *L, unsigned int slot, const char *name)
{
	struct held held = { .slot = slot, .name = name };
	int top = lua_gettop(L);

	if (luaD_rawrunprotected(L, hold_name, &held) != LUA_OK)
		held.string = NULL;
	lua_settop(L, top);
	return held.string;
}
