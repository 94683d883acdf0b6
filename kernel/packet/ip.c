// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of packets: the headers of IPv4 (RFC 791) and IPv6 (RFC 8200), what
 * they carry, and what netfilter says of the packet.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "packet/address.h"
#include "packet/ctmark.h"
#include "packet/dissect.h"
#include "packet/field.h"
#include "packet/offload.h"
#include "packet/place.h"
#include "packet/view.h"

static bool is_ipv6(const struct nflua_call *call)
{
	return call->packet->hook->pf == NFPROTO_IPV6;
}

static enum nflua_tag get_version(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(is_ipv6(call) ? 6 : 4, value);
}

static enum nflua_tag get_ttl(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(is_ipv6(call) ? ipv6_hdr(call->packet->skb)->hop_limit :
						  ip_hdr(call->packet->skb)->ttl, value);
}

static enum nflua_tag get_tos(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(is_ipv6(call) ?
				ipv6_get_dsfield(ipv6_hdr(call->packet->skb)) :
				ip_hdr(call->packet->skb)->tos, value);
}

static enum nflua_tag get_protocol(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(nflua_headers(call)->protocol, value);
}

/* The length of the whole packet with its headers. */
static enum nflua_tag get_length(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(nflua_headers(call)->end -
				skb_network_offset(call->packet->skb), value);
}

/* The length of all IP headers. */
static enum nflua_tag get_hdrlen(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(nflua_headers(call)->transport -
				skb_network_offset(call->packet->skb), value);
}

static enum nflua_tag get_frag_off(struct nflua_call *call, long long *value)
{
	return nflua_tag_number((nflua_headers(call)->fragment & IP_OFFSET) * 8,
				value);
}

static enum nflua_tag get_mf(struct nflua_call *call, long long *value)
{
	return nflua_tag_boolean(nflua_headers(call)->fragment & IP_MF);
}

static enum nflua_tag get_df(struct nflua_call *call, long long *value)
{
	if (is_ipv6(call))
		return NFLUA_TAG_TRUE;
	return nflua_tag_boolean(ip_hdr(call->packet->skb)->frag_off & htons(IP_DF));
}

/* IPv6 has an id in fragments only. */
static enum nflua_tag get_id(struct nflua_call *call, long long *value)
{
	const struct frag_hdr *fh;
	struct frag_hdr buf;
	int at;

	if (!is_ipv6(call))
		return nflua_tag_number(ntohs(ip_hdr(call->packet->skb)->id), value);
	at = nflua_fragment_header(call->packet->skb);
	if (at < 0)
		return NFLUA_TAG_NIL;
	fh = skb_header_pointer(call->packet->skb, at, sizeof(buf), &buf);
	return fh ? nflua_tag_number(ntohl(fh->identification), value) : NFLUA_TAG_NIL;
}

static enum nflua_tag get_flowlabel(struct nflua_call *call, long long *value)
{
	if (!is_ipv6(call))
		return NFLUA_TAG_NIL;
	return nflua_tag_number(ntohl(ip6_flowlabel(ipv6_hdr(call->packet->skb))), value);
}

static enum nflua_tag get_mark(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(call->packet->skb->mark, value);
}

static const char *set_mark(struct nflua_call *call, u32 value)
{
	call->packet->skb->mark = value;
	return NULL;
}

static enum nflua_tag get_priority(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(call->packet->skb->priority, value);
}

static const char *set_priority(struct nflua_call *call, u32 value)
{
	call->packet->skb->priority = value;
	return NULL;
}

static struct nflua_address address(struct nflua_call *call, bool destination)
{
	const struct sk_buff *skb = call->packet->skb;

	if (is_ipv6(call))
		return nflua_address_ipv6(destination ? &ipv6_hdr(skb)->daddr :
							&ipv6_hdr(skb)->saddr);
	return nflua_address_ipv4(destination ? ip_hdr(skb)->daddr : ip_hdr(skb)->saddr);
}

/* In these fields @at is 1 for the destination and 0 for the source. */
static void push_address(lua_State *L, struct nflua_call *call,
			 const struct nflua_field *field)
{
	struct nflua_address a = address(call, field->at);
	char text[NFLUA_ADDRESS_TEXT];

	nflua_address_print(&a, text);
	lua_pushstring(L, text);
}

