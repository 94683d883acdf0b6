/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the wrapped files of Lua give to each other and to those of ours. */
#ifndef NFLUA_PORT_LUA_H
#define NFLUA_PORT_LUA_H

#include "lua.h"

/* Bytes that a step of the collector works for, as a power of 2. */
#define NFLUA_GC_STEP_LOG2	13

/* Longest subject of a pattern while the runtime is locked, in bytes. */
#define NFLUA_SUBJECT_MAX	(256 << 10)
/* Most steps of a pattern's class over its subject between two polls. */
#define NFLUA_CLASS_STEPS_MAX	(4 << 20)

/* The same while nobody waits: it keeps one step below a second. */
#define NFLUA_CLASS_STEPS_BUILD	(256 << 20)

/* A string that is longer is no number; Lua would go over all of it. */
#define NFLUA_NUMERAL_MAX	1024

void nflua_gc_collect(lua_State *L);

/* As lua_load(), but no message handler runs while it parses. */
int nflua_load(lua_State *L, lua_Reader reader, void *ud, const char *name,
	       const char *mode);

/* Raises an error when the string at @arg is too long to scan in one go. */
void nflua_check_subject(lua_State *L, int arg);

int nflua_open_base(lua_State *L);
int nflua_open_coroutine(lua_State *L);
int nflua_open_string(lua_State *L);
int nflua_open_table(lua_State *L);
int nflua_open_utf8(lua_State *L);
int nflua_open_math(lua_State *L);
int nflua_open_debug(lua_State *L);

#endif
