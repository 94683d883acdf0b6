// SPDX-License-Identifier: GPL-2.0-or-later
/* Parcels: how they are made of packets; see parcel.h. */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "gfp.h"
#include "runtime/debug.h"
#include "state/state.h"
#include "xmit/parcel.h"

/* Room for the headers that are put before the packet when it goes. */
#define HEADROOM	LL_MAX_HEADER

/* Packets put together by the receiver, or not yet cut up, that can be copied. */
#define GSO_KINDS	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN | \
			 SKB_GSO_TCP_FIXEDID | SKB_GSO_DODGY | SKB_GSO_UDP_L4)

/* An empty packet with room for @len bytes from its network header on. */
struct sk_buff *nflua_parcel_skb(unsigned int len, u8 pf)
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

/* A parcel of @skb, which it owns from now on; its flow is that of @packet. */
struct nflua_parcel *nflua_parcel_new(const struct nflua_packet *packet,
				      struct sk_buff *skb)
{
	const struct nf_hook_state *hook = packet->hook;
	const struct net_device *dev = hook->in ?: hook->out;
	struct nflua_parcel *parcel;

	parcel = kzalloc(sizeof(*parcel), NFLUA_GFP_ATOMIC);
	if (!parcel) {
		kfree_skb(skb);
		return NULL;
	}
	parcel->skb = skb;
	parcel->pf = hook->pf;
	parcel->oif = dev ? dev->ifindex : 0;
	parcel->forwards = hook->hook == NF_INET_PRE_ROUTING ||
			   hook->hook == NF_INET_LOCAL_IN;
	nflua_flow_of(packet->skb, &parcel->flow);
	return parcel;
}

/* What is to be done on the way out: cutting up, checksums, fragments. */
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

/* NULL: no memory. */
static struct sk_buff *copy_skb(const struct sk_buff *old, u8 pf)
{
	int at = skb_network_offset(old), len = old->len - at;
	struct sk_buff *new = nflua_parcel_skb(len, pf);

	if (!new)
		return NULL;
	if (skb_copy_bits(old, at, skb_put(new, len), len)) {
		kfree_skb(new);
		return NULL;
	}
	if (skb_transport_header_was_set(old))
		skb_set_transport_header(new, skb_transport_offset(old) - at);
	copy_marks(new, old, pf);
	return new;
}

/* A copy of the packet; NULL, and why. Its flow is that of the packet. */
struct nflua_parcel *nflua_parcel_copy(const struct nflua_packet *packet,
				       const char **why)
{
	const struct sk_buff *skb = packet->skb;
	struct nflua_parcel *parcel;
	struct sk_buff *copy;

	if (skb->len - skb_network_offset(skb) > IP_MAX_MTU ||
	    (skb_is_gso(skb) && skb_shinfo(skb)->gso_type & ~GSO_KINDS)) {
		*why = "the packet is many in one, of a kind that is not copied";
		return NULL;
	}
	*why = "not enough memory";
	copy = copy_skb(skb, packet->hook->pf);
	if (!copy)
		return NULL;
	parcel = nflua_parcel_new(packet, copy);
	if (parcel)
		parcel->function = "send";
	return parcel;
}

/* Of TCP: what is too long for one segment is cut up again, as it was before. */
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

/* The packet with @payload in the place of what its segment carries. */
struct sk_buff *nflua_parcel_fill(const struct nflua_parcel *parcel,
				  const struct nflua_segment *seg,
				  const char *payload, size_t len)
{
	const struct sk_buff *old = parcel->skb;
	struct sk_buff *new = nflua_parcel_skb(seg->payload + len, parcel->pf);

	if (!new)
		return NULL;
	skb_put_data(new, skb_network_header(old), seg->payload);
	skb_put_data(new, payload, len);
	copy_marks(new, old, parcel->pf);
	finish_fill(new, old, seg, len);
	return new;
}

/* Whether it has been on its way for too many hops. */
bool nflua_parcel_is_old(const struct nflua_parcel *parcel)
{
	if (!parcel->forwards)
		return false;
	return (parcel->pf == NFPROTO_IPV4 ? ip_hdr(parcel->skb)->ttl :
		ipv6_hdr(parcel->skb)->hop_limit) <= 1;
}

/* What it takes of memory, in bytes. */
size_t nflua_parcel_size(const struct nflua_parcel *parcel)
{
	return sizeof(*parcel) + parcel->skb->truesize;
}

void nflua_parcel_free(struct nflua_parcel *parcel)
{
	if (parcel->state)
		nflua_state_put(parcel->state);
	kfree_skb(parcel->skb);
	kfree(parcel);
}

void nflua_parcels_free(struct list_head *parcels)
{
	struct nflua_parcel *parcel, *next;

	list_for_each_entry_safe(parcel, next, parcels, list)
		nflua_parcel_free(parcel);
}