static void push_address_bytes(lua_State *L, struct nflua_call *call,
			       const struct nflua_field *field)
{
	struct nflua_address a = address(call, field->at);

	lua_pushlstring(L, (const char *)a.bytes, nflua_address_size(&a));
}

static void push_device(lua_State *L, struct nflua_call *call,
			const struct nflua_field *field)
{
	const struct net_device *dev = field->at ? call->packet->hook->out :
						   call->packet->hook->in;

	if (dev)
		lua_pushstring(L, dev->name);
	else
		lua_pushnil(L);
}

static void push_hook(lua_State *L, struct nflua_call *call,
		      const struct nflua_field *field)
{
	static const char *const names[NFLUA_HOOKS] = {
		[NF_INET_PRE_ROUTING] = "PREROUTING",
		[NF_INET_LOCAL_IN] = "INPUT",
		[NF_INET_FORWARD] = "FORWARD",
		[NF_INET_LOCAL_OUT] = "OUTPUT",
		[NF_INET_POST_ROUTING] = "POSTROUTING",
		[NFLUA_HOOK_INGRESS] = "INGRESS",
		[NFLUA_HOOK_EGRESS] = "EGRESS",
		[NFLUA_HOOK_BRIDGE + NF_BR_PRE_ROUTING] = "PREROUTING",
		[NFLUA_HOOK_BRIDGE + NF_BR_LOCAL_IN] = "INPUT",
		[NFLUA_HOOK_BRIDGE + NF_BR_FORWARD] = "FORWARD",
		[NFLUA_HOOK_BRIDGE + NF_BR_LOCAL_OUT] = "OUTPUT",
		[NFLUA_HOOK_BRIDGE + NF_BR_POST_ROUTING] = "POSTROUTING",
	};

	lua_pushstring(L, names[call->packet->hook->hook]);
}

const struct nflua_field nflua_ip_fields[] = {
	{ "tcp", .view = NFLUA_VIEW_TCP },
	{ "udp", .view = NFLUA_VIEW_UDP },
	{ "payload", .view = NFLUA_VIEW_PAYLOAD },
	{ "protocol", .get = get_protocol },
	{ "src", 0, .push = push_address },
	{ "dst", 1, .push = push_address },
	{ "ctmark", .get = nflua_get_ctmark, .set = nflua_set_ctmark },
	{ "daddr", 1, .push = push_address_bytes },
	{ "df", .get = get_df },
	{ "flowlabel", .get = get_flowlabel },
	{ "frag_off", .get = get_frag_off },
	{ "gso_segs", .get = nflua_get_gso_segs },
	{ "gso_size", .get = nflua_get_gso_size },
	{ "hdrlen", .get = get_hdrlen },
	{ "hook", .push = push_hook },
	{ "icmp", .view = NFLUA_VIEW_ICMP },
	{ "id", .get = get_id },
	{ "indev", 0, .push = push_device },
	{ "length", .get = get_length },
	{ "mark", .get = get_mark, .set = set_mark },
	{ "mf", .get = get_mf },
	{ "outdev", 1, .push = push_device },
	{ "priority", .get = get_priority, .set = set_priority },
	{ "saddr", 0, .push = push_address_bytes },
	{ "tos", .get = get_tos },
	{ "ttl", .get = get_ttl },
	{ "version", .get = get_version },
	{}
};

/* Returns whether an address of the packet lies in the prefix that is argument 2. */
static int in_prefix(lua_State *L, bool destination)
{
	struct nflua_address a, prefix;
	unsigned long view;

	luaL_argcheck(L, lua_islightuserdata(L, 1), 1, "packet expected");
	view = (unsigned long)lua_touserdata(L, 1);
	luaL_argcheck(L, nflua_view_kind(view) == NFLUA_VIEW_PACKET, 1,
		      "packet expected");
	nflua_address_check_prefix(L, 2, &prefix);
	a = address(nflua_view_call(L, view), destination);
	lua_pushboolean(L, nflua_address_matches(&a, &prefix));
	return 1;
}

static int src_in(lua_State *L)
{
	return in_prefix(L, false);
}

static int dst_in(lua_State *L)
{
	return in_prefix(L, true);
}

const luaL_Reg nflua_ip_methods[] = {
	{ "dst_in", dst_in },
	{ "segments", nflua_segments },
	{ "src_in", src_in },
	{ NULL, NULL }
};
