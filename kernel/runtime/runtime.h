/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runtimes: a runtime is a Lua universe with its allocator and its lock. README.md says
 * which locks and contexts there are.
 */
#ifndef NFLUA_RUNTIME_H
#define NFLUA_RUNTIME_H

#include <linux/container_of.h>
#include <linux/kref.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "engine.h"
#include "gfp.h"
#include "runtime/call.h"
#include "runtime/timer.h"

struct nflua_state;

/* The name of a function as a Lua string, for the rule that used this slot last. */
struct nflua_name {
	u64 rule;		/* its id; 0: none */
	const void *string;
};

/**
 * struct nflua_runtime - a Lua universe with its allocator and lock
 *
 * Packets find it through its state, under RCU. Execs hold a reference. A worker frees it
 * after a grace period.
 */
struct nflua_runtime {
	struct nflua_host host;		/* what Lua sees of it */
	struct mutex exec_lock;		/* taken before lock: which exec has its turn */
	spinlock_t lock;		/* all below, and all of Lua; BHs off */
	atomic_t waiting;		/* number of calls that wait for the lock */
	struct nflua_call *call;	/* that has the runtime now, or NULL */
	struct nflua_packet packet;	/* of the last packet call */
	u64 packets;		/* number of packet calls, to tell their views apart */
	struct nflua_call packet_call;
	struct nflua_name names[NFLUA_ENGINE_NAMES];
	lua_State *main;
	lua_State *thread;		/* packet calls run on it */
	lua_State *exec_thread;		/* for the next exec; NULL: make one */
	struct nflua_timers timers;
	bool receives;			/* there is a message handler */
	u32 receive_budget;		/* microseconds that it may take */
	struct nflua_state *state;	/* the owner; opaque here */
	struct mem_cgroup *memcg;	/* that pays for the universe: its maker's */
	const int *stop;		/* the owner sets it to interrupt requests */
	bool retired;			/* replaced, or the owner is dead */
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
 * @open: opens the libraries of the module in a universe; may raise a memory error
 * @printed: the script printed something that no request waits for; any context
 * @failed: a timer's callback failed; empties @error; any context
 * @release: the owner may let go of what it holds for the runtime; process context
 *
 * A packet call uses only @printed.
 */
struct nflua_runtime_ops {
	void (*open)(lua_State *L);
	void (*printed)(struct nflua_runtime *rt, const char *text, size_t len);
	void (*failed)(struct nflua_runtime *rt, const char *function,
		       struct nflua_error *error);
	void (*release)(struct nflua_runtime *rt);
};

extern const struct nflua_runtime_ops *nflua_runtime_ops;

/* Frees runtimes, and does other work that nobody waits for. */
extern struct workqueue_struct *nflua_wq;

/* Called once, before everything else. @ops is kept. Returns 0 or -ENOMEM. */
int nflua_runtime_init(const struct nflua_runtime_ops *ops);

/* random.c: before a runtime is made. */
void nflua_random_init(void);

/* Called when each runtime is freed, or only waits to be freed. */
void nflua_runtime_exit(void);

/**
 * nflua_runtime_new - makes a runtime that nobody else sees yet
 * @state: the owner, which must hold what ops->release() lets go of
 * @limit: bytes of memory
 * @budget: microseconds that a packet call may take
 * @stop: set by the owner to interrupt requests
 *
 * The memory cgroup of the caller pays for all that the universe ever allocates. Process
 * context. Returns a runtime for nflua_runtime_open(), or NULL if there is no
 * memory.
 */
struct nflua_runtime *nflua_runtime_new(struct nflua_state *state, u64 limit,
					u32 budget, const int *stop);

/* Changes these limits. Nobody else sees the runtime yet, or its lock is held. */
void nflua_runtime_set_limits(struct nflua_runtime *rt, u64 limit, u32 budget);

/* Makes the universe and opens its libraries. Process context. Returns 0 or -ENOMEM. */
int nflua_runtime_open(struct nflua_runtime *rt);
void nflua_runtime_put(struct nflua_runtime *rt);

/*
 * Called when the owner has another runtime, or is dead. From then on no timer of this
 * one fires, and no request begins in it.
 */
static inline void nflua_runtime_retire(struct nflua_runtime *rt)
{
	WRITE_ONCE(rt->retired, true);
}

/*
 * Puts a retired runtime aside: its clock stands still. nflua_runtime_resume() undoes both,
 * and gives it these limits. Process context.
 */
void nflua_runtime_pause(struct nflua_runtime *rt);
void nflua_runtime_resume(struct nflua_runtime *rt, u64 limit, u32 budget);

static inline struct nflua_runtime *nflua_runtime(lua_State *L)
{
	return container_of(nflua_host(L), struct nflua_runtime, host);
}

/* Returns the call that has the runtime of @L; for functions that scripts call. */
static inline struct nflua_call *nflua_call_of(lua_State *L)
{
	return nflua_runtime(L)->call;
}

/* Returns how memory must be allocated for the running call, but that of the script. */
static inline gfp_t nflua_runtime_gfp(const struct nflua_runtime *rt)
{
	return rt->host.call.atomic ? NFLUA_GFP_ATOMIC : GFP_KERNEL | __GFP_NOWARN;
}

/*
 * Charges the script for @size bytes that it holds outside of Lua. Returns false if that
 * exceeds its memory limit.
 */
bool nflua_runtime_charge(lua_State *L, size_t size);
void nflua_runtime_uncharge(lua_State *L, size_t size);

/*
 * Locks the runtime for a call that execs must stand back for. BHs are off. Spinlocks are
 * not fair on every machine: in a guest without paravirtual ones the last holder may win
 * again and again. So a call that waits says so, and an exec stands back until none does.
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
