// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The budget of packet calls. Reading a clock in every call would cost more than most
 * calls do. Instead each CPU has a timer, which ticks while calls come in. A tick that
 * finds the same call as the last tick counts against its budget. When the budget is used
 * up, the call is told to end. A tick a millisecond later tells it again, in case the
 * hook was missed at the moment it was set.
 *
 * The budget is the script's time, not the clock's. If the CPU was taken from the call
 * (by a host from its guest, by firmware, with PREEMPT_RT by another task), two ticks may
 * find a call that has hardly run between them. So the first tick after such a gap does
 * not count, and the next one comes a whole tick later. Of two ticks in a row one counts,
 * so that a call from which the CPU is taken again and again ends, too. A gap costs at
 * most one tick, however long it is.
 */
#include <linux/cpuhotplug.h>
#include <linux/sched.h>

#include "runtime/budget.h"
#include "runtime/runtime.h"

#define TICK_NS		NFLUA_TICK_NS
#define AGAIN_NS	NSEC_PER_MSEC

/* A tick that is late by this much shows that the CPU was taken away. */
#define LATE_NS		NSEC_PER_MSEC

DEFINE_PER_CPU(struct nflua_watchdog, nflua_watchdog) = {
	.lock = INIT_LOCAL_LOCK(lock),
};

/* The hotplug state of before_cpu_comes(). */
static enum cpuhp_state hotplug;

/* Hard interrupt: the call is what this CPU was running, and stands still. */
static void end_call(struct nflua_call *call)
{
	call->killed = NFLUA_ERROR_BUDGET;
	call->runtime->host.call.attention = 1;
	if (call->running)	/* else it has not entered Lua yet */
		nflua_engine_hook(call->running, 1);
}

/*
 * Returns whether the tick interrupts the call. With PREEMPT_RT it may interrupt another
 * task, which runs even while the call has bottom halves off. The call still stays on
 * this CPU, and no other call begins there, as the watchdog is locked.
 */
static bool is_running(const struct nflua_watchdog *w)
{
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || w->task == current;
}

/* Notes a call that a tick found for the first time. */
static void find_call(struct nflua_watchdog *w)
{
	w->seen = w->serial;
	w->spent = 0;
	w->gap = false;
	w->spared = false;
}

/* Counts another tick for the same call. @ns: time since the last one, without a gap */
static void count_tick(struct nflua_watchdog *w, u64 ns)
{
	w->spared = w->gap && !w->spared;
	if (!w->spared)
		w->spent += ns;
	w->gap = false;
}

/* Returns the time until the next tick, in ns. */
static u64 look_at_call(struct nflua_watchdog *w, ktime_t now, bool late)
{
	u64 budget = w->call->budget_ns;

	if (!is_running(w)) {
		w->gap = true;
		return AGAIN_NS;
	}
	w->seen_at = now;
	if (w->seen != w->serial) {
		find_call(w);
		return TICK_NS;
	}
	w->gap |= late;
	count_tick(w, w->spent < budget ? TICK_NS : AGAIN_NS);
	if (w->spent < budget)
		return TICK_NS;
	end_call(w->call);
	return AGAIN_NS;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct nflua_watchdog *w = container_of(timer, struct nflua_watchdog, timer);
	ktime_t now = ktime_get();
	s64 delay = ktime_to_ns(ktime_sub(now, hrtimer_get_expires(timer)));
	u64 next = TICK_NS;

	if (w->call) {
		w->idle = 0;
		next = look_at_call(w, now, delay >= LATE_NS);
	} else if (w->ticked != w->serial) {
		/* There were calls, but no tick has seen one of them. */
		w->ticked = w->serial;
		w->idle = 0;
	} else if (++w->idle >= READ_ONCE(nflua_debug_idle_ticks)) {
		w->running = false;
		return HRTIMER_NORESTART;
	}
	/* From now on, as after a missed tick the next one would be due at once. */
	hrtimer_set_expires(timer, ktime_add_ns(now, next));
	return HRTIMER_RESTART;
}

/* Starts the timer of this CPU. BHs are off. */
void nflua_watchdog_start(struct nflua_watchdog *w)
{
	w->running = true;
	w->idle = 0;
	hrtimer_start(&w->timer, ns_to_ktime(TICK_NS),
		      HRTIMER_MODE_REL_PINNED_HARD);
}

/*
 * Returns the time of a call that a tick has seen, in ns, or 0 if that is less than a
 * tick. Time that was taken from the call does not count. Half a tick stands for the time
 * until the first tick saw the call.
 */
u64 nflua_watchdog_time(const struct nflua_watchdog *w)
{
	s64 last = ktime_to_ns(ktime_sub(ktime_get(), w->seen_at));
	u64 ns = w->spent + clamp_t(s64, last, 0, TICK_NS) + TICK_NS / 2;

	return ns >= TICK_NS ? ns : 0;
}

/*
 * When a CPU goes offline, its timer moves to another CPU, and may tick there until it
 * has seen no call for long enough. @cpu is about to come back, and does not run yet.
 * Stopping the timer makes the first call on @cpu start it there.
 */
static int before_cpu_comes(unsigned int cpu)
{
	struct nflua_watchdog *w = per_cpu_ptr(&nflua_watchdog, cpu);

	hrtimer_cancel(&w->timer);
	w->running = false;
	return 0;
}

int nflua_budget_init(void)
{
	int cpu, err;

	for_each_possible_cpu(cpu) {
		struct nflua_watchdog *w = per_cpu_ptr(&nflua_watchdog, cpu);

		nflua_hrtimer_setup(&w->timer, tick, HRTIMER_MODE_REL_PINNED_HARD);
	}
	err = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "net/nflua:prepare",
					before_cpu_comes, NULL);
	if (err < 0)
		return err;
	hotplug = err;
	return 0;
}

/* Called when no call can come any more. */
void nflua_budget_exit(void)
{
	int cpu;

	cpuhp_remove_state_nocalls(hotplug);
	for_each_possible_cpu(cpu)
		hrtimer_cancel(&per_cpu_ptr(&nflua_watchdog, cpu)->timer);
}
