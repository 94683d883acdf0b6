// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of a packet's bytes. The kernel has looked at the headers before, and relies on
 * what it saw: so lengths, options of IP, extension headers and the like must stay, or a
 * script could have it read and write beyond the packet. Checksums are changed by the
 * difference (RFC 1624), and so a wrong one stays wrong. Where the kernel or the device has
 * yet to make one (CHECKSUM_PARTIAL), the field holds the sum of the pseudo-header.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "packet/bytes.h"
#include "packet/dissect.h"
#include "packet/route.h"
#include "packet/write.h"
#include "runtime/debug.h"
#include "runtime/runtime.h"

#define ADDRESSES_MAX	(2 * sizeof(struct in6_addr))

/* Where the parts of a packet are, from skb->data. */
struct layout {
	int network;
	int transport;
	int addresses;		/* source and destination */
	int addresses_len;
	int check;		/* of the transport header; 0: it has none that we know */
	int covered;		/* the end of what the checksum covers */
	bool pseudo;		/* it covers the addresses, too */
	bool is_ipv6;
};

static int check_at(const struct nflua_headers *h)
{
	switch (h->kind) {
	case NFLUA_VIEW_TCP:
		return h->transport + offsetof(struct tcphdr, check);
	case NFLUA_VIEW_UDP:
		return h->transport + offsetof(struct udphdr, check);
	case NFLUA_VIEW_ICMP:
		return h->transport + offsetof(struct icmphdr, checksum);
	default:
		return 0;
	}
}

/* UDP has a length of its own; that of a big packet is 0 (RFC 2675, 4). */
static int covered_by(const struct nflua_call *call)
{
	const struct nflua_headers *h = nflua_headers(call);
	u8 buf[2];
	const u8 *len;

	if (h->kind != NFLUA_VIEW_UDP)
		return h->end;
	len = nflua_bytes(call->packet->skb, h->transport + offsetof(struct udphdr, len),
			  sizeof(buf), buf);
	return len && get_unaligned_be16(len) ? h->transport + get_unaligned_be16(len) : h->end;
}

static void find_layout(const struct nflua_call *call, struct layout *l)
{
	const struct nflua_headers *h = nflua_headers(call);

	l->is_ipv6 = call->packet->hook->pf == NFPROTO_IPV6;
	l->network = skb_network_offset(call->packet->skb);
	l->transport = h->transport;
	l->addresses = l->network + (l->is_ipv6 ? offsetof(struct ipv6hdr, saddr) :
						  offsetof(struct iphdr, saddr));
	l->addresses_len = l->is_ipv6 ? 2 * sizeof(struct in6_addr) : 2 * sizeof(__be32);
	l->check = h->protocol == IPPROTO_UDPLITE ? 0 : check_at(h);
	l->covered = covered_by(call);
	l->pseudo = l->check && (h->kind != NFLUA_VIEW_ICMP || l->is_ipv6);
}

static bool overlaps(int at, int len, int from, int size)
{
	return at < from + size && from < at + len;
}

/* Bits that may change, of the first bytes of a header; those behind them may not. */
static const u8 ipv4_bits[sizeof(struct iphdr)] = {
	[1] = 0xff,				/* DSCP and ECN */
	[4] = 0xff, 0xff,			/* identification */
	[8] = 0xff,				/* time to live */
	[12] = 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};

static const u8 ipv6_bits[sizeof(struct ipv6hdr)] = {
	[0] = 0x0f, 0xff, 0xff, 0xff,		/* traffic class, flow label */
	[7] = 0xff,				/* hop limit */
	[8 ... 39] = 0xff,
};

/* Of transport headers, those that may not. */
static const u8 tcp_kept[] = { [12] = 0xf0, [16] = 0xff, 0xff };
static const u8 udp_kept[] = { [4] = 0xff, 0xff, 0xff, 0xff };
static const u8 icmp_kept[] = { [2] = 0xff, 0xff };

/* Returns the bits of the byte at @at of the IP headers that must stay. */
static u8 kept_of_ip(const struct layout *l, int at)
{
	if (l->is_ipv6)
		return at < sizeof(ipv6_bits) ? ~ipv6_bits[at] : 0xff;
	return at < sizeof(ipv4_bits) ? ~ipv4_bits[at] : 0xff;
}

