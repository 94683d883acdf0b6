/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks below IP: ingress and egress of a device, those of a bridge, and of ARP. netfilter has
 * not looked at these packets, and skb->data is at the IP header or at that of the link.
 */
#ifndef NFLUA_LINK_H
#define NFLUA_LINK_H

#include <linux/netfilter.h>

struct sk_buff;

/* Returns whether a hook of this family and number is below IP. */
bool nflua_link_is_below_ip(u8 family, u8 hook);

/* Returns whether it is one of a device, which names the device. */
bool nflua_link_is_device(u8 family, u8 hook);

/**
 * nflua_link_look - looks at a packet as IP would
 * @skb: cut to the length that its IP header says, which leaves out padding
 * @hook: where it is, as netfilter says it
 * @seen: becomes where it is, as functions see it; see packet/place.h
 *
 * Returns 1; 0 if the packet is no IP, or if IP would drop it for a wrong length or
 * version; -ENOMEM; or -ENODATA if nobody has set where its network header is.
 */
int nflua_link_look(struct sk_buff *skb, const struct nf_hook_state *hook,
		    struct nf_hook_state *seen);

#endif
