/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The outbox of a namespace: packets that scripts send wait in it until no
 * runtime is locked and no walk through rules is under way; see send.c.
 */
#ifndef NFLUA_OUTBOX_H
#define NFLUA_OUTBOX_H

#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/spinlock.h>

struct nflua_net;
struct nflua_outbox;
struct nflua_state;

/* What is sent in order. */
struct nflua_queue {
	struct nflua_outbox *outbox;
	spinlock_t lock;		/* the next two; BHs off */
	struct list_head parcels;	/* struct nflua_parcel, oldest first */
	bool closed;
	struct tasklet_struct tasklet;
};

/*
 * Packets that a CPU sends while it has one are sent by it, and after that one
 * is through with its connection, or dropped. All others are in one queue, as
 * who sends them may change from one CPU to another.
 */
struct nflua_outbox {
	struct nflua_queue __percpu *queues;
	struct nflua_queue common;
	atomic_t count;			/* of what waits */
	atomic_long_t bytes;		/* that it takes */
};

/*
 * Process context. After close() nothing is sent, and nothing waits; exit() is
 * a grace period later.
 */
int nflua_outbox_init(struct nflua_net *nn);
void nflua_outbox_close(struct nflua_net *nn);
void nflua_outbox_exit(struct nflua_net *nn);

/*
 * Takes all of @parcels, to be sent for @state in this order, or none of them;
 * @common: not in the call of a packet. Returns NULL, or why not. Any context.
 */
const char *nflua_outbox_put(struct nflua_state *state,
			     struct list_head *parcels, bool common);

#endif
