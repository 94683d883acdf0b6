/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call: one run of Lua code, of whatever kind, from entry to exit.
 */
#ifndef NFLUA_CALL_H
#define NFLUA_CALL_H

#include <linux/jump_label.h>
#include <linux/netfilter.h>

#include "nflua.h"

enum nflua_call_kind {
	NFLUA_CALL_PACKET,	/* runtime locked, atomic, budget */
	NFLUA_CALL_EXEC,	/* runtime locked, gives turns, can be interrupted */
	NFLUA_CALL_BUILD,	/* runtime not yet seen by others, may sleep */
};

/* The packet of a call, as the hook gave it. */
struct nflua_packet {
	struct sk_buff *skb;
	const struct nf_hook_state *hook;
	unsigned int serial;	/* tells this packet's views from older ones */
	bool hotdrop;
};

/* What print() wrote in a request; grows up to NFLUA_OUTPUT_MAX. */
struct nflua_output {
	char *buf;
	size_t len;
	size_t size;
	bool truncated;
};

/**
 * struct nflua_call - who has a runtime, on the stack of whoever calls
 *
 * @kind: decides what the code may do and how it is stopped
 * @runtime: where it runs
 * @thread: the Lua thread that the call began on
 * @running: the thread that runs now, a coroutine perhaps
 * @killed: why the call is to end; NFLUA_ERROR_NONE while it is not
 * @memory_errors: that were raised; the second one ends a packet call
 * @packet: of a packet call, else NULL
 * @interrupt: of a request: set by others to end it
 * @output: of a request, where print() writes; NULL: print is an event
 * @turn_at: of an exec: when its turn began, in ns of the monotonic clock
 * @budget_ns: of a packet call
 */
struct nflua_call {
	enum nflua_call_kind kind;
	struct nflua_runtime *runtime;
	lua_State *thread;
	lua_State *running;
	int killed;
	unsigned int memory_errors;
	struct nflua_packet *packet;
	const int *interrupt;
	struct nflua_output *output;
	u64 turn_at;
	u64 budget_ns;
};

/* call.c */
struct nflua_call *nflua_call_of(lua_State *L);
int nflua_call_packet(struct nflua_state *state, const char *function,
		      struct nflua_packet *packet,
		      int (*result)(lua_State *L));
int nflua_call_run(struct nflua_call *call,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_error *error);

/* The values that a chunk gave, as records; see exec.c. */
struct nflua_values {
	char *buf;
	size_t len;
	size_t size;
	bool truncated;
};

struct nflua_value {
	enum nflua_value_attr type;
	u32 len;
	const char *data;	/* a long long, an u8, or len bytes */
};

bool nflua_values_next(const struct nflua_values *values, size_t *pos,
		       struct nflua_value *value);

/* A run of a chunk. */
struct nflua_exec {
	struct nflua_chunk chunk;	/* in, but for stage */
	const int *interrupt;		/* in */
	struct nflua_output output;
	struct nflua_values values;	/* with chunk.eval */
	struct nflua_error error;
};

/*
 * exec.c; process context, may sleep. 0, or what nflua_error_errno gives of
 * exec->error, or another negative errno without one.
 */
int nflua_exec_build(struct nflua_state *state, struct nflua_exec *exec,
		     struct nflua_runtime **out);
int nflua_exec_live(struct nflua_state *state, struct nflua_exec *exec);
void nflua_exec_clear(struct nflua_exec *exec);

/* stack.c */
bool nflua_stack_enter(struct nflua_port *port);
unsigned long nflua_stack_bottom(unsigned long sp);

/* debug.c: for tests; see there */
DECLARE_STATIC_KEY_FALSE(nflua_debug_allocs);
DECLARE_STATIC_KEY_FALSE(nflua_debug_stacks);
extern unsigned int nflua_debug_taken;
bool __nflua_debug_fail_alloc(void);
void __nflua_debug_paint_stack(void);
void __nflua_debug_read_stack(void);

/* Whether this allocation of Lua is to fail. */
static inline bool nflua_debug_fail_alloc(void)
{
	return static_branch_unlikely(&nflua_debug_allocs) &&
	       __nflua_debug_fail_alloc();
}

/* Bytes of the C stack that Lua is to take for used. */
static inline unsigned int nflua_debug_stack_taken(void)
{
	return static_branch_unlikely(&nflua_debug_stacks) ?
	       READ_ONCE(nflua_debug_taken) : 0;
}

/* Around a call: measures how much of the C stack it uses. */
static inline void nflua_debug_paint_stack(void)
{
	if (static_branch_unlikely(&nflua_debug_stacks))
		__nflua_debug_paint_stack();
}

static inline void nflua_debug_read_stack(void)
{
	if (static_branch_unlikely(&nflua_debug_stacks))
		__nflua_debug_read_stack();
}

/* watch.c: the budget timer of this CPU; BHs are off */
void nflua_watch_begin(struct nflua_call *call);
void nflua_watch_end(void);
void nflua_watch_init(void);
void nflua_watch_exit(void);

#endif
