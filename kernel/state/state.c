// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * States: the tables of a namespace, and how states are made, held and destroyed.
 *
 * A state that is destroyed by force while rules refer to it stays as a dead state. The
 * rules hold it and call nothing. iptables, which always loads whole tables, can still
 * load these rules again. When a new state gets the name, it takes over the rules.
 */
#include <linux/ktime.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "runtime/budget.h"
#include "runtime/mask.h"
#include "runtime/runtime.h"
#include "state/event.h"
#include "state/net.h"
#include "state/rule.h"
#include "state/state.h"

unsigned int nflua_net_id __read_mostly;

void nflua_net_change_mask(struct nflua_net *nn, u64 clear, u64 set)
{
	s64 old = atomic64_read(&nn->match_mask);

	while (!atomic64_try_cmpxchg(&nn->match_mask, &old, (old & ~clear) | set))
		;
}

static const struct rhashtable_params table_params = {
	.key_len = NFLUA_NAME_SIZE,
	.key_offset = offsetof(struct nflua_state, name),
	.head_offset = offsetof(struct nflua_state, node),
	.automatic_shrinking = true,
};

int nflua_name_check(const char *name, struct netlink_ext_ack *extack)
{
	size_t len = strnlen(name, NFLUA_NAME_SIZE);

	if (len == 0 || len == NFLUA_NAME_SIZE) {
		NL_SET_ERR_MSG(extack, "a state's name has 1 to 63 bytes");
		return -EINVAL;
	}
	if (*name == '-' ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		   "0123456789_.:@+-") != len) {
		NL_SET_ERR_MSG(extack, "a state's name consists of letters, digits and _ . : @ + -, and does not begin with -");
		return -EINVAL;
	}
	return 0;
}

static void free_state(struct rcu_head *rcu)
{
	struct nflua_state *state = container_of(rcu, struct nflua_state, rcu);

	free_percpu(state->stats);
	nflua_sender_clear(&state->sender);
	nflua_error_clear(&state->last_error.error);
	kfree(state->owner);
	kfree(state);
}

static void release_state(struct kref *refs)
{
	call_rcu(&container_of(refs, struct nflua_state, refs)->rcu, free_state);
}

void nflua_state_put(struct nflua_state *state)
{
	kref_put(&state->refs, release_state);
}

struct nflua_state *nflua_state_alloc(struct nflua_net *nn,
				      const struct nflua_state_config *config)
{
	struct nflua_state *state = kzalloc(sizeof(*state), GFP_KERNEL_ACCOUNT);

	if (!state)
		return NULL;
	state->stats = alloc_percpu_gfp(struct nflua_stats, GFP_KERNEL_ACCOUNT);
	if (config->owner && *config->owner)
		state->owner = kstrdup(config->owner, GFP_KERNEL_ACCOUNT);
	if (!state->stats || (config->owner && *config->owner && !state->owner)) {
		free_percpu(state->stats);
		kfree(state->owner);
		kfree(state);
		return NULL;
	}
	strscpy_pad(state->name, config->name, sizeof(state->name));
	state->name_size = strlen(state->name) + 1;
	INIT_LIST_HEAD(&state->dead_node);
	INIT_LIST_HEAD(&state->rule_list);
	spin_lock_init(&state->error_lock);
	nflua_sender_init(&state->sender);
	kref_init(&state->refs);
	state->net = nn;
	state->maxalloc = config->maxalloc;
	state->budget = nflua_budget_round(config->budget);
	state->flags = config->flags;
	state->on_error = config->on_error;
	state->inherit = config->inherit;
	return state;
}

struct nflua_runtime *nflua_state_new_runtime(struct nflua_state *state)
{
	struct nflua_runtime *rt = nflua_runtime_new(state, state->maxalloc,
						     state->budget, &state->stop);
	int err;

	if (!rt)
		return ERR_PTR(-ENOMEM);
	kref_get(&state->refs);	/* until the runtime is released */
	err = nflua_runtime_open(rt);
	if (!err)
		return rt;
	nflua_runtime_put(rt);
	return ERR_PTR(err);
}

static struct nflua_state *lookup(struct nflua_net *nn, const char *name)
{
	char key[NFLUA_NAME_SIZE];

	lockdep_assert_held(&nn->lock);
	strscpy_pad(key, name, sizeof(key));
	return rhashtable_lookup_fast(&nn->states, key, table_params);
}

static struct nflua_state *lookup_dead(struct nflua_net *nn, const char *name)
{
	struct nflua_state *state;

	list_for_each_entry(state, &nn->dead, dead_node)
		if (strcmp(state->name, name) == 0)
			return state;
	return NULL;
}

struct nflua_state *nflua_state_lookup(struct nflua_net *nn, const char *name)
{
	return lookup(nn, name) ?: lookup_dead(nn, name);
}

