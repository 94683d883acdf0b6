/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua's configuration for the kernel. It changes that of Lua itself, which the build has
 * copied to luaconf-pristine.h.
 */
#ifndef NFLUA_LUACONF_H
#define NFLUA_LUACONF_H

#include "luaconf-pristine.h"
#include "host.h"

/* All of Lua is in one module. objtool and 6.1 do not allow noreturn here. */
#undef LUAI_FUNC
#define LUAI_FUNC		extern
#define l_noret			void

/*
 * Numbers are integers. Lua's type for floats is an integer, too, and no value of it is
 * ever made: everything that would make one raises an error (*_own.h, nofloat below).
 */
#undef LUA_NUMBER
#undef LUAI_UACNUMBER
#undef LUA_NUMBER_FRMLEN
#undef LUA_NUMBER_FMT
#undef l_floatatt
#undef l_mathop
#undef l_floor
#undef lua_numbertointeger
#undef lua_number2str
#undef lua_str2number
#undef lua_strx2number
#undef lua_number2strx
#undef lua_getlocaledecpoint
#define LUA_NUMBER		long long
#define LUAI_UACNUMBER		long long
#define LUA_NUMBER_FRMLEN	"ll"
#define LUA_NUMBER_FMT		"%lld"
#define l_floatatt(n)		NFLUA_FLT_##n
#define NFLUA_FLT_MANT_DIG	63
#define NFLUA_FLT_MAX_10_EXP	18
#define l_mathop(op)		(long long)op	/* see math.h */
#define l_floor(n)		(n)
#define l_hashfloat(n)		((int)(n))
#define lua_numbertointeger(n, p)	(*(p) = (n), 1)
#define lua_number2str(s, sz, n)	l_sprintf((s), (sz), LUA_NUMBER_FMT, (n))
#define lua_str2number(s, p)	(*(p) = (char *)(s), 0)
#define lua_strx2number(s, p)	lua_str2number(s, p)
#define lua_number2strx(L, b, sz, f, n)	((void)(b), (void)(f), (void)(n), 0)
#define lua_getlocaledecpoint()	'.'
#define luai_numdiv(L, a, b)	((void)(a), (void)(b), nflua_nofloat(L, "/"))
#define luai_numpow(L, a, b)	((void)(a), (void)(b), nflua_nofloat(L, "^"))
#define luai_numidiv(L, a, b)	((void)(L), (void)(a), (b))

/* Protected calls; the buffer holds rbx, rbp, r12 to r15, rsp and rip. */
#define LUAI_THROW(L, c)	nflua_longjmp((c)->b, 1)
#define LUAI_TRY(L, c, a)	{ if (nflua_setjmp((c)->b) == 0) { a } }
#define luai_jmpbuf		nflua_jmpbuf

#undef LUAI_MAXSTACK
#define LUAI_MAXSTACK		60000	/* 960 KB, 20,000 Lua calls deep */
#undef LUAL_BUFFERSIZE
#define LUAL_BUFFERSIZE		128
#define MAXCCALLS		32	/* levels of a string pattern */
#define LUA_MAXCAPTURES		16
#undef LUAI_MAXALIGN
#define LUAI_MAXALIGN		long long n; void *s; long l

#define l_signalT		int
#define luai_makeseed(L)	nflua_seed()
#define l_randomizePivot()	nflua_seed()
#define lua_writestring(s, n)	((void)(s), (void)(n))
#define lua_writeline()		((void)0)
#define lua_writestringerror(s, p)	((void)(s), (void)(p))

#undef lua_pointer2str
#define lua_pointer2str(buf, sz, p)	l_sprintf(buf, sz, "%p", p)

#endif
