// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Trials: a function of a live state is called for a packet that is none, and
 * nothing of it leaves: what it sends is noted instead. What lives on behind a
 * trial is muted, too: copies of its packet, and timers that it made.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "lauxlib.h"
#include "runtime/call.h"
#include "xmit/parcel.h"

/* How long the calls of a trial keep the runtime from packets. */
#define TURN_NS		NSEC_PER_MSEC

/* The packet's own length, or 0 where it is damaged. */
static size_t packet_length(const struct nflua_trial *trial)
{
	const struct iphdr *iph = trial->packet;
	const struct ipv6hdr *ip6h = trial->packet;
	size_t len = 0, header = 0;

	if (trial->packet_len >= sizeof(*iph) && iph->version == 4) {
		header = iph->ihl * 4;
		len = iph->ihl < 5 ? 0 : ntohs(iph->tot_len);
	} else if (trial->packet_len >= sizeof(*ip6h) && ip6h->version == 6) {
		len = ntohs(ip6h->payload_len) + sizeof(*ip6h);
		header = sizeof(*ip6h);
	}
	return len && len >= header && len <= trial->packet_len ? len : 0;
}

/* NULL, or what is wrong, and with which attribute. */
const char *nflua_trial_check(const struct nflua_trial *trial, int *attr)
{
	*attr = NFLUA_A_FRAME;
	if (trial->frame_len && trial->frame_len < ETH_HLEN)
		return "the link-layer header has less than 14 bytes";
	*attr = NFLUA_A_PACKET;
	if (!packet_length(trial))
		return "the packet is no whole and sound one of IPv4 or IPv6";
	return NULL;
}

static struct sk_buff *make_skb(const struct nflua_trial *trial, u8 pf)
{
	size_t len = packet_length(trial), room = NET_SKB_PAD + NFLUA_FRAME_MAX;
	struct sk_buff *skb = alloc_skb(room + len, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	skb_reset_network_header(skb);
	skb_put_data(skb, trial->packet, len);
	skb_set_transport_header(skb, pf == NFPROTO_IPV4 ? ip_hdrlen(skb) :
							   sizeof(struct ipv6hdr));
	skb->protocol = htons(pf == NFPROTO_IPV4 ? ETH_P_IP : ETH_P_IPV6);
	if (trial->frame_len) {
		skb_set_mac_header(skb, -(int)trial->frame_len);
		memcpy(skb_mac_header(skb), trial->frame, trial->frame_len);
	}
	return skb;
}

/* Devices where the hook has some: that of the host itself. */
static void set_hook(struct nf_hook_state *hook, struct nflua_state *state,
		     const struct nflua_trial *trial)
{
	struct net *net = state->net->net;
	const struct iphdr *iph = trial->packet;

	*hook = (struct nf_hook_state) {
		.hook = trial->hook,
		.pf = iph->version == 4 ? NFPROTO_IPV4 : NFPROTO_IPV6,
		.net = net,
	};
	if (trial->hook != NF_INET_LOCAL_OUT && trial->hook != NF_INET_POST_ROUTING)
		hook->in = net->loopback_dev;
	if (trial->hook != NF_INET_PRE_ROUTING && trial->hook != NF_INET_LOCAL_IN)
		hook->out = net->loopback_dev;
}

/* Results as a match has them and as a target has. */
static int read_result(lua_State *L)
{
	if (lua_isboolean(L, -1))
		return lua_toboolean(L, -1) ? NFLUA_RUN_MATCH : NFLUA_RUN_NO_MATCH;
	return nflua_xt_verdict(L);
}

/* See NFLUA_A_TIMES. */
static unsigned int class_of(u64 ns)
{
	unsigned int power = ns < 8 ? 2 : fls64(ns) - 1;

	return min_t(u64, (power - 2) * 8 + (ns < 8 ? ns : (ns >> (power - 3)) & 7),
		     NFLUA_TIMES - 1);
}

static void note_time(struct nflua_trial *trial, u64 ns)
{
	if (!trial->calls)
		trial->first_ns = ns;
	trial->longest_ns = max(trial->longest_ns, ns);
	trial->times[class_of(ns)]++;
	trial->time_ns += ns;
}

static void note_result(struct nflua_trial *trial, int result, bool hotdrop,
			struct nflua_error *error)
{
	if (result >= 0 && hotdrop)
		result = NFLUA_RUN_DROP;
	trial->results[result < 0 ? NFLUA_RUN_ERROR : result]++;
	trial->calls++;
	if (trial->error.kind == NFLUA_ERROR_NONE)
		swap(trial->error, *error);
	else
		nflua_error_clear(error);
}

static bool is_over(const struct nflua_state *state,
		    const struct nflua_trial *trial)
{
	return trial->calls == trial->repeat || READ_ONCE(*trial->interrupt) ||
	       READ_ONCE(state->stop);
}

/* As many calls as there is time for; the runtime is locked. */
static void run_turn(struct nflua_runtime *rt, const struct nflua_rule *rule,
		     struct nflua_trial *trial)
{
	struct nflua_call *call = &rt->packet_call;
	u64 start = ktime_get_ns(), began, now = start;	/* one that does not go back */
	struct nflua_error error = {};
	bool hotdrop, answered;
	int result;

