/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watchdog of each CPU, which ends packet calls that use up their budget. */
#ifndef NFLUA_BUDGET_H
#define NFLUA_BUDGET_H

#include <linux/hrtimer.h>
#include <linux/math.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/time64.h>

#include "compat.h"
#include "runtime/debug.h"

struct nflua_call;

/* The time between two ticks. Budgets are whole ticks. */
#define NFLUA_TICK_NS	(4 * NSEC_PER_MSEC)

/*
 * The watchdog of a CPU; see budget.c. It is used only on its own CPU: under @lock, with
 * BHs off, or by the timer itself; and, before a CPU comes, by who brings it up.
 */
struct nflua_watchdog {
	local_lock_t lock;	/* held for the whole call */
	struct hrtimer timer;
	struct nflua_call *call;
	struct task_struct *task;	/* that runs the call; PREEMPT_RT only */
	unsigned int serial;	/* number of the call, or of the last one */
	unsigned int ticked;	/* serial at the last tick that found no call */
	unsigned int idle;	/* ticks since the last call */
	unsigned int seen;	/* serial of the last call that a tick found running */
	ktime_t seen_at;	/* when a tick found it last */
	u64 spent;		/* of its budget, in ns */
	bool gap;		/* since then the CPU was taken from it */
	bool spared;		/* the last tick did not count, because of a gap */
	bool running;		/* the timer is on */
};

DECLARE_PER_CPU(struct nflua_watchdog, nflua_watchdog);

void nflua_watchdog_start(struct nflua_watchdog *w);
u64 nflua_watchdog_time(const struct nflua_watchdog *w);

/* Returns the budget that is in force when @usec microseconds are asked for. */
static inline u32 nflua_budget_round(u32 usec)
{
	return roundup(usec, (u32)(NFLUA_TICK_NS / NSEC_PER_USEC));
}

/* Begins the budget of @call. BHs are off. */
static inline void nflua_budget_begin(struct nflua_call *call)
{
	struct nflua_watchdog *w = this_cpu_ptr(&nflua_watchdog);

	nflua_local_lock_bh(&nflua_watchdog.lock);
	WRITE_ONCE(w->serial, w->serial + 1);
	nflua_debug_hold(NFLUA_HOLD_BEGINS);
	if (IS_ENABLED(CONFIG_PREEMPT_RT))
		WRITE_ONCE(w->task, current);
	WRITE_ONCE(w->call, call);
	barrier();	/* a tick from here on sees the call */
	if (unlikely(!READ_ONCE(w->running)))
		nflua_watchdog_start(w);
}

/* Ends the budget. Returns how long the call took in ns, or 0 if less than a tick. */
static inline u64 nflua_budget_end(void)
{
	struct nflua_watchdog *w = this_cpu_ptr(&nflua_watchdog);
	u64 ns;

	WRITE_ONCE(w->call, NULL);
	barrier();	/* no tick from here on touches the call */
	nflua_debug_hold(NFLUA_HOLD_ENDS);
	ns = unlikely(w->seen == w->serial) ? nflua_watchdog_time(w) : 0;
	nflua_local_unlock_bh(&nflua_watchdog.lock);
	return ns;
}

int nflua_budget_init(void);
void nflua_budget_exit(void);

#endif
