/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls: runs of Lua code, from entry to exit. */
#ifndef NFLUA_CALL_H
#define NFLUA_CALL_H

#include <linux/types.h>

#include "engine.h"
#include "runtime/buffer.h"
#include "runtime/error.h"

struct nf_hook_state;
struct nflua_mask_change;
struct nflua_runtime;
struct nflua_sink;
struct sk_buff;

enum nflua_call_kind {
	NFLUA_CALL_BUDGET,	/* for a packet, or a callback: runtime locked, atomic */
	NFLUA_CALL_EXEC,	/* runtime locked, gives turns, can be interrupted */
	NFLUA_CALL_BUILD,	/* runtime not yet seen by others, may sleep */
};

/* What a call did with its packet, as bits. */
#define NFLUA_EFFECT_ANSWERED	1	/* it has replied to TCP of this host */
#define NFLUA_EFFECT_WRITTEN	2	/* it has written into the packet */
#define NFLUA_EFFECT_ROUTE	4	/* it has changed what may decide on the route */
#define NFLUA_EFFECT_HOTDROP	8	/* it wants the packet dropped at once */
#define NFLUA_EFFECT_REJECT	0x70	/* it wants it rejected; an enum nflua_reject */
#define NFLUA_EFFECT_VERDICT	(NFLUA_EFFECT_HOTDROP | NFLUA_EFFECT_REJECT)

/* The packet of a call, as the hook gave it. */
struct nflua_packet {
	struct sk_buff *skb;
	const struct nf_hook_state *hook;
	u8 effects;		/* NFLUA_EFFECT_* */
	bool is_const;		/* in a match, which must not change the packet */
};

/**
 * struct nflua_call - a call, which has a runtime while it runs
 *
 * @kind: decides what the code may do and how it is stopped
 * @runtime: where it runs
 * @thread: the Lua thread that the call began on
 * @running: the thread that runs now, perhaps a coroutine
 * @killed: why the call must end, or NFLUA_ERROR_NONE
 * @memory_errors: number of memory errors raised; the second one ends a packet call
 * @packet: the packet of IP that the call is for, or NULL
 * @frame: the same, or what is no IP
 * @interrupt: of a request: others set it to end the call
 * @output: of a request: takes what print() writes; NULL: print() makes an event
 * @turn_at: of an exec: when its turn began, in ns of the monotonic clock
 * @budget_ns: of a call with a budget: its time limit
 * @dry: takes what the call sends; NULL: it is really sent
 * @mask: of a build: takes what it changes, for when it is published
 * @long_ns: of a call with a budget: its time if that was a tick or more, else 0
 */
struct nflua_call {
	enum nflua_call_kind kind;
	struct nflua_runtime *runtime;
	lua_State *thread;
	lua_State *running;
	int killed;
	unsigned int memory_errors;
	struct nflua_packet *packet;
	struct nflua_packet *frame;
	const int *interrupt;
	struct nflua_buffer *output;
	u64 turn_at;
	u64 budget_ns;
	struct nflua_sink *dry;
	struct nflua_mask_change *mask;
	u64 long_ns;
};

/**
 * nflua_call_run - runs @body on call->thread
 * @call: kind, runtime, thread and whatever else the kind needs are set; the
 *	runtime is locked unless this is a build
 * @body: runs Lua code; its errors are caught
 * @ud: its argument
 * @error: empty; filled if the run fails
 *
 * Returns 0, with what @body left on the thread's stack, or the negative errno of @error.
 * If call->killed is set, the thread needs nflua_engine_reset() before it is used again.
 */
int nflua_call_run(struct nflua_call *call,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_error *error);

/**
 * nflua_call_thread - makes a thread for a request to run on
 * @call: kind, runtime and interrupt are set; the runtime is locked unless this is
 *	a build
 *
 * This may need a full collection, which may keep packets waiting. So it is a part of the
 * call, and can be stopped like it. Returns the thread, for nflua_engine_drop(), or NULL
 * if there is no memory or call->killed is set.
 */
lua_State *nflua_call_thread(struct nflua_call *call);

/**
 * nflua_call_abandon - ends a call under a budget that failed or was killed
 * @call: has the runtime, unless @status is LUA_OK
 * @status: of Lua; LUA_OK if the call ended before it noticed the kill
 * @error: empty; filled
 *
 * Returns the negative errno of @error. The runtime is locked.
 */
int nflua_call_abandon(struct nflua_call *call, int status,
		       struct nflua_error *error);

#endif
