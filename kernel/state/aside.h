/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A replaced runtime that is kept aside, so that the state can go back to it: by itself,
 * unless somebody confirms the change in time, or on request.
 */
#ifndef NFLUA_ASIDE_H
#define NFLUA_ASIDE_H

#include <linux/kref.h>
#include <linux/nflua.h>
#include <linux/workqueue.h>

#include "state/code.h"

struct netlink_ext_ack;
struct nflua_net;
struct nflua_runtime;
struct nflua_state;

/* How a replace can be taken back. */
struct nflua_confirm {
	u32 msecs;		/* it comes back after this, unless confirmed; 0: never */
	u32 max_errors;		/* or when more occur in a second; 0: any number */
	bool keep;		/* keep it after a confirmation, too, for a rollback */
	u64 mask_bits;		/* of the match mask that the new script changes */
};

/**
 * struct nflua_aside - what a state can go back to
 *
 * The state holds it, under nflua_net.lock and error_lock, and so does its work while that
 * is pending.
 *
 * @state: held
 * @rt: owned
 * @code: what ran in @rt
 * @how: what was asked for
 * @mask: match mask before the change
 * @waits: it comes back unless the change is confirmed
 * @deadline_ns: when; boot time
 * @second_ns: when the second began in which errors are counted; under error_lock
 * @errors: in that second
 * @too_many: they were more than allowed
 */
struct nflua_aside {
	struct kref refs;
	struct nflua_state *state;
	struct nflua_runtime *rt;
	struct nflua_code code;
	struct nflua_confirm how;
	u64 mask;
	bool waits;
	u64 deadline_ns;
	u64 second_ns;
	u32 errors;
	bool too_many;
	struct delayed_work work;
};

/*
 * Makes one for a replace that is about to happen, if @how asks for that. Returns NULL if
 * it does not, or an ERR_PTR().
 */
struct nflua_aside *nflua_aside_new(struct nflua_state *state,
				    const struct nflua_confirm *how);

/* Lets go of one that no state has. NULL does nothing. */
void nflua_aside_put(struct nflua_aside *aside);

/* The functions down to nflua_aside_fill() need nflua_net.lock. */

/* Gives it to its state, in place of another one, with the runtime that was replaced. */
void nflua_aside_begin(struct nflua_aside *aside, struct nflua_runtime *old);

/* Drops what the state could go back to, if there is anything. */
void nflua_aside_drop(struct nflua_state *state);

/* Returns whether a change of the state waits for its confirmation. */
bool nflua_aside_waits(const struct nflua_state *state);

/* Puts what is known of it. Returns 0 or -EMSGSIZE. */
int nflua_aside_fill(struct sk_buff *skb, const struct nflua_state *state);

/*
 * Confirms the change of a state, or takes it back, which needs @force if rules or hooks
 * would lack functions. Return 0, -ENOENT (no such state), -ENODATA, or -ENXIO with a
 * message in @extack.
 */
int nflua_aside_confirm(struct nflua_net *nn, const char *name,
			struct netlink_ext_ack *extack);
int nflua_aside_rollback(struct nflua_net *nn, const char *name, bool force,
			 struct netlink_ext_ack *extack);

/* Counts an error against the limit of a change that waits. error_lock is held. */
void nflua_aside_count_error(struct nflua_state *state);

#endif
