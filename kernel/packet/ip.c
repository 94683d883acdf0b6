// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fields of packets: the headers of IPv4 (RFC 791) and IPv6 (RFC 8200), what
 * they carry, and what netfilter says of the packet.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "packet/address.h"
#include "packet/ctmark.h"
#include "packet/dissect.h"
#include "packet/field.h"
#include "packet/offload.h"
#include "packet/place.h"
#include "packet/reject.h"
#include "packet/view.h"
#include "packet/write.h"

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

/* Writes a number of @size bytes into the first IP header. @max: the most that it may be */
static const char *write_header(struct nflua_call *call, int at, int size, u32 value, u32 max)
{
	if (value > max)
		return max == U8_MAX ? "it is 0 to 255" : "it is 0 to 65535";
	return nflua_write_number(call, skb_network_offset(call->packet->skb) + at, value, size);
}

static const char *set_ttl(struct nflua_call *call, u32 value)
{
	return write_header(call, is_ipv6(call) ? offsetof(struct ipv6hdr, hop_limit) :
						  offsetof(struct iphdr, ttl),
			    1, value, U8_MAX);
}

static enum nflua_tag get_tos(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(is_ipv6(call) ?
				ipv6_get_dsfield(ipv6_hdr(call->packet->skb)) :
				ip_hdr(call->packet->skb)->tos, value);
}

/* The first 4 bytes of IPv6: version, traffic class, flow label. */
static u32 first_word(const struct nflua_call *call)
{
	return get_unaligned_be32(skb_network_header(call->packet->skb));
}

static const char *set_tos(struct nflua_call *call, u32 value)
{
	if (!is_ipv6(call))
		return write_header(call, offsetof(struct iphdr, tos), 1, value, U8_MAX);
	if (value > U8_MAX)
		return "it is 0 to 255";
	return write_header(call, 0, 4, (first_word(call) & 0xf00fffff) | value << 20, U32_MAX);
}

static enum nflua_tag get_dscp(struct nflua_call *call, long long *value)
{
	get_tos(call, value);
	*value >>= 2;
	return NFLUA_TAG_INTEGER;
}

/* The two bits of ECN (RFC 3168) stay. */
static const char *set_dscp(struct nflua_call *call, u32 value)
{
	long long tos;

	if (value > 63)
		return "it is 0 to 63";
	get_tos(call, &tos);
	return set_tos(call, value << 2 | (tos & INET_ECN_MASK));
}

static enum nflua_tag get_protocol(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(nflua_headers(call)->protocol, value);
}

