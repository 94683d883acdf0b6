// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replies: a script answers the sender of a packet in the name of its receiver.
 *
 * A reply comes from the address that the sender talks to, which is the one before
 * translation. Its TCP segments are so short that every path carries them: the sender's
 * limit was in a SYN that has passed, and nobody would send a lost segment again. The TCP
 * tracker is told to be liberal with the connection. It has not seen the reply that the
 * sender acknowledges, and would let the acknowledgement pass untranslated.
 *
 * If a packet of this host is dropped in OUTPUT or POSTROUTING, TCP takes it for not
 * sent, and an answer to it for out of order. So a target steals a packet that was
 * answered and must be dropped. A match cannot do that, and is refused the answer.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/random.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "lauxlib.h"
#include "gfp.h"
#include "lib/lib.h"
#include "packet/place.h"
#include "packet/transport.h"
#include "runtime/runtime.h"
#include "state/net.h"
#include "state/state.h"
#include "xmit/xmit.h"
#include "xmit/post.h"
#include "xmit/segment.h"

/* Longest messages, in bytes; over UDP, one that fits in a packet of either family. */
#define TCP_MESSAGE_MAX	65536
#define UDP_MESSAGE_MAX	(IP_MAX_MTU - sizeof(struct ipv6hdr) - sizeof(struct udphdr))

/*
 * Longest TCP packets, in bytes: what every path carries, as the path is known only as
 * far as the next hop.
 */
#define IPV4_PACKET	576
#define IPV6_PACKET	IPV6_MIN_MTU

/* Bytes that the receiver of a reply may still send: enough for its FIN. */
#define WINDOW		8192

struct reply {
	u8 pf;
	u8 protocol;
	union nf_inet_addr src, dst;
	__be16 sport, dport;
	u32 mark;
	u8 hops;
	/* of TCP: */
	u32 seq, ack;
	bool has_timestamp;
	__be32 timestamp, echo;
};

static size_t ip_size(const struct reply *reply)
{
	return reply->pf == NFPROTO_IPV4 ? sizeof(struct iphdr) :
					   sizeof(struct ipv6hdr);
}

static size_t tcp_size(const struct reply *reply)
{
	return sizeof(struct tcphdr) +
	       (reply->has_timestamp ? TCPOLEN_TSTAMP_ALIGNED : 0);
}

/* Returns how many bytes of a message go into one packet. */
static size_t piece_max(const struct reply *reply)
{
	if (reply->protocol == IPPROTO_UDP)
		return UDP_MESSAGE_MAX;
	return (reply->pf == NFPROTO_IPV4 ? IPV4_PACKET : IPV6_PACKET) -
	       ip_size(reply) - tcp_size(reply);
}

/* DF is not set: a packet in fragments is better than a lost one. */
static void put_ipv4(struct sk_buff *skb, const struct reply *reply, size_t len)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tot_len = htons(sizeof(*iph) + len);
	iph->id = (__force __be16)get_random_u32();
	iph->ttl = reply->hops;
	iph->protocol = reply->protocol;
	iph->saddr = reply->src.ip;
	iph->daddr = reply->dst.ip;
}

static void put_ipv6(struct sk_buff *skb, const struct reply *reply, size_t len)
{
	struct ipv6hdr *ip6h = skb_put_zero(skb, sizeof(*ip6h));

	ip6h->version = 6;
	ip6h->payload_len = htons(len);
	ip6h->nexthdr = reply->protocol;
	ip6h->hop_limit = reply->hops;
	ip6h->saddr = reply->src.in6;
	ip6h->daddr = reply->dst.in6;
}

static void put_udp(struct sk_buff *skb, const struct reply *reply, size_t len)
{
	struct udphdr *udph = skb_put_zero(skb, sizeof(*udph));

	udph->source = reply->sport;
	udph->dest = reply->dport;
	udph->len = htons(sizeof(*udph) + len);
}

