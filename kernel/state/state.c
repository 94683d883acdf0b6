// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * States: the tables of a namespace, who holds a state, how it ends.
 *
 * A state that is destroyed by force while rules name it becomes a ghost: the rules
 * keep it, and call nothing, and iptables, which hands in whole tables, can still
 * hand in these. When another state gets its name that takes the rules over.
 */
#include <linux/math64.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/ktime.h>

#include "runtime/call.h"

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
		NL_SET_ERR_MSG(extack, "the name of a state has 1 to 63 bytes");
		return -EINVAL;
	}
	if (*name == '-' ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_.:@+-") != len) {
		NL_SET_ERR_MSG(extack, "the name of a state may have letters, digits and _ . : @ + -, and not begin with -");
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

/* A state that nobody knows yet; drop it with nflua_state_put. */
struct nflua_state *nflua_state_alloc(struct nflua_net *nn,
				      const struct nflua_state_config *config)
{
	struct nflua_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return NULL;
	state->stats = alloc_percpu(struct nflua_stats);
	if (!state->stats) {
		kfree(state);
		return NULL;
	}
	strscpy_pad(state->name, config->name, sizeof(state->name));
	state->name_size = strlen(state->name) + 1;
	INIT_LIST_HEAD(&state->ghost);
	INIT_LIST_HEAD(&state->rule_list);
	spin_lock_init(&state->error_lock);
	nflua_sender_init(&state->sender);
	kref_init(&state->refs);
	state->net = nn;
	state->maxalloc = config->maxalloc;
	state->budget = nflua_watch_budget(config->budget);
	state->flags = config->flags;
	state->on_error = config->on_error;
	return state;
}

static struct nflua_state *lookup(struct nflua_net *nn, const char *name)
{
	char key[NFLUA_NAME_SIZE];

	lockdep_assert_held(&nn->lock);
	strscpy_pad(key, name, sizeof(key));
	return rhashtable_lookup_fast(&nn->states, key, table_params);
}

static struct nflua_state *lookup_ghost(struct nflua_net *nn, const char *name)
{
	struct nflua_state *state;

	list_for_each_entry(state, &nn->ghosts, ghost)
		if (strcmp(state->name, name) == 0)
			return state;
	return NULL;
}

/* The state of that name, or the one that was destroyed and has its rules. */
struct nflua_state *nflua_state_lookup(struct nflua_net *nn, const char *name)
{
	return lookup(nn, name) ?: lookup_ghost(nn, name);
}

static int insert(struct nflua_state *state)
{
	struct nflua_net *nn = state->net;
	int err;

	/* Ids only grow, so that a dump can go on where it was. */
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

/* No rule waits for it any more. */
void nflua_state_drop_ghost(struct nflua_state *state)
{
	struct nflua_net *nn = state->net;

	lockdep_assert_held(&nn->lock);
	list_del_init(&state->ghost);
	xa_erase(&nn->ids, state->id);
	nn->generation++;
}

/**
 * nflua_state_add - makes a state known
 * @state: fresh; the table takes a reference of its own
 * @rt: its first runtime; owned by the state when this succeeds
 * @lack: whether rules that wait for it may call what it has not
 *
 * Returns 0, -EEXIST, -ENOMEM, or -ENXIO, which @lack explains.
 */
int nflua_state_add(struct nflua_state *state, struct nflua_runtime *rt,
		    struct nflua_lack *lack)
{
	struct nflua_net *nn = state->net;
	struct nflua_state *ghost;
	int err = -ESHUTDOWN;

	state->created_ns = ktime_get_boottime_ns();
	mutex_lock(&nn->lock);
	if (nn->closing)
		goto out;
	err = -EEXIST;
	if (lookup(nn, state->name))
		goto out;
	err = -ENXIO;
	ghost = lookup_ghost(nn, state->name);
	if (ghost && nflua_rules_lack(ghost, rt, lack))
		goto out;
	rcu_assign_pointer(state->runtime, rt);
	err = insert(state);
	if (err) {
		RCU_INIT_POINTER(state->runtime, NULL);
		goto out;
	}
	kref_get(&state->refs);
	/* Nothing fails any more, and no rule finds the state yet. */
	nflua_conntrack_enable(nn, rt->port.wants_conntrack);
	if (ghost)
		nflua_rules_move(ghost, state);
	nflua_event_state(state, NFLUA_CMD_STATE_NEW_NTF);
	nflua_timers_start(rt);
out:
	mutex_unlock(&nn->lock);
	return err;
}

/* The state of that name, held; NULL when there is none. */
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

/*
 * Sees to it that there is a state "default", or was: one that was destroyed comes
 * back as somebody makes it, and not empty by itself.
 */
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
	rt = nflua_runtime_create(state);
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

/* Takes the state out of the tables; what still runs in it goes on. */
static void unlink_state(struct nflua_state *state)
{
	struct nflua_net *nn = state->net;
	struct nflua_runtime *rt;

	lockdep_assert_held(&nn->lock);
	rhashtable_remove_fast(&nn->states, &state->node, table_params);
	state->dead = true;
	if (state->rules)
		list_add(&state->ghost, &nn->ghosts);
	else
		xa_erase(&nn->ids, state->id);
	nn->generation++;
	rt = rcu_replace_pointer(state->runtime, NULL,
				 lockdep_is_held(&nn->lock));
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
		NL_SET_ERR_MSG(extack, "rules refer to the state");
		err = -EBUSY;
	} else if (!force && state->execs) {
		NL_SET_ERR_MSG(extack, "a chunk is running in the state");
		err = -EBUSY;
	} else {
		WRITE_ONCE(state->stop, 1);
		unlink_state(state);
	}
	mutex_unlock(&nn->lock);
	return err;
}

/*
 * Publishes @rt in the place of what the state had; owned by it on success. As
 * nflua_state_add(), but -ENOENT for a state that is dead.
 */
int nflua_state_replace(struct nflua_state *state, struct nflua_runtime *rt,
			struct nflua_lack *lack)
{
	struct nflua_net *nn = state->net;
	struct nflua_runtime *old;
	int err = 0;

	mutex_lock(&nn->lock);
	if (state->dead)
		err = -ENOENT;
	else if (nflua_rules_lack(state, rt, lack))
		err = -ENXIO;
	if (err) {
		mutex_unlock(&nn->lock);
		return err;
	}
	nflua_conntrack_enable(nn, rt->port.wants_conntrack);
	old = rcu_replace_pointer(state->runtime, rt,
				  lockdep_is_held(&nn->lock));
	nflua_event_state(state, NFLUA_CMD_STATE_REPLACE_NTF);
	nflua_timers_start(rt);
	mutex_unlock(&nn->lock);
	nflua_runtime_put(old);
	return 0;
}

/* While a request runs in it, the state is destroyed by force only. */
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

/*
 * Of one CPU, which counts on meanwhile. A call is counted before it is found to
 * be a long one, so here it is the other way round.
 */
static void add_stats(struct nflua_stats *sum, const struct nflua_stats *s)
{
	sum->matches += READ_ONCE(s->matches);
	sum->errors += READ_ONCE(s->errors);
	sum->samples += READ_ONCE(s->samples);
	sum->time_ns += READ_ONCE(s->time_ns);
	sum->long_calls += READ_ONCE(s->long_calls);
	sum->long_ns += READ_ONCE(s->long_ns);
	nflua_debug_hold(NFLUA_HOLD_FIGURES);
	smp_rmb();	/* a CPU that stores in another order is seen to below */
	sum->calls += READ_ONCE(s->calls);
}

/*
 * What all calls took that were not long, going by those that were timed. The
 * quotient of a wide division has to fit 64 bits, or the CPU traps: that of the
 * remainder is less than the number of calls.
 */
static u64 estimate(const struct nflua_stats *stats)
{
	u64 calls = stats->calls - min(stats->calls, stats->long_calls);
	u64 each, left;

	if (!stats->samples)
		return 0;
	each = div64_u64_rem(stats->time_ns, stats->samples, &left);
	return each * calls + mul_u64_u64_div_u64(left, calls, stats->samples);
}

void nflua_state_figures(struct nflua_state *state, struct nflua_figures *f)
{
	struct nflua_runtime *rt;
	int cpu;

	memset(f, 0, sizeof(*f));
	for_each_possible_cpu(cpu)
		add_stats(&f->stats, per_cpu_ptr(state->stats, cpu));
	f->stats.time_ns = estimate(&f->stats) + f->stats.long_ns;
	f->age_ns = ktime_get_boottime_ns() - state->created_ns;
	rcu_read_lock();
	rt = rcu_dereference(state->runtime);
	if (rt) {
		f->used = READ_ONCE(rt->used);
		f->peak = READ_ONCE(rt->peak);
		f->runtimes = 1;
	}
	rcu_read_unlock();
}

int nflua_states_init(struct nflua_net *nn)
{
	mutex_init(&nn->lock);
	INIT_LIST_HEAD(&nn->ghosts);
	xa_init_flags(&nn->ids, XA_FLAGS_ALLOC1);
	nn->next_id = 1;
	return rhashtable_init(&nn->states, &table_params);
}

/*
 * The namespace goes: no request of it runs any more, as each holds a socket
 * of it; rules may still be there, and find their states dead.
 */
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

/* A grace period after nflua_states_close(). */
void nflua_states_exit(struct nflua_net *nn)
{
	rhashtable_destroy(&nn->states);
	xa_destroy(&nn->ids);
}
