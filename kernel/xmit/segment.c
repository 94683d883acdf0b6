// SPDX-License-Identifier: GPL-2.0-or-later
/* Segments: the TCP or UDP part of a packet, and its checksum. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "packet/route.h"
#include "xmit/segment.h"

static const char fragment[] = "the packet is a fragment";
static const char damaged[] = "the packet's header is invalid";
/* The checksum covers the last destination, which is not in the header yet. */
static const char routed[] = "the packet is source-routed";

static const char *find_ipv4(const struct sk_buff *skb, struct nflua_segment *seg)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->ihl < 5 || skb_network_offset(skb) + iph->ihl * 4 > skb_headlen(skb))
		return damaged;
	if (ip_is_fragment(iph))
		return fragment;
	if (nflua_has_source_route(skb, false))
		return routed;
	seg->protocol = iph->protocol;
	seg->header = iph->ihl * 4;
	return NULL;
}

static const char *find_ipv6(const struct sk_buff *skb, struct nflua_segment *seg)
{
	unsigned int at = skb_network_offset(skb);
	unsigned short offset = 0;
	int flags = 0, protocol;

	protocol = ipv6_find_hdr(skb, &at, -1, &offset, &flags);
	if (flags & IP6_FH_F_FRAG)
		return fragment;
	if (protocol < 0)
		return damaged;
	if (nflua_has_source_route(skb, true))
		return routed;
	seg->protocol = protocol;
	seg->header = at - skb_network_offset(skb);
	return NULL;
}

static const char *read_tcp(const struct sk_buff *skb, struct nflua_segment *seg)
{
	if (skb_copy_bits(skb, skb_network_offset(skb) + seg->header, &seg->tcp,
			  sizeof(seg->tcp)) || seg->tcp.doff < 5)
		return damaged;
	seg->payload = seg->header + seg->tcp.doff * 4;
	return NULL;
}

const char *nflua_segment_find(const struct sk_buff *skb, u8 pf,
			       struct nflua_segment *seg)
{
	const char *why;

	seg->pf = pf;
	seg->end = skb->len - skb_network_offset(skb);
	why = pf == NFPROTO_IPV4 ? find_ipv4(skb, seg) : find_ipv6(skb, seg);
	if (why)
		return why;
	if (seg->protocol == IPPROTO_UDP)
		seg->payload = seg->header + sizeof(struct udphdr);
	else if (seg->protocol == IPPROTO_TCP)
		why = read_tcp(skb, seg);
	else
		why = "the packet is neither TCP nor UDP";
	if (!why && seg->payload > seg->end)
		why = damaged;
	return why;
}

static __sum16 *check_field(struct sk_buff *skb, const struct nflua_segment *seg)
{
	u8 *header = skb_network_header(skb) + seg->header;

	return seg->protocol == IPPROTO_TCP ? &((struct tcphdr *)header)->check :
					      &((struct udphdr *)header)->check;
}

/* Returns the checksum of @sum and the pseudo-header. */
static __sum16 with_pseudo(const struct sk_buff *skb,
			   const struct nflua_segment *seg, __wsum sum)
{
	unsigned int len = skb->len - seg->header;

	if (seg->pf == NFPROTO_IPV4)
		return csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr,
					 len, seg->protocol, sum);
	return csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr, len,
			       seg->protocol, sum);
}

void nflua_segment_checksum(struct sk_buff *skb, const struct nflua_segment *seg)
{
	__sum16 *check = check_field(skb, seg);

	*check = 0;
	*check = with_pseudo(skb, seg,
			     csum_partial(skb_network_header(skb) + seg->header,
					  skb->len - seg->header, 0));
	/* For UDP a 0 says that there is no checksum. */
	if (seg->protocol == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
	skb->ip_summed = CHECKSUM_NONE;
}

/* For a packet that is cut up on its way out, where each piece gets its checksum. */
void nflua_segment_checksum_later(struct sk_buff *skb,
				  const struct nflua_segment *seg)
{
	__sum16 *check = check_field(skb, seg);

	*check = ~with_pseudo(skb, seg, 0);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_network_header(skb) + seg->header - skb->head;
	skb->csum_offset = (u8 *)check - skb_network_header(skb) - seg->header;
}
