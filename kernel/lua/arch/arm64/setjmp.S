/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua's error handling: the registers that a call preserves (AAPCS64), and x18, which
 * points into the shadow call stack where the kernel has one. The return address is
 * saved as the call left it, before the caller would sign it.
 */
#include <linux/linkage.h>

	.text

/* int nflua_setjmp(nflua_jmpbuf buf) */
SYM_FUNC_START(nflua_setjmp)
	stp	x19, x20, [x0]
	stp	x21, x22, [x0, #16]
	stp	x23, x24, [x0, #32]
	stp	x25, x26, [x0, #48]
	stp	x27, x28, [x0, #64]
	stp	x29, x30, [x0, #80]
	mov	x1, sp
	stp	x1, x18, [x0, #96]
	mov	w0, #0
	ret
SYM_FUNC_END(nflua_setjmp)

/* void nflua_longjmp(nflua_jmpbuf buf, int value) */
SYM_FUNC_START(nflua_longjmp)
	ldp	x19, x20, [x0]
	ldp	x21, x22, [x0, #16]
	ldp	x23, x24, [x0, #32]
	ldp	x25, x26, [x0, #48]
	ldp	x27, x28, [x0, #64]
	ldp	x29, x30, [x0, #80]
	ldp	x2, x18, [x0, #96]
	mov	sp, x2
	mov	w0, w1
	ret
SYM_FUNC_END(nflua_longjmp)
