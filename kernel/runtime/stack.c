// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The C stack: how much of it Lua may use.
 *
 * A level of nested calls through C costs Lua 0.7 to 1.1 KB of a stack of 16 KB, part of
 * which is in use before Lua begins. So the limit is not a number of levels, but the
 * stack that is left. Past 'soft' Lua reports 'C stack overflow'. The space down to
 * 'hard' is for the handlers of that error. Below it only functions that call nothing of
 * Lua go on.
 *
 * OVERSHOOT is for these: the most that our code uses between two looks at the stack,
 * which scripts/stack-check proves for the modules that scripts/test builds. MEANWHILE is
 * what the kernel may use at that moment on the same stack. UNUSED is left for the
 * allocator (which may have to reclaim memory) and the rest of the kernel;
 * tests/vm/limits/stack.test.py can measure what they use.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>

#include "runtime/debug.h"
#include "runtime/stack.h"

/* KASAN doubles the stacks, and makes frames larger, too. */
#define SCALE		(THREAD_SIZE / SZ_16K)
#define UNUSED		(4096 * SCALE)
#define OVERSHOOT	(1536 * SCALE)
#define RESERVE		(2048 * SCALE)

/*
 * For switching to another task, if the call may sleep, or for an interrupt, on the stack
 * that softirqs share with interrupts. On other stacks an interrupt takes only its first
 * steps.
 */
#define MEANWHILE	(1280 * SCALE)
#define FIRST_STEPS	(256 * SCALE)

/* What Lua needs to run anything at all and to report an error. */
#define LEAST		(1024 * SCALE)

/*
 * If the pages of the stack are unknown, it is assumed to be as large as a task's, and to
 * have this many bytes in use already.
 */
#define USED_GUESS	4608

/* The lowest address of this CPU's stack for softirqs, once it is known. */
static DEFINE_PER_CPU(unsigned long, irq_stack_bottom);

/*
 * Returns the lowest address of the stack for softirqs that @sp is in. The kernel does
 * not tell modules where it is. But it is mapped in the vmalloc area with a hole below
 * it, so it ends at the first missing page. Softirq context.
 */
static unsigned long find_irq_stack(unsigned long sp)
{
	unsigned long page = sp & PAGE_MASK;

	if (!is_vmalloc_addr((void *)sp))
		return sp + USED_GUESS - THREAD_SIZE;
	while (sp - page < THREAD_SIZE &&
	       vmalloc_to_page((void *)(page - PAGE_SIZE)))
		page -= PAGE_SIZE;
	this_cpu_write(irq_stack_bottom, page);
	return page;
}

static unsigned long softirq_bottom(unsigned long sp)
{
	unsigned long bottom = this_cpu_read(irq_stack_bottom);

	if (likely(sp - bottom < THREAD_SIZE))
		return bottom;
	return find_irq_stack(sp);
}

unsigned long nflua_stack_bottom(unsigned long sp)
{
	unsigned long bottom = (unsigned long)task_stack_page(current);

	return sp - bottom < THREAD_SIZE ? bottom : softirq_bottom(sp);
}

/* Sets the limits of a call. Returns false if there is too little from @sp to @bottom. */
static bool measure(struct nflua_host *host, unsigned long sp,
		    unsigned long bottom)
{
	host->call.stack_hard = bottom + UNUSED + OVERSHOOT +
			   nflua_debug_stack_taken();
	host->call.stack_soft = host->call.stack_hard + RESERVE;
	host->call.overflowed = 0;
	return sp >= host->call.stack_soft + LEAST;
}

static noinline bool enter_softirq(struct nflua_host *host, unsigned long sp)
{
	return measure(host, sp, softirq_bottom(sp) + MEANWHILE);
}

bool nflua_stack_enter(struct nflua_host *host, bool may_sleep)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	unsigned long bottom = (unsigned long)task_stack_page(current);

	if (sp - bottom >= THREAD_SIZE)
		return enter_softirq(host, sp);
	return measure(host, sp,
		       bottom + (may_sleep ? MEANWHILE : FIRST_STEPS));
}
