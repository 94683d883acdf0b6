// SPDX-License-Identifier: GPL-2.0-or-later
/* See harness.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lauxlib.h"
#include "lstate.h"

#include "harness.h"

#define MEMORY_LIMIT	(64UL << 20)
#define STACK		(4UL << 20)
/* Between the two limits, and below: frames of sanitizers are large. */
#define STACK_RESERVE	(512UL << 10)
#define OUTPUT_MAX	(64UL << 10)
#define ERROR_MAX	511
#define TRACEBACK_MAX	4095

static void enter_stack(struct host *h)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);

	h->host.call.stack_soft = sp - h->knobs.stack;
	h->host.call.stack_hard = h->host.call.stack_soft - STACK_RESERVE;
	h->host.call.overflowed = 0;
}

static void begin(struct host *h, struct call *call)
{
	call->running = call->thread;
	h->call = call;
	host_begin_looks(h);
	h->host.call.attention = 1;
	h->host.call.atomic = call->kind != CALL_BUILD;
	if (call->thread)
		nflua_engine_hook(call->thread, host_hook_count(h, call->kind));
	enter_stack(h);
}

static void end(struct host *h)
{
	h->call = NULL;
	h->host.call.attention = 0;
}

static lua_State *make_thread(struct host *h, struct call *call)
{
	lua_State *thread;

	begin(h, call);
	thread = nflua_engine_thread(h->main);
	end(h);
	return thread;
}

static void keep(char *to, size_t size, struct nflua_text *text)
{
	snprintf(to, size, "%s", text->buf ? text->buf : "");
	free(text->buf);
}

static void note_place(struct call *call, struct nflua_text *traceback)
{
	free(traceback->buf);
	traceback->buf = NULL;
	traceback->truncated = 0;
	nflua_engine_where(call->running, traceback);
}

/* As nflua_call_recover(), nflua_call_fail(): what is to be said of it. */
static void recover(struct call *call, struct outcome *out)
{
	struct nflua_failure failure = {
		.text.max = ERROR_MAX,
		.traceback.max = TRACEBACK_MAX,
	};

	if (out->status < NFLUA_ENGINE_KILLED) {
		if (call->killed)
			note_place(call, &failure.traceback);
		out->status = nflua_engine_recover(call->thread, out->status, &failure);
	}
	if (out->status == NFLUA_ENGINE_KILLED)
		note_place(call, &failure.traceback);
	keep(out->text, sizeof(out->text), &failure.text);
	keep(out->traceback, sizeof(out->traceback), &failure.traceback);
}

static void run_body(struct host *h, struct call *call,
		     void (*body)(lua_State *L, void *ud), void *ud,
		     struct outcome *out)
{
	begin(h, call);
	out->status = nflua_engine_run(call->thread, body, ud);
	if (out->status != LUA_OK)
		recover(call, out);
	out->killed = call->killed;
	if (call->killed)
		nflua_engine_reset(call->thread);
	else
		nflua_engine_clear(call->thread);
	end(h);
}

struct source {
	const char *text;
	size_t len;
	size_t at;
};

static const char *read_source(void *ud, size_t *size)
{
	struct source *src = ud;
	const char *piece = src->text + src->at;

	*size = src->len - src->at;
	src->at = src->len;
	return *size ? piece : NULL;
}

static void rewind_source(void *ud)
{
	((struct source *)ud)->at = 0;
}

int host_run(struct host *h, enum call_kind kind, const char *text, size_t len,
	     const char *name, int eval, struct outcome *out)
{
	struct source src = { .text = text, .len = len };
	struct nflua_chunk chunk = {
		.read = read_source,
		.rewind = rewind_source,
		.ud = &src,
		.name = name,
		.eval = eval,
	};
	struct call call = { .kind = kind };

	memset(out, 0, sizeof(*out));
	out->status = NFLUA_ENGINE_NO_MEMORY;
	call.thread = make_thread(h, &call);
	if (!call.thread)
		return out->status;
	run_body(h, &call, nflua_engine_chunk, &chunk, out);
	out->stage = chunk.stage;
	nflua_engine_drop(h->main, call.thread);
	return out->status;
}

/* The body of kernel/netfilter/packet_call.c: the status, as of Lua. */
static int enter_packet(struct host *h, struct call *call)
{
	const void *name;

	enter_stack(h);
	name = nflua_engine_name(h->main, 0, "packet");
	if (!name)
		return NFLUA_ENGINE_NO_MEMORY;
	call->running = h->thread;
	nflua_engine_hook(h->thread, host_hook_count(h, CALL_PACKET));
	return nflua_engine_call(h->thread, name);
}

int host_packet(struct host *h, const unsigned char *packet, size_t len,
		struct outcome *out)
{
	struct call call = { .kind = CALL_PACKET, .has_packet = 1, .thread = h->thread };

	memset(out, 0, sizeof(*out));
	h->packet = packet;
	h->packet_len = len;
	h->host.serial = ++h->packets;
	h->host.call.atomic = 1;
	h->host.call.attention = 1;
	h->call = &call;
	host_begin_looks(h);
	out->status = enter_packet(h, &call);
	if (out->status != LUA_OK)
		recover(&call, out);
	out->killed = call.killed;
	if (call.killed)
		nflua_engine_reset(h->thread);
	else
		nflua_engine_clear(h->thread);
	if (out->status != LUA_OK)
		h->packet_errors++;
	end(h);
	h->packet = NULL;
	return out->status;
}

static int open_universe(struct host *h)
{
	struct call call = { .kind = CALL_BUILD };
	struct outcome out = { 0 };

	h->call = &call;
	enter_stack(h);
	h->main = nflua_engine_open(host_allocate, h);
	h->call = NULL;
	if (!h->main)
		return -1;
	call.thread = make_thread(h, &call);
	if (!call.thread)
		return -1;
	run_body(h, &call, host_open_packets, NULL, &out);
	nflua_engine_drop(h->main, call.thread);
	if (out.status != LUA_OK)
		return -1;
	if (h->knobs.eager)
		lua_gc(h->main, LUA_GCINC, 1, 1000, 0);
	call.thread = NULL;
	h->thread = make_thread(h, &call);
	return h->thread ? 0 : -1;
}

struct host *host_open(const struct knobs *knobs)
{
	struct host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->knobs = *knobs;
	if (!h->knobs.memory_limit)
		h->knobs.memory_limit = MEMORY_LIMIT;
	if (!h->knobs.stack)
		h->knobs.stack = STACK;
	h->host.memory_limit = h->knobs.memory_limit;
	h->output.max = OUTPUT_MAX;
	h->output.buf = malloc(OUTPUT_MAX);
	nflua_engine_init(0x9e3779b97f4a7c15ULL);
	host_watch(h);
	if (!h->output.buf || open_universe(h)) {
		host_close(h);
		return NULL;
	}
	return h;
}

void host_close(struct host *h)
{
	struct call call = { .kind = CALL_BUILD };

	host_watch(NULL);
	if (h->main) {
		h->call = &call;
		h->host.call.atomic = 0;
		h->host.call.attention = 0;
		enter_stack(h);
		lua_close(h->main);
	}
	if (h->used || h->objects) {
		fprintf(stderr, "%zu bytes and %zu objects are left over\n",
			h->used, h->objects);
		abort();
	}
	free(h->output.buf);
	free(h);
}
