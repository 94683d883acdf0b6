// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The C stack: what Lua may use of it.
 *
 * A level of nested calls through C costs Lua 0.7 to 1.1 KB of a stack of
 * 16 KB, part of which the way here has used already. So what is left decides,
 * not a count: past 'soft' Lua reports 'C stack overflow', the space down to
 * 'hard' is for the handlers of that error, and below it only functions that
 * call nothing of Lua's go on. OVERSHOOT is what these take: the most that our code
 * does between two looks at the stack, which scripts/stack-check proves of the
 * modules that scripts/test builds. MEANWHILE is what the kernel may do at that moment on the same stack,
 * UNUSED what the allocator (which may have to reclaim memory) and the rest of
 * the kernel find in any case; tests/vm/limits/stack.test.py can measure what they take.
 */
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/sizes.h>

#include "runtime/debug.h"
#include "runtime/stack.h"

/* KASAN, which doubles the stacks, makes their frames larger too. */
#define SCALE		(THREAD_SIZE / SZ_16K)
#define UNUSED		(4096 * SCALE)
#define OVERSHOOT	(1536 * SCALE)
#define RESERVE		(2048 * SCALE)

/*
 * The way to another task, where the call may sleep. An interrupt, on the stack
 * that softirqs share with them; elsewhere its first steps only.
 */
#define MEANWHILE	(1280 * SCALE)
#define FIRST_STEPS	(256 * SCALE)

/* What Lua needs to run anything at all and to report an error. */
#define LEAST		(1024 * SCALE)

/*
 * Where the pages of the stack are unknown, this much of one that is as large
 * as a task's is taken to be used on the way here.
 */
#define USED_GUESS	4608

/* The lowest address of this CPU's stack for softirqs, once it was seen. */
static DEFINE_PER_CPU(unsigned long, irq_stack_bottom);

/*
 * Nothing that modules see says where that stack is; but it is mapped in the
 * vmalloc area with a hole below it, and the first page that is not there is
 * the hole. Softirq context.
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

/* The lowest address of the stack that @sp is in. */
unsigned long nflua_stack_bottom(unsigned long sp)
{
	unsigned long bottom = (unsigned long)task_stack_page(current);

	return sp - bottom < THREAD_SIZE ? bottom : softirq_bottom(sp);
}

/* False: from @sp down to @bottom there is too little. */
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

/*
 * Takes the measure of the stack for a call; false: there is too little left.
 * @may_sleep: so may the call, at any depth
 */
bool nflua_stack_enter(struct nflua_host *host, bool may_sleep)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	unsigned long bottom = (unsigned long)task_stack_page(current);

	if (sp - bottom >= THREAD_SIZE)
		return enter_softirq(host, sp);
	return measure(host, sp,
		       bottom + (may_sleep ? MEANWHILE : FIRST_STEPS));
}
