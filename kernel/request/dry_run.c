// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dry runs: a function of a live state is called for a packet that does not exist, and
 * what it sends is only noted. Copies of the packet, and timers that the function made,
 * outlive the dry run, and send nothing either.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/netfilter.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "lauxlib.h"
#include "gfp.h"
#include "netfilter/packet_call.h"
#include "netfilter/verdict.h"
#include "request/dry_run.h"
#include "runtime/attend.h"
#include "runtime/sink.h"
#include "runtime/values.h"
#include "state/live.h"
#include "state/net.h"
#include "state/state.h"

/* How long the calls of a dry run keep the runtime from packets. */
#define TURN_NS		NSEC_PER_MSEC

/* Returns the packet's own length, or 0 if it is damaged. */
static size_t packet_length(const struct nflua_dry_run *dry)
{
	const struct iphdr *iph = dry->packet;
	const struct ipv6hdr *ip6h = dry->packet;
	size_t len = 0, header = 0;

	if (dry->packet_len >= sizeof(*iph) && iph->version == 4) {
		header = iph->ihl * 4;
		len = iph->ihl < 5 ? 0 : ntohs(iph->tot_len);
	} else if (dry->packet_len >= sizeof(*ip6h) && ip6h->version == 6) {
		len = ntohs(ip6h->payload_len) + sizeof(*ip6h);
		header = sizeof(*ip6h);
	}
	return len && len >= header && len <= dry->packet_len ? len : 0;
}

const char *nflua_dry_run_check(const struct nflua_dry_run *dry, int *attr)
{
	*attr = NFLUA_A_HOOK;
	if (dry->hook >= NF_INET_NUMHOOKS)
		return "rules are in none of the chains of a device";
	*attr = NFLUA_A_FRAME;
	if (dry->frame_len && dry->frame_len < ETH_HLEN)
		return "the link-layer header has less than 14 bytes";
	*attr = NFLUA_A_PACKET;
	if (!packet_length(dry))
		return "not a complete, valid IPv4 or IPv6 packet";
	return NULL;
}

