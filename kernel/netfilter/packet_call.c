// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way of a packet into Lua and back. Every packet pays for this code, so it is kept
 * short.
 */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/slab.h>

#include "lauxlib.h"
#include "netfilter/packet_call.h"
#include "runtime/enter.h"
#include "state/state.h"

/* One call in this many is timed. */
#define TIME_SAMPLE	64

/* How many times in all a function that returns "repeat" is called. */
#define REPEAT_MAX	8

/* Bytes of a wrong verdict that the error shows. */
#define WRONG_RESULT_MAX	32

/* Returns the function's name as a string of the runtime, or NULL without memory. */
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

/* Calls the function; the budget runs. Returns a status of Lua. */
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
 * Ends a call that failed or was killed. Returns its negative errno.
 * @out: empty; takes the error; NULL: the error is counted, kept and sent as an event
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

/* How the result of a call is read. */
struct result {
	int yes;		/* what true gives, and false 0; 0: @read is for booleans, too */
	/* returns 0 or a positive number, or -1 for a wrong result; runs no Lua */
	int (*read)(lua_State *L);
	bool match;		/* only booleans are right, and the packet is const */
	bool other;		/* the packet is no IP */
};

static char *wrong_result_text(struct nflua_call *call, const struct nflua_rule *rule,
			       bool match)
{
	const char *type = luaL_typename(call->thread, -1), *text;
	size_t len;

	if (match)
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

/* Reports a wrong result, as failed_packet() does. Returns its negative errno. */
static noinline int wrong_result(struct nflua_call *call, const struct nflua_rule *rule,
				 bool match, struct nflua_error *out)
{
	struct nflua_error error = {};

	out = out ?: &error;
	out->kind = NFLUA_ERROR_RUNTIME;
	out->text = wrong_result_text(call, rule, match);
	if (out == &error)
		nflua_account_error(call->runtime->state, rule->function,
				    call->packet, &error);
	return -ECANCELED;
}

/* Takes the result off the stack. */
static __always_inline int
take_result(struct nflua_call *call, const struct nflua_rule *rule,
	    struct result result, struct nflua_error *error)
{
	lua_State *L = call->runtime->thread;
	int ret;

	if (result.yes) {
		ret = nflua_engine_boolean(L);
		if (likely(ret >= 0))
			return ret ? result.yes : 0;
	}
	ret = result.match ? -1 : result.read(L);
	if (unlikely(ret < 0))
		ret = wrong_result(call, rule, result.match, error);
	nflua_engine_clear(L);
	return ret;
}

/* Calls the function and reads its result. The runtime is locked. */
static __always_inline int
run_packet(struct nflua_runtime *rt, const struct nflua_rule *rule,
	   struct result result, struct nflua_error *error)
{
	struct nflua_call *call = &rt->packet_call;
	int status;

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
	return take_result(call, rule, result, error);
}

/*
 * Adds the time of a call that was sampled, or of any that took a tick or more
 * (@long_ns). The clock may go back a little when it is adjusted. If a sampled time is
 * longer than a tick, the rest of it was taken from the call.
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

#define HOOK_RESULT	.yes = NFLUA_RUN_DROP, .read = nflua_hook_read

/* Calls the function for what is no IP, so that nothing takes it for a packet of IP. */
static noinline int run_other(struct nflua_runtime *rt, const struct nflua_rule *rule)
{
	const struct result result = { HOOK_RESULT };
	int ret;

	rt->packet_call.packet = NULL;
	nflua_engine_show(rt->thread, NFLUA_VIEW_OTHER);
	ret = run_packet(rt, rule, result, NULL);
	nflua_engine_show(rt->thread, NFLUA_VIEW_PACKET);
	rt->packet_call.packet = &rt->packet;
	return ret;
}

/* Locks the runtime, calls the function, and counts the call. BHs are off. */
static __always_inline struct nflua_outcome
call_locked(struct nflua_runtime *rt, const struct nflua_rule *rule,
	    struct sk_buff *skb, const struct nf_hook_state *hook, u8 effects,
	    struct result result)
{
	struct nflua_stats __percpu *stats = rt->state->stats;
	u64 start = 0;
	int ret;

	nflua_runtime_lock(rt);
	rt->packet.skb = skb;
	rt->packet.hook = hook;
	rt->packet.effects = effects;
	rt->packet.is_const = result.match;
	if (unlikely(this_cpu_inc_return(stats->calls) % TIME_SAMPLE == 1))
		start = ktime_get_mono_fast_ns();
	ret = result.other ? run_other(rt, rule) : run_packet(rt, rule, result, NULL);
	if (unlikely(start || rt->packet_call.long_ns))
		account_time(stats, start, rt->packet_call.long_ns);
	if (ret > 0)
		this_cpu_inc(stats->matches);
	effects = rt->packet.effects;
	spin_unlock(&rt->lock);
	return (struct nflua_outcome){ ret, effects };
}

static __always_inline struct nflua_outcome
call_packet(const struct nflua_rule *rule, struct sk_buff *skb,
	    const struct nf_hook_state *hook, u8 effects, struct result result)
{
	struct nflua_state *state = rcu_dereference(rule->state);
	struct nflua_runtime *rt = rcu_dereference(state->runtime);
	bool bh = !in_softirq();	/* else they are off already */
	struct nflua_outcome outcome;

	if (unlikely(!rt))
		return (struct nflua_outcome){ -ENOENT, effects };
	if (bh)
		local_bh_disable();
	outcome = call_locked(rt, rule, skb, hook, effects, result);
	if (bh)
		local_bh_enable();
	return outcome;
}

struct nflua_outcome nflua_call_match(const struct nflua_rule *rule, struct sk_buff *skb,
				      const struct nf_hook_state *hook, u8 effects)
{
	const struct result result = { .yes = 1, .match = true };

	return call_packet(rule, skb, hook, effects, result);
}
EXPORT_SYMBOL_GPL(nflua_call_match);

/* Calls the function, and again as long as its result is "repeat", up to REPEAT_MAX times. */
static __always_inline struct nflua_outcome
call_repeatedly(const struct nflua_rule *rule, struct sk_buff *skb,
		const struct nf_hook_state *hook, struct result result)
{
	struct nflua_outcome outcome = {};
	int i = 0;

	do
		outcome = call_packet(rule, skb, hook, outcome.effects, result);
	while (outcome.result == NFLUA_RUN_REPEAT && ++i < REPEAT_MAX);
	/* After an error, --on-error decides. */
	if (unlikely(outcome.effects & NFLUA_EFFECT_VERDICT) && outcome.result >= 0)
		outcome.result = nflua_verdict_of(outcome.effects);
	return outcome;
}

struct nflua_outcome nflua_call_verdict(const struct nflua_rule *rule, struct sk_buff *skb,
					const struct nf_hook_state *hook)
{
	const struct result result = { .read = nflua_verdict_read };
	struct nflua_outcome outcome = call_repeatedly(rule, skb, hook, result);

	if (unlikely(outcome.result == NFLUA_RUN_REPEAT))
		outcome.result = NFLUA_RUN_CONTINUE;
	return outcome;
}
EXPORT_SYMBOL_GPL(nflua_call_verdict);

/* Reports a hook's function that does not stop saying "repeat". Returns a negative errno. */
static noinline int repeated(const struct nflua_rule *rule)
{
	struct nflua_error error = {
		.kind = NFLUA_ERROR_RUNTIME,
		.text = kasprintf(NFLUA_GFP_ATOMIC, "function '%s' returned 'repeat' %d times",
				  rule->function, REPEAT_MAX),
	};

	nflua_account_error(rcu_dereference(rule->state), rule->function, NULL, &error);
	return -ECANCELED;
}

struct nflua_outcome nflua_call_hook(const struct nflua_rule *rule, struct sk_buff *skb,
				     const struct nf_hook_state *hook)
{
	const struct result result = { HOOK_RESULT };
	struct nflua_outcome outcome = call_repeatedly(rule, skb, hook, result);

	if (unlikely(outcome.result == NFLUA_RUN_REPEAT))
		outcome.result = repeated(rule);
	return outcome;
}

struct nflua_outcome nflua_call_other(const struct nflua_rule *rule, struct sk_buff *skb,
				      const struct nf_hook_state *hook)
{
	const struct result result = { HOOK_RESULT, .other = true };
	struct nflua_outcome outcome = call_repeatedly(rule, skb, hook, result);

	if (unlikely(outcome.result == NFLUA_RUN_REPEAT))
		outcome.result = repeated(rule);
	return outcome;
}

int nflua_call_dry(struct nflua_runtime *rt, const struct nflua_rule *rule,
		   int (*read)(lua_State *L), struct nflua_error *error)
{
	const struct result result = { .read = read };

	return run_packet(rt, rule, result, error);
}
