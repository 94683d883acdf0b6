// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Source routes: the packet's destination is only the next hop, while checksums cover the
 * last one.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "packet/route.h"

/* Returns the size of the IPv4 option at @opt, of which @left bytes are there; 0: damaged. */
static unsigned int option_size(const u8 *opt, unsigned int left)
{
	if (*opt == IPOPT_NOOP)
		return 1;
	return left > 1 && opt[1] > 1 && opt[1] <= left ? opt[1] : 0;
}

/* Returns whether a source route has hops left (RFC 791, 3.1). */
static bool is_routed_ipv4(const struct iphdr *iph)
{
	const u8 *opt = (const u8 *)(iph + 1);
	unsigned int left = iph->ihl * 4 - sizeof(*iph), size;

	for (; left && *opt != IPOPT_END; opt += size, left -= size) {
		size = option_size(opt, left);
		if (!size)
			break;
		if ((*opt == IPOPT_LSRR || *opt == IPOPT_SSRR) && size > 2 &&
		    opt[IPOPT_OFFSET] <= size)
			return true;
	}
	return false;
}

/* Returns the same for IPv6 (RFC 8200, 4.4). */
static bool is_routed_ipv6(const struct sk_buff *skb)
{
	unsigned int at = skb_network_offset(skb);
	int flags = IP6_FH_F_SKIP_RH;

	return ipv6_find_hdr(skb, &at, NEXTHDR_ROUTING, NULL, &flags) >= 0;
}

bool nflua_has_source_route(const struct sk_buff *skb, bool is_ipv6)
{
	return is_ipv6 ? is_routed_ipv6(skb) : is_routed_ipv4(ip_hdr(skb));
}