/* Puts the timestamp option, after two bytes of padding. */
static void put_timestamp(struct sk_buff *skb, const struct reply *reply)
{
	__be32 *option = skb_put(skb, TCPOLEN_TSTAMP_ALIGNED);

	option[0] = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			  TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
	option[1] = reply->timestamp;
	option[2] = reply->echo;
}

/* Puts the TCP header. @at: where in the message the packet's piece begins */
static void put_tcp(struct sk_buff *skb, const struct reply *reply, size_t at,
		    bool is_last)
{
	struct tcphdr *tcph = skb_put_zero(skb, sizeof(*tcph));

	tcph->source = reply->sport;
	tcph->dest = reply->dport;
	tcph->seq = htonl(reply->seq + at);
	tcph->ack_seq = htonl(reply->ack);
	tcph->doff = tcp_size(reply) / 4;
	tcph->ack = 1;
	tcph->psh = 1;
	tcph->fin = is_last;
	tcph->window = htons(WINDOW);
	if (reply->has_timestamp)
		put_timestamp(skb, reply);
}

/* Returns a packet with @len bytes of @text from @at on, or NULL without memory. */
static struct sk_buff *new_packet(const struct reply *reply, const char *text,
				  size_t at, size_t len, bool is_last)
{
	struct nflua_segment seg = { .pf = reply->pf, .protocol = reply->protocol };
	bool is_udp = reply->protocol == IPPROTO_UDP;
	size_t size = len + (is_udp ? sizeof(struct udphdr) : tcp_size(reply));
	struct sk_buff *skb = nflua_xmit_skb(ip_size(reply) + size, reply->pf);

	if (!skb)
		return NULL;
	if (reply->pf == NFPROTO_IPV4)
		put_ipv4(skb, reply, size);
	else
		put_ipv6(skb, reply, size);
	seg.header = skb->len;
	skb_set_transport_header(skb, seg.header);
	if (is_udp)
		put_udp(skb, reply, len);
	else
		put_tcp(skb, reply, at, is_last);
	skb_put_data(skb, text + at, len);
	nflua_segment_checksum(skb, &seg);
	skb->mark = reply->mark;
	skb->ignore_df = 1;
	return skb;
}

/* Makes all packets of a reply, in order. Returns false if there is no memory. */
static bool make_packets(const struct nflua_packet *packet,
			 const struct reply *reply, const char *text, size_t len,
			 struct list_head *packets)
{
	size_t at = 0, piece, max = piece_max(reply);
	struct nflua_xmit *xmit;
	struct sk_buff *skb;

	do {
		piece = min(len - at, max);
		skb = new_packet(reply, text, at, piece, at + piece == len);
		xmit = skb ? nflua_xmit_new(packet, skb) : NULL;
		if (!xmit)
			return false;
		xmit->function = "reply";
		xmit->answers = true;
		xmit->forwards = false;
		list_add_tail(&xmit->list, packets);
		at += piece;
	} while (at < len);
	return true;
}

static const char *send_reply(lua_State *L, const struct reply *reply,
			      const char *text, size_t len)
{
	const char *why = "not enough memory";
	LIST_HEAD(packets);

	if (make_packets(nflua_call_of(L)->packet, reply, text, len, &packets))
		why = nflua_post(L, &packets);
	/* Packets that were queued are not on the list any more. */
	nflua_xmit_free_all(&packets);
	return why;
}

/*
 * Sets the addresses that the sender used. The connection's tuple has them; the packet
 * has not, once its addresses are translated.
 */
static void set_tuple(struct reply *reply, const struct nf_conntrack_tuple *tuple)
{
	reply->src = tuple->dst.u3;
	reply->dst = tuple->src.u3;
	reply->sport = tuple->dst.u.all;
	reply->dport = tuple->src.u.all;
}

