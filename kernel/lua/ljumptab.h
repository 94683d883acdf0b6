/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The jump table of luaV_execute, in the section where objtool looks for it.
 * The build makes jumptab.inc, with one label for each opcode, from lopcodes.h.
 */
#undef vmdispatch
#undef vmcase
#undef vmbreak

#define vmdispatch(x)	goto *disptab[x];
#define vmcase(l)	L_##l:
#define vmbreak		vmfetch(); vmdispatch(GET_OPCODE(i));

static const void *const disptab[NUM_OPCODES] __annotate_jump_table = {
#include "jumptab.inc"
};
