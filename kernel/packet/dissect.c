// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the headers of a packet are. The packet's own lengths are believed as far as
 * there are bytes. A header that does not fit counts as missing.
 */
#include <linux/export.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "packet/arp.h"
#include "packet/bytes.h"
#include "packet/dissect.h"
#include "packet/place.h"
#include "packet/view.h"

/* Returns the length by the IP header, up to @room. Big GSO packets have 0 there. */
static inline int total_length(const struct sk_buff *skb, int room, int len)
{
	if (unlikely(len == 0 && skb_is_gso(skb)))
		return room;
	return likely(len <= room) ? len : room;
}

/* Notes the header of @kind, without its options, if it is there. */
static __always_inline void set_transport(const struct sk_buff *skb,
					  struct nflua_headers *h, int at, int end,
					  enum nflua_view_kind kind, int size)
{
	h->transport = at;
	h->end = end;
	if (unlikely(h->fragment & IP_OFFSET || end - at < size)) {
		h->payload = at;
		h->kind = 0;
		return;
	}
	h->payload = at + size;
	h->kind = kind;
	h->bytes = skb->data + at;
	h->room = size;
	if (unlikely(at + size > (int)skb_headlen(skb)))
		h->room = 0;
}

/* Finds the header after the IP headers. An ICMP header has 8 bytes. */
static __always_inline void find_transport(const struct sk_buff *skb,
					   struct nflua_headers *h, int at, int end,
					   u8 icmp)
{
	if (unlikely(at > end))
		at = end;
	if (h->protocol == IPPROTO_UDP)
		set_transport(skb, h, at, end, NFLUA_VIEW_UDP, sizeof(struct udphdr));
	else if (h->protocol == IPPROTO_TCP)
		set_transport(skb, h, at, end, NFLUA_VIEW_TCP, sizeof(struct tcphdr));
	else if (h->protocol == icmp)
		set_transport(skb, h, at, end, NFLUA_VIEW_ICMP, 8);
	else
		set_transport(skb, h, at, end, 0, 0);
}

static __always_inline void dissect_ipv4(const struct sk_buff *skb,
					 struct nflua_headers *h)
{
	const struct iphdr *iph = ip_hdr(skb);
	int start = skb_network_offset(skb), ihl = iph->ihl * 4;
	int end = start + total_length(skb, skb->len - start, ntohs(iph->tot_len));

	h->protocol = iph->protocol;
	h->fragment = ntohs(iph->frag_off) & (IP_MF | IP_OFFSET);
	find_transport(skb, h, likely(ihl >= (int)sizeof(*iph)) ? start + ihl : end,
		       end, IPPROTO_ICMP);
}

/* Returns where the data of a fragment other than the first begins. */
static int later_fragment(const struct sk_buff *skb, struct nflua_headers *h, int at)
{
	struct frag_hdr buf;
	const struct frag_hdr *fh = skb_header_pointer(skb, at, sizeof(buf), &buf);

	if (!fh)
		return skb->len;
	h->protocol = fh->nexthdr;
	return at + sizeof(*fh);
}

/*
 * Returns the offset of the IPv6 fragment header, or -1 if there is none. Of several, it
 * is the last one that ipv6_skip_exthdr() reaches.
 */
int nflua_fragment_header(const struct sk_buff *skb)
{
	int at = skb_network_offset(skb) + sizeof(struct ipv6hdr), found = -1, len;
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	const struct frag_hdr *hp;
	struct frag_hdr buf;

	for (; ipv6_ext_hdr(nexthdr) && nexthdr != NEXTHDR_NONE; at += len) {
		/* Each extension header has at least 8 bytes. */
		hp = skb_header_pointer(skb, at, sizeof(buf), &buf);
		if (!hp)
			break;
		len = ipv6_optlen((const struct ipv6_opt_hdr *)hp);
		if (nexthdr == NEXTHDR_AUTH)
			len = ipv6_authlen((const struct ipv6_opt_hdr *)hp);
		if (nexthdr == NEXTHDR_FRAGMENT) {
			found = at;
			len = sizeof(*hp);
			if (ntohs(hp->frag_off) & IP6_OFFSET)
				break;
		}
		nexthdr = hp->nexthdr;
	}
	return found;
}

static noinline void dissect_ipv6(const struct sk_buff *skb, struct nflua_headers *h)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	int at = skb_network_offset(skb) + sizeof(*ip6h);
	int end = at + total_length(skb, skb->len - at, ntohs(ip6h->payload_len));
	__be16 frag_off = 0;

	h->protocol = ip6h->nexthdr;
	at = ipv6_skip_exthdr(skb, at, &h->protocol, &frag_off);
	/* As in IPv4: the offset in units of 8 bytes, and the flag for more. */
	h->fragment = (ntohs(frag_off) & IP6_OFFSET) >> 3 |
		      (frag_off & htons(IP6_MF) ? IP_MF : 0);
	if (at < 0 || at > end) {
		h->protocol = IPPROTO_NONE;
		at = end;
	} else if (h->protocol == NEXTHDR_FRAGMENT) {
		at = later_fragment(skb, h, at);
	}
	find_transport(skb, h, at, end, IPPROTO_ICMPV6);
}