static u8 kept_of_transport(const struct nflua_headers *h, int at)
{
	switch (h->kind) {
	case NFLUA_VIEW_TCP:
		return at < sizeof(tcp_kept) ? tcp_kept[at] : 0;
	case NFLUA_VIEW_UDP:
		return at < sizeof(udp_kept) ? udp_kept[at] : 0;
	default:
		return at < sizeof(icmp_kept) ? icmp_kept[at] : 0;
	}
}

/* Returns whether the bytes change nothing that must stay. The skb is linear there. */
static bool keeps(const struct nflua_call *call, const struct layout *l, int offset,
		  const u8 *bytes, int len)
{
	const struct nflua_headers *h = nflua_headers(call);
	const u8 *old = call->packet->skb->data;
	int i, end = min(offset + len, l->transport + (int)sizeof(tcp_kept));

	for (i = offset; i < end; i++) {
		u8 kept = i < l->transport ? kept_of_ip(l, i - l->network) :
					     kept_of_transport(h, i - l->transport);

		if ((old[i] ^ bytes[i - offset]) & kept)
			return false;
	}
	return true;
}

/* Returns NULL, or why what lies behind the IP headers cannot be changed. */
static const char *check_transport(const struct nflua_call *call, const struct layout *l,
				   int end)
{
	const struct nflua_headers *h = nflua_headers(call);
	const struct sk_buff *skb = call->packet->skb;

	if (h->fragment & (IP_OFFSET | IP_MF))
		return "the packet is a fragment";
	if (!l->check)
		return "the checksum of its protocol is not known";
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_start_offset(skb) != l->transport)
		return "it contains another packet, whose checksum is not made yet";
	if (skb_is_gso(skb) && skb_has_frag_list(skb) && end > (int)skb_headlen(skb))
		return "only the first of several merged packets can be changed";
	return NULL;
}

/* Protocols that have no checksum with addresses in it, and no authentication. */
static bool leaves_out_addresses(u8 protocol)
{
	switch (protocol) {
	case IPPROTO_ICMP:
	case IPPROTO_IGMP:
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_GRE:
	case IPPROTO_ESP:
	case IPPROTO_COMP:
	case IPPROTO_SCTP:
	case IPPROTO_L2TP:
	case IPPROTO_NONE:
		return true;
	default:
		return false;
	}
}

static const char *check_addresses(const struct nflua_call *call, const struct layout *l)
{
	const struct nflua_headers *h = nflua_headers(call);
	bool is_known = h->protocol == IPPROTO_TCP || h->protocol == IPPROTO_UDP ||
			h->protocol == IPPROTO_ICMPV6;

	if (nflua_has_source_route(call->packet->skb, l->is_ipv6))
		return "the packet has a source route";
	/* A later fragment has no checksum. */
	if (l->check || leaves_out_addresses(h->protocol) ||
	    (is_known && h->fragment & IP_OFFSET))
		return NULL;
	return "the checksum of its protocol is not known";
}

/*
 * Of packets that are merged as a list, the kernel makes the addresses and ports of all like
 * those of the first; the others keep the rest.
 */
static bool is_of_all(const struct nflua_call *call, const struct layout *l, int offset,
		      int len)
{
	int payload = nflua_headers(call)->payload;

	return (offset >= l->addresses && offset + len <= l->addresses + l->addresses_len) ||
	       (offset >= l->transport && offset + len <= l->transport + (int)sizeof(__be32)) ||
	       offset >= payload;
}

static const char *check(const struct nflua_call *call, const struct layout *l, int offset,
			 int len)
{
	const char *why = NULL;

	if (skb_shared(call->packet->skb))
		return "others hold the packet, too";
	if (skb_is_gso(call->packet->skb) &&
	    skb_shinfo(call->packet->skb)->gso_type & SKB_GSO_FRAGLIST &&
	    !is_of_all(call, l, offset, len))
		return "only addresses and ports of merged packets can be changed together";
	if (overlaps(offset, len, l->addresses, l->addresses_len))
		why = check_addresses(call, l);
	if (!why && offset + len > l->transport)
		why = check_transport(call, l, offset + len);
	return why;
}

/* Returns whether the checksum around a tunnelled packet is made when that is segmented. */
static bool is_tunnel(const struct sk_buff *skb)
{
	return skb_is_gso(skb) && skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM;
}

