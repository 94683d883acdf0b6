/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Lua's patched files and our own share with each other. */
#ifndef NFLUA_SHARED_H
#define NFLUA_SHARED_H

#include "lua.h"

/* Bytes that a step of the collector works for, as a power of 2. */
#define NFLUA_GC_STEP_LOG2	13

/* Longest subject of a pattern while the runtime is locked, in bytes. */
#define NFLUA_SUBJECT_MAX	(256 << 10)
/* Most steps of a pattern's class over its subject between two polls. */
#define NFLUA_CLASS_STEPS_MAX	(4 << 20)

/* The same while the runtime is not locked: about a second at most. */
#define NFLUA_CLASS_STEPS_BUILD	(256 << 20)

/* Longest string, in bytes, so that a pass over one is short. */
#define NFLUA_STRING_MAX	(NFLUA_BLOCK_MAX - sizeof(TString))

/*
 * Errors and tracebacks name variables and functions up to this instruction of a function,
 * and over so many moves from one register to another.
 */
#define NFLUA_NAMED_PC_MAX	4000
#define NFLUA_NAMED_MOVES_MAX	4

/* Labels, and gotos without a label, at a time; each is compared with each. */
#define NFLUA_GOTOS_MAX		2000

/* Names and constants of a chunk for which there is room from the beginning. */
#define NFLUA_SCANNER_NAMES	64

/* Longest chain of __call handlers that are no functions. */
#define NFLUA_CALL_CHAIN_MAX	100

/* Bytes of a string that a loop goes over between two polls. */
#define NFLUA_BYTES_PER_POLL	4096

/* Longest string that may be a number, in bytes, as Lua would go over all of it. */
#define NFLUA_NUMERAL_MAX	1024

void nflua_gc_collect(lua_State *L);

/* Raises 'C stack overflow' if the stack is past a limit of the call. */
void nflua_look_at_stack(lua_State *L);

/* Never inlined, as that would make the frames of other functions larger. */
void luaD_errerr(lua_State *L) __attribute__((__noinline__));

/*
 * Called before the text of an error is made, which takes stack. Past the hard limit,
 * raises an error with a fixed text instead.
 */
void nflua_look_before_text(lua_State *L);

/* Does what lua_load() does, but no message handler runs while it parses. */
int nflua_load(lua_State *L, lua_Reader reader, void *ud, const char *name,
	       const char *mode);

/* Raises an error if the string at @arg is too long to scan in one go. */
void nflua_check_subject(lua_State *L, int arg);

/* Steps along lists of jumps between two checks whether the call must stop. */
#define NFLUA_JUMPS_PER_LOOK	256

/*
 * Called by the code generator for each step along a list of jumps. In a long condition,
 * each term goes along the whole list.
 */
static inline void nflua_look_at_jump(lua_State *L)
{
	struct nflua_host *host = nflua_host(L);

	if (++host->call.jumps % NFLUA_JUMPS_PER_LOOK == 0 && host->call.attention)
		nflua_attend_parser(L);
}

/* Returns whether @f is offered to scripts. Sets the name of its library, and its own. */
int nflua_offered(lua_CFunction f, const char **library, const char **name);

/* Returns whether @f is a function of the engine itself, which no traceback shows. */
int nflua_engine_is_own(lua_CFunction f);

/*
 * Pushes the name of the function on top, "library.function", if it is a C function that
 * is offered to scripts. Returns whether it is. Takes memory only for the string.
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
