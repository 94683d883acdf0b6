/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmit queues of a namespace: packets that scripts send wait there until no
 * runtime is locked and no walk through rules is under way; see queue.c.
 */
#ifndef NFLUA_TX_H
#define NFLUA_TX_H

#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/spinlock.h>

struct nflua_net;
struct nflua_tx;
struct nflua_state;

/* A queue: its packets are sent in order. */
struct nflua_tx_queue {
	struct nflua_tx *tx;
	spinlock_t lock;		/* the next two; BHs off */
	struct list_head packets;	/* struct nflua_xmit, oldest first */
	bool closed;
	struct tasklet_struct tasklet;
};

/*
 * Packets that a CPU sends while it has one are sent by it, and after that one
 * is through with its connection, or dropped. All others are in one queue, as
 * who sends them may change from one CPU to another.
 */
struct nflua_tx {
	struct nflua_tx_queue __percpu *queues;
	struct nflua_tx_queue common;
	atomic_t count;			/* of what waits */
	atomic_long_t bytes;		/* that it takes */
};

/*
 * Process context. After close() nothing is sent, and nothing waits; exit() is
 * a grace period later.
 */
int nflua_tx_init(struct nflua_net *nn);
void nflua_tx_close(struct nflua_net *nn);
void nflua_tx_exit(struct nflua_net *nn);

/*
 * Takes all of @packets, to be sent for @state in this order, or none of them;
 * @common: not in the call of a packet. Returns NULL, or why not. Any context.
 */
const char *nflua_tx_put(struct nflua_state *state,
			 struct list_head *packets, bool common);

#endif
