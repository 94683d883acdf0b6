// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Chunks that a request runs: in a runtime of their own, which may then be
 * published, or in a live state, in turns with packets.
 */
#include <linux/log2.h>
#include <linux/slab.h>

#include "lauxlib.h"
#include "runtime/call.h"
#include "compat.h"

/* The longest value, so that its attribute and the nest around it fit 16 bits. */
#define VALUE_MAX	(NFLUA_MSG_MAX - 3 * NLA_HDRLEN)

/* A record of nflua_values: type and length, then the bytes. */
struct record {
	u8 type;
	u32 len;
} __packed;

static bool append(struct nflua_values *v, const void *data, size_t len,
		   gfp_t gfp)
{
	size_t size;
	char *buf;

	if (v->len + len > v->size) {
		size = roundup_pow_of_two(max_t(size_t, v->len + len, 256));
		buf = krealloc(v->buf, size, gfp | __GFP_NOWARN);
		if (!buf)
			return false;
		v->buf = buf;
		v->size = size;
	}
	memcpy(v->buf + v->len, data, len);
	v->len += len;
	return true;
}

/* Adds a record, cut short if it has to be; false when there is no more room. */
bool nflua_values_add(struct nflua_values *v, u8 type, const void *data,
		      size_t len, gfp_t gfp)
{
	struct record record = { .type = type };
	size_t before = v->len, room, left = NFLUA_VALUES_MAX - v->len;

	if (left <= sizeof(record))
		return false;
	room = min_t(size_t, left - sizeof(record), VALUE_MAX);
	if (len > room) {
		v->truncated = true;
		if (type == NFLUA_VALUE_INTEGER)
			return false;
		len = room;
	}
	record.len = len;
	if (append(v, &record, sizeof(record), gfp) && append(v, data, len, gfp))
		return true;
	v->len = before;
	return false;
}

static bool add_value(lua_State *L, int idx, struct nflua_exec *exec)
{
	struct nflua_values *v = &exec->values;
	gfp_t gfp = nflua_port(L)->atomic ? NFLUA_GFP_ATOMIC : GFP_KERNEL;
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

/* Body: the chunk, then its values, whose __tostring is script code too. */
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

bool nflua_values_next(const struct nflua_values *values, size_t *pos,
		       struct nflua_value *value)
{
	const struct record *record;

	if (*pos >= values->len)
		return false;
	record = (const struct record *)(values->buf + *pos);
	value->type = record->type;
	value->len = get_unaligned(&record->len);
	value->data = values->buf + *pos + sizeof(*record);
	*pos += sizeof(*record) + value->len;
	return true;
}

static int run(struct nflua_call *call, struct nflua_exec *exec)
{
	int err;

	call->output = &exec->output;
	err = nflua_call_run(call, exec->prefix ? nflua_complete : run_chunk,
			     exec, &exec->error);
	if (exec->error.kind == NFLUA_ERROR_RUNTIME &&
	    exec->chunk.stage != NFLUA_STAGE_RUN) {
		exec->error.kind = exec->chunk.stage == NFLUA_STAGE_SYNTAX ?
				   NFLUA_ERROR_SYNTAX : NFLUA_ERROR_INCOMPLETE;
		err = nflua_error_errno(&exec->error);
	}
	return err;
}

/**
 * nflua_exec_build - runs a chunk in a fresh runtime of @state
 * @state: its limits hold; need not be in the table
 * @exec: the chunk
 * @out: the runtime, owned by the caller, when the chunk did not fail
 *
 * What the chunk wants of the namespace it gets when the runtime is published.
 */
int nflua_exec_build(struct nflua_state *state, struct nflua_exec *exec,
		     struct nflua_runtime **out)
{
	struct nflua_runtime *rt = nflua_runtime_create(state);
	struct nflua_call call = {
		.kind = NFLUA_CALL_BUILD,
		.runtime = rt,
		.interrupt = exec->interrupt,
	};
	int err;

	if (IS_ERR(rt))
		return PTR_ERR(rt);
	call.thread = nflua_call_thread(&call);
	if (call.thread) {
		err = run(&call, exec);
		nflua_engine_drop(rt->main, call.thread);
	} else {
		err = call.killed ? -EINTR : -ENOMEM;
	}
	if (err) {
		nflua_runtime_put(rt);
		return err;
	}
	*out = rt;
	return 0;
}

/* Another exec may have left one meanwhile. */
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

/* The runtime that packets use, held and locked; NULL: the state is dead. */
static struct nflua_runtime *take_live(struct nflua_state *state)
{
	struct nflua_runtime *rt;

	while ((rt = nflua_runtime_get(state))) {
		nflua_debug_hold(NFLUA_HOLD_WAITS);
		mutex_lock(&rt->exec_lock);
		spin_lock_bh(&rt->lock);
		/* Another one may have taken its place meanwhile. */
		if (rcu_access_pointer(state->runtime) == rt)
			break;
		spin_unlock_bh(&rt->lock);
		mutex_unlock(&rt->exec_lock);
		nflua_runtime_put(rt);
	}
	return rt;
}

/* The runtime is locked. */
static int run_live(struct nflua_call *call, struct nflua_exec *exec)
{
	struct nflua_runtime *rt = call->runtime;
	int err, wanted = rt->port.wants_conntrack;

	call->thread = rt->exec_thread ?: nflua_call_thread(call);
	rt->exec_thread = NULL;
	if (!call->thread)
		return call->killed ? -EINTR : -ENOMEM;
	err = run(call, exec);
	keep_thread(call);
	/* Nothing is there of a chunk that was not compiled. */
	if (err && exec->chunk.stage != NFLUA_STAGE_RUN)
		rt->port.wants_conntrack = wanted;
	return err;
}

/**
 * nflua_exec_live - runs a chunk in the runtime that packets use
 * @state: in the table, and kept there by nflua_state_exec_get
 * @exec: the chunk
 */
int nflua_exec_live(struct nflua_state *state, struct nflua_exec *exec)
{
	struct nflua_runtime *rt = take_live(state);
	struct nflua_call call = {
		.kind = NFLUA_CALL_EXEC,
		.runtime = rt,
		.interrupt = exec->interrupt,
	};
	int err, wants;

	if (!rt)
		return -ENOENT;
	err = run_live(&call, exec);
	wants = rt->port.wants_conntrack;
	spin_unlock_bh(&rt->lock);
	mutex_unlock(&rt->exec_lock);
	nflua_conntrack_want(state->net, wants);
	nflua_runtime_put(rt);
	return err;
}

void nflua_exec_clear(struct nflua_exec *exec)
{
	kfree(exec->output.buf);
	kfree(exec->values.buf);
	kfree(exec->show);
	nflua_error_clear(&exec->error);
}
