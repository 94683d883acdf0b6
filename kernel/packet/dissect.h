/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the headers of a packet are, and the bytes that views show. */
#ifndef NFLUA_DISSECT_H
#define NFLUA_DISSECT_H

#include <linux/netfilter.h>
#include <linux/skbuff.h>

#include "compat.h"
#include "runtime/runtime.h"

/* Where a view's bytes are now; offset is relative to skb->data. */
struct nflua_span {
	const struct sk_buff *skb;
	int offset;
	int len;
};

void nflua_dissect_packet(const struct nflua_packet *packet,
			  struct nflua_headers *headers);
int nflua_fragment_header(const struct sk_buff *skb);
bool nflua_has_protocol(const struct sk_buff *skb, const struct nf_hook_state *hook,
			u8 protocol);
bool nflua_has_tcp_payload(const struct sk_buff *skb,
			   const struct nf_hook_state *hook);

/*
 * Returns the device whose kind of frame header the packet has, or NULL if it has none: where
 * IP sends, it is not there yet.
 */
const struct net_device *nflua_frame_device(const struct nflua_packet *packet);

/* Finds the bytes that a view of this kind shows of the call's packet. */
void nflua_span_find(struct nflua_call *call, enum nflua_view_kind kind,
		     struct nflua_span *span);

/* Returns where the headers of the call's packet are. They are found once in a call. */
static inline const struct nflua_headers *nflua_host_headers(struct nflua_host *host)
{
	if (unlikely(!nflua_has_headers(host)))
		nflua_dissect(host);
	return &host->headers;
}

static inline const struct nflua_headers *nflua_headers(const struct nflua_call *call)
{
	return nflua_host_headers(&call->runtime->host);
}

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
