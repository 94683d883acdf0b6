// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The answers are made by the kernel's helpers for iptables' REJECT and nft's reject. These
 * never answer a reset, an ICMP error, a fragment other than the first, or a packet with a
 * wrong checksum. Below IP, the answer leaves by the device that the packet came in by; it
 * has the MAC addresses of the packet, exchanged.
 */
#include <linux/etherdevice.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_vlan.h>
#include <linux/netfilter.h>
#include <net/netfilter/ipv4/nf_reject.h>
#include <net/netfilter/ipv6/nf_reject.h>

#include "netfilter/reject.h"

#if NFLUA_HAVE_REJECT

/* RFC 792, RFC 1812 (5.2.7.1) and RFC 4443 (3.1). */
static const u8 codes[][2] = {
	[NFLUA_REJECT_NO_ROUTE] = { ICMP_NET_UNREACH, ICMPV6_NOROUTE },
	[NFLUA_REJECT_PORT] = { ICMP_PORT_UNREACH, ICMPV6_PORT_UNREACH },
	[NFLUA_REJECT_HOST] = { ICMP_HOST_UNREACH, ICMPV6_ADDR_UNREACH },
	[NFLUA_REJECT_ADMIN] = { ICMP_PKT_FILTERED, ICMPV6_ADM_PROHIBITED },
};

static void send_packet(enum nflua_reject kind, struct sk_buff *skb, bool is_ipv6,
			const struct nf_hook_state *hook)
{
	bool resets = kind == NFLUA_REJECT_TCP_RESET;

	if (resets && is_ipv6)
		nf_send_reset6(hook->net, hook->sk, skb, hook->hook);
	else if (resets)
		nf_send_reset(hook->net, hook->sk, skb, hook->hook);
	else if (is_ipv6)
		nf_send_unreach6(hook->net, skb, codes[kind][1], hook->hook);
	else
		nf_send_unreach(skb, codes[kind][0], hook->hook);
}

static struct sk_buff *make_answer(enum nflua_reject kind, struct sk_buff *skb, bool is_ipv6,
				   const struct nf_hook_state *hook)
{
	bool resets = kind == NFLUA_REJECT_TCP_RESET;

	if (resets && is_ipv6)
		return nf_reject_skb_v6_tcp_reset(hook->net, skb, hook->in, hook->hook);
	if (resets)
		return nf_reject_skb_v4_tcp_reset(hook->net, skb, hook->in, hook->hook);
	if (is_ipv6)
		return nf_reject_skb_v6_unreach(hook->net, skb, hook->in, hook->hook,
						codes[kind][1]);
	return nf_reject_skb_v4_unreach(hook->net, skb, hook->in, hook->hook,
					codes[kind][0]);
}

static void send_frame(enum nflua_reject kind, struct sk_buff *skb, bool is_ipv6,
		       const struct nf_hook_state *hook)
{
	const struct ethhdr *old;
	struct sk_buff *answer;
	struct ethhdr *eth;

	/* The answer would have that as its source. */
	if (!skb_mac_header_was_set(skb) || is_multicast_ether_addr(eth_hdr(skb)->h_dest))
		return;
	answer = make_answer(kind, skb, is_ipv6, hook);
	if (!answer)
		return;
	old = eth_hdr(skb);
	eth = skb_push(answer, ETH_HLEN);
	skb_reset_mac_header(answer);
	ether_addr_copy(eth->h_source, old->h_dest);
	ether_addr_copy(eth->h_dest, old->h_source);
	eth->h_proto = skb->protocol;
	answer->protocol = skb->protocol;
	if (skb_vlan_tag_present(skb))
		__vlan_hwaccel_put_tag(answer, skb->vlan_proto, skb_vlan_tag_get(skb));
	answer->dev = hook->in;
	dev_queue_xmit(answer);
}

/* Whether this CPU sends an answer. BHs are off. */
static DEFINE_PER_CPU(bool, sends);

/*
 * The answer meets hooks of output, where a function may change it and reject it again. That
 * would use up the stack, so a packet that is rejected meanwhile is only dropped.
 */
void nflua_reject_send(enum nflua_reject kind, struct sk_buff *skb,
		       const struct nf_hook_state *hook)
{
	bool is_ipv6 = skb->protocol == htons(ETH_P_IPV6);

	local_bh_disable();
	if (!this_cpu_xchg(sends, true)) {
		if (hook->pf == NFPROTO_NETDEV || hook->pf == NFPROTO_BRIDGE)
			send_frame(kind, skb, is_ipv6, hook);
		else
			send_packet(kind, skb, is_ipv6, hook);
		this_cpu_write(sends, false);
	}
	local_bh_enable();
}

#else

void nflua_reject_send(enum nflua_reject kind, struct sk_buff *skb,
		       const struct nf_hook_state *hook)
{
}

#endif
