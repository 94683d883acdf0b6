// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The C stack: what Lua may use of it.
 *
 * A level of nested calls through C costs Lua 0.7 to 1.1 KB of a stack of
 * 16 KB, part of which the way here has used already. So what is left decides,
 * not a count: past 'soft' Lua reports 'C stack overflow', the space down to
 * 'hard' is for the handlers of that error, and below it only functions that
 * call nothing of Lua's go on. OVERSHOOT is what these take, UNUSED what the
 * allocator (which may have to reclaim memory) and the rest of the kernel find
 * in any case.
 */
#include <linux/sched.h>
#include <linux/sched/task_stack.h>

#include "call.h"

#define UNUSED		4096
#define OVERSHOOT	1280
#define RESERVE		2048

/*
 * Softirqs run on a stack of their CPU, whose bounds modules cannot see; as
 * large as a task's on x86. This much is taken to be used on the way here.
 */
#define SOFTIRQ_USED	4608

void nflua_stack_enter(struct nflua_port *port)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	unsigned long bottom = (unsigned long)task_stack_page(current);

	if (sp - bottom >= THREAD_SIZE)
		bottom = sp + SOFTIRQ_USED - THREAD_SIZE;
	port->stack_hard = bottom + UNUSED + OVERSHOOT;
	port->stack_soft = port->stack_hard + RESERVE;
	port->overflowed = 0;
}

/*
 * What Lua is to compare its count of C calls with when stack runs low. It
 * reports an overflow when they are equal, and asks twice (lstate.c,
 * luaE_checkcstack); goes on while its own is smaller, as the handlers of the
 * error must; and gives up when its own is much larger.
 */
unsigned int nflua_ccalls_low(lua_State *L)
{
	struct nflua_port *port = nflua_port(L);
	unsigned int now = nflua_engine_ccalls(L);

	if (nflua_stack_low(L, stack_hard))
		return 1;
	if (port->overflowed < 2) {
		port->overflowed++;
		return now;
	}
	return now + 1;
}
