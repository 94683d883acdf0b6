// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets that are several on the wire: joined by the receiver (GRO), or not yet cut up
 * by the sender (GSO, UDP_SEGMENT). They have the headers of the first one and the
 * payloads of all. Each payload but the last has gso_size bytes; see skb_shared_info.
 */
#include <linux/skbuff.h>

#include "packet/dissect.h"
#include "packet/field.h"
#include "packet/offload.h"
#include "packet/view.h"

/* Kinds whose pieces lie in the payload that scripts see. */
#define PLAIN_KINDS	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | \
			 SKB_GSO_TCP_FIXEDID | SKB_GSO_DODGY | SKB_GSO_UDP_L4 | \
			 SKB_GSO_FRAGLIST)

/* Returns false for tunnels, whose inner packets are cut up, and for IP fragments. */
static bool is_plain(const struct sk_buff *skb)
{
	return !(skb_shinfo(skb)->gso_type & ~PLAIN_KINDS) &&
	       skb_shinfo(skb)->gso_size != GSO_BY_FRAGS;
}

/* Returns the bytes of payload in each piece, or 0 if there is only one. */
static int piece_size(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && is_plain(skb) ? skb_shinfo(skb)->gso_size : 0;
}

static int payload_length(struct nflua_call *call)
{
	struct nflua_span span;

	nflua_span_find(call, NFLUA_VIEW_PAYLOAD, &span);
	return span.len;
}

enum nflua_tag nflua_get_gso_size(struct nflua_call *call, long long *value)
{
	int size = piece_size(call->frame->skb);

	return size ? nflua_tag_number(size, value) : NFLUA_TAG_NIL;
}

/* Counts the pieces, as the sender's own number may be 0, or made up by a guest. */
enum nflua_tag nflua_get_gso_segs(struct nflua_call *call, long long *value)
{
	int size = piece_size(call->frame->skb), n;

	if (size)
		n = DIV_ROUND_UP(payload_length(call), size);
	else
		n = skb_is_gso(call->frame->skb) ? skb_shinfo(call->frame->skb)->gso_segs : 1;
	return nflua_tag_number(max(n, 1), value);
}

/* The iterator: returns the piece after the one that begins at argument 2 (0: none). */
static int next_segment(lua_State *L)
{
	struct nflua_call *call =
		nflua_view_call(L, (unsigned long)lua_touserdata(L, 1));
	lua_Integer first = luaL_checkinteger(L, 2);
	int len = payload_length(call), size = piece_size(call->frame->skb) ?: len;

	if (first < 0 || first > len || (first && first + size > len))
		return 0;
	first = first ? first + size : 1;
	lua_pushinteger(L, first);
	lua_pushinteger(L, min_t(lua_Integer, first + size - 1, len));
	return 2;
}

/* packet:segments() */
int nflua_segments(lua_State *L)
{
	nflua_check_packet_view(L);
	lua_pushcfunction(L, next_segment);
	lua_pushvalue(L, 1);
	lua_pushinteger(L, 0);
	return 3;
}
