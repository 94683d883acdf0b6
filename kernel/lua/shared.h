/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the wrapped files of Lua give to each other and to those of ours. */
#ifndef NFLUA_SHARED_H
#define NFLUA_SHARED_H

#include "lua.h"

/* Bytes that a step of the collector works for, as a power of 2. */
#define NFLUA_GC_STEP_LOG2	13

/* Longest subject of a pattern while the runtime is locked, in bytes. */
#define NFLUA_SUBJECT_MAX	(256 << 10)
/* Most steps of a pattern's class over its subject between two polls. */
#define NFLUA_CLASS_STEPS_MAX	(4 << 20)

/* The same while nobody waits: it keeps one step below a second. */
#define NFLUA_CLASS_STEPS_BUILD	(256 << 20)

/* Longest string, in bytes, so that what goes over one in one piece is short. */
#define NFLUA_STRING_MAX	(NFLUA_BLOCK_MAX - sizeof(TString))

/* Labels and gotos without a label at a time; each is compared with each. */
#define NFLUA_GOTOS_MAX		2000

/* Handlers of __call that themselves are no functions, one after the other. */
#define NFLUA_CALL_CHAIN_MAX	100

/* A string that is longer is no number; Lua would go over all of it. */
#define NFLUA_NUMERAL_MAX	1024

void nflua_gc_collect(lua_State *L);

/* Raises 'C stack overflow' when the stack has come to a limit of the call's. */
void nflua_look_at_stack(lua_State *L);

/* As Lua has it, but never a part of others, whose frames it would make larger. */
void luaD_errerr(lua_State *L) __attribute__((__noinline__));

/*
 * The same where an error is being raised: past the hard limit that is to be one
 * without a text of its own, as making it takes stack.
 */
void nflua_look_before_text(lua_State *L);

/* As lua_load(), but no message handler runs while it parses. */
int nflua_load(lua_State *L, lua_Reader reader, void *ud, const char *name,
	       const char *mode);

/* Raises an error when the string at @arg is too long to scan in one go. */
void nflua_check_subject(lua_State *L, int arg);

/* Steps along lists of jumps between two looks at the clock. */
#define NFLUA_JUMPS_PER_LOOK	256

/*
 * The code generator goes along a list of jumps: each term of a condition that has
 * many does, from the first one on.
 */
static inline void nflua_look_at_jump(lua_State *L)
{
	struct nflua_host *host = nflua_host(L);

	if (++host->call.jumps % NFLUA_JUMPS_PER_LOOK == 0 && host->call.attention)
		nflua_attend_parser(L);
}

/* Returns whether @f is a function that scripts are offered: in which library, by which name. */
int nflua_offered(lua_CFunction f, const char **library, const char **name);

/* Returns whether @f is what the engine itself calls, which no traceback shows. */
int nflua_engine_is_own(lua_CFunction f);

/*
 * Pushes the name of the function on top, "library.function", if it is a C function
 * that scripts are offered. Takes no memory but for the string.
 */
int nflua_find_name(lua_State *L);

int nflua_open_base(lua_State *L);
int nflua_open_coroutine(lua_State *L);
int nflua_open_string(lua_State *L);
int nflua_open_table(lua_State *L);
int nflua_open_utf8(lua_State *L);
int nflua_open_math(lua_State *L);
int nflua_open_debug(lua_State *L);

#endif
