// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The traceback of a call that was killed, in the words of luaL_traceback(). A kill
 * leaves frames and stack as they were. But nothing may be called there any more, and the
 * state may have no memory left. So this only reads, takes memory elsewhere, and raises
 * no error.
 */
#define LUA_CORE

#include "lprefix.h"

#include <stdio.h>
#include <string.h>

#include "lua.h"
#include "lauxlib.h"

#include "ldebug.h"
#include "lobject.h"
#include "lstate.h"

#include "engine.h"
#include "shared.h"

/* Levels that are shown of the top and of the bottom, as in Lua. */
#define LEVELS_TOP	10
#define LEVELS_BOTTOM	11

/* Longest traceback, and longest name in it, in bytes. */
#define LENGTH_MAX	4095
#define NAME_MAX	80

/*
 * Finding names goes over the code of the caller, and over the name of a chunk, which may
 * be its whole text. The traceback ends when that becomes too much.
 */
#define WORK_MAX	(1UL << 18)

struct listing {
	struct nflua_text *text;
	size_t len;
	size_t work;
};

static void put(struct listing *out, const char *s, size_t max)
{
	size_t len = strnlen(s, max), room = out->text->max - out->len;

	if (len > room) {
		len = room;
		out->text->truncated = 1;
	}
	memcpy(out->text->buf + out->len, s, len);
	out->len += len;
	out->text->buf[out->len] = '\0';
}

static void put_text(struct listing *out, const char *s)
{
	put(out, s, LENGTH_MAX);
}

static void put_number(struct listing *out, const char *before, int n,
		       const char *after)
{
	char digits[24];

	snprintf(digits, sizeof(digits), "%d", n);
	put_text(out, before);
	put_text(out, digits);
	put_text(out, after);
}

static void put_named(struct listing *out, const char *what, const char *name)
{
	put_text(out, what);
	put_text(out, " '");
	put(out, name, NAME_MAX);
	put_text(out, "'");
}

static lua_CFunction c_function(const TValue *f)
{
	if (ttislcf(f))
		return fvalue(f);
	return ttisCclosure(f) ? clCvalue(f)->f : NULL;
}

/* Returns the first level from @ci on that is not of the engine itself, or NULL. */
static CallInfo *level_from(lua_State *L, CallInfo *ci)
{
	while (ci != &L->base_ci && nflua_engine_is_own(c_function(s2v(ci->func.p))))
		ci = ci->previous;
	return ci != &L->base_ci ? ci : NULL;
}

/* Puts the name of a function that is offered to scripts. Returns 0 if it is none. */
static int put_offered(struct listing *out, const CallInfo *ci)
{
	const char *library, *name;

	if (!nflua_offered(c_function(s2v(ci->func.p)), &library, &name))
		return 0;
	put_text(out, "function '");
	if (strcmp(library, LUA_GNAME) != 0) {
		put_text(out, library);
		put_text(out, ".");
	}
	put_text(out, name);
	put_text(out, "'");
	return 1;
}

static void put_function(struct listing *out, const CallInfo *ci,
			 const lua_Debug *ar)
{
	if (put_offered(out, ci))
		return;
	if (*ar->namewhat != '\0') {
		put_named(out, ar->namewhat, ar->name);
	} else if (*ar->what == 'm') {
		put_text(out, "main chunk");
	} else if (*ar->what != 'C') {
		put_text(out, "function <");
		put_text(out, ar->short_src);
		put_number(out, ":", ar->linedefined, ">");
	} else {
		put_text(out, "?");
	}
}

static size_t work_of(const CallInfo *ci)
{
	size_t work = 0;

	if (isLua(ci) && ci_func(ci)->p->source)
		work += tsslen(ci_func(ci)->p->source);
	if (isLua(ci->previous))
		work += ci_func(ci->previous)->p->sizecode;
	return work;
}

/* Puts a level. Returns 0 if it left it out, as it would have taken too long. */
static int put_level(struct listing *out, lua_State *L, CallInfo *ci)
{
	lua_Debug ar = { .i_ci = ci };

	out->work += work_of(ci);
	if (out->work > WORK_MAX) {
		out->text->truncated = 1;
		return 0;
	}
	lua_getinfo(L, "Slnt", &ar);
	put_text(out, "\n\t");
	put_text(out, ar.short_src);
	if (ar.currentline > 0)
		put_number(out, ":", ar.currentline, "");
	put_text(out, ": in ");
	put_function(out, ci, &ar);
	if (ar.istailcall)
		put_text(out, "\n\t(...tail calls...)");
	return 1;
}

static int count_levels(lua_State *L)
{
	CallInfo *ci;
	int n = 0;

	for (ci = level_from(L, L->ci); ci; ci = level_from(L, ci->previous))
		n++;
	return n;
}

static void put_levels(struct listing *out, lua_State *L, int n)
{
	int skip = n > LEVELS_TOP + LEVELS_BOTTOM ? n - LEVELS_TOP - LEVELS_BOTTOM : 0;
	CallInfo *ci = level_from(L, L->ci);
	int level = 0;

	while (ci) {
		if (skip && level++ == LEVELS_TOP) {
			put_number(out, "\n\t...\t(skipping ", skip, " levels)");
			for (; skip; skip--)
				ci = level_from(L, ci->previous);
		}
		if (!put_level(out, L, ci))
			return;
		ci = level_from(L, ci->previous);
	}
}

void nflua_engine_where(lua_State *L, struct nflua_text *text)
{
	struct listing out = { .text = text };
	int n = count_levels(L);

	if (n == 0)
		return;
	if (text->max > LENGTH_MAX)
		text->max = LENGTH_MAX;
	text->buf = nflua_text_alloc(L, text->max + 1);
	if (!text->buf)
		return;
	put_text(&out, "stack traceback:");
	put_levels(&out, L, n);
}
