// SPDX-License-Identifier: GPL-2.0-or-later
/* Runtimes: how they are made and freed, and where Lua's memory comes from. */
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#include "runtime/enter.h"

const struct nflua_runtime_ops *nflua_runtime_ops __ro_after_init;
struct workqueue_struct *nflua_wq;

/* Blocks that are freed between two calls of cond_resched(). */
#define FREES_PER_RESCHED	1024

static gfp_t script_gfp(const struct nflua_runtime *rt)
{
	return rt->host.call.atomic ? NFLUA_GFP_SCRIPT_NOWAIT : NFLUA_GFP_SCRIPT;
}

static void *get_block(struct nflua_runtime *rt, size_t size)
{
	if (!rt->host.call.atomic)
		return kvmalloc(size, script_gfp(rt));
	if (size > NFLUA_BLOCK_MAX)
		return NULL;
	return kmalloc(size, script_gfp(rt));
}

/*
 * Returns the block in its new size. krealloc() does not give memory back when a block
 * shrinks, so a block that shrinks to half its size or less is copied.
 */
static void *resize_block(struct nflua_runtime *rt, void *old, size_t osize,
			  size_t nsize)
{
	bool in_place = nsize <= KMALLOC_MAX_CACHE_SIZE && nsize * 2 > osize &&
			!is_vmalloc_addr(old);
	void *new;

	if (in_place)
		new = krealloc(old, nsize, script_gfp(rt));
	else
		new = get_block(rt, nsize);
	/* Lua relies on shrinking to succeed. */
	if (!new)
		return nsize <= osize ? old : NULL;
	if (!in_place) {
		memcpy(new, old, min(osize, nsize));
		kvfree(old);
	}
	return new;
}

static void free_block(struct nflua_runtime *rt, void *old, size_t osize)
{
	rt->used -= osize;
	kvfree(old);
	if (!rt->host.call.atomic && ++rt->frees % FREES_PER_RESCHED == 0)
		cond_resched();
}

/* lua_Alloc; every byte counts against the limit. */
static void *allocate(void *ud, void *old, size_t osize, size_t nsize)
{
	struct nflua_runtime *rt = ud;
	bool is_thread = !old && osize == LUA_TTHREAD;
	struct mem_cgroup *others;
	void *new;

	if (!old)
		osize = 0;	/* for a new block this is the type of the object */
	if (nsize == 0) {
		if (old)
			free_block(rt, old, osize);
		return NULL;
	}
	if (nsize > osize && (rt->used + (nsize - osize) > rt->limit ||
			      nflua_debug_fail_alloc()))
		return NULL;
	others = set_active_memcg(rt->memcg);
	new = old ? resize_block(rt, old, osize, nsize) : get_block(rt, nsize);
	set_active_memcg(others);
	if (!new)
		return NULL;
	rt->used += nsize - osize;
	if (rt->used > rt->peak)
		rt->peak = rt->used;
	/* A thread's extra space; errors need it while the first thread is being made. */
	if (is_thread)
		*(struct nflua_host **)new = &rt->host;
	return new;
}

bool nflua_runtime_charge(lua_State *L, size_t size)
{
	struct nflua_runtime *rt = nflua_runtime(L);

	if (rt->used + size > rt->limit)
		return false;
	rt->used += size;
	if (rt->used > rt->peak)
		rt->peak = rt->used;
	nflua_engine_charge(L, size);
	return true;
}

void nflua_runtime_uncharge(lua_State *L, size_t size)
{
	nflua_runtime(L)->used -= size;
	nflua_engine_charge(L, -(long)size);
}

/* Body: opens the libraries of the module. */
static void open_own(lua_State *L, void *ud)
{
	nflua_runtime_ops->open(L);
}

