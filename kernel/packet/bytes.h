/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes and numbers of packets. */
#ifndef NFLUA_BYTES_H
#define NFLUA_BYTES_H

#include <linux/skbuff.h>

#include "compat.h"
#include "lua/host.h"

/* Returns bytes of the packet, or NULL if they do not lie in one piece. */
static inline const u8 *nflua_linear(const struct sk_buff *skb, int at, int len)
{
	return likely(at <= (int)skb_headlen(skb) - len) ? skb->data + at : NULL;
}

/* Returns bytes of the packet, in @buf if need be, or NULL. @at: from skb->data */
static inline const u8 *nflua_bytes(const struct sk_buff *skb, int at, int len,
				    void *buf)
{
	return nflua_linear(skb, at, len) ?:
	       skb_header_pointer(skb, at, len, buf);
}

/* Reads a number in network order. */
static inline enum nflua_tag nflua_read_number(const u8 *p, int size,
					       long long *value)
{
	if (size == 2)
		*value = get_unaligned_be16(p);
	else
		*value = size == 1 ? *p : get_unaligned_be32(p);
	return NFLUA_TAG_INTEGER;
}

#endif
