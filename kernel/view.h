/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views and what they have: view.c (bytes), find.c (search in them), field.c
 * (header fields by name), dissect.c (where headers are).
 */
#ifndef NFLUA_VIEW_H
#define NFLUA_VIEW_H

#include "nflua.h"

/* Where a view's bytes are now; offset is relative to skb->data. */
struct nflua_place {
	const struct sk_buff *skb;
	int offset;
	int len;
};

/* A view is what it shows, and the serial number of the packet; 0: any. */
static inline unsigned long nflua_view(const struct nflua_packet *packet,
				       enum nflua_view_kind kind)
{
	return packet->serial << 8 | kind;
}

static inline enum nflua_view_kind nflua_view_kind(unsigned long view)
{
	return view & 0xff;
}

static inline bool nflua_view_is_of(unsigned long view,
				    const struct nflua_packet *packet)
{
	return view >> 8 == 0 || view >> 8 == packet->serial;
}

/* view.c */
struct nflua_packet *nflua_view_packet(lua_State *L, unsigned long view);

/* find.c: where @text is from @at on, of @len bytes, not 0; -1: not there */
int nflua_view_find(lua_State *L, const struct nflua_place *place, int at,
		    const char *text, int len);

/* field.c */
const char *nflua_view_name(enum nflua_view_kind kind);
void nflua_fields_add(lua_State *L, enum nflua_view_kind kind);
void nflua_field_push(lua_State *L, unsigned long view, long long field);

/* dissect.c; @packet is the one of the call that runs */
void nflua_dissect_headers(struct nflua_packet *packet);
void nflua_place_find(struct nflua_packet *packet, enum nflua_view_kind kind,
		      struct nflua_place *place);

/* Where the headers of the packet are; looked up once in a call. */
static inline const struct nflua_headers *
nflua_headers(struct nflua_packet *packet)
{
	if (unlikely(packet->headers.serial != packet->serial))
		nflua_dissect_headers(packet);
	return &packet->headers;
}

/* Bytes of the packet, or NULL; @at is relative to skb->data. */
static inline const u8 *nflua_bytes(const struct sk_buff *skb, int at, int len,
				    void *buf)
{
	if (likely(at >= 0 && at <= (int)skb_headlen(skb) - len))
		return skb->data + at;
	return skb_header_pointer(skb, at, len, buf);
}

#endif
