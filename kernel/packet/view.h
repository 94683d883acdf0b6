/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views and what they have: view.c (bytes), find.c (search in them), field.c
 * (header fields by name), dissect.c (where headers are).
 */
#ifndef NFLUA_VIEW_H
#define NFLUA_VIEW_H

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

/*
 * Where a call's packet is: nf_hook_state.hook is one of enum nf_inet_hooks, or one of
 * these; pf is NFPROTO_IPV4 or NFPROTO_IPV6 in any case.
 */
#define NFLUA_HOOK_INGRESS	NF_INET_INGRESS
#define NFLUA_HOOK_EGRESS	(NF_INET_INGRESS + 1)
#define NFLUA_HOOKS		(NFLUA_HOOK_EGRESS + 1)

/* A view is its kind, and the serial number of its packet; 0: any packet. */
static inline enum nflua_view_kind nflua_view_kind(unsigned long view)
{
	return view & 0xff;
}

/* transport.c */
const u8 *nflua_tcp_option(const u8 *p, int len, int kind, int *size);

/* Returns whether the call has the packet that @view shows. */
static inline bool nflua_view_is_there(const struct nflua_call *call,
				       unsigned long view)
{
	return call->packet &&
	       (view >> 8 == 0 || view >> 8 == call->runtime->host.serial);
}

/* view.c */
struct nflua_call *nflua_view_call(lua_State *L, unsigned long view);
void nflua_view_open(lua_State *L);	/* into a universe that is being made */

/* find.c: returns where @text, of @len bytes (not 0), is from @at on, or -1 */
int nflua_view_find(lua_State *L, const struct nflua_span *span, int at,
		    const char *text, int len);

/* field.c */
const char *nflua_view_name(enum nflua_view_kind kind);
int nflua_fields_count(enum nflua_view_kind kind);
void nflua_fields_add(lua_State *L, enum nflua_view_kind kind);
void nflua_field_push(lua_State *L, unsigned long view, long long field);
void nflua_field_set(lua_State *L, unsigned long view, long long field);

/* dissect.c */
void nflua_dissect_packet(const struct nflua_packet *packet,
			  struct nflua_headers *headers);
int nflua_fragment_header(const struct sk_buff *skb);
bool nflua_has_protocol(const struct sk_buff *skb, const struct nf_hook_state *hook,
			u8 protocol);
bool nflua_has_tcp_payload(const struct sk_buff *skb,
			   const struct nf_hook_state *hook);

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
