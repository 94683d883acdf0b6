// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The library "timer". A timer is a userdata of Lua, which the registry holds while it is
 * pending, and a node in the queue of its runtime. Both change together, under the
 * runtime's lock. Each runtime has one timer of the kernel, set to the first node. So
 * timers fire in the order of their times, and cost only memory of their state. They end
 * with the runtime: whoever frees it waits for the kernel's timer, which holds no
 * reference. Timers that are pending then are freed with the rest of Lua's memory.
 *
 * The clock of a runtime stands at 0 until the runtime is published. It stands still while
 * the runtime is kept aside.
 *
 * If a timer is due already, the kernel calls us again before it leaves its softirq. So
 * each CPU rests from callbacks, of all states, for as long as the last ones took. States
 * take turns: those that had none go first.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/percpu.h>

#include "compat.h"
#include "runtime/callback.h"
#include "runtime/runtime.h"
#include "runtime/sink.h"
#include "lauxlib.h"

/* Name of the metatable in the registry. */
#define KEY_TIMER	"timer"

/* The longest time, in ms. */
#define MSECS_MAX	INT_MAX

/*
 * How long callbacks of one runtime run in a row. Then the CPU rests from callbacks of
 * all runtimes for as long as they took.
 */
#define RUN_NS		NSEC_PER_MSEC

/* When callbacks may run again on this CPU. */
static DEFINE_PER_CPU(ktime_t, rest_until);

struct timer {
	struct timerqueue_node node;	/* expires: by the runtime's clock */
	bool pending;
	bool dry;		/* a dry run made it */
	u32 every;		/* ms; 0: it fires once */
};

static ktime_t clock_of(const struct nflua_runtime *rt)
{
	const struct nflua_timers *timers = &rt->timers;

	return timers->live ? ktime_sub(ktime_get(), timers->epoch) : timers->stands;
}

/* Returns whether the state was destroyed or replaced: no timer fires then. */
static bool is_retired(const struct nflua_runtime *rt)
{
	return READ_ONCE(rt->retired);
}

/*
 * Sets the kernel's timer to the time of the first timer, but not before @earliest, so
 * that others have the CPU.
 */
static void arm_not_before(struct nflua_runtime *rt, ktime_t earliest)
{
	struct nflua_timers *timers = &rt->timers;
	struct timerqueue_node *first = timerqueue_getnext(&timers->queue);
	ktime_t at;

	if (!first || !timers->live || is_retired(rt))
		return;
	at = max(ktime_add(timers->epoch, first->expires), earliest);
	hrtimer_start(&timers->hrtimer, at, HRTIMER_MODE_ABS_SOFT);
}

static void arm(struct nflua_runtime *rt)
{
	arm_not_before(rt, this_cpu_read(rest_until));
}

static void add(struct nflua_runtime *rt, struct timer *timer, ktime_t expires)
{
	timer->node.expires = expires;
	timer->pending = true;
	if (timerqueue_add(&rt->timers.queue, &timer->node))
		arm(rt);
}

/* Returns the next time of the timer. Times that have passed are left out. */
static ktime_t next_time(const struct nflua_runtime *rt, const struct timer *timer)
{
	u64 step = (u64)timer->every * NSEC_PER_MSEC, late;

	late = ktime_sub(clock_of(rt), timer->node.expires);
	return ktime_add_ns(timer->node.expires, (div64_u64(late, step) + 1) * step);
}

static void take_out(struct nflua_runtime *rt, struct timer *timer)
{
	timerqueue_del(&rt->timers.queue, &timer->node);
	timer->pending = false;
}

/* Lets the timer at @idx, and its function, become garbage. Allocates nothing. */
static void let_go(lua_State *L, int idx, const struct timer *timer)
{
	lua_pushnil(L);
	lua_setiuservalue(L, idx, 1);
	lua_pushnil(L);
	lua_rawsetp(L, LUA_REGISTRYINDEX, timer);
}

/* Pushes a timer. Argument 2 of the call is its function; @msecs was checked. */
static int new_timer(lua_State *L, u32 msecs, u32 every)
{
	struct nflua_runtime *rt = nflua_runtime(L);
	struct timer *timer;

	luaL_checktype(L, 2, LUA_TFUNCTION);
	timer = lua_newuserdatauv(L, sizeof(*timer), 1);
	timer->pending = false;
	timer->every = every;
	timer->dry = nflua_call_of(L)->dry;
	timerqueue_init(&timer->node);
	luaL_setmetatable(L, KEY_TIMER);
	lua_pushvalue(L, 2);
	lua_setiuservalue(L, -2, 1);
	lua_pushvalue(L, -1);
	lua_rawsetp(L, LUA_REGISTRYINDEX, timer);
	add(rt, timer, ktime_add_ms(clock_of(rt), msecs));
	return 1;
}

