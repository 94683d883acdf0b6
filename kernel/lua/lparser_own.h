/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For lparser.c: refuses the operators that only floats have. */

static void refuse_float(LexState *ls, BinOpr op)
{
	nflua_host(ls->L)->call.refused_float = op == OPR_DIV || op == OPR_POW;
	if (op == OPR_DIV)
		luaX_syntaxerror(ls,
			"operator '/' needs floating point, use '//'");
	if (op == OPR_POW)
		luaX_syntaxerror(ls, "operator '^' needs floating point");
}
