// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chunks that a request runs: in a runtime of their own, which may then be
 * published, or in a live state, in turns with packets.
 */
#include <linux/slab.h>

#include "lauxlib.h"
#include "runtime/complete.h"
#include "runtime/enter.h"
#include "runtime/exec.h"
#include "runtime/show.h"
#include "runtime/values.h"

static bool add_value(lua_State *L, int idx, struct nflua_exec *exec)
{
	struct nflua_buffer *v = &exec->values;
	gfp_t gfp = nflua_runtime_gfp(nflua_runtime(L));
	enum nflua_value_attr type = NFLUA_VALUE_OTHER;
	lua_Integer n;
	const char *s;
	size_t len;
	u8 b;

	switch (lua_type(L, idx)) {
	case LUA_TNIL:
		return nflua_values_add(v, NFLUA_VALUE_NIL, "", 0, gfp);
	case LUA_TBOOLEAN:
		b = lua_toboolean(L, idx);
		return nflua_values_add(v, NFLUA_VALUE_BOOLEAN, &b, sizeof(b), gfp);
	case LUA_TNUMBER:
		n = lua_tointeger(L, idx);
		return nflua_values_add(v, NFLUA_VALUE_INTEGER, &n, sizeof(n), gfp);
	case LUA_TSTRING:
		type = NFLUA_VALUE_STRING;
		break;
	}
	if (exec->show && lua_istable(L, idx) &&
	    luaL_getmetafield(L, idx, "__tostring") == LUA_TNIL)
		s = nflua_show_table(L, idx, exec->show, &len);
	else
		s = luaL_tolstring(L, idx, &len);
	return nflua_values_add(v, type, s, len, gfp);
}

/* Body: runs the chunk, and adds its values, whose __tostring is script code, too. */
static void run_chunk(lua_State *L, void *ud)
{
	struct nflua_exec *exec = ud;
	int i, n, first;

	nflua_engine_chunk(L, &exec->chunk);
	n = nflua_engine_values(L);
	first = lua_gettop(L) - n + 1;
	luaL_checkstack(L, 4, "too many values");
	for (i = 0; i < n; i++) {
		nflua_poll(L);
		if (!add_value(L, first + i, exec)) {
			exec->values.truncated = true;
			break;
		}
		lua_settop(L, first + n - 1);
	}
}

/* Body: adds the names for a prefix. */
static void find_names(lua_State *L, void *ud)
{
	struct nflua_exec *exec = ud;

	nflua_complete(L, exec->prefix, &exec->values);
}

static int run(struct nflua_call *call, struct nflua_exec *exec)
{
	int err;

	call->output = &exec->output;
	err = nflua_call_run(call, exec->prefix ? find_names : run_chunk, exec,
			     &exec->error);
	if (exec->error.kind == NFLUA_ERROR_RUNTIME &&
	    exec->chunk.stage != NFLUA_STAGE_RUN) {
		exec->error.kind = exec->chunk.stage == NFLUA_STAGE_SYNTAX ?
				   NFLUA_ERROR_SYNTAX : NFLUA_ERROR_INCOMPLETE;
		err = nflua_error_errno(&exec->error);
	}
	return err;
}

int nflua_exec_build(struct nflua_runtime *rt, struct nflua_exec *exec)
{
	struct nflua_call call = {
		.kind = NFLUA_CALL_BUILD,
		.runtime = rt,
		.interrupt = exec->interrupt,
		.mask = &exec->mask,
	};
	int err;

	call.thread = nflua_call_thread(&call);
	if (!call.thread)
		return call.killed ? -EINTR : -ENOMEM;
	err = run(&call, exec);
	nflua_engine_drop(rt->main, call.thread);
	exec->wants = rt->host.wants_conntrack;
	return err;
}

/* Keeps the thread for the next exec, unless another exec has left one meanwhile. */
static void keep_thread(struct nflua_call *call)
{
	struct nflua_runtime *rt = call->runtime;

	if (rt->exec_thread) {
		nflua_engine_drop(rt->main, call->thread);
		return;
	}
	if (call->killed)
		nflua_engine_reset(call->thread);
	else
		nflua_engine_clear(call->thread);
	rt->exec_thread = call->thread;
}

int nflua_exec_live(struct nflua_runtime *rt, struct nflua_exec *exec)
{
	struct nflua_call call = {
		.kind = NFLUA_CALL_EXEC,
		.runtime = rt,
		.interrupt = exec->interrupt,
	};
	int err, wanted = rt->host.wants_conntrack;

	lockdep_assert_held(&rt->exec_lock);
	lockdep_assert_held(&rt->lock);
	call.thread = rt->exec_thread ?: nflua_call_thread(&call);
	rt->exec_thread = NULL;
	if (!call.thread)
		return call.killed ? -EINTR : -ENOMEM;
	err = run(&call, exec);
	keep_thread(&call);
	/* A chunk that was not compiled calls nothing. */
	if (err && exec->chunk.stage != NFLUA_STAGE_RUN)
		rt->host.wants_conntrack = wanted;
	exec->wants = rt->host.wants_conntrack;
	/* What the chunk has changed is lost; a completion changes nothing. */
	if (!err && !exec->prefix && READ_ONCE(rt->retired))
		err = -EAGAIN;
	return err;
}

void nflua_exec_clear(struct nflua_exec *exec)
{
	kfree(exec->output.data);
	kfree(exec->values.data);
	kfree(exec->show);
	nflua_error_clear(&exec->error);
}
