// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls: how Lua is entered and left, and how a failure becomes an error record. */
#include <linux/ktime.h>
#include <linux/slab.h>

#include "runtime/enter.h"

/*
 * Begins the call of a request: it has the runtime from here on. Returns false if there
 * is too little stack for it; it has the runtime even then.
 */
static bool begin(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;

	call->running = call->thread;
	nflua_call_take(call);
	rt->host.call.attention = 1;
	rt->host.call.atomic = call->kind != NFLUA_CALL_BUILD;
	call->turn_at = ktime_get_mono_fast_ns();
	if (call->thread)
		nflua_engine_hook(call->thread, NFLUA_LOOK_INTERVAL);
	return nflua_stack_enter(&rt->host, true);
}

static void end(struct nflua_call *call)
{
	call->runtime->host.call.attention = 0;
	nflua_call_let_go(call);
}

lua_State *nflua_call_thread(struct nflua_call *call)
{
	lua_State *thread;

	begin(call);
	thread = nflua_engine_thread(call->runtime->main);
	end(call);
	return thread;
}

/* Returns a text for an error to which Lua gave none, or NULL without memory. */
static char *fixed_text(struct nflua_call *call, int status)
{
	const char *text = "not enough memory";

	if (call->killed == NFLUA_ERROR_BUDGET)
		text = "budget exceeded";
	else if (call->killed == NFLUA_ERROR_INTERRUPTED)
		text = "interrupted";
	else if (status == NFLUA_ENGINE_NO_STACK)
		text = "not enough C stack";
	return kstrdup(text, nflua_runtime_gfp(call->runtime));
}

/*
 * Fills the error record of a call that failed or was killed. Returns its negative errno.
 * @failure is filled unless @status is LUA_OK.
 */
static int fail(struct nflua_call *call, int status, struct nflua_failure *failure,
		struct nflua_error *error)
{
	if (status == LUA_OK)
		memset(failure, 0, sizeof(*failure));
	error->text = failure->text.buf;
	error->traceback = failure->traceback.buf;
	if (failure->text.truncated)
		error->truncated |= NFLUA_TRUNCATED_ERROR;
	if (failure->traceback.truncated)
		error->truncated |= NFLUA_TRUNCATED_TRACEBACK;
	if (call->killed)
		error->kind = call->killed;
	else if (status == LUA_ERRMEM || status == NFLUA_ENGINE_NO_MEMORY)
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

/*
 * Notes where the call was. The frames of the thread that ran are still as they were when
 * the call was stopped.
 */
static void note_place(struct nflua_call *call, struct nflua_text *traceback)
{
	kfree(traceback->buf);
	traceback->buf = NULL;
	traceback->truncated = 0;
	nflua_engine_where(call->running, traceback);
}

/*
 * Fills @failure after a run that failed. Returns the status that counts. For a call that
 * was killed, only its place counts. It may have been killed although @status is another
 * error, if an allocation failed before the next instruction.
 */
static int recover(struct nflua_call *call, int status, struct nflua_failure *failure)
{
	*failure = (struct nflua_failure) {
		.text.max = NFLUA_ERROR_MAX,
		.traceback.max = NFLUA_TRACEBACK_MAX,
	};
	if (status < NFLUA_ENGINE_KILLED) {
		if (call->killed)
			note_place(call, &failure->traceback);
		status = nflua_engine_recover(call->thread, status, failure);
	}
	if (status == NFLUA_ENGINE_KILLED)
		note_place(call, &failure->traceback);
	return status;
}

int nflua_call_abandon(struct nflua_call *call, int status,
		       struct nflua_error *error)
{
	struct nflua_runtime *rt = call->runtime;
	struct nflua_failure failure;

	if (status != LUA_OK) {
		status = recover(call, status, &failure);
		nflua_call_leave(call);
	}
	if (call->killed)
		nflua_engine_reset(rt->thread);
	return fail(call, status, &failure, error);
}

int nflua_call_run(struct nflua_call *call,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_error *error)
{
	struct nflua_failure failure;
	int status = NFLUA_ENGINE_NO_STACK;

	nflua_debug_paint_stack();
	if (begin(call))
		status = nflua_engine_run(call->thread, body, ud);
	if (status != LUA_OK)
		status = recover(call, status, &failure);
	end(call);
	nflua_debug_read_stack();
	if (status == LUA_OK && !call->killed)
		return 0;
	return fail(call, status, &failure, error);
}
