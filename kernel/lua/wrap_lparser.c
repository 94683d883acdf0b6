// SPDX-License-Identifier: GPL-2.0-or-later
/* The parser, which refuses the operators that only floats have. */
#define lparser_c
#define LUA_CORE

#include "lprefix.h"
#include "llex.h"
#include "lcode.h"
#include "lparser.h"

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
