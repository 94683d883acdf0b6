// SPDX-License-Identifier: GPL-2.0-or-later
/* What the engine calls, and asks of the kernel; see host.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#include "lauxlib.h"
#include "lstate.h"

#include "harness.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__
#endif
#endif

#define HOOK_COUNT	1000

void engine_assertion_fails(const char *what, const char *file, int line);

void engine_assertion_fails(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

/* Jumps: those of setjmp.S, which ASan has to be told of. */

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

/* Of the CPU: the machine may have other things to do. */
static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* Stays 0 but in the variant of the engine that counts; see work.h. */
unsigned long engine_work;

void host_begin_looks(struct host *h)
{
	h->last_look = 0;
	h->last_work = engine_work;
}

/* Somebody looks at the clock. */
static void note_look(struct host *h)
{
	double at = now(), gap = at - h->last_look;
	unsigned long work = engine_work - h->last_work;

	if (h->last_look != 0 && gap > h->longest_gap)
		h->longest_gap = gap;
	if (work > h->most_work)
		h->most_work = work;
	h->last_look = at;
	h->last_work = engine_work;
}

int host_hook_count(const struct host *h, enum call_kind kind)
{
	if (h->knobs.hook_count)
		return h->knobs.hook_count;
	return kind == CALL_PACKET ? 0 : HOOK_COUNT;
}

/* What the timer of the budget does, or an interrupt. */
static void kill_call(struct host *h, struct call *call)
{
	call->killed = call->kind == CALL_PACKET ? KILLED_BUDGET : KILLED_INTERRUPT;
	h->host.call.attention = 1;
	if (call->running)
		nflua_engine_hook(call->running, 1);
}

static struct host *volatile watched;
static unsigned long found;	/* number of the packet at the last look */

/*
 * A loop without a look runs on for ever in a call for a packet, as no hook counts its
 * instructions. In the module a timer sets a hook. Here one does that for a call which it
 * finds a second time, so that others do not depend on time.
 */
static void watch(int signal)
{
	struct host *h = watched;

	(void)signal;
	if (!h || !h->call || h->call->kind != CALL_PACKET)
		return;
	if (found == h->packets && !h->call->killed)
		kill_call(h, h->call);
	found = h->packets;
}

void host_watch(struct host *h)
{
	const struct sigaction action = { .sa_handler = watch, .sa_flags = SA_RESTART };
	const struct itimerval second = { { 1, 0 }, { 1, 0 } };

	watched = NULL;
	found = 0;
	if (!h)
		return;
	watched = h;
	sigaction(SIGVTALRM, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &second, NULL);
}

static void tick(struct host *h, struct call *call)
{
	note_look(h);
	h->ticks++;
	if (h->host.call.overflowed)
		h->failed = 1;
	if (++call->ticks == h->knobs.budget && !call->killed)
		kill_call(h, call);
}

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

void *host_allocate(void *ud, void *old, size_t osize, size_t nsize)
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
	if (nsize > osize && ((h->host.call.atomic && nsize > NFLUA_BLOCK_MAX) ||
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
		*(struct nflua_host **)new = &h->host;
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

unsigned int nflua_seed(void)
{
	return 0x5eed;
}

/* As the kernel's own, by words. */
unsigned int nflua_hash(const char *s, size_t len, unsigned int seed)
{
	unsigned long long h = seed ^ len, word;

	engine_work += len / 4;
	for (; len; len -= len < 8 ? len : 8) {
		word = 0;
		memcpy(&word, s, len < 8 ? len : 8);
		h = (h ^ word) * 0x9e3779b97f4a7c15ULL;
		h ^= h >> 29;
		s += len < 8 ? len : 8;
	}
	return h ^ h >> 32;
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
	struct nflua_host_call mine = h->host.call;
	struct outcome out;

	h->turns++;
	h->in_turn = 1;
	host_packet(h, packet, sizeof(packet), &out);
	h->in_turn = 0;
	h->host.call = mine;
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
	if (nflua_engine_hook_count(L) != host_hook_count(h, call->kind))
		nflua_engine_hook(L, host_hook_count(h, call->kind));
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

	nflua_engine_hook(L, call->killed ? 1 : host_hook_count(h, call->kind));
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
