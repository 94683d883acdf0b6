// SPDX-License-Identifier: GPL-2.0-or-later
/* Packets at ingress and egress of a device, in a bridge, and of ARP; see link.h. */
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ipv6.h>

#include "netfilter/link.h"
#include "packet/place.h"

bool nflua_link_is_device(u8 family, u8 hook)
{
	return family == NFPROTO_NETDEV ||
	       (family == NFPROTO_INET && hook == NF_INET_INGRESS);
}

bool nflua_link_is_below_ip(u8 family, u8 hook)
{
	return family == NFPROTO_BRIDGE || family == NFPROTO_ARP ||
	       nflua_link_is_device(family, hook);
}

static unsigned int seen_hook(const struct nf_hook_state *hook)
{
	if (hook->pf == NFPROTO_BRIDGE)
		return NFLUA_HOOK_BRIDGE + hook->hook;
	if (hook->pf == NFPROTO_ARP)
		return NFLUA_HOOK_ARP + hook->hook;
	return hook->hook == NF_NETDEV_EGRESS ? NFLUA_HOOK_EGRESS : NFLUA_HOOK_INGRESS;
}

/*
 * Puts so many bytes into one piece. Returns 1, 0 if the packet has fewer, or -ENOMEM.
 * Others may hold the packet, too, such as pktgen; then it must stay as it is.
 */
static int pull(struct sk_buff *skb, unsigned int len)
{
	if (likely(len <= skb_headlen(skb)))
		return 1;
	if (len > skb->len)
		return 0;
	return !skb_shared(skb) && pskb_may_pull(skb, len) ? 1 : -ENOMEM;
}

/* Cuts the packet to a length. */
static int cut(struct sk_buff *skb, unsigned int len)
{
	if (likely(skb->len == len))
		return 0;
	return skb_shared(skb) ? -ENOMEM : pskb_trim_rcsum(skb, len);
}

/*
 * Returns the length of the IPv4 packet at @at, 0 if there is none, or -ENOMEM. That of a
 * big GSO packet is 0 in its header.
 */
static int ipv4_length(struct sk_buff *skb, unsigned int at)
{
	unsigned int room = skb->len - at, len, ihl;
	const struct iphdr *iph;
	int err = pull(skb, at + sizeof(*iph));

	if (err <= 0)
		return err;
	iph = ip_hdr(skb);
	ihl = iph->ihl * 4;
	len = ntohs(iph->tot_len);
	if (len == 0 && skb_is_gso(skb))
		len = room;
	if (iph->version != 4 || ihl < sizeof(*iph) || len < ihl || len > room)
		return 0;
	err = pull(skb, at + ihl);
	return err < 0 ? err : len;
}

/* The same for IPv6. A jumbogram (RFC 2675) has the length 0, too. */
static int ipv6_length(struct sk_buff *skb, unsigned int at)
{
	unsigned int room = skb->len - at, len;
	const struct ipv6hdr *ip6h;
	int err = pull(skb, at + sizeof(*ip6h));

	if (err <= 0)
		return err;
	ip6h = ipv6_hdr(skb);
	len = ntohs(ip6h->payload_len);
	if (len == 0 && (skb_is_gso(skb) || ip6h->nexthdr == NEXTHDR_HOP))
		len = room - sizeof(*ip6h);
	if (ip6h->version != 6 || len > room - sizeof(*ip6h))
		return 0;
	return sizeof(*ip6h) + len;
}

static int ip_length(struct sk_buff *skb, u8 *pf)
{
	int at = skb_network_offset(skb);

	if (at < 0 || at > skb->len)
		return -ENODATA;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		*pf = NFPROTO_IPV4;
		return ipv4_length(skb, at);
	case htons(ETH_P_IPV6):
		*pf = NFPROTO_IPV6;
		return ipv6_length(skb, at);
	default:
		/* The header of its frame has to lie in one piece. */
		return pull(skb, at) < 0 ? -ENOMEM : 0;
	}
}

int nflua_link_look(struct sk_buff *skb, const struct nf_hook_state *hook,
		    struct nf_hook_state *seen)
{
	int len;

	*seen = *hook;
	seen->hook = seen_hook(hook);
	len = ip_length(skb, &seen->pf);
	if (len < 0)
		return len;
	if (len == 0) {
		seen->pf = NFPROTO_UNSPEC;
		return 0;
	}
	return cut(skb, skb_network_offset(skb) + len) ? -ENOMEM : 1;
}
