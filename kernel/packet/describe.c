// SPDX-License-Identifier: GPL-2.0-or-later
/* What events show of a packet: the devices, and its first bytes. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/nflua.h>
#include <net/netlink.h>

#include "packet/describe.h"
#include "packet/dissect.h"

size_t nflua_describe_size(void)
{
	return nla_total_size(sizeof(u8)) + 2 * nla_total_size(sizeof(u16)) +
	       2 * nla_total_size(sizeof(struct in6_addr));
}

static int put_addresses(struct sk_buff *skb, const struct nflua_packet *packet)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(packet->skb);

	if (packet->hook->pf == NFPROTO_IPV4)
		return nla_put_in_addr(skb, NFLUA_A_SADDR, ip_hdr(packet->skb)->saddr) ?:
		       nla_put_in_addr(skb, NFLUA_A_DADDR, ip_hdr(packet->skb)->daddr);
	return nla_put_in6_addr(skb, NFLUA_A_SADDR, &ip6h->saddr) ?:
	       nla_put_in6_addr(skb, NFLUA_A_DADDR, &ip6h->daddr);
}

int nflua_describe(struct sk_buff *skb, const struct nflua_packet *packet)
{
	struct nflua_headers h = {};
	const __be16 *ports;
	__be16 buf[2];

	nflua_dissect_packet(packet, &h);
	if (nla_put_u8(skb, NFLUA_A_PROTOCOL, h.protocol) ||
	    put_addresses(skb, packet))
		return -EMSGSIZE;
	if (h.kind != NFLUA_VIEW_TCP && h.kind != NFLUA_VIEW_UDP)
		return 0;
	ports = skb_header_pointer(packet->skb, h.transport, sizeof(buf), buf);
	if (!ports)
		return 0;
	return nla_put_u16(skb, NFLUA_A_SPORT, ntohs(ports[0])) ?:
	       nla_put_u16(skb, NFLUA_A_DPORT, ntohs(ports[1]));
}
