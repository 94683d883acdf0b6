/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP. */
#ifndef NFLUA_ARP_H
#define NFLUA_ARP_H

#include <linux/skbuff.h>

/* Bytes of ARP for IPv4 on Ethernet. */
#define NFLUA_ARP_SIZE	28

/* Returns whether the frame has the beginning of such a header at @at, from skb->data. */
bool nflua_is_arp(const struct sk_buff *skb, int at);

#endif
