/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The transmit queues of a namespace: packets that scripts send wait there until no
 * runtime is locked and no walk through rules is under way; see queue.c.
 */
#ifndef NFLUA_QUEUE_H
#define NFLUA_QUEUE_H

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
 * A packet that is sent in a packet call leaves on the same CPU, after the call's packet:
 * by then the connection of that one is confirmed, or the packet was dropped. All others
 * are in one queue, to keep their order, as their sender may move to another CPU.
 */
struct nflua_tx {
	struct nflua_tx_queue __percpu *queues;
	struct nflua_tx_queue common;
	atomic_t count;			/* number of packets that wait */
	atomic_long_t bytes;		/* memory that they take */
};

/*
 * Process context. After nflua_tx_close() nothing is sent, and nothing waits.
 * nflua_tx_exit() comes a grace period later.
 */
int nflua_tx_init(struct nflua_net *nn);
void nflua_tx_close(struct nflua_net *nn);
void nflua_tx_exit(struct nflua_net *nn);

/*
 * Queues all of @packets, to be sent for @state in this order, or none of them. @common:
 * this is not a packet call. Returns NULL, or why not. Any context.
 */
const char *nflua_tx_put(struct nflua_state *state,
			 struct list_head *packets, bool common);

#endif
