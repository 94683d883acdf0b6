// SPDX-License-Identifier: GPL-2.0-or-later
/* How packets to transmit are made; see xmit.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "gfp.h"
#include "packet/place.h"
#include "runtime/debug.h"
#include "state/state.h"
#include "xmit/flow.h"
#include "xmit/xmit.h"
#include "xmit/segment.h"

/* Room for headers that are added when the packet is sent. */
#define HEADROOM	LL_MAX_HEADER

/* Kinds of aggregated packets that can be copied. */
#define GSO_KINDS	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | \
			 SKB_GSO_TCP_FIXEDID | SKB_GSO_DODGY | SKB_GSO_UDP_L4)

/* Returns an empty packet with room for @len bytes from its network header on. */
struct sk_buff *nflua_xmit_skb(unsigned int len, u8 pf)
{
	struct sk_buff *skb;

	if (nflua_debug_fail_alloc())
		return NULL;
	skb = alloc_skb(HEADROOM + len, NFLUA_GFP_ATOMIC);
	if (!skb)
		return NULL;
	skb_reserve(skb, HEADROOM);
	skb_reset_network_header(skb);
	skb->protocol = htons(pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	return skb;
}

/*
 * Returns whether a packet that is sent from there has yet to be counted as a hop. What
 * leaves a bridge was perhaps not routed here.
 */
static bool forwards(unsigned int hook)
{
	switch (hook) {
	case NF_INET_PRE_ROUTING:
	case NF_INET_LOCAL_IN:
	case NFLUA_HOOK_INGRESS:
	case NFLUA_HOOK_BRIDGE + NF_BR_PRE_ROUTING:
	case NFLUA_HOOK_BRIDGE + NF_BR_LOCAL_IN:
	case NFLUA_HOOK_BRIDGE + NF_BR_FORWARD:
	case NFLUA_HOOK_BRIDGE + NF_BR_POST_ROUTING:
		return true;
	default:
		return false;
	}
}

/* Returns the index of the device by which IP reaches who sent the packet, or 0. */
static int ip_device(const struct nf_hook_state *hook)
{
	struct net_device *dev = hook->in ?: hook->out, *bridge;

	if (!dev)
		return 0;
	bridge = hook->hook >= NFLUA_HOOK_BRIDGE ? netdev_master_upper_dev_get_rcu(dev) :
						   NULL;
	return (bridge ?: dev)->ifindex;
}

/* Returns a packet with @skb and the flow of @packet, or NULL. Owns @skb, even then. */
struct nflua_xmit *nflua_xmit_new(const struct nflua_packet *packet,
				  struct sk_buff *skb)
{
	const struct nf_hook_state *hook = packet->hook;
	struct nflua_xmit *xmit;

