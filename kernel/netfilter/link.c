// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets at ingress and egress of a device; see link.h. */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "netfilter/link.h"
#include "packet/view.h"

bool nflua_link_has(u8 family, u8 hook)
{
	return family == NFPROTO_NETDEV ||
	       (family == NFPROTO_INET && hook == NF_INET_INGRESS);
}

/*
 * Returns whether so many bytes lie in one piece, or could be put there. Others may hold
 * the packet, too, such as pktgen; then it must stay as it is.
 */
static bool has_bytes(struct sk_buff *skb, unsigned int len)
{
	return len <= skb_headlen(skb) || (!skb_shared(skb) && pskb_may_pull(skb, len));
}

/* Cuts the packet to a length. */
static int cut(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb->len == len))
		return 0;
	return skb_shared(skb) ? -ENOMEM : pskb_trim_rcsum(skb, len);
}

/*
 * Returns the length of the IPv4 packet at @at, or 0 if there is none. That of a big GSO
 * packet is 0 in its header.
 */
static unsigned int ipv4_length(struct sk_buff *skb, unsigned int at)
{
	unsigned int room = skb->len - at, len, ihl;
	const struct iphdr *iph;

	if (!has_bytes(skb, at + sizeof(*iph)))
		return 0;
	iph = ip_hdr(skb);
	ihl = iph->ihl * 4;
	len = ntohs(iph->tot_len);
	if (len == 0 && skb_is_gso(skb))
		len = room;
	if (iph->version != 4 || ihl < sizeof(*iph) || len < ihl || len > room)
		return 0;
	return has_bytes(skb, at + ihl) ? len : 0;
}

/* The same for IPv6. A jumbogram (RFC 2675) has the length 0, too. */
static unsigned int ipv6_length(struct sk_buff *skb, unsigned int at)
{
	unsigned int room = skb->len - at, len;
	const struct ipv6hdr *ip6h;

	if (!has_bytes(skb, at + sizeof(*ip6h)))
		return 0;
	ip6h = ipv6_hdr(skb);
	len = ntohs(ip6h->payload_len);
	if (len == 0 && (skb_is_gso(skb) || ip6h->nexthdr == NEXTHDR_HOP))
		len = room - sizeof(*ip6h);
	if (ip6h->version != 6 || len > room - sizeof(*ip6h))
		return 0;
	return sizeof(*ip6h) + len;
}

static unsigned int ip_length(struct sk_buff *skb, u8 *pf)
{
	int at = skb_network_offset(skb);

	if (at < 0 || at > skb->len)
		return 0;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		*pf = NFPROTO_IPV4;
		return ipv4_length(skb, at);
	case htons(ETH_P_IPV6):
		*pf = NFPROTO_IPV6;
		return ipv6_length(skb, at);
	default:
		return 0;
	}
}

int nflua_link_look(struct sk_buff *skb, const struct nf_hook_state *hook,
		    struct nf_hook_state *seen)
{
	unsigned int len;

	*seen = *hook;
	len = ip_length(skb, &seen->pf);
	if (!len)
		return 0;
	seen->hook = hook->hook == NF_NETDEV_EGRESS ? NFLUA_HOOK_EGRESS :
						      NFLUA_HOOK_INGRESS;
	return cut(skb, skb_network_offset(skb) + len) ? -ENOMEM : 1;
}