	rt->packet.hotdrop = &hotdrop;
	rt->packet.answered = &answered;
	call->output = &trial->output;
	call->trial = trial;
	call->muted = true;
	do {
		hotdrop = false;
		began = ktime_get_ns();
		result = nflua_call_trial(rt, rule, read_result, &error);
		now = ktime_get_ns();
		note_time(trial, now - began);
		note_result(trial, result, hotdrop, &error);
	} while (!is_over(rt->state, trial) && now - start < TURN_NS);
	call->output = NULL;
	call->trial = NULL;
	call->muted = false;
}

/* False when the state is dead. */
static bool take_turn(struct nflua_state *state, const struct nflua_rule *rule,
		      struct sk_buff *skb, const struct nf_hook_state *hook,
		      struct nflua_trial *trial)
{
	struct nflua_runtime *rt = nflua_runtime_get(state);

	if (!rt)
		return false;
	mutex_lock(&rt->exec_lock);
	local_bh_disable();
	nflua_runtime_lock(rt);
	/* Another one may have taken its place meanwhile. */
	if (rcu_access_pointer(state->runtime) == rt) {
		rt->packet.skb = skb;
		rt->packet.hook = hook;
		run_turn(rt, rule, trial);
	}
	spin_unlock(&rt->lock);
	local_bh_enable();
	mutex_unlock(&rt->exec_lock);
	nflua_stand_back(rt);
	nflua_runtime_put(rt);
	return true;
}

/**
 * nflua_trial_run - calls the function as often as is wanted
 * @state: kept in the table by nflua_state_exec_get()
 * @trial: checked by nflua_trial_check(); what came of it is in it, in any case
 *
 * Waits in the row of execs, and takes turns with packets. Returns 0, -ENOMEM,
 * -EINTR, or -ENOENT when the state is dead.
 */
int nflua_trial_run(struct nflua_state *state, struct nflua_trial *trial)
{
	struct nflua_rule rule = { .id = nflua_rule_id() };
	struct nf_hook_state hook;
	struct sk_buff *skb;
	bool alive = true;

	trial->mask = atomic64_read(&state->net->match_mask);
	set_hook(&hook, state, trial);
	skb = make_skb(trial, hook.pf);
	if (!skb)
		return -ENOMEM;
	strscpy(rule.function, trial->function, sizeof(rule.function));
	while (alive && !is_over(state, trial))
		alive = take_turn(state, &rule, skb, &hook, trial);
	kfree_skb(skb);
	if (trial->calls == trial->repeat)
		return 0;
	return alive ? -EINTR : -ENOENT;
}

void nflua_trial_clear(struct nflua_trial *trial)
{
	kfree(trial->sent.buf);
	kfree(trial->output.buf);
	nflua_error_clear(&trial->error);
}

static_assert(NFLUA_SENT_MAX == NFLUA_VALUES_MAX);

/* Keeps what would have been sent, whole or not at all. */
static void note_sent(struct nflua_trial *trial, u8 attr, const void *data,
		      size_t len)
{
	struct nflua_values before = trial->sent;

	if (before.truncated)
		return;
	if (!nflua_values_add(&trial->sent, attr, data, len, NFLUA_GFP_ATOMIC))
		trial->sent.truncated = true;
	if (trial->sent.truncated)
		trial->sent.len = before.len;
}

const char *nflua_post(lua_State *L, struct list_head *parcels)
{
	const struct nflua_parcel *first =
		list_first_entry(parcels, struct nflua_parcel, list);
	struct nflua_call *call = nflua_call_of(L);
	const struct nflua_parcel *parcel;
	LIST_HEAD(kept);

	if (!call->muted && !first->muted)
		return nflua_outbox_put(call->runtime->state, parcels,
					!call->packet);
	list_for_each_entry(parcel, parcels, list) {
		if (!call->trial)
			break;
		call->trial->packets++;
		note_sent(call->trial, NFLUA_A_SENT_PACKET,
			  skb_network_header(parcel->skb), parcel->skb->len);
	}
	list_splice_init(parcels, &kept);
	nflua_parcels_free(&kept);
	return NULL;
}

bool nflua_trial_keeps(lua_State *L, const char *message, size_t len)
{
	struct nflua_call *call = nflua_call_of(L);

	if (call->muted && call->trial) {
		call->trial->messages++;
		note_sent(call->trial, NFLUA_A_SENT_MESSAGE, message, len);
	}
	return call->muted;
}