/* Changes the checksum of the transport header. @diff: of the bytes that it covers */
static void adjust(struct sk_buff *skb, const struct layout *l, __wsum diff, bool pseudo)
{
	__sum16 *sum = (__sum16 *)(skb->data + l->check);
	bool is_udp = l->check - l->transport == offsetof(struct udphdr, check);
	bool partial = skb->ip_summed == CHECKSUM_PARTIAL &&
		       (skb_checksum_start_offset(skb) == l->transport ||
			(is_udp && is_tunnel(skb)));

	if (partial) {
		if (pseudo)
			*sum = ~csum_fold(csum_add(diff, csum_unfold(*sum)));
		return;
	}
	if (is_udp && !*sum)
		return;		/* there is none */
	csum_replace_by_diff(sum, diff);
	if (is_udp && !*sum)
		*sum = CSUM_MANGLED_0;
}

/* Writes into the IP headers. */
static void write_ip(struct sk_buff *skb, const struct layout *l, bool is_later_fragment,
		     int offset, const u8 *bytes, int len)
{
	u8 *addresses = skb->data + l->addresses;
	u8 old[ADDRESSES_MAX];
	__wsum before, diff;

	memcpy(old, addresses, l->addresses_len);
	before = csum_partial(skb->data + l->network, sizeof(struct iphdr), 0);
	memcpy(skb->data + offset, bytes, len);
	if (!l->is_ipv6) {
		diff = csum_sub(csum_partial(skb->data + l->network, sizeof(struct iphdr), 0),
				before);
		csum_replace_by_diff(&ip_hdr(skb)->check, diff);
	}
	if (!l->pseudo || is_later_fragment || memcmp(old, addresses, l->addresses_len) == 0)
		return;
	diff = csum_sub(csum_partial(addresses, l->addresses_len, 0),
			csum_partial(old, l->addresses_len, 0));
	adjust(skb, l, diff, true);
}

/* Writes behind the IP headers. */
static void write_transport(struct sk_buff *skb, const struct layout *l, int offset,
			    const u8 *bytes, int len)
{
	int n = clamp(l->covered - offset, 0, len);
	__wsum before = csum_partial(skb->data + offset, n, 0), diff;

	memcpy(skb->data + offset, bytes, len);
	diff = csum_sub(csum_partial(skb->data + offset, n, 0), before);
	adjust(skb, l, csum_shift(diff, offset - l->transport), false);
}

/* What the kernel knows of the packet, and is not so any more. */
static void forget(struct nflua_call *call, const struct layout *l, int offset)
{
	struct sk_buff *skb = call->packet->skb;

	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	if (offset < l->transport + (int)sizeof(__be32))
		skb_clear_hash(skb);
	call->packet->effects |= NFLUA_EFFECT_WRITTEN;
	if (offset < l->transport)
		call->packet->effects |= NFLUA_EFFECT_ROUTE;
}

const char *nflua_write(struct nflua_call *call, int offset, const void *bytes, int len)
{
	bool is_later_fragment = nflua_headers(call)->fragment & IP_OFFSET;
	struct sk_buff *skb = call->frame->skb;
	struct layout l;
	const char *why;
	int of_ip;

	if (!call->packet)
		return "the packet is no IP";
	find_layout(call, &l);
	why = check(call, &l, offset, len);
	if (why)
		return why;
	call->runtime->host.headers.serial = 0;	/* they may move, even on failure */
	/* The checksums are written, too. */
	if (nflua_debug_fail_alloc() ||
	    skb_ensure_writable(skb, max3(offset + len, l.transport,
					  l.check + (int)sizeof(__sum16))))
		return "not enough memory";
	if (!keeps(call, &l, offset, bytes, len))
		return "lengths, protocols, options of IP and checksums must stay";
	of_ip = clamp(l.transport - offset, 0, len);
	/* The bytes may have the checksum as it was, so this comes first. */
	if (len > of_ip)
		write_transport(skb, &l, offset + of_ip, bytes + of_ip, len - of_ip);
	if (of_ip)
		write_ip(skb, &l, is_later_fragment, offset, bytes, of_ip);
	forget(call, &l, offset);
	return NULL;
}

const char *nflua_write_number(struct nflua_call *call, int offset, u32 value, int size)
{
	__be32 bytes = cpu_to_be32(value);

	return nflua_write(call, offset, (const u8 *)&bytes + sizeof(bytes) - size, size);
}