static int insert(struct nflua_state *state)
{
	struct nflua_net *nn = state->net;
	int err;

	/* Ids only grow, so that a dump can continue where it was. */
	err = xa_alloc(&nn->ids, &state->id, state,
		       XA_LIMIT(nn->next_id, U32_MAX), GFP_KERNEL);
	if (err)
		return err;
	err = rhashtable_insert_fast(&nn->states, &state->node, table_params);
	if (err) {
		xa_erase(&nn->ids, state->id);
		return err;
	}
	nn->next_id = state->id + 1;
	nn->generation++;
	return 0;
}

void nflua_state_drop_dead(struct nflua_state *state)
{
	struct nflua_net *nn = state->net;

	lockdep_assert_held(&nn->lock);
	list_del_init(&state->dead_node);
	xa_erase(&nn->ids, state->id);
	nn->generation++;
}

int nflua_state_add(struct nflua_state *state, struct nflua_runtime *rt,
		    struct nflua_lack *lack)
{
	struct nflua_net *nn = state->net;
	struct nflua_state *dead;
	int err = -ESHUTDOWN;

	state->created_ns = ktime_get_boottime_ns();
	mutex_lock(&nn->lock);
	if (nn->closing)
		goto out;
	err = -EEXIST;
	if (lookup(nn, state->name))
		goto out;
	err = -ENXIO;
	dead = lookup_dead(nn, state->name);
	if (dead && nflua_rules_lack(dead, rt, lack))
		goto out;
	if (dead && state->inherit)
		state->on_error = dead->on_error;
	rcu_assign_pointer(state->runtime, rt);
	err = insert(state);
	if (err) {
		RCU_INIT_POINTER(state->runtime, NULL);
		goto out;
	}
	kref_get(&state->refs);
	if (dead)
		nflua_rules_move(dead, state);
	nflua_event_state(state, NFLUA_CMD_STATE_NEW_NTF);
	nflua_timers_start(rt);
out:
	mutex_unlock(&nn->lock);
	return err;
}

struct nflua_state *nflua_state_find(struct nflua_net *nn, const char *name)
{
	struct nflua_state *state;

	mutex_lock(&nn->lock);
	state = lookup(nn, name);
	if (state)
		kref_get(&state->refs);
	mutex_unlock(&nn->lock);
	return state;
}

static bool is_known(struct nflua_net *nn, const char *name)
{
	bool known;

	mutex_lock(&nn->lock);
	known = nflua_state_lookup(nn, name);
	mutex_unlock(&nn->lock);
	return known;
}

int nflua_state_default(struct nflua_net *nn)
{
	static const struct nflua_state_config config = {
		.name = NFLUA_DEFAULT_STATE,
		.maxalloc = NFLUA_MAXALLOC_DEFAULT,
		.budget = NFLUA_BUDGET_DEFAULT,
	};
	struct nflua_state *state;
	struct nflua_lack lack = { .allowed = true };
	struct nflua_runtime *rt;
	int err;

	if (is_known(nn, config.name))
		return 0;
	state = nflua_state_alloc(nn, &config);
	if (!state)
		return -ENOMEM;
	rt = nflua_state_new_runtime(state);
	err = PTR_ERR_OR_ZERO(rt);
	if (err)
		goto out;
	err = nflua_state_add(state, rt, &lack);
	if (err)
		nflua_runtime_put(rt);
	if (err == -EEXIST)
		err = 0;
out:
	nflua_state_put(state);
	return err;
}

/* Takes the state out of the tables. Calls that still run in it go on. */
static void unlink_state(struct nflua_state *state)
{
	struct nflua_net *nn = state->net;
	struct nflua_runtime *rt;

	lockdep_assert_held(&nn->lock);
	rhashtable_remove_fast(&nn->states, &state->node, table_params);
	state->dead = true;
	if (state->rules)
		list_add(&state->dead_node, &nn->dead);
	else
		xa_erase(&nn->ids, state->id);
	nn->generation++;
	nflua_aside_drop(state);
	rt = rcu_replace_pointer(state->runtime, NULL,
				 lockdep_is_held(&nn->lock));
	nflua_runtime_retire(rt);
	nflua_runtime_put(rt);
	nflua_event_state(state, NFLUA_CMD_STATE_DEL_NTF);
	nflua_state_put(state);
}

int nflua_state_destroy(struct nflua_net *nn, const char *name, bool force,
			struct netlink_ext_ack *extack)
{
	struct nflua_state *state;
	int err = 0;

