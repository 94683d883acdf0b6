/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runtimes: a Lua universe each, with its allocator and its lock.
 *
 * Contexts. Control (netlink requests, rules that come and go, namespaces)
 * runs in process context and takes nflua_net.lock. Packets come in softirq
 * context, or in process context with bottom halves off, always under RCU;
 * they take only nflua_runtime.lock. The budget's watchdog fires in hard interrupt
 * context and touches what its own CPU runs, nothing else.
 */
#ifndef NFLUA_RUNTIME_H
#define NFLUA_RUNTIME_H

#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "engine.h"
#include "gfp.h"
#include "runtime/call.h"
#include "runtime/timer.h"

struct nflua_state;

/* A name of a function as the runtime has it, for the rule that used it last. */
struct nflua_name {
	u64 rule;		/* its id; 0: none */
	const void *string;
};

/**
 * struct nflua_runtime - a Lua universe with its allocator and lock
 *
 * Reached by packets under RCU through its state, by execs with a reference.
 * Freed by a worker after a grace period.
 */
struct nflua_runtime {
	struct nflua_host host;		/* first: see lua/host.h */
	struct mutex exec_lock;		/* outside of lock: whose turn it is */
	spinlock_t lock;		/* all below, and all of Lua; BHs off */
	atomic_t waiting;		/* packets that the lock keeps waiting */
	struct nflua_call *call;	/* who has the runtime now; NULL: nobody */
	struct nflua_packet packet;	/* of the last call for one */
	u64 packets;		/* number of them, which tells their views apart */
	struct nflua_call packet_call;
	struct nflua_name names[NFLUA_ENGINE_NAMES];
	lua_State *main;
	lua_State *thread;		/* packet calls run on it */
	lua_State *exec_thread;		/* for the next exec; NULL: make one */
	struct nflua_timers timers;
	bool receives;			/* there is a handler of messages */
	u32 receive_budget;		/* microseconds that it may take */
	struct nflua_state *state;	/* its owner; only that knows what it is */
	const int *stop;		/* of the owner; set: requests are interrupted */
	bool retired;			/* by another one, or as the owner is dead */
	u32 budget;			/* microseconds that a packet call may take */
	u64 used;			/* bytes */
	u64 peak;
	u64 limit;
	unsigned int frees;
	struct kref refs;
	struct rcu_work free_work;
};

/**
 * struct nflua_runtime_ops - what runtimes ask of the rest of the module
 *
 * @open: opens the libraries of the module in a universe; may raise errors of memory
 * @printed: the script printed something, and no request waits for it; any context
 * @failed: a timer's callback failed; any context; empties @error
 * @release: the owner may let go of what it holds for the runtime; process context
 *
 * None of them is called on the way of a packet that does not fail.
 */
struct nflua_runtime_ops {
	void (*open)(lua_State *L);
	void (*printed)(struct nflua_runtime *rt, const char *text, size_t len);
	void (*failed)(struct nflua_runtime *rt, const char *function,
		       struct nflua_error *error);
	void (*release)(struct nflua_runtime *rt);
};

extern const struct nflua_runtime_ops *nflua_runtime_ops;

/* Frees runtimes, and does what else need not be waited for. */
extern struct workqueue_struct *nflua_wq;

/* Once, before everything else; @ops stays. Returns 0 or -ENOMEM. */
int nflua_runtime_init(const struct nflua_runtime_ops *ops);

/* When no runtime is left, or only such as wait to be freed. */
void nflua_runtime_exit(void);

/**
 * nflua_runtime_new - makes a runtime that nobody else sees yet
 * @state: the owner, which must hold what ops->release() lets go of
 * @limit: bytes of memory
 * @budget: microseconds that a packet call may take
 * @stop: set by the owner to interrupt requests
 *
 * Process context. Returns NULL when there is no memory. Next nflua_runtime_open() opens
 * its libraries, and returns 0 or a negative errno.
 */
struct nflua_runtime *nflua_runtime_new(struct nflua_state *state, u64 limit,
					u32 budget, const int *stop);
int nflua_runtime_open(struct nflua_runtime *rt);
void nflua_runtime_put(struct nflua_runtime *rt);

/*
 * The owner has another one, or is dead: no timer fires any more, and no request begins
 * that finds it after this.
 */
static inline void nflua_runtime_retire(struct nflua_runtime *rt)
{
	WRITE_ONCE(rt->retired, true);
}

static inline struct nflua_runtime *nflua_runtime(lua_State *L)
{
	return (struct nflua_runtime *)nflua_host(L);
}

/* Who has the runtime of @L now; for functions that scripts call. */
static inline struct nflua_call *nflua_call_of(lua_State *L)
{
	return nflua_runtime(L)->call;
}

/* How memory is allocated for what runs in the runtime now. */
static inline gfp_t nflua_runtime_gfp(const struct nflua_runtime *rt)
{
	return rt->host.call.atomic ? NFLUA_GFP_ATOMIC : GFP_KERNEL | __GFP_NOWARN;
}

/* Memory that a script holds outside of Lua; false: that is past its limit. */
bool nflua_runtime_charge(lua_State *L, size_t size);
void nflua_runtime_uncharge(lua_State *L, size_t size);

/*
 * For a call that execs must stand back for; BHs are off. Spinlocks are not
 * fair on every machine (in a guest without paravirtual ones the last holder
 * wins again and again): whoever waits says so, and an exec stands back until
 * nobody does.
 */
static inline void nflua_runtime_lock(struct nflua_runtime *rt)
{
	if (likely(spin_trylock(&rt->lock)))
		return;
	atomic_inc(&rt->waiting);
	spin_lock(&rt->lock);
	atomic_dec(&rt->waiting);
}

#endif
