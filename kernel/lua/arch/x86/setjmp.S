/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lua's error handling. longjmp restores the registers, puts the saved return address on
 * the saved stack, and returns. That is no indirect jump, so objtool, retpolines and IBT
 * need nothing special.
 */
#include <linux/linkage.h>

	.text

/* int nflua_setjmp(nflua_jmpbuf buf) */
SYM_FUNC_START(nflua_setjmp)
	movq	(%rsp), %rax
	movq	%rbx, (%rdi)
	movq	%rbp, 8(%rdi)
	movq	%r12, 16(%rdi)
	movq	%r13, 24(%rdi)
	movq	%r14, 32(%rdi)
	movq	%r15, 40(%rdi)
	movq	%rsp, 48(%rdi)
	movq	%rax, 56(%rdi)
	xorl	%eax, %eax
	RET
SYM_FUNC_END(nflua_setjmp)

/* void nflua_longjmp(nflua_jmpbuf buf, int value) */
SYM_FUNC_START(nflua_longjmp)
	movl	%esi, %eax
	movq	(%rdi), %rbx
	movq	8(%rdi), %rbp
	movq	16(%rdi), %r12
	movq	24(%rdi), %r13
	movq	32(%rdi), %r14
	movq	40(%rdi), %r15
	movq	56(%rdi), %rdx
	movq	48(%rdi), %rsp
	movq	%rdx, (%rsp)
	RET
SYM_FUNC_END(nflua_longjmp)
