// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lua in one file, with nothing to be seen outside, so that it can be in one program
 * with the engine: what makes it up is said in lprefix.h and luaconf.h of Lua. A
 * float that comes up is noted, as the engine has none, and that C calls are too deep, as
 * the engine has another limit for them: a message handler may keep that to itself.
 */
static int made_float;
static int too_deep;

#define lua_ident	vanilla_ident	/* the one thing that is never static */

#define LUA_CORE
#define LUA_LIB
#define LUA_USE_POSIX
#include "lprefix.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double to_float(const char *s, char **end)
{
	double value = strtod(s, end);

	if (*end != s)
		made_float = 1;
	return value;
}

#include "luaconf.h"
#undef LUAI_FUNC
#undef LUAI_DDEC
#undef LUAI_DDEF
#undef LUA_API
#undef LUALIB_API
#undef LUAMOD_API
#define LUAI_FUNC	static
#define LUAI_DDEC(def)	/* its definition is enough */
#define LUAI_DDEF	static
#define LUA_API		static
#define LUALIB_API	static
#define LUAMOD_API	static
#undef lua_str2number
#define lua_str2number(s, p)	to_float((s), (p))
#define luai_numdiv(L, a, b)	(made_float = 1, (a) / (b))
#define luai_numpow(L, a, b)	(made_float = 1, (void)(L), pow(a, b))

#include "lzio.c"
#include "lctype.c"
#include "lopcodes.c"
#include "lmem.c"
#include "lundump.c"
#include "ldump.c"
#include "lstate.c"

static void note_depth(lua_State *L)
{
	if (getCcalls(L) + 1 >= LUAI_MAXCCALLS)
		too_deep = 1;
}

#define luaE_incCstack(L)	(note_depth(L), luaE_incCstack(L))
#define luaE_checkcstack(L)	(note_depth(L), luaE_checkcstack(L))

#include "lgc.c"
#include "llex.c"
#include "lcode.c"
#include "lparser.c"
#include "ldebug.c"
#include "lfunc.c"
#include "lobject.c"
#include "ltm.c"
#include "lstring.c"
#include "ltable.c"
#include "ldo.c"
#include "lvm.c"
#include "lapi.c"
#include "lauxlib.c"
#include "lbaselib.c"
#include "lcorolib.c"
#include "ldblib.c"
#include "lmathlib.c"
#include "lstrlib.c"
#include "ltablib.c"
#include "lutf8lib.c"

#include "vanilla.h"

struct memory {
	size_t used;
	size_t limit;
};

static void *allocate(void *ud, void *old, size_t osize, size_t nsize)
{
	struct memory *m = ud;
	void *new;

	if (!old)
		osize = 0;
	if (nsize > osize && m->used + (nsize - osize) > m->limit)
		return NULL;
	if (nsize == 0) {
		free(old);
		m->used -= osize;
		return NULL;
	}
	new = realloc(old, nsize);
	if (new)
		m->used += nsize - osize;
	return new;
}

/* In the extra space of all threads. */
static struct vanilla *of(lua_State *L)
{
	return *(struct vanilla **)lua_getextraspace(L);
}

static int print(lua_State *L)
{
	struct vanilla *v = of(L);
	int i, n = lua_gettop(L);
	size_t len;
	const char *s;

	for (i = 1; i <= n; i++) {
		s = luaL_tolstring(L, i, &len);
		if (len + 1 > v->max - v->len) {
			v->incomparable = 1;
			return 0;
		}
		memcpy(v->output + v->len, s, len);
		v->len += len;
		v->output[v->len++] = i < n ? '\t' : '\n';
		lua_pop(L, 1);
	}
	return 0;
}

/* It has run for too long: no pcall keeps it. */
static void stop(lua_State *L, lua_Debug *ar)
{
	(void)ar;
	of(L)->incomparable = 1;
	lua_sethook(L, stop, LUA_MASKCOUNT, 1);
	lua_pushliteral(L, "too many instructions");
	luaD_throw(L, LUA_ERRRUN);	/* a message handler would run without a hook */
}

static int open_libraries(lua_State *L)
{
	static const luaL_Reg libraries[] = {
		{ LUA_GNAME, luaopen_base },
		{ LUA_COLIBNAME, luaopen_coroutine },
		{ LUA_TABLIBNAME, luaopen_table },
		{ LUA_STRLIBNAME, luaopen_string },
		{ LUA_UTF8LIBNAME, luaopen_utf8 },
		{ LUA_MATHLIBNAME, luaopen_math },
		{ LUA_DBLIBNAME, luaopen_debug },
		{ NULL, NULL }
	};
	const luaL_Reg *lib;

	for (lib = libraries; lib->name; lib++) {
		luaL_requiref(L, lib->name, lib->func, 1);
		lua_pop(L, 1);
	}
	lua_pushcfunction(L, print);
	lua_setglobal(L, "print");
	return 0;
}

/* The chunk is called by no function, as in the engine: tracebacks show it. */
static int run(lua_State *L, const char *chunk, size_t len, const char *name)
{
	int status;

	lua_pushcfunction(L, open_libraries);
	status = lua_pcall(L, 0, 0, 0);
	if (status == LUA_OK)
		status = luaL_loadbufferx(L, chunk, len, name, "t");
	if (status != LUA_OK)
		return status;
	lua_sethook(L, stop, LUA_MASKCOUNT, of(L)->instructions);
	return lua_pcall(L, 0, 0, 0);
}

static void keep_error(lua_State *L, struct vanilla *v)
{
	const char *s = lua_tostring(L, -1);

	v->failed = 1;
	snprintf(v->text, sizeof(v->text), "%s", s ? s : "");
}

void vanilla_run(struct vanilla *v, const char *chunk, size_t len, const char *name)
{
	struct memory memory = { .limit = v->memory_limit };
	lua_State *L = lua_newstate(allocate, &memory);

	made_float = 0;
	too_deep = 0;
	v->len = 0;
	v->failed = 0;
	v->incomparable = !L;
	v->text[0] = '\0';
	if (!L)
		return;
	*(struct vanilla **)lua_getextraspace(L) = v;
	if (run(L, chunk, len, name) != LUA_OK)
		keep_error(L, v);
	lua_close(L);
	if (made_float || too_deep)
		v->incomparable = 1;
}
