// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The code generator, as it is but for grow.h, and for a look at the clock where it
 * goes along a list of jumps: each term of a condition that has many does, from the
 * first one on.
 */
#define lcode_c
#define LUA_CORE

#include "lprefix.h"
#include "llex.h"
#include "lmem.h"
#include "lopcodes.h"
#include "lparser.h"
#include "grow.h"

/* Steps along such lists between two looks. */
#define LOOK_AFTER	256

/* Stands for nothing; those who go along a list have one of their own. */
static FuncState *fs;

static int jump(FuncState *of, Instruction i)
{
	struct nflua_port *port = of ? nflua_port(of->ls->L) : NULL;

	if (port && ++port->jumps % LOOK_AFTER == 0 && port->attention)
		nflua_attend_parser(of->ls->L);
	return getarg(i, POS_sJ, SIZE_sJ) - OFFSET_sJ;
}

#undef GETARG_sJ
#define GETARG_sJ(i)	jump(fs, i)
#include "lcode.c"
