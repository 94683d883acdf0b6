// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The budget of packet calls. Reading a clock in every call would cost more
 * than most calls do; instead a timer of each CPU ticks while calls come in,
 * and a call that a tick finds again, after its budget since the tick that
 * saw it first, is told to end. Another tick a millisecond later tells it
 * again, should the hook have been missed in the moment that it was set.
 */
#include <linux/cpuhotplug.h>

#include "call.h"

#define TICK_NS		(4 * NSEC_PER_MSEC)
#define AGAIN_NS	NSEC_PER_MSEC

DEFINE_PER_CPU(struct nflua_watch, nflua_watch);

/* Of what is told when a CPU comes. */
static enum cpuhp_state hotplug;

/* Hard interrupt: the call is below us on this very CPU and stands still. */
static void end_call(struct nflua_call *call)
{
	call->killed = NFLUA_ERROR_BUDGET;
	call->runtime->port.attention = 1;
	if (call->running)	/* else it has not entered Lua yet */
		nflua_engine_hook(call->running, 1);
}

static u64 look_at_call(struct nflua_watch *w)
{
	ktime_t now = ktime_get();
	u64 spent;

	if (w->seen != w->serial) {
		w->seen = w->serial;
		w->seen_at = now;
		return min_t(u64, TICK_NS, w->call->budget_ns);
	}
	spent = ktime_to_ns(ktime_sub(now, w->seen_at));
	if (spent < w->call->budget_ns)
		return min_t(u64, TICK_NS, w->call->budget_ns - spent);
	end_call(w->call);
	return AGAIN_NS;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct nflua_watch *w = container_of(timer, struct nflua_watch, timer);
	u64 next = TICK_NS;

	if (w->call) {
		w->idle = 0;
		next = look_at_call(w);
	} else if (w->ticked != w->serial) {
		/* That there were calls; none of them was seen here. */
		w->ticked = w->serial;
		w->idle = 0;
	} else if (++w->idle >= READ_ONCE(nflua_debug_idle_ticks)) {
		w->running = false;
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(next));
	return HRTIMER_RESTART;
}

/* BHs are off. */
void nflua_watch_start(struct nflua_watch *w)
{
	w->running = true;
	w->idle = 0;
	hrtimer_start(&w->timer, ns_to_ktime(TICK_NS),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/* How long a call took that a tick saw, in ns; 0 when that was less than one. */
u64 nflua_watch_long(const struct nflua_watch *w)
{
	s64 ns = ktime_to_ns(ktime_sub(ktime_get(), w->seen_at)) + TICK_NS / 2;

	return ns >= TICK_NS ? ns : 0;
}

/*
 * The timer of a CPU that went has gone to another one, and may tick there until it
 * has seen no call for long enough. @cpu is about to come back, and does not run yet:
 * its first call is to start the timer where it belongs.
 */
static int before_cpu_comes(unsigned int cpu)
{
	struct nflua_watch *w = per_cpu_ptr(&nflua_watch, cpu);

	hrtimer_cancel(&w->timer);
	w->running = false;
	return 0;
}

int nflua_watch_init(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu) {
		struct nflua_watch *w = per_cpu_ptr(&nflua_watch, cpu);

		hrtimer_init(&w->timer, CLOCK_MONOTONIC,
			     HRTIMER_MODE_REL_PINNED_HARD);
		w->timer.function = tick;
	}
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "net/nflua:prepare",
					before_cpu_comes, NULL);
	if (err < 0)
		return err;
	hotplug = err;
	return 0;
}

/* No call can come any more. */
void nflua_watch_exit(void)
{
	int cpu;

	cpuhp_remove_state_nocalls(hotplug);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&nflua_watch, cpu)->timer);
}
