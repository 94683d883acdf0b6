// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls: how Lua is entered, how it is stopped, and what came of it. */
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "lauxlib.h"
#include "call.h"

/* Instructions between two looks of a request at the clock. */
#define HOOK_COUNT	1000

/* How long an exec keeps the runtime from packets. */
#define TURN_NS		NSEC_PER_MSEC

/* How long it stands back at most, when packets come without a pause. */
#define STAND_BACK_NS	NSEC_PER_MSEC

/* Every so many calls one is timed. */
#define TIME_SAMPLE	64

void nflua_error_clear(struct nflua_error *error)
{
	kfree(error->text);
	kfree(error->traceback);
	memset(error, 0, sizeof(*error));
}

int nflua_error_errno(const struct nflua_error *error)
{
	static const int errnos[] = {
		[NFLUA_ERROR_NONE] = 0,
		[NFLUA_ERROR_SYNTAX] = -ENOEXEC,
		[NFLUA_ERROR_INCOMPLETE] = -ENOEXEC,
		[NFLUA_ERROR_RUNTIME] = -ECANCELED,
		[NFLUA_ERROR_MEMORY] = -ENOMEM,
		[NFLUA_ERROR_BUDGET] = -ETIME,
		[NFLUA_ERROR_INTERRUPTED] = -EINTR,
	};

	return errnos[error->kind];
}

/* Who has the runtime of @L now; for functions that scripts call. */
struct nflua_call *nflua_call_of(lua_State *L)
{
	return nflua_runtime(L)->call;
}

unsigned int nflua_seed(void)
{
	return get_random_u32();
}

void nflua_abort(void)
{
	BUG();
}

char *nflua_text_alloc(lua_State *L, size_t size)
{
	gfp_t gfp = nflua_port(L)->atomic ? GFP_ATOMIC : GFP_KERNEL;

	return kmalloc(size, gfp | __GFP_NOWARN);
}

/*
 * Spinlocks are not fair on every machine (in a guest without paravirtual ones
 * the last holder wins again and again): packets say that they wait, and an
 * exec stands back until none does.
 */
static void lock_for_packet(struct nflua_runtime *rt)
{
	if (likely(spin_trylock_bh(&rt->lock)))
		return;
	atomic_inc(&rt->waiting);
	spin_lock_bh(&rt->lock);
	atomic_dec(&rt->waiting);
}

/* Lets packets, and other execs, have the runtime for a while. */
static void give_turn(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;
	struct nflua_port port = rt->port;
	u64 start = ktime_get_mono_fast_ns();

	rt->call = NULL;
	spin_unlock_bh(&rt->lock);
	mutex_unlock(&rt->exec_lock);
	do {
		cond_resched();
		cpu_relax();
	} while (atomic_read(&rt->waiting) &&
		 ktime_get_mono_fast_ns() - start < STAND_BACK_NS);
	mutex_lock(&rt->exec_lock);
	spin_lock_bh(&rt->lock);
	port.wants_conntrack |= rt->port.wants_conntrack;
	rt->port = port;
	rt->call = call;
	call->turn_at = ktime_get_mono_fast_ns();
}

/* Whether the call has to end, now that somebody looks. */
static bool is_killed(struct nflua_call *call)
{
	if (!call->killed && call->interrupt &&
	    (READ_ONCE(*call->interrupt) || READ_ONCE(call->runtime->state->stop)))
		call->killed = NFLUA_ERROR_INTERRUPTED;
	return call->killed;
}

/* A request may be out of time too: what it has of the CPU and of the lock. */
static void attend_request(struct nflua_call *call)
{
	if (call->kind == NFLUA_CALL_BUILD)
		cond_resched();
	else if (ktime_get_mono_fast_ns() - call->turn_at >= TURN_NS)
		give_turn(call);
}

void nflua_attend(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->kind != NFLUA_CALL_PACKET)
		attend_request(call);
	if (is_killed(call))
		nflua_engine_kill(call->thread);
	/* The hook of a coroutine that a request made. */
	if (call->kind == NFLUA_CALL_PACKET)
		nflua_engine_hook(L, 0);
}

int nflua_attend_killed(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->kind == NFLUA_CALL_BUILD)
		cond_resched();
	return is_killed(call);
}

void nflua_attend_parser(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->kind != NFLUA_CALL_PACKET)
		attend_request(call);
	if (is_killed(call))
		luaL_error(L, "stopped");
}

/* The hook that a thread is to have while @call runs it. */
static void set_hook(struct nflua_call *call, lua_State *L)
{
	if (call->kind != NFLUA_CALL_PACKET)
		nflua_engine_hook(L, HOOK_COUNT);
	else
		nflua_engine_hook(L, call->killed ? 1 : 0);
}