	mutex_lock(&nn->lock);
	state = lookup(nn, name);
	if (!state) {
		NL_SET_ERR_MSG(extack, "there is no state of this name");
		err = -ENOENT;
	} else if (!force && state->rules) {
		NL_SET_ERR_MSG(extack, "rules or hooks refer to the state");
		err = -EBUSY;
	} else if (!force && nflua_aside_waits(state)) {
		NL_SET_ERR_MSG(extack, "a change waits for its confirmation");
		err = -EBUSY;
	} else if (!force && state->execs) {
		NL_SET_ERR_MSG(extack, "a request is running in the state");
		err = -EBUSY;
	} else {
		WRITE_ONCE(state->stop, 1);
		unlink_state(state);
	}
	mutex_unlock(&nn->lock);
	return err;
}

int nflua_state_try(struct nflua_net *nn, const char *name, struct nflua_runtime *rt,
		    struct nflua_lack *lack)
{
	struct nflua_state *state;
	int err = 0;

	mutex_lock(&nn->lock);
	state = nflua_state_lookup(nn, name);
	if (state && nflua_rules_lack(state, rt, lack))
		err = -ENXIO;
	mutex_unlock(&nn->lock);
	return err;
}

int nflua_state_replace(struct nflua_state *state, struct nflua_runtime *rt,
			const struct nflua_code *code,
			const struct nflua_mask_change *mask,
			const struct nflua_confirm *how, struct nflua_lack *lack)
{
	struct nflua_aside *aside = nflua_aside_new(state, how);
	struct nflua_net *nn = state->net;
	struct nflua_runtime *old;
	int err = 0;

	if (IS_ERR(aside))
		return PTR_ERR(aside);
	mutex_lock(&nn->lock);
	if (state->dead)
		err = -ENOENT;
	else if (nflua_aside_waits(state))
		err = -EBUSY;
	else if (nflua_rules_lack(state, rt, lack))
		err = -ENXIO;
	else if (rt->used > state->maxalloc)
		err = -ENOMEM;	/* the limit was lowered while the script ran */
	if (err) {
		mutex_unlock(&nn->lock);
		nflua_aside_put(aside);
		return err;
	}
	nflua_aside_drop(state);
	/* They may have changed while the script ran. */
	nflua_runtime_set_limits(rt, state->maxalloc, state->budget);
	old = rcu_replace_pointer(state->runtime, rt,
				  lockdep_is_held(&nn->lock));
	nflua_runtime_retire(old);
	if (aside)
		nflua_aside_begin(aside, old);
	nflua_net_change_mask(nn, mask->clear, mask->set);
	state->code = *code;
	nflua_event_state(state, NFLUA_CMD_STATE_REPLACE_NTF);
	nflua_timers_start(rt);
	mutex_unlock(&nn->lock);
	if (!aside)
		nflua_runtime_put(old);
	return 0;
}

bool nflua_state_waits(struct nflua_state *state)
{
	bool waits;

	mutex_lock(&state->net->lock);
	waits = nflua_aside_waits(state);
	mutex_unlock(&state->net->lock);
	return waits;
}

void nflua_state_ran(struct nflua_state *state, const struct nflua_runtime *rt,
		     const char *name, const u8 digest[NFLUA_DIGEST_SIZE])
{
	mutex_lock(&state->net->lock);
	if (rcu_access_pointer(state->runtime) == rt)
		nflua_code_add(&state->code, name, digest);
	else if (state->aside && state->aside->rt == rt)
		nflua_code_add(&state->aside->code, name, digest);
	mutex_unlock(&state->net->lock);
}

int nflua_state_exec_get(struct nflua_state *state)
{
	int err = 0;

	mutex_lock(&state->net->lock);
	if (state->dead)
		err = -ENOENT;
	else
		state->execs++;
	mutex_unlock(&state->net->lock);
	return err;
}

void nflua_state_exec_put(struct nflua_state *state)
{
	mutex_lock(&state->net->lock);
	state->execs--;
	mutex_unlock(&state->net->lock);
}

int nflua_states_init(struct nflua_net *nn)
{
	mutex_init(&nn->lock);
	INIT_LIST_HEAD(&nn->dead);
	xa_init_flags(&nn->ids, XA_FLAGS_ALLOC1);
	nn->next_id = 1;
	return rhashtable_init(&nn->states, &table_params);
}

/* No request runs, as each holds a socket of the namespace. Rules may still exist. */
void nflua_states_close(struct nflua_net *nn)
{
	struct nflua_state *state;
	unsigned long id;

	mutex_lock(&nn->lock);
	nn->closing = true;
	xa_for_each(&nn->ids, id, state)
		if (!state->dead)
			unlink_state(state);
	mutex_unlock(&nn->lock);
}

void nflua_states_exit(struct nflua_net *nn)
{
	/* A change that was not confirmed may be about to be taken back. */
	flush_workqueue(nflua_wq);
	rhashtable_destroy(&nn->states);
	xa_destroy(&nn->ids);
}
