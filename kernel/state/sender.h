/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The numbers of the messages that a state sends, by destination. */
#ifndef NFLUA_SENDER_H
#define NFLUA_SENDER_H

#include <linux/list.h>
#include <linux/nflua.h>
#include <linux/spinlock.h>

#define NFLUA_PORT_BUCKETS	64	/* a power of 2 */

/* A netlink port that messages were sent to. */
struct nflua_sender_port {
	struct hlist_node node;
	u32 portid;
	u32 seq;		/* of the last message */
};

struct nflua_sender {
	spinlock_t lock;		/* all below; BHs off */
	u32 group_seqs[NFLUA_DATA_GROUPS];
	unsigned int port_count;
	struct hlist_head ports[NFLUA_PORT_BUCKETS];
};

void nflua_sender_init(struct nflua_sender *sender);

/* Forgets all ports; the sender is locked, or nobody else has it. */
void nflua_sender_clear(struct nflua_sender *sender);

/*
 * Returns a port, which becomes known if it is not, or NULL if there is no memory. When
 * there are too many ports, all are forgotten first, and their numbers begin again. The
 * sender is locked.
 */
struct nflua_sender_port *nflua_sender_port(struct nflua_sender *sender, u32 portid);

/* Forgets a port. The sender is locked. */
void nflua_sender_forget(struct nflua_sender *sender, struct nflua_sender_port *port);

#endif