	xmit = kzalloc(sizeof(*xmit), NFLUA_GFP_ATOMIC);
	if (!xmit) {
		kfree_skb(skb);
		return NULL;
	}
	xmit->skb = skb;
	xmit->pf = hook->pf;
	xmit->oif = ip_device(hook);
	xmit->forwards = forwards(hook->hook);
	nflua_flow_of(packet->skb, &xmit->flow);
	return xmit;
}

/* Copies what has to be done on the way out: segmentation, checksums, fragmentation. */
static void copy_marks(struct sk_buff *new, const struct sk_buff *old, u8 pf)
{
	int at = skb_network_offset(old);

	new->mark = old->mark;
	new->priority = old->priority;
	new->ignore_df = old->ignore_df;
	if (pf == NFPROTO_IPV4)
		IPCB(new)->frag_max_size = IPCB(old)->frag_max_size;
	else
		IP6CB(new)->frag_max_size = IP6CB(old)->frag_max_size;
	if (skb_is_gso(old)) {
		skb_shinfo(new)->gso_size = skb_shinfo(old)->gso_size;
		skb_shinfo(new)->gso_segs = skb_shinfo(old)->gso_segs;
		skb_shinfo(new)->gso_type = skb_shinfo(old)->gso_type;
	}
	if (old->ip_summed == CHECKSUM_PARTIAL) {
		new->ip_summed = CHECKSUM_PARTIAL;
		new->csum_start = skb_headroom(new) +
				  skb_checksum_start_offset(old) - at;
		new->csum_offset = old->csum_offset;
	}
}

/* Returns a copy from the network header on, or NULL if there is no memory. */
static struct sk_buff *copy_skb(const struct sk_buff *old,
				const struct nf_hook_state *hook)
{
	int at = skb_network_offset(old), len = old->len - at;
	struct sk_buff *new = nflua_xmit_skb(len, hook->pf);

	if (!new)
		return NULL;
	if (skb_copy_bits(old, at, skb_put(new, len), len)) {
		kfree_skb(new);
		return NULL;
	}
	if (skb_transport_header_was_set(old))
		skb_set_transport_header(new, skb_transport_offset(old) - at);
	copy_marks(new, old, hook->pf);
	/* Below IP, what was there did not belong to IP. */
	if (hook->hook >= NF_INET_NUMHOOKS)
		memset(new->cb, 0, sizeof(new->cb));
	return new;
}

/* Returns a copy of the packet, with its flow, or NULL, and in *@why the reason. */
struct nflua_xmit *nflua_xmit_copy(const struct nflua_packet *packet,
				   const char **why)
{
	const struct sk_buff *skb = packet->skb;
	struct nflua_xmit *xmit;
	struct sk_buff *copy;

	if (skb->len - skb_network_offset(skb) > IP_MAX_MTU ||
	    (skb_is_gso(skb) && skb_shinfo(skb)->gso_type & ~GSO_KINDS)) {
		*why = "aggregated packets of this kind cannot be copied";
		return NULL;
	}
	*why = "not enough memory";
	copy = copy_skb(skb, packet->hook);
	if (!copy)
		return NULL;
	xmit = nflua_xmit_new(packet, copy);
	if (xmit)
		xmit->function = "send";
	return xmit;
}

/* Returns whether a TCP payload is segmented again, as the packet was before. */
static bool is_cut_up(const struct sk_buff *old, const struct nflua_segment *seg,
		      size_t len)
{
	return seg->protocol == IPPROTO_TCP && skb_is_gso(old) &&
	       len > skb_shinfo(old)->gso_size;
}

static void finish_fill(struct sk_buff *new, const struct sk_buff *old,
			const struct nflua_segment *seg, size_t len)
{
	u8 *header = skb_network_header(new) + seg->header;

	if (seg->pf == NFPROTO_IPV4)
		ip_hdr(new)->tot_len = htons(new->len);
	else
		ipv6_hdr(new)->payload_len = htons(new->len -
						   sizeof(struct ipv6hdr));
	if (seg->protocol == IPPROTO_UDP)
		((struct udphdr *)header)->len = htons(new->len - seg->header);
	skb_set_transport_header(new, seg->header);
	if (!is_cut_up(old, seg, len)) {
		skb_shinfo(new)->gso_size = 0;
		skb_shinfo(new)->gso_segs = 0;
		skb_shinfo(new)->gso_type = 0;
		nflua_segment_checksum(new, seg);
		return;
	}
	skb_shinfo(new)->gso_segs = DIV_ROUND_UP(len, skb_shinfo(old)->gso_size);
	nflua_segment_checksum_later(new, seg);
}

/* Returns the packet with @payload instead of its own, or NULL if there is no memory. */
struct sk_buff *nflua_xmit_fill(const struct nflua_xmit *xmit,
				const struct nflua_segment *seg,
				const char *payload, size_t len)
{
	const struct sk_buff *old = xmit->skb;
	struct sk_buff *new = nflua_xmit_skb(seg->payload + len, xmit->pf);

	if (!new)
		return NULL;
	skb_put_data(new, skb_network_header(old), seg->payload);
	skb_put_data(new, payload, len);
	copy_marks(new, old, xmit->pf);
	finish_fill(new, old, seg, len);
	return new;
}

/* Returns whether the packet cannot make another hop. */
bool nflua_xmit_is_old(const struct nflua_xmit *xmit)
{
	if (!xmit->forwards)
		return false;
	return (xmit->pf == NFPROTO_IPV4 ? ip_hdr(xmit->skb)->ttl :
		ipv6_hdr(xmit->skb)->hop_limit) <= 1;
}

/* Returns how much memory the packet takes, in bytes. */
size_t nflua_xmit_size(const struct nflua_xmit *xmit)
{
	return sizeof(*xmit) + xmit->skb->truesize;
}

void nflua_xmit_free(struct nflua_xmit *xmit)
{
	if (xmit->state)
		nflua_state_put(xmit->state);
	kfree_skb(xmit->skb);
	kfree(xmit);
}

void nflua_xmit_free_all(struct list_head *packets)
{
	struct nflua_xmit *xmit, *next;

	list_for_each_entry_safe(xmit, next, packets, list)
		nflua_xmit_free(xmit);
}