static void set_addresses(struct reply *reply, const struct sk_buff *skb,
			  const struct nflua_segment *seg)
{
	__be16 ports[2];

	if (reply->pf == NFPROTO_IPV4) {
		reply->src.ip = ip_hdr(skb)->daddr;
		reply->dst.ip = ip_hdr(skb)->saddr;
	} else {
		reply->src.in6 = ipv6_hdr(skb)->daddr;
		reply->dst.in6 = ipv6_hdr(skb)->saddr;
	}
	if (skb_copy_bits(skb, skb_network_offset(skb) + seg->header, ports,
			  sizeof(ports)))
		return;
	reply->sport = ports[1];
	reply->dport = ports[0];
}

static void set_ends(struct reply *reply, const struct sk_buff *skb,
		     const struct nflua_segment *seg)
{
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (ct && !nf_ct_is_template(ct) && nf_ct_protonum(ct) == seg->protocol)
		set_tuple(reply, &ct->tuplehash[CTINFO2DIR(info)].tuple);
	else
		set_addresses(reply, skb, seg);
}

static void set_network(struct reply *reply, struct net *net,
			const struct sk_buff *skb)
{
	if (reply->pf == NFPROTO_IPV4) {
		reply->hops = READ_ONCE(net->ipv4.sysctl_ip_default_ttl);
		reply->mark = IP4_REPLY_MARK(net, skb->mark);
	} else {
		reply->hops = READ_ONCE(net->ipv6.devconf_all->hop_limit);
		reply->mark = IP6_REPLY_MARK(net, skb->mark);
	}
}

/*
 * Sets the timestamp, as a sender that uses timestamps may drop a segment without one. It
 * is the last one that the sender got, as an older one would be dropped.
 */
static void set_timestamp(struct reply *reply, const u8 *options, int len)
{
	int size;
	const u8 *data = nflua_tcp_option(options, len, TCPOPT_TIMESTAMP, &size);

	if (!data || size != TCPOLEN_TIMESTAMP - 2)
		return;
	reply->has_timestamp = true;
	memcpy(&reply->echo, data, sizeof(reply->echo));
	memcpy(&reply->timestamp, data + 4, sizeof(reply->timestamp));
}

static void set_tcp(struct reply *reply, const struct sk_buff *skb,
		    const struct nflua_segment *seg)
{
	const struct tcphdr *tcph = &seg->tcp;
	u8 options[MAX_TCP_OPTION_SPACE];
	int size = tcph->doff * 4 - sizeof(*tcph);

	reply->seq = ntohl(tcph->ack_seq);
	reply->ack = ntohl(tcph->seq) + seg->end - seg->payload + tcph->syn +
		     tcph->fin;
	if (skb_copy_bits(skb, skb_network_offset(skb) + seg->header +
			  sizeof(*tcph), options, size) == 0)
		set_timestamp(reply, options, size);
}

/*
 * Returns how many bytes the sender of the packet takes before it hears of its peer
 * again. The window's scale is known only for a connection that was tracked from the
 * start; for others this is SIZE_MAX.
 */
static size_t window(const struct sk_buff *skb, const struct tcphdr *tcph)
{
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);
	const struct ip_ct_tcp_state *end;

	if (!ct || nf_ct_is_template(ct) || nf_ct_protonum(ct) != IPPROTO_TCP)
		return SIZE_MAX;
	end = &ct->proto.tcp.seen[CTINFO2DIR(info)];
	if (READ_ONCE(end->flags) & IP_CT_TCP_FLAG_BE_LIBERAL)
		return SIZE_MAX;
	return (size_t)ntohs(tcph->window) << (tcph->syn ? 0 : end->td_scale);
}

static u8 check_type(lua_State *L)
{
	const char *type = luaL_checkstring(L, 1);

	luaL_argcheck(L, *type == 't' || *type == 'u', 1,
		      "the type begins with 't' for TCP or 'u' for UDP");
	return *type == 't' ? IPPROTO_TCP : IPPROTO_UDP;
}

