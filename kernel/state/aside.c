// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replaced runtimes that are kept aside; see aside.h. While a runtime is aside, packets do
 * not find it, no request begins in it, and its clock stands still.
 *
 * The work that takes a change back may run at any time until it was cancelled, so it asks
 * first whether its change is still the one of the state.
 */
#include <linux/ktime.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <net/netlink.h>

#include "runtime/runtime.h"
#include "state/event.h"
#include "state/net.h"
#include "state/rule.h"
#include "state/state.h"

static void free_aside(struct kref *refs)
{
	struct nflua_aside *aside = container_of(refs, struct nflua_aside, refs);

	if (aside->rt)
		nflua_runtime_put(aside->rt);
	nflua_state_put(aside->state);
	kfree(aside);
}

void nflua_aside_put(struct nflua_aside *aside)
{
	if (aside)
		kref_put(&aside->refs, free_aside);
}

/* Changes what the state can go back to. Returns what it could before. */
static struct nflua_aside *swap_aside(struct nflua_state *state, struct nflua_aside *aside)
{
	struct nflua_aside *old = state->aside;

	lockdep_assert_held(&state->net->lock);
	spin_lock_bh(&state->error_lock);
	state->aside = aside;
	spin_unlock_bh(&state->error_lock);
	return old;
}

static void stop_waiting(struct nflua_aside *aside)
{
	aside->waits = false;
	if (cancel_delayed_work(&aside->work))
		nflua_aside_put(aside);
}

void nflua_aside_drop(struct nflua_state *state)
{
	struct nflua_aside *aside = swap_aside(state, NULL);

	if (!aside)
		return;
	stop_waiting(aside);
	nflua_aside_put(aside);
}

/* Publishes the runtime that was put aside again. */
static void take_back(struct nflua_state *state, enum nflua_reason reason)
{
	struct nflua_aside *aside = swap_aside(state, NULL);
	struct nflua_net *nn = state->net;
	struct nflua_runtime *failed;

	stop_waiting(aside);
	nflua_runtime_resume(aside->rt, state->maxalloc, state->budget);
	failed = rcu_replace_pointer(state->runtime, aside->rt, lockdep_is_held(&nn->lock));
	aside->rt = NULL;
	nflua_runtime_retire(failed);
	state->code = aside->code;
	nflua_net_change_mask(nn, aside->how.mask_bits, aside->mask & aside->how.mask_bits);
	nflua_event_rollback(state, reason);
	nflua_runtime_put(failed);
	nflua_aside_put(aside);
}

static void time_is_up(struct work_struct *work)
{
	struct nflua_aside *aside = container_of(to_delayed_work(work), struct nflua_aside, work);
	struct nflua_state *state = aside->state;
	struct nflua_net *nn = state->net;

	mutex_lock(&nn->lock);
	if (state->aside == aside && aside->waits)
		take_back(state, aside->too_many ? NFLUA_REASON_ERRORS : NFLUA_REASON_TIME);
	mutex_unlock(&nn->lock);
	nflua_aside_put(aside);
}

struct nflua_aside *nflua_aside_new(struct nflua_state *state,
				    const struct nflua_confirm *how)
{
	struct nflua_aside *aside;

	if (!how->msecs && !how->keep)
		return NULL;
	aside = kzalloc(sizeof(*aside), GFP_KERNEL_ACCOUNT);
	if (!aside)
		return ERR_PTR(-ENOMEM);
	kref_init(&aside->refs);
	kref_get(&state->refs);
	aside->state = state;
	aside->how = *how;
	INIT_DELAYED_WORK(&aside->work, time_is_up);
	return aside;
}

void nflua_aside_begin(struct nflua_aside *aside, struct nflua_runtime *old)
{
	struct nflua_state *state = aside->state;

	nflua_runtime_pause(old);
	aside->rt = old;
	aside->code = state->code;
	aside->mask = atomic64_read(&state->net->match_mask);
	aside->waits = aside->how.msecs;
	if (aside->waits) {
		aside->deadline_ns = ktime_get_boottime_ns() +
				     (u64)aside->how.msecs * NSEC_PER_MSEC;
		kref_get(&aside->refs);
		queue_delayed_work(nflua_wq, &aside->work, msecs_to_jiffies(aside->how.msecs));
	}
	swap_aside(state, aside);
}

