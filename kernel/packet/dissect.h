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

#endif
