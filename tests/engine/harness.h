/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A runtime in user space: what the engine (kernel/lua) asks of the module, with
 * knobs for what goes wrong there. The rules of calls are those of kernel/runtime/call.c,
 * kernel/netfilter/packet_call.c and kernel/runtime/runtime.c.
 */
#ifndef ENGINE_HARNESS_H
#define ENGINE_HARNESS_H

#include <stddef.h>

#include "engine.h"

/* As in kernel/nflua.h. */
enum call_kind {
	CALL_PACKET,		/* atomic, under a budget */
	CALL_EXEC,		/* atomic, in turns with packets */
	CALL_BUILD,		/* nobody else sees the runtime */
};

enum killed {
	KILLED_NOT,
	KILLED_BUDGET,
	KILLED_MEMORY,
	KILLED_INTERRUPT,
};

struct call {
	enum call_kind kind;
	lua_State *thread;
	lua_State *running;
	enum killed killed;
	unsigned int memory_errors;
	int has_packet;
	unsigned long ticks;		/* that it has taken */
};

/*
 * What goes wrong, and when. A tick is a look of the engine at the clock: each
 * instruction when @hook_count is 1, and each poll of a loop in C. Zeros: nothing
 * does, and Lua code looks every 1,000 instructions, as in the kernel.
 */
struct knobs {
	size_t memory_limit;		/* bytes; 0: 64 MiB */
	unsigned long fail_from;	/* allocations that grow fail from this one on */
	unsigned long fail_count;	/* so many of them */
	unsigned long fail_every;	/* so many fail once: garbage goes first */
	int eager;			/* one collection follows the other */
	unsigned long budget;		/* of a call, in ticks; 0: it has none */
	unsigned long turn_every;	/* ticks of an exec between two turns */
	unsigned long turns;		/* that it has at most; 0: any number */
	unsigned long stop_collector;	/* every so many looks it is to end */
	int hook_count;			/* instructions between two looks */
	size_t stack;			/* bytes of C stack for a call; 0: 4 MiB */
};

/* What print() wrote. */
struct text {
	char *buf;
	size_t len;
	size_t max;		/* more is not kept */
	int truncated;
};

struct host {
	struct nflua_host host;		/* what the engine sees of it */
	struct knobs knobs;
	struct call *call;
	lua_State *main;
	lua_State *thread;		/* of packets */
	size_t used;
	size_t peak;
	unsigned long allocations;	/* that grew */
	int retry;			/* the next one does not fail, see fail_every */
	unsigned long ticks;		/* of all calls */
	unsigned long looks;		/* of the collector */
	unsigned long packets;
	unsigned long packet_errors;
	int in_turn;
	unsigned long turns;
	int failed;			/* memory was refused by a knob, or C stack */
	struct text output;
	const unsigned char *packet;	/* of the call for one */
	size_t packet_len;
	size_t objects;			/* of scripts that hold memory outside, see packet.c */
	double last_look;		/* s */
	double longest_gap;		/* between two looks, s */
	unsigned long last_work;	/* as engine_work was at the last look */
	unsigned long most_work;	/* between two looks; see work.h */
};

/* The outcome of a call. */
struct outcome {
	int status;			/* of Lua, or NFLUA_ENGINE_* */
	enum killed killed;
	char text[512];			/* of an error */
	char traceback[4096];
	enum nflua_engine_stage stage;
};

static inline struct host *host_of(lua_State *L)
{
	return (struct host *)((char *)nflua_host(L) - offsetof(struct host, host));
}

/*
 * A runtime with its libraries and its thread for packets. The knobs hold from the
 * start. NULL: no memory, which only a knob can bring about.
 */
struct host *host_open(const struct knobs *knobs);

/* Ends it; aborts when memory is left over. */
void host_close(struct host *h);

/* Runs a chunk of @len bytes; 0 or the status. */
int host_run(struct host *h, enum call_kind kind, const char *chunk, size_t len,
	     const char *name, int eval, struct outcome *out);

/* Calls the global function "packet" for these bytes, as a rule does. */
int host_packet(struct host *h, const unsigned char *packet, size_t len,
		struct outcome *out);

/* As nflua_runtime_charge(): what an object holds outside of Lua's memory. */
int host_charge(lua_State *L, size_t size);
void host_uncharge(lua_State *L, size_t size);

/*
 * host.c: what the engine calls. Instructions between two looks at the clock; the
 * lua_Alloc of a host.
 */
int host_hook_count(const struct host *h, enum call_kind kind);
void *host_allocate(void *ud, void *old, size_t osize, size_t nsize);

/* A call begins: what was before does not count as time without a look. */
void host_begin_looks(struct host *h);

/* Watches the calls for packets of this host, which may be NULL, and of no other. */
void host_watch(struct host *h);

/* packet.c: views of the packet, and the library "nf" of the tests. */
void host_open_packets(lua_State *L, void *ud);

#endif