int nflua_runtime_open(struct nflua_runtime *rt)
{
	struct nflua_call call = { .kind = NFLUA_CALL_BUILD, .runtime = rt };
	struct nflua_error error = {};
	int err;

	nflua_call_take(&call);
	nflua_stack_enter(&rt->host, true);
	rt->main = nflua_engine_open(allocate, rt);
	nflua_call_let_go(&call);
	if (!rt->main)
		return -ENOMEM;
	call.thread = nflua_call_thread(&call);
	if (!call.thread)
		return -ENOMEM;
	err = nflua_call_run(&call, open_own, NULL, &error);
	nflua_error_clear(&error);
	nflua_engine_drop(rt->main, call.thread);
	if (!err)
		rt->thread = nflua_call_thread(&call);
	return rt->thread ? 0 : -ENOMEM;
}

static void close_universe(struct nflua_runtime *rt)
{
	struct nflua_call call = { .kind = NFLUA_CALL_BUILD, .runtime = rt };

	if (!rt->main)
		return;
	nflua_call_take(&call);
	rt->host.call.atomic = 0;
	rt->host.call.attention = 0;
	nflua_stack_enter(&rt->host, true);
	lua_close(rt->main);
	nflua_call_let_go(&call);
	WARN_ON_ONCE(rt->used != 0);
}

static void free_runtime(struct work_struct *work)
{
	struct nflua_runtime *rt = container_of(to_rcu_work(work),
						struct nflua_runtime, free_work);

	nflua_timers_stop(rt);
	close_universe(rt);
	nflua_runtime_ops->release(rt);
	mem_cgroup_put(rt->memcg);
	kfree(rt);
}

static void release_runtime(struct kref *refs)
{
	struct nflua_runtime *rt = container_of(refs, struct nflua_runtime, refs);

	queue_rcu_work(nflua_wq, &rt->free_work);
}

void nflua_runtime_put(struct nflua_runtime *rt)
{
	kref_put(&rt->refs, release_runtime);
}

void nflua_runtime_pause(struct nflua_runtime *rt)
{
	nflua_timers_pause(rt);
}

void nflua_runtime_resume(struct nflua_runtime *rt, u64 limit, u32 budget)
{
	local_bh_disable();
	nflua_runtime_lock(rt);
	nflua_runtime_set_limits(rt, limit, budget);
	WRITE_ONCE(rt->retired, false);
	spin_unlock(&rt->lock);
	local_bh_enable();
	nflua_timers_start(rt);
}

void nflua_runtime_set_limits(struct nflua_runtime *rt, u64 limit, u32 budget)
{
	rt->limit = limit;
	rt->host.memory_limit = limit;
	rt->budget = budget;
	rt->packet_call.budget_ns = (u64)budget * NSEC_PER_USEC;
}

struct nflua_runtime *nflua_runtime_new(struct nflua_state *state, u64 limit,
					u32 budget, const int *stop)
{
	struct nflua_runtime *rt = kzalloc(sizeof(*rt), GFP_KERNEL_ACCOUNT);

	if (!rt)
		return NULL;
	mutex_init(&rt->exec_lock);
	spin_lock_init(&rt->lock);
	nflua_timers_init(rt);
	kref_init(&rt->refs);
	INIT_RCU_WORK(&rt->free_work, free_runtime);
	rt->memcg = get_mem_cgroup_from_mm(NULL);	/* the active one, or current's */
	rt->state = state;
	rt->stop = stop;
	rt->packet_call.kind = NFLUA_CALL_BUDGET;
	rt->packet_call.runtime = rt;
	rt->packet_call.packet = &rt->packet;
	rt->packet_call.frame = &rt->packet;
	nflua_runtime_set_limits(rt, limit, budget);
	return rt;
}

int __init nflua_runtime_init(const struct nflua_runtime_ops *ops)
{
	nflua_random_init();
	nflua_runtime_ops = ops;
	nflua_wq = alloc_workqueue("nflua", WQ_UNBOUND, 0);
	return nflua_wq ? 0 : -ENOMEM;
}

/* Waits until the last runtimes are freed, and then their owners, by RCU. */
void nflua_runtime_exit(void)
{
	rcu_barrier();
	destroy_workqueue(nflua_wq);
	rcu_barrier();
}
