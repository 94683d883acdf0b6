/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setjmp.S saves: rbx, rbp, r12 to r15, rsp, the return address. */
#define NFLUA_JMPBUF_WORDS	8