static struct sk_buff *make_skb(const struct nflua_dry_run *dry, u8 pf)
{
	size_t len = packet_length(dry), room = NET_SKB_PAD + NFLUA_FRAME_MAX;
	struct sk_buff *skb = alloc_skb(room + len, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_reset_network_header(skb);
	skb_put_data(skb, dry->packet, len);
	skb_set_transport_header(skb, pf == NFPROTO_IPV4 ? ip_hdrlen(skb) :
							   sizeof(struct ipv6hdr));
	skb->protocol = htons(pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	if (dry->frame_len) {
		skb_set_mac_header(skb, -(int)dry->frame_len);
		memcpy(skb_mac_header(skb), dry->frame, dry->frame_len);
	}
	return skb;
}

/* Sets up the hook. Where it has devices, they are the loopback device. */
static void set_hook(struct nf_hook_state *hook, struct nflua_state *state,
		     const struct nflua_dry_run *dry)
{
	struct net *net = state->net->net;
	const struct iphdr *iph = dry->packet;

	*hook = (struct nf_hook_state) {
		.hook = dry->hook,
		.pf = iph->version == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.net = net,
	};
	if (dry->hook != NF_INET_LOCAL_OUT && dry->hook != NF_INET_POST_ROUTING)
		hook->in = net->loopback_dev;
	if (dry->hook != NF_INET_PRE_ROUTING && dry->hook != NF_INET_LOCAL_IN)
		hook->out = net->loopback_dev;
}

/* Reads the result of a match or of a target. */
static int read_result(lua_State *L)
{
	if (lua_isboolean(L, -1))
		return lua_toboolean(L, -1) ? NFLUA_RUN_MATCH : NFLUA_RUN_NO_MATCH;
	return nflua_hook_read(L);
}

/* Returns the class of a time; see NFLUA_A_TIMES. */
static unsigned int class_of(u64 ns)
{
	unsigned int power = ns < 8 ? 2 : fls64(ns) - 1;

	return min_t(u64, (power - 2) * 8 + (ns < 8 ? ns : (ns >> (power - 3)) & 7),
		     NFLUA_TIMES - 1);
}

static void note_time(struct nflua_dry_run *dry, u64 ns)
{
	if (!dry->calls)
		dry->first_ns = ns;
	dry->longest_ns = max(dry->longest_ns, ns);
	dry->times[class_of(ns)]++;
	dry->time_ns += ns;
}

static void note_result(struct nflua_dry_run *dry, int result, u8 effects,
			struct nflua_error *error)
{
	if (result >= 0 && effects & NFLUA_EFFECT_VERDICT)
		result = nflua_verdict_of(effects);
	dry->results[result < 0 ? NFLUA_RUN_ERROR : nflua_verdict_kind(result)]++;
	dry->calls++;
	if (dry->error.kind == NFLUA_ERROR_NONE)
		swap(dry->error, *error);
	else
		nflua_error_clear(error);
}

static bool is_over(const struct nflua_state *state,
		    const struct nflua_dry_run *dry)
{
	return dry->calls == dry->repeat || READ_ONCE(*dry->interrupt) ||
	       READ_ONCE(state->stop);
}

/* Takes back what a call changed. */
static void restore(struct sk_buff *skb, const struct nflua_dry_run *dry, u8 effects)
{
	skb->mark = 0;
	skb->priority = 0;
	if (effects & NFLUA_EFFECT_WRITTEN)
		memcpy(skb_network_header(skb), dry->packet, packet_length(dry));
}

/* Makes as many calls as there is time for in a turn; the runtime is locked. */
static void run_turn(struct nflua_runtime *rt, const struct nflua_rule *rule,
		     struct nflua_dry_run *dry)
{
	struct nflua_call *call = &rt->packet_call;
	u64 start = ktime_get_ns(), began, now = start;	/* this clock does not go back */
	struct nflua_error error = {};
	int result;

	lockdep_assert_held(&rt->exec_lock);
	rt->packet.is_const = false;
	call->output = &dry->output;
	call->dry = &dry->sink;
	do {
		rt->packet.effects = 0;
		began = ktime_get_ns();
		result = nflua_call_dry(rt, rule, read_result, &error);
		now = ktime_get_ns();
		restore(rt->packet.skb, dry, rt->packet.effects);
		note_time(dry, now - began);
		note_result(dry, result, rt->packet.effects, &error);
	} while (!is_over(rt->state, dry) && now - start < TURN_NS);
	call->output = NULL;
	call->dry = NULL;
}

/* Makes the calls of one turn. Returns false if the state is dead. */
static bool take_turn(struct nflua_state *state, const struct nflua_rule *rule,
		      struct sk_buff *skb, const struct nf_hook_state *hook,
		      struct nflua_dry_run *dry)
{
	struct nflua_runtime *rt = nflua_live_take(state);

	if (!rt)
		return false;
	rt->packet.skb = skb;
	rt->packet.hook = hook;
	run_turn(rt, rule, dry);
	nflua_live_leave(rt);
	nflua_stand_back(rt);
	nflua_runtime_put(rt);
	return true;
}

static_assert(NFLUA_SENT_MAX == NFLUA_VALUES_MAX);

/* Keeps what would have been sent, whole or not at all. */
static void note_sent(struct nflua_dry_run *dry, u8 attr, const void *data,
		      size_t len)
{
	size_t before = dry->sent.len;

	if (dry->sent.truncated)
		return;
	if (!nflua_values_add(&dry->sent, attr, data, len, NFLUA_GFP_ATOMIC))
		dry->sent.truncated = true;
	if (dry->sent.truncated)
		dry->sent.len = before;
}

static void note_packet(struct nflua_sink *sink, const void *data, size_t len)
{
	struct nflua_dry_run *dry = container_of(sink, struct nflua_dry_run, sink);

	dry->packets++;
	note_sent(dry, NFLUA_A_SENT_PACKET, data, len);
}

static void note_message(struct nflua_sink *sink, const void *data, size_t len)
{
	struct nflua_dry_run *dry = container_of(sink, struct nflua_dry_run, sink);

	dry->messages++;
	note_sent(dry, NFLUA_A_SENT_MESSAGE, data, len);
}

int nflua_dry_run(struct nflua_state *state, struct nflua_dry_run *dry)
{
	struct nflua_rule rule = { .id = nflua_rule_id() };
	struct nf_hook_state hook;
	struct sk_buff *skb;
	bool alive = true;

	dry->mask = atomic64_read(&state->net->match_mask);
	dry->sink.packet = note_packet;
	dry->sink.message = note_message;
	dry->sink.mask = &dry->mask;
	set_hook(&hook, state, dry);
	skb = make_skb(dry, hook.pf);
	if (!skb)
		return -ENOMEM;
	strscpy(rule.function, dry->function, sizeof(rule.function));
	while (alive && !is_over(state, dry))
		alive = take_turn(state, &rule, skb, &hook, dry);
	kfree_skb(skb);
	if (dry->calls == dry->repeat)
		return 0;
	return alive ? -EINTR : -ENOENT;
}

void nflua_dry_run_clear(struct nflua_dry_run *dry)
{
	kfree(dry->sent.data);
	kfree(dry->output.data);
	nflua_error_clear(&dry->error);
}