/* What is no IP is as long as it is. */
static noinline void dissect_other(const struct sk_buff *skb, struct nflua_headers *h)
{
	int start = skb_network_offset(skb);

	h->protocol = 0;
	h->fragment = 0;
	if (nflua_is_arp(skb, start))
		set_transport(skb, h, start, skb->len, NFLUA_VIEW_ARP, NFLUA_ARP_SIZE);
	else
		set_transport(skb, h, start, skb->len, 0, 0);
}

static __always_inline void dissect(const struct nflua_packet *packet,
				    struct nflua_headers *headers)
{
	if (likely(packet->hook->pf == NFPROTO_IPV4))
		dissect_ipv4(packet->skb, headers);
	else if (packet->hook->pf == NFPROTO_IPV6)
		dissect_ipv6(packet->skb, headers);
	else
		dissect_other(packet->skb, headers);
}

/* Finds the headers of a packet. @headers: filled, except for the serial number */
void nflua_dissect_packet(const struct nflua_packet *packet,
			  struct nflua_headers *headers)
{
	dissect(packet, headers);
}

void nflua_dissect(struct nflua_host *host)
{
	struct nflua_runtime *rt = container_of(host, struct nflua_runtime, host);

	host->headers.serial = host->serial;
	dissect(&rt->packet, &host->headers);
}

/* Returns the length of the TCP header by its own field, or 0. */
static int tcp_says(const struct sk_buff *skb, const struct nflua_headers *h)
{
	u8 buf;
	const u8 *doff = nflua_bytes(skb, h->transport + 12, 1, &buf);

	return doff ? *doff / 16 * 4 : 0;
}

/* Returns that length, but at least that of the fixed part, and no more than is there. */
static int tcp_length(const struct nflua_call *call)
{
	const struct nflua_headers *h = nflua_headers(call);

	return clamp_t(int, tcp_says(call->packet->skb, h), sizeof(struct tcphdr),
		       h->end - h->transport);
}

/* Returns whether that is the packet's protocol, after the IP headers. */
bool nflua_has_protocol(const struct sk_buff *skb, const struct nf_hook_state *hook,
			u8 protocol)
{
	const struct nflua_packet packet = {
		.skb = (struct sk_buff *)skb,
		.hook = hook,
	};
	struct nflua_headers h = {};

	if (hook->pf == NFPROTO_IPV4)
		return ip_hdr(skb)->protocol == protocol;
	if (hook->pf != NFPROTO_IPV6)
		return false;
	dissect(&packet, &h);
	return h.protocol == protocol;
}

/* Returns whether there is a whole TCP header, and at least one byte after it. */
bool nflua_has_tcp_payload(const struct sk_buff *skb,
			   const struct nf_hook_state *hook)
{
	const struct nflua_packet packet = {
		.skb = (struct sk_buff *)skb,
		.hook = hook,
	};
	struct nflua_headers h = {};
	int len;

	dissect(&packet, &h);
	if (h.kind != NFLUA_VIEW_TCP)
		return false;
	len = tcp_says(skb, &h);
	return len >= (int)sizeof(struct tcphdr) && len < h.end - h.transport;
}
EXPORT_SYMBOL_GPL(nflua_has_tcp_payload);

const struct net_device *nflua_frame_device(const struct nflua_packet *packet)
{
	const struct nf_hook_state *hook = packet->hook;

	return hook->hook >= NFLUA_HOOK_EGRESS ? hook->in ?: hook->out : hook->in;
}

static int frame_length(const struct nflua_packet *packet)
{
	const struct sk_buff *skb = packet->skb;

	if (!nflua_frame_device(packet) || !skb_mac_header_was_set(skb) ||
	    skb->mac_header >= skb->network_header)
		return 0;
	return skb->network_header - skb->mac_header;
}

static void find_payload(const struct nflua_call *call, struct nflua_span *span)
{
	const struct nflua_headers *h = nflua_headers(call);

	span->offset = h->payload;
	if (h->kind == NFLUA_VIEW_TCP)
		span->offset = h->transport + tcp_length(call);
	span->len = h->end - span->offset;
}

/* Finds the transport header. It is there, as a view of it was made. */
static void find_header(const struct nflua_call *call, struct nflua_span *span)
{
	const struct nflua_headers *h = nflua_headers(call);

	span->offset = h->transport;
	span->len = h->kind == NFLUA_VIEW_TCP ? tcp_length(call) :
						 h->payload - h->transport;
}

void nflua_span_find(struct nflua_call *call, enum nflua_view_kind kind,
		     struct nflua_span *span)
{
	const struct nflua_packet *packet = call->frame;
	int network = skb_network_offset(packet->skb);

	span->skb = packet->skb;
	switch (kind) {
	case NFLUA_VIEW_PACKET:
	case NFLUA_VIEW_OTHER:
		span->offset = network;
		span->len = packet->skb->len - network;
		break;
	case NFLUA_VIEW_FRAME:
		span->len = frame_length(packet);
		span->offset = network - span->len;
		break;
	case NFLUA_VIEW_PAYLOAD:
		find_payload(call, span);
		break;
	default:
		find_header(call, span);
	}
}