/* The length of the whole packet with its headers. */
static enum nflua_tag get_length(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(nflua_headers(call)->end -
				skb_network_offset(call->frame->skb), value);
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

static const char *set_id(struct nflua_call *call, u32 value)
{
	if (is_ipv6(call))
		return "only that of IPv4 can be";
	return write_header(call, offsetof(struct iphdr, id), 2, value, U16_MAX);
}

static const char *set_flowlabel(struct nflua_call *call, u32 value)
{
	if (!is_ipv6(call))
		return "only packets of IPv6 have one";
	if (value > 0xfffff)
		return "it is 0 to 1048575";
	return write_header(call, 0, 4, (first_word(call) & 0xfff00000) | value, U32_MAX);
}

static enum nflua_tag get_mark(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(call->frame->skb->mark, value);
}

static const char *set_mark(struct nflua_call *call, u32 value)
{
	if (call->frame->skb->mark == value)
		return NULL;
	call->frame->skb->mark = value;
	call->frame->effects |= NFLUA_EFFECT_ROUTE;
	return NULL;
}

static enum nflua_tag get_priority(struct nflua_call *call, long long *value)
{
	return nflua_tag_number(call->frame->skb->priority, value);
}

static const char *set_priority(struct nflua_call *call, u32 value)
{
	call->frame->skb->priority = value;
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

static const char *write_address(struct nflua_call *call, const struct nflua_field *field,
				 const u8 *bytes)
{
	int size = is_ipv6(call) ? sizeof(struct in6_addr) : sizeof(__be32);
	int at = is_ipv6(call) ? offsetof(struct ipv6hdr, saddr) : offsetof(struct iphdr, saddr);

	return nflua_write(call, skb_network_offset(call->packet->skb) + at + field->at * size,
			   bytes, size);
}

/* From a text. */
static const char *assign_address(lua_State *L, struct nflua_call *call,
				  const struct nflua_field *field)
{
	struct nflua_address a;
	const char *text;
	size_t len;

	if (lua_type(L, 3) != LUA_TSTRING)
		return "it is a string";
	text = lua_tolstring(L, 3, &len);
	if (!nflua_address_parse(text, len, &a))
		return "it is an address, such as 192.0.2.1";
	if ((a.family == NFPROTO_IPV6) != is_ipv6(call))
		return "the address is of the other version of IP";
	return write_address(call, field, a.bytes);
}

/* From bytes. */
static const char *assign_address_bytes(lua_State *L, struct nflua_call *call,
					const struct nflua_field *field)
{
	const char *bytes;
	size_t len;

	if (lua_type(L, 3) != LUA_TSTRING)
		return "it is a string of bytes";
	bytes = lua_tolstring(L, 3, &len);
	if (len != (is_ipv6(call) ? 16 : 4))
		return is_ipv6(call) ? "it has 16 bytes" : "it has 4 bytes";
	return write_address(call, field, bytes);
}

static void push_device(lua_State *L, struct nflua_call *call,
			const struct nflua_field *field)
{
	const struct net_device *dev = field->at ? call->frame->hook->out :
						   call->frame->hook->in;

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
		[NFLUA_HOOK_ARP + NF_ARP_IN] = "INPUT",
		[NFLUA_HOOK_ARP + NF_ARP_OUT] = "OUTPUT",
	};

	lua_pushstring(L, names[call->frame->hook->hook]);
}

static enum nflua_tag get_nil(struct nflua_call *call, long long *value)
{
	return NFLUA_TAG_NIL;
}

const struct nflua_field nflua_ip_fields[] = {
	{ "tcp", .view = NFLUA_VIEW_TCP },
	{ "udp", .view = NFLUA_VIEW_UDP },
	{ "payload", .view = NFLUA_VIEW_PAYLOAD },
	{ "protocol", .get = get_protocol },
	{ "src", 0, .push = push_address, .assign = assign_address },
	{ "dst", 1, .push = push_address, .assign = assign_address },
	{ "arp", .get = get_nil },
	{ "ctmark", .get = nflua_get_ctmark, .set = nflua_set_ctmark },
	{ "daddr", 1, .push = push_address_bytes, .assign = assign_address_bytes },
	{ "df", .get = get_df },
	{ "dscp", .get = get_dscp, .set = set_dscp },
	{ "flowlabel", .get = get_flowlabel, .set = set_flowlabel },
	{ "frag_off", .get = get_frag_off },
	{ "gso_segs", .get = nflua_get_gso_segs },
	{ "gso_size", .get = nflua_get_gso_size },
	{ "hdrlen", .get = get_hdrlen },
	{ "hook", .push = push_hook },
	{ "icmp", .view = NFLUA_VIEW_ICMP },
	{ "id", .get = get_id, .set = set_id },
	{ "indev", 0, .push = push_device },
	{ "length", .get = get_length },
	{ "mark", .get = get_mark, .set = set_mark },
	{ "mf", .get = get_mf },
	{ "outdev", 1, .push = push_device },
	{ "priority", .get = get_priority, .set = set_priority },
	{ "saddr", 0, .push = push_address_bytes, .assign = assign_address_bytes },
	{ "tos", .get = get_tos, .set = set_tos },
	{ "ttl", .get = get_ttl, .set = set_ttl },
	{ "version", .get = get_version },
	{}
};

/* Those of IP are nil. */
const struct nflua_field nflua_other_fields[] = {
	{ "arp", .view = NFLUA_VIEW_ARP },
	{ "payload", .view = NFLUA_VIEW_PAYLOAD },
	{ "ctmark", .get = get_nil },
	{ "daddr", .get = get_nil },
	{ "df", .get = get_nil },
	{ "dscp", .get = get_nil },
	{ "dst", .get = get_nil },
	{ "flowlabel", .get = get_nil },
	{ "frag_off", .get = get_nil },
	{ "gso_segs", .get = nflua_get_gso_segs },
	{ "gso_size", .get = nflua_get_gso_size },
	{ "hdrlen", .get = get_nil },
	{ "hook", .push = push_hook },
	{ "icmp", .get = get_nil },
	{ "id", .get = get_nil },
	{ "indev", 0, .push = push_device },
	{ "length", .get = get_length },
	{ "mark", .get = get_mark, .set = set_mark },
	{ "mf", .get = get_nil },
	{ "outdev", 1, .push = push_device },
	{ "priority", .get = get_priority, .set = set_priority },
	{ "protocol", .get = get_nil },
	{ "saddr", .get = get_nil },
	{ "src", .get = get_nil },
	{ "tcp", .get = get_nil },
	{ "tos", .get = get_nil },
	{ "ttl", .get = get_nil },
	{ "udp", .get = get_nil },
	{ "version", .get = get_nil },
	{}
};

/* Returns whether an address of the packet lies in the prefix that is argument 2. */
static int in_prefix(lua_State *L, bool destination)
{
	struct nflua_call *call = nflua_check_packet_view(L);
	struct nflua_address a, prefix;

	nflua_address_check_prefix(L, 2, &prefix);
	if (!call->packet) {
		lua_pushboolean(L, false);
		return 1;
	}
	a = address(call, destination);
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
	{ "reject", nflua_packet_reject },
	{ "segments", nflua_segments },
	{ "src_in", src_in },
	{ NULL, NULL }
};
