// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parser, which refuses the operators that only floats have, and takes no
 * more pending gotos than it can look through in a moment.
 */
#define lparser_c
#define LUA_CORE

#include "lprefix.h"
#include "llex.h"
#include "lcode.h"
#include "lmem.h"
#include "lparser.h"

/* Labels and gotos without a label at a time; each is compared with each. */
#define GOTOS_MAX	2000

#define NFLUA_VECTOR_LIMIT(v, t, limit)					\
	_Generic((v), Labeldesc *: GOTOS_MAX, default: luaM_limitN(limit, t))
#include "grow.h"

static void infix(LexState *ls, FuncState *fs, BinOpr op, expdesc *v)
{
	nflua_port(ls->L)->refused_float = op == OPR_DIV || op == OPR_POW;
	if (op == OPR_DIV)
		luaX_syntaxerror(ls,
			"operator '/' needs floating point, use '//'");
	if (op == OPR_POW)
		luaX_syntaxerror(ls, "operator '^' needs floating point");
	luaK_infix(fs, op, v);
}

#define luaK_infix(fs, op, v) infix(ls, fs, op, v)
#include "lparser.c"
