/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setjmp.S saves: x19 to x30, sp, x18. */
#define NFLUA_JMPBUF_WORDS	14
