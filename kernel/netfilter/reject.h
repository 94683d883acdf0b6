/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the senders of packets that are rejected. */
#ifndef NFLUA_REJECT_H
#define NFLUA_REJECT_H

#include "packet/reject.h"

struct nf_hook_state;
struct sk_buff;

/**
 * nflua_reject_send - tells the sender of a packet that it is dropped
 * @kind: was returned by nflua_reject_read() for this packet
 * @hook: as netfilter says it
 *
 * The answer goes through the hooks of output at once, unless the packet is below IP. So
 * no runtime may be locked.
 */
void nflua_reject_send(enum nflua_reject kind, struct sk_buff *skb,
		       const struct nf_hook_state *hook);

#endif
