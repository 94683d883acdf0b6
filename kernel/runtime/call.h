/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls: one run of Lua code each, of whatever kind, from entry to exit. */
#ifndef NFLUA_CALL_H
#define NFLUA_CALL_H

#include <linux/types.h>

#include "engine.h"
#include "runtime/buffer.h"
#include "runtime/error.h"

struct nf_hook_state;
struct nflua_runtime;
struct sk_buff;

enum nflua_call_kind {
	NFLUA_CALL_PACKET,	/* runtime locked, atomic, budget; callbacks too */
	NFLUA_CALL_EXEC,	/* runtime locked, gives turns, can be interrupted */
	NFLUA_CALL_BUILD,	/* runtime not yet seen by others, may sleep */
};

/* The packet of a call, as the hook gave it. */
struct nflua_packet {
	struct sk_buff *skb;
	const struct nf_hook_state *hook;
	bool *hotdrop;		/* set when the hook must drop the packet */
	bool *answered;		/* set when this host's TCP packet was answered; NULL: of a match */
};

/**
 * struct nflua_sink - where everything goes that a dry run would send
 *
 * @packet: takes a packet, from its network header on
 * @message: takes a message
 * @mask: the match mask that the call sees and changes; NULL: it sees that of the
 *	namespace, and changes nothing
 */
struct nflua_sink {
	void (*packet)(struct nflua_sink *sink, const void *data, size_t len);
	void (*message)(struct nflua_sink *sink, const void *data, size_t len);
	u64 *mask;
};

/* Drops everything: of what lives on after a dry run. */
extern struct nflua_sink nflua_sink_nowhere;

/**
 * struct nflua_call - who has a runtime: a request, or the packets' own
 *
 * @kind: decides what the code may do and how it is stopped
 * @runtime: where it runs
 * @thread: the Lua thread that the call began on
 * @running: the thread that runs now, a coroutine perhaps
 * @killed: why the call must end; NFLUA_ERROR_NONE while it need not
 * @memory_errors: number of memory errors raised; the second one ends a packet call
 * @packet: that the call is for; NULL: for none
 * @interrupt: of a request: set by others to end it
 * @output: of a request, where print() writes; NULL: print() makes an event
 * @turn_at: of an exec: when its turn began, in ns of the monotonic clock
 * @budget_ns: of a packet call
 * @dry: takes what the call sends; NULL: it is really sent
 * @long_ns: how long a packet call took that the timer saw, else 0
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
	struct nflua_buffer *output;
	u64 turn_at;
	u64 budget_ns;
	struct nflua_sink *dry;
	u64 long_ns;
};

/**
 * nflua_call_run - runs @body on call->thread
 * @call: kind, runtime, thread and whatever else the kind needs are set; the
 *	runtime is locked unless this is a build
 * @body: Lua code of whatever kind, protected
 * @ud: its argument
 * @error: empty; filled when the run fails
 *
 * Returns 0, with what @body left on the thread's stack, or the negative
 * errno of @error. When call->killed is set nflua_engine_reset() must come
 * before the thread is used again.
 */
int nflua_call_run(struct nflua_call *call,
		   void (*body)(lua_State *L, void *ud), void *ud,
		   struct nflua_error *error);

/**
 * nflua_call_thread - makes a thread for a request to run on
 * @call: kind, runtime and interrupt are set; the runtime is locked unless this is
 *	a build
 *
 * The memory may have to come from a full collection, which packets may have to wait
 * for: it is a part of the call, and is stopped as that is. Drop the thread with
 * nflua_engine_drop(). Returns NULL when there is no memory, or call->killed is set.
 */
lua_State *nflua_call_thread(struct nflua_call *call);

/**
 * nflua_call_abandon - ends a call under a budget that failed or was killed
 * @call: has the runtime, unless @status is LUA_OK
 * @status: as of Lua; LUA_OK when the call was killed too late to notice
 * @error: empty; filled
 *
 * Returns the negative errno of @error. The runtime is locked.
 */
int nflua_call_abandon(struct nflua_call *call, int status,
		       struct nflua_error *error);

/* Lets waiting packets go first. Process context, the runtime not locked. */
void nflua_stand_back(const struct nflua_runtime *rt);

#endif