bool nflua_aside_waits(const struct nflua_state *state)
{
	lockdep_assert_held(&state->net->lock);
	return state->aside && state->aside->waits;
}

int nflua_aside_fill(struct sk_buff *skb, const struct nflua_state *state)
{
	const struct nflua_aside *aside = state->aside;
	u64 now = ktime_get_boottime_ns();
	u32 left = 1;	/* it is about to be taken back */

	lockdep_assert_held(&state->net->lock);
	if (!aside)
		return 0;
	if (nla_put_u64_64bit(skb, NFLUA_A_KEPTALLOC, READ_ONCE(aside->rt->used), NFLUA_A_PAD))
		return -EMSGSIZE;
	if (!aside->waits)
		return 0;
	if (aside->deadline_ns > now)
		left = div_u64(aside->deadline_ns - now + NSEC_PER_MSEC - 1, NSEC_PER_MSEC);
	return nla_put_u32(skb, NFLUA_A_CONFIRM_MS, left);
}

/* Returns the live state of that name if it has something aside, or an ERR_PTR(). */
static struct nflua_state *find(struct nflua_net *nn, const char *name, bool waits,
				struct netlink_ext_ack *extack)
{
	struct nflua_state *state = nflua_state_lookup(nn, name);

	if (!state || state->dead) {
		NL_SET_ERR_MSG(extack, "there is no state of this name");
		return ERR_PTR(-ENOENT);
	}
	if (waits && !nflua_aside_waits(state)) {
		NL_SET_ERR_MSG(extack, "no change of the state waits for its confirmation");
		return ERR_PTR(-ENODATA);
	}
	if (!state->aside) {
		NL_SET_ERR_MSG(extack, "there is nothing that the state could go back to");
		return ERR_PTR(-ENODATA);
	}
	return state;
}

int nflua_aside_confirm(struct nflua_net *nn, const char *name,
			struct netlink_ext_ack *extack)
{
	struct nflua_state *state;

	mutex_lock(&nn->lock);
	state = find(nn, name, true, extack);
	if (!IS_ERR(state)) {
		if (state->aside->how.keep)
			stop_waiting(state->aside);
		else
			nflua_aside_drop(state);
		nflua_event_state(state, NFLUA_CMD_STATE_CONFIRM_NTF);
	}
	mutex_unlock(&nn->lock);
	return PTR_ERR_OR_ZERO(state);
}

/* Returns whether rules or hooks call a function that is not in what was kept. */
static bool lacks_functions(const struct nflua_state *state, bool force)
{
	struct nflua_runtime *rt = state->aside->rt;
	struct nflua_lack lack = { .allowed = force };
	bool lacks;

	/* A request may still be in it that began before it was put aside. */
	local_bh_disable();
	nflua_runtime_lock(rt);
	lacks = nflua_rules_lack(state, rt, &lack);
	spin_unlock(&rt->lock);
	local_bh_enable();
	return lacks;
}

int nflua_aside_rollback(struct nflua_net *nn, const char *name, bool force,
			 struct netlink_ext_ack *extack)
{
	struct nflua_state *state;
	int err;

	mutex_lock(&nn->lock);
	state = find(nn, name, false, extack);
	err = PTR_ERR_OR_ZERO(state);
	if (!err && lacks_functions(state, force)) {
		NL_SET_ERR_MSG(extack, "rules or hooks call functions that were not there before the change");
		err = -ENXIO;
	}
	if (!err)
		take_back(state, NFLUA_REASON_REQUEST);
	mutex_unlock(&nn->lock);
	return err;
}

void nflua_aside_count_error(struct nflua_state *state)
{
	struct nflua_aside *aside = state->aside;
	u64 now = ktime_get_boottime_ns();

	lockdep_assert_held(&state->error_lock);
	if (!aside || !aside->waits || !aside->how.max_errors || aside->too_many)
		return;
	if (now - aside->second_ns >= NSEC_PER_SEC) {
		aside->second_ns = now;
		aside->errors = 0;
	}
	if (++aside->errors <= aside->how.max_errors)
		return;
	/* A worker does it, as that may sleep. It holds what it works on. */
	aside->too_many = true;
	kref_get(&aside->refs);
	if (mod_delayed_work(nflua_wq, &aside->work, 0))
		nflua_aside_put(aside);
}
