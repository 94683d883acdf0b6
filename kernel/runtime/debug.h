/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knobs for tests, which cost nothing while nobody has written to them; see debug.c. */
#ifndef NFLUA_DEBUG_H
#define NFLUA_DEBUG_H

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_FALSE(nflua_debug_allocs);
DECLARE_STATIC_KEY_FALSE(nflua_debug_stacks);
DECLARE_STATIC_KEY_FALSE(nflua_debug_holds);
extern unsigned int nflua_debug_taken;
extern unsigned int nflua_debug_idle_ticks;
extern bool nflua_debug_fail_load;
bool __nflua_debug_fail_alloc(void);
void __nflua_debug_paint_stack(void);
void __nflua_debug_read_stack(void);

/* Moments that a test can make last, so that something else can come in between. */
enum nflua_debug_point {
	NFLUA_HOLD_FIGURES,	/* a CPU's statistics are being read */
	NFLUA_HOLD_BEGINS,	/* a call has a number, and no tick sees it yet */
	NFLUA_HOLD_ENDS,	/* no tick sees the call any more */
	NFLUA_HOLD_CLOSES,	/* a socket has no port any more */
	NFLUA_HOLD_FINDS,	/* a runtime was found, and is not held yet */
	NFLUA_HOLD_WAITS,	/* an exec waits for its turn */
	NFLUA_HOLD_SENDS,	/* a script sends, and nothing is in the queue yet */
	NFLUA_HOLDS
};

void __nflua_debug_hold(enum nflua_debug_point point);

static inline void nflua_debug_hold(enum nflua_debug_point point)
{
	if (static_branch_unlikely(&nflua_debug_holds))
		__nflua_debug_hold(point);
}

/* Returns whether this allocation of Lua must fail. */
static inline bool nflua_debug_fail_alloc(void)
{
	return static_branch_unlikely(&nflua_debug_allocs) &&
	       __nflua_debug_fail_alloc();
}

/* Returns how many more bytes of the C stack Lua must leave unused. */
static inline unsigned int nflua_debug_stack_taken(void)
{
	return static_branch_unlikely(&nflua_debug_stacks) ?
	       READ_ONCE(nflua_debug_taken) : 0;
}

/* Called before and after a call, to measure how much of the C stack it uses. */
static inline void nflua_debug_paint_stack(void)
{
	if (static_branch_unlikely(&nflua_debug_stacks))
		__nflua_debug_paint_stack();
}

static inline void nflua_debug_read_stack(void)
{
	if (static_branch_unlikely(&nflua_debug_stacks))
		__nflua_debug_read_stack();
}

#endif