static int timer_create(lua_State *L)
{
	lua_Integer msecs = luaL_checkinteger(L, 1);

	luaL_argcheck(L, msecs >= 0 && msecs <= MSECS_MAX, 1,
		      "milliseconds are 0 to 2147483647");
	return new_timer(L, msecs, 0);
}

static int timer_every(lua_State *L)
{
	lua_Integer msecs = luaL_checkinteger(L, 1);

	luaL_argcheck(L, msecs >= 1 && msecs <= MSECS_MAX, 1,
		      "milliseconds are 1 to 2147483647");
	return new_timer(L, msecs, msecs);
}

static int timer_destroy(lua_State *L)
{
	struct timer *timer = luaL_checkudata(L, 1, KEY_TIMER);
	bool pending = timer->pending;

	if (pending) {
		take_out(nflua_runtime(L), timer);
		let_go(L, 1, timer);
	}
	lua_pushboolean(L, pending);
	return 1;
}

static const luaL_Reg functions[] = {
	{ "create", timer_create },
	{ "destroy", timer_destroy },
	{ "every", timer_every },
	{ NULL, NULL }
};

int nflua_lib_timer(lua_State *L)
{
	luaL_newmetatable(L, KEY_TIMER);
	lua_pushboolean(L, 0);
	lua_setfield(L, -2, "__metatable");
	luaL_newlib(L, functions);
	lua_setglobal(L, "timer");
	return 0;
}

struct firing {
	struct timer *timer;
	bool begun;
};

/*
 * Body: runs the callback. A timer that fires once is an ordinary value from here on.
 */
static void run_callback(lua_State *L, void *ud)
{
	struct firing *firing = ud;

	lua_rawgetp(L, LUA_REGISTRYINDEX, firing->timer);
	lua_getiuservalue(L, -1, 1);
	if (!firing->timer->every)
		let_go(L, lua_gettop(L) - 1, firing->timer);
	firing->begun = true;
	lua_call(L, 0, 0);
}

static void fire(struct nflua_runtime *rt, struct timer *timer)
{
	struct firing firing = { .timer = timer };
	struct nflua_error error = {};
	/* These are read now, as the timer may be garbage after the callback. */
	struct nflua_sink *dry = timer->dry ? &nflua_sink_nowhere : NULL;
	bool again = timer->every;

	take_out(rt, timer);
	/* Before the callback, which may destroy it, and whose time does not delay it. */
	if (again)
		add(rt, timer, next_time(rt, timer));
	if (!nflua_callback(rt, rt->budget, run_callback, &firing, dry, &error))
		return;
	if (!firing.begun && !again)
		nflua_engine_drop(rt->main, timer);
	if (dry)
		nflua_error_clear(&error);
	else
		nflua_runtime_ops->failed(rt, "timer", &error);
}

static struct timer *first_due(struct nflua_runtime *rt)
{
	struct timerqueue_node *first;

	first = is_retired(rt) ? NULL : timerqueue_getnext(&rt->timers.queue);
	return first && first->expires <= clock_of(rt) ?
	       container_of(first, struct timer, node) : NULL;
}

/* Softirq. Takes the lock for each callback, so that packets get turns. */
static enum hrtimer_restart expire(struct hrtimer *hrtimer)
{
	struct nflua_runtime *rt = container_of(hrtimer, struct nflua_runtime,
						timers.hrtimer);
	ktime_t start = ktime_get(), rest = this_cpu_read(rest_until), now;
	bool resting = start < rest;
	struct timer *timer;

	do {
		nflua_runtime_lock(rt);
		timer = resting ? NULL : first_due(rt);
		if (timer)
			fire(rt, timer);
		now = ktime_get();
		/* Rest for as long as this took, including the wait for the lock. */
		rest = max(rest, ktime_add(now, ktime_sub(now, start)));
		this_cpu_write(rest_until, rest);
		/* A runtime that had a turn comes after those that had none. */
		arm_not_before(rt, timer ? rest + 1 : rest);
		spin_unlock(&rt->lock);
	} while (timer && ktime_sub(now, start) < RUN_NS);
	return HRTIMER_NORESTART;
}

void nflua_timers_init(struct nflua_runtime *rt)
{
	timerqueue_init_head(&rt->timers.queue);
	nflua_hrtimer_setup(&rt->timers.hrtimer, expire, HRTIMER_MODE_ABS_SOFT);
}

void nflua_timers_start(struct nflua_runtime *rt)
{
	spin_lock_bh(&rt->lock);
	rt->timers.epoch = ktime_sub(ktime_get(), rt->timers.stands);
	rt->timers.live = true;
	arm(rt);
	spin_unlock_bh(&rt->lock);
}

void nflua_timers_pause(struct nflua_runtime *rt)
{
	spin_lock_bh(&rt->lock);
	rt->timers.stands = clock_of(rt);
	rt->timers.live = false;
	spin_unlock_bh(&rt->lock);
}

void nflua_timers_stop(struct nflua_runtime *rt)
{
	hrtimer_cancel(&rt->timers.hrtimer);
}
