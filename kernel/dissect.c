// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the headers of a packet are. What the packet says of its lengths is
 * believed as far as there are bytes; what does not fit is not there.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "view.h"

/* All ICMP messages begin with type, code, checksum and four more bytes. */
#define ICMP_HEADER	8

struct transport {
	enum nflua_view_kind kind;
	int size;		/* of the header without options */
};

static struct transport transport_of(const struct nflua_headers *h, u8 version)
{
	switch (h->protocol) {
	case IPPROTO_TCP:
		return (struct transport){ NFLUA_VIEW_TCP, sizeof(struct tcphdr) };
	case IPPROTO_UDP:
		return (struct transport){ NFLUA_VIEW_UDP, 8 };
	case IPPROTO_ICMP:
		if (version == 4)
			return (struct transport){ NFLUA_VIEW_ICMP, ICMP_HEADER };
		break;
	case IPPROTO_ICMPV6:
		if (version == 6)
			return (struct transport){ NFLUA_VIEW_ICMP, ICMP_HEADER };
		break;
	}
	return (struct transport){};
}

/* The length that the IP header gives; big ones (GSO) have no room there. */
static int total_length(const struct sk_buff *skb, int room, int len)
{
	return len == 0 && skb_is_gso(skb) ? room : min(len, room);
}

static void dissect_ipv4(const struct sk_buff *skb, struct nflua_headers *h)
{
	const struct iphdr *iph = ip_hdr(skb);
	int start = skb_network_offset(skb);

	h->end = start + total_length(skb, skb->len - start, ntohs(iph->tot_len));
	h->transport = start + iph->ihl * 4;
	h->protocol = iph->protocol;
	h->fragment = ntohs(iph->frag_off) & (IP_MF | IP_OFFSET);
	if (iph->ihl * 4 < (int)sizeof(*iph))
		h->transport = h->end;
}

/* A fragment that is not the first one: nothing but data after its header. */
static void later_fragment(const struct sk_buff *skb, struct nflua_headers *h)
{
	struct frag_hdr buf;
	const struct frag_hdr *fh = skb_header_pointer(skb, h->transport,
						       sizeof(buf), &buf);

	if (!fh) {
		h->transport = h->end;
		return;
	}
	h->protocol = fh->nexthdr;
	h->transport += sizeof(*fh);
}

static void dissect_ipv6(const struct sk_buff *skb, struct nflua_headers *h)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	int start = skb_network_offset(skb), len = ntohs(ip6h->payload_len);
	int room = skb->len - start - sizeof(*ip6h);
	__be16 frag_off;

	h->end = start + sizeof(*ip6h) + total_length(skb, room, len);
	h->protocol = ip6h->nexthdr;
	h->transport = ipv6_skip_exthdr(skb, start + sizeof(*ip6h), &h->protocol,
					&frag_off);
	if (h->transport < 0 || h->transport > h->end) {
		h->transport = h->end;
		h->protocol = IPPROTO_NONE;
		return;
	}
	/* As in IPv4: units of 8 bytes, and the flag for more. */
	h->fragment = (ntohs(frag_off) & IP6_OFFSET) >> 3 |
		      (frag_off & htons(IP6_MF) ? IP_MF : 0);
	if (h->protocol == NEXTHDR_FRAGMENT)
		later_fragment(skb, h);
}

/* In a call for @packet. */
void nflua_dissect_headers(struct nflua_packet *packet)
{
	struct nflua_headers *h = &packet->headers;
	bool ipv6 = packet->hook->pf == NFPROTO_IPV6;
	struct transport t;

	h->serial = packet->serial;
	if (ipv6)
		dissect_ipv6(packet->skb, h);
	else
		dissect_ipv4(packet->skb, h);
	if (h->transport > h->end)
		h->transport = h->end;
	t = transport_of(h, ipv6 ? 6 : 4);
	if (h->fragment & IP_OFFSET || h->end - h->transport < t.size)
		t = (struct transport){};
	h->kind = t.kind;
	h->payload = h->transport + t.size;
}

/* The bytes of the header of TCP; no less than there are in any. */
static int tcp_length(const struct nflua_packet *packet)
{
	const struct nflua_headers *h = &packet->headers;
	u8 buf;
	const u8 *doff = nflua_bytes(packet->skb, h->transport + 12, 1, &buf);
	int len = doff ? *doff / 16 * 4 : 0;

	return clamp_t(int, len, sizeof(struct tcphdr), h->end - h->transport);
}

static int frame_length(const struct nflua_packet *packet)
{
	const struct sk_buff *skb = packet->skb;

	if (!packet->hook->in || !skb_mac_header_was_set(skb) ||
	    skb->mac_header >= skb->network_header)
		return 0;
	return skb->network_header - skb->mac_header;
}

static void find_payload(struct nflua_packet *packet, struct nflua_place *place)
{
	const struct nflua_headers *h = nflua_headers(packet);

	place->offset = h->payload;
	if (h->kind == NFLUA_VIEW_TCP)
		place->offset = h->transport + tcp_length(packet);
	place->len = h->end - place->offset;
}

/* Of a header that was found to be there, as the view of it was made. */
static void find_header(struct nflua_packet *packet, struct nflua_place *place)
{
	const struct nflua_headers *h = nflua_headers(packet);

	place->offset = h->transport;
	place->len = h->kind == NFLUA_VIEW_TCP ? tcp_length(packet) :
						 h->payload - h->transport;
}

/* Where what a view of this kind shows is in the packet. */
void nflua_place_find(struct nflua_packet *packet, enum nflua_view_kind kind,
		      struct nflua_place *place)
{
	int network = skb_network_offset(packet->skb);

	place->skb = packet->skb;
	switch (kind) {
	case NFLUA_VIEW_PACKET:
		place->offset = network;
		place->len = packet->skb->len - network;
		break;
	case NFLUA_VIEW_FRAME:
		place->len = frame_length(packet);
		place->offset = network - place->len;
		break;
	case NFLUA_VIEW_PAYLOAD:
		find_payload(packet, place);
		break;
	default:
		find_header(packet, place);
	}
}
