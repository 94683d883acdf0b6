/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What setjmp.S has of the kernel's. */
#undef nflua_longjmp		/* see host.c */

#define SYM_FUNC_START(name)	.globl name; .type name, @function; name:
#define SYM_FUNC_END(name)	.size name, . - name
#define RET			ret

	.section .note.GNU-stack, "", @progbits
