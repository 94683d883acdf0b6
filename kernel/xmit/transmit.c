// SPDX-License-Identifier: GPL-2.0-or-later
/* Sending a packet: its connection, its route. A failure becomes an event. */
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <net/inet_dscp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "compat.h"
#include "gfp.h"
#include "state/net.h"
#include "state/state.h"
#include "xmit/flow.h"
#include "xmit/xmit.h"
#include "xmit/transmit.h"

/*
 * Returns the state of a packet in the connection that it found again.
 * @dir: direction of the packet
 */
static enum ip_conntrack_info ctinfo_for(const struct nflua_xmit *xmit,
					 const struct nf_conn *ct,
					 enum ip_conntrack_dir dir)
{
	enum ip_conntrack_info info = xmit->flow.info;

	if (!xmit->answers &&
	    (info == IP_CT_RELATED || info == IP_CT_RELATED_REPLY))
		return dir == IP_CT_DIR_REPLY ? IP_CT_RELATED_REPLY : IP_CT_RELATED;
	if (dir == IP_CT_DIR_REPLY)
		return IP_CT_ESTABLISHED_REPLY;
	if (xmit->answers || test_bit(IPS_SEEN_REPLY_BIT, &ct->status))
		return IP_CT_ESTABLISHED;
	return IP_CT_NEW;
}

/*
 * Makes the TCP tracker liberal. It has not seen an answer, so it would take packets that
 * acknowledge the answer for invalid, and their addresses would not be translated.
 */
static void ct_be_liberal(struct nf_conn *ct)
{
	int dir;

	if (nf_ct_protonum(ct) != IPPROTO_TCP)
		return;
	spin_lock_bh(&ct->lock);
	for (dir = 0; dir < IP_CT_DIR_MAX; dir++)
		ct->proto.tcp.seen[dir].flags |= IP_CT_TCP_FLAG_BE_LIBERAL;
	spin_unlock_bh(&ct->lock);
}

/*
 * Gives the packet its connection. @to becomes the destination after translation, unless
 * the packet is only related to the connection: that has addresses of its own.
 */
static void set_ct(struct nflua_xmit *xmit, struct nf_conn *ct,
		   enum ip_conntrack_dir dir, union nf_inet_addr *to)
{
	enum ip_conntrack_info info = ctinfo_for(xmit, ct, dir);

	if (info != IP_CT_RELATED && info != IP_CT_RELATED_REPLY)
		*to = ct->tuplehash[!dir].tuple.src.u3;
	nf_ct_set(xmit->skb, ct, info);
}

/*
 * Finds the packet's connection, unless it was queued with it (see copy.c). A copy whose
 * connection is gone is tracked anew. An answer is not, as that would make a connection
 * in the wrong direction.
 */
static void attach_ct(struct nflua_xmit *xmit, union nf_inet_addr *to)
{
	struct net *net = xmit->state->net->net;
	enum ip_conntrack_info info;
	enum ip_conntrack_dir dir;
	struct nf_conn *ct = nf_ct_get(xmit->skb, &info);

	if (ct) {
		set_ct(xmit, ct, CTINFO2DIR(info), to);
		return;
	}
	ct = nflua_flow_find(net, &xmit->flow, &dir);
	if (!ct) {
		if (xmit->flow.untracked || xmit->answers)
			nf_ct_set(xmit->skb, NULL, IP_CT_UNTRACKED);
		return;
	}
	if (xmit->answers) {
		dir = !dir;
		ct_be_liberal(ct);
	}
	set_ct(xmit, ct, dir, to);
}

static int route_ipv4(struct net *net, struct sk_buff *skb, __be32 to)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct flowi4 fl4 = {
		.daddr = to,
		.saddr = iph->saddr,
		.flowi4_mark = skb->mark,
		.flowi4_flags = FLOWI_FLAG_ANYSRC,
	};
	struct rtable *rt;

	nflua_flow_set_dscp(&fl4, iph->tos);
	rt = ip_route_output_key(net, &fl4);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	skb_dst_set(skb, &rt->dst);
	skb->dev = rt->dst.dev;
	/* This applies IPsec policies; after a translation, netfilter does it. */
	return to == iph->daddr ? ip_route_me_harder(net, NULL, skb, RTN_UNSPEC) : 0;
}

static int route_ipv6(struct net *net, struct sk_buff *skb,
		      const struct in6_addr *to, int oif)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	bool is_local = ipv6_addr_type(to) &
			(IPV6_ADDR_MULTICAST | IPV6_ADDR_LINKLOCAL);
	struct flowi6 fl6 = {
		.daddr = *to,
		.saddr = ip6h->saddr,
		.flowlabel = ip6_flowinfo(ip6h),
		.flowi6_mark = skb->mark,
		.flowi6_oif = is_local ? oif : 0,
	};
	struct dst_entry *dst = ip6_route_output(net, NULL, &fl6);
	int err = dst->error;

	if (err) {
		dst_release(dst);
		return err;
	}
	skb_dst_set(skb, dst);
	skb->dev = dst->dev;
	if (is_local || !ipv6_addr_equal(to, &ip6h->daddr))
		return 0;
	return ip6_route_me_harder(net, NULL, skb);
}

static int send_ipv4(struct net *net, struct nflua_xmit *xmit)
{
	struct sk_buff *skb = xmit->skb;
	struct iphdr *iph = ip_hdr(skb);
	union nf_inet_addr to = { .ip = iph->daddr };
	int err;

	attach_ct(xmit, &to);
	err = route_ipv4(net, skb, to.ip);
	if (err)
		return err;
	if (xmit->forwards)
		iph->ttl--;
	/* IP fragmentation reads the length of the options from here. */
	IPCB(skb)->opt.optlen = ip_hdrlen(skb) - sizeof(*iph);
	xmit->skb = NULL;
	return ip_local_out(net, NULL, skb);
}

static int send_ipv6(struct net *net, struct nflua_xmit *xmit)
{
	struct sk_buff *skb = xmit->skb;
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	union nf_inet_addr to = { .in6 = ip6h->daddr };
	int err;

	attach_ct(xmit, &to);
	err = route_ipv6(net, skb, &to.in6, xmit->oif);
	if (err)
		return err;
	if (xmit->forwards)
		ip6h->hop_limit--;
	xmit->skb = NULL;
	return ip6_local_out(net, NULL, skb);
}

static const char *reason(int err)
{
	switch (err) {
	case -EPERM:
		return "dropped by a rule";
	case -EMSGSIZE:
		return "it is longer than the path allows";
	case -ENETUNREACH:
	case -EHOSTUNREACH:
	case -EACCES:
	case -EINVAL:
		return "there is no route for it";
	case -ENOMEM:
	case -ENOBUFS:
		return "not enough memory";
	default:
		return "the network refused it";
	}
}

static void report(const struct nflua_xmit *xmit, int err)
{
	struct nflua_error error = { .kind = NFLUA_ERROR_RUNTIME };

	error.text = kasprintf(NFLUA_GFP_ATOMIC,
			       "a packet was not sent: %s (error %d)",
			       reason(err), -err);
	nflua_account_error(xmit->state, xmit->function, NULL, &error);
}

void nflua_transmit(struct nflua_xmit *xmit)
{
	struct net *net = xmit->state->net->net;
	int err;

	rcu_read_lock();
	err = xmit->pf == NFPROTO_IPV4 ? send_ipv4(net, xmit) :
					   send_ipv6(net, xmit);
	if (err < 0)
		report(xmit, err);
	rcu_read_unlock();
	nflua_xmit_free(xmit);
}
