/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States: named Lua environments of a network namespace. */
#ifndef NFLUA_STATE_H
#define NFLUA_STATE_H

#include <linux/kref.h>
#include <linux/nflua.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>

#include "state/aside.h"
#include "state/code.h"
#include "state/last_error.h"
#include "state/sender.h"
#include "state/stats.h"

struct netlink_ext_ack;
struct nflua_lack;
struct nflua_mask_change;
struct nflua_net;
struct nflua_runtime;
struct sk_buff;

/**
 * struct nflua_state - a state
 *
 * The namespace's table, rules, runtimes and running requests hold references.
 *
 * @name: padded with NULs, as it is the key of the table
 * @name_size: length of the name with its NUL
 * @node: in nflua_net.states
 * @dead_node: in nflua_net.dead, or empty
 * @runtime: NULL if the state is dead
 * @maxalloc: memory limit in bytes; under nflua_net.lock, like @budget, @owner and @code
 * @created_ns: boot time
 * @budget: microseconds
 * @flags: enum nflua_state_flags
 * @on_error: enum nflua_on_error
 * @inherit: on_error of a dead state whose rules it takes over
 * @owner: what it belongs to; NULL: nothing
 * @code: the scripts that ran in its runtime
 * @id: in nflua_net.ids; a newer state has a higher one
 * @rules: number of rules and hooks; under nflua_net.lock, like @hooks, @rule_list,
 *	@execs and @dead
 * @hooks: how many of these are hooks
 * @execs: number of requests that run in it
 * @stop: set to interrupt what runs in it
 * @aside: what it can go back to, or NULL; under nflua_net.lock and @error_lock
 * @error_lock: protects @last_error and, with nflua_net.lock, @aside; BHs off
 */
struct nflua_state {
	char name[NFLUA_NAME_SIZE];
	unsigned int name_size;
	struct rhash_head node;
	struct list_head dead_node;
	struct nflua_net *net;
	struct nflua_runtime __rcu *runtime;
	struct nflua_stats __percpu *stats;
	u64 maxalloc;
	u64 created_ns;
	u32 budget;
	u32 flags;
	u8 on_error;
	bool inherit;
	char *owner;
	struct nflua_code code;
	struct nflua_aside *aside;
	u32 id;
	u32 rules;
	u32 hooks;
	struct list_head rule_list;
	u32 execs;
	bool dead;
	int stop;
	spinlock_t error_lock;
	struct nflua_last_error last_error;
	struct nflua_sender sender;
	struct kref refs;
	struct rcu_head rcu;
};

/* Parameters of a new state. */
struct nflua_state_config {
	const char *name;
	u64 maxalloc;
	u32 budget;
	u32 flags;
	u8 on_error;
	bool inherit;	/* on_error of a dead state whose rules it takes over */
	const char *owner;	/* copied; NULL: none */
};

/* Checks a name. Returns 0, or -EINVAL with a message in @extack, which may be NULL. */
int nflua_name_check(const char *name, struct netlink_ext_ack *extack);

/* The functions down to nflua_state_put() are for process context. */

/* Returns a state that nobody knows yet, for nflua_state_put(); NULL: no memory. */
struct nflua_state *nflua_state_alloc(struct nflua_net *nn,
				      const struct nflua_state_config *config);

/*
 * Returns a runtime for the state, with its libraries and no script, that nobody else
 * sees yet; or an ERR_PTR().
 */
struct nflua_runtime *nflua_state_new_runtime(struct nflua_state *state);

/**
 * nflua_state_add - makes a state known
 * @state: fresh; the table takes a reference of its own
 * @rt: its first runtime; owned by the state on success
 * @lack: for rules that wait for a state of this name; see nflua_rules_lack()
 *
 * Returns 0, -EEXIST, -ENXIO (see @lack), -ESHUTDOWN (the namespace is being closed), or
 * another negative errno.
 */
int nflua_state_add(struct nflua_state *state, struct nflua_runtime *rt,
		    struct nflua_lack *lack);

/*
 * Returns what nflua_state_add() would return for the rules of the state of that name:
 * -ENXIO (see @lack) or 0. Nobody else sees @rt.
 */
int nflua_state_try(struct nflua_net *nn, const char *name, struct nflua_runtime *rt,
		    struct nflua_lack *lack);

/*
 * Publishes @rt instead of the state's runtime. On success the state owns it. @code: what
 * ran in it. @mask: what this changes of the match mask. @how: whether the old one is kept.
 * Returns 0, -ENXIO (see @lack), -EBUSY (a change waits for its confirmation), -ENOMEM, or
 * -ENOENT if the state is dead.
 */
int nflua_state_replace(struct nflua_state *state, struct nflua_runtime *rt,
			const struct nflua_code *code,
			const struct nflua_mask_change *mask,
			const struct nflua_confirm *how, struct nflua_lack *lack);

/* As nflua_aside_waits(), but takes nflua_net.lock. */
bool nflua_state_waits(struct nflua_state *state);

/*
 * Notes that a script ran in @rt, if the state has that still, or can go back to it.
 * @digest: its SHA-256.
 */
void nflua_state_ran(struct nflua_state *state, const struct nflua_runtime *rt,
		     const char *name, const u8 digest[NFLUA_DIGEST_SIZE]);

/*
 * Destroys a state. Returns 0, -ENOENT, or, without @force, -EBUSY if rules or hooks
 * refer to it, a request runs in it, or a change waits for its confirmation.
 */
int nflua_state_destroy(struct nflua_net *nn, const char *name, bool force,
			struct netlink_ext_ack *extack);

/* Returns the live state of that name, held, or NULL. */
struct nflua_state *nflua_state_find(struct nflua_net *nn, const char *name);

/* Returns the state of that name, dead or alive, not held; nflua_net.lock is held. */
struct nflua_state *nflua_state_lookup(struct nflua_net *nn, const char *name);

/*
 * Makes the state "default" unless there is one, alive or dead: if rules wait for it,
 * only a request can make it again. Returns 0 or a negative errno.
 */
int nflua_state_default(struct nflua_net *nn);

/*
 * Begin and end a request that runs in the state; meanwhile it is destroyed only by
 * force. nflua_state_exec_get() returns 0, or -ENOENT if the state is dead.
 */
int nflua_state_exec_get(struct nflua_state *state);
void nflua_state_exec_put(struct nflua_state *state);

/* Forgets a dead state that no rule waits for any more. nflua_net.lock is held. */
void nflua_state_drop_dead(struct nflua_state *state);

void nflua_state_put(struct nflua_state *state);

/*
 * The states of a namespace. nflua_states_close() destroys all of them; no request may
 * run any more. nflua_states_exit() comes a grace period later.
 */
int nflua_states_init(struct nflua_net *nn);
void nflua_states_close(struct nflua_net *nn);
void nflua_states_exit(struct nflua_net *nn);

#endif
