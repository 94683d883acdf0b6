/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a packet has its TCP or UDP header, and what it carries. */
#ifndef NFLUA_SEGMENT_H
#define NFLUA_SEGMENT_H

#include <linux/skbuff.h>
#include <linux/tcp.h>

struct nflua_segment {
	u8 pf;
	u8 protocol;
	unsigned int header;	/* offsets from the network header */
	unsigned int payload;
	unsigned int end;
	struct tcphdr tcp;	/* of TCP: the header without options */
};

/* Returns NULL, or what is wrong with the packet, as a phrase. */
const char *nflua_segment_find(const struct sk_buff *skb, u8 pf,
			       struct nflua_segment *seg);

/* Set the checksum of a packet in one piece that begins with its network header. */
void nflua_segment_checksum(struct sk_buff *skb, const struct nflua_segment *seg);
void nflua_segment_checksum_later(struct sk_buff *skb,
				  const struct nflua_segment *seg);

#endif