/* Raises an error unless this is a packet to which a reply can be made. */
static void check_segment(lua_State *L, const struct nflua_packet *packet,
			  u8 protocol, struct nflua_segment *seg)
{
	const char *why = nflua_segment_find(packet->skb, packet->hook->pf, seg);

	if (why)
		luaL_error(L, "cannot reply: %s", why);
	luaL_argcheck(L, seg->protocol == protocol, 1,
		      protocol == IPPROTO_TCP ? "not a TCP packet" :
						"not a UDP packet");
	if (protocol == IPPROTO_UDP)
		return;
	if (seg->tcp.rst)
		luaL_error(L, "cannot reply: the packet is a reset");
	if (!seg->tcp.ack)
		luaL_error(L, "cannot reply: the connection is not established");
}

static const char *check_message(lua_State *L, u8 protocol, size_t *len)
{
	const char *text = luaL_checklstring(L, 2, len);

	if (protocol == IPPROTO_TCP)
		luaL_argcheck(L, *len <= TCP_MESSAGE_MAX, 2,
			      "a TCP message has at most 65536 bytes");
	else
		luaL_argcheck(L, *len <= UDP_MESSAGE_MAX, 2,
			      "a UDP message has at most 65487 bytes");
	return text;
}

/* Returns NULL, or why the packet gets no reply. */
static const char *refuse(const struct sk_buff *skb,
			  const struct nflua_segment *seg, size_t len)
{
	if (skb->pkt_type == PACKET_BROADCAST || skb->pkt_type == PACKET_MULTICAST)
		return "the packet is a broadcast or multicast";
	if (seg->protocol == IPPROTO_TCP && len > window(skb, &seg->tcp))
		return "the message is longer than the sender's window";
	return NULL;
}

/* Returns whether TCP of this host learns at once that the packet was dropped. */
static bool is_own(const struct nflua_packet *packet)
{
	switch (packet->hook->hook) {
	case NF_INET_LOCAL_OUT:
		return true;
	case NF_INET_POST_ROUTING:
	case NFLUA_HOOK_EGRESS:
	case NFLUA_HOOK_BRIDGE + NF_BR_LOCAL_OUT:
	case NFLUA_HOOK_BRIDGE + NF_BR_POST_ROUTING:
		return packet->skb->sk;
	default:
		return false;
	}
}

/* Raises an error if a match wants to answer TCP of this host; see above. */
static void check_chain(lua_State *L, const struct nflua_packet *packet, u8 protocol)
{
	if (protocol == IPPROTO_TCP && is_own(packet) && packet->is_const)
		luaL_error(L, "cannot reply to TCP of this host from a match: use the target LUA and return 'drop'");
}

static int nf_reply(lua_State *L)
{
	struct nflua_packet *packet = nflua_check_packet(L);
	struct reply reply = { .pf = packet->hook->pf };
	struct nflua_segment seg;
	const char *text, *why;
	size_t len;

	reply.protocol = check_type(L);
	text = check_message(L, reply.protocol, &len);
	check_chain(L, packet, reply.protocol);
	check_segment(L, packet, reply.protocol, &seg);
	why = refuse(packet->skb, &seg, len);
	if (!why) {
		set_ends(&reply, packet->skb, &seg);
		set_network(&reply, nflua_runtime(L)->state->net->net, packet->skb);
		if (reply.protocol == IPPROTO_TCP)
			set_tcp(&reply, packet->skb, &seg);
		why = send_reply(L, &reply, text, len);
	}
	if (why)
		return nflua_push_failure(L, why);
	if (reply.protocol == IPPROTO_TCP && is_own(packet))
		packet->effects |= NFLUA_EFFECT_ANSWERED;
	lua_pushinteger(L, len);
	return 1;
}

void nflua_reply_open(lua_State *L)
{
	lua_pushcfunction(L, nf_reply);
	lua_setfield(L, -2, "reply");
}
