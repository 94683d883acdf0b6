// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a packet into Lua and back: what every packet pays for is here, and
 * is kept short.
 */
#include <linux/indirect_call_wrapper.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "lauxlib.h"
#include "netfilter/netfilter.h"
#include "runtime/enter.h"
#include "state/state.h"

/* Every so many calls one is timed. */
#define TIME_SAMPLE	64

/* Bytes of a wrong verdict that its error shows. */
#define WRONG_RESULT_MAX	32

/* The name as this runtime has it; NULL: no memory. */
static __always_inline const void *name_of(struct nflua_runtime *rt,
					   const struct nflua_rule *rule)
{
	unsigned int slot = rule->id % NFLUA_ENGINE_NAMES;
	struct nflua_name *name = &rt->names[slot];

	if (likely(name->rule == rule->id))
		return name->string;
	name->rule = 0;
	name->string = nflua_engine_name(rt->main, slot, rule->function);
	if (name->string)
		name->rule = rule->id;
	return name->string;
}

/* The budget runs; status as of Lua. */
static __always_inline int enter_packet(struct nflua_call *call,
					const struct nflua_rule *rule)
{
	struct nflua_runtime *rt = call->runtime;
	const void *name;

	if (unlikely(!nflua_stack_enter(&rt->host, false)))
		return NFLUA_ENGINE_NO_STACK;
	name = name_of(rt, rule);
	if (unlikely(!name))
		return NFLUA_ENGINE_NO_MEMORY;
	call->thread = rt->thread;
	WRITE_ONCE(call->running, rt->thread);
	return nflua_engine_call(rt->thread, name);
}

/*
 * What is left to do of a call that failed or was killed; its errno.
 * @out: empty; where the error goes; NULL: to those who watch
 */
static noinline int failed_packet(struct nflua_call *call, int status,
				  const struct nflua_rule *rule,
				  struct nflua_error *out)
{
	struct nflua_error error = {};
	int err = nflua_call_abandon(call, status, out ?: &error);

	if (!out)
		nflua_account_error(call->runtime->state, rule->function,
				    call->packet, &error);
	return err;
}

static char *wrong_result_text(struct nflua_call *call, const struct nflua_rule *rule,
			       int (*result)(lua_State *L))
{
	const char *type = luaL_typename(call->thread, -1), *text;
	size_t len;

	if (result == nflua_engine_boolean)
		return kasprintf(NFLUA_GFP_ATOMIC,
				 "function '%s' returned %s instead of a boolean",
				 rule->function, type);
	if (lua_type(call->thread, -1) != LUA_TSTRING)
		return kasprintf(NFLUA_GFP_ATOMIC,
				 "function '%s' returned %s instead of a verdict",
				 rule->function, type);
	text = lua_tolstring(call->thread, -1, &len);
	return kasprintf(NFLUA_GFP_ATOMIC,
			 "function '%s' returned '%*pE', which is not a verdict",
			 rule->function, (int)min_t(size_t, len, WRONG_RESULT_MAX), text);
}

/* Accounts or fills the error, as failed_packet() does, and returns its errno. */
static noinline int wrong_result(struct nflua_call *call, const struct nflua_rule *rule,
				 int (*result)(lua_State *L), struct nflua_error *out)
{
	struct nflua_error error = {};

	out = out ?: &error;
	out->kind = NFLUA_ERROR_RUNTIME;
	out->text = wrong_result_text(call, rule, result);
	if (out == &error)
		nflua_account_error(call->runtime->state, rule->function,
				    call->packet, &error);
	return -ECANCELED;
}

/* The runtime is locked. */
static __always_inline int
run_packet(struct nflua_runtime *rt, const struct nflua_rule *rule,
	   int (*result)(lua_State *L), struct nflua_error *error)
{
	struct nflua_call *call = &rt->packet_call;
	int status, ret;

	lockdep_assert_held(&rt->lock);
	call->running = NULL;
	call->killed = NFLUA_ERROR_NONE;
	call->memory_errors = 0;
	rt->host.serial = ++rt->packets;
	rt->call = call;
	rt->host.call.atomic = 1;
	nflua_budget_begin(call);
	nflua_debug_paint_stack();
	status = enter_packet(call, rule);
	if (unlikely(status != LUA_OK))
		return failed_packet(call, status, rule, error);
	nflua_call_leave(call);
	if (unlikely(call->killed))
		return failed_packet(call, status, rule, error);
	ret = INDIRECT_CALL_1(result, nflua_engine_boolean, rt->thread);
	if (unlikely(ret < 0))
		ret = wrong_result(call, rule, result, error);
	nflua_engine_clear(rt->thread);
	return ret;
}

/*
 * Of most calls a sample is timed; those that the timer saw are not rare. The
 * clock may go back a little when it is adjusted, and what is beyond a tick was
 * taken from a call that the timer has not seen so long.
 */
static void account_time(struct nflua_stats __percpu *stats, u64 start, u64 long_ns)
{
	s64 ns = ktime_get_mono_fast_ns() - start;

	if (long_ns) {
		this_cpu_inc(stats->long_calls);
		this_cpu_add(stats->long_ns, long_ns);
	} else {
		this_cpu_add(stats->time_ns, clamp_t(s64, ns, 0, NFLUA_TICK_NS));
		this_cpu_inc(stats->samples);
	}
}

/* BHs are off. */
static __always_inline int
call_locked(struct nflua_runtime *rt, const struct nflua_rule *rule,
	    struct sk_buff *skb, const struct nf_hook_state *hook, bool *hotdrop,
	    bool *answered, int (*result)(lua_State *L))
{
	struct nflua_stats __percpu *stats = rt->state->stats;
	u64 start = 0;
	int ret;

	nflua_runtime_lock(rt);
	rt->packet.skb = skb;
	rt->packet.hook = hook;
	rt->packet.hotdrop = hotdrop;
	rt->packet.answered = answered;
	if (unlikely(this_cpu_inc_return(stats->calls) % TIME_SAMPLE == 1))
		start = ktime_get_mono_fast_ns();
	ret = run_packet(rt, rule, result, NULL);
	if (unlikely(start || rt->packet_call.long_ns))
		account_time(stats, start, rt->packet_call.long_ns);
	if (ret > 0)
		this_cpu_inc(stats->matches);
	else if (unlikely(ret < 0))
		*hotdrop = false;	/* what the rule says of errors counts */
	spin_unlock(&rt->lock);
	return ret;
}

int nflua_call_packet(const struct nflua_rule *rule, struct sk_buff *skb,
		      const struct nf_hook_state *hook, bool *hotdrop,
		      bool *answered, int (*result)(lua_State *L))
{
	struct nflua_state *state = rcu_dereference(rule->state);
	struct nflua_runtime *rt = rcu_dereference(state->runtime);
	bool bh = !in_softirq();	/* else they are off already */
	int ret;

	if (unlikely(!rt))
		return -ENOENT;
	if (bh)
		local_bh_disable();
	ret = call_locked(rt, rule, skb, hook, hotdrop, answered, result);
	if (bh)
		local_bh_enable();
	return ret;
}

int nflua_call_dry(struct nflua_runtime *rt, const struct nflua_rule *rule,
		   int (*result)(lua_State *L), struct nflua_error *error)
{
	return run_packet(rt, rule, result, error);
}
