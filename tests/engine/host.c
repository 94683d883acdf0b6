// SPDX-License-Identifier: GPL-2.0-or-later
/* See host.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lauxlib.h"
#include "lstate.h"

#include "host.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

#define MEMORY_LIMIT	(64UL << 20)
#define HOOK_COUNT	1000
#define STACK		(4UL << 20)
/* Between the two limits, and below: frames of sanitizers are large. */
#define STACK_RESERVE	(512UL << 10)
#define OUTPUT_MAX	(64UL << 10)
#define ERROR_MAX	511
#define TRACEBACK_MAX	4095

void engine_assertion_fails(const char *what, const char *file, int line);

void engine_assertion_fails(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* ---- Jumps: those of setjmp.S, which ASan has to be told of. */

#ifdef __SANITIZE_ADDRESS__
void __asan_handle_no_return(void);
#else
#define __asan_handle_no_return()
#endif

#undef nflua_longjmp
void nflua_longjmp(nflua_jmpbuf buf, int value);

/* What the engine's files have for nflua_longjmp(). */
void engine_longjmp(nflua_jmpbuf buf, int value)
{
	__asan_handle_no_return();
	nflua_longjmp(buf, value);
}

/* ---- Time. */

/* Of the CPU: the machine may have other things to do. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Somebody looks at the clock. */
static void note_look(struct host *h)
{
	double at = now(), gap = at - h->last_look;

	if (h->last_look != 0 && gap > h->longest_gap)
		h->longest_gap = gap;
	h->last_look = at;
}

static int hook_count(const struct host *h, enum call_kind kind)
{
	if (h->knobs.hook_count)
		return h->knobs.hook_count;
	return kind == CALL_PACKET ? 0 : HOOK_COUNT;
}

/* What the timer of the budget does, or an interrupt. */
static void kill_call(struct host *h, struct call *call)
{
	call->killed = call->kind == CALL_PACKET ? KILLED_BUDGET : KILLED_INTERRUPT;
	h->port.attention = 1;
	if (call->running)
		nflua_engine_hook(call->running, 1);
}

static void tick(struct host *h, struct call *call)
{
	note_look(h);
	h->ticks++;
	if (h->port.overflowed)
		h->failed = 1;
	if (++call->ticks == h->knobs.budget && !call->killed)
		kill_call(h, call);
}

/* ---- Memory. */

/* Whether an allocation that fails has a collection, and is tried again; see lmem.c. */
static int collects(lua_State *L)
{
	return completestate(G(L)) && !G(L)->gcstopem;
}

static int refuses(struct host *h, size_t more)
{
	const struct knobs *k = &h->knobs;
	unsigned long n = ++h->allocations;

	if (h->used + more > k->memory_limit)
		return 1;
	if (k->fail_from && n >= k->fail_from && n - k->fail_from < k->fail_count)
		return 1;
	if (!k->fail_every || !h->main || !collects(h->main))
		return 0;
	h->retry = !h->retry && n % k->fail_every == 0;
	return h->retry;
}

static void *move_block(void *old, size_t osize, size_t nsize)
{
	void *new = malloc(nsize);

	if (!new) {
		perror("malloc");
		exit(2);
	}
	/* Always another one, so that who kept the old address is found. */
	if (old)
		memcpy(new, old, osize < nsize ? osize : nsize);
	free(old);
	return new;
}

static void *allocate(void *ud, void *old, size_t osize, size_t nsize)
{
	struct host *h = ud;
	int is_thread = !old && osize == LUA_TTHREAD;
	void *new;

	if (!old)
		osize = 0;
	if (nsize == 0) {
		h->used -= osize;
		free(old);
		return NULL;
	}
	if (nsize > osize && ((h->port.atomic && nsize > NFLUA_BLOCK_MAX) ||
			      refuses(h, nsize - osize))) {
		if (!h->retry)
			h->failed = 1;
		return NULL;
	}
	new = move_block(old, osize, nsize);
	h->used += nsize - osize;
	if (h->used > h->peak)
		h->peak = h->used;
	if (is_thread)
		*(struct nflua_port **)new = &h->port;
	return new;
}

int host_charge(lua_State *L, size_t size)
{
	struct host *h = host_of(L);

	if (h->used + size > h->knobs.memory_limit)
		return 0;
	h->used += size;
	h->objects++;
	nflua_engine_charge(L, size);
	return 1;
}

void host_uncharge(lua_State *L, size_t size)
{
	host_of(L)->used -= size;
	host_of(L)->objects--;
	nflua_engine_charge(L, -(long)size);
}

/* ---- What the engine calls; see port.h and kernel/call.c. */

unsigned int nflua_seed(void)
{
	return 0x5eed;
}

int nflua_pointer_text(char *buf, size_t size, const void *p)
{
	(void)p;
	return snprintf(buf, size, "0x1234");
}

char *nflua_text_alloc(lua_State *L, size_t size)
{
	(void)L;
	return malloc(size);
}

static void give_turn(struct host *h, struct call *call)
{
	static const unsigned char packet[64] = { 0x45, [9] = 17, [22] = 0, 53 };
	struct nflua_port port = h->port;
	struct outcome out;

	h->turns++;
	h->in_turn = 1;
	host_packet(h, packet, sizeof(packet), &out);
	h->in_turn = 0;
	port.wants_conntrack |= h->port.wants_conntrack;
	h->port = port;
	h->call = call;
}

static void attend_request(struct host *h, struct call *call)
{
	const struct knobs *k = &h->knobs;

	if (call->kind == CALL_EXEC && k->turn_every &&
	    call->ticks % k->turn_every == 0 && (!k->turns || h->turns < k->turns))
		give_turn(h, call);
}

void nflua_attend(lua_State *L)
{
	struct host *h = host_of(L);
	struct call *call = h->call;

	tick(h, call);
	if (call->kind != CALL_PACKET)
		attend_request(h, call);
	if (call->killed)
		nflua_engine_kill(call->thread);
	if (nflua_engine_hook_count(L) != hook_count(h, call->kind))
		nflua_engine_hook(L, hook_count(h, call->kind));
}

int nflua_attend_collector(lua_State *L)
{
	struct host *h = host_of(L);
	struct call *call = h->call;

	tick(h, call);
	if (call->kind == CALL_EXEC && h->knobs.stop_collector &&
	    ++h->looks % h->knobs.stop_collector == 0) {
		if (call->running)
			nflua_engine_hook(call->running, 1);
		return 1;
	}
	return call->killed;
}

void nflua_attend_parser(lua_State *L)
{
	struct host *h = host_of(L);
	struct call *call = h->call;

	tick(h, call);
	if (call->kind != CALL_PACKET)
		attend_request(h, call);
	if (call->killed)
		luaL_error(L, "stopped");
}

static void set_hook(struct host *h, lua_State *L)
{
	struct call *call = h->call;

	nflua_engine_hook(L, call->killed ? 1 : hook_count(h, call->kind));
}

void nflua_enter_thread(lua_State *co, lua_State **old)
{
	struct host *h = host_of(co);

	*old = h->call->running;
	h->call->running = co;
	set_hook(h, co);
}

void nflua_leave_thread(lua_State *co, lua_State *old)
{
	struct host *h = host_of(co);

	h->call->running = old;
	if (h->call->killed)
		set_hook(h, old);
}

void nflua_memory_error(lua_State *L)
{
	struct host *h = host_of(L);
	struct call *call = h->call;

	if (!call || call->kind != CALL_PACKET || ++call->memory_errors < 2)
		return;
	kill_call(h, call);
	call->killed = KILLED_MEMORY;
}

void nflua_output(lua_State *L, const char *s, size_t len)
{
	struct text *out = &host_of(L)->output;

	/* What a packet prints in between is not a part of the program's output. */
	if (host_of(L)->in_turn)
		return;
	if (len > out->max - out->len) {
		len = out->max - out->len;
		out->truncated = 1;
	}
	memcpy(out->buf + out->len, s, len);
	out->len += len;
}

/* ---- Calls. */

static void enter_stack(struct host *h)
{
	unsigned long sp = (unsigned long)__builtin_frame_address(0);

	h->port.stack_soft = sp - h->knobs.stack;
	h->port.stack_hard = h->port.stack_soft - STACK_RESERVE;
	h->port.overflowed = 0;
}

static void begin(struct host *h, struct call *call)
{
	call->running = call->thread;
	h->call = call;
	h->last_look = 0;
	h->port.attention = 1;
	h->port.atomic = call->kind != CALL_BUILD;
	if (call->thread)
		nflua_engine_hook(call->thread, hook_count(h, call->kind));
	enter_stack(h);
}

static void end(struct host *h)
{
	h->call = NULL;
	h->port.attention = 0;
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

/* The body of kernel/packet.c: the status, as of Lua. */
static int enter_packet(struct host *h, struct call *call)
{
	const void *name;

	enter_stack(h);
	name = nflua_engine_name(h->main, 0, "packet");
	if (!name)
		return NFLUA_ENGINE_NO_MEMORY;
	call->running = h->thread;
	nflua_engine_hook(h->thread, hook_count(h, CALL_PACKET));
	return nflua_engine_call(h->thread, name);
}

int host_packet(struct host *h, const unsigned char *packet, size_t len,
		struct outcome *out)
{
	struct call call = { .kind = CALL_PACKET, .has_packet = 1, .thread = h->thread };

	memset(out, 0, sizeof(*out));
	h->packet = packet;
	h->packet_len = len;
	h->port.serial = ++h->packets;
	h->port.atomic = 1;
	h->port.attention = 1;
	h->call = &call;
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

/* ---- Runtimes. */

static int open_universe(struct host *h)
{
	struct call call = { .kind = CALL_BUILD };
	struct outcome out = { 0 };

	h->call = &call;
	enter_stack(h);
	h->main = nflua_engine_open(allocate, h);
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
	h->port.memory_limit = h->knobs.memory_limit;
	h->output.max = OUTPUT_MAX;
	h->output.buf = malloc(OUTPUT_MAX);
	nflua_engine_init(0x9e3779b97f4a7c15ULL);
	if (!h->output.buf || open_universe(h)) {
		host_close(h);
		return NULL;
	}
	return h;
}

void host_close(struct host *h)
{
	struct call call = { .kind = CALL_BUILD };

	if (h->main) {
		h->call = &call;
		h->port.atomic = 0;
		h->port.attention = 0;
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