void nflua_enter_thread(lua_State *co, lua_State **old)
{
	struct nflua_call *call = nflua_call_of(co);

	*old = call->running;
	WRITE_ONCE(call->running, co);
	set_hook(call, co);
}

void nflua_leave_thread(lua_State *co, lua_State *old)
{
	struct nflua_call *call = nflua_call_of(co);

	nflua_port(co)->overflowed = 0;
	WRITE_ONCE(call->running, old);
	if (call->killed)
		set_hook(call, old);
}

/* A script may catch one and recover; one that goes on and on may not. */
void nflua_memory_error(lua_State *L)
{
	struct nflua_call *call = nflua_call_of(L);

	if (!call || call->kind != NFLUA_CALL_PACKET || ++call->memory_errors < 2)
		return;
	call->killed = NFLUA_ERROR_MEMORY;
	nflua_port(L)->attention = 1;
	nflua_engine_hook(call->running, 1);
}

static bool grow_output(struct nflua_output *out, size_t len, gfp_t gfp)
{
	size_t size = max_t(size_t, out->len + len, 256);
	char *buf;

	if (out->len + len <= out->size)
		return true;
	size = min_t(size_t, roundup_pow_of_two(size), NFLUA_OUTPUT_MAX);
	buf = krealloc(out->buf, size, gfp | __GFP_NOWARN);
	if (!buf)
		return false;
	out->buf = buf;
	out->size = size;
	return true;
}

void nflua_output(lua_State *L, const char *text, size_t len)
{
	struct nflua_runtime *rt = nflua_runtime(L);
	struct nflua_output *out = rt->call->output;
	size_t room;

	if (!out) {
		nflua_event_print(rt->state, text, len);
		return;
	}
	room = NFLUA_OUTPUT_MAX - out->len;
	if (len > room)
		out->truncated = true;
	len = min(len, room);
	if (!grow_output(out, len, rt->port.atomic ? GFP_ATOMIC : GFP_KERNEL)) {
		out->truncated = true;
		return;
	}
	memcpy(out->buf + out->len, text, len);
	out->len += len;
}

/* False when there is no stack for the call; the runtime is taken all the same. */
static bool begin(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;
	bool room;

	call->running = call->thread;
	rt->call = call;
	rt->port.attention = call->kind != NFLUA_CALL_PACKET;
	rt->port.atomic = call->kind != NFLUA_CALL_BUILD;
	room = nflua_stack_enter(&rt->port);
	if (call->kind != NFLUA_CALL_PACKET) {
		call->turn_at = ktime_get_mono_fast_ns();
		nflua_engine_hook(call->thread, HOOK_COUNT);
	}
	return room;
}

static void end(struct nflua_call *call)
{
	call->runtime->call = NULL;
	call->runtime->port.attention = 0;
}

/* What is said when Lua has no words of its own, or no memory for them. */
static char *fixed_text(struct nflua_call *call, int status)
{
	const char *text = "not enough memory";

	if (call->killed == NFLUA_ERROR_BUDGET)
		text = "budget exceeded";
	else if (call->killed == NFLUA_ERROR_INTERRUPTED)
		text = "interrupted";
	else if (status == NFLUA_ENGINE_NO_STACK)
		text = "not enough C stack";
	return kstrdup(text, call->runtime->port.atomic ? GFP_ATOMIC : GFP_KERNEL);
}

static int fail(struct nflua_call *call, int status,
		struct nflua_failure *failure, struct nflua_error *error)
{
	error->text = failure->text.buf;
	error->traceback = failure->traceback.buf;
	if (failure->text.truncated)
		error->truncated |= NFLUA_TRUNCATED_ERROR;
	if (failure->traceback.truncated)
		error->truncated |= NFLUA_TRUNCATED_TRACEBACK;
	if (call->killed)
		error->kind = call->killed;
	else if (status == LUA_ERRMEM)
		error->kind = NFLUA_ERROR_MEMORY;
	else
		error->kind = NFLUA_ERROR_RUNTIME;
	if (error->text && call->killed) {
		kfree(error->text);
		error->text = NULL;
	}
	if (!error->text)
		error->text = fixed_text(call, status);
	return nflua_error_errno(error);
}

/**
 * nflua_call_run - runs @body on call->thread
 * @call: kind, runtime, thread and what else the kind wants are set; the
 *	runtime is locked unless this is a build
 * @body: Lua code of whatever kind, protected
 * @ud: its argument
 * @error: empty; filled when the run fails
 *
 * Returns 0, with what @body left on the thread's stack, or the negative
 * errno of @error. call->killed then tells that the thread must not be used
 * again.
 */
