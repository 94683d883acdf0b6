/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the module has in each network namespace. */
#ifndef NFLUA_NET_H
#define NFLUA_NET_H

#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/netns/generic.h>

struct nflua_tx;

/**
 * struct nflua_net - a network namespace
 *
 * @lock: protects the next nine, and fields of states; process context
 * @states: live states by name
 * @ids: all states by id, in order of creation
 * @dead: destroyed states whose rules wait for a new one
 * @generation: changes with the states, so that a dump notices
 * @next_id: lowest id of the next state
 * @hooks: hooks by id, in order of creation
 * @hook_generation: changes with the hooks, so that a dump notices
 * @next_hook: lowest id of the next hook
 * @closing: no state and no hook is added any more
 * @jobs: number of requests that run; see request/job.c
 * @match_mask: for --mask; set by scripts
 * @event_lock: protects the next two, and the order of events; BHs off
 * @event_seq: number of the last event
 * @events_heard: somebody got an event, and may still listen
 * @events_left: a socket was closed since then
 * @events_dropped: number of dropped events that no event has told of yet
 * @event_limit: rate limit of events that packets cause
 * @event_tries: rate limit of events beyond that; see event.c
 * @conntrack: under @lock: connection tracking was made active
 * @conntrack_work: makes it active for scripts that ask for it in a packet call
 * @tx: the transmit queues of scripts
 */
struct nflua_net {
	struct net *net;
	struct mutex lock;
	struct rhashtable states;
	struct xarray ids;
	struct list_head dead;
	u32 generation;
	u32 next_id;
	struct xarray hooks;
	u32 hook_generation;
	u32 next_hook;
	bool closing;
	unsigned int jobs;
	atomic64_t match_mask;
	spinlock_t event_lock;
	u32 event_seq;
	bool events_heard;
	bool events_left;
	atomic_t events_dropped;
	struct ratelimit_state event_limit;
	struct ratelimit_state event_tries;
	bool conntrack;
	struct work_struct conntrack_work;
	struct nflua_tx *tx;
};

/* Clears the bits of @clear in the match mask and sets those of @set, in one step. */
void nflua_net_change_mask(struct nflua_net *nn, u64 clear, u64 set);

extern unsigned int nflua_net_id;

static inline struct nflua_net *nflua_net(const struct net *net)
{
	return net_generic(net, nflua_net_id);
}

#endif
