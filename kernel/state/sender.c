// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A state numbers what it sends to each group and port. It holds a lock from the number
 * until the message is in the receivers' queues, so that a gap in the numbers is a loss,
 * and the only sign of one. Sending never waits for a receiver.
 */
#include <linux/hash.h>
#include <linux/slab.h>

#include "gfp.h"
#include "state/sender.h"

/* Number of ports that are known. With one more, the numbers of all ports begin again. */
#define PORTS_MAX	4096

void nflua_sender_init(struct nflua_sender *sender)
{
	spin_lock_init(&sender->lock);
}

static struct hlist_head *bucket_of(struct nflua_sender *sender, u32 portid)
{
	return &sender->ports[hash_32(portid, ilog2(NFLUA_PORT_BUCKETS))];
}

void nflua_sender_forget(struct nflua_sender *sender, struct nflua_sender_port *port)
{
	hlist_del(&port->node);
	sender->port_count--;
	kfree(port);
}

void nflua_sender_clear(struct nflua_sender *sender)
{
	struct nflua_sender_port *port;
	struct hlist_node *next;
	int i;

	for (i = 0; i < NFLUA_PORT_BUCKETS; i++)
		hlist_for_each_entry_safe(port, next, &sender->ports[i], node)
			nflua_sender_forget(sender, port);
}

struct nflua_sender_port *nflua_sender_port(struct nflua_sender *sender, u32 portid)
{
	struct hlist_head *bucket = bucket_of(sender, portid);
	struct nflua_sender_port *port;

	lockdep_assert_held(&sender->lock);
	hlist_for_each_entry(port, bucket, node)
		if (port->portid == portid)
			return port;
	port = kzalloc(sizeof(*port), NFLUA_GFP_ATOMIC);
	if (!port)
		return NULL;
	if (sender->port_count == PORTS_MAX)
		nflua_sender_clear(sender);
	port->portid = portid;
	hlist_add_head(&port->node, bucket);
	sender->port_count++;
	return port;
}