int nflua_call_run(struct nflua_call *call,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_error *error)
{
	struct nflua_failure failure = {
		.text.max = NFLUA_ERROR_MAX,
		.traceback.max = NFLUA_TRACEBACK_MAX,
	};
	int status = NFLUA_ENGINE_NO_STACK;

	nflua_debug_paint_stack();
	if (likely(begin(call)))
		status = nflua_engine_run(call->thread, body, ud, &failure);
	end(call);
	nflua_debug_read_stack();
	if (likely(status == LUA_OK && !call->killed))
		return 0;
	return fail(call, status, &failure, error);
}

static void wrong_result(lua_State *L, const char *function,
			 struct nflua_error *error)
{
	error->kind = NFLUA_ERROR_RUNTIME;
	error->text = kasprintf(GFP_ATOMIC,
				"function '%s' returned %s instead of a boolean",
				function, luaL_typename(L, -1));
}

/* The runtime is locked, and its thread there. */
static int run_packet(struct nflua_runtime *rt, const char *function,
		      struct nflua_packet *packet,
		      int (*result)(lua_State *L), struct nflua_error *error)
{
	struct nflua_call call = {
		.kind = NFLUA_CALL_PACKET,
		.runtime = rt,
		.thread = rt->thread,
		.packet = packet,
		.budget_ns = (u64)rt->state->budget * NSEC_PER_USEC,
	};
	int ret;

	packet->serial = ++rt->serial;
	nflua_watch_begin(&call);
	ret = nflua_call_run(&call, nflua_engine_packet, (void *)function, error);
	nflua_watch_end();
	/* A last tick may have come after the end of the run. */
	rt->port.attention = 0;
	if (likely(ret == 0)) {
		ret = result(rt->thread);
		if (unlikely(ret < 0))
			wrong_result(rt->thread, function, error);
		nflua_engine_clear(rt->thread);
	} else if (call.killed) {
		nflua_engine_drop(rt->main, rt->thread);
		rt->thread = NULL;
	}
	return ret;
}

static int locked_packet(struct nflua_runtime *rt, const char *function,
			 struct nflua_packet *packet,
			 int (*result)(lua_State *L), struct nflua_error *error)
{
	int ret;

	lock_for_packet(rt);
	if (unlikely(!rt->thread))
		rt->thread = nflua_runtime_thread(rt);
	if (likely(rt->thread)) {
		ret = run_packet(rt, function, packet, result, error);
	} else {
		error->kind = NFLUA_ERROR_MEMORY;
		error->text = kstrdup("not enough memory", GFP_ATOMIC);
		ret = -ENOMEM;
	}
	spin_unlock_bh(&rt->lock);
	return ret;
}

static void account(struct nflua_state *state, const char *function, int ret,
		    struct nflua_error *error)
{
	if (ret > 0)
		this_cpu_inc(state->stats->matches);
	if (likely(ret >= 0))
		return;
	this_cpu_inc(state->stats->errors);
	nflua_state_note_error(state, error->text);
	nflua_event_error(state, function, error);
	nflua_error_clear(error);
}

/**
 * nflua_call_packet - calls a function for a packet
 * @state: held by the rule
 * @function: name of the global
 * @packet: the packet and its hook
 * @result: reads the function's result off the top of the stack, without
 *	running Lua: positive for a match or verdict, 0 for none, or negative
 *	when it is of the wrong type
 *
 * Called by rules: under RCU, in softirq or process context. Returns what
 * @result did, or a negative errno when the call failed or the state is dead;
 * a failure is counted, kept and sent to those who listen.
 */
int nflua_call_packet(struct nflua_state *state, const char *function,
		      struct nflua_packet *packet,
		      int (*result)(lua_State *L))
{
	struct nflua_runtime *rt = rcu_dereference(state->runtime);
	struct nflua_error error = {};
	u64 start = 0;
	int ret;

	if (unlikely(!rt))
		return -ENOENT;
	if (unlikely(this_cpu_inc_return(state->stats->calls) % TIME_SAMPLE == 1))
		start = ktime_get_mono_fast_ns();
	ret = locked_packet(rt, function, packet, result, &error);
	if (unlikely(start)) {
		this_cpu_add(state->stats->time_ns,
			     ktime_get_mono_fast_ns() - start);
		this_cpu_inc(state->stats->samples);
	}
	account(state, function, ret, &error);
	return ret;
}
